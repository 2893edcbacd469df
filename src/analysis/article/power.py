"""Steps of notebook 00: how many events and how much spread the later tests stand on, before any of them is run."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.article import reforms
from analysis.charts import Look, style
from analysis.claims.calibration import surely_broken
from analysis.claims.judge import scaled
from analysis.claims.register import Register, Thresholds
from analysis.methods.calendars import days_in_window
from analysis.methods.result import Result

#: The five years before the presidency changed, as months counted from year 0.
BEFORE = (12 * 2014 + 4, 12 * 2019 + 3)
#: The span of the event data.
SPAN = pd.date_range("1990-01-01", "2020-03-31")
_BASELINE, _YEAR = (2015, 2018), 2020

#: Kinds of simulated worlds; in the last three, cases are not independent, or few countries have most of them.
WORLDS = (
    "no effect",
    "smallest effect",
    "twice the smallest effect",
    "clumped",
    "shared shock",
    "few large countries",
)
#: What figures tell apart: worlds with independent cases, and those others.
KINDS = {
    "independent": Look(name="independent cases"),
    "other": Look(style.PRINTED, "D", True, name="other worlds"),
}
_CLUMPED = WORLDS[3:]
# Worlds in which a verdict on a claimed change is plainly false.
_FALSE = (("no effect", "supported"), ("clumped", "supported"), ("twice the smallest effect", "contradicted"))


def events_before(months: pd.DataFrame, *, country: str) -> pd.Series:
    """Count events of a country by kind in the five years before the presidency changed."""
    inside = (12 * months["year"] + months["month"]).between(*BEFORE) & (months["iso3"] == country)
    return months.loc[inside, ["protests", "arrests", "repressed"]].sum()


def repressed_near_votes(months: pd.DataFrame, votes: pd.DataFrame, regimes: pd.DataFrame) -> int:
    """Count repressed protest events of autocracies in calendar years with a national vote."""
    closed = regimes[regimes["regime"] < reforms.DEMOCRATIC].rename(columns={"data_year": "year"})[["iso3", "year"]]
    years = votes[["iso3", "year"]].drop_duplicates().merge(closed, on=["iso3", "year"], validate="one_to_one")
    return int(months.merge(years, on=["iso3", "year"], validate="many_to_one")["repressed"].sum())


def campaigns(months: pd.DataFrame, votes: pd.DataFrame, *, country: str, days: int = 90) -> tuple[int, float]:
    """Return a country's repressed events, and the share of all days that lie in the days before a national vote."""
    own = votes.loc[votes["iso3"] == country, ["year", "month", "day"]]
    dates = pd.to_datetime(own.fillna({"day": 1}).astype(int))
    inside = days_in_window(len(SPAN), (dates - SPAN[0]).dt.days, first=-days, last=-1)
    return int(months.loc[months["iso3"] == country, "repressed"].sum()), float(inside.mean())


def changes(vdem: pd.DataFrame, regimes: pd.DataFrame, variable: str, *, country: str) -> pd.Series:
    """Return how much a variable changed in each other autocracy from the years before to 2020."""
    autocracies = reforms.donors(regimes, "autocracies", country=country, first=_BASELINE[0], last=_YEAR)
    chosen = vdem[vdem["iso3"].isin(autocracies)]
    before = chosen[chosen["data_year"].between(*_BASELINE)].groupby("iso3")[variable].mean()
    return (chosen[chosen["data_year"] == _YEAR].set_index("iso3")[variable] - before).dropna()


def against_outside(ratio: float, share: float) -> float:
    """Turn a ratio of events in windows to those expected into the rate inside windows over the rate outside."""
    inside = min(ratio * share, 1 - 1e-9)
    return (inside / (1 - inside)) / (share / (1 - share))


def detectable(register: Register, tests: pd.DataFrame) -> pd.DataFrame:
    """Set what each test could detect against the smallest effect of interest of its claim, in that effect's unit.

    A test has a ``design``, a ``claim``, a ``basis`` and the ``minimum`` that it detects with the stated power.
    """
    effects = [register[name].smallest_effect for name in tests["claim"]]
    smallest, unit = ([getattr(effect, part) for effect in effects] for part in ("value", "unit"))
    scales = ["ratio" if "ratio" in name else "difference" for name in unit]  # ratios are compared in logs
    multiple = [
        abs(scaled(least, scale)) / abs(scaled(size, scale))
        for least, size, scale in zip(tests["minimum"], smallest, scales, strict=True)
    ]
    tests = tests.assign(smallest=smallest, unit=unit, multiple=multiple).set_index("design")
    return tests[["claim", "basis", "smallest", "minimum", "unit", "multiple"]]


