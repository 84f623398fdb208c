"""One purchase in one world: which place, which shop, which means of payment, which money."""

import numpy as np

from eum.behavior.classification import district_of
from eum.behavior.consumption import (
    charge_buffer_krw,
    charge_krw,
    new_from_cashback_krw,
    new_from_price_krw,
    uses_cashback,
)
from eum.behavior.grants import raised_to_minimum_krw
from eum.behavior.payment_choice import pays_by_card, remembered_rate_ppm
from eum.dimensions import N_DISTRICTS, N_SECTORS, PLUS
from eum.engine.compiled.destination_choice import (
    gives_discount,
    may_top_up,
    ordinary_shop,
    plus_shop,
    plus_topup_bp,
    schedule_of,
    top_up_bp,
    usage_cut_at,
)
from eum.engine.lookup_tables import HIGHEST_RATE_BP
from eum.engine.state import (
    ACTIVE,
    AT_PLUS,
    BAND,
    CASHBACK_USED,
    CHARGED,
    DISCOUNT,
    EARNED,
    FEE_SUPPORT,
    FEES,
    GRANT_USED,
    ISSUED,
    MINIMUM,
    MOST,
    NEW_SPENDING,
    OPEN,
    USERS,
    DayInputs,
    PurchaseScratch,
    State,
    StaticInputs,
    Tally,
)
from eum.jit import compiled_apart, compiled_part, seldom
from eum.policy.arithmetic import cashback_krw, flat_krw, pro_rata_krw


@compiled_part
def switch_destination(
    standing: StaticInputs,
    today: DayInputs,
    out: PurchaseScratch,
    world: int,
    choice: int,
    sector: int,
    bits: np.uint64,
) -> None:
    """Send the purchase to ordinary (choice 0-9) or Plus shops (10-19) of a district; it is paid by card."""
    if choice < N_DISTRICTS:
        out.destination[world] = choice
        out.shop[world] = ordinary_shop(standing, today, world, (choice, sector), bits)
    else:
        district = choice - N_DISTRICTS
        out.destination[world] = PLUS + district
        out.shop[world] = plus_shop(today, world, district * N_SECTORS + sector, bits)
    out.covered[world] = 1


@compiled_part
def keep_destination(
    standing: StaticInputs, today: DayInputs, state: State, out: PurchaseScratch, world: int, who: tuple
) -> float:
    """Leave the purchase where it is without policy and return the speed of that place.

    `who` is (person, response, bits of payment, (alternative, shop), sector); the means of payment is settled here.
    Money of a grant may be what brings the card out; it makes no place cheaper than another.
    """
    person, response, bits, place, sector = who
    alternative, shop = place
    out.destination[world], out.shop[world], out.covered[world] = alternative, shop, 0
    if alternative >= N_DISTRICTS or not may_pay_by_card(today, state, world, person):
        return 1.0
    at_plus = gives_discount(today, world, shop, alternative)
    where = (shop, alternative, sector, at_plus)
    discount_bp = standing.discount_bp[shop] if at_plus else np.int64(0)
    rate = min(cashback_bp(standing, today, out, world, person, where) + discount_bp, HIGHEST_RATE_BP)
    usage = usage_cut_at(standing, standing.affinity[person], rate, state.remembered_ppm[world, person])
    by_rate = state.card[world, person] == ACTIVE and pays_by_card(bits, usage)
    if not by_rate:
        held = grant_held_krw(today.grant[world, OPEN], state.grant_krw, world, person)
        if held == 0 or not pays_by_card(bits, standing.grant_cut[0]):
            return 1.0
        if not grant_can_pay(today.grant[world], held, standing.band[shop], out.amount_krw[world], discount_bp):
            return 1.0
    out.covered[world], out.destination[world] = 1, PLUS + alternative if at_plus else alternative
    return standing.speed[response, rate] if by_rate else 1.0


