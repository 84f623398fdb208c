"""From stored figures to the answer for any design: what the page works out in the browser, for those who check it.

answering = Answering(stored)            # as `eum.output.surrogate.build.answers` returns it
answering.figures(values, "narrow")      # float64[worlds, NARROW]: what the design adds to the city's programme
"""

import base64
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from eum.output.surrogate.kriging import Coordinate, Kriging, places

DesignValues = dict[str, float]
_ALL = slice(None)


def to_json_array(array: np.ndarray, kind: str = "<f4") -> dict[str, Any]:
    """Return an array as JSON can hold it: its shape, and its numbers as little-endian bytes in base 64."""
    content = np.ascontiguousarray(array, dtype=kind).tobytes()
    return {"shape": list(array.shape), "type": kind[1:], "data": base64.b64encode(content).decode("ascii")}


def unpacked(stored: dict[str, Any]) -> np.ndarray:
    """Return the array of `to_json_array`, as float64."""
    content = np.frombuffer(base64.b64decode(stored["data"]), dtype="<" + stored["type"])
    return content.reshape(stored["shape"]).astype(np.float64)


class BudgetDuration(NamedTuple):
    """How long the money of a design lasts in one world."""

    cost_krw: float
    """What it would cost the pot over the window if money lasted, won."""
    spent_krw: float
    """What it costs: the same, or the pot."""
    day: float
    """Day from the start on whose evening the pot is empty (-1: it lasts)."""
    path: np.ndarray
    """float64[path days]: what it would have cost by each evening if money lasted, won."""
    mix: np.ndarray
    """float64[ends]: how much figures count with money that ends on the evening of each of the ends."""


class PartTables:
    """What designs with some instruments add beyond what fewer of them do, per unit of their sizes."""

    def __init__(self, stored: dict[str, Any]) -> None:
        self.instruments = tuple(stored["instruments"])
        self.coordinates = [Coordinate(**coordinate) for coordinate in stored["coordinates"]]
        self.known = Kriging(unpacked(stored["places"]), unpacked(stored["matrix"]))
        self.tables = {name: unpacked(stored[name]) for name in STORED_TABLES if name in stored}


STORED_TABLES = ("spent", "narrow", "wide", "cut_narrow", "cut_wide")
"""Tables of a part: what the pot has paid by each path day; figures where money lasts; where it ends on each end."""


