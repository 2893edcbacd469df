"""Running the calibration: the designs, worlds in processes with the same seeds in any order, and one table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.claims.judge import CONTRADICTED, NOT_TESTABLE, PARTLY, SUPPORTED
from analysis.data.build import to_csv
from analysis.data.catalogue import CATALOGUE
from analysis.data.load import check
from analysis.errors import InputError
from analysis.files import write_whole
from analysis.methods.processes import processes
from benchmarks.calibration.activity import rate_change
from benchmarks.calibration.counts import two_counts
from benchmarks.calibration.elections import own_calendar, pooled
from benchmarks.calibration.findings import Finding
from benchmarks.calibration.focus_and_lowest import focus, lowest_category
from benchmarks.calibration.reforms import no_improvement
from benchmarks.calibration.worlds import WORLDS, World

#: Root of all seeds.
SEED = 20210211
#: Worlds simulated in one task; seeds do not depend on it.
CHUNK = 25
VERDICTS = (SUPPORTED, PARTLY, CONTRADICTED, NOT_TESTABLE)
_DIGITS = 6

#: Simulates one world, the how manieth of its kind from 0, and returns what its tests find.
Trial = Callable[[World, int, np.random.Generator], list[Finding]]
Task = tuple[str, World, int, tuple[np.random.SeedSequence, ...]]


@dataclass(frozen=True, slots=True)
class Design:
    """What simulates one design, and how many worlds for each one asked for: more where they are cheap."""

    trial: Trial
    times: float = 1

    def worlds(self, asked: int) -> int:
        """Return how many worlds of each kind are simulated."""
        return max(1, round(asked * self.times))


#: In this order in the table; seeds depend on the place in it.
DESIGNS = {
    "journalists detained, rise": Design(two_counts("detentions", "more-journalist-detentions")),
    "journalists detained, no fall": Design(two_counts("detentions", "detentions-no-fewer")),
    "journalists attacked, no fall": Design(two_counts("attacks", "attacks-no-fewer")),
    "activity and arrests": Design(rate_change),
    "election and campaign months": Design(pooled, 0.4),
    "own elections": Design(own_calendar),
    "reforms": Design(no_improvement, 0.4),
    "focus on organisations": Design(focus, 2),
    "lowest category": Design(lowest_category, 2),
}


def tasks(names: Iterable[str], *, worlds: int, seed: int = SEED) -> list[Task]:
    """List what is to be simulated: design, kind of world, number of the first world, and one seed a world."""
    chosen = set(names)
    found: list[Task] = []
    for (name, design), branch in zip(DESIGNS.items(), np.random.SeedSequence(seed).spawn(len(DESIGNS)), strict=True):
        if name not in chosen:
            continue
        for world, leaf in zip(WORLDS, branch.spawn(len(WORLDS)), strict=True):
            seeds = leaf.spawn(design.worlds(worlds))
            found += [(name, world, i, tuple(seeds[i : i + CHUNK])) for i in range(0, len(seeds), CHUNK)]
    return found


def simulate(task: Task) -> list[dict[str, Any]]:
    """Simulate the worlds of one task; return a row a test and world."""
    name, world, first, seeds = task
    found = (DESIGNS[name].trial(world, first + n, np.random.default_rng(seed)) for n, seed in enumerate(seeds))
    return [
        {"design": name, "world": world, **asdict(one), "covered": one.covered, "wrong": one.wrong_verdict}
        for findings in found
        for one in findings
    ]


def calibrate(
    names: Sequence[str] = (),
    *,
    worlds: int,
    jobs: int = 1,
    seed: int = SEED,
    report: Callable[[str, int, int], None] | None = None,
) -> pd.DataFrame:
    """Simulate worlds and return what tests and rules do in them.

    Parameters
    ----------
    names : sequence of str
        Designs; none = all.
    worlds : int
        Worlds of each kind; a design simulates its own multiple of it.
    jobs : int
        Processes; the result does not depend on it.
    seed : int
        Root of the seeds.
    report : callable, optional
        Called after every task with the design, the number of tasks done, and their number.

    Returns
    -------
    pandas.DataFrame
        See :func:`summary`.

    Raises
    ------
    InputError
        A design is unknown.
    """
    if unknown := sorted(set(names) - set(DESIGNS)):
        raise InputError(f"no design {unknown[0]}", where="calibration", remedy=f"choose from {'; '.join(DESIGNS)}")
    listed = tasks(names or DESIGNS, worlds=worlds, seed=seed)
    found: list[dict[str, Any]] = []
    for done, (task, part) in enumerate(zip(listed, _results(listed, jobs), strict=True), start=1):
        found += part
        if report:
            report(task[0], done, len(listed))
    return summary(found)


def _results(listed: list[Task], jobs: int) -> Iterable[list[dict[str, Any]]]:
    if jobs == 1:
        yield from map(simulate, listed)
        return
    with processes(jobs) as pool:
        yield from pool.map(simulate, listed)


def summary(found: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Return one row a design, test and world.

    Returns
    -------
    pandas.DataFrame
        ``truth`` and median ``estimate``; ``worlds``; ``nominal`` error rate; share ``rejected``, which is the size
        or the power of the test as ``rejection`` says; ``coverage`` of the 95 % interval; worlds ``judged`` and the
        share of each verdict among them; the verdict that would be ``wrong`` and its share ``wrong_share``. Columns
        that end in ``_se`` are Monte Carlo standard errors.
    """
    keys = ["design", "claim", "test", "world"]
    groups = pd.DataFrame(found).groupby(keys, sort=False)
    table = pd.DataFrame([dict(zip(keys, key, strict=True)) | _row(group) for key, group in groups])
    # Tests in the order in which trials return them.
    order = {"design": list(DESIGNS), "test": list(dict.fromkeys(table["test"])), "world": list(WORLDS)}
    by_place = lambda column: column.map(order[column.name].index)  # noqa: E731
    return table.sort_values(list(order), key=by_place, kind="stable", ignore_index=True)


