"""Host names that are no application's."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.model.site import Site
from colonnade.spec.model import sections
from colonnade.spec.problems import Problem


def problems(site: Site) -> Iterator[Problem]:
    """One name leads to one place."""
    for section, options in zip(sections(), site.options, strict=True):
        for name in getattr(options, "hosts", ()):
            if name in site.hosts:
                hint = f"take another, like {section}.{site.domain}"
                yield Problem((section, "host"), f"{name} leads to an application already", hint)
