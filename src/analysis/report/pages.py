"""Text from templates: what a run says, as Markdown for the site, the paper, the README and the terminal."""

from __future__ import annotations

import json
import math
import os
import re
import runpy
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined, TemplateError
from markupsafe import Markup
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

from analysis.charts.strip import TYPES
from analysis.claims.certainty import LEVELS
from analysis.claims.evidence import read_as
from analysis.claims.judge import REASONS, TESTED, VERDICTS
from analysis.claims.lock import read_lock, rule_hash
from analysis.claims.verdicts import Verdict
from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE, edition_in_words
from analysis.data.load import country_names
from analysis.errors import InputError
from analysis.files import write_whole
from analysis.methods.result import chance, in_words
from analysis.paths import BUILD, DATA, ROOT
from analysis.report.dossier import Published, cited, notebook_titles, read_citation
from analysis.report.project import carried

#: Pages of this project, which are templates too, and go before those that the package carries.
DOCS = ROOT / "docs"
# What Markdown takes for markup anywhere, and what only at the beginning of a line.
_MARKUP = re.compile(
    r"[\\`*{}\[\]<>#|~$^@]|(?<!\w)_|_(?!\w)|&(?=[\w#]+;)|^[-+=%:(](?=\W|$)|(?<=^\d)[.)](?= )|(?<=^\d\d)[.)](?= )"
)
_BLOCK = re.compile(r"(<!-- (\w+): begin \(written by the run\) -->\n)(.*?)(\n<!-- \2: end -->)", re.DOTALL)
#: Columns in a terminal, each with the width from which it is shown; and the colours of verdicts by their last word.
_COLUMNS = {"claim": 0, "verdict": 0, "certainty": 0, "speaker": 100, "p": 120, "p adj.": 120, "newest edition": 150}
_COLOURS = {"supported": "green", "contradicted": "red", "mixed": "yellow"}
#: What the last run of each notebook took.
RECORD = BUILD / "last_run.json"


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
    register, names, said = published.register, country_names(), escaped if escape else _squeezed
    templates = _Templates(
        loader=ChoiceLoader([PackageLoader("analysis.report"), FileSystemLoader([DOCS, carried("docs")])]),
        autoescape=True,
        extensions=["jinja2.ext.do"],
        finalize=lambda value: value if hasattr(value, "__html__") else Markup(said(value)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "country": lambda code: names.get(code, code),
        "edition": edition_in_words,
        "level": lambda certainty: certainty.level if certainty else "",
        "mark": lambda verdict: Markup(verdict.replace(" ", "-")),
        "p": chance,
        "quoted": lambda text: Markup(json.dumps(_squeezed(text), ensure_ascii=False)),
        "raw": Markup,
        "rule_hash": rule_hash,
        "sentence": sentence,
        "value": value,
    }
    templates.globals |= {
        "article": register.article,
        "cards": load_cards(),
        "catalogue": CATALOGUE,
        "citation": read_citation(),
        "counts": lambda chosen: {name: [item.conclusion.verdict for item in chosen].count(name) for name in VERDICTS},
        "disputes": [[published[claim.id] for claim in pair] for pair in register.rival_pairs()],
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
    if (own := DOCS / "functions.py").is_file():
        found = runpy.run_path(str(own), run_name="functions").items()
        templates.globals |= {name: made for name, made in found if getattr(made, "__module__", "") == "functions"}
    rules = templates.get_template("rules.md.j2").module
    templates.filters["rule"] = lambda claim: getattr(rules, claim.rule.kind.replace("-", "_"))(claim.rule, claim)
    return templates


def verdict_table(judged: Iterable[Verdict], *, width: int) -> Table:
    """Return a table of verdicts for a terminal, with the claims' words; a narrow one has no more than it has to."""
    table = Table(*(name for name, least in _COLUMNS.items() if width >= least), box=None, pad_edge=False)
    for item in judged:
        words = Text.assemble((item.claim.id, "bold"), f"\n{item.claim.claim}\n", overflow="fold")
        verdict = Text(item.conclusion.label, _COLOURS.get(item.conclusion.verdict.split()[-1], "dim"))
        p_values = ("" if p is None else chance(p) for p in (item.record()["p"], item.p_adjusted))
        level = getattr(item.certainty, "level", "")
        cells: list[Any] = [words, verdict, level, item.claim.speaker, *p_values, item.newest]
        table.add_row(*cells[: len(table.columns)])
    return table


def readme_blocks(published: Published, record: Path = RECORD) -> dict[str, str]:
    """Return the parts of the README that a run writes, by name; what no run has measured yet is left out."""
    template = environment(published, site=False).get_template("readme.md")
    noted, titles = read_as(dict[str, Any], record) if record.is_file() else {}, notebook_titles()
    took = [noted[name] for name in titles if titles.keys() <= noted.keys()]  # sweeps have notes there too
    sizes = [path.stat().st_size for folder in (DATA, published.folder) for path in folder.rglob("*") if path.is_file()]
    text = template.render(took=took, bytes=sum(sizes))
    blocks = re.findall(r"<!-- (\w+): begin -->\n(.*?)<!-- \1: end -->", text, flags=re.S)
    return {name: block.strip() for name, block in blocks if block.strip()}


def claims_page(published: Published) -> str:
    """Return ``CLAIMS.md``: every claim with its verdict, certainty and reason."""
    return environment(published, site=False).get_template("claims.md").render()


def write_blocks(path: Path, blocks: Mapping[str, str]) -> Path:
    """Put blocks between the markers of the same names in a file, which has to have them."""
    text = path.read_text(encoding="utf-8")
    found = [name for _, name, _, _ in _BLOCK.findall(text)]
    if missing := [name for name in blocks if found.count(name) != 1]:
        raise InputError(f"markers of {missing[0]} are missing", where=path.name, remedy="git checkout README.md")
    return write_whole(path, _BLOCK.sub(lambda old: old[1] + blocks.get(old[2], old[3]) + old[4], text))


def explain(published: Published, claim_id: str, console: Console) -> None:
    """Print all that the site says of a claim: laid out on a terminal, as plain Markdown into a pipe."""
    template = environment(published, escape=console.is_terminal, site=False).get_template("claim.md.j2")
    text = re.sub(r"\n{3,}", "\n\n", template.render(dossier=published[claim_id])).strip()
    console.print(Markdown(text) if console.is_terminal else text, soft_wrap=not console.is_terminal)


def bibliography() -> str:
    """Return what is cited, for BibTeX: by the package and the project, and source cards that neither has."""
    paths = dict.fromkeys((carried("docs/references.bib"), DOCS / "references.bib"))
    text, cards = "\n".join(path.read_text(encoding="utf-8") for path in paths if path.is_file()), load_cards()
    own = [name for name in cited(CATALOGUE) if f"{{{name}," not in text]
    entry = "\n@misc{{{0},\n  title = {{{1.citation}}},\n  url = {{{1.url}}}\n}}\n"
    return text + "".join(entry.format(name, cards[name]) for name in own)


def convert(text: str, out: Path, *options: str) -> None:
    """Convert Markdown by pandoc into a file of the form that its name says; the same text gives the same bytes."""
    import pypandoc

    # What pandoc packs, and what Sphinx takes for this year, is the day of the release.
    os.environ["SOURCE_DATE_EPOCH"] = f"{datetime.fromisoformat(read_citation().released + 'T00Z').timestamp():.0f}"
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


def table(head: Sequence[str], rows: Iterable[Iterable[Any]], *, align: str = "") -> Markup:
    r"""Return a Markdown table; ``align`` has a letter for each column: l for words, r for numbers.

    Examples
    --------
    >>> print(table(["what", "n"], [["a|b", 1]], align="lr"))
    | what | n |
    | --- | ---: |
    | a\|b | 1 |
    """
    rule = [Markup("---" + ":" * (letter == "r")) for letter in align.ljust(len(head), "l")]
    cells = ((cell if hasattr(cell, "__html__") else escaped(cell) for cell in row) for row in (head, rule, *rows))
    return Markup("\n".join(f"| {' | '.join(row)} |" for row in cells))


def value(exact: float | None, unit: str = "") -> str:
    """Show a number at three significant digits, with a true minus in front.

    Examples
    --------
    >>> value(-0.01579, "points"), value(29592), value(None)
    ('−0.0158 points', '29592', '–')
    """
    if exact is None or not math.isfinite(exact):
        return "–"
    return f"{in_words(f'{exact:.3g}' if abs(exact) < 999.5 else f'{exact:.0f}')} {unit}".strip()


def sentence(text: str) -> str:
    """Return a clause as a sentence: capital first, full stop last.

    Examples
    --------
    >>> sentence("all three agree")
    'All three agree.'
    """
    text = text.strip()
    return text if not text else text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def _squeezed(text: Any) -> str:
    return re.sub(r"\s+", " ", str(text))
