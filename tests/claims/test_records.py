"""What the engine makes of rules and tables: votes, parts, order in time, figures; what it refuses; two codings."""

import pandas as pd
import pytest

from analysis.claims.evidence import Report
from analysis.claims.records import look_up, records_table
from analysis.claims.rules import Figure
from analysis.data.coding import NOT_CODED, as_records, paired_codes
from analysis.data.load import load
from tests.claims.make import claim, evidence, refused
from tests.shared import cases

COLUMNS = [
    "claim", "part", "origin", "via", "says", "value", "unit", "bound", "first_day", "last_day", "finding",
    "primary",
]  # fmt: skip


def sheet(*rows, **shared):
    known = {"claim": "one", "says": "so", "bound": "exact", "finding": "present"}
    frame = pd.DataFrame([known | shared | row for row in rows], columns=COLUMNS)
    return frame.assign(value=frame["value"].astype(float))


def found(rule, frame, kind="record", **tables):
    item = claim(kind, data=["records", *tables])
    item = item.model_copy(update={"rule": type(item.rule).model_validate({"kind": kind} | rule)})
    (fields,) = look_up(item, {"records": frame, **tables}.__getitem__, publisher="Publisher")
    return fields


def says(rule, frame, kind="record", **tables):
    said = found(rule, frame, kind, **tables)["reports"]
    parted = rule.get("vote", "origin") == "origin"
    named = ((f"{one.part}, by {one.source}" if parted and one.part else one.source, one.agrees) for one in said)
    return [(source, agrees) for source, agrees in named if agrees is not None]


FIFTEENS = [{"origin": "A", "value": 15}, {"origin": "A", "value": 14}, {"origin": "B", "value": 15}]
PARTS = [{"part": "b", "origin": "A"}, {"part": "a", "origin": "A", "finding": "absent"}]
LATE = {"origin": "A", "first_day": "2021-02-04", "last_day": "2021-02-04"}
EARLY = {"finding": "present", "days": {"last": "2021-02-03"}}


@pytest.mark.parametrize(
    ("rule", "rows", "said"),
    [
        # An origin has one vote and must agree with itself.
        ({"value": {"equals": 15}}, FIFTEENS, [("A", False), ("B", True)]),
        ({"value": {"equals": 15}, "which": "any"}, FIFTEENS, [("A", True), ("B", True)]),
        ({"value": {"equals": 15}, "vote": "row"}, FIFTEENS, [("A", True), ("A", False), ("B", True)]),
        # A finding is present, absent or open.
        ({"finding": "present"}, [{"origin": "A", "finding": "absent"}], [("A", False)]),
        ({"finding": "absent"}, [{"origin": "A", "finding": "absent"}], [("A", True)]),
        ({"finding": "present"}, [{"origin": "A", "finding": "unclear"}], []),
        ({"finding": "absent"}, [{"origin": "A", "finding": "not found"}], []),
        # A number that a row does not state is not asked of it, a day that it does not state leaves it open.
        ({"finding": "present", "value": {"equals": 1}}, [{"origin": "A"}], [("A", True)]),
        (EARLY, [{"origin": "A"}], []),
        (EARLY, [{"origin": "A", "finding": "absent"}], [("A", False)]),
        (EARLY, [LATE], [("A", False)]),
        ({"days": EARLY["days"]}, [{"origin": "A"}], []),
        # Parts have votes of their own in the order of the rule.
        ({"finding": "present", "parts": ["b", "a"]}, PARTS, [("b, by A", True), ("a, by A", False)]),
        ({"finding": "present", "vote": "part", "parts": ["a", "b"]}, PARTS, [("A", False), ("A", True)]),
    ],
)
def test_votes(rule, rows, said):
    assert says(rule, sheet(*rows)) == said


