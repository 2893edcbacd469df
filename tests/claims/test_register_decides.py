"""Every claim that the register decides alone: its criterion is locked, and what it asks decides what is concluded."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from analysis.claims.judge import judge
from analysis.claims.records import look_up
from analysis.claims.register import Claim, load_register
from analysis.claims.rules import LOOKED_UP, Extremum, Figure, Leaders, Record
from analysis.data.coding import SHEET
from analysis.data.load import load
from analysis.data.readers.hfi import leaves as lowest
from analysis.errors import InputError
from tests.claims.make import evidence

REGISTER = load_register()
CLAIMS = [claim for claim in REGISTER.claims if isinstance(claim.rule, LOOKED_UP)]
#: Claims of which nothing is on record; a witness that says what is asked is typed for them here.
SILENT = {
    "attacks-2020", "detentions-2020", "adil-soz-report-2020", "closed-no-offence", "closed-documents-filed",
    "case-becomes-precedent", "law-covers-any-association",
}  # fmt: skip
#: Criteria that would bind if other records came in, while those at hand do not tell them from any other content: all
#: leave the claim open, or only one speaks, or all are on one side.
IDLE = {
    "control-through-regulators": {
        "finding", "vote", "rows 0 where.kind", "rows 1 where.kind", "rows 1 where.date", "rows 1 where.direction",
    },
    "notices-since-november": {"rows 1 where.step", "rows 1 where.date"},
    "ngo-15": {
        "rows 1 where.bound", *(f"rows {n} where.{of}" for n in range(3) for of in ("step", "organisation", "unit")),
    },
    "more-than-a-dozen": {f"rows 1 where.{name}" for name in ("step", "organisation", "unit", "origin")},
    "dropped-after-campaign": {"which"},
    "claims-abandoned": {"rows 1 where.step", "rows 1 where.date"},
    "cancelled-feb-4": {"rows 1 where.step", "rows 1 where.date"},
    "fines-cancelled-three": {"value", *(f"rows {n} where.{name}" for n in (0, 1) for name in ("step", "date"))},
    "operations-not-banned": {"rows 1 where.step", "rows 1 where.date"},
    "activists-still-detained": {"rows 0 where.measure", "rows 0 where.date_start", "rows 0 where.date_end"},
    "case-becomes-precedent": {"vote"},
    "case-not-over": {"rows 1 where.step", "rows 1 where.date"},
    "hfi-association-lowest-subscore": {"take"},
}  # fmt: skip
every_claim = pytest.mark.parametrize("claim", CLAIMS, ids=[claim.id for claim in CLAIMS])


def witness(claim: Claim) -> pd.DataFrame:
    assert isinstance(claim.rule, Record)
    row = {"claim": claim.id, "origin": "Witness", "says": "it is so", "bound": "exact", "finding": "present"}
    row |= {"value": next(iter(claim.rule.value.asked.values()))} if claim.rule.value else {}
    row |= dict.fromkeys(["first_day", "last_day"], str(claim.rule.days.first)) if claim.rule.days else {}
    return pd.concat([load(SHEET), pd.DataFrame([row])], ignore_index=True)


def concluded(claim: Claim) -> tuple[str, tuple[bool, ...]]:
    seen = witness(REGISTER[claim.id]) if claim.id in SILENT else None

    def known(name):
        return seen if seen is not None and name == SHEET else load(name)

    try:
        first, *_ = look_up(claim, known, publisher=REGISTER.article.publisher)
    except InputError as error:
        return error.what, ()
    item = evidence(**first | {"claim": claim.id})
    verdict = judge(claim, item, REGISTER.thresholds, p_adjusted=None).verdict
    return verdict, tuple(report.agrees for report in item.reports if report.agrees is not None)


def other_rows(query: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a query, by each of its conditions, without the condition and with one that no row meets."""
    for name, asked in query["where"].items():
        for value in ({}, {name: {"last": "1900-12-31"} if isinstance(asked, dict) else "no such"}):
            rest = {other: content for other, content in query["where"].items() if other != name}
            yield f"where.{name}", query | {"where": rest | value}


