"""What expected purchases amount to: sums over the days of one regime turned into spending and classes."""

from typing import NamedTuple

import numpy as np

from eum.behavior.classification import NEW, TIME_SHIFTED, payment_class
from eum.dimensions import (
    LARGE,
    N_ALTERNATIVES,
    N_CLASSES,
    N_DESTINATIONS,
    N_DISTRICTS,
    N_ORIGINS,
    N_SECTORS,
    ONLINE,
    PLUS,
    SALES_BANDS,
    SEOUL,
)
from eum.engine.expected.destination_choice import (
    CLASSED,
    FROM_AWAY,
    FROM_NET,
    LEFT,
    MOVED,
    N_CARD_ALTERNATIVES,
    N_TWINS,
    NET,
    REPLACED,
    RESHUFFLED,
    STAYED,
    SWITCHED,
)
from eum.engine.expected.regime import Groups, Regime
from eum.engine.expected.shops import ShopMix
from eum.jit import compiled

_TWINS = {
    REPLACED: (0, True),
    RESHUFFLED: (0, False),
    SWITCHED: (LARGE, False),
    MOVED: (1, False),
    FROM_AWAY: (SEOUL, False),
    FROM_NET: (ONLINE, False),
}
"""An example of each kind of twin of a card payment at a small shop of district 0: (destination, whether at the same
shop), paid by other means."""
NORMAL, SHIFTED, INCOME = range(3)
"""Purchases of the day, those moved here from another day, those out of second-round income."""


class Sums(NamedTuple):
    """Purchases of active holders since the last change, won without policy by group, tier, row of usage and trade."""

    krw: np.ndarray
    """float64[3, G, K, R, 9]: normal, shifted and income purchases."""
    used: np.ndarray
    """float64[3, G, K, R, 9]: the same times cashback used per won paid."""


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
    bands: np.ndarray
    """float64[5]: change of sales of small shops by sales band. What leaves small shops of a trade and district leaves
    their sales bands in proportion, but for purchases that stay at Plus shops."""


def new_sums(n_groups: int, n_tiers: int, n_rows: int) -> Sums:
    """Return empty sums."""
    shape = (3, n_groups, n_tiers, n_rows, N_SECTORS)
    return Sums(np.zeros(shape), np.zeros(shape))


def new_account() -> Account:
    """Return an empty account."""
    spend = (N_ORIGINS, N_SECTORS, N_DESTINATIONS)
    classes = (N_CLASSES, N_ORIGINS, N_DISTRICTS, N_SECTORS)
    shapes: tuple[tuple[int, ...], ...] = (spend, spend, spend[1:], classes, (3,), (len(SALES_BANDS),))
    return Account(*(np.zeros(shape) for shape in shapes))


@compiled
def add_columns(home: np.ndarray, columns: np.ndarray, weights: np.ndarray, out: np.ndarray) -> None:
    """Add columns (float64[G, 9, K, R, n]) times weights (float64[G, K, R, 9]) to `out` by home
    (float64[12, 9, n])."""
    for g in range(len(home)):
        for sector in range(columns.shape[1]):
            for k in range(columns.shape[2]):
                for a in range(columns.shape[3]):
                    weight = weights[g, k, a, sector]
                    if weight == 0.0:
                        continue
                    for column in range(columns.shape[4]):
                        out[home[g], sector, column] += weight * columns[g, sector, k, a, column]


