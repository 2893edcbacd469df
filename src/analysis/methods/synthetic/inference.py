"""Whether a difference means anything: placebos, donors left out, and errors of measurement."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

from analysis.errors import InputError
from analysis.methods._inputs import refuse_if
from analysis.methods.result import TAIL, Estimate, Floats, bounded, counted, method, readonly
from analysis.methods.student import detectable_difference
from analysis.methods.synthetic.estimators import DEFAULT, ESTIMATORS, Short, SyntheticFit, equal_fits, fit, solve
from analysis.methods.synthetic.study import Study

FEWEST_DONORS = 4  # the spread of fewer placebos is no standard error
TIED = 1e-9  # statistics this near, relative to their size, are ties


@method
def compare_study(study: Study | Estimate, estimator: Short = "sdid") -> Estimate:
    """Compare the treated unit of a study with its counterfactual, and every donor as if it had been treated.

    The placebos' pools leave out the donor itself and the unit that was really treated: Abadie, Diamond and Hainmueller
    (2010), section 3.4, doi:10.1198/jasa.2009.ap08746. Parameters are those of `fit`, refusals those of
    `synthetic_control`.

    The estimate is the mean gap after the treatment; its interval and detectable effect are those of Student's t with
    some ``degrees`` of freedom on the placebos' spread, the ``standard_error``. ``gaps``, shape (N, T), are observed
    minus synthetic outcomes of every unit of the ``study``, the treated one first; ``fitted`` has its weights and path.

    p is a rank among all ``n`` units. Without an intercept ("sc", "ascm") it is ``ratio_p``, of the ratio of mean
    squared gaps after and before, as there and in Abadie (2021), doi:10.1257/jel.20191450: a unit that lies away from
    its donors has large gaps before, too, without any effect, so that absolute ones would reject too often. An
    intercept ("did", "difp", "sdid") takes the level out; p is ``absolute_p``, of the absolute effect, as is the
    placebo variance of Arkhangelsky and others (2021), doi:10.1257/aer.20190159, which rejects too often only if the
    unit would move more than its donors. The other p stands beside.
    """
    whole = Study.of(study, fewest=FEWEST_DONORS)
    donors, own = range(1, len(whole.units)), fit(whole, estimator)
    pools = [(target, [donor for donor in donors if donor != target]) for target in donors]
    return _compared(own, readonly(np.vstack([own.gap, solve(whole, estimator, pools)[1]])))


def _compared(fitted: SyntheticFit, gaps: Floats) -> Estimate:
    """Compare a fit with those of all donors; of ``gaps``, shape (N, T), the treated unit's come first."""
    study, n, estimates = fitted.study, len(gaps), gaps[:, fitted.study.n_pre :].mean(axis=1)
    estimate, spread = float(estimates[0]), float(estimates[1:].std(ddof=1))  # doi:10.1257/aer.20190159, algorithm 4
    slack = study.rounding + study.rounding[0]
    lower = upper = detectable = math.nan
    known, power_known = "", "no interval and no detectable change, as the placebos do not differ"
    if (np.abs(estimates[1:] - estimates[1:].mean()) > study.rounding[1:]).any():
        # A spread known from few placebos is itself uncertain, hence Student's t. Power: doi:10.1177/0193841X9501900504
        half, detectable = float(student.ppf(1 - TAIL, n - 2)) * spread, float(detectable_difference(spread, n - 2))
        lower, upper = estimate - half, estimate + half
        known = f"95% interval {lower:+.3g} to {upper:+.3g}; "
        power_known = f"smallest detectable change {detectable:.3g}"
    by_effect, by_ratio = _rank_p(np.abs(estimates), slack), _rank_p(_mspe_ratio(study, gaps))
    tests = [(by_effect, "absolute effect"), (by_ratio, "ratio of the gaps after to those before")]
    (p, means), (other_p, other) = tests if fitted.time_weights.any() else tests[::-1]
    row: dict[str, Any] = {"estimate": estimate, "lower": lower, "upper": upper, "detectable": detectable}
    row |= {"pre_rmspe": fitted.pre_rmspe, "p_rank": p, "p_by": means, "p_floor": 1 / n, "donors": n - 1}
    told = f"placebo p of no effect {p:.2f} by the {means}, {other_p:.2f} by the {other} (floor {1 / n:.3f}, {n} units)"
    return Estimate(
        f"{fitted} {known}{told}; {power_known}.",
        name=study.outcome,
        **bounded(estimate, lower, upper),
        p_value=p,
        n=n,
        minimum_detectable_effect=detectable,
        assumed=f"Student's t, {counted(n - 2, 'degree')} of freedom, on the spread of placebos; p by the {means}",
        more={"standard_error": spread, "degrees": n - 2, "absolute_p": by_effect, "ratio_p": by_ratio}
        | {"study": study, "fitted": fitted, "gaps": gaps},
        rows=pd.DataFrame([row]),
    )


