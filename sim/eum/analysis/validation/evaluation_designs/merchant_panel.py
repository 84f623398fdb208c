"""A panel of shops: monthly sales on the shop's own card payments, as the Gyeonggi study of 2020 did.

A customer who comes anyway and pays by card adds to both sides of the regression. Where payments only replace other
means, sales and card payments still move together, so the slope is above zero without any effect.
"""

from typing import NamedTuple

import numpy as np
from scipy import special

from eum.analysis.validation.evaluation_designs.diff_in_diff import without_means
from eum.analysis.validation.evaluation_designs.estimate import EstimateRow, finding, scaled
from eum.analysis.validation.evaluation_designs.simulated_data import ACTUAL, NONE, SimulatedSeries

_Z = float(special.ndtri(0.975))


class Slope(NamedTuple):
    """A slope, its own 95 % interval, and the share of a shop's mean taken out of its months (1 for fixed effects)."""

    value: float
    low: float
    high: float
    theta: float


def _slope(x: np.ndarray, y: np.ndarray, theta: float) -> Slope:
    """Regress y[M, S] on x[M, S], both without month means; clustered by shop."""
    value = (x * y).sum() / (x * x).sum()
    scores = (x * (y - value * x)).sum(axis=0)
    n = len(scores)
    width = _Z * np.sqrt(n / (n - 1) * (scores**2).sum()) / (x * x).sum()
    return Slope(value, value - width, value + width, theta)


def fixed_effects(x: np.ndarray, y: np.ndarray) -> Slope:
    """Return the slope of y[M, S] on x[M, S] with fixed effects of shops and months."""
    return _slope(without_means(x), without_means(y), 1.0)


def random_effects(x: np.ndarray, y: np.ndarray) -> Slope:
    """Return the slope of y[M, S] on x[M, S] with random effects of shops and fixed ones of months.

    Generalised least squares; the variances of the shop effect and of the rest from the regressions within and between
    shops (Swamy and Arora 1972).
    """
    n_months, n_shops = x.shape
    within = fixed_effects(x, y)
    rest = without_means(y) - within.value * without_means(x)
    rest_variance = (rest**2).sum() / ((n_shops - 1) * (n_months - 1) - 1)
    x_mean, y_mean = (panel.mean(axis=0) - panel.mean() for panel in (x, y))
    between = (x_mean * y_mean).sum() / (x_mean**2).sum()
    between_variance = ((y_mean - between * x_mean) ** 2).sum() / (n_shops - 2)
    theta = 1 - np.sqrt(min(rest_variance / (n_months * between_variance), 1.0)) if between_variance > 0 else 1.0

    def partly(panel: np.ndarray) -> np.ndarray:
        left = panel - theta * panel.mean(axis=0)
        return left - left.mean(axis=1, keepdims=True)

    return _slope(partly(x), partly(y), theta)


MERCHANT_DESIGNS = {"merchant_random_effects": random_effects, "merchant_fixed_effects": fixed_effects}


def merchant_panel(series: SimulatedSeries) -> list[EstimateRow]:
    """Return what a panel of shops reports: per won of card payments, and with the rate of cashback per won of it."""
    x = series.shop_card[ACTUAL].astype(float)
    if not x.any():
        return []
    y, untouched = (series.shop_sales[world].astype(float) for world in (ACTUAL, NONE))
    rate = series.cashback[ACTUAL].sum() / series.card[ACTUAL].sum()
    truth = (y - untouched).sum() / x.sum()
    rows = []
    for design, regress in MERCHANT_DESIGNS.items():
        estimate, without = regress(x, y), regress(x, untouched)
        found = finding(
            design, "won_of_card_payments", estimate.value, truth, without.value, (estimate.low, estimate.high)
        )
        rows += [found, scaled(found, "won_of_cashback", 1 / rate)]
    return rows
