"""Where money goes without any policy: shares of places by home and sector, fitted to the published outflow."""

from typing import NamedTuple

import numpy as np

from eum.city.data import CityData
from eum.city.descriptor import quoted_value
from eum.city.residents import home_counts
from eum.city.shops import Shops
from eum.city.spending import sector_values
from eum.dimensions import (
    DISTRICTS,
    LARGE,
    N_ALTERNATIVES,
    N_DISTRICTS,
    N_ORIGINS,
    N_SECTORS,
    ORIGINS,
    SECTORS,
    SEOUL,
    SMALL,
)
from eum.errors import InputError

_COMPARISON_GOODS = ("clothing_goods", "other")
_EARTH_KM_PER_DEGREE = 111.2
_NOBODY = 1e-30
"""Weight of a home without people and of a trade without spending: no sum notices it, so the shares there are the limit
of ever fewer."""
_FITTED: dict[str, np.ndarray] = {}
"""Fits of the outflow made so far, by hash of the package: the same for every seed and scale, and half of the time
that making a small city takes."""


class Places(NamedTuple):
    """Shares of the alternatives by origin and sector without any policy."""

    share: np.ndarray
    """float64[12, 9, 24]: sums to one over the alternatives."""
    alias_cut: np.ndarray
    """uint64[12, 9, 24]: alias tables of the same shares."""
    alias_to: np.ndarray
    """uint8[12, 9, 24]"""


def outflow_targets(package: CityData, weight: np.ndarray) -> np.ndarray:
    """Return float64[10]: share of residents' card spending outside the city, by district.

    Published districts keep their value (institute 2018: Ganghwa, Dong); the others move together until the
    weighted mean is the published city total. `weight` is float64[10], residents by district. Where nobody lives in
    the others they stay as assumed. Raises InputError when no shares from 0 to 1 meet the total.
    """
    rows = package.table("city_base").query("metric == 'outflow_share_iri' and year == 2018").set_index("area")["value"]
    assumed = package.assumptions("outflow_share_percent").set_index("area")["value"]
    known = np.array([d in rows.index for d in DISTRICTS])
    start = np.array([rows[d] if d in rows.index else assumed[d] for d in DISTRICTS]) / 100
    city = rows["incheon"] / 100 * weight.sum()
    left, free = city - (weight * start)[known].sum(), (weight * start)[~known].sum()
    factor = left / free if free > 0 else 1.0
    shares = np.where(known, start, start * factor)
    if not (shares >= 0).all() or not (shares <= 1).all():
        worst = int(np.argmax(np.abs(shares - 0.5)))
        raise InputError(
            f"{quoted_value(package.folder, 'city_base.csv')}: incheon outflow_share_iri 2018: {rows['incheon']:g}: "
            f"expected a total for which {DISTRICTS[worst]} need not be {100 * shares[worst]:.4g} percent"
        )
    return shares


def _outside_targets(package: CityData) -> np.ndarray:
    """Return float64[5]: city shares inside, Seoul, Gyeonggi, elsewhere, online (institute 2018, split by 2014)."""
    total = package.fact("incheon", "outflow_share_iri", 2018) / 100
    online = total * package.fact("incheon", "ecommerce_share_of_outside_spending_iri", 2018) / 100
    booked = package.assumption("ecommerce_booked_in_seoul_share")
    seoul = package.fact("incheon", "outflow_share_to_seoul_iri", 2018) / 100 - booked * online
    gyeonggi = package.fact("incheon", "outflow_destination_gyeonggi_bok", 2014)
    rest = 100 - package.fact("incheon", "outflow_destination_seoul_bok", 2014)
    left = total - online - seoul
    to_gyeonggi = (left * gyeonggi / rest, left * (1 - gyeonggi / rest)) if rest > 0 else (0.0, left)
    places = np.array([1 - total, seoul, *to_gyeonggi, online])
    if (places < 0).any():
        names = ("inside", "Seoul", "Gyeonggi", "elsewhere", "online")
        raise InputError(
            f"{quoted_value(package.folder, 'city_base.csv')}: incheon outflow_*: {names[int(places.argmin())]} gets "
            f"{100 * places.min():.4g} percent of spending; expected shares of places that fit into the outflow"
        )
    return places


