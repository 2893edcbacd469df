"""Steps of notebook 05: who is targeted, by dated episodes and by yearly indices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.article.detentions import roundups
from analysis.claims.evidence import Check
from analysis.methods.composition import Contrast, TwoByTwo, difference_of_proportions, exact_2x2

TABLES = ("ngo_tax_case", "protest_detentions", "records", "vdem_v12", "freedom_house_items")
INDIVIDUAL, ORGANISATION = "individuals", "organisations"
#: V-Dem indicators by target; all rise with freedom.
INDICATORS = {
    "v2csreprss": ("organisations", "repression of organisations"),
    "v2cseeorgs": ("organisations", "their entry and exit"),
    "v2cldiscm": ("individuals", "free discussion, men"),
    "v2cldiscw": ("individuals", "free discussion, women"),
    "v2clkill": ("individuals", "political killings"),
    "v2cltort": ("individuals", "torture"),
    "v2meharjrn": ("journalists", "harassment of journalists"),
}
#: The later period of the claim and the two years before it.
FIRST, TURN, LAST = "2018-11-01", "2020-11-01", "2021-02-28"
#: Steps of the tax case that hit an organisation.
_HITS = ("notice", "fine", "suspension")
#: Persons whose arrest or detention is an episode of its own, with the claim that its records are typed for.
_PERSONS = {"Mukhamedov": "mukhamedov-arrest", "Akhmedyarov": "akhmedyarov-detained"}
#: Freedom House items on organisations, speech and assembly.
_ITEMS = ("E2", "D4", "E1")
_FIRST_YEAR, _ONE_IN, _POWER = 2000, 0.05, 0.8
_SHARES = np.arange(0.01, 1.0, 0.01)


@dataclass(frozen=True, slots=True)
class Focus:
    """Share of episodes whose target is an organisation, in two periods.

    Attributes
    ----------
    test : TwoByTwo
        Organisations and individuals, later period first.
    contrast : Contrast
        Difference of the two shares with Newcombe's interval.
    detectable : float
        Smallest share in the later period that the mid-p test finds with 80 % power, if the earlier share is as
        observed; in percentage points above it.
    """

    test: TwoByTwo
    contrast: Contrast
    detectable: float

    def table(self) -> pd.DataFrame:
        """Return one row: counts, difference of shares in percentage points with interval, mid-p, detectable."""
        a, b, c, d = self.test.counts
        names = ("organisations_later", "all_later", "organisations_before", "all_before")
        row: dict[str, float] = dict(zip(names, (a, a + b, c, c + d), strict=True))
        row |= {"difference": 100 * self.contrast.estimate, "lower": 100 * self.contrast.lower}
        row |= {"upper": 100 * self.contrast.upper, "p_mid": self.test.p_mid, "detectable": self.detectable}
        return pd.DataFrame(row, index=pd.Index(["episodes"], name="unit"))

    def sentence(self) -> str:
        """Say counts, difference, test and power."""
        a, b, c, d = self.test.counts
        return (
            f"Organisations were the target of {a} of {a + b} episodes, after {c} of {c + d} in the two years before: "
            f"a difference of {100 * self.contrast.estimate:+.0f} percentage points (Newcombe 95% interval "
            f"{100 * self.contrast.lower:+.0f} to {100 * self.contrast.upper:+.0f}; exact test, mid-p "
            f"{self.test.p_mid:.2g}). With 80% power the test finds {self.detectable:.0f} points or more."
        )


def episodes(
    detentions: pd.DataFrame, ngo: pd.DataFrame, records: pd.DataFrame, *, first: str, last: str
) -> pd.DataFrame:
    """List episodes of pressure by target.

    Detentions at most a week apart are one episode, the linked steps of the tax case are one, dated by the first that
    is known by the day, and so is each person of the typed records.

    Parameters
    ----------
    detentions, ngo, records : pandas.DataFrame
        The tables ``protest_detentions``, ``ngo_tax_case`` and ``records``.
    first, last : str
        ISO dates, both included.

    Returns
    -------
    pandas.DataFrame
        ``date`` of the first event, ``target``, ``episode`` in words; sorted by date.
    """
    rows = roundups(detentions, first=first, last=last).assign(target=INDIVIDUAL).to_dict("records")
    hits = ngo[ngo["step"].isin(_HITS) & (ngo["precision"] == "day") & ngo["date"].between(first, last)]
    if len(hits):
        rows.append({"date": hits["date"].min(), "target": ORGANISATION, "episode": "tax case against organisations"})
    for person, claim in _PERSONS.items():
        date = min(records.loc[records["claim"] == claim, "first_day"].dropna(), default="")
        if first <= date <= last:
            rows.append({"date": date, "target": INDIVIDUAL, "episode": f"case of {person}"})
    return pd.DataFrame(rows, columns=["date", "target", "episode"]).sort_values("date", ignore_index=True)


def focus(listed: pd.DataFrame, *, turn: str) -> Focus:
    """Compare the share of organisations among targets from a date on with that before it."""
    later, organisation = listed["date"] >= turn, listed["target"] == ORGANISATION
    table = [[int((part & flag).sum()) for flag in (organisation, ~organisation)] for part in (later, ~later)]
    (a, b), (c, d) = table
    contrast = difference_of_proportions(a, a + b, c, c + d)
    return Focus(exact_2x2(table), contrast, _detectable(a + b, c, c + d))


def index_shifts(vdem: pd.DataFrame, *, year: int) -> pd.DataFrame:
    """Return each indicator's change from a year to the next, in standard deviations of all such changes since 2000.

    Returns
    -------
    pandas.DataFrame
        Countries by indicator; negative is less free.
    """
    names = list(INDICATORS)
    recent = vdem[vdem["data_year"] >= _FIRST_YEAR].sort_values(["iso3", "data_year"]).set_index(["iso3", "data_year"])
    changes = recent.groupby(level="iso3")[names].diff()
    return changes.xs(year + 1, level="data_year") / changes.std()


def relative_shift(shifts: pd.DataFrame) -> pd.Series:
    """Return by country how much more organisations' indicators changed than individuals' (standard deviations)."""
    own, others = (
        [name for name, (target, _) in INDICATORS.items() if target == kind] for kind in (ORGANISATION, INDIVIDUAL)
    )
    return (shifts[own].mean(axis=1) - shifts[others].mean(axis=1)).dropna()


def checks(listed: pd.DataFrame, shifts: pd.Series, items: pd.DataFrame, *, country: str, turn: str) -> list[Check]:
    """Return the registered falsifications: second coder, leave one episode out, annual indices agree.

    Parameters
    ----------
    listed : pandas.DataFrame
        Episodes.
    shifts : pandas.Series
        See :func:`relative_shift`.
    items : pandas.DataFrame
        The table ``freedom_house_items``.
    country, turn : str
        ISO3 code; first day of the later period.
    """
    without = [_difference(listed.drop(index=row), turn) for row in listed.index]
    worse = float((shifts <= shifts[country]).mean())
    scores = _item_changes(items, country)
    return [
        Check(name="second coder", passed=False, detail="not run: the episodes were coded once, by one rule"),
        Check(
            name="leave one episode out",
            passed=min(without) > 0,
            detail=f"the smallest difference without one episode is {100 * min(without):+.0f} percentage points",
        ),
        Check(
            name="annual indices agree",
            passed=bool(worse <= _ONE_IN and scores["E2"] < 0),
            detail=f"V-Dem: organisations' indicators moved {shifts[country]:+.2f} standard deviations against "
            f"individuals' (as low in {worse:.0%} of countries); Freedom House: "
            + ", ".join(f"{name} {change:+d}" for name, change in scores.items()),
        ),
    ]


def identified(listed: pd.DataFrame) -> bool:
    """Return whether organisations were hit in more than one episode: one linked episode cannot be told from chance."""
    return int((listed["target"] == ORGANISATION).sum()) > 1


def evidence(result: Focus) -> dict[str, Any]:
    """Return a change of focus in the fields of evidence, in percentage points."""
    return {
        "estimate": 100 * result.contrast.estimate,
        "interval": (100 * result.contrast.lower, 100 * result.contrast.upper),
        "p_value": result.test.p_mid,
        "unit": "percentage points",
        "n": sum(result.test.counts),
        "minimum_detectable_effect": result.detectable,
        "design": "descriptive",
        "summary": result.sentence(),
    }


def _difference(listed: pd.DataFrame, turn: str) -> float:
    share = (listed["target"] == ORGANISATION).groupby(listed["date"] >= turn).mean()
    return float(share[True] - share[False])


def _item_changes(items: pd.DataFrame, country: str) -> dict[str, int]:
    """Return the change from 2019 to 2020 of the items on organisations (E2), speech (D4) and assembly (E1)."""
    own = items[items["iso3"] == country].set_index("data_year")[[f"item_{name.lower()}" for name in _ITEMS]]
    change = own.loc[2020].astype(int) - own.loc[2019].astype(int)
    return dict(zip(_ITEMS, change.tolist(), strict=True))


def _detectable(n_later: int, before: int, n_before: int) -> float:
    """Return the smallest rise of the share, in percentage points, that the mid-p test finds with 80 % power."""
    rejects = np.array([_mid_p(k, n_later, before, n_before) <= _ONE_IN for k in range(n_later + 1)])
    rejects &= np.arange(n_later + 1) / n_later > before / n_before
    power = np.array([stats.binom.pmf(np.arange(n_later + 1), n_later, share) @ rejects for share in _SHARES])
    enough = _SHARES[power >= _POWER]
    return 100 * float(enough[0] - before / n_before) if len(enough) else float("inf")


def _mid_p(k: int, n: int, before: int, n_before: int) -> float:
    table = np.array([[k, n - k], [before, n_before - before]])
    return exact_2x2(table).p_mid if table.sum(axis=0).all() else 1.0
