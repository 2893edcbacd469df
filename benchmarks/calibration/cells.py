"""Hold cheap tests to their promises in many kinds of worlds, all worlds of a kind drawn at once.

    python -m benchmarks.calibration.cells [--worlds N]

The kinds are listed with the designs; the table is kept as ``benchmarks/results/cells.csv``.
"""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from analysis.claims.calibration import DOUBT
from analysis.files import write_whole
from benchmarks.calibration import activity, counts
from benchmarks.calibration.findings import register
from benchmarks.calibration.worlds import Cell, Floats

RESULTS = Path(__file__).parents[1] / "results" / "cells.csv"
SEED = 20210211
DESIGNS = (counts, activity)
_LEVEL = 0.05


def promises(confidence: Floats) -> dict[str, Any]:
    """Return what becomes of a test in worlds, from the confidence there that its quantity lies below the true value.

    ``coverage`` is that of the 95 % interval; ``too_high`` and ``too_low`` are the shares of one-sided tests at 5 %
    that claim more, or less, than is true. The ``size`` is the largest of these and of one less the coverage. A cell
    ``fails`` if the 99.9 % Monte Carlo interval of its size or coverage lies beyond what the register allows.
    """
    n, half, allowed = len(confidence), _LEVEL / 2, register().thresholds
    inside = int(((confidence >= half) & (confidence <= 1 - half)).sum())
    errors = {"too_high": int((confidence <= _LEVEL).sum()), "too_low": int((confidence >= 1 - _LEVEL).sum())}
    worst = max(n - inside, *errors.values())
    (least, _), (_, most) = (proportion_confint(count, n, alpha=DOUBT, method="beta") for count in (worst, inside))
    return {
        "worlds": n,
        "coverage": inside / n,
        **{name: count / n for name, count in errors.items()},
        "size": worst / n,
        "size_at_least": least,
        "coverage_at_most": most,
        "fails": bool(least > _LEVEL + allowed.size_slack or most < allowed.coverage_from),
    }


def cells() -> list[tuple[Any, Cell]]:
    """Return all kinds of worlds, each with the design that it is of."""
    return [(design, cell) for design in DESIGNS for cell in design.cells()]


def simulated(worlds: int, *, seed: int = SEED) -> pd.DataFrame:
    """Simulate so many worlds of each kind; return one row a kind."""
    listed = cells()
    streams = np.random.SeedSequence(seed).spawn(len(listed))
    rows = [
        asdict(cell) | promises(design.confidence(cell, np.random.default_rng(stream), worlds))
        for (design, cell), stream in zip(listed, streams, strict=True)
    ]
    return pd.DataFrame(rows)


def own_tests() -> list[tuple[str, str, str, int]]:
    """Return each test of the table of calibration with a claim, and design and base of its cells: the real counts."""
    base = counts.base_counts()
    detained, attacked = base["detentions"], base["attacks"]
    protests, arrests = activity.base_counts()
    two, rates = "log ratio of clumped counts", "mid-p of two rates"
    as_detentions, change = "two counts, as detentions", "rates before and after"
    return [
        (f"{two}, base {detained}", "more-journalist-detentions", as_detentions, detained),
        (f"{two}, no fall, base {detained}", "detentions-no-fewer", as_detentions, detained),
        (f"{two}, no fall, base {attacked}", "attacks-no-fewer", "two counts, as attacks", attacked),
        (f"{rates}: protests", "society-more-active", change, protests),
        (f"{rates}: protests", "title-engagement-increased", change, protests),
        (f"{rates}: protests with arrests", "more-detentions", change, arrests),
        (f"{rates}, no rise: protests with arrests", "no-expansion-of-repression", change, arrests),
    ]


#: How the kinds of cells are called in the table of calibration.
NAMED = {
    "alike": "clumped",
    "episodes": "clumped",
    "unequal": "clumped, unequally",
    "tested twice as clumped": "clumped, twice as much as other series",
    "shared shock": "shared shock",
    "yearly waves": "clumped, yearly waves",
}


def own_cells() -> pd.DataFrame:
    """Return the kept cells of each test's own base as rows of the table of calibration, at the worst ratio."""
    table, rows = pd.read_csv(RESULTS), []
    for test, claim, design, base in own_tests():
        own = table[(table["design"] == design) & (table["base"] == base)]
        for (kind, dispersion), cell in own.groupby(["kind", "dispersion"], sort=False):
            worst = cell.loc[cell["size"].idxmax()]
            row = {"design": design, "claim": claim, "test": test, "worlds": int(worst["worlds"]), "judged": 0}
            row |= {"world": f"{NAMED[kind]}, dispersion {dispersion:g}", "truth": worst["ratio"], "nominal": _LEVEL}
            row |= {"rejection": "size", "rejected": worst["size"], "coverage": cell["coverage"].min()}
            rows.append(row)
    found = pd.DataFrame(rows)
    errors = {
        f"{name}_se": np.sqrt(found[name] * (1 - found[name]) / found["worlds"]).round(6)
        for name in ("rejected", "coverage")
    }
    return found.assign(**errors)


def main() -> None:
    """Simulate, keep the table, and print what each design and kind of world comes to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=10_000, help="simulated worlds of each kind (default: 10,000)")
    table = simulated(parser.parse_args().worlds)
    write_whole(RESULTS, table.round(6).to_csv(index=False, lineterminator="\n"))
    shown = {"size": "max", "coverage": "min", "fails": "sum", "worlds": "size"}
    print(table.groupby(["design", "kind", "dispersion"]).agg(shown).to_string(float_format="%.3f"))


if __name__ == "__main__":
    main()
