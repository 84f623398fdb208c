"""What rows of priors.csv and assumptions.csv are for, and which of them can be changed without a result moving."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from eum.city.descriptor import quoted_value
from eum.city.schema import shown_value

RUN_ROLE = "run"
"""Role of the rows that results of a run move with."""

WHAT_FOR = {
    RUN_ROLE: "results of a run move with it",
    "start": "inference only starts from it: what it ends at follows from the stated shares and the observations",
    "implied": "inference sets it: share_new over the rate of cashback is new consumption per won",
    "fitted": "prior of a fitted parameter: values come from posterior.csv, and from it only under --parameters prior",
    "policy": "it stands in a policy file: change the variable there",
    "evaluation": "only eum validate estimators reads it",
    "transfer": "only eum validate external reads it",
    "comparison": "it says how close a result must come to a published figure, in eum validate patterns and external",
    "published": "it is the institute's printed accounting, beside results",
    "check": "it stands beside results, and nothing reads it",
}
"""Roles of the two tables, the enumeration of their column in datapackage.json, and what each means in words."""

ROLE_TABLES = {
    "priors": (("parameter", "family"), ("central", "low90", "high90")),
    "assumptions": (("parameter", "area", "sector", "item"), ("value", "low90", "high90")),
}
"""Tables with roles: the columns that name a row, and those that hold its value and range."""


class Unread(NamedTuple):
    """A value set by hand that no run reads."""

    file: str
    row: str
    column: str
    given: float
    shipped: float
    role: str

    def __str__(self) -> str:
        values = f"{self.column} {shown_value(self.given)} in place of {shown_value(self.shipped)}"
        return f"{self.file}: {self.row}: {values} moves no result: {WHAT_FOR[self.role]}"


def unread_changes(
    folder: Path, tables: Mapping[str, pd.DataFrame], shipped: Mapping[str, pd.DataFrame]
) -> list[Unread]:
    """Return the values of a data folder that differ from those that come with eum though no run reads them.

    A row is judged by the role that it has in the shipped tables; rows that only one of the two has are left out.
    """
    found = []
    for name, (keys, columns) in ROLE_TABLES.items():
        both = tables[name].merge(shipped[name], on=list(keys), suffixes=("", "_shipped"))
        for _, row in both[both["role_shipped"] != RUN_ROLE].iterrows():
            named = " ".join(str(row[key]) for key in keys if row[key])
            for column in columns:
                given, known = float(row[column]), float(row[f"{column}_shipped"])
                if given != known and not (given != given and known != known):
                    found.append(
                        Unread(quoted_value(folder, f"{name}.csv"), named, column, given, known, row["role_shipped"])
                    )
    return found


def parameters_by_role(tables: Mapping[str, pd.DataFrame]) -> dict[str, list[str]]:
    """Return the names of rows by role, in the order of WHAT_FOR; of a prior with its family unless it is common."""
    found: dict[str, list[str]] = {role: [] for role in WHAT_FOR}
    for name in ROLE_TABLES:
        for row in tables[name].to_dict("records"):
            family = str(row.get("family", "common"))
            named = str(row["parameter"]) + ("" if family == "common" else f" ({family})")
            if named not in found[row["role"]]:
                found[row["role"]].append(named)
    return found
