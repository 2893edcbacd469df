"""Conditional (fixed-effects) Poisson regression: one fit with clustered errors, or many versions of one regressor.

A count is modelled given the total of its group (a country-year, say), so everything that is common to the group drops
out: the likelihood is multinomial, and equals Poisson pseudo-maximum likelihood with one dummy per group (Correia,
Guimarães and Zylkin 2020, doi:10.1177/1536867X20909691). It is consistent under any variance as long as the mean is
right (Wooldridge 1999, doi:10.1016/S0304-4076(98)00033-5). Groups whose total is zero carry no information; they are
dropped and counted, as are rows whose fitted count effects alone push to zero.

If a column, or a sum of several, is highest (or lowest) at all events given the effects, the likelihood has no maximum
(see `analysis.methods._fixed_effects`); such columns are refused by name. A fit is a proof that there is a maximum
where its decrement is below the least fitted count m of a row without events: for a direction z of log rates that is
zero at events, at least -1 and -1 on one row, the slope is the sum of m|z|, at least m; but by Cauchy and Schwarz at
most the root of the decrement times the sum of m z^2, hence m <= decrement. Only where a fitted count is almost zero a
linear program decides.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse, stats

from analysis.errors import AnalysisError
from analysis.methods import _fixed_effects as fixed
from analysis.methods._arguments import refuse_masked
from analysis.methods._inputs import aligned, codes, column, columns, refuse_if, refuse_unknown
from analysis.methods.result import Estimate, Floats, Result, counted, decimals, in_words, interval, method, readonly
from analysis.methods.student import detectable_difference, student_ratio

DECREMENT = 1e-14  # Newton decrement, in log-likelihood units, below which the fit has converged
LARGEST_STEP = 10.0  # largest change of a log rate in one step: keeps exp() finite
MOST_STEPS = 60
ALMOST_ZERO = 1e-10  # fitted count without events, over all counts, below which a linear program looks for the maximum
WIDEST_OFFSET = 25.0  # log points within a group: no exposure is 7e10 times another, so the logarithm was forgotten
NEAREST = 1e-6  # share of its size by which a regressor has to vary: less leaves too few digits
NO_ERROR = 1e-5  # share of the error under a Poisson variance, above what the last step leaves, that stands for none
CHUNK = 32  # label columns at once: their residuals should fit the processor's cache
FARTHEST = 10.0  # log rate ratio of a label that no event, or every event, falls on
PROFILE_STEPS = 40  # Newton steps of at most 1 each: 10 reach the bound


@dataclass(frozen=True, slots=True)
class ConditionalPoissonFit(Result):
    """Log rate ratios of a conditional Poisson regression.

    ``names`` are the regressors, ``coefficients`` and ``errors`` their log rate ratios with cluster-robust standard
    errors, and ``freedom`` the degrees of freedom of these; both nan where every cluster is fitted perfectly, or one
    alone tells. ``n`` rows were given, ``n_used`` carry information. ``n_groups`` groups are used, ``n_groups_dropped``
    have a total of zero; ``n_clusters`` are the clusters of the errors. ``words`` say what names of regressors mean,
    where they do not say it themselves.
    """

    names: tuple[str, ...]
    coefficients: Floats
    errors: Floats
    freedom: Floats
    n: int
    n_used: int
    n_groups: int
    n_groups_dropped: int
    n_clusters: int
    words: Mapping[str, str] = field(default_factory=dict)

    def said(self, term: str) -> str:
        """Return a regressor in words."""
        return self.words.get(term, in_words(term))

    @np.errstate(over="ignore")  # an end beyond all numbers is infinite
    def table(self) -> pd.DataFrame:
        """Return one row per regressor: rate ratio, 95% interval, log ratio, error, degrees of freedom, z and p."""
        b, error, freedom = self.coefficients, self.errors, self.freedom
        half, z = stats.t.ppf(0.975, freedom) * error, b / error
        values = {"rate_ratio": np.exp(b), "lower": np.exp(b - half), "upper": np.exp(b + half)}
        values |= {"log_ratio": b, "error": error, "freedom": freedom, "z": z, "p": 2 * stats.t.sf(np.abs(z), freedom)}
        return pd.DataFrame(values, index=pd.Index(self.names, name="term"))

    @np.errstate(over="ignore")
    def ratio(self, term: str) -> Estimate:
        """Return the rate ratio of one regressor, ``error`` and ``freedom`` of its logarithm, and what a test detects.

        The call is that of the fit, with the term as one argument more.
        """
        row = self.rows(term).loc[term].to_dict()
        error, freedom = row["error"], row["freedom"]
        found = Estimate(
            self.sentence(term),
            name=term,
            unit="rate ratio",
            **student_ratio(middle=row["log_ratio"], error=error, degrees=freedom),
            p_value=row["p"],
            n=self.n_used,
            minimum_detectable_effect=np.exp(detectable_difference(error, freedom)).item() if error > 0 else np.nan,
            assumed=self.assumed(term),
        )
        return self.part(found, term=term)

    def ratios(self, *terms: str) -> Estimate:
        """Return a table of the rate ratios of several regressors; the call is that of the fit, with the terms besides.

        ``lower`` and ``upper`` are the ends of all intervals.
        """
        chosen = self.rows(*terms)[["rate_ratio", "lower", "upper"]]
        told = ", ".join(
            f"{self.said(term)} {decimals(ratio, 2)} "
            + ("(no interval)" if np.isnan(lower) else f"({decimals(lower, 2)} to {decimals(upper, 2)})")
            for term, ratio, lower, upper in chosen.itertuples(name=None)
        )
        ends: dict[str, Any] = {end: chosen[end].to_numpy() for end in ("lower", "upper")}
        words = f"Rate ratios with 95% intervals: {told}."
        return self.part(Estimate(words, name="rate ratios", **ends, rows=chosen), terms=terms)

    def rows(self, *terms: str) -> pd.DataFrame:
        """Return the rows of some regressors in the table."""
        refuse_unknown(terms, self.names, "term", "regressor")
        return self.table().loc[list(terms)]

    def evidence(self) -> dict[str, Any]:
        """Return the rate ratio of the first regressor; see `ratio` for another."""
        return self.ratio(self.names[0]).evidence()

    def assumed(self, term: str | None = None) -> str:
        """Say how errors and their degrees of freedom are made, of one regressor or all."""
        known = self.freedom[[term in (None, name) for name in self.names] & np.isfinite(self.freedom)]
        ends = " to ".join(dict.fromkeys(f"{end:.0f}" for end in (known.min(), known.max()))) if len(known) else ""
        way = f"errors of {self.n_clusters:,} clusters by a linearised jackknife (CR3)"
        degrees = "degree" if ends == "1" else "degrees"
        return way + (f", t with {ends} Bell-McCaffrey {degrees} of freedom" if ends else "")

    def sentence(self, term: str | None = None) -> str:
        """Say one rate ratio (default all) with its 95% interval, and how many rows identify it."""
        dropped, way = self.n_groups_dropped, f"conditional Poisson, {self.assumed(term)}"
        rows = (
            f"{self.n_used:,} of {self.n:,} rows identify it, in {counted(self.n_groups, 'group')} "
            f"({counted(dropped, 'group')} without any event {'is' if dropped == 1 else 'are'} dropped)."
        )
        if term is None and len(self.names) > 1:
            return f"{self.ratios(*self.names)} The model is {way}; {rows}"
        chosen = term or self.names[0]
        row = self.rows(chosen).loc[chosen]
        known = f"{interval(row['lower'], row['upper'], 2)}, p of no effect = {row['p']:.3g}"
        unknown = "no interval, as every cluster is fitted perfectly or one alone tells"
        told = unknown if np.isnan(row["error"]) else known
        return f"The rate ratio of {self.said(chosen)} is {decimals(row['rate_ratio'], 2)} ({told}; {way}); {rows}"


@method
def conditional_poisson(
    y: ArrayLike,
    x: ArrayLike | pd.DataFrame,
    *,
    groups: ArrayLike,
    also: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
) -> ConditionalPoissonFit:
    """Regress counts on regressors within groups: Poisson pseudo-maximum likelihood with absorbed group effects.

    Parameters
    ----------
    y : array_like, shape (n,)
        Counts, not negative. Series and frames among the arguments are matched by their labels, arrays by position.
    x : array_like or DataFrame, shape (n, k)
        Regressors.
    groups : array_like, shape (n,)
        Groups whose effect is conditioned out, such as country-years.
    also : array_like, shape (n,), optional
        A second factor whose levels get dummies, such as the month of the year.
    offset : array_like, shape (n,), optional
        Log exposure.
    cluster : array_like, shape (n,), optional
        Clusters of the errors; default the groups. Errors are CR3, linearised at the fit: the root of (G-1)/G times
        the sum of squares by which leaving out each of G clusters would move the ratio, with Bell and McCaffrey's
        degrees of freedom (see `jackknife`). Fixest, pyfixest and Stata give CR1; their CR3 refits.

    Raises
    ------
    InputError
        If a count is negative, a value or a label is missing, or rows have other labels; if there is no event, or fewer
        than two clusters; by name, if effects and other regressors explain a regressor, or no maximum exists; if the
        offset spans more than 25 log points within a group, or a regressor varies by less than 1e-6 of its size.
    AnalysisError
        If the fit does not converge.

    Examples
    --------
    >>> arrests = pd.Series([0, 2, 1, 3, 4, 1], name="arrests")
    >>> vote = pd.Series([0, 1, 0, 1, 1, 0], name="vote")
    >>> fit = conditional_poisson(arrests, vote, groups=["A", "A", "A", "B", "B", "B"])
    >>> fit.table().loc["vote", ["rate_ratio", "lower", "upper"]].round(2).tolist()
    [3.71, 1.58, 8.74]
    """
    sample = Sample(y=y, x=x, groups=groups, also=also, cluster=cluster, offset=offset)
    refuse_if(not sample.names, "no regressor", "x", "give at least one column")
    return sample.fit()


def jackknife(x: Floats, weights: Floats, residual: Floats, clusters: sparse.csr_array) -> tuple[Floats, Floats]:
    """Return CR3 errors of weighted least squares, and their degrees of freedom.

    Few clusters that carry much of the information make the usual sandwich too small, and its square far from the mean
    of many squares. So every cluster's scores are weighed by what is left without it, to first order (CR3: the
    jackknife of the last Newton step, all fitted means held; MacKinnon, Nielsen and Webb 2023,
    doi:10.1016/j.jeconom.2022.04.001), and the t distribution has the degrees of freedom of the chi-squared
    distribution with the mean and the variance that the squared error has if rows are independent, as the model's
    variance says (Bell and McCaffrey 2002, Survey Methodology 28, 169-181; Pustejovsky and Tipton 2018,
    doi:10.1080/07350015.2016.1247004). Clusters alike in size and regressors give one degree less than clusters.

    Of ``x`` is left what effects do not explain: effects nested in clusters need no more, others are held. ``residual``
    is multiplied by the weights already: of a Poisson model counts less fitted means, which are the weights.
    ``clusters`` sums rows. Both results are nan for coefficients that one cluster alone identifies.
    """
    k = x.shape[1]
    # Turned so that all rows together have unit information; coefficients are those of unit regressors times ``back``.
    back = np.linalg.inv(np.linalg.cholesky(x.T @ (weights[:, None] * x)))
    unit = x @ back.T
    own = np.stack([clusters @ (unit * (weights * column)[:, None]) for column in unit.T], axis=1)
    left, axes = np.linalg.eigh(np.eye(k) - own)
    alone = left < fixed.COLLINEAR
    turned = axes.transpose(0, 2, 1) @ back
    least = fixed.COLLINEAR * np.linalg.norm(back, axis=0)
    lost = np.where(alone[:, :, None], np.abs(turned), 0.0).max(axis=(0, 1)) > least
    levers = (axes / np.where(alone, np.inf, left)[:, None, :]) @ turned
    moved = np.einsum("gi,gij->gj", clusters @ (unit * residual[:, None]), levers)
    errors = np.sqrt((1 - 1 / len(own)) * (moved**2).sum(axis=0))
    # Degrees of freedom: squared trace over sum of squares of the covariance of clusters' moves, never built; for
    # clusters g and h it is [g = h] lever_g' J_g lever_g - seen_g' seen_h, as the coefficients fit a share of each row.
    # J_g is the information of cluster g, and seen_g = J_g lever_g.
    seen = own @ levers
    variance, shares = (levers * seen).sum(axis=1), (seen**2).sum(axis=1)
    cross = np.einsum("gij,glj->jil", seen, seen)
    squares = (variance**2 - 2 * variance * shares).sum(axis=0) + (cross**2).sum(axis=(1, 2))
    freedom = (variance - shares).sum(axis=0) ** 2 / np.where(squares == 0, np.nan, squares)
    return np.where(lost, np.nan, errors), np.where(lost, np.nan, freedom)


@method
def compare_ratios(first: Estimate, second: Estimate) -> Estimate:
    """Compare two rate ratios from samples that share no row: how many times as large the first is.

    Parameters
    ----------
    first, second : Estimate
        Terms of two fits, see `ConditionalPoissonFit.ratio`.

    Raises
    ------
    InputError
        If the error of one on the log scale is not known.

    Examples
    --------
    >>> fits = [conditional_poisson([n, 4, 5, 8], [0, 1, 0, 1], groups=[0, 0, 1, 1]) for n in (2, 4)]
    >>> found = compare_ratios(*(fit.ratio("x0") for fit in fits))
    >>> round(found.estimate, 3)
    1.286
    """
    what, remedy = "its error on the log scale is not known", "give the ratio of a Poisson fit, as fit.ratio(term) is"
    for place, one in (("first", first), ("second", second)):
        refuse_if(math.isnan(getattr(one, "error", math.nan)), what, place, remedy)
    difference, error = math.log(first.estimate / second.estimate), math.hypot(first.error, second.error)
    share = first.error**2 / error**2 if error else 0.5
    freedom = 1 / (share**2 / first.freedom + (1 - share) ** 2 / second.freedom)
    found = student_ratio(middle=difference, error=error, degrees=freedom)
    return Estimate(
        f"The rate ratio is {decimals(first.estimate, 2)} in the first sample and {decimals(second.estimate, 2)} in "
        f"the second; their ratio is {decimals(found['estimate'], 2)} ({interval(found['lower'], found['upper'], 2)}).",
        name="first rate ratio over second",
        **found,
        unit="ratio of rate ratios",
        assumed=f"no row in both; t with {freedom:.1f} degrees of freedom (Welch and Satterthwaite)",
    )


class NullPoisson:
    """A conditional Poisson regression without its regressor of interest, ready for many versions of that regressor.

    Effects and controls are taken out of the outcome a single time; every version then costs a few matrix products.
    For a 0/1 regressor the estimate is the maximum over its log rate ratio and the group effects, then one Newton step
    that moves controls and level effects too; for others it is one Newton step from the null fit. z is the
    cluster-robust efficient score (Boos 1992, doi:10.1080/00031305.1992.10475921). All versions are treated alike,
    which is what a permutation test needs. Arguments are those of the full fit; ``controls`` are its other regressors.
    """

    def __init__(self, y: ArrayLike, *, controls: ArrayLike | pd.DataFrame | None = None, **design: Any) -> None:
        self.sample = Sample(y=y, x=controls, **design)
        self.null = _Maximum(self.sample)
        root = np.sqrt(self.null.mean)[:, None]
        # An orthonormal basis of the controls less effects, under the weights of the null fit.
        self.controls = np.linalg.qr(root * self.null.x)[0] / root
        self.scores, effects = self.sample.clusters @ sparse.diags_array(self.null.residual), self.sample.effects
        self.held = [self.scores @ part for part in (effects.by_group.T, effects.by_level.T, self.controls)]

    def estimate(self, labels: ArrayLike) -> tuple[Floats, Floats]:
        """Return the log rate ratio and its cluster-robust score z for every column of labels, shape (n,) or (n, p).

        Both are nan where a version has no variation left, z also where every cluster's score is zero. The ratio is -10
        (10) where no (every) event falls on a 0/1 label: it has no maximum there, but z, taken at a ratio of 1, holds.
        """
        matrix = np.atleast_1d(np.asanyarray(labels))
        matrix = matrix[:, None] if matrix.ndim == 1 else matrix
        refuse_masked(matrix, "labels")
        columns(matrix[:, :1], len(self.sample.rows), "labels")
        starts = range(0, max(1, matrix.shape[1]), CHUNK)  # in parts, so that many versions never stand as floats
        ratios, z = np.concatenate([self._chunk(matrix[:, i : i + CHUNK]) for i in starts], axis=1)
        return ratios, z

    def together(self, labels: Floats) -> Floats:
        """Return log rate ratios of regressors in one model, one Newton step from a null fit without controls."""
        given, null = labels[self.sample.rows], self.null
        x = null.projection(given)
        fixed.check_identified(tuple(f"window {i + 1}" for i in range(x.shape[1])), given, x, null.mean)
        return np.asarray(np.linalg.solve(x.T @ (null.mean[:, None] * x), x.T @ null.residual))

    def _chunk(self, labels: NDArray[Any]) -> Floats:
        """Return log ratios and z; of labels only the marked rows are looked at, which are few."""
        effects, fit, mean, rows = self.sample.effects, self.null.projection, self.null.mean, self.sample.rows
        row, column = np.divmod(np.flatnonzero(labels != 0), width := labels.shape[1])
        value, used = columns(labels[row, column], None, "labels")[1][:, 0], rows[row]
        row, column, value = (np.cumsum(rows) - 1)[row[used]], column[used], value[used]
        weight, cell = mean[row] * value, (effects.group[row], column)
        marks, weighted = (sparse.csr_array((one, (row, column)), shape=(len(mean), width)) for one in (value, weight))
        marked = (effects.by_group @ weighted).toarray()
        own, level = fit.explained(marked, (effects.by_level @ weighted).toarray())
        control = (weighted.T @ self.controls).T
        rest = self.controls @ control
        rest += level[effects.level]
        left = value - own[cell] - rest[row, column]
        info = np.bincount(column, weight * left, width).astype(float)  # whole numbers where no row is marked
        info[info <= 1e-9 * np.bincount(column, weight * value, width)] = np.nan
        fitted = (part @ found for part, found in zip(self.held, (own, level, control), strict=True))
        scores = (self.scores @ marks).toarray() - sum(fitted)
        score, spread = scores.sum(axis=0) + 0 * info, (scores**2).sum(axis=0)
        spread[spread <= NO_ERROR**2 * info * min(1.0, self.sample.y.sum())] = np.nan
        z = score / np.sqrt(len(scores) / (len(scores) - 1) * spread)
        if not (value == 1).all():
            return np.stack([score / info, z])
        b = self._profile(marked, marks.T @ self.sample.y)
        # One step that moves the other effects too: slope and curvature of the likelihood where the profile is highest.
        fall = 1 / (1 + marked / fit.total * (grown := np.expm1(b)))
        here = weight * fall[cell]
        slope = score - grown * np.bincount(column, here * left, width)
        others = own * (2 * marked - own * fit.total) + effects.by_group @ (mean[:, None] * rest**2)
        inside = np.bincount(column, here * (2 * left - 1 + grown[column] * left**2), width)
        step = slope / np.maximum((others * fall).sum(axis=0) + inside, 1e-12)
        return np.stack([np.where(np.abs(b) < FARTHEST, b + np.clip(step, -1.0, 1.0), b) + 0 * info, z])

    def _profile(self, marked: Floats, events: Floats) -> Floats:
        """Return the log ratios at which marked rows have as many events as expected given the groups' totals."""
        group, column = cell = np.nonzero(marked)
        total, b = self.null.projection.total[group, 0], np.zeros(len(events))
        share, add = marked[cell] / total, partial(np.bincount, column, minlength=len(b))
        for _ in range(PROFILE_STEPS):
            expected = share * np.exp(b)[column] / (1 + share * np.expm1(b)[column])
            slope = add(total * expected * (1 - expected))
            step = (events - add(total * expected)) / np.maximum(slope, 1e-12)
            before, b = b, np.clip(b + np.clip(step, -1.0, 1.0), -FARTHEST, FARTHEST)
            if (np.abs(b - before) < 1e-11).all():
                break
        return b


