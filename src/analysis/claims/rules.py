"""Decision rules as data, hashed and locked: what each kind of claim needs to be supported or contradicted."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field, StrictBool, model_validator

from analysis.data.coding import SHEET, possible
from analysis.data.queries import Frozen, Query, Span, Where

#: A number as it is written: no text, no truth, neither infinite nor missing.
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class Called(Frozen):
    """A call of a public method, as :attr:`analysis.methods.result.Result.call` gives it.

    ``inputs`` are the calls that made the results among the arguments. In the register, an argument written ``$NAME``
    is the notebook's parameter of that name, ``-$NAME`` its negative, ``{$NAME: {...}}`` what stands under its value;
    ``$measure`` is the name of the measure that the call is about.
    """

    method: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    inputs: dict[str, Called] = Field(default_factory=dict)


#: How a number would be stated that lies at each bound.
_BOUNDS = {"above": "more than", "below": "less than", "at_least": "at least", "at_most": "at most", "equals": "exact"}


class Bound(Frozen):
    """What a number has to be: every bound that is given must hold."""

    above: Number | None = None
    below: Number | None = None
    at_least: Number | None = None
    at_most: Number | None = None
    equals: Number | StrictBool | None = None

    @model_validator(mode="after")
    def _asks(self) -> Bound:
        if not self.asked:
            raise ValueError("a bound names above, below, at_least, at_most or equals")
        return self

    @property
    def asked(self) -> dict[str, float]:
        """The bounds that are given, by the words of a number that lies there."""
        return {_BOUNDS[name]: edge for name, edge in self.model_dump(exclude_none=True).items()}

    def decide(self, value: float, bound: str = "exact") -> bool | None:
        """Compare a number as a source states it: ``exact``, ``at least``, ``at most``, ``more than``, ``less than``.

        Any other word, such as ``about``, leaves it open: None if some that it can be agree and some do not, or of nan.
        """
        ends = [possible(edge, words) for words, edge in self.asked.items()]
        low, high = max(first for first, _ in ends), min(last for _, last in ends)
        first, last = possible(value, bound)
        if low <= first and last <= high:
            return True
        return False if last < low or first > high else None

    def __str__(self) -> str:
        return " and ".join(f"{words.replace('exact', 'exactly')} {edge:g}" for words, edge in self.asked.items())


class RegisteredCheck(Frozen):
    """A falsification, or a component of a claim: the calls that make its numbers, and what those have to be.

    It ``asks`` the claim, or the finding whichever way that points. Of several numbers, each must keep the bound.
    """

    name: str
    asks: Literal["claim", "finding"] = "claim"
    made_by: Called | tuple[Called, ...] | None = None
    passes: Annotated[dict[str, Bound], Field(min_length=1)]

    @property
    def calls(self) -> tuple[Called, ...]:
        """The registered calls, none if the check has no registered call."""
        return (self.made_by,) if isinstance(self.made_by, Called) else self.made_by or ()


class RegisteredMeasure(Frozen):
    """One of the measures that a claim is judged on: the sum of columns of a table, times a factor.

    A ``primary`` measure has the vote of its producer, who has one only; an index that is built from another's belongs
    to the other's producer. A ``record`` has no known error; see `Evidence.published`. One ``beside`` them is shown.
    Ratios are judged by their logarithm, that of the smallest effect without its sign. Without ``editions`` all
    evidence has the measure. What ``checks_of`` another claim it fails, shakes it.
    """

    role: Literal["primary", "record", "beside"] = "beside"
    name: str
    producer: str
    table: str
    columns: Annotated[tuple[str, ...], Field(min_length=1)]
    factor: Number = 1.0
    first_year: int = 0
    unit: str
    scale: Literal["difference", "ratio"] = "difference"
    higher: Literal["better", "worse"] = "better"
    smallest_effect: Annotated[Number, Field(gt=0)]
    editions: tuple[str, ...] = ()
    model: Called
    checks_of: str = ""

    def values(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the measure under its name beside country and data year of its table."""
        total = frame[list(self.columns)].astype(float).sum(axis=1, min_count=len(self.columns)) * self.factor
        return frame[["iso3", "data_year"]].assign(**{self.name: total})[frame["data_year"] >= self.first_year]


class Quantity(Frozen):
    """A quantity of a table: the value of the one row, the largest or the mean of all, or how many rows there are.

    With a ``value``, as printed with so many decimals, it is judged, else shown. Its conditions replace the rule's.
    """

    quantity: str
    take: Literal["cell", "largest", "mean", "rows"] = "cell"
    column: str = ""
    where: Where | None = None
    value: Number | None = None
    decimals: Annotated[int, Field(strict=True, ge=0, le=6)] = 0

    @model_validator(mode="before")
    @classmethod
    def _as_printed(cls, given: Any) -> Any:
        value, decimals = map(given.get, ("value", "decimals")) if isinstance(given, dict) else (None, None)
        said = value if isinstance(value, float) and math.isfinite(value) else None
        if said is not None and (not isinstance(decimals, int) or abs(round(said, decimals) - said) > 1e-9):
            raise ValueError(f"the value {value} needs decimals that fit it: say how many decimals are printed")
        return given

    def difference(self, computed: float | None) -> str:
        """Say how a computed value differs from the printed one; empty within half a unit of its last place."""
        # The slack is for binary fractions only: 3.75 printed as 3.8 lies exactly half a unit away.
        half_unit = 0.5 * 10.0**-self.decimals + 1e-9
        found, bound = "not found" if computed is None else f"{computed:g}", getattr(self, "has_to_be", None)
        if bound and (computed is None or not bound.decide(computed)):
            return f"the {self.words} is {found}, not {bound}"
        if self.value is None or (computed is not None and abs(computed - self.value) <= half_unit):
            return ""
        return f"the {self.words} is {found}, not {self.value:g}"

    @property
    def words(self) -> str:
        """The quantity as readers call it: ``n_`` begins a number of something."""
        return re.sub("^n_", "number of ", self.quantity).replace("_", " ")


