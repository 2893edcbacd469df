"""Conditional (fixed-effects) Poisson regression with cluster-robust errors.

A count is modelled given the total of its group (a country-year, say), so everything that is common to the group drops
out: the likelihood is multinomial, and equals Poisson pseudo-maximum likelihood with one dummy per group. It is
consistent under any variance as long as the mean is right. Groups whose total is zero carry no information; they are
dropped and counted.

References
----------
Wooldridge, J. (1999). Journal of Econometrics 90, 77-97. doi:10.1016/S0304-4076(98)00033-5
Correia, S., Guimarães, P. and Zylkin, T. (2020). Stata Journal 20, 95-115. doi:10.1177/1536867X20909691
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from analysis.errors import InputError
from analysis.methods._fixed_effects import cluster_covariance
from analysis.methods._poisson_solver import make_sample, maximise
from analysis.methods.calendars import detectable_ratio
from analysis.methods.result import Estimate, Floats, Result, method, readonly


@dataclass(frozen=True, slots=True, eq=False)
class RateRatios(Result):
    """Rate ratios of several regressors of one fit; ``lower`` and ``upper`` are the ends of all their intervals."""

    rows: pd.DataFrame

    @property
    def lower(self) -> Floats:
        """Lower ends, one a regressor."""
        return self.rows["lower"].to_numpy()

    @property
    def upper(self) -> Floats:
        """Upper ends, one a regressor."""
        return self.rows["upper"].to_numpy()

    def table(self) -> pd.DataFrame:
        """Return one row per regressor: rate ratio and its interval."""
        return self.rows

    def sentence(self) -> str:
        """Say every ratio with its 95% interval."""
        parts = [
            f"{row.Index} {row.rate_ratio:.2f} ({row.lower:.2f} to {row.upper:.2f})" for row in self.rows.itertuples()
        ]
        return f"Rate ratios with 95% intervals: {', '.join(parts)}."


@dataclass(frozen=True, slots=True)
class ConditionalPoissonFit(Result):
    """Log rate ratios of a conditional Poisson regression.

    ``names`` are the regressors, ``coefficients`` and ``errors`` their log rate ratios with cluster-robust standard
    errors. ``n`` rows were given, ``n_used`` lie in groups and levels whose total is not zero; of the groups
    ``n_groups`` are used, ``n_groups_dropped`` have a total of zero; ``n_clusters`` are the clusters of the errors.
    """

    names: tuple[str, ...]
    coefficients: Floats
    errors: Floats
    n: int
    n_used: int
    n_groups: int
    n_groups_dropped: int
    n_clusters: int

    def table(self) -> pd.DataFrame:
        """Return one row per regressor: rate ratio, 95% interval, log ratio, error, z and p (t with G-1 degrees)."""
        half = stats.t.ppf(0.975, self.n_clusters - 1) * self.errors
        z = self.coefficients / self.errors
        values = {
            "rate_ratio": np.exp(self.coefficients),
            "lower": np.exp(self.coefficients - half),
            "upper": np.exp(self.coefficients + half),
            "log_ratio": self.coefficients,
            "error": self.errors,
            "z": z,
            "p": 2 * stats.t.sf(np.abs(z), self.n_clusters - 1),
        }
        return pd.DataFrame(values, index=pd.Index(self.names, name="term"))

    def ratio(self, term: str) -> Estimate:
        """Return the rate ratio of one regressor with the ``error`` of its logarithm, and the ratio a test detects.

        Its call is that of the fit, with the term as one argument more.
        """
        words, row = self.sentence(term), self.table().loc[term].to_dict()
        found = Estimate(
            words,
            name=term,
            estimate=row["rate_ratio"],
            lower=row["lower"],
            upper=row["upper"],
            p_value=row["p"],
            n=self.n_used,
            unit="rate ratio",
            minimum_detectable_effect=detectable_ratio(row["error"]),
            more={"error": row["error"]},
        )
        return self.part(found, term=term)

    def ratios(self, *terms: str) -> RateRatios:
        """Return the rate ratios of several regressors; their call is that of the fit, with the terms besides."""
        return self.part(RateRatios(self.table().loc[list(terms), ["rate_ratio", "lower", "upper"]]), terms=terms)

    def evidence(self) -> dict[str, Any]:
        """Return the rate ratio of the first regressor; see `ratio` for another."""
        return self.ratio(self.names[0]).evidence()

    def sentence(self, term: str | None = None) -> str:
        """Say one rate ratio (default the first) with its 95% interval, and how many rows identify it."""
        frame = self.table()
        chosen = term or self.names[0]
        if chosen not in frame.index:
            raise InputError("unknown regressor", where=chosen, remedy=f"choose one of {', '.join(self.names)}")
        row = frame.loc[chosen]
        return (
            f"The rate ratio of {chosen} is {row['rate_ratio']:.2f} (95% interval {row['lower']:.2f} to "
            f"{row['upper']:.2f}, p = {row['p']:.3g}; conditional Poisson, errors clustered on {self.n_clusters:,} "
            f"units); {self.n_used:,} of {self.n:,} rows identify it, in {self.n_groups:,} groups "
            f"({self.n_groups_dropped:,} groups without any event are dropped)."
        )


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
        Counts, not negative.
    x : array_like or DataFrame, shape (n, k)
        Regressors.
    groups : array_like, shape (n,)
        Groups whose effect is conditioned out, such as country-years.
    also : array_like, shape (n,), optional
        A second factor whose levels get dummies, such as the month of the year.
    offset : array_like, shape (n,), optional
        Log exposure.
    cluster : array_like, shape (n,), optional
        Clusters of the errors; default the groups. The covariance of G clusters has the factor G/(G-1).

    Raises
    ------
    InputError
        If counts are negative or missing, a regressor is not identified, or no group has an event.
    AnalysisError
        If the fit does not converge.

    Examples
    --------
    >>> arrests = pd.Series([0, 2, 1, 3, 4, 1], name="arrests")
    >>> vote = pd.Series([0, 1, 0, 1, 1, 0], name="vote")
    >>> fit = conditional_poisson(arrests, vote, groups=["A", "A", "A", "B", "B", "B"])
    >>> fit.table().loc["vote", ["rate_ratio", "lower", "upper"]].round(2).tolist()
    [3.71, 1.6, 8.62]
    """
    sample = make_sample(y, x, groups=groups, also=also, offset=offset, cluster=cluster)
    best = maximise(sample)
    bread = np.linalg.inv(best.x.T @ (best.mean[:, None] * best.x))
    covariance = cluster_covariance(bread, best.x * best.residual[:, None], sample.clusters, sample.factor)
    return ConditionalPoissonFit(
        names=sample.names,
        coefficients=readonly(best.beta),
        errors=readonly(np.sqrt(np.diag(covariance))),
        n=len(sample.rows),
        n_used=len(sample.y),
        n_groups=sample.effects.n_groups,
        n_groups_dropped=sample.groups_dropped,
        n_clusters=int(sample.clusters.max()) + 1,
    )


