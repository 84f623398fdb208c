"""Who takes part in the reference and what is noted of them: plain records, and a person without any rule."""

from dataclasses import dataclass
from typing import NamedTuple

import mesa
import numpy as np

from eum import rng
from eum.behavior.grants import takes_up_card

NO_CARD, ACTIVE, DORMANT, ORDERED = 0, 1, 2, 3


@dataclass
class Wallet:
    """How a person stands in one world."""

    card: int = NO_CARD
    month_to_date_krw: int = 0
    balance_krw: int = 0
    shifts: bool = False
    grant_krw: int = 0
    own_krw: int = 0
    """Own money charged on the card and not yet spent."""
    remembered_ppm: int = 0
    """The rate remembered from own payments, millionths of one."""
    has_paid: bool = False
    """Whether the card was paid with this calendar month."""

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


class Visit(NamedTuple):
    """Where a purchase is made in one world."""

    destination: int
    """0-23, or 24-33 for Plus shops of a district (`eum.dimensions`), -1 where it is not made today."""
    shop: int
    by_card: bool


class Tastes(NamedTuple):
    """What a purchase would do without policy, and how long its alternatives have to go."""

    place: int
    shop: int
    response: int
    payment_bits: np.uint64
    winning_time: float
    first_wait: float


class Rates(NamedTuple):
    """What a card payment earns and is spared, basis points: by the city, a district, its Plus top-up, the shop."""

    city_bp: int = 0
    top_up_bp: int = 0
    plus_bp: int = 0
    discount_bp: int = 0

    @property
    def cashback_bp(self) -> int:
        """What governments give back."""
        return self.city_bp + self.top_up_bp + self.plus_bp


class Bill(NamedTuple):
    """What one purchase comes to in one world, won."""

    paid_krw: int
    card_krw: int
    new_krw: int
    used_krw: int = 0
    """Cashback spent on it, what was taken off at the till included."""
    earned_krw: int = 0
    rates: Rates = Rates()
    granted_krw: int = 0
    """Grant money spent on it."""
    held_krw: int = 0
    """Cashback spent on it that was held before."""
    schedule: int = 0
    """Row of the city's schedules that holds at the shop."""


class Person(mesa.Agent):
    """One person of 14 or over: resident of a district of Incheon, or visitor from Seoul or Gyeonggi.

    What a person does in a day is `eum.engine.reference.person`.
    """

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

    def sleep(self) -> None:
        """Let the evening become the next morning, and keep the day in the person's own books."""
        self.morning = self.evening
        for world in range(len(self.morning)):
            self.cashback_krw[world] += self.earned_today[world] + self.saved_today[world]
            for _, _, bills in self.today:
                self.card_krw[world] += bills[world].card_krw
                self.spent_krw[world] += bills[world].paid_krw

    def load(self, world: int, grant_krw: int, felt_ppm: int) -> None:
        """Get grant money in the morning, on a card that may be in use from then on; who had none remembers the rate
        felt."""
        if grant_krw <= 0:
            return
        wallet = self.morning[world]
        if wallet.card == NO_CARD:
            wallet.remembered_ppm = felt_ppm
        wallet.grant_krw += grant_krw
        if not wallet.is_active:
            lifetime = np.uint64(rng.day_key(self.model.draws_seed, self.number, rng.NO_DAY))
            bits = np.uint64(rng.draw(lifetime, 0, rng.GRANT))
            habit = rng.cut(self.model.parameters.grant_habit_share)
            wallet.card = ACTIVE if takes_up_card(bits, habit) else DORMANT

    def lose_grant(self, world: int) -> int:
        """Lose what is left of a grant in the evening of its last day, and return it, won."""
        left, self.evening[world].grant_krw = self.evening[world].grant_krw, 0
        return left
