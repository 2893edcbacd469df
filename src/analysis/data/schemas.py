"""Schemas of the tidy tables, checked on every load; indices are bounded as their producers' codebooks state."""

from __future__ import annotations

import pandera.pandas as pa

from analysis.data.coding import NOT_CODED, TOTAL, UNDECIDED
from analysis.data.columns import (
    BOUND,
    PRECISION,
    cited,
    count,
    day,
    flag,
    index,
    iso3,
    like,
    month,
    number,
    one_of,
    rank,
    table,
    text,
    whole,
    words,
    year,
)
from analysis.data.readers import background, freedom_house, governance, hfi, mass_mobilization, reign, rsf, vdem

_RESPONSES, _DEMANDS = mass_mobilization.RESPONSES.values(), mass_mobilization.DEMANDS.values()
_NAME = r"^[a-z_]+$"
# V-Dem's indices run from 0 to 1; its indicators are on the measurement model's scale, about -5 to 5.
_INDICES = {"v2x": (0.0, 1.0)}
_INDICATOR = (-6.0, 6.0)


def _vdem(names: list[str], *, joined: bool = False) -> pa.DataFrameSchema:
    bounds = {name: _INDICES.get(name[:3], _INDICATOR) for name in names}
    return index({name: number(*bounds[name], nullable=joined or name in vdem.SPARSE) for name in names})


# --- indices

HFI = index(
    {name: rank() if name.endswith("rank") else number(0, 10, nullable=False) for name in hfi.SUMMARY}
    | {name: number(0, 10, nullable=name in hfi.SPARSE) for name in hfi.CATEGORIES}
)
HFI_SUBSCORES = index({r"^(pf|ef)_\w+$": pa.Column(float, pa.Check.in_range(0, 10), nullable=True, regex=True)})

VDEM_V10, VDEM_V12, VDEM_V14, VDEM_V15 = (_vdem(names) for names in (vdem.V10, vdem.V12, vdem.V14, vdem.V15))
VDEM_V16 = _vdem(list(vdem.V16.values()), joined=True)
REGIMES = index({"regime": whole(0, 3)})

_FREEDOM_HOUSE = (
    {"status": one_of(*freedom_house.STATUSES)}
    | {f"sub_{letter.lower()}": whole(0, 4 * items) for letter, items in freedom_house.ITEMS.items()}
    # The additional question can take up to four points off political rights.
    | {name: whole(-4, most) for name, most in freedom_house.AGGREGATES.items()}
)
FREEDOM_HOUSE = index(_FREEDOM_HOUSE)
FREEDOM_HOUSE_ITEMS = index(_FREEDOM_HOUSE | {name: whole(0, 4) for name in freedom_house.item_names()})

RSF = index({"rank": rank(), "ranked": count(), "score": number(0, 100), "method": one_of(*rsf.METHODS.values())})
WGI = index(
    {
        "estimate": number(-3.5, 3.5, nullable=False),
        "standard_error": number(0, 2, nullable=False),
        "sources": count(),
        "percentile_rank": number(0, 100, nullable=False),
    }
)
BTI = index({name: number(1, 10, nullable=False) for name in governance.BTI.values()})
WJP = index({name: number(0, 1, nullable=False) for name in governance.WJP.values()})
PTS = index({name: whole(1, 5, nullable=True) for name in governance.PTS.values()})
PANDEM = index(
    {"quarter": whole(1, 4)}
    | {name: number(0, 1, nullable=False) for name in ("violations", "backsliding")}
    | {name: whole(0, 3) for name in background.PANDEM_TYPES.values()}
    | {name: day(nullable=True) for name in ("emergency_start", "emergency_end")},
    more_key=("quarter",),
)
POPULATION = index({"population": number(1, 2e6, nullable=False)})
GDP = index({"gdp_per_capita": number(1, 1e6, nullable=False)})

# --- countries, events and votes

COUNTRIES = table({"iso3": iso3(), "name": text()}, key=["iso3"])
COUNTRY_SPELLINGS = table(
    {"kind": one_of("name", "code", "iso2", "number"), "known_as": text(), "iso3": iso3(nullable=True)},
    key=["kind", "known_as"],
)
PROTEST_MONTHS = table(
    {"iso3": iso3(), "year": year(), "month": whole(1, 12)}
    | {name: count() for name in ("protests", "repressed", *_RESPONSES, "protester_violence", *_DEMANDS)},
    key=["iso3", "year", "month"],
)
PROTEST_COVERAGE = table(
    {"iso3": iso3(), "first_year": year(), "last_year": year(), "last_month": whole(1, 12)}, key=["iso3"]
)
PROTESTS = table(
    {"event": pa.Column(int), "start": day(), "end": day(), "size": text(nullable=True)}
    | {name: flag() for name in ("protester_violence", "repressed", *_RESPONSES, *_DEMANDS)},
    key=["event"],
)
VOTES_REIGN = table(
    {
        "iso3": iso3(),
        "year": year(),
        "month": whole(1, 12),
        "day": whole(1, 31, nullable=True),
        "kind": one_of(*reign.KINDS.values()),
        "scheduled": flag(),
        "direct": flag(),
        "runoff": flag(),
    },
    key=["iso3", "year", "month", "day", "kind"],
)

# --- typed from cited pages

