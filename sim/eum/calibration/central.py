"""The choices inferred for a family of evidence, at its centre or a draw, kept between commands.

They depend on the data, the family, the draw, the seed, the source of fitted parameters, the engine that simulates the
month, the code and its numerical parts alone, and take some seconds each; most commands need them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy

from eum.behavior.parameters import Parameters
from eum.calibration.anchoring import Inference, calibrated_choices, policies_of_inference
from eum.calibration.fitted import POSTERIOR
from eum.calibration.priors import CENTRAL, ParameterDraw, drawn_parameters
from eum.city.build import build_city
from eum.city.data import CityData
from eum.jit import RESULT_PACKAGES, source_hash
from eum.runner.cache import cache_file, cached_content, keep_content

INFERENCE_SCALE = 0.01
"""Scale of the city on which the choice parameters of a family are inferred, and of all that is worked out in
expectation without a scale of its own."""

CROWD, EXPECTATION = "crowd", "expectation"
"""Engines by which choices are inferred."""


def _inference_of(kept: Any) -> Inference | None:
    try:
        return Inference(Parameters(**kept["parameters"]), kept["stated"], kept["achieved"])
    except (KeyError, TypeError):
        return None


def kept_inference(package: CityData, draw: ParameterDraw, engine: str, found: Callable[[], Inference]) -> Inference:
    """Return the inference of a draw of a family by an engine, kept from before (the same bits), or found now."""
    about = [package.hash, draw.family, draw.draw, draw.seed, draw.source, engine, INFERENCE_SCALE]
    about += [source_hash(RESULT_PACKAGES), np.__version__, scipy.__version__]
    file = cache_file("inferred", about + [policy.hash for policy in policies_of_inference()])
    kept = _inference_of(cached_content(file))
    if kept is not None:
        return kept
    inference = found()
    keep_content(file, {**inference._asdict(), "parameters": inference.parameters._asdict()})
    return inference


def calibrated_family(package: CityData, family: str, seed: int, source: str = POSTERIOR) -> Inference:
    """Return the choice parameters at the centre of a family, inferred with the crowd now or kept from before.

    `source` says where fitted parameters come from (`eum.calibration.fitted.PARAMETER_SOURCES`).
    """
    draw = ParameterDraw(family, CENTRAL, seed, source=source)

    def found() -> Inference:
        return calibrated_choices(build_city(package, INFERENCE_SCALE, seed), draw, drawn_parameters(package, draw))

    return kept_inference(package, draw, CROWD, found)
