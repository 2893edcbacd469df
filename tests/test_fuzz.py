"""Broken and hostile input to everything that reads, and a proof that the runner of the cases sees every fault.

A case ends in a right result or in an error of one line: never in a traceback or a hang, and without a changed input or
a part of a file left behind. The long run has thousands of cases.
"""

from __future__ import annotations

import resource
import time

import pytest

from analysis.claims.register import load_register
from analysis.errors import InputError
from tests.fuzz.downloads import QUICK, SLOW, download_target, server
from tests.fuzz.outcomes import FAULTS, REFUSED, RIGHT, Prepared, Target, fuzz
from tests.fuzz.readers import mirror_target, reader_targets, table_target
from tests.fuzz.records import BOMBS, record_targets

SEED = 2
#: A damaged length must not take the machine's memory: the long run gets no more than this many bytes of addresses.
MEMORY = 6 * 1024**3
MORE = [1, pytest.param(20, marks=pytest.mark.long)]


@pytest.fixture(scope="module")
def address():
    with server() as address:
        yield address


@pytest.fixture
def bounded(more):
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY if more > 1 else before[0], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.parametrize("more", MORE)
@pytest.mark.parametrize(
    ("targets", "cases", "outcomes"),
    [
        (lambda address: record_targets(), 130, {RIGHT, REFUSED}),
        (lambda address: [table_target()], 12, {RIGHT, REFUSED}),
        (lambda address: reader_targets(), 20, {RIGHT, REFUSED}),
        (lambda address: [mirror_target()], 20, {RIGHT, REFUSED}),
        (lambda address: [download_target(address, QUICK)], 40, {RIGHT, REFUSED}),
        (lambda address: [download_target(address, SLOW)], 4, {REFUSED}),
    ],
    ids=["records", "tables", "source files", "mirror", "downloads", "slow downloads"],
)
def test_whatever_is_read_is_right_or_refused_in_a_line(bounded, address, targets, cases, outcomes, more):
    tally = fuzz(targets(address), cases=cases * more, seed=SEED + more)
    assert tally.faults == []
    assert {outcome for _, outcome in tally.counts} == outcomes


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_yaml_that_costs_much_is_refused_at_once(tmp_path, name):
    path = tmp_path / "claims.yml"
    path.write_text(BOMBS[name], encoding="utf-8")
    with pytest.raises(InputError, match=r"^claims\.yml: ") as error:
        load_register(path)
    assert len(error.value.line()) < 500


class _TwoLinesError(InputError):
    def line(self):
        return "one\ntwo"


def _fails(error, part=None):
    if part:
        part.write_text("wh")
    raise error


@pytest.mark.parametrize(("fault", "sound"), [*((fault, False) for fault in FAULTS), ("wrong result", True)])
def test_the_runner_sees_each_kind_of_fault_and_a_sound_input_that_is_refused(fault, sound):
    def prepare(rng, folder):
        (folder / "input").write_text("whole")
        calls = {
            "traceback": lambda: _fails(KeyError("field")),
            "hang": lambda: time.sleep(5),
            "changed input": lambda: (folder / "input").write_text("changed"),
            "half-written file": lambda: _fails(InputError("disk full"), folder / "part"),
            "more than a line": lambda: _fails(_TwoLinesError("one")),
            "wrong result": lambda: _fails(InputError("no")) if sound else "wrong",
        }
        return Prepared(calls[fault], right=lambda found: found != "wrong", sound=sound)

    tally = fuzz([Target(fault, prepare)], cases=1, seed=SEED, limit=0.2)
    assert dict(tally.counts) == {(fault, fault): 1}
    assert len(tally.faults) == 1
