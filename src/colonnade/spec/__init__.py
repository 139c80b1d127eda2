"""colonnade.toml → Site, and the secrets file → Vault."""

from colonnade.spec.loading import Loaded, load
from colonnade.spec.template import starter

__all__ = ["Loaded", "load", "starter"]
