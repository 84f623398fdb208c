"""The pages of a fit: failures are as plain as successes, the same table gives the same bytes."""

from pathlib import Path

import pandas as pd
import pytest

from eum.output.evidence_pages.calibration import write_parameters, write_recovery, write_validation


def certificate() -> pd.DataFrame:
    """Return a certificate of two parameters: one holds, one does not."""
    about = {"family": "causal", "kind": "parameter", "n_truths": 250, "sd_of_prior": 1.0, "bias": 0.01,
             "bias_noise": 0.03, "recalibrated": "no", "chi2_of_ranks": 1.1, "interval_score": 2.0, "rejection_90": 0.7,
             "rejection_interval_score": 4.0, "raw_90": 0.9, "held_50": 0.5, "held_80": 0.8}  # fmt: skip
    rows = [
        {"name": "adoption_p", "sd_left": 0.3, "called": "estimated", "held_90": 0.9, "holds": "yes"},
        {"name": "adoption_q", "sd_left": 0.4, "called": "estimated", "held_90": 0.79, "holds": "no"},
        {"name": "time_shift_response", "sd_left": 1.0, "called": "assumed", "held_90": 0.9, "holds": "yes"},
    ]
    return pd.DataFrame([{**about, **row} for row in rows])


def ranks() -> pd.DataFrame:
    """Return counts of ranks."""
    tenths = {f"tenth_{i}": 25 for i in range(1, 11)}
    names = ("adoption_p", "adoption_q", "time_shift_response")
    return pd.DataFrame([{"family": "causal", "kind": "parameter", "name": name, **tenths} for name in names])


def forecasts() -> pd.DataFrame:
    """Return forecasts of a payment and a count of members: the model misses one, a naive forecast beats it."""
    rows = []
    for quantity, group, published, values in (
        ("payments", "payments", 2e11, (1e11, 1.1e11, 1.9e11, 1e11, 3e11)),
        ("subscribers", "members", 1.0e6, (1.0e6, 1.0e6, 0.9e6, 0.9e6, 0.9e6)),
    ):
        names = ("model with shock index", "model without", "last value", "constant growth", "s/rho rule")
        for name, value in zip(names, values, strict=True):
            model = name.startswith("model")
            rows.append({
                "family": "causal", "part": "blind", "moment": f"{quantity}_march", "group": group,
                "quantity": quantity, "start": "2020-03-01", "end": "2020-03-31", "scale": "log",
                "published": published, "forecaster": name, "forecast": value, "error": value / published - 1,
                "crps": abs(value / published - 1), "low": value * 0.9 if model else None,
                "high": value * 1.1 if model else None, "in_50": value == published if model else None,
                "in_90": abs(value / published - 1) < 0.1 if model else None,
            })  # fmt: skip
    return pd.DataFrame(rows)


def written(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_parameter_that_fails_its_certificate_is_named(tmp_path: Path) -> None:
    write_recovery(tmp_path, certificate(), ranks())
    page = (tmp_path / "recovery.md").read_text(encoding="utf-8")
    assert "Identified parameters that hold: 1 of 2 (50 %)" in page
    assert "Identified and failing: `adoption_q` (79 %)" in page
    assert "Prior-dominated: `time_shift_response`" in page
    assert "The better one here: **emulator**" in page


def test_a_forecast_that_misses_and_is_beaten_is_named(tmp_path: Path) -> None:
    write_validation(tmp_path, forecasts())
    page = (tmp_path / "validation.md").read_text(encoding="utf-8")
    assert "inside the 90 % interval 1 of 2 (50 %)" in page
    assert "Outside: `payments_march`." in page
    assert "the best benchmark forecast is better in 1 of 2 (50 %): `payments_march`" in page


@pytest.mark.parametrize("what", ["recovery", "validation", "parameters"])
def test_the_same_table_gives_the_same_bytes(tmp_path: Path, what: str) -> None:
    table = {"low": 0.02, "median": 0.04, "high": 0.09, "prior_low": 0.02, "prior_median": 0.04, "prior_high": 0.08}
    parameters = certificate().assign(**table)
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
        if what == "recovery":
            write_recovery(folder, certificate(), ranks())
        elif what == "validation":
            write_validation(folder, forecasts())
        else:
            write_parameters(folder, parameters)
    assert written(folders[0]) == written(folders[1])
    assert written(folders[0])
