"""CityModel: a city, some worlds, a day at a time. The public face of the engine, as Mesa users know it."""

import datetime
from typing import Any

import mesa
import numpy as np
import pandas as pd

from eum.behavior.parameters import Parameters, without_joining
from eum.city.build import City
from eum.city.spending import levels_at, spending_index
from eum.dimensions import DISTRICTS, N_ORIGINS
from eum.engine import accounting
from eum.engine.checkpoint import copy_persons
from eum.engine.compiled.day import BLOCK, compiled_day
from eum.engine.day import Calendar, time_shifts
from eum.engine.governments import Government, Treasury
from eum.engine.grants import Grants
from eum.engine.initial_conditions import first_cards, remembered_at_start_ppm
from eum.engine.lookup_tables import amounts_of, build_standing
from eum.engine.merchant_decisions import PlusShops
from eum.engine.new_state import new_block, new_outcome, new_state, new_tally
from eum.engine.parallel import in_threads, spans_of
from eum.engine.second_round import gain_ppm, monthly_spending_krw, value_added_share
from eum.engine.start import PERSONS, StartState, grants_kept_krw, require_start
from eum.engine.state import (
    ACTIVE,
    CASHBACK_USED,
    CHARGED,
    EARNED,
    GRANT_USED,
    ISSUED,
    MEMBERS,
    NO_CARD,
    USERS,
    DayInputs,
    Tally,
)
from eum.errors import InputError
from eum.finite import finite, require_finite
from eum.policy.model import Policy

_DAILY = ("claims", "paid", "support", "holders")
"""Columns of the tally that start from zero every day; the others run over a month."""
DAILY_COLUMNS = (
    *("world", "date", "card_payments_krw", "cashback_krw", "subscribers", "active_holders", "users", "issued_krw"),
)
"""Columns of `CityModel.daily`."""


