"""The committed tables against figures published elsewhere, the calendar, the pilot of the design, and each other."""

import datetime as dt

import pandas as pd
import pytest

from analysis.article import neighbours
from analysis.data.catalogue import CATALOGUE
from analysis.data.load import load
from analysis.data.readers.hfi import CATEGORIES
from analysis.methods.networks import tie_matrix, units_at_distance
from tests.shared import cases, load_hfi

PRINTED = 0.001  # V-Dem prints three decimals


@pytest.mark.parametrize(("name", "column", "years", "published", "rough"), cases("published"))
def test_kazakhstans_values_are_those_published(name, column, years, published, rough):
    table = load(name).query("iso3 == 'KAZ'").set_index("data_year")[column].astype(float)
    tolerance = PRINTED if name == "vdem_v15" else 1e-9
    assert table.loc[list(years)].tolist() == pytest.approx(list(published), abs=tolerance, rel=rough)


def test_g7_pandemic_violations_by_quarter_and_press_freedom_ranks_are_those_announced_and_ordered_as_scores():
    table = load("pandem").query("iso3 == 'KAZ'").set_index(["data_year", "quarter"])
    assert [table.loc[(2020, quarter), "violations"] for quarter in (2, 3, 4)] == [0.35, 0.25, 0.25]
    assert table.loc[(2020, 2), ["emergency_start", "emergency_end"]].tolist() == ["2020-03-16", "2020-05-11"]
    table = load("rsf")
    ranks = table.set_index(["edition", "iso3"])["rank"]
    assert [ranks[2020, code] for code in ("UZB", "KGZ", "TJK", "TKM", "RUS")] == [156, 82, 161, 179, 149]
    scored = table.query("edition >= 2013").sort_values(["edition", "rank"])
    assert (scored.groupby("edition")["score"].diff().dropna() <= 0).all()


def test_v_dem_points_lie_inside_their_intervals_and_points_of_freedom_house_add_up_alike_in_its_two_files():
    table = load("vdem_v15").dropna()
    for index in ("v2x_polyarchy", "v2x_libdem"):
        # The point is the median of the posterior; the interval holds its densest part, which can end at the point.
        assert (table[f"{index}_codelow"] <= table[index] + PRINTED).all()
        assert (table[index] <= table[f"{index}_codehigh"] + PRINTED).all()
    table = load("freedom_house_items")
    assert (table["edition"] - table["data_year"] == 1).all()
    for letter in "abcdefg":
        assert (table.filter(like=f"item_{letter}").sum(axis=1) == table[f"sub_{letter}"]).all()
    assert (table[["sub_d", "sub_e", "sub_f", "sub_g"]].sum(axis=1) == table["civil_liberties"]).all()
    assert (table["political_rights"] + table["civil_liberties"] == table["total"]).all()
    both = table.merge(load("freedom_house_subscores"), on=["edition", "data_year", "iso3"])
    names = [name[:-2] for name in both if name.endswith("_x")]
    assert len(both) == 11 * 195
    assert all((both[f"{name}_x"] == both[f"{name}_y"]).all() for name in names)


@pytest.mark.parametrize(("one", "column", "other", "index", "least"), cases("ordered alike"))
def test_releases_and_other_ratings_order_countries_alike(one, column, other, index, least):
    values = [load(name).set_index(["iso3", "data_year"])[key] for name, key in ((one, column), (other, index))]
    left, right = values[0].astype(float).align(values[1], join="inner")
    assert len(left) > (1900 if least == 0.95 else 400)
    assert left.corr(right, method="spearman") / least > 1


@pytest.mark.parametrize("name", ["vdem_v16", "regimes"])
def test_no_state_is_rated_before_v_dem_itself_rates_it(name):
    # Our World in Data carries predecessors back in time; V-Dem's own release does not.
    own = load("vdem_v15").set_index(["iso3", "data_year"]).index
    ours = load(name).query("data_year <= 2024").set_index(["iso3", "data_year"]).index
    assert ours.difference(own).empty


# --- the freedom index: press summaries of The Human Freedom Index 2020, country profiles of Kazakhstan

