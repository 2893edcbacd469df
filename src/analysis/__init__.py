"""Claims under test: tables, methods, evidence and verdicts on an article about civil liberties in Kazakhstan."""

__version__ = "0.1.0"
