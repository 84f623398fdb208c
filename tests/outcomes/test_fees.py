"""Merchant fees by sales band: a case worked by hand, conservation, and the honest split."""

import pandas as pd
import pytest

from eum.dimensions import SALES_BANDS
from eum.errors import InputError
from eum.outcomes.fees import ALL_BANDS, FEE_COLUMNS, apportion_krw, card_fees


def table(columns: str, *rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split())


LOW, HIGH = SALES_BANDS[0], SALES_BANDS[4]


def shops() -> pd.DataFrame:
    """Two bands, three worlds: a small shop gains 20,000 won of sales, where 80,000 were paid otherwise before."""
    return table(
        "world size district sales_band plus sales_krw card_krw",
        ("none", "small", "gyeyang", LOW, 0, 500_000, 0),
        ("none", "small", "gyeyang", HIGH, 0, 900_000, 0),
        ("none", "large", "gyeyang", HIGH, 0, 700_000, 0),
        ("city", "small", "gyeyang", LOW, 0, 510_000, 60_000),
        ("city", "small", "gyeyang", HIGH, 0, 900_000, 50_000),
        ("city", "large", "gyeyang", HIGH, 0, 690_000, 0),
        ("own", "small", "gyeyang", LOW, 1, 520_000, 100_000),
        ("own", "small", "gyeyang", HIGH, 0, 900_000, 50_000),
        ("own", "large", "gyeyang", HIGH, 0, 680_000, 0),
    )


def tables() -> dict[str, pd.DataFrame]:
    """Support of 600 won is shared by the card payments of the shops it is for: two thirds to the lowest band."""
    flows = (("city", "merchants", "fees", 940), ("own", "merchants", "fees", 1140))
    flows += (("own", "gyeyang", "fee_support", 600), ("own", "gyeyang", "cashback", 999))
    supported = ((LOW, 1), (HIGH, 0), (HIGH, 1))
    return {
        "left_city": table("baseline policy krw", ("none", "own", 0), ("city", "own", 0)),
        "fee_rates": table(
            "sales_band eeum_bp credit_card_bp debit_card_bp",
            *((band, 50 if band == LOW else 130, 80 if band == LOW else 160, 40) for band in SALES_BANDS),
        ),
        "shops": shops(),
        "fee_support_terms": table(
            "world payer district sales_band plus rate_bp",
            *(("own", "gyeyang", "gyeyang", band, plus, 50) for band, plus in supported),
        ),
        "flows": table("world payer purpose krw", *flows),
    }


def fees(baseline: str, credit_share: float = 1.0, scale: float = 1.0) -> pd.DataFrame:
    found = card_fees(tables(), scale, credit_share)
    return found[found["baseline"] == baseline].set_index("sales_band")[list(FEE_COLUMNS)]


def test_the_table_is_what_a_clerk_gets() -> None:
    assert fees("none").loc[LOW].to_dict() == pytest.approx({
        "card_krw": 100_000, "change_krw": 100_000, "replaced_krw": 80_000, "fee_krw": 500, "credit_card_krw": 800,
        "saving_krw": 300, "saving_replaced_krw": 240, "saving_debit_krw": -100, "support_krw": 400, "net_krw": 700,
    })  # fmt: skip


def test_only_payments_whose_twin_was_not_by_the_card_are_a_change() -> None:
    low, high = fees("city").loc[LOW], fees("city").loc[HIGH]
    assert (low["card_krw"], low["change_krw"], low["saving_krw"]) == (100_000, 40_000, 120)
    assert (low["replaced_krw"], low["saving_replaced_krw"]) == (30_000, 90)
    assert (high["card_krw"], high["change_krw"], high["saving_krw"]) == (50_000, 0, 0)


def test_what_leaves_large_stores_saves_no_fee() -> None:
    assert fees("none").loc[HIGH, "replaced_krw"] == 50_000


def test_bands_sum_to_all_and_the_fee_of_all_is_the_one_posted() -> None:
    found = fees("none")
    sums, whole = found.loc[list(SALES_BANDS)].sum(), found.loc[ALL_BANDS]
    exact = [name for name in FEE_COLUMNS if name != "fee_krw"]
    assert sums[exact].to_dict() == pytest.approx(whole[exact].to_dict())
    assert (sums["fee_krw"], whole["fee_krw"]) == (1150, 1140)


def test_the_reference_scheme_decides_the_saving() -> None:
    assert fees("none", 0.0)["saving_krw"].to_dict() == pytest.approx(fees("none")["saving_debit_krw"].to_dict())
    assert fees("none", 0.5).loc[LOW, "saving_krw"] == pytest.approx((300 - 100) / 2)
    with pytest.raises(InputError, match=r"fee_reference_credit_share: 1\.5: expected a share from 0 to 1"):
        fees("none", 1.5)


def test_amounts_are_those_of_the_whole_city() -> None:
    assert (fees("none", scale=0.01) - 100 * fees("none")).abs().max(axis=None) < 1e-6


def test_support_is_shared_to_the_won() -> None:
    assert fees("none")["support_krw"].to_dict() == {
        **dict.fromkeys(SALES_BANDS, 0), LOW: 400, HIGH: 200, "all": 600,
    }  # fmt: skip
    assert apportion_krw(10, [1, 1, 1]) == [3, 3, 4]
    assert sum(apportion_krw(10**15 + 7, [10**17 + 1, 3, 10**16])) == 10**15 + 7


def test_support_of_shops_that_no_longer_stand_is_not_lost() -> None:
    gone = tables()
    gone["fee_support_terms"] = gone["fee_support_terms"].iloc[:0]
    found = card_fees(gone, 1.0, 1.0).query("baseline == 'none'").set_index("sales_band")["support_krw"]
    assert found[list(SALES_BANDS)].sum() == found["all"] == 600


def test_what_the_nation_adds_goes_to_the_shops_of_the_city_s_support() -> None:
    shared = tables()
    shared["fee_support_terms"] = shared["fee_support_terms"].iloc[:1].assign(payer="city")
    paid = table("world payer purpose krw", ("own", "national", "fee_support", 40), ("own", "city", "fee_support", 60))
    shared["flows"] = pd.concat([shared["flows"].query("purpose != 'fee_support'"), paid])
    found = card_fees(shared, 1.0, 1.0).query("baseline == 'none'").set_index("sales_band")["support_krw"]
    assert (found[LOW], found[HIGH]) == (100, 0)
