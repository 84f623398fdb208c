"""The people of a city by cell, and what they buy on an average day without policy."""

import datetime
from typing import NamedTuple

import numpy as np

from eum.behavior.parameters import Parameters
from eum.city.build import City
from eum.city.spending import N_LEVELS, sector_values
from eum.dimensions import N_ORIGINS
from eum.engine.expected.adoption import count_by_turn
from eum.engine.expected.monthly_tiers import size_table
from eum.engine.initial_conditions import first_cards, turns
from eum.engine.lookup_tables import card_fees_bp
from eum.engine.second_round import value_added_share
from eum.engine.start import StartState
from eum.engine.state import ACTIVE, DORMANT, NO_CARD, ORDERED

LEVELS_TOGETHER = 2
"""Spending levels, of the thirty, that share a cell."""


class Population(NamedTuple):
    """The people of a city by cell, and what they buy on an average day without policy."""

    n: np.ndarray
    """float64[12, 30]: persons by home and spending level."""
    cards: np.ndarray
    """float64[4, 12, 15]: persons with no card, an active, a dormant and an ordered one on the first morning."""
    turns: np.ndarray
    """float64[12, 15, 1025]: those of them with no card by their turn (`eum.engine.expected.adoption`)."""
    lags: tuple[np.ndarray, ...]
    """Of each home, the sorted days until people take the district's own card."""
    constrained: np.ndarray
    """float64[12]: share of constrained households."""
    affinity: np.ndarray
    affinity_share: np.ndarray
    """float64[4]: how readily holders take the card out, and their shares."""
    often: np.ndarray
    """float64[9, 30]: purchases a day."""
    value: np.ndarray
    """float64[9, 30]: won a day."""
    square: np.ndarray
    """float64[9, 30]: sum of the squares of the won of a day's purchases."""
    monthly_krw: np.ndarray
    """float64[30]: ordinary monthly spending."""
    sizes: np.ndarray
    """float64[257]: see `eum.engine.expected.monthly_tiers.size_table`."""
    fee_bp: np.ndarray
    """int64[5]: merchant fee of the card by sales band."""
    storable: np.ndarray
    """float64[9]: share of purchases that can wait."""
    added_share: np.ndarray
    """float64[9]: city value added per won at the till."""

    @property
    def income_chance(self) -> np.ndarray:
        """float64[9]: chance of each trade that a purchase out of second-round income is made there."""
        return self.often.sum(axis=1) / self.often.sum()


def _together(levels: np.ndarray) -> np.ndarray:
    """Return [..., L] sums of neighbouring spending levels of [..., 30]."""
    return levels.reshape(*levels.shape[:-1], -1, LEVELS_TOGETHER).sum(axis=-1)


def build_population(
    city: City, parameters: Parameters, date: datetime.date, start_state: StartState | None = None
) -> Population:
    """Count the people of a city by cell. Who holds the card on the first morning is as in a state to start from;
    without one it is the crowd's own draw, but for the share of members who are active, which is exact here."""
    people, levels = city.residents, city.levels
    card = first_cards(city, parameters, date) if start_state is None else start_state.card
    waits, turn = card == NO_CARD, turns(city, parameters)
    n = _count(city, np.ones(len(card)))
    chance = np.diff(levels.sector_cuts.astype(float) / 2**32, prepend=0.0)
    often = chance[:, None] * levels.purchases_per_day[None, :]
    amounts = levels.amount_krw.astype(float)
    return Population(
        n=n,
        cards=_first_cards(city, parameters, n, waits) if start_state is None else _cards_held(city, card),
        turns=count_by_turn(people.home[waits], people.level[waits], turn[waits], LEVELS_TOGETHER),
        lags=tuple(np.sort(people.card_lag[people.home == h]) for h in range(N_ORIGINS)),
        constrained=np.bincount(people.home, people.constrained, N_ORIGINS) / np.maximum(n.sum(axis=1), 1),
        affinity=city.package.assumptions("card_affinity")["value"].to_numpy(float),
        affinity_share=np.bincount(people.affinity, minlength=4) / len(people.affinity),
        often=_mean(often),
        value=_mean(often * amounts.mean(axis=2)),
        square=_mean(often * (amounts**2).mean(axis=2)),
        monthly_krw=_mean(np.rint(levels.spending_krw_per_year / 12)),
        sizes=_sizes(chance, amounts[:, N_LEVELS // 2]),
        fee_bp=card_fees_bp(city, date.isoformat()),
        storable=sector_values(city.package, "storable_share"),
        added_share=value_added_share(city, parameters),
    )


def _first_cards(city: City, parameters: Parameters, n: np.ndarray, waits: np.ndarray) -> np.ndarray:
    members = _count(city, ~waits)
    active = parameters.active_over_subscribers * members
    return np.stack([n - members, active, members - active, np.zeros_like(members)])


def _cards_held(city: City, card: np.ndarray) -> np.ndarray:
    return np.stack([_count(city, card == kind) for kind in (NO_CARD, ACTIVE, DORMANT, ORDERED)])


def _count(city: City, weight: np.ndarray) -> np.ndarray:
    """Return float64[12, L]: persons with a weight by home and level of a cell."""
    cell = city.residents.home.astype(np.int64) * N_LEVELS + city.residents.level
    return _together(np.bincount(cell, weight, N_ORIGINS * N_LEVELS).reshape(N_ORIGINS, N_LEVELS))


def _mean(levels: np.ndarray) -> np.ndarray:
    return _together(levels) / LEVELS_TOGETHER


def _sizes(chance: np.ndarray, amounts: np.ndarray) -> np.ndarray:
    """Return the table of what cashback held can pay of a purchase, from the purchases of one level: float64[9, 512]
    and the chance of each trade. Levels differ in the mean alone, but for rounding."""
    relative = amounts / (chance @ amounts.mean(axis=1))
    return size_table(relative.ravel(), np.broadcast_to(chance[:, None], relative.shape).ravel())
