"""Many runs of one study: families, variants, draws from the priors, seeds; kept on disk as they finish."""

import json
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.analysis.experiments.definition import CITY, StudyDefinition, setting_of
from eum.analysis.experiments.ready import AskedStudy
from eum.behavior.parameters import Parameters
from eum.calibration.anchoring import Inference, infer, inference_of, inference_tables
from eum.calibration.priors import CENTRE, STEPPED, Question, behaviour, coefficients, usage_level
from eum.city.build import build_city
from eum.city.data import Package
from eum.engine.scenarios import run_worlds
from eum.outcomes.attribution import class_shares
from eum.outcomes.distribution import winners, zero_sum
from eum.outcomes.effects import Coefficients, ladder, published_accounting, published_ratios
from eum.outcomes.fees import card_fees
from eum.outcomes.fiscal import funding
from eum.outcomes.retention import origin_destination, retention
from eum.policy.files import load_policy
from eum.policy.model import Policy
from eum.runner.stopping_rule import Wish, until_enough
from eum.runner.tasks import Kept, Many, Tables, Unit, fingerprint


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
        members += [Member(family, CENTRE, seed + i) for i in range(definition.size.n_seeds)]
        members += [Member(family, draw, seed + 1000 + draw) for draw in range(1, n_draws + 1)]
    return members


def run_tables(
    tables: Tables, scale: float, scopes: tuple[str, ...], c: Coefficients, printed: dict[str, float]
) -> Tables:
    """Return the outcomes of one run, whole-city amounts, without intervals."""
    return {
        "ladder": ladder(tables, scale, scopes, c),
        "published": published_accounting(tables, c, printed),
        "classes": class_shares(tables, scale),
        "retention": retention(tables),
        "origin_destination": origin_destination(tables, scale),
        "budgets": _scaled(tables["budgets"], ["amount_krw", "spent_krw"], scale),
        "budget_paths": _scaled(tables["budget_days"], ["left_krw"], scale),
        "funding": funding(tables, scale, c.operation_share),
        "winners": winners(tables, scale),
        "zero_sum": zero_sum(tables, scale),
        "card_fees": card_fees(tables, scale, c.fee_reference_credit_share),
        "daily": _scaled(
            tables["daily"], ["card_payments_krw", "cashback_krw", "subscribers", "active_holders"], scale
        ),
        "visitors": _visitor_payments(tables, scale),
    }


def _scaled(table: pd.DataFrame, columns: list[str], scale: float) -> pd.DataFrame:
    return table.assign(**{c: table[c] / scale for c in columns})


def _visitor_payments(tables: Tables, scale: float) -> pd.DataFrame:
    spending = tables["spending"].assign(visitor=lambda t: t["home"].isin(("seoul", "gyeonggi")))
    table = spending.groupby(["world", "visitor"], observed=True, as_index=False)["card_krw"].sum()
    return table.assign(card_krw=table["card_krw"] / scale)


class Common(NamedTuple):
    """What all units of a study share."""

    definition: StudyDefinition
    package: Package
    policies: dict[str, Policy]
    """Policies by the definition's references, and "none", as loaded when the study was started."""
    seed: int


class CentreJob(NamedTuple):
    """The family at whose centre choices are inferred."""

    common: Common
    family: str


class Job(NamedTuple):
    """All a worker needs to run one member."""

    common: Common
    member: Member
    centre: Inference


def centre_tables(job: CentreJob) -> Tables:
    """Infer the choice parameters at the centre of a family, on the city of the study's seed."""
    package, seed = job.common.package, job.common.seed
    question = Question(job.family, CENTRE, seed)
    city = build_city(package, job.common.definition.size.scale, seed)
    return inference_tables(infer(city, question, behaviour(package, question)))


def drawn_start(package: Package, question: Question, centre: Parameters) -> Parameters:
    """Return where the inference of one draw of a family starts: its own priors, with the choices of the centre."""
    start = behaviour(package, question)
    choices = {name: getattr(centre, name) for name in STEPPED}
    choices["usage_max_share"] *= usage_level(centre) / usage_level(start)
    return start._replace(**choices)


def _infer_member(job: Job, question: Question) -> Inference:
    if job.member.draw == CENTRE:
        return job.centre
    package = job.common.package
    city = build_city(package, job.common.definition.size.scale, job.common.seed)
    start = drawn_start(package, question, job.centre.parameters)
    return infer(city, question, start, job.centre.achieved)


