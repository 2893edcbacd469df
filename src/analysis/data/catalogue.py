"""The catalogue of tables: from which sources each is built, by what, and what it must look like."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from analysis.data.cards import project_cards
from analysis.data.codebook import section_of, sections
from analysis.data.readers import background, freedom_house, governance, hfi, mass_mobilization, reign, rsf, vdem
from analysis.data.readers.countries import SPELLINGS
from analysis.data.readers.frames import open_csv, reader, source_csv
from analysis.data.schemas import schema
from analysis.errors import InputError
from analysis.paths import DATA, TABLES


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One tidy table: the source cards that it is built from, and what builds it.

    Tables typed from cited pages, whose rows name them, have no source and no builder; nor have those that a command of
    this project made, which ``made_of`` names: they lie in ``data``, not among the data. A builder takes paths by card.
    """

    name: str
    sources: tuple[str, ...] = ()
    build: Callable[..., pd.DataFrame] | None = None
    made_of: str = ""

    @property
    def schema(self) -> pa.DataFrameSchema:
        """What every row must satisfy, as the codebook has it."""
        return schema(self.name)

    @property
    def path(self) -> Path:
        """Where the table is kept."""
        return (DATA if self.made_of else TABLES) / f"{self.name}.csv"


def table(name: str) -> Table:
    """Look a table up by name.

    Raises
    ------
    InputError
        There is no such table; the line lists those there are.
    """
    if not isinstance(name, str) or name not in CATALOGUE:
        if str(name) in {path.stem for path in TABLES.glob("*.csv")}:
            schema(str(name))  # says that the codebook has no section of it
        alike = [other for other in CATALOGUE if other.startswith(f"{str(name).partition('_')[0]}_")]
        raise InputError(f"no table {name}", remedy=f"choose one of {', '.join(alike or CATALOGUE)}")
    return CATALOGUE[name]


_editions = {name: card.editions[1] for name, card in project_cards().items()}
_only = {name: card.only for name, card in project_cards().items()}
#: Editions of the Human Freedom Index that the package carries, one for each card: a new one takes a card, and no more.
_HFI = {int(name[4:]): name for name in sorted(project_cards()) if re.fullmatch(r"hfi_\d{4}", name)}
HFI_EDITIONS = tuple(_HFI)
#: Simulated worlds, and what tests and rules do in them.
WORLDS = "calibration"
#: Verdicts as they were published under each lock.
HISTORY = "verdict_history"
_TABLES = (
    # indices
    *(Table(name, (name,), partial(hfi.read_hfi, edition=year)) for year, name in _HFI.items()),
    Table("hfi_2020_subscores", ("hfi_2020",), partial(hfi.read_hfi_subscores, edition=_editions.get("hfi_2020", 0))),
    Table("vdem_v10", ("vdem_v10_a", "vdem_v10_b", "vdem_v10_c"), vdem.read_v10),
    Table("vdem_v12", ("vdem_v12",), vdem.read_v12),
    Table("vdem_v14", ("vdem_v14",), vdem.read_v14),
    Table("vdem_v15", ("vdem_v15",), vdem.read_v15),
    Table("vdem_v16", tuple(f"vdem_v16_{name.split('_')[1]}" for name in vdem.V16.values()), vdem.read_v16),
    Table("regimes", ("vdem_v16_regimes",), vdem.read_regimes),
    Table("freedom_house_items", ("fiw_items",), freedom_house.read_items),
    Table("freedom_house_subscores", ("fiw_subscores",), freedom_house.read_subscores),
    Table("rsf", ("rsf",), partial(rsf.read_rsf, only=_only.get("rsf", ()))),
    Table("wgi_voice", ("wgi_2024",), partial(governance.read_wgi, edition=_editions.get("wgi_2024", 0))),
    Table("bti", ("bti",), governance.read_bti),
    Table("political_terror", ("pts_2024",), partial(governance.read_pts, edition=_editions.get("pts_2024", 0))),
    Table("pandem", ("pandem_6_1",), partial(background.read_pandem, edition=_editions.get("pandem_6_1", 0))),
    Table("population", ("population",), partial(background.read_population, edition=_editions.get("population", 0))),
    Table("gdp", ("gdp",), partial(background.read_gdp, edition=_editions.get("gdp", 0))),
    # events and votes
    Table("protest_months", ("mass_mobilization",), mass_mobilization.country_months),
    Table("protest_coverage", ("mass_mobilization_years",), mass_mobilization.coverage),
    Table(
        "protests_kazakhstan",
        ("mass_mobilization",),
        partial(mass_mobilization.country_events, only=_only.get("mass_mobilization", ())),
    ),
    Table("votes_reign", ("reign",), reign.read_votes),
)
#: Tables that commands of this project made.
_MADE = {WORLDS: "simulated worlds (make calibration)", HISTORY: "published verdicts (scripts/history.py)"}
#: What the codebook describes: read by what is named above, or as it is from a card of its name, or typed.
_read = {own.name: own for own in _TABLES if {*own.sources} <= {*_editions} and section_of(own.name)}
_others = [name for section in sections() for name in section.tables if name.isidentifier() and name not in _read]
_typed = {name: Table(name, made_of=_MADE.get(name, "")) for name in _others}
_tidy = {name: Table(name, (name,), partial(source_csv, encoding="utf-8-sig")) for name in _others if name in _editions}
_all = _read | _typed | _tidy
CATALOGUE = {name: replace(entry, build=entry.build and reader(entry.build)) for name, entry in _all.items()}
#: Share of a table's rows from which one source is named alone.
_MAINLY = 0.8
#: The table of all countries; tables whose countries are those of another table too.
_COUNTRIES, _WITHIN = "countries", {"protest_months": "protest_coverage"}


def stated(entry: Table) -> str:
    """Say who states the rows of a table that was typed from cited pages, and of which years: most rows come first."""
    rows = open_csv(entry.path, dtype="str")
    stating = rows.get("source_org", rows.get("origin", pd.Series(dtype="str")))
    names = stating.dropna().astype("str").str.split(r" via | citing |, | \(", regex=True).str[0]
    counts = names[names.str.contains("^[A-Z0-9]", na=False)].value_counts(sort=False)
    who = counts.sort_values(ascending=False, kind="stable")
    first = [str(name) for name in who.index[: 1 if who.max() > _MAINLY * len(rows) else 3]]
    others = len(who) > len(first) > 1
    dated = rows.filter(regex="date|day|month|year").melt()["value"].dropna().astype("str")
    years = dated[dated.str.match(r"(?:19|20)\d\d")].str[:4]
    span = f", {years.min()} to {years.max()}" if len(years) else ""
    return f"{', '.join(first)}{' and others' if others else ''}{span}" if first else entry.name.replace("_", " ")


def countries_of(entry: Table) -> tuple[str, ...]:
    """Return the tables in which every country of a table must be."""
    others = (_COUNTRIES, *([_WITHIN[entry.name]] if entry.name in _WITHIN else []))
    return () if entry.name in (_COUNTRIES, SPELLINGS) else others


def edition_in_words(name: str) -> str:
    """Return the edition of a table as its producer names it, for readers: data set and edition of its source card."""
    entry, cards = CATALOGUE.get(name), project_cards()
    if entry and not entry.sources:
        return stated(entry)
    source = entry.sources[0] if entry else next((own for own in cards if name.startswith(own)), "")
    return f"{cards[source].dataset} {cards[source].edition}" if source else name.replace("_", " ")
