"""Tables of notebook 08: rival claims side by side, and what would change a verdict."""

from __future__ import annotations

import pandas as pd

from analysis.claims.verdicts import Verdicts

#: Kinds of single changes, in words.
CHANGES = {
    "edition": "later edition",
    "threshold": "other threshold",
    "check": "a check",
    "part": "a part",
    "test": "a calibrated test",
    "record": "one more record",
    "p-value": "no correction",
    "identification": "rivals told apart",
}


def pairs(judged: Verdicts) -> pd.DataFrame:
    """Return each pair of claims that cannot both be true, side by side with the estimand that decides both."""
    said = {
        item.claim.id: (item.claim.id, item.claim.speaker, item.claim.claim, item.conclusion.label) for item in judged
    }
    rows = [
        (one.estimand, one.estimand == other.estimand, *said[one.id], *said[other.id])
        for one, other in judged.register.rival_pairs()
    ]
    sides = [f"{side}{part}" for side in ("first", "second") for part in ("", "_speaker", "_claim", "_verdict")]
    return pd.DataFrame(rows, columns=["estimand", "same_estimand", *sides])
