"""The model as a reader expects it: every person, shop and government a Mesa agent, the day in plain sight.

It is slow and obvious, and it judges the crowd (`eum.engine.compiled.day`): both must agree on every account to the
won. It shares the rules of `eum.behavior`, the terms of `eum.policy` and the columns of the city with the crowd, and
none of its loops or tables. Use it to read, to teach, to watch a town and to check.
"""

import datetime
from collections.abc import Sequence

import mesa
import numpy as np

from eum import rng
from eum.behavior.adoption import Hazards, card_hazards, potential_share
from eum.behavior.consumption import shifted_share
from eum.behavior.parameters import Parameters
from eum.city.build import City
from eum.city.spending import count_cuts, levels_at, sector_values, spending_index
from eum.dimensions import DISTRICTS, N_DISTRICTS, N_ORIGINS, PLUS, SEOUL
from eum.engine.accounting import post_opening
from eum.engine.day import Calendar, TimeShift, time_shifts
from eum.engine.felt_rates import FeltRates, launch_effects
from eum.engine.governments import Government, Treasury
from eum.engine.initial_conditions import first_cards, turns
from eum.engine.lookup_tables import N_SMALL_CELLS, card_fees_bp
from eum.engine.merchant_decisions import cell_averages, help_by_district
from eum.engine.reference.person import simulate
from eum.engine.reference.scenario import ReferenceDay, Scenario, outside
from eum.engine.reference.shop import Shop
from eum.engine.reference.state import Person
from eum.engine.second_round import gain_ppm, monthly_spending_krw, value_added_share
from eum.engine.start import PERSONS, StartState, grants_kept_krw, require_start
from eum.finite import finite, require_finite
from eum.policy.model import Policy


