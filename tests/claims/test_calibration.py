"""The calibrator: rules of every kind in simulated worlds, and verdicts as frequent as they must be."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from analysis.claims.calibration import surely_broken, surely_misleading
from analysis.claims.judge import judge
from benchmarks.calibration.findings import simulated
from tests.claims.make import RULES, THRESHOLDS, claim, confidence, measure

WORLDS = 800
DECIDED = norm.isf(0.05)
#: By kind of rule: fields of evidence in a world where what is claimed is as likely as not.
FIELDS = {
    "figure": lambda rng: {"vintage": "v1", "found": [found(rng)]},
    "leaders": lambda rng: {"members": ["CAN", "NZL" if rng.random() < 0.5 else "CHE"]},
    "record": lambda rng: {"reports": [{"source": "S", "value": "12", "agrees": rng.random() < 0.5, "primary": True}]},
    "extremum": lambda rng: {"vintage": "v1", "found": [found(rng), found(rng) | {"value": 75.5}]},
    "directional": lambda rng: effect(0.05 + DECIDED * 0.1 + 0.1 * rng.normal(), 0.1),
    "non-inferiority": lambda rng: two_measures(norm.cdf(DECIDED + rng.normal())),
    "mechanism": lambda rng: {"design": rng.choice(["design-based", "descriptive"])},
}


def found(rng):
    return {"quantity": "rank", "vintage": "v1", "value": rng.choice([75, 76])}


def effect(estimate, error):
    return {"estimate": estimate, "confidence": confidence(estimate, error)}


def two_measures(short):
    return {"measures": [measure("P", short), measure("Q", 0.99)]}


@pytest.mark.parametrize("kind", sorted(RULES.keys() - {"untestable"}))
def test_a_rule_supports_as_often_as_it_must(kind):
    rng, one = np.random.default_rng(5), claim(kind, falsifications=["rival: R"] if kind == "mechanism" else ())
    worlds = (simulated(one, **FIELDS[kind](rng)) for _ in range(WORLDS))
    supported = [judge(one, world, THRESHOLDS, p_adjusted=None).verdict == "supported" for world in worlds]
    # A directional claim is supported if there is an effect, here five hundredths of a point further off.
    exact = norm.cdf(0.5) if kind == "directional" else 0.5
    assert np.mean(supported) == pytest.approx(exact, abs=4 * np.sqrt(0.25 / WORLDS))


def test_checks_and_components_that_no_world_gives_count_as_passed():
    checks = [{"name": "other count", "asks": "finding", "passes": {"p": {"below": 0.05}}}]
    one = claim("directional", checks=checks, components=checks)
    world = simulated(one, **effect(0.2, 0.01))
    assert judge(one, world, THRESHOLDS, p_adjusted=None).verdict == "supported"
    failed = world.falsifications[0].model_copy(update={"passed": False})
    other = simulated(one, **effect(0.2, 0.01), falsifications=[failed])
    assert judge(one, other, THRESHOLDS, p_adjusted=None).verdict == "leans supported"


@pytest.mark.parametrize(
    ("row", "broken"),
    [
        # Of 1,000 worlds, 60 errors and 930 covered are allowed; surely beyond is some three standard errors further.
        ({"rejected": 0.06}, False),
        ({"rejected": 0.08}, False),
        ({"rejected": 0.10}, True),
        ({"rejected": 0.10, "rejection": "power"}, False),
        ({"rejected": 0.10, "nominal": 0.09}, False),
        ({"coverage": 0.91}, False),
        ({"coverage": 0.88}, True),
        ({"coverage": float("nan")}, False),
    ],
)
def test_a_promise_is_broken_only_beyond_monte_carlo_doubt(row, broken):
    kept = {"worlds": 1000, "nominal": 0.05, "rejection": "size", "rejected": 0.05, "coverage": 0.95}
    assert surely_broken(pd.DataFrame([kept | row]), THRESHOLDS).tolist() == [broken]


@pytest.mark.parametrize(
    ("wrong", "leans", "decided", "misleading"),
    [
        ("contradicted", 0.20, 0.02, False),
        ("contradicted", 0.24, 0.02, True),
        ("supported", 0.24, 0.02, True),
        ("supported", 0.02, 0.06, False),
        ("supported", 0.02, 0.09, True),
        (None, 0.24, 0.09, False),
    ],
)
def test_a_side_misleads_only_beyond_monte_carlo_doubt(wrong, leans, decided, misleading):
    shares = {"wrong_share": decided if wrong else None, "leans_supported": 0.0, "leans_contradicted": 0.0}
    row = {"judged": 1000, "wrong": wrong} | shares | ({f"leans_{wrong}": leans} if wrong else {})
    assert surely_misleading(pd.DataFrame([row]), THRESHOLDS).tolist() == [misleading]
