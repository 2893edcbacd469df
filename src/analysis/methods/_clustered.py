"""Errors of coefficients whose rows come in clusters: how far they move when one cluster at a time is left out.

Few clusters that carry much of the information make the usual sandwich too small, and its square far from the mean of
many squares. So every cluster's scores are weighed by what is left without it, to first order (CR3: the jackknife
of the last Newton step, all fitted means held; MacKinnon, Nielsen and Webb 2023, doi:10.1016/j.jeconom.2022.04.001),
and the t distribution has the degrees of freedom of the chi-squared distribution with the mean and the variance that
the squared error has if rows are independent, as the model's variance says (Bell and McCaffrey 2002, Survey Methodology
28, 169-181; Pustejovsky and Tipton 2018, doi:10.1080/07350015.2016.1247004). Clusters alike in size and regressors give
one degree less than clusters.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from analysis.methods._fixed_effects import COLLINEAR
from analysis.methods.result import Floats


def jackknife(x: Floats, weights: Floats, residual: Floats, clusters: sparse.csr_array) -> tuple[Floats, Floats]:
    """Return CR3 errors of weighted least squares, and their degrees of freedom.

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
    alone = left < COLLINEAR
    turned = axes.transpose(0, 2, 1) @ back
    lost = np.where(alone[:, :, None], np.abs(turned), 0.0).max(axis=(0, 1)) > COLLINEAR * np.linalg.norm(back, axis=0)
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
