"""What a policy comes to in expectation: one path, nothing lost between its parts, and more of a cause, more effect."""

import datetime
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest

from eum.analysis.experiments.run import table_figures
from eum.calibration.expectation import Expected, ExpectedOutcome, expected_figures
from eum.calibration.priors import CENTRAL, ParameterDraw, coefficients
from eum.city.build import build_city
from eum.city.data import load_city_data
from eum.dimensions import DISTRICTS
from eum.engine.expected.results import expected_results
from eum.errors import InputError
from eum.policy.files import load_policy
from eum.policy.model import Policy, with_budget
from tests.plain_behaviour import plain_behaviour

SPRING = (datetime.date(2020, 1, 1), datetime.date(2020, 7, 15))
SCALE = 0.002
POLICY = "gyeyang-2020-actual"
RELATIVE = 1e-9


@pytest.fixture(scope="module")
def expected() -> Expected:
    package, question = load_city_data(), ParameterDraw("causal", CENTRAL, 1)
    parameters = plain_behaviour(package)._replace(place_response_visitor=0.2, visitor_card_share=0.1)
    city = build_city(package, SCALE, 1)
    return Expected(city, parameters, coefficients(package, question, parameters), SPRING)


@pytest.fixture(scope="module")
def outcome(expected: Expected) -> ExpectedOutcome:
    return expected.evaluate(load_policy(POLICY))


def with_amount(policy: Policy, factor: float) -> Policy:
    """Return the policy with every budget, and what is added to it, multiplied."""
    for budget in policy.budget:
        policy = with_budget(policy, budget.id, round(budget.amount_krw * factor))
    budgets = tuple(
        b.model_copy(
            update={
                "supplements": tuple(
                    s.model_copy(update={"amount_krw": max(round(s.amount_krw * factor), 1)}) for s in b.supplements
                )
            }
        )
        for b in policy.budget
    )
    return policy.model_copy(update={"budget": budgets})


def test_figures_are_those_of_the_tables_of_expectation(expected: Expected) -> None:
    names = ("incheon-2020-actual", "incheon-2020-announced", POLICY)
    policies = [load_policy(name) for name in names]
    prepared = expected.prepared
    tables = expected_results(prepared.city, [load_policy("none"), *policies], prepared.parameters, SPRING)
    told = table_figures(tables, SCALE, expected.coefficients)
    for policy in policies:
        # Outcomes count tables in whole won of the sample.
        assert expected_figures(expected.evaluate(policy)) == pytest.approx(told[policy.name], rel=1e-7)


def test_the_policy_without_a_programme_comes_to_nothing(expected: Expected) -> None:
    nothing = expected.evaluate(load_policy("none"))
    assert nothing.card_payments_krw == nothing.fiscal_cost_krw == nothing.share_city_more == nothing.subscribers == 0
    assert not any(nothing.effect_krw.values()) and all(np.isnan(list(nothing.ratio.values())))
    assert not any(nothing.sales_change_by_band_krw.values()) and nothing.exhausted_on == {}


def test_a_programme_without_money_is_no_programme(expected: Expected) -> None:
    policy = with_amount(load_policy("incheon-2020-actual"), 0.0)
    plus_apart = policy.model_copy(
        update={"plus": (), "budget": tuple(b.model_copy(update={"supplements": ()}) for b in policy.budget)}
    )
    broke = expected.evaluate(plus_apart)
    assert broke.card_payments_krw == broke.cashback_krw == broke.fiscal_cost_krw == 0
    assert broke.share_city_more == 0 and not any(broke.effect_krw.values())


def test_the_parts_sum_to_the_whole(outcome: ExpectedOutcome) -> None:
    close = {"rel": RELATIVE}
    assert sum(outcome.class_krw.values()) == pytest.approx(outcome.card_payments_krw, **close)
    assert outcome.effect_krw["gross_use"] == pytest.approx(outcome.card_payments_krw, **close)
    assert sum(outcome.cost_by_payer_krw.values()) == pytest.approx(outcome.fiscal_cost_krw, **close)
    assert sum(outcome.spent_krw.values()) == pytest.approx(outcome.fiscal_cost_krw, **close)
    small = outcome.small_shop_sales_change_krw
    assert sum(outcome.sales_change_by_district_krw.values()) == pytest.approx(small, **close)
    assert sum(outcome.sales_change_by_band_krw.values()) == pytest.approx(small, **close)
    residents = sum(outcome.cashback_by_district_krw.values())
    assert sum(outcome.cashback_by_quintile_krw) == pytest.approx(residents, **close)
    assert 0.85 * outcome.cashback_krw < residents < outcome.cashback_krw
    assert tuple(outcome.cashback_by_district_krw) == DISTRICTS


def test_more_money_gives_more(expected: Expected) -> None:
    policy = load_policy("incheon-2020-actual")
    some = [expected.evaluate(with_amount(policy, factor)) for factor in (0.05, 0.2, 1.0)]
    for less, more in pairwise(some):
        assert more.cashback_krw > less.cashback_krw and more.card_payments_krw > less.card_payments_krw
        assert more.share_city_more > less.share_city_more
        assert more.effect_krw["net_city_sales"] > less.effect_krw["net_city_sales"]
        for budget, day in less.exhausted_on.items():
            later = more.exhausted_on[budget]
            assert later is None or (day is not None and later >= day)


def test_a_district_that_pays_gains_sales_for_its_shops(expected: Expected, outcome: ExpectedOutcome) -> None:
    before = expected.evaluate(load_policy("incheon-2020-actual"))
    gain = {
        d: outcome.sales_change_by_district_krw[d] - before.sales_change_by_district_krw[d]
        for d in ("gyeyang", "bupyeong")
    }
    # The neighbour loses what moves and gains a part of what is newly spent.
    assert gain["gyeyang"] > 5 * abs(gain["bupyeong"])
    assert outcome.cost_by_payer_krw["gyeyang"] > before.cost_by_payer_krw.get("gyeyang", 0.0) == 0


def test_a_policy_leaves_no_trace_on_the_next(expected: Expected, outcome: ExpectedOutcome) -> None:
    expected.evaluate(load_policy("incheon-2020-announced"))
    assert repr(expected.evaluate(load_policy(POLICY))) == repr(outcome)


def test_any_number_of_threads_gives_the_same_bits(expected: Expected) -> None:
    policies = [load_policy(name) for name in ("incheon-2020-actual", "incheon-2020-announced", POLICY)] * 2
    anew = Expected(expected.prepared.city, expected.prepared.parameters, expected.coefficients, SPRING)
    with ThreadPoolExecutor(4) as pool:
        at_once = [repr(outcome) for outcome in pool.map(anew.evaluate, policies)]
    assert at_once == [repr(expected.evaluate(policy)) for policy in policies]


def test_rates_beyond_all_money_are_reported_in_one_line(expected: Expected) -> None:
    policy = load_policy("incheon-2020-actual")
    tiers = (policy.city[0].tiers[0].model_copy(update={"rate_percent": 95.0}),)
    city = (policy.city[0].model_copy(update={"tiers": tiers}),)
    with pytest.raises(InputError, match="at most 100 percent"):
        expected.evaluate(policy.model_copy(update={"city": city}))
