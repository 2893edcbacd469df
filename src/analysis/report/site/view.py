"""What templates call things: numbers, editions, marks and small judgements for display."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from analysis.claims.evidence import Evidence, Found, Measure
from analysis.claims.judge import CONTRADICTED, NOT_TESTABLE, NOT_YET, PARTLY, SUPPORTED, VERDICTS, judge
from analysis.claims.register import Claim, Thresholds
from analysis.data.cards import Card
from analysis.data.catalogue import CATALOGUE
from analysis.report.dossier import Dossier
from analysis.report.words import number

#: Where the run's outputs stand in the site, among its machine formats.
OUTPUTS = "data/figures"
#: Name of each verdict's mark and class, in the order in which verdicts are shown.
MARKS = dict(zip(VERDICTS, ("supported", "partly", "contradicted", "untestable", "pending"), strict=True))
#: What a verdict means, and what a reason for none means.
MEANINGS = {
    SUPPORTED: "The evidence meets the rule that was registered for the claim.",
    PARTLY: "Some of it holds: a part of the claim, one edition, or the direction without every check.",
    CONTRADICTED: "The evidence meets the registered rule for the opposite.",
    NOT_TESTABLE: "The data cannot decide the claim as stated; the reason is always given.",
    NOT_YET: "Registered with its rule; no evidence in this run.",
}
REASONS = {
    "normative": "a motive or a judgement of value, which no data record",
    "no data": "no record or figure other than the article's own was found",
    "underpowered": "the data could not have shown an effect of the registered size",
    "fragile": "the evidence points one way, but another count of the same cases or another comparison does not",
    "not identified": "what would decide it coincides in time with rival explanations",
}
#: Scales of the register's smallest effects, for readers.
SCALES = {
    "rank": "places in a ranking",
    "index_0_10": "points of an index from 0 to 10",
    "vdem_0_1": "V-Dem points, from 0 to 1",
    "rate_rise": "ratio of rates that counts as a rise",
    "rate_fall": "ratio of rates that counts as a fall",
    "share_points": "percentage points of a share",
    "freedom_house_100": "Freedom House points, from 0 to 100",
}
_OUTCOMES = {SUPPORTED: "rules it out", CONTRADICTED: "shows it", NOT_TESTABLE: "cannot tell", PARTLY: "cannot tell"}
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_DIGITS = 3
_AXIS, _MULTIPLES = 100, 4
# All prose goes through it: tables, no raw HTML, no images from elsewhere.
_RENDERER = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def value(number_: float | None, unit: str = "") -> Markup:
    """Show a number at three significant digits; the markup keeps all the digits of the evidence file."""
    if number_ is None or not math.isfinite(number_):
        return Markup("–")
    exact = number(number_)
    shown = escape(f"{_short(number_)} {unit}".strip())
    return Markup('<data value="{}">{}</data>').format(exact, shown)


def _short(number_: float) -> str:
    if (number_ == round(number_) and abs(number_) < 1e6) or abs(number_) >= 10**_DIGITS:
        text = f"{number_:.0f}"
    else:
        text = f"{number_:.{_DIGITS}g}"
    mantissa, _, exponent = text.replace("-", "−", 1 if number_ < 0 else 0).partition("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPT)}" if exponent else mantissa


def edition(vintage: str, cards: Mapping[str, Card]) -> str:
    """Return an edition as its producer names it, for readers: ``hfi_2020`` is Human Freedom Index 2020."""
    entry = CATALOGUE.get(vintage)
    if entry is None or not entry.sources:
        return vintage.replace("_", " ")
    card = cards[entry.sources[0]]
    return f"{card.dataset} {card.edition}"


def slug(text: str) -> str:
    """Return an anchor made of a text."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "part"


def sentence(text: str) -> str:
    """Return a clause as a sentence: capital first, full stop last."""
    text = text.strip()
    return text if not text else text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def tally(dossiers: Iterable[Dossier]) -> dict[str, int]:
    """Count verdicts, in their fixed order."""
    counts = Counter(dossier.verdict.verdict for dossier in dossiers)
    return {name: counts[name] for name in VERDICTS}


def outcome(claim: Claim, evidence: Evidence, measure: Measure, thresholds: Thresholds) -> str:
    """Say what one measure concludes on the change that the rule asks about, by the rule itself."""
    alone = evidence.model_copy(update={"measures": (measure,)})
    if claim.rule.kind != "non-inferiority":
        return ""
    return _OUTCOMES.get(judge(claim, alone, thresholds, p_adjusted=None).verdict, "")


def by_edition(found: Sequence[Found]) -> tuple[list[str], dict[str, list[float | None]]]:
    """Turn figures into a table: names of quantities, and their values by edition."""
    quantities = list(dict.fromkeys(item.quantity for item in found))
    values = {(item.vintage, item.quantity): item.value for item in found}
    editions = dict.fromkeys(item.vintage for item in found)
    return quantities, {vintage: [values.get((vintage, name)) for name in quantities] for vintage in editions}


def forest(measures: Sequence[Measure]) -> list[tuple[str, str, str]]:
    """Place estimates and intervals on one axis, in multiples of the size that matters.

    Returns
    -------
    list of (str, str, str)
        Lower end, upper end and estimate of each measure on an axis from -100 to 100, on which the sizes that matter
        are at -25 and 25; ends beyond the axis are cut.
    """
    return [
        (
            _placed(m.lower, m.smallest_effect),
            _placed(m.upper, m.smallest_effect),
            _placed(m.estimate, m.smallest_effect),
        )
        for m in measures
    ]


def _placed(end: float, unit: float) -> str:
    return f"{max(-_AXIS, min(_AXIS, end / unit * _AXIS / _MULTIPLES)):.1f}"


def markdown(text: str, label: str = "Table") -> Markup:
    """Render Markdown; markup inside it is shown as text, tables scroll by themselves."""
    return scrolling(_RENDERER.render(text), label)


def scrolling(html: str, label: str) -> Markup:
    """Let the tables of trusted HTML scroll by themselves, and give their headers a scope."""
    for part, scope in (("thead", "col"), ("tbody", "row")):
        html = re.sub(rf"<{part}>.*?</{part}>", partial(_scoped, scope), html, flags=re.S)
    region = f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(label)}"><table>'
    return Markup(html.replace("<table>", region).replace("</table>", "</table></div>"))


def _scoped(scope: str, part: re.Match[str]) -> str:
    return re.sub(r"<th\b", f'<th scope="{scope}"', part[0])
