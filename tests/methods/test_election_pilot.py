"""Election months in autocracies: the design's pilot estimates, from Mass Mobilization, REIGN and Regimes of the World.

Sample as the pilot drew it. Rows are country-code months of 1990-2019. A country counts as an autocracy in a calendar
year if Regimes of the World calls it a closed (0) or electoral (1) autocracy. Countries are those whose name in Mass
Mobilization is also a name in Regimes of the World; a country with two codes (Ethiopia 529 and 530, Yemen 678 and 679)
has two sets of rows, of which each event is in one. Elections are all REIGN votes for executive (X) or legislature (L),
scheduled or early, first rounds and run-offs, matched by code and month, those outside the sample years included.
The pilot's p-values stand on the usual sandwich, which is too small for few large countries.
"""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.methods.event_studies import HALF_YEAR, event_dummies, event_study, serial_month
from analysis.methods.poisson import ConditionalPoissonFit
from tests.shared import shared_file

PRINTED = 0.005  # rate ratios of the design are printed to two decimals
REPRESSION = ["arrests", "beatings", "crowddispersal", "killings", "shootings"]
AUTOCRACIES = (0, 1)
YEARS = range(1990, 2020)


@pytest.fixture(scope="module")
def events() -> pd.DataFrame:
    raw = pd.read_csv(shared_file("data/mass_mobilization_events.csv"), parse_dates=["start_date"])
    assert len(raw) == 15_239
    return raw.assign(
        month=serial_month(raw["start_date"].dt.year, raw["start_date"].dt.month),
        protests=1,
        repressed=raw[REPRESSION].any(axis=1).astype(int),
    )


@pytest.fixture(scope="module")
def panel(events) -> pd.DataFrame:
    regimes = pd.read_csv(shared_file("data/vdem_v16_owid_political-regime.csv"))
    autocracies = regimes[regimes["Political regime"].isin(AUTOCRACIES) & regimes["Year"].isin(YEARS)]
    codes = events[["country", "ccode"]].drop_duplicates()
    years = autocracies.merge(codes, left_on="Entity", right_on="country", validate="many_to_many")
    months = years.merge(pd.DataFrame({"m": range(1, 13)}), how="cross")
    months["month"] = serial_month(months["Year"], months["m"])
    counts = events.groupby(["ccode", "month"])[["protests", "repressed", "arrests"]].sum().reset_index()
    return months.merge(counts, on=["ccode", "month"], how="left", validate="one_to_one").fillna(0)


@pytest.fixture(scope="module")
def elections() -> pd.DataFrame:
    reign = pd.read_csv(shared_file("data/reign_elections.csv"))
    votes = reign[reign["event"].str.strip().str.startswith("Vote") & reign["type"].isin(["X", "L"])]
    dated = votes.assign(month=serial_month(votes["elec_year"], votes["elec_month"].astype(int)))
    return dated[["ccode", "month"]].drop_duplicates()


def study(panel: pd.DataFrame, elections: pd.DataFrame, outcome: str) -> ConditionalPoissonFit:
    return event_study(
        panel[outcome],
        unit=panel["ccode"],
        month=panel["month"],
        event_unit=elections["ccode"],
        event_month=elections["month"],
    )


def test_sample_is_the_pilots(panel, elections):
    assert len(panel) == 28_788
    assert len(panel.merge(elections, on=["ccode", "month"])) == 446
    assert study(panel, elections, "repressed").n_used == 11_964


@pytest.mark.parametrize(("outcome", "ratio"), [("protests", 1.89), ("repressed", 2.21), ("arrests", 2.00)])
def test_election_month_rate_ratios(panel, elections, outcome, ratio):
    found = study(panel, elections, outcome).table().loc["event_month", "rate_ratio"]
    assert found == pytest.approx(ratio, abs=PRINTED)


def test_rate_ratios_of_all_windows_are_those_of_pyfixest(panel, elections):
    pf = pytest.importorskip("pyfixest")
    dates = {"event_unit": elections["ccode"], "event_month": elections["month"]}
    frame = panel.join(event_dummies(panel["ccode"], panel["month"], **dates))
    oracle = pf.fepois(f"repressed ~ {' + '.join(HALF_YEAR)} | ccode^Year + m", frame)
    ours = study(panel, elections, "repressed")
    assert ours.coefficients == pytest.approx(oracle.coef()[list(ours.names)].to_numpy(), abs=1e-5)


def test_campaign_months_are_not_elevated_and_months_four_to_six_are_lower(panel, elections):
    repressed = study(panel, elections, "repressed").table()
    for window, ratio in {"before_3_1": 1.08, "after_1_3": 1.01, "after_4_6": 0.68}.items():
        assert repressed.loc[window, "rate_ratio"] == pytest.approx(ratio, abs=PRINTED)
    arrests = study(panel, elections, "arrests").table()
    assert arrests.loc["before_3_1", "rate_ratio"] == pytest.approx(0.90, abs=PRINTED)
