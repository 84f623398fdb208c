"""The same year in expectation: the rules of the day on cells of people, no draw, some hundredth of a second a month.

An oracle for tests, a fast model for calibration, an answer while a slider moves. What is exact and what is not:

- Where purchases go is exact for the tastes and rates of a cell (`sim.engine.expected_place`).
- How far people are in the month's tiers has the right mean; its spread is a gamma's (`sim.engine.expected_people`).
- Cashback is held by a cell as a mean, and used as if it had grown since the last use for an exponential time.
- Plus shops of a trade and district all give their mean discount; which shops join is decided shop by shop as in the
  crowd, by expected sales.
- Those who join or return start the month's tiers from nothing; a tier of the city that changes within a month takes
  people from where they would stand in the first tier.
- Time shift moves the holders' mean; spending outside the city on another day is not counted as having left.
- Worlds are compared with the world without any policy only, and tastes are always frozen.

What each of these costs is measured against the crowd and kept in docs/expected-error.csv.
"""

import datetime

import numpy as np

from sim.behavior.household import shifted_share
from sim.behavior.parameters import Parameters
from sim.city.build import City
from sim.city.places import N_ALTERNATIVES
from sim.engine.day import Calendar, first_rates_percent, time_shifts
from sim.engine.expected_books import INCOME, NORMAL, SHIFTED, new_account, new_sums, settle
from sim.engine.expected_people import (
    add_purchases,
    count_cells,
    credit,
    gamma_table,
    live_cells,
    new_evening,
    new_month,
    thin,
)
from sim.engine.expected_terms import (
    Population,
    build_groups,
    build_regime,
    build_shelf,
    take_stock,
)
from sim.engine.plain_terms import plain_terms, require_plain
from sim.engine.plus import PlusShops
from sim.engine.second_round import gain_ppm
from sim.engine.tables import hazard_cuts
from sim.policy.budget import Budgets
from sim.policy.model import Policy
from sim.policy.timetable import Timetable
from sim.vocabulary import DISTRICTS, N_DISTRICTS, N_ORIGINS, N_SECTORS

_INCOME_DAYS = 28
_DAILY = ("card_payments_krw", "cashback_krw", "subscribers", "active_holders")
_ONE = np.ones(N_SECTORS)
_DAY = datetime.timedelta(days=1)

Period = tuple[datetime.date, datetime.date]


