"""Checks of notebook 03: the same comparison with other dates, donors and outcomes, and with errors of measurement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from analysis.article.assessments import conclusion
from analysis.article.designs import Design, study
from analysis.article.measures import Spec, vdem
from analysis.claims.evidence import Check
from analysis.errors import InputError
from analysis.methods.synthetic import (
    SpacePlacebos,
    Study,
    estimator_named,
    leave_one_out,
    measurement_uncertainty,
    placebo_se,
    space_placebos,
)

#: States with a land border, of the country that the claims are about.
NEIGHBOURS = {"KAZ": ("CHN", "KGZ", "RUS", "TKM", "UZB")}
PLACEBO_YEARS = (2012, 2015)
REFORM_YEARS = (2019, 2020)
CORRELATIONS = (0.0, 0.5, 0.9)
AS_REGISTERED = "as registered"
#: Checks whose estimate is not of the effect: they must find none.
NO_EFFECT = ("placebo years", "unrelated outcome")
_FEWEST_PRE = 5
# Placebos need donors of their own, and a spread needs two placebos.
_FEWEST_DONORS = 3
_SDID = estimator_named("sdid")


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant of a comparison.

    Attributes
    ----------
    label : str
        What differs.
    check : str
        Registered falsification that it belongs to; empty if none.
    estimate, lower, upper : float
        Effect with its 95 % interval, or with the range over refits.
    p : float
        Two-sided p of no effect, from in-space placebos or from draws of the errors; nan where none is made.
    donors : int
    """

    label: str
    check: str
    estimate: float
    lower: float
    upper: float
    p: float
    donors: int


@dataclass(frozen=True, slots=True)
class Robustness:
    """One measure under all variants.

    Attributes
    ----------
    label : str
        The measure.
    margin : float
        Smallest effect of interest.
    variants : tuple of Variant
        The registered comparison first.
    missing : dict of str to str
        Checks that could not be made, with the reason.
    """

    label: str
    margin: float
    variants: tuple[Variant, ...]
    missing: Mapping[str, str]

    def table(self) -> pd.DataFrame:
        """Return one row per variant, and whether it holds by the criterion of its check."""
        rows = [
            {
                "measure": self.label,
                "variant": v.label,
                "estimate": v.estimate,
                "lower": v.lower,
                "upper": v.upper,
                "p": v.p,
                "donors": v.donors,
                "holds": self._holds(v),
            }
            for v in self.variants
        ]
        return pd.DataFrame(rows)

    def sentence(self) -> str:
        """Say the range of the estimates and how many variants conclude as the registered one does."""
        # Placebo years and the unrelated outcome estimate something else than the effect; a range is no interval.
        same = [v for v in self.variants if v.check not in (*NO_EFFECT, "leave-one-out donors")]
        own = self._says(same[0])
        agree = sum(self._says(v) == own for v in same)
        low, high = min(v.estimate for v in same), max(v.estimate for v in same)
        says = f"of {self.margin:g}, improvement: {own[0]}, worsening: {own[1]}"
        return (
            f"{self.label}: over {len(same)} variants the estimate runs from {low:+.3g} to {high:+.3g}, and {agree} of "
            f"them conclude as the registered one does ({says})."
        )

    def check(self, name: str) -> Check:
        """Return a registered falsification: passed if every variant that belongs to it holds."""
        own = [v for v in self.variants if v.check == name]
        if not own:
            return Check(name=name, passed=False, detail=self.missing.get(name, "not run"), asks="finding")
        detail = "; ".join(f"{v.label} {v.estimate:+.3g} ({v.lower:+.3g} to {v.upper:+.3g})" for v in own)
        return Check(
            name=name, passed=all(self._holds(v) for v in own), detail=f"{self.label}: {detail}", asks="finding"
        )

    def _says(self, v: Variant) -> tuple[str, str]:
        better = conclusion(v.estimate, v.lower, v.upper, self.margin)
        return better, conclusion(-v.estimate, -v.upper, -v.lower, self.margin)

    def _holds(self, v: Variant) -> bool:
        """Apply the criterion of the variant's check: no effect where there is none, else the same conclusion."""
        if v.check in NO_EFFECT:
            return v.lower <= 0 <= v.upper and abs(v.estimate) < self.margin
        if v.check == "leave-one-out donors":
            return v.lower * v.upper > 0
        return self._says(v) == self._says(self.variants[0])


def robustness(
    frames: Mapping[str, pd.DataFrame], spec: Spec, plan: Design, *, margin: float, draws: int = 0, seed: int = 0
) -> Robustness:
    """Repeat the registered comparison of one measure in all the ways that the register asks for.

    Parameters
    ----------
    frames : mapping of str to pandas.DataFrame
        Tables by name: the measure's, ``pandem`` and ``vdem_v12`` for the unrelated outcome.
    spec : Spec
        The measure.
    plan : Design
        The registered comparison.
    margin : float
        Smallest effect of interest.
    draws, seed : int
        Draws from the measure's published errors; 0 if it has none.
    """
    frame, missing = frames[spec.table], {}
    own = study(frame, spec, plan)
    variants = [_variant(AS_REGISTERED, "", own), *_other_dates(frame, spec, plan), _left_out(own)]
    pools = {
        "neighbours dropped": ("without neighbours", without_neighbours(own)),
        "donors matched on pandemic rules": ("similar pandemic rules", similar_rules(own, frames["pandem"])),
    }
    for name, (label, donors) in pools.items():
        if donors is None or len(donors) < _FEWEST_DONORS:
            missing[name] = f"no such donors are known for {plan.country}"
            continue
        variants.append(_variant(label, name, study(frame, spec, plan, donors=donors)))
    variants += _placebo_years(frame, spec, plan)
    variants += _unrelated(frames["vdem_v12"], plan, missing)
    variants += _measurement(frame, spec, plan, draws=draws, seed=seed) if draws else []
    return Robustness(spec.label, margin, tuple(variants), missing)


