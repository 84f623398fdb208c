"""A history whose figures are straight lines in the scores, so that its posterior is known; and a tiny definition."""

import datetime
from pathlib import Path

import numpy as np

from eum.calibration.fit.definition import FitDefinition, FitSize, load_fit
from eum.calibration.fit.discrepancy import layout_of, margin_sizes
from eum.calibration.fit.emulator import Emulator, Process
from eum.calibration.fit.learn import HistoryTargets, LearntHistory
from eum.calibration.fit.posterior import FittedHistory
from eum.calibration.fit.rng_streams import normals
from eum.calibration.fit.targets import LARGE_USERS, WHOLE_CITY, Target

N_SCORES = 3
SIZE = FitSize(scale=0.0005, n_runs=40, n_refined=0, n_particles=600, n_moves=2, n_kept=300, n_predicted=20, n_truths=4)


def tiny(end: datetime.date = datetime.date(2019, 8, 31), **size: object) -> FitDefinition:
    """Return the shipped fit with forty small runs to a day."""
    few = {**SIZE.model_dump(), "n_particles": 100, "n_moves": 1, "n_kept": 50, **size}
    return FitDefinition.model_validate({**load_fit("fit-history").model_dump(), "end": end, "size": few})


def tiny_file(folder: Path) -> Path:
    """Write that fit as a file and return it."""
    shipped = load_fit("fit-history")
    centre = "\n".join(f"{name} = {value}" for name, value in shipped.centre.items())
    size = "\n".join(f"{name} = {value}" for name, value in tiny().size.model_dump().items())
    text = f'name = "tiny"\ntitle_ko = "작은 적합"\ntitle_en = "A tiny fit"\nend = 2019-08-31\n[centre]\n{centre}\n'
    path = folder / "tiny.toml"
    path.write_text(f"{text}[size]\n{size}\n", encoding="utf-8")
    return path


def month_target(group: str, n: int, value: float = 0.0, scope: str = WHOLE_CITY, sd: float = 0.01) -> Target:
    """Return the figure of a whole month, `n` months after January 2019."""
    start = datetime.date(2019 + n // 12, n % 12 + 1, 1)
    end = (start + datetime.timedelta(days=31)).replace(day=1) - datetime.timedelta(days=1)
    return Target(group, group, scope, start, end, value, sd)


def months_of_city() -> tuple[Target, ...]:
    """Return two years of payments and members."""
    return tuple(month_target(group, n) for group in ("payments", "subscribers") for n in range(3, 27))


def margins() -> tuple[Target, ...]:
    """Return a year of two districts' shares."""
    return tuple(month_target("payments_in_district", n, scope=d) for d in ("seo", "jung") for n in range(18, 30))


def straight(values: np.ndarray | None = None) -> LearntHistory:
    """Return a history of straight lines with a little error of emulation; `values` (float64[m]) are published."""
    untargeted = month_target(LARGE_USERS, 5)._replace(metric="share_users_over_1m")
    targets = (*months_of_city(), *margins(), untargeted)
    m, n_city, n_seen = len(targets), len(months_of_city()), len(targets) - 1
    slopes = 0.2 * normals(99, N_SCORES, m)
    base = np.linspace(1.0, 2.0, m)
    if values is None:
        values = base + normals(98, N_SCORES) @ slopes + 0.05 * normals(97, m)
    targets = tuple(t._replace(value=float(v)) for t, v in zip(targets, values, strict=True))
    points = normals(96, 50, N_SCORES)
    simulated = base + points @ slopes + 0.01 * normals(95, 50, m)
    process = Process(tuple(range(m)), base, np.ones(m), np.vstack([np.zeros(m), slopes]), None, np.ones(N_SCORES),
                      np.zeros((1, N_SCORES)), np.zeros((1, m)))  # fmt: skip
    emulator = Emulator((process,), m, 1e-4 * np.eye(m), np.zeros((1, m)))
    layout = layout_of(targets, margin_sizes(targets, simulated))
    history = FittedHistory(targets, emulator, layout, N_SCORES, 1, SIZE)
    return LearntHistory(history, HistoryTargets(targets, n_city, n_seen, n_seen), simulated)
