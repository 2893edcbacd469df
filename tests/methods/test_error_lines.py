"""The line that a user reads for every fault that a regression refuses, word for word.

The authority is the section "Raises" of each function and the form of a line in `analysis.errors`: where, what, remedy.
"""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.errors import AnalysisError, InputError
from analysis.methods._effects import check_identified, cluster_factor, codes, columns
from analysis.methods.fixed_effects_poisson import ConditionalPoissonFit, conditional_poisson
from analysis.methods.its import interrupted_series
from analysis.methods.local_projections import local_projections
from analysis.methods.prepared import prepare_conditional_poisson, prepare_within
from analysis.methods.series import SeriesFit, regress
from analysis.methods.within import PanelFit, random_effects, within_ols

NAN, INF = float("nan"), float("inf")
Y, X, G = [1.0, 0.0, 2.0, 1.0], pd.DataFrame({"b": [0.0, 1.0, 1.0, 0.0]}), [0, 0, 1, 1]
HOLE, GAP, SHORT = [1.0, NAN, 2.0, 1.0], ["a", None, "b", "b"], [0, 0, 1]
SIX, THREE = [1.0, 2.0, 4.0, 3.0, 5.0, 9.0], [0, 0, 1, 1, 2, 2]
TWO, NAMES = np.ones(2), ("a", "b")

poisson, panel = partial(conditional_poisson, Y), partial(within_ols, Y)
gaussian = partial(regress, Y, X, family="gaussian")
lagged = partial(gaussian, covariance="hac")
step = partial(interrupted_series, SIX, family="gaussian", trend=False)
ahead = partial(local_projections, horizons=[0])
swamy = partial(random_effects, SIX, [0.0, 1.0, 1.0, 3.0, 2.0, 5.0])
factor = partial(cluster_factor, n=4, parameters=1)
rates = ConditionalPoissonFit(NAMES, TWO, TWO, np.eye(2), 0.0, 4, 4, 2, 0, 2, "none", 1)
levels = SeriesFit(NAMES, TWO, TWO, np.ones(4), INF, 1.0, 0.0, NAN, "gaussian", "model-based")
slopes = PanelFit(NAMES, TWO, TWO, np.eye(2), 2.0, 4, 1, "pooled", "classical")


def remains(share: float) -> None:
    """Check a column of size 1 of which this much is left after the effects."""
    check_identified(("b",), np.ones((1, 1)), np.full((1, 1), share))


def starred(x: list[float]) -> ConditionalPoissonFit:
    """Fit a regressor to counts of which the second is the only zero."""
    return conditional_poisson(Y, pd.DataFrame({"b": x}), groups=G)


