"""The sampler against posteriors that are known, and its draws."""

import numpy as np
import pytest

from sim.fit.keyed import key_of, normals, uniforms
from sim.fit.sampler import Sampled, sample

SIZE = (4000, 6)


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

    @property
    def log_evidence(self) -> float:
        """Logarithm of the mean likelihood over the prior, for a likelihood of 1 where the fit is perfect."""
        spread = self.weights @ self.weights.T + self.noise**2 * np.eye(3)
        fit = -0.5 * self.seen @ np.linalg.solve(spread, self.seen)
        return float(fit - 0.5 * np.linalg.slogdet(spread / self.noise**2)[1])

    def log_likelihood(self, points: np.ndarray) -> np.ndarray:
        """float64[n]"""
        return -0.5 * (((self.seen - points @ self.weights.T) / self.noise) ** 2).sum(axis=1)


@pytest.fixture(scope="module")
def sampled() -> Sampled:
    """Return draws from the known posterior."""
    return sample(Linear().log_likelihood, 5, SIZE, 7)


def test_means_are_those_of_the_known_posterior(sampled: Sampled) -> None:
    sd = np.sqrt(np.diag(Linear().covariance))
    assert np.abs((sampled.points.mean(axis=0) - Linear().mean) / sd).max() < 0.06


def test_spreads_are_those_of_the_known_posterior(sampled: Sampled) -> None:
    sd = np.sqrt(np.diag(Linear().covariance))
    assert sampled.points.std(axis=0) / sd == pytest.approx(np.ones(5), abs=0.04)


def test_correlations_are_those_of_the_known_posterior(sampled: Sampled) -> None:
    sd = np.sqrt(np.diag(Linear().covariance))
    assert np.abs(np.corrcoef(sampled.points.T) - Linear().covariance / np.outer(sd, sd)).max() < 0.06


def test_the_evidence_is_that_of_the_known_posterior(sampled: Sampled) -> None:
    assert sampled.log_evidence == pytest.approx(Linear().log_evidence, abs=0.4)


def test_temperatures_rise_to_one(sampled: Sampled) -> None:
    assert list(sampled.temperatures) == sorted(sampled.temperatures)
    assert sampled.temperatures[-1] == 1.0
    assert len(sampled.temperatures) > 2


def test_a_curved_posterior_has_the_right_spread() -> None:
    """The square of a standard normal is seen as 4 with noise 0.5: two hills, at -2 and 2, of the same size."""
    points = sample(lambda z: -0.5 * ((z[:, 0] ** 2 - 4) / 0.5) ** 2, 2, SIZE, 3).points
    grid = np.linspace(-5, 5, 20001)
    density = np.exp(-0.5 * ((grid**2 - 4) / 0.5) ** 2 - 0.5 * grid**2)
    assert (points[:, 0] > 0).mean() == pytest.approx(0.5, abs=0.05)
    expected = (np.abs(grid) * density).sum() / density.sum()
    assert np.abs(points[:, 0]).mean() == pytest.approx(expected, abs=0.02)
    assert points[:, 1].std() == pytest.approx(1.0, abs=0.05), "what is not seen keeps its prior"


def test_without_information_the_prior_comes_out() -> None:
    sampled = sample(lambda z: np.zeros(len(z)), 3, SIZE, 5)
    assert sampled.temperatures == (1.0,)
    assert sampled.points.mean(axis=0) == pytest.approx(np.zeros(3), abs=0.06)
    assert sampled.points.std(axis=0) == pytest.approx(np.ones(3), abs=0.05)


def test_the_same_key_gives_the_same_bits_and_another_does_not() -> None:
    first, again, other = (sample(Linear().log_likelihood, 5, (200, 2), key).points for key in (7, 7, 8))
    assert (first == again).all() and (first != other).any()


def test_draws_are_independent_and_do_not_depend_on_how_many_are_asked_for() -> None:
    key = key_of(1, "anything")
    assert (normals(key, 100)[:40] == normals(key, 40)).all()
    assert (uniforms(key, 60, start=40) == uniforms(key, 100)[40:]).all()
    many = normals(key, 20000, 2)
    assert np.corrcoef(many.T)[0, 1] == pytest.approx(0, abs=0.03)
    assert many.std() == pytest.approx(1, abs=0.02)
    assert key_of(1, "a", 2) != key_of(1, "a", 3) != key_of(2, "a", 3)
