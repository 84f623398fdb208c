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
from eum.policy.model import Grant


def amounts_krw(grant: Grant, paid_percent: int) -> np.ndarray:
    """Return int64[12, 6, 2]: won a person is promised, by home, age band and constrained households.

    The first line that fits counts; visitors get nothing. A budget on a step pays `paid_percent` of what is promised,
    a closed one nothing.
    """
    amounts = np.zeros((N_ORIGINS, len(AGE_BANDS), len(HOUSEHOLDS)), dtype=np.int64)
    for line in reversed(grant.amounts):
        districts, ages = ([words.index(w) for w in chosen] for words, chosen in (
            (DISTRICTS, line.districts), (AGE_BANDS, line.ages)))  # fmt: skip
        homes = [i for i, name in enumerate(HOUSEHOLDS) if line.households in (None, name)]
        amounts[np.ix_(districts, ages, homes)] = line.amount_krw * paid_percent // 100
    return amounts


@compiled_with_memory
def promised_krw(people: Residents, amounts: np.ndarray, take_up_cut: np.uint64, seed: int) -> np.ndarray:
    """Return int64[n]: won of a grant that each person takes on the card, if its budget lasts."""
    promised = np.zeros(len(people.home), dtype=np.int64)
    for person in range(len(promised)):
        amount = amounts[people.home[person], people.age[person], people.constrained[person]]
        bits = rng.draw(rng.day_key(seed, person, rng.NO_DAY), 0, rng.GRANT)
        if amount > 0 and takes_grant(bits, take_up_cut):
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

    def load(self, date: datetime.date, state: State, felt_percent: np.ndarray) -> np.ndarray:
        """Load the grants that start on a date, and return int64[W, 3, 12]: members and active holders gained (and no
        users). Who gets a card for it remembers the rate that is felt at home (float64[W, 12])."""
        self.given_krw = {}
        gained = np.zeros((len(self.treasuries), 3, N_ORIGINS), dtype=np.int64)
        home = self.city.residents.home
        for world, treasury in enumerate(self.treasuries):
            for grant in treasury.timetable.grants_starting(date):
                given = self._given(treasury, grant)
                treasury.load(date, grant, given)
                takers, card = np.flatnonzero(given[1]), state.card[world]
                for row, joins in enumerate((card == NO_CARD, card != ACTIVE)):
                    gained[world, row] = np.bincount(home[takers[joins[takers]]], None, N_ORIGINS)
                new = takers[card[takers] == NO_CARD]
                state.remembered_ppm[world, new] = (felt_percent[world] * 10_000.0).astype(np.int32)[home[new]]
                state.card[world, takers] = ACTIVE
                state.grant_krw[world] += given[1]
                self.given_krw[world] = given[1]
        return gained

    def _given(self, treasury: Treasury, grant: Grant) -> tuple[np.ndarray, np.ndarray]:
        """Return int64[n] twice: what each person claims of a grant, and is given of it."""
        paid_percent, left = treasury.pays_for(grant)
        cut = rng.cut(grant.take_up_percent / 100)
        claims = promised_krw(self.city.residents, amounts_krw(grant, paid_percent), cut, self.seed)
        total, amounts = int(claims.sum()), np.unique(claims)
        paid = np.array([pro_rata_krw(int(krw), left, total) for krw in amounts], dtype=np.int64)
        return claims, paid[np.searchsorted(amounts, claims)]

    def lapse(self, date: datetime.date, state: State) -> None:
        """Give what is left of the grants whose last day it is back to those who paid."""
        for world, treasury in enumerate(self.treasuries):
            for grant in treasury.timetable.grants_ending(date):
                treasury.lapse(grant, int(state.grant_krw[world].sum()))
                state.grant_krw[world] = 0
