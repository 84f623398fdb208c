"""A question put to the model: which policies, on which city, over which days; and the ways to run it."""

import contextlib
import datetime
import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.progress import Progress

from eum.analysis.experiments.run import RunConfig
from eum.api.parameters import COMPILED, ENGINES, EXPECTED, REFERENCE, Parameters, calibrate, require_evidence
from eum.api.results import Results
from eum.api.run_folder import Contents, Record
from eum.behavior.parameters import Parameters as Behavior
from eum.calibration.carried_start import start_of
from eum.calibration.expectation import Expected
from eum.calibration.mechanisms import require_mechanisms, without_mechanisms
from eum.calibration.priors import CENTRAL, ParameterDraw, coefficients
from eum.city.build import City, build_city
from eum.city.data import CityData
from eum.dimensions import EVIDENCE
from eum.engine.expected.results import record_worlds
from eum.engine.reference.run import run_worlds_by_agents
from eum.engine.scenarios import ScenarioSet, run_worlds
from eum.errors import InputError
from eum.outcomes.effects import Coefficients
from eum.policy.files import load_policy
from eum.policy.model import Policy

MOST_REFERENCE_AGENTS = 20_000
"""Residents, visitors and shops up to which the reference, one agent at a time, is run."""

DayLike = str | datetime.date
Evidence = Parameters | str


class Side(NamedTuple):
    """One family of evidence, ready to run."""

    evidence: str
    parameters: Behavior
    coefficients: Coefficients


