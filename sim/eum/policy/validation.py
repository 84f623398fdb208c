"""What must hold between layers of a policy: one promise at a time for a shop, budgets that exist, cards in time."""

import datetime
from collections.abc import Iterator, Sequence
from itertools import chain, combinations, pairwise
from typing import Protocol

from eum.dimensions import DISTRICTS, WEEKDAYS
from eum.policy.base import NO_END, Dated, in_force
from eum.policy.budget_clauses import Budget, Grant
from eum.policy.clauses import CityPeriod, DistrictCard, FeeSupport, Plus, TopUp

MOST_SCHEDULES = 12
"""Schedules of tiers that a day holds, the empty one included."""

_DAY = datetime.timedelta(days=1)


class Named(Protocol):
    """A layer that other files can name."""

    @property
    def id(self) -> str | None:
        """Its name, or None."""


class Layers(Protocol):
    """The layers of a policy, as the checks read them."""

    @property
    def city(self) -> tuple[CityPeriod, ...]:
        """Periods of the programme's cashback."""

    @property
    def top_up(self) -> tuple[TopUp, ...]:
        """Additions of districts."""

    @property
    def plus(self) -> tuple[Plus, ...]:
        """Terms of Plus shops."""

    @property
    def fee_support(self) -> tuple[FeeSupport, ...]:
        """Support of merchant fees."""

    @property
    def grant(self) -> tuple[Grant, ...]:
        """Money loaded on the card."""

    @property
    def district_card(self) -> tuple[DistrictCard, ...]:
        """Cards of districts."""

    @property
    def budget(self) -> tuple[Budget, ...]:
        """Pots of money."""

    def budget_users(self) -> list[tuple[str, str | None]]:
        """Return (key of the layer, id of the budget it draws on) for every layer."""


def require_coherence(policy: Layers) -> None:
    """Raise ValueError where layers contradict each other; the message starts with the key."""
    _require_one_at_a_time(policy)
    _require_one_city_period_for_a_shop(policy.city)
    _require_one_way_of_counting(policy.city)
    _require_room_for_schedules(policy.city)
    _require_ids(policy)
    _require_budgets(policy)
    _require_funding(policy)
    _require_cards(policy)


def _require_no_overlap(what: str, parts: Sequence[Dated]) -> None:
    for first, second in pairwise(sorted(parts, key=lambda p: p.start)):
        if (first.end or NO_END) >= second.start:
            _refuse_overlap(what, first, second)


def _refuse_overlap(what: str, first: Dated, second: Dated, which: str = "") -> None:
    message = f"{what}: period from {first.start} overlaps the one from {second.start}{which}"
    raise ValueError(f"{message}; expected one at a time")


def _require_one_at_a_time(policy: Layers) -> None:
    for d in DISTRICTS:
        _require_no_overlap(f"top_up of {d}", [p for p in policy.top_up if p.district == d])
        _require_no_overlap(f"fee_support of {d}", [p for p in policy.fee_support if p.district == d])
    for area in ("incheon", *DISTRICTS):
        _require_no_overlap(f"plus of {area}", [p for p in policy.plus if p.area == area])
    _require_no_overlap("grant", policy.grant)


def _shared_days(first: Dated, second: Dated) -> tuple[datetime.date, datetime.date]:
    return max(first.start, second.start), min(first.end or NO_END, second.end or NO_END)


def _days_of_week(start: datetime.date, end: datetime.date) -> set[str]:
    """Return the days of the week from one date to another, both included."""
    return {WEEKDAYS[(start.weekday() + i) % 7] for i in range(min(7, (end - start).days + 1))}


def _shared_shops(first: CityPeriod, second: CityPeriod) -> bool:
    """Return whether two periods cover some shop on some day alike."""
    days = _days_of_week(*_shared_days(first, second))
    lists = (first.districts, second.districts), (first.sectors, second.sectors), (first.bands, second.bands)
    return bool(days.intersection(first.weekdays, second.weekdays)) and all(set(a).intersection(b) for a, b in lists)


