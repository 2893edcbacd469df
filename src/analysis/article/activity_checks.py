"""Steps of notebook 05: is it the country, or the press and the region; the registered falsifications of a rise."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from analysis.article.activity import Span, log_ratio, monthly
from analysis.claims.evidence import Check
from analysis.methods.composition import TwoByTwo, exact_2x2
from analysis.methods.count_tests import Interval, rate_ratio_interval

#: Fellow former Soviet states: events in them stand for the attention of the press to the region.
FORMER_SOVIET = (
    "ARM", "AZE", "BLR", "EST", "GEO", "KAZ", "KGZ", "LTU", "LVA", "MDA", "RUS", "TJK", "TKM", "UKR", "UZB",
)  # fmt: skip
# Share of countries that may have risen as much as the one claimed.
_ONE_IN = 0.05


def placebos(months: pd.DataFrame, coverage: pd.DataFrame, outcome: str, span: Span) -> pd.DataFrame:
    """Return the same comparison in every country that is followed to the end and has an event in either period.

    A country without any event can neither rise nor fall, so it is no placebo.

    Returns
    -------
    pandas.DataFrame
        By ISO3 code, largest ratio first: ``before``, ``after``; ``ratio`` of rates with one event added, spread over
        the periods by their length; ``p`` of a rise (exact, one-sided).
    """
    followed = coverage.loc[coverage["last_year"] == coverage["last_year"].max(), "iso3"]
    series = {country: monthly(months, country, outcome, span) for country in sorted(followed)}
    sums = {country: (counts[: span.base].sum(), counts[span.base :].sum()) for country, counts in series.items()}
    frame = pd.DataFrame(sums, index=["before", "after"]).T.rename_axis("iso3")
    frame = frame[frame.sum(axis=1) > 0]
    ratio = np.exp(log_ratio(frame["before"], frame["after"], span))
    share = span.later / (span.base + span.later)
    p = stats.binom.sf(frame["after"] - 1, frame.sum(axis=1), share)
    return frame.assign(ratio=ratio, p=p).sort_values("ratio", ascending=False, kind="stable")


def region_of(country: str, coverage: pd.DataFrame) -> list[str]:
    """Return the fellow former Soviet states of a country, or all other countries if it is none of them."""
    others = set(coverage["iso3"]) - {country}
    return sorted(others & set(FORMER_SOVIET) if country in FORMER_SOVIET else others)


def against_region(months: pd.DataFrame, coverage: pd.DataFrame, country: str, outcome: str, span: Span) -> TwoByTwo:
    """Compare the country's change with that of its region: the odds ratio is the ratio of the two rate ratios."""
    own = monthly(months, country, outcome, span)
    region = np.sum([monthly(months, other, outcome, span) for other in region_of(country, coverage)], axis=0)
    counts = [[part.sum() for part in (series[span.base :], series[: span.base])] for series in (own, region)]
    return exact_2x2(np.array(counts, dtype=int))


def without_elections(
    months: pd.DataFrame, votes: pd.DataFrame, country: str, outcome: str, span: Span
) -> tuple[Interval, int]:
    """Return the rate ratio with its exact interval without the months of national elections, and their number.

    Parameters
    ----------
    months : pandas.DataFrame
        The table ``protest_months``.
    votes : pandas.DataFrame
        Elections by ``iso3`` and ``serial`` month.
    country, outcome, span
        As in :func:`checks`.
    """
    counts = monthly(months, country, outcome, span)
    kept = ~np.isin(span.first + np.arange(len(counts)), votes.loc[votes["iso3"] == country, "serial"])
    later = np.arange(len(counts)) >= span.base
    totals = [(int(counts[kept & part].sum()), float((kept & part).sum())) for part in (~later, later)]
    return rate_ratio_interval(totals[0][0], totals[1][0], exposures=(totals[0][1], totals[1][1])), int((~kept).sum())


def checks(
    months: pd.DataFrame, coverage: pd.DataFrame, votes: pd.DataFrame, country: str, outcome: str, span: Span
) -> list[Check]:
    """Return the registered falsifications of a rise: placebo countries, attention offset, election months excluded.

    They pass if at most one placebo country in twenty rose as much, and if the exact intervals stay above one against
    the region's own change and without election months.

    Parameters
    ----------
    months, coverage : pandas.DataFrame
        The tables ``protest_months`` and ``protest_coverage``.
    votes : pandas.DataFrame
        Elections by ``iso3`` and ``serial`` month.
    country, outcome : str
        ISO3 code; column that counts.
    span : Span
        The two periods.
    """
    offset = against_region(months, coverage, country, outcome, span)
    quiet, dropped = without_elections(months, votes, country, outcome, span)
    own, region = offset.counts[:2], offset.counts[2:]
    return [
        _placebo_check(placebos(months, coverage, outcome, span), country),
        Check(
            name="attention offset",
            passed=offset.lower > 1,
            detail=f"from {own[1]} to {own[0]} here, from {region[1]} to {region[0]} in the region: ratio of rate "
            f"ratios {offset.odds_ratio:.2f} (exact 95% interval {offset.lower:.2f} to {offset.upper:.2f})",
        ),
        Check(
            name="election months excluded",
            passed=quiet.lower > 1 and dropped > 0,
            detail=f"rate ratio {quiet.estimate:.2f} without {dropped} election months "
            f"(exact 95% interval {quiet.lower:.2f} to {quiet.upper:.2f})",
        ),
    ]


def _placebo_check(found: pd.DataFrame, country: str) -> Check:
    if country not in found.index:
        return Check(name="placebo countries", passed=False, detail="no event in either period")
    own = found.loc[country]
    # Equal counts give equal ratios up to the last bit only.
    rank = int((found["ratio"] >= own["ratio"] - 1e-9).sum())
    surer = int((found["p"] <= own["p"] + 1e-12).sum())
    return Check(
        name="placebo countries",
        passed=rank / len(found) <= _ONE_IN,
        detail=f"{rank} of {len(found)} countries with any event, itself included, rose as much, p = "
        f"{rank / len(found):.3g}; by exact p instead of ratio, {surer} rose as surely",
    )