@compiled_part
def cashback_bp(
    standing: StaticInputs, today: DayInputs, out: PurchaseScratch, world: int, person: int, where: tuple
) -> int:
    """Return the rate on the person's next won at a small shop: the city's, the district's top-up, the Plus top-up.

    `where` is (shop, district, sector, whether it is a Plus shop).
    """
    shop, district, sector, at_plus = where
    cell = district * N_SECTORS + sector
    schedule = schedule_of(today.only_schedule[world], today.schedule[world], standing.band, shop, cell)
    rate = out.city_bp[world, schedule] + top_up_bp(out, world, district)
    return rate + plus_topup_bp(today, out, world, np.int64(standing.home[person]), district) if at_plus else rate


@compiled_part
def grant_held_krw(is_open: int, grant_krw: np.ndarray, world: int, person: int) -> int:
    """Return the grant money on the person's card that can be spent today."""
    return grant_krw[world, person] if seldom(grant_krw.shape[1] > 0 and is_open == 1) else np.int64(0)


@compiled_part
def may_pay_by_card(today: DayInputs, state: State, world: int, person: int) -> bool:
    """Return whether a person's card is in use in a world, or holds grant money that can be spent today."""
    if state.card[world, person] == ACTIVE:
        return True
    return grant_held_krw(today.grant[world, OPEN], state.grant_krw, world, person) > 0


@compiled_apart
def grant_at_krw(grant: np.ndarray, held_krw: int, band: int) -> int:
    """Return the most of the grant money held that can pay in one purchase at a shop of a sales band.

    `grant` is the world's row of `Today.grant`.
    """
    return min(held_krw, grant[MOST]) if np.int64(band) < grant[BAND] else np.int64(0)


@compiled_apart
def grant_can_pay(grant: np.ndarray, held_krw: int, band: int, amount_krw: int, discount_bp: int) -> bool:
    """Return whether grant money held can pay for a purchase at a shop with a discount."""
    usable = grant_at_krw(grant, held_krw, band)
    return usable > 0 and price_krw(grant, amount_krw, usable, discount_bp) >= grant[MINIMUM]


@compiled_apart
def price_krw(grant: np.ndarray, amount_krw: int, grant_krw: int, discount_bp: int) -> int:
    """Return what a purchase costs before the discount where up to `grant_krw` of grant money can pay for it."""
    benefit = min(grant_krw, grant[MINIMUM] - flat_krw(grant[MINIMUM], discount_bp))
    return raised_to_minimum_krw(amount_krw, grant[MINIMUM], benefit)


@compiled_part
def claim(today: DayInputs, tally: Tally, world: int, budget: int, claim_krw: int) -> int:
    """Claim won from a budget and return what is paid; budget -1 has no limit."""
    tally.claims[world, budget] += claim_krw
    paid = claim_krw
    if seldom(budget >= 0 and today.claimed_krw[world, budget] > today.left_krw[world, budget]):
        paid = pro_rata_krw(claim_krw, today.left_krw[world, budget], today.claimed_krw[world, budget])
    tally.paid[world, budget] += paid
    return paid


@compiled_part
def earn_from_city(
    standing: StaticInputs, today: DayInputs, tally: Tally, out: PurchaseScratch, world: int, person: int, what: tuple
) -> int:
    """Return the city's benefit paid on charged money. `what` is (schedule, won charged)."""
    schedule, charged_krw = what
    base_bp, beyond = today.base_bp[world, schedule], out.spent_krw[world]
    if seldom(base_bp > 0):
        beyond -= flat_krw(standing.monthly_krw[standing.level[person]], base_bp)
    benefit = cashback_krw(
        charged_krw,
        beyond,
        today.tier_low_krw[world, schedule],
        today.tier_high_krw[world, schedule],
        today.tier_bp[world, schedule],
    )
    benefit = min(benefit, today.most_per_payment_krw[world, schedule])
    return claim(today, tally, world, today.budget_city[world, schedule], benefit)


