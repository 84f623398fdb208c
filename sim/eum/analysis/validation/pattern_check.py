"""The published patterns beside what the model gives at the centre of a family: what comes out, what misses, by how
much. Nothing is fitted here.

Some windows are run with the members as published: each morning those who were members by then and hold no card get
one, active or dormant as at the start of a run, and nobody joins of their own. Others start at a published count and
let the model's own joining run, so that joining is judged apart from what members do. All start from members
as counted, without the history of the card (`eum.calibration.carried_start`).
"""

import datetime
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.analysis.validation.target_patterns import (
    PATTERN_GROUPS,
    Pattern,
    PatternKey,
    Published,
    published_value,
    put_together,
)
from eum.behavior.parameters import Parameters, without_joining
from eum.city.build import City, build_city
from eum.city.data import CityData
from eum.dimensions import DISTRICTS, N_DISTRICTS, ORIGINS, PLUS
from eum.engine.model import CityModel
from eum.engine.observed_members import assign_observed_members
from eum.intervals import standard_error
from eum.policy.files import load_policy
from eum.runner.tasks import Task, TaskRunner, TaskTables, work_fingerprint

_WORLD = 1
"""The world with the policy; world 0 is the one without any."""

COMES_OUT, TOO_LOW, TOO_HIGH, NOT_IN_MODEL = "reproduced", "too low", "too high", "out of scope"


class Window(NamedTuple):
    """The days of a run, its policy, and whether its members are those published or join by the model's rule."""

    policy: str
    start: datetime.date
    end: datetime.date
    members_given: bool


def _window(policy: str, start: str, end: str, members_given: bool = False) -> Window:
    return Window(policy, datetime.date.fromisoformat(start), datetime.date.fromisoformat(end), members_given)


_YEAR = "incheon-2019-actual"
WINDOWS = {
    "2020": _window("incheon-2020-actual", "2020-01-01", "2020-05-31"),
    "2019": _window(_YEAR, "2019-05-01", "2019-12-31", members_given=True),
    "joining_2019_05": _window(_YEAR, "2019-05-01", "2019-05-31"),
    "joining_2019_06": _window(_YEAR, "2019-06-01", "2019-06-30"),
    "joining_2019_07": _window(_YEAR, "2019-07-01", "2019-07-28"),
    "joining_2019_autumn": _window(_YEAR, "2019-07-29", "2019-11-30"),
    "joining_2019_12": _window(_YEAR, "2019-12-01", "2019-12-31"),
}
"""All start on a day for whose eve members were published (2019: end of April, May, June, 28 July, end of November)."""


class PatternRun(NamedTuple):
    """What a window's run leaves behind for the patterns, in won and persons of the sample."""

    scale: float
    daily: pd.DataFrame
    """By ISO date: `card_payments_krw`, `cashback_krw`, `subscribers` of the world with the policy."""
    members_before: int
    """Members on the first morning."""
    home: np.ndarray
    """int[n]: home of each person, index into ORIGINS."""
    charged_krw: dict[str, np.ndarray]
    """By month ("2019-05"): int64[n], what each person paid in it from charged money."""
    card_krw: dict[str, np.ndarray]
    """By month: int64[12, 10], card payments by home and district of the shop."""


def _card_krw(model: CityModel) -> np.ndarray:
    spend = model.total.card_spend[_WORLD].sum(axis=1)
    return spend[:, :N_DISTRICTS] + spend[:, PLUS:]


def run_window(city: City, parameters: Parameters, window: Window, seed: int) -> PatternRun:
    """Run the policy of a window beside no policy and keep, month by month, what the patterns ask for.

    The run is read and, where members are given, its cards are; nothing else of it is touched.
    """
    worlds = [load_policy("none"), load_policy(window.policy)]
    changed = without_joining(parameters) if window.members_given else parameters
    model = CityModel(city, worlds, changed, (window.start, window.end), [], seed=seed)
    before = int(model.holders[_WORLD, 0].sum())
    charged, card, booked = {}, {}, _card_krw(model)
    while model.running:
        month = f"{model.date:%Y-%m}"
        if window.members_given:
            assign_observed_members(model)
        model.step()
        if model.date.day == 1 or not model.running:
            # The evening's state still holds the month; it starts from zero the next morning.
            charged[month] = model.state.month_to_date_krw[_WORLD].copy()
            card[month] = _card_krw(model) - booked
            booked += card[month]
    daily = model.daily
    with_policy = daily[daily["world"] == worlds[_WORLD].name].set_index("date")
    return PatternRun(city.scale, with_policy, before, city.residents.home, charged, card)


def _months(run: PatternRun, key: PatternKey) -> list[str]:
    return [month for month in run.charged_krw if key.start[:7] <= month <= key.end[:7]]


def _paid(run: PatternRun, key: PatternKey) -> float:
    return float(run.daily.loc[key.start : key.end, "card_payments_krw"].sum()) / run.scale