class Compared(Quantity):
    """A quantity less another, maybe of another ``table``, or over it: a change, or one count against another."""

    against: Quantity
    table: str = ""
    by: Literal["difference", "ratio"] = "difference"
    has_to_be: Bound | None = None


class Published(Frozen):
    """What a file prints: judged in the edition that the article names, the first of the tables.

    Others are shown beside it; the edition ``again`` is judged alone, too, as one that the article could not see. The
    first quantity is the estimate; a number of rows says out of how many.
    """

    editions: Annotated[tuple[str, ...], Field(min_length=1)]
    again: str = ""
    where: Where = Field(default_factory=dict)
    quantities: Annotated[tuple[Compared | Quantity, ...], Field(min_length=1)]
    unit: str = ""


class Figure(Published):
    """Printed figures (type F): all must match."""

    kind: Literal["figure"]

    @property
    def printed(self) -> tuple[Quantity, ...]:
        """Quantities that are judged."""
        return tuple(own for own in self.quantities if own.value is not None or getattr(own, "has_to_be", None))


class Leaders(Frozen):
    """Named leaders (type F): the first by a column, as many as are named, from the end that its direction names."""

    kind: Literal["leaders"]
    edition: str
    where: Where = Field(default_factory=dict)
    column: str
    members: Annotated[tuple[str, ...], Field(min_length=1)]


class Record(Frozen):
    """A reported event, number or order in time (types F, S): independent records must agree with it.

    Everything that is asked must hold: the ``finding``; the ``value``; that all days lie in the span ``days``, or
    ``before`` other rows, of which those of one origin are one span of days. A number that a row does not state is not
    asked of it; a day that it does not state leaves it open, and a row that can be asked nothing decides nothing.

    The rows are those of the coding sheet typed for the claim, or those of the queries. An ``origin`` has one vote (in
    each part), or each ``row`` has, or each ``part`` (without parts all rows together); ``which`` rows must agree.
    """

    kind: Literal["record"]
    rows: Annotated[tuple[Query, ...], Field(min_length=1)] = (Query(table=SHEET),)
    parts: tuple[str, ...] = ()
    vote: Literal["origin", "row", "part"] = "origin"
    which: Literal["all", "any"] = "all"
    finding: Literal["", "present", "absent"] = ""
    value: Bound | None = None
    days: Span | None = None
    before: Query | None = None

    def words(self) -> str:
        """Say what a record must say."""
        when = (("all days lie", self.days), ("it lies before", self.before))
        asked = (("the finding is", self.finding), ("the number is", self.value), *when)
        return " and ".join(f"{words} {what}" for words, what in asked if what)


class Others(Quantity):
    """The ``least`` or ``most`` of columns ``among``, in which ``*`` stands for any letters, maybe of another table."""

    take: Literal["least", "most"]  # type: ignore[assignment]
    among: Annotated[tuple[str, ...], Field(min_length=1)]
    table: str = ""


class Extremum(Published):
    """An extremum (type X): the first quantity must lie beyond the least or most of other columns."""

    kind: Literal["extremum"]
    quantities: tuple[Quantity, Others]


class Directional(Frozen):
    """A change, timing or composition in a claimed direction (types T, S, K).

    A curve of specifications that has the sign in a smaller share, or a larger joint p, counts as a failed check.
    """

    kind: Literal["directional"]
    direction: Literal["rise", "fall"]
    scale: Literal["difference", "ratio"]
    same_sign_from: Number = 0.80
    joint_p_to: Number = 0.05


class NonInferiority(Frozen):
    """A null claim (type T): no change of the kind named by ``against`` as large as the smallest effect of interest."""

    kind: Literal["non-inferiority"]
    against: Literal["improvement", "worsening"] = "improvement"


class Mechanism(Frozen):
    """A causal explanation (type M): needs design-based identification, and checks passed, one against each rival."""

    kind: Literal["mechanism"]


class Untestable(Frozen):
    """A claim that no data decide as stated, never judged: an opinion (normative), or what no record tells."""

    kind: Literal["untestable"]
    reason: Literal["normative", "no record", "not identified"]
    why: str


#: Kinds of rules that the register decides alone, by looking up tables.
LOOKED_UP = (Figure, Leaders, Extremum, Record)
AnyRule = Annotated[
    Figure | Leaders | Record | Extremum | Directional | NonInferiority | Mechanism | Untestable,
    Field(discriminator="kind"),
]
