"""One claim explained: the chain from its paraphrase to its verdict, as lines for a terminal or a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.claims.evidence import Check, Evidence, edition_in_words
from analysis.data.load import country_names
from analysis.paths import ROOT
from analysis.report.dossier import Dossier, Published
from analysis.report.wording import answer, effect_in_words, interval, number, p_text, rule_in_words

Line = tuple[str, str]


def explain(published: Published, claim_id: str) -> list[Line]:
    """Explain one verdict.

    Returns
    -------
    list of (str, str)
        What is said and its text, in the order of the argument; what a claim lacks is left out.

    Raises
    ------
    InputError
        There is no such claim; the line names close matches.
    """
    dossier = published[claim_id]
    lines = [
        *_claimed(dossier, published),
        *_asked(dossier),
        *(_found(dossier.evidence, dossier) if dossier.evidence else ()),
        *_judged(dossier, published),
        *_changes(dossier),
        *_files(dossier, published.folder),
    ]
    return [(name, text) for name, text in lines if text]


def show(lines: list[Line], console: Console) -> None:
    """Print an explanation: in two columns on a terminal, one unwrapped line an item into a pipe."""
    if not console.is_terminal:
        for name, text in lines:
            console.print(f"{name}: {text}", markup=False, soft_wrap=True)
        return
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    last = ""
    for name, text in lines:
        grid.add_row("" if name == last else name, Text(text, style="bold" if name == "verdict" else ""))
        last = name
    console.print(grid, soft_wrap=False)


def _claimed(dossier: Dossier, published: Published) -> Iterator[Line]:
    claim = dossier.claim
    yield "claim", f"{claim.claim} ({claim.id}, our words)"
    yield "said by", f"{claim.speaker}, paragraph {claim.paragraph} of the article; stance: {claim.stance}"
    for name in dossier.claim.contradicts:
        rival = published[name]
        said = f"{name}, {rival.claim.speaker}: {rival.conclusion.label}; on the estimand: {rival.claim.estimand}"
        yield "contradicted by", said


def _asked(dossier: Dossier) -> Iterator[Line]:
    claim = dossier.claim
    yield "estimand", claim.estimand
    yield "test", claim.test if claim.test != "none" else ""
    yield "smallest effect of interest", effect_in_words(claim)
    if dossier.evidence is None:
        yield from (("table", f"{name} (registered)") for name in claim.data)
        return
    for item in dossier.evidence.sources:
        first, last = item.data_years
        years = f", data years {first} to {last}" if first else ""
        yield "table", f"{item.table}: {item.producer}, edition {item.edition}{years}, sha256 {item.sha256[:16]}"


def _found(evidence: Evidence, dossier: Dossier) -> Iterator[Line]:
    yield "finding", evidence.summary
    ends = f" (95% interval {interval(evidence.interval)})" if evidence.interval else ""
    yield "estimate", f"{number(evidence.estimate, evidence.unit)}{ends}" if evidence.estimate is not None else ""
    yield "n", "" if evidence.n is None else f"{evidence.n:,}"
    adjusted = dossier.p_adjusted
    after = "; outside the confirmatory family" if adjusted is None else f"; after Holm's correction {p_text(adjusted)}"
    yield "one-sided p of the claimed effect", "" if dossier.p is None else f"{p_text(dossier.p)}{after}"
    yield "p of the test", p_text(evidence.p_value)
    if said := evidence.confidence:
        short = f"that it stays short of the smallest size that matters {p_text(said.short)}"
        yield "confidence", f"that there is an effect as claimed {p_text(said.beyond)}, {short}"
    yield "minimum detectable effect", number(evidence.minimum_detectable_effect, evidence.unit)
    for measure in evidence.measures:
        ends = (
            "" if measure.lower is None or measure.upper is None else f" ({interval((measure.lower, measure.upper))})"
        )
        short = f", confidence that it stays short {p_text(measure.confidence.short)}" if measure.confidence else ""
        effect, margin = number(measure.estimate) or "no estimate", number(measure.smallest_effect)
        yield "measure", f"{measure.name} ({measure.producer}, {measure.role}): {effect}{ends}, margin {margin}{short}"
    for item in evidence.found:
        quantity, edition = item.quantity.replace("_", " "), edition_in_words(item.vintage)
        yield "figure", f"{quantity} in {edition}: {number(item.value)}"
    names = country_names()
    yield "top set", ", ".join(names.get(code, code) for code in evidence.members)
    for report in evidence.reports:
        value = f": {report.value}" if report.value else ""
        part = f", on {report.part}" if report.part else ""
        yield "record", f"{answer(report)}: {report.source}{part}{value}"
    if curve := evidence.multiverse:
        shares = f"{curve.share_same_sign:.0%} of the claimed sign, {curve.share_significant:.0%} significant"
        yield "specifications", f"{curve.n}: {shares}, joint p {p_text(curve.joint_p)}"
    yield from (("component", _check(item)) for item in evidence.components)
    yield from (("check", _check(item)) for item in evidence.falsifications)
    run = {item.name for item in evidence.falsifications}
    yield from (("check", f"NOT RUN {name}") for name in dossier.claim.asked if name not in run)


def _check(item: Check) -> str:
    return f"{'passed' if item.passed else 'FAILED'} {item.name}: {item.detail}"


def _judged(dossier: Dossier, published: Published) -> Iterator[Line]:
    yield "rule", f"{rule_in_words(dossier.claim, published.register.thresholds)} (locked as {dossier.rules_hash})"
    yield "verdict", dossier.headline
    yield "certainty", str(dossier.certainty or "")
    yield "edition judged", edition_in_words(dossier.edition)
    for past in dossier.history:
        yield "verdict by lock", f"{past.date}, lock {past.lock}, {past.verdict}. {past.why}"


def _changes(dossier: Dossier) -> Iterator[Line]:
    for flip in dossier.flips:
        yield "would change it", f"{flip.change}: {flip.verdict}"
    for later in dossier.later:
        yield "later edition", f"{edition_in_words(later.edition)}: {later.headline} {later.record()['summary']}"
    if dossier.evidence and not dossier.flips:
        yield "would change it", "no single change of a threshold, check, part or record that was tried"
    yield "objection", dossier.claim.objection


def _files(dossier: Dossier, folder: Path) -> Iterator[Line]:
    yield "notebook", f"notebooks/{dossier.claim.notebook}.ipynb" if dossier.claim.notebook else ""
    place = folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder
    for figure in dossier.figures:
        yield "figure file", f"{place / figure.name}.svg"
