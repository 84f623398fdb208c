"""A person of the reference: resident or visitor, one purchase at a time, in every world."""

import copy
from dataclasses import dataclass
from typing import NamedTuple

import mesa
import numpy as np

from eum import rng
from eum.behavior.adoption import would_join
from eum.behavior.consumption import moves_in_time, second_round_krw
from eum.behavior.grants import takes_grant
from eum.dimensions import CLASSES, N_DISTRICTS
from eum.engine.grants import amounts_krw
from eum.engine.reference.destination_choice import (
    Tastes,
    Visit,
    class_of,
    district_of,
    first_to_ring,
    go_to,
    is_outside,
    known_or_new_shop,
    place_without_policy,
    stay,
    tastes_of,
)
from eum.engine.reference.payment import Bill, pay_by_card
from eum.engine.reference.scenario import World
from eum.policy.model import Grant

NO_CARD, ACTIVE, DORMANT = 0, 1, 2
INCOME_PURCHASE = 100
"""Number of the extra purchase out of second-round income."""


@dataclass
class Wallet:
    """How a person stands in one world."""

    card: int = NO_CARD
    month_to_date_krw: int = 0
    balance_krw: int = 0
    shifts: bool = False
    grant_krw: int = 0

    @property
    def is_member(self) -> bool:
        """Whether the person holds a card, used or not."""
        return self.card != NO_CARD

    @property
    def is_active(self) -> bool:
        """Whether the person pays with the card."""
        return self.card == ACTIVE


class Purchase(NamedTuple):
    """One purchase: when it was drawn, what it is, how much it costs without policy."""

    key: np.uint64
    number: int
    sector: int
    amount_krw: int

    def bits(self, purpose: int) -> np.uint64:
        """Return the draw of this purchase for a purpose."""
        return np.uint64(rng.draw_for(self.key, purpose))


