r"""Results for a paper that never types a number: one LaTeX macro per number, and tables for ``booktabs``.

A macro's name is the words of the notebook (without its number) and of the result, each begun with a capital; digits
are spelled out, since TeX takes letters only: ``rank`` of ``01_freedom_index`` is ``\FreedomIndexRank``. What is said
of a claim is ``\Claim...``: the words of its id, then Verdict, Grade, Estimate, Lower, Upper, N, P, PAdjusted or
Detectable.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator
from typing import Any

from analysis.errors import InputError
from analysis.report.dossier import Dossier, Published

_DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': "''", "\N{MINUS SIGN}": r"\ensuremath{-}",
}  # fmt: skip
_NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_HEAD = (
    "% Written by: analysis report. One macro per published number; \\input this file in the preamble.",
    "% Names: words of the notebook and of the result; of a claim: Claim, words of its id, what is said of it.",
    "% Digits in names are spelled out. Tables need \\usepackage{booktabs}.",
)


def macros(published: Published) -> dict[str, str]:
    """Return every macro's text by name (without the backslash), in the order of notebooks and claims.

    Raises
    ------
    InputError
        Two results would have the same name.
    """
    found: dict[str, str] = {}
    for name, value in (*_numbers(published), *_claims(published)):
        if name in found:
            raise InputError(f"two results would be \\{name}", where="results.json", remedy="rename one of them")
        found[name] = latex(value)
    return found


def results_tex(published: Published) -> str:
    """Return the content of ``results.tex``."""
    lines = [f"\\newcommand{{\\{name}}}{{{text}}}" for name, text in macros(published).items()]
    return "\n".join([*_HEAD, *lines]) + "\n"


def macro_name(*parts: str) -> str:
    """Join the words of parts to a name of letters only: capitals begin words, digits are spelled out."""
    words = re.findall(r"[A-Za-z]+|\d", " ".join(parts))
    return "".join(_DIGITS[int(word)] if word.isdigit() else word[0].upper() + word[1:] for word in words)


def latex(value: Any) -> str:
    """Write a published value as LaTeX: numbers with the digits that were published, texts escaped."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(f"{value:.6g}" if isinstance(value, float) else str(value))
    if isinstance(value, list | tuple):
        return ", ".join(latex(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{latex(key)}: {latex(item)}" for key, item in value.items())
    return "" if value is None else escape(str(value))


def escape(text: str) -> str:
    """Escape the characters that LaTeX takes for commands."""
    return "".join(_SPECIAL.get(character, character) for character in text)


def tabular(text: str) -> str:
    """Return a CSV text as a ``tabular`` with the rules of booktabs; columns of numbers are set right."""
    header, *rows = list(csv.reader(io.StringIO(text)))
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in header]
    align = "".join("r" if _numeric(column) else "l" for column in columns)
    lines = [" & ".join(_cell(cell) for cell in row) + r" \\" for row in rows]
    head = " & ".join(escape(name.replace("_", " ")) for name in header) + r" \\"
    body = [f"\\begin{{tabular}}{{{align}}}", r"\toprule", head, r"\midrule", *lines, r"\bottomrule", r"\end{tabular}"]
    return "\n".join(body) + "\n"


def _numeric(column: tuple[str, ...]) -> bool:
    filled = [cell for cell in column if cell]
    return bool(filled) and all(_NUMBER.fullmatch(cell) for cell in filled)


def _cell(cell: str) -> str:
    return _number(cell) if _NUMBER.fullmatch(cell) else escape(" ".join(cell.split()))


def _number(text: str) -> str:
    """Set a minus sign and a power of ten as mathematics; digits stay as they are."""
    if not math.isfinite(float(text)):
        return ""
    digits, _, power = text.lower().partition("e")
    if power:
        return rf"\ensuremath{{{digits} \times 10^{{{int(power)}}}}}"
    return rf"\ensuremath{{{digits}}}" if digits.startswith("-") else digits


def _numbers(published: Published) -> Iterator[tuple[str, Any]]:
    for notebook, values in published.numbers.items():
        for name, value in values.items():
            yield macro_name(notebook.partition("_")[2], name), value


def _claims(published: Published) -> Iterator[tuple[str, Any]]:
    for dossier in published.dossiers:
        for said, value in _said(dossier).items():
            if value not in (None, ""):
                yield macro_name("claim", dossier.claim.id, said), value


def _said(dossier: Dossier) -> dict[str, Any]:
    verdict = dossier.verdict
    lower, upper = verdict.interval or (None, None)
    return {
        "Verdict": verdict.label,
        "Grade": verdict.grade,
        "Estimate": verdict.estimate,
        "Lower": lower,
        "Upper": upper,
        "N": dossier.evidence.n if dossier.evidence else None,
        "P": verdict.p,
        "PAdjusted": verdict.p_adjusted,
        "Detectable": verdict.minimum_detectable_effect,
    }
