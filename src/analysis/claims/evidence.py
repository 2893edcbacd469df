"""Evidence: what a notebook found about one claim, small enough to read and complete enough to judge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import TypeAdapter

from analysis.claims.register import Slug
from analysis.claims.rules import Called
from analysis.data.queries import Frozen
from analysis.errors import InputError
from analysis.files import write_json
from analysis.methods.variants import Conclusion, conclusion
from analysis.validation import T, validate

#: Producer of tables that were typed from the pages that their rows cite: no producer of its own.
CITED_PAGES = "pages cited in the table"


class Found(Frozen):
    """A computed figure in one vintage, beside the printed one of the same name."""

    quantity: str
    vintage: str
    value: float


class Check(Frozen):
    """A falsification or a registered component, with its number in words.

    It asks the claim (no effect where none should be?), or the finding (does another count conclude the same?).
    """

    name: str
    passed: bool
    detail: str
    asks: Literal["claim", "finding"] = "claim"


class Confidence(Frozen):
    """One-sided confidence in what a finding says of an effect in the named direction, from calibrated errors.

    ``beyond``: that the effect goes beyond none. ``short``: that it stays short of the smallest effect of interest;
    ``short_of_half`` and ``short_of_twice`` of half and twice that. None of them is the probability of a statement.
    """

    beyond: float
    short: float
    short_of_half: float
    short_of_twice: float


class Measure(Frozen):
    """One measure of an outcome, turned so that positive is the change that the rule is against.

    A primary one has its producer's vote, by its confidence; ``independent`` is the confidence if errors were
    independent between years. If a check of the finding behind it failed, a measure is shaken, and decides nothing.
    """

    name: str
    producer: str
    role: Literal["primary", "record", "beside"] = "beside"
    estimate: float | None
    lower: float | None = None
    upper: float | None = None
    smallest_effect: float
    confidence: Confidence | None = None
    independent: Confidence | None = None
    shaken: bool = False

    @property
    def conclusion(self) -> Conclusion:
        """What its estimate and interval say of a change of the smallest size of interest."""
        if self.shaken or self.estimate is None or self.lower is None or self.upper is None:
            return "cannot tell"
        return conclusion(self.estimate, self.lower, self.upper, self.smallest_effect)


class Report(Frozen):
    """What one independent record says of a part of the claim, and whether it agrees; None where it is open.

    A primary record is the thing itself or the actor's own word: a law's text, a file, a court's ruling. A vote that
    several cast together has as many ``origins``; one that is known through a single relay names it (``via``).
    """

    source: str
    via: str = ""
    value: str
    agrees: bool | None
    part: str = ""
    primary: bool = False
    origins: int = 1


class Multiverse(Frozen):
    """Specification curve: number of specifications, share with the claimed sign, share significant, joint p."""

    n: int
    share_same_sign: float
    share_significant: float
    joint_p: float


class Source(Frozen):
    """A table that was used: its name, producer, edition, data years and SHA-256."""

    table: str
    producer: str
    edition: str
    data_years: tuple[int, int]
    sha256: str


class Evidence(Frozen):
    """Evidence on one claim, in one vintage: the registered edition, or a later one shown beside it, not ``primary``.

    Estimate, interval (95 %), p and the like are None where the claim has no such number, ``call`` where tables were
    looked up; ``rule`` is its rule's hash. ``members`` are computed leaders. It is ``design-based`` by randomisation,
    census or exact recomputation, not ``identified`` if what decides coincides with rivals; ``needed`` would tell.
    """

    claim: Slug
    rule: str
    notebook: str
    vintage: str
    primary: bool = True
    parameters: dict[str, Any]
    call: Called | None = None
    test: str
    estimand: str
    unit: str = ""
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    p_value: float | None = None
    n: int | None = None
    smallest_effect: float | None = None
    minimum_detectable_effect: float | None = None
    needed: str = ""
    confidence: Confidence | None = None
    found: tuple[Found, ...] = ()
    members: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    reports: tuple[Report, ...] = ()
    components: tuple[Check, ...] = ()
    falsifications: tuple[Check, ...] = ()
    multiverse: Multiverse | None = None
    design: Literal["design-based", "model-based", "descriptive"]
    identified: bool = True
    sources: tuple[Source, ...]
    summary: str

    @property
    def one_sided(self) -> float | None:
        """The one-sided p of an effect in the claimed direction: one minus the confidence that there is one."""
        return 1 - self.confidence.beyond if self.confidence else None

    @property
    def published(self) -> list[Report]:
        """What producers of records without a known error say of no change: None if both, or if all are too small."""
        said: dict[str, set[bool]] = {}
        for item in self.measures:
            if item.role == "record" and item.estimate is not None:
                own = set() if 0 < item.estimate < item.smallest_effect else {item.estimate <= 0}
                said[item.producer] = said.get(item.producer, set()) | own
        agrees = {name: own.pop() if len(own) == 1 else None for name, own in said.items()}
        return [Report(source=name, value="", agrees=own, part="the published record") for name, own in agrees.items()]

    @property
    def file_name(self) -> str:
        """Name of the evidence file: the claim, and the vintage where it is not the primary one."""
        return f"{self.claim}.json" if self.primary else f"{self.claim}@{self.vintage}.json"


def write_evidence(evidence: Evidence, folder: Path) -> Path:
    """Write one evidence file, whole, with numbers at six significant digits."""
    return write_json(folder / evidence.file_name, rounded(evidence.model_dump(mode="json")))


def read_evidence(folder: Path) -> list[Evidence]:
    """Read all evidence files of a folder, sorted by name; a damaged one is an `InputError`."""
    return [read_as(Evidence, path) for path in sorted(folder.glob("*.json"))]


def read_as(kind: type[T], path: Path) -> T:
    """Read a JSON file of a run; one that is missing, damaged or of another kind is an `InputError`."""
    try:
        return validate(TypeAdapter(kind), json.loads(path.read_text(encoding="utf-8")), where=str(path))
    except (ValueError, OSError, RecursionError):
        raise InputError("not readable as JSON", where=str(path), remedy="make it again with: analysis run") from None


def rounded(value: Any) -> Any:
    """Round every float of a JSON value to six significant digits; those beyond differ between types of CPU."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    value = value.item() if isinstance(value, np.generic) else value
    return float(f"{value:.6g}") + 0.0 if isinstance(value, float) else value  # a zero's sign is the processor's
