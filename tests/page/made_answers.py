"""Made-up answers: designs "lived" by formulas that are known, put together as those of the model are.

What a design adds grows with its rates and with the city's; money is spent evenly from the launch; each plausible
world is a little different. A page of these answers needs no run of the model.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.choice.answers import Lived, stored_answers, unit_name
from sim.choice.live_designs import Values, held_out_designs, known_designs
from sim.choice.page_definition import PageDefinition, load_page
from sim.choice.read_off import NARROW, WIDE
from sim.choice.worlds import World
from sim.city.package import load_package
from sim.study.priors import CENTRE, Question

N_DRAWS = 4
_SIZE = {"survey": 3.0, "causal": 1.0, "iri2019": 1.8}


def small_page() -> tuple[PageDefinition, Path]:
    """Return the page's definition with less effort, and its file."""
    definition, path = load_page("page-gyeyang")
    effort = definition.effort.model_copy(update={"n_full": 48, "n_cut": 32, "n_held_out": 6})
    return definition.model_copy(update={"n_draws": N_DRAWS, "effort": effort}), path


def strength(world: Question) -> float:
    """Return how strongly people respond in a world."""
    return _SIZE[world.family] * (1 + 0.05 * world.draw if world.draw != CENTRE else 1.1)


def cost_of(values: Values) -> float:
    """Return what a design whose money lasts costs its pot over the window, won."""
    rate = values["rate_percent"] * (0.5 + values["up_to_krw"] / 1e6)
    return 2e8 * (rate + 0.3 * values["plus_percent"] + values["fee_percent"]) * (1 + values["city_rate_percent"] / 20)


def figures(values: Values, world: Question, share: float) -> dict[str, float]:
    """Return all figures of a design of which a share of the whole cost is paid; share 0: the city alone."""
    spent, city = cost_of(values) * share if share else 0.0, 1e9 * (1 + values["city_rate_percent"])
    effect = strength(world) * spent * (1.2 - 0.1 * share)
    found = {name: 0.8 * city + effect * (0.9 if i < 7 else 2.5 - 0.2 * (i - 7)) for i, name in enumerate(NARROW)}
    found |= {"fiscal_cost": city + 1.4 * spent, "cashback": 0.8 * city + spent, "kept_in_city": 0.01 + effect / 1e12}
    for i, name in enumerate(WIDE):
        found[name] = 50 + effect / 1e10 if name.startswith("kept_") else city / 10 + effect * (0.3 - 0.01 * (i % 40))
    return found


class MadeUp:
    """Tables of worlds by the name of their unit, as `sim.study.many.Kept` gives them."""

    def __init__(self, definition: PageDefinition, worlds: list[World]) -> None:
        self.definition, self.worlds = definition, {unit_name(w): w.question for w in worlds}

    def of(self, unit: str) -> dict[str, pd.DataFrame]:
        """Return the tables of one world."""
        d, world = self.definition, self.worlds[unit]
        steps, days = d.city.steps, np.array(d.path_days)
        first, last = (d.launch - d.start).days - 1, d.end_days[-1]
        city_values = [{**known_designs(d)[0], d.city.variable: steps.value(k)} for k in range(steps.last + 1)]
        city = [{**v, **figures(v, world, 0.0)} for v in city_values]
        full, cut, held_out = [], [], []
        for i, v in enumerate(known_designs(d)):
            path = cost_of(v) * (days - first) / (last - first)
            full.append(
                {**v, **figures(v, world, 1.0), **{f"spent.{day}": x for day, x in zip(days, path, strict=True)}}
            )
            if i < d.effort.n_cut:
                cut += [{**v, **figures(v, world, (day - first) / (last - first))} for day in d.end_days[:-1]]
        for v, share in held_out_designs(d):
            held_out.append({**v, **figures(v, world, 1.0), "pot": np.inf, "day": -1.0, "share": 1.0})
            day = float(np.ceil(first + share * (last - first)))
            held_out.append({**v, **figures(v, world, share), "pot": share * cost_of(v), "day": day, "share": share})
        tables = {"city": city, "full": full, "cut": cut, "held_out": held_out}
        return {name: pd.DataFrame(rows) for name, rows in tables.items()}


def made_answers() -> dict[str, Any]:
    """Return stored answers of made-up figures in every family: its centre and some draws."""
    definition, path = small_page()
    draws = range(CENTRE, N_DRAWS + 1)
    questions = [Question(family, draw, 1) for family in definition.families for draw in draws]
    worlds = [World(question, None, None) for question in questions]  # type: ignore[arg-type]
    return stored_answers(load_package(), path, Lived(definition, worlds, MadeUp(definition, worlds)))  # type: ignore[arg-type]