class Simulation:
    """Policies on a city over some days, beside the counterfactual without any policy.

    All policies share the city and every draw with the counterfactual (common random numbers), so that a difference
    between two of them is known far better than either. Seed and scale are those of the city.
    """

    def __init__(
        self,
        city: City,
        policies: Policy | str | Sequence[Policy | str],
        parameters: Evidence | Sequence[Evidence],
        *,
        start: DayLike,
        end: DayLike,
        baseline: Policy | str | None = None,
        without: Sequence[str] = (),
    ) -> None:
        """Check the request; nothing is run yet.

        Args:
            city: The city, with its seed and scale.
            policies: One or several policies, or their names; each under a name of its own.
            parameters: Parameters calibrated on this city's data and seed, or a family of evidence ("survey", "causal",
                "iri2019") to calibrate to; or several of them, each family once, which results show side by side.
            start: First day, as "2020-03-16" or a date.
            end: Last day, which is simulated too.
            baseline: Policy that results are compared with beside the counterfactual; it is run as well. By default
                there is none but the counterfactual.
            without: Mechanisms of the model to switch off.

        Raises:
            InputError: Anything that cannot be run, on one line.

        Examples:
            >>> import eum
            >>> city = eum.City.load(scale=0.001, seed=1)
            >>> eum.Simulation(city, "gyeyang-2020-actual", "causal", start="2020-03-16", end="2020-03-18")
            Simulation(none, gyeyang-2020-actual; causal; 2020-03-16 to 2020-03-18; scale 0.001, seed 1)
        """
        self.city = city
        self.baseline = _policy(baseline) if baseline is not None else load_policy("none")
        requested = [policies] if isinstance(policies, Policy | str) else list(policies)
        self.policies = _scenarios([_policy(policy) for policy in requested], self.baseline)
        """The counterfactual without any policy first, then each policy."""
        self.start, self.end = _day("start", start), _day("end", end)
        if self.end < self.start:
            raise InputError(f"end: {self.end}: expected the last day after the first ({self.start}), or the same")
        given = [parameters] if isinstance(parameters, Parameters | str) else list(parameters)
        self.parameters: list[Evidence] = _sides(city, given)
        self.without = tuple(without)
        require_mechanisms(self.without)

    def __repr__(self) -> str:
        """Return policies, evidence, days, scale and seed on one line."""
        names, sides = ", ".join(p.name for p in self.policies), ", ".join(map(_family, self.parameters))
        size = f"scale {self.city.scale:g}, seed {self.city.seed}"
        return f"Simulation({names}; {sides}; {self.start} to {self.end}; {size})"

    @property
    def n_days(self) -> int:
        """Days that are simulated."""
        return (self.end - self.start).days + 1

    def run(
        self,
        replicates: int = 1,
        *,
        engine: str = COMPILED,
        threads: int | None = None,
        progress: bool | Progress | None = None,
    ) -> Results:
        """Run all policies and the counterfactual.

        Args:
            replicates: Runs on cities and draws of the city's seed and those that follow it; two or more give
                intervals of the mean (Monte Carlo error). Parameters are calibrated once, on the city's own seed.
            engine: "compiled" simulates every purchase. "expected" works out expected values in less time, without
                draws or intervals; `eum compare --engine expected` prints its measured error. "reference" is the
                compiled engine's check, one agent at a time, for up to 20,000 residents, visitors and shops (see
                `shop_scale` of `City.load`).
            threads: Threads of the compiled engine, by default one for each core; results do not depend on it.
            progress: True shows a bar; a `rich.progress.Progress` of your own is used as it is.

        Returns:
            The results, in won of the whole city.

        Raises:
            InputError: An engine, number or size that cannot be run, or a policy that the engine does not know.

        Examples:
            >>> import eum
            >>> city = eum.City.load(scale=0.001, seed=1)
            >>> simulation = eum.Simulation(city, "incheon-2020-actual", "causal", start="2020-03-16", end="2020-03-17")
            >>> simulation.run(replicates=2)
            Results(incheon-2020-actual; causal; 2020-03-16 to 2020-03-17; 2 compiled runs)
        """
        _require_run(self.city, replicates, engine)
        package = without_mechanisms(self.city.package, self.without)[0]
        with _shown(progress) as bar:
            sides = self._calibrated(package, engine, bar)
            task = bar.add_task(f"Running {len(self.policies)} scenarios by day", total=None)
            total = 1 if engine == EXPECTED else self.n_days
            bar.update(task, total=total * replicates * len(sides))
            records = []
            for i in range(replicates):
                city = self._city(package, i)
                for side in sides:
                    records.append(self._record(city, side, engine, threads or os.cpu_count() or 1, bar, task))
        found = {side.evidence: side.coefficients for side in sides}
        values = {side.evidence: side.parameters for side in sides}
        policies = {policy.name: policy.hash for policy in self.policies}
        return Results(Contents(self._request(), policies, package.hash, values, found, records, engine))

    def _calibrated(self, package: CityData, engine: str, bar: Progress) -> list[Side]:
        """Return parameters and coefficients of every family, mechanisms switched off."""
        off, sides = without_mechanisms(self.city.package, self.without)[1], []
        task = bar.add_task("Calibrating", total=len(self.parameters))
        for given in self.parameters:
            if isinstance(given, str):
                given = calibrate(self.city, given, engine=EXPECTED if engine == EXPECTED else COMPILED)
            values, draw = off(given.values), ParameterDraw(given.evidence, CENTRAL, self.city.seed)
            sides.append(Side(given.evidence, values, coefficients(package, draw, values)))
            bar.advance(task)
        return sides

    def _city(self, package: CityData, replicate: int) -> City:
        """Return the city of a replicate: its own seed, the same data and scales."""
        city = self.city
        if replicate == 0 and package is city.package:
            return city
        return build_city(package, city.scale, city.seed + replicate, city.shop_scale)

    def _record(self, city: City, side: Side, engine: str, threads: int, bar: Progress, task: object) -> Record:
        """Run all policies on one city in one family of evidence."""

        def on_day() -> None:
            bar.advance(task)  # type: ignore[arg-type]

        replicate = city.seed - self.city.seed
        start = start_of(city, side.parameters, self.start, threads)
        if engine == EXPECTED:
            expected = Expected(city, side.parameters, side.coefficients, (self.start, self.end), start)
            worlds = [expected.simulated(policy) for policy in self.policies]
            on_day()
            outcomes = [expected.outcome(world) for world in worlds[1:]]
            return Record(side.evidence, replicate, record_worlds(worlds), outcomes)
        pairs = [(0, i) for i in range(1, len(self.policies))]
        setting = ScenarioSet(self.policies, pairs, self.start, self.end)
        if engine == REFERENCE:
            tables = run_worlds_by_agents(city, side.parameters, setting, city.seed, on_day, start_state=start)
        else:
            tables = run_worlds(city, side.parameters, setting, city.seed, threads, on_day, start_state=start)
        return Record(side.evidence, replicate, tables, None)

    def _request(self) -> RunConfig:
        """Return the same question as the command `eum run` asks it."""
        sides = [_family(given) for given in self.parameters]
        family = "all" if sides == list(EVIDENCE) else ",".join(sides)
        names = [policy.name for policy in self.policies if not policy.is_empty]
        relative_to = "" if self.baseline.is_empty else self.baseline.name
        where = (self.city.scale, self.city.seed, self.start, self.end)
        return RunConfig(names, family, *where, self.without, relative_to=relative_to)