ELECTIONS = cited(
    {
        "iso3": iso3(),
        "date": day(),
        "kind": one_of("presidential", "parliamentary", "referendum"),
        "round": whole(1, 3),
        "early": flag(),
    },
    key=["iso3", "date", "kind"],
)
ADIL_SOZ_COUNTS = cited(
    {
        "first_month": month(),
        "last_month": month(),
        "indicator": like(_NAME),
        "count": count(),
        "unit": words(most=3),
        "definition": words(most=12),
        "derived": flag(),
    },
    key=["first_month", "last_month", "indicator"],
)
JFJ_COUNTS = cited(
    {
        "area": like(r"^[A-Z]{2,3}\d{0,2}$"),
        "first_year": year(),
        "last_year": year(),
        "category": like(_NAME),
        "count": count(),
        "bound": one_of(*BOUND),
        "derived": flag(),
        "final": flag(),
    },
    key=["area", "first_year", "last_year", "category", "final"],
)
PROTEST_DETENTIONS = cited(
    {
        "date_start": day(),
        "date_end": day(),
        "place": words(most=6),
        "event": words(),
        "measure": one_of("detained", "arrested", "sentenced", "fined", "killed", "persecution cases"),
        "count_low": count(nullable=True),
        "count_high": count(nullable=True),
        "bound": one_of(*BOUND, "dozens", "hundreds", "no number"),
        "election_day": flag(),
    },
    key=["date_start", "date_end", "place", "measure", "source_url"],
)
REFORMS = cited(
    {
        "date": day(),
        "precision": one_of(*PRECISION),
        "kind": like(r"^[a-z]+$"),
        "direction": one_of("liberalising", "mixed", "restrictive", "repression", "neutral"),
        "event": words(),
    },
    key=["date", "kind", "event"],
)
REGIONAL_SHOCKS = cited(
    {
        "iso3": iso3(),
        "date": day(),
        "date_end": day(nullable=True),
        "precision": one_of(*PRECISION),
        "event": words(),
        "mass_protest": flag(),
        "in_article": flag(),
        "origin": words(most=5),
    },
    key=["date", "iso3", "event"],
)
_STEPS = (
    "law", "checks", "notice", "statement", "election", "fine", "suspension", "cancellation", "court", "register",
)  # fmt: skip
NGO_TAX_CASE = cited(
    {
        "date": day(),
        "date_end": day(nullable=True),
        "precision": one_of(*PRECISION, TOTAL),
        "organisation": words(most=6),
        "step": one_of(*_STEPS),
        "value": count(nullable=True),
        "unit": words(most=3, nullable=True),
        "bound": one_of(*BOUND),
        "origin": words(most=5),
        "primary": flag(),
    },
    key=["date", "organisation", "step", "source_url", "value"],
)
RECORDS = table(
    {
        "claim": like(r"^[a-z0-9]+(-[a-z0-9]+)*$"),
        "part": words(most=4, nullable=True),
        "origin": words(most=5, nullable=True),
        "via": words(most=4, nullable=True),
        "says": words(),
        "value": pa.Column(float, nullable=True),
        "unit": words(most=2, nullable=True),
        "bound": one_of(*BOUND, "more than", "less than", nullable=True),
        "first_day": day(nullable=True),
        "last_day": day(nullable=True),
        "finding": one_of("present", "absent", *UNDECIDED),
        "primary": flag(),
        "source_url": text(nullable=True),
    },
    key=["claim", "part", "origin", "says"],
)
SECOND_CODING = table(
    {
        "sheet": like(_NAME),
        "about": text(),
        "part": words(most=6, nullable=True),
        "origin": words(most=5, nullable=True),
        "source_url": text(nullable=True),
        "item": whole(1),
        "finding": one_of("present", "absent", *UNDECIDED, NOT_CODED, nullable=True),
        "value": pa.Column(float, nullable=True),
        "bound": one_of(*BOUND, "more than", "less than", nullable=True),
        "first_day": day(nullable=True),
        "last_day": day(nullable=True),
        "settled": text(nullable=True),
    },
    key=["sheet", "about", "part", "origin", "source_url", "item"],
)
TIES = cited(
    {
        "iso3": iso3(),
        "neighbour": iso3(),
        "kind": one_of("border", "CIS"),
        "first_year": year(),
        "last_year": year(),
    },
    key=["iso3", "neighbour", "kind"],
)

# --- made by commands of this project: what tests and rules do where the answer is known, and what rules once said

_VERDICTS = ("supported", "leans_supported", "mixed", "leans_contradicted", "contradicted", "cannot_tell")
CALIBRATION = table(
    {
        "design": text(),
        "claim": like(r"^[a-z0-9-]+$"),
        "test": text(),
        "world": text(),
        "worlds": whole(1),
        "truth": pa.Column(float),
        "estimate": pa.Column(float, nullable=True),
        "nominal": number(0, 1, nullable=False),
        "rejection": one_of("size", "power"),
        "rejected": number(0, 1, nullable=False),
        "rejected_se": number(0, 1, nullable=False),
        "coverage": number(0, 1),
        "coverage_se": number(0, 1),
        "judged": count(),
        **{name: number(0, 1) for name in _VERDICTS},
        "wrong": one_of("supported", "contradicted", nullable=True),
        "wrong_share": number(0, 1),
        "wrong_share_se": number(0, 1),
    },
    key=["design", "claim", "test", "world"],
)
_HASH = r"^[0-9a-f]{16}$"
VERDICT_HISTORY = table(
    {
        "claim": like(r"^[a-z0-9-]+$"),
        "lock": like(_HASH),
        "date": day(),
        "verdict": text(),
        "rule": like(_HASH),
        "changed_by": text(nullable=True),
    },
    key=["claim", "lock"],
)