def verdicts_in_worlds(worlds: pd.DataFrame) -> str:
    """Say how often rules reach a plainly false verdict, and how often they find what is there."""
    worlds = worlds.assign(kind=_kinds(worlds))
    judged, parts = worlds[worlds["judged"] > 0].set_index(["kind", "wrong"]), []
    if judged.empty:
        return "How often the rules reach which verdict in these worlds is not computed."
    for world, verdict in _FALSE:
        if (world, verdict) in judged.index:
            worst = judged.loc[[(world, verdict)]].nlargest(1, "wrong_share").iloc[0]
            n, of = round(worst["wrong_share"] * worst["judged"]), worst["judged"]
            parts.append(f"{verdict} in {f'at most {n}' if n else 'none'} of {of:,} worlds ({world})")
    shares = worlds.query("kind == 'twice the smallest effect' and wrong == 'contradicted'")["supported"].astype(float)
    return (
        f"False verdicts of the rules: {'; '.join(parts)}. Where an effect of twice the smallest is there, the rules "
        f"support the claim in {shares.min():.0%} to {shares.max():.0%} of worlds: they are slow to support, and say "
        "that one *cannot tell*, or only lean."
    )


@dataclass(frozen=True, slots=True)
class Calibration(Result):
    """Error rates of tests, and false verdicts of rules, by test and kind of simulated world, as tabulated."""

    worlds: pd.DataFrame
    thresholds: Thresholds

    def table(self) -> pd.DataFrame:
        """Return one row a test: worst size and coverage with independent cases, ``wrong`` verdicts in any world."""
        rows, broken = self._named(), self.broken().groupby("test")["world"].agg("; ".join)
        plain = rows[~rows["kind"].isin(_CLUMPED)].groupby("test")
        tests = rows.groupby("test")
        columns = {
            "nominal": tests["nominal"].first(),
            "size": plain["size"].max(),
            "coverage": plain["coverage"].min(),
            "wrong": tests["wrong_share"].max(),
        }
        return pd.DataFrame(columns).assign(broken_by=broken).fillna({"broken_by": "none"})

    def sentence(self) -> str:
        """Say how many tests keep their promises."""
        n = self.counted()
        return (
            f"Of {n['tests']} tests, each run in {n['worlds']:,} simulated worlds or more, {n['keep_plain']} keep size "
            f"and coverage where cases are independent, and {n['keep_all']} in every kind of world."
        )

    def counted(self) -> dict[str, int]:
        """Count tests, and those that keep size and coverage with independent cases, and in all worlds."""
        broken, worlds = self.broken(), self.worlds.groupby("test")["worlds"].sum()
        plain = broken[~_kinds(broken).isin(_CLUMPED)]
        return {
            "tests": len(worlds),
            "keep_plain": len(worlds) - plain["test"].nunique(),
            "keep_all": len(worlds) - broken["test"].nunique(),
            "worlds": int(worlds.min()),
        }

    def broken(self) -> pd.DataFrame:
        """Return every promise not kept, once for claims that share a test, and what rules make of those worlds.

        It is not kept if the 99.9 % Monte Carlo interval of size or coverage lies beyond what is allowed.
        """
        rows = self._named()
        rows = rows.assign(order=rows["kind"].map([*WORLDS].index)).sort_values(["test", "order"], kind="stable")
        columns = ["test", "world", "nominal", "size", "coverage", "judged", "wrong", "wrong_share"]
        return rows.loc[surely_broken(rows, self.thresholds), columns].drop_duplicates(["test", "world"])

    def shares(self, column: str) -> pd.DataFrame:
        """Return a share in the worst worlds of each of `KINDS`, rejections where they are errors, with interval."""
        rows = self._named()
        rows = rows.assign(kind=rows["kind"].isin(_CLUMPED).map({False: "independent", True: "other"}))
        rows = rows[rows["size" if column == "rejected" else column].notna()]
        rows = rows.loc[rows.groupby(["test", "kind"])[column].agg("idxmin" if column == "coverage" else "idxmax")]
        half = 1.96 * rows[f"{column}_se"]
        ends = {"lower": (rows[column] - half).clip(lower=0), "upper": (rows[column] + half).clip(upper=1)}
        return rows[["test", "kind"]].assign(estimate=rows[column], **ends)

    def _named(self) -> pd.DataFrame:
        """Return the rows with the tests' names as they are shown, and the rejections that are errors as ``size``."""
        shown = self.worlds["test"].str[:1].str.upper() + self.worlds["test"].str[1:]
        size = self.worlds["rejected"].where(self.worlds["rejection"] == "size")
        return self.worlds.assign(test=shown, size=size, kind=_kinds(self.worlds))


def _kinds(worlds: pd.DataFrame) -> pd.Series:
    return worlds["world"].str.split(",").str[0]
