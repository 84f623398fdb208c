"""How many purchases a day has: weekday, season and, where assumed, a shock from outside."""

from eum.jit import compiled


@compiled
def day_factor(
    weekday_factor: float, month_factor: float, season_strength: float, shock_index: float, shock_strength: float
) -> float:
    """Return purchases on a day relative to an average day.

    (weekday * month) ** season_strength * shock_index ** shock_strength. A strength of zero switches its part off;
    the shock index is an assumption (1.0: an ordinary month) and off unless a study asks for it.
    >>> day_factor(1.12, 1.0, 1.0, 0.9, 0.0)
    1.12
    """
    return (weekday_factor * month_factor) ** season_strength * shock_index**shock_strength
