"""Notebook 03: who may be a donor, and which measures are shown."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.article import reforms
from analysis.claims.register import load_register
from analysis.data.load import load
from analysis.errors import InputError

YEARS = {"first": 2000, "last": 2019}
REGISTER = load_register()


@pytest.fixture(scope="module")
def regimes() -> pd.DataFrame:
    return load("regimes")


# --- donors


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
