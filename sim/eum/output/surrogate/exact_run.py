"""The answer for any design of the page, worked out in expectation in every plausible world: nothing is interpolated.

    exact = Exact(definition, path)
    exact.prepare()                            # in a thread of its own where a page is served
    exact.answer(values, CENTRES, "a visitor") # some tenths of a second: the centre of each family of evidence
    exact.answer(values, DRAWS, "a visitor")   # a few seconds: the worlds of the intervals

Figures are those that stored answers hold, and that `eum compare --engine expected` prints at their scale and seed.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from eum.analysis.decision.definition import template_path
from eum.analysis.experiments.states_of_the_world import StateOfWorld, StatesConfig, plausible_worlds
from eum.calibration.central import INFERENCE_SCALE
from eum.calibration.priors import CENTRAL
from eum.city.build import City, build_city
from eum.city.data import CityData, load_city_data
from eum.errors import InputError
from eum.output.surrogate.definition import LeverValues, PageDefinition, design_values
from eum.output.surrogate.outputs import NARROW, WIDE, OutputFigures, output_differences
from eum.output.surrogate.predict import mark_of
from eum.output.surrogate.training_runs import Living, WorldJob
from eum.output.surrogate.version import version_of
from eum.runner.cache import cache_file, cached_content, keep_content

CENTRES, DRAWS = "centres", "draws"
"""Parts of an answer."""
PREPARING, READY, FAILED, SUPERSEDED = "preparing", "ready", "failed", "superseded"
"""States of the preparation, and of an answer."""
_THREADS = 2
_MOST_KEPT = 200


class ExactProgress(NamedTuple):
    """How far the preparation is."""

    state: str
    """PREPARING, READY (the centres of all families are) or FAILED."""
    done: int
    total: int
    """Plausible worlds that are prepared, and all of them."""
    error: str = ""


class NewerRequestError(Exception):
    """A visitor has asked for another design meanwhile."""


class ExactRunner:
    """A page's designs in every plausible world. Methods may be called from several threads."""

    def __init__(self, definition: PageDefinition, path: Path) -> None:
        self.definition, self.path = definition, path
        self.version = version_of(path)
        self.worlds: dict[int, StateOfWorld] = {}
        """Plausible worlds by number, in the order of stored answers, as far as they are prepared."""
        self.progress = ExactProgress(PREPARING, 0, len(definition.families) * (definition.n_draws + 1))
        self._package: CityData | None = None
        self._livings: dict[int, Living] = {}
        self._locks: dict[int, threading.Lock] = {}
        self._pool = ThreadPoolExecutor(_THREADS)
        self.busy = threading.Lock()
        """Held while an answer is worked out."""
        self._newest: dict[str, object] = {}
        self._answers: OrderedDict[tuple[str, str], dict[str, Any]] = OrderedDict()

    @property
    def package(self) -> CityData:
        """The data of the city, read once."""
        if self._package is None:
            self._package = load_city_data()
        return self._package

    @property
    def alone(self) -> dict[int, dict[float, OutputFigures]]:
        """The figures of the city's programme alone by world and value of its variable, as far as they are known."""
        return {number: living.known_alone for number, living in self._livings.items()}

    def prepare(self) -> None:
        """Infer the choices of every plausible world, the centres first, and work out the city's programme alone.

        What was prepared before is read from the cache folder. A failure is reported by `progress` and raised.
        """
        try:
            people = build_city(self.package, INFERENCE_SCALE, self.definition.seed)
            for n_draws in (0, self.definition.n_draws):
                config = self.states_config(n_draws)
                for world in plausible_worlds(self.package, config):
                    number = self._number(world)
                    if number not in self._livings:
                        self._take_in(number, world, people)
            self.fill()
        except Exception as error:
            self.progress = self.progress._replace(state=FAILED, error=f"{type(error).__name__}: {error}")
            raise

    def states_config(self, n_draws: int) -> StatesConfig:
        """Return where designs are tried, with so many draws besides the centre of each family."""
        d = self.definition
        return StatesConfig(d.families, n_draws, (d.start, d.end), INFERENCE_SCALE, d.seed)

    def _number(self, world: StateOfWorld) -> int:
        families = self.definition.families
        return families.index(world.question.family) * (self.definition.n_draws + 1) + world.question.draw

    def numbers(self, part: str) -> list[int]:
        """Return the numbers of the worlds of a part of an answer. Raises InputError for an unknown part."""
        if part not in (CENTRES, DRAWS):
            raise InputError(f"part: {part}: expected {CENTRES} or {DRAWS}")
        each = self.definition.n_draws + 1
        return [n for n in range(each * len(self.definition.families)) if (n % each == CENTRAL) == (part == CENTRES)]

    def _take_in(self, number: int, world: StateOfWorld, people: City) -> None:
        d = self.definition
        template, beyond = (template_path(self.path, name) for name in (d.template, d.beyond))
        living = Living(WorldJob(self.package, d, template, beyond, world), people)
        if number in self.numbers(CENTRES):
            # The first evaluation of all loads compiled code.
            living.city_alone(float(d.start_from[0][d.city.variable]))
        self.worlds[number], self._livings[number], self._locks[number] = world, living, threading.Lock()
        done = len(self._livings)
        is_ready = all(n in self._livings for n in self.numbers(CENTRES))
        self.progress = ExactProgress(READY if is_ready else PREPARING, done, self.progress.total)

    def fill(self) -> None:
        """Work out the city's programme alone at every step, in every world, while nobody asks for a design."""
        steps = self.definition.city.steps
        for k in range(steps.last + 1):
            rate = float(steps.value(k))
            file = cache_file("page", [self.version, self.definition.model_dump_json(), np.__version__, rate])
            kept = cached_content(file) or {}
            for number, living in self._livings.items():
                if str(number) in kept:
                    living.known_alone[rate] = kept[str(number)]
                    continue
                while self.busy.locked():
                    time.sleep(0.01)
                with self._locks[number]:
                    living.city_alone(rate)
            if not kept:
                keep_content(file, {str(n): living.known_alone[rate] for n, living in self._livings.items()})

    def answer(self, request: Mapping[str, object], part: str, visitor: str) -> dict[str, Any]:
        """Return a part of the answer for a design, as JSON can hold it.

        `state` is READY with `worlds` (and, of DRAWS, `costs`), PREPARING or FAILED with the progress, or SUPERSEDED
        where the visitor asked for something else meanwhile. Raises InputError for a design that the page cannot have.
        """
        values, numbers, ticket = design_values(self.definition, request), self.numbers(part), object()
        self._newest[visitor] = ticket
        if self.progress.state == FAILED or any(n not in self._livings for n in numbers):
            state = FAILED if self.progress.state == FAILED else PREPARING
            return {**self.progress._asdict(), "state": state}

        def require_newest() -> None:
            if self._newest.get(visitor) is not ticket:
                raise NewerRequestError

        fingerprint = mark_of(self.version, values)
        try:
            with self.busy:
                require_newest()
                found = self._kept((fingerprint, part), lambda: self._worked_out(values, part, require_newest))
        except NewerRequestError:
            return {"state": SUPERSEDED}
        return {"state": READY, "mark": fingerprint, **found}

    def _kept(self, key: tuple[str, str], work_out: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        if key not in self._answers:
            self._answers[key] = work_out()
            if len(self._answers) > _MOST_KEPT:
                self._answers.popitem(last=False)
        return self._answers[key]

    def _worked_out(self, values: LeverValues, part: str, require_newest: Callable[[], None]) -> dict[str, Any]:
        def in_world(number: int) -> dict[str, Any]:
            require_newest()
            with self._locks[number]:
                return {"world": number, **world_answer(self._livings[number], values)}

        def cost(number: int) -> float:
            require_newest()
            with self._locks[number]:
                return float(self._livings[number].lasting(values).spent[-1])

        found: dict[str, Any] = {"worlds": list(self._pool.map(in_world, self.numbers(part)))}
        if part == DRAWS:
            centres = self.numbers(CENTRES)
            found["costs"] = dict(zip(map(str, centres), self._pool.map(cost, centres), strict=True))
        return found


def world_answer(living: Living, values: LeverValues) -> dict[str, Any]:
    """Return what a design adds to the city's programme alone in one world, that programme, and where its money goes.

    `narrow` and, at the centre of a family, `wide`: `added` and `alone` in the order of NARROW and WIDE. `money`: the
    day, from the start, on which the pot runs out (-1: it lasts), what it `spent` and had by each path day, won.
    """
    d = living.job.definition
    run, alone = living.lived(values), living.city_alone(values[d.city.variable])
    groups = {"narrow": NARROW, "wide": WIDE} if living.job.world.question.draw == CENTRAL else {"narrow": NARROW}
    return {
        **{group: _group(run.figures, alone, names) for group, names in groups.items()},
        "money": {
            "day": int(run.day),
            "spent": float(run.spent[-1]),
            "path": [float(run.spent[day]) for day in d.path_days],
        },
    }


def _group(after: OutputFigures, alone: OutputFigures, names: tuple[str, ...]) -> dict[str, list[float]]:
    both = (np.array([figures[name] for name in names], dtype=float) for figures in (after, alone))
    simulated, without = next(both), next(both)
    return {"added": output_differences(simulated, without).tolist(), "alone": without.tolist()}
