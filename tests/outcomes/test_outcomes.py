"""Outcomes on a small record worked by hand, and what must hold between definitions."""

import numpy as np
import pandas as pd
import pytest

from eum.city.data import load_city_data
from eum.dimensions import CLASSES, EFFECTS, SECTORS
from eum.outcomes.attribution import class_shares
from eum.outcomes.distribution import displacement_between_districts, sales_distribution
from eum.outcomes.effects import Coefficients, effect_table, numerators, published_institute_effects, published_ratios
from eum.outcomes.fiscal import cost_by_payer_krw, costs_krw
from eum.outcomes.retention import retention

SECTOR = SECTORS[0]
COEFFICIENTS = Coefficients(np.full(9, 0.5), 0.75, 1.2, 0.02, 0.5, 1.0)
BY_CLASS = {
    "replaced": 700,
    "retained": 60,
    "inflow": 100,
    "size_switched": 40,
    "moved_between_districts": 20,
    "new": 80,
}


def spending() -> pd.DataFrame:
    rows = [
        ("none", "gyeyang", "gyeyang", "small", 2000, 0),
        ("none", "gyeyang", "seoul", "outside", 1000, 0),
        ("with", "gyeyang", "gyeyang", "small", 2140, 900),
        ("with", "gyeyang", "seo", "small", 60, 60),
        ("with", "gyeyang", "seoul", "outside", 940, 0),
        ("with", "seoul", "seo", "small", 100, 40),
        ("none", "seoul", "seoul", "outside", 100, 0),
    ]
    return table("world home place kind krw card_krw", *rows).assign(sector=SECTOR)


def table(columns: str, *rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split())


def tables() -> dict[str, pd.DataFrame]:
    classes = pd.DataFrame({"class": list(BY_CLASS), "krw": list(BY_CLASS.values())})
    paid = [("national", "cashback", 31), ("city", "cashback", 69), ("gyeyang", "fee_support", 10)]
    shop = ("gyeyang", SECTOR, "small", "up_to_300m", 0, 10)
    return {
        "spending": spending(),
        "classes": classes.assign(baseline="none", policy="with", home="gyeyang", district="gyeyang", sector=SECTOR),
        "flows": table("world payer purpose krw", *[("with", *row) for row in paid]),
        "people": table(
            "world home age_band level n card_krw cashback_krw change_krw",
            ("none", "gyeyang", "30s", 0, 5, 0, 0, 0),
            ("with", "gyeyang", "30s", 0, 5, 1000, 100, 40),
        ),
        "shops": table(
            "world district sector size sales_band plus n_shops sales_krw card_krw",
            ("none", *shop, 2000, 0),
            ("with", *shop, 2140, 900),
        ),
        "second_round": table("world sector place kind krw", ("with", SECTOR, "gyeyang", "small", 20)),
        "left_city": table("baseline policy krw", ("none", "with", 0)),
    }


def rungs(scope: str = "city", denominator: str = "cashback") -> pd.Series:
    found = effect_table(tables(), 1.0, (scope,), COEFFICIENTS)
    return found[found["denominator"] == denominator].set_index("rung")["numerator_krw"]


def test_the_ladder_is_what_a_clerk_gets() -> None:
    assert rungs().to_dict() == pytest.approx(
        {
            "gross_use": 1000,
            "net_of_replacement": 300,
            "net_of_size_switching": 240,
            "net_of_time_shift_6m": 240,
            "net_of_time_shift_12m": 200,
            "net_city_sales": 280,
            "city_value_added": 140,
            "city_value_added_second_round": 150,
            "national_net": 0.75 * (140 - 20),
        }
    )


def test_card_payments_that_moved_between_shops_and_were_card_payments_before_are_no_effect() -> None:
    # 100 won move to a Plus shop; card payments are as many as with the other policy, so that nothing is gained.
    by_class = pd.Series(0, index=list(CLASSES))
    by_class[["unchanged", "reshuffled"]] = 500, 100
    nothing = (np.zeros(9), np.zeros(9))
    effects = dict(zip(EFFECTS, numerators(0.0, by_class, nothing, 0.0, "city", COEFFICIENTS), strict=True))
    assert effects["net_of_replacement"] == effects["net_of_size_switching"] == 0


