"""Decision rules as data: what each kind of claim needs to be supported, contradicted or not testable.

The rules are those of the register's preamble: they are hashed and locked; a later change needs a reason.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field, model_validator

from analysis.claims.predicates import Bound, Codes, Condition, Query, Rule, Span
from analysis.data.coding import SHEET


class Called(Rule):
    """A call of a public method, as :attr:`analysis.methods.result.Result.call` gives it.

    Attributes
    ----------
    method : str
        Its name.
    arguments : dict
        Every argument. One written ``$NAME`` is the notebook's parameter of that name, ``-$NAME`` its negative,
        ``{$NAME: {...}}`` what stands under its value; ``$measure`` is the name of the measure that the call is about.
    inputs : dict of str to Called
        The calls that made the results among the arguments.
    """

    method: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    inputs: dict[str, Called] = Field(default_factory=dict)


class RegisteredCheck(Rule):
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


class RegisteredMeasure(Rule):
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


class Lookup(Rule):
    """A quantity of a table.

    Attributes
    ----------
    quantity : str
        Name of the quantity, as evidence files use it.
    take : str
        ``cell``: the value of the one row; ``largest``: of all rows; ``rows``: how many rows there are.
    column : str
        Column of the value; none for a number of rows.
    where : dict or None
        Conditions in place of the rule's own.
    """

    quantity: str
    take: Literal["cell", "largest", "rows"] = "cell"
    column: str = ""
    where: dict[str, Condition] | None = None


class Printed(Lookup):
    """A quantity as the article prints it.

    Attributes
    ----------
    value : float
        Printed value.
    decimals : int
        Printed decimals; computed and printed agree within half a unit of the last one.
    """

    value: float
    decimals: Annotated[int, Field(ge=0, le=6)] = 0


class Figure(Rule):
    """Printed figures (type F): all must match in the edition that the article names.

    Attributes
    ----------
    edition : str
        Table of the edition that is judged.
    others : tuple of str
        Tables of other editions, whose figures are shown beside it.
    again : str or None
        Edition that is judged a second time, alone, as one that the article could not see.
    where : dict
        Conditions on the rows.
    printed, beside : tuple of Lookup
        Quantities that are judged; that are shown only. The first is the estimate.
    unit, n : str
        Unit of the estimate; quantity that says out of how many.
    """

    kind: Literal["figure"]
    edition: str
    others: tuple[str, ...] = ()
    again: str | None = None
    where: dict[str, Condition] = Field(default_factory=dict)
    printed: Annotated[tuple[Printed, ...], Field(min_length=1)]
    beside: tuple[Lookup, ...] = ()
    unit: str = ""
    n: str = ""

    @property
    def tables(self) -> set[str]:
        """Tables that are read."""
        return {self.edition, *self.others, *([self.again] if self.again else [])}


class Leaders(Rule):
    """Named leaders (type F): they must be the first of a ranking, as many as are named.

    Attributes
    ----------
    edition : str
        Table of the ranking.
    where : dict
        Conditions on the rows.
    column, name : str
        Column of the rank, 1 being first; column of the names, which order ties.
    members : tuple of str
        The named leaders.
    """

    kind: Literal["leaders"]
    edition: str
    where: dict[str, Condition] = Field(default_factory=dict)
    column: str
    name: str = "iso3"
    members: Annotated[tuple[str, ...], Field(min_length=1)]

    @property
    def tables(self) -> set[str]:
        """Tables that are read."""
        return {self.edition}


class Columns(Rule):
    """Columns of a published file at its lowest level, counted by the beginnings of their names."""

    table: str
    groups: Annotated[dict[str, tuple[str, ...]], Field(min_length=1)]


class _Told(Rule):
    """What records have in common: which rows speak, and how they are put together to votes.

    Attributes
    ----------
    rows : tuple of Query
        Rows that speak; by default those of the coding sheet that are typed for the claim.
    parts : tuple of str
        Parts of the claim, each with votes of its own; without them, parts of the sheet are not told apart.
    vote : str
        Who has one vote: an ``origin`` (in each part), a ``row``, or a ``part``.
    which : str
        Which rows of a vote must agree: ``all`` that decide, ``any``, or the ``first`` in time.
    codes : dict
        By column: codes that agree, that deny, and all others, which decide nothing.
    unit, n : str
        Unit in which an estimate is shown, if any; what ``n`` counts, if it is shown.
    """

    rows: tuple[Query, ...] = ()
    parts: tuple[str, ...] = ()
    vote: Literal["origin", "row", "part"] = "origin"
    which: Literal["all", "any", "first"] = "all"
    codes: dict[str, Codes] = Field(default_factory=dict)
    unit: str = ""
    n: Literal["", "records"] = ""

    @property
    def tables(self) -> set[str]:
        """Tables that are read."""
        return {query.table for query in self.queries}

    @property
    def queries(self) -> tuple[Query, ...]:
        """Rows that speak."""
        return self.rows or (Query(table=SHEET),)


class Record(_Told):
    """A reported event or number (type F): independent records must agree with it; all that is set must hold.

    What a row does not state is not asked of it, and a row that can be asked nothing decides nothing.

    Attributes
    ----------
    finding : str
        ``present`` or ``absent``: what must be on record.
    value : Bound or None
        What the number must be.
    add : bool
        Whether the numbers of one vote are parts of one number.
    days : Span or None
        Where all days of a row must lie.
    first_day : Span or None
        Where its first day must lie.
    on_days : int
        On how many different days agreeing rows must lie; fewer decide nothing.
    columns : Columns or None
        A published file that speaks, alone or after the rows that the rule names: ``value`` is asked of each number of
        its columns.
    """

    kind: Literal["record"]
    finding: Literal["", "present", "absent"] = ""
    value: Bound | None = None
    add: bool = False
    days: Span | None = None
    first_day: Span | None = None
    on_days: Annotated[int, Field(ge=1)] = 1
    columns: Columns | None = None

    @property
    def queries(self) -> tuple[Query, ...]:
        """Rows that speak."""
        return self.rows if self.columns else super().queries

    @property
    def tables(self) -> set[str]:
        """Tables that are read."""
        return super().tables | ({self.columns.table} if self.columns else set())

    def words(self) -> str:
        """Say what a record must say."""
        said = [f"the finding is {self.finding}"] if self.finding else []
        if self.value:
            said.append(f"the number is {self.value.words()}")
        if self.days:
            said.append(f"all days lie {self.days.words()}")
        if self.first_day:
            said.append(f"the first day lies {self.first_day.words()}")
        said += [f"the {name} is {code.words()}" for name, code in self.codes.items()]
        if self.on_days > 1:
            said.append(f"it is so on {self.on_days} days or more")
        return " and ".join(said)

    @model_validator(mode="after")
    def _asks(self) -> Record:
        if not (self.finding or self.value or self.days or self.first_day or self.codes):
            raise ValueError("a record needs a finding, value, days, first_day or codes")
        if self.value is None and (self.add or self.columns):
            raise ValueError("add and columns need a value")
        return self


class Order(_Told):
    """A claim on order in time (types F, S): records of one step against another step, or a day, of a table.

    Attributes
    ----------
    before, after : Query or None
        Rows before or after which each record must lie; exactly one is set. Rows of one origin are one span of days;
        a record that lies inside is not ordered with it.
    """

    kind: Literal["order"]
    before: Query | None = None
    after: Query | None = None

    @model_validator(mode="after")
    def _one(self) -> Order:
        if (self.before is None) == (self.after is None):
            raise ValueError("an order needs either before or after")
        return self

    @property
    def tables(self) -> set[str]:
        """Tables that are read."""
        return super().tables | {self.other.table}

    def words(self) -> str:
        """Say on which side of what a record must lie."""
        these = " and ".join(query.words() for query in self.queries)
        return f"of {these} lies {'before' if self.before else 'after'} {self.other.words()}"

    @property
    def other(self) -> Query:
        """Rows that the records are ordered with."""
        found = self.before or self.after
        assert found is not None
        return found


class Extremum(Rule):
    """An extremum (type X): probability that the claimed item is the lowest or highest under perturbation."""

    kind: Literal["extremum"]
    level: str
    supported_from: float = 0.95
    contradicted_to: float = 0.05


class Directional(Rule):
    """A change, timing or composition in a claimed direction (types T, S, K)."""

    kind: Literal["directional"]
    direction: Literal["rise", "fall"]
    scale: Literal["difference", "ratio"]
    same_sign_from: float = 0.80
    joint_p_to: float = 0.05


class NonInferiority(Rule):
    """A null claim (type T): no change of the named kind as large as the smallest effect of interest.

    Measures are signed so that positive is the change named by ``against``.
    """

    kind: Literal["non-inferiority"]
    against: Literal["improvement", "worsening"] = "improvement"
    share_from: float = 2 / 3


class Mechanism(Rule):
    """A causal explanation (type M): needs design-based identification and a passed test against each rival."""

    kind: Literal["mechanism"]
    rivals: tuple[str, ...] = ()


class Untestable(Rule):
    """A claim that no data can decide as stated; recorded with the reason, never judged."""

    kind: Literal["untestable"]
    reason: Literal["normative", "no data", "not identified"]
    why: str


#: Kinds of rules that the register decides alone, by looking up tables.
LOOKED_UP = (Figure, Leaders, Record, Order)
AnyRule = Annotated[
    Figure | Leaders | Record | Order | Extremum | Directional | NonInferiority | Mechanism | Untestable,
    Field(discriminator="kind"),
]
