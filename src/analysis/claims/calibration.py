"""Whether tests keep their promises in simulated worlds with a known answer, and what the rules conclude there."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.methods.result import Result

#: Allowed above the promised error rate of a test, and least coverage of a 95 % interval.
SLACK, COVERAGE = 0.01, 0.93
#: Kinds of worlds in the order in which they are shown.
WORLDS = ("no effect", "smallest effect", "twice the smallest effect", "clumped", "shared shock")
# Worlds in which cases are not independent.
_HARD = ("clumped", "shared shock")
# Worlds in which a verdict on a claimed change is plainly false.
_FALSE = (("no effect", "supported"), ("clumped", "supported"), ("twice the smallest effect", "contradicted"))


@dataclass(frozen=True, slots=True)
class Calibration(Result):
    """Error rates of tests, and false verdicts of rules, by test and kind of simulated world.

    Attributes
    ----------
    worlds : pandas.DataFrame
        One row a test and world: columns ``test``, ``world``, ``worlds`` (how many), ``nominal``, ``rejection``
        (``size`` where rejecting is an error), ``rejected``, ``coverage``, ``judged``, ``supported``, ``wrong`` (the
        verdict that is false there) and ``wrong_share``; shares with their ``_se``.
    """

    worlds: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """Return one row a test: its error rates with independent cases, and the worlds that break its promises.

        Returns
        -------
        pandas.DataFrame
            By test: ``nominal`` error rate, largest ``size`` and least ``coverage`` over the worlds with independent
            cases, largest share of ``wrong`` verdicts in any world, ``broken_by``.
        """
        return pd.DataFrame({test: self._kept(rows) for test, rows in self._named().groupby("test")}).T.rename_axis(
            "test"
        )

    def sentence(self) -> str:
        """Say how many tests keep their promises, and what the rules make of the worlds."""
        n = self.counted()
        counts = (
            f"Of {n['tests']} tests, each run in {n['worlds']:,} simulated worlds or more, {n['keep_plain']} keep size "
            f"and coverage where cases are independent, and {n['keep_all']} in every kind of world."
        )
        return f"{counts} {self._false_verdicts()} {self._power()}"

    def counted(self) -> dict[str, int]:
        """Count tests, and those that keep size and coverage with independent cases, and in all worlds."""
        broken, tests = self.broken(), set(self._named()["test"])
        plain = broken[~broken["world"].isin(_HARD)]
        return {
            "tests": len(tests),
            "keep_plain": len(tests - set(plain["test"])),
            "keep_all": len(tests - set(broken["test"])),
            "worlds": int(self.worlds.groupby("test")["worlds"].sum().min()),
        }

    def broken(self) -> pd.DataFrame:
        """Return every promise that is not kept, and what the rule makes of those worlds."""
        rows = self._named()
        size = rows["rejected"].where(rows["rejection"] == "size")
        rows = rows.assign(size=size)[(size > rows["nominal"] + SLACK) | (rows["coverage"] < COVERAGE)]
        order = rows["world"].map(WORLDS.index)
        columns = ["test", "world", "nominal", "size", "coverage", "judged", "wrong", "wrong_share"]
        return rows.assign(order=order).sort_values(["test", "order"])[columns]

    def shares(self, column: str) -> pd.DataFrame:
        """Return a share of worlds as ``estimate`` with its Monte Carlo interval, ``lower`` to ``upper``.

        Parameters
        ----------
        column : str
            ``rejected`` (where rejecting is an error), ``coverage`` or ``wrong_share``.
        """
        rows = self._named()
        rows = rows[rows["rejection"] == "size"] if column == "rejected" else rows[rows[column].notna()]
        half = 1.96 * rows[f"{column}_se"]
        ends = {"lower": (rows[column] - half).clip(lower=0), "upper": (rows[column] + half).clip(upper=1)}
        return rows[["test", "world"]].assign(estimate=rows[column], **ends)

    def _named(self) -> pd.DataFrame:
        """Return the rows with the tests' names as they are shown."""
        return self.worlds.assign(test=self.worlds["test"].str[:1].str.upper() + self.worlds["test"].str[1:])

    def _kept(self, rows: pd.DataFrame) -> dict[str, object]:
        plain = rows[~rows["world"].isin(_HARD)]
        broken = Calibration(rows).broken()["world"]
        return {
            "nominal": rows["nominal"].iloc[0],
            "size": plain.loc[plain["rejection"] == "size", "rejected"].max(),
            "coverage": plain["coverage"].min(),
            "wrong": rows["wrong_share"].max(),
            "broken_by": ", ".join(broken) or "none",
        }

    def _false_verdicts(self) -> str:
        """Say how often rules reach a plainly false verdict."""
        judged, parts = self.worlds[self.worlds["judged"] > 0].set_index(["world", "wrong"]), []
        for world, verdict in _FALSE:
            if (world, verdict) in judged.index:
                worst = judged.loc[[(world, verdict)]].nlargest(1, "wrong_share").iloc[0]
                parts.append(f"{verdict} in at most {worst['wrong_share']:.1%} ({world}, {worst['claim']})")
        return f"False verdicts of the rules: {'; '.join(parts)}."

    def _power(self) -> str:
        """Say between which limits the rules find what is there."""
        rows = self.worlds.query("world == 'twice the smallest effect' and wrong == 'contradicted'")
        shares = rows["supported"].astype(float)
        return (
            f"Where an effect of twice the smallest is there, the rules support the claim in {shares.min():.0%} to "
            f"{shares.max():.0%} of worlds: they are slow to support, and say *not testable* or *partly* instead."
        )
