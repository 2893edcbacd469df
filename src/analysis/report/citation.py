"""The project as it cites itself: title, authors, version, date of release and references, from ``CITATION.cff``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from analysis.paths import ROOT
from analysis.validation import read_yaml, validate

CITATION = ROOT / "CITATION.cff"


def _full_name(author: Any) -> Any:
    """Return the name of an entity, or given and family name of a person; anything else is left to be refused."""
    if not isinstance(author, dict):
        return author
    return author.get("name") or f"{author.get('given-names', '')} {author.get('family-names', '')}".strip()


class Citation(BaseModel):
    """How the project is cited; ``released`` is the only date that the report carries, so that bytes do not change."""

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)

    title: str
    abstract: str = ""
    version: str
    released: str = Field(alias="date-released", pattern=r"^\d{4}-\d\d-\d\d$")
    licence: str = Field(alias="license")
    authors: tuple[Annotated[str, BeforeValidator(_full_name)], ...] = Field(min_length=1)
    references: tuple[dict[str, Any], ...] = ()

    @property
    def author_names(self) -> str:
        """All authors, as printed."""
        return ", ".join(self.authors)


def read_citation(path: Path = CITATION) -> Citation:
    """Read ``CITATION.cff``.

    Raises
    ------
    InputError
        The file is missing, not YAML, or lacks a field.
    """
    return validate(TypeAdapter(Citation), read_yaml(path), where=path.name)
