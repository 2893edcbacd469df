"""The card that a notebook shows under a piece of evidence: claim, verdict, certainty, deciding number, what failed."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.claims.evidence import Evidence
from analysis.claims.judge import judge
from analysis.claims.register import Claim, Thresholds
from analysis.claims.verdicts import grade


@dataclass(frozen=True, slots=True)
class Card:
    """Verdict on one claim as its own notebook can know it: before the family's correction for several tests."""

    claim: Claim
    evidence: Evidence
    thresholds: Thresholds

    def sentence(self) -> str:
        """Return verdict, reason and the clause with the deciding number."""
        conclusion = judge(self.claim, self.evidence, self.thresholds, p_adjusted=self.evidence.p_value)
        reason = f", {conclusion.reason}" if conclusion.reason else ""
        return f"{conclusion.verdict}{reason}: {conclusion.why}."

    def _repr_markdown_(self) -> str:
        edition = "" if self.evidence.primary else f" (by {self.evidence.vintage.replace('_', ' ')})"
        verdict = self.sentence()
        lines = [
            f"> **{self.claim.claim}**{edition}",
            f"> **{verdict[0].upper()}{verdict[1:]}** Evidence grade {grade(self.claim, self.evidence)}.",
        ]
        lines += [f"> {line}" for line in (self._number(), self._checks(), self._caution()) if line]
        return "  \n".join(lines)

    def _number(self) -> str:
        item = self.evidence
        if item.estimate is None:
            return ""
        text = f"Estimate {item.estimate:.3g} {item.unit}".rstrip()
        if item.interval is not None:
            text += f" (95 % interval {item.interval[0]:.3g} to {item.interval[1]:.3g})"
        return f"{text}, smallest effect of interest {item.smallest_effect:g}." if item.smallest_effect else f"{text}."

    def _checks(self) -> str:
        every = (*self.evidence.falsifications, *self.evidence.components)
        if not every:
            return ""
        failed = [f"{check.name} ({check.detail})" for check in every if not check.passed]
        counted = f"{len(every) - len(failed)} of {len(every)} registered checks passed"
        return f"{counted}; not passed: {'; '.join(failed)}." if failed else f"{counted}."

    def _caution(self) -> str:
        if self.claim.family != "confirmatory" or self.evidence.p_value is None:
            return ""
        return f"p = {self.evidence.p_value:.2g}, before the correction for the several tests of all notebooks."
