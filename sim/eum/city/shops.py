"""Small shops that take the card, and the large or excluded stores that do not, as columns."""

from typing import NamedTuple

import numpy as np
from scipy import special

from eum import rng
from eum.city.data import CityData
from eum.city.residents import apportioned_counts
from eum.city.spending import sector_values
from eum.dimensions import DISTRICTS, N_DISTRICTS, N_SECTORS, SALES_BANDS
from eum.jit import compiled_with_memory

SHOP_AGENTS = 1 << 40
"""Keys of shops start here, far from those of residents."""

N_CELLS = 2 * N_DISTRICTS * N_SECTORS
"""Cells of shops: (district, sector) of small shops, then of large stores."""


class Shops(NamedTuple):
    """One row per shop, sorted by cell: small shops by district and sector, then large stores likewise."""

    cell: np.ndarray
    """int32[n]: district * 9 + sector; large stores add 90."""
    band: np.ndarray
    """uint8[n]: index into SALES_BANDS."""
    weight: np.ndarray
    """int64[n]: yearly sales of the shop, won (at least one), by which shops of a cell are drawn."""
    cell_start: np.ndarray
    """int64[181]: first shop of each cell."""
    alias_cut: np.ndarray
    """uint64[n]: a draw below this keeps the shop it hit, else it goes to `alias_to`."""
    alias_to: np.ndarray
    """int32[n]: the other shop of the alias table (Walker 1977, Vose 1991)."""
    discount_bp: np.ndarray
    """int64[n]: the discount the shop would give as a Plus shop, basis points."""
    first_plus: np.ndarray
    """uint8[n]: 1 for shops that are Plus shops on 2020-02-02."""

    @property
    def n_small(self) -> int:
        """Number of small shops; they come first."""
        return int(self.cell_start[N_DISTRICTS * N_SECTORS])


@compiled_with_memory
def _fill_alias(weight: np.ndarray, start: np.ndarray, cuts: np.ndarray, to: np.ndarray) -> None:
    for c in range(len(start) - 1):
        first, n = start[c], start[c + 1] - start[c]
        total = weight[first : first + n].sum()
        left = weight[first : first + n] * (n / max(total, 1))
        small = [i for i in range(n) if left[i] < 1.0]
        large = [i for i in range(n) if left[i] >= 1.0]
        for i in range(n):
            cuts[first + i], to[first + i] = np.uint64(1) << np.uint64(32), first + i
        while len(small) and len(large):
            poor, rich = small.pop(), large[-1]
            cuts[first + poor] = np.uint64(left[poor] * 2.0**32)
            to[first + poor] = first + rich
            left[rich] -= 1.0 - left[poor]
            if left[rich] < 1.0:
                small.append(large.pop())


def _cells(package: CityData, scale: float) -> np.ndarray:
    """Return int64[180]: shops of each cell."""
    district = package.assumptions("shop_share").set_index("area")["value"]
    by_district = np.array([district[d] for d in DISTRICTS])
    n_small = int(package.observed("accepting_shops", "incheon", "2019-12-31", "2019-12-31"))
    share = np.outer(by_district, sector_values(package, "shop_sector_share"))
    small = apportioned_counts(round(n_small * scale), share.ravel()).reshape(share.shape)
    stores = sector_values(package, "n_large_stores")
    large = np.stack([apportioned_counts(round(n * scale), by_district) for n in stores], axis=1)
    # Where the data have any there is at least one; where they have none there is none.
    small, large = np.maximum(small, share > 0), np.maximum(large, np.outer(by_district, stores) > 0)
    return np.concatenate([small.ravel(), large.ravel()])


def _bands_and_weights(package: CityData, n: int, n_small: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Small shops meet the shares of the bands exactly over the city; large stores are in the top band."""
    share = package.assumptions("shop_band_share").set_index("item")["value"]
    sales = package.assumptions("shop_band_sales_krw").set_index("item")["value"]
    band = np.full(n, len(SALES_BANDS) - 1, dtype=np.uint8)
    bits = rng.lifetime_draws(seed, SHOP_AGENTS, n_small, rng.SHOP_BAND)
    ends = np.cumsum(apportioned_counts(n_small, np.array([share[b] for b in SALES_BANDS])))[:-1]
    first_of_band = np.sort(bits)[ends[ends < n_small]]
    band[:n_small] = np.searchsorted(first_of_band, bits, side="right")
    u = (rng.lifetime_draws(seed, SHOP_AGENTS, n, rng.SHOP_SIZE) >> np.uint64(11)).astype(float) * 2.0**-53
    spread = np.exp(package.assumption("shop_log_sd_in_band") * special.ndtri(np.clip(u, 1e-9, 1 - 1e-9)))
    weight = np.rint(np.array([sales[b] for b in SALES_BANDS])[band] * spread).astype(np.int64)
    return band, np.maximum(weight, 1)


def _first_plus(package: CityData, district: np.ndarray, n_small: int, seed: int, scale: float) -> np.ndarray:
    counts = package.assumptions("plus_shops_initial").set_index("area")["value"]
    bits = rng.lifetime_draws(seed, SHOP_AGENTS, n_small, rng.PLUS_START)
    chosen = np.zeros(len(district), dtype=np.uint8)
    for d, name in enumerate(DISTRICTS):
        shops = np.flatnonzero(district[:n_small] == d)
        most = min(round(counts[name] * scale), len(shops))
        if most > 0:
            chosen[shops[np.argpartition(bits[shops], most - 1)[:most]]] = 1
    return chosen


def build_shops(package: CityData, seed: int, scale: float = 1.0) -> Shops:
    """Build the shops of the city: all of them, or a share of them for a town to look at."""
    counts = _cells(package, scale)
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    cell = np.repeat(np.arange(N_CELLS), counts).astype(np.int32)
    n, n_small = len(cell), int(start[N_CELLS // 2])
    band, weight = _bands_and_weights(package, n, n_small, seed)
    alias_cut, alias_to = np.empty(n, dtype=np.uint64), np.empty(n, dtype=np.int32)
    _fill_alias(weight, start, alias_cut, alias_to)
    percent = package.assumptions("plus_discount_share")
    edges = np.cumsum(percent["value"].to_numpy(float))[:-1]
    u = (rng.lifetime_draws(seed, SHOP_AGENTS, n, rng.DISCOUNT) >> np.uint64(11)).astype(float) * 2.0**-53
    discount = percent["item"].astype(int).to_numpy()[np.searchsorted(edges, u)] * 100
    first_plus = _first_plus(package, cell % (N_CELLS // 2) // N_SECTORS, n_small, seed, scale)
    return Shops(cell, band, weight, start, alias_cut, alias_to, discount.astype(np.int64), first_plus)
