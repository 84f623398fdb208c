"""A person of the reference: resident or visitor, one purchase at a time, in every world."""

import copy
from dataclasses import dataclass
from typing import NamedTuple

import mesa
import numpy as np

from sim import draws
from sim.behavior.household import (
    moves_in_time,
    new_from_cashback_krw,
    new_from_price_krw,
    second_round_krw,
    uses_cashback,
)
from sim.engine.reference_choice import (
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
from sim.engine.reference_day import PLUS, World
from sim.policy.arithmetic import cashback_krw, flat_krw, marginal_rate_bp
from sim.vocabulary import CLASSES, N_DISTRICTS

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

    @property
    def is_member(self) -> bool:
        """Whether the person holds a card, used or not."""
        return self.card != NO_CARD

    @property
    def is_active(self) -> bool:
        """Whether the person pays with the card."""
        return self.card == ACTIVE


class Rates(NamedTuple):
    """What a card payment earns and is spared, basis points: by the city, a district, its Plus top-up, the shop."""

    city_bp: int = 0
    top_up_bp: int = 0
    plus_bp: int = 0
    discount_bp: int = 0


class Bill(NamedTuple):
    """What one purchase comes to in one world, won."""

    paid_krw: int
    card_krw: int
    new_krw: int
    used_krw: int = 0
    """Cashback spent on it."""
    earned_krw: int = 0
    rates: Rates = Rates()


class Purchase(NamedTuple):
    """One purchase: when it was drawn, what it is, how much it costs without policy."""

    key: np.uint64
    number: int
    sector: int
    amount_krw: int

    def bits(self, purpose: int) -> np.uint64:
        """Return the draw of this purchase for a purpose."""
        return np.uint64(draws.draw_for(self.key, purpose))


class Person(mesa.Agent):
    """One person of 14 or over: lives in a district of Incheon, or visits from Seoul or Gyeonggi."""

    def __init__(self, model: mesa.Model, number: int) -> None:
        super().__init__(model)
        people = model.city.residents
        self.number = int(number)
        self.home, self.age, self.level = (int(c[number]) for c in (people.home, people.age, people.level))
        self.constrained, self.affinity = int(people.constrained[number]), int(people.affinity[number])
        self.card_lag, self.income_day = int(people.card_lag[number]), int(people.income_day[number])
        self.morning = [Wallet() for _ in model.worlds]
        self.evening = [Wallet() for _ in model.worlds]
        n = len(model.worlds)
        self.earned_today = [0] * n
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
            self.cashback_krw[world] += self.earned_today[world]
            for _, _, bills in self.today:
                self.card_krw[world] += bills[world].card_krw
                self.spent_krw[world] += bills[world].paid_krw

    def _wake_up(self) -> None:
        self.evening = [copy.copy(wallet) for wallet in self.morning]
        self.earned_today, self.today = [0] * len(self.morning), []
        for world, wallet in zip(self.model.worlds, self.evening, strict=True):
            if self.model.date.day == 1:
                wallet.month_to_date_krw = 0
            if world.starts:
                wallet.shifts = wallet.card == ACTIVE
        pairs = zip(self.morning, self.evening, strict=True)
        self.takes_part = any(wallet.is_active or later.shifts for wallet, later in pairs)

    def _shop(self, day: int, counts: np.ndarray, mirrored: bool) -> None:
        """Make the purchases drawn for a day: today's, or those of the day from which some are moved here."""
        key = np.uint64(draws.day_key(self.model.draws_seed, self.number, day))
        n = first_above(counts[self.level], np.uint64(draws.draw(key, 0, draws.DAY)))
        for number in range(n):
            self._buy(self._purchase(key, number), mirrored)

    def _purchase(self, key: np.uint64, number: int) -> Purchase:
        levels, own_key = self.model.city.levels, np.uint64(draws.purchase_key(key, number))
        bits = np.uint64(draws.draw_for(own_key, draws.BASKET))
        sector = first_above(levels.sector_cuts, bits)
        amounts = levels.amount_krw[sector, self.level]
        size = draws.below(np.uint64(draws.lower_half(bits)), len(amounts))
        return Purchase(own_key, number, sector, int(amounts[size]))

    def _buy(self, purchase: Purchase, mirrored: bool) -> None:
        visits = self._visits(purchase)
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
            and moves_in_time(purchase.bits(draws.SHIFT), self.model.shift_cut(world.window, purchase.sector))
        )
        if mirrored:
            return not (moves and not world.leaves)
        return moves and world.leaves

    def _visits(self, purchase: Purchase) -> list[Visit]:
        """Return where the purchase goes in each world, and whether it is paid with the card."""
        tastes = tastes_of(self, purchase)
        drawn_again = self.model.parameters.frozen_tastes <= 0.5 and (
            self.takes_part or purchase.number == INCOME_PURCHASE
        )
        visits = []
        for world in self.model.worlds:
            if world.number > 0 and drawn_again:
                purchase = purchase._replace(key=np.uint64(draws.mix(purchase.key)))
                tastes = tastes_of(self, purchase)._replace(payment_bits=tastes.payment_bits)
            visits.append(self._visit(world, purchase, tastes))
        return visits

    def _visit(self, world: World, purchase: Purchase, tastes: Tastes) -> Visit:
        here, speed = stay(self, world, tastes)
        if self.evening[world.number].card != ACTIVE:
            return here
        choice = first_to_ring(self, world, purchase, tastes, speed)
        return here if choice is None else go_to(self, world, choice, purchase)

    def has_own_card(self, world: World) -> bool:
        """Return whether the person has the card of the home district by now."""
        terms = world.terms
        if self.home >= N_DISTRICTS or not terms.card_launched[self.home]:
            return False
        return bool(self.model.date.toordinal() - terms.launch_day[self.home] >= self.card_lag)

    def city_rate_bp(self, world: World) -> int:
        """Return the city's rate on the next won of this month."""
        terms, spent = world.terms, self.evening[world.number].month_to_date_krw
        return int(marginal_rate_bp(spent, terms.tier_low_krw, terms.tier_high_krw, terms.tier_bp))

    def top_up_bp(self, world: World, district: int) -> int:
        """Return what a district adds on the next won for its own card in its own shops."""
        terms, spent = world.terms, self.evening[world.number].month_to_date_krw
        if district != self.home or not self.has_own_card(world):
            return 0
        tiers = (terms.topup_low_krw[district], terms.topup_high_krw[district], terms.topup_bp[district])
        return int(marginal_rate_bp(spent, *tiers))

    def cashback_rate_bp(self, world: World, district: int) -> int:
        """Return the rate on the next won at ordinary shops of a district: the city's and the district's top-up."""
        return self.city_rate_bp(world) + self.top_up_bp(world, district)

    def _rates(self, world: World, visit: Visit) -> Rates:
        district = district_of(visit.destination)
        ordinary = self.city_rate_bp(world), self.top_up_bp(world, district)
        if visit.destination < PLUS:
            return Rates(*ordinary)
        discount = int(self.model.city.shops.discount_bp[visit.shop])
        return Rates(*ordinary, self.plus_topup_bp(world, district), discount)

    def plus_topup_bp(self, world: World, district: int) -> int:
        """Return what a Plus shop of a district earns the person on top."""
        needs_own = world.terms.plus_own_card[district] == 1
        earns = not needs_own or (district == self.home and self.has_own_card(world))
        return int(world.terms.plus_bp[district]) if earns else 0

    def _bill(self, world: World, purchase: Purchase, visit: Visit) -> Bill:
        if visit.by_card:
            return self._pay_by_card(world, purchase, visit)
        return Bill(purchase.amount_krw if visit.destination >= 0 else 0, 0, 0)

    def _pay_by_card(self, world: World, purchase: Purchase, visit: Visit) -> Bill:
        """Discount, cashback used, growth of the basket, charge, cashback earned, merchant fee."""
        p, wallet = self.model.parameters, self.evening[world.number]
        shop, district, at_plus = visit.shop, district_of(visit.destination), visit.destination >= PLUS
        amount, rates, used = purchase.amount_krw, self._rates(world, visit), 0
        rate, discount = rates.city_bp + rates.top_up_bp + rates.plus_bp, flat_krw(amount, rates.discount_bp)
        use = np.uint64(draws.lower_half(purchase.bits(draws.PAYMENT)))
        if wallet.balance_krw > 0 and uses_cashback(use, draws.cut(p.cashback_use_share)):
            used = min(wallet.balance_krw, amount - discount)
        propensity = p.mpc_constrained if self.constrained else p.mpc_other
        new = new_from_cashback_krw(used, round(propensity * 10_000))
        new += new_from_price_krw(amount, rate, round(p.basket_response * 10_000))
        paid = amount - discount + new
        earned = self._earn(world, district, at_plus, paid - used)
        fee, support = self._fee(world, shop, at_plus, paid)
        wallet.balance_krw -= used
        wallet.month_to_date_krw += paid - used
        self.earned_today[world.number] += earned
        counted = {"used": used, "discount": discount, "fees": fee, "support": support, "new": new, "earned": earned}
        for name, won in counted.items():
            self.model.day.counts[f"{name}_krw"][world.number] += won
        return Bill(paid, paid, new, used, earned, rates)

    def _earn(self, world: World, district: int, at_plus: bool, charged_krw: int) -> int:
        """Return the cashback paid on charged money: city tiers, the district's top-up, the Plus top-up."""
        t, before = world.terms, self.evening[world.number].month_to_date_krw
        city = cashback_krw(charged_krw, before, t.tier_low_krw, t.tier_high_krw, t.tier_bp)
        earned = world.claim(int(t.budget_city), city)
        if district == self.home and self.has_own_card(world):
            tiers = (t.topup_low_krw[district], t.topup_high_krw[district], t.topup_bp[district])
            earned += world.claim(int(t.budget_topup[district]), cashback_krw(charged_krw, before, *tiers))
        if at_plus:
            top_up = flat_krw(charged_krw, self.plus_topup_bp(world, district))
            earned += world.claim(int(t.budget_plus[district]), top_up)
        return int(earned)

    def _fee(self, world: World, shop: int, at_plus: bool, paid_krw: int) -> tuple[int, int]:
        """Return the merchant fee of a card payment and the support of it that a district pays."""
        city, terms = self.model.city, world.terms
        band, district = int(city.shops.band[shop]), city.shops.cell[shop] // 9
        fee = flat_krw(paid_krw, int(self.model.fee_bp[band]))
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

    def _buy_from_income(self) -> None:
        """Spend last month's gain in local income: one purchase with no twin (a loss is a purchase less)."""
        key = np.uint64(draws.day_key(self.model.draws_seed, self.number, self.model.date.toordinal()))
        purchase = self._purchase(key, INCOME_PURCHASE)._replace(amount_krw=0)
        visits, bills = self._visits(purchase), []
        place = place_without_policy(self, purchase)
        for world in self.model.worlds:
            w = world.number
            amount = second_round_krw(self.model.monthly_krw[self.level], int(world.gain_ppm[self.home]))
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
        """Credit the day's cashback; join, go dormant or return (one draw for all worlds)."""
        key = np.uint64(draws.day_key(self.model.draws_seed, self.number, self.model.date.toordinal()))
        half = int(draws.draw(key, 0, draws.DAY)) & 0xFFFFFFFF
        for world, wallet in zip(self.model.worlds[1:], self.evening[1:], strict=True):
            wallet.balance_krw += self.earned_today[world.number]
            join, dormant, comes_back = world.hazard_cuts[self.home]
            if wallet.card == NO_CARD:
                wallet.card = ACTIVE if half < join else NO_CARD
            elif wallet.card == ACTIVE:
                wallet.card = DORMANT if half < dormant else ACTIVE
            else:
                wallet.card = ACTIVE if half < comes_back else DORMANT


def first_above(cuts: np.ndarray, bits: np.uint64) -> int:
    """Return the first index whose cumulative cut lies above the upper half of the draw."""
    half = int(bits) >> 32
    return next(i for i, cut in enumerate(cuts) if half < int(cut))
