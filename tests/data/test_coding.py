"""Two codings of one sheet: rows are matched by key and position, and what both coders say is set side by side."""

import pandas as pd

from analysis.data.coding import NOT_CODED, paired_codes
from analysis.data.load import load
from tests.claims.make import refused


def sheet(**columns):
    rows = {"claim": ["a", "a", "b"], "part": None, "origin": "O", "source_url": "https://example.org"}
    numbers = {"value": [1.0, None, 3.0], "bound": ["exact", None, "about"]}
    days = {"first_day": "2020-01-01", "last_day": "2020-01-02"}
    return pd.DataFrame(rows | numbers | days | {"finding": ["present", "absent", "unclear"], "says": "x"} | columns)


def second(first, **columns):
    coded = first.drop(columns=["claim", "says"]).assign(sheet="s", about=first["claim"])
    return coded.assign(item=coded.groupby("about").cumcount() + 1, settled=None, **columns).iloc[::-1]


def test_rows_are_matched_by_key_and_position_and_columns_compared_where_there_is_something_to_compare():
    first = sheet()
    same = paired_codes(second(first), {"s": first})
    assert same["first"].equals(same["second"])
    counts = same["column"].value_counts().to_dict()
    assert counts == {"finding": 3, "value": 2, "bound": 2, "first_day": 3, "last_day": 3}
    other = second(first, value=[1.5, 2.0, None], finding=["present", NOT_CODED, "unclear"])
    codes = paired_codes(other, {"s": first})
    codes = codes.set_index(["about", "column"])[["first", "second"]].apply(tuple, axis=1)
    assert codes["a", "value"] == ("1", "1.5")
    assert codes["b", "value"] == ("3", "")
    assert codes["a", "finding"] == ("present", "present")
    assert codes["b", "finding"] == ("unclear", "unclear")
    assert ("b", "bound") not in codes


def test_a_sheet_without_findings_has_none_compared_and_a_row_that_one_coder_lacks_is_refused_by_name():
    first = sheet().drop(columns=["finding", "claim", "part"]).assign(step=["law", "law", "fine"], organisation="N")
    coded = second(sheet(), part="N", finding=None).assign(about=["fine", "law", "law"])
    assert "finding" not in set(paired_codes(coded, {"s": first})["column"])
    first = sheet()
    assert "coded once only: b, https://example.org" in refused(paired_codes, second(first[:2]), {"s": first})
    assert "coded once only: b" in refused(paired_codes, second(first), {"s": first[:2]})


def test_every_committed_row_was_coded_twice_or_its_source_was_not_at_hand_and_says_how_a_difference_was_settled():
    again = load("second_coding")
    sheets = {name: load(name) for name in again["sheet"].unique()}
    codes, unread = paired_codes(again, sheets), again["finding"].eq(NOT_CODED)
    assert len(again) == sum(map(len, sheets.values()))
    assert codes["column"].eq("first_day").sum() == (~unread).sum()
    assert again.loc[unread, ["value", "bound", "first_day", "last_day"]].isna().all(axis=None)
    key = ["sheet", "about", "part", "origin", "source_url"]
    differ = codes.loc[codes["first"] != codes["second"], key].drop_duplicates()
    settled = again.loc[again["settled"].notna(), key].fillna("").drop_duplicates()
    assert sorted(map(tuple, settled.to_numpy())) == sorted(map(tuple, differ.to_numpy()))