def compare(
    city: City,
    policies: Sequence[Policy | str],
    parameters: Evidence | Sequence[Evidence],
    *,
    start: DayLike,
    end: DayLike,
    relative_to: Policy | str | None = None,
    replicates: int = 1,
    engine: str = COMPILED,
) -> Results:
    """Run policies side by side and compare them with the first of them, or with another one.

    The difference between two policies is taken within each replicate, on the same city and draws, before its mean and
    interval: what the *additional* money does is known far better than what either policy does.

    Args:
        city: The city, with its seed and scale.
        policies: Two or more policies, or their names.
        parameters: Parameters or families of evidence, as in `Simulation`.
        start: First day.
        end: Last day.
        relative_to: The policy that the others are compared with; by default the first.
        replicates: Runs on seeds that follow each other.
        engine: As in `Simulation.run`.

    Returns:
        Results whose tables begin with the differences; those against no policy at all follow.

    Raises:
        InputError: As `Simulation` and `Simulation.run`, and for a single policy.

    Examples:
        >>> import eum
        >>> city, names = eum.City.load(scale=0.001, seed=1), ["incheon-2020-actual", "gyeyang-2020-actual"]
        >>> results = eum.compare(city, names, "causal", start="2020-03-16", end="2020-03-18")
        >>> results.costs()[["policy", "relative_to"]].drop_duplicates().values.tolist()[0]
        ['gyeyang-2020-actual', 'incheon-2020-actual']
    """
    requested = [_policy(policy) for policy in policies]
    if len({policy.name for policy in requested}) + (relative_to is not None) < 2:
        raise InputError(f"policies: {', '.join(p.name for p in requested)}: expected two or more to compare")
    baseline = requested[0] if relative_to is None else relative_to
    return Simulation(city, requested, parameters, start=start, end=end, baseline=baseline).run(
        replicates, engine=engine
    )


def _policy(given: Policy | str) -> Policy:
    return given if isinstance(given, Policy) else load_policy(given)


def _scenarios(requested: list[Policy], baseline: Policy) -> list[Policy]:
    """Return the policy without any programme, then the others; the baseline before those requested if it is none of
    them."""
    policies = [policy for policy in requested if policy.name != "none" or not policy.is_empty]
    if not policies:
        raise InputError("policies: none: expected one beside none, which every simulation has")
    for i, policy in enumerate(policies):
        if policy.name == "none" or policy.name in [other.name for other in policies[:i]]:
            raise InputError(f"policies: {policy.name!r} stands twice; expected each under a name of its own")
    same = [policy for policy in policies if policy.name == baseline.name]
    if same and same[0].hash != baseline.hash:
        raise InputError(f"baseline: {baseline.name!r} is another policy of that name; expected a name of its own")
    return [load_policy("none"), *([] if baseline.is_empty or same else [baseline]), *policies]


def _day(name: str, day: DayLike) -> datetime.date:
    """Return a date given as text or a date. Raises InputError for anything else."""
    if isinstance(day, datetime.datetime):
        return day.date()
    if isinstance(day, datetime.date):
        return day
    try:
        return datetime.date.fromisoformat(day)
    except (TypeError, ValueError):
        raise InputError(f"{name}: {day!r}: expected a day like 2020-03-16") from None


def _family(given: Evidence) -> str:
    return given if isinstance(given, str) else given.evidence


def _sides(city: City, given: list[Evidence]) -> list[Evidence]:
    """Return the parameters or families requested; raises InputError unless they belong to the city."""
    if not given:
        raise InputError("parameters: nothing: expected parameters, or a family of evidence")
    for i, side in enumerate(given):
        family = _family(side)
        require_evidence(family)
        if family in map(_family, given[:i]):
            raise InputError(f"parameters: {family} stands twice; expected each family once (two simulations, else)")
        if isinstance(side, str):
            continue
        if side.seed != city.seed:
            raise InputError(f"parameters: calibrated with seed {side.seed}; expected that of the city, {city.seed}")
        if side.package.hash != city.package.hash:
            raise InputError("parameters: calibrated on other data; expected those of the city")
    return given


def _require_run(city: City, replicates: int, engine: str) -> None:
    if engine not in ENGINES:
        raise InputError(f"engine: {engine!r}: expected one of {', '.join(ENGINES)}")
    if isinstance(replicates, bool) or not isinstance(replicates, int) or replicates < 1:
        raise InputError(f"replicates: {replicates!r}: expected a whole number of 1 or more")
    if engine == EXPECTED and replicates > 1:
        raise InputError(f"replicates: {replicates}: expected 1 with engine={EXPECTED!r}, where nothing is drawn")
    n_agents = city.n_persons + len(city.shops.cell)
    if engine == REFERENCE and n_agents > MOST_REFERENCE_AGENTS:
        most = f"at most {MOST_REFERENCE_AGENTS:,}, one agent at a time, as City.load(scale=0.002, shop_scale=0.01) has"
        raise InputError(f"engine={REFERENCE!r}: {n_agents:,} residents, visitors and shops; expected {most}")


@contextlib.contextmanager
def _shown(progress: bool | Progress | None) -> Iterator[Progress]:
    """Give the progress display requested: the caller's, one of our own, or one that shows nothing."""
    if isinstance(progress, Progress):
        yield progress
        return
    with Progress(disable=not progress) as own:
        yield own