def permuted_poisson(y: ArrayLike, labels: ArrayLike, **fixed: Any) -> tuple[Floats, Floats]:
    """Return the log rate ratio and score z of a regressor and of its permuted versions: the estimate of a multiverse.

    ``labels``, shape (n, 1 + permutations), are the regressor, then its permuted versions (see
    `analysis.methods.calendars.shifted_labels`); the rest is as in `NullPoisson`.
    """
    y, labels = aligned(y=y, labels=labels)
    return NullPoisson(y, **fixed).estimate(labels)


class Sample:
    """Rows that carry information, ``x`` in units of ``scale``; ``clusters`` sums by cluster."""

    def __init__(self, y: Any, x: Any, groups: Any, also: Any = None, cluster: Any = None, offset: Any = None) -> None:
        given = {"y": y, "x": x, "groups": groups, "also": also, "cluster": cluster, "offset": offset}
        y, x, groups, also, cluster, offset = aligned(**given)
        counts = column(y, None, "y")
        refuse_if((counts < 0).any(), "counts are negative", "y", "give counts or rates of at least 0")
        n = len(counts)
        group = codes(groups, n, "groups")
        level = None if also is None else codes(also, n, "also")
        cluster = group if cluster is None else codes(cluster, n, "cluster")
        self.rows = rows = fixed.informative(group, level, counts)
        refuse_if(not rows.any(), "no group has an event", "y", "check the outcome")
        self.y = counts[rows]
        self._regress(x)
        self.effects = fixed.Effects(group[rows], None if level is None else level[rows])
        self.groups_dropped = int(group.max()) + 1 - self.effects.n_groups
        self.offset = np.zeros(len(self.y)) if offset is None else column(offset, n, "offset")[rows]
        if offset is not None:  # less the largest of their group, so that no exponential overflows
            self.offset -= np.asarray(pd.Series(self.offset).groupby(self.effects.group).transform("max"))
        text = f"it spans {-self.offset.min():.3g} log points within a group"
        refuse_if(self.offset.min() < -WIDEST_OFFSET, text, "offset", "give the logarithm of exposure")
        self.clusters = fixed.indicator(cluster[rows]).tocsr()
        refuse_if(self.clusters.shape[0] < 2, "fewer than two clusters", "cluster", "cluster on a finer unit")

    def _regress(self, x: Any) -> None:
        """Take columns less their first value, in units of their spread, a power of two."""
        self.names, given = columns(x, len(self.rows))
        given = given[self.rows]
        apart = given - given[:1]
        spread, near = np.abs(apart).max(axis=0), NEAREST * np.abs(given).max(axis=0)
        close = ", ".join(np.array(self.names)[(spread > 0) & (spread < near)])
        refuse_if(close, "values differ by less than a millionth of their size", close, "subtract their mean")
        self.scale = 2.0 ** np.floor(np.log2(np.where(spread > 0, spread, 1.0)))
        self.x = apart / self.scale

    def fit(self, x: Any = None) -> ConditionalPoissonFit:
        """Fit the regressors, or others of the same rows."""
        if x is not None:
            self._regress(x)
        best = _Maximum(self)
        errors, freedom = jackknife(best.x, best.mean, best.residual, self.clusters)
        bread = np.diag(np.linalg.inv(best.x.T @ (best.mean[:, None] * best.x)))
        freedom[errors < NO_ERROR * np.sqrt(bread * min(1.0, self.y.sum()))] = np.nan
        return ConditionalPoissonFit(
            names=self.names,
            coefficients=readonly(best.beta / self.scale),
            errors=readonly(np.where(np.isnan(freedom), np.nan, errors / self.scale)),
            freedom=readonly(freedom),
            n=len(self.rows),
            n_used=len(self.y),
            n_groups=self.effects.n_groups,
            n_groups_dropped=self.groups_dropped,
            n_clusters=self.clusters.shape[0],
        )


