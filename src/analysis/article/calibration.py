"""Steps of notebook 00: whether tests keep their promised error rates where the answer is known, and what rules do."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

#: Allowed above the promised error rate of a test, and least coverage of a 95 % interval.
SLACK, COVERAGE = 0.01, 0.93
#: Worlds in the order in which they are shown, with what differs in them.
WORLDS = {
    "no effect": "no effect, independent cases",
    "smallest effect": "the smallest effect of interest",
    "twice the smallest effect": "twice that effect",
    "clumped": "no effect, clumped cases",
    "shared shock": "no effect of its own, a shock shared with others",
}
# Worlds in which a verdict on a claimed change is plainly false.
_FALSE = (("no effect", "supported"), ("clumped", "supported"), ("twice the smallest effect", "contradicted"))


def by_test(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return one column of the table of simulated worlds, tests by worlds."""
    wide = frame.assign(test=labels(frame)).pivot(index="test", columns="world", values=column)
    return wide.reindex(index=list(dict.fromkeys(labels(frame))), columns=list(WORLDS))


def labels(frame: pd.DataFrame) -> pd.Series:
    """Return the test of each row with a capital letter."""
    return frame["test"].str[:1].str.upper() + frame["test"].str[1:]


def sizes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in which rejecting is an error."""
    return frame[frame["rejection"] == "size"]


def too_often(frame: pd.DataFrame) -> pd.Series:
    """Return for each row whether its test rejects a true hypothesis more often than promised and allowed."""
    return (frame["rejection"] == "size") & (frame["rejected"] > frame["nominal"] + SLACK)


def too_short(frame: pd.DataFrame) -> pd.Series:
    """Return for each row whether its interval misses the truth more often than allowed."""
    return frame["coverage"] < COVERAGE


def kept(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row a test: its error rates where nothing is clumped or shocked, and the worlds that break them.

    Returns
    -------
    pandas.DataFrame
        By test: ``nominal`` error rate, largest ``size`` and least ``coverage`` over the worlds with independent cases,
        largest share of ``wrong`` verdicts in any world, ``broken_by``: worlds in which size or coverage is not kept.
    """
    plain = frame[~frame["world"].isin(["clumped", "shared shock"])]
    rows = {}
    for test, group in frame.groupby(labels(frame), sort=True):
        own = plain[labels(plain) == test]
        broken = group.loc[too_often(group) | too_short(group), "world"]
        rows[test] = {
            "nominal": group["nominal"].iloc[0],
            "size": sizes(own)["rejected"].max(),
            "coverage": own["coverage"].min(),
            "wrong": group["wrong_share"].max(),
            "broken_by": ", ".join(name for name in WORLDS if name in set(broken)) or "none",
        }
    return pd.DataFrame(rows).T.rename_axis("test")


def counted(frame: pd.DataFrame) -> dict[str, int]:
    """Return how many tests there are, how many keep size and coverage with independent cases, and in all worlds."""
    plain = frame[~frame["world"].isin(["clumped", "shared shock"])]
    tests = set(frame["test"])
    broken = [set(rows.loc[too_often(rows) | too_short(rows), "test"]) for rows in (plain, frame)]
    return {
        "tests": len(tests),
        "keep_plain": len(tests - broken[0]),
        "keep_all": len(tests - broken[1]),
        "worlds": int(frame.groupby("test")["worlds"].sum().min()),
    }


def counts_sentence(frame: pd.DataFrame) -> str:
    """Say how many tests keep their promises."""
    n = counted(frame)
    return (
        f"Of {n['tests']} tests, each run in {n['worlds']:,} simulated worlds or more, {n['keep_plain']} keep size and "
        f"coverage where cases are independent, and {n['keep_all']} in every kind of world."
    )


def missing_sentence(frame: pd.DataFrame) -> str:
    """Name the tests that were not run in every kind of world; empty if all were."""
    wide = by_test(frame, "worlds")
    gaps = [f"{test} ({', '.join(row.index[row.isna()])})" for test, row in wide.iterrows() if row.isna().any()]
    return f"Not run yet in every kind of world: {'; '.join(gaps)}." if gaps else ""


def broken_lines(frame: pd.DataFrame) -> list[str]:
    """Say, for every test that does not keep a promise, where, by how much, and what the rule made of those worlds."""
    rows = frame[too_often(frame) | too_short(frame)]
    rows = rows.assign(test=labels(rows))
    found = []
    for test in sorted(set(rows["test"])):
        group = rows[rows["test"] == test].set_index("world")
        found.append(f"**{test}**: {'; '.join(_broken(group.loc[name]) for name in WORLDS if name in group.index)}.")
    return found


def _broken(row: pd.Series) -> str:
    said = [WORLDS[str(row.name)]]
    if row["rejection"] == "size" and row["rejected"] > row["nominal"] + SLACK:
        said.append(f"size {row['rejected']:.3f} at nominal {row['nominal']:.3g}")
    if row["coverage"] < COVERAGE:
        said.append(f"coverage {row['coverage']:.3f}")
    if row["judged"]:
        said.append(f"the rule says wrongly *{row['wrong']}* in {row['wrong_share']:.1%}")
    return ", ".join(said)


def wrong_sentence(frame: pd.DataFrame) -> str:
    """Say how often rules reach a false verdict: supported without an effect, contradicted with twice the smallest."""
    judged = frame[frame["judged"] > 0]
    parts = []
    for world, verdict in _FALSE:
        rows = judged[(judged["world"] == world) & (judged["wrong"] == verdict)]
        if len(rows):
            worst = rows.loc[rows["wrong_share"].idxmax()]
            parts.append(f"{verdict} in at most {worst['wrong_share']:.1%} ({world}, {worst['claim']})")
    return f"False verdicts of the rules: {'; '.join(parts)}."


def power_of_rules(frame: pd.DataFrame) -> Mapping[str, float]:
    """Return by claim of a change how often the rule supports it where twice the smallest effect is there."""
    rows = frame[(frame["world"] == "twice the smallest effect") & (frame["wrong"] == "contradicted")]
    return dict(zip(rows["claim"], rows["supported"].astype(float), strict=True))


def power_sentence(frame: pd.DataFrame) -> str:
    """Say between which limits the rules find what is there."""
    shares = np.array(list(power_of_rules(frame).values()))
    return (
        f"Where an effect of twice the smallest is there, the rules support the claim in {shares.min():.0%} to "
        f"{shares.max():.0%} of worlds: they are slow to support, and say *not testable* or *partly* instead."
    )