@compiled_part
def earn_more(today: DayInputs, tally: Tally, out: PurchaseScratch, world: int, home: int, what: tuple) -> int:
    """Return the cashback paid on charged money besides the city's: the district's top-up, the Plus top-up.

    `what` is (district, whether it is a Plus shop, won charged).
    """
    district, at_plus, charged_krw = what
    before, earned = out.spent_krw[world], np.int64(0)
    if may_top_up(out, world, district) and out.earns_top_up[world, district] == 1:
        top_up = cashback_krw(
            charged_krw,
            before,
            today.topup_low_krw[world, district],
            today.topup_high_krw[world, district],
            today.topup_bp[world, district],
        )
        earned += claim(today, tally, world, today.budget_topup[world, district], top_up)
    if at_plus:
        counts = min(charged_krw, today.plus_limit_krw[world, district] - before)
        plus = flat_krw(counts, plus_topup_bp(today, out, world, home, district))
        earned += claim(today, tally, world, today.budget_plus[world, district], plus)
    return earned


@compiled_part
def earn(
    standing: StaticInputs, today: DayInputs, tally: Tally, out: PurchaseScratch, world: int, person: int, what: tuple
) -> tuple:
    """Earn what is paid on charged money; return all of it and the part that is taken off at the till.

    `what` is ((shop, district, sector, whether it is a Plus shop), won charged).
    """
    (shop, district, sector, at_plus), charged_krw = what
    cell, home = district * N_SECTORS + sector, np.int64(standing.home[person])
    schedule = schedule_of(today.only_schedule[world], today.schedule[world], standing.band, shop, cell)
    city = earn_from_city(standing, today, tally, out, world, person, (schedule, charged_krw))
    more = earn_more(today, tally, out, world, home, (district, at_plus, charged_krw))
    saved = city * np.int64(today.at_once[world, schedule])
    out.earned_krw[world] += city + more - saved
    out.saved_krw[world] += saved
    tally.totals[world, EARNED] += city + more
    return city + more, saved


@compiled_part
def charge_shop(
    standing: StaticInputs, today: DayInputs, tally: Tally, world: int, where: tuple, paid_krw: int
) -> None:
    """Post the merchant fee of a card payment and the support of it. `where` is (shop, district, at Plus)."""
    shop, district, at_plus = where
    band = today.shop_kind[world, shop] % AT_PLUS
    tally.totals[world, FEES] += flat_krw(paid_krw, standing.fee_bp[band])
    rate = np.int64(0)
    if at_plus:
        rate = today.fee_plus_bp[world, district]
    elif np.int64(band) < today.fee_ordinary_band[world, district]:
        rate = today.fee_ordinary_bp[world, district]
    if rate > 0:
        budget = today.budget_fee[world, district]
        support = claim(today, tally, world, budget, flat_krw(paid_krw, rate))
        tally.support[world, budget] += support
        tally.totals[world, FEE_SUPPORT] += support


@compiled_part
def count_payment(tally: Tally, world: int, paid_krw: int, parts: tuple) -> None:
    """Count one card payment. `parts` is (cashback used, grant money used, discount given, new consumption)."""
    used, granted, discount, new = parts
    totals = tally.totals[world]
    totals[CASHBACK_USED] += used
    totals[GRANT_USED] += granted
    totals[CHARGED] += paid_krw - used - granted
    totals[DISCOUNT] += discount
    totals[NEW_SPENDING] += new


@compiled_part
def use_money(
    standing: StaticInputs, today: DayInputs, state: State, out: PurchaseScratch, world: int, who: tuple, cost: tuple
) -> tuple:
    """Return (price before the discount, discount, grant money used, cashback used) of a card payment.

    Grant money goes first. `who` is (person, bits for the use of cashback), `cost` is (shop, its discount in basis
    points).
    """
    (person, bits), (shop, discount_bp) = who, cost
    price, granted, used = out.amount_krw[world], np.int64(0), np.int64(0)
    held, terms = grant_held_krw(today.grant[world, OPEN], state.grant_krw, world, person), today.grant[world]
    if seldom(held > 0) and grant_can_pay(terms, held, standing.band[shop], price, discount_bp):
        usable = grant_at_krw(terms, held, standing.band[shop])
        price = price_krw(terms, price, usable, discount_bp)
        granted = min(usable, price - flat_krw(price, discount_bp))
        state.grant_krw[world, person] -= granted
    discount = flat_krw(price, discount_bp)
    balance = state.balance_krw[world, person]
    if balance > 0 and uses_cashback(bits, standing.use_cut[0], standing.use_growth[0], balance, price - discount):
        used = min(balance, price - discount - granted)
        state.balance_krw[world, person] -= used
    return price, discount, granted, used


