"""A game of districts in each family of evidence: paths, where they settle, the audit, each district alone."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from eum.analysis.decision.definition import GameDefinition, template_path
from eum.analysis.decision.district_game import (
    ALONE,
    AUDIT,
    TOGETHER,
    alone_rows,
    audit_rows,
    laid_out,
    path_rows,
    paths_of,
    profiles_of,
)
from eum.analysis.decision.game import Path as Answers
from eum.analysis.decision.game import Profile
from eum.analysis.decision.templates import design
from eum.analysis.experiments.states_of_the_world import StatesConfig, expected_evaluator, plausible_worlds
from eum.calibration.runnable import require_runnable
from eum.city.data import CityData
from eum.engine.scenarios import scenarios_beside_none
from eum.policy.files import load_policy
from eum.runner.results_store import StoredTables


def _path_sentence(family: str, answers: Answers, definition: GameDefinition) -> str:
    value = definition.rates.steps.value

    def profile(steps: Profile) -> str:
        return ", ".join(f"{d} {value(k):g}" for d, k in zip(definition.players, steps, strict=True))

    ends = " -> ".join(profile(p) for p in answers.cycle)
    n = len(answers.rounds) - 1
    words = {"settled": f"settles after {n} rounds", "cycle": f"cycles over {len(answers.cycle)} profiles"}
    return f"{family}, from {answers.start}: {words.get(answers.ending, f'not settled after {n} rounds')}: {ends}"


def _paid(audit: pd.DataFrame) -> list[str]:
    """Return, for each profile with a cost, what the districts pay of it and what their shops gain, in 억원."""
    sentences = []
    for (family, profile), rows in audit.groupby(["family", "profile"], sort=False):
        by_place = rows.set_index("district")[["shops_krw", "cost_krw"]] / 1e8
        gain, everybody = by_place["shops_krw"]["city"], by_place["cost_krw"]["city"]
        if everybody:
            sentences.append(
                f"{family}, {profile}: shops gain {gain:,.1f} 억원 at a fiscal cost of {everybody:,.1f} 억원, of which "
                f"districts pay {by_place['cost_krw']['all districts']:,.1f} and others the rest"
            )
    return sentences


def game_tables(
    package: CityData, definition: GameDefinition, path: Path, seed: int, on_try: Callable[[], object]
) -> tuple[StoredTables, list[str]]:
    """Return tables `paths`, `audit` and `alone`, and sentences on each path and on who pays, family by family."""
    template = template_path(path, definition.template)
    highest = design(template, dict.fromkeys(definition.players.values(), definition.rates.high))
    tried = scenarios_beside_none([highest], (definition.start, definition.end))
    require_runnable(package, tried, in_expectation=True)
    config = StatesConfig(definition.families, 0, (definition.start, definition.end), 1.0, seed)
    paths, sentences = list[pd.DataFrame](), list[str]()
    audits, alone = list[tuple](), list[tuple]()
    for world in plausible_worlds(package, config):
        family = world.question.family
        table = laid_out(definition, template, expected_evaluator(package, world, config.days), on_try)
        answers = paths_of(table)
        named = profiles_of(table, answers)
        paths.append(path_rows(family, answers, definition))
        audits += audit_rows(family, table, named)
        alone += alone_rows(family, table)
        sentences += [_path_sentence(family, one, definition) for one in answers]
        best = Answers(TOGETHER, TOGETHER, (named[TOGETHER],))
        sentences.append(
            _path_sentence(family, best, definition).replace("not settled after 0 rounds", "best sum of payoffs found")
        )
    audit = pd.DataFrame(audits, columns=list(AUDIT))
    tables = {
        "paths": pd.concat(paths, ignore_index=True),
        "audit": audit,
        "alone": pd.DataFrame(alone, columns=list(ALONE)),
    }
    return tables, sentences + _paid(audit)


def about_game(package: CityData, definition: GameDefinition, path: Path, seed: int) -> dict:
    """Return the record of the request, for the result folder."""
    template = load_policy(template_path(path, definition.template))
    return {"definition": definition.model_dump(mode="json"), "policies": {template.name: template.hash}, "seed": seed,
            "data_hash": package.hash}  # fmt: skip
