"""Who holds the card when a run starts."""

import datetime

import numpy as np

from eum import rng
from eum.behavior.parameters import Parameters
from eum.city.build import City
from eum.city.data import CityData
from eum.city.residents import apportioned_counts
from eum.dimensions import AGE_BANDS
from eum.engine.state import ACTIVE, DORMANT, NO_CARD
from eum.errors import InputError

TRUSTED = ("A", "B", "D")
"""Confidence of the counts of members that a run may start from: printed ones, and joiners added up."""

_DAY = datetime.timedelta(days=1)


def _counts(package: CityData, confidence: tuple[str, ...]) -> dict[datetime.date, float]:
    """Return the members of the city by day: of several counts of a day the most trusted."""
    rows, counts = package.observations("subscribers", "incheon"), dict[datetime.date, float]()
    for day, n, trust in zip(*(rows[c] for c in ("period_end", "value", "confidence")), strict=True):
        if trust in confidence:
            counts.setdefault(datetime.date.fromisoformat(day[:10]), float(n))
    return dict(sorted(counts.items()))


def last_count_of_members(package: CityData) -> datetime.date:
    """Return the day of the last count of members, rounded ones too; what is said of later days is an assumption."""
    return max(_counts(package, (*TRUSTED, "C")))


def counts_used(package: CityData, confidence: tuple[str, ...] = TRUSTED) -> dict[datetime.date, float]:
    """Return the members of the city by day, counted and, after the last count, assumed.

    `confidence` says which counts are used. After the last of them the assumption `members_after_last_count` takes
    their place.
    """
    counts = _counts(package, confidence)
    later = package.assumptions("members_after_last_count")
    assumed = {datetime.date.fromisoformat(d): float(n) for d, n in zip(later["item"], later["value"], strict=True)}
    return counts | {day: n for day, n in assumed.items() if day > max(counts)}


def subscribers_on(city: City, date: datetime.date, confidence: tuple[str, ...] = TRUSTED) -> float:
    """Return the members of the city on a date, by a straight line between the published counts.

    `confidence` is that of `counts_used`. Raises InputError when the date lies outside all of them.
    """
    return members_between(counts_used(city.package, confidence), date)


def members_between(counts: dict[datetime.date, float], date: datetime.date) -> float:
    """Return the members on the morning of a date by a straight line between counts (by day, in order).

    Raises InputError when the date lies outside all of them.
    """
    # Counts are for the end of a day; a run starts in the morning.
    eve, days = date - _DAY, list(counts)
    if not days[0] <= eve <= days[-1]:
        raise InputError(
            f"start: {date}: expected a date between {days[0] + _DAY} and {days[-1] + _DAY}, "
            "for which data/observed.csv has counts of subscribers, or data/assumptions.csv says what stands in"
        )
    return float(np.interp(eve.toordinal(), [day.toordinal() for day in days], list(counts.values())))


def _outside_share(city: City, parameters: Parameters) -> float:
    """Return the share of members who are visitors: none where nobody visits."""
    return parameters.visitor_card_share if city.n_persons > city.n_residents else 0.0


def _shares_of_members(city: City, parameters: Parameters) -> list[float]:
    """Return the share of all members in each age band and among the visitors, as `City.members_in_order` has them."""
    by_age = city.package.assumptions("subscriber_age_share").set_index("item")["value"]
    outside = _outside_share(city, parameters)
    return [*((1.0 - outside) * float(by_age[band]) for band in AGE_BANDS), outside]


def turns(city: City, parameters: Parameters) -> np.ndarray:
    """Return float32[n]: a person's turn, the members per resident of the city from which on this person is one.

    Members come in one order, whenever a run starts: those counted on a date are those whose turn was before.
    """
    turn = np.full(city.n_persons, np.inf, dtype=np.float32)
    for persons, share in zip(city.members_in_order, _shares_of_members(city, parameters), strict=True):
        if share > 0.0:
            # Of a share next to nothing most turns are beyond all numbers: they never come.
            with np.errstate(over="ignore"):
                turn[persons] = (np.arange(len(persons)) + 0.5) / (share * city.n_residents)
    return turn


def remembered_at_start_ppm(city: City, cards: np.ndarray, felt_percent: np.ndarray) -> np.ndarray:
    """Return int32[n]: the rate that holders remember when a run starts: what is felt on its first day at home.

    `cards` is `first_cards`, `felt_percent` float64[12]. Without a card nothing is remembered.
    """
    felt = (felt_percent * 10_000.0).astype(np.int32)
    return np.where(cards == NO_CARD, 0, felt[city.residents.home]).astype(np.int32)


def members_by_age(total: int, shares: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Return int64[6]: members of each age band by their shares; those who find no room in a band, as everybody of the
    age is a member, go to the others by theirs."""
    counts = apportioned_counts(total, shares)
    full = counts > most
    others = np.where(full, 0.0, shares)
    if not full.any() or not others.any():
        return np.minimum(counts, most)
    rest = members_by_age(total - int(most[full].sum()), others, most)
    return np.where(full, most, rest)


def member_shares(package: CityData) -> np.ndarray:
    """Return float64[6]: the shares of the age bands in the members who live in the city."""
    shares = package.assumptions("subscriber_age_share").set_index("item")["value"]
    return np.array([shares[band] for band in AGE_BANDS])


def members_numbering(city: City, parameters: Parameters, total: float, shares: np.ndarray) -> list[np.ndarray]:
    """Return who are members when they number `total` (of the sample): int32[k] of each age band, then of visitors.

    They meet the total and, as far as there are people of an age, the shares by age (`member_shares`); within an age
    band they are drawn in proportion to district and spending (without replacement).
    """
    outside = round(total * _outside_share(city, parameters))
    people = np.array([len(persons) for persons in city.members_in_order[:-1]])
    by_age = members_by_age(round(total) - outside, shares, people)
    return [persons[:n] for persons, n in zip(city.members_in_order, [*by_age, outside], strict=True)]


def first_cards(
    city: City, parameters: Parameters, date: datetime.date, confidence: tuple[str, ...] = TRUSTED
) -> np.ndarray:
    """Return uint8[n]: no card, active or dormant, for everybody at the start of a run without a history.

    Members are those of `members_numbering`, as many as were counted; a share of them, drawn, is active.
    """
    n = city.n_persons
    total = subscribers_on(city, date, confidence) * city.scale
    card = np.full(n, NO_CARD, dtype=np.uint8)
    active = rng.lifetime_draws(city.seed, 0, n, rng.ACTIVE) >> np.uint64(32)
    is_active = active < rng.cut(parameters.active_over_subscribers)
    for chosen in members_numbering(city, parameters, total, member_shares(city.package)):
        card[chosen] = np.where(is_active[chosen], ACTIVE, DORMANT)
    return card
