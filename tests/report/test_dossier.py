"""What dossiers say: verdicts under earlier locks, what rules reach in simulated worlds, how alike coders read."""

import itertools

import pandas as pd
import pytest

from analysis.claims.calibration import TESTED
from analysis.claims.judge import NOT_YET, Conclusion
from analysis.claims.lock import Entry, Lock, read_lock, rule_hash
from analysis.claims.register import load_register
from analysis.claims.verdicts import Verdict
from analysis.data.catalogue import HISTORY
from analysis.data.load import load
from analysis.report.dossier import history
from tests.claims.make import claim, refused
from tests.shared import CODERS

ONE = claim(id="one")
NAMES = ("h1", "h2", "h3", "h4")
LOCK = Lock(
    hash="h4",
    rules={"one": rule_hash(ONE)},
    history=tuple(
        Entry(hash=name, date="2026-01-0" + name[1], verdicts_known=True, reason=f"R{name}") for name in NAMES
    ),
)


def table(*rows):
    return pd.DataFrame(rows, columns=["claim", "lock", "date", "verdict", "rule", "changed_by"])


def told(verdict, *rows, lock=LOCK):
    given = Verdict(claim=ONE, evidence=None, conclusion=Conclusion(*verdict, "why"))
    return [(past.lock, past.verdict, past.reasons) for past in history(given, lock, table(*rows))]


FIRST = ("one", "h2", "2026-01-02", "not testable: no data", "old", "h1 h2")


@pytest.mark.parametrize(
    ("rows", "now"),
    [
        # The table is older than the lock: the present verdict follows, with the present lock's reason.
        ([FIRST], ("h4", "cannot tell: no record", ("Rh4",))),
        # The rule stayed, the verdict did not: no reason is invented.
        ([("one", "h2", "2026-01-02", "mixed", rule_hash(ONE), "h1 h2")], ("h4", "cannot tell: no record", ())),
        # The table knows the present lock: its reasons stand.
        ([FIRST, ("one", "h4", "2026-01-04", "cannot tell: no record", rule_hash(ONE), "h3 h4")],
         ("h4", "cannot tell: no record", ("Rh3", "Rh4"))),
    ],
)  # fmt: skip
def test_the_present_verdict_follows_where_it_or_the_rule_changed(rows, now):
    found = told(("cannot tell", "no record"), *rows, ("two", "h1", "2026-01-01", "mixed", "r", "h1"))
    assert found[-1] == now
    assert len(found) == 2
    assert found[0][2] == ("Rh1", "Rh2")


def test_nothing_follows_where_nothing_changed_or_the_claim_is_not_judged():
    same = ("one", "h2", "2026-01-02", "mixed", rule_hash(ONE), None)
    assert told(("mixed", ""), same) == [("h2", "mixed", ())]
    assert told((NOT_YET, ""), FIRST) == [("h2", "not testable: no data", ("Rh1", "Rh2"))]
    assert told(("mixed", "")) == [("h4", "mixed", ("Rh4",))]


def test_the_committed_table_follows_the_lock_and_has_a_row_only_where_something_changed():
    frame, lock = load(HISTORY), read_lock()
    order = list(dict.fromkeys(entry.hash for entry in lock.history))
    assert set(frame["claim"]) <= {item.id for item in load_register().claims}
    for _, rows in frame.fillna({"changed_by": ""}).groupby("claim"):
        places = [order.index(name) for name in rows["lock"]]
        assert places == sorted(places)
        assert rows["date"].is_monotonic_increasing
        state = rows[["verdict", "rule"]]
        assert (state != state.shift()).any(axis=1).all()
        for place, before, changed in zip(places, [-1, *places], rows["changed_by"].str.split(), strict=False):
            assert all(before < order.index(name) <= place for name in changed)
        moved = rows["rule"].ne(rows["rule"].shift())
        assert (rows["changed_by"].ne("") >= moved).all()


VERDICTS = [name.replace(" ", "_") for name in TESTED]


def row(world, holds, twice=True, **shares):
    return {"world": world, "holds": holds, "twice": twice} | dict.fromkeys(VERDICTS, 0.0) | shares


