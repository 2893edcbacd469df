"""What rules reach in simulated worlds: the rows of a claim, and where the right side is seldom reached."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.claims.calibration import TESTED
from analysis.claims.register import load_register
from analysis.report.dossier import reached, seldom_found

VERDICTS = [name.replace(" ", "_") for name in TESTED]


def row(world, holds, twice=True, **shares):
    return {"world": world, "holds": holds, "twice": twice} | dict.fromkeys(VERDICTS, 0.0) | shares


def test_what_is_seldom_found_is_named():
    rows = [
        row("independent", True, supported=0.2, leans_supported=0.2),
        row("clumped", False, leans_contradicted=0.6),
        row("no effect", False, twice=False, contradicted=0.1),
    ]
    assert seldom_found(pd.DataFrame(rows)) == ["independent"]


@pytest.mark.parametrize(
    ("claim", "shock"),
    # A shock that hits everybody makes a claim of an effect false, and one of no change too.
    [("society-more-active", False), ("detentions-no-fewer", True), ("crackdown-election-month", False)],
)
def test_worlds_with_twice_the_smallest_effect_are_known_by_their_truth(claim, shock):
    found = reached(load_register()[claim]).set_index("world")
    named = found.index.str.contains("twice the smallest effect", regex=False)
    assert named.any()
    assert found.loc[named, "twice"].all()
    assert found.loc[~named, "twice"].sum() == shock
    assert "shared shock" in found.index


def test_a_fall_makes_a_claim_false_that_nothing_grew_worse_and_true_that_nothing_grew_better():
    register = load_register()
    worse, better = (reached(register[name]) for name in ("not-worse", "press-freedom-no-better"))
    fell = worse["world"].str.startswith("shared shock")
    assert (~worse.loc[fell, "holds"].astype(bool)).all()
    assert better.loc[better["world"].str.startswith("shared shock"), "holds"].all()
