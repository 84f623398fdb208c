"""Ordinary days of a small city that the tests of the benchmarks share."""

import pytest

from tests.benchmarks.cases import Morning, morning


@pytest.fixture(scope="session")
def ordinary() -> Morning:
    """Return the morning of an ordinary day in May: three worlds, 26,000 residents, plain behaviour."""
    return morning(0.01, ("none", "incheon-2020-actual", "gyeyang-2020-actual"), n_days_before=6, lively=True)
