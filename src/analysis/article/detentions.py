"""Words that notebooks 06 and 07 share: the day of the vote, and measures of people held."""

from __future__ import annotations

#: Day of the vote that the article speaks of.
ELECTION_DAY = "2021-01-10"
#: Measures that count people held.
HELD = ("detained", "arrested")
