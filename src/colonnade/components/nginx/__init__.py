from colonnade.components.nginx.options import NginxOptions
from colonnade.model.component import Component

COMPONENT = Component(name="nginx", section="web", options=NginxOptions, resources=lambda layout, server: ())
