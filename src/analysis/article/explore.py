"""The desk of ``notebooks/explore.ipynb``: choices in, two views of one country out; nothing is saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets
import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import Markdown, display
from matplotlib.figure import Figure

from analysis.article import hfi, pictures, reforms
from analysis.charts import figure_style, page, paths, strip
from analysis.claims.register import Register
from analysis.claims.rules import RegisteredMeasure
from analysis.data.readers.hfi import CATEGORIES, FORMULAS
from analysis.errors import AnalysisError
from analysis.methods.index_scores import vintages
from analysis.methods.ranks import rank_sets
from analysis.methods.synthetic import Comparison, synthetic_control

Load = Callable[[str], pd.DataFrame]
#: Assumed standard error of a score, in points: the index publishes none.
_SD = 0.1
_DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Desk:
    """The tables that the desk needs, read once.

    Attributes
    ----------
    editions : pandas.DataFrame
        All editions of the Human Freedom Index, by edition, data year and country.
    measures : mapping of str to RegisteredMeasure
        V-Dem measures by name.
    vdem : mapping of str to pandas.DataFrame
        Their tables.
    regimes : pandas.DataFrame
        Regime of each country and year.
    names : pandas.Series
        Country names by ISO3 code.
    seed : int
        Seed of the rank confidence sets.
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
    """Draw rank by edition and the categories of one edition; return what they say.

    Raises
    ------
    InputError
        The edition does not cover the country in that year.
    """
    columns: dict[str, Any] = {"score": "hf_score", "rank": "hf_rank", "formulas": FORMULAS}
    found = vintages(own.editions, unit=country, data_year=data_year, edition=edition, **columns)
    freedom = own.editions["hf_score"].xs(data_year, level="data_year")
    drawn: dict[str, Any] = {"only": [country], "seed": own.seed, "draws": _DRAWS}
    sets = [rank_sets(freedom[year], _SD, **drawn).frame for year in found.frame.index]
    with figure_style():
        fig, (left, right) = page(3.0)
        strip.vintages(found, left, printed=None, sets=pd.concat(sets).set_index(found.frame.index))
        scores = own.editions.loc[(edition, data_year)].loc[country, list(CATEGORIES)]
        hfi.draw_categories(scores, right, {}, item=str(scores.idxmin()), sd=_SD)
        left.set_title(f"{own.names[country]}, {data_year}")
        right.set_title(f"Categories, edition {edition}")
        _shown(fig)
    return found.sentence()


def control(own: Desk, country: str, outcome: str, first_year: int, first_treated: int) -> Comparison:
    """Estimate synthetic difference-in-differences of one country with every donor as a placebo.

    Parameters
    ----------
    own : Desk
        The tables.
    country : str
        ISO3 code.
    outcome : str
        Name of one of the desk's measures.
    first_year, first_treated : int
        Window: first year of the pre-period and first treated year.

    Raises
    ------
    InputError
        The measure does not cover the country in the window, or no donor is left.
    """
    donors = reforms.donors(own.regimes, "autocracies", country=country, first=first_year, last=first_treated - 1)
    measure = own.measures[outcome]
    return synthetic_control(
        measure.values(own.vdem[measure.table]),
        outcome=outcome,
        unit="iso3",
        time="data_year",
        treated=country,
        first_treated=first_treated,
        donors=donors,
        first=first_year,
        last=max(first_treated, reforms.CLAIM_YEAR),
        estimator="sdid",
    )


def show_control(own: Desk, country: str, outcome: str, first_year: int, first_treated: int) -> str:
    """Draw the path against its synthetic control and all placebos; return the placebo p in words."""
    found, measure = control(own, country, outcome, first_year, first_treated), own.measures[outcome]
    with figure_style():
        fig, (left, right) = page(3.0)
        paths.counterfactuals({"sdid": found.placebos}, left, looks=pictures.ESTIMATORS, unit=measure.unit)
        paths.gaps(found.placebos, right, margin=measure.smallest_effect, unit=measure.unit)
        left.set_title(f"{own.names[country]}: {outcome}")
        right.set_title(f"{found.n - 1} placebos")
        _shown(fig)
    return found.placebos.sentence("absolute")


def controls(
    own: Desk, *, country: str, edition: int, data_year: int, first_year: int, first_treated: int
) -> widgets.VBox:
    """Return the desk as widgets: choices on top, the two views below, drawn again at every change."""
    names = {f"{own.names.get(code, code)} ({code})": code for code in own.countries()}
    editions = sorted({int(value) for value in own.editions.index.get_level_values("edition")})
    # Of all editions: a year that only another one describes is refused in words, not changed silently.
    years = [int(year) for year in own.editions.index.get_level_values("data_year").to_series().agg(["min", "max"])]
    chosen = {
        "country": widgets.Dropdown(options=names, value=country, description="country"),
        "edition": widgets.Dropdown(options=editions, value=edition, description="edition"),
        "data_year": widgets.BoundedIntText(value=data_year, min=years[0], max=years[1], description="data year"),
        "outcome": widgets.Dropdown(options=list(own.measures), value="expression, V-Dem v12", description="measure"),
        "window": widgets.IntRangeSlider(
            value=(first_year, first_treated), min=1990, max=2022, description="window", continuous_update=False
        ),
    }
    views = [_view(own, chosen, show, names) for show, names in _VIEWS]
    return widgets.VBox([widgets.HBox(list(chosen.values())[:3]), widgets.HBox(list(chosen.values())[3:]), *views])


def _index_view(own: Desk, country: str, edition: int, data_year: int) -> None:
    _said(lambda: show_index(own, country, edition, data_year))


def _control_view(own: Desk, country: str, outcome: str, window: tuple[int, int]) -> None:
    _said(lambda: show_control(own, country, outcome, *window))


_VIEWS = ((_index_view, ("country", "edition", "data_year")), (_control_view, ("country", "outcome", "window")))


def _view(
    own: Desk, chosen: Mapping[str, widgets.Widget], show: Callable[..., None], names: tuple[str, ...]
) -> widgets.Output:
    taken = {name: chosen[name] for name in names}
    return widgets.interactive_output(lambda **values: show(own, **values), taken)


def _shown(fig: Figure) -> None:
    """Show a figure once: one that stays open is shown again at the end of its cell."""
    display(fig)
    plt.close(fig)


def _said(draw: Callable[[], str]) -> None:
    """Show a view, or the one line that says why there is none: a choice is no reason for a traceback."""
    try:
        display(Markdown(draw()))
    except AnalysisError as error:
        display(Markdown(f"*{error.line()}*"))
