"""What registered tests could detect, against the smallest effects that would matter to their claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.claims.judge import multiple_of_smallest
from analysis.claims.register import Register
from analysis.methods.result import Result


@dataclass(frozen=True, slots=True)
class PlannedTest:
    """A test of one claim: its label, what the calculation stands on, and the smallest effect that it detects.

    That effect, with the stated power, is in the unit of the claim's smallest effect of interest.
    """

    name: str
    claim: str
    basis: str
    detectable: float


@dataclass(frozen=True, slots=True)
class DetectableEffects(Result):
    """Detectable effects of several tests as multiples of the smallest effects of interest, one row a test.

    A test whose multiple is above ``underpowered_from`` is called underpowered by the register.
    """

    frame: pd.DataFrame
    underpowered_from: float

    @property
    def strong(self) -> pd.DataFrame:
        """Tests that detect the smallest effect of interest."""
        return self.frame[self.frame["multiple"] <= 1]

    @property
    def underpowered(self) -> pd.DataFrame:
        """Tests that detect only effects much larger than the smallest of interest."""
        return self.frame[self.frame["multiple"] > self.underpowered_from]

    def table(self) -> pd.DataFrame:
        """Return one row a test."""
        return self.frame

    def sentence(self) -> str:
        """Count tests that can, and those that cannot."""
        return (
            f"Of {len(self.frame)} designs, {len(self.strong)} can detect the smallest effect of interest, and "
            f"{len(self.underpowered)} only effects more than {self.underpowered_from:g} times as large."
        )


def detectable_effects(register: Register, tests: Sequence[PlannedTest]) -> DetectableEffects:
    """Set what each test could detect against the smallest effect of interest that the register gives its claim."""
    rows = {}
    for test in tests:
        effect = register[test.claim].smallest_effect
        assert effect is not None
        multiple = multiple_of_smallest(test.detectable, effect.value, ratio="ratio" in effect.unit)
        rows[test.name] = (test.claim, test.basis, effect.value, test.detectable, effect.unit, multiple)
    columns = ["claim", "basis", "smallest", "minimum", "unit", "multiple"]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("design")
    return DetectableEffects(frame, register.thresholds.underpowered_from)
