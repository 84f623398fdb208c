"""Grant money: loaded on cards in the morning of its first day, taken back in the evening of its last."""

import datetime

import numpy as np

from eum import rng
from eum.behavior.grants import takes_grant, takes_up_card
from eum.city.build import City
from eum.city.residents import Residents
from eum.dimensions import AGE_BANDS, DISTRICTS, HOUSEHOLDS, N_ORIGINS
from eum.engine.governments import Treasury
from eum.engine.state import ACTIVE, DORMANT, NO_CARD, State
from eum.jit import compiled_with_memory
from eum.policy.arithmetic import pro_rata_krw
from eum.policy.budget_clauses import GrantAmount
from eum.policy.model import Grant

_KINDS = (N_ORIGINS, len(AGE_BANDS), len(HOUSEHOLDS))


def amounts_krw(grant: Grant, paid_percent: int) -> np.ndarray:
    """Return int64[12, 6, 2]: won a person is promised, by home, age band and constrained households.

    The first line that fits counts; visitors get nothing. A budget on a step pays `paid_percent` of what is promised,
    a closed one nothing.
    """
    amounts = np.zeros(_KINDS, dtype=np.int64)
    for line in reversed(grant.amounts):
        amounts[_those_of(line)] = line.amount_krw * paid_percent // 100
    return amounts


def take_up_cuts(grant: Grant) -> np.ndarray:
    """Return uint64[2, 12, 6, 2]: the chances times 2**32 that people whose card is not in use, and those whose is,
    take a grant on it, by home, age band and constrained households; those of the first line that fits."""
    cuts, of_users = np.zeros((2, *_KINDS), dtype=np.uint64), grant.users_take_up_percent
    for line in reversed(grant.amounts):
        percent = grant.take_up_percent if line.take_up_percent is None else line.take_up_percent
        cuts[0][_those_of(line)] = rng.cut(percent / 100)
        cuts[1][_those_of(line)] = rng.cut((percent if of_users is None else of_users) / 100)
    return cuts


def _those_of(line: GrantAmount) -> tuple[np.ndarray, ...]:
    """Return the cells of home, age band and household that one line of a grant is for."""
    districts, ages = ([words.index(w) for w in chosen] for words, chosen in (
        (DISTRICTS, line.districts), (AGE_BANDS, line.ages)))  # fmt: skip
    homes = [i for i, name in enumerate(HOUSEHOLDS) if line.households in (None, name)]
    return np.ix_(districts, ages, homes)


@compiled_with_memory
def promised_krw(people: Residents, amounts: np.ndarray, cuts: np.ndarray, card: np.ndarray, seed: int) -> np.ndarray:
    """Return int64[n]: won of a grant that each person takes on the card, if its budget lasts.

    `amounts` and `cuts` are those of `amounts_krw` and `take_up_cuts`; `card` uint8[n] is where people stand.
    """
    promised = np.zeros(len(people.home), dtype=np.int64)
    for person in range(len(promised)):
        kind = (people.home[person], people.age[person], people.constrained[person])
        amount, is_user = amounts[kind], np.int64(card[person] == ACTIVE)
        bits = rng.draw(rng.day_key(seed, person, rng.NO_DAY), 0, rng.GRANT)
        if amount > 0 and takes_grant(bits, cuts[is_user][kind]):
            promised[person] = amount
    return promised


@compiled_with_memory
def cards_after(given: np.ndarray, card: np.ndarray, habit_cut: np.uint64, seed: int) -> np.ndarray:
    """Return uint8[n]: where people stand once a grant is loaded (`given`, int64[n] won): all who got some hold a card;
    those who take it up use it for own money, too."""
    after = card.copy()
    for person in range(len(given)):
        if given[person] > 0 and card[person] != ACTIVE:
            bits = rng.draw(rng.day_key(seed, person, rng.NO_DAY), 0, rng.GRANT)
            after[person] = ACTIVE if takes_up_card(bits, habit_cut) else DORMANT
    return after


class Grants:
    """The grants of all worlds at work on the columns of the crowd."""

    def __init__(self, city: City, treasuries: list[Treasury], habit_share: float, seed: int) -> None:
        self.city, self.treasuries, self.seed, self.habit_cut = city, treasuries, seed, rng.cut(habit_share)
        self.given_krw: dict[int, np.ndarray] = {}
        """Of each world whose grant was loaded this morning, int64[n]: won loaded."""

    @property
    def are_promised(self) -> bool:
        """Whether some world's policy has a grant at all."""
        return any(treasury.policy.grant for treasury in self.treasuries)

    def load(self, date: datetime.date, state: State, felt_percent: np.ndarray) -> np.ndarray:
        """Load the grants that start on a date, and return int64[W, 3, 12]: members and active holders gained (and no
        users). Who gets a card for it remembers the rate that is felt at home (float64[W, 12])."""
        self.given_krw = {}
        gained = np.zeros((len(self.treasuries), 3, N_ORIGINS), dtype=np.int64)
        home = self.city.residents.home
        for world, treasury in enumerate(self.treasuries):
            for grant in treasury.timetable.grants_starting(date):
                before = state.card[world].copy()
                given = self._given(treasury, grant, before)
                treasury.load(date, grant, given)
                after = cards_after(given[1], before, self.habit_cut, self.seed)
                for row, joins in enumerate(
                    ((before == NO_CARD) & (after != NO_CARD), (before != after) & (after == ACTIVE))
                ):
                    gained[world, row] += np.bincount(home[joins], None, N_ORIGINS)
                new = (before == NO_CARD) & (after != NO_CARD)
                state.remembered_ppm[world, new] = (felt_percent[world] * 10_000.0).astype(np.int32)[home[new]]
                state.card[world] = after
                state.grant_krw[world] += given[1]
                self.given_krw[world] = given[1]
        return gained

    def _given(self, treasury: Treasury, grant: Grant, card: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return int64[n] twice: what each person claims of a grant, and is given of it."""
        paid_percent, left = treasury.pays_for(grant)
        amounts = amounts_krw(grant, paid_percent)
        claims = promised_krw(self.city.residents, amounts, take_up_cuts(grant), card, self.seed)
        total, sizes = int(claims.sum()), np.unique(claims)
        paid = np.array([pro_rata_krw(int(krw), left, total) for krw in sizes], dtype=np.int64)
        return claims, paid[np.searchsorted(sizes, claims)]

    def lapse(self, date: datetime.date, state: State) -> None:
        """Give what is left of the grants whose last day it is back to those who paid."""
        for world, treasury in enumerate(self.treasuries):
            for grant in treasury.timetable.grants_ending(date):
                treasury.lapse(grant, int(state.grant_krw[world].sum()))
                state.grant_krw[world] = 0
