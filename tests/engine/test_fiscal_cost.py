"""Fiscal cost is what the ledger's public accounts have paid, to the won, and nothing that somebody else bears."""

from eum.behavior.parameters import Parameters
from eum.city.build import City
from eum.engine.model import CityModel
from eum.engine.results import record
from eum.outcomes.fiscal import PUBLIC_PAYERS, cost_by_payer_krw, costs_krw
from eum.policy.files import load_policy
from tests.engine.made import END, START, grant, made


def ran(city: City, parameters: Parameters) -> CityModel:
    """A city under no policy, a district's programme of all kinds of clauses, and a grant that lapses in part."""
    policies = [load_policy("none"), load_policy("gyeyang-2020-actual"), made("granted", grant=[grant(100_000)])]
    model = CityModel(city, policies, parameters, (START, END), [(0, 1), (0, 2)])
    while model.running:
        model.step()
    return model


def test_fiscal_cost_is_the_ledgers_public_postings(city: City, parameters: Parameters) -> None:
    model = ran(city, parameters)
    tables = record(model)
    for treasury in model.treasuries[1:]:
        name = treasury.policy.name
        posted = {payer: -treasury.ledger.balance(payer) for payer in PUBLIC_PAYERS}
        costs = costs_krw(tables, "none", name, 0.02)
        assert costs["fiscal_cost"] == sum(posted.values()) > 0
        by_payer = cost_by_payer_krw(tables, "none", name)
        assert {payer: krw for payer, krw in by_payer.items() if krw} == {p: krw for p, krw in posted.items() if krw}


def test_the_estimate_of_operation_is_in_resource_cost_alone(city: City, parameters: Parameters) -> None:
    tables = record(ran(city, parameters))
    free, dear = (costs_krw(tables, "none", "gyeyang-2020-actual", share) for share in (0.0, 0.5))
    assert free["fiscal_cost"] == dear["fiscal_cost"] == free["resource_cost"] < dear["resource_cost"]
    assert free["cashback"] == dear["cashback"]
