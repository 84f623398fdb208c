"""Merchant fees of a run: the record beside every single card payment of the reference."""

import datetime

import numpy as np
import pytest

from eum.behavior.parameters import Parameters
from eum.city.build import build_city
from eum.city.data import load_city_data
from eum.dimensions import SALES_BANDS
from eum.engine.lookup_tables import scheme_fees_bp
from eum.engine.model import CityModel
from eum.engine.reference.model import ReferenceModel
from eum.engine.results import record
from eum.errors import InputError
from eum.outcomes.fees import card_fees
from eum.policy.files import load_policy

DAYS = (datetime.date(2020, 3, 12), datetime.date(2020, 3, 18))
OWN = 2


def payments_by_band(model: ReferenceModel) -> np.ndarray:
    """Return int64[5, 3]: card payments, fees rounded down by payment, and number of payments, in the last world."""
    found = np.zeros((len(SALES_BANDS), 3), dtype=np.int64)
    while model.running:
        model.step()
        for person in model.people:
            for _, visits, bills in person.today:
                if visits[OWN].by_card:
                    band = int(model.city.shops.band[visits[OWN].shop])
                    krw = bills[OWN].card_krw
                    found[band] += (krw, krw * int(model.fee_bp[band]) // 10_000, 1)
    return found


def test_the_fee_of_every_band_is_that_of_its_payments(parameters: Parameters) -> None:
    """Exact for card payments and posted fees; the fee at the band's rate is off by under a won per payment."""
    city = build_city(load_city_data(), 0.0005, 1, 0.003)
    policies = [load_policy(name) for name in ("none", "incheon-2020-actual", "gyeyang-2020-actual")]
    crowd = CityModel(city, policies, parameters, DAYS, [(0, 1), (0, 2), (1, 2)], seed=1)
    while crowd.running:
        crowd.step()
    paid, posted, n = payments_by_band(ReferenceModel(city, policies, parameters, DAYS, [(0, OWN)], seed=1)).T
    tables = record(crowd)
    found = card_fees(tables, 1.0, 1.0)
    found = found[(found["baseline"] == "none") & (found["policy"] == "gyeyang-2020-actual")].set_index("sales_band")
    bands = found.loc[list(SALES_BANDS)]
    assert (bands["card_krw"] == paid).all() and (paid > 0).all()
    assert found.loc["all", "fee_krw"] == posted.sum()
    rounding = bands["fee_krw"] - posted
    assert ((rounding >= 0) & (rounding < n)).all()


def test_bands_sum_to_card_payments_and_support_to_what_was_paid(gyeyang: CityModel) -> None:
    tables = record(gyeyang)
    for (baseline, policy), found in card_fees(tables, 1.0, 1.0).groupby(["baseline", "policy"]):
        bands = found[found["sales_band"] != "all"].sum(numeric_only=True)
        spending, flows = tables["spending"], tables["flows"]
        card = {world: spending.loc[spending["world"] == world, "card_krw"].sum() for world in (baseline, policy)}
        support = flows[flows["purpose"] == "fee_support"].groupby("world")["krw"].sum()
        assert bands["card_krw"] == card[policy]
        assert bands["change_krw"] == card[policy] - card[baseline]
        assert bands["support_krw"] == support.get(policy, 0) - support.get(baseline, 0) > 0


def test_a_payment_change_splits_into_other_means_and_sales(gyeyang: CityModel) -> None:
    """What the card took at small shops of a band either gave way there or is more sales there, to the won."""
    tables = record(gyeyang)
    shops = tables["shops"][tables["shops"]["size"] == "small"]
    sales = shops.groupby(["world", "sales_band"], observed=True)["sales_krw"].sum()
    found = card_fees(tables, 1.0, 1.0).query("baseline == 'none' and sales_band != 'all'")
    for row in found.itertuples():
        more = sales[row.policy, row.sales_band] - sales["none", row.sales_band]
        assert row.change_krw == row.replaced_krw + more


def test_a_scheme_without_a_fee_is_an_error_on_one_line(gyeyang: CityModel) -> None:
    assert (scheme_fees_bp(gyeyang.city, "2020-03-16", ("credit_card",)) == [80, 130, 140, 160, 160]).all()
    message = "data/fees.csv: no fee up to 300,000,000 won of sales on 2017-01-01; expected a row of credit_card"
    with pytest.raises(InputError, match=message):
        scheme_fees_bp(gyeyang.city, "2017-01-01", ("credit_card",))