class Expectation:
    """One world's policy, lived day by day in expectation. Amounts are won of the sample, float64."""

    def __init__(
        self, city: City, policy: Policy, parameters: Parameters, period: Period, population: Population
    ) -> None:
        require_plain(policy)
        self.city, self.policy, self.population = city, policy, population
        self.parameters = Parameters(*map(float, parameters))
        self.start, self.end = period
        self.timetable, self.budgets = Timetable(policy), Budgets(policy, city.scale)
        horizon = int(city.package.assumption("time_shift_horizon_days"))
        self.shifts = time_shifts(self.timetable, horizon, *period)
        self.calendar = Calendar(city, parameters, [[], self.shifts])
        self.plus = PlusShops(city, parameters, 2)
        self.stock = take_stock(city, self.plus.is_plus[1])
        self.groups = build_groups(policy)
        self.launch = {DISTRICTS.index(c.district): c.launch.toordinal() for c in policy.district_card}
        self.changes = set(self.timetable.changes(*period))
        self.month_account, self.account = new_account(), new_account()
        self.gain_ppm = np.zeros(N_ORIGINS, dtype=np.int64)
        self.spent_krw = np.zeros((2, len(self.budgets.left_krw)), dtype=np.int64)
        self.flows: dict[tuple[str, str], int] = {}
        self.daily: list[dict[str, object]] = []
        self.n_average_days, self.base_days = 0.0, 0.0
        """Days so far, and since the last month's end, as multiples of an average day's purchases."""
        self._meet_people()

    def _meet_people(self) -> None:
        """Say where everybody stands on the first morning. Without a programme there is no card."""
        p, people = self.parameters, self.population
        cells = (len(self.groups.home), len(people.affinity), people.n.shape[1])
        self.none, self.active, self.dormant = people.cards * (not self.policy.is_empty)
        self.shifting = np.zeros_like(self.active)
        self.new_share = people.constrained * p.mpc_constrained + (1 - people.constrained) * p.mpc_other
        self.new_by_group = self.new_share[self.groups.home]
        self.month = new_month(cells[0], cells[2], cells[1], 0)
        self.laid_aside, self.cell_claims = np.zeros(cells), np.zeros((2, *cells))
        self.opened = self.budgets.open_at_start(self.start)
        self.terms = plain_terms(self.timetable.terms(self.start, self.opened))
        self._rebuild()

    @property
    def members(self) -> np.ndarray:
        """Members by home, float64[12]."""
        return (self.active + self.dormant).sum(axis=1)

    def live(self) -> None:
        """Live every day of the period."""
        for day in range(self.start.toordinal(), self.end.toordinal() + 1):
            date = datetime.date.fromordinal(day)
            self.n_average_days += self.calendar.factor(date)
            if self.policy.is_empty:
                self.daily.append({"date": date.isoformat(), **dict.fromkeys(_DAILY, 0.0)})
            else:
                self.live_day(date)

    def live_day(self, date: datetime.date) -> None:
        """Live one day: rates, purchases of every cell, budgets, members; at a month's end, its decisions."""
        self._open(date)
        factor = self.calendar.factor(date)
        self.base_days += factor
        spent = self._shop(date, factor)
        self._pay(date, *spent)
        self._change_cards()
        self.daily[-1] |= {"subscribers": float(self.members.sum()), "active_holders": float(self.active.sum())}
        tomorrow = date + _DAY
        if tomorrow.month != date.month or date == self.end:
            self._close_month(date)

    def _open(self, date: datetime.date) -> None:
        """Read the terms of the day; where they or the Plus shops changed, work out anew where purchases go."""
        opened = self.budgets.open_at_start(date)
        if date in self.changes or (opened != self.opened).any():
            self._settle(date - _DAY)
            self.terms, self.opened = plain_terms(self.timetable.terms(date, opened)), opened
            self.is_stale = True
        if self.is_stale:
            self._rebuild()
        if date.day == 1:
            for column in (self.month.latent, self.month.variance, self.month.reached, self.month.inside):
                column.fill(0.0)
        if self.calendar.starting(date):
            self.shifting = self.active.copy()

    def _rebuild(self) -> None:
        """Work out where purchases go under the terms of today and with the Plus shops there are."""
        terms, people = self.terms, self.population
        shelf = build_shelf(self.stock, terms, people.fee_bp)
        self.regime = build_regime(self.city, self.parameters, people, self.groups, terms, shelf)
        n_groups, _, n_tiers, n_affinities, _ = self.regime.flows.shape
        before = self.month
        month = new_month(n_groups, people.n.shape[1], n_affinities, n_tiers - 1)
        self.month = month._replace(latent=before.latent, variance=before.variance, balance=before.balance)
        self.evening = new_evening(self.month)
        self.sums, self.today = (new_sums(n_groups, n_tiers, n_affinities) for _ in range(2))
        self.scratch = (np.zeros(n_tiers), np.zeros((n_tiers - 1, 2)), gamma_table(), people.sizes)
        self.usual_pace, self.paid_share = self.regime.pace(people, _ONE), self.regime.paid.sum(axis=-1).ravel()
        # A day of no length says how far the month has come on the new tiers.
        live_cells(self.month, self.usual_pace, self.evening, (0.0, 0.0, self.new_by_group), self.scratch)
        self.is_stale = False

    def _moved_in_time(self, date: datetime.date) -> tuple[np.ndarray, np.ndarray]:
        """Return float64[9] twice: the part of a day's purchases made as usual, and of another day's made today."""
        usual, come = _ONE.copy(), np.zeros(N_SECTORS)
        shifting = min(1.0, self.shifting.sum() / max(self.active.sum(), 1e-300))
        for window in self.shifts:
            mirror = window.mirror(date)
            if mirror is None:
                continue
            wait = shifted_share(self.parameters.time_shift_response, window.gap_percent)
            moved = self.population.storable * wait * shifting
            if window.rises == (date < window.change):
                usual -= moved
            else:
                come += moved * self.calendar.factor(mirror) / self.calendar.factor(date)
        return usual, come

    def _mass(self, date: datetime.date) -> np.ndarray:
        """Return float64[G, 4, 30]: active holders by cell."""
        share = self.groups.share(self.population, self.terms, self.launch, date.toordinal())
        by_group = self.active[self.groups.home] * share[:, None]
        return by_group[:, None, :] * self.population.affinity_share[:, None]

    def _shop(self, date: datetime.date, factor: float) -> tuple[np.ndarray, float]:
        """Let every cell buy. Returns the active holders by cell and what income purchases add to payments."""
        usual, come = self._moved_in_time(date)
        in_window = bool(come.any() or (usual != 1).any())
        pace = self.regime.pace(self.population, usual + come) if in_window else self.usual_pace
        p, people = self.parameters, self.population
        rules = (factor, float(p.cashback_use_share), self.new_by_group)
        live_cells(self.month, pace, self.evening, rules, self.scratch)
        mass = self._mass(date)
        for column in self.today:
            column.fill(0.0)
        self._add(NORMAL, mass, people.value * usual[:, None], factor)
        if come.any():
            self._add(SHIFTED, mass, people.value * come[:, None], factor)
        income = 0.0
        if date.day <= _INCOME_DAYS and self.gain_ppm.any():
            income = self._spend_income(mass)
        for total, part in zip(self.sums, self.today, strict=True):
            total += part
        return mass, income

    def _add(self, kind: int, mass: np.ndarray, value: np.ndarray, factor: float) -> None:
        sums = (self.today.krw[kind], self.today.used[kind])
        add_purchases(self.evening, mass, np.ascontiguousarray(value), factor, sums)

    def _spend_income(self, mass: np.ndarray) -> float:
        """Spend a day's part of last month's gain in local income; a loss is spending less by other means. Returns what
        of it is paid with the card."""
        people = self.population
        gain = self.gain_ppm / 1e6 / _INCOME_DAYS
        chance = people.often.sum(axis=1) / people.often.sum()
        everybody = (people.n @ people.monthly_krw * gain)[:, None] * chance
        extra = everybody[:, :, None] * self.city.places.share
        self.month_account.change[:, :, :N_ALTERNATIVES] += extra
        self.month_account.second_round[:, :N_ALTERNATIVES] += extra.sum(axis=0)
        holders = mass * np.maximum(gain, 0.0)[self.groups.home][:, None, None]
        self._add(INCOME, holders, chance[:, None] * people.monthly_krw, 1.0)
        return float(self.today.krw[INCOME].ravel() @ self.paid_share)

    def _claim(self, mass: np.ndarray, income: float) -> tuple[np.ndarray, np.ndarray]:
        """Write the day's claims on cashback by cell; return float64[G, 5] of `count_cells`, and float64[20]: claims
        on Plus top-up and fee support by district."""
        regime, sums = self.regime, np.zeros((len(self.groups.home), 5))
        count_cells(mass, self.evening, regime.rates, self.cell_claims, sums)
        paid, _, charged, _, _ = sums.sum(axis=0)
        # Cashback on purchases out of income is taken at the day's mean rates.
        more = 1 + income / max(paid, 1e-300)
        self.cell_claims *= more
        sums[:, 3:] *= more
        day = self.today.krw.sum(axis=0).ravel()
        by_district = day @ regime.claims.reshape(len(day), -1)
        by_district[:N_DISTRICTS] *= charged / max(paid, 1e-300)
        by_district[N_DISTRICTS:] *= 1 + self._grown(sums) / max(paid, 1e-300)
        return sums, by_district

    def _grown(self, sums: np.ndarray) -> float:
        """Return the won by which baskets grew out of cashback used today."""
        return float(sums[:, 1] @ self.new_by_group)

    def _pay(self, date: datetime.date, mass: np.ndarray, income: float) -> None:
        """Claim the day's cashback and support from the budgets, pay what is left, and credit people."""
        sums, by_district = self._claim(mass, income)
        n, terms, homes = len(self.budgets.left_krw), self.terms, self.groups.home
        claims, support = np.zeros(n + 1), np.zeros(n + 1)
        top_up = np.bincount(homes, sums[:, 4], N_ORIGINS)[:N_DISTRICTS]
        claims[int(terms.budget_city)] += sums[:, 3].sum()
        np.add.at(claims, terms.budget_topup, top_up)
        np.add.at(claims, terms.budget_plus, by_district[:N_DISTRICTS])
        np.add.at(support, terms.budget_fee, by_district[N_DISTRICTS:])
        part = self._charge(date, claims, support)
        of_home = np.append(part[terms.budget_topup], np.zeros(N_ORIGINS - N_DISTRICTS))[homes]
        paid, plus = sums[:, 0].sum(), float(by_district[:N_DISTRICTS] @ part[terms.budget_plus])
        parts = np.zeros((len(homes), 3))
        parts[:, 0], parts[:, 1], parts[:, 2] = part[int(terms.budget_city)], of_home, plus / max(paid, 1e-300)
        credit(self.month, self.evening, self.cell_claims, parts)
        self.daily.append({
            "date": date.isoformat(),
            "card_payments_krw": float(paid + self._grown(sums) + income),
            "cashback_krw": float(sums[:, 3] @ parts[:, 0] + sums[:, 4] @ of_home + plus),
        })  # fmt: skip

    def _charge(self, date: datetime.date, claims: np.ndarray, support: np.ndarray) -> np.ndarray:
        """Take the day's claims out of the budgets; return the part of each that is paid (the last has no limit)."""
        both = (claims + support)[:-1]
        wanted = np.rint(both).astype(np.int64)
        paid = np.minimum(wanted, np.maximum(self.budgets.left_krw, 0))
        helped = np.rint(paid * np.divide(support[:-1], both, out=np.zeros_like(both), where=both > 0))
        self.spent_krw[1] += helped.astype(np.int64)
        self.spent_krw[0] += paid - helped.astype(np.int64)
        self.budgets.charge(date, wanted, paid)
        return np.append(np.divide(paid, wanted, out=np.zeros(len(paid)), where=wanted > 0), 1.0)

    def _fund(self, date: datetime.date) -> None:
        """Have the governments pay what the budgets spent since the last change of terms, the last day's shares."""
        for purpose, spent in zip(("cashback", "fee_support"), self.spent_krw, strict=True):
            for i in np.flatnonzero(spent):
                for payer, krw in self.budgets.split_krw(int(i), date, int(spent[i])).items():
                    self.flows[payer, purpose] = self.flows.get((payer, purpose), 0) + krw
        self.spent_krw[:] = 0

    def _change_cards(self) -> None:
        """Let people join, go dormant or return; who comes starts the month from nothing."""
        holders = self.members / np.maximum(self.population.n.sum(axis=1), 1)
        chances = hazard_cuts(self.parameters, first_rates_percent(self.terms), holders) / 2**32
        joins, stops, returns = (chances[i][:, None] * c for i, c in enumerate((self.none, self.active, self.dormant)))
        active, dormant = self.active - stops + joins + returns, self.dormant + stops - returns
        parts = np.stack([self.active - stops, returns, self.dormant - returns, stops])
        whole = np.stack([active, active, dormant, dormant])
        moves = np.divide(parts, whole, out=np.zeros_like(parts), where=whole > 0)
        thin(self.month, self.laid_aside, self.groups.home, moves)
        self.none, self.active, self.dormant = self.none - joins, active, dormant

    def _settle(self, date: datetime.date) -> None:
        """Turn the purchases since the last change, up to a date, into spending and classes, and fund the budgets."""
        settle(self.month_account, self.groups, self.regime, self.sums, self.new_share)
        for column in self.sums:
            column.fill(0.0)
        self._fund(date)

    def base_spend(self, days: float) -> np.ndarray:
        """Return float64[12, 9, 24]: purchases without policy over so many average days."""
        people = self.population
        return (people.n @ people.value.T)[:, :, None] * self.city.places.share * days

    def _close_month(self, date: datetime.date) -> None:
        self._settle(date)
        people, month = self.population, self.month_account
        monthly = people.n[:N_DISTRICTS] @ people.monthly_krw
        self.gain_ppm = gain_ppm(people.added_share, self.parameters, month.change, monthly)
        spend = month.change.copy()
        spend[:, :, :N_ALTERNATIVES] += self.base_spend(self.base_days)
        if self.terms.plus_open.any():
            in_kind = self.timetable.plus_in_kind(date)
            self.plus.decide(1, date, self.terms, in_kind, (spend, month.card))
            self.stock = take_stock(self.city, self.plus.is_plus[1])
            self.is_stale = True
        for total, part in zip(self.account, month, strict=True):
            total += part
            part.fill(0.0)
        self.base_days = 0.0
