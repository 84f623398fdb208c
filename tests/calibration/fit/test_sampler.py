"""The sampler against posteriors that are known, and its draws."""

import numpy as np
import pytest

from eum.calibration.fit.rng_streams import normals, stream_key, uniforms
from eum.calibration.fit.sampler import Sampled, sample

N, N_MOVES = 4000, 6
NOTHING = np.empty((N, 0))


class Linear:
    """Observations that are sums of five standard normals and noise: the posterior is a known normal."""

    weights = np.array([[2.0, 1.0, 0.0, 0.0, 0.0], [0.0, 1.0, -1.0, 0.5, 0.0], [0.0, 0.0, 3.0, 0.0, 0.0]])
    seen, noise = np.array([1.0, -2.0, 0.5]), 0.1

    @property
    def covariance(self) -> np.ndarray:
        """float64[5, 5] of the posterior."""
        return np.linalg.inv(np.eye(5) + self.weights.T @ self.weights / self.noise**2)

    @property
    def mean(self) -> np.ndarray:
        """float64[5] of the posterior."""
        return self.covariance @ self.weights.T @ self.seen / self.noise**2

    def log_likelihood(self, points: np.ndarray) -> np.ndarray:
        """float64[n]"""
        return -0.5 * (((self.seen - points @ self.weights.T) / self.noise) ** 2).sum(axis=1)


@pytest.fixture(scope="module")
def sampled() -> Sampled:
    """Return draws from the known posterior."""
    return sample(Linear().log_likelihood, NOTHING, 5, N_MOVES, 7)


def test_means_are_those_of_the_known_posterior(sampled: Sampled) -> None:
    sd = np.sqrt(np.diag(Linear().covariance))
    assert np.abs((sampled.points.mean(axis=0) - Linear().mean) / sd).max() < 0.06


def test_spreads_are_those_of_the_known_posterior(sampled: Sampled) -> None:
    sd = np.sqrt(np.diag(Linear().covariance))
    assert sampled.points.std(axis=0) / sd == pytest.approx(np.ones(5), abs=0.04)


def test_correlations_are_those_of_the_known_posterior(sampled: Sampled) -> None:
    sd = np.sqrt(np.diag(Linear().covariance))
    assert np.abs(np.corrcoef(sampled.points.T) - Linear().covariance / np.outer(sd, sd)).max() < 0.06


def test_temperatures_rise_to_one(sampled: Sampled) -> None:
    assert list(sampled.temperatures) == sorted(sampled.temperatures)
    assert sampled.temperatures[-1] == 1.0
    assert len(sampled.temperatures) > 2


def test_a_curved_posterior_has_the_right_spread() -> None:
    """The square of a standard normal is seen as 4 with noise 0.5: two hills, at -2 and 2, of the same size."""
    points = sample(lambda z: -0.5 * ((z[:, 0] ** 2 - 4) / 0.5) ** 2, NOTHING, 2, N_MOVES, 3).points
    grid = np.linspace(-5, 5, 20001)
    density = np.exp(-0.5 * ((grid**2 - 4) / 0.5) ** 2 - 0.5 * grid**2)
    assert (points[:, 0] > 0).mean() == pytest.approx(0.5, abs=0.05)
    expected = (np.abs(grid) * density).sum() / density.sum()
    assert np.abs(points[:, 0]).mean() == pytest.approx(expected, abs=0.02)
    assert points[:, 1].std() == pytest.approx(1.0, abs=0.05), "what is not seen keeps its prior"


def test_without_information_the_prior_comes_out() -> None:
    sampled = sample(lambda z: np.zeros(len(z)), NOTHING, 3, N_MOVES, 5)
    assert sampled.points.mean(axis=0) == pytest.approx(np.zeros(3), abs=0.06)
    assert sampled.points.std(axis=0) == pytest.approx(np.ones(3), abs=0.05)


def test_few_particles_in_many_dimensions_keep_their_spread() -> None:
    """Particles that moved by a normal of their own would have lost 4 percent of it."""
    points = sample(lambda z: np.zeros(len(z)), np.empty((600, 0)), 27, 3, 5).points
    assert points.std(axis=0).mean() == pytest.approx(1, abs=0.02)


def test_what_is_given_keeps_its_distribution_and_the_rest_follows_it() -> None:
    """The last two of five normals are given: at each of their values the others have a known posterior."""
    given = normals(stream_key(1, "given"), N, 2)
    points = sample(Linear().log_likelihood, given, 3, N_MOVES, 9).points
    assert (points[:, 3:] == given).all()
    seen, told = Linear.weights[:, :3], Linear.weights[:, 3:]
    covariance = np.linalg.inv(np.eye(3) + seen.T @ seen / Linear.noise**2)
    means = (Linear.seen - given @ told.T) @ seen @ covariance / Linear.noise**2
    apart = (points[:, :3] - means) / np.sqrt(np.diag(covariance))
    assert apart.mean(axis=0) == pytest.approx(np.zeros(3), abs=0.06)
    assert apart.std(axis=0) == pytest.approx(np.ones(3), abs=0.04)
    assert np.abs(np.corrcoef(apart.T, given.T)[:3, 3:]).max() < 0.06, "nothing of what is given is left over"


def test_the_same_key_gives_the_same_bits_and_another_does_not() -> None:
    first, again, other = (sample(Linear().log_likelihood, NOTHING[:200], 5, 2, key).points for key in (7, 7, 8))
    assert (first == again).all() and (first != other).any()


def test_draws_are_independent_and_do_not_depend_on_how_many_are_requested() -> None:
    key = stream_key(1, "anything")
    assert (normals(key, 100)[:40] == normals(key, 40)).all()
    assert (uniforms(key, 60, start=40) == uniforms(key, 100)[40:]).all()
    many = normals(key, 20000, 2)
    assert np.corrcoef(many.T)[0, 1] == pytest.approx(0, abs=0.03)
    assert many.std() == pytest.approx(1, abs=0.02)
    assert stream_key(1, "a", 2) != stream_key(1, "a", 3) != stream_key(2, "a", 3)