def _meeting(periods: Sequence[CityPeriod]) -> Iterator[tuple[CityPeriod, CityPeriod]]:
    """Yield every two periods that hold on some date together, the earlier one first."""
    for first, second in combinations(sorted(periods, key=lambda p: p.start), 2):
        if (first.end or NO_END) >= second.start:
            yield first, second


def _require_one_city_period_for_a_shop(periods: Sequence[CityPeriod]) -> None:
    for first, second in _meeting(periods):
        if first.event == second.event and _shared_shops(first, second):
            plain = first.covers_every_shop and second.covers_every_shop
            _refuse_overlap("city", first, second, "" if plain else " for some of the same shops")


def _require_one_way_of_counting(periods: Sequence[CityPeriod]) -> None:
    for first, second in _meeting(periods):
        if first.spending_counts != second.spending_counts:
            period = f"city: {second.spending_counts!r} in the period from {second.start}"
            what = f"{period}, {first.spending_counts!r} in the one from {first.start}"
            raise ValueError(f"{what}; expected one spending_counts on a date")


def _require_room_for_schedules(periods: Sequence[CityPeriod]) -> None:
    # The most periods at once are found within a week of the start of the last of them.
    for date in {p.start + i * _DAY for p in periods for i in range(7) if p.start <= NO_END - i * _DAY}:
        n = len([p for p in in_force(periods, date) if WEEKDAYS[date.weekday()] in p.weekdays])
        if n >= MOST_SCHEDULES:
            raise ValueError(f"city: {n} periods hold on {date}; expected at most {MOST_SCHEDULES - 1}")


def _require_once(what: str, ids: list[str]) -> None:
    for twice in (i for i in ids if ids.count(i) > 1):
        raise ValueError(f"{what} {twice!r} stands twice; expected each once")


def _require_ids(policy: Layers) -> None:
    _require_once("budget: id", [b.id for b in policy.budget])
    kinds: tuple[Sequence[Named], ...] = (policy.city, policy.top_up, policy.plus, policy.fee_support, policy.grant)
    ids = [layer.id for layer in (*chain.from_iterable(kinds), *policy.budget)]
    _require_once("id", [id for id in ids if id is not None])


def _require_budgets(policy: Layers) -> None:
    ids = [b.id for b in policy.budget]
    for key, budget in policy.budget_users():
        if budget is not None and budget not in ids:
            known = ", ".join(ids) or "none here"
            raise ValueError(f"{key}.budget: {budget!r}: expected the id of a [[budget]]: {known}")
    used = {budget for _, budget in policy.budget_users()}
    for unused in (i for i in ids if i not in used):
        raise ValueError(f"budget: {unused!r} pays for nothing; expected a layer that draws on it")


def _require_funding(policy: Layers) -> None:
    """Who funds a payment follows from its budget and date; nothing that a period says of it may be left unread."""
    payer = {b.id: b.payer for b in policy.budget}
    for i, p in enumerate(policy.city):
        if payer[p.budget] == "national" and p.national_percent != 100:
            raise ValueError(f"city[{i}].national_percent: {p.national_percent:g}: expected 100: the nation's budget")
    for first, second in _meeting(policy.city):
        if first.budget == second.budget and first.national_percent != second.national_percent:
            shares = f"city: {first.national_percent:g} and {second.national_percent:g} percent national"
            raise ValueError(
                f"{shares} from {first.budget!r} on {second.start}; expected one split of a budget on a date"
            )


def _require_cards(policy: Layers) -> None:
    """A promise to holders of a district's own card needs the card; without it nobody would earn a won."""
    _require_once("district_card: district", [c.district for c in policy.district_card])
    launch = {c.district: c.launch for c in policy.district_card}
    needs = [(f"top_up[{i}].district", p.district, p.start) for i, p in enumerate(policy.top_up) if p.card == "own"]
    needs += [(f"plus[{i}].area", p.area, p.start) for i, p in enumerate(policy.plus) if p.card == "own"]
    for key, where, start in needs:
        if launch.get(where, NO_END) > start:
            raise ValueError(f"{key}: {where!r}: expected a [[district_card]] of it launched by {start}")