def test_rows_of_another_table_agree_deny_or_abstain_as_their_query_says_and_without_a_row_there_is_no_report():
    table = pd.DataFrame({"date": [], "event": [], "source_org": []})
    assert found({"value": {"equals": 12}, "rows": [{"table": "t"}]}, sheet(), t=table)["reports"] == []
    table = pd.DataFrame({"date": ["2021-01-01"] * 3, "step": ["fine", "court", "law"], "source_org": ["A", "B", "C"]})
    means = {"fine": "present", "court": "absent", "law": "unclear"}
    rows = [{"table": "t", "where": {"step": step}, "finding": finding} for step, finding in means.items()]
    assert says({"rows": rows, "finding": "present"}, sheet(), t=table) == [("A", True), ("B", False)]


OPEN = {"value": 13, "bound": "at least", "says": "many"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([OPEN, {"value": 14}], "The only record disagrees: B: so. Undecided: A: many."),
        ([{"value": 15}], "The only record agrees: A: so."),
        ([{"value": 15}, {"value": 14}], "1 of 2 records agrees: A: so; B: so."),
        ([{"value": 15}, {"value": 15}, OPEN], "2 of 2 records agree: A: so; B: so. Undecided: C: many."),
        ([{"value": 14}, {"value": 14}], "None of 2 records agrees: A: so; B: so."),
        ([OPEN, OPEN], "No record other than the article's decides it. Undecided: A: many; B: many."),
    ],
)
def test_it_is_told_how_many_records_agree_what_each_says_and_which_abstain(rows, said):
    named = [{"origin": "ABC"[number]} | row for number, row in enumerate(rows)]
    fields = found({"value": {"equals": 15}}, sheet(*named))
    assert (fields["summary"], fields["vintage"], fields["design"]) == (said, "as cited", "descriptive")


BEGUN = {"origin": "A", "first_day": "2021-02-01", "last_day": "2021-02-02", "says": "begun", "value": 1}
SAID = "begun, 1 to 2 February 2021; so, 30 January to 3 February 2021"
WHOLE = {"origin": "B", "first_day": "2021-01-30", "last_day": "2021-02-03", "value": 2, "primary": True}


def test_the_rows_of_a_vote_are_one_report_and_those_that_decide_nothing_another():
    rows = [{"origin": "A", "finding": "unclear"}, BEGUN, WHOLE]
    reports = found({"finding": "present", "vote": "part", "parts": ["home"]}, sheet(*rows, part="home"))["reports"]
    assert reports == [
        Report(source="A and B", origins=2, value=SAID, agrees=True, part="home", primary=True),
        Report(source="A", value="so", agrees=None, part="home"),
    ]


def test_the_publisher_is_no_second_record_nor_what_it_relays():
    rows = sheet({"origin": "Publisher", "value": 12}, {"origin": "A", "via": "Publisher", "value": 12})
    fields = found({"value": {"equals": 12}}, rows)
    assert all(report.agrees is None for report in fields["reports"])
    assert fields["summary"] == "No record other than the article's decides it."


@pytest.mark.parametrize(("relays", "via"), [("X", "X"), ("XX", "X"), ("XY", ""), (["X", ""], ""), ([""], "")])
def test_a_vote_names_its_relay_if_it_is_known_through_that_one_alone(relays, via):
    rows = sheet(*({"origin": "A", "via": one} for one in relays))
    assert [report.via for report in found({"finding": "present"}, rows)["reports"]] == [via]


def test_a_row_without_a_day_cannot_be_ordered_even_if_it_says_what_is_asked():
    rule = {"rows": [{"table": "records"}], "finding": "present", "before": {"table": "t"}}
    assert says(rule, sheet({"origin": "A"}), t=VOTE) == []


def test_voters_stand_in_the_order_of_the_queries_then_by_name_and_rows_by_time():
    table = pd.DataFrame({"date": ["2021-01-02", "2021-01-01"], "event": ["e", "f"], "source_org": ["B", "A"]})
    rows = sheet({"origin": "Z"}, {"origin": "B"})
    rule = {"rows": [{"table": "records"}, {"table": "t"}], "finding": "present"}
    assert [name for name, _ in says(rule, rows, t=table)] == ["B", "Z", "A"]
    assert [name for name, _ in says(rule | {"vote": "row"}, rows, t=table)] == ["Z", "B", "A", "B"]


