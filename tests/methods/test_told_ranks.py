"""What ranks and regressions tell: every column, sentence and label of small results made by hand.

Authority: the docstrings of the results and functions. Expected numbers are fields given here or closed forms: the
normal tail by the error function, Student's t with 2 degrees of freedom, and counts with a constant rate.
"""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.methods.ranks import RankSets, TopSet, marginal, simultaneous, top_q
from analysis.methods.ranks_by_sd import RankSetsBySd, rank_set_by_sd, smallest_sd_covering
from analysis.methods.series import SeriesFit, regress
from analysis.methods.within import PanelFit, random_effects, within_ols

EXACT = 1e-9  # closed forms
MONTE_CARLO = 0.07  # relative: three standard errors of the 10% quantile of 20,000 absolute normal draws
NORMAL = NormalDist().inv_cdf(0.975)

RANKS = RankSets(
    unit=("NZL", "KGZ", "KAZ", "UZB"),
    estimate=np.array([8.875, 7.02, 6.99, 5.5]),
    standard_error=np.array([0.1, 0.3, 0.1, 0.2]),
    rank=np.array([1, 2, 3, 4]),
    lower=np.array([1, 1, 2, 2]),
    upper=np.array([2, 4, 4, 4]),
    population=5,
    coverage=0.975,
    scope="marginal",
    stepdown=True,
    draws=2000,
)
SWEPT = RankSetsBySd(
    unit="KAZ",
    rank=3,
    population=5,
    sd=np.array([0.1, 0.25]),
    lower=np.array([3, 1]),
    upper=np.array([3, 4]),
    target_rank=2,
    smallest_sd=0.21875,
    coverage=0.9,
)
SERIES = SeriesFit(
    names=("const", "law", "trend"),
    coefficients=np.array([0.0, -1.0, 0.25]),
    errors=np.array([1.0, 0.5, 0.5]),
    fitted=np.ones(24),
    degrees=math.inf,
    dispersion=1.25,
    log_likelihood=-30.0,
    theta=math.nan,
    family="poisson",
    error_type="quasi-likelihood",
)
PANEL = PanelFit(
    names=("const", "gdp", "war"),
    coefficients=np.array([10.0, -2.0, 0.5]),
    errors=np.array([4.0, 0.5, 1.0]),
    covariance=np.diag([16.0, 0.25, 1.0]),
    degrees=2.0,
    n=1500,
    n_groups=1200,
    model="within",
    error_type="cluster-robust (3 clusters)",
)


def quantile_of_two(share):
    """Return a quantile of Student's t with 2 degrees of freedom."""
    return (2 * share - 1) / math.sqrt(2 * share * (1 - share))


def tails_of_two(t):
    """Return the two-sided p of Student's t with 2 degrees of freedom."""
    return 1 - abs(t) / math.sqrt(2 + t * t)


def same(found, columns, index=None):
    pd.testing.assert_frame_equal(found, pd.DataFrame(columns, index=index), check_exact=False, rtol=EXACT, atol=0)


def test_table_of_rank_sets_has_a_row_per_unit():
    fields = ("unit", "estimate", "standard_error", "rank", "lower", "upper")
    same(RANKS.table(), {name: getattr(RANKS, name) for name in fields} | {"ranks_in_set": [2, 4, 3, 3]})


@pytest.mark.parametrize(
    ("changed", "unit", "words"),
    [
        (
            {},
            None,
            "The marginal 97.5% confidence sets of 4 units among 5 hold a median of 3 ranks, from 2 to 4 "
            "(step-down max-t, 2,000 draws, independent normal errors).",
        ),
        (
            {"stepdown": False, "scope": "simultaneous", "coverage": 0.95},
            "KGZ",
            "KGZ has rank 2 of 5 (score 7.02); the simultaneous 95% confidence set for its rank is 1 to 4 "
            "(single-step max-t, 2,000 draws, independent normal errors).",
        ),
        (
            {"unit": ("KAZ",), "estimate": np.array([6.99]), "rank": np.array([3]), "draws": 100},
            None,
            "KAZ has rank 3 of 5 (score 6.99); the marginal 97.5% confidence set for its rank is 1 to 2 "
            "(step-down max-t, 100 draws, independent normal errors).",
        ),
    ],
)
def test_sentence_of_rank_sets_sums_up_or_names_one_unit(changed, unit, words):
    assert replace(RANKS, **changed).sentence(unit) == words


