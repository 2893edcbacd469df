"""The designs that are calibrated: name, what simulates it, and how many worlds for each one asked for."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analysis.calibration.findings import Finding
from analysis.calibration.trials_activity import RateChange
from analysis.calibration.trials_counts import TwoCounts
from analysis.calibration.trials_elections import OwnCalendar, Pooled
from analysis.calibration.trials_reforms import Reforms
from analysis.calibration.trials_small import Focus, LowestCategory
from analysis.calibration.worlds import World


class Trial(Protocol):
    """Whatever simulates one world and returns what its tests find."""

    def trial(self, world: World, number: int, rng: np.random.Generator) -> list[Finding]:
        """Simulate one world; ``number`` counts the worlds of its kind from 0."""


@dataclass(frozen=True, slots=True)
class Design:
    """One design.

    Attributes
    ----------
    name : str
        Name in the table.
    make : callable
        Makes the trial; called once a process.
    times : float
        Worlds for each one asked for: more where they are cheap, fewer where they are dear.
    """

    name: str
    make: Callable[[], Trial]
    times: float = 1

    def worlds(self, asked: int) -> int:
        """Return how many worlds of each kind are simulated."""
        return max(1, round(asked * self.times))


#: In this order in the table; seeds depend on the place in it.
DESIGNS: tuple[Design, ...] = (
    Design("journalists detained, rise", functools.partial(TwoCounts, "detentions", "more-journalist-detentions")),
    Design("journalists detained, no fall", functools.partial(TwoCounts, "detentions", "detentions-no-fewer")),
    Design("journalists attacked, no fall", functools.partial(TwoCounts, "attacks", "attacks-no-fewer")),
    Design("activity and arrests", RateChange),
    Design("election and campaign months", Pooled, 0.4),
    Design("own elections", OwnCalendar),
    Design("reforms", Reforms, 0.4),
    Design("focus on organisations", Focus, 2),
    Design("lowest category", LowestCategory, 2),
)


@functools.cache
def trial(name: str) -> Trial:
    """Return the trial of a design, made once a process."""
    return next(design for design in DESIGNS if design.name == name).make()
