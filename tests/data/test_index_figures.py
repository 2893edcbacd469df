"""The committed index tables against figures published elsewhere and against each other.

Authorities: published values of V-Dem, Freedom House, RSF, PanDem, the Transformation Index, United Nations and World
Bank for Kazakhstan, and the other committed release or source of the same index.
"""

from __future__ import annotations

import pytest

from analysis.data.load import load

PRINTED = 0.001  # V-Dem prints three decimals
ROUGH = 0.05  # as a share: population and income of other revisions than the compiler's


@pytest.mark.parametrize(
    ("name", "column", "years", "published", "rough"),
    [
        ("vdem_v15", "v2x_polyarchy", (2018, 2020), (0.234, 0.240), 0),  # G5
        ("vdem_v15", "v2x_polyarchy_codelow", (2018, 2020), (0.207, 0.215), 0),
        ("vdem_v15", "v2x_polyarchy_codehigh", (2018, 2020), (0.257, 0.267), 0),
        ("vdem_v12", "v2csreprss", (2019, 2020), (-0.308, -0.045), 0),
        ("vdem_v12", "v2cseeorgs", (2019, 2020), (-0.445, -0.509), 0),
        ("vdem_v12", "v2meharjrn", (2019, 2020), (0.093, -0.098), 0),
        ("vdem_v12", "v2cldiscm", (2019, 2020), (0.085, 0.085), 0),
        ("regimes", "regime", range(1995, 2026), (1,) * 31, 0),
        # One point for 2019, from assembly; organisations and expression did not move.
        ("freedom_house_items", "total", range(2018, 2024), (22, 23, 23, 23, 23, 23), 0),
        ("freedom_house_items", "item_e1", (2018, 2019), (0, 1), 0),
        ("freedom_house_items", "item_e2", range(2012, 2024), (1,) * 12, 0),
        ("freedom_house_items", "sub_d", range(2013, 2024), (4,) * 11, 0),
        ("rsf", "rank", range(2017, 2024), (158, 158, 157, 155, 122, 134, 142), 0),
        ("bti", "edition", (2018, 2020), (2020, 2022), 0),
        ("bti", "association_assembly", (2018, 2020), (3, 4), 0),
        ("population", "population", (2020,), (18_900,), ROUGH),
        ("gdp", "gdp_per_capita", (2020,), (10_500,), ROUGH),
    ],
)
def test_kazakhstans_values_are_those_published(name, column, years, published, rough):
    table = load(name).query("iso3 == 'KAZ'").set_index("data_year")[column].astype(float)
    tolerance = PRINTED if name == "vdem_v15" else 1e-9
    assert table.loc[list(years)].tolist() == pytest.approx(list(published), abs=tolerance, rel=rough)


def test_g7_pandemic_violations_by_quarter():
    table = load("pandem").query("iso3 == 'KAZ'").set_index(["data_year", "quarter"])
    assert [table.at[(2020, quarter), "violations"] for quarter in (2, 3, 4)] == [0.35, 0.25, 0.25]
    assert table.loc[(2020, 2), ["emergency_start", "emergency_end"]].tolist() == ["2020-03-16", "2020-05-11"]


def test_v_dem_points_lie_inside_their_intervals_and_nine_in_ten_yearly_changes_are_below_a_twentieth():
    table = load("vdem_v15").dropna()
    for index in ("v2x_polyarchy", "v2x_libdem"):
        # The point is the median of the posterior; the interval holds its densest part, which can end at the point.
        assert (table[f"{index}_codelow"] <= table[index] + PRINTED).all()
        assert (table[index] <= table[f"{index}_codehigh"] + PRINTED).all()
    table = load("vdem_v12").sort_values(["iso3", "data_year"])
    change = table.groupby("iso3")["v2xcs_ccsi"].diff().abs()
    assert change[table["data_year"] >= 1992].quantile(0.9) == pytest.approx(0.047, abs=PRINTED)


@pytest.mark.parametrize(
    ("one", "column", "other", "index", "least"),
    [
        ("vdem_v12", "v2x_freexp_altinf", "vdem_v14", "v2x_freexp_altinf", 0.95),
        ("vdem_v14", "v2x_freexp_altinf", "vdem_v16", "v2x_freexp_altinf", 0.95),
        ("vdem_v12", "v2x_polyarchy", "vdem_v15", "v2x_polyarchy", 0.95),
        ("vdem_v15", "v2x_polyarchy", "vdem_v16", "v2x_polyarchy", 0.95),
        ("vdem_v12", "v2x_rule", "vdem_v16", "v2x_rule", 0.95),
        ("vdem_v12", "v2x_civlib", "vdem_v16", "v2x_civlib", 0.95),
        ("vdem_v10", "v2csreprss", "vdem_v12", "v2csreprss", 0.95),
        ("vdem_v10", "v2cldiscm", "vdem_v12", "v2cldiscm", 0.95),
        # Countries mapped wrongly would be ordered at random; half the order in common is far from that.
        ("wgi_voice", "estimate", "vdem_v16", "v2x_freexp_altinf", 0.5),
        ("bti", "expression", "vdem_v16", "v2x_freexp_altinf", 0.5),
        ("wjp", "opinion_expression", "vdem_v16", "v2x_freexp_altinf", 0.5),
        # Terror is about physical integrity, which is a third of the civil liberties index; more of it is less liberty.
        ("political_terror", "state_department", "vdem_v16", "v2x_civlib", -0.5),
    ],
)
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


def test_freedom_house_describes_the_year_before_its_points_add_up_and_its_two_files_agree():
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


def test_press_freedom_ranks_are_those_announced_and_scores_order_countries_alike():
    table = load("rsf")
    ranks = table.set_index(["edition", "iso3"])["rank"]
    assert [ranks[2020, code] for code in ("UZB", "KGZ", "TJK", "TKM", "RUS")] == [156, 82, 161, 179, 149]
    scored = table.query("edition >= 2013").sort_values(["edition", "rank"])
    assert (scored.groupby("edition")["score"].diff().dropna() <= 0).all()


def test_the_largest_populations_are_of_the_right_countries():
    table = load("population").query("data_year == 2000")
    assert list(table.nlargest(3, "population")["iso3"]) == ["CHN", "IND", "USA"]
