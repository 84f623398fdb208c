"""Many runs of one study: families, variants, draws of the parameters, seeds; kept on disk as they finish."""

import json
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.analysis.experiments.definition import CITY_SCOPE, StudyDefinition, setting_of
from eum.analysis.experiments.ready import StudyRequest
from eum.behavior.parameters import Parameters
from eum.calibration.anchoring import Inference, calibrated_choices, inference_of, inference_tables
from eum.calibration.carried_start import start_of
from eum.calibration.priors import CENTRAL, STEPPED, ParameterDraw, coefficients, drawn_parameters
from eum.city.build import build_city
from eum.city.data import CityData
from eum.engine.scenarios import run_worlds
from eum.outcomes.attribution import class_shares
from eum.outcomes.distribution import displacement_between_districts, sales_distribution
from eum.outcomes.effects import Coefficients, effect_table, published_institute_effects, published_ratios
from eum.outcomes.fees import card_fees
from eum.outcomes.fiscal import funding
from eum.outcomes.retention import origin_destination, retention
from eum.policy.files import load_policy
from eum.policy.model import Policy
from eum.runner.stopping_rule import PrecisionTarget, run_until_precise
from eum.runner.tasks import Task, TaskResults, TaskRunner, TaskTables, work_fingerprint


class Member(NamedTuple):
    """One member of the ensemble: all variants of a family under one draw and one seed."""

    family: str
    draw: int
    seed: int

    @property
    def name(self) -> str:
        """Name of the unit that runs it."""
        return f"{self.family}-{self.draw:03d}-{self.seed:06d}"


def members_of(definition: StudyDefinition, seed: int, n_draws: int) -> list[Member]:
    """Return the members of the ensemble: each family at its centre under several seeds, then drawn.

    Every draw has a seed of its own, so drawn runs hold both parameter uncertainty and simulation noise.
    """
    members = []
    for family in definition.families:
        members += [Member(family, CENTRAL, seed + i) for i in range(definition.size.n_seeds)]
        members += [Member(family, draw, seed + 1000 + draw) for draw in range(1, n_draws + 1)]
    return members


def run_tables(
    tables: TaskTables, scale: float, scopes: tuple[str, ...], c: Coefficients, printed: dict[str, float]
) -> TaskTables:
    """Return the outcomes of one run, whole-city amounts, without intervals."""
    return {
        "ladder": effect_table(tables, scale, scopes, c),
        "published": published_institute_effects(tables, c, printed),
        "classes": class_shares(tables, scale),
        "retention": retention(tables),
        "origin_destination": origin_destination(tables, scale),
        "budgets": _scaled(tables["budgets"], ["amount_krw", "spent_krw"], scale),
        "budget_paths": _scaled(tables["budget_days"], ["left_krw"], scale),
        "funding": funding(tables, scale, c.operation_share),
        "winners": sales_distribution(tables, scale),
        "zero_sum": displacement_between_districts(tables, scale),
        "card_fees": card_fees(tables, scale, c.fee_reference_credit_share),
        "daily": _scaled(tables["daily"], [str(c) for c in tables["daily"] if c not in ("world", "date")], scale),
        "visitors": _visitor_payments(tables, scale),
    }


def _scaled(table: pd.DataFrame, columns: list[str], scale: float) -> pd.DataFrame:
    return table.assign(**{c: table[c] / scale for c in columns})


def _visitor_payments(tables: TaskTables, scale: float) -> pd.DataFrame:
    spending = tables["spending"].assign(visitor=lambda t: t["home"].isin(("seoul", "gyeonggi")))
    table = spending.groupby(["world", "visitor"], observed=True, as_index=False)["card_krw"].sum()
    return table.assign(card_krw=table["card_krw"] / scale)


class MemberSettings(NamedTuple):
    """What all units of a study share."""

    definition: StudyDefinition
    package: CityData
    policies: dict[str, Policy]
    """Policies by the definition's references, and "none", as loaded when the study was started."""
    seed: int


class CentralJob(NamedTuple):
    """The family at whose centre choices are inferred."""

    common: MemberSettings
    family: str


class MemberJob(NamedTuple):
    """All a worker needs to run one member."""

    common: MemberSettings
    member: Member
    centre: Inference


def central_tables(job: CentralJob) -> TaskTables:
    """Infer the choice parameters at the centre of a family, on the city of the study's seed."""
    package, seed = job.common.package, job.common.seed
    question = ParameterDraw(job.family, CENTRAL, seed, source=job.common.definition.parameters)
    city = build_city(package, job.common.definition.size.scale, seed)
    return inference_tables(calibrated_choices(city, question, drawn_parameters(package, question)))


def drawn_calibration(package: CityData, question: ParameterDraw, centre: Parameters) -> Parameters:
    """Return where the inference of a draw of a family starts: its own parameters, with the choices of the centre and
    use scaled as there."""
    start, before = drawn_parameters(package, question), drawn_parameters(package, question._replace(draw=CENTRAL))
    scaled = min(start.usage_max_share * centre.usage_max_share / before.usage_max_share, 1.0)
    return start._replace(**{name: getattr(centre, name) for name in STEPPED}, usage_max_share=scaled)


