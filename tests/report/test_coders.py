"""Two coders of the same rows: kappa by hand, what is compared, and that no row is left out in silence."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest

from analysis.data.coding import NOT_CODED, SECOND
from analysis.data.load import load
from analysis.report.coders import Agreement, agreement, published_agreement
from tests.claims.make import refused


def sheet(**columns):
    rows = {"claim": ["a", "a", "b"], "part": None, "origin": "O", "source_url": "https://example.org"}
    codes = {
        "value": [1.0, None, 3.0],
        "bound": ["exact", None, "about"],
        "first_day": "2020-01-01",
        "last_day": "2020-01-02",
    }
    return pd.DataFrame(rows | codes | {"finding": ["present", "absent", "unclear"], "says": "x"} | columns)


def second(first, **columns):
    coded = first.drop(columns=["claim", "says"]).assign(sheet="s", about=first["claim"])
    return coded.assign(item=coded.groupby("about").cumcount() + 1, settled=None, **columns).iloc[::-1]


@pytest.mark.parametrize("first", [("p", "p", "a", "u"), ("p", "p", "p", "a"), ("p", "a", "a", "u")])
def test_kappa_is_agreement_beyond_that_of_all_pairs_of_codes(first):
    other = ["p", "a", "a", "p"]
    seen = sum(a == b for a, b in zip(first, other, strict=True)) / 4
    chance = sum(a == b for a, b in itertools.product(first, other)) / 16
    codes = pd.DataFrame({"column": "finding", "first": first, "second": other})
    found = Agreement(codes, coded=4, not_coded=0).table().loc["finding", "kappa"]
    assert found == pytest.approx((seen - chance) / (1 - chance))


def test_rows_are_matched_by_key_and_position_and_columns_compared_where_there_is_something_to_compare():
    first = sheet()
    same = agreement(second(first), {"s": first})
    assert same.table()["share"].eq(1).all()
    assert same.table()["codes"].to_dict() == {"finding": 3, "value": 2, "bound": 2, "first_day": 3, "last_day": 3}
    assert same.table().loc["finding", "kappa"] == 1
    assert same.disagreements().empty
    other = second(first, value=[1.5, 2.0, None], finding=["present", NOT_CODED, "unclear"])
    found = agreement(other, {"s": first})
    assert (found.coded, found.not_coded) == (2, 1)
    differ = {(row.about, row.column): (row.first, row.second) for row in found.disagreements().itertuples()}
    assert differ[("a", "value")] == ("1", "1.5")
    assert differ[("b", "value")] == ("3", "")
    assert ("b", "finding") not in differ
    assert "bound" not in {column for about, column in differ if about == "b"}


def test_a_sheet_without_findings_has_none_compared():
    first = sheet().drop(columns=["finding", "claim", "part"]).assign(step=["law", "law", "fine"], organisation="N")
    coded = second(sheet(), part="N", finding=None).assign(about=["fine", "law", "law"])
    assert "finding" not in set(agreement(coded, {"s": first}).codes["column"])


def test_a_row_that_one_coder_lacks_is_refused_by_name():
    first = sheet()
    assert "coded once only: b, https://example.org" in refused(agreement, second(first[:2]), {"s": first})
    assert "coded once only: b" in refused(agreement, second(first), {"s": first[:2]})


def test_every_row_of_the_committed_sheets_was_coded_twice_or_says_that_its_source_was_not_at_hand():
    found, codes = published_agreement(), load(SECOND)
    assert found.coded + found.not_coded == len(codes) == sum(len(load(name)) for name in codes["sheet"].unique())
    assert found.not_coded == codes["finding"].eq(NOT_CODED).sum()
    empty = codes[codes["finding"] == NOT_CODED][["value", "bound", "first_day", "last_day"]]
    assert empty.isna().all(axis=None)


def test_how_it_was_settled_is_said_of_every_row_on_which_the_coders_differ_and_of_no_other():
    codes, key = load(SECOND), ["sheet", "about", "part", "origin", "source_url"]
    differ = published_agreement().disagreements()[key].drop_duplicates()
    settled = codes.loc[codes["settled"].notna(), key].fillna("").drop_duplicates()
    assert sorted(map(tuple, settled.to_numpy())) == sorted(map(tuple, differ.to_numpy()))