@compiled_part
def charge_card(
    standing: StaticInputs, state: State, tally: Tally, world: int, person: int, rate_bp: int, own_krw: int
) -> None:
    """Take a payment's own money off the card, and charge more before where what is on it does not suffice."""
    held, issued = state.own_krw[world, person], np.int64(0)
    if own_krw > held:
        affinity = standing.affinity[person]
        usage = usage_cut_at(standing, affinity, min(rate_bp, HIGHEST_RATE_BP), state.remembered_ppm[world, person])
        monthly_krw = standing.monthly_krw[standing.level[person]]
        issued = charge_krw(own_krw, held, charge_buffer_krw(monthly_krw, usage, standing.charge_ppm[0]))
    state.own_krw[world, person] = held + issued - own_krw
    tally.totals[world, ISSUED] += issued


@compiled_part
def note_payment(
    standing: StaticInputs, state: State, tally: Tally, world: int, person: int, earned_krw: int, charged_krw: int
) -> None:
    """Let the person remember what the payment earned, and count who pays for the first time this month."""
    before = np.int64(state.remembered_ppm[world, person])
    state.remembered_ppm[world, person] = remembered_rate_ppm(before, earned_krw, charged_krw, standing.memory[1])
    if state.has_paid[world, person] == 0:
        state.has_paid[world, person] = 1
        tally.holders[world, USERS, standing.home[person]] += 1


@compiled_part
def pay_by_card(
    standing: StaticInputs,
    today: DayInputs,
    state: State,
    tally: Tally,
    out: PurchaseScratch,
    world: int,
    person: int,
    what: tuple,
) -> None:
    """Pay with the card: discount, grant money and cashback used, basket growth, charge, cashback earned, fees.

    `what` is (sector, bits for the use of cashback); the amount without policy stands in `out`, where amounts land.
    """
    sector, bits = what
    shop, at_plus = out.shop[world], out.destination[world] >= PLUS
    district, amount = district_of(out.destination[world]), out.amount_krw[world]
    propensity = standing.propensity_bp[standing.constrained[person]]
    where = (shop, district, sector, at_plus)
    rate = cashback_bp(standing, today, out, world, person, where)
    cost = (shop, standing.discount_bp[shop] if at_plus else np.int64(0))
    price, discount, granted, used = use_money(standing, today, state, out, world, (person, bits), cost)
    more = price - amount
    new = more + new_from_cashback_krw(used + granted - more, propensity)
    new += new_from_price_krw(amount, rate, standing.propensity_bp[2])
    charged = amount - discount + new - used - granted
    earned, saved = earn(standing, today, tally, out, world, person, (where, charged))
    if saved > 0:
        new += new_from_cashback_krw(saved, propensity)
    paid = amount - discount + new
    charge_card(standing, state, tally, world, person, rate + cost[1], paid - used - saved - granted)
    charge_shop(standing, today, tally, world, (shop, district, at_plus), paid)
    state.month_to_date_krw[world, person] += charged
    note_payment(standing, state, tally, world, person, earned, charged)
    out.paid_krw[world], out.new_krw[world] = paid, new
    count_payment(tally, world, paid, (used + saved, granted, discount, new))


@compiled_part
def pay_otherwise(out: PurchaseScratch, world: int) -> None:
    """Pay by other means than the card, or nothing where the purchase is not made."""
    out.paid_krw[world] = out.amount_krw[world] if out.destination[world] >= 0 else 0
    out.new_krw[world] = 0
    out.covered[world] = 0
