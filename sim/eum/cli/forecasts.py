"""Two commands of the group `validate`: registered predictions scored, and benchmark forecasts to set beside them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eum.cli.options import MOST_DRAWS, Json, Lang, Seed, TableFile, place, write_csv
from eum.cli.screen import next_step, print_json, print_table, say
from eum.cli.validate import validate_app
from eum.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from eum.analysis.forecasts.monthly import Known

_SHOWN_ROWS, _MOST_MONTHS = 5, 60
"""Most rows without a counterpart that are printed; months that a benchmark is made for, at most."""

Predictions = Annotated[Path, typer.Argument(metavar="FILE", help="Registered predictions (CSV).")]
Observed = Annotated[Path, typer.Argument(metavar="OBSERVED", help="What was observed (CSV), as data/observed.csv.")]
Beside = Annotated[
    list[Path] | None,
    typer.Option("--benchmark", help="Predictions of the same by others (may be given more than once)."),
]


@validate_app.command("score")
def score(
    file: Predictions,
    observed: Observed,
    benchmark: Beside = None,
    out: TableFile = None,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Score registered predictions against what was observed.

    By metric and kind of place: weighted interval score, coverage at the effective number of observations, bias, and
    the Diebold-Mariano test against each benchmark. The page docs/reference/forecasts.md has format and formulas.

    Example: eum validate score forecast.csv observed.csv --benchmark last-value.csv
    """
    from eum.analysis.forecasts.registered import read_forecast, read_observations
    from eum.analysis.forecasts.score import score_forecasts

    files = [file, *(benchmark or [])]
    names = list(map(str, files))
    for i, name in enumerate(names):
        if name in names[:i]:
            raise InputError(f"--benchmark: {name}: given twice; expected each file once")
    found = score_forecasts({str(path): read_forecast(path).rows for path in files}, read_observations(observed))
    if out is not None:
        write_csv(found.groups, out)
    if as_json:
        print_json({"groups": found.groups, "without": found.without}, **({"table": str(out)} if out else {}))
        return
    _print_scores(found.groups)
    if benchmark:
        _print_comparisons(found.groups, names[0])
    for line in _lacking(found.without):
        say(line)
    say(f"Table: {out}" if out else "All rows: --out FILE.csv")


def _print_scores(groups: "pd.DataFrame") -> None:
    columns = ("metric", "places", "predictions", "n", "effective n", "WIS, ln", "CRPS, ln", "in 50 %", "in 90 %",
               "90 % width", "bias, ln")  # fmt: skip
    cells = []
    for row in groups.itertuples(index=False):
        held = [
            f"{100 * getattr(row, f'coverage_{level}'):.0f} % ({100 * getattr(row, f'coverage_{level}_low'):.0f}"
            f" ~ {100 * getattr(row, f'coverage_{level}_high'):.0f})"
            for level in (50, 90)
        ]
        scores = [f"{row.wis_log:.3f}", f"{row.crps_log:.3f}", *held, f"{row.width_90_relative:.2f}"]
        cells.append((row.metric, row.scopes, Path(str(row.forecast)).name, f"{row.n:,}", f"{row.n_effective:.1f}",
                      *scores, f"{row.bias_log:+.3f}"))  # fmt: skip
    print_table("Registered predictions against what was observed", columns, cells, columns[3:])
    say(
        "Weighted interval score and CRPS (as five quantiles tell it) of logarithms; width over the median.",
        "Effective n: n over 1 + 2 sum of autocorrelations, over 1 + (series - 1) mean correlation.",
        "In brackets the 90 % interval of the coverage, binomial at effective n.",
    )


def _print_comparisons(groups: "pd.DataFrame", first: str) -> None:
    columns = ("metric", "places", "benchmark", "n", "WIS ratio", "DM", "p-value", "periods")
    others = groups[groups["forecast"] != first]
    if "dm" not in others:
        return
    cells = []
    for row in others.itertuples(index=False):
        test = f"{row.wis_log_ratio:.3f}", f"{row.dm:+.2f}", f"{row.dm_p_value:.3f}", f"{row.dm_periods:.0f}"
        cells.append((row.metric, row.scopes, Path(str(row.forecast)).name, f"{row.n:,}",
                      *("-" if "nan" in cell else cell for cell in test)))  # fmt: skip
    caption = "A ratio below 1 and a DM below 0: the predictions are better than the benchmark."
    print_table("The predictions and each benchmark, where both predict", columns, cells, columns[3:], caption)


def _lacking(without: "pd.DataFrame") -> Iterator[str]:
    """Yield a line for each kind of rows without a counterpart, and the first of them."""
    for (name, lacks), rows in without.groupby(["forecast", "lacks"], sort=False):
        if lacks == "observation":
            yield f"{name}: {len(rows)} rows have no observation."
        else:
            yield f"{name}: {len(rows)} rows have no prediction of this benchmark."
        for row in rows.head(_SHOWN_ROWS).itertuples(index=False):
            yield f"- {row.period_start} {row.period_end} {row.scope} {row.metric}"


