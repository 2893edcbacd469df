"""Steps of notebook 06: the tax case against organisations by the day, its rivals, and a randomised election date."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from analysis.article.detentions import ELECTION_DAY
from analysis.methods.calendars import shifted_calendar

TABLES = ("ngo_tax_case", "regional_shocks", "elections", "pandem", "records", "reforms")
#: The law on foreign funds took effect: organisations can be charged from here on.
LAW, END = pd.Timestamp("2016-07-01"), pd.Timestamp("2021-12-31")
#: First and last day of the case of 2020 in the table.
FIRST, LAST = "2020-01-01", "2021-12-31"
#: Publisher of the article: what it says elsewhere is no second record.
_PUBLISHER = "CABAR.asia"
_LABELS = {
    "checks": "checks",
    "notice": "notices",
    "fine": "fines",
    "cancellation": "claims withdrawn",
    "court": "courts reverse fines",
}
_COUNTRIES = {"BLR": "Belarus", "KGZ": "Kyrgyzstan", "RUS": "Russia"}


class Rival(NamedTuple):
    """A cause that coincides with the case: its kind, name, first and last day (missing: no end on record)."""

    kind: str
    name: str
    start: pd.Timestamp
    end: pd.Timestamp | None


@dataclass(frozen=True, slots=True)
class Collision:
    """Rival causes on the case's own time line.

    Attributes
    ----------
    onset : tuple of Timestamp
        First day of the checks; day of the first notice that is known by the day.
    vote : Timestamp
        Election day.
    rivals : tuple of Rival
        All dated rivals.
    days : int
        Days around the onset that count as coinciding.
    """

    onset: tuple[pd.Timestamp, pd.Timestamp]
    vote: pd.Timestamp
    rivals: tuple[Rival, ...]
    days: int

    def coinciding(self, *, but: str = "") -> tuple[Rival, ...]:
        """Return rivals that began within the days before the checks, or by the first notice; a vote may lie ahead."""
        first, last = self.onset[0] - pd.Timedelta(days=self.days), self.onset[1]
        ahead = last + pd.Timedelta(days=self.days)
        return tuple(
            rival
            for rival in self.rivals
            if rival.kind != but and first <= rival.start <= (ahead if rival.kind == "election" else last)
        )

    def kinds(self, *, but: str = "") -> list[str]:
        """Return the kinds of coinciding rivals, without the claim's own."""
        return sorted({rival.kind for rival in self.coinciding(but=but)})

    def days_called(self) -> int:
        """Return the day on which the vote was called, in days from the vote."""
        first = min(rival.start for rival in self.rivals if rival.kind == "election")
        return (first - self.vote).days

    def table(self) -> pd.DataFrame:
        """Return one row per rival: dates, days to checks, first notice and vote, whether it coincides."""
        marks = {"checks": self.onset[0], "first_notice": self.onset[1], "vote": self.vote}
        chosen = self.coinciding()
        rows = [
            {"kind": rival.kind, "rival": rival.name, "start": rival.start.date().isoformat()}
            | {f"days_to_{name}": (day - rival.start).days for name, day in marks.items()}
            | {"coincides": rival in chosen}
            for rival in self.rivals
        ]
        return pd.DataFrame(rows)

    def sentence(self, *, but: str = "") -> str:
        """Say how many rivals coincide with the onset of the case."""
        chosen = self.coinciding(but=but)
        others = f"other kinds than {but}" if but else "kinds"
        names = "; ".join(f"{rival.name} ({rival.start.date()})" for rival in chosen)
        return (
            f"Checks began in {self.onset[0]:%B %Y} and the first dated notice came on {self.onset[1].date()}: within "
            f"{self.days} days of that onset {len(chosen)} dated events of {len(self.kinds(but=but))} {others} "
            f"coincide ({names}). One case cannot tell them apart."
        )


def independent(ngo: pd.DataFrame) -> pd.DataFrame:
    """Return the case's rows that do not come from the article's publisher, with ``first`` and ``last`` day."""
    case = ngo[ngo["date"].between(FIRST, LAST)].copy()
    case["first"] = pd.to_datetime(case["date"])
    period = (case["precision"] != "day") & case["date_end"].notna()
    case["last"] = pd.to_datetime(case["date_end"].where(period, case["date"]))
    return case[case["origin"] != _PUBLISHER].reset_index(drop=True)


