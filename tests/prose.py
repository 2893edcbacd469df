"""Faults that no sentence for readers may have: what one looks like, and an example of it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from analysis.data.load import country_names

# The code of Papua New Guinea is that of a format, too.
_CODES = sorted({*country_names()} - {"PNG"})
#: By name: the pattern, and a sentence that has the fault.
FAULTS = {
    "name of a column": (r"[A-Za-z0-9]+_[A-Za-z0-9]+", "the event_month has a ratio of 2"),
    "code of a country": (rf"\b({'|'.join(_CODES)})\b", "KAZ lies before KGZ"),
    "plural of one": (
        r"(?<![\d.,\N{MINUS SIGN}-])1 (?!(?:as|has|is|leans|of|was|agrees|disagrees)\b)[a-z]+s\b"
        r"|\b1 of 1 |\bnone of 1 |\b1 (?:are|have|were)\b",
        "none of 1 sources can tell",
    ),
    "nothing to three places": (r"\b0\.000\b|\bnan\b", "with probability 0.000"),
    "range without extent": (r"(?<![\d.])([+\N{MINUS SIGN}-]?\b\d[\d.]*) to \1(?![\d.%])", "it runs from -1 to -1"),
    "zero with a sign": (r"(?<![\w.])[+\N{MINUS SIGN}]0(?![\d.])", "it moved by +0 points"),
    "number of a period": (r"\b[Pp]eriod \d+\b", "period 4 is 1993"),
    "p without its hypothesis": (r"(?<![\w-])p (?:=|<|is (?=[\d.]))", "the ratio is 2 (p = 0.01)"),
    "hyphen for a minus": (r"(?<![\w.)=\]/-])-\d", "it fell by -0.3"),
    "verdict inside a verdict": (
        r"measured: |(?:supported|contradicted|tell): [^.;]*\((?:the|both|all|an?) |\bconfidence of (?:above|below)\b",
        "supported: measured: supported (both sources agree)",
    ),
    "word of another scale": (r"\b(?:partly supported|not testable|fragile|grades?)\b", "the verdict is fragile"),
    "nothing left out": (r"\bless 0\b", "4 = 4, less 0 excluded"),
}
_PATTERNS = {name: re.compile(pattern) for name, (pattern, _) in FAULTS.items()}
# What a program reads is no prose: code, links, comments, and the tables below a result's sentence.
_CODE = re.compile(r"```.*?```|`[^`\n]*`|<!--.*?-->|\]\([^)]*\)", re.S)


def faults(texts: Iterable[str]) -> set[tuple[str, str]]:
    """Return every fault with what stands around it."""
    told = [_CODE.sub("", text) for text in texts]
    hits = ((name, text, hit) for text in told for name, fault in _PATTERNS.items() for hit in fault.finditer(text))
    return {(name, text[max(hit.start() - 60, 0) : hit.end() + 30]) for name, text, hit in hits}


def naming(word: str, texts: Iterable[str]) -> list[str]:
    """Return the sentences that name something, unless they say that they speak of the article."""
    sentences = [sentence for text in texts for sentence in re.split(r"(?<=[.?!]) |\n", text)]
    return [sentence for sentence in sentences if re.search(word, sentence) and "article" not in sentence]


def without_tables(text: str) -> str:
    """Return a text without the tables below its sentences."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("|"))