def test_top_set_lists_the_members_only():
    sets = replace(RANKS, lower=np.array([1, 3, 2, 4]), coverage=0.9)
    top = TopSet(2, ("NZL", "KAZ"), sets)
    columns = {"unit": ["NZL", "KAZ"], "estimate": [8.875, 6.99], "standard_error": [0.1, 0.1], "rank": [1, 3]}
    same(top.table(), columns | {"lower": [1, 2]})
    assert top.sentence() == (
        "With 90% confidence the 2 best of 5 units are all among these 2: NZL, KAZ "
        "(step-down max-t, 2,000 draws, independent normal errors)."
    )


def test_rank_sets_carry_how_they_were_made():
    scores, options = [3.0, 2.0, 1.5, 0.0], {"seed": 4, "coverage": 0.8, "stepdown": False, "draws": 100}
    every, one = simultaneous(scores, 0.5, **options), marginal(scores, 0.5, only=["2", "0"], **options)
    for sets, scope, units in ((every, "simultaneous", ("0", "1", "2", "3")), (one, "marginal", ("0", "2"))):
        told = (sets.scope, sets.unit, sets.population, sets.coverage, sets.stepdown, sets.draws)
        assert told == (scope, units, 4, 0.8, False, 100)
    pd.testing.assert_frame_equal(top_q(scores, 0.5, q=2, **options).sets.table(), every.table())
    assert top_q(scores, 0.5, q=2, **options).sets.method() == every.method()


def test_sets_by_sd_tell_each_sd_and_whether_the_target_is_covered():
    same(SWEPT.table(), {"sd": SWEPT.sd, "lower": [3, 1], "upper": [3, 4], "covers_target": [False, True]})
    assert replace(SWEPT, target_rank=3).table()["covers_target"].tolist() == [True, True]
    assert replace(SWEPT, target_rank=4).table()["covers_target"].tolist() == [False, True]
    assert SWEPT.sentence() == (
        "KAZ has rank 3 of 5; the marginal 90% confidence set for its rank is 3 to 3 at an assumed sd of 0.1, 1 to 4 "
        "at an assumed sd of 0.25; it first covers rank 2 at an sd of 0.219 (step-down max-t, independent normal "
        "errors)."
    )


def test_sets_by_sd_are_the_marginal_sets_with_the_same_options():
    scores, options = [4.0, 3.0, 2.5, 1.0], {"seed": 5, "coverage": 0.7, "draws": 150}
    swept = rank_set_by_sd(scores, "1", sds=[1.5, 0.4], **options)
    assert (swept.unit, swept.rank, swept.population, swept.coverage) == ("1", 2, 4, 0.7)
    assert swept.target_rank == 2
    assert isinstance(swept.target_rank, int)
    alone = [marginal(scores, sd, only=["1"], **options) for sd in (0.4, 1.5)]
    assert swept.lower.tolist() == [sets.lower[0] for sets in alone]
    assert swept.upper.tolist() == [sets.upper[0] for sets in alone]
    far = rank_set_by_sd(scores, "0", sds=[1.0], target_rank=4, **options)
    assert far.smallest_sd == smallest_sd_covering(scores, "0", target_rank=4, **options) > 0
    for values in (swept.sd, swept.lower, swept.upper):
        assert not values.flags.writeable


