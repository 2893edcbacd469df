"""Running the calibration: the designs, worlds in processes with the same seeds in any order, and one table."""

import contextlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.claims.judge import TESTED
from analysis.data.catalogue import CATALOGUE
from analysis.data.load import check, load
from analysis.errors import InputError
from analysis.files import write_whole
from analysis.methods.multiverse import processes
from benchmarks.calibration.activity import rates
from benchmarks.calibration.cells import own_cells
from benchmarks.calibration.counts import two_counts
from benchmarks.calibration.elections import OWN, POOLED, own_calendar, pooled
from benchmarks.calibration.findings import Finding
from benchmarks.calibration.focus import focus
from benchmarks.calibration.reforms import TOLD, plain_change
from benchmarks.calibration.worlds import WORLDS, World

#: Root of all seeds.
SEED = 20210211
#: Worlds simulated in one task; seeds do not depend on it.
CHUNK = 25

#: Simulates one world of a kind, and returns what its tests find.
Trial = Callable[[World, np.random.Generator], list[Finding]]
Task = tuple[str, World, tuple[np.random.SeedSequence, ...]]


@dataclass(frozen=True, slots=True)
class Design:
    """What simulates a design, in which kinds of worlds, and how many for each one asked for: more where cheap."""

    trial: Trial
    times: float = 1
    worlds: tuple[World, ...] = WORLDS


#: In this order in the table; seeds depend on the place in it, and on that of a kind of world in its design.
DESIGNS: dict[str, Design] = {
    "journalists detained, rise": Design(partial(two_counts, "detentions", "more-journalist-detentions")),
    "journalists detained, no fall": Design(partial(two_counts, "detentions", "detentions-no-fewer")),
    "journalists attacked, no fall": Design(partial(two_counts, "attacks", "attacks-no-fewer")),
    "activity and arrests": Design(rates),
    "election and campaign months": Design(pooled, worlds=tuple(POOLED)),
    "own elections": Design(own_calendar, 5, tuple(OWN)),
    "plain changes": Design(plain_change, worlds=tuple(TOLD)),
    "focus on organisations": Design(focus),
}


def tasks(names: Collection[str], *, worlds: int, seed: int = SEED) -> list[Task]:
    """List what is to be simulated: design, kind of world, and one seed a world."""
    found: list[Task] = []
    branches = np.random.SeedSequence(seed).spawn(len(DESIGNS))
    for (name, design), branch in zip(DESIGNS.items(), branches, strict=True):
        leaves = branch.spawn(len(design.worlds))
        for world, leaf in zip(design.worlds, leaves, strict=True) if name in names else ():
            seeds = leaf.spawn(max(1, round(worlds * design.times)))
            found += [(name, world, tuple(seeds[i : i + CHUNK])) for i in range(0, len(seeds), CHUNK)]
    return found


def simulate(task: Task) -> list[dict[str, Any]]:
    """Simulate the worlds of one task; return a row a test and world."""
    name, world, seeds = task
    trial = DESIGNS[name].trial
    found = [one for seed in seeds for one in trial(world, np.random.default_rng(seed))]
    own = {"design": name, "world": world}
    return [own | asdict(one) | {"covered": one.covered, "wrong": one.wrong} for one in found]


def calibrate(
    names: Collection[str] = (),
    *,
    worlds: int,
    jobs: int = 1,
    seed: int = SEED,
    report: Callable[[str, int, int], None] | None = None,
) -> pd.DataFrame:
    """Simulate ``worlds`` of each kind, or a design's own multiple, and return the summary; no names mean all designs.

    The result depends on the seed and not on ``jobs``, the processes. ``report`` is called after every task with the
    design, the number of tasks done, and their number.
    """
    if unknown := sorted(set(names) - set(DESIGNS)):
        raise InputError(f"no design {unknown[0]}", where="calibration", remedy=f"choose from {'; '.join(DESIGNS)}")
    listed = tasks(names or DESIGNS, worlds=worlds, seed=seed)
    found: list[dict[str, Any]] = []
    with processes(jobs) if jobs > 1 else contextlib.nullcontext() as pool:
        parts = (pool.map if pool else map)(simulate, listed)
        for done, (task, part) in enumerate(zip(listed, parts, strict=True), start=1):
            found += part
            if report:
                report(task[0], done, len(listed))
    return summary(found)


def summary(found: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Return one row a design, test and world.

    ``truth`` and median ``estimate``; ``worlds``; ``nominal`` error rate; share ``rejected``, which is the size or the
    power of the test as ``rejection`` says; ``coverage`` of the 95 % interval; worlds ``judged`` and the share of each
    verdict among them; the verdict that would be ``wrong`` and its share ``wrong_share``. Columns that end in ``_se``
    are Monte Carlo standard errors.
    """
    keys = ["design", "claim", "test", "world"]
    groups = pd.DataFrame(found).groupby(keys, sort=False)
    table = pd.DataFrame([dict(zip(keys, key, strict=True)) | _row(group) for key, group in groups])
    # Worlds come one after the other, each with all tests of its design.
    place, _ = pd.factorize(table["design"] + table["test"])
    return table.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)


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
    shares = judged.value_counts(normalize=True)
    row |= {name.replace(" ", "_"): float(shares.get(name, 0)) if len(judged) else float("nan") for name in TESTED}
    wrong = first["wrong"] if len(judged) else ""
    row |= {"wrong": wrong or None, **_share("wrong_share", (judged == wrong).astype(float) if wrong else judged[:0])}
    return {name: round(v, 6) if isinstance(v, float) else v for name, v in row.items()}


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
    """Write the table, with the cells of its tests, checked against its schema; other designs keep their rows."""
    entry = CATALOGUE["calibration"]
    if not set(DESIGNS) <= set(table["design"]):
        old = load("calibration")
        table = pd.concat([old[~old["design"].isin(table["design"])], table], ignore_index=True)
        table = table[table["design"].isin(DESIGNS)]
        table = table.sort_values("design", key=lambda names: names.map([*DESIGNS].index), kind="stable")
    table = pd.concat([table, own_cells()], ignore_index=True)
    checked = check(table, entry.schema, where=entry.path.name)
    return write_whole(entry.path, checked.to_csv(index=False, lineterminator="\n"))
