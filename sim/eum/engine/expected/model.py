"""The same year in expectation: the rules of the day on cells of people, no draw, some hundredth of a second.

An oracle for tests, a fast model for calibration, an answer while a slider moves. What is exact and what is not:

- Where purchases go is exact for the tastes and rates of a cell (`eum.engine.expected.destination_choice`).
- How far people are in the month's tiers has the right mean; its spread is a gamma's
  (`eum.engine.expected.monthly_tiers`).
- Cashback is held by a cell as a mean, and used as if it had grown since the last use for an exponential time.
- Plus shops of a trade and district all give their mean discount; which shops join is decided shop by shop as in the
  crowd, by expected sales.
- Those who join or return start the month's tiers from nothing; a tier of the city that changes within a month takes
  people from where they would stand in the first tier.
- Time shift moves the holders' mean; spending outside the city on another day is not counted as having left.
- Rates remembered and own money on cards are means of a cell. Flows at the rate perceived are exact, but where usage
  meets its limit of one they are so at the rate of the tier alone (`eum.engine.expected.perceived_use`). Own money on
  cards follows renewal theory.
- Worlds are compared with the world without any policy only, and tastes are always frozen.

What each of these costs is measured against the crowd and kept in docs/expected-error.csv.

The days between two changes of the terms are one compiled loop (`eum.engine.expected.day`); here is what happens at
the changes. What no policy touches is prepared once (`eum.engine.expected.prepare`).
"""

import datetime

import numpy as np

from eum.behavior.adoption import launch_effect
from eum.behavior.consumption import shifted_share
from eum.dimensions import DISTRICTS, N_DISTRICTS, N_ORIGINS
from eum.engine.day import time_shifts
from eum.engine.expected.accounts import add_income, new_account, new_sums, settle_accounts
from eum.engine.expected.adoption import AdoptionQueue
from eum.engine.expected.day import rebase_tiers, simulate_days
from eum.engine.expected.monthly_tiers import INCOME_DAYS, gamma_table, new_month
from eum.engine.expected.prepare import ExpectedCity
from eum.engine.expected.regime import build_groups, build_regime
from eum.engine.expected.shops import ShopSales, build_shelf, by_sector, restock, shares
from eum.engine.expected.start import begin_cells, persons_by_cell
from eum.engine.expected.state import DAILY, BudgetState, DayPlan, EngineState, People, Rules, first_cards_of, new_desk
from eum.engine.expected.supported import require_supported, single_schedule_terms
from eum.engine.expected.wallets import Aside
from eum.engine.lookup_tables import potential_of
from eum.engine.second_round import gain_ppm
from eum.engine.start import StartState
from eum.finite import finite, require_finite
from eum.policy.budget import Budgets
from eum.policy.model import Policy
from eum.policy.timetable import Timetable

_DAY = datetime.timedelta(days=1)


