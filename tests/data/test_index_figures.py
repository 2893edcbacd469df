"""The committed index tables against figures published elsewhere and against each other.

Authorities: published values of V-Dem, Freedom House, RSF and PanDem for Kazakhstan, and the other committed release or
source of the same index.
"""

from __future__ import annotations

import pytest

from analysis.data.load import load

PRINTED = 0.001  # V-Dem prints three decimals
FLAT = range(2019, 2024)


def kazakhstan(name, *columns):
    table = load(name).query("iso3 == 'KAZ'").set_index("data_year")
    return table[list(columns)] if columns else table


def test_g5_polyarchy_with_its_interval():
    table = kazakhstan("vdem_v15", "v2x_polyarchy", "v2x_polyarchy_codelow", "v2x_polyarchy_codehigh")
    assert table.loc[2018].tolist() == pytest.approx([0.234, 0.207, 0.257], abs=PRINTED)
    assert table.loc[2020].tolist() == pytest.approx([0.240, 0.215, 0.267], abs=PRINTED)


def test_v_dem_points_lie_inside_their_intervals():
    table = load("vdem_v15").dropna()
    for index in ("v2x_polyarchy", "v2x_libdem"):
        # The point is the median of the posterior; the interval holds its densest part, which can end at the point.
        assert (table[f"{index}_codelow"] <= table[index] + PRINTED).all()
        assert (table[index] <= table[f"{index}_codehigh"] + PRINTED).all()


def test_v_dem_indicators_of_2019_and_2020_are_those_of_release_12():
    table = kazakhstan("vdem_v12", "v2csreprss", "v2cseeorgs", "v2meharjrn", "v2cldiscm")
    assert table.loc[2019].tolist() == [-0.308, -0.445, 0.093, 0.085]
    assert table.loc[2020].tolist() == [-0.045, -0.509, -0.098, 0.085]


def test_nine_in_ten_yearly_changes_of_civil_society_are_below_a_twentieth():
    table = load("vdem_v12").sort_values(["iso3", "data_year"])
    change = table.groupby("iso3")["v2xcs_ccsi"].diff().abs()
    assert change[table["data_year"] >= 1992].quantile(0.9) == pytest.approx(0.047, abs=PRINTED)


@pytest.mark.parametrize(
    ("older", "newer", "index"),
    [
        ("vdem_v12", "vdem_v14", "v2x_freexp_altinf"),
        ("vdem_v14", "vdem_v16", "v2x_freexp_altinf"),
        ("vdem_v12", "vdem_v15", "v2x_polyarchy"),
        ("vdem_v15", "vdem_v16", "v2x_polyarchy"),
        ("vdem_v12", "vdem_v16", "v2x_rule"),
        ("vdem_v12", "vdem_v16", "v2x_civlib"),
        ("vdem_v10", "vdem_v12", "v2csreprss"),
        ("vdem_v10", "vdem_v12", "v2cldiscm"),
    ],
)
def test_releases_differ_but_order_countries_alike(older, newer, index):
    # Codes or names mapped to the wrong country would break the order.
    both = load(older).merge(load(newer), on=["iso3", "data_year"])
    assert len(both) > 1900
    assert both[f"{index}_x"].corr(both[f"{index}_y"], method="spearman") > 0.95


@pytest.mark.parametrize("name", ["vdem_v16", "regimes"])
def test_no_state_is_rated_before_v_dem_itself_rates_it(name):
    # Our World in Data carries predecessors back in time; V-Dem's own release does not.
    own = load("vdem_v15").set_index(["iso3", "data_year"]).index
    ours = load(name).query("data_year <= 2024").set_index(["iso3", "data_year"]).index
    assert ours.difference(own).empty


def test_kazakhstan_is_an_electoral_autocracy_in_every_year():
    assert set(kazakhstan("regimes").loc[1995:, "regime"]) == {1}


