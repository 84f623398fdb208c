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

from sim import draws
from sim.behavior.household import shifted_share
from sim.behavior.parameters import Parameters
from sim.city.build import City
from sim.city.levels import sector_values
from sim.city.places import N_ALTERNATIVES
from sim.engine.day import Calendar, first_rates_percent, time_shifts
from sim.engine.expected_books import INCOME, NORMAL, SHIFTED, Account, new_account, new_sums, settle
from sim.engine.expected_people import add_purchases, gamma_table, live_cells, new_evening, new_month
from sim.engine.expected_terms import Population, Regime, build_groups, build_population, build_regime, build_shelf
from sim.engine.plus import PlusShops
from sim.engine.second_round import next_gain_ppm
from sim.engine.tables import hazard_cuts
from sim.errors import InputError
from sim.policy.arithmetic import BASIS
from sim.policy.budget import Budgets
from sim.policy.model import Policy
from sim.policy.timetable import DayTerms, Timetable
from sim.vocabulary import DISTRICTS, N_DISTRICTS, N_ORIGINS, N_SECTORS

_INCOME_DAYS = 28
_ONE = np.ones(N_SECTORS)


class Expectation:
    """One world's policy, lived day by day in expectation. Amounts are won of the sample, float64."""

    def __init__(
        self, city: City, policy: Policy, parameters: Parameters, period: tuple[datetime.date, datetime.date],
        population: Population,
    ) -> None:  # fmt: skip
        self.city, self.policy, self.parameters, self.population = city, policy, parameters, population
        self.start, self.end = period
        self.timetable, self.budgets = Timetable(policy), Budgets(policy, city.scale)
        horizon = int(city.package.assumption("time_shift_horizon_days"))
        self.shifts = time_shifts(self.timetable, horizon, *period)
        self.calendar = Calendar(city, parameters, [[], self.shifts])
        self.plus = PlusShops(city, parameters, 2)
        self.groups = build_groups(policy)
        self.launch = {}
        for card in policy.district_card:
            self.launch[DISTRICTS.index(card.district)] = card.launch.toordinal()
        self.none, self.active, self.dormant = (c.copy() for c in population.cards)
        self.laid_aside = np.zeros((len(self.groups.home), len(population.affinity), population.n.shape[1]))
        self.month_account, self.account = new_account(), new_account()
        self.gain_ppm = np.zeros(N_ORIGINS, dtype=np.int64)
        self.flows: dict[tuple[str, str], int] = {}
        self.daily: list[dict[str, object]] = []
        self.base_days = 0.0
        self._prepare()

    def _prepare(self) -> None:
        p, people = self.parameters, self.population
        self.new_share = people.constrained * p.mpc_constrained + (1 - people.constrained) * p.mpc_other
        self.storable = sector_values(self.city.package, "storable_share")
        self.terms: DayTerms | None = None
        self.regime: Regime | None = None
        self.changes = set(self.timetable.changes(self.start, self.end))
        self.opened: bytes | None = None
        self.shifting = np.zeros_like(self.active)

    @property
    def members(self) -> np.ndarray:
        """Members by home, float64[12]."""
        return (self.active + self.dormant).sum(axis=1)

    def live(self) -> None:
        """Live every day of the period."""
        date = self.start
        while date <= self.end:
            self.live_day(date)
            date += datetime.timedelta(days=1)

    def live_day(self, date: datetime.date) -> None:
        """Live one day: rates, purchases of every cell, budgets, members; at a month's end, its decisions."""
        self._open(date)
        factor = self.calendar.factor(date)
        self.base_days += factor
        spent = self._shop(date, factor)
        self._pay(date, *spent)
        self._change_cards()
        self.daily[-1] |= {"subscribers": float(self.members.sum()), "active_holders": float(self.active.sum())}
        tomorrow = date + datetime.timedelta(days=1)
        if tomorrow.month != date.month or date == self.end:
            self._close_month(date)

    def _open(self, date: datetime.date) -> None:
        """Read the terms of the day; where they or the Plus shops changed, work out anew where purchases go."""
        flags = self.budgets.open_at_start(date)
        if self.terms is None or date in self.changes or flags.tobytes() != self.opened:
            self.terms, self.opened = self.timetable.terms(date, flags), flags.tobytes()
            self.offered_percent = first_rates_percent(self.terms)
            self._settle()
            self.regime = None
        if self.regime is None:
            self._rebuild(self.terms)
        if date.day == 1:
            for column in (self.month.latent, self.month.variance, self.month.reached, self.month.inside):
                column.fill(0.0)
        if self.calendar.starting(date):
            self.shifting = self.active.copy()

    def _rebuild(self, terms: DayTerms) -> None:
        columns = {k: v[1] for k, v in self.plus.columns([terms, terms]).items()}
        shelf = build_shelf(self.city, self.plus.is_plus[1], columns, terms, self.start.isoformat())
        regime = build_regime(self.city, self.parameters, self.population, self.groups, terms, shelf)
        n_groups, _, n_tiers, n_affinities, _ = regime.flows.shape
        month = new_month(n_groups, self.population.n.shape[1], n_affinities, n_tiers - 1)
        if hasattr(self, "month"):
            month = month._replace(
                latent=self.month.latent, variance=self.month.variance, balance=self.month.balance
            )
        self.month, self.regime, self.evening = month, regime, new_evening(month)
        self.sums, self.today = (new_sums(n_groups, n_tiers, n_affinities) for _ in range(2))
        self.scratch = (np.zeros(n_tiers), np.zeros((n_tiers - 1, 2)), gamma_table(), self.population.sizes)
        self.usual_pace = regime.pace(self.population, _ONE)
        # A day of no length says how far the month has come on the new tiers.
        live_cells(self.month, self.usual_pace, self.evening, (0.0, 0.0, self._new_by_group()), self.scratch)

    def _new_by_group(self) -> np.ndarray:
        return self.new_share[self.groups.home]

    def _moved_in_time(self, date: datetime.date) -> tuple[np.ndarray, np.ndarray]:
        """Return float64[9] twice: the part of a day's purchases made as usual, and of another day's made today."""
        usual, come = _ONE.copy(), np.zeros(N_SECTORS)
        shifting = min(1.0, self.shifting.sum() / max(self.active.sum(), 1e-300))
        for window in self.shifts:
            mirror = window.mirror(date)
            if mirror is None:
                continue
            moved = self.storable * shifted_share(self.parameters.time_shift_response, window.gap_percent) * shifting
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
        usual, come = self._moved_in_time(date) if self.shifts else (_ONE, None)
        in_window = come is not None and (come.any() or (usual != 1).any())
        pace = self.regime.pace(self.population, usual + come) if in_window else self.usual_pace
        p, people = self.parameters, self.population
        rules = (factor, float(p.cashback_use_share), self._new_by_group())
        live_cells(self.month, pace, self.evening, rules, self.scratch)
        mass = self._mass(date)
        for column in self.today:
            column.fill(0.0)
        self._add(NORMAL, pace, mass, people.value * usual[:, None], factor)
        if in_window and come.any():
            self._add(SHIFTED, pace, mass, people.value * come[:, None], factor)
        if date.day <= _INCOME_DAYS and self.gain_ppm.any():
            self._spend_income(pace, mass)
        for total, part in zip(self.sums, self.today, strict=True):
            total += part
        return mass, float((self.today.krw[INCOME][..., None] * self.regime.paid).sum())

    def _add(self, kind: int, pace: object, mass: np.ndarray, value: np.ndarray, factor: float) -> None:
        sums = (self.today.krw[kind], self.today.used[kind])
        add_purchases(pace, self.evening, mass, np.ascontiguousarray(value), factor, sums)

    def _spend_income(self, pace: object, mass: np.ndarray) -> None:
        """Spend a day's part of last month's gain in local income; a loss is spending less by other means."""
        people = self.population
        gain = self.gain_ppm / 1e6 / _INCOME_DAYS
        chance = people.often.sum(axis=1) / people.often.sum()
        everybody = (people.n @ people.monthly_krw * gain)[:, None] * chance
        extra = everybody[:, :, None] * self.city.places.share
        self.month_account.change[:, :, :N_ALTERNATIVES] += extra
        self.month_account.second_round[:, :N_ALTERNATIVES] += extra.sum(axis=0)
        holders = mass * np.maximum(gain, 0.0)[self.groups.home][:, None, None]
        self._add(INCOME, pace, holders, chance[:, None] * people.monthly_krw, 1.0)

    def _claims(self, mass: np.ndarray, more: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        """Return the day's claims on cashback: by cell on the city, by cell on the home district, and by district for
        Plus top-up and fee support (float64[20]); and the part of payments that is charged."""
        regime, evening = self.regime, self.evening
        city = np.einsum("galk,gk->gal", evening.charged, regime.city_bp / BASIS) * more
        home = np.einsum("galk,gk,gka->gal", evening.charged, regime.topup_bp / BASIS, regime.at_home) * more
        by_district = np.tensordot(self.today.krw.sum(axis=0), regime.claims, 4)
        paid, used = (mass * evening.paid).sum(), (mass * evening.used).sum()
        charged = (mass * evening.charged.sum(axis=-1)).sum()
        by_district[:N_DISTRICTS] *= charged / max(paid, 1e-300)
        by_district[N_DISTRICTS:] *= 1 + self._new_part(mass, used) / max(paid, 1e-300)
        return city, home, by_district, paid

    def _new_part(self, mass: np.ndarray, used: float) -> float:
        """Return the won by which baskets grew out of cashback used today."""
        return float((mass * self.evening.used).sum(axis=(1, 2)) @ self._new_by_group()) if used else 0.0

    def _pay(self, date: datetime.date, mass: np.ndarray, income: float) -> None:
        """Claim the day's cashback and support from the budgets, pay what is left, and credit people."""
        ordinary = float((mass * self.evening.paid).sum())
        city, home, by_district, paid = self._claims(mass, 1 + income / max(ordinary, 1e-300))
        n = len(self.budgets.left_krw)
        terms, claims, support = self.terms, np.zeros(n + 1), np.zeros(n + 1)
        claims[int(terms.budget_city)] += (mass * city).sum()
        top_up = np.bincount(self.groups.home, (mass * home).sum(axis=(1, 2)), N_ORIGINS)[:N_DISTRICTS]
        np.add.at(claims, terms.budget_topup, top_up)
        np.add.at(claims, terms.budget_plus, by_district[:N_DISTRICTS])
        np.add.at(support, terms.budget_fee, by_district[N_DISTRICTS:])
        part = self._charge(date, claims, support)
        per_home = np.append(part[terms.budget_topup], np.zeros(N_ORIGINS - N_DISTRICTS))[self.groups.home]
        earned = city * part[int(terms.budget_city)] + home * per_home[:, None, None]
        plus = float(by_district[:N_DISTRICTS] @ part[terms.budget_plus])
        earned += self.evening.paid * (plus / max(paid, 1e-300))
        self.month.balance[:] += earned - self.evening.used
        used = float((mass * self.evening.used).sum())
        self.daily.append({
            "date": date.isoformat(),
            "card_payments_krw": paid + self._new_part(mass, used) + income,
            "cashback_krw": float((mass * earned).sum()),
        })  # fmt: skip

    def _charge(self, date: datetime.date, claims: np.ndarray, support: np.ndarray) -> np.ndarray:
        """Take the day's claims out of the budgets; return the part of each that is paid (the last has no limit)."""
        wanted = np.rint((claims + support)[:-1]).astype(np.int64)
        paid = np.minimum(wanted, np.maximum(self.budgets.left_krw, 0))
        for i in np.flatnonzero(paid):
            helped = round(int(paid[i]) * support[i] / (claims[i] + support[i]))
            for purpose, amount in (("cashback", int(paid[i]) - helped), ("fee_support", helped)):
                for payer, krw in self.budgets.split_krw(int(i), date, amount).items() if amount else ():
                    self.flows[payer, purpose] = self.flows.get((payer, purpose), 0) + krw
        part = np.append(np.divide(paid, wanted, out=np.zeros(len(paid)), where=wanted > 0), 1.0)
        self.budgets.charge(date, wanted, paid)
        return part

    def _change_cards(self) -> None:
        """Let people join, go dormant or return; who comes starts the month from nothing."""
        holders = self.members / np.maximum(self.population.n.sum(axis=1), 1)
        cuts = hazard_cuts(self.parameters, self.offered_percent, holders).astype(float) / 2**32
        joins, stops, returns = cuts[0][:, None] * self.none, cuts[1][:, None] * self.active, cuts[2][:, None] * self.dormant
        active, dormant = self.active - stops + joins + returns, self.dormant + stops - returns
        homes, month = self.groups.home, self.month

        def of(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
            return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)[homes][:, None, :]

        stay = of(self.active - stops, active)
        held, aside = month.balance.copy(), self.laid_aside
        month.balance[:] = held * stay + aside * of(returns, active)
        self.laid_aside = aside * of(self.dormant - returns, dormant) + held * of(stops, dormant)
        square = month.variance + month.latent**2
        month.latent[:] *= stay
        month.variance[:] = stay * square - month.latent**2
        month.reached[:] *= stay[..., None]
        month.inside[:] *= stay[..., None]
        self.none, self.active, self.dormant = self.none - joins, active, dormant

    def _settle(self) -> None:
        """Turn the purchases since the last change into spending and classes."""
        if self.regime is not None:
            settle(self.month_account, self.groups, self.regime, self.sums, self.new_share)
            for column in self.sums:
                column.fill(0.0)

    def base_spend(self, days: float) -> np.ndarray:
        """Return float64[12, 9, 24]: purchases without policy over so many average days."""
        people = self.population
        return (people.n @ people.value.T)[:, :, None] * self.city.places.share * days

    def _close_month(self, date: datetime.date) -> None:
        self._settle()
        people, month = self.population, self.month_account
        monthly = people.n[:N_DISTRICTS] @ people.monthly_krw
        self.gain_ppm = next_gain_ppm(self.city, self.parameters, month.change, monthly)
        spend = month.change.copy()
        spend[:, :, :N_ALTERNATIVES] += self.base_spend(self.base_days)
        if self.terms.plus_open.any():
            in_kind = self.timetable.plus_in_kind(date)
            self.plus.decide(1, date, self.terms, in_kind, (spend, month.card))
            self.regime = None
        for total, part in zip(self.account, month, strict=True):
            total += part
            part.fill(0.0)
        self.base_days = 0.0
