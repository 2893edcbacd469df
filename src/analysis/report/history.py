"""The verdicts of a claim under every lock since the first, in the words of their day."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.claims.judge import NOT_YET
from analysis.claims.lock import Lock, rule_hash
from analysis.claims.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Past:
    """A verdict with its reason, the lock under which it was published, and why the claim's rule changed before it.

    ``reasons`` are those of the locks that changed the rule since the verdict before; none if the rule stayed.
    """

    date: str
    lock: str
    verdict: str
    reasons: tuple[str, ...]

    @property
    def why(self) -> str:
        """The reasons in one text."""
        return " ".join(f"{reason.rstrip('.')}." for reason in self.reasons) or "The rule of this claim did not change."


def history(verdict: Verdict, lock: Lock, table: pd.DataFrame) -> list[Past]:
    """Return the verdicts on a claim, oldest first, the present one last.

    A row stands where the verdict or the rule is another than before. The table is that of earlier publications; it
    may be older than the present lock. A claim that was not judged has no present verdict.
    """
    reasons = {entry.hash: entry.reason for entry in lock.history}
    rows = table[table["claim"] == verdict.claim.id].fillna({"changed_by": ""})
    changed = {row.lock: row.changed_by for row in rows.itertuples()}
    rows = rows[rows["lock"] != lock.hash]
    past = [Past(row.date, row.lock, row.verdict, _said(row.changed_by, reasons)) for row in rows.itertuples()]
    now, rule = verdict.conclusion.label, rule_hash(verdict.claim)
    if verdict.conclusion.verdict == NOT_YET or (
        len(rows) and (past[-1].verdict, rows["rule"].iloc[-1]) == (now, rule)
    ):
        return past
    stayed = len(rows) and rows["rule"].iloc[-1] == rule
    why = _said(changed.get(lock.hash, "" if stayed else lock.hash), reasons)
    return [*past, Past(lock.history[-1].date, lock.hash, now, why)]


def _said(locks: str, reasons: dict[str, str]) -> tuple[str, ...]:
    return tuple(reasons[name] for name in locks.split() if name in reasons)