def _row(group: pd.DataFrame) -> dict[str, Any]:
    first, judged = group.iloc[0], group.loc[group["verdict"] != "", "verdict"]
    row: dict[str, Any] = {
        "worlds": len(group),
        "truth": first["truth"],
        "estimate": group["estimate"].median(),
        "nominal": first["nominal"],
        "rejection": "size" if first["null"] else "power",
        **_share("rejected", group["rejected"].astype(float)),
        **_share("coverage", group["covered"].dropna()),
        "judged": len(judged),
    }
    for name in VERDICTS:
        row[name.replace(" ", "_")] = float((judged == name).mean()) if len(judged) else float("nan")
    wrong = first["wrong"] if len(judged) else ""
    row |= {"wrong": wrong or None, **_share("wrong_share", (judged == wrong).astype(float) if wrong else judged[:0])}
    return {name: round(v, _DIGITS) if isinstance(v, float) else v for name, v in row.items()}


def _share(name: str, flags: pd.Series) -> dict[str, float]:
    """Return a share and its Monte Carlo standard error; nan if nothing was counted."""
    if not len(flags):
        return {name: float("nan"), f"{name}_se": float("nan")}
    share = float(flags.mean())
    return {name: share, f"{name}_se": float(np.sqrt(share * (1 - share) / len(flags)))}


def lines(table: pd.DataFrame) -> list[str]:
    """Say one line a row: what the test did, and what the rule made of it."""
    found = []
    for row in table.itertuples():
        cover = "" if np.isnan(row.coverage) else f", coverage {row.coverage:.3f}"
        rule = f"; {row.claim} {row.wrong} (wrongly) in {row.wrong_share:.3f}" if row.judged else ""
        found.append(f"{row.test} | {row.world}: {row.rejection} {row.rejected:.3f}{cover}{rule}")
    return found


def keep(table: pd.DataFrame) -> Path:
    """Write the table where the catalogue has it, checked against its schema."""
    entry = CATALOGUE["calibration"]
    return write_whole(entry.path, to_csv(check(table, entry.schema, where=entry.path.name)))
