"""What a fit's folder holds: rows below `units`, and a folder for the result of each command, complete or not there.

fit_result(folder)                  the table of parameters, prior beside posterior
posterior(folder, "causal")         draws: parameters and headline numbers as reported
recovery_result(folder)             the certificate
validation_result(folder)           every moment beside its forecasts
"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from eum.artifacts import SealedFolder, new_folder
from eum.errors import InputError
from eum.extras import extra
from eum.stored import sealed_table, write_tables

POSTERIOR, RECOVERY, VALIDATION = "posterior", "recovery", "validation"
_COMMANDS = {POSTERIOR: "eum calibrate fit", RECOVERY: "eum calibrate recover", VALIDATION: "eum calibrate forecast"}


def write_result(
    folder: Path,
    what: str,
    tables: dict[str, pd.DataFrame],
    about: dict[str, object],
    write_more: Callable[[Path], None] = lambda made: None,
) -> Path:
    """Write a command's tables and what they are of; the folder appears when all is there, in place of an older one.

    `write_more` writes further files into the folder it is given. Raises OSError where the folder cannot be written.
    """
    final = folder / what
    with new_folder(final, what) as made:
        write_more(made)
        write_tables(made, tables)
        (made / "about.json").write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return final


def _table(folder: Path, what: str, name: str) -> pd.DataFrame:
    path = Path(folder) / what / f"{name}.parquet"
    if not path.is_file():
        raise InputError(f"{path}: no such result; expected one written by {_COMMANDS[what]}")
    return sealed_table(SealedFolder(path.parent), name)


def fit_record(folder: Path, what: str) -> dict[str, str]:
    """Return what a stored result is of; empty where there is none."""
    path = Path(folder) / what / "about.json"
    return json.loads(SealedFolder(path.parent).read(path.name)) if path.is_file() else {}


def fit_result(folder: Path) -> pd.DataFrame:
    """Return one row per family and parameter: prior and posterior, and what may be said of it.

    Raises InputError where `eum calibrate fit` has not been run.
    """
    return _table(folder, POSTERIOR, "parameters")


def posterior(folder: Path, family: str, raw: bool = False) -> pd.DataFrame:
    """Return draws of a family, a column for each parameter (in its unit), stated share and headline number.

    Where the certificate asked for it they are recalibrated; `raw` gives them as the sampler did. Raises InputError for
    a family that was not fitted.
    """
    return _table(folder, POSTERIOR, f"{'raw' if raw else 'draws'}-{family}")


def posterior_predictive(folder: Path, family: str) -> pd.DataFrame:
    """Return draws of every moment, on its scale, as it would be published if the fit were right within its errors."""
    return _table(folder, POSTERIOR, f"predicted-{family}")


def sampling(folder: Path, family: str) -> pd.DataFrame:
    """Return how the sampler came to its draws: temperature and share of moves accepted, by step."""
    return _table(folder, POSTERIOR, f"sampling-{family}")


def recovery_result(folder: Path) -> pd.DataFrame:
    """Return the certificate: one row per family and quantity.

    Raises InputError without a run of `eum calibrate recover`.
    """
    return _table(folder, RECOVERY, "certificate")


def refits_result(folder: Path) -> pd.DataFrame:
    """Return rank, mean, spread and quantiles of every refit of a synthetic truth."""
    return _table(folder, RECOVERY, "refits")


def validation_result(folder: Path) -> pd.DataFrame:
    """Return every moment beside its forecasts. Raises InputError where `eum calibrate forecast` has not been run."""
    return _table(folder, VALIDATION, "forecasts")


def export_netcdf(
    path: Path, draws: pd.DataFrame, prior: pd.DataFrame, predicted: pd.DataFrame, published: dict[str, float]
) -> None:
    """Write draws as `arviz.InferenceData` (one chain): posterior, prior, posterior_predictive and observed_data.

    The Parquet tables are the result of record; this is the same for ArviZ, in netCDF. The path is in a folder that is
    not published yet. Raises OSError where it cannot be written.
    """
    with extra("calibration"):
        import arviz
        import h5netcdf  # type: ignore[import-untyped]  # noqa: F401
        import xarray

    def dataset(table: pd.DataFrame) -> xarray.Dataset:
        columns = {str(name): (("chain", "draw"), table[name].to_numpy()[None, :]) for name in table}
        return xarray.Dataset(columns, coords={"chain": [0], "draw": np.arange(len(table))})

    seen = xarray.Dataset({name: ((), value) for name, value in published.items()})
    data = arviz.InferenceData(
        posterior=dataset(draws), prior=dataset(prior), posterior_predictive=dataset(predicted), observed_data=seen
    )
    data.to_netcdf(str(path), engine="h5netcdf")
