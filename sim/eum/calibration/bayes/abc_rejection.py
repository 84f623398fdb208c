"""The other method: keep the rows that look most like the observations, without an emulator.

Rejection (Beaumont, Zhang and Balding 2002, without their regression): each row of the design gets a draw of noise, and
the nearest tenth are the posterior.
"""

import numpy as np
from scipy import linalg

from eum.calibration.fit.rng_streams import normals

KEPT = 0.1
"""Part of the rows that is kept."""


def nearest(observed: np.ndarray, simulated: np.ndarray, noise: np.ndarray, key: int) -> np.ndarray:
    """Return the places of the rows nearest to what was observed (float64[f]), from the nearest on.

    `simulated` is float64[R, f]; distances are counted in standard deviations of the rows, independent combinations of
    the noise (float64[f, f]) first.
    """
    factor = np.linalg.cholesky(noise)
    noisy = simulated + normals(key, *simulated.shape) @ factor.T
    apart = linalg.solve_triangular(factor, (noisy - observed).T, lower=True)
    distance = (apart**2).sum(axis=0)
    return np.argsort(distance, kind="stable")[: max(2, round(KEPT * len(simulated)))]
