"""Measures of a claim made from results: sign, scale and smallest effect come from the register."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from analysis.claims.checks import require_call
from analysis.claims.evidence import Measure
from analysis.claims.register import Claim
from analysis.claims.rules import NonInferiority, RegisteredMeasure
from analysis.errors import InputError

Change = Literal["improvement", "worsening"]
_NO_CASE = 1e-12  # stands for a ratio of 0, which has no logarithm


def build_measures(
    claim: Claim,
    results: Mapping[str, Any],
    *,
    edition: str,
    parameters: Mapping[str, Any],
    failed: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Measure, ...]:
    """Turn results into the measures that a claim is judged on, in the register's order.

    Parameters
    ----------
    claim : Claim
        A claim with a non-inferiority rule and registered measures.
    results, failed : mapping
        By the registered name of the measure: its result; the names of its registered checks that failed.
    edition, parameters : str, mapping
        Edition of the evidence; the notebook's parameters, for arguments that name one.

    Raises
    ------
    InputError
        A registered measure is missing, one is not registered, a result was made by another call, or a check is not
        one of the measure's.
    """
    assert isinstance(claim.rule, NonInferiority)
    registered = {item.name: item for item in claim.measures_of(edition)}
    if differing := sorted(registered.keys() ^ results.keys()):
        what = "is missing" if differing[0] in registered else "is not registered"
        where, remedy = f"{claim.id}, edition {edition}", f"it is judged on {', '.join(registered) or 'none'}"
        raise InputError(f"measure {differing[0]!r} {what}", where=where, remedy=remedy)
    failed = failed or {}
    made = []
    for name, item in registered.items():
        if item.model:
            where = f"{claim.id}, {name}"
            require_call(item.model, results[name].call, {**parameters, "measure": name}, where=where)
        if unknown := sorted(set(failed.get(name, ())) - set(item.checks)):
            remedy = f"it has {', '.join(item.checks) or 'none'}"
            raise InputError(f"no check {unknown[0]!r} of {name!r} is registered", where=claim.id, remedy=remedy)
        made.append(measure_of(item, results[name], against=claim.rule.against, shaken=bool(failed.get(name))))
    return tuple(made)


def measure_of(
    item: RegisteredMeasure, result: Any, *, against: Change = "improvement", shaken: bool = False
) -> Measure:
    """Turn one result, with estimate and interval, into a measure: positive is the change that a rule is against.

    It is shaken if a check of the finding failed.
    """
    found = result.evidence()
    estimate = found.get("estimate")
    ends = (math.nan if estimate is None else estimate, *found["interval"])
    effect = item.smallest_effect
    if item.scale == "ratio":
        ends, effect = tuple(math.log(max(end, _NO_CASE)) for end in ends), abs(math.log(effect))
    if (against == "improvement") != (item.higher == "better"):
        ends = (0.0 - ends[0], 0.0 - ends[2], 0.0 - ends[1])
    return Measure(
        name=item.name,
        producer=item.producer,
        estimate=ends[0],
        lower=ends[1],
        upper=ends[2],
        smallest_effect=effect,
        shaken=shaken,
    )


def measures_sentence(measures: Sequence[Measure]) -> str:
    """Say what each measure concludes on a change of its registered size."""
    return f"A change of the registered size: {'; '.join(f'{item.name} {item.conclusion}' for item in measures)}."
