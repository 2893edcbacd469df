"""Time our conditional Poisson against pyfixest on 64,000 simulated rows, in pairs within one run.

Run: ``python benchmarks/fixed_effects_poisson.py``. The CSV has one row per pair; ratios travel between
machines better than seconds do.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyfixest

from analysis.methods.poisson import conditional_poisson


def simulate(rows: int, seed: int) -> pd.DataFrame:
    """Return unit-months with unit-year effects, a season, a rare event and a covariate."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"group": np.arange(rows) // 12, "season": np.arange(rows) % 12})
    frame["unit"] = frame["group"] // 30
    frame["event"] = (rng.random(rows) < 0.05).astype(float)
    frame["heat"] = rng.normal(size=rows)
    effect = rng.normal(-1, 1, frame["group"].max() + 1)[frame["group"]]
    frame["count"] = rng.poisson(np.exp(effect + 0.5 * frame["event"] + 0.2 * frame["heat"])).astype(float)
    return frame


def ours(frame: pd.DataFrame) -> np.ndarray:
    """Return coefficients and errors of this package."""
    fit = conditional_poisson(
        frame["count"], frame[["event", "heat"]], groups=frame["group"], also=frame["season"], cluster=frame["unit"]
    )
    return np.stack([fit.coefficients, fit.errors])


def theirs(frame: pd.DataFrame) -> np.ndarray:
    """Return coefficients and errors of pyfixest."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = pyfixest.fepois(
            "count ~ event + heat | group + season", frame, vcov={"CRV1": "unit"}, ssc=pyfixest.ssc(k_adj=False)
        )
    return np.stack([fit.coef().to_numpy(), fit.se().to_numpy()])


def seconds(run: Callable[[pd.DataFrame], np.ndarray], frame: pd.DataFrame) -> float:
    """Return the wall time of one call."""
    begin = time.perf_counter()
    run(frame)
    return time.perf_counter() - begin


def main() -> None:
    """Check that both agree, time them alternately, write the pairs and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results", help="folder for the CSV")
    parser.add_argument("--rows", type=int, default=64_000)
    parser.add_argument("--pairs", type=int, default=9)
    options = parser.parse_args()
    frame = simulate(options.rows, seed=1)
    np.testing.assert_allclose(ours(frame), theirs(frame), rtol=3e-4, atol=1e-5)  # also compiles pyfixest's kernels
    pairs = pd.DataFrame(
        [(seconds(ours, frame), seconds(theirs, frame)) for _ in range(options.pairs)],
        columns=["ours_seconds", "pyfixest_seconds"],
    ).assign(rows=options.rows, ratio=lambda d: d["ours_seconds"] / d["pyfixest_seconds"])
    options.out.mkdir(parents=True, exist_ok=True)
    pairs.round(4).to_csv(options.out / "fixed_effects_poisson.csv", index_label="pair")
    print(pairs.median().round(3).to_string())


if __name__ == "__main__":
    main()
