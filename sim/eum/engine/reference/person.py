"""What a person of the reference does in a day: resident or visitor, one purchase at a time, in every world."""

import copy

import numpy as np

from eum import rng
from eum.behavior.adoption import daily_share, would_join, would_join_late
from eum.behavior.classification import district_of, is_outside
from eum.behavior.consumption import moves_in_time, second_round_krw
from eum.dimensions import CLASSES, N_DISTRICTS
from eum.engine.reference.destination_choice import (
    class_of,
    first_arrival,
    keep_destination,
    known_or_new_shop,
    place_without_policy,
    switch_destination,
    tastes_of,
)
from eum.engine.reference.payment import holds_grant, pay_by_card
from eum.engine.reference.scenario import Scenario
from eum.engine.reference.state import ACTIVE, DORMANT, NO_CARD, ORDERED, Bill, Person, Purchase, Tastes, Visit

INCOME_PURCHASE = 100
"""Number of the extra purchase out of second-round income."""


def simulate(person: Person) -> None:
    """One day, in every world: purchases, then cashback is credited, then join, stop or return."""
    _wake_up(person)
    _shop(person, person.model.date.toordinal(), person.model.counts, mirrored=False)
    if person.model.mirror_date is not None:
        _shop(person, person.model.mirror_date.toordinal(), person.model.mirror_counts, mirrored=True)
    has_income = any(world.gain_ppm[person.home] for world in person.model.worlds)
    if person.home < N_DISTRICTS and has_income and person.model.date.day == person.income_day:
        _buy_from_income(person)
    _end_day(person)


def _wake_up(person: Person) -> None:
    person.evening = [copy.copy(wallet) for wallet in person.morning]
    person.earned_today, person.saved_today = [0] * len(person.morning), [0] * len(person.morning)
    person.today = []
    for world, wallet in zip(person.model.worlds, person.evening, strict=True):
        if world.starts_again:
            wallet.month_to_date_krw = 0
        if person.model.date.day == 1:
            wallet.has_paid = False
        if world.starts:
            wallet.shifts = wallet.card == ACTIVE
    person.takes_part = any(
        wallet.is_active or wallet.shifts or holds_grant(person, world)
        for world, wallet in zip(person.model.worlds, person.evening, strict=True)
    )


def _shop(person: Person, day: int, counts: np.ndarray, mirrored: bool) -> None:
    """Make the purchases drawn for a day: today's, or those of the day from which some are moved here."""
    key = np.uint64(rng.day_key(person.model.draws_seed, person.number, day))
    n = first_above(counts[person.level], np.uint64(rng.draw(key, 0, rng.DAY)))
    for number in range(n):
        _buy(person, _purchase(person, key, number), mirrored)


def _purchase(person: Person, key: np.uint64, number: int) -> Purchase:
    levels, own_key = person.model.levels, np.uint64(rng.purchase_key(key, number))
    bits = np.uint64(rng.draw_for(own_key, rng.BASKET))
    sector = first_above(levels.sector_cuts, bits)
    amounts = levels.amount_krw[sector, person.level]
    size = rng.below(np.uint64(rng.lower_half(bits)), len(amounts))
    return Purchase(own_key, number, sector, int(amounts[size]))


def _buy(person: Person, purchase: Purchase, mirrored: bool) -> None:
    visits = _visits(person, purchase, [purchase.amount_krw] * len(person.model.worlds))
    for world in person.model.worlds:
        if _is_made_on_another_day(person, world, purchase, mirrored):
            visits[world.number] = Visit(-1, -1, False)
    bills = [_bill(person, world, purchase, visits[world.number]) for world in person.model.worlds]
    _count(person, purchase, visits, bills)


def _is_made_on_another_day(person: Person, world: Scenario, purchase: Purchase, mirrored: bool) -> bool:
    wallet = person.evening[world.number]
    moves = (
        world.window is not None
        and wallet.shifts
        and moves_in_time(purchase.bits(rng.SHIFT), person.model.shift_cut(world.window, purchase.sector))
    )
    if mirrored:
        return not (moves and not world.leaves)
    return moves and world.leaves


def _visits(person: Person, purchase: Purchase, amounts_krw: list[int]) -> list[Visit]:
    """Return where the purchase goes in each world, and whether it is paid with the card.

    `amounts_krw` is what it costs in each world without its policy.
    """
    tastes = tastes_of(person, purchase)
    drawn_again = person.model.parameters.frozen_tastes <= 0.5 and (
        person.takes_part or purchase.number == INCOME_PURCHASE
    )
    visits = []
    for world in person.model.worlds:
        if world.number > 0 and drawn_again:
            purchase = purchase._replace(key=np.uint64(rng.mix(purchase.key)))
            tastes = tastes_of(person, purchase)._replace(payment_bits=tastes.payment_bits)
        priced = purchase._replace(amount_krw=amounts_krw[world.number])
        visits.append(_visit(person, world, priced, tastes))
    return visits


