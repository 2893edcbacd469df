"""The catalogue of tables: from which sources each is built, by what, and what it must look like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from analysis.data import schemas
from analysis.data.coding import SHEET
from analysis.data.readers import (
    background,
    countries,
    freedom_house,
    governance,
    hfi,
    mass_mobilization,
    reign,
    rsf,
    vdem,
)
from analysis.errors import InputError
from analysis.paths import DATA, TABLES

#: Editions of the Human Freedom Index that the package carries; there was no 2023 file at hand.
HFI_EDITIONS = (2018, 2019, 2020, 2021, 2022, 2024)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One tidy table: the source cards that it is built from, what every row must satisfy, and what builds it.

    Tables typed from cited pages, whose rows name them, have no source and no builder; nor have simulated ones, made by
    a command of this project, which lie in ``data``, not among the data. A builder takes the sources' paths by card.
    """

    name: str
    sources: tuple[str, ...]
    schema: pa.DataFrameSchema
    build: Callable[[Mapping[str, Path]], pd.DataFrame] | None = None
    simulated: bool = False

    @property
    def path(self) -> Path:
        """Where the table is kept."""
        return (DATA if self.simulated else TABLES) / f"{self.name}.csv"


def table(name: str) -> Table:
    """Look a table up by name.

    Raises
    ------
    InputError
        There is no such table; the line lists those there are.
    """
    if name not in CATALOGUE:
        raise InputError(f"no table {name}", remedy=f"choose one of {', '.join(CATALOGUE)}")
    return CATALOGUE[name]


def _built(name: str, card: str, schema: pa.DataFrameSchema, read: Callable[[Path], pd.DataFrame]) -> Table:
    """Describe a table that one reader builds from one source file."""
    return Table(name, (card,), schema, lambda paths: read(paths[card]))


def _typed(name: str, schema: pa.DataFrameSchema) -> Table:
    """Describe a table that is typed from cited pages; its rows name them."""
    return Table(name, (), schema)


_V10_CARDS = ("vdem_v10_a", "vdem_v10_b", "vdem_v10_c")
_V16_CARDS = {f"vdem_v16_{name.split('_')[1]}": index for index, name in vdem.V16.items()}


def _countries(_: Mapping[str, Path]) -> pd.DataFrame:
    return countries.all_names().rename_axis("iso3").rename("name").reset_index()


def _vdem_v10(paths: Mapping[str, Path]) -> pd.DataFrame:
    return vdem.read_v10([paths[card] for card in _V10_CARDS])


def _vdem_v16(paths: Mapping[str, Path]) -> pd.DataFrame:
    return vdem.read_v16({index: paths[card] for card, index in _V16_CARDS.items()})


_protests_of_kazakhstan = partial(mass_mobilization.country_events, iso3="KAZ")

_TABLES = (
    # indices
    *(_built(f"hfi_{year}", f"hfi_{year}", schemas.HFI, partial(hfi.read_hfi, edition=year)) for year in HFI_EDITIONS),
    _built("hfi_2020_subscores", "hfi_2020", schemas.HFI_SUBSCORES, partial(hfi.read_hfi_subscores, edition=2020)),
    Table("countries", (), schemas.COUNTRIES, _countries),
    Table("vdem_v10", _V10_CARDS, schemas.VDEM_V10, _vdem_v10),
    _built("vdem_v12", "vdem_v12", schemas.VDEM_V12, vdem.read_v12),
    _built("vdem_v14", "vdem_v14", schemas.VDEM_V14, vdem.read_v14),
    _built("vdem_v15", "vdem_v15", schemas.VDEM_V15, vdem.read_v15),
    Table("vdem_v16", tuple(_V16_CARDS), schemas.VDEM_V16, _vdem_v16),
    _built("regimes", "vdem_v16_regimes", schemas.REGIMES, vdem.read_regimes),
    _built("freedom_house_items", "fiw_items", schemas.FREEDOM_HOUSE_ITEMS, freedom_house.read_items),
    _built("freedom_house_subscores", "fiw_subscores", schemas.FREEDOM_HOUSE, freedom_house.read_subscores),
    _built("rsf", "rsf", schemas.RSF, rsf.read_rsf),
    _built("wgi_voice", "wgi_2024", schemas.WGI, partial(governance.read_wgi, edition=2024)),
    _built("bti", "bti", schemas.BTI, governance.read_bti),
    _built("wjp", "wjp_2020", schemas.WJP, governance.read_wjp),
    _built("political_terror", "pts_2024", schemas.PTS, partial(governance.read_pts, edition=2024)),
    _built("pandem", "pandem_6_1", schemas.PANDEM, partial(background.read_pandem, edition=2021)),
    _built("population", "population", schemas.POPULATION, partial(background.read_population, edition=2025)),
    _built("gdp", "gdp", schemas.GDP, partial(background.read_gdp, edition=2025)),
    # events and votes
    _built("protest_months", "mass_mobilization", schemas.PROTEST_MONTHS, mass_mobilization.country_months),
    _built("protest_coverage", "mass_mobilization_years", schemas.PROTEST_COVERAGE, mass_mobilization.coverage),
    _built("protests_kazakhstan", "mass_mobilization", schemas.PROTESTS, _protests_of_kazakhstan),
    _built("votes_reign", "reign", schemas.VOTES_REIGN, reign.read_votes),
    # typed from cited pages
    _typed("elections", schemas.ELECTIONS),
    _typed("adil_soz_counts", schemas.ADIL_SOZ_COUNTS),
    _typed("jfj_counts", schemas.JFJ_COUNTS),
    _typed("protest_detentions", schemas.PROTEST_DETENTIONS),
    _typed("reforms", schemas.REFORMS),
    _typed("regional_shocks", schemas.REGIONAL_SHOCKS),
    _typed("ngo_tax_case", schemas.NGO_TAX_CASE),
    _typed(SHEET, schemas.RECORDS),
    _typed("ties", schemas.TIES),
    # simulated
    Table("calibration", (), schemas.CALIBRATION, simulated=True),
)
CATALOGUE: dict[str, Table] = {entry.name: entry for entry in _TABLES}
#: The table of all countries; tables whose countries are those of another table too.
_COUNTRIES, _WITHIN = "countries", {"protest_months": "protest_coverage"}


def countries_of(entry: Table) -> tuple[str, ...]:
    """Return the tables in which every country of a table must be."""
    others = (_COUNTRIES, *([_WITHIN[entry.name]] if entry.name in _WITHIN else []))
    return () if entry.name == _COUNTRIES else others
