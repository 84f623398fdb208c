"""The pages of a calibration, written from its tables: what holds and what fails, side by side."""

from pathlib import Path

import pandas as pd

from eum.artifacts import write_whole
from eum.output.evidence_pages import calibration_figures

_MODEL = "model with shock index"
_PLAIN = "model without"


def _table(rows: pd.DataFrame) -> str:
    """Return a table in Markdown, three digits."""

    def cell(value: object) -> str:
        if isinstance(value, float):
            return "" if value != value else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
        return str(value).replace("|", "/")

    head = "| " + " | ".join(map(str, rows.columns)) + " |"
    lines = ["| " + " | ".join(map(cell, row)) + " |" for row in rows.itertuples(index=False)]
    return "\n".join([head, "|" + " --- |" * len(rows.columns), *lines])


def _share(part: int, of: int) -> str:
    return f"{part} of {of} ({100 * part / of:.0f} %)" if of else "none"


def _write(out: Path, name: str, parts: list[str], drawing: str) -> None:
    write_whole(out / f"{name}.svg", drawing)
    write_whole(out / f"{name}.md", "\n\n".join(parts) + "\n")


# ---- parameters


def write_parameters(out: Path, rows: pd.DataFrame) -> None:
    """Draw prior against posterior of the parameters beside the table `fit-parameters.csv`."""
    write_whole(out / "fit-parameters.svg", calibration_figures.parameters(rows))


# ---- recovery

_CALLED = {"estimated": "identified", "assumed": "prior-dominated"}
"""Words of the page for the column `called` of the table."""

_RECOVERY = """# Parameter recovery (simulation-based calibration)

*Would the fit have found the truth?*

Synthetic truths are drawn from the prior and simulated; noise is added as the likelihood assumes it (published figures,
stated model discrepancy, measured error of the engine), and each is fitted again without being shown to the emulator.
`eum calibrate recover` writes this page, [recovery.csv](recovery.csv) and [recovery-ranks.csv](recovery-ranks.csv).

A quantity is called *identified* (`estimated` in the table) where, on the median truth, the posterior's standard
deviation is below 0.8 of the prior's, and *prior-dominated* (`assumed`) otherwise: then the number that a report
shows is a choice and not a finding. An identified quantity *holds* where its 90 % interval covers 85-95 % of the
truths. Intervals of parameters are recalibrated (Rodrigues, Prangle and Sisson 2018): where truths lie in their
posteriors, over all parameters together, corrects the posterior; each half of the truths is certified as corrected by
the other half. The shares that an evidence scenario states are given and not learnt (they keep their prior: the
counterfactual of a payment is not observed), so headline numbers, which follow them, are certified as they are.

This certifies the method, not the model: truths are simulated by the same engine.

![Ranks of truths and coverage of intervals](recovery.svg)"""
_COLUMNS = """`bias` is the mean of posterior mean less truth, in standard deviations of the prior, `bias_noise` its
standard error; `sd_left` the posterior's standard deviation over the prior's; `raw_90` coverage before recalibration,
`held_*` as reported; `chi2_of_ranks` is near 1 where ranks are uniform."""


def _verdicts(rows: pd.DataFrame) -> str:
    lines = ["## Verdict"]
    for family, part in rows.groupby("family", sort=False):
        parameters = part[part["kind"] == "parameter"]
        estimated = parameters[parameters["called"] == "estimated"]
        failing = estimated[estimated["holds"] != "yes"]
        told = ", ".join(f"`{r['name']}` ({100 * r['held_90']:.0f} %)" for _, r in failing.iterrows()) or "none"
        assumed = ", ".join(f"`{name}`" for name in parameters.loc[parameters["called"] == "assumed", "name"]) or "none"
        held = _share(int((estimated["holds"] == "yes").sum()), len(estimated))
        lines.append(
            f"**{family}** ({int(part['n_truths'].iloc[0])} truths of all scenarios). "
            f"Identified parameters that hold: {held}."
            f" Identified and failing: {told}. Prior-dominated: {assumed}."
        )
    return "\n\n".join(lines)


_METHODS = """## Which method

Mean over parameters: coverage of 90 % intervals of the emulator's posterior before and after recalibration, of
rejection on the same rows, and the interval score (width and misses, in standard deviations of the prior; less is
better)."""


def _methods(rows: pd.DataFrame) -> str:
    parts = rows[rows["kind"] == "parameter"].groupby("family", sort=False)
    told = parts[["raw_90", "held_90", "rejection_90", "interval_score", "rejection_interval_score"]].mean()
    scores = told.mean()
    better = "emulator" if scores["interval_score"] <= scores["rejection_interval_score"] else "rejection"
    return f"{_METHODS} The better one here: **{better}**.\n\n{_table(told.reset_index())}"


