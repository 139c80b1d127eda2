from colonnade.model.component import Component

COMPONENT = Component(name="tls", resources=lambda layout, server: ())
