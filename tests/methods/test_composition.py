"""Decompositions and 2 x 2 tables against Das Gupta (1993), Newcombe (1998), Fisher, SciPy and closed forms."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from analysis.errors import InputError
from analysis.methods.composition import change_of_share, difference_of_proportions, exact_2x2, kitagawa, share_changes

PRINTED = 1e-3  # Das Gupta's example, printed to three decimals
NEWCOMBE = 5e-5  # his Table II, four decimals
SAME = 1e-9  # identities and other implementations
R_ROOT = 1e-4  # R's fisher.test: its root finder stops at 1.2e-4 (on 1/odds for the upper end, so that is not compared)


def test_two_factors_are_das_gupta_example_2_1():
    # Mean earnings as earnings per earner times earners per person, US men 1980.
    found = kitagawa(10930, 0.717892, 16591, 0.825974, factors=("earnings per earner", "share of earners"))
    assert found.first.sum() == pytest.approx(4369.913, abs=PRINTED)
    assert found.second.sum() == pytest.approx(1487.262, abs=PRINTED)
    assert "+4370 from earnings per earner and +1487 from share of earners" in found.sentence()


def test_tea_tasting_is_fisher_1935():
    found = exact_2x2([[3, 1], [1, 3]])
    # R's fisher.test of the tea: twice the .242857 of as many cups or more, as the margins are alike.
    assert found.p_fisher == pytest.approx(0.4857143, abs=1e-6)
    # The conditional estimate makes the expected cell equal to the one seen: weights C(4, k) C(4, 4 - k) odds^k.
    weights = np.array([1, 16, 36, 16, 1]) * found.estimate ** np.arange(5)
    assert np.arange(5) @ weights / weights.sum() == pytest.approx(3, abs=SAME)
    assert (found.estimate, found.lower) == pytest.approx((6.408309, 0.2117329), rel=R_ROOT)


@pytest.mark.parametrize(
    ("x1", "n1", "x2", "n2", "interval"),
    [
        (56, 70, 48, 80, (0.0524, 0.3339)), (9, 10, 3, 10, (0.1705, 0.8090)), (6, 7, 2, 7, (0.0582, 0.8062)),
        (5, 56, 0, 29, (-0.0381, 0.1926)), (0, 10, 0, 20, (-0.1611, 0.2775)), (10, 10, 0, 10, (0.6075, 1.0)),
    ],
)  # fmt: skip
def test_differences_are_newcombe_table_2_method_10(x1, n1, x2, n2, interval):
    estimate, *ends = difference_of_proportions(x1, n1, x2, n2)
    assert ends == pytest.approx(interval, abs=NEWCOMBE)
    assert estimate == pytest.approx(x1 / n1 - x2 / n2)


DAYS = {"first": "2019-01-01", "turn": "2020-01-01", "last": "2020-12-31"}


def dated(later, before, *, name="organisations"):
    """Return events with as many hits and misses on the first and last day of each period, and a hit before both."""
    rows = [("2020-01-01", True)] * later[0] + [("2020-12-31", False)] * later[1]
    rows += [("2019-01-01", True)] * before[0] + [("2019-12-31", False)] * before[1] + [("2018-12-31", True)]
    return pd.Series([hit for _, hit in rows], index=[date for date, _ in rows], name=name)


def test_difference_interval_and_test_and_with_one_event_one_kind_or_none_there_is_nothing_to_test():
    found = change_of_share(dated((4, 1), (1, 10)), **DAYS)
    assert (found.hits, found.events, found.n, found.all_hits) == ((4, 1), (5, 11), 16, 5)
    assert found.estimate == pytest.approx(100 * (4 / 5 - 1 / 11))
    ends = confint_proportions_2indep(4, 5, 1, 11, method="newcomb", compare="diff")
    assert (found.lower, found.upper) == pytest.approx([100 * end for end in ends])
    # The mid-p: all tables no likelier than this one, this one at half weight.
    chances = stats.hypergeom(16, 5, 5).pmf(np.arange(6))
    assert found.p_value == pytest.approx(chances[chances <= chances[4] * (1 + 1e-9)].sum() - chances[4] / 2)
    assert np.isnan(change_of_share(dated((1, 0), (1, 4)), **DAYS).least_without_one)
    found = change_of_share(dated((0, 3), (0, 3)), **DAYS)
    assert (found.estimate, found.p_value) == (0, 1)
    assert change_of_share(dated((0, 12), (11, 1)), **DAYS).minimum_detectable_effect == np.inf
    with pytest.raises(InputError, match="a period has no event"):
        change_of_share(dated((0, 0), (1, 1)), **DAYS)


@pytest.mark.parametrize("counts", [((4, 1), (1, 10)), ((1, 4), (0, 11)), ((2, 0), (3, 3))])
def test_least_difference_without_one_event_by_brute_force(counts):
    hits = dated(*counts)
    without = [hits.iloc[[j for j in range(len(hits)) if j != i]] for i in range(len(hits) - 1)]
    brute = min(change_of_share(part, **DAYS).estimate for part in without)
    assert change_of_share(hits, **DAYS).least_without_one == pytest.approx(brute)


@pytest.mark.parametrize("hits", [1, 5])
def test_the_detectable_rise_is_found_with_the_power_asked_for(hits):
    each = [change_of_share(dated((k, 12 - k), (hits, 12 - hits)), **DAYS) for k in range(13)]
    share = each[0].minimum_detectable_effect / 100 + hits / 12
    rejects = [found.p_value <= 0.05 and k > hits for k, found in enumerate(each)]
    power = [stats.binom.pmf(np.arange(13), 12, p) @ rejects for p in (share - 0.01, share)]
    assert power[0] < 0.8 <= power[1]


def test_many_units_are_compared_one_by_one():
    columns = ([6, 0], [10, 5], [13, 0], [26, 7])
    found = share_changes(*(pd.Series(values, index=["a", "b"]) for values in columns))
    ends = [*difference_of_proportions(13, 26, 6, 10), *proportion_confint(13, 26, method="wilson")]
    row = [0.6, 0.5, *ends, stats.fisher_exact([[13, 13], [6, 4]]).pvalue]
    assert found.table().loc["a"].tolist() == pytest.approx(row)
    assert found.table().loc["b", "p_fisher"] == 1
