"""Few keys at a time, so that clients meet; each for a while, so that a checker can look at one key's whole story."""

from __future__ import annotations

from random import Random

AT_ONCE = 4


class Keys:
    """`NAME-0`, `NAME-1`, …: after so many uses of all, one retires and a new one comes."""

    def __init__(self, name: str, uses: int) -> None:
        """`uses`: of each key, on the average."""
        self._name = name
        self._uses = uses
        self._drawn = 0

    def draw(self, random: Random) -> str:
        oldest = self._drawn // self._uses
        self._drawn += 1
        return f"{self._name}-{oldest + random.randrange(AT_ONCE)}"
