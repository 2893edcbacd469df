"""Synthetic control with predictors: donor weights match predictors, predictor weights are searched.

The search is nested: predictor weights V decide which donor weights W(V) match the predictors best, and V is chosen so
that W(V) reproduces the outcome before the treatment. The problem is not convex, published solutions are often local
optima, and the true optimum tends to put nearly all weight on one predictor (Becker and Klossner 2018; Kuosmanen et
al. 2021; Malo et al. 2024). So starts include every such corner, and the loss is always reported beside the lower bound
that no V can beat: the loss of the synthetic control fitted to the outcome itself.

References
----------
Abadie, A., Diamond, A. and Hainmueller, J. (2010). Journal of the American Statistical Association 105, 493-505.
doi:10.1198/jasa.2009.ap08746
Becker, M. and Klossner, S. (2018). Fast and reliable computation of generalized synthetic controls. Econometrics and
Statistics 5, 1-19. doi:10.1016/j.ecosta.2017.08.002
Kuosmanen, T., Zhou, X., Eskelinen, J. and Malo, P. (2021). Design flaw of the synthetic control method. MPRA 106390.
Malo, P., Eskelinen, J., Zhou, X. and Kuosmanen, T. (2024). Computing synthetic controls using bilevel optimization.
Computational Economics 64. doi:10.1007/s10614-023-10471-7
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from analysis.errors import InputError
from analysis.methods.arrays import Floats
from analysis.methods.synthetic.problems import Problems, Solutions, solutions
from analysis.methods.synthetic.search import (
    Nested,
    PredictorSearch,
    local_search,
    nested_problem,
    thorough_search,
    without_search,
)
from analysis.methods.synthetic.simplex import duality_gap, require_certified

Search = Literal["thorough", "local"]


@dataclass(frozen=True, slots=True)
class PredictorControl:
    """Synthetic control that matches predictors, with searched or given predictor weights.

    Attributes
    ----------
    search : {"thorough", "local"}
        "thorough" screens equal weights, regression weights, each predictor's corner, each ordered pair of predictors
        and random draws, follows the gradient from the best of them and refines the best ends. "local" is one
        Nelder-Mead search from equal weights, as in common software: it reproduces published tables, not the optimum.
    draws, seed : int
        Number of random candidates of the thorough search, and their seed.
    predictor_weights : tuple of float, optional
        Given V; nothing is searched.

    References
    ----------
    Abadie, Diamond and Hainmueller (2010), section 2.3. doi:10.1198/jasa.2009.ap08746
    """

    search: Search = "thorough"
    draws: int = 500
    seed: int = 0
    predictor_weights: tuple[float, ...] | None = None
    name: ClassVar[str] = "synthetic control with predictors"

    def solve(self, problems: Problems) -> Solutions:
        """Return the solutions of all problems.

        Raises
        ------
        InputError
            If the study has no predictors, a predictor does not vary, or the given weights do not fit them.
        """
        size = len(problems.predictors)
        if size == 0:
            raise InputError("the study has no predictors", where=self.name, remedy="build it with predictors")
        given = None if self.predictor_weights is None else _checked(self.predictor_weights, size)
        weights = np.zeros(problems.pools.shape)
        gap = np.zeros(len(weights))
        details = []
        for p, (target, pool) in enumerate(zip(problems.targets, problems.pools, strict=True)):
            nested = nested_problem(problems, int(target), pool)
            found = self._search(nested) if given is None else without_search(nested, given)
            weights[p, pool] = nested.donor_weights(found.predictor_weights)
            gap[p] = duality_gap(nested.weighted(found.predictor_weights), weights[p, pool])
            details.append(found)
        require_certified(gap)
        return solutions(problems, weights, certificate=gap, details=tuple(details))

    def _search(self, nested: Nested) -> PredictorSearch:
        if nested.perfect_match:
            return without_search(nested, np.full(len(nested.match), 1.0 / len(nested.match)))
        return local_search(nested) if self.search == "local" else thorough_search(nested, self.draws, self.seed)


def _checked(weights: tuple[float, ...], size: int) -> Floats:
    v = np.asarray(weights, dtype=np.float64)
    if v.shape != (size,) or not np.isfinite(v).all() or (v < 0).any() or v.sum() == 0:
        what = f"{len(v)} weights for {size} predictors, which must be non-negative and not all zero"
        raise InputError(what, where="predictor_weights", remedy="give one weight per predictor")
    return v / v.sum()
