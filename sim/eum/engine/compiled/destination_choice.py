"""Where a purchase goes in each world: the exponential race of `eum.behavior.destination_choice` over columns.

Small shops are twenty alternatives, ordinary and Plus shops of ten districts. The first of all of them arrives
after the same wait in every world; then ordinary shops of each district and all Plus shops together have waits of
their own. An alternative is looked at only where it could still be the first: no draw is made for the others.
"""

import numpy as np

from eum import rng
from eum.behavior.destination_choice import arrival_time, can_switch, cannot_switch
from eum.behavior.payment_choice import pays_by_card, perceived_rate_bp
from eum.dimensions import N_DISTRICTS, N_SECTORS
from eum.engine.compiled.baseline_purchases import shop_in_cell
from eum.engine.lookup_tables import HIGHEST_RATE_BP
from eum.engine.state import AT_PLUS, DayInputs, PurchaseScratch, State, StaticInputs
from eum.jit import compiled_part, seldom
from eum.policy.arithmetic import flat_krw, marginal_rate_bp, mean_rate_bp

_STAYS = -1
_TRIES = 8


@compiled_part
def read_rates(
    standing: StaticInputs, today: DayInputs, state: State, out: PurchaseScratch, world: int, person: int
) -> None:
    """Write the person's rates on the next won of this month: the city's by schedule, and the top-ups of districts.

    People below the base of a schedule act on the rate above it: each won brings them nearer.
    """
    spent, best, top_up = state.month_to_date_krw[world, person], np.int64(0), np.int64(0)
    for s in range(1, today.tier_bp.shape[1]):
        low, high, bp = today.tier_low_krw[world, s], today.tier_high_krw[world, s], today.tier_bp[world, s]
        base_bp, beyond = today.base_bp[world, s], spent
        if seldom(base_bp > 0):
            beyond = max(spent - flat_krw(standing.monthly_krw[standing.level[person]], base_bp), np.int64(0))
        rate = marginal_rate_bp(beyond, low, high, bp)
        out.city_bp[world, s] = rate
        best = max(best, rate)
    out.best_bp[world], out.spent_krw[world] = best, spent
    for d in range(out.top_ups[world, 0], out.top_ups[world, 1]):
        out.top_up_bp[world, d] = 0
        if out.earns_top_up[world, d] == 1:
            low, high = today.topup_low_krw[world, d], today.topup_high_krw[world, d]
            out.top_up_bp[world, d] = marginal_rate_bp(spent, low, high, today.topup_bp[world, d])
            top_up = max(top_up, out.top_up_bp[world, d])
    out.ordinary_bp[world] = min(best + top_up, HIGHEST_RATE_BP)


@compiled_part
def read_person(standing: StaticInputs, today: DayInputs, out: PurchaseScratch, world: int, person: int) -> None:
    """Write which card the person holds by now, and for which top-ups of districts the person is meant: by group, and
    by card where only the district's own earns it."""
    home, age, constrained = np.int64(standing.home[person]), standing.age[person], standing.constrained[person]
    own_card = has_own_card(standing, today, world, person)
    out.own_card[world] = own_card
    first, end = np.int64(0), np.int64(0)
    if today.any_card_topup[world] == 1:
        end = np.int64(N_DISTRICTS)
    elif own_card:
        first, end = home, home + 1
    out.top_ups[world, 0], out.top_ups[world, 1] = first, end
    for d in range(first, end):
        by_card = today.topup_own_card[world, d] == 0 or (d == home and own_card)
        out.earns_top_up[world, d] = today.topup_for[world, d, age, constrained] == 1 and by_card


@compiled_part
def may_top_up(out: PurchaseScratch, world: int, district: int) -> bool:
    """Return whether what stands of a district's top-up in `out` is the person's own."""
    return out.top_ups[world, 0] <= district < out.top_ups[world, 1]


@compiled_part
def top_up_bp(out: PurchaseScratch, world: int, district: int) -> int:
    """Return what a district's top-up adds on the person's next won."""
    return out.top_up_bp[world, district] if may_top_up(out, world, district) else np.int64(0)


