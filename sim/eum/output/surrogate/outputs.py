"""What the page shows of a policy simulated in one plausible world, as figures by name."""

import numpy as np

from eum.calibration.expectation import Expected, ExpectedOutcome
from eum.dimensions import CLASSES, DISTRICTS, EFFECTS, SALES_BANDS
from eum.engine.expected.model import Expectation
from eum.outcomes.effects import ACCOUNTINGS, Coefficients, institute_effects

OutputFigures = dict[str, float]

NARROW = (
    *("fiscal_cost", "cashback", "card_payments", "small_shop_sales", "own_sales", "own_value_added", "kept_in_city"),
    *(f"rung.{rung}" for rung in EFFECTS),
    *(f"accounting.{accounting}" for accounting in ACCOUNTINGS),
)
"""Figures of every plausible world, for intervals: won of the whole city; `kept_in_city` in points of spending."""

WIDE = (
    *(f"class.{name}" for name in CLASSES),
    *(f"sales.{district}" for district in DISTRICTS),
    *(f"band.{band}" for band in SALES_BANDS),
    *(f"fifth.{i}" for i in range(1, 6)),
    *(f"cashback_of.{district}" for district in DISTRICTS),
    *(f"cost_of.{payer}" for payer in ("national", "city", "own", "others")),
    "operation",
    *(f"kept_home.{district}" for district in DISTRICTS),
    *(f"kept_city.{district}" for district in DISTRICTS),
    *(f"sales_before.{district}" for district in DISTRICTS),
    *("members", "active_holders"),
)
"""Further figures, of the centre of each family alone: won, persons, and points of the spending of residents."""


def interval_outputs(outcome: ExpectedOutcome, coefficients: Coefficients, district: str) -> OutputFigures:
    """Return the figures of NARROW."""
    return {
        "fiscal_cost": outcome.fiscal_cost_krw,
        "cashback": outcome.cashback_krw,
        "card_payments": outcome.card_payments_krw,
        "small_shop_sales": outcome.small_shop_sales_change_krw,
        "own_sales": outcome.sales_change_by_district_krw[district],
        "own_value_added": outcome.value_added_by_district_krw[district],
        "kept_in_city": 100 * outcome.share_city_more,
        **_named("rung", outcome.effect_krw),
        **_named("accounting", institute_effects(outcome.class_krw, coefficients)),
    }


def _named(group: str, figures: dict[str, float]) -> OutputFigures:
    return {f"{group}.{name}": value for name, value in figures.items()}


def _payers(outcome: ExpectedOutcome, district: str) -> OutputFigures:
    costs = dict(outcome.cost_by_payer_krw)
    named = {"own" if name == district else name: costs.pop(name, 0.0) for name in ("national", "city", district)}
    return {**named, "others": sum(costs.values())}


def central_outputs(outcome: ExpectedOutcome, kept: tuple[np.ndarray, np.ndarray], district: str) -> OutputFigures:
    """Return the figures of WIDE; `kept` as `Expected.kept_by_home` returns it."""
    fifths = {f"{i}": krw for i, krw in enumerate(outcome.cashback_by_quintile_krw, start=1)}
    homes = ({d: 100 * float(share) for d, share in zip(DISTRICTS, part, strict=True)} for part in kept)
    return {
        **_named("class", outcome.class_krw),
        **_named("sales", outcome.sales_change_by_district_krw),
        **_named("band", outcome.sales_change_by_band_krw),
        **_named("fifth", fifths),
        **_named("cashback_of", outcome.cashback_by_district_krw),
        **_named("cost_of", _payers(outcome, district)),
        "operation": outcome.operation_krw,
        **_named("kept_home", next(homes)),
        **_named("kept_city", next(homes)),
        **_named("sales_before", outcome.sales_before_by_district_krw),
        "members": outcome.subscribers,
        "active_holders": outcome.active_holders,
    }


def figures_of(expected: Expected, world: Expectation, district: str) -> OutputFigures:
    """Return all figures, NARROW and WIDE, of a world that was simulated."""
    outcome = expected.outcome(world)
    found = interval_outputs(outcome, expected.coefficients, district)
    return {**found, **central_outputs(outcome, expected.kept_by_home(world), district)}


_DUST = 1e-12
"""A difference below this part of the figures themselves is what rounding leaves of none."""


def output_differences(after: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Return what figures come to beyond others, float64[...]; what rounding alone leaves is nothing."""
    return np.where(np.abs(after - before) > _DUST * np.maximum(np.abs(after), np.abs(before)), after - before, 0.0)


def spent_krw(world: Expectation, budget: str) -> np.ndarray:
    """Return float64[days]: what a pot without supplements has paid by each evening, won of the whole city."""
    [position] = [i for i, pot in enumerate(world.policy.budget) if pot.id == budget]
    pot = world.policy.budget[position]
    scale = world.prepared.city.scale
    return float(pot.amount_krw) - world.purse.path[:, position] / scale