def member_tables(job: Job) -> Tables:
    """Run a member in every variant and return its outcomes, labelled with family, draw and seed."""
    (definition, package, policies, seed), member = job.common, job.member
    question = Question(member.family, member.draw, seed)
    found = _infer_member(job, question)
    c = coefficients(package, question, found.parameters)
    city = build_city(package, definition.size.scale, member.seed)
    parts = []
    for variant in definition.variants:
        setting = setting_of(definition, variant, question, policies.__getitem__)
        tables = run_worlds(city, found.parameters, setting, member.seed)
        outcomes = run_tables(tables, definition.size.scale, definition.counted_scopes, c, published_ratios(package))
        parts.append({name: table.assign(variant=variant) for name, table in outcomes.items()})
    result = {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}
    result["inference"] = _inference_table(found, package)
    result["parameters"] = pd.DataFrame({"parameter": found.parameters._fields, "value": list(found.parameters)})
    return {name: t.assign(**member._asdict()) for name, t in result.items()}


class Finished(NamedTuple):
    """The tables of all members that were run and, where a half-width was wished for, the log of the rule."""

    tables: Kept
    log: pd.DataFrame | None


class Ensemble:
    """The units of a study: the families' centres first, then their members."""

    def __init__(self, study: AskedStudy, package: Package, seed: int) -> None:
        self.study, self.package, self.seed = study, package, seed
        self.definition = definition = study.definition
        self.common = Common(definition, package, {"none": load_policy("none"), **study.policies}, seed)
        self.mark = fingerprint(json.dumps(asked_of_runs(study)), package.hash, str(seed))

    def centres(self) -> list[Unit]:
        """Return the units that infer the choices at the centre of each family."""
        return [Unit(f"centre-{f}", centre_tables, CentreJob(self.common, f)) for f in self.definition.families]

    def members(self, n_draws: int, centres: dict[str, Inference]) -> list[Unit]:
        """Return the units of the members up to a draw."""
        members = members_of(self.definition, self.seed, n_draws)
        return [Unit(m.name, member_tables, Job(self.common, m, centres[m.family])) for m in members]

    def run(self, many: Many) -> Finished:
        """Run what is not finished: all draws, or as many as the wished half-width takes."""
        found = many.run(self.centres(), self.mark)
        centres = {f: inference_of(found.of(f"centre-{f}")) for f in self.definition.families}

        def run_draws(n: int) -> Kept:
            return many.run(self.members(n, centres), self.mark)

        most, wished = self.definition.size.n_draws, self.definition.enough
        if wished is None:
            return Finished(run_draws(most), None)
        wish = Wish(wished.halfwidth_won, wished.rung, most)
        n, log = until_enough(wish, lambda n: _drawn_ratios(run_draws(n)["ladder"], self.study, wish.rung))
        return Finished(run_draws(n), log)


def _drawn_ratios(ladder_: pd.DataFrame, study: AskedStudy, rung: str) -> dict[str, np.ndarray]:
    """Return the ratio of a rung by family and variant, the programme against none, one for each draw."""
    rows = ladder_[
        (ladder_["draw"] != CENTRE)
        & (ladder_["baseline"] == "none")
        & (ladder_["scope"] == CITY)
        & (ladder_["rung"] == rung)
        & (ladder_["denominator"] == "fiscal_cost")
    ]
    found = {}
    for (family, variant), part in rows.groupby(["family", "variant"], sort=False):
        programme = study.worlds(str(variant))["district"]
        found[f"{family}, {variant}"] = part.loc[part["policy"] == programme, "ratio"].to_numpy()
    return found


def asked_of_runs(study: AskedStudy) -> dict[str, object]:
    """Return what a study's runs depend on, apart from data, seed and code: not titles, nor how many runs there are."""
    definition = study.definition
    uncertain = definition.uncertain_budget
    return {
        "start": definition.start.isoformat(),
        "end": definition.end.isoformat(),
        "scale": definition.size.scale,
        "scopes": definition.counted_scopes,
        "uncertain_budget": None if uncertain is None else uncertain.model_dump(),
        "variants": {name: study.worlds(name) for name in definition.variants},
        "policies": {policy.name: policy.hash for policy in study.policies.values()},
    }


def _inference_table(found: Inference, package: Package) -> pd.DataFrame:
    """Stated and achieved shares, and the propensity that the stated new consumption takes beside its own prior."""
    rows = [(name, stated, found.achieved[name]) for name, stated in found.stated.items()]
    rows.append(("mpc_other", package.prior("mpc_other", "causal").central, found.parameters.mpc_other))
    return pd.DataFrame(rows, columns=["quantity", "stated", "achieved"])
