"""Whether tests keep their promises in simulated worlds with a known answer."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.methods.result import Result

#: Allowed above the promised error rate of a test, and least coverage of a 95 % interval.
SLACK, COVERAGE = 0.01, 0.93
#: Kinds of worlds in the order in which they are shown; in the last two, cases are not independent.
WORLDS = ("no effect", "smallest effect", "twice the smallest effect", "clumped", "shared shock")
_HARD = WORLDS[3:]


@dataclass(frozen=True, slots=True)
class Calibration(Result):
    """Error rates of tests, and false verdicts of rules, by test and kind of simulated world.

    A row has columns ``test``, ``world``, ``worlds`` (how many), ``nominal``, ``rejection`` (``size`` where rejecting
    is an error), ``rejected``, ``coverage``, ``judged``, ``supported``, ``wrong`` (the verdict that is false there) and
    ``wrong_share``; shares with their ``_se``.
    """

    worlds: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """Return one row a test: promised error rate, worst size and coverage with independent cases, and in any world.

        ``wrong`` is the largest share of false verdicts in any world, ``broken_by`` the worlds that break a promise.
        """
        rows, broken = self._named(), self.broken().groupby("test")["world"].agg(", ".join)
        plain = rows[~rows["world"].isin(_HARD)].groupby("test")
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
        plain = broken[~broken["world"].isin(_HARD)]
        return {
            "tests": len(worlds),
            "keep_plain": len(worlds) - plain["test"].nunique(),
            "keep_all": len(worlds) - broken["test"].nunique(),
            "worlds": int(worlds.min()),
        }

    def broken(self) -> pd.DataFrame:
        """Return every promise that is not kept, and what the rule makes of those worlds."""
        rows = self._named().assign(order=self.worlds["world"].map(WORLDS.index)).sort_values(["test", "order"])
        columns = ["test", "world", "nominal", "size", "coverage", "judged", "wrong", "wrong_share"]
        return rows.loc[(rows["size"] > rows["nominal"] + SLACK) | (rows["coverage"] < COVERAGE), columns]

    def shares(self, column: str) -> pd.DataFrame:
        """Return a share of worlds as ``estimate`` with its Monte Carlo interval, ``lower`` to ``upper``.

        The column is ``rejected`` (where rejecting is an error), ``coverage`` or ``wrong_share``.
        """
        rows = self._named()
        rows = rows[rows["size" if column == "rejected" else column].notna()]
        half = 1.96 * rows[f"{column}_se"]
        ends = {"lower": (rows[column] - half).clip(lower=0), "upper": (rows[column] + half).clip(upper=1)}
        return rows[["test", "world"]].assign(estimate=rows[column], **ends)

    def _named(self) -> pd.DataFrame:
        """Return the rows with the tests' names as they are shown, and the rejections that are errors as ``size``."""
        shown = self.worlds["test"].str[:1].str.upper() + self.worlds["test"].str[1:]
        return self.worlds.assign(test=shown, size=self.worlds["rejected"].where(self.worlds["rejection"] == "size"))
