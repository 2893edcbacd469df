"""What a notebook stands on: its checked parameters, and a session that loads tables and saves what it finds."""

from analysis.notebook.session import Session

__all__ = ["Session"]
