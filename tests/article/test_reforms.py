"""Notebook 03: executed in this process; donors, measures and tables against the published tables and closed forms."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.article import reforms
from analysis.claims.register import load_register
from analysis.data.load import load
from analysis.errors import InputError
from tests.executed import check_figure, executed

NAME = "03_reforms_counterfactual"
YEARS = {"first": 2000, "last": 2019}
DESIGN = {"unit": "iso3", "time": "data_year", "first_treated": 2020, "first": 2000, "last": 2020}
REGISTER = load_register()


@pytest.fixture(scope="module")
def regimes() -> pd.DataFrame:
    return load("regimes")


kazakhstan = executed(NAME, DRAWS=10)


def test_errors_are_published_or_borrowed_at_the_same_level():
    frames = {name: load(name) for name in reforms.RELEASED}
    liberal = next(item for item in REGISTER["no-democratisation"].measures if item.table == "vdem_v15")
    panel = reforms.arguments(liberal, frames, country="KAZ")["panel"].set_index(["edition", "iso3", "data_year"])
    published = frames["vdem_v15"].set_index(["iso3", "data_year"])
    assert panel.loc[(2025, "KAZ", 2020), "sd"] == published.loc[("KAZ", 2020), "v2x_libdem_sd"]
    near = published[published.index.get_level_values(1) >= 2000]
    gap = (near["v2x_polyarchy"] - panel.loc[(2026, "KAZ", 2020), liberal.name]).abs()
    lent = near["v2x_polyarchy_sd"][gap <= gap.nsmallest(200).max()].median()
    assert panel.loc[(2026, "KAZ", 2020), "sd"] == pytest.approx(lent)
    assert panel.loc[2026, "sd"].dropna().index.get_level_values("iso3").unique().tolist() == ["KAZ"]


def test_figures_can_be_read(kazakhstan):
    for name in kazakhstan.figures:
        check_figure(kazakhstan, name)


# --- donors


def test_donors_were_autocracies_in_every_pre_year(regimes):
    chosen = reforms.donors(regimes, "autocracies", country="KAZ", **YEARS)
    before = regimes[regimes["data_year"].between(2000, 2019) & regimes["iso3"].isin(chosen)]
    assert before["regime"].max() <= 1
    assert "KAZ" not in set(chosen)
    assert {"RUS", "UZB"} <= set(chosen)
    assert chosen.name == "autocracies"


def test_country_that_never_was_an_autocracy_is_compared_with_democracies(regimes):
    chosen = reforms.donors(regimes, "autocracies", country="NOR", **YEARS)
    assert chosen.name == "democracies"
    assert "SWE" in set(chosen)
    assert "KAZ" not in set(chosen)


def test_a_donor_that_is_no_country_is_refused_in_one_line(regimes):
    with pytest.raises(InputError, match="DONORS: 'XXX' is neither a rule nor a country"):
        reforms.donors(regimes, "RUS,XXX", country="KAZ", **YEARS)


def test_similar_rules_are_the_nearer_half_of_those_that_are_known():
    pandem = pd.DataFrame({"iso3": [*"ABCDE"], "data_year": 2020, "violations": [0.5, 0.4, 0.9, 0.55, 0.0]})
    assert reforms.similar_rules([*"BCDEX"], pandem, country="A").tolist() == ["B", "D"]
    assert reforms.similar_rules([*"BC"], pandem, country="Z").tolist() == []


# --- measures


def test_an_index_that_is_not_registered_is_measured_as_its_like_and_others_are_refused():
    found = reforms.measure(REGISTER, "v2x_civlib", "v16")
    assert (found.name, found.table, found.columns) == ("v2x_civlib, V-Dem v16", "vdem_v16", ("v2x_civlib",))
    assert found.smallest_effect == REGISTER.thresholds.smallest_effects["vdem_expression"]
    for column in ("v2clkill", "v2x_polyarchy_sd"):
        with pytest.raises(InputError, match="no index from 0 to 1"):
            reforms.measure(REGISTER, column, "v15")
