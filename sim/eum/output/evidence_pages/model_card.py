"""The model card: an ODD (2020 update) with the decisions part of ODD+D, filled from code, data and stored tables."""

from pathlib import Path
from typing import NamedTuple

import jinja2
import pandas as pd

from eum.analysis.validation.ablation import HEADLINE_MEASURES, WHOLE
from eum.analysis.validation.pattern_check import COMES_OUT, NOT_IN_MODEL, worded_table
from eum.analysis.validation.target_patterns import PATTERN_GROUPS
from eum.behavior.parameters import DECLARED, Parameters
from eum.calibration.mechanisms import MECHANISMS
from eum.calibration.priors import Provenance, source_of
from eum.city.data import CityData
from eum.city.roles import WHAT_FOR, parameters_by_role
from eum.dimensions import CLASSES
from eum.output.evidence_pages.code_sources import Field, documented_promises, documented_rules, fields

_DAY = ("open_day", "simulate", "close_day", "close_month")


class ParameterRow(NamedTuple):
    """One parameter of behaviour with its value and where it comes from."""

    name: str
    meaning: str
    value: str
    """At draw 0: the centre of the posterior where it is fitted, or of the prior."""
    interval: str
    """Of the prior."""
    posterior: str
    unit: str
    confidence: str
    source: str
    inferred: str
    mechanisms: str


def _number(value: float) -> str:
    return f"{value:.6g}"


def _posterior(provenance: Provenance) -> str:
    """Return the 90 % range of the posterior in words; nothing of a parameter that is not fitted."""
    if provenance.fitted is None:
        return ""
    words = " to ".join(map(_number, provenance.ends))
    return f"{words} (prior-dominated)" if provenance.fitted.is_prior_dominated else words


def parameter_rows(package: CityData) -> list[ParameterRow]:
    """Return every parameter of behaviour: meaning and mechanisms from the code, the rest from the data."""
    rows = []
    for field in fields("behavior/parameters.py", Parameters.__name__):
        provenance = source_of(package, field.name)
        interval = (
            f"{_number(provenance.low90)} to {_number(provenance.high90)}"
            if provenance.low90 < provenance.high90
            else "fixed"
        )
        values = (
            field.name,
            field.meaning,
            _number(provenance.value),
            interval,
            _posterior(provenance),
            provenance.unit,
            provenance.confidence,
        )
        inferred, mechanisms = "yes" if provenance.is_inferred else "", ", ".join(DECLARED[field.name].mechanisms)
        rows.append(ParameterRow(*values, provenance.source, inferred, mechanisms))
    return rows


def mechanism_rows(measured: pd.DataFrame) -> list[dict[str, str]]:
    """Return what each mechanism moves: its meaning, rows of data, and the headline with it switched off.

    `measured` is the table of `eum validate ablation`. Ratios are shown as won per 100 won of fiscal cost.
    """
    table = measured.set_index(["mechanism", "measure"])
    rows = []
    for name in (WHOLE, *MECHANISMS):
        value = {m: float(table["value"][name, m]) for m in HEADLINE_MEASURES}
        change = {m: float(table["change"][name, m]) for m in HEADLINE_MEASURES}
        about = MECHANISMS.get(name)
        rows.append({
            "name": name,
            "meaning": about.meaning if about else "nothing switched off",
            "rows": about.rows if about else "",
            "payments": f"{value['card_payments_krw'] / 1e8:,.0f}",
            "net_sales": f"{100 * value['net_city_sales']:.0f}",
            "net_sales_change": f"{100 * change['net_city_sales']:+.1f}",
            "noise": f"{100 * float(table['noise'][name, 'net_city_sales']):.1f}",
            "value_added": f"{100 * change['city_value_added_second_round']:+.1f}",
            "kept": f"{change['kept_in_city_points']:+.2f}",
        })  # fmt: skip
    return rows


def _response_row(row: pd.Series) -> dict[str, str]:
    unit = str(row["unit"])
    missing = row["verdict"] == NOT_IN_MODEL
    accepted = " to ".join(worded_table(float(row[k]), unit) for k in ("accepted_low", "accepted_high"))
    return {
        **{k: str(row[k]) for k in ("pattern", "period", "members", "verdict", "tied_to", "note")},
        "observed": worded_table(float(row["observed"]), unit),
        "accepted": accepted,
        "simulated": worded_table(float(row["simulated"]), unit),
        "noise": worded_table(float(row["noise"]), unit),
        "difference": "-" if missing else f"{100 * (float(row['ratio']) - 1):+.0f} %",
        "sources": str(row["source_id"]).replace(";", ", "),
    }


def response_groups(responses: pd.DataFrame) -> list[dict[str, object]]:
    """Return the published patterns by group: what comes out, what misses and what is known of why.

    `responses` is the table of `eum validate patterns`. The reason is left out where nothing of a group misses.
    """
    text = responses.select_dtypes(exclude="number").columns
    table = responses.assign(**{name: responses[name].fillna("") for name in text})
    groups: list[dict[str, object]] = []
    for name, group in PATTERN_GROUPS.items():
        rows = [_response_row(row) for _, row in table[table["group"] == name].iterrows()]
        n_out = sum(row["verdict"] == COMES_OUT for row in rows)
        entry = {"name": name, "rows": rows, "n": len(rows), "n_out": n_out}
        groups.append({**entry, "why": group.why if n_out < len(rows) else ""})
    return groups


def _response_totals(responses: pd.DataFrame) -> dict[str, object]:
    out = responses[responses["verdict"] == COMES_OUT]
    first = responses.iloc[0]
    return {
        "n": len(responses),
        "n_out": len(out),
        "n_tied": int((out["tied_to"].fillna("") != "").sum()),
        **{name: str(first[name]) for name in ("family", "scale", "n_seeds")},
    }


def _entities() -> dict[str, list[Field]]:
    return {
        "Person (resident or visitor)": fields("city/residents.py", "Residents"),
        "Person in one world": fields("engine/state.py", "State"),
        "Shop": fields("city/shops.py", "Shops"),
    }


def model_card(package: CityData, measured: pd.DataFrame, responses: pd.DataFrame) -> str:
    """Return the model card as Markdown; the same code, data and tables give the same text.

    `measured` is the table of `eum validate ablation`, `responses` that of `eum validate patterns`.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False,
    )  # fmt: skip
    assumptions = package.table("assumptions")
    return environment.get_template("model_card.md.jinja").render(
        entities=_entities(),
        day=documented_promises("engine/reference/model.py", _DAY),
        person=documented_promises("engine/reference/person.py", ("simulate",))
        + documented_promises("engine/reference/state.py", ("sleep",)),
        rules=documented_rules(),
        parameters=parameter_rows(package),
        mechanisms=mechanism_rows(measured),
        groups=response_groups(responses),
        responses=_response_totals(responses),
        classes=CLASSES,
        n_assumptions=len(assumptions),
        roles=[(role, WHAT_FOR[role], names) for role, names in parameters_by_role(package.tables).items()],
        n_judgements=int((assumptions["confidence"] == "J").sum()),
        conflicts=package.conflicts("observed")[["period_start", "scope", "metric", "note"]].to_dict("records"),
    )
