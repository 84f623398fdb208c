"""The answers that the policymaker's page shows: figures of designs in every plausible world, and how exact they are.

    page, path = load_page("page-gyeyang")
    stored = answers(load_package(), page, path, many)      # `eum.output.surrogate.predict.Surrogate` answers from it

Every figure is what a design adds to the city's programme alone; figures of the programme alone stand beside.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from eum import __version__
from eum.analysis.decision.definition import template_path
from eum.analysis.decision.templates import design
from eum.analysis.experiments.states_of_the_world import StateOfWorld, StatesConfig, plausible_worlds
from eum.calibration.central import INFERENCE_SCALE
from eum.calibration.priors import CENTRAL
from eum.calibration.runnable import require_runnable
from eum.city.data import CityData
from eum.dimensions import DISTRICTS
from eum.engine.scenarios import scenarios_beside_none
from eum.outcomes.effects import published_ratios
from eum.output.surrogate.definition import LeverValues, PageDefinition, design_values, in_won
from eum.output.surrogate.error import errors
from eum.output.surrogate.kriging import fitted_kriging, places
from eum.output.surrogate.outputs import NARROW, WIDE, output_differences
from eum.output.surrogate.predict import Surrogate, dose, to_json_array
from eum.output.surrogate.training_runs import WorldJob, known_designs, part_name, world_tables
from eum.output.surrogate.version import version_of
from eum.runner.results_store import StoredTables
from eum.runner.tasks import Task, TaskRunner, work_fingerprint


class SurrogateRuns(NamedTuple):
    """Every plausible world in which designs were simulated, and the tables of each."""

    definition: PageDefinition
    worlds: list[StateOfWorld]
    tables: list[StoredTables]
    """Of each world, as `eum.output.surrogate.training_runs.world_tables` returns them."""

    def stack(self, table: str, names: list[str], only_centres: bool = False) -> np.ndarray:
        """Return figures of a table, float64[rows, worlds, names]."""
        pairs = zip(self.worlds, self.tables, strict=True)
        tables = [mine for world, mine in pairs if not only_centres or world.question.draw == CENTRAL]
        return np.stack([mine[table][names].to_numpy(float) for mine in tables], axis=1)

    def group(self, table: str, group: str) -> np.ndarray:
        """Return the figures of a group ("narrow": every world, "wide": the centre of each family)."""
        return self.stack(table, list(NARROW if group == "narrow" else WIDE), only_centres=group == "wide")


def unit_name(world: StateOfWorld) -> str:
    """Return the name of the task of a world."""
    return f"{world.question.family}-{world.question.draw:03d}"


def surrogate_runs(
    package: CityData, definition: PageDefinition, path: Path, many: TaskRunner, on_world: Callable[[], object]
) -> SurrogateRuns:
    """Run all designs in every plausible world, or take up what was run before. Raises UnitError as `Many.run`."""
    config = StatesConfig(
        definition.families, definition.n_draws, (definition.start, definition.end), 1.0, definition.seed
    )
    highest = {name: round(r.high) if in_won(name) else r.high for name, r in definition.ranges.items()}
    tried = scenarios_beside_none([design(template_path(path, definition.template), highest)], config.days)
    require_runnable(package, tried, in_expectation=True)
    worlds = list(plausible_worlds(package, config, on_world))
    template, beyond = (template_path(path, name) for name in (definition.template, definition.beyond))
    tasks = [Task(unit_name(w), world_tables, WorldJob(package, definition, template, beyond, w)) for w in worlds]
    fingerprint = work_fingerprint("page", definition.model_dump_json(), package.hash, version_of(path))
    kept = many.run(tasks, fingerprint)
    return SurrogateRuns(definition, worlds, [kept.of(task.name) for task in tasks])


def _alone(found: SurrogateRuns, designs: list[LeverValues], group: str) -> np.ndarray:
    """Return the figures of the city's programme alone for each of some designs, float64[designs, worlds, names]."""
    city = found.definition.city
    rows = [round((values[city.variable] - city.low) / city.step) for values in designs]
    return found.group("city", group)[rows]