def test_in_a_districts_scope_purchases_from_other_districts_count() -> None:
    assert rungs("gyeyang")["net_of_size_switching"] == 260
    assert rungs("gyeyang")["net_city_sales"] == 120


def test_fiscal_cost_is_what_governments_post_and_resource_cost_adds_operation() -> None:
    costs = costs_krw(tables(), "none", "with", 0.02)
    assert costs == {"fiscal_cost": 110, "cashback": 100, "resource_cost": 130}
    assert sum(cost_by_payer_krw(tables(), "none", "with").values()) == costs["fiscal_cost"]


def test_what_no_government_pays_is_no_fiscal_cost() -> None:
    shops_pay = tables()
    more = [("with", "merchants", "discount", 500), ("with", "merchants", "fees", 70), ("with", "operator", "fees", 9)]
    shops_pay["flows"] = pd.concat([shops_pay["flows"], table("world payer purpose krw", *more)])
    assert costs_krw(shops_pay, "none", "with", 0.5)["fiscal_cost"] == 110


def test_every_ratio_is_s_over_rho() -> None:
    found = effect_table(tables(), 0.01, ("city", "gyeyang"), COEFFICIENTS)
    assert np.allclose(found["ratio"], found["s"] / found["rho"])
    assert set(found["rung"]) == set(EFFECTS)


def test_the_published_accounting_on_the_published_components() -> None:
    printed = published_ratios(load_city_data())
    assert printed["outflow_inflow_output"] == 2.87 and printed["plain_sum"] == 2.94
    published = published_institute_effects(tables(), COEFFICIENTS, printed).set_index("accounting")["ratio"]
    assert published.to_dict() == pytest.approx(
        {"plain_sum": 2.0, "outflow_inflow_output": 1.92, "outflow_only": 0.6, "outflow_switching": 1.0}
    )


def test_a_policy_that_costs_nothing_has_no_ratio() -> None:
    free = tables()
    free["flows"] = free["flows"].assign(krw=0)
    found = effect_table(free, 1.0, ("city",), COEFFICIENTS)
    assert found[found["denominator"] == "cashback"]["ratio"].isna().all()


def test_class_shares_name_all_classes_and_sum_to_one() -> None:
    shares = class_shares(tables(), 0.5)
    assert list(shares["class"]) == list(CLASSES)
    assert shares["share_of_payments"].sum() == pytest.approx(1)
    assert shares["krw"].sum() == 2000


def test_retention_counts_residents_and_sums_to_one() -> None:
    kept = retention(tables()).query("home == 'gyeyang' and sector == 'all'").set_index("world")
    assert kept.loc["none", "share_home_district"] == pytest.approx(2 / 3)
    assert kept.loc["with", "share_other_districts"] == pytest.approx(60 / 3140)
    shares = kept[["share_home_district", "share_other_districts", "share_outside"]].sum(axis=1)
    assert np.allclose(shares, 1)


def test_gains_of_people_and_shops() -> None:
    gains = sales_distribution(tables(), 0.1).set_index(["dimension", "item"])
    assert gains.loc[("spending_decile", "1"), "cashback_krw"] == 1000
    assert gains.loc[("spending_decile", "1"), "per_head_krw"] == pytest.approx(20)
    assert gains.loc[("shop_district", "gyeyang"), "sales_change_krw"] == 1400
    assert gains.loc[("sales_band", "up_to_300m"), "per_head_krw"] == pytest.approx(140)


def test_the_zero_sum_audit_puts_districts_beside_the_city() -> None:
    audit = displacement_between_districts(tables(), 1.0).set_index("district")
    assert audit.loc["gyeyang", "small_shop_sales_change_krw"] == 140
    assert audit["small_shop_sales_change_krw"].sum() == audit["city_sales_change_krw"].iloc[0] == 300
