"""Behaviour for tests of rules: fixed values that no fit moves, with only the older mechanisms at work."""

from eum.behavior.parameters import Parameters
from eum.calibration.priors import CENTRAL, ParameterDraw, drawn_parameters
from eum.city.data import CityData

PLAIN = {
    "usage_max_share": 0.55, "usage_rate_scale_percent": 2.55, "usage_memory_weight": 0.0, "adoption_p": 0.07,
    "adoption_q": 1.03, "potential_share": 0.262, "potential_odds_ratio_5pp": 1.53, "late_joining_per_month": 0.005,
    "late_limit_share": 1.0, "late_example": 0.0, "first_use_days": 0.0, "launch_attention": 0.0,
    "felt_rate_strength": 0.0, "dormancy_per_month": 0.06, "return_per_month": 0.11, "dormancy_hazard_ratio_5pp": 2.0,
    "cashback_use_share": 0.06, "cashback_use_growth": 0.0, "charge_days": 0.0, "grant_habit_share": 1.0,
    "growth_strength": 0.0, "plus_awareness_per_month": 0.02, "plus_imitation": 0.5,
}  # fmt: skip


def plain_behaviour(package: CityData) -> Parameters:
    """Return the centre of the evidence scenario `causal` with PLAIN in place of what is fitted."""
    return drawn_parameters(package, ParameterDraw("causal", CENTRAL, 1))._replace(**PLAIN)