class Expectation:
    """One world's policy, simulated day by day in expectation. Amounts are won of the sample, float64."""

    @finite("the first morning")
    def __init__(self, prepared: ExpectedCity, policy: Policy) -> None:
        require_supported(policy)
        self.prepared, self.policy = prepared, policy
        self.start, self.end = prepared.period
        self.timetable, self.budgets = Timetable(policy), Budgets(policy, prepared.city.scale)
        self.groups = build_groups(policy)
        self.shifts = time_shifts(self.timetable, prepared.horizon_days, self.start, self.end)
        self.changes = set(self.timetable.changes(self.start, self.end))
        self.month_account, self.account = new_account(), new_account()
        self.gain = np.zeros(N_ORIGINS)
        """A day's second-round income as a part of monthly spending, by home."""
        self.flows: dict[tuple[str, str], int] = {}
        """Won paid by (payer, purpose)."""
        self.daily = np.zeros((prepared.n_days, len(DAILY)))
        """Columns as `eum.engine.expected.state.PAYMENTS` and its neighbours."""
        n = prepared.owners.n_small
        self.plus = (prepared.city.shops.first_plus[:n].copy(), np.zeros(n, dtype=np.int64))
        if prepared.start_state is not None:
            self.plus = (prepared.start_state.is_plus[:n].copy(), prepared.start_state.plus_months[:n].copy())
        self.stock = ShopSales(*(column.copy() for column in prepared.stock))
        self.opened = self.budgets.open_at_start(self.start)
        self.n_lived = 0
        """Days simulated so far."""
        self._promise(self.start)
        self._meet_people()

    def _meet_people(self) -> None:
        """Say where everybody stands on the first morning. Without a programme there is no card."""
        p, people, n_budgets = self.prepared.parameters, self.prepared.population, len(self.budgets.left_krw)
        cells = (len(self.groups.home), len(people.affinity), people.n.shape[1])
        self.new_share = people.constrained * p.mpc_constrained + (1 - people.constrained) * p.mpc_other
        self.month = new_month(cells[0], cells[2], cells[1], 0)
        felt = self.prepared.felt.percent(self.promised) / 100.0
        self.month.remembered[:] = felt[self.groups.home, None, None]
        self.turns = AdoptionQueue(people.turns, p.late_limit_share)
        aside = Aside(np.zeros(cells), self.month.remembered.copy(), np.zeros(cells), np.ones(cells), np.ones(cells))
        self.cards = first_cards_of(people.cards * (not self.policy.is_empty), aside)
        left = self.budgets.left_krw.copy()
        path = np.zeros((self.prepared.n_days, n_budgets), dtype=np.int64)
        self.purse = BudgetState(
            left, np.zeros_like(left), np.zeros_like(left), np.zeros((2, n_budgets), np.int64), path
        )
        self.plan, self.people = self._plan(), self._people()
        if self.prepared.start_state is not None and not self.policy.is_empty:
            self._begin_at(self.prepared.start_state)

    def _begin_at(self, given: StartState) -> None:
        """Let cells begin with what the persons of a state hold and remember, on average."""
        launch, start = self._launches(), self.start.toordinal()
        where = persons_by_cell(self.prepared.city, self.groups, launch, start)
        mass = self.plan.group_share[0][:, None, None] * self.prepared.population.affinity_share[:, None]
        begin_cells(given, where, (self.month, self.cards), mass)
        self.gain[:] = given.gain_ppm / 1e6 / INCOME_DAYS
        self.plan.has_income[: max(INCOME_DAYS + 1 - self.start.day, 0)] = self.gain.any()

    def _launches(self) -> dict[int, int]:
        """Return the day (date ordinal) on which each district's own card comes out, by its index."""
        return {DISTRICTS.index(c.district): c.launch.toordinal() for c in self.policy.district_card}

    def _plan(self) -> DayPlan:
        first, n = self.start.toordinal(), self.prepared.n_days
        launch = self._launches()
        group_share = self.groups.shares(self.prepared.population, launch, first + np.arange(n))
        factor, leave, come = self.prepared.factor, np.zeros(n), np.zeros(n)
        for window in self.shifts:
            wait = shifted_share(self.prepared.parameters.time_shift_response, window.gap_percent)
            change = window.change.toordinal() - first
            for day in range(change - window.days, change + window.days):
                if window.rises == (day < change):
                    leave[day] += wait
                else:
                    come[day] += wait * factor[2 * change - 1 - day] / factor[day] if factor[day] > 0 else 0.0
        attention = self._attention(launch, first + np.arange(n))
        return DayPlan(factor, leave, come, group_share, attention, np.zeros(n, dtype=np.uint8))

    def _attention(self, launch: dict[int, int], days: np.ndarray) -> np.ndarray:
        """Return float64[days, 12]: the factor of launches (by district, date ordinals) on joining on each day."""
        p, effects = self.prepared.parameters, np.ones((len(days), N_ORIGINS))
        for district, launched in launch.items():
            since = (days - launched).tolist()
            effects[:, district] = [launch_effect(p.launch_attention, day, p.launch_attention_days) for day in since]
        return effects

    def _people(self) -> People:
        people, home = self.prepared.population, self.groups.home
        price = self.prepared.price[self.n_lived]
        return People(
            home=home,
            n=people.n.sum(axis=1),
            affinity_share=people.affinity_share,
            new_share=self.new_share[home],
            value=people.value * price,
            often=people.often,
            square=people.square * price**2,
            income_krw=np.ascontiguousarray((people.income_chance[:, None] * (people.monthly_krw * price)).T),
            storable=people.storable,
            tables=(gamma_table(), people.sizes),
            monthly_krw=people.monthly_krw * price,
            parameters=self.prepared.parameters,
        )

    @finite("a day in expectation")
    def simulate(self, until: datetime.date | None = None) -> None:
        """Run the days of the period that are left, or those up to a last day of a month: no bit depends on which.

        Raises InputError where a number is not finite.
        """
        if self.policy.is_empty:
            return
        if self.n_lived == 0:
            self._rebuild()
        stops = self._stops()
        while self.n_lived < ((until or self.end) - self.start).days + 1:
            self._open(self.start + self.n_lived * _DAY)
            self.n_lived = simulate_days(self.n_lived, next(stop for stop in stops if stop > self.n_lived), self.world)
            evening = self.start + (self.n_lived - 1) * _DAY
            self._charge(evening)
            if (evening + _DAY).month != evening.month or evening == self.end:
                self._close_month(evening)
        require_finite(self.policy.name, {**self.account._asdict(), "daily": self.daily, "gain": self.gain})

    def _stops(self) -> list[int]:
        """Return the days, from the start, before which the loop must stop whatever the budgets do."""
        days = {w.change + n * _DAY for w in self.shifts for n in (-w.days, 0, w.days)} | self.changes
        days |= {supplement.date for budget in self.policy.budget for supplement in budget.supplements}
        days |= {budget.monthly_from for budget in self.policy.budget if budget.monthly_from is not None}
        every = [self.start + n * _DAY for n in range(self.prepared.n_days)]
        if any(budget.steps for budget in self.policy.budget):
            # What a budget pays can change on any day.
            days |= set(every)
        days |= {date for date in every if date.day == 1} | {self.end + _DAY}
        return sorted((date - self.start).days for date in days)

    def _open(self, date: datetime.date) -> None:
        """Read the terms of the day; where they or the Plus shops changed, work out again where purchases go."""
        opened = self.budgets.open_at_start(date)
        if date in self.changes or (opened != self.opened).any():
            self._settle(date - _DAY)
            self.opened, self.is_stale = opened, True
            self._promise(date)
        if self.n_lived > 0 and self.prepared.price[self.n_lived] != self.prepared.price[self.n_lived - 1]:
            self.people, self.is_stale = self._people(), True
        if self.is_stale:
            self._rebuild()
        self.purse.left[:] = self.budgets.left_krw
        if date.day == 1:
            self._begin_month()
        if any(window.change - window.days * _DAY == date for window in self.shifts):
            self.cards.shifting[:] = self.cards.active

    def _begin_month(self) -> None:
        """Count the month's spending, and who has paid in it, from nothing."""
        month, cards = self.month, self.cards
        for column in (month.latent, month.variance, month.reached, month.inside, cards.users):
            column.fill(0.0)
        for column in (month.unpaid, cards.aside.unpaid):
            column.fill(1.0)

    def _promise(self, date: datetime.date) -> None:
        """Read the terms of a date."""
        self.promised = self.timetable.terms(date, self.opened)
        self.terms = single_schedule_terms(self.promised)

    def _rebuild(self) -> None:
        """Work out where purchases go under the terms of today and with the Plus shops there are."""
        prepared, p, people = self.prepared, self.prepared.parameters, self.prepared.population
        value = people.value.sum(axis=1)
        shelf = build_shelf(self.stock, self.terms, people.fee_bp)
        self.regime = build_regime(prepared.city, prepared.choice, p, value, self.groups, self.terms, shelf)
        n_groups, n_tiers, n_rows, _ = self.regime.paid_share.shape
        month = new_month(n_groups, people.n.shape[1], len(people.affinity), n_tiers - 1)
        self.month = self.month._replace(reached=month.reached, inside=month.inside)
        self.sums = new_sums(n_groups, n_tiers, n_rows)
        self._offer()
        desk = new_desk(self.people, self.month, self.regime.edge_krw, n_rows, len(self.budgets.left_krw))
        parts = (self.plan, self.people, self.cards, self.month, self._rules(), self.purse, self.sums, desk)
        self.world = EngineState(*parts, self.daily)
        rebase_tiers(self.world)
        self.is_stale = False

    def _offer(self) -> None:
        """Say who of those without a card would join at the rate that is offered from today on."""
        self.turns.thin(self.cards.waiting, self.cards.none)
        self.felt_percent = self.prepared.felt.percent(self.promised)
        self.turns.potential = potential_of(self.prepared.parameters, self.felt_percent)
        self.cards.waiting[:] = self.turns.waiting()
        self.cards.closed[:] = self.turns.closed()

    def _rules(self) -> Rules:
        terms, regime, n_budgets = self.terms, self.regime, len(self.budgets.left_krw)
        payers = np.concatenate([[terms.budget_city], terms.budget_topup, terms.budget_plus, terms.budget_fee])
        return Rules(
            flows=(regime.covered_share, regime.paid_share),
            rates=regime.rates,
            claims=regime.claims,
            claim_of=regime.claim_of,
            felt_percent=self.felt_percent,
            potential=self.turns.potential,
            payers=np.where(payers < 0, n_budgets, payers),
            gain=self.gain,
            perception=regime.perception(self.prepared.parameters, self.prepared.population.affinity),
        )

    def _charge(self, date: datetime.date) -> None:
        """Take what was claimed since the loop last stopped out of the budgets; only its last day can close one."""
        self.budgets.charge(date, self.purse.wanted, self.purse.paid)
        self.purse.wanted[:], self.purse.paid[:] = 0, 0

    def _fund(self, date: datetime.date) -> None:
        """Have the governments pay what the budgets spent since the last change of terms, the last day's shares."""
        for purpose, spent in zip(("cashback", "fee_support"), self.purse.spent, strict=True):
            for i in np.flatnonzero(spent):
                for payer, krw in self.budgets.split_krw(int(i), date, int(spent[i])).items():
                    self.flows[payer, purpose] = self.flows.get((payer, purpose), 0) + krw
        self.purse.spent[:] = 0

    def _settle(self, date: datetime.date) -> None:
        """Turn the purchases since the last change, up to a date, into spending and classes, and fund the budgets."""
        settle_accounts(self.month_account, self.groups, self.regime, self.sums, self.new_share)
        for column in self.sums:
            column.fill(0.0)
        self._fund(date)

    def _spend_income(self, date: datetime.date) -> None:
        """Add everybody's purchases out of last month's gain on the days of this month."""
        if self.gain.any():
            cell_share = by_sector(shares(self.prepared.stock.by_band.sum(axis=0)))
            gain = self.gain * self.prepared.price[self.n_lived - 1]
            # Of a month in which the run begins, the days from its first one on.
            begun = self.start.day - 1 if (date.year, date.month) == (self.start.year, self.start.month) else 0
            extra = self.prepared.income_krw * gain[:, None, None] * max(min(date.day, INCOME_DAYS) - begun, 0)
            add_income(self.month_account, extra, cell_share)

    def _close_month(self, date: datetime.date) -> None:
        self._settle(date)
        self._spend_income(date)
        prepared, people, month = self.prepared, self.prepared.population, self.month_account
        monthly = people.n[:N_DISTRICTS] @ self.people.monthly_krw
        self.gain[:] = gain_ppm(people.added_share, prepared.parameters, month.change, monthly) / 1e6 / INCOME_DAYS
        tomorrow = (date - self.start).days + 1
        self.plan.has_income[tomorrow : tomorrow + INCOME_DAYS] = self.gain.any()
        if self.terms.plus_open.any():
            spend = month.change.copy()
            days = prepared.spending[max(tomorrow - date.day, 0) : tomorrow].sum()
            spend[:, :, : prepared.base_krw.shape[-1]] += prepared.base_krw * days
            in_kind = self.timetable.plus_in_kind(date)
            before = self.plus[0].copy()
            prepared.owners.decide(self.plus, date, self.terms, in_kind, (spend, month.card))
            restock(prepared.city, before, self.plus[0], self.stock)
            self.is_stale = True
        for total, part in zip(self.account, month, strict=True):
            total += part
            part.fill(0.0)