class _Maximum:
    """Log rate ratios ``beta`` by the sample's ``x`` at the maximum, expected counts, and counts less these.

    ``x`` is what the effects leave of the regressors under weights ``mean``, as ``projection`` does. It is refused that
    there is no maximum, or more than one, or that the steps do not end.
    """

    def __init__(self, sample: Sample) -> None:
        y, x, effects = sample.y, sample.x, sample.effects
        totals, zero, sure = np.bincount(effects.group, y).astype(float), y == 0, False
        log_share, self.beta = _normalise(sample.offset, effects), np.zeros(x.shape[1])
        for iteration in range(MOST_STEPS):
            self.mean = mean = totals[effects.group] * np.exp(log_share)
            self.projection = fixed.Projection(effects, mean)
            working = (y - mean) / mean
            both = self.projection(np.column_stack([working, x]))
            self.x, self.residual = both[:, 1:], y - mean
            if iteration == 0:
                fixed.check_identified(sample.names, x, self.x, mean)
            if not sure and mean[zero].min(initial=np.inf) < ALMOST_ZERO * y.sum():
                fixed.check_maximum(sample.names, x * sample.scale, y, effects)
                sure = True
            weighted = self.x * mean[:, None]
            step = np.linalg.solve(weighted.T @ self.x, weighted.T @ both[:, 0])
            direction = working - (both[:, 0] - self.x @ step)
            if mean @ direction**2 < DECREMENT * min(1.0, y.sum()):
                return
            # Steps are bounded, and halved until the likelihood does not fall.
            part, start, before = min(1.0, LARGEST_STEP / np.abs(direction).max()), log_share, y @ log_share
            for _ in range(20):
                log_share = _normalise(start + part * direction, effects)
                if y @ log_share >= before - 1e-9 * abs(before):
                    break
                part /= 2
            self.beta = self.beta + part * step
        raise AnalysisError("it does not converge", where="conditional Poisson", remedy="rescale its columns")


def _normalise(eta: Floats, effects: fixed.Effects) -> Floats:
    """Return log shares: eta less the log of its group's sum of exponentials."""
    return eta - np.log(np.bincount(effects.group, np.exp(eta)))[effects.group]
