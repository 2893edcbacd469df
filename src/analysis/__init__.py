"""Claims under test: tables, methods, evidence and verdicts on an article about civil liberties."""

__version__ = "0.1.0"