@compiled_part
def has_own_card(standing: StaticInputs, today: DayInputs, world: int, person: int) -> bool:
    """Return whether the person holds the card of the home district (launched, and picked up by now)."""
    home = standing.home[person]
    if home >= N_DISTRICTS or today.card_launched[world, home] == 0:
        return False
    return today.number[0] - today.launch_day[world, home] >= np.int64(standing.card_lag[person])


@compiled_part
def best_rate_bp(today: DayInputs, out: PurchaseScratch, world: int) -> int:
    """Return the most that any shop could give the person back today."""
    return min(out.best_bp[world] + today.most_extra_bp[world], HIGHEST_RATE_BP)


@compiled_part
def schedule_of(only: int, schedule: np.ndarray, band: np.ndarray, shop: int, cell: int) -> int:
    """Return the schedule of the city's tiers that a small shop of a cell has: the only one of a world (-1: they
    differ), or that of cell and sales band."""
    return only if only >= 0 else schedule[cell, band[shop]]


@compiled_part
def mean_city_bp(today: DayInputs, out: PurchaseScratch, world: int, sales: np.ndarray) -> int:
    """Return the city's rate at some shops of a cell, a mean by their sales by schedule (int64[S])."""
    only = today.only_schedule[world]
    return out.city_bp[world, only] if only >= 0 else mean_rate_bp(out.city_bp[world], sales)


@compiled_part
def ordinary_rate_bp(today: DayInputs, out: PurchaseScratch, world: int, cell: tuple) -> int:
    """Return the mean cashback rate at ordinary small shops of a cell (district, sector): the city's and the
    district's top-up."""
    district, sector = cell
    city = mean_city_bp(today, out, world, today.schedule_sales[world, district * N_SECTORS + sector])
    return city + top_up_bp(out, world, district)


@compiled_part
def plus_topup_bp(today: DayInputs, out: PurchaseScratch, world: int, home: int, district: int) -> int:
    """Return the Plus top-up that the person gets at Plus shops of a district."""
    if today.plus_own_card[world, district] == 1 and not (district == home and out.own_card[world] == 1):
        return np.int64(0)
    if out.spent_krw[world] >= today.plus_limit_krw[world, district]:
        return np.int64(0)
    return today.plus_bp[world, district]


@compiled_part
def gives_discount(today: DayInputs, world: int, shop: int, district: int) -> bool:
    """Return whether a small shop is a Plus shop that gives its discount today."""
    return today.shop_kind[world, shop] >= AT_PLUS and today.plus_open[world, district] == 1


@compiled_part
def usage_cut_at(standing: StaticInputs, affinity: int, rate_bp: int, remembered_ppm: int) -> np.uint64:
    """Return the chance times 2**32 to pay with the card at a rate, as it is perceived beside the one remembered."""
    return standing.usage_cut[affinity][perceived_rate_bp(rate_bp, np.int64(remembered_ppm), standing.memory[0])]


@compiled_part
def speed_at(standing: StaticInputs, rate_bp: int, who: tuple) -> float:
    """Return how fast an alternative arrives at a rate: faster only for a purchase that would be paid with the card."""
    response, affinity, bits, remembered_ppm = who
    rate_bp = min(rate_bp, HIGHEST_RATE_BP)
    usage = usage_cut_at(standing, affinity, rate_bp, remembered_ppm)
    return standing.speed[response, rate_bp] if pays_by_card(bits, usage) else 1.0


@compiled_part
def first_district(standing: StaticInputs, purchase: np.uint64, home: int, sector: int) -> int:
    """Return the district of the small shop that rings first of all small shops but the purchase's own place."""
    target, last = rng.unit(rng.draw_for(purchase, rng.FIRST_DISTRICT)) * standing.small_share[home, sector], 0
    for d in range(N_DISTRICTS):
        share = standing.place_share[home, sector, d]
        target -= share
        if target < 0.0:
            return d
        # By rounding the target may outlast all districts: a district without shops is not the last.
        last = d if share > 0.0 else last
    return last


@compiled_part
def residual(purchase: np.uint64, purpose: int, share: float) -> float:
    """Return how much longer the alternative of places with a share of all purchases has to go."""
    return rng.exponential(rng.draw_for(purchase, purpose)) / share


