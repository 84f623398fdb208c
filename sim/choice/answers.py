"""The answers that the policymaker's page shows: figures of designs in every plausible world, and how exact they are.

    page, path = load_page("page-gyeyang")
    stored = answers(load_package(), page, path, many)      # `sim.choice.answering.Answering` answers from it

Every figure is what a design adds to the city's programme alone; figures of the programme alone stand beside.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import sim
from sim.choice.answering import Answering, packed, shares_spent
from sim.choice.definition import template_path
from sim.choice.emulate import known
from sim.choice.emulator_error import errors
from sim.choice.live_designs import WorldJob, known_designs, places, world_tables
from sim.choice.page_definition import PageDefinition, in_won
from sim.choice.read_off import NARROW, WIDE
from sim.choice.templates import design
from sim.choice.versions import version_of
from sim.choice.worlds import Asked, World, plausible_worlds
from sim.city.package import Package
from sim.outcomes.ladder import published_ratios
from sim.study.many import Kept, Many, Unit, fingerprint
from sim.study.priors import CENTRE
from sim.study.worlds import require_runnable, setting_beside_none
from sim.vocabulary import DISTRICTS


class Lived(NamedTuple):
    """Every plausible world in which designs were lived, and the tables of each."""

    definition: PageDefinition
    worlds: list[World]
    kept: Kept

    def stack(self, table: str, names: list[str], only_centres: bool = False) -> np.ndarray:
        """Return figures of a table, float64[rows, worlds, names]."""
        worlds = [w for w in self.worlds if not only_centres or w.question.draw == CENTRE]
        return np.stack([self.kept.of(unit_name(w))[table][names].to_numpy(float) for w in worlds], axis=1)

    def group(self, table: str, group: str) -> np.ndarray:
        """Return the figures of a group ("narrow": every world, "wide": the centre of each family)."""
        return self.stack(table, list(NARROW if group == "narrow" else WIDE), only_centres=group == "wide")


def unit_name(world: World) -> str:
    """Return the name of the unit that lives in a world."""
    return f"{world.question.family}-{world.question.draw:03d}"


def lived(
    package: Package, definition: PageDefinition, path: Path, many: Many, on_world: Callable[[], object]
) -> Lived:
    """Live all designs in every plausible world, or take up what was lived before. Raises UnitError as `Many.run`."""
    asked = Asked(definition.families, definition.n_draws, (definition.start, definition.end), 1.0, definition.seed)
    highest = {name: round(r.high) if in_won(name) else r.high for name, r in definition.ranges.items()}
    tried = setting_beside_none([design(template_path(path, definition.template), highest)], asked.days)
    require_runnable(package, tried, in_expectation=True)
    worlds = list(plausible_worlds(package, asked, on_world))
    template, beyond = (template_path(path, name) for name in (definition.template, definition.beyond))
    units = [Unit(unit_name(w), world_tables, WorldJob(package, definition, template, beyond, w)) for w in worlds]
    mark = fingerprint("page", definition.model_dump_json(), package.hash, version_of(path))
    return Lived(definition, worlds, many.run(units, mark))


def _city_rows(found: Lived) -> np.ndarray:
    """Return, for each known design, the row of the city's programme alone under the same city variable."""
    city = found.definition.city
    return np.array([round((d[city.variable] - city.low) / city.step) for d in known_designs(found.definition)])


def _known(found: Lived, spent: np.ndarray) -> dict[str, Any]:
    """Return designs and figures for the emulator: where money lasts, and, where it ends, what its share of the cost
    does not explain."""
    d, rows = found.definition, _city_rows(found)
    n, n_ends = d.effort.n_cut, len(d.effort.ends)
    where = places(d, known_designs(d))
    designs = {"full": known(where), "cut": known(where[:n])}
    stored: dict[str, Any] = {
        name: {"places": packed(k.places, "<f8"), "matrix": packed(k.matrix, "<f8")} for name, k in designs.items()
    }
    stored["full"]["spent"] = packed(spent)
    at_ends = np.searchsorted(d.path_days, d.end_days)
    for group in ("narrow", "wide"):
        alone, full = found.group("city", group)[rows], found.group("full", group)
        added = full - alone
        cut = found.group("cut", group).reshape(n, n_ends, *full.shape[1:]) - alone[:n, None]
        paths = spent[:n][:, _worlds_of(found)[group]][:, :, at_ends]
        shares = np.apply_along_axis(shares_spent, 2, paths)[:, :, :-1].transpose(0, 2, 1)
        stored["full"][group] = packed(added)
        stored["cut"][group] = packed(cut - shares[..., None] * added[:n, None])
    return stored


def _worlds_of(found: Lived) -> dict[str, list[int]]:
    """Return, for each group of figures, the numbers of the worlds that have them."""
    n = range(len(found.worlds))
    return {"narrow": list(n), "wide": [i for i in n if found.worlds[i].question.draw == CENTRE]}


def _about(package: Package, definition: PageDefinition, path: Path) -> dict[str, Any]:
    d, districts = definition, package.table("districts")
    tiles = districts.set_index("area").loc[list(DISTRICTS), ["tile_column", "tile_row"]].astype(int)
    template = Path(template_path(path, d.template))
    return {
        "version": version_of(path),
        "package_version": sim.__version__,
        "data_hash": package.hash,
        "definition": json.loads(d.model_dump_json()),
        "levers": [{"name": name, "bend": float(bend), **_span(d, name)}
                   for name, bend in zip(d.levers, d.bends, strict=True)],
        "money": {"name": d.money.variable, **_span(d, d.money.variable)},
        "path_days": list(d.path_days),
        "end_days": list(d.end_days),
        "launch_day": (d.launch - d.start).days,
        "template": template.read_text(encoding="utf-8"),
        "names": {"narrow": list(NARROW), "wide": list(WIDE)},
        "tiles": dict(zip(map(str, tiles.index), tiles.to_numpy().tolist(), strict=True)),
        "published": published_ratios(package),
    }  # fmt: skip


def _span(definition: PageDefinition, name: str) -> dict[str, float]:
    span = definition.ranges[name]
    return {"low": span.low, "high": span.high, "step": span.step}


def answers(
    package: Package, definition: PageDefinition, path: Path, many: Many, on_world: Callable[[], object] = lambda: None
) -> dict[str, Any]:
    """Return the stored answers of a page, as JSON can hold them: `Answering` works out any design from them."""
    return stored_answers(package, path, lived(package, definition, path, many, on_world))


def stored_answers(package: Package, path: Path, found: Lived) -> dict[str, Any]:
    """Return the stored answers of designs that were lived; `path` is the file of their definition."""
    definition = found.definition
    spent = found.stack("full", [f"spent.{day}" for day in definition.path_days])
    stored = {
        **_about(package, definition, path),
        "worlds": [{"family": w.question.family, "draw": w.question.draw} for w in found.worlds],
        "worlds_of": _worlds_of(found),
        "city": {group: packed(found.group("city", group)) for group in ("narrow", "wide")},
        **_known(found, spent),
    }
    held_out = [found.kept.of(unit_name(w))["held_out"] for w in found.worlds]
    return {**stored, "errors": errors(Answering(stored), held_out).to_dict("records")}
