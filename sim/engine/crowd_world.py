"""One purchase in one world: which place, which shop, which means of payment, which money."""

import numpy as np

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
    NEW_SPENDING,
    PLUS,
    Outcome,
    Standing,
    State,
    Tally,
    Today,
)
from sim.engine.crowd_place import (
    district_of,
    gives_discount,
    ordinary_rate_bp,
    ordinary_shop,
    plus_shop,
    plus_topup_bp,
    read_rates,
)
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

    `who` is (person, response, bits of payment, alternative, shop); the means of payment is settled here.
    """
    person, response, bits, alternative, shop = who
    out.destination[world], out.shop[world], out.covered[world] = alternative, shop, 0
    if alternative >= N_DISTRICTS or state.card[world, person] != ACTIVE:
        return 1.0
    home = np.int64(standing.home[person])
    rate, destination = ordinary_rate_bp(out, world, home, alternative), alternative
    if gives_discount(today, world, shop, alternative):
        rate += plus_topup_bp(today, out, world, home, alternative) + standing.discount_bp[shop]
        destination = PLUS + alternative
    if not pays_by_card(bits, standing.usage_cut[standing.affinity[person], rate]):
        return 1.0
    out.covered[world], out.destination[world] = 1, destination
    return standing.speed[response, rate]


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
def earn(today: Today, state: State, tally: Tally, out: Outcome, world: int, where: tuple, charged_krw: int) -> int:
    """Return the cashback paid on charged money: city tiers, the district's top-up, the Plus top-up.

    `where` is (person, home, district, whether it is a Plus shop).
    """
    person, home, district, at_plus = where
    before = state.month_to_date_krw[world, person]
    city = cashback_krw(
        charged_krw, before, today.tier_low_krw[world], today.tier_high_krw[world], today.tier_bp[world]
    )
    earned = claim(today, tally, world, today.budget_city[world], city)
    if district == home and out.own_card[world] == 1:
        top_up = cashback_krw(
            charged_krw,
            before,
            today.topup_low_krw[world, district],
            today.topup_high_krw[world, district],
            today.topup_bp[world, district],
        )
        earned += claim(today, tally, world, today.budget_topup[world, district], top_up)
    if at_plus:
        plus = flat_krw(charged_krw, plus_topup_bp(today, out, world, home, district))
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
def count_payment(tally: Tally, world: int, used_krw: int, paid_krw: int, discount_krw: int, new_krw: int) -> None:
    """Count one card payment: cashback used, money charged, discount given, new consumption."""
    totals = tally.totals[world]
    totals[CASHBACK_USED] += used_krw
    totals[CHARGED] += paid_krw - used_krw
    totals[DISCOUNT] += discount_krw
    totals[NEW_SPENDING] += new_krw


@compiled
def pay_by_card(
    standing: Standing, today: Today, state: State, tally: Tally, out: Outcome, world: int, person: int, basket: tuple
) -> None:
    """Pay with the card: discount, cashback used, basket growth, charge, cashback earned, fees.

    `basket` is (amount without policy, bits for the use of cashback). Amounts land in `out`.
    """
    amount, bits = basket
    home = np.int64(standing.home[person])
    shop, at_plus = out.shop[world], out.destination[world] >= PLUS
    district = district_of(out.destination[world])
    rate = ordinary_rate_bp(out, world, home, district)
    discount, used = np.int64(0), np.int64(0)
    if at_plus:
        rate += plus_topup_bp(today, out, world, home, district)
        discount = flat_krw(amount, standing.discount_bp[shop])
    if state.balance_krw[world, person] > 0 and uses_cashback(bits, standing.use_cut[0]):
        used = min(state.balance_krw[world, person], amount - discount)
    new = new_from_cashback_krw(used, standing.propensity_bp[standing.constrained[person]])
    new += new_from_price_krw(amount, rate, standing.propensity_bp[2])
    paid = amount - discount + new
    earned = earn(today, state, tally, out, world, (person, home, district, at_plus), paid - used)
    charge_shop(standing, today, tally, world, (shop, district, at_plus), paid)
    state.balance_krw[world, person] -= used
    state.month_to_date_krw[world, person] += paid - used
    read_rates(standing, today, state, out, world, person)
    out.earned_krw[world] += earned
    tally.totals[world, EARNED] += earned
    out.paid_krw[world], out.new_krw[world] = paid, new
    count_payment(tally, world, used, paid, discount, new)


@compiled
def pay_otherwise(out: Outcome, world: int, amount_krw: int) -> None:
    """Pay by other means than the card, or nothing where the purchase is not made."""
    out.paid_krw[world] = amount_krw
    out.new_krw[world] = 0
    out.covered[world] = 0
