"""Verdicts in simulated worlds are those of the judge, with the notebooks' own numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.article import assessments, designs, measures
from analysis.claims.evidence import Check, Multiverse
from analysis.data.load import load
from analysis.methods.multiplicity import adjust
from analysis.methods.synthetic import Study, estimator_named, space_placebos
from benchmarks.calibration import findings, reforms

RISE = "crackdown-election-month"
FOUND = {"estimate": 2.0, "interval": (1.5, 3.0), "p_value": 0.001, "unit": "rate ratio", "n": 100}
FAILED = Check(name="placebo elections", passed=False, detail="")
PASSED = Check(name="placebo elections", passed=True, detail="")
SHAKEN = FAILED.model_copy(update={"asks": "finding"})
FLAT = Multiverse(n=36, share_same_sign=0.5, share_significant=0.1, joint_p=0.4)


@pytest.mark.parametrize("p", [0.0001, 0.004, 0.03, 0.5])
def test_the_corrected_p_is_holms_if_no_other_claim_shows_anything(p):
    family = pd.Series([p] + [1.0] * (findings.family_size() - 1)).rename(str)
    assert findings.corrected(p) == pytest.approx(float(adjust(family, "holm").adjusted.min()))


@pytest.mark.parametrize(
    ("fields", "checks", "verdict"),
    [
        (FOUND, [], "supported"),
        (FOUND, [PASSED], "supported"),
        (FOUND, [PASSED, FAILED], "partly supported"),
        (FOUND, [FLAT], "partly supported"),
        (FOUND | {"p_value": 0.02}, [], "partly supported"),
        (FOUND | {"estimate": 1.0, "interval": (0.9, 1.1)}, [], "contradicted"),
        (FOUND | {"estimate": 1.0, "interval": (0.9, 1.1)}, [FAILED], "contradicted"),
        (FOUND | {"estimate": 1.0, "interval": (0.9, 1.1)}, [SHAKEN], "not testable"),
        (FOUND | {"estimate": 1.3, "interval": (0.8, 2.0)}, [], "not testable"),
    ],
)
def test_a_verdict_is_that_of_the_locked_rule(fields, checks, verdict):
    assert findings.verdict(RISE, fields, checks, of_finding=SHAKEN in checks) == verdict


def test_checks_are_made_only_where_they_could_shake_the_verdict_and_no_further_than_the_first_that_does():
    made = []

    def checks():
        for check in (PASSED, FAILED, FLAT):
            made.append(check)
            yield check

    findings.verdict(RISE, FOUND | {"estimate": 1.3, "interval": (0.8, 2.0)}, checks())
    assert made == []
    findings.verdict(RISE, FOUND, checks())
    assert made == [PASSED, FAILED]


def test_an_interval_covers_its_ends_and_nothing_without_one():
    finding = findings.Finding("t", RISE, truth=1.0, estimate=1.2, interval=(1.0, 1.5), rejected=False, null=True)
    assert finding.covered == 1
    assert replace(finding, truth=0.9).covered == 0
    assert np.isnan(replace(finding, interval=(np.nan, np.nan)).covered)


def test_smooth_part_and_rest_together_are_the_panel_of_notebook_03():
    item = reforms.panels()[-1]
    plan = designs.design(load("regimes"), country="KAZ", donors="autocracies", first_treated=2020, first_year=2000)
    spec = measures.PRESS_FREEDOM["v12"][-1]
    theirs = assessments.assess(load(spec.table), spec, plan, margin=item.margin)
    real = Study.from_matrix(item.smooth + item.rest, n_pre=item.n_pre, labels=item.units)
    own = assessments.registered(item.spec, space_placebos(real, estimator_named("sdid")), margin=item.margin)
    for name in ("estimate", "lower", "upper", "detectable"):
        assert getattr(own, name) == pytest.approx(getattr(theirs, name), rel=1e-6)
    assert own.p_value() == pytest.approx(theirs.p_value(), rel=1e-6)
