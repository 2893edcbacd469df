"""The project as it cites itself: title, authors, version and date of release, from ``CITATION.cff``."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from analysis.paths import ROOT
from analysis.validation import read_yaml, validate

CITATION = ROOT / "CITATION.cff"


class Author(BaseModel):
    """An author: an entity by ``name``, or a person by ``given`` and ``family`` names."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = ""
    given: str = Field(default="", alias="given-names")
    family: str = Field(default="", alias="family-names")

    @property
    def full_name(self) -> str:
        """Name as printed."""
        return self.name or f"{self.given} {self.family}".strip()


class Citation(BaseModel):
    """How the project is cited.

    Attributes
    ----------
    title, abstract, version, licence : str
        As the file states them.
    released : str
        ISO date of release; the only date that the report carries, so that the same results give the same bytes.
    authors : tuple of Author
        Authors in order.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    title: str
    abstract: str = ""
    version: str
    released: str = Field(alias="date-released", pattern=r"^\d{4}-\d\d-\d\d$")
    licence: str = Field(alias="license")
    authors: tuple[Author, ...] = Field(min_length=1)

    @property
    def author_names(self) -> str:
        """All authors, as printed."""
        return ", ".join(author.full_name for author in self.authors)


def read_citation(path: Path = CITATION) -> Citation:
    """Read ``CITATION.cff``.

    Raises
    ------
    InputError
        The file is missing, not YAML, or lacks a field.
    """
    return validate(TypeAdapter(Citation), read_yaml(path), where=path.name)
