"""Reading a stored study: every table and column the report needs, checked once, at the door."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from eum.artifacts import SealedFolder
from eum.errors import InputError
from eum.output.report.traced_text import LINE
from eum.parquet_limits import STUDY_LIMIT
from eum.stored import TABLES, sealed_record, sealed_table

_PAIR = ("family", "variant", "baseline", "policy")
_WORLD = ("family", "variant", "world")

STUDY_TABLES: dict[str, tuple[str, ...]] = {
    "ladder": (
        *_PAIR,
        *("scope", "rung", "rung_order", "denominator", "numerator_krw", "payments_krw", "cost_krw", "s", "rho"),
        *("ratio", "ratio_low", "ratio_high", "noise_low", "noise_high", "n_runs"),
    ),
    "published": (*_PAIR, "accounting", "ratio", "ratio_low", "ratio_high", "published_ratio"),
    "classes": (*_PAIR, "class", "krw", "share_of_payments", "share_low", "share_high"),
    "inference": (
        *("family", "quantity", "target", "target_low", "target_high"),
        *("achieved", "achieved_low", "achieved_high", "status"),
    ),
    "parameters": ("family", "parameter", "unit", "central", "low", "high", "source"),
    "retention": (
        *(*_WORLD, "home", "sector", "share_home_district", "share_other_districts", "share_outside"),
        *("share_city", "low", "high", "published_outflow_percent"),
    ),
    "origin_destination": (*_WORLD, "home", "place", "kind", "krw"),
    "budget_paths": (*_WORLD, "budget", "date", "left_krw", "left_low", "left_high"),
    "budgets": (
        *(*_WORLD, "budget", "payer", "purpose", "amount_krw", "spent_krw", "spent_low", "spent_high"),
        *("share_of_runs_exhausted", "exhausted_median", "exhausted_low", "exhausted_high"),
    ),
    "funding": (*_WORLD, "payer", "purpose", "krw"),
    "winners": (
        *(*_PAIR, "dimension", "item", "cashback_krw", "sales_change_krw", "n", "per_head_krw"),
        *("low", "high"),
    ),
    "zero_sum": (*_PAIR, "district", "small_shop_sales_change_krw", "city_sales_change_krw", "low", "high"),
    "card_fees": (
        *(*_PAIR, "sales_band", "card_krw", "change_krw", "replaced_krw", "fee_krw", "credit_card_krw", "saving_krw"),
        *("saving_low", "saving_high", "saving_replaced_krw", "saving_debit_krw", "support_krw", "net_krw"),
    ),
    "daily": (*_WORLD, "date", "card_payments_krw", "cashback_krw", "subscribers", "active_holders"),
    "observed_fit": (
        *("variant", "quantity", "period", "simulated", "low", "high"),
        *("observed", "unit", "source_id"),
    ),
    "assumptions": (
        *("parameter", "area", "sector", "item", "value", "low90", "high90"),
        *("unit", "confidence", "note", "source_id"),
    ),
    "districts": ("area", "tile_row", "tile_column"),
    "sources": ("source_id", "title_or_description", "outlet", "date", "url"),
}
"""Table -> columns the report reads. A table may hold more; those columns appear in its CSV file only."""

_IDENTIFIERS = {
    *("family", "variant", "baseline", "policy", "world", "scope", "rung", "denominator", "accounting", "class"),
    *("home", "sector", "place", "kind", "dimension", "district", "budget", "payer", "parameter", "area", "status"),
}
"""Columns of names that become file names and identifiers of drawings."""
_IDENTIFIER = re.compile(r"[\w.-]{0,200}")
_EXPECTED = "expected letters, digits, _, - and ."
RECORD = (
    *("study", "title_ko", "title_en", "scale", "start", "end", "seed", "n_runs", "package_version", "data_hash"),
    *("code_hash", "policy_hashes", "python", "libraries", "variants", "families", "worlds", "focus_district"),
    *("titles", "scopes", "is_own_money", "remarks", "uncertain_budget", "parameters"),
    *("institution", "author", "document_number", "date", "result_hash"),
)
"""Keys of study.json the report reads."""


class StoredStudy(NamedTuple):
    """A study as stored: its record (study.json) and its tables by name."""

    record: dict[str, Any]
    tables: dict[str, pd.DataFrame]

    def world(self, variant: str, role: str) -> str:
        """Return the name of a world of a variant; role is baseline, city or district."""
        return str(self.record["worlds"][variant][role])


def read_study(folder: Path) -> StoredStudy:
    """Return the study of a folder.

    Raises InputError on one line for a folder, record, table, key or column that is missing, cannot be read or is not
    what was written.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such study folder; expected a folder written by `eum study`")
    record, sealed = _record(folder), SealedFolder(folder)
    _require_identifiers(record, folder / "study.json")
    tables = {name: _table(sealed, name) for name in STUDY_TABLES}
    return StoredStudy(record, {name: _numbered(table, name) for name, table in tables.items()})


