"""Where a purchase goes in the reference: the exponential race of `eum.behavior.destination_choice`, alternative by
alternative."""

import math

import numpy as np

from eum import rng
from eum.behavior.classification import payment_class
from eum.behavior.destination_choice import arrival_time, attraction_factor, response_of
from eum.behavior.payment_choice import pays_by_card
from eum.dimensions import CLASSES, N_ALTERNATIVES, N_DISTRICTS, N_SECTORS, PLUS, SEOUL
from eum.engine.reference.payment import grant_can_pay, holds_grant
from eum.engine.reference.rates import HIGHEST_RATE_BP, ordinary_rate_bp, plus_rate_bp, rates_at, usage_at
from eum.engine.reference.scenario import Scenario
from eum.engine.reference.state import Person, Purchase, Tastes, Visit

_TRIES = 8


def _alias(bits: np.uint64, n: int, cuts: np.ndarray, other: np.ndarray) -> int:
    """Draw from an alias table: the upper half picks a column, the lower half keeps it or takes its other."""
    high, low = int(bits) >> 32, int(bits) & 0xFFFFFFFF
    column = high * n >> 32
    return column if low < int(cuts[column]) else int(other[column])


def place_without_policy(person: Person, purchase: Purchase) -> int:
    """Return the alternative, 0 to 23, where the purchase goes without policy.

    The upper half of a draw serves the alias table twice: times 24, its whole part is a column and what is behind
    the point keeps it or takes its other.
    """
    places, row = person.model.city.places, (person.home, purchase.sector)
    behind_the_point = (int(purchase.bits(rng.PLACE)) >> 32) * N_ALTERNATIVES & 0xFFFFFFFF
    column = (int(purchase.bits(rng.PLACE)) >> 32) * N_ALTERNATIVES >> 32
    return column if behind_the_point < int(places.alias_cut[row][column]) else int(places.alias_to[row][column])


def _shop_in_cell(person: Person, cell: int, bits: np.uint64) -> int:
    """Return a shop of a cell, drawn by its sales."""
    shops = person.model.city.shops
    first, end = int(shops.cell_start[cell]), int(shops.cell_start[cell + 1])
    others = shops.alias_to[first:end] - first
    return first + _alias(bits, end - first, shops.alias_cut[first:end], others)


def known_or_new_shop(person: Person, purchase: Purchase, place: int) -> int:
    """Return the shop without policy: the known one of the trade and place, or another; -1 outside the city."""
    if place >= SEOUL:
        return -1
    cell = place * N_SECTORS + purchase.sector
    is_habit = int(purchase.bits(rng.PLACE)) & 0xFFFFFFFF < int(rng.cut(person.model.parameters.habit_share))
    if is_habit:
        lifetime = np.uint64(rng.day_key(person.model.draws_seed, person.number, rng.NO_DAY))
        return _shop_in_cell(person, cell, np.uint64(rng.draw(lifetime, cell, rng.SHOP)))
    return _shop_in_cell(person, cell, purchase.bits(rng.SHOP))


def _share(person: Person, sector: int, district: int) -> float:
    return float(person.model.city.places.share[person.home, sector, district])


def _all_small(person: Person, sector: int) -> float:
    """Return the share of small shops of all districts together (summed as the city's tables are)."""
    shares = person.model.city.places.share[:, :, :N_DISTRICTS]
    return float(shares.sum(axis=2)[person.home, sector])


def _wait(bits: np.uint64, share: float) -> float:
    """Return how long the alternative of places with a share of all purchases has to go: for ever without any."""
    return rng.exponential(bits) / share if share > 0.0 else math.inf


def tastes_of(person: Person, purchase: Purchase) -> Tastes:
    """Return the tastes of a purchase: place and shop without policy, the winner's time, the first other wait."""
    place = place_without_policy(person, purchase)
    return Tastes(
        place=place,
        shop=known_or_new_shop(person, purchase, place),
        response=response_of(person.home, place),
        payment_bits=purchase.bits(rng.PAYMENT),
        winning_time=rng.exponential(purchase.bits(rng.WINNING_TIME)),
        first_wait=_wait(purchase.bits(rng.FIRST_CLOCK), _all_small(person, purchase.sector)),
    )


