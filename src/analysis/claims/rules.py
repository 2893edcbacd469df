"""Decision rules as data: what each kind of claim needs to be supported, contradicted or not testable.

The rules are those of the register's preamble: they are hashed and locked; a later change needs a reason.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Bound(_Rule):
    """What a number has to be; every bound that is given must hold.

    Attributes
    ----------
    above, below : float, optional
        The number lies strictly above, strictly below.
    at_least, at_most : float, optional
        The same, the bound itself included.
    equals : float or bool, optional
        The number is exactly this.
    """

    above: float | None = None
    below: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    equals: float | bool | None = None

    @model_validator(mode="after")
    def _asks(self) -> Bound:
        if not self.model_fields_set:
            raise ValueError("a bound names above, below, at_least, at_most or equals")
        return self

    def holds(self, value: float) -> bool:
        """Return whether a number keeps every bound; a missing number (nan) keeps none."""
        return (
            (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
            and (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
            and (self.equals is None or value == self.equals)
        )


class Called(_Rule):
    """A call of a public method: its name and every argument, as :attr:`analysis.methods.result.Result.call` gives it.

    An argument written ``$NAME`` is the notebook's parameter of that name. ``inputs`` are the calls that made the
    results among the arguments.
    """

    method: str
    arguments: dict[str, Any] = {}
    inputs: dict[str, Called] = {}


class RegisteredCheck(_Rule):
    """A falsification, or a component of a claim, with what counts as a pass.

    Attributes
    ----------
    name : str
        Name that evidence and readers use.
    asks : {"claim", "finding"}
        What it puts in doubt: the claim, or the finding whichever way that points.
    made_by : Called or None
        The call that makes its numbers, where one method does.
    passes : dict of str to Bound
        By the name of a number: what it has to be. All must hold; of several numbers under one name, each.
    """

    name: str
    asks: Literal["claim", "finding"] = "claim"
    made_by: Called | None = None
    passes: Annotated[dict[str, Bound], Field(min_length=1)]


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
