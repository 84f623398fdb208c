"""Parameters of behaviour, calibrated on a city to a family of evidence, and changed by name."""

import dataclasses
import math
import warnings
from html import escape
from typing import Any

import pandas as pd

from eum.behavior.parameters import Parameters as Behavior
from eum.calibration.anchoring import Inference, calibrated_choices
from eum.calibration.central import calibrated_family
from eum.calibration.expectation import infer_in_expectation
from eum.calibration.fitted import fitted_names
from eum.calibration.priors import CENTRAL, PROPENSITIES, STEPPED, ParameterDraw, drawn_parameters, source_of
from eum.city.build import City
from eum.city.data import CityData
from eum.city.roles import RUN_ROLE, WHAT_FOR
from eum.city.schema import near
from eum.dimensions import EVIDENCE
from eum.errors import CalibratedValueWarning, InputError

COMPILED, EXPECTED, REFERENCE = "compiled", "expected", "reference"
ENGINES = (COMPILED, EXPECTED, REFERENCE)
"""Engines that run a simulation: every purchase, in expectation, and one agent at a time to check by."""


def _role(package: CityData, name: str) -> str:
    """Return what calibration does with a parameter: fits it to the record, starts from it, implies it, or nothing."""
    if name in fitted_names(package):
        return "fitted"
    return "start" if name in STEPPED else "implied" if name in PROPENSITIES else RUN_ROLE


@dataclasses.dataclass(frozen=True, repr=False)
class Parameters:
    """The parameters of behaviour of one family of evidence, calibrated on a city: made by `eum.calibrate`.

    `parameters["mpc_other"]` is one value, `table()` all of them with units and sources.
    """

    values: Behavior
    """The values by name; shares are 0 to 1."""
    evidence: str
    """Family of evidence: survey, causal or iri2019."""
    seed: int
    """Seed of the city that they were calibrated on."""
    package: CityData
    """Data that they were calibrated on."""
    stated: dict[str, float]
    """What calibration aimed at: shares of card payments by class, as the evidence states them."""
    achieved: dict[str, float]
    """The same of the calibrated simulation."""
    changed: tuple[str, ...] = ()
    """Parameters set by hand after calibration."""

    def __getitem__(self, name: str) -> float:
        """Return one value. Raises InputError for an unknown name, with the nearest ones."""
        _require_names(self.package, [name])
        return float(getattr(self.values, name))

    def replace(self, **values: float) -> "Parameters":
        """Return these parameters with some values set by hand; calibration is not repeated.

        Args:
            **values: New values by name, in the unit that `table()` states.

        Returns:
            Other parameters of the same family of evidence. These stay as they are.

        Raises:
            InputError: An unknown name (with the nearest ones), or a value that is no finite number.

        Warns:
            CalibratedValueWarning: Calibration had set the value, so that payments by class are no longer those that
                the evidence states; or the record had, so that the card is no longer used as it was.

        Examples:
            >>> import eum
            >>> city = eum.City.load(scale=0.001, seed=1)
            >>> eum.calibrate(city, evidence="causal").replace(habit_share=0.8)["habit_share"]
            0.8
        """
        _require_names(self.package, list(values))
        for name, value in values.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise InputError(f"{name}: {value!r}: expected a finite number")
            role = _role(self.package, name)
            if role != RUN_ROLE:
                warnings.warn(_calibrated(name, role, self[name], value), CalibratedValueWarning, stacklevel=2)
        new = self.values._replace(**{name: float(value) for name, value in values.items()})
        changed = tuple(dict.fromkeys([*self.changed, *values]))
        return dataclasses.replace(self, values=new, changed=changed)

    def table(self) -> pd.DataFrame:
        """Return all parameters.

        Returns:
            Indexed by `parameter`: `value`; `unit` of it; `prior_low`, `prior_central` and `prior_high` (5th
            percentile, centre and 95th percentile of the prior); `posterior_low` and `posterior_high`, the same of its
            draws where it is fitted to the record (else not a number); `prior_dominated`, whether those are hardly
            closer together than the prior's; `role` ("run": as the data say, "fitted": the centre of the posterior,
            "start": calibration starts from it, "implied": calibration sets it, "by hand"); `confidence` (A to D, J
            for judgement) and `source`.

        Examples:
            >>> import eum
            >>> table = eum.calibrate(eum.City.load(scale=0.001), evidence="causal").table()
            >>> table.loc["mpc_other", ["unit", "role"]].tolist()
            ['share', 'implied']
        """
        rows = []
        for name, value in self.values._asdict().items():
            known = source_of(self.package, name)
            role = "by hand" if name in self.changed else _role(self.package, name)
            fitted = known.fitted
            posterior = (math.nan, math.nan, False) if fitted is None else fitted[1:]
            prior = (known.low90, known.central, known.high90)
            rows.append((name, value, known.unit, *prior, *posterior, role, known.confidence, known.source))
        columns = ["parameter", "value", "unit", "prior_low", "prior_central", "prior_high"]
        columns += ["posterior_low", "posterior_high", "prior_dominated", "role", "confidence", "source"]
        return pd.DataFrame(rows, columns=columns).set_index("parameter")

    def fit(self) -> pd.DataFrame:
        """Return how closely calibration met what it aimed at.

        Returns:
            Indexed by `target`: `stated` and `achieved`, shares of card payments.

        Examples:
            >>> import eum
            >>> eum.calibrate(eum.City.load(scale=0.001), evidence="causal").fit().columns.tolist()
            ['stated', 'achieved']
        """
        return pd.DataFrame({"stated": self.stated, "achieved": self.achieved}).rename_axis("target")

    def __repr__(self) -> str:
        """Return the family, the seed and what was set by hand, on one line."""
        by_hand = "".join(f", {name}={getattr(self.values, name):g}" for name in self.changed)
        return f"Parameters({self.evidence!r}, seed={self.seed}{by_hand})"

    def _repr_html_(self) -> str:
        shown = ["value", "unit", "prior_low", "prior_high", "posterior_low", "posterior_high", "role"]
        table = self.table()[shown].round(4)
        return f"<p><b>Parameters</b>, evidence {escape(self.evidence)}, seed {self.seed}</p>{table.to_html()}"