def _numbered(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a table whose rows know their line in its CSV file, of which the first holds the columns' names."""
    return table.assign(**{LINE: [f"{name}:{line}" for line in range(2, len(table) + 2)]})


def _record(folder: Path) -> dict[str, Any]:
    path = folder / "study.json"
    if not path.is_file():
        raise InputError(f"{path}: missing; expected the record of a study")
    record = sealed_record(SealedFolder(folder), path.name)
    for key in RECORD:
        if not isinstance(record, dict) or key not in record:
            raise InputError(f"{path}: key {key!r} is missing; expected the record of a study")
    for variant in record["variants"]:
        for role in ("baseline", "city", "district"):
            if role not in record["worlds"].get(variant, {}):
                raise InputError(f"{path}: worlds.{variant}: {role!r} is missing; expected the name of a world")
    return record


def _require_identifiers(record: dict[str, Any], path: Path) -> None:
    """Raise InputError for a name in the record that is none."""
    named = {
        **{key: [record[key]] for key in ("study", "focus_district")},
        **{key: list(record[key] or ()) for key in ("variants", "families", "scopes")},
        **{f"worlds.{variant}": list(worlds.values()) for variant, worlds in record["worlds"].items()},
    }
    for key, names in named.items():
        for name in names:
            if name is not None and not _IDENTIFIER.fullmatch(str(name)):
                raise InputError(f"{path}: {key}: {name!r}: {_EXPECTED}")


def _table(sealed: SealedFolder, name: str) -> pd.DataFrame:
    path = sealed.folder / TABLES / f"{name}.parquet"
    if not path.is_file():
        raise InputError(f"{path}: table {name!r} is missing; expected it in a study folder")
    table = sealed_table(sealed, name, TABLES, STUDY_LIMIT)
    missing = [column for column in STUDY_TABLES[name] if column not in table.columns]
    if missing:
        raise InputError(f"{path}: column {missing[0]!r} is missing; expected {', '.join(STUDY_TABLES[name])}")
    for column in sorted(_IDENTIFIERS.intersection(table.columns)):
        for value in table[column].dropna().unique():
            if not _IDENTIFIER.fullmatch(str(value)):
                raise InputError(f"{path}: column {column!r}: {value!r}: {_EXPECTED}")
    return table


def rows(table: pd.DataFrame, **equal: str | float) -> pd.DataFrame:
    """Return the rows of a table whose columns equal the given values, in the stored order."""
    fits = np.ones(len(table), dtype=bool)
    for column, value in equal.items():
        fits &= (table[column] == value).to_numpy(dtype=bool)
    return table[fits]


def only_row(table: pd.DataFrame, **equal: str | float) -> "pd.Series | None":
    """Return the single row that fits, or None where the study has none. Raises InputError if several fit."""
    chosen = rows(table, **equal)
    if len(chosen) > 1:
        key = ", ".join(f"{column}={value}" for column, value in equal.items())
        raise InputError(f"study table: {len(chosen)} rows for {key}; expected one")
    return chosen.iloc[0] if len(chosen) else None
