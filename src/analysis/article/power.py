"""Steps of notebook 00: what the later tests could detect, before any of them is run."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.methods import calendars
from analysis.methods.counts_power import exact_power, minimum_detectable_ratio

#: First and last month of the five years before the presidency changed.
BEFORE = ((2014, 4), (2019, 3))
_AUTOCRACY_UP_TO = 1
_BASELINE, _YEAR = (2015, 2018), 2020


@dataclass(frozen=True, slots=True)
class Design:
    """One later test and what it could detect.

    Attributes
    ----------
    name, claim, basis : str
        Label for the figure; claim that it decides; what the calculation stands on.
    smallest, detectable : float
        Smallest effect of interest and smallest effect detected with the stated power, in the same unit.
    unit : str
        ``rate ratio``, or the index's points.
    """

    name: str
    claim: str
    basis: str
    smallest: float
    detectable: float
    unit: str

    @property
    def multiple(self) -> float:
        """Detectable over smallest effect; ratios are compared on the log scale."""
        if self.unit == "rate ratio":
            return abs(math.log(self.detectable)) / abs(math.log(self.smallest))
        return self.detectable / self.smallest


def designs_table(designs: list[Design]) -> pd.DataFrame:
    """Return one row a design, with the detectable effect as a multiple of the smallest of interest."""
    rows = [
        {
            "design": item.name,
            "claim": item.claim,
            "basis": item.basis,
            "smallest": item.smallest,
            "minimum": item.detectable,
            "unit": item.unit,
            "multiple": item.multiple,
            "detectable": f"{item.detectable:.2f} {item.unit}",
        }
        for item in designs
    ]
    return pd.DataFrame(rows).set_index("design")


def two_counts(
    name: str, claim: str, *, base: float, exposures: tuple[float, float], smallest: float, power: float, alpha: float
) -> Design:
    """Return what the exact test of two counts could detect, in the direction of the claim."""
    rise = smallest > 1
    ratio = minimum_detectable_ratio(
        base, exposures=exposures, power=power, alpha=alpha, direction="rise" if rise else "fall"
    )
    # No fall at all may be detectable; then even a fall to one case in a thousand is not.
    detectable = 1e-3 if math.isnan(ratio) else ratio
    basis = f"exact test, {base:g} events in the first period, exposures {exposures[0]:g} to {exposures[1]:g}"
    return Design(name, claim, basis, smallest, detectable, "rate ratio")


def calendar(name: str, claim: str, *, total: int, share: float, smallest: float, power: float, alpha: float) -> Design:
    """Return what a calendar test could detect: the rate inside windows over the rate outside them."""
    ratio = calendars.minimum_detectable_ratio(total, share, alpha=alpha, power=power, alternative="two-sided")
    inside = min(ratio * share, 1 - 1e-9)
    rate_ratio = (inside / (1 - inside)) / (share / (1 - share))
    return Design(
        name, claim, f"{total} events, {share:.1%} of the time in windows", smallest, rate_ratio, "rate ratio"
    )


def index_change(
    name: str, claim: str, *, spread: float, n: int, smallest: float, power: float, alpha: float
) -> Design:
    """Return what one country's change against comparable autocracies could detect, by the normal approximation."""
    reach = stats.norm.isf(alpha / 2) + stats.norm.ppf(power)
    basis = f"spread of the same change over {n} other autocracies, {spread:.3f} points"
    return Design(name, claim, basis, smallest, float(reach * spread), "points")


def change_spread(vdem: pd.DataFrame, regimes: pd.DataFrame, *, variable: str, country: str) -> tuple[float, int]:
    """Return the standard deviation, over other autocracies, of the change from the years before to 2020.

    Returns
    -------
    tuple of float and int
        Standard deviation in the variable's points, and number of countries.
    """
    closed = regimes[regimes["data_year"].between(_BASELINE[0], _YEAR)].groupby("iso3")["regime"].max()
    autocracies = closed.index[closed <= _AUTOCRACY_UP_TO].drop(country, errors="ignore")
    chosen = vdem[vdem["iso3"].isin(autocracies)]
    before = chosen[chosen["data_year"].between(*_BASELINE)].groupby("iso3")[variable].mean()
    after = chosen[chosen["data_year"] == _YEAR].set_index("iso3")[variable]
    change = (after - before).dropna()
    return float(change.std(ddof=1)), len(change)


def events_before(months: pd.DataFrame, *, country: str, column: str) -> int:
    """Count events of a country in the five years before the presidency changed."""
    first, last = BEFORE
    serial = months["year"] * 12 + months["month"]
    inside = serial.between(first[0] * 12 + first[1], last[0] * 12 + last[1])
    return int(months.loc[inside & (months["iso3"] == country), column].sum())


def repressed_near_votes(months: pd.DataFrame, votes: pd.DataFrame, regimes: pd.DataFrame) -> int:
    """Count repressed protest events of autocracies in calendar years with a national vote."""
    closed = regimes.loc[regimes["regime"] <= _AUTOCRACY_UP_TO, ["iso3", "data_year"]].set_axis(
        ["iso3", "year"], axis=1
    )
    years = votes[["iso3", "year"]].drop_duplicates().merge(closed, on=["iso3", "year"], validate="one_to_one")
    return int(months.merge(years, on=["iso3", "year"], validate="many_to_one")["repressed"].sum())


def power_curve(base: float, *, exposures: tuple[float, float], alpha: float) -> pd.DataFrame:
    """Return the power of the exact test over a grid of rate ratios, as columns ``rate_ratio`` and ``power``."""
    ratios = np.geomspace(0.15, 3.5, 61)
    return pd.DataFrame(
        {"rate_ratio": ratios, "power": [exact_power(base, r, exposures=exposures, alpha=alpha) for r in ratios]}
    )


def speakers(register_claims: pd.DataFrame) -> pd.DataFrame:
    """Count claims by speaker and type."""
    return pd.crosstab(register_claims["speaker"], register_claims["type"])


def base_counts(adil_soz: pd.DataFrame, *, year: int) -> dict[str, int]:
    """Return the annual counts of one year by indicator; part-years are left out."""
    whole = (adil_soz["first_month"] == f"{year}-01") & (adil_soz["last_month"] == f"{year}-12")
    chosen = adil_soz[whole].set_index("indicator")["count"]
    return {str(name): int(value) for name, value in chosen.items()}


def campaign_share(votes: pd.DataFrame, *, country: str, days: int = 90) -> float:
    """Return the share of days, over the span of the event data, that lie in the days before a national vote."""
    own = votes[votes["iso3"] == country]
    span = pd.date_range("1990-01-01", "2020-03-31")
    dates = pd.to_datetime(own[["year", "month"]].assign(day=own["day"].fillna(1).astype(int)))
    inside = np.zeros(len(span), dtype=bool)
    for date in dates:
        inside |= (span >= date - pd.Timedelta(days=days)) & (span < date)
    return float(inside.mean())
