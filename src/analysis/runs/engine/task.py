"""One notebook to execute, and how that ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Task:
    """One notebook to execute.

    Attributes
    ----------
    name, path : str, Path
        Notebook and its file.
    parameters : dict
        Changed parameters.
    out, executed : Path
        Folder for outputs, path of the executed copy.
    variables : dict
        Environment variables that the session reads.
    forked : bool
        Fork a warm kernel if there is a parent to fork from.
    """

    name: str
    path: Path
    parameters: dict[str, Any]
    out: Path
    executed: Path
    variables: dict[str, str] = field(default_factory=dict)
    forked: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the request of one notebook ended.

    Attributes
    ----------
    name : str
        Notebook.
    seconds : float
        Wall time.
    failure : tuple of str
        Empty if it succeeded, else five lines: notebook, cell and heading, failing line, error, path of the copy.
    state : str
        ``ok`` executed, ``fresh`` skipped, ``kept`` finished by an interrupted run, ``failed``, or ``waiting`` for one
        that failed.
    peak_mb : float or None
        Highest memory of the kernel in MB, where the system says it.
    """

    name: str
    seconds: float = 0.0
    failure: tuple[str, ...] = ()
    state: str = "ok"
    peak_mb: float | None = None
