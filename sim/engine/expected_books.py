"""What expected purchases amount to: sums over the days of one regime turned into spending and classes."""

from typing import NamedTuple

import numpy as np

from sim.city.places import N_ALTERNATIVES
from sim.engine.columns import N_DESTINATIONS, PLUS
from sim.engine.expected_place import (
    CLASSED,
    FROM_AWAY,
    FROM_NET,
    LEFT,
    MOVED,
    N_CLOCKS,
    N_TWINS,
    NET,
    REPLACED,
    RESHUFFLED,
    STAYED,
    SWITCHED,
)
from sim.engine.expected_terms import Groups, Regime
from sim.vocabulary import CLASSES, N_CLASSES, N_DISTRICTS, N_ORIGINS, N_SECTORS

_RESIDENT = {
    REPLACED: "replaced",
    RESHUFFLED: "reshuffled",
    SWITCHED: "size_switched",
    MOVED: "moved_between_districts",
    FROM_AWAY: "retained",
    FROM_NET: "retained_online",
}
_VISITOR = {**_RESIDENT, FROM_AWAY: "inflow", FROM_NET: "inflow"}
NORMAL, SHIFTED, INCOME = range(3)
"""Purchases of the day, those moved here from another day, those out of second-round income."""


class Sums(NamedTuple):
    """Purchases of active holders since the last change, won without policy by group, trade, tier and affinity."""

    krw: np.ndarray
    """float64[3, G, 9, K, 4]: normal, shifted and income purchases."""
    used: np.ndarray
    """float64[3, G, 9, K, 4]: the same times cashback used per won paid."""


class Account(NamedTuple):
    """What a world comes to over a period, won of the sample."""

    card: np.ndarray
    """float64[12, 9, 34]: card payments by home, trade and destination."""
    change: np.ndarray
    """float64[12, 9, 34]: what the world adds to or takes from purchases without policy."""
    second_round: np.ndarray
    """float64[9, 34]: spending out of second-round income."""
    classes: np.ndarray
    """float64[10, 12, 10, 9]: by class, home, district of the shop, trade."""
    totals: np.ndarray
    """float64[3]: discount, merchant fees, new consumption."""


def new_sums(n_groups: int, n_tiers: int, n_affinities: int) -> Sums:
    """Return empty sums."""
    shape = (3, n_groups, N_SECTORS, n_tiers, n_affinities)
    return Sums(np.zeros(shape), np.zeros(shape))


def new_account() -> Account:
    """Return an empty account."""
    spend = (N_ORIGINS, N_SECTORS, N_DESTINATIONS)
    classes = (N_CLASSES, N_ORIGINS, N_DISTRICTS, N_SECTORS)
    return Account(np.zeros(spend), np.zeros(spend), np.zeros(spend[1:]), np.zeros(classes), np.zeros(3))


def _by_trade(weights: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return float64[G, 9, n]: columns (float64[G, 9, K, 4, n]) added up with weights (float64[G, 9, K, 4])."""
    groups, trades = weights.shape[:2]
    flat = columns.reshape(groups, trades, -1, columns.shape[-1])
    return (weights.reshape(groups, trades, 1, -1) @ flat)[:, :, 0, :]


def _by_home(groups: Groups, values: np.ndarray) -> np.ndarray:
    """Return float64[12, ...]: values of groups added up by home."""
    total = values[:N_ORIGINS].copy()
    for g in range(N_ORIGINS, len(values)):
        total[groups.home[g]] += values[g]
    return total


def _districts(clocks: np.ndarray) -> np.ndarray:
    """Return [..., 10] districts of [..., 20] clocks, ordinary and Plus shops together, trades last: [12, 10, 9]."""
    return (clocks[..., :N_DISTRICTS] + clocks[..., N_DISTRICTS:]).swapaxes(1, 2)


def _add_classes(account: Account, groups: Groups, moved: np.ndarray, shifted: np.ndarray, new: np.ndarray) -> None:
    """Class card payments: `moved` float64[G, 9, 60] by what the twin was, `shifted` and `new` [12, 9, 20]."""
    by_twin = _by_home(groups, moved).reshape(N_ORIGINS, N_SECTORS, N_TWINS, N_DISTRICTS)
    for homes, names in ((slice(0, N_DISTRICTS), _RESIDENT), (slice(N_DISTRICTS, None), _VISITOR)):
        for twin, name in names.items():
            account.classes[CLASSES.index(name), homes] += by_twin[homes, :, twin].swapaxes(1, 2)
    account.classes[CLASSES.index("time_shifted")] += _districts(shifted)
    account.classes[CLASSES.index("new")] += _districts(new)


def _to_destinations(clocks: np.ndarray) -> np.ndarray:
    """Return [..., 34] destinations of [..., 20] clocks."""
    spend = np.zeros((*clocks.shape[:-1], N_DESTINATIONS))
    spend[..., :N_DISTRICTS], spend[..., PLUS:] = clocks[..., :N_DISTRICTS], clocks[..., N_DISTRICTS:]
    return spend


def settle(account: Account, groups: Groups, regime: Regime, sums: Sums, new_share: np.ndarray) -> None:
    """Add the purchases of a period of one regime to an account.

    `new_share` is float64[12], the part of used cashback that is new consumption, by home.
    """
    every = sums.krw.sum(axis=0)
    bought, net = (_by_trade(every, regime.flows[..., at : at + N_CLOCKS]) for at in (0, NET))
    paid = _by_trade(every, regime.paid)
    used_by = _by_home(groups, _by_trade(sums.used.sum(axis=0), regime.paid)) * new_share[:, None, None]
    card = _by_home(groups, paid) + used_by
    new = _by_home(groups, paid - net) + used_by
    income = _by_home(groups, _by_trade(sums.krw[INCOME], regime.flows[..., NET:]))
    shifted = _by_home(groups, _by_trade(sums.krw[SHIFTED], regime.flows[..., NET:]))
    moved = _by_trade(sums.krw[NORMAL], regime.flows[..., CLASSED:LEFT])
    _add_classes(account, groups, moved, shifted, new + income)
    here = _to_destinations(card)
    account.card[:] += here
    account.change[:] += here
    account.change[:, :, :N_ALTERNATIVES] -= _by_home(groups, _by_trade(every, regime.flows[..., LEFT:STAYED]))
    paid_income = _by_trade(sums.krw[INCOME], regime.paid)
    account.second_round[:] += _to_destinations(paid_income).sum(axis=0)
    account.second_round[:, :N_ALTERNATIVES] -= _by_trade(sums.krw[INCOME], regime.flows[..., LEFT:STAYED]).sum(axis=0)
    discount = (bought - net).sum()
    # Every won out of income is new, but only what a basket grows by counts as new consumption out of the policy.
    account.totals[:] += discount, (card * regime.fee_share).sum(), new.sum()
