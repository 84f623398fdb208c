"""Card payments in every world, over columns: everybody's first of the day, everybody's second, and so on."""

from typing import NamedTuple

import numpy as np

from eum import rng
from eum.dimensions import N_DISTRICTS, N_SECTORS, PLUS
from eum.engine.lookup_tables import HIGHEST_RATE_BP
from eum.engine.state import (
    ACTIVE,
    AT_PLUS,
    CASHBACK_USED,
    CHARGED,
    DISCOUNT,
    EARNED,
    FEE_SUPPORT,
    FEES,
    NEW_SPENDING,
    DayInputs,
    State,
    StaticInputs,
    Tally,
)
from eum.policy.arithmetic import BASIS
from tests.benchmarks import numpy_books
from tests.benchmarks.numpy_clocks import (
    Buyers,
    Rates,
    Shopping,
    first_to_ring,
    ordinary_rate_bp,
    plus_topup_bp,
    responses,
)
from tests.benchmarks.numpy_draws import LOW, draw_for, exponential, high_half, mixed

_TRIES = 8
_CELL_STEP = np.uint64(1 << 33)


class Visits(NamedTuple):
    """Where purchases are made in one world and how they are paid, one row each; filled pass by pass."""

    destination: np.ndarray
    shop: np.ndarray
    """intp"""
    covered: np.ndarray
    """bool: paid with the card."""
    paid_krw: np.ndarray
    new_krw: np.ndarray
    earned_krw: np.ndarray
    """int64"""


def visits_without_policy(buyers: Buyers) -> Visits:
    """Return the visits of the world without policy."""
    n = len(buyers.person)
    nothing = (np.zeros(n, dtype=np.int64) for _ in range(2))
    columns = (buyers.place, buyers.shop, buyers.amount_krw)
    place, shop, amount = (column.copy() for column in columns)
    return Visits(place, shop, np.zeros(n, dtype=bool), amount, *nothing)


def card_purchases(standing: StaticInputs, today: DayInputs, state: State, first: int, bought: tuple) -> Buyers:
    """Return the purchases that the highest rate of the day could have paid with the card in some world.

    `first` is the number of the first person of those who bought.
    """
    span = slice(first, first + int(bought.who[-1]) + 1 if len(bought.who) else first)
    affinity = standing.affinity[span].astype(np.intp)
    most = np.zeros(len(affinity), dtype=np.uint64)
    for world in range(1, state.card.shape[0]):
        highest = min(int(today.tier_bp[world].max() + today.most_extra_bp[world]), HIGHEST_RATE_BP)
        cut = standing.usage_cut[affinity, highest]
        np.maximum(most, cut, out=most, where=state.card[world, span] == ACTIVE)
    rows = np.flatnonzero((most > 0)[bought.who])
    bits = draw_for(bought.key[rows], rng.PAYMENT)
    may = high_half(bits) < most[bought.who[rows]]
    rows, bits = rows[may], bits[may]
    who, home, place = bought.who[rows], bought.home[rows], bought.place[rows]
    return Buyers(
        first + who, bought.key[rows], home, bought.sector[rows], place, bought.shop[rows], bought.amount_krw[rows],
        affinity[who], high_half(bits), bits & LOW, responses(home, place),
    )  # fmt: skip


def rounds(person: np.ndarray) -> list[np.ndarray]:
    """Return the rows of everybody's first purchase, of everybody's second, ...; `person` is sorted."""
    if not len(person):
        return []
    start = np.flatnonzero(np.concatenate([[True], person[1:] != person[:-1]]))
    n = np.diff(start, append=len(person))
    return [start[n > k] + k for k in range(int(n.max()))]


def marginal_rate_bp(spent: np.ndarray, low: np.ndarray, high: np.ndarray, rate_bp: np.ndarray) -> np.ndarray:
    """Return int64[n]: the rate on the next won; tiers on the last axis, one schedule or one for each row."""
    rate = np.zeros(len(spent), dtype=np.int64)
    for k in range(rate_bp.shape[-1]):
        rate += rate_bp[..., k] * ((low[..., k] <= spent) & (spent < high[..., k]))
    return rate


