"""The register decides: printed figures, leaders, extremes, records and order in time, looked up in tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatch
from operator import attrgetter
from typing import Any, NamedTuple

import pandas as pd
from pandas.api.types import is_numeric_dtype

from analysis.claims.adapter import registered_arguments
from analysis.claims.evidence import Evidence, Found, Report
from analysis.claims.register import Claim
from analysis.claims.rules import Compared, Extremum, Figure, Leaders, Others, Published, Quantity, Record
from analysis.data.catalogue import CATALOGUE, edition_in_words
from analysis.data.codebook import described
from analysis.data.coding import SHEET, UNDECIDED, as_records
from analysis.data.load import country_names
from analysis.data.queries import Query, Span, Where, chosen, days_in_words
from analysis.errors import InputError
from analysis.methods.measured_changes import revised_change
from analysis.paths import NOTEBOOKS

Load = Callable[[str], pd.DataFrame]
Fields = dict[str, Any]


def look_up(claim: Claim, load: Load, *, publisher: str) -> list[Fields]:
    """Look up the fields of evidence: first of the registered edition, then of one that is judged again, if any.

    The publisher's word is no second record, nor is what it alone relays. What a claim needs and has not is refused.
    """
    kinds: dict[type, Any] = {Figure: _published, Extremum: _published, Leaders: _leaders, Record: _records}
    place = f"claims.yml, {claim.id}"
    try:
        known, asked = _Tables(claim, {name: load(name) for name in claim.data}, publisher), kinds.get(type(claim.rule))
        known.require()
        return list(asked(claim.rule, known)) if asked else []
    except InputError as error:
        raise InputError(error.what, where=place + (error.where and f", {error.where}"), remedy=error.remedy) from None
    except (KeyError, TypeError, ValueError) as error:  # a column of its model, an argument, a day that is none
        raise InputError(f"what it asks for cannot be had: {error}", where=place, remedy="correct it") from None


def records_table(judged: Iterable[Evidence]) -> pd.DataFrame:
    """Return one row a claim that was looked up: how many records there are, how many agree, and what they say."""
    votes = [(item, [report.agrees for report in item.reports if report.agrees is not None]) for item in judged]
    rows = [(item.claim, sum(agree), len(agree), item.summary) for item, agree in votes]
    return pd.DataFrame(rows, columns=["claim", "agree", "records", "what_they_say"])


class _Tables(NamedTuple):
    """The tables of one claim."""

    claim: Claim
    frames: dict[str, pd.DataFrame]
    publisher: str

    def rows(self, table: str, where: Where, *numbers: str) -> pd.DataFrame:
        """Return the rows of a table that meet every condition; further columns must be there, and hold numbers."""
        _refuse({table} - {*self.frames}, "its data do not name the table that its rule reads,", "name it, and lock")
        frame = self.frames[table]
        remedy = f"correct its rule; the columns are {', '.join(frame.columns)}"
        _refuse((name for name in (*where, *numbers) if name not in frame), f"{table} has no column", remedy)
        texts = (name for name in numbers if not is_numeric_dtype(frame[name]))
        _refuse(texts, f"{table} has no numbers in its column", remedy)
        days = (name for name, asked in where.items() if isinstance(asked, Span) and is_numeric_dtype(frame[name]))
        _refuse(days, f"{table} has numbers, not days, in its column", remedy)
        return frame[chosen(frame, where)]

    def require(self) -> None:
        """Refuse editions that no table is of (but words), measures that are not there, a model that cannot be made."""
        claim, model, vintage, rule = self.claim, self.claim.model, self.claim.vintage, self.claim.rule
        known = tuple(f"{name}_" for own in claim.data for name in (own, *getattr(CATALOGUE.get(own), "sources", ())))
        there = claim.notebook is None or (NOTEBOOKS / f"{claim.notebook}.ipynb").is_file()
        _refuse([] if there else [claim.notebook], "there is no notebook", "write it with: analysis notebook add")
        others = (one for one in (vintage, *claim.editions) if one.isidentifier() and not f"{one}_".startswith(known))
        _refuse(others, "its data are not of the edition", f"they are {', '.join(claim.data) or 'none'}")
        judged = rule.editions[0] if isinstance(rule, Published) else getattr(rule, "edition", vintage)
        if vintage not in ("", judged):
            raise InputError(f"its rule judges {judged}, not its vintage {vintage}", remedy="correct it, or omit it")
        for own in claim.measures:
            self.rows(own.table, {}, *own.columns)
        none = claim.measures and not claim.measures_of(vintage)
        _refuse([vintage] if none else [], "no measure is of the edition", "correct its vintage")
        bare = [rule.kind] if rule.kind in ("directional", "non-inferiority") and model is None else []
        _refuse(bare, "no model makes its evidence, and its rule is", "see: analysis claims --kinds")
        if model is None or model.method != "revised_change" or model.arguments.get("sd"):
            return  # of others, the notebook prepares what the call is given
        columns = {own.name: own.values for own in claim.measures} or {"": pd.DataFrame.copy}
        for name, values in columns.items():
            given = registered_arguments(claim, model.method, {"measure": name})
            panel = pd.concat([values(own).assign(edition=own["edition"]) for own in self.frames.values()])
            revised_change(**given | {"panel": panel[given["panel"]["columns"]]})

    def records(self, query: Query) -> pd.DataFrame:
        """Return the rows that a query means, but for the publisher's; of the sheet the claim's own unless it says."""
        own: Where = {"claim": self.claim.id} if query.table == SHEET else {}
        found = self.rows(query.table, own | query.where)
        lacking = ["its rule"] if query.table == SHEET and found.empty else []
        _refuse(lacking, f"no row of {SHEET} can answer", "type one; where none was found, one with finding: not found")
        rows = as_records(found, finding=query.finding)
        turned = (f"row {at + 2}" for at in rows.index[rows["first_day"] > rows["last_day"]])
        _refuse(turned, f"{query.table}.csv has a last day before the first in", "correct it")
        return rows[(rows[["origin", "via"]] != self.publisher).all(axis=1)]


def _refuse(wrong: Iterable[object], what: str, remedy: str = "narrow the rule's where") -> None:
    """Refuse the first of what is wrong, if anything is."""
    for one in wrong:
        raise InputError(f"{what} {one or 'without a name'}", remedy=remedy)


def _published(rule: Published, known: _Tables) -> list[Fields]:
    again = [rule.again] if rule.again else []
    _refuse({*again} - {*rule.editions[1:]}, "none of its editions after the first is", "correct again or editions")
    needed = rule.printed if isinstance(rule, Figure) else rule.quantities
    _refuse({rule.quantities[0].words} - {item.words for item in needed}, "no value is said of the first,", "say it")
    words = {item.quantity: item.words for item in rule.quantities}
    twice = (name for name in words if [item.quantity for item in rule.quantities].count(name) > 1)
    _refuse(twice, "two of its quantities are named", "name each its own way")
    values: dict[str, dict[str, float]] = {}
    for edition in rule.editions:
        taken = {item.quantity: _taken(item, rule, edition, known) for item in rule.quantities}
        values[edition] = {name: value for name, value in taken.items() if value is not None}
    for edition in (rule.editions[0], *again):
        lacking = (item.words for item in needed if item.quantity not in values[edition])
        _refuse(lacking, f"no row of {edition} has the", "correct the rule's where")
    found = [Found(quantity=n, vintage=e, value=own[n]) for n in words for e, own in values.items() if n in own]
    said, here = [], values[rule.editions[0]]
    for edition, of in values.items():
        own = ", ".join(f"{words[name]} {value:g}" for name, value in of.items())
        said.append(f"{edition_in_words(edition)}{f': {own}' if own else ' has none'}")
    common = {"found": found, "design": "design-based", "summary": f"Looked up in {'; '.join(said)}."}
    first = {"vintage": rule.editions[0], "unit": rule.unit, "estimate": here[rule.quantities[0].quantity]}
    sizes = [here.get(own.quantity) for own in rule.quantities if own.take == "rows" and not isinstance(own, Compared)]
    first["n"] = int(sizes[0]) if sizes and sizes[0] else None
    return [common | first, *(common | {"vintage": edition, "primary": False} for edition in again)]


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
        table, own = item.table or edition, rule.quantities[0].column
        there = known.rows(table, where, *filter(str.isidentifier, item.among))  # the others are patterns of names
        others = [name for name in there if name != own and any(fnmatch(name, one) for one in item.among)]
        rows = known.rows(table, where, *others)[others]
        values = (rows.min(axis=1) if item.take == "least" else rows.max(axis=1)).dropna()
    else:
        values = known.rows(edition, where, item.column)[item.column].dropna()
    if len(values) > 1 and item.take not in ("largest", "mean"):
        raise InputError(f"more than one row of {edition} has a {item.words}", remedy="narrow the rule's where")
    return float(values.mean() if item.take == "mean" else values.max()) if len(values) else None


def _leaders(rule: Leaders, known: _Tables) -> list[Fields]:
    table, column, about = rule.edition, rule.column, described(rule.edition, rule.column)
    rows = known.rows(table, rule.where, column).dropna(subset=column)
    _refuse({"iso3"} - {*rows}, f"{table} has no column", "name a table of countries")
    ranked, way = about.get("range", "").startswith("rank"), about.get("direction", "")
    lowest = ranked or way.startswith("lower")
    if not ranked and (way.endswith("worse") or not way.startswith(("higher", "lower"))):
        remedy = "name a column of ranks, or let its direction in codebook.md be one such as higher = better"
        raise InputError(f"it is not known which end of {table} leads by {column}", remedy=remedy)
    values = rows.sort_values([column, "iso3"], ascending=[lowest, True]).set_index("iso3")[column]
    _refuse(values.index[values.index.duplicated()], f"more than one row of {table} has a {column} of")
    _refuse((one for one in rule.members if rule.members.count(one) > 1), "two of its members are", "name each once")
    _refuse(sorted({*rule.members} - {*values.index}), f"{table} does not rank", "correct its members or where")
    names, named = country_names(), values[values.index.isin(rule.members)]
    said = ", ".join(f"{names.get(str(name), name)} {value:g}" for name, value in named.items())
    found = {"vintage": table, "design": "design-based", "members": tuple(values.index[: len(rule.members)])}
    return [found | {"summary": f"{'Ranks' if ranked else 'Values'} of the named leaders: {said}."}]


def _records(rule: Record, known: _Tables) -> list[Fields]:
    _refuse([] if rule.words() else ["finding, value, days, before"], "its record needs one of", "name what is asked")
    voters, moments = _voters(rule, known), _moments(rule, known)
    reports = [vote for rows in voters for vote in _votes(rule, rows, moments)]
    years = [row["last_day"][:4] for rows in voters for row in rows if row["last_day"]]
    vintage = f"records to {max(years)}" if years else "as cited"
    return [{"vintage": vintage, "reports": reports, "design": "descriptive", "summary": _told(reports)}]


def _voters(rule: Record, known: _Tables) -> list[list[dict[str, Any]]]:
    """Return the rows of each voter, by part, the query that names the voter first, and name; rows by time."""
    rows = pd.concat([known.records(query).assign(turn=turn) for turn, query in enumerate(rule.rows)])
    lacking = (part for part in rule.parts if part not in set(rows["part"]))
    _refuse(lacking, "no row speaks of the part", "type one, or take the part out of the rule")
    rows = rows[rows["part"].isin(rule.parts)] if rule.parts else rows
    part, turn = rows["part"].map(rule.parts.index) if rule.parts else 0, rows.groupby("origin")["turn"]
    ordered = rows.assign(part_turn=part, first_turn=turn.transform("min"), place=range(len(rows)))
    by_origin = ["part_turn", "first_turn", "origin"]
    keys = {"row": ["turn", "first_day", "place"], "part": ["part_turn"], "origin": by_origin}
    return [group.to_dict("records") for _, group in ordered.groupby(keys[rule.vote])]


def _votes(rule: Record, rows: list[Fields], moments: list[tuple[str, str]]) -> Iterator[Report]:
    """Put the rows of one voter together; rows that decide nothing are kept apart."""
    answers = [_answer(rule, row, moments) for row in rows]
    for undecided in (False, True):
        if reports := [report for report in answers if (report.agrees is None) is undecided]:
            sources, relays = ([*dict.fromkeys(map(attrgetter(of), reports))] for of in ("source", "via"))
            agree = (any if rule.which == "any" else all)(report.agrees for report in reports)
            told: Fields = {"source": " and ".join(sources), "via": relays[0] if len(relays) == 1 else ""}
            told |= {"origins": len(sources), "value": "; ".join(report.value for report in reports)}
            told |= {"agrees": None if undecided else agree, "primary": any(report.primary for report in reports)}
            yield reports[0].model_copy(update=told)


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
    _refuse(["ordered with"] if rows.empty else [], "no row holds what its records are", "correct its before")
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