def test_freedom_house_rose_by_one_point_for_2019_and_stood_still():
    table = kazakhstan("freedom_house_items")
    assert table.loc[[2018, 2019], "total"].tolist() == [22, 23]
    assert set(table.loc[FLAT, "total"]) == {23}
    # The point came from assembly; organisations and expression did not move.
    assert table.loc[[2018, 2019], "item_e1"].tolist() == [0, 1]
    assert set(table.loc[2012:2023, "item_e2"]) == {1}
    assert set(table.loc[2013:2023, "sub_d"]) == {4}


def test_freedom_house_editions_describe_the_year_before():
    table = load("freedom_house_items")
    assert (table["edition"] - table["data_year"] == 1).all()


def test_freedom_house_points_add_up():
    table = load("freedom_house_items")
    items = [name for name in table if name.startswith("item_")]
    for letter in "abcdefg":
        assert (table[[name for name in items if name[5] == letter]].sum(axis=1) == table[f"sub_{letter}"]).all()
    assert (table[["sub_d", "sub_e", "sub_f", "sub_g"]].sum(axis=1) == table["civil_liberties"]).all()
    assert (table["political_rights"] + table["civil_liberties"] == table["total"]).all()


def test_two_files_of_freedom_house_agree():
    both = load("freedom_house_items").merge(load("freedom_house_subscores"), on=["edition", "data_year", "iso3"])
    names = [name[:-2] for name in both if name.endswith("_x")]
    assert len(both) == 11 * 195
    assert all((both[f"{name}_x"] == both[f"{name}_y"]).all() for name in names)


def test_press_freedom_ranks_are_those_that_the_source_announced():
    table = load("rsf").set_index(["edition", "iso3"])["rank"]
    assert [table[year, "KAZ"] for year in range(2018, 2025)] == [158, 158, 157, 155, 122, 134, 142]
    assert [table[2020, code] for code in ("UZB", "KGZ", "TJK", "TKM", "RUS")] == [156, 82, 161, 179, 149]


def test_press_freedom_scores_order_countries_as_the_ranks_do():
    table = load("rsf").query("edition >= 2013").sort_values(["edition", "rank"])
    assert (table.groupby("edition")["score"].diff().dropna() <= 0).all()


def test_g7_pandemic_violations_by_quarter():
    table = load("pandem").query("iso3 == 'KAZ'").set_index(["data_year", "quarter"])
    assert [table.at[(2020, quarter), "violations"] for quarter in (2, 3, 4)] == [0.35, 0.25, 0.25]
    emergency = table.loc[(2020, 2), ["emergency_start", "emergency_end"]].tolist()
    assert emergency == ["2020-03-16", "2020-05-11"]


def test_transformation_index_describes_two_years_before_its_edition():
    table = kazakhstan("bti")
    assert table.loc[[2018, 2020], "edition"].tolist() == [2020, 2022]
    assert table.loc[[2018, 2020], "association_assembly"].tolist() == [3, 4]


@pytest.mark.parametrize(
    ("name", "column", "index", "sign"),
    [
        ("wgi_voice", "estimate", "v2x_freexp_altinf", 1),
        ("bti", "expression", "v2x_freexp_altinf", 1),
        ("wjp", "opinion_expression", "v2x_freexp_altinf", 1),
        # Terror is about physical integrity, which is a third of the civil liberties index.
        ("political_terror", "state_department", "v2x_civlib", -1),
    ],
)
def test_other_ratings_order_countries_much_as_v_dem_does(name, column, index, sign):
    # Countries mapped wrongly would be ordered at random; half the order in common is far from that.
    both = load(name).merge(load("vdem_v16"), on=["iso3", "data_year"])
    assert sign * both[column].astype(float).corr(both[index], method="spearman") > 0.5


def test_population_and_income_are_of_the_right_countries():
    # United Nations and World Bank: Kazakhstan 18.8 million in 2020, about 10,500 dollars of 2015 a head.
    assert kazakhstan("population").loc[2020, "population"] == pytest.approx(18_900, rel=0.05)
    assert kazakhstan("gdp").loc[2020, "gdp_per_capita"] == pytest.approx(10_500, rel=0.05)
    largest = load("population").query("data_year == 2000").nlargest(3, "population")["iso3"]
    assert list(largest) == ["CHN", "IND", "USA"]