# Half a unit in the last printed place: scores are printed to two decimals, category scores to one. A mean of printed
# scores differs from the printed mean by the rounding of both.
TOLERANCE, TOLERANCE_CATEGORY, TOLERANCE_MEAN = 0.005, 0.05, 0.01 + 1e-9
TOP = {  # F1
    "NZL": 8.87, "CHE": 8.82, "HKG": 8.74, "DNK": 8.73, "AUS": 8.68,
    "CAN": 8.64, "IRL": 8.62, "EST": 8.54, "DEU": 8.52, "SWE": 8.52,
}  # fmt: skip
BOTTOM = {  # F2
    "SYR": 3.97, "SDN": 4.01, "VEN": 4.08, "YEM": 4.17, "IRN": 4.53, "EGY": 4.67, "LBY": 4.83, "IRQ": 4.90,
}  # fmt: skip
RANKS = {"GBR": 17, "USA": 17, "RUS": 115, "CHN": 129, "IND": 111, "SAU": 151}  # F2
KAZAKHSTAN = {  # F4
    "association": 3.7, "legal_system": 5.0, "rule_of_law": 5.1, "religion": 5.2, "trade": 6.2, "expression": 7.1,
    "government": 7.7, "regulation": 8.0, "movement": 8.3, "money": 8.8, "relationships": 9.0, "security": 9.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def world():
    table = load("hfi_2020")
    return table[table["data_year"] == 2018].set_index("iso3")


def test_f1_to_f4_the_freest_and_least_free_the_mean_and_kazakhstan_have_the_published_scores_and_ranks(world):
    ten = world.sort_values(["hf_rank", "hf_score"], ascending=[True, False]).head(10)
    assert ten["hf_score"].to_dict() == pytest.approx(TOP, abs=TOLERANCE)
    assert list(ten["hf_score"]) == sorted(TOP.values(), reverse=True)
    eight = world.nsmallest(8, "hf_score")
    assert list(eight.index) == list(BOTTOM)
    assert eight["hf_score"].to_dict() == pytest.approx(BOTTOM, abs=TOLERANCE)
    assert world.loc[list(RANKS), "hf_rank"].astype(int).to_dict() == RANKS
    assert len(world) == 162
    assert world["hf_score"].mean() == pytest.approx(6.93, abs=TOLERANCE)
    kazakhstan = world.loc["KAZ"]
    assert kazakhstan[["hf_score", "pf_score", "ef_score"]].astype(float).tolist() == [6.99, 6.85, 7.12]
    assert kazakhstan[["hf_rank", "pf_rank", "ef_rank"]].astype(int).tolist() == [75, 90, 73]
    assert list(world.index[world["hf_rank"] == 75]) == ["BRB", "KAZ"]
    found = world.loc["KAZ", list(KAZAKHSTAN)].astype(float).to_dict()
    assert found == pytest.approx(KAZAKHSTAN, abs=TOLERANCE_CATEGORY)
    assert min(found, key=found.__getitem__) == "association"


@pytest.mark.parametrize("edition", [2018, 2019, 2020, 2021, 2022, 2024])
def test_the_overall_score_is_the_mean_that_the_edition_says(edition):
    hfi, names = load_hfi((edition,)), list(CATEGORIES)
    if edition <= 2020:  # of personal and economic freedom
        expected = (hfi["pf_score"] + hfi["ef_score"]) / 2
    elif edition == 2022:  # of both, which weigh as many as their categories
        personal, economic = hfi[names[:7]].count(axis=1), hfi[names[7:]].count(axis=1)
        expected = (personal * hfi["pf_score"] + economic * hfi["ef_score"]) / (personal + economic)
    else:  # of the twelve categories
        expected = hfi[names].mean(axis=1)
    assert (hfi["hf_score"] - expected).abs().max() <= TOLERANCE_MEAN


@pytest.mark.parametrize("edition", [2018, 2019, 2020, 2024])
def test_a_rank_is_one_more_than_the_number_of_freer_countries(edition):
    hfi = load_hfi((edition,))
    by_score = hfi.groupby("data_year")["hf_score"].rank(method="min", ascending=False)
    assert (by_score == hfi["hf_rank"].astype(float)).all()


def test_ranks_of_the_cited_edition_and_its_lowest_category_are_those_published():
    table = load("hfi_2020").set_index(["iso3", "data_year"])
    ranks = table.loc["KAZ", "hf_rank"].dropna().astype(int)
    assert ranks.tolist() == [93, 94, 96, 103, 94, 97, 97, 87, 88, 84, 75]
    # Computed independently with the population's standard deviation.
    z = table.xs(2018, level="data_year")[list(CATEGORIES)].transform(lambda own: (own - own.mean()) / own.std(ddof=0))
    assert (round(z.loc["KAZ", "association"], 2), z.loc["KAZ"].idxmin()) == (-1.44, "association")


SHARE = 0.0005  # the arrest share is printed to three decimals
TWO_DECIMALS = 0.005
STARTS = {"date", "date_start", "start", "first_day"}
ELVI_ERRORS = {("KAZ", "2021-01-21"), ("BLR", "2016-11-11"), ("TJK", "2005-03-12"), ("UKR", "1994-04-02")}


@pytest.fixture(scope="module")
def months():
    return load("protest_months")


def test_g1_events_and_arrests_of_the_world_and_of_kazakhstan_in_both_tables(months):
    assert months["protests"].sum() == 15_239
    assert months["arrests"].sum() / months["protests"].sum() == pytest.approx(0.141, abs=SHARE)
    events = load("protests_kazakhstan")
    by_month = events.assign(month=events["start"].str[:7]).groupby("month")[["repressed", "arrests", "prices"]].sum()
    rows = months[months["iso3"] == "KAZ"]
    assert rows["protests"].sum() == len(events) == 88
    labels = rows["year"].astype(str) + "-" + rows["month"].astype(str).str.zfill(2)
    assert by_month.equals(rows.set_index(labels)[["repressed", "arrests", "prices"]].rename_axis("month"))
    assert events["repressed"].sum() == 25


def test_no_count_is_larger_than_the_number_of_protests_and_every_event_lies_inside_the_years_covered(months):
    counts = months.drop(columns=["iso3", "year", "month", "protests"])
    assert counts.le(months["protests"], axis=0).all(axis=None)
    responses = counts[["arrests", "beatings", "dispersals", "killings", "shootings"]]
    assert responses.le(counts["repressed"], axis=0).all(axis=None)
    both = months.merge(load("protest_coverage"), on="iso3", validate="many_to_one")
    assert len(both) == len(months)
    assert both["year"].between(both["first_year"], both["last_year"]).all()
    last = both[both["year"] == both["last_year"]]
    assert (last["month"] <= last["last_month"]).all()


@pytest.mark.parametrize(
    ("iso3", "before", "after"), [("KAZ", 8 / 79, 1), ("KGZ", 0.11, 0.5), ("RUS", 0.33, 0.5), ("ARM", 0.07, 0.29)]
)
def test_the_share_of_events_with_arrests_rose_across_the_region(months, iso3, before, after):
    # Russia without the Soviet Union's events of 1990 and 1991.
    rows = months[(months["iso3"] == iso3) & (months["year"] >= (1992 if iso3 == "RUS" else 1990))]
    sums = rows.groupby(rows["year"] >= 2018)[["arrests", "protests"]].sum()
    assert (sums["arrests"] / sums["protests"]).tolist() == pytest.approx([before, after], abs=TWO_DECIMALS)


def test_elections_of_kazakhstan_every_vote_of_reign_and_none_of_the_known_errors_of_the_sources():
    elections = load("elections")
    own = elections[elections["iso3"] == "KAZ"]
    assert own.loc[own["date"].str.startswith("2021"), "date"].tolist() == ["2021-01-10"]
    assert len(own.query("kind != 'referendum' and round == 1 and date < '2020-04'")) == 12
    assert not ELVI_ERRORS & set(zip(elections["iso3"], elections["date"], strict=True))
    votes = load("votes_reign").dropna(subset=["day"]).query("year >= 1992 and direct == 1")
    votes = votes[votes["iso3"].isin(set(elections["iso3"]))]
    days = [dt.date(y, m, d).isoformat() for y, m, d in votes[["year", "month", "day"]].itertuples(index=False)]
    assert len(days) > 100
    assert set(zip(votes["iso3"], days, strict=True)) <= set(zip(elections["iso3"], elections["date"], strict=True))


@pytest.mark.parametrize("name", [name for name in CATALOGUE if STARTS & set(CATALOGUE[name].schema.columns)])
def test_dates_are_in_the_calendar_ends_do_not_come_first_and_phrases_are_short(name):
    table = load(name)
    dates = table.filter(regex="^(date|start|end|first_day|last_day)").apply(pd.to_datetime, format="%Y-%m-%d")
    assert not (dates.iloc[:, -1] < dates.iloc[:, 0]).any()
    for column in table.filter(["event", "says"]).select_dtypes(exclude="number"):
        phrases = table[column].dropna()
        assert phrases.str.split().str.len().max() <= 10
        assert not phrases.str.contains('["“”«»]').any()


def test_counts_that_the_article_and_the_year_before_report_and_the_order_of_fines_notices_and_the_vote():
    table = load("adil_soz_counts").set_index(["first_month", "last_month", "indicator"])["count"]
    counts = {"attacks": [17, 12], "detentions": [46, 25], "threats": [10], "digital_security_incidents": [9, 10, 8]}
    for indicator, published in counts.items():
        assert [table[f"{2019 + n}-01", f"{2019 + n}-12", indicator] for n in range(len(published))] == published
    case = load("ngo_tax_case").query("precision == 'day'")
    assert case.loc[case["step"].isin(["fine", "suspension"]), "date"].min() == "2021-01-15"
    assert case.loc[case["step"] == "notice", "date"].max() < "2021-01-10" < "2021-01-15"


def test_every_border_stands_once_kazakhstan_has_five_neighbours_and_twelve_states_were_in_the_commonwealth():
    ties, units = load("ties"), sorted(load("protest_coverage")["iso3"])
    border = neighbours.ties_of(ties, "border", units)
    beside = units_at_distance(["KAZ", "CHN", "RUS", "ETH"], [2020, 2020, 2020, 1992], **border)
    # CIA World Factbook: China, Kyrgyzstan, Russia, Turkmenistan, Uzbekistan.
    assert beside[0] == ("CHN", "KGZ", "RUS", "TKM", "UZB")
    assert [len(found) for found in beside[1:3]] == [14, 14]
    assert "SSD" not in beside[3]
    assert not tie_matrix(**border, period=2020).diagonal().any()
    assert (ties["first_year"] <= ties["last_year"]).all()
    union = neighbours.ties_of(ties, "CIS", sorted(set(ties["iso3"]) | set(ties["neighbour"])))
    found = units_at_distance(["KAZ", "KAZ", "KAZ", "GEO"], [2000, 2010, 2019, 2010], **union)
    assert [len(tied) for tied in found] == [11, 10, 9, 0]
