"""What dossiers say: verdicts under earlier locks, and what rules reach in simulated worlds."""

import pandas as pd
import pytest

from analysis.claims.judge import NOT_YET, TESTED, Conclusion
from analysis.claims.lock import Entry, Lock, read_lock, rule_hash
from analysis.claims.register import load_register
from analysis.claims.verdicts import Verdict
from analysis.data.catalogue import HISTORY
from analysis.data.load import load
from analysis.report.dossier import history
from tests.claims.make import claim
from tests.shared import PAGES

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


def row(world, holds, twice=True, **shares):
    none = {name.replace(" ", "_"): 0.0 for name in TESTED}
    return {"world": world, "holds": holds, "twice": twice} | none | shares


def test_what_is_seldom_found_is_named_and_a_fall_makes_a_claim_false_or_true_by_what_it_denies():
    rows = [
        row("independent", True, supported=0.2, leans_supported=0.2),
        row("clumped", False, leans_contradicted=0.6),
        row("no effect", False, twice=False, contradicted=0.1),
    ]
    assert PAGES.seldom_found(pd.DataFrame(rows)) == ["independent"]
    register = load_register()
    worse, better = (PAGES.reached(register[name]) for name in ("not-worse", "press-freedom-no-better"))
    fell = worse["world"].str.startswith("shared shock")
    assert (~worse.loc[fell, "holds"].astype(bool)).all()
    assert better.loc[better["world"].str.startswith("shared shock"), "holds"].all()


@pytest.mark.parametrize(
    ("claim", "shock"),
    # In a shock that hits everybody a country's own rate moves, too; months of elections are compared with others.
    [("society-more-active", True), ("detentions-no-fewer", True), ("crackdown-election-month", False)],
)
def test_worlds_with_twice_the_smallest_effect_are_known_by_their_truth(claim, shock):
    found = PAGES.reached(load_register()[claim]).set_index("world")
    named = found.index.str.contains("twice the smallest effect", regex=False)
    assert named.any()
    assert found.loc[named, "twice"].all()
    assert found.loc[~named, "twice"].sum() == shock
    assert "shared shock" in found.index
