"""Tables of the Human Freedom Index, one per edition, and the names of countries."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pandas as pd

from analysis.data import schemas
from analysis.data.entry import Table, built
from analysis.data.readers.countries import all_names
from analysis.data.readers.hfi import read_hfi, read_hfi_subscores

#: Editions of the Human Freedom Index that the package carries; there was no 2023 file at hand.
HFI_EDITIONS = (2018, 2019, 2020, 2021, 2022, 2024)


def _countries(_: Mapping[str, Path]) -> pd.DataFrame:
    names = all_names()
    return pd.DataFrame({"iso3": names.index, "name": names.to_numpy()})


HFI_TABLES = (
    *(
        built(f"hfi_{edition}", f"hfi_{edition}", schemas.HFI, partial(read_hfi, edition=edition))
        for edition in HFI_EDITIONS
    ),
    built("hfi_2020_subscores", "hfi_2020", schemas.HFI_SUBSCORES, partial(read_hfi_subscores, edition=2020)),
    Table("countries", (), schemas.COUNTRIES, _countries),
)
