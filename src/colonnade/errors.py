"""The one error a user sees: where, what was expected, what to try; and the exit codes of the command."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the command, the same for every verb."""

    OK = 0
    FAILED = 1
    CHANGES_PENDING = 2
    NEEDS_CONFIRMATION = 3
    UNREACHABLE = 4
    LOCKED = 5
    USAGE = 64
    INTERRUPTED = 130


class UserError(Exception):
    """A problem that the user can act on.

    `where` is a position (`colonnade.toml:14:1`), a server or a file; `problem` says what is wrong and what was
    expected; `hint` says what to try; `detail` holds the long story (a daemon's own output), shown after the rest.
    """

    def __init__(
        self,
        where: str,
        problem: str,
        hint: str = "",
        *,
        detail: str = "",
        exit_code: Exit = Exit.FAILED,
    ) -> None:
        super().__init__(f"{where}: {problem}" if where else problem)
        self.where = where
        self.problem = problem
        self.hint = hint
        self.detail = detail
        self.exit_code = exit_code

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.problem}" if self.where else self.problem]
        if self.hint:
            # A question ("did you mean …?") is not an order.
            lines.append(f"  {self.hint}" if self.hint.endswith("?") else f"  try: {self.hint}")
        lines.extend(f"  {line}" for line in self.detail.rstrip().splitlines())
        return "\n".join(lines)
