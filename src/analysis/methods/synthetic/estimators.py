"""Estimators with donor weights from outcomes: synthetic control, difference-in-differences, and what lies between.

A study, each of its in-space placebos and each refit without a donor are the same matrix with another target column and
other donors, so that an estimator is one function of such a case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from analysis.errors import RunError
from analysis.methods._fixed_effects import STRICT
from analysis.methods._inputs import order_of, refuse_if
from analysis.methods.result import Floats, Result, counted, method, readonly
from analysis.methods.synthetic.simplex import duality_gaps, nearest_weights, optima, unit_columns
from analysis.methods.synthetic.study import Study

Short = Literal["ascm", "did", "difp", "sc", "sdid"]  # names of estimators, in full in ESTIMATORS

GRID = 20  # ridge penalties tried: from about the largest squared singular value down to 1e-8 of it
SMALLEST_RATIO = 1e-8
ALIKE = 1e-12  # donors that differ by less than this share of their size before the treatment do not differ
UNIQUE = 1e-4  # an effect that other weights change by less than this share of the donors' distance is the same
BINARY = 1e-15  # relative size of binary fractions, in which outcomes that are written alike may differ
BLOCK = 32  # problems solved together: enough to share what each call costs, few enough for the memory
NEGLIGIBLE = 5e-4  # weights below this are left out of the table of weights


class Case(NamedTuple):
    """Outcomes of targets, shape (k, T), and their donors, (k, T, J); donors less target before, (k, n_pre, J).

    A distance from a target before up to ``rounding`` is no more than binary fractions of its outcomes; ``noise`` is
    that of all donors of the study.
    """

    target: Floats
    donors: Floats
    before: Floats
    n_pre: int
    rounding: Floats
    noise: float


class Weights(NamedTuple):
    """Weights of donors and, for an intercept, of the times before, of each target or one; ridge penalties, if any."""

    donors: Floats
    times: Floats
    penalty: Any = ()


class Estimator(NamedTuple):
    """What fits cases: a name for sentences, and a function that weighs donors and times."""

    name: str
    weigh: Callable[[Case], Weights]


def difference_in_differences(case: Case) -> Weights:
    """Weigh all donors and all times before alike."""
    _, n_pre, donors = shape = case.before.shape
    return Weights(np.full(shape[::2], 1 / donors), np.full(shape[:2], 1 / n_pre))


def simplex_control(case: Case) -> Weights:
    """Reproduce all outcomes before, without intercept."""
    return Weights(nearest_weights(case.before, 0.0, case.rounding), np.zeros(case.before.shape[:2]))


def demeaned_control(case: Case) -> Weights:
    """Reproduce the movement of the target, not its level: a synthetic control with an intercept (DIFP)."""
    weights = nearest_weights(_centred(case.before), 0.0, case.rounding)
    return Weights(weights, difference_in_differences(case).times)


def synthetic_did(case: Case) -> Weights:
    """Weigh donors, and times before, with an intercept: donor weights have zeta = (N1 T1)^(1/4) noise, N1 = 1."""
    ridge = case.n_pre * np.sqrt(case.target.shape[1] - case.n_pre) * case.noise**2
    donors = nearest_weights(_centred(case.before), ridge, case.rounding)
    # Times before are weighted so as to predict the donors' mean outcome after.
    before, after = case.donors[:, : case.n_pre], case.donors[:, case.n_pre :].mean(axis=1)
    differences = _centred(before.swapaxes(1, 2)) - _centred(after[..., None])
    return Weights(donors, nearest_weights(differences))


def _centred(values: Floats) -> Floats:
    apart = values - values[:, :1]  # of values that are all alike nothing is left, not even rounding
    return apart - apart.mean(axis=1, keepdims=True)


def ridge_augmented(case: Case) -> Weights:
    """Correct the synthetic control's remaining imbalance by a ridge regression; weights may be negative."""
    weights, penalties = [], list[float | None]()
    for pre, target in zip(case.donors[:, : case.n_pre], case.target, strict=True):
        centre = pre.mean(axis=1)
        columns, wanted = pre - centre[:, None], target[: case.n_pre] - centre
        # Donors alike weigh alike: nothing is left that they could correct.
        alike = np.linalg.norm(columns) <= ALIKE * np.linalg.norm(pre)
        penalties.append(penalty := None if alike else _cross_validated_penalty(columns, wanted))
        equal = np.full((1, pre.shape[1]), 1 / pre.shape[1])
        weights.append(equal if penalty is None else augmented_weights(columns, wanted, np.array([penalty])))
    return Weights(np.concatenate(weights), np.zeros(case.before.shape[:2]), penalties)


def augmented_weights(columns: Floats, target: Floats, penalties: Floats) -> Floats:
    """Return the synthetic control's weights plus the ridge correction for each penalty, shape (..., penalties, J)."""
    simplex = nearest_weights(columns - target[..., None])
    values, vectors = np.linalg.eigh(columns @ columns.swapaxes(-1, -2))
    left = np.vecmat(target - np.matvec(columns, simplex), vectors)
    shrunk = left[..., None, :] / (np.maximum(values, 0.0)[..., None, :] + penalties[:, None])
    return np.asarray(simplex[..., None, :] + shrunk @ vectors.swapaxes(-1, -2) @ columns, dtype=np.float64)


