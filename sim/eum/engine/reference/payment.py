"""What a card payment comes to for a person of the reference: grant money and cashback used, benefits, fees."""

import numpy as np

from eum import rng
from eum.behavior.adoption import DAYS_PER_MONTH
from eum.behavior.consumption import (
    charge_buffer_krw,
    charge_krw,
    new_from_cashback_krw,
    new_from_price_krw,
    uses_cashback,
)
from eum.behavior.grants import raised_to_minimum_krw
from eum.behavior.payment_choice import remembered_rate_ppm
from eum.dimensions import N_SECTORS, PLUS
from eum.engine.reference.rates import base_krw, earns_top_up, plus_topup_bp, rates_at, schedule_of, usage_at
from eum.engine.reference.scenario import Scenario
from eum.engine.reference.state import Bill, Person, Purchase, Visit
from eum.policy.arithmetic import cashback_krw, flat_krw


def grant_at_krw(person: Person, world: Scenario, shop: int) -> int:
    """Return the most grant money that the person can pay with in one purchase at a small shop."""
    terms, held = world.terms, person.evening[world.number].grant_krw
    accepts = bool(terms.grant_open) and person.model.city.shops.band[shop] < terms.grant_band
    return min(held, int(terms.grant_most_krw)) if accepts else 0


def holds_grant(person: Person, world: Scenario) -> bool:
    """Return whether grant money that can be spent today is on the person's card."""
    return bool(world.terms.grant_open) and person.evening[world.number].grant_krw > 0


def price_krw(world: Scenario, amount_krw: int, grant_krw: int, discount_bp: int) -> int:
    """Return what a purchase costs before the discount where up to `grant_krw` of grant money can pay for it."""
    minimum = int(world.terms.grant_minimum_krw)
    benefit = min(grant_krw, minimum - int(flat_krw(minimum, discount_bp)))
    return int(raised_to_minimum_krw(amount_krw, minimum, benefit)) if grant_krw else amount_krw


def grant_can_pay(person: Person, world: Scenario, shop: int, amount_krw: int, discount_bp: int) -> bool:
    """Return whether grant money on the card can pay for a purchase at a small shop with a discount."""
    grant = grant_at_krw(person, world, shop)
    price = price_krw(world, amount_krw, grant, discount_bp)
    return grant > 0 and price >= int(world.terms.grant_minimum_krw)


def _use_money(
    person: Person, world: Scenario, purchase: Purchase, shop: int, discount_bp: int
) -> tuple[int, int, int, int]:
    """Return (price before the discount, discount, grant money used, cashback used): grant money goes first."""
    wallet, granted, used = person.evening[world.number], 0, 0
    grant = grant_at_krw(person, world, shop)
    price = price_krw(world, purchase.amount_krw, grant, discount_bp)
    discount = int(flat_krw(price, discount_bp))
    if price >= world.terms.grant_minimum_krw:
        granted = min(grant, price - discount)
    use = np.uint64(rng.lower_half(purchase.bits(rng.PAYMENT)))
    p, held = person.model.parameters, wallet.balance_krw
    share = rng.cut(p.cashback_use_share)
    if held > 0 and uses_cashback(use, share, p.cashback_use_growth, held, price - discount):
        used = min(wallet.balance_krw, price - discount - granted)
    wallet.grant_krw -= granted
    wallet.balance_krw -= used
    return price, discount, granted, used


