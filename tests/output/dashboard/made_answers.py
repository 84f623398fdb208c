"""Made-up answers: designs "lived" by formulas that are known, put together as those of the model are.

What a design adds grows with its rates and with the city's; money is spent evenly from the launch; each plausible
world is a little different. A page of these answers needs no run of the model.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from eum.analysis.experiments.states_of_the_world import StateOfWorld
from eum.calibration.priors import CENTRAL, ParameterDraw
from eum.city.data import load_city_data
from eum.output.surrogate.build import SurrogateRuns, stored_answers
from eum.output.surrogate.definition import LeverValues, PageDefinition, load_page
from eum.output.surrogate.outputs import NARROW, WIDE
from eum.output.surrogate.training_runs import held_out_designs, known_designs, part_name

N_DRAWS = 4
_SIZE = {"survey": 3.0, "causal": 1.0, "iri2019": 1.8}


def small_page() -> tuple[PageDefinition, Path]:
    """Return the page's definition with less effort, and its file."""
    definition, path = load_page("page-gyeyang")
    effort = definition.effort.model_copy(update={"n_per_lever": 5, "n_held_out": 2})
    return definition.model_copy(update={"n_draws": N_DRAWS, "effort": effort}), path


def strength(world: ParameterDraw) -> float:
    """Return how strongly people respond in a world."""
    return _SIZE[world.family] * (1 + 0.05 * world.draw if world.draw != CENTRAL else 1.1)


def cost_of(values: LeverValues) -> float:
    """Return what a design whose money lasts costs its pot over the window, won."""
    rate = values["rate_percent"] * (0.5 + values["up_to_krw"] / 1e6)
    return 2e8 * (rate + 0.3 * values["plus_percent"] + values["fee_percent"]) * (1 + values["city_rate_percent"] / 20)


def figures(values: LeverValues, world: ParameterDraw, share: float) -> dict[str, float]:
    """Return all figures of a design of which a share of the whole cost is paid; share 0: the city alone."""
    spent, city = cost_of(values) * share if share else 0.0, 1e9 * (1 + values["city_rate_percent"])
    effect = strength(world) * spent * (1.2 - 0.1 * share)
    found: dict[str, float] = {
        name: 0.8 * city + effect * (0.9 if i < 7 else 2.5 - 0.2 * (i - 7)) for i, name in enumerate(NARROW)
    }
    found |= {"fiscal_cost": city + 1.4 * spent, "cashback": 0.8 * city + spent, "kept_in_city": 0.01 + effect / 1e12}
    for i, name in enumerate(WIDE):
        found[name] = 50 + effect / 1e10 if name.startswith("kept_") else city / 10 + effect * (0.3 - 0.01 * (i % 40))
    return found


class MadeUp:
    """Tables of worlds, as designs lived in them would give."""

    def __init__(self, definition: PageDefinition) -> None:
        d = definition
        self.definition = d
        self.days, self.first, self.last = np.array(d.path_days), (d.launch - d.start).days - 1, d.end_days[-1]

    def _paid(self, values: LeverValues, pot: float = np.inf) -> dict[str, float]:
        path = np.minimum(cost_of(values) * (self.days - self.first) / (self.last - self.first), pot)
        return {f"spent.{day}": float(x) for day, x in zip(self.days, path, strict=True)}

    def _day(self, share: float) -> float:
        return float(np.ceil(self.first + share * (self.last - self.first))) if share < 1 else -1.0

    def _preset(self, begun: dict, world: ParameterDraw) -> dict[str, float]:
        values = {name: value for name, value in begun.items() if name != "id"}
        cost = cost_of(values)
        share = min(values["budget_krw"] / cost, 1.0) if cost else 0.0
        paid = self._paid(values, values["budget_krw"])
        day = self._day(share) if cost else -1.0
        return {**values, **figures(values, world, share), **paid, "day": day, "cost": cost}

    def of(self, world: ParameterDraw) -> dict[str, pd.DataFrame]:
        """Return the tables of one world."""
        d = self.definition
        steps, nothing = d.city.steps, dict.fromkeys(d.levers, 0.0)
        city = [{**nothing, d.city.variable: steps.value(k)} for k in range(steps.last + 1)]
        tables = {"city": [{**v, **figures(v, world, 0.0)} for v in city]}
        for part in d.parts:
            designs = known_designs(d, part)
            tables[f"full {part_name(part)}"] = [{**v, **figures(v, world, 1.0), **self._paid(v)} for v in designs]
            shares = [(day - self.first) / (self.last - self.first) for day in d.end_days[:-1]]
            if len(part) == 1:
                tables[f"cut {part_name(part)}"] = [{**v, **figures(v, world, x)} for v in designs for x in shares]
        held_out = []
        for v, share in held_out_designs(d):
            held_out.append({**v, **figures(v, world, 1.0), "pot": np.inf, "day": -1.0})
            held_out.append({**v, **figures(v, world, share), "pot": share * cost_of(v), "day": self._day(share)})
        tables |= {"held_out": held_out, "presets": [self._preset(begun, world) for begun in d.start_from]}
        return {name: pd.DataFrame(rows) for name, rows in tables.items()}


def made_answers() -> dict[str, Any]:
    """Return stored answers of made-up figures in every family: its centre and some draws."""
    definition, path = small_page()
    draws = range(CENTRAL, N_DRAWS + 1)
    questions = [ParameterDraw(family, draw, 1) for family in definition.families for draw in draws]
    worlds = [StateOfWorld(question, None, None) for question in questions]  # type: ignore[arg-type]
    tables = [MadeUp(definition).of(question) for question in questions]
    return stored_answers(load_city_data(), path, SurrogateRuns(definition, worlds, tables))