def _visit(person: Person, world: Scenario, purchase: Purchase, tastes: Tastes) -> Visit:
    here, speed = keep_destination(person, world, purchase, tastes)
    if not person.evening[world.number].is_active:
        return here
    choice = first_arrival(person, world, purchase, tastes, speed)
    return here if choice is None else switch_destination(person, world, choice, purchase)


def _bill(person: Person, world: Scenario, purchase: Purchase, visit: Visit) -> Bill:
    if visit.by_card:
        return pay_by_card(person, world, purchase, visit)
    return Bill(purchase.amount_krw if visit.destination >= 0 else 0, 0, 0)


def _buy_from_income(person: Person) -> None:
    """Spend last month's gain in local income: one purchase with no twin (a loss is a purchase less)."""
    key = np.uint64(rng.day_key(person.model.draws_seed, person.number, person.model.date.toordinal()))
    purchase, monthly = _purchase(person, key, INCOME_PURCHASE), person.model.monthly_krw[person.level]
    amounts = [int(second_round_krw(monthly, int(w.gain_ppm[person.home]))) for w in person.model.worlds]
    visits, bills = _visits(person, purchase, amounts), []
    place = place_without_policy(person, purchase)
    for world, amount in zip(person.model.worlds, amounts, strict=True):
        w = world.number
        if amount <= 0:
            visits[w] = Visit(place, known_or_new_shop(person, purchase, place), False)
        bill = _bill(person, world, purchase._replace(amount_krw=amount), visits[w])
        bills.append(bill._replace(new_krw=bill.paid_krw) if visits[w].by_card else bill)
        person.model.day.counts["second_round_krw"][w] += bill.paid_krw
    _count(person, purchase, visits, bills)


def _count(person: Person, purchase: Purchase, visits: list[Visit], bills: list[Bill]) -> None:
    """Enter a purchase in the day's books and class its card payments for every pair of worlds."""
    person.today.append((purchase, visits, bills))
    day = person.model.day
    for world, (visit, bill) in enumerate(zip(visits, bills, strict=True)):
        if visit.destination < 0:
            continue
        where = (world, person.home, purchase.sector, visit.destination)
        day.spend[where] += bill.paid_krw
        day.card[where] += bill.card_krw
        if visit.shop >= 0:
            day.sell(world, visit.shop, bill.paid_krw, visit.by_card)
    for pair, (baseline, policy) in enumerate(person.model.pairs):
        _class(person, pair, purchase.sector, (visits[baseline], visits[policy]), (bills[baseline], bills[policy]))


def _class(person: Person, pair: int, sector: int, visits: tuple[Visit, Visit], bills: tuple[Bill, Bill]) -> None:
    (twin, visit), (before, bill), day = visits, bills, person.model.day
    if is_outside(visit.destination) and not is_outside(twin.destination):
        day.left_city[pair] += bill.paid_krw
    if not visit.by_card:
        return
    new = bill.new_krw - before.new_krw
    kind, district = class_of(person.home, twin, visit), district_of(visit.destination)
    day.classes[pair, CLASSES.index("new"), person.home, district, sector] += new
    day.classes[pair, CLASSES.index(kind), person.home, district, sector] += bill.card_krw - new


def _end_day(person: Person) -> None:
    """Credit the day's cashback; join, pay for the first time, go dormant or return (one draw for all worlds).

    Nobody lays a card aside while grant money is on it.
    """
    key = np.uint64(rng.day_key(person.model.draws_seed, person.number, person.model.date.toordinal()))
    half = int(rng.draw(key, 0, rng.DAY)) & 0xFFFFFFFF
    for world, wallet in zip(person.model.worlds[1:], person.evening[1:], strict=True):
        wallet.balance_krw += person.earned_today[world.number]
        has_grant = holds_grant(person, world)
        hazards = world.hazards[person.home]
        if wallet.card == NO_CARD:
            late = would_join_late(person.turn, person.model.parameters.late_limit_share)
            joins_late = late and half < _daily_cut(hazards.late_joining)
            would = would_join(person.turn, world.potential[person.home])
            if joins_late or (would and half < _daily_cut(hazards.joining)):
                _join(person, world)
        elif wallet.card == ACTIVE:
            wallet.card = DORMANT if half < _daily_cut(hazards.dormancy) and not has_grant else ACTIVE
        else:
            hazard = hazards.returning if wallet.card == DORMANT else hazards.first_use
            wallet.card = ACTIVE if half < _daily_cut(hazard) else wallet.card


def _daily_cut(hazard_per_month: float) -> int:
    return int(rng.cut(daily_share(hazard_per_month)))


def _join(person: Person, world: Scenario) -> None:
    """Order the card; it is in use at once where nobody waits. The rate felt is the first one remembered."""
    wallet = person.evening[world.number]
    wallet.card = ORDERED if person.model.parameters.first_use_days > 0.0 else ACTIVE
    wallet.remembered_ppm = world.felt_ppm(person.home)


def first_above(cuts: np.ndarray, bits: np.uint64) -> int:
    """Return the first index whose cumulative cut lies above the upper half of the draw."""
    half = int(bits) >> 32
    return next(i for i, cut in enumerate(cuts) if half < int(cut))
