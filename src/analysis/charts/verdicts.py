"""What decides a claim: numbers beside printed ones, places, what sources say, changes beside the size that matters."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis.charts.forest import forest
from analysis.claims.rules import Leaders, Published, Record
from analysis.claims.verdicts import Verdict
from analysis.data.catalogue import edition_in_words
from analysis.data.load import country_names

#: Places of the answers of sources, and their names.
_ANSWERS = {False: "disagrees", None: "leaves it open", True: "agrees"}


def judged(said: Verdict, ax: Axes) -> Axes:
    """Draw a row for all that decides a claim; what is printed or claimed is an upright line, too little is grey."""
    rows = pd.DataFrame(_rows(said), columns=["name", "estimate", "lower", "upper", "said"]).set_index("name")
    ax.figure.set_figheight(1.1 + 0.16 * len(rows))  # type: ignore[union-attr]  # a row takes as much in any figure
    effect, unit = said.claim.smallest_effect, getattr(said.claim.rule, "unit", "")
    measured = effect is not None and rows["lower"].notna().any()
    band = (-effect.value, effect.value) if effect and measured else None
    forest(rows.astype(float), ax, tick="said", null=0 if measured else None, band=band)
    if isinstance(said.claim.rule, Record):
        ax.set_xticks(range(len(_ANSWERS)), list(_ANSWERS.values()))
        ax.set_xlim(-0.5, len(_ANSWERS) - 0.5)
    elif isinstance(said.claim.rule, Leaders):
        ax.set(xticks=range(1, len(rows) + 1), xlabel="place")
    else:
        ax.set_xlabel(effect.unit if effect and measured else unit)
        ax.margins(x=0.1)
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=bool((rows["estimate"] % 1 == 0).all())))
    return ax


def _rows(said: Verdict) -> Iterator[tuple[str, float | None, float | None, float | None, float | None]]:
    rule, found, names = said.claim.rule, said.evidence, country_names()
    assert found is not None
    if isinstance(rule, Published):
        first = rule.quantities[0]
        alike = {one.quantity: one for one in rule.quantities if one.column == first.column or not first.value}
        for item in found.found:
            if item.quantity in alike:
                label = f"{alike[item.quantity].words}, {edition_in_words(item.vintage)}"
                yield label, item.value, None, None, alike[item.quantity].value
    elif isinstance(rule, Leaders):
        for place, code in enumerate(found.members, start=1):
            yield names.get(code, code), place, None, None, place if code in rule.members else None
    elif isinstance(rule, Record):
        for report in found.reports:
            yield report.source or "no source", list(_ANSWERS).index(report.agrees), None, None, None
    else:
        ends = found.interval or (None, None)
        for own in found.measures:
            yield own.name, own.estimate, own.lower, own.upper, None
        if not found.measures:
            yield "change", found.estimate, *ends, None
