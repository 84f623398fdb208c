"""Independent draws of a fit, each a function of what it is for and its place."""

import hashlib

import numpy as np
from scipy import special

from eum import rng


def stream_key(seed: int, *what: object) -> int:
    """Return the key of draws for something named by words and numbers, under a seed."""
    text = " ".join(map(str, (seed, *what)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big")


def uniforms(key: int, *shape: int, start: int = 0) -> np.ndarray:
    """Return float64[shape] in (0, 1): independent draws under a key, from the place `start` on."""
    n = int(np.prod(shape))
    bits = rng.lifetime_draws(key, start, n, rng.FIT)
    return ((bits >> np.uint64(11)).astype(float) + 0.5).reshape(shape) * 2.0**-53


def normals(key: int, *shape: int, start: int = 0) -> np.ndarray:
    """Return float64[shape] of independent standard normals under a key, from the place `start` on."""
    return special.ndtri(uniforms(key, *shape, start=start))
