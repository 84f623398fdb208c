"""What a policy comes to, in expectation: a city is prepared once, then any number of policies is evaluated on it.

    expected = expected_city(load_package(), "causal", (0.05, 1), (first_day, last_day))
    expected.evaluate(load_policy("incheon-2020-actual")).fiscal_cost_krw

The only way from a policy to its expected figures: `eum compare --engine expected` shows them,
`eum.analysis.validation.engine_error` measures how far they are from the crowd's.
"""

import datetime
from typing import NamedTuple

import numpy as np

from eum.behavior.parameters import Parameters
from eum.calibration.anchoring import Inference, calibrated_choices
from eum.calibration.carried_start import start_of
from eum.calibration.central import EXPECTATION, INFERENCE_SCALE, kept_inference
from eum.calibration.fitted import POSTERIOR
from eum.calibration.mechanisms import without_mechanisms
from eum.calibration.priors import CENTRAL, ParameterDraw, coefficients, drawn_parameters, require_family
from eum.city.build import City, build_city
from eum.city.data import CityData
from eum.dimensions import CLASSES, DISTRICTS, EFFECTS, LARGE, N_ALTERNATIVES, N_DISTRICTS, PLUS, SALES_BANDS
from eum.engine.expected.model import Expectation
from eum.engine.expected.prepare import PreparedPeriod, prepared_city
from eum.engine.expected.results import expected_results
from eum.engine.expected.state import ACTIVE, MEMBERS
from eum.engine.results import Tables
from eum.engine.scenarios import ScenarioSet
from eum.engine.second_round import by_district
from eum.engine.start import StartState
from eum.outcomes.attribution import CITY
from eum.outcomes.effects import Coefficients, numerators
from eum.policy.model import Policy

N_QUINTILES = 5
"""Groups of residents by spending that cells can tell apart: six of the thirty levels each."""


class ExpectedOutcome(NamedTuple):
    """What a policy comes to against the world without any over the period; won and persons of the whole city."""

    policy: str
    days: PreparedPeriod
    """First and last day."""
    card_payments_krw: float
    cashback_krw: float
    """Cashback of all kinds."""
    fiscal_cost_krw: float
    """What national, city and district governments post: cashback, grants and fee support."""
    operation_krw: float
    """Estimated cost of operation, borne by the platform operator; with the fiscal cost, the resource cost."""
    cost_by_payer_krw: dict[str, float]
    """The fiscal cost by who pays: national, city, a district."""
    effect_krw: dict[str, float]
    """By rung of the ladder (`eum.dimensions.EFFECTS`)."""
    ratio: dict[str, float]
    """The same per won of fiscal cost; not a number where there is no cost."""
    class_krw: dict[str, float]
    """Card payments by what their twin was (`eum.dimensions.CLASSES`)."""
    small_shop_sales_change_krw: float
    sales_change_by_district_krw: dict[str, float]
    """Change of sales of small shops, by district of the shop; both rounds."""
    sales_before_by_district_krw: dict[str, float]
    """Those sales without the policy."""
    value_added_by_district_krw: dict[str, float]
    """Change of city value added at all shops, by district of the shop; both rounds."""
    sales_change_by_band_krw: dict[str, float]
    """The same by sales band; see `eum.engine.expected.accounts.Account.bands` for what is approximate."""
    share_city: float
    """Part of residents' spending that is kept in the city."""
    share_city_more: float
    """How much more that is than without the policy."""
    cashback_by_district_krw: dict[str, float]
    """Cashback of residents, by home."""
    cashback_by_quintile_krw: tuple[float, ...]
    """The same by fifth of residents, from the lowest spending to the highest."""
    exhausted_on: dict[str, datetime.date | None]
    """Day on which each budget runs out, None where it lasts."""
    spent_krw: dict[str, float]
    """Won paid out of each budget."""
    subscribers: float
    active_holders: float
    """Members, and those of them who pay with the card, on the last evening."""


