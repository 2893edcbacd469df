"""The measures of notebook 03: which columns of which table, whose, in what unit, and with which margin."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spec:
    """One measure.

    Attributes
    ----------
    label, producer, table : str
        Name in figures, who makes it (measures of one producer share a vote), and the table it is in.
    columns : tuple of str
        Columns that are added up.
    effect : str
        Key of the smallest effect of interest in the register.
    unit : str
        Unit of the estimate.
    scale : float
        Factor of the sum; negative if a higher figure is worse, so that positive always means better.
    first_year : int
        First data year that can be compared with the claim's year.
    """

    label: str
    producer: str
    table: str
    columns: tuple[str, ...]
    effect: str
    unit: str
    scale: float = 1.0
    first_year: int = 1990


_VDEM, _FIW, _RSF = "V-Dem Institute", "Freedom House", "Reporters Without Borders"
_NAMES = {
    "v2x_freexp_altinf": "expression",
    "v2xcs_ccsi": "civil society",
    "v2x_libdem": "liberal democracy",
    "v2x_polyarchy": "electoral democracy",
    "v2xcl_prpty": "property rights",
}
#: Expression and association make up 28 of Freedom House's 100 points.
_OF_HUNDRED = 100 / 28


def vdem(column: str, vintage: str) -> Spec:
    """Return the measure that a V-Dem variable is in one vintage, such as ``v12``."""
    name = _NAMES.get(column, column)
    return Spec(f"{name}, V-Dem {vintage}", _VDEM, f"vdem_{vintage}", (column,), "vdem_0_1", "V-Dem points (0-1)")


def _hfi(column: str, edition: int) -> Spec:
    # Editions since 2021 take these categories from V-Dem's variables: one source, one vote.
    label = f"{column}, HFI {edition}"
    return Spec(label, _VDEM, f"hfi_{edition}", (column,), "index_0_10", "points of 10")


_FREEDOM_HOUSE = (
    Spec("all items, FIW", _FIW, "freedom_house_items", ("total",), "freedom_house_100", "points of 100"),
    Spec(
        "expression and association, FIW",
        _FIW,
        "freedom_house_items",
        ("sub_d", "sub_e"),
        "freedom_house_100",
        "points of 100",
        _OF_HUNDRED,
    ),
)
_PRESS = Spec("rank, RSF", _RSF, "rsf", ("rank",), "rank", "ranks gained", -1.0, first_year=2012)

#: V-Dem vintages that carry indices from 0 to 1 for the years before and after the claim's.
VINTAGES = ("v12", "v14", "v15", "v16")
#: Measures of the freedom of expression and of civil society, by V-Dem vintage and the edition of its time.
PRESS_FREEDOM: dict[str, tuple[Spec, ...]] = {
    "v12": (
        vdem("v2x_freexp_altinf", "v12"),
        vdem("v2xcs_ccsi", "v12"),
        _hfi("expression", 2022),
        _hfi("association", 2022),
        *_FREEDOM_HOUSE,
        _PRESS,
    ),
    "v14": (
        vdem("v2x_freexp_altinf", "v14"),
        vdem("v2xcs_ccsi", "v14"),
        _hfi("expression", 2024),
        _hfi("association", 2024),
        *_FREEDOM_HOUSE,
        _PRESS,
    ),
    "v16": (vdem("v2x_freexp_altinf", "v16"), *_FREEDOM_HOUSE, _PRESS),
}
#: Measures of democracy, by the vintage of liberal democracy.
DEMOCRACY: dict[str, tuple[Spec, ...]] = {
    "v15": (vdem("v2x_libdem", "v15"), vdem("v2x_polyarchy", "v12"), _FREEDOM_HOUSE[0]),
    "v16": (vdem("v2x_libdem", "v16"), _FREEDOM_HOUSE[0]),
}


def tables() -> list[str]:
    """Return the names of the tables that the measures are in."""
    groups = (*PRESS_FREEDOM.values(), *DEMOCRACY.values())
    return sorted({spec.table for group in groups for spec in group})


def outcomes(column: str, vintage: str) -> list[Spec]:
    """Return the V-Dem measures to be tried in all variants: the one asked for, and those registered in its vintage."""
    registered = [spec for spec in PRESS_FREEDOM.get(vintage, ()) if spec.table == f"vdem_{vintage}"]
    chosen = vdem(column, vintage)
    return [chosen, *(spec for spec in registered if spec != chosen)][:2]
