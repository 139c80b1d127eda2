from colonnade.components.valkey.options import ValkeyOptions
from colonnade.model.component import Component

COMPONENT = Component(name="valkey", section="cache", options=ValkeyOptions, resources=lambda layout, server: ())
