"""Exact simplex least squares against brute force over all supports, by hand and optimality conditions."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from analysis.methods.synthetic import simplex
from analysis.methods.synthetic.simplex import duality_gaps, nearest_weights

EXACT = 1e-10  # two exact solutions, relative to the scale of the loss
WEIGHTS = 1e-6  # weights of well-conditioned problems that were solved by other means
# Civil society of nine democracies less a tenth in five years, in thousandths; three of them make up the tenth exactly.
# The shortest perfect weights take 28 steps of the active-set solver, one more than three for each column.
MANY_STEPS = np.array(
    [
        [-70, -24, -38, 8, -77, -150, -33, -67, 8],
        [-66, -24, -53, 8, -64, -103, -37, -85, 8],
        [-68, -24, -58, 8, -44, -88, -32, -34, 8],
        [-51, -21, -67, 4, -56, -181, -18, -43, 8],
        [-197, -21, -63, 4, -44, -183, -37, -53, 8],
    ]
)


def fitted(columns: np.ndarray, target: np.ndarray, ridge: float = 0.0) -> tuple[np.ndarray, float]:
    differences = columns - np.reshape(target, (-1, 1))
    weights = nearest_weights(differences, ridge)
    return weights, float(np.square(differences @ weights).sum())


def test_shortest_perfect_weights_are_found_however_many_steps_they_take():
    found = nearest_weights(MANY_STEPS / 1000)
    # By hand, in sixteenths: of the three columns in use two years differ, which with the sum fixes their weights.
    assert found == pytest.approx(np.array([0, 4, 0, 3, 0, 0, 0, 0, 9]) / 16, abs=WEIGHTS)


def many_equal_columns():
    """Return six years of forty counts that seldom change, less a target between two counts; most columns are equal."""
    rng = np.random.default_rng(322)
    steps = rng.normal(size=(6, 40)) * (rng.random((6, 40)) < 0.08)
    return np.round(10 * steps.cumsum(axis=0)) - 0.05 * rng.normal(size=(6, 1)).round(1)


def test_optimum_is_found_among_many_equal_columns():
    # Here the active-set solver of scipy 1.17 ends without complaint at a loss above the minimum.
    differences = many_equal_columns()
    assert np.unique(differences, axis=1).shape == (6, 20)
    found = nearest_weights(differences)
    assert duality_gaps(differences, found).max() < simplex.CERTIFIED


def test_weights_short_of_the_optimum_are_solved_again(monkeypatch):
    rng = np.random.default_rng(6)
    columns, target = rng.normal(size=(9, 6)), rng.normal(size=9)
    right = fitted(columns, target)[0]
    monkeypatch.setattr(simplex, "nnls", lambda system, _, **__: (np.eye(system.shape[1])[0], 0.0))
    assert fitted(columns, target)[0] == pytest.approx(right, abs=WEIGHTS)


def test_of_many_optimal_weights_the_shortest_are_found():
    for column in (np.zeros(3), *np.random.default_rng(0).normal(size=(20, 3))):
        assert nearest_weights(np.tile(column[:, None], 4)) == pytest.approx(np.full(4, 0.25))
    assert nearest_weights(np.array([[0.0, 0.0, 4.0]])) == pytest.approx([0.5, 0.5, 0.0], abs=WEIGHTS)
    # The shortest of many are the limit of small penalties, also where rounding parts a column from the target.
    columns = np.random.default_rng(1).integers(-9, 10, (3, 8)) * (np.arange(8) < 7.0)
    for near in (columns, columns + 1e-15 * (np.arange(8) == 7)):
        assert nearest_weights(near, 0.0, 1e-13) == pytest.approx(nearest_weights(columns, 1e-8), abs=WEIGHTS)


def test_duality_gap_bounds_the_excess_loss():
    rng = np.random.default_rng(3)
    differences = rng.normal(size=(6, 10))
    least = np.square(differences @ nearest_weights(differences)).sum() / 2
    lengths = np.linalg.norm(differences, axis=0)
    for weights in rng.dirichlet(np.ones(10), 20):
        excess = np.square(differences @ weights).sum() / 2 - least
        assert 0 <= excess <= duality_gaps(differences, weights).max() * (weights @ lengths) * 2 * lengths.max()
    # By hand: from (.5, 1) it falls by .75 towards (1, 0), which is sqrt(1.25) away; the columns are 1.5 away.
    assert duality_gaps(np.diag([1.0, 2.0]), np.full(2, 0.5)).max() == pytest.approx(0.75 / 1.25**0.5 / 1.5, rel=EXACT)
    assert duality_gaps(np.zeros((2, 3)), np.full(3, 1 / 3)).max() == 0.0


def exact_loss(differences: np.ndarray) -> float:
    """Return the least loss over all supports in fractions, which no size of a column disturbs."""
    columns, losses = [[Fraction(int(value)) for value in column] for column in differences.T], []
    for size in range(1, len(columns) + 1):
        for support in combinations(columns, size):
            rows = [[sum(map(Fraction.__mul__, one, other)) for other in support] + [1, 0] for one in support]
            weights = solved([*rows, [Fraction(1)] * size + [Fraction(0), Fraction(1)]])[:size]
            if weights and min(weights) >= 0:
                losses.append(sum(sum(map(Fraction.__mul__, weights, row)) ** 2 for row in zip(*support, strict=True)))
    return float(min(losses))


def solved(rows: list[list[Fraction]]) -> list[Fraction]:
    """Solve equations, given with their right sides, by Gauss and Jordan; nothing if they are singular."""
    for i in range(len(rows)):
        pivot = next((k for k in range(i, len(rows)) if rows[k][i]), None)
        if pivot is None:
            return []
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        rows = [row if row is rows[i] else [x - row[i] * y for x, y in zip(row, rows[i], strict=True)] for row in rows]
    return [row[-1] for row in rows]


@pytest.mark.parametrize("seed", range(8))
def test_the_optimum_is_exact_whatever_the_size_of_single_columns_and_has_no_order(seed):
    rng = np.random.default_rng(seed)
    differences = rng.integers(-9, 10, (5, 4)) * 10 ** rng.choice([0, 0, 3, 6, 9, 12], 4)
    weights = nearest_weights(differences.astype(float))
    assert np.square(differences @ weights).sum() == pytest.approx(exact_loss(differences), rel=1e-9)
    penalised = np.vstack([differences, 2 * np.eye(4, dtype=int)])
    ridge = nearest_weights(differences.astype(float), 4.0)
    assert (min(*weights, *ridge) >= 0, weights.sum(), ridge.sum()) == (True, pytest.approx(1), pytest.approx(1))
    assert np.square(penalised @ ridge).sum() == pytest.approx(exact_loss(penalised), rel=1e-9)
    twice = np.hstack([differences, differences[:, ::-1]]).astype(float)
    found = nearest_weights(twice)
    # Of equal columns each has half, in any order and unit, and beside one too far away to be used.
    assert found == pytest.approx(np.append(weights, weights[::-1]) / 2, abs=1e-9)
    order = rng.permutation(8)
    together = nearest_weights(np.stack([1e9 * twice[:, order], twice]))
    assert together == pytest.approx(np.stack([found[order], found]), abs=1e-9)
    far = 1e15 * (twice @ found)[:, None]
    assert nearest_weights(np.hstack([twice, far])) == pytest.approx(np.append(found, 0), abs=1e-9)
