r"""Results for a paper that never types a number: one LaTeX macro per number, and tables for ``booktabs``.

A macro's name is the words of the notebook (without its number) and of the result, each begun with a capital; digits
are spelled out, since TeX takes letters only: ``rank`` of ``01_freedom_index`` is ``\FreedomIndexRank``. What is said
of a claim is ``\Claim...``: the words of its id, then Verdict, Confidence, Certainty, Estimate, Lower, Upper, N, P,
PAdjusted (both one-sided) or Detectable.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import InputError
from analysis.report.dossier import Published

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
    numbers = (
        (macro_name(notebook.partition("_")[2], name), value)
        for notebook, values in published.numbers.items()
        for name, value in values.items()
    )
    for name, value in (*numbers, *_claims(published)):
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
    return "" if value is None else escape(str(value))


def escape(text: str) -> str:
    """Escape the characters that LaTeX takes for commands."""
    return "".join(_SPECIAL.get(character, character) for character in text)


def tabular(path: Path) -> str:
    """Return a CSV file as a ``tabular`` with the rules of booktabs; columns of numbers are set right."""
    lines = pd.read_csv(path, header=None, dtype=str, keep_default_na=False)
    header, cells = lines.iloc[0], lines.iloc[1:]
    align = "".join("r" if _numeric(cells[name]) else "l" for name in cells)
    names = [escape(name.replace("_", " ")) for name in header]
    return str(cells.map(_cell).to_latex(index=False, header=names, column_format=align))


def _numeric(column: pd.Series) -> bool:
    filled = column[column != ""]
    return len(filled) > 0 and bool(filled.str.fullmatch(_NUMBER).all())


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


def _claims(published: Published) -> Iterator[tuple[str, Any]]:
    for dossier in published.dossiers:
        verdict = dossier.record()
        lower, upper = verdict["interval"] or (None, None)
        said = {
            "Verdict": dossier.conclusion.label,
            "Confidence": verdict["confidence"],
            "Certainty": verdict["certainty"],
            "Estimate": verdict["estimate"],
            "Lower": lower,
            "Upper": upper,
            "N": dossier.evidence.n if dossier.evidence else None,
            "P": verdict["p"],
            "PAdjusted": verdict["p_adjusted"],
            "Detectable": verdict["minimum_detectable_effect"],
        }
        for name, value in said.items():
            if value not in (None, ""):
                yield macro_name("claim", dossier.claim.id, name), value
