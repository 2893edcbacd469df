"""Faults that no sentence for readers may have: what each looks like."""

import re
from collections.abc import Iterable

from analysis.data.load import country_names

# The code of Papua New Guinea is that of a format, too.
_CODES = sorted({*country_names()} - {"PNG"})
_PATTERNS = {
    "name of a column": r"[A-Za-z0-9]+_[A-Za-z0-9]+",
    "code of a country": rf"\b({'|'.join(_CODES)})\b",
    "plural of one": r"(?<![\d.,\N{MINUS SIGN}-])1 (?!(?:as|has|is|leans|of|was|agrees|disagrees)\b)[a-z]+s\b"
    r"|\b1 of 1 |\bnone of 1 |\b1 (?:are|have|were)\b",
    "nothing to three places": r"\b0\.000\b",
    "no number": r"\bnan\b",
    "range without extent": r"(?<![\d.])([+\N{MINUS SIGN}-]?\b\d[\d.]*) to \1(?![\d.%])",
    "zero with a sign": r"(?<![\w.])[+\N{MINUS SIGN}]0(?![\d.])",
    "number of a period": r"\b[Pp]eriod \d+\b",
    "p without its hypothesis": r"(?<![\w-])p (?:=|<|is (?=[\d.]))",
    "hyphen for a minus": r"(?<![\w.)=\]/-])-\d",
    "verdict inside a verdict": r"measured: |(?:supported|contradicted|tell): [^.;]*\((?:the|both|all|an?) "
    r"|\bconfidence of (?:above|below)\b",
    "word of another scale": r"\b(?:partly supported|not testable|fragile|grades?)\b",
    "nothing left out": r"\bless 0\b",
}
# What a program reads is no prose: code, links, comments, and the tables below a result's sentence.
_CODE = re.compile(r"```.*?```|`[^`\n]*`|<!--.*?-->|\]\([^)]*\)", re.S)


def faults(texts: Iterable[str]) -> set[tuple[str, str]]:
    """Return every fault with what stands around it."""
    told = [_CODE.sub("", text) for text in texts]
    hits = ((name, text, hit) for text in told for name, fault in _PATTERNS.items() for hit in re.finditer(fault, text))
    return {(name, text[max(hit.start() - 60, 0) : hit.end() + 30]) for name, text, hit in hits}


def naming(word: str, texts: Iterable[str]) -> list[str]:
    """Return the sentences that name something, unless they say that they speak of the article."""
    sentences = [sentence for text in texts for sentence in re.split(r"(?<=[.?!]) |\n", text)]
    return [sentence for sentence in sentences if re.search(word, sentence) and "article" not in sentence]


def without_tables(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("|"))


def check_plain(*said: object) -> None:
    """Hold that no word is shouted, but for short names in capitals such as CR3."""
    for text in map(str, said):
        assert not re.search(r"[A-Z]{2}[a-z]|[a-z][A-Z]{2}|[A-Z]{4}", text), text
