"""One purchase in one world: which place, which shop, which means of payment, which money."""

import numpy as np

from sim.behavior.grants import raised_to_minimum_krw
from sim.behavior.household import new_from_cashback_krw, new_from_price_krw, uses_cashback
from sim.behavior.payment import pays_by_card
from sim.compiled import compiled
from sim.engine.columns import (
    ACTIVE,
    CASHBACK_USED,
    CHARGED,
    DISCOUNT,
    EARNED,
    FEE_SUPPORT,
    FEES,
    GRANT_USED,
    NEW_SPENDING,
    PLUS,
    Outcome,
    Standing,
    State,
    Tally,
    Today,
)
from sim.engine.crowd_place import (
    base_krw,
    district_of,
    earns_top_up,
    gives_discount,
    ordinary_shop,
    plus_shop,
    plus_topup_bp,
    read_rates,
    schedule_of,
)
from sim.engine.tables import HIGHEST_RATE_BP
from sim.policy.arithmetic import cashback_krw, flat_krw, pro_rata_krw
from sim.vocabulary import N_DISTRICTS, N_SECTORS


@compiled
def go_to(
    standing: Standing, today: Today, out: Outcome, world: int, choice: int, sector: int, bits: np.uint64
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


@compiled
def stay(standing: Standing, today: Today, state: State, out: Outcome, world: int, who: tuple) -> float:
    """Leave the purchase where it is without policy and return the speed of that place's clock.

    `who` is (person, response, bits of payment, (alternative, shop), sector); the means of payment is settled here.
    Money of a grant may be what brings the card out; it makes no place cheaper than another.
    """
    person, response, bits, place, sector = who
    alternative, shop = place
    out.destination[world], out.shop[world], out.covered[world] = alternative, shop, 0
    if alternative >= N_DISTRICTS or state.card[world, person] != ACTIVE:
        return 1.0
    at_plus = gives_discount(today, world, shop, alternative)
    where = (shop, alternative, sector, at_plus)
    discount_bp = standing.discount_bp[shop] if at_plus else np.int64(0)
    rate = min(cashback_bp(standing, today, out, world, person, where) + discount_bp, HIGHEST_RATE_BP)
    by_rate = pays_by_card(bits, standing.usage_cut[standing.affinity[person], rate])
    if not by_rate and not pays_with_grant(standing, today, state, out, world, person, (shop, discount_bp, bits)):
        return 1.0
    out.covered[world], out.destination[world] = 1, PLUS + alternative if at_plus else alternative
    return standing.speed[response, rate] if by_rate else 1.0


@compiled
def cashback_bp(standing: Standing, today: Today, out: Outcome, world: int, person: int, where: tuple) -> int:
    """Return the rate on the person's next won at a small shop: the city's, the district's top-up, the Plus top-up.

    `where` is (shop, district, sector, whether it is a Plus shop).
    """
    shop, district, sector, at_plus = where
    schedule = schedule_of(standing, today, world, shop, district * N_SECTORS + sector)
    rate = out.city_bp[world, schedule] + out.top_up_bp[world, district]
    return rate + plus_topup_bp(today, out, world, np.int64(standing.home[person]), district) if at_plus else rate


@compiled
def grant_held_krw(today: Today, state: State, world: int, person: int) -> int:
    """Return the grant money on the person's card that can be spent today."""
    if state.grant_krw.shape[1] == 0 or today.grant_open[world] == 0:
        return np.int64(0)
    return state.grant_krw[world, person]


@compiled
def grant_at_krw(standing: Standing, today: Today, state: State, world: int, person: int, shop: int) -> int:
    """Return the most grant money that the person can pay with in one purchase at a small shop."""
    held = grant_held_krw(today, state, world, person)
    if held == 0 or np.int64(standing.band[shop]) >= today.grant_band[world]:
        return np.int64(0)
    return min(held, today.grant_most_krw[world])


@compiled
def price_krw(today: Today, world: int, amount_krw: int, grant_krw: int, discount_bp: int) -> int:
    """Return what a purchase costs before the discount where up to `grant_krw` of grant money can pay for it."""
    minimum = today.grant_minimum_krw[world]
    benefit = min(grant_krw, minimum - flat_krw(minimum, discount_bp))
    return raised_to_minimum_krw(amount_krw, minimum, benefit)


@compiled
def pays_with_grant(
    standing: Standing, today: Today, state: State, out: Outcome, world: int, person: int, what: tuple
) -> bool:
    """Return whether grant money alone makes the person take the card out. `what` is (shop, its discount, bits)."""
    shop, discount_bp, bits = what
    if not pays_by_card(bits, standing.grant_cut[0]):
        return False
    grant = grant_at_krw(standing, today, state, world, person, shop)
    price = price_krw(today, world, out.amount_krw[world], grant, discount_bp)
    return grant > 0 and price >= today.grant_minimum_krw[world]


@compiled
def claim(today: Today, tally: Tally, world: int, budget: int, claim_krw: int) -> int:
    """Claim won from a budget and return what is paid; budget -1 has no limit."""
    tally.claims[world, budget] += claim_krw
    paid = claim_krw
    if budget >= 0:
        paid = pro_rata_krw(claim_krw, today.left_krw[world, budget], today.claimed_krw[world, budget])
    tally.paid[world, budget] += paid
    return paid


@compiled
def earn_from_city(
    standing: Standing, today: Today, tally: Tally, out: Outcome, world: int, person: int, what: tuple
) -> int:
    """Return the city's benefit paid on charged money. `what` is (schedule, won charged)."""
    schedule, charged_krw = what
    beyond = out.spent_krw[world] - base_krw(standing, today, world, schedule, person)
    benefit = cashback_krw(
        charged_krw,
        beyond,
        today.tier_low_krw[world, schedule],
        today.tier_high_krw[world, schedule],
        today.tier_bp[world, schedule],
    )
    benefit = min(benefit, today.most_per_payment_krw[world, schedule])
    return claim(today, tally, world, today.budget_city[world, schedule], benefit)


@compiled
def earn_more(
    standing: Standing, today: Today, tally: Tally, out: Outcome, world: int, person: int, what: tuple
) -> int:
    """Return the cashback paid on charged money besides the city's: the district's top-up, the Plus top-up.

    `what` is (district, whether it is a Plus shop, won charged).
    """
    district, at_plus, charged_krw = what
    before, earned = out.spent_krw[world], np.int64(0)
    if earns_top_up(standing, today, out, world, person, district):
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
        home = np.int64(standing.home[person])
        plus = flat_krw(counts, plus_topup_bp(today, out, world, home, district))
        earned += claim(today, tally, world, today.budget_plus[world, district], plus)
    return earned


@compiled
def charge_shop(standing: Standing, today: Today, tally: Tally, world: int, where: tuple, paid_krw: int) -> None:
    """Post the merchant fee of a card payment and the support of it. `where` is (shop, district, at Plus)."""
    shop, district, at_plus = where
    band = standing.band[shop]
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


@compiled
def count_payment(tally: Tally, world: int, paid_krw: int, parts: tuple) -> None:
    """Count one card payment. `parts` is (cashback used, grant money used, discount given, new consumption)."""
    used, granted, discount, new = parts
    totals = tally.totals[world]
    totals[CASHBACK_USED] += used
    totals[GRANT_USED] += granted
    totals[CHARGED] += paid_krw - used - granted
    totals[DISCOUNT] += discount
    totals[NEW_SPENDING] += new


@compiled
def use_money(
    standing: Standing, today: Today, state: State, out: Outcome, world: int, who: tuple, cost: tuple
) -> tuple:
    """Return (price before the discount, discount, grant money used, cashback used) of a card payment.

    Grant money goes first. `who` is (person, bits for the use of cashback), `cost` is (shop, its discount in basis
    points).
    """
    (person, bits), (shop, discount_bp) = who, cost
    price, granted, used = out.amount_krw[world], np.int64(0), np.int64(0)
    grant = grant_at_krw(standing, today, state, world, person, shop)
    if grant > 0:
        price = price_krw(today, world, price, grant, discount_bp)
    discount = flat_krw(price, discount_bp)
    if grant > 0 and price >= today.grant_minimum_krw[world]:
        granted = min(grant, price - discount)
        state.grant_krw[world, person] -= granted
    if state.balance_krw[world, person] > 0 and uses_cashback(bits, standing.use_cut[0]):
        used = min(state.balance_krw[world, person], price - discount - granted)
        state.balance_krw[world, person] -= used
    return price, discount, granted, used


@compiled
def pay_by_card(
    standing: Standing, today: Today, state: State, tally: Tally, out: Outcome, world: int, person: int, what: tuple
) -> None:
    """Pay with the card: discount, grant money and cashback used, basket growth, charge, cashback earned, fees.

    `what` is (sector, bits for the use of cashback); the amount without policy stands in `out`, where amounts land.
    """
    sector, bits = what
    shop, at_plus = out.shop[world], out.destination[world] >= PLUS
    district, amount = district_of(out.destination[world]), out.amount_krw[world]
    propensity = standing.propensity_bp[standing.constrained[person]]
    rate = cashback_bp(standing, today, out, world, person, (shop, district, sector, at_plus))
    schedule = schedule_of(standing, today, world, shop, district * N_SECTORS + sector)
    cost = (shop, standing.discount_bp[shop] if at_plus else np.int64(0))
    price, discount, granted, used = use_money(standing, today, state, out, world, (person, bits), cost)
    more = price - amount
    new = more + new_from_cashback_krw(used + granted - more, propensity)
    new += new_from_price_krw(amount, rate, standing.propensity_bp[2])
    charged = amount - discount + new - used - granted
    city = earn_from_city(standing, today, tally, out, world, person, (schedule, charged))
    earned = earn_more(standing, today, tally, out, world, person, (district, at_plus, charged))
    saved = city * np.int64(today.at_once[world, schedule])
    new += new_from_cashback_krw(saved, propensity)
    paid = amount - discount + new
    charge_shop(standing, today, tally, world, (shop, district, at_plus), paid)
    state.month_to_date_krw[world, person] += charged
    read_rates(standing, today, state, out, world, person)
    out.earned_krw[world] += earned + city - saved
    out.saved_krw[world] += saved
    tally.totals[world, EARNED] += earned + city
    out.paid_krw[world], out.new_krw[world] = paid, new
    count_payment(tally, world, paid, (used + saved, granted, discount, new))


@compiled
def pay_otherwise(out: Outcome, world: int) -> None:
    """Pay by other means than the card, or nothing where the purchase is not made."""
    out.paid_krw[world] = out.amount_krw[world] if out.destination[world] >= 0 else 0
    out.new_krw[world] = 0
    out.covered[world] = 0
