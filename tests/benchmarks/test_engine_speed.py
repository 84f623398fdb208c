"""How long the engine takes: `make bench` prints it; no time is asserted."""

import datetime
import resource

import pytest

from sim.city.build import build_city
from sim.city.package import load_package
from sim.policy.files import load_policy
from sim.study.priors import CENTRE, Question, behaviour
from sim.study.worlds import Setting, run_worlds

HALF_YEAR = (datetime.date(2020, 1, 1), datetime.date(2020, 6, 30))


@pytest.mark.parametrize(("scale", "threads"), [(0.01, 1), (0.1, 2), (1.0, 2)])
def test_half_a_year_of_both_worlds(benchmark, scale: float, threads: int) -> None:  # type: ignore[no-untyped-def]
    package = load_package()
    city = build_city(package, scale, 1)
    parameters = behaviour(package, Question("causal", CENTRE, 1))
    setting = Setting([load_policy("none"), load_policy("incheon-2020-actual")], [(0, 1)], *HALF_YEAR)
    rounds = 1 if scale == 1.0 else 3
    tables = benchmark.pedantic(
        run_worlds, (city, parameters, setting, 1, threads), rounds=rounds, warmup_rounds=0 if scale == 1.0 else 1
    )
    benchmark.extra_info["persons"] = city.n_persons
    benchmark.extra_info["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    assert tables["classes"]["krw"].sum() == tables["spending"]["card_krw"].sum()
