"""Source cards: what a source file is, whose it is, where it is pinned and how to know it again."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, TypeAdapter

from analysis.paths import DATA
from analysis.validation import read_yaml, validate

CARDS = DATA / "sources.yml"
ALL = "all"
_YEAR = r"(?:19|20)\d\d"


class Card(BaseModel):
    """One source file, under its name in the cache and in a mirror, as an edition (vintage) of its producer's data set.

    Files of one producer are never counted as independent sources. The edition names its year, or the first and the
    last of several; the data years are those that values describe. Both, and the number of countries with values, are
    held against the file when tables are built; a country has every year from its first one on, but for its ``gaps``,
    which the file lacks; those of ``all`` are years that no country has. ``only`` are the countries of which rows are
    carried one by one, where rights or use let it be no more. The licence is as the producer states it; the
    address is pinned: the same bytes for ever; notes are cautions about the file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    # A plain name: neither a path nor a hidden file.
    file: Annotated[str, Field(pattern=r"^\w[\w.\-]*$", max_length=120)]
    dataset: str
    producer: str
    edition: Annotated[str, Field(pattern=_YEAR)]
    data_years: tuple[int, int]
    countries: int | None = None
    gaps: dict[str, tuple[int, ...]] = {}
    only: tuple[str, ...] = ()
    citation: str
    licence: str
    url: HttpUrl
    bytes: Annotated[int, Field(gt=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    notes: str = ""

    @property
    def editions(self) -> tuple[int, int]:
        """Years of the first and of the last edition that the file holds."""
        years = re.findall(_YEAR, self.edition)
        return int(years[0]), int(years[-1])


def load_cards(path: Path = CARDS) -> dict[str, Card]:
    """Read and validate all source cards, by name in the order of the file; a fault is one line with its field."""
    return validate(TypeAdapter(dict[str, Card]), read_yaml(path), where=path.name)


#: The project's own cards, read once a process: every figure and every source of evidence names some.
project_cards = functools.cache(load_cards)