class Person(mesa.Agent):
    """One person of 14 or over: lives in a district of Incheon, or visits from Seoul or Gyeonggi."""

    def __init__(self, model: mesa.Model, number: int) -> None:
        super().__init__(model)
        people = model.city.residents
        self.number = int(number)
        self.home, self.age, self.level = (int(c[number]) for c in (people.home, people.age, people.level))
        self.constrained, self.affinity = int(people.constrained[number]), int(people.affinity[number])
        self.card_lag, self.income_day = int(people.card_lag[number]), int(people.income_day[number])
        self.turn = float(model.turns[number])
        self.morning = [Wallet() for _ in model.worlds]
        self.evening = [Wallet() for _ in model.worlds]
        n = len(model.worlds)
        self.earned_today, self.saved_today = [0] * n, [0] * n
        """Cashback earned today, credited in the evening; benefits taken off at the till."""
        self.card_krw, self.cashback_krw, self.spent_krw = [0] * n, [0] * n, [0] * n
        self.today: list[tuple[Purchase, list[Visit], list[Bill]]] = []
        """Today's purchases: what, where in each world, what it came to in each world."""

    def live(self) -> None:
        """One day, in every world: purchases, then cashback is credited, then join, stop or return."""
        self._wake_up()
        self._shop(self.model.date.toordinal(), self.model.counts, mirrored=False)
        if self.model.mirror_date is not None:
            self._shop(self.model.mirror_date.toordinal(), self.model.mirror_counts, mirrored=True)
        has_income = any(world.gain_ppm[self.home] for world in self.model.worlds)
        if self.home < N_DISTRICTS and has_income and self.model.date.day == self.income_day:
            self._buy_from_income()
        self._end_day()

    def sleep(self) -> None:
        """Let the evening become the next morning, and keep the day in the person's own books."""
        self.morning = self.evening
        for world in range(len(self.morning)):
            self.cashback_krw[world] += self.earned_today[world] + self.saved_today[world]
            for _, _, bills in self.today:
                self.card_krw[world] += bills[world].card_krw
                self.spent_krw[world] += bills[world].paid_krw

    def promised_krw(self, grant: Grant, paid_percent: int) -> int:
        """Return the won of a grant that the person takes on the card, if its budget lasts."""
        amount = int(amounts_krw(grant, paid_percent)[self.home, self.age, self.constrained])
        lifetime = np.uint64(rng.day_key(self.model.draws_seed, self.number, rng.NO_DAY))
        takes = takes_grant(np.uint64(rng.draw(lifetime, 0, rng.GRANT)), rng.cut(grant.take_up_percent / 100))
        return amount if takes else 0

    def load(self, world: int, grant_krw: int) -> None:
        """Get grant money in the morning, on a card that is in use from then on."""
        if grant_krw > 0:
            self.morning[world].grant_krw += grant_krw
            self.morning[world].card = ACTIVE

    def lose_grant(self, world: int) -> int:
        """Lose what is left of a grant in the evening of its last day, and return it, won."""
        left, self.evening[world].grant_krw = self.evening[world].grant_krw, 0
        return left

    def _wake_up(self) -> None:
        self.evening = [copy.copy(wallet) for wallet in self.morning]
        self.earned_today, self.saved_today = [0] * len(self.morning), [0] * len(self.morning)
        self.today = []
        for world, wallet in zip(self.model.worlds, self.evening, strict=True):
            if world.starts_again:
                wallet.month_to_date_krw = 0
            if world.starts:
                wallet.shifts = wallet.card == ACTIVE
        pairs = zip(self.morning, self.evening, strict=True)
        self.takes_part = any(wallet.is_active or later.shifts for wallet, later in pairs)

    def _shop(self, day: int, counts: np.ndarray, mirrored: bool) -> None:
        """Make the purchases drawn for a day: today's, or those of the day from which some are moved here."""
        key = np.uint64(rng.day_key(self.model.draws_seed, self.number, day))
        n = first_above(counts[self.level], np.uint64(rng.draw(key, 0, rng.DAY)))
        for number in range(n):
            self._buy(self._purchase(key, number), mirrored)

    def _purchase(self, key: np.uint64, number: int) -> Purchase:
        levels, own_key = self.model.city.levels, np.uint64(rng.purchase_key(key, number))
        bits = np.uint64(rng.draw_for(own_key, rng.BASKET))
        sector = first_above(levels.sector_cuts, bits)
        amounts = levels.amount_krw[sector, self.level]
        size = rng.below(np.uint64(rng.lower_half(bits)), len(amounts))
        return Purchase(own_key, number, sector, int(amounts[size]))

    def _buy(self, purchase: Purchase, mirrored: bool) -> None:
        visits = self._visits(purchase, [purchase.amount_krw] * len(self.model.worlds))
        for world in self.model.worlds:
            if self._is_made_on_another_day(world, purchase, mirrored):
                visits[world.number] = Visit(-1, -1, False)
        bills = [self._bill(world, purchase, visits[world.number]) for world in self.model.worlds]
        self._count(purchase, visits, bills)

    def _is_made_on_another_day(self, world: World, purchase: Purchase, mirrored: bool) -> bool:
        wallet = self.evening[world.number]
        moves = (
            world.window is not None
            and wallet.shifts
            and moves_in_time(purchase.bits(rng.SHIFT), self.model.shift_cut(world.window, purchase.sector))
        )
        if mirrored:
            return not (moves and not world.leaves)
        return moves and world.leaves

    def _visits(self, purchase: Purchase, amounts_krw: list[int]) -> list[Visit]:
        """Return where the purchase goes in each world, and whether it is paid with the card.

        `amounts_krw` is what it costs in each world without its policy.
        """
        tastes = tastes_of(self, purchase)
        drawn_again = self.model.parameters.frozen_tastes <= 0.5 and (
            self.takes_part or purchase.number == INCOME_PURCHASE
        )
        visits = []
        for world in self.model.worlds:
            if world.number > 0 and drawn_again:
                purchase = purchase._replace(key=np.uint64(rng.mix(purchase.key)))
                tastes = tastes_of(self, purchase)._replace(payment_bits=tastes.payment_bits)
            priced = purchase._replace(amount_krw=amounts_krw[world.number])
            visits.append(self._visit(world, priced, tastes))
        return visits

    def _visit(self, world: World, purchase: Purchase, tastes: Tastes) -> Visit:
        here, speed = stay(self, world, purchase, tastes)
        if self.evening[world.number].card != ACTIVE:
            return here
        choice = first_to_ring(self, world, purchase, tastes, speed)
        return here if choice is None else go_to(self, world, choice, purchase)

    def _bill(self, world: World, purchase: Purchase, visit: Visit) -> Bill:
        if visit.by_card:
            return pay_by_card(self, world, purchase, visit)
        return Bill(purchase.amount_krw if visit.destination >= 0 else 0, 0, 0)

    def _buy_from_income(self) -> None:
        """Spend last month's gain in local income: one purchase with no twin (a loss is a purchase less)."""
        key = np.uint64(rng.day_key(self.model.draws_seed, self.number, self.model.date.toordinal()))
        purchase, monthly = self._purchase(key, INCOME_PURCHASE), self.model.monthly_krw[self.level]
        amounts = [int(second_round_krw(monthly, int(w.gain_ppm[self.home]))) for w in self.model.worlds]
        visits, bills = self._visits(purchase, amounts), []
        place = place_without_policy(self, purchase)
        for world, amount in zip(self.model.worlds, amounts, strict=True):
            w = world.number
            if amount <= 0:
                visits[w] = Visit(place, known_or_new_shop(self, purchase, place), False)
            bill = self._bill(world, purchase._replace(amount_krw=amount), visits[w])
            bills.append(bill._replace(new_krw=bill.paid_krw) if visits[w].by_card else bill)
            self.model.day.counts["second_round_krw"][w] += bill.paid_krw
        self._count(purchase, visits, bills)

    def _count(self, purchase: Purchase, visits: list[Visit], bills: list[Bill]) -> None:
        """Enter a purchase in the day's books and class its card payments for every pair of worlds."""
        self.today.append((purchase, visits, bills))
        day = self.model.day
        for world, (visit, bill) in enumerate(zip(visits, bills, strict=True)):
            if visit.destination < 0:
                continue
            where = (world, self.home, purchase.sector, visit.destination)
            day.spend[where] += bill.paid_krw
            day.card[where] += bill.card_krw
            if visit.shop >= 0:
                day.sell(world, visit.shop, bill.paid_krw, visit.by_card)
        for pair, (baseline, policy) in enumerate(self.model.pairs):
            self._class(pair, purchase.sector, (visits[baseline], visits[policy]), (bills[baseline], bills[policy]))

    def _class(self, pair: int, sector: int, visits: tuple[Visit, Visit], bills: tuple[Bill, Bill]) -> None:
        (twin, visit), (before, bill), day = visits, bills, self.model.day
        if is_outside(visit.destination) and not is_outside(twin.destination):
            day.left_city[pair] += bill.paid_krw
        if not visit.by_card:
            return
        new = bill.new_krw - before.new_krw
        kind, district = class_of(self.home, twin, visit), district_of(visit.destination)
        day.classes[pair, CLASSES.index("new"), self.home, district, sector] += new
        day.classes[pair, CLASSES.index(kind), self.home, district, sector] += bill.card_krw - new

    def _end_day(self) -> None:
        """Credit the day's cashback; join, go dormant or return (one draw for all worlds).

        Nobody lays a card aside while grant money is on it.
        """
        key = np.uint64(rng.day_key(self.model.draws_seed, self.number, self.model.date.toordinal()))
        half = int(rng.draw(key, 0, rng.DAY)) & 0xFFFFFFFF
        for world, wallet in zip(self.model.worlds[1:], self.evening[1:], strict=True):
            wallet.balance_krw += self.earned_today[world.number]
            has_grant = bool(world.terms.grant_open) and wallet.grant_krw > 0
            join, dormant, comes_back, late = world.hazard_cuts[self.home]
            if wallet.card == NO_CARD:
                would = would_join(self.turn, world.potential[self.home])
                wallet.card = ACTIVE if half < (join if would else late) else NO_CARD
            elif wallet.card == ACTIVE:
                wallet.card = DORMANT if half < dormant and not has_grant else ACTIVE
            else:
                wallet.card = ACTIVE if half < comes_back else DORMANT


def first_above(cuts: np.ndarray, bits: np.uint64) -> int:
    """Return the first index whose cumulative cut lies above the upper half of the draw."""
    half = int(bits) >> 32
    return next(i for i, cut in enumerate(cuts) if half < int(cut))
