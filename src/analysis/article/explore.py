"""The desk of ``notebooks/explore.ipynb``: choices in, two views of one country out; nothing is saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import ipywidgets as widgets
import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import Markdown, display
from matplotlib.figure import Figure

from analysis.article import hfi, pictures, reforms
from analysis.charts import drawn, paths, strip
from analysis.claims.register import Register
from analysis.claims.rules import RegisteredMeasure
from analysis.data.readers.hfi import CATEGORIES, FORMULAS
from analysis.errors import AnalysisError
from analysis.methods.index_scores import vintages
from analysis.methods.ranks import rank_sets
from analysis.methods.result import Estimate, prose
from analysis.methods.synthetic.inference import synthetic_control

Load = Callable[[str], pd.DataFrame]
#: Assumed standard error of a score, in points: the index publishes none.
_SD = 0.1
_DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Desk:
    """The tables that the desk needs, read once.

    ``editions`` of the Human Freedom Index by edition, data year and country; V-Dem ``measures`` by name, and their
    tables; the ``regimes`` of each year; ``names`` of countries; the ``seed`` of the rank confidence sets.
    """

    editions: pd.DataFrame
    measures: Mapping[str, RegisteredMeasure]
    vdem: Mapping[str, pd.DataFrame]
    regimes: pd.DataFrame
    names: pd.Series
    seed: int

    def countries(self) -> list[str]:
        """Return the codes that both kinds of index cover."""
        return sorted(set(self.editions.index.get_level_values("iso3")) & set(self.regimes["iso3"]))


def desk(load: Load, register: Register, *, seed: int) -> Desk:
    """Read the tables of the desk; ``load`` is that of the session."""
    named = {item.name: item for claim in register.claims for item in claim.measures if item.table.startswith("vdem_")}
    return Desk(
        editions=hfi.editions(load),
        measures=dict(sorted(named.items())),
        vdem={name: load(name) for name in sorted({item.table for item in named.values()})},
        regimes=load("regimes"),
        names=load("countries").set_index("iso3")["name"],
        seed=seed,
    )


def show_index(own: Desk, country: str, edition: int, data_year: int) -> str:
    """Draw rank by edition and the categories of one edition; return what they say."""
    columns: dict[str, Any] = {"score": "hf_score", "rank": "hf_rank", "formulas": FORMULAS}
    found = vintages(own.editions, unit=country, data_year=data_year, edition=edition, **columns)
    freedom = own.editions["hf_score"].xs(data_year, level="data_year")
    sampled: dict[str, Any] = {"only": [country], "seed": own.seed, "draws": _DRAWS}
    sets = [rank_sets(freedom[year], _SD, **sampled).table() for year in found.table().index]
    with drawn(_show, width="page", ncols=2) as (left, right):
        strip.vintages(found, left, printed=None, sets=pd.concat(sets).set_index(found.table().index))
        scores = own.editions.loc[(edition, data_year)].loc[country, list(CATEGORIES)]
        hfi.draw_categories(scores, right, {}, item=str(scores.idxmin()))
        left.set_title(f"{own.names[country]}, {data_year}")
        right.set_title(f"Categories, edition {edition}")
    return prose(found.sentence())


def control(own: Desk, country: str, outcome: str, window: tuple[int, int]) -> Estimate:
    """Estimate synthetic difference-in-differences of one country with every donor as a placebo.

    ``outcome`` is one of the desk's measures by name, ``window`` the first year and the first treated year.
    """
    first, treated = window
    measure = own.measures[outcome]
    return synthetic_control(
        measure.values(own.vdem[measure.table]),
        outcome=outcome,
        unit="iso3",
        time="data_year",
        treated=country,
        first_treated=treated,
        donors=reforms.donors(own.regimes, "autocracies", country=country, first=first, last=treated - 1),
        first=first,
        last=max(treated, reforms.CLAIM_YEAR),
        estimator="sdid",
    )


def show_control(own: Desk, country: str, outcome: str, window: tuple[int, int]) -> str:
    """Draw the path against its synthetic control and all placebos; return the comparison in words."""
    found, measure = control(own, country, outcome, window), own.measures[outcome]
    with drawn(_show, width="page", ncols=2) as (left, right):
        paths.counterfactuals({"sdid": found}, left, looks=pictures.ESTIMATORS, unit=measure.unit)
        paths.gaps(found, right, margin=measure.smallest_effect, unit=measure.unit)
        left.set_title(f"{own.names[country]}: {outcome}")
        right.set_title(f"{len(found.gaps) - 1} placebos")
    return prose(found.sentence())


def controls(
    own: Desk, *, country: str, edition: int, data_year: int, outcome: str, window: tuple[int, int]
) -> widgets.VBox:
    """Return the desk as widgets: choices on top, the two views below, drawn again at every change."""
    names = {f"{own.names.get(code, code)} ({code})": code for code in own.countries()}
    editions, years = (sorted(set(own.editions.index.get_level_values(name))) for name in ("edition", "data_year"))
    place = widgets.Dropdown(options=names, value=country, description="country")
    release = widgets.Dropdown(options=editions, value=edition, description="edition")
    # Of all editions: a year that only another one describes is refused in words, not changed silently.
    year = widgets.BoundedIntText(value=data_year, min=years[0], max=years[-1], description="data year")
    measure = widgets.Dropdown(options=list(own.measures), value=outcome, description="measure")
    span = {"min": 1990, "max": 2022, "continuous_update": False}
    years_shown = widgets.IntRangeSlider(value=window, description="window", **span)
    return widgets.VBox(
        [
            widgets.HBox([place, release, year]),
            widgets.HBox([measure, years_shown]),
            _view(partial(show_index, own), country=place, edition=release, data_year=year),
            _view(partial(show_control, own), country=place, outcome=measure, window=years_shown),
        ]
    )


def _view(draw: Callable[..., str], **taken: widgets.Widget) -> widgets.Output:
    """Show a view, or the one line that says why there is none: a choice is no reason for a traceback."""

    def show(**chosen: Any) -> None:
        try:
            said = draw(**chosen)
        except AnalysisError as error:
            said = f"*{prose(error.line())}*"
        display(Markdown(said))

    return widgets.interactive_output(show, taken)


def _show(fig: Figure) -> None:
    """Show a figure once: one that stays open is shown again at the end of its cell."""
    display(fig)
    plt.close(fig)
