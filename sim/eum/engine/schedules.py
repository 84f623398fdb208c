"""Which terms are new today, and which of the city's schedules of tiers hold where: trimmed to those in use, and
weighed by the sales of shops."""

import numpy as np

from eum.policy.timetable import DayTerms

_BY_SCHEDULE = ("tier_low_krw", "tier_high_krw", "tier_bp", "budget_city", "at_once", "most_per_payment_krw", "base_bp")


def are_unchanged(terms: list[DayTerms], before: list[DayTerms]) -> bool:
    """Return whether the terms of all worlds are those of the day before: a timetable gives the same object again."""
    return len(terms) == len(before) and all(new is old for new, old in zip(terms, before, strict=True))


def drop_unused_schedules(stacked: dict[str, np.ndarray]) -> None:
    """Leave out schedules, on the second axis, that no shop has in any world: people read all that there are."""
    n = int(stacked["schedule"].max()) + 1
    for name in _BY_SCHEDULE:
        stacked[name] = np.ascontiguousarray(stacked[name][:, :n])


def where_schedules_hold(schedule: np.ndarray, n: int, sales: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return `only_schedule`, `schedule_sales` and `plus_schedule_sales` of `Today` for int64[W, 90, 5] schedules.

    `n` is their number; `sales` holds int64[W, 90, 5] sales of ordinary and Plus shops by cell and sales band, and
    where every shop of every world has the same schedule nobody looks at them.
    """
    first = schedule[:, 0, 0]
    only = np.where((schedule == first[:, None, None]).all(axis=(1, 2)), first, -1)
    by_schedule = {
        name: _by_schedule(schedule, n, sales[column]) if (only < 0).any() else np.zeros((len(first), 90, n), np.int64)
        for name, column in (("schedule_sales", "ordinary_sales"), ("plus_schedule_sales", "plus_sales"))
    }
    return {"only_schedule": only, **by_schedule}


def _by_schedule(schedule: np.ndarray, n: int, sales: np.ndarray) -> np.ndarray:
    return np.stack([np.where(schedule == s, sales, 0).sum(axis=2) for s in range(n)], axis=2)
