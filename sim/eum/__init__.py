"""eum: an open simulator of city local-currency policy.

    import eum

    city = eum.City.load(scale=0.01, seed=1)
    simulation = eum.Simulation(city, "gyeyang-2020-actual", "causal", start="2020-03-16", end="2020-06-30")
    simulation.run(replicates=5).effects()

What `__all__` names is the public interface. A name is imported when it is first used, so that `import eum` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eum.api.parameters import Parameters, calibrate
    from eum.api.results import Results
    from eum.api.simulation import Simulation, compare
    from eum.calibration.mechanisms import MECHANISMS
    from eum.city.build import City
    from eum.city.data import check_city
    from eum.dimensions import DISTRICTS, EFFECTS, EVIDENCE, SECTORS
    from eum.errors import CalibratedValueWarning, InputError, UnreadValueWarning
    from eum.output.report.render_figure import set_house_style
    from eum.policy.files import check_policy, list_policies, load_policy
    from eum.policy.model import Policy

__version__ = "0.2.0"

__all__ = [
    "DISTRICTS",
    "EFFECTS",
    "EVIDENCE",
    "MECHANISMS",
    "SECTORS",
    "CalibratedValueWarning",
    "City",
    "InputError",
    "Parameters",
    "Policy",
    "Results",
    "Simulation",
    "UnreadValueWarning",
    "__version__",
    "calibrate",
    "check_city",
    "check_policy",
    "compare",
    "list_policies",
    "load_policy",
    "set_house_style",
]

_HOMES = {
    "api.parameters": ("Parameters", "calibrate"),
    "api.results": ("Results",),
    "api.simulation": ("Simulation", "compare"),
    "calibration.mechanisms": ("MECHANISMS",),
    "city.build": ("City",),
    "city.data": ("check_city",),
    "dimensions": ("DISTRICTS", "EFFECTS", "EVIDENCE", "SECTORS"),
    "errors": ("CalibratedValueWarning", "InputError", "UnreadValueWarning"),
    "output.report.render_figure": ("set_house_style",),
    "policy.files": ("check_policy", "list_policies", "load_policy"),
    "policy.model": ("Policy",),
}
"""Module that defines each public name."""
_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'eum' has no attribute {name!r}")
    value = getattr(import_module(f"eum.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, for completion, and those that Python gives every module."""
    return sorted({*globals(), *__all__})
