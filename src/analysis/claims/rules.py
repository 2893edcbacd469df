"""Decision rules as data: what each kind of claim needs to be supported, contradicted or not testable.

The rules are those of the register's preamble: they are hashed and locked; a later change needs a reason.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pandas as pd
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
    """A call of a public method, as :attr:`analysis.methods.result.Result.call` gives it.

    Attributes
    ----------
    method : str
        Its name.
    arguments : dict
        Every argument. One written ``$NAME`` is the notebook's parameter of that name; ``$measure`` is the name of the
        measure that the call is about.
    inputs : dict of str to Called
        The calls that made the results among the arguments.
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
    made_by : Called, tuple of Called, or None
        The call that makes its numbers, where one method does; where several do, all of them in their order.
    passes : dict of str to Bound
        By the name of a number: what it has to be. All must hold; of several numbers under one name, each.
    """

    name: str
    asks: Literal["claim", "finding"] = "claim"
    made_by: Called | tuple[Called, ...] | None = None
    passes: Annotated[dict[str, Bound], Field(min_length=1)]

    @property
    def calls(self) -> tuple[Called, ...]:
        """The registered calls, none if the check has no registered call."""
        return (self.made_by,) if isinstance(self.made_by, Called) else self.made_by or ()


class RegisteredMeasure(_Rule):
    """One of the measures that a claim is judged on.

    Attributes
    ----------
    name, producer : str
        Name in figures; who makes it: measures of one producer share a vote.
    table : str
        Table that it is in.
    columns : tuple of str
        Columns that are added up.
    factor : float
        Factor of the sum.
    first_year : int
        First data year that can be compared with later ones.
    unit : str
        Unit of the effect.
    scale : {"difference", "ratio"}
        Of the effect; ratios are judged by their logarithm.
    higher : {"better", "worse"}
        What a higher value means.
    smallest_effect : float
        Smallest effect of interest on that scale; its logarithm counts without its sign.
    editions : tuple of str
        Editions of the evidence that have this measure; all if empty.
    model : Called or None
        The call that makes its result.
    checks : tuple of str
        Checks of the finding behind it: one that fails shakes the measure, so that it cannot tell.
    """

    name: str
    producer: str
    table: str
    columns: Annotated[tuple[str, ...], Field(min_length=1)]
    factor: float = 1.0
    first_year: int = 0
    unit: str
    scale: Literal["difference", "ratio"] = "difference"
    higher: Literal["better", "worse"] = "better"
    smallest_effect: Annotated[float, Field(gt=0)]
    editions: tuple[str, ...] = ()
    model: Called | None = None
    checks: tuple[str, ...] = ()

    def values(self, frame: pd.DataFrame, *, keys: tuple[str, ...] = ("iso3", "data_year")) -> pd.DataFrame:
        """Return the measure by country and year: the sum of its columns times the factor, under its name.

        Parameters
        ----------
        frame : pandas.DataFrame
            The measure's table.
        keys : tuple of str
            Columns that are kept; the last is the year.
        """
        total = frame[list(self.columns)].astype(float).sum(axis=1, min_count=len(self.columns)) * self.factor
        return frame[list(keys)].assign(**{self.name: total})[frame[keys[-1]] >= self.first_year]


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
