"""Texts as they may stand on a page or in a terminal."""

from __future__ import annotations

import re

# C0 and C1 but for tab and line feed: no HTML or XML may hold them, and a terminal would obey them. Daemons log them.
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Without control characters."""
    return CONTROLS.sub("\ufffd", text)
