"""Running of cases: a right result or a one-line error, within a time limit, and no file changed."""

from __future__ import annotations

import contextlib
import io
import logging
import math
import shutil
import signal
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.random import Generator

from analysis.errors import AnalysisError
from tests.project import tree

#: Seconds that a case may take; the slowest right ones take a tenth of it on an idle core.
LIMIT = 10.0
RIGHT, REFUSED = "right result", "one-line error"
#: What is wrong with a case that ends in none of the two.
FAULTS = ("traceback", "hang", "changed input", "half-written file", "more than a line", "wrong result")


class _Hang(BaseException):
    """A case that took too long; no handler of ordinary errors catches it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A case ready to run."""

    call: Callable[[], Any]
    #: Says whether what was returned is right; None accepts all.
    right: Callable[[Any], bool] | None = None
    #: Given the checksums after a call that failed, says whether no part of a file was left; None: nothing may change.
    written: Callable[[dict[str, str]], bool] | None = None
    #: Whether the input is as it should be, so that refusing it is wrong.
    sound: bool = False
    #: What was done to the input, for the line that tells of a fault.
    note: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A reader with the maker of its cases; ``weight`` is its share of all cases."""

    name: str
    prepare: Callable[[Generator, Path], Prepared]
    weight: float = 1.0


@dataclass(slots=True)
class Tally:
    """Counts by reader and outcome, and what went wrong."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def fuzz(targets: Sequence[Target], *, cases: int, seed: int, limit: float = LIMIT) -> Tally:
    """Run cases in turn, shared over the targets by weight; the same seed gives the same cases."""
    tally, weight = Tally(), sum(target.weight for target in targets)
    for target in targets:
        for number in range(math.ceil(cases * target.weight / weight)):
            rng = np.random.default_rng([seed, crc32(target.name.encode()), number])
            outcome, detail = run(target, rng, limit=limit)
            tally.counts[target.name, outcome] += 1
            if outcome in FAULTS:
                tally.faults.append(f"{target.name} {number}: {outcome}: {detail}")
    return tally


def run(target: Target, rng: Generator, *, limit: float = LIMIT) -> tuple[str, str]:
    """Run one case and say how it ended, with a detail of what is wrong."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        prepared = target.prepare(rng, folder)
        before = tree(folder)
        outcome, detail = _called(prepared, limit)
        after = tree(folder)
        if outcome == REFUSED and after != before and not (prepared.written and prepared.written(after)):
            kept = before.items() <= after.items()
            return ("half-written file" if kept else "changed input"), f"{sorted(set(after) ^ set(before))}"
        if prepared.written is None and after != before:
            return "changed input", f"{sorted(after.items() ^ before.items())[:2]}"
        return outcome, f"{detail} [{prepared.note}]"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _called(prepared: Prepared, limit: float) -> tuple[str, str]:
    try:
        with _quiet(), _limited(limit):
            found = prepared.call()
            return (RIGHT, "") if not prepared.right or prepared.right(found) else ("wrong result", repr(found)[:200])
    except AnalysisError as error:
        line = error.line()
        if prepared.sound:
            return "wrong result", f"refused: {line[:200]}"
        return (REFUSED, line) if line and line.splitlines() == [line] else ("more than a line", repr(line)[:200])
    except _Hang:
        return "hang", f"more than {limit} s"
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        last = [frame for frame in traceback.extract_tb(error.__traceback__) if "/analysis/" in frame.filename][-1:]
        place = f"{Path(last[0].filename).name}:{last[0].lineno}" if last else "?"
        return "traceback", f"{type(error).__name__}: {str(error)[:150]!r} at {place}"


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    def rise(number: int, frame: object) -> None:
        raise _Hang

    before = signal.signal(signal.SIGALRM, rise)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence warnings and logs of libraries; what is printed goes nowhere."""
    nowhere, off = io.StringIO(), logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(off)
