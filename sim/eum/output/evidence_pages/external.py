"""The page on programmes elsewhere, written from the table of `eum validate external`."""

import numpy as np
import pandas as pd

from eum.analysis.validation.external import INFERRED, score
from eum.analysis.validation.pattern_check import worded_table

_INTRO = """# External validation

*Programmes of other places, run on this city.*

**To be derived again:** figures of the evidence scenario `iri2019` were computed while purchases that would have been
made online counted as switching there; the institute counts them as leakage, and the model now does
(`sim/eum/outcomes/counting.py`).

Each programme of `data/policies/elsewhere` is run on this city as it stands, with nothing fitted to it, and the
simulated figures are set beside the published ones. `eum validate external` writes this page and the table beside it
(`transfer.csv`). *Reproduced* means within the study's own interval, or within a tenth of a figure printed without
one. A figure whose role in `data/studies.csv` is *reference* or *accounting* is shown and not relied on.

The evidence scenarios are run at their central values. The marginal propensity to consume out of policy money is
inferred in each so that the composition of card payments in July 2019 is the one the scenario states; the last column
takes the propensities published by the studies of grants instead, and leaves the rest as it is. These rest on the
Korean studies of 2020 (KDI; Kim, Koh and Lyou; Baek et al.): that their figures are reproduced there proves nothing
(they are targeted); that others are is evidence. Amounts abroad become won at the rates of `won_per_unit` in
`data/assumptions.csv`, and runs that start after the last count of the card's members begin with
`members_after_last_count` of the same table.

다른 지역의 정책을 이 도시에 적용하여 모의한 값을 발표된 값과 비교한다. 어떤 값도 여기에 맞추지 않았다. 연구의 구간
안이면 reproduced(재현), 낮으면 too low, 높으면 too high이다. 마지막 열은 정책 지원금의 한계소비성향을 추론한 값이
아니라 발표된 값으로 둔 것이다.
"""
_KEY = ["policy", "study", "published_as"]


def _value(value: float, unit: str) -> str:
    if np.isnan(value):
        return "-"
    return worded_table(value, unit) if unit.startswith(("krw", "percent")) else f"{value:.2f}"


def _names(rows: pd.DataFrame) -> pd.Series:
    with_origin = rows["family"] + ", propensities " + rows["propensities"]
    return rows["family"].where(rows["propensities"] == INFERRED, with_origin)


def comparison_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row per published figure, with what each variant gives and its verdict, in words."""
    rows = rows.assign(variant=_names(rows))
    shown = []
    for key, group in rows.groupby(_KEY, sort=False):
        first, (policy, study, published_as) = group.iloc[0], key
        low, value, high = (_value(first[k], first["unit"]) for k in ("accepted_low", "published", "accepted_high"))
        row_shown = {
            "programme": policy,
            "published": f"{study}: {published_as}",
            "value": f"{value} ({low} to {high})",
        }
        for _, row in group.iterrows():
            row_shown[row["variant"]] = f"{_value(row['simulated'], row['unit'])} {row['verdict']}".removeprefix("- ")
        note = "" if first["note"] != first["note"] else str(first["note"])
        shown.append({**row_shown, "role": first["role"], "note": note})
    return pd.DataFrame(shown)


def _score(rows: pd.DataFrame, what: str) -> str:
    found = score(rows)
    factor = "-" if np.isnan(found["factor"]) else f"{found['factor']:.2f}"
    return f"- {what}: {found['come_out']:.0f} of {found['n']:.0f} reproduced; typical factor between the two {factor}."


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def transfer_page(rows: pd.DataFrame) -> str:
    """Return the page as Markdown."""
    about, names, shown = rows.iloc[0], _names(rows), comparison_rows(rows)
    kept = rows[rows["role"] == "validate"]
    scores = [_score(kept[names[kept.index] == name], name) for name in names.unique()]
    run = f"Scale {about['scale']:g}, {about['n_seeds']} seeds. Of the figures kept to judge the model:\n"
    lines = [_line(list(shown.columns)), _line(["---"] * len(shown.columns))]
    lines += [_line([str(cell) for cell in row]) for row in shown.itertuples(index=False)]
    return "\n".join([_INTRO, run, *scores, "", *lines]) + "\n"
