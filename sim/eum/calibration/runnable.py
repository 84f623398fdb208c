"""Whether policies can be run over some days, found on the smallest city before any long work."""

from eum.calibration.fitted import POSTERIOR
from eum.calibration.priors import CENTRAL, ParameterDraw, drawn_parameters
from eum.city.build import SMALLEST_SCALE, build_city
from eum.city.data import CityData
from eum.dimensions import EVIDENCE
from eum.engine.expected.supported import require_supported
from eum.engine.fees import fee_rates
from eum.engine.scenarios import ScenarioSet, model_of


def require_runnable(
    package: CityData, setting: ScenarioSet, in_expectation: bool = False, source: str = POSTERIOR
) -> None:
    """Raise InputError where the days or policies of a setting cannot be run, without running them.

    The engine itself takes them up, on the smallest city: days without counts of members or fees, and announced
    changes of several policies that overlap are reported before any long work; `in_expectation` also clauses that
    expectation cannot simulate. `source` says where fitted parameters come from.
    """
    city = build_city(package, SMALLEST_SCALE, 1)
    parameters = drawn_parameters(package, ParameterDraw(EVIDENCE[0], CENTRAL, 1, source=source))
    model = model_of(city, parameters, setting, seed=1)
    fee_rates(model)
    model.forget()
    if in_expectation:
        for policy in setting.policies:
            require_supported(policy)
