"""Words for numbers in the sentences of results."""

from __future__ import annotations


def counted(n: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless there is one: ``1 group``, ``2,000 groups``."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