def _rate(run: PatternRun, key: PatternKey) -> float:
    """Cashback earned over payments, percent."""
    days = run.daily.loc[key.start : key.end]
    return 100 * float(days["cashback_krw"].sum()) / float(days["card_payments_krw"].sum())


def _members(run: PatternRun, key: PatternKey) -> float:
    before = run.daily.loc[: key.end, "subscribers"]
    return float(before.iloc[-1] if len(before) else run.members_before) / run.scale


def _joined(run: PatternRun, key: PatternKey) -> float:
    eve = datetime.date.fromisoformat(key.start) - datetime.timedelta(days=1)
    return _members(run, key) - _members(run, key._replace(end=eve.isoformat()))


def _joined_a_day(run: PatternRun, key: PatternKey) -> float:
    return _joined(run, key) / key.n_days


def paid_by_person(run: PatternRun, key: PatternKey) -> np.ndarray:
    """Return float64[persons who paid]: won that each paid with the card in the months of a key.

    Of all persons, or of the residents of the district that a scope like card_seo names. Cashback spent is
    known in total only: it is added to everybody in proportion to the charged money.
    """
    months = _months(run, key)
    charged = np.sum([run.charged_krw[m] for m in months], axis=0)
    with_cashback = np.sum([run.card_krw[m] for m in months]) / max(charged.sum(), 1)
    if key.scope != "incheon":
        charged = charged[run.home == DISTRICTS.index(key.scope.removeprefix("card_"))]
    return charged[charged > 0] * with_cashback


def _users(run: PatternRun, key: PatternKey) -> float:
    return len(paid_by_person(run, key)) / run.scale


def _paid_per_user(run: PatternRun, key: PatternKey) -> float:
    return float(paid_by_person(run, key).mean())


class SizeClass(NamedTuple):
    """A class of people by what they pay: above `low_krw` and up to `high_krw`."""

    low_krw: float
    high_krw: float = np.inf
    a_month: bool = True
    """Whether the bounds are for a month (a total of two months is held against twice the bounds)."""


SIZE_CLASSES = {
    "over_1m": SizeClass(1_000_000),
    "over_2m": SizeClass(2_000_000),
    "1m_to_2m": SizeClass(1_000_000, 2_000_000),
    "up_to_300k": SizeClass(0, 300_000),
    "under_500k": SizeClass(0, 500_000),
    "class_up_to_200k": SizeClass(0, 200_000, a_month=False),
    "class_210k_400k": SizeClass(200_000, 400_000, a_month=False),
    "class_410k_600k": SizeClass(400_000, 600_000, a_month=False),
    "class_610k_800k": SizeClass(600_000, 800_000, a_month=False),
    "class_over_10m": SizeClass(10_000_000, a_month=False),
}
"""Bounds as the names of the metrics say; the classes of May-June 2019 agree only as two-month totals."""


def _share_of_class(run: PatternRun, key: PatternKey) -> float:
    """Share of a size class in the people who paid, or in what they paid, percent."""
    whose, _, name = key.metric.removeprefix("share_").partition("_")
    size = SIZE_CLASSES[name.removeprefix("by_users_")]
    paid = paid_by_person(run, key)
    times = len(_months(run, key)) if size.a_month else 1
    inside = (paid > size.low_krw * times) & (paid <= size.high_krw * times)
    return 100 * float(inside.mean() if whose == "users" else paid[inside].sum() / paid.sum())


def _card_of(run: PatternRun, key: PatternKey) -> np.ndarray:
    return np.sum([run.card_krw[month] for month in _months(run, key)], axis=0)


def _inside(run: PatternRun, key: PatternKey) -> float:
    """Share of the card payments of a district's residents at its own shops, percent."""
    district = DISTRICTS.index(key.scope.removeprefix("card_"))
    card = _card_of(run, key)[district]
    return 100 * float(card[district] / card.sum())


def _from_outside(run: PatternRun, key: PatternKey) -> float:
    """Share of card payments by visitors, percent."""
    card = _card_of(run, key)
    return 100 * float(card[len(DISTRICTS) : len(ORIGINS)].sum() / card.sum())


def _not_in_model(_: PatternRun, __: PatternKey) -> float:
    return float("nan")


PATTERN_MEASURES: dict[str, Callable[[PatternRun, PatternKey], float]] = {
    "payments": _paid,
    "cashback_rate_effective": _rate,
    "subscribers": _members,
    "new_subscribers": _joined,
    "new_subscribers_daily_avg": _joined_a_day,
    "active_users": _users,
    "payments_per_active_user": _paid_per_user,
    "share_payments_inside_district": _inside,
    "share_payments_by_nonresidents_of_incheon": _from_outside,
    "share_payments_by_nonresidents_of_district": _not_in_model,
    **{f"share_users_{name}": _share_of_class for name in SIZE_CLASSES},
    **{f"share_payments_by_users_{name}": _share_of_class for name in SIZE_CLASSES},
    **{f"share_payments_{name}": _share_of_class for name in SIZE_CLASSES},
}
"""How a metric of data/observed.csv is read off a run, in the unit of its rows, for the whole city."""


