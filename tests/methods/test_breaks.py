"""Dates of breaks against strucchange and Bai and Perron (2003), ruptures, and brute force over all partitions."""

from __future__ import annotations

import warnings
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.methods.breaks import date_breaks
from tests.shared import shared_file

UNIT = 1.0  # row C6: printed as whole numbers
SUM_OF_SQUARES = 0.1  # row C7: printed to one decimal
MEAN = 1e-4  # row C7: printed to four decimals
SAME = 1e-8  # same minimum, other order of summation
SHIFTED = 1e-6  # the same after 1e6 is added to the series: 6 of 16 digits are spent on the level


def r_series(name: str) -> np.ndarray:
    """Read an R time series stored as a one-column matrix, which rdata's own constructor of "ts" cannot."""
    import rdata

    constructors = {**rdata.conversion.DEFAULT_CLASS_MAP, "ts": lambda values, _: np.asarray(values).ravel()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        parsed = rdata.parser.parse_file(shared_file(f"validation/{name}.rda"))
        return rdata.conversion.convert(parsed, constructors)[name]


@pytest.fixture(scope="module")
def nile() -> np.ndarray:
    from statsmodels.datasets import nile as data

    return data.load_pandas().data["volume"].to_numpy()


def test_nile_is_strucchange(nile):
    found = date_breaks(nile)
    assert found.breaks[1] == (28,)
    assert found.breaks[2] == (28, 83)
    assert found.rss[:2] == pytest.approx([2835157, 1597457], abs=UNIT)
    assert found.bic[:3] == pytest.approx([1318, 1270, 1276], abs=UNIT)
    assert found.chosen == 1
    assert "1 break, after period 28 of 100" in found.sentence()


def test_real_interest_rate_is_bai_perron_table_1():
    rate = r_series("RealInt")
    found = date_breaks(rate, h=15, n_breaks=3)
    assert found.breaks[1:4] == ((79,), (47, 79), (24, 47, 79))
    assert found.rss[:4] == pytest.approx([1214.9, 645.0, 456.0, 445.2], abs=SUM_OF_SQUARES)
    assert found.bic[:4] == pytest.approx([555.7, 499.8, 473.3, 480.1], abs=SUM_OF_SQUARES)
    assert found.coefficients.ravel() == pytest.approx([1.8236, 0.8661, -1.7961, 5.6429], abs=MEAN)
    assert date_breaks(rate, h=15).chosen == 2


def test_means_equal_ruptures(nile):
    rpt = pytest.importorskip("ruptures")
    for m in (1, 2, 3, 4):
        theirs = rpt.Dynp(model="l2", min_size=15, jump=1).fit(nile).predict(n_bkps=m)[:-1]
        assert list(date_breaks(nile).breaks[m]) == theirs


@settings(derandomize=True, deadline=None, max_examples=10)
@given(seed=st.integers(0, 10_000), shift=st.sampled_from([0.0, 1e6]))
def test_regressions_equal_brute_force(seed, shift):
    rng = np.random.default_rng(seed)
    n, h = 30, 6
    x = np.cumsum(rng.normal(size=n))
    y = shift + np.where(np.arange(n) < 12, 1 + x, -2 * x) + rng.normal(size=n)
    design = np.column_stack([np.ones(n), x])

    def loss(ends):
        return sum(np.linalg.lstsq(design[a:b], y[a:b] - shift, rcond=None)[1].sum() for a, b in pairwise(ends))

    every = [c for c in combinations(range(h, n - h + 1), 2) if c[1] - c[0] >= h]
    best = min(every, key=lambda c: loss((0, *c, n)))
    found = date_breaks(y, x, h=h, most=2)
    assert found.breaks[2] == best
    assert found.rss[2] == pytest.approx(loss((0, *best, n)), rel=SHIFTED if shift else SAME)


def test_refuses_series_that_are_too_short_or_badly_trimmed(nile):
    with pytest.raises(InputError, match="29 periods are too few to date breaks; use break_tests"):
        date_breaks(nile[:29])
    with pytest.raises(InputError, match="h: 1 periods per segment"):
        date_breaks(nile, h=1)
    with pytest.raises(InputError, match="6 breaks are impossible"):
        date_breaks(nile, n_breaks=6)