def _calibrated(name: str, role: str, set_to: float, value: float) -> str:
    lost = "the card is no longer used as the record says"
    if role != "fitted":
        lost = "payments by class are no longer those that the evidence states"
    return f"{name}: {value:g} in place of {set_to:g}, which is {role} in calibration ({WHAT_FOR[role]}): {lost}"


def _require_names(package: CityData, names: list[str]) -> None:
    """Raise InputError for a name that is no parameter of behaviour, and say where a row of the data is changed."""
    for name in names:
        if name in Behavior._fields:
            continue
        for file in ("priors", "assumptions"):
            if (package.tables[file]["parameter"] == name).any():
                row = f"no parameter of behaviour but a row of {file}.csv"
                raise InputError(f"{name}: {row}; expected it changed in a data folder, read by City.load(folder)")
        raise InputError(f"{name}: expected a parameter of behaviour{near(name, list(Behavior._fields))}")


def require_evidence(evidence: str) -> None:
    """Raise InputError for an unknown family of evidence."""
    if evidence not in EVIDENCE:
        raise InputError(f"evidence: {evidence!r}: expected one of {', '.join(EVIDENCE)}")


def calibrate(city: City, evidence: str, *, engine: str = COMPILED, own_size: bool = False) -> Parameters:
    """Calibrate the parameters of behaviour to a family of evidence on a city's data.

    How the card is taken up and used is the centre of the posterior given its record; card payments of July 2019 are
    then divided into replaced, diverted and new spending as the family states. It takes some seconds the first time and
    is kept in the cache folder.
    Families contradict each other; run them side by side and never average them.

    Args:
        city: The city: its data and its seed. By default the simulation is on the city of 1 % of the residents from
            the same data and seed, whatever the size of `city`, as all commands of `eum` do.
        evidence: "survey" (what users said), "causal" (what comparisons with others found), or "iri2019" (the
            accounting of the Incheon Institute of 2019, behind the 2.9).
        engine: "compiled", or "expected" to calibrate in expectation, as `eum compare --engine expected` does.
        own_size: Whether to calibrate on `city` itself (compiled only; not kept).

    Returns:
        The parameters, with what was stated and achieved (`fit()`).

    Raises:
        InputError: An unknown family or engine, or `own_size` in expectation.

    Examples:
        >>> import eum
        >>> eum.calibrate(eum.City.load(scale=0.001, seed=1), evidence="causal")
        Parameters('causal', seed=1)
    """
    require_evidence(evidence)
    if engine not in (COMPILED, EXPECTED):
        raise InputError(f"engine: {engine!r}: expected one of {COMPILED}, {EXPECTED}")
    if own_size and engine == EXPECTED:
        raise InputError(f"own_size: {own_size}: expected engine={COMPILED!r} with it")
    found = _inference(city, evidence, engine, own_size)
    parts: dict[str, Any] = {"stated": found.stated, "achieved": found.achieved}
    return Parameters(found.parameters, evidence, city.seed, city.package, **parts)


def _inference(city: City, evidence: str, engine: str, own_size: bool) -> Inference:
    if own_size:
        draw = ParameterDraw(evidence, CENTRAL, city.seed)
        return calibrated_choices(city, draw, drawn_parameters(city.package, draw))
    if engine == EXPECTED:
        return infer_in_expectation(city.package, evidence, city.seed)
    return calibrated_family(city.package, evidence, city.seed)