VOTE = pd.DataFrame({"date": ["2021-01-10"], "kind": ["vote"], "source_org": ["V"]})


def day(origin, first, last=None):
    return {"origin": origin, "first_day": first, "last_day": last or first}


@pytest.mark.parametrize(("first", "last", "agrees", "words"), cases("days in order"))
def test_records_lie_before_or_after_days_or_cannot_be_ordered_and_say_so(first, last, agrees, words):
    steps = pd.DataFrame({"date": [f"2021-01-{day}" for day in (10, 12, 14)], "source_org": ["V", "W", "X"]})
    rows = sheet(day("A", f"2021-01-{first}", f"2021-01-{last}"))
    (one,) = found({"before": {"table": "t"}}, rows, t=steps)["reports"]
    said = words.format(*(f"{day} January 2021" for day in (10, 12, 14)))
    assert (one.agrees, one.value.partition(" (")[2]) == (agrees, f"{said})")


def test_a_total_by_a_later_day_cannot_be_ordered_one_by_an_earlier_can_and_any_row_of_each_part_may_be():
    fines = pd.DataFrame({"date": ["2021-01-29"], "precision": ["as of"], "step": ["fine"], "source_org": ["A"]})
    rule = {"rows": [{"table": "fines"}], "before": {"table": "t"}}
    assert says(rule, sheet(), fines=fines, t=VOTE) == []
    early = fines.assign(date="2021-01-09")
    assert says(rule, sheet(), fines=early, t=VOTE) == [("A", True)]
    rows = sheet(
        day("A", "2021-01-01") | {"part": "home"}, day("B", "2021-02-01") | {"part": "home"},
        day("C", "2021-01-12") | {"part": "abroad"},
    )  # fmt: skip
    rule = {"vote": "part", "which": "any", "parts": ["home", "abroad"], "before": {"table": "t"}}
    assert says(rule, rows, t=VOTE) == [("A and B", True), ("C", False)]


def test_an_event_must_come_before_what_every_record_says_that_it_can_be_ordered_with():
    notices = pd.DataFrame({
        "date": ["2020-10-01", "2020-11-01", "2020-12-01"], "date_end": ["2020-11-30", "2020-11-30", "2020-12-05"],
        "step": ["notice"] * 3, "source_org": ["A", "B", "C"],
    })  # fmt: skip
    rule = {"before": {"table": "t"}}
    assert says(rule, sheet(day("X", "2020-10-05")), t=notices) == [("X", True)]
    assert says(rule, sheet(day("X", "2020-12-06")), t=notices) == [("X", False)]
    assert says(rule, sheet(day("X", "2020-11-10")), t=notices.head(2)) == []
    turned = notices.assign(date_end="2020-11-30")
    line = refused(found, rule, sheet(day("X", "2020-10-05")), t=turned)
    assert line == "claims.yml, one: t.csv has a last day before the first in row 4; correct it"


RANKS = pd.DataFrame({"iso3": ["CAN", "NZL", "KAZ"], "year": [2018] * 3, "r": [2, 1, 75]})