class ReferenceModel(mesa.Model):
    """One city under several policies at once, one agent at a time; made and stepped like `CityModel`."""

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
        people: Sequence[int] | None = None,
        start_state: StartState | None = None,
    ) -> None:
        """Make the agents; `people` are the numbers of those who are made at all (default: everybody)."""
        super().__init__(rng=seed)
        require_finite("behaviour", parameters._asdict())
        self.city, self.parameters, self.pairs, self.draws_seed = city, parameters, pairs, seed
        self.start, self.end = period
        self.date = self.start
        self.fee_bp = card_fees_bp(city, self.start.isoformat())
        self.affinity = city.package.assumptions("card_affinity")["value"].to_numpy(float)
        self.storable = sector_values(city.package, "storable_share")
        self._begin_year()
        self._felt = FeltRates(city, parameters)
        self.worlds = [Scenario(number, self._treasury(policy, number)) for number, policy in enumerate(policies)]
        self.calendar = Calendar(city, parameters, [])
        horizon = int(city.package.assumption("time_shift_horizon_days"))
        self.shifts = [time_shifts(w.treasury.timetable, horizon, self.start, self.end) for w in self.worlds]
        self.shops = Shop.create_agents(self, len(city.shops.cell), np.arange(len(city.shops.cell)))
        self.shop_by_number = list(self.shops)
        n_small = city.shops.n_small
        cells = city.shops.cell[:n_small]
        self.cell_weight = [int(city.shops.weight[:n_small][cells == c].sum()) for c in range(N_SMALL_CELLS)]
        numbers = np.arange(city.n_persons) if people is None else np.array(people)
        self.turns = turns(city, parameters)
        self.people = Person.create_agents(self, len(numbers), numbers)
        self._place(start_state)
        self.day = self.month = self.total = ReferenceDay(len(policies), len(pairs))
        self.month, self.total = ReferenceDay(len(policies), len(pairs)), ReferenceDay(len(policies), len(pairs))
        self.running = True

    def _treasury(self, policy: Policy, world: int) -> Treasury:
        names = ("national", "city", *DISTRICTS, "operator")
        return Treasury(policy, self.city.scale, {name: Government(self, world, name) for name in names})

    def _place(self, start_state: StartState | None) -> None:
        """Say where people and shops stand on the first morning."""
        if start_state is None:
            self._hand_out_cards()
        else:
            self._begin_at(start_state)
        for world in self.worlds:
            world.count_holders(self.people)

    def _hand_out_cards(self) -> None:
        cards = first_cards(self.city, self.parameters, self.start)
        for world in self.worlds[1:]:
            world.felt_percent = self._felt.percent(world.treasury.open_day(self.start)).tolist()
            for person in self.people:
                wallet = person.morning[world.number]
                wallet.card = int(cards[person.number])
                wallet.remembered_ppm = world.felt_ppm(person.home) if wallet.is_member else 0

    def _begin_at(self, given: StartState) -> None:
        """Let every world but the first begin where a history had brought people and shops."""
        require_start(given, self.city, self.start)
        for world in self.worlds[1:]:
            granted = grants_kept_krw(given, world.treasury.policy)
            for person in self.people:
                wallet = person.morning[world.number]
                for name in PERSONS:
                    setattr(wallet, name, int(getattr(given, name)[person.number]))
                wallet.has_paid = bool(given.has_paid[person.number])
                wallet.grant_krw = int(granted[person.number])
            for shop in self.shop_by_number:
                shop.begin_at(world.number, bool(given.is_plus[shop.number]), int(given.plus_months[shop.number]))
            world.gain_ppm = given.gain_ppm.copy()
            post_opening(world.treasury.ledger, given, int(granted.sum()))

    @finite("a day of the run")
    def step(self) -> None:
        """Simulate one day: open it, let everybody act, settle the budgets, keep the books."""
        self.open_day()
        for world in self.worlds:
            world.load(self.date, self.people)
        self.simulate()
        if any(world.has_claimed_too_much() for world in self.worlds):
            # The money of a budget runs out today: the same day again, each claim paid its part.
            for world in self.worlds:
                world.share_out()
            self.simulate()
        self.close_day()

    def open_day(self) -> None:
        """Read the rates in force and the money left this morning, and who may join or stop at these rates."""
        if (self.date.month, self.date.day) == (1, 1):
            self._begin_year()
        self.counts = self._counts(self.date)
        mirrors = [w.mirror(self.date) for windows in self.shifts for w in windows]
        self.mirror_date = next((m for m in mirrors if m is not None), None)
        if self.mirror_date is not None:
            self.mirror_counts = self._counts(self.mirror_date)
        for world in self.worlds:
            world.open_day(self.date)
            world.felt_percent = self._felt.percent(world.terms).tolist()
            world.potential = [self._potential(world, home) for home in range(N_ORIGINS)]
            world.hazards = [self._hazards(world, home) for home in range(N_ORIGINS)]
            self._open_window(world)

    def _counts(self, date: datetime.date) -> np.ndarray:
        return count_cuts(self.city.levels.purchases_per_day, self.calendar.factor(date))

    def _open_window(self, world: Scenario) -> None:
        """Say whether storable purchases wait or are brought forward today because of an announced change."""
        world.window, world.leaves, world.starts = None, False, False
        for window in self.shifts[world.number]:
            if window.mirror(self.date) is not None:
                world.window = window
                world.leaves = window.rises == (self.date < window.change)
                world.starts = (window.change - self.date).days == window.days

    def _begin_year(self) -> None:
        """Let purchases cost what they do in the year."""
        city = self.city
        index = spending_index(city.package, self.date.year, self.parameters.growth_strength)
        self.levels = city.levels if index == 1.0 else levels_at(city.levels, index)
        self.monthly_krw = [round(krw / 12) for krw in self.levels.spending_krw_per_year]

    def _potential(self, world: Scenario, home: int) -> float:
        """Return the share of residents who would hold the card at today's rate."""
        p, felt = self.parameters, world.felt_percent[home]
        return potential_share(felt, p.reference_rate_percent, p.potential_share, p.potential_odds_ratio_5pp)

    def _hazards(self, world: Scenario, home: int) -> Hazards:
        """Return the hazards of people of a home today."""
        holders_share = world.holders[home] / max(world.people[home], 1)
        attention = float(launch_effects(world.terms, self.date.toordinal(), self.parameters)[home])
        rates = world.felt_percent[home], holders_share, world.potential[home], attention
        return card_hazards(self.parameters, home < N_DISTRICTS, *rates)

    def shift_cut(self, window: TimeShift, sector: int) -> np.uint64:
        """Return the chance, times 2**32, that a purchase of a sector moves across an announced change."""
        moved = shifted_share(self.parameters.time_shift_response, window.gap_percent)
        return rng.cut(float(self.storable[sector]) * moved)

    def simulate(self) -> None:
        """Simulate everybody's day from how they stood this morning."""
        self.day = ReferenceDay(len(self.worlds), len(self.pairs))
        for world in self.worlds:
            world.forget_claims()
        self.people.do(simulate)

    def close_day(self) -> None:
        """Settle budgets and books, go to bed, and at a month's end account and let shops decide."""
        for world in self.worlds:
            world.settle(self.date, self.day)
            world.lapse(self.date, self.people)
        self.people.do("sleep")
        for world in self.worlds:
            world.count_holders(self.people)
        self.shops.do("count_sales")
        self.month.add(self.day)
        self.total.add(self.day)
        tomorrow = self.date + datetime.timedelta(days=1)
        if tomorrow.month != self.date.month or self.date == self.end:
            self.close_month()
        self.running = self.date < self.end
        self.date = tomorrow

    def close_month(self) -> None:
        """Turn the month's sales into next month's local income, and let small shops decide about Plus."""
        monthly = monthly_spending_krw(self.city, np.array(self.monthly_krw))
        for world in self.worlds[1:]:
            spend, card = self.month.spend[world.number], self.month.card[world.number]
            change = spend - self.month.spend[0]
            world.gain_ppm = gain_ppm(value_added_share(self.city, self.parameters), self.parameters, change, monthly)
            if world.terms.plus_open.any():
                world.know_cells(cell_averages(self.city, spend, card))
                in_kind = world.treasury.timetable.plus_in_kind(self.date)
                strength = self.parameters.plus_help_strength
                world.informed = help_by_district(self.city, "plus_help_awareness", in_kind) * strength
                world.in_kind_krw = help_by_district(self.city, "plus_help_worth_krw", in_kind) * strength
                world.count_plus(self.shops)
                self.shops.do("consider_plus", world)
        self.month = ReferenceDay(len(self.worlds), len(self.pairs))

    def kept_in_city_share(self, world: int) -> float:
        """Return the share of residents' spending so far that stayed in the city."""
        spend = self.total.spend[world, :N_DISTRICTS].sum(axis=(0, 1))
        return float(1 - spend[SEOUL:PLUS].sum() / max(spend.sum(), 1))

    def outside_krw(self, world: int) -> int:
        """Return what was spent outside the city so far, won of the sample."""
        return outside(self.total.spend[world])
