"""What a card payment earns a person of the reference: rates on the next won, shop by shop."""

import numpy as np

from eum.behavior.payment_choice import perceived_rate_bp, usage_share
from eum.dimensions import N_DISTRICTS, N_SECTORS, SALES_BANDS
from eum.engine.reference.scenario import Scenario
from eum.engine.reference.state import Person, Rates
from eum.policy.arithmetic import flat_krw, marginal_rate_bp, mean_rate_bp

HIGHEST_RATE_BP = 10_000
"""Nobody who would not take the card out for everything given back takes it out for less."""


def has_own_card(person: Person, world: Scenario) -> bool:
    """Return whether the person has the card of the home district by now."""
    terms = world.terms
    if person.home >= N_DISTRICTS or not terms.card_launched[person.home]:
        return False
    return bool(person.model.date.toordinal() - terms.launch_day[person.home] >= person.card_lag)


def base_krw(person: Person, world: Scenario, schedule: int) -> int:
    """Return the month's spending below which a schedule pays nothing."""
    return int(flat_krw(person.model.monthly_krw[person.level], int(world.terms.base_bp[schedule])))


def city_rate_bp(person: Person, world: Scenario, schedule: int) -> int:
    """Return the city's rate on the next won of this month; below a base, that above it."""
    terms, spent = world.terms, person.evening[world.number].month_to_date_krw
    beyond = max(spent - base_krw(person, world, schedule), 0)
    tiers = terms.tier_low_krw[schedule], terms.tier_high_krw[schedule], terms.tier_bp[schedule]
    return int(marginal_rate_bp(beyond, *tiers))


def earns_top_up(person: Person, world: Scenario, district: int) -> bool:
    """Return whether a district's top-up is for the person: by group, and by card where only its own earns it."""
    terms = world.terms
    if not terms.topup_for[district, person.age, person.constrained]:
        return False
    return not terms.topup_own_card[district] or (district == person.home and has_own_card(person, world))


def top_up_bp(person: Person, world: Scenario, district: int) -> int:
    """Return what a district adds on the next won in its shops."""
    terms, spent = world.terms, person.evening[world.number].month_to_date_krw
    if not earns_top_up(person, world, district):
        return 0
    tiers = (terms.topup_low_krw[district], terms.topup_high_krw[district], terms.topup_bp[district])
    return int(marginal_rate_bp(spent, *tiers))


def plus_topup_bp(person: Person, world: Scenario, district: int) -> int:
    """Return what a Plus shop of a district earns the person on top."""
    terms = world.terms
    needs_own = terms.plus_own_card[district] == 1
    earns = not needs_own or (district == person.home and has_own_card(person, world))
    within = person.evening[world.number].month_to_date_krw < terms.plus_limit_krw[district]
    return int(terms.plus_bp[district]) if earns and within else 0


def schedule_of(person: Person, world: Scenario, shop: int) -> int:
    """Return the schedule of the city's tiers that a small shop has."""
    shops = person.model.city.shops
    return int(world.terms.schedule[shops.cell[shop], shops.band[shop]])


def rates_at(person: Person, world: Scenario, shop: int, at_plus: bool) -> Rates:
    """Return the rates at a small shop: with its discount and the Plus top-up where the purchase is one at a Plus shop.

    Who wanted an ordinary shop of a trade that has hardly any and ends up at a Plus shop does not get them.
    """
    at = person.model.shop_by_number[shop]
    city, top_up = city_rate_bp(person, world, schedule_of(person, world, shop)), top_up_bp(person, world, at.district)
    if not at_plus:
        return Rates(city, top_up)
    return Rates(city, top_up, plus_topup_bp(person, world, at.district), at.discount_bp)


def mean_city_bp(person: Person, world: Scenario, cell: int, at_plus: bool) -> int:
    """Return the city's rate at the ordinary or the Plus shops of a cell, a mean by their sales."""
    schedules = [int(s) for s in world.terms.schedule[cell]]
    if len(set(schedules)) == 1:
        return city_rate_bp(person, world, schedules[0])
    rates = [city_rate_bp(person, world, s) for s in schedules]
    return int(mean_rate_bp(np.array(rates), sales_by_band(person, world, cell, at_plus)))


def sales_by_band(person: Person, world: Scenario, cell: int, at_plus: bool) -> np.ndarray:
    """Return int64[5]: yearly sales of the ordinary or the Plus shops of a cell by sales band, as they stand today."""
    if (cell, at_plus) not in world.sales:
        sales = np.zeros(len(SALES_BANDS), dtype=np.int64)
        shops = person.model.city.shops
        for number in range(int(shops.cell_start[cell]), int(shops.cell_start[cell + 1])):
            shop = person.model.shop_by_number[number]
            sales[shop.band] += shop.weight * (shop.gives_discount(world) == at_plus)
        world.sales[cell, at_plus] = sales
    return world.sales[cell, at_plus]


def ordinary_rate_bp(person: Person, world: Scenario, cell: int) -> int:
    """Return the mean rate at the ordinary shops of a cell: the city's and the district's top-up."""
    return mean_city_bp(person, world, cell, False) + top_up_bp(person, world, cell // N_SECTORS)


def plus_rate_bp(person: Person, world: Scenario, cell: int, discount_bp: int) -> int:
    """Return the mean of what the Plus shops of a cell give back, with their mean discount."""
    district = cell // N_SECTORS
    cashback = mean_city_bp(person, world, cell, True) + top_up_bp(person, world, district)
    return cashback + plus_topup_bp(person, world, district) + discount_bp


def usage_at(person: Person, world: Scenario, rate_bp: int) -> float:
    """Return the share of purchases that the person pays with the card at a rate, beside the rate remembered."""
    p, remembered = person.model.parameters, person.evening[world.number].remembered_ppm
    weight_bp = round(p.usage_memory_weight * 10_000)
    perceived = perceived_rate_bp(min(rate_bp, HIGHEST_RATE_BP), remembered, weight_bp) / 100
    affinity = float(person.model.affinity[person.affinity])
    return usage_share(perceived, p.usage_max_share, p.usage_rate_scale_percent, affinity)
