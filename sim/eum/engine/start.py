"""Where people and shops stand on a morning in a world with a programme: what a run can start from."""

import datetime
from typing import NamedTuple

import numpy as np

from eum.city.build import City
from eum.dimensions import N_ORIGINS
from eum.errors import InputError
from eum.policy.model import Policy


class StartState(NamedTuple):
    """Persons, shops and local income of one world on a morning. Persons and shops are those of the city it is of."""

    date: datetime.date
    card: np.ndarray
    """uint8[n]: NO_CARD, ACTIVE, DORMANT or ORDERED (`eum.engine.state`)."""
    month_to_date_krw: np.ndarray
    """int64[n]: paid from charged money since the tiers began."""
    balance_krw: np.ndarray
    """int64[n]: cashback held."""
    own_krw: np.ndarray
    """int64[n]: own money charged on the card and not yet spent."""
    remembered_ppm: np.ndarray
    """int32[n]: the rate remembered from own payments, millionths of one; of holders alone."""
    has_paid: np.ndarray
    """uint8[n]: 1 for people who paid with the card this calendar month."""
    grant_krw: np.ndarray
    """int64[n]: grant money on the card."""
    is_plus: np.ndarray
    """uint8[m]: 1 for Plus shops."""
    plus_months: np.ndarray
    """int64[m]: month ends at which a Plus shop has stayed one."""
    gain_ppm: np.ndarray
    """int64[12]: second-round income of the month by home, millionths of monthly spending."""


PERSONS = ("card", "month_to_date_krw", "balance_krw", "own_krw", "remembered_ppm", "has_paid")
"""Columns of persons that `StartState` shares with `eum.engine.state.State`, beside `grant_krw`."""


def nobody_yet(city: City, date: datetime.date) -> StartState:
    """Return the morning of the first day of a programme: nobody holds a card, and Plus shops are those counted."""
    n, m = city.n_persons, len(city.shops.cell)
    money = {name: np.zeros(n, dtype=np.int64) for name in ("month_to_date_krw", "balance_krw", "own_krw", "grant_krw")}
    return StartState(
        date=date,
        card=np.zeros(n, dtype=np.uint8),
        remembered_ppm=np.zeros(n, dtype=np.int32),
        has_paid=np.zeros(n, dtype=np.uint8),
        is_plus=city.shops.first_plus.copy(),
        plus_months=np.zeros(m, dtype=np.int64),
        gain_ppm=np.zeros(N_ORIGINS, dtype=np.int64),
        **money,
    )


def require_start(given: StartState, city: City, date: datetime.date) -> None:
    """Raise InputError for a state of another morning or of another city."""
    if given.date != date:
        raise InputError(f"start_state: of {given.date}; expected that of the first day, {date}")
    sizes, expected = (len(given.card), len(given.is_plus)), (city.n_persons, len(city.shops.cell))
    if sizes != expected:
        words = "of {} persons and {} shops"
        raise InputError(f"start_state: {words.format(*sizes)}; expected one {words.format(*expected)}")


def keeps_grants(policy: Policy, date: datetime.date) -> bool:
    """Return whether a policy has a grant that was loaded before a date and can still be spent on it.

    Grant money of the history is carried into worlds that promised it; elsewhere there is nothing to spend it on, and
    no evening on which what is left of it would lapse.
    """
    return any(grant.start < date <= grant.end for grant in policy.grant)


def grants_kept_krw(given: StartState, policy: Policy) -> np.ndarray:
    """Return int64[n]: grant money on cards on the first morning of a world."""
    return given.grant_krw if keeps_grants(policy, given.date) else np.zeros_like(given.grant_krw)
