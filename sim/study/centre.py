"""The choices inferred at the centre of a family of evidence, kept between commands.

They depend on the data, the family, the seed, the code and its numerical parts alone, and take some seconds; most
commands need them. A file in the user's cache folder holds them under a hash of all that; deleting it costs those
seconds, never a result.
"""

import contextlib
import hashlib
import json
import os
from pathlib import Path

import numpy as np
import scipy

from sim.behavior.parameters import Parameters
from sim.city.build import build_city
from sim.city.package import Package
from sim.compiled import RESULT_ROOMS, cache_root, source_hash
from sim.study.inference import Inference, infer, policies_of_inference
from sim.study.priors import CENTRE, Question, behaviour

INFERENCE_SCALE = 0.01
"""Scale of the city on which the choice parameters of a family are inferred."""


def _file(package: Package, family: str, seed: int) -> Path:
    about = [package.hash, family, seed, INFERENCE_SCALE, source_hash(RESULT_ROOMS)]
    about += [np.__version__, scipy.__version__]
    about += [policy.hash for policy in policies_of_inference()]
    return cache_root() / "inferred" / f"{hashlib.sha256(repr(about).encode()).hexdigest()[:32]}.json"


def _read(file: Path) -> Inference | None:
    """Return what is kept, None where there is nothing or a file that another program has damaged."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return Inference(Parameters(**kept["parameters"]), kept["stated"], kept["achieved"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(file: Path, found: Inference) -> None:
    """Keep an inference; a cache folder that cannot be written costs time later and is no reason to stop."""
    kept = {**found._asdict(), "parameters": found.parameters._asdict()}
    partial = file.with_suffix(f".{os.getpid()}.partial")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(kept), encoding="utf-8")
        partial.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def infer_family(package: Package, family: str, seed: int) -> Inference:
    """Return the choice parameters at the centre of a family, inferred now or kept from before (the same bits)."""
    file = _file(package, family, seed)
    kept = _read(file)
    if kept is not None:
        return kept
    question = Question(family, CENTRE, seed)
    city = build_city(package, INFERENCE_SCALE, seed)
    found = infer(city, question, behaviour(package, question))
    _write(file, found)
    return found
