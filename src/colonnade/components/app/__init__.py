from colonnade.model.component import Component

COMPONENT = Component(name="app", resources=lambda layout, server: ())