class Expected:
    """A city, its behaviour and a period: says in some hundredths of a second what any policy comes to."""

    def __init__(
        self,
        city: City,
        parameters: Parameters,
        c: Coefficients,
        period: PreparedPeriod,
        start_state: StartState | None = None,
    ) -> None:
        """Prepare a city; policies begin at `start_state` (`eum.calibration.carried_start.start_of`).

        Raises InputError for a period that ends before its second day, and for tastes that are not frozen.
        """
        self.prepared, self.coefficients = prepared_city(city, parameters, period, start_state), c
        self.base_krw = self.prepared.base_krw * self.prepared.spending.sum()
        """float64[12, 9, 24]: purchases without policy over the period, won of the sample."""

    def evaluate(self, policy: Policy) -> ExpectedOutcome:
        """Return what a policy comes to. Nothing is drawn: the same policy gives the same bits.

        Raises InputError for a policy whose rates add up to more than 100 percent.
        """
        return self.outcome(self.simulated(policy))

    def simulated(self, policy: Policy) -> Expectation:
        """Return a policy's world after its last day. Raises InputError as `evaluate`."""
        world = Expectation(self.prepared, policy)
        world.simulate()
        return world

    def outcome(self, world: Expectation) -> ExpectedOutcome:
        """Return what the policy of a simulated world comes to."""
        return ExpectedOutcome(
            policy=world.policy.name,
            days=self.prepared.period,
            **self._costs(world),
            **self._effects(world),
            **self._sales(world),
            **self._retention(world),
            **self._people(world),
            **self._budgets(world),
        )

    def _whole(self, krw: float) -> float:
        return float(krw) / self.prepared.city.scale

    def _costs(self, world: Expectation) -> dict:
        payments = self._whole(world.account.card.sum())
        payers: dict[str, float] = {}
        for (payer, _), krw in world.flows.items():
            payers[payer] = payers.get(payer, 0.0) + self._whole(krw)
        cashback = sum(krw for (_, purpose), krw in world.flows.items() if purpose == "cashback")
        return {
            "card_payments_krw": payments,
            "cashback_krw": self._whole(cashback),
            "fiscal_cost_krw": self._whole(sum(world.flows.values())),
            "operation_krw": self.coefficients.operation_share * payments,
            "cost_by_payer_krw": payers,
        }

    def _effects(self, world: Expectation) -> dict:
        account = world.account
        by_class = dict(zip(CLASSES, account.classes.sum(axis=(1, 2, 3)).tolist(), strict=True))
        second = by_district(account.second_round).sum(axis=1)
        first = by_district(account.change).sum(axis=(0, 2)) - second
        spending = float(account.change.sum() - account.second_round.sum())
        effects = numerators(float(account.card.sum()), by_class, (first, second), spending, CITY, self.coefficients)
        effect = {rung: self._whole(krw) for rung, krw in zip(EFFECTS, effects, strict=True)}
        cost = self._costs(world)["fiscal_cost_krw"]
        return {
            "effect_krw": effect,
            "ratio": {rung: krw / cost if cost > 0 else np.nan for rung, krw in effect.items()},
            "class_krw": {name: self._whole(krw) for name, krw in by_class.items()},
        }

    def _sales(self, world: Expectation) -> dict:
        change = world.account.change.sum(axis=(0, 1))
        small = change[:LARGE] + change[PLUS:]
        added = self.coefficients.value_added_by_sector @ by_district(world.account.change.sum(axis=0))
        return {
            "small_shop_sales_change_krw": self._whole(small.sum()),
            "sales_change_by_district_krw": self._named(DISTRICTS, small),
            "sales_before_by_district_krw": self._named(DISTRICTS, self.base_krw.sum(axis=(0, 1))[:LARGE]),
            "value_added_by_district_krw": self._named(DISTRICTS, added),
            "sales_change_by_band_krw": self._named(SALES_BANDS, world.account.bands),
        }

    def _named(self, names: tuple[str, ...], krw: np.ndarray) -> dict[str, float]:
        return {name: self._whole(won) for name, won in zip(names, krw, strict=True)}

    def _retention(self, world: Expectation) -> dict:
        base, change = self.base_krw[:N_DISTRICTS], world.account.change[:N_DISTRICTS]
        before, spending = by_district(_with_plus(base)).sum() / base.sum(), base.sum() + change.sum()
        after = (by_district(_with_plus(base)).sum() + by_district(change).sum()) / spending
        return {"share_city": float(after), "share_city_more": float(after - before)}

    def kept_by_home(self, world: Expectation) -> tuple[np.ndarray, np.ndarray]:
        """Return, by home district, the shares of residents' spending that stay in it and in the city, float64[10].

        Not a number where nobody lives.
        """
        base, change = self.base_krw[:N_DISTRICTS], world.account.change[:N_DISTRICTS]
        places = (by_district(_with_plus(base)) + by_district(change)).sum(axis=1)
        spending = (base.sum(axis=(1, 2)) + change.sum(axis=(1, 2)))[:, None]
        shares = np.divide(places, spending, out=np.full(places.shape, np.nan), where=spending > 0)
        return np.diagonal(shares).copy(), shares.sum(axis=1)

    def _people(self, world: Expectation) -> dict:
        cashback = world.cards.cashback[:N_DISTRICTS]
        quintiles = cashback.sum(axis=0).reshape(N_QUINTILES, -1).sum(axis=1)
        return {
            "cashback_by_district_krw": self._named(DISTRICTS, cashback.sum(axis=1)),
            "cashback_by_quintile_krw": tuple(map(self._whole, quintiles)),
            "subscribers": self._whole(world.daily[-1, MEMBERS]),
            "active_holders": self._whole(world.daily[-1, ACTIVE]),
        }

    def _budgets(self, world: Expectation) -> dict:
        rows = world.budgets.summary()
        days = {str(r["budget"]): str(r["exhausted_on"]) for r in rows}
        return {
            "exhausted_on": {b: datetime.date.fromisoformat(day) if day else None for b, day in days.items()},
            "spent_krw": {str(r["budget"]): self._whole(float(str(r["spent_krw"]))) for r in rows},
        }


