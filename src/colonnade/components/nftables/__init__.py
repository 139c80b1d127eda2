from colonnade.components.nftables.options import NftablesOptions
from colonnade.model.component import Component

COMPONENT = Component(name="nftables", section="firewall", options=NftablesOptions, resources=lambda layout, server: ())
