"""Decision rules as data: what each kind of claim needs to be supported, contradicted or not testable.

The rules are those of the register's preamble: they are hashed and locked; a later change needs a reason.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Printed(_Rule):
    """A quantity as the article prints it.

    Attributes
    ----------
    quantity : str
        Name of the quantity, as evidence files use it.
    value : float
        Printed value.
    decimals : int
        Printed decimals; computed and printed agree within half a unit of the last one.
    """

    quantity: str
    value: float
    decimals: Annotated[int, Field(ge=0, le=6)] = 0


class Match(_Rule):
    """Printed figures (type F): all must match in the vintage that the article names."""

    kind: Literal["match"]
    vintage: str
    printed: Annotated[tuple[Printed, ...], Field(min_length=1)]


class TopSet(_Rule):
    """Named leaders (type F): they must be the top of the ranking, as many as are named."""

    kind: Literal["top set"]
    vintage: str
    members: Annotated[tuple[str, ...], Field(min_length=1)]


class Record(_Rule):
    """A reported event or number (type F): independent records must agree with it."""

    kind: Literal["record"]
    expected: str


class Extremum(_Rule):
    """An extremum (type X): probability that the claimed item is the lowest or highest under perturbation."""

    kind: Literal["extremum"]
    level: str
    supported_from: float = 0.95
    contradicted_to: float = 0.05


class Directional(_Rule):
    """A change, timing or composition in a claimed direction (types T, S, K)."""

    kind: Literal["directional"]
    direction: Literal["rise", "fall"]
    scale: Literal["difference", "ratio"]
    same_sign_from: float = 0.80
    joint_p_to: float = 0.05


class NonInferiority(_Rule):
    """A null claim (type T): no change of the named kind as large as the smallest effect of interest.

    Measures are signed so that positive is the change named by ``against``.
    """

    kind: Literal["non-inferiority"]
    against: Literal["improvement", "worsening"] = "improvement"
    share_from: float = 2 / 3


class Precedence(_Rule):
    """A claim on order in time (types F, S): every event named first must come before the one named second."""

    kind: Literal["precedence"]
    first: str
    second: str


class Mechanism(_Rule):
    """A causal explanation (type M): needs design-based identification and a passed test against each rival."""

    kind: Literal["mechanism"]
    rivals: tuple[str, ...] = ()


class Untestable(_Rule):
    """A claim that no data can decide as stated; recorded with the reason, never judged."""

    kind: Literal["untestable"]
    reason: Literal["normative", "no data", "not identified"]
    why: str


Rule = Annotated[
    Match | TopSet | Record | Extremum | Directional | NonInferiority | Precedence | Mechanism | Untestable,
    Field(discriminator="kind"),
]