LINES = [
    ("labels: few", lambda: codes(["a", "b"], 3, "unit"), "unit: 2 labels for 3 rows; give one label per row"),
    ("labels: many", lambda: codes(["a", "b"], 1, "unit"), "unit: 2 labels for 1 rows; give one label per row"),
    (
        "labels: missing",
        lambda: codes(["a", None], 2, "unit"),
        "unit: labels are missing; drop or fill the rows without a label",
    ),
    ("rows: few", lambda: columns([1.0] * 2, 3), "x: 2 rows where the outcome has 3; align the rows"),
    ("rows: many", lambda: columns([1.0] * 4, 3), "x: 4 rows where the outcome has 3; align the rows"),
    ("missing", lambda: columns([1.0, NAN], 2), "x: values are missing or infinite; drop or fill these rows"),
    ("infinite", lambda: columns([1.0, INF], 2), "x: values are missing or infinite; drop or fill these rows"),
    (
        "no variation",
        lambda: remains(1e-9),
        "b: has no variation left once effects and other regressors are taken out; drop it or choose coarser effects",
    ),
    ("clusters: one", lambda: factor("full", clusters=1), "cluster: fewer than two clusters; cluster on a finer unit"),
    (
        "correction",
        lambda: factor("half", clusters=2),
        "small_sample: unknown correction 'half'; use none, clusters or full",
    ),
    (
        "poisson: negative",
        lambda: conditional_poisson([1.0, -0.5, 2.0, 1.0], X, groups=G),
        "y: counts are negative; give counts or rates of at least 0",
    ),
    (
        "poisson: no event",
        lambda: conditional_poisson([0.0] * 4, X, groups=G),
        "y: no group has an event; check the outcome",
    ),
    (
        "poisson: no event in both factors",
        lambda: conditional_poisson([0.0] * 4, X, groups=G, also=[0, 1, 0, 1]),
        "y: no group has an event; check the outcome",
    ),
    (
        "poisson: above zero without event",
        lambda: starred([0.0, 1.0, 0.0, 0.0]),
        "b: no event happens where it is not zero; drop it or widen its window",
    ),
    (
        "poisson: below zero without event",
        lambda: starred([0.0, -1.0, 0.0, 0.0]),
        "b: no event happens where it is not zero; drop it or widen its window",
    ),
    (
        "poisson: y",
        lambda: conditional_poisson(HOLE, X, groups=G),
        "y: values are missing or infinite; drop or fill these rows",
    ),
    ("poisson: x", lambda: poisson(X[:3], groups=G), "x: 3 rows where the outcome has 4; align the rows"),
    (
        "poisson: offset",
        lambda: poisson(X, groups=G, offset=[0.0] * 3),
        "offset: 3 rows where the outcome has 4; align the rows",
    ),
    ("poisson: groups", lambda: poisson(X, groups=SHORT), "groups: 3 labels for 4 rows; give one label per row"),
    ("poisson: also", lambda: poisson(X, groups=G, also=SHORT), "also: 3 labels for 4 rows; give one label per row"),
    (
        "poisson: cluster",
        lambda: poisson(X, groups=G, cluster=GAP),
        "cluster: labels are missing; drop or fill the rows without a label",
    ),
    ("poisson: term", lambda: rates.sentence("c"), "c: unknown regressor; choose one of a, b"),
    (
        "prepared: y",
        lambda: prepare_conditional_poisson(HOLE, groups=G),
        "y: values are missing or infinite; drop or fill these rows",
    ),
    (
        "prepared: cluster",
        lambda: prepare_within(Y, groups=G, cluster=SHORT),
        "cluster: 3 labels for 4 rows; give one label per row",
    ),
    ("panel: y", lambda: within_ols(HOLE, X), "y: values are missing or infinite; drop or fill these rows"),
    ("panel: x", lambda: panel(X[:3]), "x: 3 rows where the outcome has 4; align the rows"),
    ("panel: groups", lambda: panel(X, groups=SHORT), "groups: 3 labels for 4 rows; give one label per row"),
    ("panel: also", lambda: panel(X, groups=G, also=SHORT), "also: 3 labels for 4 rows; give one label per row"),
    ("panel: also alone", lambda: panel(X, also=G), "also: second effects without first; give them as groups"),
    ("panel: cluster", lambda: panel(X, cluster=SHORT), "cluster: 3 labels for 4 rows; give one label per row"),
    (
        "panel: degrees",
        lambda: within_ols([1.0, 2.0], [0.0, 1.0]),
        "x: no degrees of freedom left; use fewer regressors or effects",
    ),
    ("panel: term", lambda: slopes.sentence("c"), "c: unknown regressor; choose one of a, b"),
    (
        "random effects: groups",
        lambda: swamy(groups=[0, 0, 0, 1, 1, 1]),
        "groups: too few groups for random effects; use within_ols",
    ),
    ("series: y", lambda: regress(HOLE, X), "y: values are missing or infinite; drop or fill these rows"),
    ("series: x", lambda: regress(Y, X[:3]), "x: 3 rows where the outcome has 4; align the rows"),
    (
        "series: offset",
        lambda: regress(Y, X, offset=[0.0] * 3),
        "offset: 3 rows where the outcome has 4; align the rows",
    ),
    (
        "series: constant",
        lambda: regress(Y, pd.DataFrame({"b": [2.0] * 4})),
        "b: has no variation left once effects and other regressors are taken out; drop it or choose coarser effects",
    ),
    (
        "series: family",
        lambda: regress(Y, X, family="gamma"),
        "family: unknown family 'gamma'; use poisson, gaussian, negative binomial",
    ),
    (
        "series: negative",
        lambda: regress([1.0, -0.5, 2.0, 1.0], X),
        "y: counts are negative, or an offset is given for levels; change the family",
    ),
    (
        "series: offset of levels",
        lambda: gaussian(offset=[0.0] * 4),
        "y: counts are negative, or an offset is given for levels; change the family",
    ),
    (
        "series: covariance",
        lambda: gaussian(covariance="white"),
        "covariance: unknown covariance 'white'; use model, quasi or hac",
    ),
    ("series: lags below", lambda: lagged(lags=-1), "lags: -1 lags for 4 periods; use 0 to 3"),
    ("series: lags above", lambda: lagged(lags=4), "lags: 4 lags for 4 periods; use 0 to 3"),
    ("series: term", lambda: levels.sentence("c"), "c: unknown regressor; choose one of a, b"),
    ("step: first", lambda: step(start=0), "start: 0 leaves no period before or after; use 1 to 5"),
    ("step: last", lambda: step(start=6), "start: 6 leaves no period before or after; use 1 to 5"),
    ("ahead: y", lambda: ahead(HOLE, Y), "y: values are missing or infinite; drop or fill these rows"),
    ("ahead: shock", lambda: ahead(Y, HOLE), "shock: values are missing or infinite; drop or fill these rows"),
    ("ahead: unit", lambda: ahead(Y, Y, unit=SHORT), "unit: 3 labels for 4 rows; give one label per row"),
    (
        "ahead: period twice",
        lambda: ahead(Y, Y, time=[0, 1, 1, 2]),
        "time: a unit has a period twice; aggregate to one row per period",
    ),
    (
        "ahead: estimator",
        lambda: ahead(Y, Y, estimator="poisson"),
        "estimator: a single series needs ols; give units, or use ols",
    ),
]

