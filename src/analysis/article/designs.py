"""Designs of notebook 03: who may be a donor, which years are compared, and the study that a measure makes of it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.article.measures import VINTAGES, Spec
from analysis.data.load import load
from analysis.errors import InputError
from analysis.methods.synthetic import Study

#: Last data year of the claims under test: the article appeared early in the next.
CLAIM_YEAR = 2020
#: Rules that choose donors; a list of ISO3 codes with commas between does too.
DONOR_RULES = ("autocracies", "democracies", "all")
_FEWEST_PRE = 5
_FEWEST_DONORS = 2


@dataclass(frozen=True, slots=True)
class Design:
    """Who is compared with whom, and when.

    Attributes
    ----------
    country : str
        ISO3 code of the treated country.
    first_treated, first_year, last_year : int
        First treated data year, first year of the pre-period, last year of the comparison.
    donors : tuple of str
        Countries that may be donors.
    rule : str
        How they were chosen, in words.
    post_from : int
        First year whose gap counts; later than ``first_treated`` if only the change up to then is asked for.
    """

    country: str
    first_treated: int
    first_year: int
    last_year: int
    donors: tuple[str, ...]
    rule: str
    post_from: int

    def sentence(self) -> str:
        """Say the rule and how many countries it admits."""
        return f"Donors of {self.country}: {self.rule} ({len(self.donors)} countries before gaps are looked at)."


def design(
    regimes: pd.DataFrame,
    *,
    country: str,
    donors: str,
    first_treated: int,
    first_year: int,
    only_last: bool = False,
) -> Design:
    """Choose donors by a rule, or take the countries named.

    Parameters
    ----------
    regimes : pandas.DataFrame
        Table ``regimes``.
    country : str
        Treated country.
    donors : str
        A rule of `DONOR_RULES`, or ISO3 codes with commas between. A country that was no autocracy in any pre-year is
        compared with democracies where the rule is ``autocracies``.
    first_treated, first_year : int
        First treated year and first year of the pre-period.
    only_last : bool
        Count the gap in the last year only.

    Raises
    ------
    InputError
        The treated country is among the donors named, a country is unknown, or the pre-period is too short.
    """
    if first_treated - first_year < _FEWEST_PRE:
        what = f"{max(first_treated - first_year, 0)} years before {first_treated}, at least {_FEWEST_PRE} are needed"
        raise InputError(what, where="pre-period", remedy="set FIRST_YEAR earlier or FIRST_TREATED later")
    before = regimes[regimes["data_year"].between(first_year, first_treated - 1)]
    chosen, rule = _named(regimes, country, donors) if donors not in DONOR_RULES else _ruled(before, country, donors)
    last = max(first_treated, CLAIM_YEAR)
    return Design(country, first_treated, first_year, last, chosen, rule, last if only_last else first_treated)


def _named(regimes: pd.DataFrame, country: str, donors: str) -> tuple[tuple[str, ...], str]:
    codes = tuple(sorted({code.strip() for code in donors.split(",")} - {""}))
    unknown = sorted(set(codes) - set(regimes["iso3"]))
    if unknown:
        rules = ", ".join(DONOR_RULES)
        remedy = f"use a rule ({rules}) or ISO3 codes with commas between"
        raise InputError(f"{unknown[0]!r} is neither a rule nor a country", where="DONORS", remedy=remedy)
    if len(codes) < _FEWEST_DONORS:
        what = "a single donor or none is named, and a placebo needs a second one"
        raise InputError(what, where="DONORS", remedy=f"name {_FEWEST_DONORS} countries or more")
    if country in codes:
        raise InputError(f"{country} is among its own donors", where="DONORS", remedy=f"leave {country} out")
    return codes, "countries named by the parameter"


def _ruled(before: pd.DataFrame, country: str, rule: str) -> tuple[tuple[str, ...], str]:
    democratic = before["regime"].ge(2).groupby(before["iso3"])
    always, never = democratic.all(), ~democratic.any()
    fallen_back = rule == "autocracies" and bool(always.get(country, False))
    if rule == "all":
        chosen, words = always | True, "all countries"
    elif rule == "democracies" or fallen_back:
        chosen, words = always, "democracies in every pre-year"
    else:
        chosen, words = never, "autocracies in every pre-year"
    words += ", for the country was never an autocracy" if fallen_back else ""
    return tuple(sorted(set(chosen.index[chosen]) - {country})), words


def require_vintage(country: str, vintage: str, *, name: str) -> None:
    """Refuse a country that a V-Dem vintage lacks, and name the vintages that have it.

    Parameters
    ----------
    country, name : str
        ISO3 code and name.
    vintage : str
        One of `measures.VINTAGES`.

    Raises
    ------
    InputError
        The vintage, or every vintage, is without the country.
    """
    if country in _countries(vintage):
        return
    having = [other for other in VINTAGES if country in _countries(other)]
    if not having:
        what = f"no V-Dem vintage at hand follows {name}, so nothing can be estimated"
        raise InputError(what, where=f"COUNTRY={country}", remedy="choose another country")
    remedy = f"set VINTAGE to {' or '.join(having)}, and OUTCOME to a variable carried there"
    raise InputError(f"V-Dem {vintage} is carried without {name}", where=f"COUNTRY={country}", remedy=remedy)


@functools.cache
def _countries(vintage: str) -> frozenset[str]:
    return frozenset(load(f"vdem_{vintage}")["iso3"])


def study(
    frame: pd.DataFrame,
    spec: Spec,
    plan: Design,
    *,
    donors: Sequence[str] | None = None,
    placebo: int | None = None,
    sd: str | None = None,
) -> Study:
    """Build the synthetic-control study of one measure.

    Parameters
    ----------
    frame : pandas.DataFrame
        The measure's table.
    spec : Spec
        The measure.
    plan : Design
        Country, years, donors.
    donors : sequence of str, optional
        Donors in place of the plan's.
    placebo : int, optional
        Treat that earlier year instead, over as many years as the real comparison has.
    sd : str, optional
        Column with the standard deviation of the measure's error.

    Raises
    ------
    InputError
        The country is not in the table, has a gap, too few years before the treatment, or fewer than two donors.
    """
    values = frame[list(spec.columns)].astype(float).sum(axis=1, min_count=len(spec.columns)) * spec.scale
    data = frame.assign(**{spec.label: values})
    own = set(data.loc[(data["iso3"] == plan.country) & data[spec.label].notna(), "data_year"])
    if not own:
        raise InputError(f"{plan.country} is not covered", where=spec.table, remedy="choose another measure or vintage")
    shift = 0 if placebo is None else placebo - plan.first_treated
    first = max(plan.first_year, spec.first_year, int(min(own)))
    _require_years(own, plan, first, shift, where=spec.table)
    known = set(data["iso3"])
    pool = [code for code in (plan.donors if donors is None else donors) if code in known]
    found = Study.from_panel(
        data,
        treated=plan.country,
        first_treated=plan.first_treated + shift,
        outcome=spec.label,
        unit="iso3",
        time="data_year",
        donors=_enough(pool, spec.table),
        pre=(first, plan.first_treated + shift - 1),
        post=(plan.post_from + shift, plan.last_year + shift),
        sd=sd,
    )
    _enough(found.donors, spec.table)
    return found


def _enough(donors: Sequence[str], where: str) -> Sequence[str]:
    """Return the donors, or refuse them if there is no second one whose placebo has a donor."""
    if len(donors) >= _FEWEST_DONORS:
        return donors
    who = f"{donors[0]} is the only donor" if donors else "there is no donor"
    what = f"{who} with a value in every year, but {_FEWEST_DONORS} are needed"
    raise InputError(what, where=where, remedy="name others in DONORS or use a rule, or set FIRST_YEAR later")


def _require_years(own: set[int], plan: Design, first: int, shift: int, *, where: str) -> None:
    """Refuse years that the country does not have, and say which parameter to change."""
    treated, last = plan.first_treated + shift, plan.last_year + shift
    if last > max(own):
        remedy = _treated_in(range(first + _FEWEST_PRE, max(own) + 1), f"{max(own)} or earlier")
        raise InputError(f"{plan.country} has no value after {max(own)}", where=where, remedy=remedy)
    gaps = sorted(set(range(first, last + 1)) - own)
    if gaps:
        begin = gaps[-1] + 1
        remedy = f"set FIRST_YEAR to {begin} or later, or take another vintage"
        if treated - begin < _FEWEST_PRE:
            remedy = _treated_in(range(begin + _FEWEST_PRE, max(own) + 1), f"{begin + _FEWEST_PRE} or later")
        raise InputError(f"{plan.country} has no value in {', '.join(map(str, gaps))}", where=where, remedy=remedy)
    if treated - first < _FEWEST_PRE:
        count = max(treated - first, 0)
        years = "1 year" if count == 1 else f"{count} years"
        what = f"{plan.country} has {years} before {treated}, at least {_FEWEST_PRE} are needed"
        remedy = _treated_in(range(first + _FEWEST_PRE, max(own) + 1), f"{first + _FEWEST_PRE} or later")
        raise InputError(what, where=where, remedy=remedy)


def _treated_in(possible: range, words: str) -> str:
    """Return the remedy of a later or earlier treatment if there is one: no series may end before the claim's year."""
    other = "choose another measure or vintage"
    return f"set FIRST_TREATED to {words}, or {other}" if possible and possible[-1] >= CLAIM_YEAR else other