def _with_plus(base: np.ndarray) -> np.ndarray:
    """Return [..., 34] destinations of [..., 24] places: nobody is at a Plus shop without a policy."""
    spend = np.zeros((*base.shape[:-1], N_ALTERNATIVES + N_DISTRICTS))
    spend[..., :N_ALTERNATIVES] = base
    return spend


def expected_figures(outcome: ExpectedOutcome) -> dict[str, float]:
    """Return the main figures of an outcome, named and measured as in `eum.analysis.experiments.run.table_figures`."""
    return {
        "card_payments": outcome.card_payments_krw,
        "cashback": outcome.cashback_krw,
        "fiscal_cost": outcome.fiscal_cost_krw,
        "kept_in_city": 100 * outcome.share_city,
        "kept_more": 100 * outcome.share_city_more,
        **outcome.ratio,
    }


def expect_worlds(city: City, parameters: Parameters, setting: ScenarioSet, seed: int) -> Tables:
    """Return the tables of the worlds of a setting in expectation; no draw is made, so the seed says nothing."""
    return expected_results(city, setting.policies, parameters, (setting.start, setting.end))


def infer_in_expectation(package: CityData, family: str, seed: int, source: str = POSTERIOR) -> Inference:
    """Return the choice parameters at the centre of a family, inferred in expectation now or kept from before.

    `source` says where fitted parameters come from (`eum.calibration.fitted.PARAMETER_SOURCES`).
    """
    draw = ParameterDraw(family, CENTRAL, seed, source=source)

    def found() -> Inference:
        city = build_city(package, INFERENCE_SCALE, seed)
        return calibrated_choices(city, draw, drawn_parameters(package, draw), run=expect_worlds)

    return kept_inference(package, draw, EXPECTATION, found)


def expected_city(
    package: CityData,
    family: str,
    city: tuple[float, int],
    period: PreparedPeriod,
    without: tuple[str, ...] = (),
    source: str = POSTERIOR,
) -> Expected:
    """Return a city at the centre of a family of evidence, choices inferred in expectation, ready for policies.

    `city` is (scale, seed); mechanisms named in `without` are switched off; `source` says where fitted parameters come
    from. Policies begin where the history of the card had brought people. Raises InputError as `Expected`, and for an
    unknown family, mechanism, scale or source.
    """
    require_family(family)
    changed, off = without_mechanisms(package, without)
    parameters = off(infer_in_expectation(package, family, city[1], source).parameters)
    c = coefficients(changed, ParameterDraw(family, CENTRAL, city[1], source=source), parameters)
    people = build_city(changed, *city)
    return Expected(people, parameters, c, period, start_of(people, parameters, period[0]))
