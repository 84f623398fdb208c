"""Programmes of other places run on this city, each beside what was published of it. Nothing is fitted here.

What is run and what is read off it stands in data/transfer.csv, the published figures in data/studies.csv, and the
programmes in data/policies/elsewhere. A run starts with the city's card as it is held on its first day, on which no
other programme pays anything: members as counted, without the history of that card.
"""

import datetime
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.analysis.validation.pattern_check import COMES_OUT, NOT_IN_MODEL, verdict
from eum.analysis.validation.target_patterns import Published
from eum.behavior.parameters import Parameters
from eum.calibration.central import calibrated_family
from eum.calibration.priors import CENTRAL, ParameterDraw, drawn_parameters
from eum.city.build import City, build_city
from eum.city.data import CityData
from eum.dimensions import EVIDENCE, LARGE, N_DISTRICTS, PLUS, SECTORS
from eum.engine.model import CityModel
from eum.engine.state import ACTIVE, CASHBACK_USED, CHARGED, EARNED, GRANT_USED, NEW_SPENDING
from eum.errors import InputError
from eum.intervals import standard_error
from eum.policy.arithmetic import BASIS, flat_krw
from eum.policy.files import load_policy
from eum.policy.model import CityPeriod, Policy

_WORLD = 1
"""The world with the programme; world 0 is the one without any."""
_FOOD = ("groceries_convenience", "food_shops")
_DAY = datetime.timedelta(days=1)


class ProgrammeDays(NamedTuple):
    """A run of a programme: its policy, its first and its last day."""

    policy: str
    start: datetime.date
    end: datetime.date


class Case(NamedTuple):
    """One published figure of a programme elsewhere, and what of a run is held against it."""

    policy: str
    study: str
    estimand: str
    measure: str
    start: datetime.date
    end: datetime.date
    note: str

    @property
    def run(self) -> ProgrammeDays:
        """The run that it is read off."""
        return ProgrammeDays(self.policy, self.start, self.end)


def cases(package: CityData) -> list[Case]:
    """Return the cases in the order of data/transfer.csv."""

    def day(text: object) -> datetime.date:
        return datetime.date.fromisoformat(str(text))

    return [
        Case(r["policy"], r["study"], r["estimand_definition"], r["measure"], day(r["start"]), day(r["end"]), r["note"])
        for r in package.table("transfer").to_dict("records")
    ]


def published_elsewhere(package: CityData, case: Case) -> Published:
    """Return what was published, with the study's own interval or `pattern_tolerance` on both sides.

    NaN where a study prints no number. Raises InputError when the study is not in the data.
    """
    rows = package.table("studies")
    rows = rows[(rows["study"] == case.study) & (rows["estimand_definition"] == case.estimand)]
    if rows.empty:
        raise InputError(f"data/studies.csv: {case.study}: {case.estimand}: expected a row of this study and estimand")
    row = rows.iloc[0]
    value, low, high = (float(row[k]) for k in ("value", "low", "high"))
    widened = abs(value) * package.assumption("pattern_tolerance")
    return Published(
        value,
        value - widened if np.isnan(low) else low,
        value + widened if np.isnan(high) else high,
        str(row["unit"]),
        str(row["source_id"]),
    )


class Count(NamedTuple):
    """Card spending of everybody over one count of it (a month, a half-year, a programme), on its last evening."""

    spent_krw: np.ndarray
    """int64[n]: paid from charged money."""
    is_active: np.ndarray
    """bool[n]"""


class ExternalRun(NamedTuple):
    """What a run leaves behind for the measures, in won of the sample."""

    policy: Policy
    totals: np.ndarray
    """int64: columns of the tally of the world with the programme."""
    granted_krw: int
    """Loaded on cards."""
    before_krw: np.ndarray
    """int64[12, 9, 34]: spending by home, sector and destination without the programme."""
    after_krw: np.ndarray
    """The same with it."""
    card_krw: np.ndarray
    """Card payments with it."""
    counts: list[Count]
    monthly_krw: np.ndarray
    """int64[n]: ordinary monthly spending."""

    @property
    def period(self) -> CityPeriod:
        """The one period of cashback of the programme."""
        return self.policy.city[0]


