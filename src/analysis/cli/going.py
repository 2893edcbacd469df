"""What the commands that take long have in common: progress, logs, and a clean end when they are interrupted."""

from __future__ import annotations

import contextlib
import datetime
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from analysis.cli import frame
from analysis.errors import InputError

if TYPE_CHECKING:
    from analysis.runs.engine import Outcome

Engine = Annotated[str, typer.Option(help="warm: kernels forked where that is safe; papermill: started ones.")]
Jobs = Annotated[int, typer.Option(min=1, help="Notebooks at once.")]
Log = Annotated[str, typer.Option(help="json: JSON lines on stderr; a path: the same in that file.")]
INTERRUPTED = 130


def engine_is_warm(engine: str) -> bool:
    """Say whether the chosen engine forks.

    Raises
    ------
    InputError
        There is no such engine.
    """
    if engine not in ("warm", "papermill"):
        raise InputError(f"no engine {engine}", remedy="choose from warm, papermill")
    return engine == "warm"


@contextlib.contextmanager
def interruptible(remark: str) -> Iterator[None]:
    """Turn Ctrl-C into one line and the exit code that shells expect."""
    try:
        yield
    except KeyboardInterrupt:
        frame.err.print(f"interrupted; {remark}", markup=False)
        sys.exit(INTERRUPTED)


class Teller:
    """Tells what happens: lines and a progress bar for people, JSON lines for machines."""

    def __init__(self, log: str, *, total: int) -> None:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        quiet = log == "json" or not frame.err.is_terminal
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, TimeRemainingColumn(), console=frame.err, transient=True, disable=quiet)
        self._task = self._bar.add_task("notebooks", total=total)
        self._only_json = log == "json"
        self._log = log

    def __enter__(self) -> Teller:
        self._file: TextIO | None = sys.stderr if self._only_json else None
        if self._log and not self._only_json:
            self._file = Path(self._log).open("a", encoding="utf-8")
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    def outcome(self, outcome: Outcome) -> None:
        """Tell how one notebook ended."""
        self._bar.advance(self._task)
        fields = {"seconds": round(outcome.seconds, 2), "peak_mb": outcome.peak_mb, "failure": outcome.failure}
        self._write(outcome.state, notebook=outcome.name, **{k: v for k, v in fields.items() if v})
        if self._only_json:
            return
        for line in outcome.failure:
            frame.err.print(line, markup=False)
        if not outcome.failure:
            seconds = f" {outcome.seconds:.1f} s" if outcome.seconds else ""
            frame.out.print(f"{outcome.state} {outcome.name}{seconds}", markup=False)

    def say(self, event: str, what: str) -> None:
        """Tell one event."""
        self._write(event, what=what)
        if not self._only_json:
            frame.out.print(f"{event}: {what}", markup=False)

    def _write(self, event: str, **fields: Any) -> None:
        if self._file:
            time = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
            print(json.dumps({"time": time, "event": event, **fields}), file=self._file, flush=True)
