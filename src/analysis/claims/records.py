"""The register decides: claims on printed figures, leaders, records and order in time, looked up in tables.

A rule and its tables give the fields of evidence; no code knows a claim.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from analysis.claims.evidence import Evidence, Found, Report, design_of
from analysis.claims.judge import Conclusion
from analysis.claims.predicates import Condition, Query, chosen, days_in_words
from analysis.claims.register import Claim
from analysis.claims.rules import LOOKED_UP, Figure, Leaders, Lookup, Order, Record
from analysis.data.coding import SHEET, UNDECIDED, as_records
from analysis.data.readers.hfi import leaves
from analysis.errors import InputError

Load = Callable[[str], pd.DataFrame]
Fields = dict[str, Any]
#: Source of a report on what a published file itself holds.
_FILE = "the published file"


def is_looked_up(claim: Claim) -> bool:
    """Return whether the register alone decides a claim, with the tables that its rule names."""
    return isinstance(claim.rule, LOOKED_UP)


def look_up(claim: Claim, load: Load, *, publisher: str) -> list[Fields]:
    """Decide a claim by its rule.

    Parameters
    ----------
    claim : Claim
        A claim whose rule is looked up in tables.
    load : callable
        Name of a table -> its frame.
    publisher : str
        Publisher of the article, whose word is no second record, nor is what it alone relays.

    Returns
    -------
    list of dict
        Fields of :class:`analysis.claims.evidence.Evidence`: first those of the registered edition, then of one that
        is judged again.

    Raises
    ------
    InputError
        The rule names a table or a column that does not exist, or no row can answer it.
    """
    known = _Tables(claim, load, publisher)
    if isinstance(claim.rule, Figure):
        return _figure(claim.rule, known)
    if isinstance(claim.rule, Leaders):
        return [_leaders(claim.rule, known)]
    assert isinstance(claim.rule, Record | Order)
    return [_records(claim.rule, known)]


@dataclass(frozen=True, slots=True)
class JudgedRecords:
    """Claims that the register decided alone: the evidence of the registered edition, and what was concluded."""

    judged: tuple[tuple[Evidence, Conclusion], ...]

    def table(self) -> pd.DataFrame:
        """Return one row a claim: how many records there are, how many agree, and what they say."""
        rows = [
            {
                "claim": evidence.claim,
                "agree": sum(report.agrees for report in evidence.reports),
                "records": len(evidence.reports),
                "what_they_say": evidence.summary,
            }
            for evidence, _ in self.judged
        ]
        return pd.DataFrame(rows, columns=["claim", "agree", "records", "what_they_say"])

    def sentence(self) -> str:
        """Say how many claims were judged, and how each came out."""
        if not self.judged:
            return "No claim is judged by records: they speak of another country."
        verdicts = Counter(conclusion.verdict for _, conclusion in self.judged)
        said = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.items())
        claims = "1 claim is" if len(self.judged) == 1 else f"{len(self.judged)} claims are"
        return f"{claims} judged by looking tables up: {said}."

    def _repr_markdown_(self) -> str:
        lines = [
            f"- `{evidence.claim}`: **{conclusion.label}** ({conclusion.why}). {evidence.summary}"
            for evidence, conclusion in self.judged
        ]
        return "\n".join([self.sentence(), "", *lines])


class _Tables(NamedTuple):
    """The tables of one claim; what is missing is said with the claim's name."""

    claim: Claim
    load: Load
    publisher: str

    def frame(self, table: str) -> pd.DataFrame:
        try:
            return self.load(table)
        except InputError as error:
            raise self.fault(error.what, error.remedy) from None

    def rows(self, table: str, where: dict[str, Condition], *needed: str) -> pd.DataFrame:
        """Return the rows of a table that meet every condition; it must have the needed columns too."""
        frame = self.frame(table)
        if missing := [name for name in (*where, *needed) if name not in frame]:
            remedy = f"correct its rule; the columns are {', '.join(frame.columns)}"
            raise self.fault(f"{table} has no column {missing[0]}", remedy)
        return frame[chosen(frame, where)]

    def records(self, query: Query, *needed: str) -> pd.DataFrame:
        """Return the rows that a query means, as records; those of the sheet are the claim's own unless it says."""
        own = {"claim": self.claim.id} if query.table == SHEET else {}
        found = self.rows(query.table, own | query.where, *needed)
        if query.table == SHEET and found.empty:
            remedy = "type one; where none was found, one with the finding: not found"
            raise self.fault(f"no row of {SHEET} can answer its rule", remedy)
        return as_records(found)

    def fault(self, what: str, remedy: str) -> InputError:
        return InputError(what, where=f"claims.yml, {self.claim.id}", remedy=remedy)