def _certified(rows: pd.DataFrame, called: str) -> str:
    part = rows[rows["called"] == called]
    held = ["raw_90", "recalibrated", "held_50", "held_80", "held_90", "holds", "chi2_of_ranks"]
    columns = ["family", "kind", "name", "sd_left", "bias", "bias_noise", *held]
    return f"## {_CALLED[called].capitalize()}\n\n{_table(part[columns]) if len(part) else 'None.'}"


def write_recovery(out: Path, rows: pd.DataFrame, ranks: pd.DataFrame) -> None:
    """Write `recovery.md` and `recovery.svg` from the certificate and the counts of ranks."""
    parts = [_RECOVERY, _verdicts(rows), _methods(rows), _COLUMNS]
    _write(out, "recovery", [*parts, *(_certified(rows, c) for c in ("estimated", "assumed"))],
           calibration_figures.recovery_figure(rows, ranks))  # fmt: skip


# ---- validation

_VALIDATION = """# Out-of-sample validation

*Does the model forecast what came next? Fitted to February 2020, forecasting March to June.*

The programme rose from 4 to 10 % on 1 March. The fit used nothing later than February; its forecasts of March to June
stand beside what was published and beside benchmark forecasts. `eum calibrate forecast` writes this page from
[validation.csv](validation.csv), where the out-of-sample part is called `blind`.

Two limits are known beforehand. The relief money of May (131 billion won spent from the card by the end of the month)
is not in the expected-value engine, so what it added to payments and members of May and June is missing. The epidemic
is an exogenous demand shock, a stated index for all sectors alike (with it, and without).

What the model forecasts of programmes elsewhere, with nothing fitted, is in [transfer.md](transfer.md).

![Out-of-sample forecasts beside what came](validation.svg)"""


_PARTS = {"blind": "out-of-sample", "fitted": "in-sample", "check": "check"}
"""Words of the page for the column `part` of the table."""

_SCORES = """## Scores

Mean CRPS by evidence scenario, on the scale of the moments (for a forecast without spread, its absolute error); less is
better. Benchmark forecasts do not depend on the scenario."""


def _scores(rows: pd.DataFrame) -> str:
    blind = rows[rows["part"] == "blind"]
    groups = blind.groupby(["group", "scale", "forecaster", "family"], sort=False)
    told = groups.agg(n=("crps", "size"), crps=("crps", "mean"), covered_90=("in_90", "mean")).reset_index()
    wide = told.pivot_table(index=["group", "scale", "forecaster"], columns="family", values="crps", sort=False)
    return f"{_SCORES}\n\n{_table(wide.reset_index())}"


def _beaten(rows: pd.DataFrame) -> str:
    blind = rows[rows["part"] == "blind"]
    lines = []
    for family, part in blind.groupby("family", sort=False):
        table = part.pivot_table(index="moment", columns="forecaster", values="crps", sort=False).dropna()
        naive = table.drop(columns=[_MODEL, _PLAIN]).min(axis=1)
        lost = [f"`{name}`" for name in table.index[table[_MODEL] > naive]]
        lines.append(f"**{family}**: the best benchmark forecast is better in {_share(len(lost), len(table))}: "
                     f"{', '.join(lost) or 'none'}.")  # fmt: skip
    return "\n\n".join(["## Moments on which a benchmark forecast is better", *lines])


def _coverage(rows: pd.DataFrame) -> str:
    lines = []
    for (family, part), own in rows[rows["forecaster"] == _MODEL].groupby(["family", "part"], sort=False):
        inside = own["in_90"].astype(bool)
        out = [f"`{name}`" for name in own.loc[~inside, "moment"]]
        half = int(own["in_50"].astype(bool).sum())
        lines.append(
            f"- **{family}, {_PARTS[str(part)]}**: inside the 90 % interval {_share(int(inside.sum()), len(own))}, "
            f"inside the 50 % interval {_share(half, len(own))}. Outside: {', '.join(out) or 'none'}."
        )
    return "\n".join(
        [
            "## Coverage",
            "",
            "*in-sample* moments are fitted, *check* ones lie in the window of the fit and are never fitted.",
            "",
            *lines,
        ]
    )


def _forecasts(rows: pd.DataFrame, part: str) -> str:
    own = rows[(rows["part"] == part) & rows["forecaster"].isin([_MODEL] if part != "blind" else [_MODEL, _PLAIN])]
    columns = ["family", "moment", "forecaster", "published", "low", "forecast", "high", "in_90"]
    return f"## Every {_PARTS[part]} moment\n\n{_table(own[columns])}"


def write_validation(out: Path, rows: pd.DataFrame) -> None:
    """Write `validation.md` and `validation.svg` from the table of forecasts."""
    parts = [_VALIDATION, _coverage(rows), _beaten(rows), _scores(rows)]
    parts += [_forecasts(rows, part) for part in ("blind", "fitted", "check")]
    _write(out, "validation", parts, calibration_figures.validation_figure(rows))
