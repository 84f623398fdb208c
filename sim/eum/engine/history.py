"""The history of the card simulated: from its first day, with nobody holding one, to any morning.

Until members were last counted there are each morning as many as were counted, and until Plus shops were counted by
district these are those counted; from then on people and owners decide by the model's own rules. Fees are those of the
day. Announced changes are waited for as in a run that goes on after them.
"""

import datetime
from collections.abc import Callable

import numpy as np

from eum.behavior.parameters import Parameters
from eum.city.build import City
from eum.city.data import CityData
from eum.engine.initial_conditions import (
    counts_used,
    last_count_of_members,
    member_shares,
    members_between,
    members_numbering,
)
from eum.engine.lookup_tables import card_fees_bp
from eum.engine.model import CityModel
from eum.engine.observed_members import COUNTED
from eum.engine.start import StartState, nobody_yet
from eum.engine.state import ACTIVE, NO_CARD, ORDERED
from eum.errors import InputError
from eum.policy.files import load_policy
from eum.policy.model import Policy

HISTORY = "incheon-history"
"""Name of the policy with the whole record of the card."""
WITH_CARD = 1
"""Number of the world with the record in the model of a history."""
END_OF_PILOT = datetime.date(2019, 1, 1)
"""Until then the card was a trial, with 0.3 billion won of payments in all; nobody joins of the model's own rule."""

_DAY = datetime.timedelta(days=1)


def first_paying_day(policy: Policy) -> datetime.date:
    """Return the first day on which a policy pays cashback."""
    return min(period.start for period in policy.city)


def plus_count_day(package: CityData) -> datetime.date:
    """Return the day on which the Plus shops that runs start from were counted by district."""
    rows = package.observations("plus_merchants", "seo")
    return datetime.date.fromisoformat(str(rows["period_end"].iloc[0])[:10])


class History:
    """A city under the record of the card and without any programme, simulated a day at a time.

    `model` is a `CityModel` of the worlds none and HISTORY that has no last day; `run_until` moves it on.
    """

    def __init__(
        self,
        city: City,
        parameters: Parameters,
        seed: int,
        *,
        members_given: bool = True,
        n_threads: int = 1,
        record: Policy | None = None,
    ) -> None:
        """Begin on the first day on which the record pays: nobody holds a card. Where members are not given, people
        join by the model's rule from END_OF_PILOT on. `record` is the policy HISTORY unless given."""
        record = record or load_policy(HISTORY)
        first, package = first_paying_day(record), city.package
        self.model = CityModel(
            *(city, [load_policy("none"), record], parameters, (first, datetime.date.max), [(0, WITH_CARD)]),
            seed=seed,
            n_threads=n_threads,
            start_state=nobody_yet(city, first),
        )
        self._counts, self._shares = counts_used(package, COUNTED), member_shares(package)
        # A count is of an evening; the morning after it is the last on which members are given.
        self._given_to = last_count_of_members(package) + _DAY if members_given else first - _DAY
        self._joins_from = max(self._given_to, END_OF_PILOT)
        self._plus_counted = plus_count_day(package)
        self._fee_days = {datetime.date.fromisoformat(str(day)[:10]) for day in package.table("fees")["start"]}

    def run_until(self, date: datetime.date, on_day: Callable[[], object] | None = None) -> CityModel:
        """Run the days before a date, and return the model on its morning, with the members counted by then.

        A morning that has been passed is not come back to; `on_day` is called after each day.
        """
        self._begin_day()
        while self.model.date < date:
            self.model.step()
            self._begin_day()
            if on_day is not None:
                on_day()
        return self.model

    def _begin_day(self) -> None:
        """Let members, fees and who decides be those of the morning; doing so twice is doing it once."""
        model, today = self.model, self.model.date
        model.owners_decide = today >= self._plus_counted
        if today in self._fee_days:
            fee_bp = card_fees_bp(model.city, today.isoformat())
            model.standing = model.standing._replace(fee_bp=fee_bp)
        model.let_join(today >= self._joins_from)
        if today <= self._given_to:
            hand_out_counted(model, members_between(self._counts, today), self._shares)


def hand_out_counted(model: CityModel, members: float, shares: np.ndarray) -> None:
    """Let people join until there are as many members as were counted (of the whole city), in every world with a
    policy.

    They get the card as those do who join by the model's rule: ordered where the first payment comes later.
    """
    home, total = model.city.residents.home, members * model.city.scale
    chosen = np.concatenate(members_numbering(model.city, model.parameters, total, shares))
    kind = ORDERED if model.parameters.first_use_days > 0.0 else ACTIVE
    coming = [chosen[card[chosen] == NO_CARD] for card in model.state.card]
    if not any(map(len, coming[1:])):
        return
    felt = (model.felt_this_morning() * 10_000.0).astype(np.int32)
    for world in range(1, len(model.policies)):
        come = coming[world]
        model.state.card[world][come] = kind
        model.state.remembered_ppm[world][come] = felt[world][home[come]]
    model.count_holders()


def history_state(
    city: City,
    parameters: Parameters,
    date: datetime.date,
    seed: int,
    *,
    members_given: bool = True,
    n_threads: int = 1,
    on_day: Callable[[], object] | None = None,
) -> StartState:
    """Return where the history of the card has brought people and shops by the morning of a date.

    The worlds none and HISTORY are run from the first day on which the record pays to the evening before; see
    `History`. The same bits for any number of threads. Raises InputError for a date before that first day.
    """
    history = History(city, parameters, seed, members_given=members_given, n_threads=n_threads)
    if date < history.model.date:
        raise InputError(f"start: {date}: expected {history.model.date} or later: the record of the card begins then")
    state = history.run_until(date, on_day).state_of(WITH_CARD)
    history.model.forget()
    return state
