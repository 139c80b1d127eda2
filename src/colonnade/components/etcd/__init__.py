from colonnade.model.component import Component

COMPONENT = Component(name="etcd", resources=lambda layout, server: ())