def without_neighbours(own: Study) -> tuple[str, ...] | None:
    """Return the donors that have no land border with the country; None if its neighbours are not listed."""
    near = NEIGHBOURS.get(own.treated)
    return None if near is None else tuple(donor for donor in own.donors if donor not in near)


def similar_rules(own: Study, pandem: pd.DataFrame, *, year: int = 2020) -> tuple[str, ...] | None:
    """Return the half of the donors whose pandemic rules violated democratic standards most nearly as much.

    Parameters
    ----------
    own : Study
        The registered comparison.
    pandem : pandas.DataFrame
        Table ``pandem``; its index of violations is averaged over the quarters of the year.
    """
    mean = pandem[pandem["data_year"] == year].groupby("iso3")["violations"].mean()
    known = [donor for donor in own.donors if donor in mean.index]
    if own.treated not in mean.index:
        return None
    distance = (mean[known] - mean[own.treated]).abs().rename_axis("iso3").reset_index()
    nearest = distance.sort_values(["violations", "iso3"])["iso3"].head(len(known) // 2)
    return tuple(sorted(nearest))


def _variant(label: str, check: str, own: Study) -> Variant:
    placebos: SpacePlacebos = space_placebos(own, _SDID)
    error = placebo_se(placebos)
    lower, upper = error.interval()
    return Variant(label, check, error.estimate, lower, upper, placebos.p_value("absolute"), len(own.donors))


def _other_dates(frame: pd.DataFrame, spec: Spec, plan: Design) -> list[Variant]:
    years = [year for year in REFORM_YEARS if year != plan.first_treated and year - plan.first_year >= _FEWEST_PRE]
    plans = [replace(plan, first_treated=year, post_from=year, last_year=max(year, plan.last_year)) for year in years]
    return [_variant(f"treated from {p.first_treated}", "", study(frame, spec, p)) for p in plans]


def _left_out(own: Study) -> Variant:
    refits = leave_one_out(own, _SDID)
    low, high = float(refits.estimates.min()), float(refits.estimates.max())
    name = "one donor left out (range)"
    return Variant(name, "leave-one-out donors", refits.estimate, low, high, float("nan"), len(own.donors) - 1)


def _placebo_years(frame: pd.DataFrame, spec: Spec, plan: Design) -> list[Variant]:
    found = []
    for year in PLACEBO_YEARS:
        try:
            found.append(_variant(f"placebo year {year}", "placebo years", study(frame, spec, plan, placebo=year)))
        except InputError:
            # Too early for this country's series; the check then rests on the other year.
            continue
    return found


def _unrelated(frame: pd.DataFrame, plan: Design, missing: dict[str, str]) -> list[Variant]:
    spec = vdem("v2xcl_prpty", "v12")
    try:
        return [_variant("property rights instead", "unrelated outcome", study(frame, spec, plan))]
    except InputError as error:
        missing["unrelated outcome"] = error.line()
        return []


def _measurement(frame: pd.DataFrame, spec: Spec, plan: Design, *, draws: int, seed: int) -> list[Variant]:
    own = study(frame, spec, plan, sd=f"{spec.columns[0]}_sd")
    found = []
    for correlation in CORRELATIONS:
        pooled = measurement_uncertainty(
            own, _SDID, correlation=correlation, draws=draws, seed=seed, statistic="absolute"
        )
        label = f"expert error, correlation {correlation:g}"
        ends = (pooled.estimate, *pooled.interval(), pooled.p_value)
        found.append(Variant(label, "expert uncertainty", *ends, len(own.donors)))
    return found


def checks(names: Sequence[str], results: Sequence[Robustness], uncertain: Robustness) -> list[Check]:
    """Return the registered falsifications over several measures; each must hold for every one of them.

    Parameters
    ----------
    names : sequence of str
        Registered falsifications.
    results : sequence of Robustness
        The measures of the claim.
    uncertain : Robustness
        The measure whose errors are published; expert uncertainty is judged on it.
    """
    return [_joined(name, [uncertain] if name == "expert uncertainty" else results) for name in names]


def _joined(name: str, results: Sequence[Robustness]) -> Check:
    each = [result.check(name) for result in results]
    detail = " | ".join(check.detail for check in each)
    return Check(name=name, passed=all(check.passed for check in each), detail=detail, asks="finding")


def table(results: Sequence[Robustness]) -> pd.DataFrame:
    """Return the variants of several measures, one below the other."""
    return pd.concat([result.table() for result in results], ignore_index=True)
