"""The nested search for predictor weights of a synthetic control (see `analysis.methods.synthetic.nested`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from analysis.errors import InputError
from analysis.methods.arrays import Bools, Floats, readonly
from analysis.methods.synthetic.problems import Problems
from analysis.methods.synthetic.simplex import PERFECT, nearest_weights

Objective = Callable[[Floats], tuple[float, Floats]]

FLOOR = 1e-6  # smallest predictor weight relative to the largest, so that every predictor counts
CORNER = 0.01  # weight of the other predictors, relative to the one that a corner favours
NEAR = 0.01  # a start that ends within this share of the best loss has found it
DESCENTS = 10  # candidates from which the gradient is followed
GRADIENT_STEPS = 40
REFINED = 3  # ends that are refined: the loss has kinks, at which the gradient misleads
STRIDE = 2.0  # first steps of the refinement, in log V
TIE = 1e-8  # share of the outcome in the match that chooses among perfect matches of the predictors


@dataclass(frozen=True, slots=True, eq=False)
class PredictorSearch:
    """How predictor weights were found.

    Attributes
    ----------
    predictor_weights : ndarray, shape (k,)
        V, summing to one, for predictors divided by their standard deviation over units.
    loss : float
        Mean squared gap before the treatment, in squared units of the outcome.
    lower_bound : float
        The least loss that any donor weights could reach.
    starts : tuple of (str, float)
        Each start of the search and the loss at which it ended; empty if the weights were given or immaterial.
    """

    predictor_weights: Floats
    loss: float
    lower_bound: float
    starts: tuple[tuple[str, float], ...]

    def table(self) -> pd.DataFrame:
        """Return one row per start, best first."""
        frame = pd.DataFrame(list(self.starts), columns=["start", "loss"])
        return frame.sort_values(["loss", "start"], ignore_index=True)

    def sentence(self) -> str:
        """Say the loss, its lower bound and how many starts found it."""
        bound = f"loss {self.loss:.4g} (no predictor weights can give less than {self.lower_bound:.4g})"
        if not self.starts:
            return f"The predictor weights were given or do not matter: {bound}."
        near = sum(loss <= self.loss * (1 + NEAR) for _, loss in self.starts)
        return f"{near} of {len(self.starts)} searches of the predictor weights ended within 1% of the best: {bound}."


@dataclass(frozen=True, slots=True, eq=False)
class Nested:
    """One problem: differences of donors and target in scaled predictors (k, n) and in outcomes (T0, n)."""

    match: Floats
    outcome: Floats
    regression: Floats
    perfect_match: bool

    def weighted(self, v: Floats) -> Floats:
        """Return the differences whose squared length the donor weights minimise."""
        scaled = self.match * np.sqrt(v / v.max())[:, None]
        return np.vstack([scaled, self.outcome * self._tie()]) if self.perfect_match else scaled

    def _tie(self) -> float:
        size = np.vdot(self.outcome, self.outcome)
        return float(np.sqrt(TIE * np.vdot(self.match, self.match) / size)) if size > 0 else 0.0

    def donor_weights(self, v: Floats) -> Floats:
        """Return W(V), shape (n,)."""
        return nearest_weights(self.weighted(v))

    def loss(self, v: Floats) -> float:
        """Return the mean squared gap before the treatment."""
        return float(np.square(self.outcome @ self.donor_weights(v)).mean())

    def loss_and_slope(self, log_v: Floats) -> tuple[float, Floats]:
        """Return the loss and its gradient in log V, by implicit differentiation on the donors in use."""
        v = np.exp(log_v - log_v.max())
        weights = nearest_weights(self.match * np.sqrt(v)[:, None])
        residual = self.outcome @ weights
        used = weights > 0
        match = self.match[:, used]
        count = match.shape[1]
        system = np.zeros((count + 1, count + 1))
        system[:count, :count] = (match * v[:, None]).T @ match
        system[:count, count] = system[count, :count] = 1.0
        right = np.append(2.0 * (residual @ self.outcome[:, used]) / len(residual), 0.0)
        adjoint = np.linalg.lstsq(system, right, rcond=1e-13)[0][:count]
        # The adjoint sums to zero, so differences from the target serve as well as levels.
        return float(residual @ residual) / len(residual), -(match @ adjoint) * (match @ weights[used]) * v


def nested_problem(problems: Problems, target: int, pool: Bools) -> Nested:
    """Return one problem with predictors divided by their standard deviation over donors and target."""
    donors, own = problems.predictors[:, pool], problems.predictors[:, target, None]
    both = np.hstack([donors, own])
    sd = both.std(axis=1, ddof=1)
    if (sd == 0).any():
        what = f"predictor number {int(np.argmin(sd)) + 1} is the same for all units"
        raise InputError(what, where="predictors", remedy="leave it out")
    scaled = both / sd[:, None]
    match = scaled[:, :-1] - scaled[:, -1:]
    outcome = problems.pre[:, pool] - problems.pre[:, target, None]
    closest = match @ nearest_weights(match)
    perfect = bool(closest @ closest <= PERFECT * np.vdot(match, match) / match.shape[1])
    series = np.hstack([problems.pre[:, pool], problems.pre[:, target, None]])
    return Nested(match, outcome, _regression_weights(scaled, series), perfect)


def _regression_weights(scaled: Floats, series: Floats) -> Floats:
    """Return weights from regressing outcomes on predictors over units: sums of squared coefficients."""
    design = np.column_stack([np.ones(scaled.shape[1]), scaled.T])
    coefficients = np.linalg.lstsq(design, series.T, rcond=None)[0][1:]
    squares = np.square(coefficients).sum(axis=1)
    return np.asarray(squares / squares.max() if squares.max() > 0 else np.ones(len(squares)), dtype=np.float64)


def _report(nested: Nested, v: Floats, starts: tuple[tuple[str, float], ...]) -> PredictorSearch:
    bound = float(np.square(nested.outcome @ nearest_weights(nested.outcome)).mean())
    return PredictorSearch(readonly(v / v.sum()), nested.loss(v), bound, starts)


def thorough_search(nested: Nested, draws: int, seed: int) -> PredictorSearch:
    """Screen candidates, follow the gradient from the best, and refine the best ends by Nelder-Mead."""
    unit = max(float(np.square(nested.outcome @ nearest_weights(nested.outcome)).mean()), np.finfo(float).tiny)
    lowest = float(np.log(FLOOR))

    def relative(log_v: Floats) -> tuple[float, Floats]:
        value, slope = nested.loss_and_slope(np.clip(log_v, lowest, 0.0))
        return value / unit, slope / unit

    candidates = sorted(
        ((nested.loss(v), label, v) for label, v in _candidates(nested, draws, seed)), key=lambda c: c[:2]
    )
    ends = [(*_follow_gradient(relative, np.log(v), lowest), label) for _, label, v in candidates[:DESCENTS]]
    best = sorted(ends, key=lambda end: (end[0], end[2]))[:REFINED]
    ends += [(*_refine(relative, point), f"{label}, refined") for _, point, label in best]
    _, final, _ = min(ends, key=lambda end: (end[0], end[2]))
    losses = tuple((label, value * unit) for value, _, label in ends)
    return _report(nested, np.exp(np.clip(final, lowest, 0.0)), losses)


def _follow_gradient(relative: Objective, first: Floats, lowest: float) -> tuple[float, Floats]:
    options = {"maxiter": GRADIENT_STEPS, "maxls": 10}
    end = minimize(relative, first, jac=True, method="L-BFGS-B", bounds=[(lowest, 0.0)] * len(first), options=options)
    return float(end.fun), end.x


def _refine(relative: Objective, first: Floats) -> tuple[float, Floats]:
    inward = np.where(first < np.log(FLOOR) / 2, STRIDE, -STRIDE)
    corners = np.vstack([first, first + np.diag(inward)])
    options = {"maxiter": 60 * len(first), "xatol": 1e-3, "fatol": 1e-7, "initial_simplex": corners}
    end = minimize(lambda x: relative(x)[0], first, method="Nelder-Mead", options=options)
    return float(end.fun), end.x


def _candidates(nested: Nested, draws: int, seed: int) -> list[tuple[str, Floats]]:
    """Return labelled predictor weights from which a search may start, the largest of each being one."""
    size = len(nested.match)
    unit = np.eye(size)
    found = [("equal", np.ones(size)), ("regression", np.maximum(nested.regression, FLOOR))]
    found += [(f"predictor {i + 1}", np.maximum(unit[i], CORNER)) for i in range(size)]
    # Near the optimum predictors are often matched in order of priority, with weights orders of magnitude apart.
    second = np.sqrt(FLOOR)
    for i, j in permutations(range(size), 2):
        found.append((f"predictors {i + 1}, {j + 1}", np.maximum(unit[i] + second * unit[j], FLOOR)))
    random = np.exp(np.random.default_rng(seed).uniform(np.log(FLOOR), 0.0, (draws, size)))
    return found + [(f"draw {i + 1}", v / v.max()) for i, v in enumerate(random)]


def local_search(nested: Nested) -> PredictorSearch:
    """Run one Nelder-Mead search from equal weights, over absolute values scaled to sum to one."""
    size = len(nested.match)

    def shares(x: Floats) -> Floats:
        return np.maximum(np.abs(x) / np.abs(x).sum(), 1e-12)

    first = np.full(size, 1.0 / size)
    end = minimize(lambda x: nested.loss(shares(x)), first, method="Nelder-Mead", options={"maxiter": 1000})
    return _report(nested, shares(end.x), (("equal", float(end.fun)),))


def without_search(nested: Nested, v: Floats) -> PredictorSearch:
    """Report given or immaterial predictor weights."""
    return _report(nested, v, ())