def _mspe_ratio(study: Study, gaps: Floats) -> Floats:
    """Return mean squared gaps after over before the treatment; infinite after a perfect fit, 0 without any gap."""
    before, after = (np.square(part).mean(axis=1) for part in np.split(gaps, [study.n_pre], axis=1))
    unbounded = np.where(after > 0, np.inf, 0.0)
    return np.divide(after, before, out=unbounded, where=before > 0)


def _rank_p(values: Floats, slack: float | Floats = 0.0) -> float:
    """Return the exact randomisation p: the share of units, the first counted in, at least as extreme as the first."""
    # Rounding error must not break a tie in favour of the treated unit.
    return float((np.isclose(values, values[0], rtol=TIED, atol=slack) | (values > values[0])).mean())


@method
def synthetic_control(
    panel: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    time: str,
    treated: Hashable,
    first_treated: int,
    donors: Sequence[Hashable] | None = None,
    first: int | None = None,
    last: int | None = None,
    post_from: int | None = None,
    placebo_time: int | None = None,
    sd: str | None = None,
    estimator: Short = "sc",
) -> Estimate:
    """Compare a unit with its synthetic counterfactual, made of weighted donors.

    Of the result ``fitted`` has weights and path. Where donors fit the times before in several ways, the effect is not
    identified: its range over all of them is ``fitted.lowest`` to ``fitted.highest``.

    Parameters
    ----------
    panel : DataFrame
        One row per unit and time.
    outcome, unit, time : str
        Columns of the panel.
    treated, first_treated : label, int
        The treated unit, and its first treated time.
    donors : sequence of labels, optional
        Units that were not treated, by default all others; those that the panel lacks are listed as dropped.
    first, last : int, optional
        First and last time; the first is later where the treated unit's values begin later.
    post_from : int, optional
        First time whose gap counts, by default the first treated one.
    placebo_time : int, optional
        Treat that time instead, with as many times after it: where nothing happened, no effect should be found.
    sd : str, optional
        Column with the standard deviation of each outcome's measurement error.
    estimator : str, default "sc"
        "sc", the synthetic control; "sdid", synthetic difference-in-differences; others, and sources, as in `fit`.

    Raises
    ------
    InputError
        If the treated unit has no value or a gap, a unit has two rows in one time, fewer than 5 times come before the
        treatment, or fewer than 4 donors have every value.
    RunError
        If weights do not satisfy their optimality conditions.

    Examples
    --------
    >>> rows = [(who, t, t * step + 5 * (who == "a" and t > 5)) for step, who in enumerate("bacde") for t in range(8)]
    >>> panel = pd.DataFrame(rows, columns=["who", "year", "score"])
    >>> found = synthetic_control(panel, outcome="score", unit="who", time="year", treated="a", first_treated=6)
    >>> round(found.estimate, 6)
    5.0
    """
    columns: dict[str, Any] = {"outcome": outcome, "unit": unit, "time": time, "sd": sd}
    windows: dict[str, Any] = {"first": first, "last": last, "post_from": post_from, "placebo_time": placebo_time}
    who: dict[str, Any] = {"treated": treated, "first_treated": first_treated, "donors": donors}
    return compare_study(Study.from_panel(panel, **who, **columns, **windows), estimator)


@method
def leave_one_out(study: Study | Estimate, estimator: Short = DEFAULT) -> Estimate:
    """Repeat the study without each donor in turn: the ends are the smallest and the largest of these estimates.

    Parameters are those of `fit`; see Abadie, Diamond and Hainmueller (2015), doi:10.1111/ajps.12116. ``lowest`` and
    ``highest`` are the ends of the effect over all weights, with all donors or without one, that fit as well; nan where
    more than the fit decides.

    Raises
    ------
    InputError
        If the study has fewer than 2 donors.
    """
    whole = Study.of(study, fewest=2)
    donors, own = range(1, len(whole.units)), fit(whole, estimator)
    pools = [[donor for donor in donors if donor != out] for out in donors]
    weights, gaps = solve(whole, estimator, [(0, pool) for pool in pools])
    estimate, refits = own.estimate, gaps[:, whole.n_pre :].mean(axis=1)
    moved = [equal_fits(whole, estimator, *one) for one in zip(weights, pools, strict=True)]
    ends = np.vstack([[own.lowest, own.highest], refits[:, None] + np.array(moved)])
    fitted = np.sqrt(np.square(gaps[:, : whole.n_pre]).mean(axis=1))
    low, high = int(np.argmin(refits)), int(np.argmax(refits))
    flips = bool((np.sign(refits) == -np.sign(estimate)).any() and estimate != 0)
    words = (
        f"With one donor left out at a time the estimate runs from {refits[low]:+.4g} ({whole.donors[low]}) to "
        f"{refits[high]:+.4g} ({whole.donors[high]}); its sign {'changes' if flips else 'does not change'}; the "
        f"estimate for {whole.outcome} of {whole.treated} is {estimate:+.4g} ({ESTIMATORS[estimator].name})."
    )
    is_open = int((ends[:, 0] < ends[:, 1]).sum())
    if is_open:
        words += (
            f" In {is_open} of these {len(ends)} studies the effect is not identified: over all "
            f"weights that fit as well it runs from {ends.min():+.4g} to {ends.max():+.4g}."
        )
    return Estimate(
        words,
        name=whole.outcome,
        **bounded(estimate, refits[low], refits[high]),
        n=len(refits),
        assumed="no interval: the ends are the smallest and the largest estimate",
        more={"sign_flips": flips, "lowest": float(ends.min()), "highest": float(ends.max())},
        rows=pd.DataFrame({"donor left out": whole.donors, "estimate": refits, "pre_rmspe": fitted}),
    )


