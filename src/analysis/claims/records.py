"""The register decides: printed figures, leaders, extremes, records and order in time, looked up in tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatch
from operator import attrgetter
from typing import Any, NamedTuple

import pandas as pd

from analysis.claims.evidence import Evidence, Found, Report
from analysis.claims.register import Claim
from analysis.claims.rules import Compared, Extremum, Figure, Leaders, Others, Published, Quantity, Record
from analysis.data.catalogue import edition_in_words
from analysis.data.coding import SHEET, UNDECIDED, as_records
from analysis.data.load import country_names
from analysis.data.queries import Query, Where, chosen, days_in_words
from analysis.errors import InputError

Load = Callable[[str], pd.DataFrame]
Fields = dict[str, Any]


def look_up(claim: Claim, load: Load, *, publisher: str) -> list[Fields]:
    """Look up the fields of evidence: first of the registered edition, then of one that is judged again, if any.

    The publisher's word is no second record, nor is what it alone relays. A table, column or row that the rule needs
    and that does not exist is an `InputError`.
    """
    kinds: dict[type, Any] = {Figure: _published, Extremum: _published, Leaders: _leaders, Record: _records}
    known, asked = _Tables(claim, load, publisher), kinds.get(type(claim.rule))
    needed = [(name,) for name in claim.data] + [(own.table, *own.columns) for own in claim.measures]
    try:
        for table, *columns in [] if asked else needed:
            known.rows(table, {}, *columns)
        return list(asked(claim.rule, known)) if asked else []
    except InputError as error:
        place = f"claims.yml, {claim.id}{error.where and f', {error.where}'}"
        raise InputError(error.what, where=place, remedy=error.remedy) from None


def records_table(judged: Iterable[Evidence]) -> pd.DataFrame:
    """Return one row a claim that was looked up: how many records there are, how many agree, and what they say."""
    votes = [(item, [report.agrees for report in item.reports if report.agrees is not None]) for item in judged]
    rows = [(item.claim, sum(agree), len(agree), item.summary) for item, agree in votes]
    return pd.DataFrame(rows, columns=["claim", "agree", "records", "what_they_say"])


class _Tables(NamedTuple):
    """The tables of one claim."""

    claim: Claim
    load: Load
    publisher: str

    def rows(self, table: str, where: Where, *needed: str) -> pd.DataFrame:
        """Return the rows of a table that meet every condition; it must have the needed columns too."""
        if table not in self.claim.data:
            raise InputError(f"its rule reads {table}, which its data do not name", remedy="name it there, and lock")
        frame = self.load(table)
        if missing := [name for name in (*where, *needed) if name not in frame]:
            remedy = f"correct its rule; the columns are {', '.join(frame.columns)}"
            raise InputError(f"{table} has no column {missing[0]}", remedy=remedy)
        return frame[chosen(frame, where)]

    def records(self, query: Query) -> pd.DataFrame:
        """Return the rows that a query means, but for the publisher's; of the sheet the claim's own unless it says."""
        own: Where = {"claim": self.claim.id} if query.table == SHEET else {}
        found = self.rows(query.table, own | query.where)
        if query.table == SHEET and found.empty:
            remedy = "type one; where none was found, one with the finding: not found"
            raise InputError(f"no row of {SHEET} can answer its rule", remedy=remedy)
        rows = as_records(found, finding=query.finding)
        return rows[(rows[["origin", "via"]] != self.publisher).all(axis=1)]


def _published(rule: Published, known: _Tables) -> list[Fields]:
    found = [
        Found(quantity=item.quantity, vintage=edition, value=value)
        for item in rule.quantities
        for edition in rule.editions
        if (value := _taken(item, rule, edition, known)) is not None
    ]
    here = {item.quantity: item.value for item in found if item.vintage == rule.editions[0]}
    needed = rule.printed if isinstance(rule, Figure) else rule.quantities
    if lacking := [item.words for item in needed if item.quantity not in here]:
        raise InputError(f"no row of {rule.editions[0]} has the {lacking[0]}", remedy="correct the rule's where")
    words, said = {item.quantity: item.words for item in rule.quantities}, []
    for edition in rule.editions:
        own = ", ".join(f"{words[item.quantity]} {item.value:g}" for item in found if item.vintage == edition)
        said.append(f"{edition_in_words(edition)}{f': {own}' if own else ' has none'}")
    common = {"found": found, "design": "design-based", "summary": f"Looked up in {'; '.join(said)}."}
    first = {"vintage": rule.editions[0], "unit": rule.unit, "estimate": here[rule.quantities[0].quantity]}
    sizes = [here.get(own.quantity) for own in rule.quantities if own.take == "rows" and not isinstance(own, Compared)]
    first["n"] = int(sizes[0]) if sizes and sizes[0] else None
    again = [common | {"vintage": rule.again, "primary": False}] if rule.again else []
    return [common | first, *again]


def _taken(item: Quantity, rule: Published, edition: str, known: _Tables) -> float | None:
    value = _value(item, rule, edition, known)
    if value is None or not isinstance(item, Compared):
        return value
    other = _value(item.against, rule, item.table or edition, known)
    if (other is None and item.against.take != "rows") or (item.by == "ratio" and not other):
        return None
    return value / other if other and item.by == "ratio" else value - (other or 0.0)


def _value(item: Quantity, rule: Published, edition: str, known: _Tables) -> float | None:
    where = rule.where if item.where is None else item.where
    if item.take == "rows":
        return float(len(known.rows(edition, where))) or None
    if isinstance(item, Others):
        named = filter(str.isidentifier, item.among)  # the others are patterns of names
        rows = known.rows(item.table or edition, where, *named).drop(columns=rule.quantities[0].column, errors="ignore")
        rows = rows[[name for name in rows if any(fnmatch(name, one) for one in item.among)]]
        values = (rows.min(axis=1) if item.take == "least" else rows.max(axis=1)).dropna()
    else:
        values = known.rows(edition, where, item.column)[item.column].dropna()
    if item.take not in ("largest", "mean") and len(values) > 1:
        raise InputError(f"{len(values)} rows of {edition} have a {item.words}", remedy="narrow the rule's where")
    return float(values.mean() if item.take == "mean" else values.max()) if len(values) else None


def _leaders(rule: Leaders, known: _Tables) -> list[Fields]:
    rows = known.rows(rule.edition, rule.where, rule.column, "iso3")
    ranks = rows.sort_values([rule.column, "iso3"]).set_index("iso3")[rule.column]
    named = ranks[ranks.index.isin(rule.members)]
    if lacking := sorted({*rule.members} - {*named.index}):
        raise InputError(f"{rule.edition} does not rank {lacking[0]}", remedy="correct its members or where")
    names = country_names()
    said = ", ".join(f"{names.get(str(name), name)} {rank:g}" for name, rank in named.items())
    about = {"vintage": rule.edition, "design": "design-based", "summary": f"Ranks of the named leaders: {said}."}
    return [about | {"members": tuple(ranks.index[: len(rule.members)])}]


def _records(rule: Record, known: _Tables) -> list[Fields]:
    voters, moments = _voters(rule, known), _moments(rule, known)
    reports = [vote for rows in voters for vote in _votes(rule, rows, moments)]
    years = [row["last_day"][:4] for rows in voters for row in rows if row["last_day"]]
    vintage = f"records to {max(years)}" if years else "as cited"
    return [{"vintage": vintage, "reports": reports, "design": "descriptive", "summary": _told(reports)}]


def _voters(rule: Record, known: _Tables) -> list[list[dict[str, Any]]]:
    """Return the rows of each voter, by part, the query that names the voter first, and name; rows by time."""
    rows = pd.concat([known.records(query).assign(turn=turn) for turn, query in enumerate(rule.rows)])
    if lacking := [part for part in rule.parts if part not in set(rows["part"])]:
        raise InputError(f"no row speaks of the part {lacking[0]}", remedy="type one, or take the part out of the rule")
    rows = rows[rows["part"].isin(rule.parts)] if rule.parts else rows
    order = {
        "part_turn": rows["part"].map(rule.parts.index) if rule.parts else 0,
        "first_turn": rows.groupby("origin")["turn"].transform("min"),
        "place": range(len(rows)),
    }
    by_origin = ["part_turn", "first_turn", "origin"]
    keys = {"row": ["turn", "first_day", "place"], "part": ["part_turn"], "origin": by_origin}
    return [group.to_dict("records") for _, group in rows.assign(**order).groupby(keys[rule.vote])]


def _votes(rule: Record, rows: list[Fields], moments: list[tuple[str, str]]) -> Iterator[Report]:
    """Put the rows of one voter together; rows that decide nothing are kept apart."""
    answers = [_answer(rule, row, moments) for row in rows]
    for undecided in (False, True):
        if reports := [report for report in answers if (report.agrees is None) is undecided]:
            sources, relays = ([*dict.fromkeys(map(attrgetter(of), reports))] for of in ("source", "via"))
            agree = (any if rule.which == "any" else all)(report.agrees for report in reports)
            together = {
                "source": " and ".join(sources),
                "via": relays[0] if len(relays) == 1 else "",
                "origins": len(sources),
                "value": "; ".join(report.value for report in reports),
                "agrees": None if undecided else agree,
                "primary": any(report.primary for report in reports),
            }
            yield reports[0].model_copy(update=together)


def _answer(rule: Record, row: Fields, moments: list[tuple[str, str]]) -> Report:
    """Return what one row says: a number that it lacks is not asked of it, a day that it lacks leaves it open."""
    asked: list[bool | None] = [row["finding"] == rule.finding] if rule.finding else []
    first, last = row["first_day"], row["last_day"]
    when = f", {days_in_words(first, last)}" if last else ""
    if rule.value and pd.notna(row["value"]):
        asked.append(rule.value.decide(row["value"], row["bound"]))
    if rule.days:
        asked.append(rule.days.holds(first, last) if last else None)
    if moments:
        agrees, beside = _ordered(row, moments) if last else (None, "")
        asked.append(agrees)
        when += beside
    holds = False not in asked and (None if None in asked or not asked else True)
    agrees = None if row["finding"] in UNDECIDED else holds
    told = {"source": row["origin"], "via": row["via"], "value": f"{row['says']}{when}", "agrees": agrees}
    return Report(**told, part=row["part"] if rule.parts else "", primary=bool(row["primary"]))


def _moments(rule: Record, known: _Tables) -> list[tuple[str, str]]:
    """Return first and last day of what comes after, as one origin after the other reports it."""
    if rule.before is None:
        return []
    rows = known.records(rule.before)
    if rows.empty:
        raise InputError("no row holds what its records are ordered with", remedy="correct its before")
    return list(rows.groupby("origin").agg({"first_day": "min", "last_day": "max"}).itertuples(index=False, name=None))


def _ordered(row: Fields, moments: list[tuple[str, str]]) -> tuple[bool | None, str]:
    """Return whether a row lies before every moment that it can be ordered with, and words."""
    first, last = row["first_day"], row["last_day"]
    sides: dict[str, dict[str, None]] = {"before": {}, "after": {}, "not to be ordered with": {}}
    for start, end in moments:
        side = "before" if last < start else "after" if first and first > end else "not to be ordered with"
        sides[side][days_in_words(start, end)] = None
    said = "; ".join(f"{side} {', '.join(days)}" for side, days in sides.items() if days)
    agrees = not sides["after"] if sides["before"] or sides["after"] else None
    return agrees, f" ({said})"


def _told(reports: list[Report]) -> str:
    """Say how many records agree, what each says, and what decides nothing."""
    words: dict[bool, list[str]] = {True: [], False: []}
    for one in reports:
        source = f"{one.part}, by {one.source}" if one.part and one.source else one.source
        words[one.agrees is not None].append(f"{source}: {one.value}" if source else one.value)
    agree, decided, said = sum(bool(one.agrees) for one in reports), words[True], "; ".join(words[True])
    undecided = f" Undecided: {'; '.join(words[False])}." if words[False] else ""
    if not decided:
        return f"No record other than the article's decides it.{undecided}"
    if len(decided) == 1:
        return f"The only record {'agrees' if agree else 'disagrees'}: {said}.{undecided}"
    return f"{agree or 'None'} of {len(decided)} records agree{'s' if agree < 2 else ''}: {said}.{undecided}"
