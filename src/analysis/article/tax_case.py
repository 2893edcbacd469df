"""Steps of notebook 06 on the tax case against organisations: its steps, its rivals, and what records say of both."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from analysis.article.elections import first_rounds
from analysis.claims.adapter import Observed, observed
from analysis.claims.register import Register
from analysis.methods.result import Estimate

TABLES = ("ngo_tax_case", "regional_shocks", "elections", "pandem", "records", "reforms")
# Claim whose rule says in which years the case falls.
_PRESSURE = "tax-pressure-2020"
_LABELS = {
    "checks": "checks",
    "notice": "notices",
    "fine": "fines",
    "cancellation": "claims withdrawn",
    "court": "courts reverse fines",
}


@dataclass(frozen=True)
class Case:
    """The tax case of the article's country, as the tables of :data:`TABLES` have it.

    ``names`` are those of countries by ISO3 code; the register says country, publisher, and the years of the case.
    """

    tables: Mapping[str, pd.DataFrame]
    names: pd.Series
    register: Register

    @cached_property
    def years(self) -> tuple[str, str]:
        """First and last day of the years in which the register looks for the case."""
        asked: Any = self.register[_PRESSURE].rule
        when = asked.rows[0].where["date"]
        return str(when.first), str(when.last)

    @cached_property
    def steps(self) -> pd.DataFrame:
        """Records of the case with ``first`` and ``last`` day."""
        ngo = self.tables["ngo_tax_case"]
        case = ngo[ngo["date"].between(*self.years)].reset_index(drop=True)
        period = (case["precision"] != "day") & case["date_end"].notna()
        last = pd.to_datetime(case["date_end"].where(period, case["date"]))
        return case.assign(first=pd.to_datetime(case["date"]), last=last)

    @cached_property
    def others(self) -> pd.DataFrame:
        """Records that are not the publisher's own."""
        return self.steps[self.steps["origin"] != self.register.article.publisher]

    @cached_property
    def dated(self) -> pd.DataFrame:
        """Records of others without totals, which say how many by a day, not when."""
        return self.others[self.others["precision"] != "as of"]

    @cached_property
    def starts(self) -> dict[str, str]:
        """Days that can count as the beginning of the case, by the step that they go by."""
        checks, notices = (self.steps[self.steps["step"] == step] for step in ("checks", "notice"))
        return {
            "checks, first possible day": str(checks["date"].min()),
            "checks, last possible day": str(checks["date_end"].min()),
            "notices, first possible day": str(notices["date"].min()),
            "notice known by the day": str(notices.loc[notices["precision"] == "day", "date"].min()),
        }

    @cached_property
    def onset(self) -> tuple[str, str]:
        """First possible day of the checks, and the day of the first notice that is known by the day."""
        return self.starts["checks, first possible day"], self.starts["notice known by the day"]

    @cached_property
    def law(self) -> str:
        """First day under the law on foreign funds, by which organisations can be charged."""
        ngo = self.tables["ngo_tax_case"]
        return str(ngo.loc[(ngo["step"] == "law") & (ngo["precision"] == "month"), "date"].min())

    @cached_property
    def votes(self) -> pd.Series:
        """Days of national votes; referendums and second rounds are left out."""
        held = first_rounds(self.tables["elections"], self.register.article.country)
        return pd.to_datetime(held["date"]).rename("vote")

    @cached_property
    def vote(self) -> pd.Timestamp:
        """Day of the first vote after the onset."""
        return self.votes[self.votes >= self.onset[1]].min()

    @cached_property
    def withdrawn(self) -> pd.Timestamp:
        """First day on which claims were withdrawn."""
        return self.steps.loc[self.steps["step"] == "cancellation", "first"].min()

    @cached_property
    def spoken(self) -> pd.DataFrame:
        """Dated statements for the organisations: ``part`` (home or abroad), ``first_day``, ``says`` (who spoke)."""
        own = self.tables["records"].query("claim == 'campaign-happened' and part != 'in the media'")
        return own.dropna(subset=["first_day"]).sort_values("first_day", kind="stable", ignore_index=True)

    @cached_property
    def rivals(self) -> pd.DataFrame:
        """Dated causes that have been named: ``kind``, ``rival``, ``start``, ``end`` (missing: none on record)."""
        shocks = self.tables["regional_shocks"]
        shocks, home = shocks[shocks["date"] >= self.years[0]], self.register.article.country
        abroad = shocks[(shocks["mass_protest"] == 1) & (shocks["iso3"] != home)]
        called = shocks[shocks["iso3"] == home]
        rules = self.tables["pandem"].query("iso3 == @home").dropna(subset=["emergency_start"])
        rules = rules.drop_duplicates("emergency_start")
        unrest = abroad["iso3"].map(self.names) + ": " + abroad["event"]
        events = {
            "foreign unrest": (unrest, abroad["date"], abroad["date_end"]),
            "election": ([*called["event"], "the vote"], [*called["date"], str(self.vote.date())], None),
            "pandemic": ("emergency rules", rules["emergency_start"], rules["emergency_end"]),
        }
        frame = pd.concat(
            pd.DataFrame({"kind": kind, "rival": name, "start": pd.to_datetime(start), "end": pd.to_datetime(end)})
            for kind, (name, start, end) in events.items()
        )
        return frame.sort_values(["start", "rival"], ignore_index=True)

    @cached_property
    def called(self) -> pd.Timestamp:
        """Day on which the vote was called."""
        return self.rivals.loc[self.rivals["kind"] == "election", "start"].min()

    def rival_table(self, found: Estimate) -> pd.DataFrame:
        """Return one row per rival: dates, days to checks, first notice and vote, whether it coincides."""
        named = {"name": "rival", "days_to_first": "days_to_checks", "days_to_last": "days_to_first_notice"}
        table = found.table().rename(columns=named)
        table.insert(table.shape[1] - 1, "days_to_vote", (self.vote - self.rivals["start"]).dt.days)
        return table

    def timeline(self) -> pd.DataFrame:
        """Return what happened when: ``lane``, ``label``, ``start``, ``end`` (missing: one day), ``open`` (no end)."""
        causes = self.rivals.rename(columns={"kind": "lane", "rival": "label"})
        steps = self.dated.groupby("step").agg(start=("first", "min"), end=("last", "max")).loc[list(_LABELS)]
        first = {"label": ["first notice known by the day"], "start": [pd.Timestamp(self.onset[1])]}
        said = self.spoken.groupby("first_day")["says"].agg(" / ".join).rename("label").reset_index()
        lanes = [
            causes.replace({"lane": {"foreign unrest": "unrest abroad"}}),
            pd.concat([steps.assign(label=list(_LABELS.values())), pd.DataFrame(first)]).assign(lane="tax case"),
            said.assign(start=pd.to_datetime(said["first_day"]), lane="statements"),
        ]
        frame = pd.concat(lanes)[["lane", "label", "start", "end"]]
        under_way = (frame["lane"] == "pandemic") & frame["end"].isna()
        return frame.assign(open=under_way).sort_values(["start", "label"], ignore_index=True)

    def days_to_vote(self) -> pd.DataFrame:
        """Return every dated record in days from the vote: ``step``, ``who``, ``origin``, ``first``, ``last``."""
        rows = self.dated[~self.dated["step"].isin(["law", "election", "register"])]
        ends = {end: (rows[end] - self.vote).dt.days for end in ("first", "last")}
        days = rows.rename(columns={"organisation": "who"}).assign(**ends)[["step", "who", "origin", *ends]]
        return days.sort_values(["first", "step", "origin"], ignore_index=True)

    def episodes(self, start: str) -> pd.Series:
        """Count tax episodes on each day since the law, if the case began on ``start``."""
        ngo = self.tables["ngo_tax_case"]
        earlier = ngo.loc[(ngo["step"] == "checks") & (ngo["date"] < self.years[0]), "date"]
        found = pd.PeriodIndex([*earlier, start], freq="D").value_counts()
        return found.reindex(pd.period_range(self.law, self.years[1], freq="D"), fill_value=0).rename("tax episodes")

    def chance(self, near: Mapping[str, Estimate]) -> pd.DataFrame:
        """Return, by the step that counts as the beginning: day, episodes before a vote and in all, p, share."""
        rows = {name: (self.starts[name], test.events, test.n, test.p_value, test.share) for name, test in near.items()}
        columns = ["date", "near", "episodes", "p", "share"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("case_begins_with")

    def election_checks(self, near: Mapping[str, Estimate], unrest: Estimate) -> dict[str, Any]:
        """Return what each registered check found of the claim that the vote caused the pressure."""
        chance = self.chance(near)
        earlier = self.votes[self.votes.between(self.law, self.onset[0])]
        before, episodes, p = chance["near"].max(), chance["episodes"].max(), chance["p"]
        return {
            "earlier elections": observed(
                f"{before} of {episodes} tax episodes since the reporting law began before a vote; none is on record "
                f"before the earlier one of {', '.join(earlier.dt.strftime('%Y-%m-%d'))}",
                earlier_votes_without=len(earlier),
                episodes_before_no_vote=episodes - before,
            ),
            "randomised election date": observed(
                f"p of chance dates from {p.min():.2g} to {p.max():.2g}, by the step that counts as the beginning",
                *near.values(),
            ),
            "rival: foreign unrest": unrest,
            "rival: tax calendar": observed(
                "not run: no count of checks on other organisations is on record; the tax body called them routine"
            ),
            "rival: reporting errors": observed("not run: the records do not say whether the reports were right"),
        }

    def campaign_checks(self) -> dict[str, Observed]:
        """Return what each registered check found of the claim that the campaign brought about the withdrawal."""
        ngo, others = self.tables["ngo_tax_case"], self.others
        upheld = ngo[(ngo["step"] == "court") & (ngo["date"] < self.years[0])]
        spoke, when = ", ".join(upheld["origin"]), ", ".join(upheld["date"])
        courts = others[others["step"] == "court"]
        freed, until = ", ".join(courts["organisation"]), courts["date"].max()
        official = others[(others["step"] == "statement") & (others["organisation"] == "State Revenue Committee")]
        routine = f"the tax body called the checks routine on {', '.join(official['date'])}"
        days = (self.withdrawn - self.vote).days
        return {
            "case of 2017": observed(f"{spoke} spoke up then too, and the fine stood ({when})", upheld=len(upheld)),
            "rival: vote over": observed(f"the vote lay {days} days back", days_since_vote=days),
            "rival: appeal on the merits": observed(
                f"courts reversed the fines of {freed} by {until}", reversed=len(courts)
            ),
            "rival: routine review": observed(routine, said_to_be_routine=len(official)),
        }

    def campaign_sentence(self) -> str:
        """Say how long after the first statements the claims were withdrawn."""
        day = self.withdrawn
        parts = [
            f"{(day - pd.Timestamp(row.first_day)).days} days after {row.says} ({row.first_day})"
            for row in self.spoken.drop_duplicates("part").itertuples()
        ]
        return f"The claims were withdrawn on {day.date()}, {' and '.join(parts)}; one case gives order, not cause."

    def record_checks(self) -> dict[str, dict[str, Observed]]:
        """Return what checks found of claims that records decide: organisations named, days from checks to the call."""
        named = most_named(self.others[self.others["step"] == "notice"])
        listed = observed(f"{named} are named in the longest list", named=named)
        first = self.others.loc[self.others["step"] == "checks", "first"].min()
        days = (self.called - first).days
        words = f"first checks {first.date()} at the earliest, {days} days before the vote was called"
        called = observed(words, days_before=days)
        return {
            "ngo-15": {"named organisations counted": listed},
            "notices-before-election": {"checks before the election was called": called},
        }


def most_named(rows: pd.DataFrame) -> int:
    """Return the most organisations that records call by name, one at a time or in a list."""
    single = {name for text in rows["organisation"] for name in text.split(" and ")}
    lists = rows.loc[rows["organisation"].str.contains("named"), "value"].astype(int)
    return max([sum(not re.search(r"NGO|group", name) for name in single), *lists])
