"""Cells of people that begin where a history had brought persons.

A cell takes over the means of the persons in it: cashback and own money held, the rate remembered, the part who have
not paid this month or never. Money is the persons' own to the won in each home: means stand for persons whom the cell
has by its shares of affinity and of the district's own card, which are those of everybody, so they are scaled to meet
the sum. The law of a month's spending has the mean of the cell and the spread of all persons of its level and affinity;
what is charged behind the first edge of the tiers is taken as if it were charged at the pace before it, which holds
until the month ends. Whoever holds no own money has never paid (exact where money is charged ahead). Where a cell has
nobody with such a card the means are those of its home, affinity and level, of its home and level, or of its home.
"""

from typing import NamedTuple

import numpy as np

from eum.city.build import City
from eum.city.spending import N_LEVELS
from eum.dimensions import N_ORIGINS
from eum.engine.expected.monthly_tiers import Month
from eum.engine.expected.population import LEVELS_TOGETHER
from eum.engine.expected.regime import Groups
from eum.engine.expected.state import Cards
from eum.engine.expected.wallets import Aside
from eum.engine.start import StartState
from eum.engine.state import ACTIVE, DORMANT, ORDERED

_LEAST_SPREAD = 0.01
"""Least variance of a month's spending over its squared mean: a law of no width has no gamma."""


class PersonCells(NamedTuple):
    """In which cell each person is: int64[n] each, and the number of each axis."""

    group: np.ndarray
    affinity: np.ndarray
    level: np.ndarray
    home: np.ndarray
    shape: tuple[int, int, int]
    """Groups, affinities, levels."""
    group_home: np.ndarray
    """int64[G]"""

    def means(self, values: np.ndarray, chosen: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
        """Return float64[G, A, L]: means of values (n) over the chosen (bool[n]).

        Where a cell has none of them that of the home, affinity and level, so that a card that comes out later begins
        with the people who will carry it; then of the home and level, then of the home, then `otherwise` (float64[G,
        A, L]).
        """
        _, n_affinities, n_levels = self.shape
        groups, affinities, levels = np.indices(self.shape)
        homes = self.group_home[groups]

        def kind(of: np.ndarray, affinity: np.ndarray, level: np.ndarray) -> np.ndarray:
            return (of * n_affinities + affinity) * n_levels + level

        found = otherwise
        for place, cell in (
            (self.home, homes),
            (self.home * n_levels + self.level, homes * n_levels + levels),
            (kind(self.home, self.affinity, self.level), kind(homes, affinities, levels)),
            (kind(self.group, self.affinity, self.level), kind(groups, affinities, levels)),
        ):
            mean = means_by(place[chosen], values[chosen], int(cell.max()) + 1)[cell]
            found = np.where(np.isnan(mean), found, mean)
        return found

    def by_home(self, values: np.ndarray) -> np.ndarray:
        """Return float64[12]: sums of values (n) by home."""
        return np.bincount(self.home, values.astype(float), N_ORIGINS)

    def scaled_to(self, means: np.ndarray, persons: np.ndarray, total: np.ndarray) -> np.ndarray:
        """Return means (float64[G, A, L]) that come to a total by home (float64[12]) over the persons of the cells."""
        sums = np.zeros(N_ORIGINS)
        np.add.at(sums, self.group_home, (means * persons).sum(axis=(1, 2)))
        factor = np.divide(total, sums, out=np.ones(N_ORIGINS), where=sums > 0)
        return means * factor[self.group_home][:, None, None]


def means_by(places: np.ndarray, values: np.ndarray, n_places: int) -> np.ndarray:
    """Return float64[n_places]: means of values by the place of each, int64[k]; not a number where there is none."""
    n = np.bincount(places, minlength=n_places)
    total = np.bincount(places, values.astype(float), n_places)
    return np.divide(total, n, out=np.full(n_places, np.nan), where=n > 0)


def persons_by_cell(city: City, groups: Groups, launch: dict[int, int], day: int) -> PersonCells:
    """Return in which cells people are on a day (date ordinal); `launch` is that of `Groups.shares`."""
    people = city.residents
    home, group = people.home.astype(np.int64), people.home.astype(np.int64)
    for g in np.flatnonzero(groups.own):
        district = int(groups.home[g])
        has_card = (home == district) & (people.card_lag <= day - launch[district])
        group = np.where(has_card, g, group)
    n_affinities = len(city.package.assumptions("card_affinity"))
    shape = (len(groups.home), n_affinities, N_LEVELS // LEVELS_TOGETHER)
    level = people.level.astype(np.int64) // LEVELS_TOGETHER
    return PersonCells(group, people.affinity.astype(np.int64), level, home, shape, groups.home)


def begin_cells(given: StartState, where: PersonCells, cells: tuple[Month, Cards], mass: np.ndarray) -> None:
    """Write what persons hold and remember into the cells (month and cards), in place.

    `mass` is float64[G, A, 1]: the share of each group and affinity in the people of a home.
    """
    month, cards = cells
    parts: tuple[tuple[int, Month | Aside, np.ndarray], ...]
    parts = (ACTIVE, month, cards.active), (DORMANT, cards.aside, cards.dormant)
    for kind, held, persons in parts:
        chosen = given.card == kind
        n = mass * persons[where.group_home][:, None, :]
        for column, krw in ((held.balance, given.balance_krw), (held.own, given.own_krw)):
            means = where.means(krw, chosen, np.zeros(where.shape))
            column[:] = where.scaled_to(means, n, where.by_home(krw * chosen))
        held.remembered[:] = where.means(given.remembered_ppm / 1e6, chosen, held.remembered)
        held.unpaid[:] = where.means(given.has_paid == 0, chosen, np.ones(where.shape))
        held.fresh[:] = where.means(given.own_krw == 0, chosen, np.ones(where.shape))
    begin_month(given, where, month)
    waits, n_levels = given.card == ORDERED, where.shape[2]
    at = (where.home * n_levels + where.level)[waits]
    remembered = means_by(at, given.remembered_ppm[waits] / 1e6, N_ORIGINS * n_levels)
    cards.remembered[:] = np.nan_to_num(remembered).reshape(N_ORIGINS, n_levels)
    cards.users[0] = float(given.has_paid.sum())


def begin_month(given: StartState, where: PersonCells, month: Month) -> None:
    """Write mean and variance of what active holders have charged this month into the cells, in place."""
    chosen = given.card == ACTIVE
    mean = where.means(given.month_to_date_krw, chosen, np.zeros(where.shape))
    own = mean[where.group, where.affinity, where.level]
    _, n_affinities, n_levels = where.shape
    at = (where.affinity * n_levels + where.level)[chosen]
    beside = (given.month_to_date_krw - own)[chosen] ** 2
    spread, square = (np.bincount(at, column, n_affinities * n_levels) for column in (beside, own[chosen] ** 2))
    relative = np.divide(spread, square, out=np.zeros(len(square)), where=square > 0).reshape(n_affinities, n_levels)
    month.latent[:] = mean
    month.variance[:] = np.maximum(relative, _LEAST_SPREAD) * mean**2
