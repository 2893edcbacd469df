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
    register = load_register()
    found = reached(register[claim], register).set_index("world")
    named = found.index.str.contains("twice the smallest effect", regex=False)
    assert named.any()
    assert found.loc[named, "twice"].all()
    assert found.loc[~named, "twice"].sum() == shock
    assert "shared shock" in found.index


def test_a_claim_has_its_own_worlds_and_only_without_any_those_of_a_claim_with_the_same_model():
    register = load_register()
    tests = {
        name: set(reached(register[name], register)["test"]) for name in ("more-detentions", "society-more-active")
    }
    assert len(set.union(*tests.values())) == len(tests)
    assert set(reached(register["title-engagement-increased"], register)["test"]) == tests["society-more-active"]