@compiled_part
def first_of_ordinary(
    standing: StaticInputs, today: DayInputs, out: PurchaseScratch, world: int, who: tuple, times: tuple, first: int
) -> tuple:
    """Return (choice, time) of the first of the ordinary shops to arrive, or what `times` says is earlier.

    `who` is (purchase, home, sector, (response, affinity, bits of payment, rate
    remembered)); `times` is (time without policy of the
    winner, wait of the first small shop, earliest time so far); `first` is the district of that shop, or -1 where it
    is a Plus shop, so that ordinary shops have longer to go.
    """
    purchase, home, sector, taste = who
    winning, wait, earliest = times
    best = _STAYS
    if first >= 0:
        speed = speed_at(standing, ordinary_rate_bp(today, out, world, (first, sector)), taste)
        time = arrival_time(winning, wait, speed)
        if time < earliest:
            earliest, best = time, first
    if arrival_time(winning, wait, speed_at(standing, out.ordinary_bp[world], taste)) >= earliest:
        return best, earliest
    for d in range(N_DISTRICTS):
        speed = speed_at(standing, ordinary_rate_bp(today, out, world, (d, sector)), taste)
        ordinary = 1.0 - today.plus_share[world, d * N_SECTORS + sector]
        share = standing.place_share[home, sector, d] * ordinary
        if d == first or share <= 0.0 or arrival_time(winning, wait, speed) >= earliest:
            continue
        later = residual(purchase, rng.ORDINARY_CLOCKS + d, share)
        time = arrival_time(winning, wait + later, speed)
        if time < earliest:
            earliest, best = time, d
    return best, earliest


@compiled_part
def plus_rate_bp(today: DayInputs, out: PurchaseScratch, world: int, home: int, cell: tuple) -> int:
    """Return what the Plus shops of a cell give back on average. `cell` is (district, sector)."""
    district, sector = cell
    number = district * N_SECTORS + sector
    rate = mean_city_bp(today, out, world, today.plus_schedule_sales[world, number]) + top_up_bp(out, world, district)
    return rate + plus_topup_bp(today, out, world, home, district) + today.plus_discount_bp[world, number]


@compiled_part
def first_of_plus(
    standing: StaticInputs, today: DayInputs, out: PurchaseScratch, world: int, who: tuple, times: tuple, after: float
) -> tuple:
    """Return (choice, time) of the first of the Plus shops to arrive, or what `times` says is earlier.

    All Plus shops together ring `after` the first small shop; which district's it is, is drawn from their shares,
    and those of the other districts have longer to go.
    """
    purchase, home, sector, taste = who
    winning, wait, earliest = times
    best = _STAYS
    target = rng.unit(rng.draw_for(purchase, rng.PLUS_DISTRICT)) * today.plus_pull[world, home, sector]
    is_first = False
    for d in range(N_DISTRICTS):
        share = standing.place_share[home, sector, d] * today.plus_share[world, d * N_SECTORS + sector]
        if share == 0.0:
            continue
        later = after
        target -= share
        if target < 0.0 and not is_first:
            is_first = True
        else:
            later = after + residual(purchase, rng.PLUS_CLOCKS + d, share)
        speed = speed_at(standing, plus_rate_bp(today, out, world, home, (d, sector)), taste)
        time = arrival_time(winning, wait + later, speed)
        if time < earliest:
            earliest, best = time, N_DISTRICTS + d
    return best, earliest


@compiled_part
def draws_of_race(purchase: np.uint64) -> tuple:
    """Return the draws for the winning time, the first alternative of small shops, whether Plus shops lead, and their
    first alternative."""
    return (
        rng.draw_for(purchase, rng.WINNING_TIME),
        rng.draw_for(purchase, rng.FIRST_CLOCK),
        rng.draw_for(purchase, rng.PLUS_LEADS),
        rng.draw_for(purchase, rng.PLUS_CLOCK),
    )


