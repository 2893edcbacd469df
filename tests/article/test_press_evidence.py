"""Evidence of notebook 02: falsifications, records, and what the locked rules make of them."""

import math

import pandas as pd
import pytest
from scipy.stats import binom

from analysis.article import press, press_evidence, press_sources
from analysis.article.press import Reading
from analysis.claims.judge import judge
from analysis.claims.register import load_register
from analysis.data.load import load
from analysis.methods.counts import compare_counts
from analysis.methods.counts_clusters import dispersion_test
from tests.claims.make import evidence

EXACT = 1e-12  # the same sum, other order of operations


@pytest.fixture(scope="module")
def register():
    return load_register()


def test_checks_carry_the_registered_names(register):
    counts = load("adil_soz_counts")
    results = press.comparisons(counts, base_year=2019, year=2020)
    readings = press.readings(counts, "detentions", base_year=2019, year=2020, lost=57, restricted=239)
    checks = press_evidence.falsifications("detentions", results, readings, press.yearly_dispersion(counts))
    around = press_sources.pairs(counts, load("jfj_counts"), names=pd.Series(dtype=str))
    checks.append(
        press_evidence.neighbouring(results["detentions"], press_sources.neighbours(around, base_year=2019, year=2020))
    )
    assert [check.name for check in checks] == list(register["more-journalist-detentions"].asked)
    # Methods paper, C3: the fall survives neither the lockdown, nor the clumping, nor the June weekend.
    assert not any(check.passed for check in checks)


def test_an_open_result_stays_open_under_clumping_but_what_cannot_be_run_fails():
    results = {"attacks": compare_counts(17, 12), "digital": compare_counts(9, 8)}
    other, episode, clumping, emergency = press_evidence.falsifications("attacks", results, {}, {})
    assert other.passed
    assert clumping.passed
    assert not episode.passed
    assert "cannot be run" in episode.detail
    assert not emergency.passed


@pytest.mark.parametrize(("counts", "passed"), [((10, 11, 9), True), ((2, 40, 15), False)])
def test_break_even_is_held_against_the_yearly_dispersion(counts, passed):
    results = {"detentions": compare_counts(60, 20)}
    checks = press_evidence.falsifications("detentions", results, {}, {"attacks": dispersion_test(counts)})
    assert checks[2].passed is passed


def test_a_reading_fails_when_the_conclusion_changes():
    results = {"detentions": compare_counts(46, 25)}
    kept, changed = (Reading("r", compare_counts(46, second)) for second in (20, 40))
    assert press_evidence.falsifications("detentions", results, {"emergency": kept}, {})[3].passed
    assert not press_evidence.falsifications("detentions", results, {"emergency": changed}, {})[3].passed


def test_a_neighbouring_rise_does_not_pass_beside_a_fall():
    main = compare_counts(46, 25)
    rising = pd.DataFrame([{"what": "12 states", "first": 10, "second": 24, "ratio": 2.4}])
    assert not press_evidence.neighbouring(main, rising).passed
    assert press_evidence.neighbouring(main, rising.assign(ratio=0.5)).passed
    assert not press_evidence.neighbouring(main, rising.iloc[:0]).passed


def test_non_inferiority_p_and_measure(register):
    fields = press_evidence.no_fewer(register["attacks-no-fewer"], compare_counts(17, 12), [])
    assert fields["p_value"] == pytest.approx(binom.sf(11, 29, 0.8 / 1.8), rel=EXACT)
    (measure,) = fields["measures"]
    assert measure.estimate == pytest.approx(math.log(17 / 12), rel=EXACT)
    assert measure.lower < 0 < measure.smallest_effect < measure.upper


@pytest.mark.parametrize(
    ("pair", "verdict"), [((46, 25), "contradicted"), ((17, 12), "not testable"), ((4000, 4000), "supported")]
)
def test_no_fewer_under_the_locked_rule(register, pair, verdict):
    claim = register["detentions-no-fewer"]
    fields = press_evidence.no_fewer(claim, compare_counts(*pair), [])
    item = evidence(**fields | {"measures": [m.model_dump() for m in fields["measures"]], "falsifications": []})
    assert judge(claim, item, register.thresholds, p_adjusted=None).verdict == verdict