FAILURES = [
    (
        "series: rate of zero",
        lambda: regress([0.0, 2.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0]),
        "poisson: a rate runs to zero where some term applies; drop that term",
    ),
    (
        "series: no overdispersion",
        lambda: regress([2.0, 2.0, 3.0, 2.0], X, family="negative binomial"),
        "negative binomial: no overdispersion to estimate; use poisson",
    ),
]

ALLOWED = [
    ("a little variation", lambda: remains(2e-9)),
    ("two clusters", lambda: factor("full", clusters=2)),
    ("a count of 0", lambda: poisson(X, groups=G)),
    ("an event where it is not zero", lambda: starred([1.0, 0.0, 0.0, 0.0])),
    ("both signs", lambda: starred([0.0, 1.0, -1.0, 1.0])),
    ("one degree of freedom", lambda: within_ols([1.0, 2.0, 4.0], [0.0, 1.0, 1.0])),
    ("a group more than parameters", lambda: swamy(groups=THREE)),
    ("levels below 0", lambda: regress([1.0, -0.5, 2.0, 1.0], X, family="gaussian")),
    ("a series with a count of 0", lambda: regress(Y, X)),
    ("no lag", lambda: lagged(lags=0)),
    ("the most lags", lambda: lagged(lags=3)),
    ("the first start", lambda: step(start=1)),
    ("the last start", lambda: step(start=5)),
    ("a period in three units", lambda: ahead(SIX, [0.0, 1.0, 0.0, 2.0, 0.0, 5.0], unit=THREE, time=[0, 1] * 3)),
]


@pytest.mark.parametrize(("call", "line"), [pytest.param(*case, id=name) for name, *case in LINES])
def test_a_fault_is_said_in_these_words(call, line):
    with pytest.raises(InputError) as error:
        call()
    assert error.value.line() == line


@pytest.mark.parametrize(("call", "line"), [pytest.param(*case, id=name) for name, *case in FAILURES])
def test_a_fit_that_fails_is_said_in_these_words(call, line):
    with pytest.raises(AnalysisError) as error:
        call()
    assert error.value.line() == line


def test_a_series_whose_fit_does_not_end_says_so(monkeypatch):
    stopped = SimpleNamespace(fit=lambda **options: SimpleNamespace(converged=False))
    monkeypatch.setattr("analysis.methods.series.GLM", lambda *args, **options: stopped)
    with pytest.raises(AnalysisError) as error:
        regress(Y, X)
    assert error.value.line() == "poisson: the regression does not converge; use fewer regressors"


def test_a_poisson_fit_that_does_not_end_says_so(monkeypatch):
    monkeypatch.setattr("analysis.methods._poisson_solver.MOST_STEPS", 0)
    with pytest.raises(AnalysisError) as error:
        poisson(X, groups=G)
    assert error.value.line() == "conditional Poisson: the Poisson fit does not converge; check for separation"


@pytest.mark.parametrize("call", [pytest.param(call, id=name) for name, call in ALLOWED])
def test_what_lies_just_inside_a_bound_is_not_refused(call):
    call()