class Surrogate:
    """Stored answers, ready for designs. Presets are answered as they are stored."""

    def __init__(self, stored: dict[str, Any]) -> None:
        self.stored = stored
        self.spans = {span["name"]: span for span in (*stored["levers"], stored["money"])}
        self.parts = [PartTables(part) for part in stored["parts"]]
        self.alone = {name: unpacked(stored["city"][name]) for name in ("narrow", "wide")}
        self.at_ends = np.searchsorted(stored["path_days"], stored["end_days"])

    def city_alone(self, values: DesignValues, group: str) -> np.ndarray:
        """Return the figures of the city's programme alone, float64[worlds, names]; worlds are families for "wide"."""
        lever = self.stored["levers"][0]
        preset = self.preset(values)
        if preset is not None:
            return unpacked(preset[group])[1]
        return self.alone[group][round((values[lever["name"]] - lever["low"]) / lever["step"])]

    def preset(self, values: DesignValues) -> dict[str, Any] | None:
        """Return the stored answer of a design to begin with, None for other designs."""
        return next((preset for preset in self.stored["presets"] if preset["values"] == values), None)

    def summed(
        self, values: DesignValues, table: str, at: Sequence[int] | slice = _ALL, size: int | None = None
    ) -> np.ndarray | float:
        """Return a table summed over the parts of a design (of `size` instruments), float64[worlds, ...]; 0.0 for none.

        `at` picks worlds of the table.
        """
        found: np.ndarray | float = 0.0
        for part in self.parts:
            dose = self._dose(values, part.instruments)
            if dose and size in (None, len(part.instruments)) and table in part.tables:
                weights = part.known.weights(places([values], part.coordinates))[0]
                found = found + dose * np.tensordot(weights, part.tables[table][:, at], 1)
        return found

    def _dose(self, values: DesignValues, instruments: tuple[str, ...]) -> float:
        return dose([values[name] / self.spans[name]["high"] for name in instruments])

    def spent(self, values: DesignValues, at: Sequence[int] | slice = _ALL) -> np.ndarray:
        """Return float64[worlds, path days]: what a design whose money lasts has cost by each evening, won."""
        shape = (len(np.arange(len(self.stored["worlds"]))[at]), len(self.stored["path_days"]))
        paths = np.broadcast_to(self.summed(values, "spent", at), shape)
        return np.maximum.accumulate(np.maximum(paths, 0.0), axis=1)

    def lasting(self, values: DesignValues, at: Sequence[int] | slice = _ALL) -> list[BudgetDuration]:
        """Return how long money lasts, in each world or those picked, as it is read off."""
        days = np.array(self.stored["path_days"], dtype=float)
        pot = values[self.stored["money"]["name"]]
        return [_lasting(path, days, self.at_ends, pot) for path in self.spent(values, at)]

    def days(self, values: DesignValues) -> list[float]:
        """Return the day, from the start, on which the pot runs out in each world; -1 where it lasts."""
        preset = self.preset(values)
        return list(map(float, preset["day"])) if preset else [lasting.day for lasting in self.lasting(values)]

    def figures(self, values: DesignValues, group: str) -> np.ndarray:
        """Return what a design adds to the city's programme alone, float64[worlds, names of the group]."""
        preset = self.preset(values)
        return unpacked(preset[group])[0] if preset else self.read_off(values, group)

    def read_off(self, values: DesignValues, group: str, rows: Sequence[int] | None = None) -> np.ndarray:
        """Return the same read off between designs that were simulated, presets too.

        `rows` picks worlds of the group, by their place in it.
        """
        picked = list(range(len(self.stored["worlds_of"][group])) if rows is None else rows)
        shape = (len(picked), len(self.stored["names"][group]))
        full = np.broadcast_to(self.summed(values, group, picked), shape)
        pairs = np.broadcast_to(self.summed(values, group, picked, 2), shape)
        cut = np.broadcast_to(self.summed(values, f"cut_{group}", picked), (shape[0], len(self.at_ends) - 1, shape[1]))
        worlds = [self.stored["worlds_of"][group][row] for row in picked]
        found = np.empty(shape)
        for i, lasting in enumerate(self.lasting(values, worlds)):
            shares = shares_spent(lasting.path[self.at_ends])
            ends = np.vstack([cut[i] + shares[:-1, None] * pairs[i], full[i]])
            found[i] = lasting.mix @ ends
        return found


def dose(sizes: list[float]) -> float:
    """Return what figures of instruments grow with: the product of their sizes, as parts of the largest."""
    return float(np.prod(sizes))


def mark_of(version: str, values: DesignValues) -> str:
    """Return the mark that figures of a design carry: the answers they are from, then the design (FNV-1a, 32 bits).

    The same design has the same mark whether it was kept or made again, in the browser and here.
    """
    digest = 0x811C9DC5
    for letter in ";".join(f"{name}={values[name]:.10g}" for name in sorted(values)).encode():
        digest = (digest ^ letter) * 0x01000193 & 0xFFFFFFFF
    return f"{version[:8]}-{digest:08x}"


def shares_spent(at_ends: np.ndarray) -> np.ndarray:
    """Return what part of a design's whole cost is spent by each end, float64[ends], the last one 1."""
    return at_ends / max(at_ends[-1], 1.0)


def _lasting(path: np.ndarray, days: np.ndarray, at_ends: np.ndarray, pot: float) -> BudgetDuration:
    cost, ends = float(path[-1]), path[at_ends]
    if pot >= cost:
        return BudgetDuration(cost, cost, -1.0, path, np.eye(len(ends))[-1])
    after = int(np.searchsorted(path, pot))
    # The first evening closes the first day of the design, which began with nothing spent.
    before_day, before = (days[after - 1], path[after - 1]) if after else (days[0] - 1, 0.0)
    day = before_day + (days[after] - before_day) * (pot - before) / max(path[after] - before, 1.0)
    return BudgetDuration(cost, pot, float(np.ceil(day)), path, _mix(ends, pot))


def _mix(ends: np.ndarray, pot: float) -> np.ndarray:
    """Return how much each end counts for a pot between what is spent by two of them; nothing is gained by none."""
    k = int(np.searchsorted(ends, pot))
    low = ends[k - 1] if k else 0.0
    part = (pot - low) / max(ends[k] - low, 1.0)
    mix = np.zeros(len(ends))
    mix[k] = part
    if k:
        mix[k - 1] = 1 - part
    return mix
