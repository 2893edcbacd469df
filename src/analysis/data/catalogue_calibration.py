"""The table of simulated worlds: what tests and decision rules do where the answer is known."""

from __future__ import annotations

import pandera.pandas as pa

from analysis.data.entry import simulated
from analysis.data.schemas import frame, number, one_of

_VERDICTS = ("supported", "partly_supported", "contradicted", "not_testable")


def share(*, nullable: bool = False) -> pa.Column:
    """Share, 0 to 1."""
    return number(low=0, high=1, nullable=nullable)


def text() -> pa.Column:
    """Name in words."""
    return pa.Column(str)


CALIBRATION = frame(
    {
        "design": text(),
        "claim": pa.Column(str, pa.Check.str_matches(r"^[a-z0-9-]+$")),
        "test": text(),
        "world": one_of("no effect", "smallest effect", "twice the smallest effect", "clumped", "shared shock"),
        "worlds": pa.Column(int, pa.Check.ge(1)),
        "truth": pa.Column(float),
        "estimate": pa.Column(float),
        "nominal": share(),
        "rejection": one_of("size", "power"),
        "rejected": share(),
        "rejected_se": share(),
        "coverage": share(nullable=True),
        "coverage_se": share(nullable=True),
        "judged": pa.Column(int, pa.Check.ge(0)),
        **{name: share(nullable=True) for name in _VERDICTS},
        "wrong": one_of("supported", "contradicted", nullable=True),
        "wrong_share": share(nullable=True),
        "wrong_share_se": share(nullable=True),
    },
    key=["design", "claim", "test", "world"],
)

CALIBRATION_TABLES = (simulated("calibration", CALIBRATION),)
