from colonnade.model.component import Component

COMPONENT = Component(name="endpoints", resources=lambda layout, server: ())