def _figure(rule: Figure, known: _Tables) -> list[Fields]:
    editions = (rule.edition, *rule.others)
    found = [
        Found(quantity=item.quantity, vintage=edition, value=value)
        for item in (*rule.printed, *rule.beside)
        for edition in editions
        if (value := _taken(item, rule, edition, known)) is not None
    ]
    here = {item.quantity: item.value for item in found if item.vintage == rule.edition}
    lacking = [item.quantity for item in rule.printed if item.quantity not in here]
    if lacking:
        raise known.fault(f"no row of {rule.edition} has the {_plain(lacking[0])}", "correct the rule's where")
    common = {"found": found, "design": "design-based", "summary": _figure_words(found, editions)}
    first = {"vintage": rule.edition, "unit": rule.unit, "estimate": here[rule.printed[0].quantity]}
    if rule.n:
        first["n"] = int(here[rule.n])
    again = [common | {"vintage": rule.again, "primary": False}] if rule.again else []
    return [common | first, *again]


def _taken(item: Lookup, rule: Figure, edition: str, known: _Tables) -> float | None:
    where = rule.where if item.where is None else item.where
    if item.take == "rows":
        return float(len(known.rows(edition, where))) or None
    rows = known.rows(edition, where, item.column)
    values = rows[item.column].dropna()
    if item.take == "cell" and len(values) > 1:
        raise known.fault(f"{len(values)} rows of {edition} have a {_plain(item.quantity)}", "narrow the rule's where")
    return float(values.max()) if len(values) else None


def _figure_words(found: list[Found], editions: tuple[str, ...]) -> str:
    parts = []
    for edition in editions:
        own = [f"{_plain(item.quantity)} {item.value:g}" for item in found if item.vintage == edition]
        parts.append(f"{edition}: {', '.join(own)}" if own else f"{edition} has none")
    return f"Looked up in {'; '.join(parts)}."


def _leaders(rule: Leaders, known: _Tables) -> Fields:
    rows = known.rows(rule.edition, rule.where, rule.column, rule.name)
    order = rows.sort_values([rule.column, rule.name])
    ranks = order.set_index(rule.name)[rule.column]
    named = sorted((name for name in rule.members if name in ranks), key=lambda name: (ranks[name], name))
    if not named:
        raise known.fault(f"{rule.edition} ranks none of the named leaders", "correct the rule's members or where")
    said = ", ".join(f"{name} {ranks[name]:g}" for name in named)
    return {
        "vintage": rule.edition,
        "members": tuple(order[rule.name].head(len(rule.members))),
        "design": "design-based",
        "summary": f"Ranks of the named leaders: {said}.",
    }


class _Vote(NamedTuple):
    """One vote: who has it, what they say, whether it agrees (None: nothing is decided), the day, an estimate."""

    source: str
    value: str
    agrees: bool | None
    day: str = ""
    estimate: float = float("nan")


def _records(rule: Record | Order, known: _Tables) -> Fields:
    rows = _speaking(rule, known)
    moments = _moments(known.records(rule.other), known) if isinstance(rule, Order) else {}
    votes = [vote for group in _groups(rule, rows) for vote in _votes(rule, group, moments)]
    if isinstance(rule, Record):
        days = {vote.day for vote in votes if vote.agrees}
        if 0 < len(days) < rule.on_days:
            votes = [vote._replace(agrees=None) for vote in votes]
        if rule.columns:
            votes.append(_file_vote(rule, known))
    decided = [vote for vote in votes if vote.agrees is not None]
    reports = [Report(source=vote.source, value=vote.value, agrees=bool(vote.agrees)) for vote in decided]
    by_file = isinstance(rule, Record) and rule.columns is not None
    fields: Fields = {
        "vintage": _vintage(rows),
        "reports": reports,
        "design": "descriptive" if by_file else design_of(reports),
        "summary": _told(reports, [vote for vote in votes if vote.agrees is None]),
    }
    if rule.unit and decided:
        # A count of our own stands last: it is the estimate, beside what others state.
        fields |= {"estimate": decided[-1 if by_file else 0].estimate, "unit": rule.unit}
    return fields | ({"n": len(reports)} if rule.n else {})