@pytest.mark.parametrize("coverage", [0.1, 0.3])
def test_smallest_sd_may_exceed_the_spread_of_the_scores(coverage):
    """Two units a distance 1 apart: covered once 1 / (sqrt(2) sd) falls to the two-sided normal quantile."""
    sd = smallest_sd_covering([1.0, 0.0], "1", target_rank=1, seed=2, coverage=coverage, draws=20_000)
    assert sd > 1
    assert sd == pytest.approx(1 / (math.sqrt(2) * NormalDist().inv_cdf((1 + coverage) / 2)), rel=MONTE_CARLO)


@pytest.mark.parametrize("family", ["poisson", "gaussian"])
@pytest.mark.parametrize("level", [0.95, 0.5])
def test_table_of_a_series_has_rate_ratios_for_counts_only(family, level):
    half = NormalDist().inv_cdf(0.5 + level / 2) * np.array([1.0, 0.5, 0.5])
    columns = {"estimate": SERIES.coefficients, "error": SERIES.errors, "z": [0.0, -2.0, 0.5]}
    ends = {"lower": SERIES.coefficients - half, "upper": SERIES.coefficients + half}
    columns |= {**ends, "p": [1.0, math.erfc(math.sqrt(2)), math.erfc(0.5 / math.sqrt(2))]}
    if family == "poisson":
        columns |= {"rate_ratio": np.exp(SERIES.coefficients)}
        columns |= {"ratio_lower": np.exp(ends["lower"]), "ratio_upper": np.exp(ends["upper"])}
    found = replace(SERIES, family=family).table(level=level)
    same(found, columns, pd.Index(["const", "law", "trend"], name="term"))


def test_sentence_of_a_series_says_the_last_term_or_the_one_named():
    assert SERIES.sentence("law") == (
        "The rate ratio of law is 0.3679 (95% interval 0.1381 to 0.9802, p = 0.0455; poisson regression on 24 "
        "periods, quasi-likelihood errors, dispersion 1.25)."
    )
    assert replace(SERIES, family="gaussian", error_type="model-based").sentence() == (
        "The coefficient of trend is 0.25 (95% interval -0.73 to 1.23, p = 0.617; gaussian regression on 24 periods, "
        "model-based errors, dispersion 1.25)."
    )
    assert math.exp(-1 - NORMAL / 2) == pytest.approx(0.1381, abs=5e-5)


def test_student_intervals_of_a_series_use_its_degrees():
    table = replace(SERIES, degrees=2.0).table()
    assert table.loc["law", "upper"] == pytest.approx(-1 + 0.5 * quantile_of_two(0.975), rel=EXACT)
    assert table.loc["law", "p"] == pytest.approx(tails_of_two(-2.0), rel=EXACT)


@pytest.mark.parametrize(
    ("n", "options", "words"),
    [
        (50, {}, "model-based"),
        (50, {"covariance": "quasi"}, "quasi-likelihood"),
        (50, {"covariance": "hac"}, "Newey-West (lag 3)"),
        (300, {"covariance": "hac"}, "Newey-West (lag 5)"),
        (50, {"covariance": "hac", "small_sample": True}, "Newey-West (lag 3, small-sample)"),
        (12, {"covariance": "hac", "lags": 11}, "Newey-West (lag 11)"),
        (12, {"covariance": "hac", "lags": 0}, "Newey-West (lag 0)"),
    ],
)
def test_errors_of_a_series_are_named(n, options, words):
    y = 3.0 + np.arange(n) % 4
    fit = regress(y, np.arange(n) % 3 == 0, **options)
    assert fit.error_type == words
    assert fit.names == ("const", "x0")
    assert fit.degrees == (n - 2 if options.get("small_sample") else math.inf)


@pytest.mark.parametrize("lags", [-1, 12])
def test_lags_are_fewer_than_periods(lags):
    with pytest.raises(InputError, match=f"{lags} lags for 12 periods"):
        regress(np.arange(12.0), np.empty((12, 0)), covariance="hac", lags=lags)


