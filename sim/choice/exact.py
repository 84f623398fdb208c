"""A design of the page run exactly: in expectation, or person by person, at the centre of each family of evidence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim.choice.answering import mark_of
from sim.choice.definition import template_path
from sim.choice.emulator_error import LITTLE_KRW
from sim.choice.page_definition import PageDefinition, in_won, load_page
from sim.choice.templates import design
from sim.choice.versions import version_of
from sim.choice.worlds import Asked, World, expected_in, lived_in, plausible_worlds
from sim.city.package import Package, load_package
from sim.errors import InputError
from sim.intervals import mean_interval
from sim.policy.model import Policy
from sim.study.expectation import Outcome

Values = dict[str, float]
Told = Callable[[str, int, int], object]
"""Told how far the work is: its state ("preparing" or "running"), steps done, steps in all."""
HOW = ("expected", "crowd")
CROWD_SCALE, CROWD_SEEDS = 0.02, 4
_PER_HUNDRED = ("net_city_sales", "city_value_added", "national_net")
QUANTITIES = ("fiscal_cost", *_PER_HUNDRED, "own_sales", "day")
"""What is told of an exact run: won; won per 100 won of fiscal cost; won; a day from the start (None: money lasts)."""


class Cell(NamedTuple):
    """A figure with the 90 % interval of its mean over seeds, None where there is none."""

    value: float | None
    low: float | None
    high: float | None


class Exact:
    """Runs designs exactly. What does not depend on a design is worked out at the first one."""

    def __init__(self, definition: PageDefinition, path: Path) -> None:
        self.definition, self.path = definition, path
        self.version = version_of(path)
        self._worlds: list[World] = []
        self._package: Package | None = None

    def _prepare(self, told: Told) -> tuple[Package, list[World]]:
        if self._package is None or not self._worlds:
            d = self.definition
            told("preparing", 0, len(d.families))
            self._package = load_package()
            found: list[World] = []
            for world in plausible_worlds(self._package, self._asked()):
                found.append(world)
                told("preparing", len(found), len(d.families))
            self._worlds = found
        return self._package, self._worlds

    def _asked(self) -> Asked:
        d = self.definition
        return Asked(d.families, 0, (d.start, d.end), CROWD_SCALE, d.seed)

    def run(self, values: Values, how: str, told: Told) -> dict[str, Any]:
        """Return the figures of a design by quantity and family, as JSON can hold them, with the design's mark.

        Raises InputError for a design that the page cannot have, or an unknown way of running.
        """
        asked, base = self.policies(values)
        if how not in HOW:
            raise InputError(f"how: {how}: expected one of {', '.join(HOW)}")
        package, worlds = self._prepare(told)
        n_each = 1 if how == "expected" else CROWD_SEEDS
        found: dict[str, list[tuple[Outcome, Outcome]]] = {}
        told("running", 0, len(worlds) * n_each)
        for world in worlds:
            pairs = found.setdefault(world.question.family, [])
            for seed in range(n_each):
                pairs.append(self._pair(package, world, (asked, base), None if how == "expected" else seed + 1))
                told("running", sum(map(len, found.values())), len(worlds) * n_each)
        return {"mark": mark_of(self.version, values), "how": how, "rows": self._rows(found)}

    def policies(self, values: Values) -> tuple[Policy, Policy]:
        """Return a design and the city's programme alone. Raises InputError for values that the page cannot have."""
        d = self.definition
        require_values(d, values)
        whole = {name: int(v) if in_won(name) else float(v) for name, v in values.items()}
        city = {d.city.variable: whole[d.city.variable]}
        return design(template_path(self.path, d.template), whole), design(template_path(self.path, d.beyond), city)

    def _pair(
        self, package: Package, world: World, policies: tuple[Policy, Policy], seed: int | None
    ) -> tuple[Outcome, Outcome]:
        if seed is None:
            tried = expected_in(package, world, (self.definition.start, self.definition.end))
            return tried(policies[0]), tried(policies[1])
        first, second = lived_in(package, world, self._asked(), list(policies), seed)
        return first, second

    def _rows(self, found: dict[str, list[tuple[Outcome, Outcome]]]) -> list[dict[str, Any]]:
        return [
            {"quantity": name, "by_family": {f: self._cell(name, pairs)._asdict() for f, pairs in found.items()}}
            for name in QUANTITIES
        ]

    def _cell(self, quantity: str, pairs: list[tuple[Outcome, Outcome]]) -> Cell:
        values = np.array([self._value(quantity, *pair) for pair in pairs])
        if quantity == "day":
            lasts = not np.isfinite(values).any()
            return Cell(None if lasts else float(np.nanmedian(values)), None, None)
        if not np.isfinite(values).all():
            return Cell(None, None, None)
        if len(values) == 1:
            return Cell(float(values[0]), None, None)
        return Cell(*mean_interval(values)[:3])

    def _value(self, quantity: str, after: Outcome, before: Outcome) -> float:
        d, cost = self.definition, after.fiscal_cost_krw - before.fiscal_cost_krw
        if quantity == "fiscal_cost":
            return cost
        if quantity == "own_sales":
            sales = after.sales_change_by_district_krw[d.district] - before.sales_change_by_district_krw[d.district]
            return sales
        if quantity == "day":
            day = after.exhausted_on[d.budget]
            return float((day - d.start).days) if day else np.nan
        effect = after.effect_krw[quantity] - before.effect_krw[quantity]
        return 100 * effect / cost if cost >= LITTLE_KRW else np.nan


def require_values(definition: PageDefinition, values: Values) -> None:
    """Raise InputError unless there is a value within its range for every variable, and nothing else."""
    if set(values) != set(definition.ranges):
        raise InputError(f"values: {', '.join(map(str, values))}: expected {', '.join(definition.ranges)}")
    for name, span in definition.ranges.items():
        value = values[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not span.low <= value <= span.high:
            raise InputError(f"values: {name}: {value!r}: expected a number from {span.low:g} to {span.high:g}")


def exact_for(name: str) -> Exact:
    """Return what runs designs of a page exactly. Raises InputError as `load_page`."""
    return Exact(*load_page(name))
