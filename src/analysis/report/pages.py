"""Text from templates: what a run says, as Markdown for the site, the paper, the README and the terminal."""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined, Template, TemplateError
from markupsafe import Markup
from rich.console import Console
from rich.markdown import Markdown

from analysis.charts.strip import TYPES
from analysis.claims.calibration import TESTED
from analysis.claims.certainty import LEVELS
from analysis.claims.judge import REASONS, VERDICTS
from analysis.claims.lock import read_lock, rule_hash
from analysis.claims.register import Claim, Thresholds
from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE, edition_in_words
from analysis.data.load import country_names
from analysis.errors import InputError
from analysis.methods.result import chance
from analysis.paths import ROOT
from analysis.report.citation import read_citation
from analysis.report.coders import published_agreement
from analysis.report.dossier import Dossier, Published, notebook_titles
from analysis.report.worth import reached, seldom_found

#: Pages of this project, which are templates too.
DOCS = ROOT / "docs"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# What Markdown takes for markup anywhere, and what only at the beginning of a line.
_MARKUP = re.compile(
    r"[\\`*{}\[\]<>#|~$^@]|(?<!\w)_|_(?!\w)|&(?=[\w#]+;)|^[-+=%:(](?=\W|$)|(?<=^\d)[.)](?= )|(?<=^\d\d)[.)](?= )"
)


class _Templates(Environment):
    """Templates of which a fault is one line: a run that lacks what a page names is the user's matter, no bug."""

    def handle_exception(self, source: str | None = None) -> NoReturn:
        error = sys.exc_info()[1]
        if isinstance(error, TemplateError):
            remedy = "run all notebooks with analysis run, or mend the page in docs"
            raise InputError(f"a page cannot be filled in: {error}", where="report", remedy=remedy) from None
        super().handle_exception(source)


def environment(published: Published, *, escape: bool = True, site: bool = True) -> Environment:
    """Return the templates of the package and of ``docs`` with all that a run says.

    What an expression gives is text, whose punctuation is escaped for Markdown, unless ``escape`` is off for a pipe.
    """
    templates, register = _templates(escaped if escape else _squeezed), published.register
    templates.filters |= {
        "level": lambda certainty: certainty.level if certainty else "",
        "mark": lambda verdict: Markup(verdict.replace(" ", "-")),
        "p": chance,
        "quoted": lambda text: Markup(json.dumps(_squeezed(text), ensure_ascii=False)),
        "raw": Markup,
        "rule": lambda claim: rule_in_words(claim, register.thresholds),
        "rule_hash": rule_hash,
        "seldom": seldom_found,
        "sentence": sentence,
        "value": value,
        "worlds": reached,
    }
    templates.globals |= {
        "agreement": published_agreement,
        "article": register.article,
        "cards": load_cards(),
        "catalogue": CATALOGUE,
        "citation": read_citation(),
        "counts": lambda chosen: {name: [item.conclusion.verdict for item in chosen].count(name) for name in VERDICTS},
        "disputes": disputes(published),
        "kinds": {letter: name for letter, (_, name) in TYPES.items()},
        "levels": dict(reversed(LEVELS.items())) | {"": "the verdict points to no side"},
        "lock": read_lock(),
        "published": published,
        "reasons": REASONS,
        "site": site,
        "table": table,
        "tested": TESTED,
        "thresholds": register.thresholds,
        "titles": notebook_titles(),
    }
    return templates