def cashback_krw(amount: np.ndarray, spent: np.ndarray, tiers: tuple) -> np.ndarray:
    """Return int64[n]: cashback under tiers of monthly spending, as `eum.policy.arithmetic.cashback_krw`."""
    low, high, rate_bp = tiers
    total = np.zeros(len(spent), dtype=np.int64)
    for k in range(rate_bp.shape[-1]):
        inside = np.minimum(spent + amount, high[..., k]) - np.maximum(spent, low[..., k])
        total += np.maximum(inside, 0) * rate_bp[..., k]
    return total // BASIS


def city_tiers(today: DayInputs, world: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (low, high, rate) of the city's tiers: one schedule for every shop, as in the policies compared here."""
    schedule = today.only_schedule[world]
    return tuple(column[world, schedule] for column in (today.tier_low_krw, today.tier_high_krw, today.tier_bp))


def read_rates(at: Shopping, buyers: Buyers, spent: np.ndarray) -> Rates:
    """Return the rates on the next won of the month, and who has the card of the home district."""
    standing, today, w = at
    home = np.minimum(buyers.home, N_DISTRICTS - 1)
    own = (buyers.home < N_DISTRICTS) & (today.card_launched[w][home] == 1)
    own &= today.number[0] - today.launch_day[w][home] >= standing.card_lag[buyers.person]
    city = marginal_rate_bp(spent, *city_tiers(today, w))
    tiers = (today.topup_low_krw[w][home], today.topup_high_krw[w][home], today.topup_bp[w][home])
    return Rates(city, marginal_rate_bp(spent, *tiers) * own, own)


def stay(at: Shopping, buyers: Buyers, rates: Rates) -> tuple:
    """Return (destination, covered, speed of the own clock) of purchases that stay where they are without policy."""
    standing, today, w = at
    destination, speed = buyers.place.copy(), np.ones(len(buyers.place))
    covered = np.zeros(len(destination), dtype=bool)
    small = np.flatnonzero(buyers.place < N_DISTRICTS)
    some, their = buyers.rows(small), rates.rows(small)
    at_plus = (today.shop_kind[w][some.shop] >= AT_PLUS) & (today.plus_open[w][some.place] == 1)
    rate = ordinary_rate_bp(their, some.home, some.place)
    more = plus_topup_bp(at, their, some.home, some.place) + standing.discount_bp[some.shop]
    rate += more * at_plus
    pays = some.half < standing.usage_cut[some.affinity, rate]
    paying = small[pays]
    covered[paying] = True
    destination[paying] += PLUS * at_plus[pays]
    speed[paying] = standing.speed[some.response[pays], rate[pays]]
    return destination, covered, speed


def moves(at: Shopping, buyers: Buyers, rates: Rates, own_speed: np.ndarray) -> tuple:
    """Return (rows, choices) of the purchases that another clock takes elsewhere."""
    standing = at.standing
    fastest = standing.speed[buyers.response, rates.city_bp + at.today.most_extra_bp[at.world]]
    rows = np.flatnonzero(fastest > own_speed)
    key = buyers.key[rows]
    winning = exponential(draw_for(key, rng.WINNING_TIME))
    wait = exponential(draw_for(key, rng.FIRST_CLOCK)) / standing.small_share[buyers.home[rows], buyers.sector[rows]]
    may = (winning + wait) * own_speed[rows] < winning * fastest[rows]
    rows, winning, wait = rows[may], winning[may], wait[may]
    times = (winning, wait, winning / own_speed[rows])
    choice = first_to_ring(at, buyers.rows(rows), rates.rows(rows), times)
    return rows[choice >= 0], choice[choice >= 0]


def shops_chosen(at: Shopping, buyers: Buyers, choice: np.ndarray) -> np.ndarray:
    """Return intp: the shops of purchases sent to ordinary (choice 0-9) or Plus shops (10-19) of a district."""
    from tests.benchmarks.numpy_day import shops_in_cells

    today, w = at.today, at.world
    bits, shop = draw_for(buyers.key, rng.NEW_SHOP), np.empty(len(choice), dtype=np.intp)
    cell = choice % N_DISTRICTS * N_SECTORS + buyers.sector
    at_plus = np.flatnonzero(choice >= N_DISTRICTS)
    members = np.repeat(np.arange(len(today.plus_start[w]) - 1, dtype=np.uint64), np.diff(today.plus_start[w]))
    cuts = members * _CELL_STEP + today.plus_cut[w][: len(members)]
    wanted = cell[at_plus].view(np.uint64) * _CELL_STEP + high_half(bits[at_plus])
    shop[at_plus] = today.plus_shop[w][np.searchsorted(cuts, wanted, side="right")]
    again = np.flatnonzero(choice < N_DISTRICTS)
    is_open = today.plus_open[w][choice % N_DISTRICTS] == 1
    shop[again] = shops_in_cells(at.standing, cell[again], bits[again])
    for _ in range(_TRIES):
        again = again[(today.shop_kind[w][shop[again]] >= AT_PLUS) & is_open[again]]
        bits[again] = mixed(bits[again])
        shop[again] = shops_in_cells(at.standing, cell[again], bits[again])
    return shop


def claim(at: Shopping, tally: Tally, budget: np.ndarray, district: np.ndarray, claimed_krw: np.ndarray) -> None:
    """Claim won from the budgets of districts, all of which have enough left. `budget` is int64[10]."""
    by_district = np.bincount(district, claimed_krw, N_DISTRICTS).astype(np.int64)
    np.add.at(tally.claims[at.world], budget, by_district)
    np.add.at(tally.paid[at.world], budget, by_district)


def earn(at: Shopping, tally: Tally, buyers: Buyers, rates: Rates, where: tuple, money: tuple) -> np.ndarray:
    """Return int64: cashback on charged money. `where` is (district, at Plus), `money` (charged, spent before)."""
    today, w = at.today, at.world
    district, at_plus = where
    charged, before = money
    earned = cashback_krw(charged, before, city_tiers(today, w))
    budget = today.budget_city[w, today.only_schedule[w]]
    tally.claims[w, budget] += earned.sum()
    tally.paid[w, budget] += earned.sum()
    own = np.flatnonzero((district == buyers.home) & rates.own_card)
    d = district[own]
    tiers = (today.topup_low_krw[w][d], today.topup_high_krw[w][d], today.topup_bp[w][d])
    top_up = cashback_krw(charged[own], before[own], tiers)
    claim(at, tally, today.budget_topup[w], d, top_up)
    earned[own] += top_up
    plus = np.flatnonzero(at_plus)
    more = charged[plus] * plus_topup_bp(at, rates.rows(plus), buyers.home[plus], district[plus]) // BASIS
    claim(at, tally, today.budget_plus[w], district[plus], more)
    earned[plus] += more
    return earned


def charge_shops(at: Shopping, tally: Tally, shop: np.ndarray, where: tuple, paid: np.ndarray) -> None:
    """Post the merchant fees of card payments and the support of them. `where` is (district, at Plus)."""
    standing, today, w = at
    district, at_plus = where
    band = standing.band[shop]
    tally.totals[w, FEES] += (paid * standing.fee_bp[band] // BASIS).sum()
    ordinary = today.fee_ordinary_bp[w][district] * (band < today.fee_ordinary_band[w][district])
    rate = np.where(at_plus, today.fee_plus_bp[w][district], ordinary)
    some = np.flatnonzero(rate)
    support = paid[some] * rate[some] // BASIS
    claim(at, tally, today.budget_fee[w], district[some], support)
    by_district = np.bincount(district[some], support, N_DISTRICTS).astype(np.int64)
    np.add.at(tally.support[w], today.budget_fee[w], by_district)
    tally.totals[w, FEE_SUPPORT] += support.sum()


def pay_by_card(at: Shopping, state: State, tally: Tally, buyers: Buyers, rates: Rates, visit: tuple) -> tuple:
    """Return (paid, new consumption, earned) of card payments. `visit` is (destination, shop) of each."""
    standing, w, (destination, shop) = at.standing, at.world, visit
    at_plus = destination >= PLUS
    district = np.where(at_plus, destination - PLUS, destination % N_DISTRICTS)
    rate = ordinary_rate_bp(rates, buyers.home, district)
    rate += plus_topup_bp(at, rates, buyers.home, district) * at_plus
    discount = buyers.amount_krw * standing.discount_bp[shop] // BASIS * at_plus
    balance, spent = state.balance_krw[w][buyers.person], state.month_to_date_krw[w][buyers.person]
    used = np.minimum(balance, buyers.amount_krw - discount)
    used *= (balance > 0) & (buyers.use_half < standing.use_cut[0])
    new = used * standing.propensity_bp[standing.constrained[buyers.person]] // BASIS
    new += buyers.amount_krw * rate // BASIS * standing.propensity_bp[2] // BASIS
    paid = buyers.amount_krw - discount + new
    earned = earn(at, tally, buyers, rates, (district, at_plus), (paid - used, spent))
    charge_shops(at, tally, shop, (district, at_plus), paid)
    state.balance_krw[w, buyers.person] = balance - used
    state.month_to_date_krw[w, buyers.person] = spent + paid - used
    counted = {CASHBACK_USED: used, CHARGED: paid - used, DISCOUNT: discount, NEW_SPENDING: new, EARNED: earned}
    for column, won in counted.items():
        tally.totals[w, column] += won.sum()
    return paid, new, earned


def pay_in_one_world(at: Shopping, state: State, tally: Tally, buyers: Buyers) -> Visits:
    """Settle place, shop and payment of purchases in one world, in rounds; return where they were made."""
    visits = visits_without_policy(buyers)
    mine = np.flatnonzero(state.card[at.world][buyers.person] == ACTIVE)
    for turn in rounds(buyers.person[mine]):
        rows = mine[turn]
        some = buyers.rows(rows)
        rates = read_rates(at, some, state.month_to_date_krw[at.world][some.person])
        destination, covered, speed = stay(at, some, rates)
        shop = some.shop
        moved, choice = moves(at, some, rates, speed)
        destination[moved] = np.where(choice < N_DISTRICTS, choice, choice - N_DISTRICTS + PLUS)
        shop[moved], covered[moved] = shops_chosen(at, some.rows(moved), choice), True
        paying = np.flatnonzero(covered)
        visit = (destination[paying], shop[paying])
        money = pay_by_card(at, state, tally, some.rows(paying), rates.rows(paying), visit)
        visits.destination[rows], visits.shop[rows], visits.covered[rows] = destination, shop, covered
        for column, won in zip(visits[3:], money, strict=True):
            column[rows[paying]] = won
    return visits


def pay_in_worlds(standing: StaticInputs, today: DayInputs, state: State, tally: Tally, bought: tuple) -> None:
    """Make the card payments of some persons in every world; class and post them; credit the day's cashback.

    `bought` is (number of the first person, purchases without policy).
    """
    buyers = card_purchases(standing, today, state, *bought)
    worlds = [visits_without_policy(buyers)]
    for world in range(1, state.card.shape[0]):
        at = Shopping(standing, today, world)
        visits = pay_in_one_world(at, state, tally, buyers)
        numpy_books.post(standing, tally, world, buyers, visits)
        np.add.at(state.balance_krw[world], buyers.person, visits.earned_krw)
        worlds.append(visits)
    for pair, (baseline, policy) in enumerate(today.pairs):
        numpy_books.attribute(tally, pair, buyers, worlds[baseline], worlds[policy])
