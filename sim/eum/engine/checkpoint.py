"""Where people stood in the morning, kept so that a day on which a budget runs out can be run again."""

import numpy as np

from eum.engine.state import State

_LIVED = ("card", "month_to_date_krw", "balance_krw", "grant_krw", "own_krw", "remembered_ppm", "has_paid")
"""Columns of the state that the day writes."""


def copy_persons(source: State, target: State, span: tuple[int, int]) -> None:
    """Copy what the day writes from one state to another, for the persons of a span (first, the one after the last).

    The first world has no policy and nothing to write.
    """
    first, end = span
    for name in _LIVED:
        np.copyto(getattr(target, name)[1:, first:end], getattr(source, name)[1:, first:end])
