"""A fast share of the cases of scripts/fuzz.py, and a proof that the runner of the cases sees every kind of fault."""

from __future__ import annotations

import json
import time

import pytest

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
    import numpy as np

    target = record_targets()[0]
    made = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        target.prepare(np.random.default_rng(SEED), tmp_path / name)
        made.append((tmp_path / name / "sources.yml").read_bytes())
    assert made[0] == made[1]


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_yaml_that_costs_much_is_refused_at_once(tmp_path, name):
    from analysis.claims.register import load_register

    path = tmp_path / "claims.yml"
    path.write_text(BOMBS[name], encoding="utf-8")
    with pytest.raises(InputError, match=r"^claims\.yml: ") as error:
        load_register(path)
    assert len(error.value.line()) < 500


def _broken(fault):
    def prepare(rng, folder):
        path = folder / "input"
        path.write_text("whole")

        def call():
            if fault == "traceback":
                raise KeyError("field")
            if fault == "hang":
                time.sleep(5)
            if fault == "changed input":
                path.write_text("changed")
            if fault == "half-written file":
                (folder / "part").write_text("wh")
                raise InputError("disk full")
            if fault == "more than a line":
                raise _TwoLinesError("one")
            return "wrong"

        return Prepared(call, right=lambda found: found != "wrong")

    return Target(fault, prepare)


class _TwoLinesError(InputError):
    def line(self):
        return "one\ntwo"


def test_the_runner_sees_each_kind_of_fault():
    for fault in FAULTS:
        tally = fuzz([_broken(fault)], cases=1, seed=SEED, limit=0.2)
        assert dict(tally.counts) == {(fault, fault): 1}
        assert len(tally.faults) == 1
        assert json.dumps(fault)[1:-1] in tally.table()


def test_refusing_a_sound_input_is_a_fault():
    def prepare(rng, folder):
        def call():
            raise InputError("no")

        return Prepared(call, sound=True)

    assert fuzz([Target("sound", prepare)], cases=1, seed=SEED).counts["sound", "wrong result"] == 1
