"""Assessments of notebook 03: each measure beside its counterfactual, with interval, margin and detectable effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd

from analysis.article.designs import Design, study
from analysis.article.measures import Spec
from analysis.claims.evidence import Measure
from analysis.errors import AnalysisError, RunError
from analysis.methods.synthetic import (
    SpacePlacebos,
    estimator_named,
    fit,
    minimum_detectable_effect,
    non_inferiority,
    placebo_se,
    space_placebos,
)

#: Estimators that are repeated for every donor, the registered one first.
ESTIMATORS = ("sdid", "sc", "did", "difp")
#: The estimator that is shown beside them without placebos: its cross-validation makes them slow.
WITHOUT_PLACEBOS = "ascm"

Against = Literal["improvement", "worsening"]
Conclusion = Literal["ruled out", "shown", "cannot tell"]


@dataclass(frozen=True, slots=True, eq=False)
class Assessment:
    """One measure assessed: estimate, interval, margin, and what it could have found.

    Attributes
    ----------
    label, producer, table, unit : str
    margin : float
        Smallest effect of interest; positive is better, as everywhere here.
    estimate, lower, upper : float
        Effect with its two-sided 95 % interval.
    detectable : float
        Minimum detectable effect at 80 % power.
    placebos : dict of str to SpacePlacebos
        By estimator; empty for counts.
    beside : dict of str to float
        Estimates of the estimators other than the registered one.
    failed : dict of str to str
        Estimators that did not converge, with the reason.
    shaken : bool
        Whether a check of the finding failed, so that it cannot tell.
    """

    label: str
    producer: str
    table: str
    unit: str
    margin: float
    estimate: float
    lower: float
    upper: float
    detectable: float
    placebos: Mapping[str, SpacePlacebos] = field(default_factory=dict)
    beside: Mapping[str, float] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    shaken: bool = False

    def conclusion(self, against: Against = "improvement") -> Conclusion:
        """Return whether a change of the margin's size is ruled out, shown, or neither."""
        return "cannot tell" if self.shaken else conclusion(*self._turned(against), self.margin)

    def measure(self, against: Against = "improvement") -> Measure:
        """Return the measure as evidence, turned so that positive is the change that the rule is against."""
        estimate, lower, upper = self._turned(against)
        return Measure(
            name=self.label,
            producer=self.producer,
            estimate=estimate,
            lower=lower,
            upper=upper,
            smallest_effect=self.margin,
            shaken=self.shaken,
        )

    def p_value(self, against: Against = "improvement") -> float:
        """Return the p-value of the hypothesis that the change is at least as large as the margin."""
        better = against == "improvement"
        return non_inferiority(self.placebos["sdid"], margin=self.margin, higher_is_better=better).p_value

    def _turned(self, against: Against) -> tuple[float, float, float]:
        if against == "improvement":
            return self.estimate, self.lower, self.upper
        return -self.estimate, -self.upper, -self.lower

    def sentence(self) -> str:
        """Say estimate, interval, placebo rank and what could have been found."""
        said = {"ruled out": "is ruled out", "shown": "is shown", "cannot tell": "is neither ruled out nor shown"}
        words = (
            f"{self.label}: {self.estimate:+.3g} {self.unit} (95% interval {self.lower:+.3g} to {self.upper:+.3g}); "
            f"an improvement of {self.margin:.3g} {said[self.conclusion()]}"
        )
        if "sdid" in self.placebos:
            own = self.placebos["sdid"]
            words += f"; placebo rank p {own.p_value('absolute'):.2f} (floor {own.floor:.3f}) among {len(own.units)}"
        return f"{words}; smallest detectable change {self.detectable:.3g}."


def conclusion(estimate: float, lower: float, upper: float, margin: float) -> Conclusion:
    """Return what an interval says of a change as large as a margin, as the locked rule does."""
    if upper < margin:
        return "ruled out"
    return "shown" if lower > 0 and estimate >= margin else "cannot tell"