def _templates(made: Callable[[Any], str]) -> Environment:
    """Return the templates, in which ``made`` writes what an expression gives."""
    names = country_names()
    templates = _Templates(
        loader=ChoiceLoader([PackageLoader("analysis.report"), FileSystemLoader(DOCS)]),
        autoescape=True,
        extensions=["jinja2.ext.do"],
        finalize=lambda value: value if hasattr(value, "__html__") else Markup(made(value)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"country": lambda code: names.get(code, code), "edition": edition_in_words}
    return templates


@cache
def _rules() -> Template:
    return _templates(str).get_template("rules.md.j2")


def rule_in_words(claim: Claim, thresholds: Thresholds) -> str:
    """Say a claim's decision rule in one sentence, with its thresholds."""
    rules = _rules().make_module({"thresholds": thresholds})
    return str(getattr(rules, claim.rule.kind.replace("-", "_"))(claim.rule, claim))


def explain(published: Published, claim_id: str, console: Console) -> None:
    """Print all that the site says of a claim: laid out on a terminal, as plain Markdown into a pipe."""
    templates = environment(published, escape=console.is_terminal, site=False)
    text = templates.get_template("claim.md.j2").render(dossier=published[claim_id])
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    console.print(Markdown(text) if console.is_terminal else text, soft_wrap=not console.is_terminal)


def convert(text: str, out: Path, *options: str) -> None:
    """Convert Markdown by pandoc into a file of the form that its name says; the same text gives the same bytes."""
    import pypandoc

    os.environ["SOURCE_DATE_EPOCH"] = "1577836800"  # a time that pandoc writes into what it packs
    forms = {".typ": "typst", ".docx": "docx"}
    pypandoc.convert_text(text, forms[out.suffix], "markdown", extra_args=options, outputfile=str(out))


def escaped(text: Any) -> str:
    r"""Return a text on one line in which Markdown sees no markup.

    Examples
    --------
    >>> print(escaped("2 * 3 < 7"))
    2 \* 3 \< 7
    """
    return _MARKUP.sub(lambda found: f"\\{found[0]}", _squeezed(text))


def table(head: Sequence[str], rows: Iterable[Iterable[Any]], *, align: str = "", widths: Sequence[int] = ()) -> Markup:
    r"""Return a Markdown table; ``align`` has a letter for each column: l for words, r for numbers.

    Widths, where they are given, are parts of a page's width.

    Examples
    --------
    >>> print(table(["what", "n"], [["a|b", 1]], align="lr"))
    | what | n |
    | --- | ---: |
    | a\|b | 1 |
    """
    wide = widths or [3] * len(head)
    rule = [
        Markup("-" * n + ":" * (letter == "r")) for letter, n in zip(align.ljust(len(head), "l"), wide, strict=True)
    ]
    lines = (
        " | ".join(cell if hasattr(cell, "__html__") else escaped(cell) for cell in row) for row in (head, rule, *rows)
    )
    return Markup("\n".join(f"| {line} |" for line in lines))


def value(exact: float | None, unit: str = "") -> str:
    """Show a number at three significant digits, with a true minus.

    Examples
    --------
    >>> value(-0.01579, "points"), value(29592), value(None)
    ('−0.0158 points', '29592', '–')
    """
    if exact is None or not math.isfinite(exact):
        return "–"
    whole = (exact == round(exact) and abs(exact) < 1e6) or abs(exact) >= 1000
    mantissa, _, power = (f"{exact:.0f}" if whole else f"{exact:.3g}").replace("-", "−", exact < 0).partition("e")
    times = f" × 10{str(int(power)).translate(_SUPERSCRIPT)}" if power else ""
    return f"{mantissa}{times} {unit}".strip()


def sentence(text: str) -> str:
    """Return a clause as a sentence: capital first, full stop last.

    Examples
    --------
    >>> sentence("all three agree")
    'All three agree.'
    """
    text = text.strip()
    return text if not text else text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def disputes(published: Published) -> list[list[Dossier]]:
    """Return groups of claims that cannot be true together, each in the order of the article."""
    groups: list[set[str]] = []
    for pair in published.register.rival_pairs():
        names = {claim.id for claim in pair}
        joined = [group for group in groups if group & names]
        groups = [group for group in groups if group not in joined] + [names.union(*joined)]
    members = [[item for item in published.dossiers if item.claim.id in group] for group in groups]
    return sorted(members, key=lambda group: published.dossiers.index(group[0]))


def _squeezed(text: Any) -> str:
    return re.sub(r"\s+", " ", str(text))