def _pays_by_card(person: Person, world: Scenario, bits: np.uint64, rate_bp: int) -> bool:
    return pays_by_card(bits, rng.cut(usage_at(person, world, rate_bp)))


def _speed(person: Person, world: Scenario, tastes: Tastes, rate_bp: int) -> float:
    """Return how fast an alternative arrives at a rate: faster only for a purchase that would be paid with the card."""
    if not _pays_by_card(person, world, tastes.payment_bits, rate_bp):
        return 1.0
    return attraction_factor(person.model.parameters[tastes.response], min(rate_bp, HIGHEST_RATE_BP) / 100)


def keep_destination(person: Person, world: Scenario, purchase: Purchase, tastes: Tastes) -> tuple[Visit, float]:
    """Return the visit at the place without policy, and the speed of that place.

    Money of a grant may be what brings the card out; it makes no place cheaper than another.
    """
    place, shop = tastes.place, tastes.shop
    elsewhere = Visit(place, shop, False), 1.0
    is_active = person.evening[world.number].is_active
    if place >= N_DISTRICTS or not (is_active or holds_grant(person, world)):
        return elsewhere
    at_plus = _shops(person)[shop].gives_discount(world)
    rates, destination = rates_at(person, world, shop, at_plus), PLUS + place if at_plus else place
    rate = rates.cashback_bp + rates.discount_bp
    if is_active and _pays_by_card(person, world, tastes.payment_bits, rate):
        return Visit(destination, shop, True), _speed(person, world, tastes, rate)
    takes_out = pays_by_card(tastes.payment_bits, rng.cut(person.model.parameters.grant_use_share))
    if takes_out and grant_can_pay(person, world, shop, purchase.amount_krw, rates.discount_bp):
        return Visit(destination, shop, True), 1.0
    return elsewhere


def _shops(person: Person) -> list:
    return person.model.shop_by_number


def _first_district(person: Person, purchase: Purchase) -> int:
    """Return the district of the small shop that rings first of all small shops but the purchase's own place."""
    target = rng.unit(purchase.bits(rng.FIRST_DISTRICT)) * _all_small(person, purchase.sector)
    shares = [_share(person, purchase.sector, d) for d in range(N_DISTRICTS)]
    for d, share in enumerate(shares):
        target -= share
        if target < 0.0:
            return d
    return max((d for d, share in enumerate(shares) if share > 0.0), default=0)


