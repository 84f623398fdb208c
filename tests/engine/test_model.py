"""CityModel as a Mesa user meets it, its books, and what it refuses."""

import datetime

import mesa
import pytest

from eum.city.build import City
from eum.dimensions import DISTRICTS
from eum.engine import accounting
from eum.engine.governments import Government
from eum.engine.model import CityModel
from eum.engine.results import record
from eum.engine.state import ACTIVE, EARNED, NO_CARD
from eum.errors import InputError
from eum.ledger import LedgerError
from eum.policy.files import load_policy


def test_it_is_a_mesa_model_with_governments_as_agents(gyeyang: CityModel) -> None:
    assert isinstance(gyeyang, mesa.Model)
    names = {agent.name for agent in gyeyang.agents.select(lambda a: isinstance(a, Government))}
    assert names == {"national", "city", *DISTRICTS, "operator"}
    assert gyeyang.agents.agg("total_paid_krw", sum) > 0
    assert not gyeyang.running


def test_the_data_collector_holds_every_day(gyeyang: CityModel) -> None:
    daily = gyeyang.datacollector.get_table_dataframe("daily")
    n_days = (gyeyang.end - gyeyang.start).days + 1
    days = [(gyeyang.start + datetime.timedelta(days=d)).isoformat() for d in range(n_days)]
    names = [policy.name for policy in gyeyang.policies]
    assert list(zip(daily["date"], daily["world"], strict=True)) == [(day, name) for day in days for name in names]
    for world, name in enumerate(names):
        told = daily.groupby("world").get_group(name)
        assert told["card_payments_krw"].sum() == gyeyang.total.card_spend[world].sum(), "the days are all there was"
        assert told["cashback_krw"].sum() == gyeyang.total.totals[world, EARNED]
        card = gyeyang.state.card[world]
        assert told["subscribers"].iloc[-1] == (card != NO_CARD).sum()
        assert told["active_holders"].iloc[-1] == (card == ACTIVE).sum()


def test_what_governments_paid_is_what_people_and_shops_got(gyeyang: CityModel) -> None:
    for world, treasury in enumerate(gyeyang.treasuries):
        paid = sum(payer.total_paid_krw for payer in treasury.payers.values())
        got = gyeyang.total.totals[world, accounting.EARNED] + gyeyang.total.totals[world, accounting.FEE_SUPPORT]
        assert paid == got == sum(b["spent_krw"] for b in treasury.budgets.summary())


def test_a_won_lost_in_the_counting_stops_the_run(gyeyang: CityModel) -> None:
    broken = gyeyang._new_tally()
    broken.common_spend[0, 0, 0] += 1
    with pytest.raises(LedgerError, match="common purchases and shop sales: 1 and 0 won differ by 1"):
        accounting.check_sales(broken, "month")
    broken.card_spend[1, 0, 0, 0] += 1
    with pytest.raises(LedgerError, match="card payments, charged, cashback and grants used: 1 and 0 won differ by 1"):
        accounting.check_tally(broken.totals.tolist(), accounting.add_up(broken, gyeyang.state), gyeyang.pairs, "day")


def test_the_record_adds_up_to_the_won(gyeyang: CityModel) -> None:
    tables = record(gyeyang)
    spending, shops, people = tables["spending"], tables["shops"], tables["people"]
    for world, policy in enumerate(gyeyang.policies):
        inside = spending[(spending["world"] == policy.name) & spending["place"].isin(DISTRICTS)]
        of_shops = shops[shops["world"] == policy.name]
        sold = inside.groupby(["place", "sector"])[["krw", "card_krw"]].sum().to_numpy()
        assert (sold == of_shops.groupby(["district", "sector"])[["sales_krw", "card_krw"]].sum()).all(axis=None)
        assert of_shops["n_shops"].sum() == len(gyeyang.city.shops.cell)
        assert of_shops.loc[of_shops["plus"] == 1, "n_shops"].sum() == gyeyang.plus.is_plus[world].sum()
        assert inside["card_krw"].sum() == people.loc[people["world"] == policy.name, "card_krw"].sum()
    assert people[people["world"] == "none"]["n"].sum() == gyeyang.city.n_persons


def test_the_first_world_must_be_without_policy(city: City, parameters) -> None:  # type: ignore[no-untyped-def]
    period = (datetime.date(2020, 1, 1), datetime.date(2020, 1, 2))
    with pytest.raises(InputError, match="the first world must be the policy 'none'"):
        CityModel(city, [load_policy("incheon-2020-actual")], parameters, period, [])


@pytest.mark.parametrize("pair", [(0, 2), (-1, 1), (0,)])
def test_pairs_must_be_of_worlds_that_there_are(city: City, parameters, pair: tuple) -> None:  # type: ignore[no-untyped-def]
    period = (datetime.date(2020, 1, 1), datetime.date(2020, 1, 2))
    worlds = [load_policy("none"), load_policy("incheon-2020-actual")]
    with pytest.raises(InputError, match="expected two worlds, numbered from 0 to 1"):
        CityModel(city, worlds, parameters, period, [(0, 1), pair])


def test_a_start_without_known_members_is_refused(city: City, parameters) -> None:  # type: ignore[no-untyped-def]
    period = (datetime.date(2027, 1, 1), datetime.date(2027, 1, 2))
    with pytest.raises(InputError, match="start: 2027-01-01: expected a date between 2018-06-15 and 2026-01-01"):
        CityModel(city, [load_policy("none")], parameters, period, [])


def test_tiers_count_the_spending_of_the_month_alone(gyeyang: CityModel) -> None:
    for world in (1, 2):
        days = gyeyang.daily.groupby("world").get_group(gyeyang.policies[world].name)
        april = days[days["date"].str[:7] == "2020-04"]["card_payments_krw"].sum()
        counted = int(gyeyang.state.month_to_date_krw[world].sum())
        assert 0 < counted <= april, "what was charged since the first of the month, without cashback spent"