def _part(found: SurrogateRuns, instruments: tuple[str, ...], so_far: dict[str, Any]) -> dict[str, Any]:
    """Return a part as it is stored: where its designs lie, and what they add beyond the parts so far, by dose."""
    d, name = found.definition, part_name(instruments)
    coordinates, designs = d.coordinates_of(instruments), known_designs(d, instruments)
    doses = np.array([dose([values[i] / d.ranges[i].high for i in instruments]) for values in designs])
    where = fitted_kriging(places(designs, coordinates))
    tables = {"spent": found.stack(f"full {name}", [f"spent.{day}" for day in d.path_days])}
    for group in ("narrow", "wide"):
        alone = _alone(found, designs, group)
        tables[group] = found.group(f"full {name}", group) - alone
        if len(instruments) == 1:
            cut = found.group(f"cut {name}", group)
            by_end = cut.reshape(len(designs), -1, *cut.shape[1:]) - alone[:, None]
            tables[f"cut_{group}"] = by_end.swapaxes(1, 2)
    stored = {"instruments": list(instruments), "coordinates": [{**c._asdict(), "of": list(c.of)} for c in coordinates],
              "places": to_json_array(where.places, "<f8"), "matrix": to_json_array(where.matrix, "<f8")}  # fmt: skip
    answering = Surrogate(so_far)
    for table, rows in tables.items():
        beyond = np.stack([row - answering.summed(v, table) for v, row in zip(designs, rows, strict=True)])
        stored[table] = to_json_array(beyond / doses.reshape(-1, *[1] * (beyond.ndim - 1)))
    return stored


def _presets(found: SurrogateRuns) -> list[dict[str, Any]]:
    """Return the designs to begin with as they were simulated: nothing of them is read off."""
    d, days = found.definition, [f"spent.{day}" for day in found.definition.path_days]
    paths, about = found.stack("presets", days), found.stack("presets", ["day", "cost"])
    groups = {group: found.group("presets", group) for group in ("narrow", "wide")}
    stored = []
    for i, begun in enumerate(d.start_from):
        values = design_values(d, {name: begun[name] for name in d.ranges})
        row = {"values": values, "path": to_json_array(paths[i], "<f8")}
        for group, rows in groups.items():
            alone = _alone(found, [values], group)[0]
            row[group] = to_json_array(np.stack([output_differences(rows[i], alone), alone]), "<f8")
        row |= {"day": about[i, :, 0].astype(int).tolist(), "cost": about[i, :, 1].tolist()}
        stored.append(row)
    return stored


def _worlds_of(found: SurrogateRuns) -> dict[str, list[int]]:
    """Return, for each group of figures, the numbers of the worlds that have them."""
    n = range(len(found.worlds))
    return {"narrow": list(n), "wide": [i for i in n if found.worlds[i].question.draw == CENTRAL]}


def _about(package: CityData, definition: PageDefinition, path: Path) -> dict[str, Any]:
    d, districts = definition, package.table("districts")
    tiles = districts.set_index("area").loc[list(DISTRICTS), ["tile_column", "tile_row"]].astype(int)
    template, beyond = (Path(template_path(path, name)).read_text(encoding="utf-8") for name in (d.template, d.beyond))
    return {
        "version": version_of(path),
        "package_version": __version__,
        "data_hash": package.hash,
        "definition": json.loads(d.model_dump_json()),
        "scale": INFERENCE_SCALE,
        "levers": [{"name": name, **_span(d, name)} for name in d.levers],
        "instruments": list(d.instruments),
        "money": {"name": d.money.variable, **_span(d, d.money.variable)},
        "path_days": list(d.path_days),
        "end_days": list(d.end_days),
        "launch_day": (d.launch - d.start).days,
        "template": template,
        "beyond": beyond,
        "names": {"narrow": list(NARROW), "wide": list(WIDE)},
        "tiles": dict(zip(map(str, tiles.index), tiles.to_numpy().tolist(), strict=True)),
        "published": published_ratios(package),
    }  # fmt: skip


def _span(definition: PageDefinition, name: str) -> dict[str, float]:
    span = definition.ranges[name]
    return {"low": span.low, "high": span.high, "step": span.step}


def answers(
    package: CityData,
    definition: PageDefinition,
    path: Path,
    many: TaskRunner,
    on_world: Callable[[], object] = lambda: None,
) -> dict[str, Any]:
    """Return the stored answers of a page, as JSON can hold them: `Surrogate` works out any design from them."""
    return stored_answers(package, path, surrogate_runs(package, definition, path, many, on_world))


def stored_answers(package: CityData, path: Path, found: SurrogateRuns) -> dict[str, Any]:
    """Return the stored answers of designs that were simulated; `path` is the file of their definition."""
    stored = {
        **_about(package, found.definition, path),
        "worlds": [{"family": w.question.family, "draw": w.question.draw} for w in found.worlds],
        "worlds_of": _worlds_of(found),
        "city": {group: to_json_array(found.group("city", group)) for group in ("narrow", "wide")},
        "parts": [],
        "presets": [],
    }
    for instruments in found.definition.parts:
        stored["parts"].append(_part(found, instruments, stored))
    measured = errors(Surrogate(stored), [tables["held_out"] for tables in found.tables])
    return {**stored, "presets": _presets(found), "errors": measured.to_dict("records")}