def _plus_of_cell(person: Person, world: Scenario, cell: int) -> list:
    """Return the Plus shops of a cell of small shops that give their discount today."""
    if not world.terms.plus_open[cell // N_SECTORS]:
        return []
    shops = person.model.city.shops
    here = range(int(shops.cell_start[cell]), int(shops.cell_start[cell + 1]))
    return [_shops(person)[s] for s in here if _shops(person)[s].is_plus[world.number]]


def _plus_share(person: Person, world: Scenario, cell: int) -> float:
    """Return their share of the sales of the cell; zero where it has no shops."""
    members = _plus_of_cell(person, world, cell)
    return sum(s.weight for s in members) / person.model.cell_weight[cell] if members else 0.0


def _plus_rate_bp(person: Person, world: Scenario, cell: int) -> int:
    """Return what the Plus shops of a cell give back on average."""
    members = _plus_of_cell(person, world, cell)
    discount = round(sum(s.weight * s.discount_bp for s in members) / sum(s.weight for s in members))
    return plus_rate_bp(person, world, cell, discount)


def _waits(person: Person, world: Scenario, purchase: Purchase, tastes: Tastes) -> dict[tuple[str, int], float]:
    """Return how long the alternatives of ordinary and Plus shops of each district have to go after the winner arrived.

    The first of all small shops rings after the same wait in every world. It is a Plus shop with their share of its
    cell, by a frozen draw. Then ordinary shops of each district have longer to go, and so have all Plus shops
    together; which district's ring first of these is drawn from their shares.
    """
    sector, first, wait = purchase.sector, _first_district(person, purchase), tastes.first_wait
    shares = [_share(person, sector, d) for d in range(N_DISTRICTS)]
    plus = [_plus_share(person, world, d * N_SECTORS + sector) for d in range(N_DISTRICTS)]
    leads = plus[first] > 0 and rng.unit(purchase.bits(rng.PLUS_LEADS)) < plus[first]
    waits = {("plus" if leads else "ordinary", first): wait}
    for d in range(N_DISTRICTS):
        if 1.0 - plus[d] > 0.0 and ("ordinary", d) not in waits:
            share = shares[d] * (1.0 - plus[d])
            waits["ordinary", d] = wait + _wait(purchase.bits(rng.ORDINARY_CLOCKS + d), share)
    pull = 0.0
    for d in range(N_DISTRICTS):
        pull += shares[d] * plus[d]
    if pull == 0.0:
        return waits
    after, target = _wait(purchase.bits(rng.PLUS_CLOCK), pull), rng.unit(purchase.bits(rng.PLUS_DISTRICT)) * pull
    is_first = True
    for d in (d for d in range(N_DISTRICTS) if shares[d] * plus[d] > 0.0):
        target -= shares[d] * plus[d]
        more = 0.0
        if target < 0.0 and is_first:
            is_first = False
        else:
            more = _wait(purchase.bits(rng.PLUS_CLOCKS + d), shares[d] * plus[d])
        waits["plus", d] = min(wait + (after + more), waits.get(("plus", d), math.inf))
    return waits


def first_arrival(
    person: Person, world: Scenario, purchase: Purchase, tastes: Tastes, own_speed: float
) -> tuple[str, int] | None:
    """Return where the first alternative arrives: None for the place without policy, else ("ordinary" or "plus",
    district)."""
    best, earliest = None, tastes.winning_time / own_speed
    if not _pays_by_card(person, world, tastes.payment_bits, HIGHEST_RATE_BP):
        return None
    for (kind, district), wait in _waits(person, world, purchase, tastes).items():
        rate_of = ordinary_rate_bp if kind == "ordinary" else _plus_rate_bp
        rate = rate_of(person, world, district * N_SECTORS + purchase.sector)
        time = arrival_time(tastes.winning_time, wait, _speed(person, world, tastes, rate))
        if time < earliest:
            best, earliest = (kind, district), time
    return best


def switch_destination(person: Person, world: Scenario, choice: tuple[str, int], purchase: Purchase) -> Visit:
    """Send the purchase to an ordinary or a Plus shop of a district; it is paid with the card."""
    kind, district = choice
    cell, bits = district * N_SECTORS + purchase.sector, purchase.bits(rng.NEW_SHOP)
    if kind == "plus":
        return Visit(PLUS + district, _plus_shop(_plus_of_cell(person, world, cell), bits), True)
    shop = _shop_in_cell(person, cell, bits)
    for _ in range(_TRIES):
        if not _shops(person)[shop].gives_discount(world):
            break
        bits = np.uint64(rng.mix(bits))
        shop = _shop_in_cell(person, cell, bits)
    return Visit(district, shop, True)


def _plus_shop(members: list, bits: np.uint64) -> int:
    """Return one of the Plus shops of a cell, drawn by its sales."""
    total, running = sum(s.weight for s in members), 0
    for shop in members[:-1]:
        running += shop.weight
        if int(bits) >> 32 < round(running / total * 2**32):
            return shop.number
    return members[-1].number


def class_of(home: int, twin: Visit, visit: Visit) -> str:
    """Return the class of a card payment in words (`eum.behavior.classification`): its twin's visit and its own."""
    same_shop = twin.shop == visit.shop
    return CLASSES[payment_class(home, twin.destination, visit.destination, same_shop, twin.by_card)]
