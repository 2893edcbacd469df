"""A fast share of the cases of scripts/fuzz.py, and a proof that the runner of the cases sees every kind of fault."""

from __future__ import annotations

import time

import numpy as np
import pytest

from analysis.claims.register import load_register
from analysis.errors import InputError
from tests.fuzz.downloads import download_targets, server
from tests.fuzz.outcomes import FAULTS, REFUSED, RIGHT, Prepared, Target, fuzz
from tests.fuzz.readers import mirror_target, reader_targets, table_target
from tests.fuzz.records import BOMBS, record_targets

SEED = 2  # not the script's default, so that the tests see other cases
# Cases for each group: together they take a few seconds, most of it for the checks of tables.
RECORDS, TABLES, READERS, MIRROR, DOWNLOADS, SLOW_DOWNLOADS = 130, 12, 20, 20, 40, 4


def _held(targets, cases):
    tally = fuzz(targets, cases=cases, seed=SEED)
    assert tally.faults == []
    return sum(tally.counts.values()), {outcome for _, outcome in tally.counts}


def test_what_people_and_runs_write_is_right_or_refused_in_a_line():
    assert _held(record_targets(), RECORDS)[1] == {RIGHT, REFUSED}


def test_tables_and_source_files_are_right_or_refused_in_a_line():
    _held([table_target()], TABLES)
    _held(reader_targets(), READERS)


def test_a_mirror_is_taken_as_it_is_or_refused():
    assert _held([mirror_target()], MIRROR)[1] == {RIGHT, REFUSED}


def test_downloads_are_whole_or_nothing_and_end():
    with server() as address:
        quick, slow = download_targets(address)
        assert _held([quick], DOWNLOADS)[1] == {RIGHT, REFUSED}
        assert _held([slow], SLOW_DOWNLOADS)[1] == {REFUSED}


def test_the_same_seed_gives_the_same_cases(tmp_path):
    target = record_targets()[0]
    made = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        target.prepare(np.random.default_rng(SEED), tmp_path / name)
        made.append((tmp_path / name / "sources.yml").read_bytes())
    assert made[0] == made[1]


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


def _fails(error, folder=None):
    if folder:
        (folder / "part").write_text("wh")
    raise error


def _broken(fault, sound=False):
    def prepare(rng, folder):
        (folder / "input").write_text("whole")
        calls = {
            "traceback": lambda: _fails(KeyError("field")),
            "hang": lambda: time.sleep(5),
            "changed input": lambda: (folder / "input").write_text("changed"),
            "half-written file": lambda: _fails(InputError("disk full"), folder),
            "more than a line": lambda: _fails(_TwoLinesError("one")),
            "wrong result": lambda: _fails(InputError("no")) if sound else "wrong",
        }
        return Prepared(calls[fault], right=lambda found: found != "wrong", sound=sound)

    return Target(fault, prepare)


@pytest.mark.parametrize(("fault", "sound"), [*((fault, False) for fault in FAULTS), ("wrong result", True)])
def test_the_runner_sees_each_kind_of_fault_and_a_sound_input_that_is_refused(fault, sound):
    tally = fuzz([_broken(fault, sound)], cases=1, seed=SEED, limit=0.2)
    assert dict(tally.counts) == {(fault, fault): 1}
    assert len(tally.faults) == 1
    assert fault in tally.table()
