from colonnade.components.haproxy.options import HaproxyOptions
from colonnade.model.component import Component

COMPONENT = Component(name="haproxy", section="balance", options=HaproxyOptions, resources=lambda layout, server: ())