def _month(name: str, text: str) -> str:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise InputError(f"{name}: {text}: expected a month like 2022-06")
    return text


def _require_ahead(origin: str, end: str) -> None:
    first, last = (12 * int(text[:4]) + int(text[5:]) for text in (_month("ORIGIN", origin), _month("END", end)))
    if not 1 <= last - first <= _MOST_MONTHS:
        raise InputError(f"END: {end}: expected a month 1 to {_MOST_MONTHS} months after the origin, {origin}")


AGGREGATE = "aggregate"
"""The method that is a model: `eum.analysis.forecasts.aggregate_model`."""


@validate_app.command("benchmarks")
def benchmarks(
    origin: Annotated[str, typer.Argument(help="Last month that is known, as 2022-06.")],
    end: Annotated[str, typer.Argument(help="Last month to predict, as 2022-12.")],
    out: Annotated[Path, typer.Option(help="File to write; of several methods each gets its name.", callback=place)],
    method: Annotated[
        str, typer.Option(help="last-value, last-year, s-rho, semi-elasticity, arx, aggregate, or all.")
    ] = "all",
    observed: Annotated[
        Path | None, typer.Option(help="Monthly observations (CSV); default: data/observed_monthly.csv.")
    ] = None,
    policy: Annotated[
        str, typer.Option(help="Policy whose rates are known ahead, by name or file.")
    ] = "incheon-history",
    spending: Annotated[
        int, typer.Option(help="Monthly card payments of a typical user, won: what of a promise has a cap.", min=1)
    ] = 270_000,
    draws: Annotated[int, typer.Option(help="Draws of the aggregate model.", min=20, max=MOST_DRAWS)] = 500,
    seed: Seed = 1,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Make benchmark forecasts of every monthly series, in the format of registered predictions.

    Known are observations to the origin and the calendar of the policy.

    Example: eum validate benchmarks 2022-06 2022-12 --out results/benchmarks.csv
    """
    from eum.analysis.forecasts.benchmarks import RULES
    from eum.analysis.forecasts.monthly import known_series
    from eum.analysis.forecasts.registered import read_observations, write_forecast
    from eum.artifacts import sha256
    from eum.policy.files import load_policy
    from eum.resources import resource

    _require_ahead(origin, end)
    methods = (*RULES, AGGREGATE)
    if method not in ("all", *methods):
        raise InputError(f"--method: {method}: expected all or one of {', '.join(methods)}")
    table = observed or resource("data") / "observed_monthly.csv"
    rows, programme = read_observations(table), load_policy(policy)
    known = known_series(rows, programme, origin, end, spending)
    about = {"origin": origin, "policy": f"{programme.name} {programme.hash}", "spending_krw": spending,
             "observed_sha256": sha256(table.read_bytes()), "code": _code_hash(), "posterior": "none"}  # fmt: skip
    written, left_out = {}, {}
    for name in methods if method == "all" else [method]:
        made, left_out[name] = _made(known, name, draws, seed)
        if not made.empty:
            path = out if method != "all" else out.with_name(f"{out.stem}-{name}{out.suffix}")
            more = {"draws": draws, "seed": seed} if name == AGGREGATE else {}
            written[name] = str(write_forecast(path, {"method": name, **about, **more}, made))
    _told(written, left_out, as_json, table)


def _code_hash() -> str:
    from eum.jit import RESULT_PACKAGES, source_hash

    return source_hash((*RESULT_PACKAGES, "analysis/forecasts"))


def _made(known: "Known", method: str, draws: int, seed: int) -> "tuple[pd.DataFrame, pd.DataFrame]":
    if method == AGGREGATE:
        from eum.analysis.forecasts.aggregate_forecast import aggregate_forecast

        return aggregate_forecast(known, draws, seed)
    from eum.analysis.forecasts.benchmarks import benchmark_forecast

    return benchmark_forecast(known, method)


def _told(written: dict[str, str], left_out: "dict[str, pd.DataFrame]", as_json: bool, observed: Path) -> None:
    """Say what was written and what was left out. Raises InputError where nothing could be forecast."""
    import pandas as pd

    rows = pd.concat([part.assign(method=name) for name, part in left_out.items()], ignore_index=True)
    if not written:
        raise InputError(
            f"{observed}: {rows['why'].iloc[0]}; expected a series that {rows['method'].iloc[0]} can forecast"
        )
    if as_json:
        print_json({"left_out": rows}, files=written)
        return
    for name, path in written.items():
        say(f"Table: {path}")
        n = len(rows[rows["method"] == name])
        if n:
            say(f"{name}: {n} series are left out (--json says why).")
    next_step(f"eum validate score {next(iter(written.values()))} {observed}")
