"""Words that notebooks 06 and 07 share: the day of the vote, and measures of people held."""

from __future__ import annotations

#: Measures that count people held.
HELD = ("detained", "arrested")