class CityModel(mesa.Model):
    """One city under several policies at once, sharing every random draw.

    `policies` are the worlds; the first must be the policy without any programme, from which all twins are
    drawn. `pairs` lists (baseline, policy) indexes whose card payments are classed. All worlds but the first begin at
    `start_state`; without one, as many members hold the card as were counted, and nothing is held or remembered but
    the day's rate (`eum.engine.initial_conditions`). `step()` is one day. Raises InputError where these or the period
    do not fit, and where a number is not finite.
    """

    @finite("the first morning")
    def __init__(
        self,
        city: City,
        policies: list[Policy],
        parameters: Parameters,
        period: tuple[datetime.date, datetime.date],
        pairs: list[tuple[int, int]],
        *,
        seed: int = 1,
        n_threads: int = 1,
        start_state: StartState | None = None,
    ) -> None:
        super().__init__(rng=seed)
        _require_no_programme_first(policies, period)
        _require_pairs_of_worlds(pairs, len(policies))
        require_finite("behaviour", parameters._asdict())
        self.city, self.policies, self.parameters, self.draws_seed = city, policies, parameters, seed
        self.start, self.end = period
        self.date = self.start
        self.n_threads = n_threads
        self.pairs = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        self.treasuries = [self._treasury(world, policy) for world, policy in enumerate(policies)]
        self.begun_at = start_state
        """Where people and shops began; None for a run without a history."""
        self.owners_decide = True
        """Whether owners of small shops decide about Plus at the end of a month."""
        self._prepare(seed, start_state)
        self._sums = accounting.add_up(self.month, self.state)
        """What the month came to by yesterday evening."""
        self.datacollector = mesa.DataCollector(tables={"daily": list(DAILY_COLUMNS)})

    def _treasury(self, world: int, policy: Policy) -> Treasury:
        names = ("national", "city", *DISTRICTS, "operator")
        payers = {name: Government(self, world, name) for name in names}
        return Treasury(policy, self.city.scale, payers)

    def _prepare(self, seed: int, start_state: StartState | None) -> None:
        city, worlds = self.city, len(self.policies)
        self.standing = build_standing(city, self.parameters, seed, self.start.isoformat())
        shifts = [
            time_shifts(t.timetable, int(city.package.assumption("time_shift_horizon_days")), self.start, self.end)
            for t in self.treasuries
        ]
        self.calendar = Calendar(city, self.parameters, shifts)
        self.plus = PlusShops(city, self.parameters, worlds)
        self.n_budgets = max([len(t.budgets.left_krw) for t in self.treasuries] + [1])
        self.grants = Grants(city, self.treasuries, self.parameters.grant_habit_share, seed)
        self.state, morning = (new_state(worlds, city.n_persons, self.grants.are_promised) for _ in range(2))
        self._morning = morning._replace(shifts=self.state.shifts)
        self.gain_ppm = np.zeros((worlds, N_ORIGINS), dtype=np.int64)
        if start_state is None:
            self._hand_out_cards()
        else:
            self._begin_at(start_state)
        self.month, self.total = self._new_tally(), self._new_tally()
        self._scratch = [(new_block(BLOCK), new_outcome(worlds)) for _ in range(self.n_threads)]
        self._tallies = [self._new_tally() for _ in range(self.n_threads - 1)]
        self._begin_year()
        self._added_share = value_added_share(city, self.parameters)
        self.n_people = np.bincount(city.residents.home, minlength=N_ORIGINS)
        self.count_holders()
        self.claims_krw = np.zeros((worlds, self.n_budgets), dtype=np.int64)

    def _hand_out_cards(self) -> None:
        cards, felt = first_cards(self.city, self.parameters, self.start), self.felt_this_morning()
        for world in range(1, len(self.policies)):
            self.state.card[world] = cards
            self.state.remembered_ppm[world] = remembered_at_start_ppm(self.city, cards, felt[world])

    def _begin_at(self, given: StartState) -> None:
        """Let every world but the first begin where a history had brought people and shops."""
        require_start(given, self.city, self.start)
        for world in range(1, len(self.policies)):
            for name in PERSONS:
                getattr(self.state, name)[world] = getattr(given, name)
            granted = grants_kept_krw(given, self.policies[world])
            if self.grants.are_promised:
                self.state.grant_krw[world] = granted
            self.plus.is_plus[world], self.plus.months[world] = given.is_plus, given.plus_months
            self.gain_ppm[world] = given.gain_ppm
            accounting.post_opening(self.treasuries[world].ledger, given, int(granted.sum()))

    def state_of(self, world: int) -> StartState:
        """Return where the people and shops of a world stand this morning, as another run can start from it."""
        state = self.state
        has_grants = state.grant_krw.size > 0
        return StartState(
            date=self.date,
            grant_krw=(state.grant_krw if has_grants else np.zeros_like(state.balance_krw))[world].copy(),
            is_plus=self.plus.is_plus[world].copy(),
            plus_months=self.plus.months[world].copy(),
            gain_ppm=self.gain_ppm[world].copy(),
            **{name: getattr(state, name)[world].copy() for name in PERSONS},
        )._replace(**self._begun_anew(world))

    def _begun_anew(self, world: int) -> dict[str, Any]:
        """Return the columns that count from nothing this morning."""
        n, anew = self.city.n_persons, dict[str, Any]()
        if self.treasuries[world].timetable.spending_starts_again(self.date):
            anew["month_to_date_krw"] = np.zeros(n, dtype=np.int64)
        if self.date.day == 1:
            anew["has_paid"] = np.zeros(n, dtype=np.uint8)
        return anew

    def let_join(self, joins: bool) -> None:
        """Let people join by the model's own rule from today on, or nobody."""
        self.calendar.behave(self.parameters if joins else without_joining(self.parameters))

    def felt_this_morning(self) -> np.ndarray:
        """Return float64[W, 12]: the rate that people of each home expect of the card under the terms of today."""
        return self.calendar.felt_percent([t.open_day(self.date) for t in self.treasuries])

    def count_holders(self) -> None:
        """Count members, active holders and users of the month by home, int64[W, 3, 12]: at the start and when cards
        are handed out.

        From day to day the compiled day counts who joins, stops and returns.
        """
        home, cards = self.city.residents.home, self.state.card
        self.holders = np.array(
            [
                [np.bincount(home[held], minlength=N_ORIGINS) for held in (card != NO_CARD, card == ACTIVE, paid == 1)]
                for card, paid in zip(cards, self.state.has_paid, strict=True)
            ],
            dtype=np.int64,
        )

    def _new_tally(self) -> Tally:
        n_shops = len(self.city.shops.cell)
        return new_tally(len(self.policies), len(self.pairs), self.n_budgets, n_shops)

    @finite("a day of the run")
    def step(self) -> None:
        """Live one day: rates, purchases in every world, budgets, books; at a month's end, its decisions."""
        terms = [t.open_day(self.date) for t in self.treasuries]
        self.gained = self.grants.load(self.date, self.state, self.calendar.felt_percent(terms))
        self._begin()
        self.left_krw = left = self._left_this_morning()
        today = self._today(terms, left, np.zeros_like(left))
        before = self.month.totals.copy()
        self._simulate(today, self.month)
        if (self.month.claims[:, :-1] > left).any():
            self._take_back(today)
            self._simulate(self._today(terms, left, self.month.claims[:, :-1].copy()), self.month)
        self._book(before, left)
        self._keep(before)
        self._turn_page(terms)

    def _begin(self) -> None:
        """Start the tiers of a new month from nothing, and let holders take note of an announced change."""
        for world, treasury in enumerate(self.treasuries):
            if treasury.timetable.spending_starts_again(self.date):
                self.state.month_to_date_krw[world] = 0
        if (self.date.month, self.date.day) == (1, 1):
            self._begin_year()
        if self.date.day == 1:
            self.state.has_paid.fill(0)
            self.holders[:, USERS] = 0
        for world in self.calendar.starting(self.date):
            self.state.shifts[world] = self.state.card[world] == ACTIVE

    def _begin_year(self) -> None:
        """Let purchases cost what they do in the year."""
        city = self.city
        index = spending_index(city.package, self.date.year, self.parameters.growth_strength)
        levels = city.levels if index == 1.0 else levels_at(city.levels, index)
        amounts = amounts_of(levels)
        self.standing = self.standing._replace(amount_krw=amounts["amount_krw"], monthly_krw=amounts["monthly_krw"])
        self._monthly_krw = monthly_spending_krw(city, self.standing.monthly_krw)

    def forget(self) -> None:
        """Let go of the columns of a finished run.

        A model and its agents refer to each other, so Python keeps both until its next sweep; a study that makes
        hundreds of models would hold the columns of many.
        """
        self.begun_at = None
        for name in ("standing", "state", "_morning", "month", "total", "_scratch", "_tallies", "plus"):
            delattr(self, name)

    def _left_this_morning(self) -> np.ndarray:
        left = np.full((len(self.policies), self.n_budgets), 0, dtype=np.int64)
        for world, treasury in enumerate(self.treasuries):
            left[world, : len(treasury.left_krw)] = treasury.left_krw
        return left

    def _today(self, terms: list, left: np.ndarray, claimed: np.ndarray) -> DayInputs:
        holders_share = self.holders[:, MEMBERS] / np.maximum(self.n_people, 1)
        rest: dict[str, np.ndarray] = {
            **self.plus.columns(terms),
            "second_round_ppm": self.gain_ppm,
            "has_gain": np.asarray(self.gain_ppm.any(axis=0), dtype=np.uint8),
            "left_krw": left,
            "claimed_krw": claimed,
            "pairs": self.pairs,
        }
        return self.calendar.today(self.date, terms, holders_share, self.plus.sales, rest)

    def _simulate(self, today: DayInputs, month: Tally) -> None:
        """Run the compiled day from the state as it is and add it to a tally; `_morning` keeps that state."""
        tallies, spans = [month, *self._tallies], spans_of(self.city.n_persons, self.n_threads, BLOCK)
        simulate = compiled_day(len(self.policies))

        def part(thread: int) -> None:
            tally, (block, out) = tallies[thread], self._scratch[thread]
            for name in tally._fields if thread > 0 else _DAILY:
                getattr(tally, name).fill(0)
            for span in spans:
                copy_persons(self.state, self._morning, span)
                simulate(self.standing, today, self.state, tally, block, out, span)

        in_threads(part, self.n_threads)
        for tally in self._tallies:
            for column, more in zip(month, tally, strict=True):
                column += more

    def _take_back(self, today: DayInputs) -> None:
        """Go back to the morning, also in the month's tally: what the day added is found by living it into an empty
        one."""
        added, everybody = self._new_tally(), (0, self.city.n_persons)
        copy_persons(self._morning, self.state, everybody)
        self._simulate(today, added)
        copy_persons(self._morning, self.state, everybody)
        for name, column in self.month._asdict().items():
            if name not in _DAILY:
                column -= getattr(added, name)

    def _book(self, before: np.ndarray, left: np.ndarray) -> None:
        """Settle the budgets, post the day, and check every identity of the accounts to the won. `before` are the
        totals of the morning."""
        when, month, day = str(self.date), self.month, (self.month.totals - before).tolist()
        accounting.check_payments(month.paid.tolist(), day, left.tolist(), when)
        for world, treasury in enumerate(self.treasuries):
            n = len(treasury.budgets.left_krw)
            treasury.close_day(self.date, month.claims[world, :n], month.paid[world, :n], month.support[world, :n])
        self.grants.lapse(self.date, self.state)
        morning, self._sums = self._sums, accounting.add_up(month, self.state)
        for world, treasury in enumerate(self.treasuries):
            accounting.post_purchases(treasury.ledger, morning, self._sums, day[world], world)
        accounting.check_tally(month.totals.tolist(), self._sums, self.pairs, when)
        accounting.check_balances([t.ledger for t in self.treasuries], self._sums, when)

    def _keep(self, before: np.ndarray) -> None:
        day = (self.month.totals - before).tolist()
        self.holders += self.month.holders + self.gained
        self.claims_krw = self.month.claims[:, :-1].copy()
        date, holders = self.date.isoformat(), self.holders.sum(axis=2).tolist()
        for policy, won, held in zip(self.policies, day, holders, strict=True):
            card_krw = won[CHARGED] + won[CASHBACK_USED] + won[GRANT_USED]
            row = (policy.name, date, card_krw, won[EARNED], *held, won[ISSUED])
            self.datacollector.add_table_row("daily", dict(zip(DAILY_COLUMNS, row, strict=True)))

    @property
    def daily(self) -> pd.DataFrame:
        """What each day so far came to in each world, a row a day and world, in this order.

        World (name of its policy), date (ISO), card payments and cashback (won of the sample), members of the card,
        those of them whose card is active, those who have paid with it since the month began, and own money charged
        (won of the sample).
        """
        return self.datacollector.get_table_dataframe("daily")

    def _turn_page(self, terms: list) -> None:
        """Go to the next day; close the month's books when it ends, and stop after the last day."""
        tomorrow = self.date + datetime.timedelta(days=1)
        if tomorrow.month != self.date.month or self.date == self.end:
            self._close_month(terms)
        self.running = self.date < self.end
        self.date = tomorrow

    def _close_month(self, terms: list) -> None:
        accounting.check_sales(self.month, str(self.date))
        for world in range(1, len(self.policies)):
            change = self.month.change_spend[world]
            self.gain_ppm[world] = gain_ppm(self._added_share, self.parameters, change, self._monthly_krw)
            in_kind = self.treasuries[world].timetable.plus_in_kind(self.date)
            spend = (self.month.common_spend + change, self.month.card_spend[world])
            if self.owners_decide:
                self.plus.decide(world, self.date, terms[world], in_kind, spend)
        for total, part in zip(self.total, self.month, strict=True):
            total += part
            part.fill(0)
        self._sums = accounting.add_up(self.month, self.state)


def _require_pairs_of_worlds(pairs: list[tuple[int, int]], n_worlds: int) -> None:
    for pair in pairs:
        if len(pair) != 2 or not all(0 <= world < n_worlds for world in pair):
            raise InputError(f"pairs: {pair}: expected two worlds, numbered from 0 to {n_worlds - 1}")


def _require_no_programme_first(policies: list[Policy], period: tuple[datetime.date, datetime.date]) -> None:
    if not policies or not policies[0].is_empty:
        raise InputError("policies: the first world must be the policy 'none', from which twins are drawn")
    if period[0] > period[1]:
        raise InputError(f"period: {period[0]} to {period[1]}: expected the end after the start, or the same day")
