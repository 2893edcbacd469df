"""The register: every checkable claim of the article, split into atomic claims, in our own words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, model_validator

from analysis.claims.rules import AnyRule, Called, Number, RegisteredCheck, RegisteredMeasure
from analysis.data.queries import Frozen
from analysis.errors import InputError, nearest
from analysis.paths import DATA
from analysis.validation import read_yaml, validate

REGISTER = DATA / "claims.yml"

#: F figure, X extremum, T change over time, S season or timing, K composition, M mechanism, N normative or motive.
ClaimType = Literal["F", "X", "T", "S", "K", "M", "N"]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=48)]


class Effect(Frozen):
    """Smallest effect of interest: a size below which a change would not matter to the claim."""

    value: Annotated[Number, Field(gt=0)]
    unit: str


class Thresholds(Frozen):
    """Constants that all decision rules share; the conventions say in words what they do.

    Records that do not all agree lean where a share of at least ``agreeing`` does, of ``several`` or more.
    """

    alpha: Annotated[Number, Field(gt=0, lt=0.5)]
    power: Annotated[Number, Field(gt=0.5, lt=1)]
    decided: Annotated[Number, Field(gt=0.5, lt=1)]
    leans: Annotated[Number, Field(gt=0.5, lt=1)]
    agreeing: Annotated[Number, Field(gt=0.5, lt=1)]
    several: Annotated[int, Field(ge=2)]
    size_slack: Annotated[Number, Field(gt=0, lt=0.5)]
    coverage_from: Annotated[Number, Field(gt=0.5, lt=1)]
    multiplicity: Literal["holm"]
    conventions: tuple[str, ...]
    smallest_effects: dict[str, Number]


class Article(Frozen):
    """The article whose claims are tested; cited, never copied.

    Speakers that are no single person are ``organisations``, that of claims that nobody makes is ``inference``.
    """

    title: str
    publisher: str
    year: int
    url: str
    country: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    organisations: tuple[str, ...] = ()
    inference: str = ""
    also_spelled: dict[str, str] = Field(default_factory=dict)


class Claim(Frozen):
    """One atomic claim: who says what and how we put it, the quantity that decides it, and how it is decided.

    Several atomic claims may share one ``item``, a checkable statement of the article; the title is paragraph 0.
    Confirmatory claims share one Holm correction. ``model`` is the call whose result is the evidence, None where tables
    are looked up; it can decide the claim only if what ``identified`` asks is passed. ``multiverse`` is the call that
    tests the curve of specifications. The result must survive the checks; a claim of several kinds of cases needs its
    components; it is judged on all measures of the edition. Where ``vintage`` or ``design`` are empty, the evidence
    names them. What stands only ``indirectly`` for the quantity of the sentence is named. Without a notebook no data
    can test it. With the notebook's defaults the model finds ``n`` cases in the locked tables, and ``seen`` is the hash
    of all data given to the calls. An open claim ``needs`` a datum. The objection is the strongest one to our reading.
    """

    id: Slug
    rule: AnyRule
    item: Annotated[int, Field(ge=1)]
    paragraph: Annotated[int, Field(ge=0)]
    speaker: str
    type: ClaimType
    stance: Literal["critical", "mitigating", "neutral"]
    claim: str
    contradicts: tuple[Slug, ...] = ()
    estimand: str
    data: tuple[str, ...] = ()
    test: str
    smallest_effect: Effect | None = None
    family: Literal["confirmatory", "secondary", "none"]
    model: Called | None = None
    n: int | None = None
    seen: str = ""
    multiverse: Called | None = None
    checks: tuple[RegisteredCheck, ...] = ()
    components: tuple[RegisteredCheck, ...] = ()
    measures: tuple[RegisteredMeasure, ...] = ()
    identified: RegisteredCheck | None = None
    vintage: str = ""
    design: Literal["", "design-based", "model-based", "descriptive"] = ""
    indirectly: str = ""
    notebook: str | None
    needs: str = ""
    objection: str = ""

    def measures_of(self, edition: str) -> tuple[RegisteredMeasure, ...]:
        """Return the measures that evidence on an edition has, in their order."""
        return tuple(item for item in self.measures if not item.editions or edition in item.editions)

    @property
    def editions(self) -> tuple[str, ...]:
        """Editions that the measures name, in their order."""
        return tuple(dict.fromkeys(edition for item in self.measures for edition in item.editions))

    @model_validator(mode="after")
    def _consistent(self) -> Claim:
        if self.rule.kind in ("directional", "non-inferiority") and self.smallest_effect is None:
            raise ValueError(f"claim {self.id}: a {self.rule.kind} rule needs a smallest_effect")
        if (self.rule.kind == "untestable") != (self.notebook is None):
            raise ValueError(f"claim {self.id}: notebook must be null exactly for untestable claims")
        for edition in self.editions or ("",):
            votes = [item.producer for item in self.measures_of(edition) if item.role == "primary"]
            if twice := sorted({name for name in votes if votes.count(name) > 1}):
                raise ValueError(f"claim {self.id}: {twice[0]} has one vote, but two primary measures")
        return self


class Register(Frozen):
    """All claims of the article, the thresholds that their rules share, and names of their scales for readers."""

    article: Article
    thresholds: Thresholds
    scales: dict[str, str] = Field(default_factory=dict)
    claims: tuple[Claim, ...]

    @model_validator(mode="after")
    def _linked(self) -> Register:
        ids = [claim.id for claim in self.claims]
        if repeated := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"claim id {repeated[0]} is repeated")
        said = {(claim.id, other) for claim in self.claims for other in claim.contradicts}
        if one_sided := sorted(pair for pair in said if pair[::-1] not in said):
            raise ValueError("claim {} contradicts {}, which is no claim that says so too".format(*one_sided[0]))
        return self

    def __getitem__(self, claim_id: str) -> Claim:
        """Return one claim; refuse an id that none has, and name those that are like it."""
        known = {claim.id: claim for claim in self.claims}
        if claim_id not in known:
            remedy = nearest(claim_id, [*known], otherwise="list them with: analysis claims")
            raise InputError(f"no claim {claim_id}", where=REGISTER.name, remedy=remedy)
        return known[claim_id]

    def rival_pairs(self) -> tuple[tuple[Claim, Claim], ...]:
        """Return each pair of claims that contradict each other once, in the order of the article."""
        pairs = [(claim, self[other]) for claim in self.claims for other in claim.contradicts]
        return tuple((one, other) for one, other in pairs if self.claims.index(one) < self.claims.index(other))


def load_register(path: Path = REGISTER) -> Register:
    """Read and validate the register; a fault is one line that names the field. Each claim has a rule of its own."""
    raw = read_yaml(path)
    register = validate(TypeAdapter(Register), raw, where=path.name, remedy="see: analysis claims --kinds")
    first: dict[int, Claim] = {}
    for own, claim in zip(raw["claims"], register.claims, strict=True):
        # What << or * takes in is the same object. A claim that was left without a rule would be judged by another's.
        if (other := first.setdefault(id(own["rule"]), claim)) is not claim:
            what, where = f"its rule is that of {other.id}, taken in by << or *", f"{path.name}, {claim.id}"
            raise InputError(what, where=where, remedy="write its own, and share what claims have in common alone")
    return register
