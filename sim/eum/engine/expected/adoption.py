"""Those without a card by the turn at which they join: who of them would at today's rate."""

import numpy as np

from eum.city.spending import N_LEVELS
from eum.dimensions import N_ORIGINS

WAITING, OTHERS, IN_USE, LAID_ASIDE, ON_ORDER = range(5)
"""Rows of `Cards.lateness`: those without a card who would join, and others; with an active, dormant, ordered one."""
N_TURNS = 1024
"""Steps of a turn, from nobody to every resident holding the card; nobody joins at a later turn."""


def count_by_turn(home: np.ndarray, level: np.ndarray, turn: np.ndarray, levels_together: int) -> np.ndarray:
    """Return float64[12, L, 1025]: persons by home, level of a cell and step of their turn."""
    step = np.minimum(turn * N_TURNS, N_TURNS).astype(np.int64)
    n_levels = N_LEVELS // levels_together
    cell = (home.astype(np.int64) * n_levels + level // levels_together) * (N_TURNS + 1) + step
    size = (N_ORIGINS, n_levels, N_TURNS + 1)
    return np.bincount(cell, minlength=int(np.prod(size))).reshape(size).astype(float)


def late_effect(turn: np.ndarray, lateness: float) -> np.ndarray:
    """Return the part of `eum.behavior.adoption.lapse_effect` that turns decide."""
    return np.exp(lateness * np.minimum(turn, 1.0))


class AdoptionQueue:
    """Persons without a card by home, level and turn, brought up to date whenever the rate offered changes.

    In between, all who would join have one hazard a home and all others another, so two numbers a cell say all.
    """

    def __init__(self, none: np.ndarray) -> None:
        self.none = none.copy()
        """float64[12, L, 1025]"""
        self.potential = np.zeros(N_ORIGINS)

    @property
    def _middle(self) -> np.ndarray:
        middle = (np.arange(N_TURNS + 1) + 0.5) / N_TURNS
        middle[-1] = np.inf
        return middle

    @property
    def _comes(self) -> np.ndarray:
        return self._middle[None, :] < self.potential[:, None]

    def lateness(self, lateness: float) -> np.ndarray:
        """Return float64[2, 12, L]: mean `late_effect` of those who would join at the rate offered, and of others."""
        effect, comes = late_effect(self._middle, lateness), self._comes.astype(float)
        found = np.ones((2, *self.none.shape[:2]))
        for row, part in enumerate((comes, 1.0 - comes)):
            persons = np.einsum("hlt,ht->hl", self.none, part)
            weighed = np.einsum("hlt,ht->hl", self.none, part * effect)
            np.divide(weighed, persons, out=found[row], where=persons > 1e-9)
        return found

    def waiting(self) -> np.ndarray:
        """Return float64[12, L]: persons without a card who would join at the rate offered."""
        return np.einsum("hlt,ht->hl", self.none, self._comes.astype(float))

    def thin(self, waiting: np.ndarray, none: np.ndarray) -> None:
        """Take out those who have joined: `waiting` and `none` (float64[12, L]) are those left of who would join, and
        of all without a card."""
        comes, before = self._comes, self.waiting()
        others = (self.none.sum(axis=2) - before).sum(axis=1)
        kept = waiting.sum(axis=1) / np.maximum(before.sum(axis=1), 1e-300)
        kept_late = (none - waiting).sum(axis=1) / np.maximum(others, 1e-300)
        self.none *= np.where(comes, kept[:, None], kept_late[:, None])[:, None, :]
