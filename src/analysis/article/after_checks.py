"""Checks of notebook 07: the same change with other errors, editions and years, evidence, and counterfactuals since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from analysis.article.after_changes import WITH_ERRORS, Change, Trial, change
from analysis.article.assessments import Assessment, assess_all
from analysis.article.designs import Design
from analysis.article.measures import DEMOCRACY, PRESS_FREEDOM, Spec
from analysis.article.reform_checks import AS_REGISTERED, CORRELATIONS, PLACEBO_YEARS, Robustness, Variant, checks
from analysis.claims.evidence import Check
from analysis.claims.register import Claim
from analysis.claims.rules import NonInferiority
from analysis.errors import InputError

#: Claims that the change decides; they contradict each other.
CLAIMS = ("attacks-on-organisations-grow", "no-strengthening-of-repression")


def robustness(
    frames: Mapping[str, pd.DataFrame],
    spec: Spec,
    *,
    years: tuple[int, int],
    margins: Mapping[str, float],
    trial: Trial,
    later: Sequence[Spec] = (),
) -> Robustness:
    """Repeat a change under other correlations of errors, in later editions, and in earlier years.

    Parameters
    ----------
    frames : mapping of str to pandas.DataFrame
        Tables by name.
    spec : Spec
        The measure.
    years, trial
        See :func:`analysis.article.after_changes.change`.
    margins : mapping of str to float
        Smallest effects of interest by scale.
    later : sequence of Spec
        The same measure in later editions.
    """
    errors, margin = frames[WITH_ERRORS.table], margins[spec.effect]
    variants: list[Variant] = []
    missing: dict[str, str] = {}
    for label, check, measured, window, own in _variants(spec, later, years, trial):
        try:
            found = change(frames[measured.table], measured, errors, years=window, margin=margin, trial=own)
        except InputError as error:
            missing[check] = error.line()
            continue
        variants.append(Variant(label, check, found.estimate, found.lower, found.upper, found.p_value, 0))
    return Robustness(spec.label, margin, tuple(variants), missing)


def _variants(
    spec: Spec, later: Sequence[Spec], years: tuple[int, int], trial: Trial
) -> Iterator[tuple[str, str, Spec, tuple[int, int], Trial]]:
    """List label, check, measure, years and draws of every variant, the registered one first."""
    yield AS_REGISTERED, "", spec, years, trial
    for c in sorted({*CORRELATIONS} - {trial.correlation}):
        yield f"expert error, correlation {c:g}", "expert uncertainty", spec, years, replace(trial, correlation=c)
    for item in later:
        yield f"experts of release {item.label.split()[-1]}", "later editions", item, years, trial
    for year in PLACEBO_YEARS:
        window = (year - 1, year - 1 + years[1] - years[0])
        yield f"placebo, {window[0]} to {window[1]}", "placebo years", spec, window, trial


def scaled(result: Robustness) -> Robustness:
    """Return variants in multiples of the smallest effect of interest, so that measures can share an axis."""
    by = result.margin
    items = [replace(v, estimate=v.estimate / by, lower=v.lower / by, upper=v.upper / by) for v in result.variants]
    return replace(result, margin=1.0, variants=tuple(items))


def falsifications(claim: Claim, index: Robustness, points: Robustness, uncertain: Robustness) -> list[Check]:
    """Return the registered checks; Freedom House counts only where the rule judges its points too.

    Parameters
    ----------
    claim : Claim
        One of `CLAIMS`.
    index, points, uncertain : Robustness
        The registered index, Freedom House, and the index whose errors are published.
    """
    # Freedom House never rates a year again, so it has no later edition of it.
    both = [index, points] if isinstance(claim.rule, NonInferiority) else [index]
    used = {name: both if name == "placebo years" else [index] for name in claim.asked}
    return [check for name, results in used.items() for check in checks([name], results, uncertain)]


def evidence(
    claim: Claim, found: Mapping[str, Change], results: tuple[Robustness, Robustness, Robustness]
) -> list[dict[str, Any]]:
    """Return the evidence on one of the claims, as arguments of ``session.evidence``: registered and later edition.

    Parameters
    ----------
    claim : Claim
        One of `CLAIMS`.
    found : mapping of str to Change
        The index (``main``), its later edition (``later``) and Freedom House (``points``).
    results : tuple of Robustness
        As :func:`falsifications` takes them.
    """
    primary = _fields(claim, found["main"], found["points"])
    later = _fields(claim, found["later"], found["points"]) | {"primary": False}
    tables = (*primary["tables"], found["later"].spec.table)
    return [primary | {"tables": tables, "falsifications": falsifications(claim, *results)}, later]


def _fields(claim: Claim, main: Change, points: Change) -> dict[str, Any]:
    worse = isinstance(claim.rule, NonInferiority)
    own = main.measure(worse=worse)
    fields: dict[str, Any] = {
        "claim_id": claim.id,
        "tables": (main.spec.table, WITH_ERRORS.table, points.spec.table),
        "vintage": main.spec.table,
        "estimate": own.estimate,
        "interval": (own.lower, own.upper),
        "p_value": main.p_value,
        "unit": main.spec.unit,
        "minimum_detectable_effect": main.detectable,
        "design": "model-based",
        "summary": f"{main.sentence()} {points.sentence()}",
    }
    return fields | ({"measures": [main.measure(worse=True), points.measure(worse=True)]} if worse else {})


def since(
    frames: Mapping[str, pd.DataFrame], plan: Design, *, margins: Mapping[str, float]
) -> tuple[dict[str, Assessment], dict[str, str]]:
    """Compare each measure's newest year with its synthetic counterfactual; what cannot be is returned with the reason.

    The ranking of press freedom is left out: its method changed inside the window.
    """
    groups = (*PRESS_FREEDOM["v16"], *PRESS_FREEDOM["v14"], *DEMOCRACY["v16"])
    found: dict[str, Assessment] = {}
    left_out: dict[str, str] = {"rank, RSF": "its method changed inside the window"}
    for spec in dict.fromkeys(spec for spec in groups if spec.table != "rsf"):
        own = frames[spec.table]
        last = int(own.loc[own["iso3"] == plan.country, "data_year"].max())
        dated = replace(spec, label=f"{spec.label}, to {last}")
        items, reasons = assess_all(frames, [dated], replace(plan, last_year=last, post_from=last), margins=margins)
        found, left_out = found | items, left_out | reasons
    return found, left_out


def since_sentence(found: Mapping[str, Assessment]) -> str:
    """Say of how many measures a change of the registered size is shown or ruled out, either way."""
    each = list(found.values())
    says = {way: [item.conclusion(way) for item in each] for way in ("improvement", "worsening")}
    words = "; ".join(
        f"{way} shown by {kind.count('shown')}, ruled out by {kind.count('ruled out')}" for way, kind in says.items()
    )
    return f"Of {len(each)} measures beside their counterfactuals: {words}; the rest cannot tell."