def test_a_figure_is_looked_up_in_every_edition():
    rule = {
        "editions": ["a", "b", "c", "d"], "again": "b", "where": {"iso3": "KAZ", "year": 2018},
        "quantities": [{"quantity": "rank", "column": "r", "value": 75},
                    {"quantity": "n", "take": "rows", "where": {"year": 2018}, "value": 3},
                    {"quantity": "year", "take": "largest", "column": "year", "where": {}, "value": 2018}],
    }  # fmt: skip
    tables = {"a": RANKS, "b": RANKS.assign(r=[1, 2, 108]), "c": RANKS.assign(year=2017), "d": RANKS.head(0)}
    item = claim("figure", data=list(tables), rule=rule)
    first, again = look_up(item, tables.__getitem__, publisher="P")
    assert [(one.quantity, one.vintage, one.value) for one in first["found"]] == [
        ("rank", "a", 75), ("rank", "b", 108), ("n", "a", 3), ("n", "b", 3), ("year", "a", 2018), ("year", "b", 2018),
        ("year", "c", 2017),
    ]  # fmt: skip
    assert (first["estimate"], first["n"], first["vintage"]) == (75, 3, "a")
    assert (again["vintage"], again["primary"], again["summary"]) == ("b", False, first["summary"])
    assert first["summary"].endswith(
        "a: rank 75, n 3, year 2018; b: rank 108, n 3, year 2018; c: year 2017; d has none."
    )


def test_leaders_are_the_first_by_rank_and_then_by_name_and_what_was_looked_up_is_one_row_a_claim(monkeypatch):
    rule = {"edition": "hfi_2020", "members": ["KAZ", "NZL"]}
    hfi = RANKS.assign(hf_rank=RANKS["r"], hf_score=100 - RANKS["r"])
    # By scores the same lead: those that are highest, as the codebook says.
    for column, said in (("hf_rank", "Ranks {} 1, Kazakhstan 75."), ("hf_score", "Values {} 99, Kazakhstan 25.")):
        fields = found(rule | {"column": column}, None, "leaders", hfi_2020=hfi)
        assert fields["members"] == ("NZL", "CAN")
        assert fields["summary"] == said.format("of the named leaders: New Zealand")
    for way in ("", "higher = worse", "lower = worse"):
        monkeypatch.setattr("analysis.claims.records.described", lambda *_, way=way: {"direction": way})
        assert "not known which end" in refused(found, rule | {"column": "hf_score"}, None, "leaders", hfi_2020=hfi)
    reports = (Report(source="A", value="12", agrees=True), Report(source="B", value="13", agrees=False))
    assert records_table([evidence(reports=reports)]).loc[0].tolist() == ["one", 1, 2, "S."]
    assert list(records_table([])) == ["claim", "agree", "records", "what_they_say"]


@pytest.mark.parametrize(("rule", "kind", "said"), cases("unanswered rules"))
def test_a_rule_that_cannot_be_answered_is_one_line_with_the_claim(rule, kind, said):
    two = pd.DataFrame({"n": [1, 2], "iso3": ["B", "C"]})
    hfi = two.assign(n=[3, 4], hf_rank=[1, 2]).iloc[[0, 1, 1]]
    line = refused(found, rule, sheet(day("A", "2021-01-01") | {"part": "a"}), kind, t=VOTE, two=two, hfi_2020=hfi)
    assert line.startswith(f"claims.yml, one: {said}")


@pytest.mark.parametrize(("quantity", "value", "supported"), cases("compared"))
def test_a_quantity_is_set_against_another_of_any_table(quantity, value, supported):
    tables = {"t": pd.DataFrame({"kind": list("aab"), "n": [3, 5, 8]}), "u": pd.DataFrame({"kind": ["b"], "n": [2]})}
    beside = {"quantity": "shown beside", "take": "rows", "where": {"kind": "none"}}
    rule = {"kind": "figure", "editions": ["t"], "quantities": [{"quantity": "q"} | quantity, beside]}
    assert [found(rule, None, "figure", **tables).get(name) for name in ("estimate", "n")] == [value, None]
    assert [asked.difference(value) == "" for asked in Figure.model_validate(rule).printed] == [supported]


