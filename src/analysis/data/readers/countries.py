"""Country names and codes: every source is brought to ISO 3166-1 alpha-3 codes here."""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from typing import Any

import pandas as pd

from analysis.data.readers.frames import is_blank, open_csv, refuse
from analysis.paths import TABLES

#: The table of names and codes that sources have for countries, for parts of them, and for states that ended.
SPELLINGS = "country_spellings"
_RESTORE = "restore it with git checkout"


def iso3_codes(names: pd.Series, codes: pd.Series | None = None, *, parts: bool = False) -> pd.Series:
    """Return the ISO3 code of each country name as published, which the file's own codes must not contradict.

    Parts of countries, and states that ended, are refused, or missing if the source rates ``parts`` too.
    """
    found = _coded(names, "name", parts=parts)
    if codes is not None:
        _agree(names, found, codes, _coded(codes, "code"))
    return found


def current_iso3(codes: pd.Series, names: pd.Series | None = None) -> pd.Series:
    """Return today's ISO3 code of each code as published; missing for regions, parts and states that ended.

    The file's own names must not contradict the codes; a code may be missing where its name has none in any row.
    """
    found = _coded(codes, "code", blank=names is not None)
    if names is not None:
        refuse(codes, is_blank(codes) & names.isin(names[~is_blank(codes)]), "a code, as other rows of its name have")
        _agree(names, names.map(_plain).map(_known("name")), codes, found)
    return found


def iso3_from_gw(numbers: pd.Series) -> pd.Series:
    """Return the ISO3 code of each Gleditsch-Ward number; missing for states that ended and for what is no country.

    The numbers are those of Gleditsch & Ward (1999), doi:10.1080/03050629908434958.
    """
    return _coded(numbers, "number")


def likely(word: str, *, cutoff: float = 0.6) -> list[str]:
    """Return the ISO3 codes that a word may mean: that of its spelling, else of names that hold it or are nearest.

    Accents, dots and the case of letters do not matter. A common name that more than one country bears means none.
    """
    codes, common = _known("iso2"), _known("common")
    every = _known("name") | codes | {str(code): code for code in codes.values()} | common
    spelled = {_bare(text): code for text, code in every.items()}
    asked = _bare(word)
    near = [asked] if spelled.get(asked) else []
    if cutoff < 1 and asked and not near:
        known = [text for text, code in spelled.items() if code]
        near = [text for text in known if f" {asked} " in f" {text} "]
        near = near or difflib.get_close_matches(asked, known if asked not in spelled else [], cutoff=cutoff)
    return list(dict.fromkeys(str(spelled[text]) for text in near))[:3]


def _bare(text: str) -> str:
    """Write a name without accents, dots, apostrophes and leading article, in small letters and single spaces."""
    plain = re.sub("[.'\u2018\u2019\u0300-\u036f]", "", unicodedata.normalize("NFKD", text))
    return " ".join(re.findall(r"\w+", plain.casefold())).removeprefix("the ")


def _coded(cells: pd.Series, kind: str, *, parts: bool = True, blank: bool = False) -> pd.Series:
    """Code cells by the table, missing for what is no country; what it does not know is refused by its row."""
    known, plain = _known(kind), cells.map(_plain, na_action="ignore")
    unknown = ~plain.isin(list(known)) & ~(is_blank(cells) & blank)
    near = difflib.get_close_matches(str(next(iter(plain[unknown]), "")), known, n=2)
    expected = f"a country's {kind}" + (f" (nearest: {', '.join(near)})" if near else "")
    refuse(cells, unknown, expected, f"correct it in the file, or add it to the table {SPELLINGS}")
    found = plain.map(known)
    if not parts:
        refuse(cells, found.isna(), "a country of today (but a part of one, or a state that ended)")
    return found


def _agree(names: pd.Series, named: pd.Series, codes: pd.Series, coded: pd.Series) -> None:
    differ = named.notna() & coded.notna() & (named != coded)
    said = next(iter(codes[differ]), "")
    refuse(names, differ, f"the country of its {codes.name} {said}")


def _plain(cell: Any) -> str:
    # An accent may be a character of its own.
    return unicodedata.normalize("NFC", str(cell)).strip()


@functools.cache
def _known(kind: str) -> dict[str, str | None]:
    """Return the ISO3 code by name, code, iso2, number or common name; None for what is no one country of today."""
    table = open_csv(TABLES / f"{SPELLINGS}.csv", remedy=_RESTORE, dtype="str")
    rows = table[table["kind"] == kind]
    return dict(zip(rows["known_as"], rows["iso3"].astype("object").where(rows["iso3"].notna(), None), strict=True))
