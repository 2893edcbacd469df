"""Steps and words of notebook 05: months of protest, other counts that bear on detentions, and targets of pressure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from analysis.article import elections, press
from analysis.claims.evidence import Measure
from analysis.claims.register import Register
from analysis.errors import InputError
from analysis.methods.result import LABELS, Estimate, counted, prose

TABLES = ("protest_months", "protest_coverage")
#: Tables in which dated episodes and yearly indices of pressure stand.
TARGET_TABLES = ("ngo_tax_case", "protest_detentions", "records", "vdem_v12", "freedom_house_items")
#: What each column counts.
OUTCOMES = {"protests": "protests", "arrests": "protests with arrests"}
#: Indicators by target; all rise with freedom.
INDICATORS = {
    "v2csreprss": ("organisations", "repression of organisations"),
    "v2cseeorgs": ("organisations", "their entry and exit"),
    "v2cldiscm": ("individuals", "free discussion, men"),
    "v2cldiscw": ("individuals", "free discussion, women"),
    "v2clkill": ("individuals", "political killings"),
    "v2cltort": ("individuals", "torture"),
    "v2meharjrn": ("journalists", "harassment of journalists"),
}
LABELS.update({code: name for code, (_, name) in INDICATORS.items()})
#: Steps of the tax case that hit an organisation.
_HITS = ("notice", "fine", "suspension")
#: Persons whose arrest or detention is an episode of its own, with the claim that its records are typed for.
_PERSONS = {"Mukhamedov": "mukhamedov-arrest", "Akhmedyarov": "akhmedyarov-detained"}
# Days without an event after which a new episode begins.
_GAP = 7
# Fewest protests in each period for a share to be compared between countries.
_FEWEST = 5


def monthly(
    months: pd.DataFrame, coverage: pd.DataFrame, country: str
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.Series]]:
    """Return events by month (a period index) of each outcome, zeros included: of all countries, and of one.

    The second are the months in which the data follow the country, named for what is counted. A country that they do
    not follow is refused.
    """
    if country not in set(coverage["iso3"]):
        raise InputError(f"the protest data do not cover {country}")
    last = coverage.sort_values(["last_year", "last_month"]).iloc[-1]
    index = pd.period_range(
        f"{coverage['first_year'].min()}-01", f"{last['last_year']}-{last['last_month']:02d}", freq="M", name="month"
    )
    period = pd.PeriodIndex.from_fields(year=months["year"], month=months["month"], freq="M")
    wide = months.assign(period=period).pivot(index="period", columns="iso3", values=list(OUTCOMES))
    countries = sorted(coverage["iso3"])
    every = {name: wide[name].reindex(index=index, columns=countries).fillna(0).astype(int) for name in OUTCOMES}
    row = coverage.set_index("iso3").loc[country]
    span = slice(f"{row['first_year']}-01", f"{row['last_year']}-{row['last_month']:02d}")
    return every, {name: frame.loc[span, country].rename(OUTCOMES[name]) for name, frame in every.items()}


def compared(own: Mapping[str, pd.Series], change: Mapping[str, Estimate]) -> dict[str, pd.Series]:
    """Return the months of the outcomes with an event in either period; refuse if none has one."""
    if not any(found.n for found in change.values()):
        raise InputError(f"no {' or '.join(OUTCOMES.values())} in either period")
    return {name: own[name] for name, found in change.items() if found.n}


def outside_elections(own: pd.Series, reign: pd.DataFrame, dated: pd.DataFrame, country: str) -> pd.Series:
    """Return a country's months with those of its national elections missing; ``dated`` goes before ``reign``."""
    calendar = elections.corrected(elections.votes(reign), dated)
    voted = own.index.isin(elections.periods(calendar.loc[calendar["iso3"] == country, "serial"]))
    return own.mask(voted).rename(f"{own.name} outside elections")


def roundups(detentions: pd.DataFrame) -> pd.DataFrame:
    """List episodes of people held, of which each day follows within a week of the one before, by their first day."""
    held = detentions[detentions["measure"].isin(press.HELD)].sort_values("date_start", kind="stable")
    fresh = ~(pd.to_datetime(held["date_start"]).diff().dt.days <= _GAP)
    return held.loc[fresh, ["date_start", "event"]].set_axis(["date", "episode"], axis=1).reset_index(drop=True)


def missed_roundups(events: pd.DataFrame, detentions: pd.DataFrame) -> pd.DataFrame:
    """List the dated round-ups, while event data last, that these miss: over a week from ``events`` with arrests."""
    found = roundups(detentions).query("date <= @elections.COVERED[1]")
    known = pd.to_datetime(events.loc[events["arrests"] > 0, "start"]).to_numpy()
    apart = np.abs(pd.to_datetime(found["date"]).to_numpy()[:, None] - known).min(axis=1)
    return found[apart > np.timedelta64(_GAP, "D")]


def with_roundups(own: pd.Series, missed: pd.DataFrame) -> pd.Series:
    """Add round-ups that the event data miss to a country's monthly protests with arrests."""
    added = pd.Series(1, index=pd.DatetimeIndex(missed["date"]).to_period("M")).groupby(level=0).sum()
    return (own + added.reindex(own.index, fill_value=0)).rename("protests with arrests or dated round-ups")


