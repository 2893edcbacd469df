"""What a notebook stands on: its checked parameters, and a session that loads tables and saves what it finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.session.session import Session

__all__ = ["EVIDENCE_VARIABLE", "FIGURES_VARIABLE", "INPUTS", "OUT_VARIABLE", "Session"]

#: Folder that the runner wants outputs in; unset in a notebook that somebody opened.
OUT_VARIABLE = "ANALYSIS_OUT"
#: Folder with the evidence of a run in progress; unset in a notebook that somebody opened.
EVIDENCE_VARIABLE = "ANALYSIS_EVIDENCE"
#: Set to ``no`` by a sweep that wants numbers only.
FIGURES_VARIABLE = "ANALYSIS_FIGURES"
#: File in which the session tells the runner about its inputs.
INPUTS = "inputs.json"


def __getattr__(name: str) -> Any:
    # A session needs pandas and matplotlib; those who only read what notebooks declare do not wait for them.
    if name != "Session":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from analysis.session.session import Session

    return Session