@compiled_part
def may_go_to_plus(today: DayInputs, world: int, where: tuple, bits: tuple, fastest: float, own_speed: float) -> bool:
    """Return whether a Plus shop could arrive first with at most the speed `fastest`; seldom wrongly.

    Either the first small shop to ring is a Plus shop, or the first of all Plus shops rings soon after. `where` and
    `bits` are those of `may_arrive_first`.
    """
    (home, sector), (winning, _, leads, waiting) = where, bits
    if rng.unit(leads) < today.most_plus_share[world, sector]:
        return True
    pull = today.plus_pull[world, home, sector]
    return not cannot_switch(rng.unit(winning), rng.unit(waiting), pull, fastest, own_speed)


@compiled_part
def may_arrive_first(
    standing: StaticInputs, today: DayInputs, world: int, where: tuple, bits: tuple, speeds: tuple, own_speed: float
) -> tuple:
    """Return whether another alternative than the purchase's own place could arrive first, with the time without policy
    of the winner and the wait of the first small shop (both 0 where the draws alone say that it cannot).

    `where` is (home, sector); `bits` are `draws_of_race`; `speeds` are the most at which alternatives of ordinary
    shops, and of any shops, run.
    """
    (winning, waiting, _, _), (ordinary, fastest) = bits, speeds
    share = standing.small_share[where]
    may_be_plus = may_go_to_plus(today, world, where, bits, fastest, own_speed)
    if not may_be_plus and cannot_switch(rng.unit(winning), rng.unit(waiting), share, ordinary, own_speed):
        return False, 0.0, 0.0
    time, wait = rng.exponential(winning), rng.exponential(waiting) / share
    return can_switch(time, wait, fastest if may_be_plus else ordinary, own_speed), time, wait


@compiled_part
def first_arrival(
    standing: StaticInputs, today: DayInputs, out: PurchaseScratch, world: int, who: tuple, times: tuple
) -> int:
    """Return where the first alternative arrives: -1 for the place without policy, d or 10 + d for ordinary or Plus
    shops of district d. `who` and `times` are those of `first_of_ordinary`."""
    purchase, home, sector, taste = who
    winning, wait, earliest = times
    first = first_district(standing, purchase, home, sector)
    best, leading = _STAYS, first
    pull = today.plus_pull[world, home, sector]
    share = today.plus_share[world, first * N_SECTORS + sector]
    if share > 0.0 and rng.unit(rng.draw_for(purchase, rng.PLUS_LEADS)) < share:
        leading = -1
        speed = speed_at(standing, plus_rate_bp(today, out, world, home, (first, sector)), taste)
        time = arrival_time(winning, wait, speed)
        if time < earliest:
            earliest, best = time, N_DISTRICTS + first
    choice, earliest = first_of_ordinary(standing, today, out, world, who, (winning, wait, earliest), leading)
    best = choice if choice != _STAYS else best
    if pull > 0.0:
        after = residual(purchase, rng.PLUS_CLOCK, pull)
        fastest = standing.speed[taste[0], best_rate_bp(today, out, world)]
        if arrival_time(winning, wait + after, fastest) < earliest:
            choice, earliest = first_of_plus(standing, today, out, world, who, (winning, wait, earliest), after)
            best = choice if choice != _STAYS else best
    return best


@compiled_part
def ordinary_shop(standing: StaticInputs, today: DayInputs, world: int, cell: tuple, bits: np.uint64) -> int:
    """Return an ordinary small shop of the cell (district, sector): Plus shops are drawn again, up to eight times."""
    district, sector = cell
    number = district * N_SECTORS + sector
    shop = shop_in_cell(standing, number, bits)
    for _ in range(_TRIES):
        if not gives_discount(today, world, shop, district):
            break
        bits = rng.mix(bits)
        shop = shop_in_cell(standing, number, bits)
    return shop


@compiled_part
def plus_shop(today: DayInputs, world: int, cell: int, bits: np.uint64) -> int:
    """Return a Plus shop of the cell, drawn by its sales."""
    half = rng.high_half(bits)
    low, high = today.plus_start[world, cell], today.plus_start[world, cell + 1] - 1
    while low < high:
        middle = (low + high) // 2
        if half < today.plus_cut[world, middle]:
            high = middle
        else:
            low = middle + 1
    return np.int64(today.plus_shop[world, low])