def _added_up(home: np.ndarray, columns: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Return float64[kinds, 12, 9, n]: columns added up by home with the weights of each kind of purchase."""
    out = np.zeros((len(kinds), N_ORIGINS, N_SECTORS, columns.shape[-1]))
    for kind, weights in enumerate(kinds):
        if weights.any():
            add_columns(home, columns, weights, out[kind])
    return out


def _districts(alternatives: np.ndarray) -> np.ndarray:
    """Return [..., 10] districts of [..., 20] alternatives, ordinary and Plus shops together, trades last: [12, 10,
    9]."""
    return (alternatives[..., :N_DISTRICTS] + alternatives[..., N_DISTRICTS:]).swapaxes(1, 2)


def _add_classes(account: Account, moved: np.ndarray, shifted: np.ndarray, new: np.ndarray) -> None:
    """Class card payments: `moved` float64[12, 9, 60] by what the twin was, `shifted` and `new` [12, 9, 20]."""
    by_twin = moved.reshape(N_ORIGINS, N_SECTORS, N_TWINS, N_DISTRICTS)
    for first, homes in ((0, slice(0, N_DISTRICTS)), (N_DISTRICTS, slice(N_DISTRICTS, None))):
        for twin, (destination, same_shop) in _TWINS.items():
            kind = payment_class(first, destination, 0, same_shop, False)
            account.classes[kind, homes] += by_twin[homes, :, twin].swapaxes(1, 2)
    account.classes[TIME_SHIFTED] += _districts(shifted)
    account.classes[NEW] += _districts(new)


def _to_destinations(alternatives: np.ndarray) -> np.ndarray:
    """Return [..., 34] destinations of [..., 20] alternatives."""
    spend = np.zeros((*alternatives.shape[:-1], N_DESTINATIONS))
    spend[..., :N_DISTRICTS], spend[..., PLUS:] = alternatives[..., :N_DISTRICTS], alternatives[..., N_DISTRICTS:]
    return spend


def _add_bands(account: Account, shelf: ShopMix, card: np.ndarray, flows: np.ndarray) -> None:
    """Add the change of small shops' sales by band: `card` float64[12, 9, 20], `flows` float64[12, 9, N_FLOWS]."""
    stayed = flows[..., STAYED:NET].sum(axis=0)
    left = flows[..., LEFT : LEFT + N_DISTRICTS].sum(axis=0) - stayed
    small, plus = card[..., :N_DISTRICTS].sum(axis=0) - left, card[..., N_DISTRICTS:].sum(axis=0) - stayed
    account.bands[:] += np.einsum("sd,sdb->b", small, shelf.small_band) + np.einsum("sd,sdb->b", plus, shelf.plus_band)


def settle_accounts(account: Account, groups: Groups, regime: Regime, sums: Sums, new_share: np.ndarray) -> None:
    """Add the purchases of a period of one regime to an account.

    `new_share` is float64[12], the part of used cashback that is new consumption, by home.
    """
    kinds, paid_kinds = (_added_up(groups.home, c, sums.krw) for c in (regime.flows, regime.paid))
    used_by = _added_up(groups.home, regime.paid, sums.used).sum(axis=0) * new_share[:, None, None]
    every, paid = kinds.sum(axis=0), paid_kinds.sum(axis=0)
    bought, net = every[..., :N_CARD_ALTERNATIVES], every[..., NET:]
    card, new = paid + used_by, paid - net + used_by
    _add_classes(account, kinds[NORMAL, ..., CLASSED:LEFT], kinds[SHIFTED, ..., NET:], new + kinds[INCOME, ..., NET:])
    here = _to_destinations(card)
    account.card[:] += here
    account.change[:] += here
    account.change[:, :, :N_ALTERNATIVES] -= every[..., LEFT:STAYED]
    account.second_round[:] += _to_destinations(paid_kinds[INCOME]).sum(axis=0)
    account.second_round[:, :N_ALTERNATIVES] -= kinds[INCOME, ..., LEFT:STAYED].sum(axis=0)
    # Every won out of income is new, but only what a basket grows by counts as new consumption out of the policy.
    account.totals[:] += (bought - net).sum(), (card * regime.shelf.fee_share).sum(), new.sum()
    _add_bands(account, regime.shelf, card, every)


def add_income(account: Account, extra: np.ndarray, band_share: np.ndarray) -> None:
    """Add everybody's purchases out of second-round income, float64[12, 9, 24] by the place where they would be made
    without policy; `band_share` float64[9, 10, 5] are shares of the sales bands in the sales of small shops."""
    account.change[:, :, :N_ALTERNATIVES] += extra
    by_trade = extra.sum(axis=0)
    account.second_round[:, :N_ALTERNATIVES] += by_trade
    account.bands[:] += np.einsum("sd,sdb->b", by_trade[:, :N_DISTRICTS], band_share)
