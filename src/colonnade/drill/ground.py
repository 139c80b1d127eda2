"""What every drill on one site stands on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from colonnade.lab.spec import LabSpec
from colonnade.model.app import App
from colonnade.model.layout import Layout
from colonnade.model.site import Site


@dataclass(frozen=True)
class Ground:
    """A site as the operator has it."""

    layout: Layout
    state: Path
    """Folder of what colonnade keeps beside the spec for this environment."""
    words: tuple[str, ...]
    """Options by which any verb of the command finds this site."""
    lab: LabSpec | None = None
    """The machines of this computer, where a server can be lost; None on a site in production."""

    @property
    def site(self) -> Site:
        return self.layout.site

    @property
    def ca_cert(self) -> str:
        return self.layout.vault.ca_cert

    @property
    def app(self) -> App:
        """The application that the load asks: the first."""
        return self.site.apps[0]
