"""Steps of notebook 06: repression after unrest abroad, by ties, outcomes and rivals, and on shuffled ties."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.article import elections
from analysis.article.neighbours import DECIDING, FAR, Network, Stacks, by_state, exposures, stacked
from analysis.methods.calendars import detectable_ratio
from analysis.methods.eventtime import EffectScheme, Window, effect_codes, event_dummies, event_study
from analysis.methods.fixed_effects_poisson import ConditionalPoissonFit, conditional_poisson
from analysis.methods.null_poisson import NullPoisson, null_poisson
from analysis.methods.permutation import PermutationTest, network_permutation, permutation_test

#: Terms of the race between unrest abroad and the agenda at home.
ABROAD, VOTE, CAMPAIGN, PROTEST = "abroad", "vote", "campaign", "protest_at_home"


@dataclass(frozen=True, slots=True)
class Shuffled:
    """Rate ratios by window on the true ties and on shuffled ones, all from one Newton step.

    Attributes
    ----------
    ratios : DataFrame
        One row per arrangement, the true ties first; one column per window.
    test : PermutationTest
        The deciding window's ratio against the shuffled ones.
    slope : PermutationTest or None
        The same question to all quiet country-months: slope of the outcome on the number of waves next door.
    """

    ratios: pd.DataFrame
    test: PermutationTest
    slope: PermutationTest | None

    def table(self) -> pd.DataFrame:
        """Return the true ratio and the middle 95 % of the shuffled ones, one row a window."""
        low, high = self.ratios.iloc[1:].quantile(0.025), self.ratios.iloc[1:].quantile(0.975)
        return pd.DataFrame({"true": self.ratios.iloc[0], "low": low, "high": high}).rename_axis("window")

    def sentence(self) -> str:
        """Say the tests."""
        return " ".join(test.sentence() for test in (self.test, self.slope) if test is not None)

    def p_values(self) -> list[float]:
        """Return the p-values of the tests that were made."""
        return [test.p for test in (self.test, self.slope) if test is not None]


def study(stacks: Stacks, outcome: str) -> ConditionalPoissonFit:
    """Fit rate ratios of exposed to other states by window, against the reference window of the same stack.

    Conditional Poisson with effects of stack by state and stack by window; errors clustered by state. Counts of windows
    give the estimates and errors that months would, because exposure does not change within a window.
    """
    return conditional_poisson(stacks.rows[outcome], stacks.labels(stacks.exposed()), **stacks.effects())


def said(fit: ConditionalPoissonFit, outcome: str, *, months: int) -> str:
    """Say the deciding ratio, its interval and what could have been found."""
    row = fit.table().loc[DECIDING]
    return (
        f"In the {months} months after unrest began next door, {elections.OUTCOMES[outcome]} were "
        f"{row['rate_ratio']:.2f} times as frequent as in other quiet states (95% interval {row['lower']:.2f} to "
        f"{row['upper']:.2f}, p = {row['p']:.2g}; stacked event study, conditional Poisson, errors clustered on "
        f"{fit.n_clusters} states). With 80% power it would find {detectable(fit):.2f} or more."
    )


def detectable(fit: ConditionalPoissonFit, term: str = DECIDING) -> float:
    """Return the rate ratio that the fit finds with 80 % power."""
    return detectable_ratio(float(fit.errors[fit.names.index(term)]))


def shuffle(
    stacks: Stacks,
    outcome: str,
    *,
    draws: int,
    seed: int,
    panel: pd.DataFrame | None = None,
    regimes: Sequence[int] = (),
    months: int = 3,
) -> Shuffled:
    """Let the states of the stacks exchange their places on the map at random, and estimate again.

    The waves, and the number of states tied to each, stay. The slope relabels the whole network instead.

    Parameters
    ----------
    stacks : Stacks
        See :func:`analysis.article.neighbours.stacked`.
    outcome : str
        Column that counts.
    draws, seed : int
        Random arrangements and their seed.
    panel : pandas.DataFrame, optional
        Country-months of all regimes, for the slope; without, no slope is estimated.
    regimes, months
        Regimes, and months of the deciding window, for the slope.
    """
    rows = stacks.rows
    total = rows[outcome].groupby([rows["stack"], rows["unit"]]).transform("sum")
    small = replace(stacks, rows=rows[total > 0].reset_index(drop=True))
    prepared = null_poisson(small.rows[outcome], **small.effects())
    orders = [None, *small.orders(draws, seed=seed)]
    logs = [_one_step(prepared, small.labels(small.exposed(order)).to_numpy()) for order in orders]
    ratios = pd.DataFrame(np.exp(logs), columns=list(stacks.windows)[1:]).rename_axis("order")
    test = permutation_test(
        float(ratios[DECIDING].iloc[0]),
        ratios[DECIDING].iloc[1:],
        name="rate ratio of tied states",
        alternative="greater",
        exact=False,
        scheme="which state has which place on the map",
    )
    whole = None if panel is None else _slope(stacks, panel, outcome, regimes, months, draws, seed)
    return Shuffled(ratios, test, whole)


def _one_step(prepared: NullPoisson, labels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log ratios of all windows together after one Newton step from no effect."""
    x = prepared.projection.residual(labels[prepared.rows])
    return np.asarray(np.linalg.solve(x.T @ (prepared.mean[:, None] * x), x.T @ prepared.residual))


