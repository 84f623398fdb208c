"""Any window of the record run again: what the card did in the model beside what was published of it.

The model simulates the record from its first day (`eum.engine.history`), so a window is the same days, to the won, of
one run of the whole: people, shops, budgets and grants stand on its first morning where that run has brought them.
"""

import calendar
import datetime
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from rich.progress import Progress

from eum.analysis.experiments.run import PreparedRun, RunConfig, members_assumed, run_request, write_run
from eum.analysis.policy_history.register import evidence_rows
from eum.analysis.policy_history.user_data import compared_with_user_data, read_own, require_inside
from eum.analysis.validation.target_patterns import PatternKey
from eum.city.data import CityData, load_city_data
from eum.engine.history import HISTORY, History, first_paying_day, plus_count_day
from eum.engine.results import Tables
from eum.engine.window import morning_of, window_record
from eum.errors import InputError
from eum.policy.files import load_policy
from eum.policy.model import Policy
from eum.runner.results_store import StoredTables, new_result

_CITY = "incheon"


class Replayed(NamedTuple):
    """A window of the record in the model, as tables for the screen, and what it assumes."""

    months: pd.DataFrame
    """By month and published period: period, simulated_krw, observed_low_krw, observed_high_krw, simulated_rate,
    observed_rate (percent of payments)."""
    budgets: pd.DataFrame
    """Of each budget that paid in the window: budget, payer, spent_krw, amount_krw (left on its first morning, and what
    came in since), exhausted_on, assumed."""
    assumed: list[str]
    own: pd.DataFrame | None = None
    """Own figures beside the model's and the published ones; see
    `eum.analysis.policy_history.user_data.compared_with_user_data`."""


def last_day(package: CityData) -> datetime.date:
    """Return the last day that the record of policies names."""
    days = [str(row[k]) for row in evidence_rows(package).values() for k in ("start", "end") if k in row]
    return datetime.date.fromisoformat(max(days))


def _months(start: datetime.date, end: datetime.date) -> Iterator[tuple[str, str]]:
    """Yield the first and last day of each calendar month, as far as it lies in a window."""
    first = start
    while first <= end:
        last = min(end, first.replace(day=calendar.monthrange(first.year, first.month)[1]))
        yield first.isoformat(), last.isoformat()
        first = last + datetime.timedelta(days=1)


def _observed(package: CityData, metric: str, start: str, end: str) -> pd.DataFrame:
    """Return the published figures of a metric whose periods lie in a window, those of the open data by month too."""
    rows = package.observations(metric, _CITY)
    if "observed_monthly" in package.tables:
        monthly = package.table("observed_monthly").query("metric == @metric and scope == @_CITY")
        rows = pd.concat([rows, monthly])
    return rows[(rows["period_start"] >= start) & (rows["period_end"] <= end)]