def collision(tables: Mapping[str, pd.DataFrame], *, country: str, days: int) -> Collision:
    """Put dated rivals and the case on one time line.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        The tables ``ngo_tax_case``, ``regional_shocks``, ``elections`` and ``pandem``.
    country : str
        ISO3 code of the country whose elections and emergencies count.
    days : int
        Days around the onset that count as coinciding.
    """
    ngo, shocks = tables["ngo_tax_case"], tables["regional_shocks"]
    case = ngo[ngo["date"].between(FIRST, LAST)]
    notices = case[(case["step"] == "notice") & (case["precision"] == "day")]
    onset = tuple(pd.to_datetime([case.loc[case["step"] == "checks", "date"].min(), notices["date"].min()]))
    abroad = shocks[(shocks["mass_protest"] == 1) & (shocks["iso3"] != country) & (shocks["date"] >= FIRST)]
    rivals = [
        Rival("foreign unrest", f"{_COUNTRIES.get(row.iso3, row.iso3)}: {row.event}", pd.Timestamp(row.date), _end(row))
        for row in abroad.itertuples()
    ]
    called = shocks[(shocks["iso3"] == country) & (shocks["date"] >= FIRST)]
    rivals += [Rival("election", row.event, pd.Timestamp(row.date), None) for row in called.itertuples()]
    rivals.append(Rival("election", "the vote", pd.Timestamp(ELECTION_DAY), None))
    stays = tables["pandem"].query("iso3 == @country").dropna(subset=["emergency_start"])
    for start, end in stays[["emergency_start", "emergency_end"]].drop_duplicates("emergency_start").to_numpy():
        rivals.append(
            Rival("pandemic", "emergency rules", pd.Timestamp(start), None if pd.isna(end) else pd.Timestamp(end))
        )
    ordered = tuple(sorted(rivals, key=lambda rival: (rival.start, rival.name)))
    return Collision((onset[0], onset[1]), pd.Timestamp(ELECTION_DAY), ordered, days)


def spoken_out(records: pd.DataFrame) -> pd.DataFrame:
    """Return the statements for the organisations in the coding sheet: ``part`` (at home, from abroad), ``first_day``,
    ``says`` (who spoke), in order of time.
    """
    own = records[records["claim"] == "campaign-happened"]
    return own.sort_values("first_day", kind="stable", ignore_index=True)


def timeline(case: Collision, ngo: pd.DataFrame, spoken: pd.DataFrame) -> pd.DataFrame:
    """Return what happened when, by lane: unrest abroad, pandemic, election, tax case, statements.

    Parameters
    ----------
    case : Collision
        Rivals on the case's time line.
    ngo : pandas.DataFrame
        The table ``ngo_tax_case``.
    spoken : pandas.DataFrame
        Statements for the organisations (see :func:`spoken_out`).

    Returns
    -------
    pandas.DataFrame
        ``lane``, ``label``, ``start``, ``end`` (missing: one day), ``open`` (True: under way, no end on record).
    """
    lanes = {"foreign unrest": "unrest abroad"}
    rows = [
        {"lane": lanes.get(rival.kind, rival.kind), "label": rival.name, "start": rival.start, "end": rival.end}
        | {"open": rival.kind == "pandemic" and rival.end is None}
        for rival in case.rivals
    ]
    steps = _dated(independent(ngo))
    for step, label in _LABELS.items():
        own = steps[steps["step"] == step]
        rows.append({"lane": "tax case", "label": label, "start": own["first"].min(), "end": own["last"].max()})
    rows.append({"lane": "tax case", "label": "first notice known by the day", "start": case.onset[1]})
    for date, part in spoken.groupby("first_day"):
        rows.append({"lane": "statements", "label": " / ".join(part["says"]), "start": pd.Timestamp(date)})
    frame = pd.DataFrame(rows)
    return frame.assign(open=frame["open"].eq(True)).sort_values(["start", "label"], ignore_index=True)


def days_to_vote(ngo: pd.DataFrame) -> pd.DataFrame:
    """Return every dated record in days from the vote: ``step``, ``who``, ``origin``, ``first``, ``last``."""
    rows = _dated(independent(ngo))
    rows = rows[~rows["step"].isin(["law", "election", "register"])]
    vote = pd.Timestamp(ELECTION_DAY)
    return pd.DataFrame(
        {
            "step": rows["step"],
            "who": rows["organisation"],
            "origin": rows["origin"],
            "first": (rows["first"] - vote).dt.days,
            "last": (rows["last"] - vote).dt.days,
        }
    ).sort_values(["first", "step", "origin"], ignore_index=True)