def pay_by_card(person: Person, world: Scenario, purchase: Purchase, visit: Visit) -> Bill:
    """Discount, grant money and cashback used, growth of the basket, charge, benefits earned, merchant fee."""
    p, wallet, amount = person.model.parameters, person.evening[world.number], purchase.amount_krw
    shop, at_plus = visit.shop, visit.destination >= PLUS
    rates = rates_at(person, world, shop, at_plus)
    price, discount, granted, used = _use_money(person, world, purchase, shop, rates.discount_bp)
    propensity = round((p.mpc_constrained if person.constrained else p.mpc_other) * 10_000)
    more = price - amount
    new = more + new_from_cashback_krw(used + granted - more, propensity)
    new += new_from_price_krw(amount, rates.cashback_bp, round(p.basket_response * 10_000))
    charged = amount - discount + new - used - granted
    city, saved = _earn_from_city(person, world, shop, charged)
    earned = city + _earn_more(person, world, shop, at_plus, charged)
    new += new_from_cashback_krw(saved, propensity)
    paid = int(amount - discount + new)
    own = paid - used - saved - granted
    issued = _charge(person, world, rates.cashback_bp + rates.discount_bp, own)
    fee, support = _fee(person, world, shop, at_plus, paid)
    wallet.month_to_date_krw += charged
    learning = round(p.rate_learning_share * 1e6)
    wallet.remembered_ppm = int(remembered_rate_ppm(wallet.remembered_ppm, earned, charged, learning))
    wallet.has_paid = True
    person.earned_today[world.number] += earned - saved
    person.saved_today[world.number] += saved
    counted = {
        "used": used + saved, "granted": granted, "discount": discount, "fees": fee, "support": support, "new": new,
        "earned": earned, "charged": own, "issued": issued,
    }  # fmt: skip
    for name, won in counted.items():
        person.model.day.counts[f"{name}_krw"][world.number] += won
    return Bill(paid, paid, int(new), used + saved, earned, rates, granted, used, schedule_of(person, world, shop))


def _charge(person: Person, world: Scenario, rate_bp: int, own_krw: int) -> int:
    """Take a payment's own money off the card; return what is charged before, where own money on it is short."""
    p, wallet = person.model.parameters, person.evening[world.number]
    days_ppm = round(p.charge_days / DAYS_PER_MONTH * 1e6)
    usage = rng.cut(usage_at(person, world, rate_bp))
    buffer = charge_buffer_krw(person.model.monthly_krw[person.level], usage, days_ppm)
    issued = int(charge_krw(own_krw, wallet.own_krw, buffer))
    wallet.own_krw += issued - own_krw
    return issued


def _earn_from_city(person: Person, world: Scenario, shop: int, charged_krw: int) -> tuple[int, int]:
    """Return the city's benefit paid on charged money, and the part of it that is taken off at the till."""
    t, s = world.terms, schedule_of(person, world, shop)
    beyond = person.evening[world.number].month_to_date_krw - base_krw(person, world, s)
    benefit = int(cashback_krw(charged_krw, beyond, t.tier_low_krw[s], t.tier_high_krw[s], t.tier_bp[s]))
    paid = int(world.claim(int(t.budget_city[s]), min(benefit, int(t.most_per_payment_krw[s]))))
    return paid, paid if t.at_once[s] else 0


def _earn_more(person: Person, world: Scenario, shop: int, at_plus: bool, charged_krw: int) -> int:
    """Return the cashback paid on charged money besides the city's: the district's top-up, the Plus top-up."""
    t, before, earned = world.terms, person.evening[world.number].month_to_date_krw, 0
    district = int(person.model.city.shops.cell[shop]) // N_SECTORS
    if earns_top_up(person, world, district):
        tiers = (t.topup_low_krw[district], t.topup_high_krw[district], t.topup_bp[district])
        earned += world.claim(int(t.budget_topup[district]), cashback_krw(charged_krw, before, *tiers))
    if at_plus:
        counts = min(charged_krw, int(t.plus_limit_krw[district]) - before)
        top_up = flat_krw(counts, plus_topup_bp(person, world, district))
        earned += world.claim(int(t.budget_plus[district]), top_up)
    return int(earned)


def _fee(person: Person, world: Scenario, shop: int, at_plus: bool, paid_krw: int) -> tuple[int, int]:
    """Return the merchant fee of a card payment and the support of it that a district pays."""
    city, terms = person.model.city, world.terms
    band, district = int(city.shops.band[shop]), city.shops.cell[shop] // N_SECTORS
    fee = flat_krw(paid_krw, int(person.model.fee_bp[band]))
    rate = 0
    if at_plus:
        rate = int(terms.fee_plus_bp[district])
    elif band < terms.fee_ordinary_band[district]:
        rate = int(terms.fee_ordinary_bp[district])
    if rate == 0:
        return fee, 0
    budget = int(terms.budget_fee[district])
    support = world.claim(budget, flat_krw(paid_krw, rate))
    world.supported_krw[budget] = world.supported_krw.get(budget, 0) + support
    return fee, support
