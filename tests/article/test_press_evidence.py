"""Evidence of notebook 02: falsifications, records, and what the locked rules make of them."""

import math

import pandas as pd
import pytest
from scipy.stats import binom

from analysis.article import press, press_evidence, press_records, press_sources
from analysis.article.press import Reading
from analysis.claims.judge import judge
from analysis.claims.register import load_register
from analysis.data.load import load
from analysis.methods.counts import compare_counts
from analysis.methods.counts_clusters import dispersion_test
from tests.claims.make import evidence

EXACT = 1e-12  # the same sum, other order of operations
RECORDS = ("akhmedyarov-detained", "akhmedyarov-purpose", "bokayev-released-before", "bokayev-five-years")


@pytest.fixture(scope="module")
def register():
    return load_register()


def records_of(*rows):
    columns = ["subject", "statement", "found", "date", "finding", "source_org"]
    return pd.DataFrame(rows, columns=columns)


STOPPED = ("Akhmedyarov", "detained in early February", "detained", "2021-02-03", "supported", "A")
RELEASED = ("Bokayev", "released from prison", "released", "2021-02-04", "supported", "B")
PURPOSE = ("Akhmedyarov", "on the way to report, released", "released after", "2021-02-03", "partly", "C")


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


def test_the_article_does_not_confirm_itself(register):
    counts, claim = load("adil_soz_counts"), register["attacks-2020"]
    alone = press_evidence.printed_count(claim, counts, indicator="attacks", year=2020)
    assert alone["reports"] == []
    assert alone["design"] == "single report"
    second = counts.assign(source_org="A second source")
    told = press_evidence.printed_count(claim, second, indicator="attacks", year=2020)
    assert [report.agrees for report in told["reports"]] == [True]


def test_two_rows_of_one_source_are_a_single_report(register):
    counts, claim = load("adil_soz_counts"), register["attacks-2020"]
    again = pd.concat([counts, counts]).assign(source_org="A second source")
    told = press_evidence.printed_count(claim, again, indicator="attacks", year=2020)
    assert [report.agrees for report in told["reports"]] == [True, True]
    assert told["design"] == "single report"


def test_order_and_purpose_follow_from_dates():
    records = records_of(STOPPED, RELEASED, PURPOSE)
    order = press_records.released_before(records)
    assert order["estimate"] == -1
    assert [report.agrees for report in order["reports"]] == [False, False]
    assert [report.agrees for report in press_records.purpose(records)["reports"]] == [True]
    earlier = records_of(STOPPED, (*RELEASED[:3], "2021-01-01", *RELEASED[4:]), PURPOSE)
    assert [report.agrees for report in press_records.released_before(earlier)["reports"]] == [True, True]
    # Then "partly" may mean the purpose itself, and does not count for it.
    assert [report.agrees for report in press_records.purpose(earlier)["reports"]] == [False]


def test_the_day_is_read_from_the_record():
    records = records_of(STOPPED, PURPOSE)
    inside = press_records.detained(records, first="2021-02-01", last="2021-02-10")
    assert [report.agrees for report in inside["reports"]] == [True, True]
    assert inside["design"] == "descriptive"
    late = press_records.detained(records, first="2021-02-04", last="2021-02-10")
    assert [report.agrees for report in late["reports"]] == [False, False]


@pytest.mark.parametrize(
    ("text", "years"),
    [("four years and nine months served", 4.75), ("5 years", 5.0), ("three years without activism", 3.0)],
)
def test_lengths_of_time(text, years):
    assert press_records.in_years(text) == years


@pytest.mark.parametrize(
    ("found", "agrees"), [("four years and nine months", True), ("four years and three months", False)]
)
def test_time_served_to_the_printed_year(found, agrees):
    records = records_of(("Bokayev", "five years in prison", found, None, "partly", "A"))
    assert [report.agrees for report in press_records.time_served(records, years=5)["reports"]] == [agrees]


def test_what_is_not_confirmed_is_no_denial():
    row = (
        "Akhmedyarov",
        "charged with an offence",
        "questioned in a criminal case",
        "2021-02-03",
        "not confirmed",
        "A",
    )
    fields = press_records.plain(records_of(row), "akhmedyarov-charged")
    assert fields["reports"] == []
    assert "questioned in a criminal case" in fields["summary"]
    confirmed = press_records.plain(records_of((*row[:4], "supported", "A")), "akhmedyarov-charged")
    assert [report.agrees for report in confirmed["reports"]] == [True]


@pytest.mark.parametrize("claim", RECORDS)
def test_the_table_holds_records_of_the_claim(claim):
    assert len(press_records.rows_of(load("article_records"), claim)) > 0


def test_every_record_claim_of_the_notebook_is_kept(register):
    kept = {claim.id for claim in register.of_notebook("02_press_counts") if claim.data == ("article_records",)}
    assert kept == set(press_records.KEPT)
