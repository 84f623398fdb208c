"""Those without a card by the turn at which they join: who of them would at today's rate."""

import numpy as np

from eum.city.spending import N_LEVELS
from eum.dimensions import N_ORIGINS

N_TURNS = 1024
"""Steps of a turn, from nobody to every resident holding the card; nobody joins at a later turn."""


def count_by_turn(home: np.ndarray, level: np.ndarray, turn: np.ndarray, levels_together: int) -> np.ndarray:
    """Return float64[12, L, 1025]: persons by home, level of a cell and step of their turn."""
    step = np.minimum(turn * N_TURNS, N_TURNS).astype(np.int64)
    n_levels = N_LEVELS // levels_together
    cell = (home.astype(np.int64) * n_levels + level // levels_together) * (N_TURNS + 1) + step
    size = (N_ORIGINS, n_levels, N_TURNS + 1)
    return np.bincount(cell, minlength=int(np.prod(size))).reshape(size).astype(float)


class AdoptionQueue:
    """Persons without a card by home, level and turn, brought up to date whenever the rate offered changes.

    In between, all who would join have one hazard a home and all others another, so two numbers a cell say all.
    """

    def __init__(self, none: np.ndarray, late_limit_share: float = 1.0) -> None:
        self.none = none.copy()
        """float64[12, L, 1025]"""
        self.late_limit = late_limit_share if late_limit_share < 1.0 else np.inf
        """Turn from which on nobody joins late."""
        self.potential = np.zeros(N_ORIGINS)

    @property
    def _middle(self) -> np.ndarray:
        middle = (np.arange(N_TURNS + 1) + 0.5) / N_TURNS
        middle[-1] = np.inf
        return middle

    @property
    def _comes(self) -> np.ndarray:
        return self._middle[None, :] < self.potential[:, None]

    @property
    def _never(self) -> np.ndarray:
        behind = np.isfinite(self.late_limit) & (self._middle >= self.late_limit)
        return ~self._comes & behind[None, :]

    def closed(self) -> np.ndarray:
        """Return float64[12, L]: persons without a card who would not join at the rate offered, and never late."""
        return np.einsum("hlt,ht->hl", self.none, self._never.astype(float))

    def waiting(self) -> np.ndarray:
        """Return float64[12, L]: persons without a card who would join at the rate offered."""
        return np.einsum("hlt,ht->hl", self.none, self._comes.astype(float))

    def thin(self, waiting: np.ndarray, none: np.ndarray) -> None:
        """Take out those who have joined: `waiting` and `none` (float64[12, L]) are those left of who would join, and
        of all without a card."""
        comes, before, closed = self._comes, self.waiting(), self.closed()
        others = (self.none.sum(axis=2) - before - closed).sum(axis=1)
        kept = waiting.sum(axis=1) / np.maximum(before.sum(axis=1), 1e-300)
        kept_late = (none - waiting - closed).sum(axis=1) / np.maximum(others, 1e-300)
        kept_others = np.where(self._never, 1.0, kept_late[:, None])
        self.none *= np.where(comes, kept[:, None], kept_others)[:, None, :]
