from colonnade.components.patroni.options import PatroniOptions
from colonnade.model.component import Component

COMPONENT = Component(name="patroni", section="postgres", options=PatroniOptions, resources=lambda layout, server: ())
