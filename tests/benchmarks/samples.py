"""What is biased in small samples of residents: totals of the city hold on average, figures of single shops do not.

Shops are all there at every scale, so a shop of a sample sees a few customers where the city's would see many: sales
scatter more between shops, more shops sell nothing, and chance decides more of who gains.
"""

import datetime
from typing import NamedTuple

import numpy as np

from eum.calibration.priors import CENTRAL, ParameterDraw, coefficients
from eum.city.build import build_city
from eum.city.data import load_city_data
from eum.engine.model import CityModel
from eum.engine.results import record
from eum.outcomes.attribution import CITY
from eum.outcomes.effects import effect_table
from tests.benchmarks.cases import POLICY, YEAR, model_of
from tests.benchmarks.timing import Figure, Say, figure, in_fresh_process

WORLDS = ("none", POLICY)

UNITS = {
    "card payments": "billion won",
    "net city sales per 100 won of fiscal cost": "won",
    "Gini of sales": "share",
    "Gini of card sales": "share",
    "shops without a sale": "%",
    "shops without a card sale": "%",
    "90/10 ratio of sales, shops with a sale": "times",
    "shops that gain": "%",
    "shops that lose": "%",
}
"""What is looked at: two totals of the city, then figures of single small shops with the policy."""


class Sample(NamedTuple):
    """A scale and the seeds under which it is run."""

    scale: float
    seeds: range

    @property
    def of(self) -> str:
        """The scale in words."""
        return f"{self.scale * 100:g} % of residents"


def gini(amounts: np.ndarray) -> float:
    """Return the Gini coefficient of amounts, none below zero: 0 where all are alike, near 1 where one has all."""
    ordered, n = np.sort(amounts).astype(float), len(amounts)
    return float(2 * (np.arange(1, n + 1) @ ordered) / (n * ordered.sum()) - (n + 1) / n)


def ratio_90_10(amounts: np.ndarray) -> float:
    """Return how many times the amount a tenth below the top is that a tenth above the bottom."""
    low, high = np.percentile(amounts, [10, 90])
    return float(high / low)


def shop_figures(sales: np.ndarray, card: np.ndarray, change: np.ndarray) -> dict[str, float]:
    """Return figures of single shops from their sales and card sales with the policy, and from what it changed."""
    return {
        "Gini of sales": gini(sales),
        "Gini of card sales": gini(card),
        "shops without a sale": 100 * float((sales == 0).mean()),
        "shops without a card sale": 100 * float((card == 0).mean()),
        "90/10 ratio of sales, shops with a sale": ratio_90_10(sales[sales > 0]),
        "shops that gain": 100 * float((change > 0).mean()),
        "shops that lose": 100 * float((change < 0).mean()),
    }


def city_figures(model: CityModel) -> dict[str, float]:
    """Return totals of the city at full size: card payments and the net gain in sales per 100 won of fiscal cost."""
    package, question = model.city.package, ParameterDraw("causal", CENTRAL, 1)
    rungs = effect_table(record(model), model.city.scale, (CITY,), coefficients(package, question, model.parameters))
    row = rungs[(rungs["rung"] == "net_city_sales") & (rungs["denominator"] == "fiscal_cost")].iloc[0]
    return {
        "card payments": float(row["payments_krw"]) / 1e9,
        "net city sales per 100 won of fiscal cost": 100 * float(row["ratio"]),
    }


def figures_of(scale: float, seed: int, days: int, threads: int) -> dict[str, float]:
    """Run a city of a seed without and with the policy and return what is looked at."""
    city = build_city(load_city_data(), scale, seed)
    period = (YEAR[0], YEAR[0] + datetime.timedelta(days=days - 1))
    model = model_of(city, WORLDS, period, n_threads=threads, seed=seed)
    while model.running:
        model.step()
    n, total = city.shops.n_small, model.total
    change = total.change_sales[1, :n]
    found = city_figures(model) | shop_figures(total.common_sales[:n] + change, total.card_sales[1, :n], change)
    model.forget()
    return found


def run_samples(sample: Sample, days: int, threads: int, say: Say) -> list[dict[str, float]]:
    """Return what is looked at under each seed of a sample."""
    found = []
    for seed in sample.seeds:
        say(f"{sample.of}, seed {seed} of {len(sample.seeds)}")
        found.append(figures_of(sample.scale, seed, days, threads))
    return found


def _note(values: list[float], largest: list[float], unit: str, days: int) -> str:
    mean, there = float(np.mean(values)), float(np.mean(largest))
    message = f"{days} days; mean {mean:.4g}"
    if len(values) > 1:
        message += f", standard deviation {np.std(values, ddof=1):.2g}"
    if values is largest:
        return message
    bias = f"{mean - there:+.1f} points" if unit == "%" else f"{100 * (mean / there - 1):+.1f} %"
    return f"{message}; {bias} from the largest scale"


def samples_figures(samples: list[Sample], days: int, threads: int, say: Say) -> list[Figure]:
    """Return each figure at every scale, one scale below the other; the last sample is the largest."""
    runs = [in_fresh_process(run_samples, say, sample=sample, days=days, threads=threads) for sample in samples]
    figures = []
    for name, unit in UNITS.items():
        by_scale = [[run[name] for run in found] for found in runs]
        for sample, values in zip(samples, by_scale, strict=True):
            figures.append(figure(name, sample.of, unit, values, _note(values, by_scale[-1], unit, days)))
    return figures