def run_case(
    city: City, parameters: Parameters, programme: ProgrammeDays, seed: int,
    on_day: Callable[[], object] = lambda: None,
) -> ExternalRun:  # fmt: skip
    """Run a programme from its first to its last day beside the world without any; the run is read and not touched."""
    name, start, end = programme
    policy = load_policy(name)
    model = CityModel(city, [load_policy("none"), policy], parameters, (start, end), [], seed=seed)
    timetable, counts = model.treasuries[_WORLD].timetable, []
    while model.running:
        model.step()
        on_day()
        # The evening's state still holds the count; it starts from zero the next morning.
        if not model.running or timetable.spending_starts_again(model.date):
            state = model.state
            counts.append(Count(state.month_to_date_krw[_WORLD].copy(), state.card[_WORLD] == ACTIVE))
    paid_by = {grant.budget for grant in policy.grant}
    spent = {str(b["budget"]): int(str(b["spent_krw"])) for b in model.treasuries[_WORLD].budgets.summary()}
    total, monthly = model.total, model.standing.monthly_krw[city.residents.level]
    before, after = (total.common_spend + total.change_spend[w] for w in (0, _WORLD))
    granted = sum(spent[budget] for budget in paid_by)
    return ExternalRun(policy, total.totals[_WORLD], granted, before, after, total.card_spend[_WORLD], counts, monthly)


def _over(part: float, whole: float) -> float:
    return part / whole if whole else np.nan


def _benefit_krw(run: ExternalRun) -> int:
    """Return public money that people used or earned: grants spent, cashback, money off at the till."""
    return int(run.totals[[EARNED, GRANT_USED]].sum())


def _extra_per_benefit(run: ExternalRun) -> float:
    return _over(float(run.totals[NEW_SPENDING]), _benefit_krw(run))


def _extra_per_grant(run: ExternalRun) -> float:
    return _over(float(run.totals[NEW_SPENDING]), run.granted_krw)


def _payments_per_benefit(run: ExternalRun) -> float:
    return _over(float(run.totals[[CHARGED, CASHBACK_USED, GRANT_USED]].sum()), _benefit_krw(run))


def _spending_rise(run: ExternalRun) -> float:
    """Return the rise of all spending of residents, percent."""
    before, after = (krw[:N_DISTRICTS].sum() for krw in (run.before_krw, run.after_krw))
    return 100 * (_over(after, before) - 1)


def _small_shop_rise(run: ExternalRun) -> float:
    """Return the rise of sales at the small shops of the city, percent."""
    before, after = (krw[..., :LARGE].sum() + krw[..., PLUS:].sum() for krw in (run.before_krw, run.after_krw))
    return 100 * (_over(after, before) - 1)


def _grant_used(run: ExternalRun) -> float:
    return 100 * _over(float(run.totals[GRANT_USED]), run.granted_krw)


def _food_share(run: ExternalRun) -> float:
    food = run.card_krw[:, [SECTORS.index(sector) for sector in _FOOD]].sum()
    return 100 * _over(food, run.card_krw.sum())