def _factor(target: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Return what brings sums to their targets: 0 where the target is 0."""
    return np.divide(target, found, out=np.zeros(np.broadcast(target, found).shape), where=target > 0)


def _fit_outflow(package: CityData, weight: np.ndarray) -> np.ndarray:
    """Fit float64[10, 9, 5] (inside, Seoul, Gyeonggi, elsewhere, online) to all margins by proportional fitting.

    Margins: sector shares within a home, the outflow share of each home, the city totals of the five places
    (Deming and Stephan 1940). A home where nobody lives, or a sector on which nothing is spent, has the shares of the
    limit and moves no other. Raises InputError when the margins contradict each other.
    """
    place, inside = _outside_targets(package), 1 - outflow_targets(package, weight)
    share = np.maximum(sector_values(package, "spending_share"), _NOBODY)
    weight = np.maximum(weight / weight.sum(), _NOBODY)
    start = _start_of_fit(package, place)
    table = weight[:, None, None] * share[None, :, None] * start[None, :, :]
    try:
        with np.errstate(divide="raise", invalid="raise", over="raise"):
            table = _fitted(table, (weight, share), (place, inside))
    except FloatingPointError:
        table = np.full_like(table, np.inf)
    # A table that is not a number meets nothing.
    if not np.abs(table.sum(axis=(0, 1)) - place).max() <= 1e-3:
        raise InputError(
            f"{quoted_value(package.folder, 'assumptions.csv')}: outflow_share_start, online_share_start: no table "
            "meets the outflow totals; expected margins that agree"
        )
    return table / table.sum(axis=2, keepdims=True)


def _start_of_fit(package: CityData, place: np.ndarray) -> np.ndarray:
    """Return float64[9, 5]: the shares of places by sector with which the fit begins."""
    out, online = sector_values(package, "outflow_share_start"), sector_values(package, "online_share_start")
    outside = place[1:4].sum()
    rest = place[1:4] / outside if outside > 0 else np.zeros(3)
    return np.stack([1 - out, *(out * (1 - online) * r for r in rest), out * online], axis=1)


def _fitted(table: np.ndarray, mass: tuple, targets: tuple) -> np.ndarray:
    """Return a table, float64[10, 9, 5], scaled to its margins in turn until they agree; `mass` is (homes float64[10],
    sectors float64[9]), `targets` (places float64[5], share inside of each home float64[10])."""
    (weight, share), (place, inside) = mass, targets
    for _ in range(2000):
        table *= _factor(place, table.sum(axis=(0, 1)))[None, None, :]
        home_in = table[:, :, 0].sum(axis=1) / weight
        table[:, :, 0] *= _factor(inside, home_in)[:, None]
        table[:, :, 1:] *= _factor(1 - inside, table[:, :, 1:].sum(axis=(1, 2)) / weight)[:, None, None]
        table *= (weight[:, None] * share[None, :] / table.sum(axis=2))[:, :, None]
    return table


def _distances_km(package: CityData) -> np.ndarray:
    """Return float64[12, 10]: way from each home to each district; inside a district its own mean way."""
    map_ = package.table("districts").set_index("area")
    to = np.array([[map_.at[d, "latitude"], map_.at[d, "longitude"]] for d in DISTRICTS], dtype=float)
    outside = [
        [package.assumption("origin_latitude", area=o), package.assumption("origin_longitude", area=o)]
        for o in ORIGINS[N_DISTRICTS:]
    ]
    origin = np.concatenate([to, np.array(outside)])
    step = (origin[:, None, :] - to[None, :, :]) * _EARTH_KM_PER_DEGREE
    step[:, :, 1] *= np.cos(np.deg2rad(37.5))
    distance = np.sqrt((step**2).sum(axis=2))
    own = np.array([package.assumption("own_distance_km", area=d) for d in DISTRICTS])
    distance[np.arange(N_DISTRICTS), np.arange(N_DISTRICTS)] = own
    return np.maximum(distance, own[None, :])


def _district_shares(package: CityData, shops: Shops) -> np.ndarray:
    """Return float64[12, 9, 2, 10]: shares of districts for small and large shops, by gravity (Huff 1964).

    The attraction of a district's shops is their weight times what is paid there beyond it (`district_attraction`). A
    district without shops of a kind has a share of zero; where no district has any, nobody looks (see
    `_require_shops`) and all shares are the same.
    """
    attraction = np.bincount(shops.cell, shops.weight, 2 * N_DISTRICTS * N_SECTORS).reshape(2, N_DISTRICTS, N_SECTORS)
    attraction = attraction * np.array([package.assumption("district_attraction", area=d) for d in DISTRICTS])[:, None]
    distance = _distances_km(package)
    shares = np.empty((N_ORIGINS, N_SECTORS, 2, N_DISTRICTS))
    pull = np.ones((N_ORIGINS, N_DISTRICTS))
    pull[np.arange(N_DISTRICTS), np.arange(N_DISTRICTS)] = package.assumption("own_district_pull")
    for s in range(N_SECTORS):
        goods = "comparison" if SECTORS[s] in _COMPARISON_GOODS else "convenience"
        decay = package.prior(f"distance_decay_{goods}").central
        for size in range(2):
            weight = attraction[size, :, s][None, :] * distance**-decay * pull
            if not weight.any():
                weight = np.ones_like(weight)
            shares[:, s, size, :] = weight / weight.sum(axis=1, keepdims=True)
    return shares


def _require_shops(package: CityData, shops: Shops, spent: np.ndarray) -> None:
    """Raise InputError where money is spent at a kind of shop (float64[2, 9]: small and large, by sector) of which no
    district has any."""
    n_shops = np.bincount(shops.cell, minlength=2 * N_DISTRICTS * N_SECTORS).reshape(2, N_DISTRICTS, N_SECTORS)
    for size, s in np.argwhere((spent > 0) & (n_shops.sum(axis=1) == 0)):
        parameter = ("shop_sector_share", "n_large_stores")[size]
        large = sector_values(package, "large_share")[s]
        raise InputError(
            f"{quoted_value(package.folder, 'assumptions.csv')}: {parameter} {SECTORS[s]}: 0: expected more than 0, as "
            f"money is spent there (large_share {large:g})"
        )


def _alias(shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the alias table of one row of shares: uint64 cuts and uint8 others (Vose 1991)."""
    n = len(shares)
    left = list(shares / shares.sum() * n)
    cuts, to = np.full(n, 2**32, dtype=np.uint64), np.arange(n, dtype=np.uint8)
    small = [i for i in range(n) if left[i] < 1]
    large = [i for i in range(n) if left[i] >= 1]
    while small and large:
        poor, rich = small.pop(), large[-1]
        cuts[poor], to[poor] = int(left[poor] * 2**32), rich
        left[rich] -= 1 - left[poor]
        if left[rich] < 1:
            small.append(large.pop())
    return cuts, to


def build_places(package: CityData, shops: Shops) -> Places:
    """Build the shares of places without policy for residents and visitors, and their alias tables."""
    by_district = _district_shares(package, shops)
    large = sector_values(package, "large_share")
    outflow = np.empty((N_ORIGINS, N_SECTORS, 5))
    if package.hash not in _FITTED:
        _FITTED[package.hash] = _fit_outflow(package, home_counts(package, 1.0)[:N_DISTRICTS].astype(float))
    outflow[:N_DISTRICTS] = _FITTED[package.hash]
    inside = package.assumption("visitor_share_spent_in_incheon")
    outflow[N_DISTRICTS:] = [inside, 0.0, 0.0, 0.0, 0.0]
    outflow[N_DISTRICTS, :, 1] = outflow[N_DISTRICTS + 1, :, 2] = 1 - inside
    spent = outflow[:, :, 0].max(axis=0) * (sector_values(package, "spending_share") > 0)
    _require_shops(package, shops, spent * np.stack([1 - large, large]))
    share = np.empty((N_ORIGINS, N_SECTORS, N_ALTERNATIVES))
    share[:, :, SMALL:LARGE] = (outflow[:, :, 0] * (1 - large))[:, :, None] * by_district[:, :, 0, :]
    share[:, :, LARGE:SEOUL] = (outflow[:, :, 0] * large)[:, :, None] * by_district[:, :, 1, :]
    share[:, :, SEOUL:] = outflow[:, :, 1:]
    tables = [[_alias(share[o, s]) for s in range(N_SECTORS)] for o in range(N_ORIGINS)]
    cuts = np.array([[t[0] for t in row] for row in tables], dtype=np.uint64)
    to = np.array([[t[1] for t in row] for row in tables], dtype=np.uint8)
    return Places(share, cuts, to)
