"""What small shops are like to cells of people: sales by Plus membership, discounts, fees, sales bands."""

from typing import NamedTuple

import numpy as np

from eum.city.build import City
from eum.dimensions import N_DISTRICTS, N_SECTORS, SALES_BANDS
from eum.engine.lookup_tables import N_SMALL_CELLS
from eum.jit import compiled
from eum.policy.arithmetic import BASIS
from eum.policy.model import HIGHEST_DISCOUNT_PERCENT
from eum.policy.timetable import DayTerms


class ShopMix(NamedTuple):
    """What shops of each trade and district are like on a day: float64[9, 10] each, ordinary and Plus shops apart."""

    plus_share: np.ndarray
    discount_bp: np.ndarray
    """int64: mean discount of Plus shops."""
    discount_mix: np.ndarray
    """float64[9, 10, 8]: shares of discounts of 0, 1, 2 ... percent in the sales of Plus shops."""
    fee_share: np.ndarray
    """float64[9, 20]: merchant fee per won paid with the card, by alternative."""
    small_band: np.ndarray
    plus_band: np.ndarray
    """float64[9, 10, 5]: shares of the sales bands in the sales of ordinary and of Plus shops."""


class ShopSales(NamedTuple):
    """Yearly sales of small shops as they stand, won."""

    by_band: np.ndarray
    """float64[2, 90, 5]: of ordinary and of Plus shops, by cell and sales band."""
    by_discount: np.ndarray
    """float64[90, 8]: of Plus shops, by cell and discount in percent."""


@compiled
def move_shops(shops: tuple, changed: np.ndarray, is_plus: np.ndarray, stock: ShopSales) -> None:
    """Move the sales of shops that changed (int64[m]) within a stock; `is_plus` (uint8[n]) is what they are now.

    `shops` is (cell, band, weight, discount in basis points).
    """
    cell, band, weight, discount_bp = shops
    for shop in changed:
        sign = 1.0 if is_plus[shop] == 1 else -1.0
        stock.by_band[0, cell[shop], band[shop]] -= sign * weight[shop]
        stock.by_band[1, cell[shop], band[shop]] += sign * weight[shop]
        stock.by_discount[cell[shop], discount_bp[shop] // 100] += sign * weight[shop]


def restock(city: City, before: np.ndarray, after: np.ndarray, stock: ShopSales) -> None:
    """Turn the stock of small shops with a Plus membership (uint8[n]) into that of another, in place.

    Sales are whole won: what is moved leaves no rounding behind.
    """
    shops = city.shops
    move_shops((shops.cell, shops.band, shops.weight, shops.discount_bp), np.flatnonzero(before != after), after, stock)


def first_stock(city: City, is_plus: np.ndarray) -> ShopSales:
    """Return the sales of small shops with the Plus shops of the first morning (uint8[m])."""
    shops, n, n_bands = city.shops, city.shops.n_small, len(SALES_BANDS)
    group = shops.cell[:n].astype(np.int64) * n_bands + shops.band[:n]
    sales = np.bincount(group, shops.weight[:n], N_SMALL_CELLS * n_bands).reshape(N_SMALL_CELLS, n_bands)
    by_discount = np.zeros((N_SMALL_CELLS, int(HIGHEST_DISCOUNT_PERCENT) + 1))
    stock = ShopSales(np.stack([sales, np.zeros_like(sales)]), by_discount)
    restock(city, np.zeros(n, dtype=np.uint8), is_plus[:n], stock)
    return stock


def shares(weights: np.ndarray) -> np.ndarray:
    """Return weights as shares of their sum along the last axis, zeros where there are none."""
    return weights / np.maximum(weights.sum(axis=-1, keepdims=True), 1e-300)


def by_sector(cells: np.ndarray) -> np.ndarray:
    """Return [9, 10, ...] of [90, ...] cells of small shops."""
    return np.ascontiguousarray(cells.reshape(N_DISTRICTS, N_SECTORS, *cells.shape[1:]).swapaxes(0, 1))


def build_shelf(stock: ShopSales, terms: DayTerms, fee_bp: np.ndarray) -> ShopMix:
    """Describe the shops of the day from the stock, the terms of the day and the fees by sales band."""
    weight = stock.by_band.reshape(2, N_DISTRICTS, N_SECTORS, -1)
    is_open = (terms.plus_open > 0)[:, None, None]
    weight = np.stack([weight[0] + weight[1] * ~is_open, weight[1] * is_open])
    share = shares(weight)
    fee = share @ (fee_bp / BASIS)
    mix, total = shares(stock.by_discount), weight.sum(axis=-1)
    return ShopMix(
        plus_share=(total[1] / np.maximum(total.sum(axis=0), 1e-300)).T,
        discount_bp=by_sector(np.rint(mix @ (100.0 * np.arange(mix.shape[1]))).astype(np.int64)),
        discount_mix=by_sector(mix),
        fee_share=np.concatenate([fee[0], fee[1]]).T,
        small_band=np.ascontiguousarray(share[0].transpose(1, 0, 2)),
        plus_band=np.ascontiguousarray(share[1].transpose(1, 0, 2)),
    )
