"""Errors that a user can act on: what is wrong, where, and what to do, in one line."""

from __future__ import annotations

import difflib
import functools
import traceback


class AnalysisError(Exception):
    """An error that is shown to the user as one line, never as a traceback: what is wrong, where, and what to do."""

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(self.line())

    def line(self) -> str:
        """Return the one line that a user reads."""
        place, remedy = f"{self.where}: " if self.where else "", f"; {self.remedy}" if self.remedy else ""
        return " ".join(f"{place}{self.what}{remedy}".split())

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments are lost by the default pickling between worker processes.
        return functools.partial(type(self), self.what, where=self.where, remedy=self.remedy), ()

    def _render_traceback_(self) -> list[str]:
        # IPython's protocol: shown instead of a traceback. The arrow marks the cell's line, as IPython does.
        frames = traceback.extract_tb(self.__traceback__)
        cell = [f"----> {frame.lineno} {frame.line}" for frame in frames if "ipykernel" in frame.filename]
        return [*cell[:1], f"Error: {self.line()}"]


class InputError(AnalysisError):
    """A bad request or a bad input file: parameter, table, card, register or study design (exit code 2)."""

    exit_code = 2


def nearest(word: str, names: list[str], *, otherwise: str) -> str:
    """Return the remedy for a name that is not known: the nearest of those that are, or what to do if none is near."""
    asked, spelled = word.lower(), {name.lower(): name for name in names}
    close = difflib.get_close_matches(asked, spelled, cutoff=0.5) or [low for low in spelled if asked and asked in low]
    return f"did you mean {' or '.join(spelled[low] for low in close[:3])}?" if close else otherwise


class RunError(AnalysisError):
    """A run that was asked for correctly and failed (exit code 1)."""
