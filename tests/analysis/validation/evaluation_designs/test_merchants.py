"""A panel of shops: right where card payments come by chance, wrong where customers who come anyway pay by card."""

import numpy as np
import pytest

from eum.analysis.validation.evaluation_designs.merchant_panel import fixed_effects, random_effects

N_MONTHS, N_SHOPS = 8, 400


def shops(seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    """Return sales without the card [M, S] and card payments drawn apart from them."""
    random = np.random.default_rng(seed)
    size = random.lognormal(0, 1, N_SHOPS)
    sales = 100 + 10 * size + random.normal(0, 1, (N_MONTHS, N_SHOPS)) + random.normal(0, 1, N_MONTHS)[:, None]
    return random.exponential(5, (N_MONTHS, N_SHOPS)), sales, random


@pytest.mark.parametrize("regress", [fixed_effects, random_effects])
@pytest.mark.parametrize("effect", [0.0, 0.3])
def test_an_effect_of_payments_that_come_by_chance_is_recovered(regress: object, effect: float) -> None:
    card, sales, _ = shops()
    found = regress(card, sales + effect * card)  # type: ignore[operator]
    assert found.low <= effect <= found.high and found.value == pytest.approx(effect, abs=0.03)


def test_intervals_of_fixed_effects_cover_the_truth() -> None:
    inside = []
    for seed in range(100):
        card, sales, _ = shops(seed)
        found = fixed_effects(card, sales + 0.3 * card)
        inside.append(found.low <= 0.3 <= found.high)
    assert 0.88 <= np.mean(inside) <= 0.99


def test_payments_that_only_replace_others_look_like_an_effect() -> None:
    """Customers who come anyway, one in four with a card: sales do not change, and the slope is near one."""
    *_, random = shops()
    customers = random.poisson(30, (N_MONTHS, N_SHOPS))
    by_card = random.binomial(customers, 0.25).astype(float)
    found = fixed_effects(by_card, customers.astype(float))
    assert found.value == pytest.approx(1.0, abs=0.1) and found.low > 0.5


def test_without_differences_between_shops_random_effects_pool_and_with_large_ones_they_are_fixed() -> None:
    random = np.random.default_rng(3)
    card, noise = random.exponential(5, (2, N_MONTHS, N_SHOPS))
    alike = random_effects(card, noise)
    assert alike.theta == pytest.approx(0.0, abs=0.1)
    apart = random_effects(card, noise + 1e4 * np.arange(N_SHOPS))
    assert apart.theta == pytest.approx(1.0, abs=1e-3)
    assert apart.value == pytest.approx(fixed_effects(card, noise).value, abs=1e-2)
