"""What templates call things: numbers, editions, marks and small judgements for display."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import partial

from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from analysis.claims.evidence import Found, Measure
from analysis.claims.judge import VERDICTS
from analysis.claims.register import Claim
from analysis.report.dossier import Dossier
from analysis.report.wording import number, p_text

#: Where the run's outputs stand in the site, among its machine formats.
OUTPUTS = "data/figures"
#: Name of each verdict's mark and class, in the order in which verdicts are shown.
MARKS = {verdict: verdict.replace(" ", "-") for verdict in VERDICTS}
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# Ends of the axis on which measures are drawn, and how many sizes that matter lie between zero and an end.
_AXIS, _MULTIPLES = 100, 4
# All prose goes through it: tables, no raw HTML, no images from elsewhere.
_RENDERER = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def value(exact: float | None, unit: str = "") -> Markup:
    """Show a number at three significant digits; the markup keeps all the digits of the evidence file."""
    if exact is None or not math.isfinite(exact):
        return Markup("–")
    whole = (exact == round(exact) and abs(exact) < 1e6) or abs(exact) >= 1000
    text = f"{exact:.0f}" if whole else f"{exact:.3g}"
    mantissa, _, exponent = text.replace("-", "−", 1 if exact < 0 else 0).partition("e")
    shown = f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPT)}" if exponent else mantissa
    return Markup('<data value="{}">{}</data>').format(number(exact), f"{shown} {unit}".strip())


def slug(text: str) -> str:
    """Return an anchor made of a text."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "part"


def tally(dossiers: Iterable[Dossier]) -> dict[str, int]:
    """Count verdicts, in their fixed order."""
    given = [dossier.conclusion.verdict for dossier in dossiers]
    return {name: given.count(name) for name in VERDICTS}


def outcome(claim: Claim, measure: Measure) -> str:
    """Say what one measure concludes on the change that the rule asks about."""
    if claim.rule.kind != "non-inferiority" or measure.estimate is None:
        return ""
    if measure.role == "record":
        return "shown" if measure.estimate >= measure.smallest_effect else "not shown"
    if measure.confidence and not measure.shaken:
        return f"stays short: confidence {p_text(measure.confidence.short)}"
    return measure.conclusion


def by_edition(found: Sequence[Found]) -> tuple[list[str], dict[str, list[float | None]]]:
    """Turn figures into a table: names of quantities, and their values by edition."""
    quantities = list(dict.fromkeys(item.quantity for item in found))
    values = {(item.vintage, item.quantity): item.value for item in found}
    editions = dict.fromkeys(item.vintage for item in found)
    return quantities, {vintage: [values.get((vintage, name)) for name in quantities] for vintage in editions}


def placed(end: float, unit: float) -> str:
    """Place an estimate or an end on an axis from -100 to 100, with the size that matters at 25; cut beyond."""
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