def _speaking(rule: Record | Order, known: _Tables) -> list[dict[str, Any]]:
    """Return the rows that speak, in the order of the rule's queries; the publisher's word is left out."""
    frames = [known.records(query, *rule.codes).assign(turn=turn) for turn, query in enumerate(rule.queries)]
    rows = [row for frame in frames for row in frame.to_dict("records")]
    if lacking := [part for part in rule.parts if part not in {row["part"] for row in rows}]:
        raise known.fault(f"no row speaks of the part {lacking[0]}", "type one, or take the part out of the rule")
    return [
        row
        for row in rows
        if known.publisher not in (row["origin"], row["via"]) and (not rule.parts or row["part"] in rule.parts)
    ]


def _groups(rule: Record | Order, rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return the rows of each voter: by part, the query that names the voter first, and name; rows by time."""
    groups: dict[Any, list[dict[str, Any]]] = {}
    turns: dict[str, int] = {}
    for place, row in enumerate(rows):
        part = rule.parts.index(row["part"]) if rule.parts else 0
        turn = turns.setdefault(row["origin"], row["turn"])
        key = {"row": (row["turn"], row["first_day"], place), "part": (part,), "origin": (part, turn, row["origin"])}[
            rule.vote
        ]
        groups.setdefault(key, []).append(row)
    return [groups[key] for key in sorted(groups)]


def _votes(rule: Record | Order, rows: list[dict[str, Any]], moments: Moments) -> Iterator[_Vote]:
    """Put the rows of one voter together; rows that decide nothing are kept apart."""
    if rule.which == "first":
        rows = sorted(rows, key=lambda row: row["first_day"])[:1]
    if isinstance(rule, Record) and rule.add:
        rows = [_sum(rows)]
    answers = [_answer(rule, row, moments) for row in rows]
    decided = [vote for vote in answers if vote.agrees is not None]
    if decided:
        agree = [bool(vote.agrees) for vote in decided]
        yield _joined(decided, any(agree) if rule.which == "any" else all(agree))
    if open_ := [vote for vote in answers if vote.agrees is None]:
        yield _joined(open_, None)


def _joined(votes: list[_Vote], agrees: bool | None) -> _Vote:
    sources = " and ".join(dict.fromkeys(vote.source for vote in votes))
    return votes[0]._replace(source=sources, value="; ".join(vote.value for vote in votes), agrees=agrees)


def _sum(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return rows whose numbers are parts of one number as one row."""
    values = [row["value"] for row in rows if pd.notna(row["value"])]
    exact = all(row["bound"] == "exact" for row in rows)
    return rows[0] | {
        "says": "; ".join(row["says"] for row in rows),
        "value": sum(values) if values else float("nan"),
        "bound": rows[0]["bound"] if len(rows) == 1 else "exact" if exact else "about",
        "first_day": min(row["first_day"] for row in rows),
        "last_day": max(row["last_day"] for row in rows),
    }


def _answer(rule: Record | Order, row: dict[str, Any], moments: Moments) -> _Vote:
    """Return what one row says."""
    beside, estimate = "", float(row["value"])
    if isinstance(rule, Order):
        agrees, beside, estimate = _ordered(rule, row, moments)
        asked: list[bool | None] = [agrees]
    else:
        asked = _asked(rule, row)
    codes = [code.decide(str(row[name])) for name, code in rule.codes.items()]
    open_ = row["finding"] in UNDECIDED or None in codes
    source = f"{row['part']}, by {row['origin']}" if rule.parts and rule.vote == "origin" else row["origin"]
    return _Vote(
        source=source if row["origin"] else "",
        value=f"{row['says']}{_when(row)}{beside}",
        agrees=None if open_ else _together([*codes, *asked]),
        day=row["first_day"],
        estimate=estimate,
    )


def _asked(rule: Record, row: dict[str, Any]) -> list[bool | None]:
    """Return the answers to what the rule asks; what the row does not state is not asked of it."""
    asked: list[bool | None] = []
    if rule.finding:
        asked.append(row["finding"] == rule.finding)
    if rule.value and pd.notna(row["value"]):
        asked.append(rule.value.decide(row["value"], row["bound"]))
    if rule.days and row["last_day"]:
        asked.append(rule.days.holds(row["first_day"], row["last_day"]))
    if rule.first_day and row["last_day"]:
        first = row["first_day"]
        asked.append(rule.first_day.holds(first, first or row["last_day"]))
    return asked


def _together(answers: list[bool | None]) -> bool | None:
    """Return whether all hold: no if one does not, open if one is open or nothing was asked."""
    if False in answers:
        return False
    return None if None in answers or not answers else True


#: First and last day of a step by who reports it.
Moments = dict[str, tuple[str, str]]


def _moments(rows: pd.DataFrame, known: _Tables) -> Moments:
    others = rows[(rows["origin"] != known.publisher) & (rows["via"] != known.publisher)]
    if others.empty:
        raise known.fault("no row holds what its records are ordered with", "correct its before or after")
    spans = others.groupby("origin").agg(first=("first_day", "min"), last=("last_day", "max"))
    return {str(origin): (row.first_, row.last_) for origin, row in spans.add_suffix("_").iterrows()}


def _ordered(rule: Order, row: dict[str, Any], moments: Moments) -> tuple[bool | None, str, float]:
    """Return whether a row lies on the claimed side of every moment that it can be ordered with; words; days."""
    first, last = row["first_day"], row["last_day"]
    if not last:
        return None, "", float("nan")
    earlier = [name for name, moment in moments.items() if last < moment[0]]
    later = [name for name, moment in moments.items() if first and first > moment[1]]
    inside = [name for name in moments if name not in (*earlier, *later)]
    agreeing, denying = (earlier, later) if rule.before else (later, earlier)
    start = min(moment[0] for moment in moments.values())
    days = float((pd.Timestamp(first) - pd.Timestamp(start)).days) if first else float("nan")
    sides = {"before": earlier, "after": later, "not to be ordered with": inside}
    said = [
        f"{side} {', '.join(dict.fromkeys(days_in_words(*moments[name]) for name in names))}"
        for side, names in sides.items()
        if names
    ]
    agrees = None if not earlier and not later else bool(agreeing) and not denying
    return agrees, f" ({'; '.join(said)})", days


def _file_vote(rule: Record, known: _Tables) -> _Vote:
    """Return what a published file says of itself: numbers of its columns at the lowest level."""
    assert rule.columns is not None
    assert rule.value is not None
    frame = known.frame(rule.columns.table)
    held = leaves([str(name) for name in frame.columns if frame[name].notna().any()])
    numbers = {name: sum(column.startswith(starts) for column in held) for name, starts in rule.columns.groups.items()}
    agrees = all(rule.value.decide(number, "exact") for number in numbers.values())
    said = ", ".join(f"{name} {number}" for name, number in numbers.items())
    return _Vote(_FILE, f"scores at its lowest level: {said}", agrees, estimate=float(sum(numbers.values())))


def _told(reports: list[Report], open_: list[_Vote]) -> str:
    """Say how many records agree, what each says, and what decides nothing."""
    silent = [f"{vote.source}: {vote.value}" if vote.source else vote.value for vote in open_]
    undecided = f" Undecided: {'; '.join(silent)}." if silent else ""
    if not reports:
        return f"No record other than the article's decides it.{undecided}"
    said = "; ".join(f"{report.source}: {report.value}" for report in reports)
    agree = sum(report.agrees for report in reports)
    if len(reports) == 1:
        return f"The only record {'agrees' if agree else 'disagrees'}: {said}.{undecided}"
    return f"{agree} of {len(reports)} records agree: {said}.{undecided}"


def _when(row: dict[str, Any]) -> str:
    return f", {days_in_words(row['first_day'], row['last_day'])}" if row["last_day"] else ""


def _vintage(rows: list[dict[str, Any]]) -> str:
    years = [row["last_day"][:4] for row in rows if row["last_day"]]
    return f"records to {max(years)}" if years else "as cited"


def _plain(name: str) -> str:
    return name.replace("_", " ")
