"""Verdicts in forms that people read and machines take."""
