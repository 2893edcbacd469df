"""The command ``analysis``, one module per group of commands.

A command's module imports only :mod:`analysis.cli.app` and what is as light; what a command needs is imported in its
body, so that none waits for the libraries of another. ``run`` and ``status`` without arguments do not wait for Typer's
parser either. To add a command: a function with ``@app.command()`` in its module, or in a new one, imported below.
"""

from __future__ import annotations

import atexit
import gc
import sys

from analysis import __version__
from analysis.errors import AnalysisError, RunError


def main() -> None:
    """Run the command; an error that the user can act on, or an interrupt, is one line, never a traceback."""
    if sys.argv[1:] == ["--version"]:
        return print(__version__)
    try:
        from analysis.cli import app, data, publish, runs  # noqa: F401 (an interrupt may come this early)

        atexit.register(gc.freeze)  # or the interpreter looks through all that it lets go: a third of a second
        return (getattr(runs, sys.argv[1]) if sys.argv[1:] in (["run"], ["status"]) else app.app)()
    except (KeyboardInterrupt, SystemExit) as ended:
        if getattr(ended, "code", 130) != 130:  # Typer's own, of an interrupt inside of a command
            raise
        print("interrupted; what has finished is kept", file=sys.stderr)
        sys.exit(130)
    except AnalysisError as known:
        error = known
    except (OSError, ImportError, MemoryError) as known:
        # Disk full, no permission, a file where a folder should be: the system's own words say what it is.
        reason = getattr(known, "strerror", "") or str(known) or type(known).__name__
        remedy = "look at the disk, at permissions and the memory allowed, or name another folder"
        error = RunError(reason, where=str(getattr(known, "filename", "") or ""), remedy=remedy)
    print(f"error: {error.line()}", file=sys.stderr)
    sys.exit(error.exit_code)
