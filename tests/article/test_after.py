"""Notebook 07: executed in this process, and its steps against closed forms and the published tables."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from analysis.article import after, after_changes, after_checks, after_ranks, after_records
from analysis.article.parameters import check
from analysis.claims.evidence import read_evidence
from analysis.claims.register import load_register
from analysis.claims.verdicts import verdicts
from analysis.data.load import load
from analysis.errors import InputError
from analysis.session.declared import declared
from tests.executed import check_figure, execute

NAME = "07_after_the_article"
FIGURES = ["07_changes", "07_counts", "07_indices", "07_ranks", "07_rerated", "07_since"]
DRAWS = 2000
# Monte Carlo error of an end of an interval: 2.5 standard errors of a 2.5 % quantile with that many draws.
QUANTILE = 0.12
TRIAL = after_changes.Trial("AAA", correlation=0.0, draws=40_000, seed=1)
CLAIMS = {*after_checks.CLAIMS, *after_records.CLAIMS}


@pytest.fixture(scope="module")
def kazakhstan(tmp_path_factory):
    yield execute(NAME, tmp_path_factory.mktemp("kazakhstan"))
    plt.close("all")


@pytest.fixture(scope="module")
def kyrgyzstan(tmp_path_factory):
    yield execute(NAME, tmp_path_factory.mktemp("kyrgyzstan"), COUNTRY="KGZ", DRAWS=DRAWS)
    plt.close("all")


@pytest.fixture
def two_years() -> pd.DataFrame:
    """One country that gains 0.1, with a published error of 0.02 in both years."""
    values = {"iso3": "AAA", "data_year": [2019, 2021], "v2x_polyarchy": [0.3, 0.4], "v2x_polyarchy_sd": [0.02, 0.02]}
    return pd.DataFrame(values)


# --- the notebook


def test_the_cited_rank_is_the_best_of_its_edition_and_of_no_other(kazakhstan):
    peak = kazakhstan.names["peak"]
    # Published ranks of the 2020 edition, data years 2008 to 2018.
    assert peak.ranks.loc[2020].dropna().astype(int).tolist() == [93, 94, 96, 103, 94, 97, 97, 87, 88, 84, 75]
    assert [peak.is_peak(edition) for edition in (2018, 2020, 2021, 2022, 2024)] == [None, True, False, False, False]


def test_every_claim_has_evidence_with_the_registered_falsifications(kazakhstan):
    register, found = (
        load_register(),
        {item.claim: item for (_, _), item in kazakhstan.evidence().items() if item.primary},
    )
    assert set(found) == {claim.id for claim in register.of_notebook(NAME)} == CLAIMS
    for claim, item in found.items():
        assert {one.name for one in item.falsifications} >= set(register[claim].falsifications)


def test_contradicting_claims_are_judged_on_one_change_turned_round(kazakhstan):
    critical, mitigating = (kazakhstan.evidence()[claim, "vdem_v12"] for claim in after_checks.CLAIMS)
    assert critical.estimate == pytest.approx(-mitigating.estimate)
    assert critical.interval == pytest.approx((-mitigating.interval[1], -mitigating.interval[0]))
    assert {measure.producer for measure in mitigating.measures} == {"V-Dem Institute", "Freedom House"}


def test_verdicts_follow_from_the_locked_rules(kazakhstan):
    judged = verdicts(load_register(), read_evidence(kazakhstan.folder / "evidence"), rules_hash="h")
    found = {item.claim: item.verdict for item in judged if item.claim in CLAIMS}
    # Two laws and no counter-record; one of three later steps is against the organisations; intervals hold both ends.
    assert found == {
        "attacks-on-organisations-grow": "not testable",
        "no-strengthening-of-repression": "not testable",
        "case-becomes-precedent": "supported",
        "case-not-over": "partly supported",
    }


def test_the_reading_finds_a_worsening_where_there_is_one(kazakhstan):
    assert "worsening shown" in kazakhstan.names["control"].sentence()


def test_press_freedom_is_two_parts_and_enters_no_estimate(kazakhstan):
    lines = kazakhstan.names["lines"]
    parts = lines[lines["panel"] == after.BROKEN].groupby("edition")["data_year"].agg(["min", "max"])
    assert parts.loc["2022-", "min"] == 2021
    assert parts.loc["2013-2021", "max"] == 2020
    assert not any("RSF" in item.label for item in kazakhstan.names["since"].values())


# The credit line of the last figure is broken for print; measured at screen resolution it is a pixel too wide.
@pytest.mark.parametrize("name", [name for name in FIGURES if name != "07_since"])
def test_figures_can_be_read(kazakhstan, name):
    check_figure(kazakhstan, name)


def test_another_country_gets_figures_and_no_evidence(kyrgyzstan):
    assert sorted(kyrgyzstan.figures) == [name for name in FIGURES if name != "07_counts"]
    assert kyrgyzstan.evidence() == {}
    check_figure(kyrgyzstan, "07_indices")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"BASE_YEAR": 2020, "LAST_YEAR": 2015}, "take two years in order"),
        ({"CORRELATION": 1.0}, "less than or equal to 0.99"),
        ({"EDITION": 2019}, "describes 2008 to 2017"),
        ({"COUNTRY": "XXX"}, "not an ISO3"),
    ],
)
def test_impossible_parameters_are_named(changed, words):
    values = {key: item.default for key, item in declared(NAME).items()} | changed
    with pytest.raises(InputError) as error:
        check(NAME, values)
    assert words in error.value.line()


# --- changes


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_interval_of_a_change_is_that_of_two_correlated_normal_errors(two_years, correlation):
    trial = after_changes.Trial("AAA", correlation=correlation, draws=40_000, seed=1)
    spec = after_changes.WITH_ERRORS
    found = after_changes.change(two_years, spec, two_years, years=(2019, 2021), margin=0.05, trial=trial)
    sd = 0.02 * np.sqrt(2 * (1 - correlation))
    assert found.estimate == pytest.approx(0.1)
    assert (found.lower - 0.1) / sd == pytest.approx(norm.ppf(0.025), abs=QUANTILE)
    assert (found.upper - 0.1) / sd == pytest.approx(norm.ppf(0.975), abs=QUANTILE)
    assert found.detectable == pytest.approx((norm.ppf(0.975) + norm.ppf(0.8)) * sd, rel=0.02)


def test_whole_points_hide_errors_of_uniform_rounding():
    items = [f"item_a{number}" for number in range(25)]
    frame = pd.DataFrame({"iso3": "AAA", "data_year": [2019, 2021], "total": [40, 40], **dict.fromkeys(items, 1)})
    found = after_changes.change(frame, after_changes.POINTS, frame, years=(2019, 2021), margin=2, trial=TRIAL)
    # Difference of two sums of 25 uniform errors of width one.
    assert found.sd == pytest.approx(np.sqrt(25 * 2 / 12), rel=0.02)


def test_break_even_error_is_where_the_interval_touches_the_margin(two_years):
    spec = after_changes.WITH_ERRORS
    found = after_changes.change(two_years, spec, two_years, years=(2019, 2021), margin=0.05, trial=TRIAL)
    sd = after_changes.break_even_sd(found, 0.5)
    # With correlation one half the difference has the standard deviation of either error.
    assert -found.estimate + norm.ppf(0.975) * sd == pytest.approx(found.margin)


def test_borrowed_error_is_the_median_at_the_level():
    levels = np.linspace(0, 1, 1001)
    lend = pd.DataFrame({"data_year": 2010, "v2x_polyarchy": levels, "v2x_polyarchy_sd": levels / 10})
    assert after_changes.borrowed_sd(lend, 0.4) == pytest.approx(0.04, abs=1e-3)
    # Beyond the last level the nearest country-years lend.
    assert after_changes.borrowed_sd(lend, 2.0) == pytest.approx(0.09, abs=1e-3)


def test_country_without_a_value_is_refused(two_years):
    asked = {"years": (2020, 2021), "margin": 0.05, "trial": TRIAL}
    with pytest.raises(InputError, match="no value in 2020"):
        after_changes.change(two_years, after_changes.WITH_ERRORS, two_years, **asked)


# --- ranks and re-rating


def test_release_that_ends_early_is_compared_in_its_last_year(kazakhstan):
    frame = kazakhstan.names["rerated"].frame.set_index(["index", "release"])
    assert frame.loc[("Association", "v10"), "data_year"] == frame.loc[("Association", "v12"), "data_year"] == 2019
    own = load("vdem_v16").query("iso3 == 'KAZ' and data_year == 2020").iloc[0]
    assert frame.loc[("Expression", "v16"), "value"] == own["v2x_freexp_altinf"]
    # Only the release with intervals carries them.
    assert set(frame.index[frame["change_lower"].notna()].get_level_values("release")) == {"v15"}


def test_a_rank_that_others_beat_is_no_peak():
    rows = [(2020, year, "AAA", rank) for year, rank in ((2016, 3), (2017, 1), (2018, 2))]
    frame = pd.DataFrame(rows, columns=["edition", "data_year", "iso3", "hf_rank"])
    found = after_ranks.peak(frame, country="AAA", edition=2020, data_year=2018)
    assert found.is_peak(2020) is False
    assert "not the best of its 3 years" in found.sentence()


# --- records


def test_events_are_in_order_and_carry_the_sizes_of_the_sources():
    events = after_records.events(load("reforms"), load("ngo_tax_case"), load("protest_detentions"))
    assert events["date"].is_monotonic_increasing
    assert events["date"].min() > after_records.ARTICLE
    unrest = events.loc[events["event"].str.contains("crackdown"), "event"].item()
    assert "5,800 to 9,900 held, 227 killed" in unrest
