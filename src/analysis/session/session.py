"""A notebook's session: checked parameters, tables with their provenance, and one folder for what it saves."""

from __future__ import annotations

import contextlib
import dis
import functools
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from IPython import get_ipython
from IPython.display import Image, Markdown, display
from matplotlib.figure import Figure

from analysis.charts.layout import drawn
from analysis.charts.save import credit_line, save
from analysis.claims.adapter import evidence_fields, registered_arguments
from analysis.claims.evidence import CITED_PAGES, Evidence, Source, read_evidence, rounded, write_evidence
from analysis.claims.lock import read_lock, require_locked
from analysis.claims.records import look_up, records_table
from analysis.claims.register import Register, load_register
from analysis.claims.rules import LOOKED_UP
from analysis.claims.verdicts import verdict_on
from analysis.data.cards import project_cards
from analysis.data.catalogue import table
from analysis.data.load import country_names, load, sha256
from analysis.errors import InputError
from analysis.files import file_hash, write_json, write_whole
from analysis.methods.result import LABELS, in_words, prose, refusal, shown
from analysis.paths import BUILD, FIGURES
from analysis.session import EVIDENCE_VARIABLE, FIGURES_VARIABLE, INPUTS, OUT_VARIABLE
from analysis.session.declared import declared
from analysis.session.parameters import check


