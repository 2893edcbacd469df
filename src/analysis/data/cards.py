"""Source cards: what a source file is, whose it is, where it is pinned and how to know it again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, TypeAdapter

from analysis.paths import DATA
from analysis.validation import read_yaml, validate

CARDS = DATA / "sources.yml"


class Card(BaseModel):
    """One source file.

    Attributes
    ----------
    file : str
        File name in the cache and in a mirror folder.
    dataset, producer : str
        Name of the data set; who makes it. Files of one producer are never counted as independent sources.
    edition : str
        Edition (vintage) of the data set, as its producer names it.
    data_years : tuple of int
        First and last year that the values describe.
    countries : int or None
        Number of countries that the edition covers, checked when tables are built.
    citation, licence : str
        Required citation; licence or terms as stated by the producer.
    url : HttpUrl
        Pinned address: the same bytes for ever.
    bytes, sha256 : int, str
        Size and SHA-256 checksum of the file.
    notes : str
        Cautions about the file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    # A plain name: neither a path nor a hidden file.
    file: Annotated[str, Field(pattern=r"^\w[\w.\-]*$", max_length=120)]
    dataset: str
    producer: str
    edition: str
    data_years: tuple[int, int]
    countries: int | None = None
    citation: str
    licence: str
    url: HttpUrl
    bytes: Annotated[int, Field(gt=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    notes: str = ""


_ADAPTER = TypeAdapter(dict[str, Card])


def load_cards(path: Path = CARDS) -> dict[str, Card]:
    """Read and validate all source cards, by name in the order of the file.

    Raises
    ------
    analysis.errors.InputError
        The file is missing, is not YAML, or a card lacks a field or has a wrong one.
    """
    return validate(_ADAPTER, read_yaml(path), where=path.name)