def _cross_validated_penalty(columns: Floats, target: Floats) -> float:
    """Return the largest penalty within one standard error of the smallest mean squared error of times left out.

    After Ben-Michael, Feller and Rothstein (2021), section 5.3; grid and folds as in the R package augsynth, which
    never leaves out the last time.
    """
    grid = np.linalg.norm(columns, 2) ** 2 * SMALLEST_RATIO ** ((np.arange(GRID + 1) - 1) / GRID)
    held_out = []
    for rows in np.array_split(np.arange(len(target) - 1), 1 + len(target) // BLOCK):
        kept = np.array([np.delete(np.arange(len(target)), row) for row in rows])
        weights = augmented_weights(columns[kept], target[kept], grid)
        held_out.append(np.square(target[rows, None] - np.matvec(weights, columns[rows])))
    errors = np.concatenate(held_out)
    mean = errors.mean(axis=0)
    best = int(np.argmin(mean))
    spread = errors[:, best].std(ddof=1) / np.sqrt(len(errors))
    return float(grid[mean <= mean[best] + spread].max())


ESTIMATORS: dict[Short, Estimator] = {
    "ascm": Estimator("ridge-augmented synthetic control", ridge_augmented),
    "did": Estimator("difference-in-differences", difference_in_differences),
    "difp": Estimator("demeaned synthetic control", demeaned_control),
    "sc": Estimator("synthetic control", simplex_control),
    "sdid": Estimator("synthetic difference-in-differences", synthetic_did),
}
DEFAULT: Short = "sc"


def solve(study: Study, estimator: Short, cases: Sequence[tuple[int, Sequence[int]]]) -> tuple[list[Weights], Floats]:
    """Return weights, and gaps of shape (cases, T), for cases given as columns of target and as many donors each.

    A gap is target minus weighted donors, less the time-weighted mean of that difference before the treatment.
    """
    weigh, rounding = ESTIMATORS[estimator].weigh, study.rounding
    # The standard deviation of all first differences of the donors before the treatment.
    steps = np.diff(study.values[: study.n_pre, 1:], axis=0)
    noise, alike = float(steps.std(ddof=1)), (np.abs(steps - steps.mean()) <= rounding[1:]).all()
    flat = "all donors move by the same steps before the treatment, which leaves the weights open"
    refuse_if(estimator == "sdid" and alike, flat, "sdid", "use did, which weighs all donors alike")
    binary = BINARY * np.linalg.norm(study.values[: study.n_pre], axis=0)
    weights, gaps = [], np.empty((len(cases), len(study.times)))
    for first in range(0, len(cases), BLOCK):
        units = np.array([[target, *donors] for target, donors in cases[first : first + BLOCK]])
        paths = np.ascontiguousarray(study.values[:, units].swapaxes(0, 1))
        target, others = paths[..., 0], paths[..., 1:]
        apart = others - target[..., None]
        found = weigh(Case(target, others, apart[:, : study.n_pre], study.n_pre, binary[units[:, 0]], noise))
        alone = -np.matvec(apart, found.donors)  # weights miss one by rounding, which at a high level is no trifle
        gap = alone - np.vecdot(found.times, alone[:, : study.n_pre])[:, None]
        none = rounding[units[:, 0]] + np.vecdot(np.abs(found.donors), rounding[units[:, 1:]])
        gaps[first : first + BLOCK] = np.where(np.abs(gap) <= none[:, None], 0.0, gap)
        weights += [Weights(*one) for one in zip_longest(*found)]
    return weights, readonly(gaps)


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticFit(Result):
    """Effect on the treated unit of a study by one estimator, the ``method``.

    ``gap``, shape (T,), is observed minus synthetic outcome (less the intercept, if there is one). ``weights`` are
    those of donors, which sum to one, ``time_weights`` those of the times before in the intercept, zero without one;
    ``penalty`` is that of a ridge, in squared units of the outcome. ``lowest`` and ``highest`` are the ends of the
    effect over all weights that fit the times before as well as these: the estimate twice if there are no others, nan
    if more than the fit decides on the weights.
    """

    study: Study
    method: str
    gap: Floats
    weights: Floats
    time_weights: Floats
    penalty: float | None = None
    lowest: float = np.nan
    highest: float = np.nan

    @property
    def estimate(self) -> float:
        """Mean gap over the times after the treatment, in units of the outcome."""
        return float(self.gap[self.study.n_pre :].mean())

    @property
    def pre_rmspe(self) -> float:
        """Root mean squared gap before the treatment, in units of the outcome."""
        return float(np.sqrt(np.square(self.gap[: self.study.n_pre]).mean()))

    def table(self) -> pd.DataFrame:
        """Return one row per time: observed and synthetic outcome, their gap, and whether the unit was treated."""
        observed = self.study.values[:, 0]
        columns = {"time": self.study.times, "observed": observed, "synthetic": observed - self.gap, "gap": self.gap}
        return pd.DataFrame(columns | {"treated": np.arange(len(observed)) >= self.study.n_pre})

    def weights_table(self) -> pd.DataFrame:
        """Return the donors whose weights are not negligible, largest first."""
        frame = pd.DataFrame({"donor": self.study.donors, "weight": self.weights})
        frame = frame.iloc[order_of(self.study.donors)].sort_values("weight", ascending=False, kind="stable")
        return frame[frame["weight"].abs() >= NEGLIGIBLE].reset_index(drop=True)

    def sentence(self) -> str:
        """Say the effect, the fit before the treatment and how many donors carry it."""
        study, post = self.study, self.study.times[self.study.n_pre :]
        estimate = self.estimate if abs(self.estimate) > study.rounding[0] else 0.0
        mean = f"on average over {len(post)} times from {post[0]}" if len(post) > 1 else f"in {post[0]}"
        # So many equally weighted donors would spread the weights as much.
        effective = np.abs(self.weights).sum() ** 2 / np.square(self.weights).sum()
        words = (
            f"By {self.method}, {study.outcome} of {study.treated} differs by {estimate:+.4g} from its "
            f"counterfactual {mean}; root mean squared gap {self.pre_rmspe:.3g} over the {study.n_pre} times before; "
            f"{effective:.1f} effective of {counted(len(study.donors), 'donor')}."
        )
        if self.lowest < self.highest:
            ends = f"it runs from {self.lowest:+.4g} to {self.highest:+.4g}"
            words += f" The effect is not identified: over all weights that fit as well {ends}."
        return words if self.penalty is None else f"{words} Ridge penalty {self.penalty:.3g} (cross-validated)."


@method
def fit(study: Any, estimator: Short = DEFAULT) -> SyntheticFit:
    """Estimate the effect on the treated unit.

    Parameters
    ----------
    study : Study, or a result with one
    estimator : str, default "sc"
        "sc", the synthetic control on all pre-treatment outcomes (Abadie, Diamond and Hainmueller 2010,
        doi:10.1198/jasa.2009.ap08746); "sdid", synthetic difference-in-differences (Arkhangelsky and others 2021,
        doi:10.1257/aer.20190159); "difp", the synthetic control with an intercept (Doudchenko and Imbens 2016,
        doi:10.3386/w22791); "did", difference-in-differences; "ascm", the ridge-augmented synthetic control
        (Ben-Michael, Feller and Rothstein 2021, doi:10.1080/01621459.2021.1929245).

    Examples
    --------
    >>> study = Study.from_matrix([[t + 1.0 + (t > 5), t, t + 3.0] for t in range(8)], n_pre=6)
    >>> round(fit(study).estimate, 6)
    1.0
    """
    whole, chosen = Study.of(study), ESTIMATORS[estimator]
    [found], gaps = solve(whole, estimator, [(0, range(1, len(whole.units)))])
    weights, times = readonly(found.donors), readonly(found.times)
    lowest, highest = gaps[0, whole.n_pre :].mean() + equal_fits(whole, estimator, found, range(1, len(whole.units)))
    return SyntheticFit(whole, chosen.name, readonly(gaps[0]), weights, times, found.penalty, lowest, highest)


def equal_fits(study: Study, estimator: Short, found: Weights, donors: Sequence[int]) -> Floats:
    """Return how far the effect falls and rises over all donor weights that leave the gaps before as they are.

    Both are 0 where there are no others, nan if more than the fit decides. Donors may outnumber the times, or be alike.
    """
    if estimator not in ("difp", "sc"):
        return np.full(2, np.nan)
    alone = study.values[:, :1] - study.values[:, list(donors)]
    apart = alone - alone[:1] if found.times.any() else alone  # as in _centred
    before, after = np.split(apart - found.times @ apart[: study.n_pre], [study.n_pre])
    binary = np.array([BINARY * np.linalg.norm(study.values[: study.n_pre, 0])])
    gaps = duality_gaps(before, found.donors, binary)
    several = next(optima(before[None], found.donors[None], gaps, binary), None)
    effects, reach = after.mean(axis=0), float(found.donors @ np.abs(alone).max(axis=0))
    if several is None or not reach:
        return np.zeros(2)
    _, alike, around, _ = several
    system, lengths, _ = unit_columns(around)
    moves, right = (effects[alike] - effects @ found.donors) / reach / lengths, np.append(np.zeros(len(around)), 1.0)
    ends = [linprog(sign * moves, A_eq=system, b_eq=right, options=STRICT) for sign in (1, -1)]
    if not all(end.success for end in ends):
        what, where = "the range of the effect is not found", f"study of {study.treated}"
        raise RunError(what, where=where, remedy="leave out nearly equal donors")
    moved = np.array([ends[0].fun, -ends[1].fun])
    return moved * reach if np.ptp(moved) > UNIQUE else np.zeros(2)