def mutants(claim: Claim) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each criterion of a rule with another content: number, day, finding, code, member, order, file."""
    rule = claim.rule
    dump = rule.model_dump()

    def placed(name: str, place: int, changed: Any) -> dict[str, Any]:
        return {name: [*dump[name][:place], changed, *dump[name][place + 1 :]]}

    if isinstance(rule, Figure | Leaders | Extremum):
        yield from other_rows(dump)
    if isinstance(rule, Extremum):
        own, other = dump["quantities"]
        for column in ("movement", "no such"):
            yield "column", placed("quantities", 0, own | {"column": column})
        yield "take", placed("quantities", 1, other | {"take": "most"})
        yield "among", placed("quantities", 1, other | {"among": ["no such"]})
    if isinstance(rule, Figure):
        for place, item in enumerate(dump["quantities"]):
            for step in (1, -2) if item["value"] is not None else ():
                yield item["quantity"], placed("quantities", place, item | {"value": item["value"] + step})
    if isinstance(rule, Leaders):
        yield "members", {"members": look_up(claim, load, publisher="")[0]["members"]}
    if isinstance(rule, Record):
        # A bound that nothing meets, in place of one that something meets or fails to meet.
        for number in ({"equals": -1.0}, {"at_least": 0.0}, {"equals": 12.0}) if rule.value else ():
            yield "value", {"value": number}
        if rule.days:
            yield "days", {"days": {"first": "1900-01-01", "last": "1900-12-31"}}
        if rule.finding:
            yield "finding", {"finding": "absent" if rule.finding == "present" else "present"}
        for place, query in enumerate(dump["rows"]):
            if query["finding"] != "present":
                yield f"rows {place} finding", placed("rows", place, query | {"finding": "present"})
            for name, changed in other_rows(query):
                yield f"rows {place} {name}", placed("rows", place, changed)
        for name, changed in other_rows(dump["before"] or {"where": {}}):
            yield f"before {name}", {"before": changed}
        for part in rule.parts:
            yield "parts", {"parts": [name for name in rule.parts if name != part]}
        chosen = {name: dump[name] for name in ("vote", "which") if name in rule.model_fields_set}
        for name in chosen:
            for other in {"vote": ("origin", "row", "part"), "which": ("all", "any")}[name]:
                yield name, {name: other}


@every_claim
def test_each_criterion_decides_what_is_concluded(claim):
    stands = concluded(claim)
    tried: dict[str, bool] = {}
    for name, change in mutants(claim):
        rule = type(claim.rule).model_validate(claim.rule.model_dump() | change)
        changed = claim.model_copy(update={"rule": rule})
        tried[name] = tried.get(name, False) or concluded(changed) != stands
    assert tried
    assert {name for name, decides in tried.items() if not decides} == IDLE.get(claim.id, set())


@pytest.mark.parametrize("name", sorted(SILENT))
def test_what_nobody_says_is_not_decided_and_a_witness_would_decide_it(name):
    first, *_ = look_up(REGISTER[name], load, publisher=REGISTER.article.publisher)
    assert all(report.agrees is None for report in first["reports"])
    assert concluded(REGISTER[name]) == ("leans supported", (True,))


def test_numbers_that_criteria_take_from_the_records_are_theirs():
    case, rule = load("ngo_tax_case"), {claim.id: claim.rule for claim in CLAIMS}
    others = case[case["origin"] != REGISTER.article.publisher]
    fined = others[(others["step"] == "fine") & (others["precision"] == "day")]
    assert rule["claims-abandoned"].value.at_least == fined["organisation"].nunique()
    rulings = pd.to_datetime(others.loc[(others["step"] == "court") & (others["date"] > "2020"), "date"])
    assert rule["law-allows-suspension"].rows[1].where["date"].last == (rulings.min() - pd.Timedelta(days=1)).date()


def test_rows_of_the_sheet_say_whole_things_and_every_one_is_read_by_a_claim():
    read = {claim.id for claim in CLAIMS if SHEET in claim.data}
    assert set(load(SHEET)["claim"]) <= read
    sheet = load(SHEET)
    unseen = sheet["finding"] == "not found"
    assert sheet.loc[~unseen, ["origin", "source_url"]].notna().all(axis=None)
    assert sheet.loc[unseen, ["origin", "via", "value", "first_day"]].isna().all(axis=None)
    assert not sheet.loc[unseen, "primary"].any()
    assert (sheet["value"].isna() == sheet["bound"].isna()).all()
    assert (sheet["first_day"].isna() == sheet["last_day"].isna()).all()
    assert sheet["source_url"].dropna().str.match(r"https?://\S+$").all()


def test_the_sheets_recount_of_the_index_is_that_of_its_file():
    file, sheet = load("hfi_2020_subscores"), load(SHEET)
    held = lowest([str(name) for name in file if str(name)[:3] in ("pf_", "ef_") and file[name].notna().any()])
    groups = {
        "economic freedom": ("ef_",), "personal freedom": ("pf_",), "the index": ("pf_", "ef_"),
        "rule of law": ("pf_rol_",), "security": ("pf_ss_",), "religion": ("pf_religion_",),
        "association": ("pf_association_", "pf_assembly_"), "expression": ("pf_expression_",),
        "property rights": ("ef_legal_protection",),
    }  # fmt: skip
    counted = {name: sum(column.startswith(starts) for column in held) for name, starts in groups.items()}
    rows = sheet[(sheet["origin"] == "the published file") & sheet["value"].notna()]
    said = {row.says.removeprefix("lowest-level scores: ").rpartition(" ")[0]: row.value for row in rows.itertuples()}
    assert said == counted
    assert len(rows) == len(counted)
