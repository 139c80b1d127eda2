"""`[slo]`: what the site promises its visitors."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

Steps = Literal["10ms", "50ms", "100ms", "250ms", "500ms", "1s", "2.5s", "5s"]


def _percent(text: str) -> str:
    """Of the two nines that a site needs at least to the five that windows of minutes can tell apart."""
    if not 90 <= float(text.removesuffix("%")) <= 99.999:
        problem = f'expected 90% to 99.999%, got "{text}"'
        hint = "99.9% allows 43 minutes of failure in 30 days, 99.95% 22, 99.99% 4"
        raise PydanticCustomError("spec", "{problem}", {"problem": problem, "hint": hint})
    return text


Percent = Annotated[str, Field(pattern=r"^\d{1,3}(\.\d{1,4})?%$"), AfterValidator(_percent)]


class SloOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    availability: Percent = Field(
        default="99.9%", examples=["99.95%"], description="share of requests that are not answered 5xx"
    )
    latency: Steps = Field(default="1s", description="within this time an answer should begin")
    fast: Percent = Field(default="99%", examples=["99.5%"], description="share of answers that begin within `latency`")