def case_sentence(days: pd.DataFrame) -> str:
    """Say when each step fell, in days from the vote."""
    parts = []
    for step in ("checks", "notice", "fine", "suspension", "cancellation"):
        own = days[days["step"] == step]
        parts.append(f"{step} {own['first'].min():+d} to {own['last'].max():+d}")
    return f"Days from the vote, in records other than the publisher's: {'; '.join(parts)}."


def calendar(ngo: pd.DataFrame, elections: pd.DataFrame, *, country: str) -> dict[str, Any]:
    """Return national votes and earlier tax episodes since the reporting law, for the figure, as ISO dates."""
    own = elections[(elections["iso3"] == country) & (elections["kind"] != "referendum") & (elections["round"] == 1)]
    votes = own.loc[own["date"].between(str(LAW.date()), str(END.date())), "date"].tolist()
    earlier = ngo.loc[(ngo["step"] == "checks") & (ngo["date"] < FIRST), "date"].tolist()
    return {"votes": votes, "earlier": earlier, "first": str(LAW.date()), "last": str(END.date())}


def random_vote(ngo: pd.DataFrame, elections: pd.DataFrame, *, country: str, days: int) -> pd.DataFrame:
    """Ask how often elections on other dates would have had as many tax episodes in the days before them.

    Since the reporting law there are two episodes on record. The second is dated by each of its possible first days in
    turn; all circular shifts of the election calendar are tried.

    Returns
    -------
    pandas.DataFrame
        By first step: ``date``, ``near`` (episodes in the days before a vote), ``episodes``, ``p``, ``share`` (of all
        days that lie in the days before a vote).
    """
    votes = elections[(elections["iso3"] == country) & (elections["kind"] != "referendum") & (elections["round"] == 1)]
    covered = pd.period_range(LAW, END, freq="D")
    case = ngo[ngo["date"].between(FIRST, LAST)]
    earlier = pd.to_datetime(ngo.loc[(ngo["step"] == "checks") & (ngo["date"] < FIRST), "date"])
    starts = {
        "checks, first possible day": case.loc[case["step"] == "checks", "date"].min(),
        "checks, last possible day": case.loc[case["step"] == "checks", "date_end"].min(),
        "notices, first possible day": case.loc[case["step"] == "notice", "date"].min(),
        "notice known by the day": case.loc[(case["step"] == "notice") & (case["precision"] == "day"), "date"].min(),
    }
    rows = {}
    for name, date in starts.items():
        began = pd.PeriodIndex([*earlier, pd.Timestamp(date)], freq="D")
        test = shifted_calendar(
            began.value_counts().reindex(covered, fill_value=0), votes["date"], first=-days, last=-1
        )
        rows[name] = {"date": date, "near": test.events, "episodes": test.n, "p": test.p_value, "share": test.share}
    return pd.DataFrame(rows).T.rename_axis("case_begins_with")


def random_vote_sentence(frame: pd.DataFrame, *, days: int) -> str:
    """Say the largest and the smallest p of the randomised election date."""
    p = frame["p"].astype(float)
    return (
        f"Of {frame['episodes'].iloc[0]} tax episodes since the reporting law, at most {frame['near'].max()} began in "
        f"the {days} days before a national vote; on moved election calendars as many or more lie there with p from "
        f"{p.min():.2g} to {p.max():.2g}, depending on which step counts as the beginning."
    )


def organisations_named(rows: pd.DataFrame, *, step: str) -> list[str]:
    """Return the organisations that records of one step call by name, sorted (rows as of :func:`independent`)."""
    own = rows.query("step == @step")["organisation"]
    single = {name for text in own for name in text.split(" and ") if not re.search(r"NGO|group", name)}
    return sorted(single)


def _dated(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out totals: they say how many by a day, not when."""
    return rows[rows["precision"] != "as of"]


def _end(row: object) -> pd.Timestamp | None:
    end = getattr(row, "date_end", None)
    return None if pd.isna(end) else pd.Timestamp(end)
