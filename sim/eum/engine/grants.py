"""Grant money: loaded on cards in the morning of its first day, taken back in the evening of its last."""

import datetime

import numpy as np

from eum import rng
from eum.behavior.grants import takes_grant
from eum.city.build import City
from eum.city.residents import Residents
from eum.dimensions import AGE_BANDS, DISTRICTS, HOUSEHOLDS, N_ORIGINS
from eum.engine.governments import Treasury
from eum.engine.state import ACTIVE, NO_CARD, State
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
    """Return uint64[12, 6, 2]: the chance that a person takes a grant on the card, times 2**32, by home, age band and
    constrained households; that of the first line that fits."""
    cuts = np.zeros(_KINDS, dtype=np.uint64)
    for line in reversed(grant.amounts):
        percent = grant.take_up_percent if line.take_up_percent is None else line.take_up_percent
        cuts[_those_of(line)] = rng.cut(percent / 100)
    return cuts


def _those_of(line: GrantAmount) -> tuple[np.ndarray, ...]:
    """Return the cells of home, age band and household that one line of a grant is for."""
    districts, ages = ([words.index(w) for w in chosen] for words, chosen in (
        (DISTRICTS, line.districts), (AGE_BANDS, line.ages)))  # fmt: skip
    homes = [i for i, name in enumerate(HOUSEHOLDS) if line.households in (None, name)]
    return np.ix_(districts, ages, homes)


@compiled_with_memory
def promised_krw(people: Residents, amounts: np.ndarray, take_up_cuts: np.ndarray, seed: int) -> np.ndarray:
    """Return int64[n]: won of a grant that each person takes on the card, if its budget lasts."""
    promised = np.zeros(len(people.home), dtype=np.int64)
    for person in range(len(promised)):
        kind = (people.home[person], people.age[person], people.constrained[person])
        amount = amounts[kind]
        bits = rng.draw(rng.day_key(seed, person, rng.NO_DAY), 0, rng.GRANT)
        if amount > 0 and takes_grant(bits, take_up_cuts[kind]):
            promised[person] = amount
    return promised


class Grants:
    """The grants of all worlds at work on the columns of the crowd."""

    def __init__(self, city: City, treasuries: list[Treasury], seed: int) -> None:
        self.city, self.treasuries, self.seed = city, treasuries, seed
        self.given_krw: dict[int, np.ndarray] = {}
        """Of each world whose grant was loaded this morning, int64[n]: won loaded."""

    @property
    def are_promised(self) -> bool:
        """Whether some world's policy has a grant at all."""
        return any(treasury.policy.grant for treasury in self.treasuries)

    def load(self, date: datetime.date, state: State) -> np.ndarray:
        """Load the grants that start on a date, and return int64[W, 2, 12]: members and active holders gained."""
        self.given_krw = {}
        gained = np.zeros((len(self.treasuries), 2, N_ORIGINS), dtype=np.int64)
        for world, treasury in enumerate(self.treasuries):
            for grant in treasury.timetable.grants_starting(date):
                given = self._given(treasury, grant)
                treasury.load(date, grant, given)
                takers, card = np.flatnonzero(given[1]), state.card[world]
                for row, joins in enumerate((card == NO_CARD, card != ACTIVE)):
                    gained[world, row] = np.bincount(self.city.residents.home[takers[joins[takers]]], None, N_ORIGINS)
                state.card[world, takers] = ACTIVE
                state.grant_krw[world] += given[1]
                self.given_krw[world] = given[1]
        return gained

    def _given(self, treasury: Treasury, grant: Grant) -> tuple[np.ndarray, np.ndarray]:
        """Return int64[n] twice: what each person claims of a grant, and is given of it."""
        paid_percent, left = treasury.pays_for(grant)
        claims = promised_krw(self.city.residents, amounts_krw(grant, paid_percent), take_up_cuts(grant), self.seed)
        total, amounts = int(claims.sum()), np.unique(claims)
        paid = np.array([pro_rata_krw(int(krw), left, total) for krw in amounts], dtype=np.int64)
        return claims, paid[np.searchsorted(amounts, claims)]

    def lapse(self, date: datetime.date, state: State) -> None:
        """Give what is left of the grants whose last day it is back to those who paid."""
        for world, treasury in enumerate(self.treasuries):
            for grant in treasury.timetable.grants_ending(date):
                treasury.lapse(grant, int(state.grant_krw[world].sum()))
                state.grant_krw[world] = 0
