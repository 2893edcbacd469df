"""Tables of indices other than the Human Freedom Index, and of background figures."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pandas as pd

from analysis.data import schemas_indices as schemas
from analysis.data.entry import Table, built
from analysis.data.readers import background, freedom_house, governance, rsf, vdem

_V10_CARDS = ("vdem_v10_a", "vdem_v10_b", "vdem_v10_c")
_V16_CARDS = {f"vdem_v16_{name.split('_')[1]}": index for index, name in vdem.V16.items()}


def _vdem_v10(paths: Mapping[str, Path]) -> pd.DataFrame:
    return vdem.read_v10([paths[card] for card in _V10_CARDS])


def _vdem_v16(paths: Mapping[str, Path]) -> pd.DataFrame:
    return vdem.read_v16({index: paths[card] for card, index in _V16_CARDS.items()})


INDEX_TABLES = (
    Table("vdem_v10", _V10_CARDS, schemas.VDEM_V10, _vdem_v10),
    built("vdem_v12", "vdem_v12", schemas.VDEM_V12, vdem.read_v12),
    built("vdem_v14", "vdem_v14", schemas.VDEM_V14, vdem.read_v14),
    built("vdem_v15", "vdem_v15", schemas.VDEM_V15, vdem.read_v15),
    Table("vdem_v16", tuple(_V16_CARDS), schemas.VDEM_V16, _vdem_v16),
    built("regimes", "vdem_v16_regimes", schemas.REGIMES, vdem.read_regimes),
    built("freedom_house_items", "fiw_items", schemas.FREEDOM_HOUSE_ITEMS, freedom_house.read_items),
    built("freedom_house_subscores", "fiw_subscores", schemas.FREEDOM_HOUSE, freedom_house.read_subscores),
    built("rsf", "rsf", schemas.RSF, rsf.read_rsf),
    built("wgi_voice", "wgi_2024", schemas.WGI, partial(governance.read_wgi, edition=2024)),
    built("bti", "bti", schemas.BTI, governance.read_bti),
    built("wjp", "wjp_2020", schemas.WJP, governance.read_wjp),
    built("political_terror", "pts_2024", schemas.PTS, partial(governance.read_pts, edition=2024)),
    built("pandem", "pandem_6_1", schemas.PANDEM, partial(background.read_pandem, edition=2021)),
    built("population", "population", schemas.POPULATION, partial(background.read_population, edition=2025)),
    built("gdp", "gdp", schemas.GDP, partial(background.read_gdp, edition=2025)),
)
