"""From stored figures to the answer for any design: what the page works out in the browser, for those who check it.

answering = Answering(stored)            # as `sim.choice.answers.answers` returns it
answering.figures(values, "narrow")      # float64[worlds, NARROW]: what the design adds to the city's programme
"""

import base64
from typing import Any, NamedTuple

import numpy as np

from sim.choice.emulate import Known, profile

Values = dict[str, float]


def packed(array: np.ndarray, kind: str = "<f4") -> dict[str, Any]:
    """Return an array as JSON can hold it: its shape, and its numbers as little-endian bytes in base 64."""
    content = np.ascontiguousarray(array, dtype=kind).tobytes()
    return {"shape": list(array.shape), "type": kind[1:], "data": base64.b64encode(content).decode("ascii")}


def unpacked(stored: dict[str, Any]) -> np.ndarray:
    """Return the array of `packed`, as float64."""
    content = np.frombuffer(base64.b64decode(stored["data"]), dtype="<" + stored["type"])
    return content.reshape(stored["shape"]).astype(np.float64)


class Lasting(NamedTuple):
    """How long the money of a design lasts in one world."""

    cost_krw: float
    """What it would cost the pot over the window if money lasted, won."""
    spent_krw: float
    """What it costs: the same, or the pot."""
    day: float
    """Day from the start on whose evening the pot is empty (-1: it lasts)."""
    mix: np.ndarray
    """float64[ends]: how much figures count with money that ends on the evening of each of the ends."""


class Answering:
    """Stored answers, ready for designs."""

    def __init__(self, stored: dict[str, Any]) -> None:
        self.stored = stored
        self.full = Known(unpacked(stored["full"]["places"]), unpacked(stored["full"]["matrix"]))
        self.cut = Known(unpacked(stored["cut"]["places"]), unpacked(stored["cut"]["matrix"]))
        self.at_full = {name: unpacked(stored["full"][name]) for name in ("narrow", "wide", "spent")}
        self.at_cut = {name: unpacked(stored["cut"][name]) for name in ("narrow", "wide")}
        self.alone = {name: unpacked(stored["city"][name]) for name in ("narrow", "wide")}

    def _place(self, values: Values) -> np.ndarray:
        levers = self.stored["levers"]
        return np.array([[_from_centre(values, lever) for lever in levers]])

    def city_alone(self, values: Values, group: str) -> np.ndarray:
        """Return the figures of the city's programme alone, float64[worlds, names]; worlds are families for "wide"."""
        lever = self.stored["levers"][0]
        return self.alone[group][round((values[lever["name"]] - lever["low"]) / lever["step"])]

    def spent(self, values: Values) -> np.ndarray:
        """Return float64[worlds, path days]: what a design whose money lasts has cost by each evening, won."""
        weights = (profile(self._place(values), self.full.places) @ self.full.matrix)[0]
        return np.maximum.accumulate(np.maximum(np.tensordot(weights, self.at_full["spent"], 1), 0.0), axis=1)

    def lasting(self, values: Values) -> list[Lasting]:
        """Return how long money lasts, in each world."""
        days = np.array(self.stored["path_days"], dtype=float)
        at_ends = np.searchsorted(days, self.stored["end_days"])
        pot = values[self.stored["money"]["name"]]
        return [_lasting(path, days, at_ends, pot) for path in self.spent(values)]

    def figures(self, values: Values, group: str) -> np.ndarray:
        """Return what a design adds to the city's programme alone, float64[worlds, names of the group]."""
        place = self._place(values)
        full = np.tensordot(self.full.weights(place)[0], self.at_full[group], 1)
        bend = np.tensordot(self.cut.weights(place)[0], self.at_cut[group], 1)
        paths, lasting = self.spent(values), self.lasting(values)
        at_ends = np.searchsorted(self.stored["path_days"], self.stored["end_days"])
        found = np.empty_like(full)
        for row, world in enumerate(self.stored["worlds_of"][group]):
            shares = shares_spent(paths[world][at_ends])
            ends = np.vstack([bend[:, row] + shares[:-1, None] * full[row], full[row]])
            found[row] = lasting[world].mix @ ends
        return found


def _from_centre(values: Values, lever: dict[str, Any]) -> float:
    return float(lever["bend"] * (2 * (values[lever["name"]] - lever["low"]) / (lever["high"] - lever["low"]) - 1))


def mark_of(version: str, values: Values) -> str:
    """Return the mark that figures of a design carry: the answers they are from, then the design (FNV-1a, 32 bits).

    The same design has the same mark whether it was kept or made anew, in the browser and here.
    """
    digest = 0x811C9DC5
    for letter in ";".join(f"{name}={values[name]:.10g}" for name in sorted(values)).encode():
        digest = (digest ^ letter) * 0x01000193 & 0xFFFFFFFF
    return f"{version[:8]}-{digest:08x}"


def shares_spent(at_ends: np.ndarray) -> np.ndarray:
    """Return what part of a design's whole cost is spent by each end, float64[ends], the last one 1."""
    return at_ends / max(at_ends[-1], 1.0)


def _lasting(path: np.ndarray, days: np.ndarray, at_ends: np.ndarray, pot: float) -> Lasting:
    cost, ends = float(path[-1]), path[at_ends]
    if pot >= cost:
        return Lasting(cost, cost, -1.0, np.eye(len(ends))[-1])
    after = int(np.searchsorted(path, pot))
    # The first evening closes the first day of the design, which began with nothing spent.
    before_day, before = (days[after - 1], path[after - 1]) if after else (days[0] - 1, 0.0)
    day = before_day + (days[after] - before_day) * (pot - before) / max(path[after] - before, 1.0)
    return Lasting(cost, pot, float(np.ceil(day)), _mix(ends, pot))


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
