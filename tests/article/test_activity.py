"""Steps of notebook 05: months as the event list has them, checks that can fail, episodes joined by rule."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.article import activity
from analysis.claims.evidence import Measure
from analysis.claims.register import load_register
from analysis.data.load import load
from analysis.errors import InputError
from analysis.methods.counts import compare_periods
from analysis.methods.rate_changes import placebo_units, rate_change, relative_rate_change
from analysis.session.declared import declared

NOTEBOOK = "05_activity_and_targets"
SPAN = {"turn": "2019-04", "before": 60, "after": 12}
DEFAULTS = {name: item.default for name, item in declared(NOTEBOOK).items()}


@pytest.fixture(scope="module")
def counts() -> dict[str, pd.DataFrame]:
    return activity.monthly(load("protest_months"), load("protest_coverage"), "KAZ")[0]


@pytest.fixture(scope="module")
def own() -> dict[str, pd.Series]:
    return activity.monthly(load("protest_months"), load("protest_coverage"), "KAZ")[1]


@pytest.fixture(scope="module")
def events() -> pd.DataFrame:
    return load("protests_kazakhstan")


def test_months_count_what_the_event_list_counts(counts, own, events):
    starts = pd.to_datetime(events["start"]).dt.to_period("M")
    expected = starts.value_counts().reindex(own["protests"].index, fill_value=0)
    assert own["protests"].tolist() == expected.tolist()
    assert (own["protests"].name, own["arrests"].name) == ("protests", "protests with arrests")
    assert counts["protests"].to_numpy().sum() == load("protest_months")["protests"].sum()
    row = load("protest_coverage").set_index("iso3").loc["KAZ"]
    assert [str(own["protests"].index[at]) for at in (0, -1)] == ["1990-01", "2020-03"]
    assert (row["first_year"], row["last_year"], row["last_month"]) == (1990, 2020, 3)


def test_checks_fail_for_a_country_that_did_not_stand_out(counts):
    register = load_register()["society-more-active"]
    bounds = {item.name: item.passes for item in register.checks}
    votes = load("votes_reign"), load("elections")
    passed = {}
    for country in ("KAZ", "UKR"):
        series = counts["protests"][country]
        found = {
            "placebo countries": placebo_units(counts["protests"], unit=country, **SPAN),
            "attention offset": relative_rate_change(
                counts["protests"], unit=country, others=DEFAULTS["REGION"], **SPAN
            ),
            "election months excluded": rate_change(activity.outside_elections(series, *votes, country), **SPAN),
        }
        assert set(found) == set(bounds)
        passed[country] = [
            all(bound.decide(getattr(found[check], number)) for number, bound in passes.items())
            for check, passes in bounds.items()
        ]
    assert passed == {"KAZ": [True] * 3, "UKR": [False] * 3}


def test_election_months_are_left_out_of_the_country_that_votes(own):
    reign, dated = load("votes_reign"), load("elections")
    found = activity.outside_elections(own["protests"], reign, dated, "KAZ")
    days = dated.loc[(dated["iso3"] == "KAZ") & dated["kind"].isin(["presidential", "parliamentary"]), "date"]
    assert set(found.index[found.isna()].astype(str)) == set(days.str[:7]) & set(found.index.astype(str))
    # A check without a single election month to leave out must not pass.
    unknown = activity.outside_elections(own["protests"], reign, dated, "ATA")
    assert rate_change(unknown, **SPAN).missing == 0


def test_round_ups_that_the_event_data_miss_are_added_once(own, events):
    dated = activity.with_roundups(own["arrests"], activity.missed_roundups(events, load("protest_detentions")))
    # Land protests of May 2016 and rallies of February 2019; rallies of October and of December 2019.
    added = (dated - own["arrests"]).loc["2014-04":]
    assert added.index[added > 0].astype(str).tolist() == ["2016-05", "2019-02", "2019-10", "2019-12"]
    assert (rate_change(dated, **SPAN).before, rate_change(dated, **SPAN).after) == (2 + 2, 7 + 2)


def test_counts_stand_side_by_side_in_months(own):
    years = own["arrests"].groupby(own["arrests"].index.year).sum().rename_axis("year")
    changes = {"months": rate_change(own["arrests"], **SPAN), "years": rate_change(years, turn=2019, before=1, after=1)}
    empty = rate_change(own["arrests"].mask(own["arrests"].index >= SPAN["turn"], 0), **SPAN)
    changes["counts"] = compare_periods(pd.Series([46, 25], index=[2019, 2020], name="journalists"), 2019, 2020)
    found = activity.side_by_side(changes | {"empty": empty})
    assert found[["first_months", "second_months"]].to_numpy().tolist() == [[60, 12], [12, 12], [12, 12]]
    assert found["lower"].tolist() == [change.lower for change in changes.values()]
    assert found.loc["counts", ["first", "second"]].tolist() == [46, 25]


def test_experts_are_judged_by_the_same_ratio_and_never_both_hold():
    ends = {"rise": (2.0, 1.5, 3.0), "fall": (0.5, 0.3, 0.9), "unsure": (1.5, 0.8, 3.0), "shaken": (2.0, 1.5, 3.0)}
    measures = [
        Measure(
            name=name, producer=name, **dict(zip(("estimate", "lower", "upper"), np.log(values), strict=True)),
            smallest_effect=np.log(1.25), shaken=name == "shaken",
        )
        for name, values in ends.items()
    ]  # fmt: skip
    register = load_register()
    found = activity.experts(measures, register)
    open_ = ["open", "open"]
    assert found.iloc[:, -2:].to_numpy().tolist() == [["holds", "fails"], ["fails", "holds"], open_, open_]
    assert found["ratio"].tolist() == pytest.approx([2.0, 0.5, 1.5, 2.0])
    assert register["more-detentions"].estimand == register["no-expansion-of-repression"].estimand


def test_detentions_a_week_apart_are_one_episode():
    days = ["2019-06-09", "2019-06-10", "2019-06-17", "2019-07-06"]
    held = pd.DataFrame({"date_start": days, "measure": "detained", "event": "rally"})
    assert activity.roundups(held)["date"].tolist() == ["2019-06-09", "2019-07-06"]


def test_episodes_of_the_typed_tables_have_one_case_against_organisations():
    found = activity.episodes(*(load(name) for name in ("protest_detentions", "ngo_tax_case", "records")))
    assert found.loc[found["target"] == "organisations", "date"].tolist() == ["2020-11-26"]
    assert {"case of Mukhamedov", "case of Akhmedyarov"} <= set(found["episode"])
    assert found["date"].is_monotonic_increasing


def test_a_country_that_the_data_do_not_follow_is_refused():
    with pytest.raises(InputError, match="do not cover USA"):
        activity.monthly(load("protest_months"), load("protest_coverage"), "USA")
