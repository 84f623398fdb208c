"""The pages of a calibration, written from its tables: what holds and what fails, side by side."""

from pathlib import Path

import jinja2
import numpy as np
import pandas as pd

from eum.analysis.validation.out_of_sample.fit_forecasts import MODEL
from eum.analysis.validation.out_of_sample.scores import EVERY_GROUP, coverage_verdict
from eum.artifacts import write_whole
from eum.output.evidence_pages import calibration_figures

_NOMINAL = 0.9
_ORIGIN, _BLOCK, _UNTARGETED = "origin", "block", "untargeted"


def _table(rows: pd.DataFrame) -> str:
    """Return a table in Markdown, three digits."""

    def cell(value: object) -> str:
        if isinstance(value, float):
            return "" if value != value else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
        return str(value).replace("|", "/")

    head = "| " + " | ".join(map(str, rows.columns)) + " |"
    lines = ["| " + " | ".join(map(cell, row)) + " |" for row in rows.itertuples(index=False)]
    return "\n".join([head, "|" + " --- |" * len(rows.columns), *lines])


def _names(names: pd.Series | list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def _share(part: int, of: int) -> str:
    return f"{part} of {of} ({100 * part / of:.0f} %)" if of else "none"


def _page(template: str, **facts: object) -> str:
    loader = jinja2.PackageLoader("eum.output.evidence_pages", "templates")
    environment = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    return environment.get_template(f"{template}.md.jinja").render(**facts)


# ---- parameters


def write_parameters(out: Path, rows: pd.DataFrame) -> None:
    """Draw prior against posterior of the parameters beside the table `fit-parameters.csv`."""
    write_whole(out / "fit-parameters.svg", calibration_figures.parameters(rows))


# ---- recovery


def _certified(rows: pd.DataFrame) -> str:
    held = ["held_50", "held_90", "held_90_low", "held_90_high", "holds", "chi2_of_ranks"]
    return _table(rows[["name", *(["sd_left"] if rows["sd_left"].notna().any() else []), *held]])


def recovery_page(rows: pd.DataFrame) -> str:
    """Return the page (Markdown) of a certificate (`calibration.fit.recovery.recovery_summary`)."""
    parameters, headlines = rows[rows["kind"] == "parameter"], rows[rows["kind"] == "headline"]
    moved = parameters[parameters["called"] == "moved"]
    failing = rows[(rows["holds"] == "no") & (rows["called"] != "prior-dominated")]
    return _page(
        "recovery",
        n_truths=int(rows["n_truths"].iloc[0]),
        held=_share(int((moved["holds"] == "yes").sum()), len(moved)),
        failing=", ".join(f"`{r['name']}` ({100 * r['held_90']:.0f} %)" for _, r in failing.iterrows()) or "none",
        assumed=_names(parameters.loc[parameters["called"] == "prior-dominated", "name"]),
        parameters=_certified(parameters),
        headlines=_certified(headlines) if len(headlines) else "None: the fit ends before them.",
    )


def write_recovery(out: Path, rows: pd.DataFrame) -> None:
    """Write `recovery.md` and `recovery.svg` from the certificate."""
    write_whole(out / "recovery.svg", calibration_figures.recovery_figure(rows))
    write_whole(out / "recovery.md", recovery_page(rows))


# ---- validation


def _tests(scores: pd.DataFrame, kind: str) -> list[str]:
    return [test for test in dict.fromkeys(scores["test"]) if test.split()[0] == kind]


def _figures(rows: pd.DataFrame) -> str:
    """Return forecasts in units beside what was published."""
    own = rows[rows["test"] == _UNTARGETED]
    if own.empty:
        return "None: the fit ends before they were published."
    shown = own[["scope", "period_start", "period_end"]].assign(figure=own["metric"])
    for name, column in (("published", "observed"), ("low", "q05"), ("median", "q50"), ("high", "q95")):
        shown[name] = np.exp(own[column])
    inside = own["observed"].between(own["q05"], own["q95"])
    shown["in 90 %"] = np.where(inside, "yes", "no")
    return _table(shown[["figure", "period_start", "period_end", "published", "low", "median", "high", "in 90 %"]])


def _model_scores(scores: pd.DataFrame, test: str) -> str:
    own = scores[(scores["test"] == test) & (scores["rule"] == MODEL)]
    columns = ["group", "n", "n_effective", "wis", "coverage_50", "coverage_90", "coverage_90_low", "coverage_90_high",
               "width_90", "best_benchmark", "wis_ratio"]  # fmt: skip
    return _table(own[columns].fillna({"best_benchmark": ""}))


def _comparisons(scores: pd.DataFrame, test: str) -> str:
    own = scores[(scores["test"] == test) & (scores["rule"] != MODEL) & scores["wis_ratio"].notna()]
    columns = ["group", "rule", "n_both", "wis", "coverage_90", "width_90", "wis_ratio"]
    columns += [name for name in ("dm", "dm_p_value", "dm_periods") if name in own and own[name].notna().any()]
    return _table(own[columns]) if len(own) else "No benchmark has three figures to be compared on."


def _coverage(row: pd.Series) -> str:
    """Return a group's coverage in words."""
    chance = "may be chance" if coverage_verdict(row) == "not refuted" else "**not by chance**"
    held = f"{100 * row['coverage_90']:.0f} % of {row['n']:.0f}"
    return f"{_group(row)} {held} ({row['n_effective']:.1f} effective; {chance})"


def _group(row: pd.Series) -> str:
    return "all together" if row["group"] == EVERY_GROUP else f"`{row['group']}`"


def _failures(scores: pd.DataFrame, test: str) -> str:
    """Return, for one test, which groups miss their coverage and where a benchmark is better, in a line."""
    own = [row for _, row in scores[(scores["test"] == test) & (scores["rule"] == MODEL)].iterrows()]
    few = ", ".join(_coverage(row) for row in own if row["coverage_90"] < _NOMINAL)
    many = ", ".join(_coverage(row) for row in own if coverage_verdict(row) == "too wide")
    better = ", ".join(f"{_group(r)} ({r['wis_ratio']:.2f}, {r['best_benchmark']})" for r in own if r["wis_ratio"] > 1)
    said = [f"90 % intervals hold less: {few or 'none'}"]
    said += [f"intervals too wide: {many}"] if many else []
    said += [f"a benchmark is better: {better}"] if better else []
    return f"**{test}**: {'; '.join(said)}."


def validation_page(rows: pd.DataFrame, scores: pd.DataFrame) -> str:
    """Return the page (Markdown) of forecasts (`fit_forecasts.FORECAST_ROW`) and their scores (`validation_scores`)."""
    return _page(
        "validation",
        untargeted=_figures(rows),
        origins=[(t, _model_scores(scores, t), _comparisons(scores, t)) for t in _tests(scores, _ORIGIN)],
        blocks=[(_model_scores(scores, t), _comparisons(scores, t)) for t in _tests(scores, _BLOCK)],
        failures=[_failures(scores, test) for test in dict.fromkeys(scores["test"])],
    )


def write_validation(out: Path, rows: pd.DataFrame, scores: pd.DataFrame) -> None:
    """Write `validation.md` and `validation.svg` from forecasts and their scores."""
    write_whole(out / "validation.svg", calibration_figures.validation_figure(rows))
    write_whole(out / "validation.md", validation_page(rows, scores))