def test_counts_with_a_constant_rate_are_in_closed_form():
    y, exposure = np.array([2.0, 5, 4, 8, 1, 4]), np.array([1.0, 2, 1, 3, 1, 4])
    fit = regress(y, np.empty((6, 0)), offset=np.log(exposure))
    mean = exposure * 24 / 12
    assert fit.fitted == pytest.approx(mean, rel=EXACT)
    assert fit.dispersion == pytest.approx(((y - mean) ** 2 / mean).sum() / 5, rel=EXACT)
    likelihood = sum(k * math.log(m) - m - math.lgamma(k + 1) for k, m in zip(y, mean, strict=True))
    assert fit.log_likelihood == pytest.approx(likelihood, rel=EXACT)
    assert (fit.family, math.isnan(fit.theta)) == ("poisson", True)
    assert fit.errors[0] == pytest.approx(1 / math.sqrt(24), rel=EXACT)
    quasi = regress(y, np.empty((6, 0)), offset=np.log(exposure), covariance="quasi")
    assert quasi.errors[0] == pytest.approx(math.sqrt(fit.dispersion / 24), rel=EXACT)
    for values in (fit.coefficients, fit.errors, fit.fitted):
        assert not values.flags.writeable


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning:statsmodels")
def test_a_series_with_as_many_terms_as_periods_has_no_dispersion():
    fit = regress([2.0, 3.0], [0.0, 1.0])
    assert fit.fitted == pytest.approx([2.0, 3.0])
    assert math.isnan(fit.dispersion)


@pytest.mark.parametrize("level", [0.95, 0.5])
def test_table_of_a_panel_uses_student_with_its_degrees(level):
    half = quantile_of_two(0.5 + level / 2) * PANEL.errors
    columns = {"estimate": PANEL.coefficients, "error": PANEL.errors, "t": [2.5, -4.0, 0.5]}
    columns |= {"p": [tails_of_two(t) for t in (2.5, -4.0, 0.5)]}
    columns |= {"lower": PANEL.coefficients - half, "upper": PANEL.coefficients + half}
    same(PANEL.table(level=level), columns, pd.Index(["const", "gdp", "war"], name="term"))


def test_sentence_of_a_panel_says_the_first_regressor_or_the_one_named():
    tail = "within regression on 1,500 rows in 1,200 groups, cluster-robust (3 clusters) errors, t with 2 degrees of "
    assert PANEL.sentence() == (
        f"One unit more of gdp goes with -2 in the outcome (95% interval -4.151 to 0.1513, p = 0.0572; {tail}freedom)."
    )
    assert PANEL.sentence("war") == (
        f"One unit more of war goes with +0.5 in the outcome (95% interval -3.803 to 4.803, p = 0.667; {tail}freedom)."
    )
    alone = replace(PANEL, names=("const",), coefficients=np.array([10.0]), errors=np.array([4.0]))
    assert alone.sentence().startswith("One unit more of const goes with +10 in the outcome")


def test_panel_fits_carry_their_model_rows_groups_and_errors():
    rng = np.random.default_rng(2)
    groups, x, y = np.repeat(np.arange(3), 5), rng.normal(size=15), rng.normal(size=15)
    pooled, within = within_ols(y, x), within_ols(y, x, groups=groups, cluster=np.arange(15) % 5)
    random = random_effects(y, x, groups=groups)  # the fewest groups that two means can be regressed on with an error
    told = [(f.names, f.model, f.n, f.n_groups, f.error_type, f.degrees) for f in (pooled, within, random)]
    assert told == [
        (("const", "x0"), "pooled", 15, 1, "classical", 13.0),
        (("x0",), "within", 15, 3, "cluster-robust (5 clusters)", 4.0),
        (("const", "x0"), "random effects", 15, 3, "classical", 13.0),
    ]
    with pytest.raises(InputError, match="too few groups"):
        random_effects(y, x, groups=groups > 0)
    for values in (random.coefficients, random.errors, random.covariance):
        assert not values.flags.writeable