def earned_krw(period: CityPeriod, spent_krw: np.ndarray, monthly_krw: np.ndarray) -> np.ndarray:
    """Return float64[n]: what spending over one count earns under a period's tiers, above its base."""
    above = np.maximum(spent_krw - (monthly_krw * period.base_bp) // BASIS, 0)
    tops = [(t.from_krw, t.to_krw or np.inf, t.rate_percent) for t in period.tiers]
    return np.sum([np.clip(above - low, 0, high - low) * rate / 100 for low, high, rate in tops], axis=0)


def _earned(run: ExternalRun) -> tuple[np.ndarray, np.ndarray]:
    """Return what each holder earned in each count, and who of them held an active card."""
    earned = [earned_krw(run.period, count.spent_krw, run.monthly_krw) for count in run.counts]
    return np.concatenate(earned), np.concatenate([count.is_active for count in run.counts])


def _qualified(run: ExternalRun) -> float:
    earned, active = _earned(run)
    return 100 * _over(float((earned[active] > 0).sum()), float(active.sum()))


def _mean_of_qualified(run: ExternalRun) -> float:
    earned, _ = _earned(run)
    return _over(float(earned.sum()), float((earned > 0).sum()))


def _at_cap(run: ExternalRun) -> float:
    """Return the people at the cap among those who earned anything, percent."""
    earned, _ = _earned(run)
    cap = sum(flat_krw((t.to_krw or t.from_krw) - t.from_krw, round(t.rate_percent * 100)) for t in run.period.tiers)
    return 100 * _over(float((earned >= cap).sum()), float((earned > 0).sum()))


def _not_in_model(_: ExternalRun) -> float:
    return np.nan


EXTERNAL_MEASURES: dict[str, Callable[[ExternalRun], float]] = {
    "extra_per_benefit": _extra_per_benefit,
    "extra_per_grant": _extra_per_grant,
    "payments_per_benefit": _payments_per_benefit,
    "spending_rise": _spending_rise,
    "small_shop_rise": _small_shop_rise,
    "qualified": _qualified,
    "mean_of_qualified": _mean_of_qualified,
    "at_cap": _at_cap,
    "grant_used": _grant_used,
    "food_share": _food_share,
    "not_in_model": _not_in_model,
}
"""How a measure of data/transfer.csv is read off a run, in the unit of the study: a ratio, percent or won."""


class ExternalVariant(NamedTuple):
    """Choices under which the programmes are run."""

    family: str
    propensities: str
    """INFERRED with the other choices of the family, or PUBLISHED: as the priors have them from studies of grants."""

    @property
    def name(self) -> str:
        """The variant in words."""
        return self.family if self.propensities == INFERRED else f"{self.family}, propensities {self.propensities}"


INFERRED, PUBLISHED = "inferred", "as published"
VARIANTS = (*(ExternalVariant(family, INFERRED) for family in EVIDENCE), ExternalVariant("causal", PUBLISHED))
"""Each family at its centre, and the one whose priors state propensities, with those before the inference."""


def parameters_of(package: CityData, variant: ExternalVariant, seed: int) -> Parameters:
    """Return the choices of a variant at the centre of its family."""
    found = calibrated_family(package, variant.family, seed).parameters
    if variant.propensities == INFERRED:
        return found
    prior = drawn_parameters(package, ParameterDraw(variant.family, CENTRAL, seed))
    return found._replace(mpc_other=prior.mpc_other, mpc_constrained=prior.mpc_constrained)


class ExternalConfig(NamedTuple):
    """What the table of programmes elsewhere is made for."""

    variants: tuple[ExternalVariant, ...]
    scale: float
    seeds: tuple[int, ...]


def runs_of(all_cases: list[Case]) -> list[ProgrammeDays]:
    """Return the runs that the cases need, each once."""
    return list(dict.fromkeys(case.run for case in all_cases if case.measure != "not_in_model"))


def days_between(package: CityData) -> int:
    """Return the days that one seed simulates."""
    return sum((end - start).days + 1 for _, start, end in runs_of(cases(package)))


def misses_by(value: float, published: Published) -> float:
    """Return how far a value lies outside the accepted range, in halves of its width (0 inside)."""
    half = (published.high - published.low) / 2
    return max(published.low - value, value - published.high, 0.0) / half if half > 0 else np.nan


def _row(package: CityData, case: Case, values: np.ndarray) -> dict[str, object]:
    published, mean = published_elsewhere(package, case), float(values.mean())
    row = package.table("studies").query("study == @case.study and estimand_definition == @case.estimand").iloc[0]
    return {
        "policy": case.policy,
        "study": case.study,
        "published_as": case.estimand,
        "measure": case.measure,
        "period": f"{case.start}..{case.end}",
        "unit": published.unit,
        "published": published.value,
        "accepted_low": published.low,
        "accepted_high": published.high,
        "simulated": mean,
        "noise": float(standard_error(values)),
        "ratio": mean / published.value,
        "misses_by": misses_by(mean, published),
        "verdict": NOT_IN_MODEL if np.isnan(published.value) else verdict(mean, published),
        "role": row["role"],
        "source_id": published.source_id,
        "note": case.note,
    }


def external_table(
    package: CityData, config: ExternalConfig, on_day: Callable[[], object] = lambda: None
) -> pd.DataFrame:
    """Return one row per variant and published figure: published, simulated, how far they are apart, and a verdict.

    `simulated` is the mean over the seeds and `noise` its standard error; `misses_by` counts how far the mean lies
    outside the accepted range in halves of its width.
    """
    all_cases = cases(package)
    found: dict[tuple[ExternalVariant, Case], list[float]] = {
        (v, case): [] for v in config.variants for case in all_cases
    }
    for seed in config.seeds:
        city = build_city(package, config.scale, seed)
        for variant in config.variants:
            parameters = parameters_of(package, variant, config.seeds[0])
            for run in runs_of(all_cases):
                left = run_case(city, parameters, run, seed, on_day)
                for case in (c for c in all_cases if c.run == run and c.measure != "not_in_model"):
                    found[variant, case].append(EXTERNAL_MEASURES[case.measure](left))
    about = {"scale": config.scale, "n_seeds": len(config.seeds)}
    return pd.DataFrame(
        {**variant._asdict(), **_row(package, case, np.array(values or [np.nan])), **about}
        for (variant, case), values in found.items()
    )


def score(rows: pd.DataFrame) -> dict[str, float]:
    """Return how many figures come out (`come_out`) of how many (`n`), and the typical `factor` between the two.

    The factor is the exponential of the mean absolute logarithm of simulated over published: 1 for a perfect model.
    A figure that the model puts at zero or below has no logarithm and does not count towards it.
    """
    held = rows[rows["verdict"] != NOT_IN_MODEL]
    ratios = held.loc[held["ratio"] > 0, "ratio"]
    factor = float(np.exp(np.abs(np.log(ratios)).mean())) if len(ratios) else np.nan
    return {"n": float(len(held)), "come_out": float((held["verdict"] == COMES_OUT).sum()), "factor": factor}
