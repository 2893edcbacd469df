"""The register: every checkable claim of the article, split into atomic claims, in our own words."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from analysis.claims.rules import AnyRule, Bound, Called, RegisteredCheck, RegisteredMeasure
from analysis.errors import InputError
from analysis.paths import DATA
from analysis.validation import read_yaml, validate

REGISTER = DATA / "claims.yml"

#: F figure, X extremum, T change over time, S season or timing, K composition, M mechanism, N normative or motive.
ClaimType = Literal["F", "X", "T", "S", "K", "M", "N"]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=48)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Effect(_Model):
    """Smallest effect of interest: a size below which a change would not matter to the claim."""

    value: Annotated[float, Field(gt=0)]
    unit: str


class Thresholds(_Model):
    """Constants that all decision rules share.

    Attributes
    ----------
    alpha, power : float
        Level of tests; power at which detectable effects are stated.
    underpowered_from : float
        A detectable effect above this multiple of the smallest effect of interest is called underpowered.
    multiplicity : str
        Correction over the confirmatory family.
    conventions : tuple of str
        How the kinds of rules are to be read, in words; the judge follows them, and they are locked with the rules.
    fragile : dict
        What becomes of a verdict that rests on an interval if a check of the finding fails: the same cases counted
        otherwise, clumped cases allowed for, other donors.
    smallest_effects : dict
        Smallest effect of interest by scale.
    """

    alpha: Annotated[float, Field(gt=0, lt=0.5)]
    power: Annotated[float, Field(gt=0.5, lt=1)]
    underpowered_from: Annotated[float, Field(gt=0)]
    multiplicity: Literal["holm"]
    conventions: tuple[str, ...]
    fragile: dict[str, Literal["partly supported", "not testable"]]
    smallest_effects: dict[str, float]


class Article(_Model):
    """The article whose claims are tested; cited, never copied.

    Attributes
    ----------
    title, publisher, year, url
        Where it stands; what its publisher says elsewhere is no second record.
    country : str
        ISO3 code of the country that it speaks of.
    organisations : tuple of str
        Its speakers that are no single person.
    """

    title: str
    publisher: str
    year: int
    url: str
    country: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    organisations: tuple[str, ...] = ()


class Claim(_Model):
    """One atomic claim.

    Attributes
    ----------
    id : str
        Stable name of the claim.
    item : int
        Number of the checkable statement in the article (several atomic claims may share one).
    paragraph : int
        Paragraph of the article, counted from the title as 0.
    speaker : str
        Who says it.
    type : str
        One letter, see :data:`ClaimType`.
    stance : str
        Towards the authorities: critical, mitigating or neutral.
    claim : str
        The claim in our own words.
    contradicts : tuple of str
        Ids of claims that cannot be true together with this one.
    estimand : str
        The quantity that decides it.
    data : tuple of str
        Tables it is tested on.
    test : str
        Primary test or estimator.
    smallest_effect : Effect or None
        Smallest effect of interest, where a size matters.
    rule : AnyRule
        Decision rule.
    family : str
        ``confirmatory`` claims share one Holm correction.
    model : Called or None
        The call of the method whose result is the evidence; None where the engine looks up or compares records.
    multiverse : Called or None
        The call that makes the joint test of the specification curve, if one is registered.
    checks, components : tuple of RegisteredCheck
        Checks that the result must survive; parts that a claim of several kinds of cases needs.
    measures : tuple of RegisteredMeasure
        Measures of the outcome that the claim is judged on, in all editions.
    identified : dict of str to Bound
        What numbers of the result have to be for the evidence to be able to decide the claim at all.
    falsifications : tuple of str
        Checks that are known by name only.
    vintage : str
        Edition that is judged; empty where the evidence names it.
    design : str
        Design of the evidence, see :class:`analysis.claims.evidence.Evidence`; empty where the evidence names it.
    notebook : str or None
        Notebook that tests it; None if no data can.
    objection : str
        The strongest objection to our reading.
    """

    id: Slug
    item: Annotated[int, Field(ge=1, le=50)]
    paragraph: Annotated[int, Field(ge=0, le=60)]
    speaker: str
    type: ClaimType
    stance: Literal["critical", "mitigating", "neutral"]
    claim: str
    contradicts: tuple[Slug, ...] = ()
    estimand: str
    data: tuple[str, ...] = ()
    test: str
    smallest_effect: Effect | None = None
    rule: AnyRule
    family: Literal["confirmatory", "secondary", "none"]
    model: Called | None = None
    multiverse: Called | None = None
    checks: tuple[RegisteredCheck, ...] = ()
    components: tuple[RegisteredCheck, ...] = ()
    measures: tuple[RegisteredMeasure, ...] = ()
    identified: dict[str, Bound] = {}
    falsifications: tuple[str, ...] = ()
    vintage: str = ""
    design: Literal["", "design-based", "model-based", "descriptive"] = ""
    notebook: str | None
    objection: str = ""

    @property
    def asked(self) -> tuple[str, ...]:
        """Names of all registered falsifications, in their order."""
        return (*(check.name for check in self.checks), *self.falsifications)

    def measures_of(self, edition: str) -> tuple[RegisteredMeasure, ...]:
        """Return the measures that evidence on an edition has, in their order."""
        return tuple(item for item in self.measures if not item.editions or edition in item.editions)

    @property
    def editions(self) -> tuple[str, ...]:
        """Editions that the measures name, in their order."""
        return tuple(dict.fromkeys(edition for item in self.measures for edition in item.editions))

    @model_validator(mode="after")
    def _consistent(self) -> Claim:
        sized = self.rule.kind in ("directional", "non-inferiority")
        if sized and self.smallest_effect is None:
            raise ValueError(f"claim {self.id}: a {self.rule.kind} rule needs a smallest_effect")
        if (self.rule.kind == "untestable") != (self.notebook is None):
            raise ValueError(f"claim {self.id}: notebook must be null exactly for untestable claims")
        unnamed = sorted(getattr(self.rule, "tables", set()) - set(self.data))
        if unnamed:
            raise ValueError(f"claim {self.id}: its rule reads {unnamed[0]}, which its data do not name")
        return self


class Register(_Model):
    """All claims of the article, the thresholds that their rules share, and names of their scales for readers."""

    article: Article
    thresholds: Thresholds
    scales: dict[str, str] = {}
    claims: tuple[Claim, ...]

    @model_validator(mode="after")
    def _linked(self) -> Register:
        ids = [claim.id for claim in self.claims]
        repeated = sorted({name for name in ids if ids.count(name) > 1})
        unknown = sorted({name for claim in self.claims for name in claim.contradicts} - set(ids))
        if repeated:
            raise ValueError(f"claim id {repeated[0]} is repeated")
        if unknown:
            raise ValueError(f"contradicts names an unknown claim {unknown[0]}")
        return self

    @cached_property
    def by_id(self) -> dict[str, Claim]:
        """Claims by id, in the order of the article."""
        return {claim.id: claim for claim in self.claims}

    def __getitem__(self, claim_id: str) -> Claim:
        """Return one claim.

        Raises
        ------
        InputError
            There is no claim of that id.
        """
        if claim_id not in self.by_id:
            raise InputError(f"no claim {claim_id}", where=REGISTER.name, remedy="list them with: analysis claims")
        return self.by_id[claim_id]

    def rivals(self, claim_id: str) -> tuple[str, ...]:
        """Return the claims that cannot be true together with this one, whichever of the two says so."""
        named_by = [claim.id for claim in self.claims if claim_id in claim.contradicts]
        return tuple(dict.fromkeys((*self[claim_id].contradicts, *named_by)))

    def rival_pairs(self) -> tuple[tuple[Claim, Claim], ...]:
        """Return each pair of claims that contradict each other once, in the order of the article."""
        pairs = [(claim, self[other]) for claim in self.claims for other in self.rivals(claim.id)]
        order = list(self.by_id)
        return tuple(pair for pair in pairs if order.index(pair[0].id) < order.index(pair[1].id))

    def of_notebook(self, notebook: str) -> tuple[Claim, ...]:
        """Return the claims that a notebook tests."""
        return tuple(claim for claim in self.claims if claim.notebook == notebook)


def load_register(path: Path = REGISTER) -> Register:
    """Read and validate the register.

    Raises
    ------
    InputError
        The file is missing, not YAML, or a claim lacks a field or has a wrong one.
    """
    return validate(TypeAdapter(Register), read_yaml(path), where=path.name)
