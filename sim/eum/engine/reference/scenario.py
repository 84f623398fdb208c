"""What one day of the reference amounts to, and what rules in one of its worlds."""

import datetime
from collections.abc import Iterable

import numpy as np

from eum import rng
from eum.behavior.adoption import Hazards
from eum.behavior.grants import takes_grant
from eum.dimensions import CLASSES, N_DESTINATIONS, N_DISTRICTS, N_ORIGINS, N_SECTORS, PLUS, SEOUL
from eum.engine.accounting import HELD, HOUSEHOLDS, OPERATOR, OUTSIDE, OWN, SHOPS
from eum.engine.day import TimeShift
from eum.engine.governments import GRANTS, Treasury
from eum.engine.grants import amounts_krw, take_up_cuts
from eum.engine.reference.state import Person
from eum.policy.arithmetic import pro_rata_krw
from eum.policy.model import Grant
from eum.policy.timetable import DayTerms

_COUNTS = (
    "used_krw",
    "granted_krw",
    "discount_krw",
    "fees_krw",
    "support_krw",
    "new_krw",
    "earned_krw",
    "second_round_krw",
    "charged_krw",
    "issued_krw",
)


def outside(spend: np.ndarray) -> int:
    """Return the part of spending (destinations on the last axis) outside the city, won."""
    return int(spend[..., SEOUL:PLUS].sum())


class ReferenceDay:
    """Won of a day, or of several days added up, by world or pair of worlds."""

    def __init__(self, n_worlds: int, n_pairs: int) -> None:
        shape = (n_worlds, N_ORIGINS, N_SECTORS, N_DESTINATIONS)
        self.spend = np.zeros(shape, dtype=np.int64)
        """All spending: int64[W, 12, 9, 34] by home, sector, destination."""
        self.card = np.zeros(shape, dtype=np.int64)
        """Card payments, likewise."""
        self.classes = np.zeros((n_pairs, len(CLASSES), N_ORIGINS, N_DISTRICTS, N_SECTORS), dtype=np.int64)
        self.left_city = np.zeros(n_pairs, dtype=np.int64)
        self.counts = {name: np.zeros(n_worlds, dtype=np.int64) for name in _COUNTS}
        """Cashback and grants used, discounts, fees, fee support, new consumption, cashback earned, second round, own
        money paid with and charged."""
        self.sales: dict[tuple[int, int], int] = {}
        """Sales by (world, shop)."""
        self.card_sales: dict[tuple[int, int], int] = {}

    def sell(self, world: int, shop: int, paid_krw: int, by_card: bool) -> None:
        """Count what a shop of the city takes in."""
        self.sales[world, shop] = self.sales.get((world, shop), 0) + paid_krw
        if by_card:
            self.card_sales[world, shop] = self.card_sales.get((world, shop), 0) + paid_krw

    def add(self, other: "ReferenceDay") -> None:
        """Add another day's won (shops keep their own books)."""
        self.spend += other.spend
        self.card += other.card
        self.classes += other.classes
        self.left_city += other.left_city
        for name, count in self.counts.items():
            count += other.counts[name]


def promised_krw(person: Person, world: int, grant: Grant, paid_percent: int) -> int:
    """Return the won of a grant that the person takes on the card in a world, if its budget lasts."""
    kind, is_user = (person.home, person.age, person.constrained), int(person.morning[world].is_active)
    amount, cut = int(amounts_krw(grant, paid_percent)[kind]), take_up_cuts(grant)[is_user][kind]
    lifetime = np.uint64(rng.day_key(person.model.draws_seed, person.number, rng.NO_DAY))
    takes = takes_grant(np.uint64(rng.draw(lifetime, 0, rng.GRANT)), cut)
    return amount if takes else 0