def months_compared(package: CityData, daily: pd.DataFrame, scale: float) -> pd.DataFrame:
    """Return the months of a run, and the periods for which payments or rates were published, side by side.

    `daily` has date, card_payments_krw and cashback_krw of the world with the policy, in won of the sample.
    """
    start, end = daily["date"].iloc[0], daily["date"].iloc[-1]
    paid, rates = (_observed(package, m, start, end) for m in ("payments", "cashback_rate_effective"))
    days = [datetime.date.fromisoformat(day) for day in (start, end)]
    periods = {*_months(*days), *zip(paid["period_start"], paid["period_end"], strict=True)}
    periods |= set(zip(rates["period_start"], rates["period_end"], strict=True))
    rows = []
    for first, last in sorted(periods):
        part = daily[(daily["date"] >= first) & (daily["date"] <= last)]
        krw, cashback = part["card_payments_krw"].sum() / scale, part["cashback_krw"].sum() / scale
        published, rate = (t[(t["period_start"] == first) & (t["period_end"] == last)]["value"] for t in (paid, rates))
        rows.append({
            "period": PatternKey("payments", first, last).days,
            "simulated_krw": krw,
            "observed_low_krw": published.min(),
            "observed_high_krw": published.max(),
            "simulated_rate": 100 * cashback / krw if krw else np.nan,
            "observed_rate": rate.iloc[0] if len(rate) else np.nan,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _budgets(policy: Policy, tables: StoredTables, scale: float) -> pd.DataFrame:
    rows = tables["budgets"].query("world == @policy.name and spent_krw > 0")
    judged = {
        b.id for b in policy.budget if b.confidence == "J" or any(s.source == "assumption" for s in b.supplements)
    }
    rows = rows.assign(
        spent_krw=rows["spent_krw"] / scale,
        amount_krw=rows["amount_krw"] / scale,
        assumed=rows["budget"].isin(judged),
    )
    return rows[["budget", "payer", "spent_krw", "amount_krw", "exhausted_on", "assumed"]].reset_index(drop=True)


def _of_members(package: CityData, request: RunConfig) -> str:
    """Return in words where the members of a replay come from."""
    if not request.members_given:
        return "Members join by the model's own rule, from the first day of the record on."
    return f"Members are as many each day as were counted.{members_assumed(package, request.end)}"


def assumptions_of(package: CityData, policy: Policy, request: RunConfig) -> list[str]:
    """Return in plain words what a replay of a window takes for granted."""
    start, end, first, counted = request.start, request.end, first_paying_day(policy), plus_count_day(package)
    found = [
        "Residents and shops are those of the base year in every year, prices those of the year; the epidemic is off.",
        f"The model simulates the record from {first}, when nobody held a card: "
        f"people, budgets and grants stand on {start} where that has brought them.",
        f"Plus shops are those counted on {counted} until then; later on owners decide by the model's own rule.",
        _of_members(package, request),
    ]
    changes = {day for day in package.table("fees")["start"] if str(start) < day <= str(end)}
    if changes:
        found.append(
            f"The table of fees has those of {start}; payments follow the changes: {', '.join(sorted(changes))}."
        )
    found += _in_course(policy, start)
    last = package.observations("payments", _CITY)["period_end"].max()
    if str(end) > last:
        found.append(f"Payments are published to {last}; later months stand alone.")
    return found


def _in_course(policy: Policy, start: datetime.date) -> list[str]:
    """Return in words which budgets were drawn on before the first day of a replay: the model says what is left."""
    kinds = (policy.city, policy.top_up, policy.plus, policy.fee_support, policy.grant)
    begun = [(p.start, p.end or start, p.budget) for kind in kinds for p in kind]
    pots = sorted({budget for first, last, budget in begun if first < start <= last and budget})
    return [f"Budgets hold on {start} what the model has left of them: {', '.join(pots)}."] if pots else []


def require_window(package: CityData, start: datetime.date, end: datetime.date) -> None:
    """Raise InputError for a window that leaves the record."""
    first, last = first_paying_day(load_policy(HISTORY)), last_day(package)
    if start < first or end > last:
        raise InputError(f"replay: {start} to {end}: expected days from {first} to {last}, which the record names")


def replayed_tables(run: PreparedRun, progress: Progress) -> Tables:
    """Simulate the record from its first day to the end of a window, and return what the days of the window came to."""
    request, first = run.request, first_paying_day(load_policy(HISTORY))
    days = progress.add_task("Simulating the record by day", total=(request.end - first).days + 1)
    history = History(
        run.city, run.parameters, request.seed, members_given=request.members_given, n_threads=run.threads
    )
    on_day = partial(progress.advance, days)
    since = morning_of(history.run_until(request.start, on_day))
    model = history.run_until(request.end + datetime.timedelta(days=1), on_day)
    tables = window_record(model, since)
    model.forget()
    return tables


def replayed_history(
    request: RunConfig,
    threads: int,
    folder: Path,
    replace: bool,
    progress: Progress | None = None,
    own: Path | None = None,
) -> Replayed:
    """Run a window of the record beside the world without any policy, keep the run, and return it compared.

    `own` is a file of one's own figures (`eum.analysis.policy_history.user_data.read_own`), checked before anything is
    run.
    """
    package, policy = load_city_data(), load_policy(HISTORY)
    require_window(package, request.start, request.end)
    figures = None if own is None else read_own(own)
    if own is not None and figures is not None:
        require_inside(figures, own, str(request.start), str(request.end))
    with new_result(folder, replace):
        ran = run_request(request, threads, progress, replayed_tables)
        daily = ran.tables["daily"].query("world == @HISTORY").reset_index(drop=True)
        months = months_compared(package, daily, request.scale)
        budgets = _budgets(policy, ran.tables, request.scale)
        mine = None if figures is None else compared_with_user_data(package, figures, daily, request.scale)
        write_run(folder, ran.about, {**ran.tables, "replay": months, **({} if mine is None else {"own": mine})})
    return Replayed(months, budgets, assumptions_of(package, policy, request), mine)
