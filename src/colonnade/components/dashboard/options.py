"""`[dashboard]`: the page on the monitors, for those who have a name and a password."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HOST = rf"^{LABEL}(\.{LABEL})+$"
User = Annotated[str, Field(pattern=r"^[a-z][a-z0-9._-]{0,31}$")]
Secret = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class DashboardOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str | None = Field(
        None,
        pattern=HOST,
        max_length=253,
        examples=["status.example.com"],
        description="host name of the dashboard, served by the monitors behind the balancers; nowhere when not set",
    )
    users: dict[User, Secret] = Field(
        default_factory=dict,
        validate_default=True,
        examples=[{"ada": "DASHBOARD_ADA"}],
        description="who may log in: the name of the secret that holds each one's password",
    )

    @field_validator("users")
    @classmethod
    def _somebody(cls, value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        if info.data.get("host") and not value:
            hint = 'add users = { ada = "DASHBOARD_ADA" } and: colonnade secrets set DASHBOARD_ADA'
            problem = "host is set, and nobody may log in: expected users"
            raise PydanticCustomError("spec", "{problem}", {"problem": problem, "hint": hint})
        return value

    @property
    def secrets(self) -> tuple[tuple[tuple[str, ...], str], ...]:
        """Names of secrets, each with its place below [dashboard]."""
        return tuple((("users", name), secret) for name, secret in self.users.items())

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names that the balancers answer to besides the site's own."""
        return (self.host,) if self.host else ()
