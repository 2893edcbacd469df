"""One estimate under several variants, each read against the smallest effect of interest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from analysis.errors import AnalysisError, InputError
from analysis.methods._inputs import refuse_if, refuse_unknown
from analysis.methods.result import Call, Made, Result, counted, in_words, method, refusal

Conclusion = Literal["ruled out", "shown", "cannot tell"]


def conclusion(estimate: float, lower: float, upper: float, margin: float) -> Conclusion:
    """Return what an interval says of an effect at least as large as a margin.

    Examples
    --------
    >>> conclusion(0.01, -0.02, 0.04, margin=0.05), conclusion(0.01, -0.02, 0.06, margin=0.05)
    ('ruled out', 'cannot tell')
    """
    if upper < margin:
        return "ruled out"
    return "shown" if lower > 0 and estimate >= margin else "cannot tell"


@dataclass(frozen=True, slots=True, eq=False)
class Variants(Result):
    """Estimates of one or more measures under variants; the first of each measure is the one that others repeat.

    ``rows`` has ``measure``, ``variant``, ``estimate``, ``lower``, ``upper``, ``p_value``, ``n``, ``margin``, ``apart``
    (whether the variant estimates something else, such as an effect where there should be none), ``ratio`` (whether it
    is one), ``same`` (whether it concludes as the first of its measure does, upwards and downwards), and what it says
    ``upwards`` and ``downwards``; each column is an attribute too. ``calls`` are those that made the estimates, one a
    row.
    """

    rows: pd.DataFrame
    calls: tuple[Call | None, ...]

    def __getattr__(self, name: str) -> Any:
        if name != "rows" and name in self.rows:
            return self.rows[name].to_numpy()
        raise AttributeError(f"no column {name!r}")

    def about(self, *measures: str) -> Variants:
        """Return the rows of some measures."""
        refuse_unknown(measures, self.rows["measure"].unique(), "variants", "measure")
        kept = self.rows["measure"].isin(measures).to_numpy()
        calls = tuple(call for call, keep in zip(self.calls, kept, strict=True) if keep)
        return replace(self, rows=self.rows[kept].reset_index(drop=True), calls=calls)

    def table(self) -> pd.DataFrame:
        """Return one row per measure and variant."""
        return self.rows.drop(columns=["margin", "apart", "ratio", "upwards", "downwards"])

    def sentence(self) -> str:
        """Say, by measure, how far the estimates of the same effect lie apart, and how many conclude as the first."""
        told = []
        for measure, own in self.rows[~self.rows["apart"]].groupby("measure", sort=False):
            first, estimates = own.iloc[0], own["estimate"]
            form = "{:.3g}" if first["ratio"] else "{:+.3g}"
            ends = dict.fromkeys(form.format(end) for end in (estimates.min(), estimates.max()))
            runs = f"runs from {' to '.join(ends)}" if len(ends) > 1 else f"is {''.join(ends)}"
            told.append(
                f"{measure[:1].upper()}{measure[1:]}: over {counted(len(own), 'variant')} the estimate {runs}, with "
                f"the conclusion of the first in {own['same'].sum()} of them (of "
                f"{first['margin']:g}, upwards: {first['upwards']}, downwards: {first['downwards']})."
            )
        return " ".join(told)

    def tally(self) -> str:
        """Say of how many estimates an effect of the margin's size is shown or ruled out, either way."""
        ways, size = self.rows[["upwards", "downwards"]], "a change of the smallest size of interest is"
        if ways.eq("cannot tell").all(axis=None):
            return f"In {counted(len(ways), 'estimate')} {size} neither shown nor ruled out, upwards or downwards."
        told = [f"{way} by {sum(of == 'shown')} and ruled out by {sum(of == 'ruled out')}" for way, of in ways.items()]
        return f"Of {counted(len(ways), 'estimate')}, {size} shown {', '.join(told)}."

    def _repr_markdown_(self) -> str:
        return in_words(self.sentence())


@method
def each(
    function: Callable[..., Made], calls: Mapping[Any, Mapping[str, Any]], **common: Any
) -> tuple[dict[Any, Made], dict[Any, str]]:
    """Call a method once for each set of arguments; return results and, where that cannot be done, reasons by name.

    ``calls`` has the arguments of each call by the name that its result shall have; they go before the ``common`` ones.

    Examples
    --------
    >>> from analysis.methods.count_tests import rate_ratio_interval
    >>> found, left_out = each(rate_ratio_interval, {"a": {"first": 2}, "b": {"first": -1}}, second=4)
    >>> list(found), list(left_out)
    (['a'], ['b'])
    """
    found: dict[Any, Made] = {}
    left_out: dict[Any, str] = {}
    for name, arguments in calls.items():
        try:
            found[name] = function(**{**common, **arguments})
        except AnalysisError as error:
            left_out[name] = refusal(error)
    return found, left_out


@method
def variants(
    results: Mapping[str, Mapping[str, Result]], *, margins: Mapping[str, float], apart: Sequence[str] = ()
) -> Variants:
    """Set estimates under several variants side by side.

    Parameters
    ----------
    results : mapping of str to mapping of str to Result
        By measure, results by the name of the variant; the first of each measure is what others are compared with.
    margins : mapping of str to float
        Smallest effect of interest of each measure, of a ratio as a ratio: 1.25 and 0.8 are the same.
    apart : sequence of str, optional
        Variants that estimate something else than the first.

    Raises
    ------
    InputError
        If there is no result, a measure has no margin above 0, or a result has no estimate with an interval.

    Examples
    --------
    >>> from analysis.methods.synthetic.inference import compare_study
    >>> from analysis.methods.synthetic.study import Study
    >>> study = Study.from_matrix([[t + (t > 5), t, t + 0.1 * (t > 5), t + 3, t - 1] for t in range(8)], n_pre=6)
    >>> by_estimator = {name: compare_study(study, name) for name in ("ascm", "did")}
    >>> variants({"score": by_estimator}, margins={"score": 0.5}).same.tolist()
    [True, True]
    """
    refuse_unknown(results, margins, "margins", "margin of")
    if not any(results.values()) or not all(margin > 0 for margin in margins.values()):
        raise InputError("no result, or a margin is not positive", where="variants", remedy="give at least one of each")
    refuse_unknown(apart, [name for own in results.values() for name in own], "apart", "variant")
    rows = []
    for measure, own in results.items():
        said: tuple[Conclusion, ...] = ()
        for name, result in own.items():
            found, margin = result.evidence(), margins[measure]
            if not {"estimate", "interval"} <= found.keys():
                raise InputError("has no estimate with an interval", where=f"{measure}, {name}", remedy="leave it out")
            ends, ratio = (found["estimate"], *found["interval"]), "ratio" in found.get("unit", "").split()
            refuse_if(ratio and margin == 1, "its margin is no change", measure, "give a ratio, such as 1.25")
            with np.errstate(divide="ignore"):  # a ratio of zero is infinitely far from one
                effect, low, high, least = np.log([*ends, margin]) if ratio else (*ends, margin)
            says = conclusion(effect, low, high, abs(least)), conclusion(-effect, -high, -low, abs(least))
            said = said or says
            row = {"measure": measure, "variant": name, "estimate": ends[0], "lower": ends[1], "upper": ends[2]}
            row |= {"p_value": found.get("p_value", np.nan), "n": found.get("n", 0), "margin": margin}
            row |= {"apart": name in apart, "ratio": ratio, "same": says == said}
            rows.append(row | {"upwards": says[0], "downwards": says[1]})
    calls = tuple(result.call for own in results.values() for result in own.values())
    return Variants(pd.DataFrame(rows), calls)
