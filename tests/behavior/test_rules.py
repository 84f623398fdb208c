"""Worked cases and limits of the rules on paying, joining, spending and Plus shops."""

import ast
import csv
import doctest
import importlib
import math
import pkgutil
import re
from collections.abc import Callable
from pathlib import Path
from typing import get_type_hints

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eum.behavior
from eum.behavior import adoption, classification, consumption, merchant_membership, payment_choice
from eum.dimensions import CLASSES

CASES = list(csv.DictReader((Path(__file__).parent / "cases.csv").open(encoding="utf-8")))


def number(text: str) -> float | np.uint64:
    """Return an argument of a worked case: hexadecimal digits are the bits of a draw."""
    if text.startswith("0x"):
        return np.uint64(int(text, 16))
    return float(text) if "." in text else int(text)


def arguments_of(rule: Callable, text: str) -> list:
    """Return the arguments of a worked case: `name=value` fills the record that has the field, values go in order.

    What a case does not give of a record is not a number, so a rule that reads it gives no number.
    """
    source = getattr(rule, "py_func", rule)
    words = text.split()
    given = {name: float(number(value)) for name, _, value in (w.partition("=") for w in words if "=" in w)}
    plain = [number(word) for word in words if "=" not in word]
    arguments: list = []
    for hint in [h for name, h in get_type_hints(source).items() if name != "return"]:
        fields = getattr(hint, "_fields", None)
        arguments.append(hint(*(given.pop(f, math.nan) for f in fields)) if fields else plain.pop(0))
    assert not given and not plain, "a case gives more than the rule takes"
    return arguments


@pytest.mark.parametrize("case", CASES, ids=[f"{c['rule']}: {c['situation']}" for c in CASES])
def test_the_rule_gives_what_was_worked_out_by_hand(case: dict[str, str]) -> None:
    module, name = case["rule"].split(".")
    rule = getattr(importlib.import_module(f"eum.behavior.{module}"), name)
    tolerance = 0 if name.endswith("_krw") and module == "consumption" else 1e-12
    expected = [number(text) for text in case["expected"].split()]
    found = rule(*arguments_of(rule, case["arguments"]))
    assert list(np.atleast_1d(found)) == pytest.approx(expected, rel=tolerance, abs=tolerance)


def test_the_classes_of_the_table_are_those_of_the_model() -> None:
    assert classification.__doc__ is not None
    defined = re.findall(r"^\| (\w+) \| (?!the twin)", classification.__doc__, re.MULTILINE)
    assert sorted([*defined, "new"]) == sorted(CLASSES)


def test_a_payment_has_every_class_but_new_for_some_twin() -> None:
    twins = [(twin, same, card) for twin in range(-1, 34) for same in (False, True) for card in (False, True)]
    found = {
        classification.payment_class(home, twin, destination, same, card)
        for home in (0, 6, 10)
        for destination in (0, 6, 24, 30)
        for twin, same, card in twins
    }
    assert found == set(range(len(CLASSES))) - {classification.NEW}


@pytest.mark.parametrize("module", [m.name for m in pkgutil.iter_modules(eum.behavior.__path__)])
def test_the_examples_in_the_rules_are_right(module: str) -> None:
    examples = doctest.testmod(importlib.import_module(f"eum.behavior.{module}"))
    assert examples.failed == 0


def test_examples_in_compiled_rules_are_found() -> None:
    assert doctest.testmod(consumption).attempted >= 3


def test_every_rule_has_a_case_worked_by_hand() -> None:
    worked = {case["rule"] for case in CASES}
    for module in pkgutil.iter_modules(eum.behavior.__path__):
        if module.name != "parameters":
            source = ast.parse((Path(eum.behavior.__path__[0]) / f"{module.name}.py").read_text(encoding="utf-8"))
            rules = {f"{module.name}.{f.name}" for f in source.body if isinstance(f, ast.FunctionDef)}
            assert rules <= worked, f"without a worked case: {sorted(rules - worked)}"


@given(st.integers(0, 10**9), st.integers(0, 10_000))
def test_new_consumption_never_exceeds_the_cashback_spent(used: int, propensity: int) -> None:
    assert 0 <= consumption.new_from_cashback_krw(used, propensity) <= used


@given(st.floats(0, 30), st.floats(0, 30), st.floats(0.1, 2))
def test_a_higher_rate_never_lowers_card_use(one: float, two: float, affinity: float) -> None:
    low, high = sorted((one, two))
    assert (
        payment_choice.usage_share(low, 0.5, 2.5, affinity)
        <= payment_choice.usage_share(high, 0.5, 2.5, affinity)
        <= 1.0
    )


def test_nobody_uses_a_card_that_pays_nothing() -> None:
    assert payment_choice.usage_share(0.0, 0.6, 2.55, 1.6) == 0.0
    assert not payment_choice.pays_by_card(np.uint64(0), np.uint64(0))


def test_five_points_more_multiply_the_odds_of_holding_the_card_by_the_stated_ratio() -> None:
    few, many = (adoption.potential_share(rate, 3.72, 0.3, 1.4) for rate in (3.72, 8.72))
    assert many / (1 - many) == pytest.approx(1.4 * few / (1 - few))


def test_joining_rises_with_neighbours_who_hold_the_card() -> None:
    few, many = (adoption.joining_hazard(0.04, 0.6, share, 0.6) for share in (0.1, 0.5))
    assert many > few > 0


def test_a_month_of_daily_chances_adds_up_to_the_monthly_hazard() -> None:
    daily = adoption.daily_share(0.3)
    assert 1 - (1 - daily) ** adoption.DAYS_PER_MONTH == pytest.approx(1 - np.exp(-0.3))


def test_an_owner_who_expects_nothing_does_not_become_a_plus_shop() -> None:
    assert not merchant_membership.joins_plus(0.0, 0.5, 1_000_000.0, 3.0, 0.0)


def test_fee_support_alone_can_carry_a_small_discount() -> None:
    assert merchant_membership.joins_plus(0.0, 0.5, 1_000_000.0, 1.0, 10_001.0)
    assert not merchant_membership.joins_plus(0.0, 0.5, 1_000_000.0, 1.0, 9_999.0)


def test_a_new_plus_shop_stays_three_months() -> None:
    assert not merchant_membership.leaves_plus(False, 2)
    assert merchant_membership.leaves_plus(False, 3)
    assert not merchant_membership.leaves_plus(True, 12)