@method
def compare_ratios(first: Estimate, second: Estimate) -> Estimate:
    """Compare two rate ratios from samples that share no row: how many times as large the first is.

    Parameters
    ----------
    first, second : Estimate
        Terms of two fits, see `ConditionalPoissonFit.ratio`.

    Examples
    --------
    >>> fits = [conditional_poisson([n, 4, 5, 8], [0, 1, 0, 1], groups=[0, 0, 1, 1]) for n in (2, 4)]
    >>> found = compare_ratios(*(fit.ratio("x0") for fit in fits))
    >>> round(found.estimate, 3)
    1.286
    """
    difference, error = np.log(first.estimate / second.estimate), np.hypot(first.error, second.error)
    low, ratio, high = np.exp(difference + stats.norm.ppf([0.025, 0.5, 0.975]) * error).tolist()
    return Estimate(
        f"The rate ratio is {first.estimate:.2f} in the first sample and {second.estimate:.2f} in the second; their "
        f"ratio is {ratio:.2f} (95% interval {low:.2f} to {high:.2f}).",
        name="first rate ratio over second",
        estimate=ratio,
        lower=low,
        upper=high,
        unit="ratio of rate ratios",
    )


def terms_table(fits: Mapping[str, ConditionalPoissonFit], terms: Iterable[str]) -> pd.DataFrame:
    """Return rate ratios of terms that several fits share, one row a sample and term, intervals and p beside."""
    shown = ["rate_ratio", "lower", "upper", "p"]
    parts = [fit.table().loc[list(terms), shown].rename_axis("window").reset_index() for fit in fits.values()]
    return pd.concat(parts, keys=fits, names=["sample"]).reset_index("sample").reset_index(drop=True)