class Session:
    """One execution of one notebook, given its name and its ``globals()``, among them the parameters of its own cell.

    Attributes
    ----------
    parameters, register : dict, Register
        The parameters, of which one that the notebook does not allow is an `InputError`; the claims.
    folder : Path
        Where figures, tables and evidence go: the runner's folder, or ``build/desk/<notebook>`` for a notebook that
        was opened by hand, so that the published figures are written by the run only.
    """

    def __init__(self, notebook: str, names: Mapping[str, Any] | None = None, **values: Any) -> None:
        self.notebook = notebook
        self._defaults = {name: item.default for name, item in declared(notebook).items()}
        self.parameters = values or {name: value for name, value in (names or {}).items() if name in self._defaults}
        check(notebook, self.parameters)
        self.register: Register = load_register()
        self._lock = read_lock()
        self.folder = Path(os.environ.get(OUT_VARIABLE) or BUILD / "desk" / notebook)
        self._tables: dict[str, str] = {}  # hashes by name, of when they were first used
        self._inputs: dict[str, dict[str, str]] = {}
        self._saved: set[str] = set()
        self._numbers: dict[str, Any] = {}
        self._left_out: dict[str, str] = {}
        LABELS.update(country_names() | {"iso3": "country"})
        # Tables as results show them: four digits, and texts in full.
        pd.set_option("display.float_format", lambda it: in_words(f"{it:.4g}"), "display.max_colwidth", None)
        if shell := get_ipython():
            formatter = shell.display_formatter.ipython_display_formatter
            formatter.for_type(pd.DataFrame, lambda frame: display(shown(frame), raw=True))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        return f"{self.notebook} with {values}; outputs go to {self.folder.name}/"

    def load(self, name: str) -> pd.DataFrame:
        """Load a table and remember that this notebook stands on it."""
        self._tables = {name: sha256(name)} | self._tables
        return load(name)

    @contextlib.contextmanager
    def section(self, without: str) -> Iterator[None]:
        """Make what the data of a country may not allow: ``with session.section("No ranks by edition"):``.

        If a method or a table refuses, the rest of the block is skipped and one sentence says why, after the words
        given. Names that the block assigns are then unknown, and so a later section that needs one is skipped too,
        for the same reason. In a run with the notebook's own parameters nothing is skipped: there it is a fault.
        """
        try:
            yield
        except (InputError, NameError) as error:
            why = self._left_out.get(error.name or "") if isinstance(error, NameError) else refusal(error)
            if why is None or self.parameters == self._defaults:
                raise
            block = error.__traceback__.tb_next.tb_frame  # type: ignore[union-attr]  # the first frame is this one
            for step in dis.get_instructions(block.f_code):
                if step.opname == "STORE_NAME":
                    block.f_globals.pop(step.argval, None)
                    self._left_out[step.argval] = why
            if (said := prose(f"{without}: {why}.")) not in self._numbers.setdefault("left_out", []):
                self.numbers(left_out=[*self._numbers["left_out"], said])
                display(Markdown(said))

    def figure(
        self,
        name: str,
        *,
        title: str = "",
        tables: Iterable[str] = (),
        note: str = "",
        caption: str = "",
        claims: Iterable[str] = (),
        **size: Any,
    ) -> Any:
        """Open a figure: ``with session.figure("fan", title=found, width="page", ncols=2) as axes:``.

        When the block ends, the figure is saved with the credit line of its tables, and what was saved is shown.

        Parameters
        ----------
        name : str
            File name without the notebook's number and without ending.
        title : str
            What is found, in a sentence made of the results; with it the caption begins.
        tables, claims : iterable of str
            Tables whose figures are drawn; claims that it bears on.
        note, caption : str
            Added to the credit line; what is drawn, to a reader who cannot see it, kept as ``captions/<name>.json``.
        **size
            ``width``, ``height``, ``ncols``, ``nrows`` and more, see :func:`analysis.charts.layout.drawn`.
        """
        known = [self.register[claim].id for claim in claims]
        title, caption, note = prose(title), prose(caption), prose(note)
        said = f"{title}. {caption}" if title else caption
        about = {"caption": said, "claims": known, "credit": credit_line(tables, note=note), "notebook": self.notebook}
        file = f"{self.notebook[:2]}_{name}"
        made: dict[str, Any] = {"title": title, "tables": tables, "note": note, "notebook": self.notebook}

        def keep(fig: Figure) -> None:
            self._tables = {name: sha256(name) for name in tables} | self._tables
            if os.environ.get(FIGURES_VARIABLE) == "no":
                plt.close(fig)
                return
            drawings = {path.suffix: path for path in save(fig, file, self.folder, run=self.parameters, **made)}
            self._remember(*drawings.values(), write_json(self.folder / "captions" / f"{file}.json", about))
            display(Image(drawings[".png"].read_bytes(), width=int(fig.get_figwidth() * 130)))  # dots an inch

        return drawn(keep, **size)

    def table(self, frame: pd.DataFrame, name: str) -> pd.DataFrame:
        """Save a table of results as CSV at six significant digits, and return it for display."""
        written = frame.reset_index() if frame.index.name else frame
        text = written.astype(object).map(rounded).to_csv(index=False, lineterminator="\n")
        self._remember(write_whole(self.folder / "tables" / f"{self.notebook[:2]}_{name}.csv", text))
        return frame

    def numbers(self, **values: Any) -> None:
        """Save single numbers that prose and papers quote, under this notebook's name."""
        self._numbers |= {name: None if pd.isna(value) is True else value for name, value in values.items()}
        self._remember(write_json(self.folder / "numbers" / f"{self.notebook}.json", rounded(self._numbers)))

    def evidence(self, claim_id: str, result: Any = None, *, tables: Iterable[str] = (), **found: Any) -> Evidence:
        """Write the evidence on one claim and show its verdict.

        What decides comes from the register: test, estimand, smallest effect, design, edition, what counts as a pass;
        for a claim that is looked up all of it, in the registered edition and one that is judged again.

        Parameters
        ----------
        claim_id, result : str, Result
            Claim in the register; what the registered method returned.
        tables : iterable of str
            Tables that the evidence stands on; by default all that the register names.
        **found
            What :func:`analysis.claims.adapter.evidence_fields` takes.

        Raises
        ------
        InputError
            Result, check, table, default of the notebook or country is another than the registered and locked one.
        """
        self.require_home()
        claim = self.register[claim_id]
        used = tuple(tables) or claim.data
        self._tables = {name: sha256(name) for name in used} | self._tables
        # What was loaded counts, whatever is named; tables that no rule names are not locked.
        loaded = {name: self._tables[name] for name in {*used} | self._tables.keys() & self._lock.tables.keys()}
        require_locked(self._lock, claim, self.notebook, named=used, defaults=self._defaults, tables=loaded)
        known: dict[str, Any] = {"parameters": self.parameters, "register": self.register}
        by_rule = isinstance(claim.rule, LOOKED_UP)
        looked_up = look_up(claim, self.load, publisher=self.register.article.publisher) if by_rule else [{}]
        made = [
            Evidence(
                claim=claim_id,
                notebook=self.notebook,
                parameters=self.parameters,
                sources=tuple(source(name) for name in used),
                **evidence_fields(claim, result, looked_up=fields, defaults=self._lock.parameters, **known, **found),
            )
            for fields in looked_up
        ]
        for evidence in made:
            self._remember(write_evidence(evidence, self.folder / "evidence"))
            display(verdict_on(claim, evidence, self.register))
        return made[0]

    def require_home(self, why: str = "") -> None:
        """Refuse the run of another country than that of the article, its claims, and some of its tables."""
        home, names = self.register.article.country, country_names()
        if self.parameters.get("COUNTRY", home) != home:
            raise InputError(why or f"the claims are about {names.get(home, home)}", remedy=f"let COUNTRY be {home}")

    def judge_records(self, checks: Mapping[str, Mapping[str, Any]] | None = None) -> pd.DataFrame | Markdown:
        """Judge every claim of this notebook that the register decides alone, by looking tables up.

        Where a claim has registered checks, ``checks`` are what each found, as :meth:`evidence` takes them. The table
        has one row a claim: how many records there are, how many agree, what they say; a sentence for other countries.
        """
        claims = [c for c in self.register.claims if c.notebook == self.notebook and isinstance(c.rule, LOOKED_UP)]
        if unused := sorted({*(checks or {})} - {claim.id for claim in claims}):
            raise InputError(f"{unused[0]} is not judged by records", where=self.notebook, remedy="name one that is")
        try:
            self.require_home()
        except InputError as error:
            return Markdown(f"Not judged here: {error.what}.")
        return records_table(self.evidence(claim.id, checks=(checks or {}).get(claim.id)) for claim in claims)

    def registered(self, claim_id: str, method: str, **named: Any) -> dict[str, Any]:
        """Return the registered arguments, see :func:`analysis.claims.adapter.registered_arguments`."""
        return registered_arguments(self.register[claim_id], method, self.parameters | named)

    def all_evidence(self) -> list[Evidence]:
        """Return the evidence of all other notebooks, by file name, and remember that this one stands on it.

        The runner executes a notebook that calls this after the others. The call has to stand in a cell, written
        ``session.all_evidence()``: that is how the runner knows.
        """
        # Of this run, kept and new; in a notebook that somebody opened, what is published.
        folder = Path(os.environ.get(EVIDENCE_VARIABLE) or FIGURES / "evidence")
        found = [item for item in read_evidence(folder) if item.notebook != self.notebook]
        self._inputs["evidence"] = {item.file_name: file_hash(folder / item.file_name) for item in found}
        self._remember()
        return found

    def _remember(self, *saved: Path) -> None:
        self._saved |= {path.relative_to(self.folder).as_posix() for path in saved}
        noted = {"notebook": self.notebook, "tables": self._tables}
        write_json(self.folder / INPUTS, noted | self._inputs | {"saved": sorted(self._saved)})


@functools.cache
def source(name: str) -> Source:
    """Describe a table as a source of evidence: producer, edition, data years and checksum."""
    used = [project_cards()[card] for card in table(name).sources]
    frame = load(name)
    years = frame["data_year"] if "data_year" in frame else frame.get("year", pd.Series([0]))
    return Source(
        table=name,
        producer=", ".join(sorted({card.producer for card in used}) or [CITED_PAGES]),
        edition=", ".join(sorted({card.edition for card in used})) or "as cited",
        data_years=(int(years.min()), int(years.max())),
        sha256=sha256(name),
    )