def side_by_side(changes: Mapping[str, Estimate]) -> pd.DataFrame:
    """Return rate changes and counts of two years, with their months, one row each; no period of them is empty."""
    frame = pd.DataFrame({label: _in_months(found) for label, found in changes.items()}).T
    if frame.empty or (frame := frame[(frame["first"] > 0) & (frame["second"] > 0)]).empty:
        raise InputError("no count has events in both of its periods")
    return frame.rename_axis("measure")


def arrest_totals(months: pd.DataFrame, *, split: int) -> pd.DataFrame:
    """Return protests and those with arrests before and from a year on, by country and for the ``world``.

    Countries without a protest in one of the periods are left out, but not of the world.
    """
    later = months["year"] >= split
    before, after = (
        months[part].groupby("iso3")[list(OUTCOMES)].sum().add_suffix(suffix)
        for part, suffix in ((~later, "_before"), (later, "_after"))
    )
    frame = before.join(after, how="inner")
    frame.loc["world"] = frame.sum()
    return frame


def episodes(detentions: pd.DataFrame, ngo: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """List episodes of pressure by target.

    Detentions at most a week apart are one episode, the linked steps of the tax case are one, dated by the first that
    is known by the day, and so is each person of the typed records; all in order of the ``date`` of the first event.
    """
    rows = roundups(detentions).assign(target="individuals").to_dict("records")
    hits = ngo[ngo["step"].isin(_HITS) & (ngo["precision"] == "day")]
    rows.append({"date": hits["date"].min(), "target": "organisations", "episode": "tax case against organisations"})
    for person, claim in _PERSONS.items():
        days = records.loc[records["claim"] == claim, "first_day"].dropna()
        rows += [{"date": day, "target": "individuals", "episode": f"case of {person}"} for day in sorted(days)[:1]]
    frame = pd.DataFrame(rows, columns=["date", "target", "episode"]).dropna(subset=["date"])
    return frame.sort_values("date", kind="stable", ignore_index=True)


def experts(measures: Sequence[Measure], register: Register) -> pd.DataFrame:
    """Set two experts who contradict each other side by side: what each source says of either, on one ratio.

    Measures are log rate ratios, positive = more repression; each has a row with its producer and the ratio.
    """
    claims = (register["more-detentions"], register["no-expansion-of-repression"])
    says = {"shown": ("holds", "fails"), "ruled out": ("fails", "holds")}
    rows = {
        item.name.removeprefix("log rate ratio of "): (
            item.producer,
            *np.exp(np.array([item.estimate, item.lower, item.upper], dtype=float)),
            *says.get(item.conclusion, ("open", "open")),
        )
        for item in measures
    }
    columns = ["producer", "ratio", "lower", "upper", *(f"{claim.speaker}: {claim.claim}" for claim in claims)]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("measure")


def bases_sentence(bases: pd.DataFrame, *, registered: int, outcome: str) -> str:
    """Say how the ratio depends on the base: some lengths, how many give a larger ratio, and where it is open."""
    some = bases.loc[sorted({3, 5, 10, registered} & set(bases.index))]
    each = "; ".join(f"{row.Index}: {row.ratio:.1f} ({row.lower:.2f} to {row.upper:.1f})" for row in some.itertuples())
    larger = int((bases["ratio"] > bases.loc[registered, "ratio"]).sum())
    return (
        f"Rate ratio of {outcome} by years of the base, with mid-p 95% intervals: {each}. The ratio is larger "
        f"than the registered one in {larger} of {counted(len(bases), 'base')}, and the interval lies above one in "
        f"{int((bases['lower'] > 1).sum())}."
    )


def shares_sentence(shares: pd.DataFrame, protests: pd.Series, code: str, country: str) -> str:
    """Say a country's share of protests with arrests in both periods, the world's, and its place among countries.

    ``protests`` are those of the country by month.
    """
    world = shares.loc["world"]
    rest = f"in the world {world['share_before']:.0%} and {world['share_after']:.0%}"
    if code not in shares.index:
        many = f"{counted(int(protests.sum()), 'protest')} since {protests.index[0].year}"
        return prose(f"{country} has {many}, but none in one of the two periods; arrests met {rest} of protests.")
    own = shares.loc[code]
    many = (shares[["protests_before", "protests_after"]] >= _FEWEST).all(axis=1)
    often = shares[many].drop(index="world")
    before, after = counted(int(own["protests_before"]), "protest"), int(own["protests_after"])
    fell = own["difference"] < 0
    alike = often["difference"] <= own["difference"] if fell else often["difference"] >= own["difference"]
    return prose(
        f"Arrests met {own['share_before']:.0%} of {before} before and {own['share_after']:.0%} of {after} after "
        f"(difference {100 * own['difference']:+.0f} points, Newcombe 95% interval {100 * own['lower']:+.0f} to "
        f"{100 * own['upper']:+.0f}; Fisher's exact p of equal shares = {own['p_fisher']:.2g}), {rest}; "
        f"{int(alike.sum())} of {len(often)} countries with {_FEWEST} protests or "
        f"more in both periods {'fell' if fell else 'rose'} as much."
    )


def _in_months(change: Estimate) -> dict[str, float]:
    row = {"ratio": change.estimate, "lower": change.lower, "upper": change.upper}
    if "lengths" not in change.more:
        return row | {"first": change.first, "second": change.second, "first_months": 12, "second_months": 12}
    first, second = (length * (12 if change.period == "year" else 1) for length in change.lengths)
    return row | {"first": change.before, "second": change.after, "first_months": first, "second_months": second}
