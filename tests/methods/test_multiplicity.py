"""Adjusted p-values against the worked example of Benjamini and Hochberg, definitions, and exact joint nulls."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.errors import InputError
from analysis.methods.multiplicity import adjust, romano_wolf

SAME = 1e-12  # arithmetic of a few products
MONTE_CARLO = 0.02  # three standard errors of a share of about .1 in 2,000 draws

# Benjamini and Hochberg (1995), section 3.2.
EXAMPLE = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528]
EXAMPLE += [0.7590, 1.0]
P = st.lists(st.floats(0, 1), min_size=1, max_size=8)


def labelled(values) -> pd.Series:
    return pd.Series(values, index=[f"t{i:02d}" for i in range(len(values))])


@pytest.mark.parametrize(
    ("method", "rejections"), [("bonferroni", 3), ("holm", 3), ("hochberg", 3), ("benjamini-hochberg", 4)]
)
def test_rejections_of_benjamini_and_hochberg_1995(method, rejections):
    assert adjust(labelled(EXAMPLE), method).table()["rejected"].sum() == rejections


@settings(derandomize=True, deadline=None, max_examples=8)
@given(values=P, seed=st.integers(0, 100))
def test_adjusted_values_follow_their_definitions_whatever_the_order(values, seed):
    p, m = np.sort(values), len(values)
    by_hand = {
        "bonferroni": np.minimum(1, m * p),
        "holm": np.minimum(1, np.maximum.accumulate((m - np.arange(m)) * p)),
        "hochberg": np.minimum.accumulate(((m - np.arange(m)) * p)[::-1])[::-1],
        "benjamini-hochberg": np.minimum.accumulate((m / (np.arange(m) + 1) * p)[::-1])[::-1],
    }
    series = labelled(p)
    shuffled = series.iloc[np.random.default_rng(seed).permutation(m)]
    for method, expected in by_hand.items():
        found = adjust(shuffled, method)
        assert found.labels == tuple(series.index)
        np.testing.assert_allclose(found.adjusted, np.minimum(expected, 1), atol=SAME)


def test_romano_wolf_equals_the_step_by_step_definition():
    rng = np.random.default_rng(1)
    draws = np.abs(rng.normal(size=(500, 4)) @ np.linalg.cholesky(0.5 + 0.5 * np.eye(4)).T)
    observed = pd.Series([3.1, 0.2, 2.2, 2.4], index=["d", "a", "c", "b"])
    frame = pd.DataFrame(draws, columns=["d", "a", "c", "b"])
    expected, before = {}, 0.0
    remaining = list(observed.sort_values(ascending=False).index)
    while remaining:
        name = remaining[0]
        p = (1 + (frame[remaining].max(axis=1) >= observed[name]).sum()) / 501
        expected[name] = before = max(before, p)
        remaining = remaining[1:]
    found = romano_wolf(observed, frame[["b", "d", "a", "c"]])
    assert dict(zip(found.labels, found.adjusted, strict=True)) == pytest.approx(expected, abs=SAME)
    np.testing.assert_allclose(romano_wolf(observed, draws).adjusted, found.adjusted, atol=SAME)


def test_romano_wolf_uses_dependence_and_is_never_below_the_raw_value():
    rng = np.random.default_rng(2)
    common = np.abs(rng.normal(size=(2000, 1)))
    observed = labelled([2.3, 2.2, 2.1, 2.0, 1.9])
    same = romano_wolf(observed, np.tile(common, 5))
    free = romano_wolf(observed, np.abs(rng.normal(size=(2000, 5))))
    # Five copies of one test need no adjustment of the largest; independent ones need Sidak's.
    assert same.adjusted[0] == same.raw[0]
    independent = 1 - (1 - 2 * stats.norm.sf(2.3)) ** 5
    assert free.adjusted[0] == pytest.approx(independent, abs=MONTE_CARLO)
    assert (free.adjusted >= free.raw).all()


def test_sentence_names_what_stands():
    found = adjust(pd.Series({"C4": 0.001, "C3": 0.04, "C5": 0.2}), "holm")
    assert found.sentence() == "1 of 3 tests stand at 0.05 family-wise error (holm): C4."
    assert found.table().index.tolist() == ["C3", "C4", "C5"]


def test_refuses_bad_input():
    with pytest.raises(InputError, match="between 0 and 1"):
        adjust(labelled([0.2, 1.2]))
    with pytest.raises(InputError, match="repeated, or a value is missing"):
        adjust(pd.Series([0.2, np.nan], index=["a", "b"]))
    with pytest.raises(InputError, match="repeated"):
        adjust(pd.Series([0.2, 0.3], index=["a", "a"]))
    with pytest.raises(InputError, match="unknown method"):
        adjust(labelled([0.2]), "sidak")
    with pytest.raises(InputError, match="differ in number"):
        romano_wolf(labelled([1.0, 2.0]), np.ones((5, 3)))
    with pytest.raises(InputError, match="labels differ"):
        romano_wolf(labelled([1.0]), pd.DataFrame({"x": [1.0]}))
