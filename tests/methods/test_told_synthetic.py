"""What synthetic controls tell: every column and sentence of a study, its fit and its placebos, made by hand.

Authority: the docstrings of the results. Expected numbers are fields given here, or means and ranks of a few of them.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.methods.synthetic import (
    Predictor,
    PredictorSearch,
    Refits,
    RidgePenalty,
    SpacePlacebos,
    Study,
    SyntheticFit,
    lags,
)

EXACT = 1e-9  # closed forms
UNITS = ["KAZ", "KGZ", "TJK", "TKM", "UZB", "MNG"]
OUTCOMES = np.random.default_rng(1).normal(size=(7, 6))
STUDY = Study.from_matrix(OUTCOMES, n_pre=5, labels=UNITS, times=range(2001, 2008))

FIT = SyntheticFit(
    study=STUDY,
    method="synthetic control",
    estimate=3.5,
    gap=np.array([1.0, -1, 1, -1, 1, 3, 4]),
    weights=np.array([0.25, 0.75, 0.0, 0.0, 0.0]),
    time_weights=np.zeros(5),
    certificate=0.0,
)
SPACE = SpacePlacebos(
    study=STUDY,
    method="synthetic control",
    units=STUDY.units,
    estimates=np.array([2.0, -3.0, 1.0, -2.0, 0.5, 0.25]),
    pre_mspe=np.array([1.0, 4.0, 4.0, 1.0, 16.0, 1.0]),
    post_mspe=np.array([9.0, 4.0, 64.0, 9.0, 16.0, 4.0]),
    gaps=np.zeros((6, 7)),
    kept=np.ones(6, dtype=bool),
)
REFITS = Refits(
    kind="donor left out",
    treated="KAZ",
    outcome="arrests",
    method="synthetic control",
    estimate=1.5,
    labels=("KGZ", "TJK", "TKM"),
    estimates=np.array([1.25, 2.0, 0.5]),
    pre_rmspe=np.array([0.5, 0.25, 0.75]),
)
SEARCH = PredictorSearch(np.array([0.5, 0.5]), 2.0, 1.5, (("equal", 2.5), ("draw 1", 2.0), ("draw 2", 2.02)))


def same(found, columns):
    pd.testing.assert_frame_equal(found, pd.DataFrame(columns), check_exact=False, rtol=EXACT, atol=EXACT)


def test_table_of_a_study_gives_roles_and_reasons():
    study = replace(STUDY, dropped=(("MNG2", "no value in 2002"),))
    rows = [
        ("KAZ", "treated", ""),
        *((unit, "donor", "") for unit in UNITS[1:]),
        ("MNG2", "dropped", "no value in 2002"),
    ]
    same(study.table(), dict(zip(("unit", "role", "reason"), zip(*rows, strict=True), strict=True)))


def test_sentence_of_a_study_names_predictors_and_ten_of_the_dropped():
    dropped = tuple((f"U{i:02d}", "no value") for i in range(12))
    design = (
        "KAZ, treated from 2006, is compared with 5 donors in outcome: 5 times (2001-2005) before and 2 times "
        "(2006-2007) after."
    )
    assert STUDY.sentence() == design
    predictors = (Predictor.over("gdp", 2001, 2005, 2), *lags("outcome", [2004]))
    assert replace(STUDY, predictors=predictors, dropped=dropped[:10]).sentence() == (
        f"{design} Predictors: gdp 2001-2005, outcome 2004. Dropped: "
        + "; ".join(f"U{i:02d} (no value)" for i in range(10))
        + "."
    )
    assert replace(STUDY, dropped=dropped).sentence().endswith("; U09 (no value); and 2 more.")


def test_a_matrix_without_labels_is_numbered():
    study = Study.from_matrix(OUTCOMES[:, :3], n_pre=5)
    assert (study.units, study.outcome, study.first_treated) == (("unit 000", "unit 001", "unit 002"), "outcome", 5)
    assert (study.times, study.predictors, study.dropped, study.sd) == (tuple(range(7)), (), (), None)
    assert study.predictor_values.shape == (0, 3)
    frame = pd.DataFrame(OUTCOMES[:, :3], index=pd.Index(range(7), name="time"), columns=list(study.units))
    pd.testing.assert_frame_equal(study.frame(), frame)


def test_table_of_a_fit_has_a_row_per_time():
    columns = {"time": range(2001, 2008), "observed": OUTCOMES[:, 0], "synthetic": OUTCOMES[:, 0] - FIT.gap}
    same(FIT.table(), columns | {"gap": FIT.gap, "treated": [False] * 5 + [True] * 2})


def test_table_of_weights_is_sorted_and_leaves_out_the_smallest():
    fit = replace(FIT, weights=np.array([-0.25, 0.5, 4.9e-4, 0.5, 0.25]))
    same(fit.weights_table(), {"donor": ["TJK", "UZB", "MNG", "KGZ"], "weight": [0.5, 0.5, 0.25, -0.25]})
    assert fit.weights_table(smallest=0.25)["donor"].tolist() == ["TJK", "UZB", "MNG", "KGZ"]
    assert fit.weights_table(smallest=0.3)["donor"].tolist() == ["TJK", "UZB"]


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        (None, ""),
        (RidgePenalty(2.5, cross_validated=True), " Ridge penalty 2.5 (cross-validated)."),
        (RidgePenalty(1000.0, cross_validated=False), " Ridge penalty 1e+03 (given)."),
        (SEARCH, f" {SEARCH.sentence()}"),
    ],
)
def test_sentence_of_a_fit_adds_what_its_estimator_adds(detail, words):
    assert replace(FIT, detail=detail).sentence() == (
        "By synthetic control, outcome of KAZ differs by +3.5 from its counterfactual on average over 2 times from "
        "2006; root mean squared gap 1 over the 5 times before; 1.6 effective of 5 donors." + words
    )


def test_numbers_of_a_fit_by_hand():
    assert (FIT.pre_rmspe, FIT.post_rmspe) == pytest.approx((1.0, math.sqrt(12.5)), rel=EXACT)
    negative = replace(FIT, weights=np.array([1.5, -0.5, 0.0, 0.0, 0.0]))
    assert (FIT.effective_donors, negative.effective_donors) == pytest.approx((1.6, 1.6), rel=EXACT)


def test_search_of_predictor_weights_counts_ends_within_one_percent():
    same(SEARCH.table(), {"start": ["draw 1", "draw 2", "equal"], "loss": [2.0, 2.02, 2.5]})
    tied = replace(SEARCH, starts=(("b", 2.0), ("a", 2.0)))
    same(tied.table(), {"start": ["a", "b"], "loss": [2.0, 2.0]})
    bound = "loss 2 (no predictor weights can give less than 1.5)."
    assert SEARCH.sentence() == f"2 of 3 searches of the predictor weights ended within 1% of the best: {bound}"
    assert replace(SEARCH, starts=()).sentence() == f"The predictor weights were given or do not matter: {bound}"


def test_table_of_placebos_is_sorted_by_ratio_and_then_by_name():
    columns = {"unit": ["TJK", "KAZ", "TKM", "MNG", "KGZ", "UZB"], "treated": [False, True, *[False] * 4]}
    columns |= {"estimate": [1.0, 2.0, -2.0, 0.25, -3.0, 0.5], "pre_rmspe": [2.0, 1.0, 1.0, 1.0, 2.0, 4.0]}
    same(SPACE.table(), columns | {"mspe_ratio": [16.0, 9.0, 9.0, 4.0, 1.0, 1.0], "kept": [True] * 6})


@pytest.mark.parametrize(
    ("statistic", "words"),
    [
        (
            "mspe_ratio",
            "KAZ ranks 3 of 6 by ratio of mean squared gaps after and before under synthetic control: in-space placebo "
            "p = 0.500, smallest attainable 0.167.",
        ),
        (
            "absolute",
            "KAZ ranks 3 of 6 by absolute mean gap under synthetic control: in-space placebo p = 0.500, smallest "
            "attainable 0.167.",
        ),
        (
            "above",
            "KAZ ranks 1 of 6 by mean gap, upper tail under synthetic control: in-space placebo p = 0.167, smallest "
            "attainable 0.167.",
        ),
        (
            "below",
            "KAZ ranks 6 of 6 by mean gap, lower tail under synthetic control: in-space placebo p = 1.000, smallest "
            "attainable 0.167.",
        ),
    ],
)
def test_sentence_of_placebos_names_the_statistic(statistic, words):
    assert SPACE.sentence(statistic) == words


def test_placebos_left_out_count_neither_in_rank_nor_in_floor():
    few = replace(SPACE, kept=np.array([True, True, False, True, False, True]))
    assert few.sentence() == (
        "KAZ ranks 2 of 4 (2 placebos with a poor fit left out) by ratio of mean squared gaps after and before under "
        "synthetic control: in-space placebo p = 0.500, smallest attainable 0.250."
    )
    assert few.placebo_estimates.tolist() == [-3.0, -2.0, 0.25]
    assert few.table()["kept"].tolist() == [False, True, True, True, True, False]


@pytest.mark.parametrize("kind", ["donor left out", "placebo time"])
def test_table_of_refits_is_named_after_their_kind(kind):
    columns = {kind: REFITS.labels, "estimate": REFITS.estimates, "pre_rmspe": REFITS.pre_rmspe}
    same(replace(REFITS, kind=kind).table(), columns)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"kind": "placebo time", "labels": ("2001", "2002", "2003")},
            "Before the treatment, where there is no effect, placebo times give from +0.5 (2003) to +2 (2002)",
        ),
        (
            {},
            "With one donor left out at a time the estimate runs from +0.5 (TKM) to +2 (TJK); its sign does not change",
        ),
        (
            {"estimates": np.array([1.25, 2.0, -0.5])},
            "With one donor left out at a time the estimate runs from -0.5 (TKM) to +2 (TJK); its sign changes",
        ),
    ],
)
def test_sentence_of_refits_gives_their_range(changed, words):
    told = f"{words}; the estimate for arrests of KAZ is +1.5 (synthetic control)."
    assert replace(REFITS, **changed).sentence() == told
