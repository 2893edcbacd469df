"""Steps of notebook 05: checks that can fail, and episodes joined by rule."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.article import activity
from analysis.claims.evidence import Measure
from analysis.claims.register import load_register
from analysis.data.load import load
from analysis.errors import InputError
from analysis.methods.rate_changes import placebo_units, rate_change, relative_rate_change
from analysis.session.declared import declared

SPAN = {"turn": "2019-04", "before": 60, "after": 12}


def test_checks_fail_for_a_country_that_did_not_stand_out():
    register = load_register()["society-more-active"]
    bounds = {item.name: item.passes for item in register.checks}
    counts = activity.monthly(load("protest_months"), load("protest_coverage"), "KAZ")[0]["protests"]
    region, votes = declared("05_activity_and_targets")["REGION"].default, (load("votes_reign"), load("elections"))
    passed = {}
    for country in ("KAZ", "UKR"):
        quiet = activity.outside_elections(counts[country], *votes, country)
        found = {
            "placebo countries": placebo_units(counts, unit=country, **SPAN),
            "attention offset": relative_rate_change(counts, unit=country, others=region, **SPAN),
            "election months excluded": rate_change(quiet, **SPAN),
        }
        assert set(found) == set(bounds)
        passed[country] = [
            all(bound.decide(getattr(found[check], number)) for number, bound in passes.items())
            for check, passes in bounds.items()
        ]
    assert passed == {"KAZ": [True] * 3, "UKR": [False] * 3}


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


def test_a_country_that_the_data_do_not_follow_is_refused():
    with pytest.raises(InputError, match="do not cover USA"):
        activity.monthly(load("protest_months"), load("protest_coverage"), "USA")
