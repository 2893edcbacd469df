"""Schemas of event and count tables; typed tables carry their source in every row."""

from __future__ import annotations

import pandera.pandas as pa

from analysis.data.readers import mass_mobilization, reign
from analysis.data.schemas import cited, count, day, flag, frame, iso3, month, one_of, words

_YEAR = pa.Check.in_range(1990, 2100)
_MONTH = pa.Check.in_range(1, 12)
_RESPONSES, _DEMANDS = list(mass_mobilization.RESPONSES.values()), list(mass_mobilization.DEMANDS.values())
#: How exactly a date is known: the date given is the first day of the month or year.
_PRECISION = ("day", "month", "year")
#: A total of all steps up to the date given, none of which need be of that day.
_TOTAL = "as of"
#: How a source states a count.
_BOUND = ("exact", "about", "at least", "at most")

PROTEST_MONTHS = frame(
    {"iso3": iso3(), "year": pa.Column(int, _YEAR), "month": pa.Column(int, _MONTH)}
    | {name: count() for name in ("protests", "repressed", *_RESPONSES, "protester_violence", *_DEMANDS)},
    key=["iso3", "year", "month"],
)
PROTEST_COVERAGE = frame(
    {
        "iso3": iso3(),
        "first_year": pa.Column(int, _YEAR),
        "last_year": pa.Column(int, _YEAR),
        "last_month": pa.Column(int, _MONTH),
    },
    key=["iso3"],
)
PROTESTS_KAZAKHSTAN = frame(
    {"event": pa.Column(int), "start": day(), "end": day(), "size": pa.Column(str, nullable=True)}
    | {name: flag() for name in ("protester_violence", "repressed", *_RESPONSES, *_DEMANDS)},
    key=["event"],
)
VOTES_REIGN = frame(
    {
        "iso3": iso3(),
        "year": pa.Column(int, _YEAR),
        "month": pa.Column(int, _MONTH),
        "day": pa.Column("Int64", pa.Check.in_range(1, 31), nullable=True),
        "kind": one_of(*reign.KINDS.values()),
        "scheduled": flag(),
        "direct": flag(),
        "runoff": flag(),
    },
    key=["iso3", "year", "month", "day", "kind"],
)
ELECTIONS = frame(
    {
        "iso3": iso3(),
        "date": day(),
        "kind": one_of("presidential", "parliamentary", "referendum"),
        "round": pa.Column(int, pa.Check.in_range(1, 3)),
        "early": flag(),
    }
    | cited(),
    key=["iso3", "date", "kind"],
)
ADIL_SOZ_COUNTS = frame(
    {
        "first_month": month(),
        "last_month": month(),
        "indicator": pa.Column(str, pa.Check.str_matches(r"^[a-z_]+$")),
        "count": count(),
        "unit": words(most=3),
        "definition": words(most=12),
        "derived": flag(),
    }
    | cited(),
    key=["first_month", "last_month", "indicator"],
)
JFJ_COUNTS = frame(
    {
        "area": pa.Column(str, pa.Check.str_matches(r"^[A-Z]{2,3}\d{0,2}$")),
        "first_year": pa.Column(int, _YEAR),
        "last_year": pa.Column(int, _YEAR),
        "category": pa.Column(str, pa.Check.str_matches(r"^[a-z_]+$")),
        "count": count(),
        "bound": one_of(*_BOUND),
        "derived": flag(),
        "final": flag(),
    }
    | cited(),
    key=["area", "first_year", "last_year", "category", "final"],
)
PROTEST_DETENTIONS = frame(
    {
        "date_start": day(),
        "date_end": day(),
        "place": words(most=6),
        "event": words(),
        "measure": one_of("detained", "arrested", "sentenced", "fined", "killed", "persecution cases"),
        "count_low": count(nullable=True),
        "count_high": count(nullable=True),
        "bound": one_of(*_BOUND, "dozens", "hundreds", "no number"),
        "election_day": flag(),
    }
    | cited(),
    key=["date_start", "date_end", "place", "measure", "source_url"],
)
REFORMS = frame(
    {
        "date": day(),
        "precision": one_of(*_PRECISION),
        "kind": pa.Column(str, pa.Check.str_matches(r"^[a-z]+$")),
        "direction": one_of("liberalising", "mixed", "restrictive", "repression", "neutral"),
        "event": words(),
    }
    | cited(),
    key=["date", "kind", "event"],
)
REGIONAL_SHOCKS = frame(
    {
        "iso3": iso3(),
        "date": day(),
        "date_end": day(nullable=True),
        "precision": one_of(*_PRECISION),
        "event": words(),
        "mass_protest": flag(),
        "in_article": flag(),
    }
    | cited(),
    key=["date", "iso3", "event"],
)
NGO_TAX_CASE = frame(
    {
        "date": day(),
        "date_end": day(nullable=True),
        "precision": one_of(*_PRECISION, _TOTAL),
        "organisation": words(most=6),
        "step": one_of(
            "law",
            "checks",
            "notice",
            "statement",
            "election",
            "fine",
            "suspension",
            "cancellation",
            "court",
            "register",
        ),
        "value": count(nullable=True),
        "unit": words(most=3, nullable=True),
        "bound": one_of(*_BOUND),
    }
    | cited(),
    key=["date", "organisation", "step", "source_url", "value"],
)
ARTICLE_RECORDS = frame(
    {
        "subject": words(most=4),
        "statement": words(most=10),
        "found": words(most=10, nullable=True),
        "date": day(nullable=True),
        "finding": one_of("supported", "partly", "not confirmed", "not found", "context"),
    }
    | {"source_org": pa.Column(str, nullable=True), "source_url": pa.Column(str, nullable=True)},
    key=["subject", "statement"],
)
TIES = frame(
    {
        "iso3": iso3(),
        "neighbour": iso3(),
        "kind": one_of("border", "CIS"),
        "first_year": pa.Column(int, _YEAR),
        "last_year": pa.Column(int, _YEAR),
    }
    | cited(),
    key=["iso3", "neighbour", "kind"],
)
