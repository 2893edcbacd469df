"""Schemas of the index tables; bounds are those that the producers' codebooks state."""

from __future__ import annotations

import pandera.pandas as pa

from analysis.data.readers import background, freedom_house, governance, rsf, vdem
from analysis.data.schemas import KEY, count, day, frame, key_columns, number, one_of, rank, score

# V-Dem's indices run from 0 to 1; its indicators are on the measurement model's scale, about -5 to 5.
_INDICES = {"v2x": (0.0, 1.0)}
_INDICATOR = (-6.0, 6.0)


def _vdem(names: list[str]) -> pa.DataFrameSchema:
    bounds = {name: _INDICES.get(name[:3], _INDICATOR) for name in names}
    columns = {name: number(low=low, high=high) for name, (low, high) in bounds.items()}
    return frame(key_columns() | columns, key=KEY)


VDEM_V10, VDEM_V12, VDEM_V14, VDEM_V15 = (_vdem(names) for names in (vdem.V10, vdem.V12, vdem.V14, vdem.V15))
VDEM_V16 = _vdem(list(vdem.V16.values()))
REGIMES = frame(key_columns() | {"regime": count(most=3)}, key=KEY)

_FREEDOM_HOUSE = (
    key_columns()
    | {"status": one_of(*freedom_house.STATUSES)}
    | {f"sub_{letter.lower()}": count(most=4 * items) for letter, items in freedom_house.ITEMS.items()}
    # The additional question can take up to four points off political rights.
    | {name: pa.Column(int, pa.Check.in_range(-4, most)) for name, most in freedom_house.AGGREGATES.items()}
)
FREEDOM_HOUSE = frame(_FREEDOM_HOUSE, key=KEY)
FREEDOM_HOUSE_ITEMS = frame(_FREEDOM_HOUSE | {name: count(most=4) for name in freedom_house.item_names()}, key=KEY)

RSF = frame(
    key_columns()
    | {"rank": rank(), "ranked": count(), "score": score(high=100), "method": one_of(*rsf.METHODS.values())},
    key=KEY,
)
WGI = frame(
    key_columns()
    | {
        "estimate": number(low=-3.5, high=3.5, nullable=False),
        "standard_error": number(low=0, high=2, nullable=False),
        "sources": count(),
        "percentile_rank": score(nullable=False, high=100),
    },
    key=KEY,
)
BTI = frame(key_columns() | {name: score(low=1, nullable=False) for name in governance.BTI.values()}, key=KEY)
WJP = frame(key_columns() | {name: score(high=1, nullable=False) for name in governance.WJP.values()}, key=KEY)
PTS = frame(
    key_columns()
    | {name: pa.Column("Int64", pa.Check.in_range(1, 5), nullable=True) for name in governance.PTS.values()},
    key=KEY,
)
PANDEM = frame(
    key_columns()
    | {"quarter": pa.Column(int, pa.Check.in_range(1, 4))}
    | {name: score(high=1, nullable=False) for name in ("violations", "backsliding")}
    | {name: count(most=3) for name in background.PANDEM_TYPES.values()}
    | {name: day(nullable=True) for name in ("emergency_start", "emergency_end")},
    key=[*KEY, "quarter"],
)
POPULATION = frame(key_columns() | {"population": number(low=1, high=2e6, nullable=False)}, key=KEY)
GDP = frame(key_columns() | {"gdp_per_capita": number(low=1, high=1e6, nullable=False)}, key=KEY)