def assess(frame: pd.DataFrame, spec: Spec, plan: Design, *, margin: float) -> Assessment:
    """Compare one measure with its counterfactual, the registered estimator first and others beside it.

    Raises
    ------
    InputError
        The comparison cannot be made for this country.
    """
    own = study(frame, spec, plan)
    first = space_placebos(own, estimator_named("sdid"))
    placebos: dict[str, SpacePlacebos] = {"sdid": first}
    failed: dict[str, str] = {}
    for name in ESTIMATORS[1:]:
        try:
            placebos[name] = space_placebos(own, estimator_named(name))
        except RunError as fault:
            failed[name] = fault.line()
    beside = {name: float(item.estimates[0]) for name, item in placebos.items() if name != "sdid"}
    try:
        beside[WITHOUT_PLACEBOS] = fit(own, estimator_named(WITHOUT_PLACEBOS)).estimate
    except RunError as fault:
        failed[WITHOUT_PLACEBOS] = fault.line()
    return replace(registered(spec, first, margin=margin), placebos=placebos, beside=beside, failed=failed)


def registered(spec: Spec, placebos: SpacePlacebos, *, margin: float) -> Assessment:
    """Return what the registered estimator says of one measure, by its placebos in space."""
    error = placebo_se(placebos)
    lower, upper = error.interval()
    return Assessment(
        label=spec.label,
        producer=spec.producer,
        table=spec.table,
        unit=spec.unit,
        margin=margin,
        estimate=error.estimate,
        lower=lower,
        upper=upper,
        detectable=minimum_detectable_effect(placebos).effect,
        placebos={"sdid": placebos},
    )


def assess_all(
    frames: Mapping[str, pd.DataFrame], specs: Sequence[Spec], plan: Design, *, margins: Mapping[str, float]
) -> tuple[dict[str, Assessment], dict[str, str]]:
    """Assess several measures; what cannot be is returned with the reason instead.

    Returns
    -------
    tuple of dict
        Assessments by label; reasons by label, or by label and estimator.
    """
    found: dict[str, Assessment] = {}
    left_out: dict[str, str] = {}
    for spec in specs:
        try:
            found[spec.label] = assess(frames[spec.table], spec, plan, margin=margins[spec.effect])
        except AnalysisError as error:
            left_out[spec.label] = error.line()
            continue
        left_out |= {f"{spec.label} by {name}": why for name, why in found[spec.label].failed.items()}
    return found, left_out


def table(assessments: Sequence[Assessment]) -> pd.DataFrame:
    """Return one row per measure and estimator: estimate, placebo error and rank, margin."""
    rows = []
    for item in assessments:
        own = {"measure": item.label, "producer": item.producer, "unit": item.unit, "margin": item.margin}
        if not item.placebos:
            ends = {"lower": item.lower, "upper": item.upper, "detectable": item.detectable}
            rows.append({**own, "estimator": "exact rate ratio, log scale", "estimate": item.estimate, **ends})
        for name, placebos in item.placebos.items():
            rows.append({**own, "estimator": name, **_row(placebos)})
        if WITHOUT_PLACEBOS in item.beside:
            rows.append({**own, "estimator": WITHOUT_PLACEBOS, "estimate": item.beside[WITHOUT_PLACEBOS]})
    return pd.DataFrame(rows)


def _row(placebos: SpacePlacebos) -> dict[str, float | int]:
    error = placebo_se(placebos)
    lower, upper = error.interval()
    return {
        "estimate": error.estimate,
        "lower": lower,
        "upper": upper,
        "detectable": minimum_detectable_effect(placebos).effect,
        "pre_rmspe": float(np.sqrt(placebos.pre_mspe[0])),
        "p_rank": placebos.p_value("absolute"),
        "p_floor": placebos.floor,
        "donors": len(placebos.units) - 1,
    }
