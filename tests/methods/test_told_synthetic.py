"""What synthetic controls tell: every column and sentence of a study, its fit and its placebos, made by hand.

Authority: the docstrings of the results. Expected numbers are fields given here, or means and ranks of a few of them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.methods.synthetic import Refits, RidgePenalty, SpacePlacebos, Study, SyntheticFit

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
)
SPACE = SpacePlacebos(
    study=STUDY,
    method="synthetic control",
    units=STUDY.units,
    estimates=np.array([2.0, -3.0, 1.0, -2.0, 0.5, 0.25]),
    pre_mspe=np.array([1.0, 4.0, 4.0, 1.0, 16.0, 1.0]),
    post_mspe=np.array([9.0, 4.0, 64.0, 9.0, 16.0, 4.0]),
    gaps=np.zeros((6, 7)),
)
REFITS = Refits(
    treated="KAZ",
    outcome="arrests",
    method="synthetic control",
    estimate=1.5,
    labels=("KGZ", "TJK", "TKM"),
    estimates=np.array([1.25, 2.0, 0.5]),
    pre_rmspe=np.array([0.5, 0.25, 0.75]),
)


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


def test_a_matrix_without_labels_is_numbered():
    study = Study.from_matrix(OUTCOMES[:, :3], n_pre=5)
    assert (study.units, study.outcome, study.first_treated) == (("unit 000", "unit 001", "unit 002"), "outcome", 5)
    assert (study.times, study.dropped, study.sd) == (tuple(range(7)), (), None)


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
    ],
)
def test_sentence_of_a_fit_adds_what_its_estimator_adds(detail, words):
    assert replace(FIT, detail=detail).sentence() == (
        "By synthetic control, outcome of KAZ differs by +3.5 from its counterfactual on average over 2 times from "
        "2006; root mean squared gap 1 over the 5 times before; 1.6 effective of 5 donors." + words
    )


def test_numbers_of_a_fit_by_hand():
    assert FIT.pre_rmspe == pytest.approx(1.0, rel=EXACT)
    negative = replace(FIT, weights=np.array([1.5, -0.5, 0.0, 0.0, 0.0]))
    assert (FIT.effective_donors, negative.effective_donors) == pytest.approx((1.6, 1.6), rel=EXACT)


def test_table_of_placebos_is_sorted_by_ratio_and_then_by_name():
    columns = {"unit": ["TJK", "KAZ", "TKM", "MNG", "KGZ", "UZB"], "treated": [False, True, *[False] * 4]}
    columns |= {"estimate": [1.0, 2.0, -2.0, 0.25, -3.0, 0.5], "pre_rmspe": [2.0, 1.0, 1.0, 1.0, 2.0, 4.0]}
    same(SPACE.table(), columns | {"mspe_ratio": [16.0, 9.0, 9.0, 4.0, 1.0, 1.0]})


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


def test_table_and_sentence_of_refits_give_their_range():
    same(REFITS.table(), {"donor left out": REFITS.labels, "estimate": REFITS.estimates, "pre_rmspe": REFITS.pre_rmspe})
    flipped = replace(REFITS, estimates=np.array([1.25, 2.0, -0.5]))
    for refits, low, sign in ((REFITS, "+0.5", "does not change"), (flipped, "-0.5", "changes")):
        assert refits.sentence() == (
            f"With one donor left out at a time the estimate runs from {low} (TKM) to +2 (TJK); its sign {sign}; the "
            "estimate for arrests of KAZ is +1.5 (synthetic control)."
        )