def simulated(run: PatternRun, pattern: Pattern) -> float:
    """Return what a run gives for a pattern, in the unit of the pattern; NaN where the model cannot say."""
    return put_together(pattern, [PATTERN_MEASURES[key.metric](run, key) for key in pattern.keys])


def verdict(value: float, published: Published) -> str:
    """Return in plain words whether a simulated value lies in the accepted range of what was published."""
    if np.isnan(value):
        return NOT_IN_MODEL
    if published.low <= value <= published.high:
        return COMES_OUT
    return TOO_LOW if value < published.low else TOO_HIGH


def worded_table(value: float, unit: str) -> str:
    """Return a value with its unit as a reader expects it.

    >>> worded(135517000000.0, "krw"), worded(80.0, "percent_of_payments"), worded(0.528, "ratio")
    ('135.5 bn won', '80.0 %', '0.53')
    """
    if np.isnan(value):
        return "-"
    if unit.startswith("krw"):
        return f"{value / 1e9:,.1f} bn won" if abs(value) >= 1e8 else f"{value:,.0f} won"
    if unit.startswith("percent"):
        return f"{value:.1f} %"
    return f"{value:.2f}" if unit == "ratio" else f"{value:,.0f}"


SHOWN_COLUMNS = ("pattern", "period", "unit", "observed", "simulated", "verdict")
"""Columns of the table of responses that a screen has room for."""


class PatternConfig(NamedTuple):
    """What the table of responses is made for."""

    family: str
    """Family of evidence at whose centre the parameters stand."""
    scale: float
    seeds: tuple[int, ...]


def _row(package: CityData, pattern: Pattern, values: np.ndarray) -> dict[str, object]:
    published, window = published_value(package, pattern), WINDOWS[pattern.window]
    mean = float(values.mean())
    return {
        "pattern": pattern.name,
        "period": pattern.period,
        "window": f"{window.start}..{window.end}",
        "members": "as published" if window.members_given else "own joining",
        "unit": published.unit,
        "observed": published.value,
        "accepted_low": published.low,
        "accepted_high": published.high,
        "source_id": published.source_id,
        "simulated": mean,
        "noise": float(standard_error(values)),
        "ratio": mean / published.value,
        "verdict": verdict(mean, published),
        "tied_to": pattern.tied_to,
        "note": pattern.note,
    }


class WindowJob(NamedTuple):
    """One window, simulated on the city of one seed."""

    package: CityData
    parameters: Parameters
    scale: float
    window: str
    seed: int


def _patterns() -> list[tuple[str, Pattern]]:
    return [(name, pattern) for name, group in PATTERN_GROUPS.items() for pattern in group.patterns]


def window_values(job: WindowJob) -> TaskTables:
    """Return what one run of a window gives for each of its patterns; `place` is the pattern's in the table."""
    city = build_city(job.package, job.scale, job.seed)
    run = run_window(city, job.parameters, WINDOWS[job.window], job.seed)
    mine = [(i, pattern) for i, (_, pattern) in enumerate(_patterns()) if pattern.window == job.window]
    values = [simulated(run, pattern) for _, pattern in mine]
    return {"values": pd.DataFrame({"place": [i for i, _ in mine], "seed": job.seed, "value": values})}


def _mark(package: CityData, parameters: Parameters, config: PatternConfig) -> str:
    """Return the fingerprint of the runs of a table of responses; more seeds change none of them."""
    policies = [load_policy(window.policy).hash for window in WINDOWS.values()]
    return work_fingerprint("responses", package.hash, repr(policies), repr(parameters), repr(config.scale))


def pattern_table(package: CityData, parameters: Parameters, config: PatternConfig, many: TaskRunner) -> pd.DataFrame:
    """Return one row per published pattern: observed, simulated, and a verdict.

    `simulated` is the mean over the seeds and `noise` its standard error; `ratio` is simulated over observed;
    `accepted_low` and `accepted_high` bound what counts as coming out. `parameters` are those of the family's centre.
    """
    tasks = [
        Task(f"{window} {seed}", window_values, WindowJob(package, parameters, config.scale, window, seed))
        for seed in config.seeds
        for window in WINDOWS
    ]
    values = many.run(tasks, _mark(package, parameters, config))["values"].set_index("place")["value"]
    about = {"family": config.family, "scale": config.scale, "n_seeds": len(config.seeds)}
    return pd.DataFrame(
        {"group": name, **_row(package, pattern, values.loc[[place]].to_numpy()), **about}
        for place, (name, pattern) in enumerate(_patterns())
    )