@method
def measurement_uncertainty(
    study: Study | Estimate,
    estimator: Short = DEFAULT,
    *,
    correlation: float = 0.0,
    draws: int = 200,
    seed: int = 0,
) -> Estimate:
    """Draw the outcomes of all units from their measurement errors, refit, and pool by Rubin's rules.

    Each draw repeats all in-space placebos, so that p-values too allow for measurement: errors are multiple imputations
    (Rubin 1987, chapter 3, doi:10.1002/9780470316696), normal with the study's standard deviations and the same
    correlation between any two times of a unit; the same normal numbers serve all correlations. p, ``absolute_p`` and
    ``ratio_p`` are the means of theirs. Further numbers are ``within`` and ``between``, the mean placebo variance and
    the variance of the estimates over draws; ``standard_error``, the root of Rubin's total variance, and its
    ``degrees`` of freedom, those of Barnard and Rubin (1999), doi:10.1093/biomet/86.4.948, as few placebos leave the
    variance uncertain however many draws there are.

    Parameters
    ----------
    study, estimator
        As in `fit`; the study has ``sd``.
    correlation : float, default 0.0
        From 0 to 1.
    draws, seed : int, default 200 and 0

    Raises
    ------
    InputError
        If the study has no ``sd``, or fewer than 4 donors, draws are fewer than 2, or the correlation is not from 0 to
        1.
    """
    whole = Study.of(study)
    if whole.sd is None:
        raise InputError("no standard deviations of measurement", where="study", remedy="build it with sd=<column>")
    refuse_if(draws < 2, f"{counted(draws, 'draw')} for a variance", "draws", "take at least 2, better 200")
    errors = whole.sd * correlated_normal(correlation, (draws, *whole.values.shape), seed)
    drawn = [compare_study(replace(whole, values=readonly(whole.values + error)), estimator) for error in errors]
    estimates = np.array([item.estimate for item in drawn])
    variances = np.mean([item.standard_error**2 for item in drawn]), estimates.var(ddof=1)
    within, between = (float(part) if part > whole.rounding[0] ** 2 else 0.0 for part in variances)
    added = (1 + 1 / draws) * between
    degrees = pooled_degrees(within, added, draws=draws, complete=drawn[0].degrees)
    estimate, error = float(estimates.mean()), math.sqrt(within + added)
    half = float(student.ppf(1 - TAIL, degrees)) * error
    p, by_effect, by_ratio = np.mean([(one.p_value, one.absolute_p, one.ratio_p) for one in drawn], axis=0).tolist()
    words = (
        f"With measurement error drawn {draws} times and refitted ({ESTIMATORS[estimator].name}), the effect on "
        f"{whole.outcome} of {whole.treated} is {estimate:+.4g} (95% interval by Rubin's rules {estimate - half:+.4g} "
        f"to {estimate + half:+.4g}), placebo p of no effect {by_effect:.3f} by the absolute effect and {by_ratio:.3f} "
        f"by the ratio of the gaps after to those before, if errors within a unit correlate {correlation:g}."
    )
    return Estimate(
        words,
        name=whole.outcome,
        **bounded(estimate, estimate - half, estimate + half),
        p_value=p,
        n=len(whole.units),
        assumed=f"Rubin's rules, {degrees:.1f} degrees of freedom (Barnard and Rubin); errors normal, correlated by "
        f"{correlation:g}; p by the {drawn[0].table()['p_by'].iloc[0]}",
        more={"within": within, "between": between, "standard_error": error, "degrees": degrees}
        | {"absolute_p": by_effect, "ratio_p": by_ratio},
    )


def pooled_degrees(within: float, added: float, *, draws: int, complete: float) -> float:
    """Return Barnard and Rubin's degrees of freedom, given those of the variance ``within`` each completed data set."""
    if not within:
        return draws - 1 if added else complete
    kept = within / (within + added)
    return 1 / ((1 - kept) ** 2 / (draws - 1) + (complete + 3) / (complete + 1) / complete / kept)


def correlated_normal(correlation: float, shape: tuple[int, int, int], seed: int) -> Floats:
    """Return standard normal errors, shape (draws, times, parts), of which any two times of a part correlate alike."""
    refuse_if(not 0 <= correlation <= 1, f"{correlation} must lie in 0 to 1", "correlation", "use 0, 0.5 or 0.9")
    rng = np.random.default_rng(seed)
    shared, own = rng.standard_normal((shape[0], 1, shape[2])), rng.standard_normal(shape)
    return math.sqrt(correlation) * shared + math.sqrt(1 - correlation) * own