class Scenario:
    """One policy at work: its treasury, today's terms and claims, its Plus shops and second round."""

    def __init__(self, number: int, treasury: Treasury) -> None:
        self.number, self.treasury = number, treasury
        closed = np.zeros(len(treasury.policy.budget), dtype=np.int64)
        self.terms: DayTerms = treasury.timetable.terms(datetime.date.min, closed)
        self.left_krw: list[int] = []
        self.claimed_krw: list[int] = []
        self.claims_krw: dict[int, int] = {}
        self.paid_krw: dict[int, int] = {}
        self.supported_krw: dict[int, int] = {}
        self.gain_ppm = np.zeros(N_ORIGINS, dtype=np.int64)
        self.holders, self.active, self.users, self.people = ([0] * N_ORIGINS for _ in range(4))
        self.hazards: list[Hazards] = []
        self.felt_percent: list[float] = [0.0] * N_ORIGINS
        self.potential: list[float] = []
        self.window: TimeShift | None = None
        self.leaves = self.starts = self.starts_again = False
        self.sales: dict[tuple[int, bool], np.ndarray] = {}
        """Sales by band of the ordinary (False) or Plus shops of a cell, where somebody looked today."""
        self.informed = self.in_kind_krw = np.zeros(N_DISTRICTS)
        self.n_plus: dict[int, int] = {}
        self.n_shops: dict[int, int] = {}
        self.per_weight, self.card_share, self.margin = (np.zeros(N_DISTRICTS * N_SECTORS) for _ in range(3))

    def open_day(self, date: datetime.date) -> None:
        """Read the rates of the day and the money left."""
        self.terms = self.treasury.open_day(date)
        self.starts_again = self.treasury.timetable.spending_starts_again(date)
        self.sales = {}
        self.know_left()

    def know_left(self) -> None:
        """Read what is left in the budgets for the purchases of the day."""
        self.left_krw = [int(krw) for krw in self.treasury.left_krw]
        self.claimed_krw = [0] * len(self.left_krw)

    def forget_claims(self) -> None:
        """Start the day's claims from nothing."""
        self.claims_krw, self.paid_krw, self.supported_krw = {}, {}, {}

    def claim(self, budget: int, claim_krw: int) -> int:
        """Claim won from a budget and return what is paid; budget -1 has no limit."""
        paid = claim_krw
        if budget >= 0:
            paid = pro_rata_krw(claim_krw, self.left_krw[budget], self.claimed_krw[budget])
        self.claims_krw[budget] = self.claims_krw.get(budget, 0) + claim_krw
        self.paid_krw[budget] = self.paid_krw.get(budget, 0) + paid
        return paid

    def has_claimed_too_much(self) -> bool:
        """Return whether a budget was claimed beyond what was left this morning."""
        return any(self.claims_krw.get(b, 0) > left for b, left in enumerate(self.left_krw))

    def share_out(self) -> None:
        """Remember the day's claims, so that each is paid its part of what is left."""
        self.claimed_krw = [self.claims_krw.get(b, 0) for b in range(len(self.left_krw))]

    def settle(self, date: datetime.date, day: ReferenceDay) -> None:
        """Let the governments pay, and post the day's purchases and fees."""

        def by_budget(won: dict[int, int]) -> np.ndarray:
            return np.array([won.get(b, 0) for b in range(len(self.left_krw))], dtype=np.int64)

        self.treasury.close_day(date, *map(by_budget, (self.claims_krw, self.paid_krw, self.supported_krw)))
        spend, ledger = day.spend[self.number], self.treasury.ledger
        ledger.post(HELD, HOUSEHOLDS, int(day.counts["used_krw"][self.number]))
        granted = int(day.counts["granted_krw"][self.number])
        if granted:
            ledger.post(GRANTS, HOUSEHOLDS, granted)
        ledger.post(HOUSEHOLDS, OWN, int(day.counts["issued_krw"][self.number]))
        ledger.post(OWN, HOUSEHOLDS, int(day.counts["charged_krw"][self.number]))
        ledger.post(HOUSEHOLDS, SHOPS, int(spend.sum()) - outside(spend))
        ledger.post(HOUSEHOLDS, OUTSIDE, outside(spend))
        ledger.post(SHOPS, OPERATOR, int(day.counts["fees_krw"][self.number]))

    def load(self, date: datetime.date, people: Iterable[Person]) -> None:
        """Load the grants that start on a date on people's cards: if a budget is short, each is paid in proportion."""
        for grant in self.treasury.timetable.grants_starting(date):
            paid_percent, left = self.treasury.pays_for(grant)
            claims = [promised_krw(person, self.number, grant, paid_percent) for person in people]
            given = [int(pro_rata_krw(krw, left, sum(claims))) for krw in claims]
            for person, krw in zip(people, given, strict=True):
                person.load(self.number, krw, self.felt_ppm(person.home))
            self.treasury.load(date, grant, (np.array(claims), np.array(given)))
        self.know_left()

    def lapse(self, date: datetime.date, people: Iterable[Person]) -> None:
        """Give what is left of the grants whose last day it is back to those who paid."""
        for grant in self.treasury.timetable.grants_ending(date):
            self.treasury.lapse(grant, sum(person.lose_grant(self.number) for person in people))

    def felt_ppm(self, home: int) -> int:
        """Return the rate that people of a home expect of the card today, millionths of one."""
        return int(self.felt_percent[home] * 10_000.0)

    def count_holders(self, people: Iterable[Person]) -> None:
        """Count people, members, active holders and users of the month by home."""
        self.holders, self.active, self.users, self.people = ([0] * N_ORIGINS for _ in range(4))
        for person in people:
            wallet = person.morning[self.number]
            self.people[person.home] += 1
            self.holders[person.home] += wallet.is_member
            self.active[person.home] += wallet.is_active
            self.users[person.home] += wallet.has_paid

    def count_plus(self, shops: Iterable) -> None:
        """Count small shops and Plus shops by cell."""
        self.n_shops, self.n_plus = {}, {}
        for shop in shops:
            if shop.is_small:
                self.n_shops[shop.cell] = self.n_shops.get(shop.cell, 0) + 1
                self.n_plus[shop.cell] = self.n_plus.get(shop.cell, 0) + shop.is_plus[self.number]

    def know_cells(self, averages: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
        """Tell owners of their cell: monthly sales per unit of weight, card share of sales, margin."""
        self.per_weight, self.card_share, self.margin = averages