def _infer_member(job: MemberJob, question: ParameterDraw) -> Inference:
    if job.member.draw == CENTRAL:
        return job.centre
    package = job.common.package
    city = build_city(package, job.common.definition.size.scale, job.common.seed)
    start = drawn_calibration(package, question, job.centre.parameters)
    return calibrated_choices(city, question, start, job.centre.achieved)


def member_tables(job: MemberJob) -> TaskTables:
    """Run a member in every variant and return its outcomes, labelled with family, draw and seed."""
    (definition, package, policies, seed), member = job.common, job.member
    question = ParameterDraw(member.family, member.draw, seed, source=definition.parameters)
    found = _infer_member(job, question)
    c = coefficients(package, question, found.parameters)
    city = build_city(package, definition.size.scale, member.seed)
    parts = []
    for variant in definition.variants:
        setting = setting_of(definition, variant, question, policies.__getitem__)
        start = start_of(city, found.parameters, setting.start)
        tables = run_worlds(city, found.parameters, setting, member.seed, start_state=start)
        outcomes = run_tables(tables, definition.size.scale, definition.counted_scopes, c, published_ratios(package))
        parts.append({name: table.assign(variant=variant) for name, table in outcomes.items()})
    result = {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}
    result["inference"] = _inference_table(found, package)
    result["parameters"] = pd.DataFrame({"parameter": found.parameters._fields, "value": list(found.parameters)})
    return {name: t.assign(**member._asdict()) for name, t in result.items()}


class Finished(NamedTuple):
    """The tables of all members that were run and, where a half-width was wished for, the log of the rule."""

    tables: TaskResults
    log: pd.DataFrame | None


class Ensemble:
    """The units of a study: the families' centres first, then their members."""

    def __init__(self, study: StudyRequest, package: CityData, seed: int) -> None:
        self.study, self.package, self.seed = study, package, seed
        self.definition = definition = study.definition
        self.common = MemberSettings(definition, package, {"none": load_policy("none"), **study.policies}, seed)
        self.mark = work_fingerprint(json.dumps(asked_of_runs(study)), package.hash, str(seed))

    def centres(self) -> list[Task]:
        """Return the units that infer the choices at the centre of each family."""
        return [Task(f"centre-{f}", central_tables, CentralJob(self.common, f)) for f in self.definition.families]

    def members(self, n_draws: int, centres: dict[str, Inference]) -> list[Task]:
        """Return the units of the members up to a draw."""
        members = members_of(self.definition, self.seed, n_draws)
        return [Task(m.name, member_tables, MemberJob(self.common, m, centres[m.family])) for m in members]

    def run(self, many: TaskRunner) -> Finished:
        """Run what is not finished: all draws, or as many as the wished half-width takes."""
        found = many.run(self.centres(), self.mark)
        centres = {f: inference_of(found.of(f"centre-{f}")) for f in self.definition.families}
        return self.finished(lambda n: many.run(self.members(n, centres), self.mark))

    def finished(self, run_draws: Callable[[int], TaskResults]) -> Finished:
        """Return the tables of all draws, or of as many as the wished half-width takes, and the log of that rule.

        `run_draws(n)` returns the tables of the members up to draw n.
        """
        most, wished = self.definition.size.n_draws, self.definition.enough
        if wished is None:
            return Finished(run_draws(most), None)
        wish = PrecisionTarget(wished.halfwidth_won, wished.rung, most)
        n, log = run_until_precise(wish, lambda n: _drawn_ratios(run_draws(n)["ladder"], self.study, wish.rung))
        return Finished(run_draws(n), log)


def _drawn_ratios(ladder_: pd.DataFrame, study: StudyRequest, rung: str) -> dict[str, np.ndarray]:
    """Return the ratio of a rung by family and variant, the programme against none, one for each draw."""
    rows = ladder_[
        (ladder_["draw"] != CENTRAL)
        & (ladder_["baseline"] == "none")
        & (ladder_["scope"] == CITY_SCOPE)
        & (ladder_["rung"] == rung)
        & (ladder_["denominator"] == "fiscal_cost")
    ]
    found = {}
    for (family, variant), part in rows.groupby(["family", "variant"], sort=False):
        programme = study.worlds(str(variant))["district"]
        found[f"{family}, {variant}"] = part.loc[part["policy"] == programme, "ratio"].to_numpy()
    return found


def asked_of_runs(study: StudyRequest) -> dict[str, object]:
    """Return what a study's runs depend on, apart from data, seed and code: not titles, nor how many runs there are."""
    definition = study.definition
    uncertain = definition.uncertain_budget
    return {
        "start": definition.start.isoformat(),
        "end": definition.end.isoformat(),
        "scale": definition.size.scale,
        "scopes": definition.counted_scopes,
        "parameters": definition.parameters,
        "uncertain_budget": None if uncertain is None else uncertain.model_dump(),
        "variants": {name: study.worlds(name) for name in definition.variants},
        "policies": {policy.name: policy.hash for policy in study.policies.values()},
    }


def _inference_table(found: Inference, package: CityData) -> pd.DataFrame:
    """Stated and achieved shares, and the propensity that the stated new consumption takes beside its own prior."""
    rows = [(name, stated, found.achieved[name]) for name, stated in found.stated.items()]
    rows.append(("mpc_other", package.prior("mpc_other", "causal").central, found.parameters.mpc_other))
    return pd.DataFrame(rows, columns=["quantity", "stated", "achieved"])
