"""Steps of notebook 03: the monitor's counts as measures, and evidence on the claims about change."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.article.assessments import Against, Assessment
from analysis.article.press import name_of, pair
from analysis.article.press_evidence import fall, shaken
from analysis.article.press_sources import ADIL_SOZ
from analysis.article.reform_checks import Robustness, checks
from analysis.claims.evidence import Check, Measure
from analysis.claims.register import Register
from analysis.claims.rules import NonInferiority
from analysis.methods.counts import compare_counts

#: Country that the claims are about; others can be run, but bear no evidence on them.
HOME = "KAZ"
#: Claims judged on freedom of expression and of civil society, and the claim judged on democracy.
PRESS_CLAIMS = ("press-freedom-no-better", "not-worse", "improvements-minor")
DEMOCRACY_CLAIM = "no-democratisation"
_COUNTS = ("attacks", "detentions")
_YEARS = (2019, 2020)


def monitor_counts(
    counts: pd.DataFrame, pandem: pd.DataFrame, *, country: str, rate_fall: float
) -> dict[str, Assessment]:
    """Return the monitor's counts as measures: the fall of the rate on the log scale, so that positive is better.

    Parameters
    ----------
    counts, pandem : pandas.DataFrame
        Tables ``adil_soz_counts`` and ``pandem``; with both, the checks of notebook 02 are made again, and a count that
        fails one cannot tell.
    country : str
        The counts are those of one country; empty for any other.
    rate_fall : float
        Rate ratio that is the smallest fall of interest.
    """
    if country != HOME:
        return {}
    found = [_count(counts, pandem, indicator, rate_fall=rate_fall) for indicator in _COUNTS]
    return {item.label: item for item in found}


def _count(counts: pd.DataFrame, pandem: pd.DataFrame, indicator: str, *, rate_fall: float) -> Assessment:
    first, second = pair(counts, indicator, base_year=_YEARS[0], year=_YEARS[1])
    result = compare_counts(first, second)
    measure = fall(f"{name_of(indicator)}, {ADIL_SOZ}", result.ratio, smallest=rate_fall)
    return of_counts(measure, detectable=-math.log(result.detectable[0]), shaken=shaken(counts, pandem, indicator))


def of_counts(measure: Measure, *, detectable: float, shaken: bool) -> Assessment:
    """Return the fall of a count of the monitor as an assessment."""
    return Assessment(
        label=measure.name,
        producer=measure.producer,
        table="adil_soz_counts",
        unit="log points of fewer cases",
        margin=measure.smallest_effect,
        estimate=measure.estimate,
        lower=measure.lower,
        upper=measure.upper,
        detectable=detectable,
        shaken=shaken,
    )


def producers(assessments: Sequence[Assessment]) -> pd.DataFrame:
    """Return, by producer, how many measures it has and what share of them rules out or shows an improvement."""
    rows = [
        {"producer": item.producer, "measures": 1, "ruled_out": says == "ruled out", "shown": says == "shown"}
        for item in assessments
        for says in [item.conclusion()]
    ]
    frame = pd.DataFrame(rows).groupby("producer")
    return frame.agg(measures=("measures", "sum"), ruled_out=("ruled_out", "mean"), shown=("shown", "mean"))


def change_evidence(
    register: Register, claim_id: str, assessments: Mapping[str, Assessment], checks: Sequence[Check] = ()
) -> dict[str, Any]:
    """Return the evidence on a claim that nothing changed in one direction.

    Parameters
    ----------
    register : Register
        The rule of the claim says against which change; measures are turned so that this is positive.
    claim_id : str
        The claim.
    assessments : mapping of str to Assessment
        By label; the first is the claim's own estimate.
    checks : sequence of Check
        Falsifications.

    Returns
    -------
    dict
        Arguments of ``session.evidence``.
    """
    rule = register[claim_id].rule
    assert isinstance(rule, NonInferiority)
    against: Against = rule.against
    every = list(assessments.values())
    first, own = every[0], every[0].measure(against)
    return {
        "claim_id": claim_id,
        "tables": tuple(dict.fromkeys([item.table for item in every] + ["regimes"])),
        "vintage": first.table,
        "unit": first.unit,
        "estimate": own.estimate,
        "interval": (own.lower, own.upper),
        "p_value": first.p_value(against),
        "n": len(first.placebos["sdid"].units),
        "minimum_detectable_effect": first.detectable,
        "measures": [item.measure(against) for item in every],
        "falsifications": list(checks),
        "design": "design-based",
        "summary": summary(every, against),
    }


def summary(assessments: Sequence[Assessment], against: Against) -> str:
    """Say the first estimate, and what each source says of a change of its registered size."""
    first = assessments[0]
    own = first.measure(against)
    says = [f"{item.label} {item.conclusion(against)}" for item in assessments]
    return (
        f"Effect on {first.label} by synthetic difference-in-differences, positive being {against}: "
        f"{own.estimate:+.3g} (95% interval {own.lower:+.3g} to {own.upper:+.3g}; {first.unit}; smallest detectable "
        f"{first.detectable:.3g}). A change of the registered size: {'; '.join(says)}."
    )


def by_producer(groups: Iterable[Mapping[str, Assessment]]) -> list[Assessment]:
    """Return the assessments of several groups, each measure once, producer by producer in the order of appearance."""
    every = {label: item for group in groups for label, item in group.items()}
    order = list(dict.fromkeys(item.producer for item in every.values()))
    return sorted(every.values(), key=lambda item: order.index(item.producer))


def all_evidence(
    register: Register,
    sources: Mapping[str, tuple[Mapping[str, Mapping[str, Assessment]], Sequence[Robustness]]],
    uncertain: Robustness,
    *,
    country: str,
) -> list[dict[str, Any]]:
    """Return the evidence on every claim about change, in the first vintage and in later ones.

    Parameters
    ----------
    register : Register
        The claims.
    sources : mapping
        Under ``press`` and ``democracy``: the assessments by vintage, the first being the primary one, and the
        variants of the measures that the claims are checked on.
    uncertain : Robustness
        The variants of the measure whose errors are published.
    country : str
        Evidence is written for the country of the claims only.
    """
    if country != HOME:
        return []
    written = []
    for claim_id in (*PRESS_CLAIMS, DEMOCRACY_CLAIM):
        vintages, variants = sources["democracy" if claim_id == DEMOCRACY_CLAIM else "press"]
        found = checks(register[claim_id].asked, variants, uncertain)
        for number, items in enumerate(vintages.values()):
            fields = change_evidence(register, claim_id, items, found if number == 0 else ())
            written.append({**fields, "primary": number == 0})
    return written
