"""Where a purchase goes in each world: the frozen clocks of `sim.behavior.place` over columns."""

import numpy as np

from sim import draws
from sim.behavior.parameters import FROM_LARGE, FROM_ONLINE, FROM_OUTSIDE, FROM_SMALL, FROM_VISITOR
from sim.city.places import LARGE, N_ALTERNATIVES, ONLINE, SEOUL
from sim.compiled import compiled
from sim.engine.columns import PLUS, Outcome, Standing, State, Today
from sim.policy.arithmetic import marginal_rate_bp
from sim.vocabulary import N_DISTRICTS, N_SECTORS

_N_SMALL_CELLS = N_DISTRICTS * N_SECTORS
_N_CHOICES = np.uint64(N_ALTERNATIVES)
_MASK_32 = np.uint64(0xFFFFFFFF)
_S32 = np.uint64(32)
_TRIES = 8


@compiled
def place_without_policy(standing: Standing, home: int, sector: int, bits: np.uint64) -> int:
    """Return the alternative, 0 to 23, by one look into an alias table."""
    product = draws.high_half(bits) * _N_CHOICES
    hit = product >> _S32
    if (bits & _MASK_32) < standing.place_cut[home, sector, hit]:
        return np.int64(hit)
    return np.int64(standing.place_to[home, sector, hit])


@compiled
def shop_in_cell(standing: Standing, cell: int, bits: np.uint64) -> int:
    """Return a shop of the cell, drawn by its sales."""
    first = standing.cell_start[cell]
    hit = first + np.int64(draws.below(bits, standing.cell_start[cell + 1] - first))
    if (bits & _MASK_32) < standing.alias_cut[hit]:
        return hit
    return np.int64(standing.alias_to[hit])


@compiled
def ordinary_shop(standing: Standing, is_plus: np.ndarray, cell: int, bits: np.uint64) -> int:
    """Return an ordinary small shop of the cell: Plus shops are drawn again, up to eight times."""
    shop = shop_in_cell(standing, cell, bits)
    for _ in range(_TRIES):
        if is_plus[shop] == 0:
            return shop
        bits = draws.mix(bits)
        shop = shop_in_cell(standing, cell, bits)
    return shop


@compiled
def plus_shop(today: Today, world: int, cell: int, bits: np.uint64) -> int:
    """Return a Plus shop of the cell, drawn by its sales."""
    half = draws.high_half(bits)
    low, high = today.plus_start[world, cell], today.plus_start[world, cell + 1] - 1
    while low < high:
        middle = (low + high) // 2
        if half < today.plus_cut[world, middle]:
            high = middle
        else:
            low = middle + 1
    return np.int64(today.plus_shop[world, low])


@compiled
def has_own_card(standing: Standing, today: Today, world: int, person: int) -> bool:
    """Return whether the person holds the card of the home district (launched, and picked up by now)."""
    home = standing.home[person]
    if home >= N_DISTRICTS or today.card_launched[world, home] == 0:
        return False
    return today.days_since_launch[world, home] >= np.int64(standing.card_lag[person])


@compiled
def city_rate_bp(today: Today, state: State, world: int, person: int) -> int:
    """Return the city's rate on the next won of this month, basis points."""
    return marginal_rate_bp(
        state.month_to_date_krw[world, person],
        today.tier_low_krw[world],
        today.tier_high_krw[world],
        today.tier_bp[world],
    )


@compiled
def ordinary_rate_bp(standing: Standing, today: Today, state: State, world: int, person: int, district: int) -> int:
    """Return the cashback rate at ordinary small shops of a district: city rate and the district's top-up."""
    rate = city_rate_bp(today, state, world, person)
    if district == standing.home[person] and has_own_card(standing, today, world, person):
        rate += marginal_rate_bp(
            state.month_to_date_krw[world, person],
            today.topup_low_krw[world, district],
            today.topup_high_krw[world, district],
            today.topup_bp[world, district],
        )
    return rate


@compiled
def plus_topup_bp(standing: Standing, today: Today, world: int, person: int, district: int) -> int:
    """Return the Plus top-up that the person gets at Plus shops of a district."""
    earns = district == standing.home[person] and has_own_card(standing, today, world, person)
    if today.plus_own_card[world, district] == 1 and not earns:
        return 0
    return today.plus_bp[world, district]


@compiled
def shop_rate_bp(
    standing: Standing, today: Today, state: State, world: int, person: int, shop: int, district: int
) -> int:
    """Return everything the person gets at a small shop, cashback and discount, basis points."""
    rate = ordinary_rate_bp(standing, today, state, world, person, district)
    if today.is_plus[world, shop] == 1 and today.plus_open[world, district] == 1:
        rate += plus_topup_bp(standing, today, world, person, district) + standing.discount_bp[shop]
    return rate


@compiled
def response_of(home: int, alternative: int) -> int:
    """Return which response to a price gap a purchase has, by its place without policy."""
    if alternative < LARGE:
        return FROM_SMALL
    if alternative < SEOUL:
        return FROM_LARGE
    if home >= N_DISTRICTS:
        return FROM_VISITOR
    return FROM_ONLINE if alternative == ONLINE else FROM_OUTSIDE


@compiled
def freeze_clocks(
    standing: Standing, out: Outcome, key: np.uint64, purchase: int, home: int, sector: int, wait: float
) -> None:
    """Fill the frozen waits of the ten districts' small shops, given that the first of them waits `wait`."""
    target = draws.unit(draws.draw(key, purchase, draws.DISTRICT_CLOCK + N_DISTRICTS))
    target *= standing.small_share[home, sector]
    first = N_DISTRICTS - 1
    for d in range(N_DISTRICTS):
        target -= standing.place_share[home, sector, d]
        if target < 0.0:
            first = d
            break
    for d in range(N_DISTRICTS):
        own = 0.0
        if d != first:
            own = draws.exponential(draws.draw(key, purchase, draws.DISTRICT_CLOCK + d))
            own /= standing.place_share[home, sector, d]
        out.waits[d, 0] = wait + own
        out.waits[d, 1] = draws.exponential(draws.draw(key, purchase, draws.SECOND_CLOCK + d))
        out.waits[d, 1] /= standing.place_share[home, sector, d]
        out.plus_draw[d] = draws.unit(draws.draw(key, purchase, draws.PLUS_FIRST + d))


@compiled
def is_outside(destination: int) -> bool:
    """Return whether a destination lies outside the city."""
    return SEOUL <= destination < PLUS


@compiled
def district_of(destination: int) -> int:
    """Return the district 0-9 of a destination in the city."""
    return (destination - PLUS if destination >= PLUS else destination) % N_DISTRICTS
