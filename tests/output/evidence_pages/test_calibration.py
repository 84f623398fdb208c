"""The pages of a fit: failures are as plain as successes, the same table gives the same bytes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eum.analysis.forecasts.registered import QUANTILES
from eum.analysis.validation.out_of_sample.fit_forecasts import FORECAST_ROW
from eum.analysis.validation.out_of_sample.scores import validation_scores
from eum.output.evidence_pages.calibration import write_parameters, write_recovery, write_validation

Z = np.array([-1.645, -0.674, 0.0, 0.674, 1.645])


def certificate() -> pd.DataFrame:
    """Return a certificate: a parameter that holds, one that does not, one that data do not move, a headline."""
    about = {"n_truths": 120, "held_50": 0.5, "held_90_low": 0.86, "held_90_high": 0.94, "chi2_of_ranks": 9.0,
             **{f"tenth_{i}": 12 for i in range(1, 11)}}  # fmt: skip
    rows = [
        {"kind": "parameter", "name": "adoption_p", "sd_left": 0.3, "called": "moved", "held_90": 0.9, "holds": "yes"},
        {"kind": "parameter", "name": "adoption_q", "sd_left": 0.4, "called": "moved", "held_90": 0.79, "holds": "no"},
        {"kind": "parameter", "name": "charge_days", "sd_left": 1.0, "called": "prior-dominated", "held_90": 0.9,
         "holds": "yes"},
        {"kind": "headline", "name": "payments 2022-05", "sd_left": np.nan, "called": "", "held_90": 0.9,
         "holds": "yes"},
    ]  # fmt: skip
    return pd.DataFrame([{**about, **row} for row in rows])


def parameters() -> pd.DataFrame:
    """Return a parameter that data moved and the size of a discrepancy that they did not."""
    about = {"unit": "share", "prior_low": 0.02, "prior_median": 0.04, "prior_high": 0.08}
    rows = [{"kind": "parameter", "name": "adoption_p", "low": 0.03, "median": 0.035, "high": 0.04, "called": "moved"},
            {"kind": "discrepancy", "name": "users", "low": 0.02, "median": 0.04, "high": 0.9,
             "called": "prior-dominated"}]  # fmt: skip
    return pd.DataFrame([{**about, **row} for row in rows])


def forecasts() -> pd.DataFrame:
    """Return forecasts of twenty months: members are met, payments are missed and a benchmark meets them."""
    ends = pd.date_range("2020-01-31", periods=20, freq="ME").strftime("%Y-%m-%d")
    found = []
    noise = np.where(np.arange(20) % 2, 0.05, -0.05)
    for test, group, rule, centre in (
        ("untargeted", "large_users", "model", noise),
        ("origin 2019-12-31", "payments", "model", 1 + noise),
        ("origin 2019-12-31", "payments", "last value", noise),
        ("origin 2019-12-31", "subscribers", "model", noise),
        ("origin 2019-12-31", "subscribers", "last value", 1 + noise),
        ("block", "payments", "model", noise),
    ):
        about = {"test": test, "block": "", "rule": rule, "group": group, "metric": group, "scope": "incheon"}
        rows = pd.DataFrame({**about, "period_start": ends, "period_end": ends, "observed": 0.0})
        rows[QUANTILES] = centre[:, None] + 0.04 * Z
        found.append(rows[FORECAST_ROW])
    return pd.concat(found, ignore_index=True)


def written(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_parameter_that_fails_its_certificate_is_named(tmp_path: Path) -> None:
    write_recovery(tmp_path, certificate())
    page = (tmp_path / "recovery.md").read_text(encoding="utf-8")
    assert "Moved parameters that hold: 1 of 2 (50 %)" in page
    assert "Failing, moved or headline: `adoption_q` (79 %)" in page
    assert "Prior-dominated: `charge_days`" in page


def test_groups_that_miss_their_coverage_and_benchmarks_that_are_better_are_named(tmp_path: Path) -> None:
    write_validation(tmp_path, forecasts(), validation_scores(forecasts()))
    page = (tmp_path / "validation.md").read_text(encoding="utf-8")
    said = page[page.index("## Where it fails") : page.index("## Figures that nothing is fitted to")]
    (line,) = (line for line in said.splitlines() if line.startswith("- **origin 2019-12-31**"))
    assert "90 % intervals hold less: `payments` 0 % of 20 (1.0 effective; may be chance), all together 50 %" in line
    assert "a benchmark is better: `payments`" in line
    assert "`subscribers`" not in line
    assert "- **block**: 90 % intervals hold less: none." in said


def test_a_miss_of_many_independent_figures_is_called_one(tmp_path: Path) -> None:
    rows = forecasts()
    alternate = np.tile([1.0, -1.0], len(rows) // 2)
    rows["observed"] = np.where(rows["test"] == "block", alternate, 0.0)
    write_validation(tmp_path, rows, validation_scores(rows))
    page = (tmp_path / "validation.md").read_text(encoding="utf-8")
    assert "- **block**: 90 % intervals hold less: `payments` 0 % of 20 (20.0 effective; **not by chance**)." in page


def test_untargeted_figures_come_first_and_blocks_last(tmp_path: Path) -> None:
    write_validation(tmp_path, forecasts(), validation_scores(forecasts()))
    page = (tmp_path / "validation.md").read_text(encoding="utf-8")
    heads = [page.index(f"## {head}") for head in ("Where", "Figures that nothing", "Forecasts from", "Half-years")]
    assert heads == sorted(heads)


@pytest.mark.parametrize("what", ["recovery", "validation", "parameters"])
def test_the_same_table_gives_the_same_bytes(tmp_path: Path, what: str) -> None:
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
        if what == "recovery":
            write_recovery(folder, certificate())
        elif what == "validation":
            write_validation(folder, forecasts(), validation_scores(forecasts()))
        else:
            write_parameters(folder, parameters())
    assert written(folders[0]) == written(folders[1])
    assert written(folders[0])