def test_what_is_seldom_found_is_named_and_a_fall_makes_a_claim_false_or_true_by_what_it_denies():
    rows = [
        row("independent", True, supported=0.2, leans_supported=0.2),
        row("clumped", False, leans_contradicted=0.6),
        row("no effect", False, twice=False, contradicted=0.1),
    ]
    assert CODERS.seldom_found(pd.DataFrame(rows)) == ["independent"]
    register = load_register()
    worse, better = (CODERS.reached(register[name]) for name in ("not-worse", "press-freedom-no-better"))
    fell = worse["world"].str.startswith("shared shock")
    assert (~worse.loc[fell, "holds"].astype(bool)).all()
    assert better.loc[better["world"].str.startswith("shared shock"), "holds"].all()


@pytest.mark.parametrize(
    ("claim", "shock"),
    # In a shock that hits everybody a country's own rate moves, too; months of elections are compared with others.
    [("society-more-active", True), ("detentions-no-fewer", True), ("crackdown-election-month", False)],
)
def test_worlds_with_twice_the_smallest_effect_are_known_by_their_truth(claim, shock):
    found = CODERS.reached(load_register()[claim]).set_index("world")
    named = found.index.str.contains("twice the smallest effect", regex=False)
    assert named.any()
    assert found.loc[named, "twice"].all()
    assert found.loc[~named, "twice"].sum() == shock
    assert "shared shock" in found.index


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
    found = CODERS.Agreement(codes, coded=4, not_coded=0).table().loc["finding", "kappa"]
    assert found == pytest.approx((seen - chance) / (1 - chance))


def test_rows_are_matched_by_key_and_position_and_columns_compared_where_there_is_something_to_compare():
    first = sheet()
    same = CODERS.compared(second(first), {"s": first})
    assert same.table()["share"].eq(1).all()
    assert same.table()["codes"].to_dict() == {"finding": 3, "value": 2, "bound": 2, "first_day": 3, "last_day": 3}
    assert same.table().loc["finding", "kappa"] == 1
    assert same.disagreements().empty
    other = second(first, value=[1.5, 2.0, None], finding=["present", CODERS.NOT_CODED, "unclear"])
    found = CODERS.compared(other, {"s": first})
    assert (found.coded, found.not_coded) == (2, 1)
    differ = {(row.about, row.column): (row.first, row.second) for row in found.disagreements().itertuples()}
    assert differ[("a", "value")] == ("1", "1.5")
    assert differ[("b", "value")] == ("3", "")
    assert ("b", "finding") not in differ
    assert "bound" not in {column for about, column in differ if about == "b"}


def test_a_sheet_without_findings_has_none_compared_and_a_row_that_one_coder_lacks_is_refused_by_name():
    first = sheet().drop(columns=["finding", "claim", "part"]).assign(step=["law", "law", "fine"], organisation="N")
    coded = second(sheet(), part="N", finding=None).assign(about=["fine", "law", "law"])
    assert "finding" not in set(CODERS.compared(coded, {"s": first}).codes["column"])
    first = sheet()
    assert "coded once only: b, https://example.org" in refused(CODERS.compared, second(first[:2]), {"s": first})
    assert "coded once only: b" in refused(CODERS.compared, second(first), {"s": first[:2]})


def test_every_committed_row_was_coded_twice_or_its_source_was_not_at_hand_and_says_how_a_difference_was_settled():
    found, codes = CODERS.agreement(), load(CODERS.SECOND)
    key, unread = ["sheet", "about", "part", "origin", "source_url"], codes["finding"].eq(CODERS.NOT_CODED)
    assert found.coded + found.not_coded == len(codes) == sum(len(load(name)) for name in codes["sheet"].unique())
    assert found.not_coded == unread.sum()
    assert codes.loc[unread, ["value", "bound", "first_day", "last_day"]].isna().all(axis=None)
    differ = found.disagreements()[key].drop_duplicates()
    settled = codes.loc[codes["settled"].notna(), key].fillna("").drop_duplicates()
    assert sorted(map(tuple, settled.to_numpy())) == sorted(map(tuple, differ.to_numpy()))