def _slope(
    stacks: Stacks, frame: pd.DataFrame, outcome: str, regimes: Sequence[int], months: int, draws: int, seed: int
) -> PermutationTest:
    """Test the slope of the next months' count on waves next door this month, over quiet country-months."""
    net = stacks.network
    wide = {name: by_state(frame, name, net.units) for name in (outcome, "protests", "regime")}
    began = np.zeros(wide[outcome].shape)
    first = int(frame["serial"].min())
    began[[net.units.index(code) for code in stacks.waves["iso3"]], stacks.waves["serial"] - first] = 1
    ahead = sum(np.roll(wide[outcome], -step, axis=1) for step in range(1, months + 1))
    include = np.isin(wide["regime"], list(regimes)) & (wide["protests"] == 0) & np.isfinite(ahead)
    include[:, -months:] = False
    last = net.by_year[max(net.by_year)].astype(float)
    return network_permutation(ahead, began, last, include=include, draws=draws, seed=seed)


def samples(
    frame: pd.DataFrame,
    own: Stacks,
    few: Stacks,
    outcome: str,
    *,
    regimes: Sequence[int],
    months: int,
) -> dict[str, ConditionalPoissonFit]:
    """Fit the registered design on other outcomes, comparisons, ties and regimes; the registered one comes first.

    Parameters
    ----------
    frame : pandas.DataFrame
        Country-months of all regimes.
    own, few : Stacks
        Stacks by land borders, and by the Commonwealth.
    outcome : str
        Column that counts.
    regimes, months
        As the stacks were made.
    """
    plan = functools.partial(stacked, frame, own.waves, own.network, months=months)
    others = [kind for kind in range(4) if kind not in regimes]
    return {
        "registered": study(own, outcome),
        "with arrests": study(own, "arrests"),
        "all protests": study(own, "protests"),
        "economic protests": study(own, "economic"),
        "clean comparison": study(plan(regimes=regimes, clean=True), outcome),
        "also after protest at home": study(plan(regimes=regimes, quiet=False), outcome),
        "ties: CIS": study(few, outcome),
        "other regimes": study(plan(regimes=others), outcome),
    }


def race(
    frame: pd.DataFrame,
    began: pd.DataFrame,
    net: Network,
    calendar: pd.DataFrame,
    outcome: str,
    *,
    regimes: Sequence[int],
    months: int,
    effects: EffectScheme,
) -> ConditionalPoissonFit:
    """Set unrest abroad against the agenda at home: one model for all country-months of the chosen regimes.

    Terms: ``abroad`` (the months after a wave next door), ``vote`` (month of a national election at home), ``campaign``
    (the months before it) and ``protest_at_home`` (log of one plus protests in the months before).
    """
    rows = frame.sort_values(["iso3", "serial"])
    before = rows.groupby("iso3")["protests"].transform(lambda own: own.shift().rolling(months, min_periods=1).sum())
    recent = np.log1p(before.fillna(0))
    sample = rows[rows["regime"].isin(regimes)]
    spans: dict[str, Window] = {VOTE: (0, 0), CAMPAIGN: (-months, -1)}
    marks = event_dummies(
        sample["iso3"],
        sample["serial"],
        event_unit=calendar["iso3"],
        event_month=calendar["serial"],
        windows=spans,
    )
    marks[PROTEST] = recent[sample.index].to_numpy()
    after: dict[str, Window] = {ABROAD: (1, months)}
    exposed = exposures(began, net)
    return event_study(
        sample[outcome],
        unit=sample["iso3"],
        month=sample["serial"],
        event_unit=exposed["iso3"],
        event_month=exposed["serial"],
        windows=after,
        controls=marks,
        effects=effects,
    )


def far_away(
    frame: pd.DataFrame, began: pd.DataFrame, net: Network, outcome: str, *, regimes: Sequence[int], months: int
) -> ConditionalPoissonFit:
    """Fit the ratio per wave that began in a far-away state in the months before; errors clustered by calendar month.

    Country-year and month-of-year effects: waves far away meet nearly all states at once, so calendar months cannot
    be held fixed. Far is four land borders or more, or no way by land.
    """
    sample = frame[frame["regime"].isin(regimes)]
    first = int(frame["serial"].min())
    count = np.zeros((len(net.units), int(frame["serial"].max()) - first + 1))
    far = {year: net.far(year, steps=FAR) for year in net.by_year}
    for wave in began.itertuples():
        at = int(wave.serial) - first
        count[far[int(wave.year)][:, net.units.index(str(wave.iso3))], at + 1 : at + 1 + months] += 1
    place = sample["iso3"].map({code: number for number, code in enumerate(net.units)})
    x = pd.DataFrame({"far_away": count[place, sample["serial"] - first]})
    groups, also = effect_codes(sample["iso3"], sample["serial"], "unit-year, season")
    return conditional_poisson(sample[outcome], x, groups=groups, also=also, cluster=sample["serial"])
