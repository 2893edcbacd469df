"""Worlds with a known answer, and the random ingredients that they are made of."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

#: A kind of world by its name: what tells it from others of its kind stands after a comma.
World = str
#: Kinds of worlds of most designs, in this order in tables and seeds; a design may name its own.
WORLDS: tuple[World, ...] = ("no effect", "smallest effect", "twice the smallest effect", "clumped", "shared shock")
#: True effect of each world as a multiple of the smallest effect of interest.
MULTIPLE: dict[World, int] = dict(zip(WORLDS, (0, 1, 2, 0, 0), strict=True))
#: Size of a shock that hits everybody alike, as a multiple of the smallest effect of interest.
SHOCK = 2


@dataclass(frozen=True, slots=True)
class Setting:
    """What is true in one kind of world.

    The effect is ``multiple`` times the smallest one of interest. With a ``dispersion`` (variance of a count over its
    mean) above 1, cases come in episodes. A ``shock`` moves everybody's rates for a while; rates of a few large
    countries have a factor. If ``real``, the counts are the real ones, with the dates moved by chance.
    """

    multiple: int = 0
    dispersion: float = 1.0
    shock: bool = False
    large: float = 1.0
    real: bool = False


#: Variance over mean of clumped yearly counts: episodes of two cases on average, some far larger.
DISPERSION = 3.0

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]


def shock_ratio(world: World, smallest: float) -> float:
    """Return the factor of a shock that hits everybody's rates, 1 where there is none."""
    return smallest**SHOCK if world == "shared shock" else 1.0


def true_ratio(world: World, smallest: float) -> float:
    """Return the true ratio of a country's rates, which a shared shock moves as an effect of its own would."""
    return smallest ** MULTIPLE[world] * shock_ratio(world, smallest)


@dataclass(frozen=True, slots=True)
class Cell:
    """Kind of simulated worlds in which a test has to keep its promises, as ``design`` and ``kind`` name it.

    ``base`` cases are expected in the first period, with a variance of ``dispersion`` times that; ``ratio`` is the true
    one of the second rate to the first.
    """

    design: str
    kind: str
    base: float
    ratio: float
    dispersion: float


def count(rng: np.random.Generator, mean: float, world: World) -> int:
    """Draw a count of cases, which come in episodes in a world that is clumped."""
    return int(clumped_counts(rng, mean, DISPERSION if world == "clumped" else 1.0))


def clumped_counts(rng: np.random.Generator, mean: ArrayLike, dispersion: ArrayLike) -> Ints:
    """Draw counts of cases that come in episodes, with a variance of ``dispersion`` (at least 1) times their mean.

    A Poisson number of episodes has geometric sizes of mean ``(1 + dispersion) / 2``, for E(size^2) / E(size) is the
    variance of a compound Poisson count over its mean. Cases beyond the first of each episode are negative binomial.
    """
    mean, size = np.broadcast_arrays(mean, (1 + np.asarray(dispersion)) / 2)
    episodes = rng.poisson(mean / size)
    further = rng.negative_binomial(np.maximum(episodes, 1), 1 / size)
    return np.asarray(episodes + np.where(episodes > 0, further, 0))


def waves(rng: np.random.Generator, months: int, *, length: int, variance: float) -> Floats:
    """Draw intensities with mean 1 that stay the same over waves of months, gamma distributed, shape (months,)."""
    if variance <= 0:
        return np.ones(months)
    shape = 1 / variance
    levels = rng.gamma(shape, 1 / shape, -(-months // length) + 1)
    first = int(rng.integers(length))
    return np.repeat(levels, length)[first : first + months]


def wave_variance(yearly: ArrayLike) -> float:
    """Return the variance of yearly intensities (mean 1) that makes Poisson counts as dispersed as these are."""
    counts = np.asarray(yearly, dtype=float)
    return max(0.0, float((counts.var(ddof=1) - counts.mean()) / counts.mean() ** 2))


def resampled_months(rng: np.random.Generator, counts: Ints, *, block: int) -> Ints:
    """Draw a series anew from its own circular blocks, the columns of every row together, same shape."""
    n = len(counts)
    starts = rng.integers(n, size=-(-n // block))
    places = (starts[:, None] + np.arange(block)).ravel()[:n] % n
    return counts[places]


def moved(rng: np.random.Generator, calendar: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    """Move each country's dates by one random circular shift around its own months in the panel.

    Both have rows by ``iso3`` and ``serial``; dates outside a country's months are dropped.
    """
    spans = panel.groupby("iso3")["serial"].agg(["min", "max"])
    length = spans["max"] - spans["min"] + 1
    shift = pd.Series(rng.integers(length.to_numpy()), index=spans.index)
    inside = calendar[calendar["iso3"].isin(spans.index)]
    first, size = inside["iso3"].map(spans["min"]), inside["iso3"].map(length)
    place = inside["serial"] - first
    kept = (place >= 0) & (place < size)
    serial = first + (place + inside["iso3"].map(shift)) % size
    return inside.assign(serial=serial.astype(np.int64))[kept].reset_index(drop=True)
