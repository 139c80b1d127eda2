from colonnade.components.base.options import BaseOptions
from colonnade.model.component import Component

COMPONENT = Component(name="base", section="base", options=BaseOptions, resources=lambda layout, server: ())