def test_rows_of_a_table_are_said_with_their_numbers_and_dates_span_their_precision():
    dates = ["2020-01-01", "2020-01-01", "2020-01-05", "2020-02-01", "2021-01-29"]
    ends = [None, None, "2020-04-05", "2020-03-31", None]
    kinds = ["month", "year", "day", "month", "as of"]
    frame = pd.DataFrame({"date": dates, "date_end": ends, "precision": kinds, "event": "e", "source_org": "A"})
    days = as_records(frame)[["first_day", "last_day"]].to_numpy().tolist()
    assert days == [
        ["2020-01-01", "2020-01-31"], ["2020-01-01", "2020-12-31"], ["2020-01-05", "2020-01-05"],
        ["2020-02-01", "2020-03-31"], ["", "2021-01-29"],
    ]  # fmt: skip
    frame = pd.DataFrame({
        "date": "2020-01-01", "step": "fine", "organisation": ["A", "B", "C"], "value": [1, 1166800, None],
        "unit": ["organisations", "tenge", None], "bound": ["exact", "at least", "exact"], "source_org": "S",
    })  # fmt: skip
    assert as_records(frame)["says"].tolist() == [
        "fine, A: 1 organisation",
        "fine, B: at least 1,166,800 tenge",
        "fine, C",
    ]


CODES = ("finding", "value", "bound", "first_day", "last_day")
ROWS = [{"claim": "a", "value": 1}, {"claim": "a", "finding": "absent"}, {"claim": "b", "value": 3}]
FIRST = sheet(*ROWS, origin="O", first_day="2020-01-01", last_day="2020-01-02").assign(source_url="https://example.org")


def second(first, **columns):
    coded = first.drop(columns="claim").assign(sheet="s", about=first["claim"])
    return coded.assign(item=coded.groupby("about").cumcount() + 1, settled=None, **columns).iloc[::-1]


def test_rows_are_matched_by_key_and_position_and_columns_compared_where_there_is_something_to_compare():
    same = paired_codes(second(FIRST), {"s": FIRST})
    assert same["first"].equals(same["second"])
    assert [*same["column"].value_counts(sort=False).items()] == [*zip(CODES, (3, 2, 2, 3, 3), strict=True)]
    other = second(FIRST, value=[1.5, 2.0, None], finding=["unclear", NOT_CODED, "present"])
    rows = paired_codes(other, {"s": FIRST})[["about", "column", "first", "second"]].to_numpy()
    codes = {(about, column): pair for about, column, *pair in rows}
    assert (codes["a", "value"], codes["b", "value"]) == (["1", "1.5"], ["3", ""])
    assert (codes["a", "finding"], codes["b", "finding"]) == (["present", "unclear"], ["present"] * 2)
    assert ("b", "bound") not in codes


def test_a_sheet_without_findings_has_none_compared_and_a_row_that_one_coder_lacks_is_refused_by_name():
    first = FIRST.drop(columns=["finding", "claim", "part"]).assign(step=["law", "law", "fine"], organisation="N")
    coded = second(FIRST, part="N", finding=None).assign(about=["fine", "law", "law"])
    assert "finding" not in set(paired_codes(coded, {"s": first})["column"])
    for one, other in ((FIRST[:2], FIRST), (FIRST, FIRST[:2])):
        assert "coded once only: b, https://example.org" in refused(paired_codes, second(one), {"s": other})


def test_every_committed_row_was_coded_twice_or_its_source_was_not_at_hand_and_says_how_a_difference_was_settled():
    again = load("second_coding")
    sheets = {name: load(name) for name in again["sheet"].unique()}
    codes, unread = paired_codes(again, sheets), again["finding"].eq(NOT_CODED)
    assert len(again) == sum(map(len, sheets.values()))
    assert codes["column"].eq("first_day").sum() == (~unread).sum()
    assert again.loc[unread, [*CODES[1:]]].isna().all(axis=None)
    key = ["sheet", "about", "part", "origin", "source_url"]
    differ = codes.loc[codes["first"] != codes["second"], key].drop_duplicates()
    settled = again.loc[again["settled"].notna(), key].fillna("").drop_duplicates()
    assert sorted(map(tuple, settled.to_numpy())) == sorted(map(tuple, differ.to_numpy()))
