from colonnade.model.component import Component

COMPONENT = Component(name="keepalived", resources=lambda layout, server: ())
