from colonnade.model.component import Component

COMPONENT = Component(name="pgbouncer", resources=lambda layout, server: ())
