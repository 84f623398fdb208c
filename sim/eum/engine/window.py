"""The record of some days of a run that began before them: what the run came to by their end, less what it had by
their first morning."""

import datetime
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import numpy as np

from eum.engine.governments import Treasury
from eum.engine.lookup_tables import card_fees_bp
from eum.engine.model import CityModel
from eum.engine.results import Tables, record
from eum.engine.state import Tally


class Morning(NamedTuple):
    """What a run has come to by the morning of a date."""

    date: datetime.date
    total: Tally
    paid_krw: list[dict[str, dict[str, int]]]
    """Won paid, by world, payer and purpose."""
    spent_krw: list[list[int]]
    """Won spent, by world and budget."""
    fee_bp: np.ndarray
    """int64[5]: merchant fee of the card by sales band."""


def _so_far(model: CityModel) -> Tally:
    """Return all that was counted since the run began, of the month in course too."""
    return Tally(*(total + month for total, month in zip(model.total, model.month, strict=True)))


def _spent_krw(treasury: Treasury) -> list[int]:
    return (treasury.budgets.amount_krw - treasury.budgets.left_krw).tolist()


def morning_of(model: CityModel) -> Morning:
    """Return what a model has come to before the day that it lives next."""
    paid = [{name: dict(payer.paid_krw) for name, payer in t.payers.items()} for t in model.treasuries]
    fee_bp = card_fees_bp(model.city, model.date.isoformat())
    return Morning(model.date, _so_far(model), paid, [_spent_krw(t) for t in model.treasuries], fee_bp)


def window_record(model: CityModel, since: Morning) -> Tables:
    """Return the tables of the days since a morning, as `eum.engine.results.record` of a run of these days alone.

    A budget is what was left of it on that morning, and what came in since. Shops are told apart by what they are on
    the last evening; rates of fees are those of the morning.
    """
    total = Tally(*(now - before for now, before in zip(_so_far(model), since.total, strict=True)))
    daily = model.daily
    columns: Any = SimpleNamespace(
        city=model.city,
        policies=model.policies,
        pairs=model.pairs,
        total=total,
        plus=model.plus,
        treasuries=[
            _treasury(treasury, paid, spent, since.date)
            for treasury, paid, spent in zip(model.treasuries, since.paid_krw, since.spent_krw, strict=True)
        ],
        standing=SimpleNamespace(fee_bp=since.fee_bp),
        start=since.date,
        end=model.date - datetime.timedelta(days=1),
        daily=daily[daily["date"] >= since.date.isoformat()].reset_index(drop=True),
    )
    return record(cast(CityModel, columns))


def _treasury(
    treasury: Treasury, paid_krw: dict[str, dict[str, int]], spent_krw: list[int], start: datetime.date
) -> SimpleNamespace:
    """Return what a record reads of a treasury, from a day on."""
    payers = {
        name: SimpleNamespace(paid_krw=_beyond(payer.paid_krw, paid_krw[name]))
        for name, payer in treasury.payers.items()
    }
    heads = [
        {**head, **{name: int(str(head[name])) - spent for name in ("amount_krw", "spent_krw")}}
        for head, spent in zip(treasury.budgets.summary(), spent_krw, strict=True)
    ]
    path = [row for row in treasury.budgets.path() if row[1] >= start.isoformat()]
    budgets = SimpleNamespace(summary=lambda: heads, path=lambda: path)
    return SimpleNamespace(policy=treasury.policy, payers=payers, budgets=budgets)


def _beyond(now: dict[str, int], before: dict[str, int]) -> dict[str, int]:
    """Return won paid by purpose beyond what was paid before, of purposes on which anything was."""
    paid = {purpose: krw - before.get(purpose, 0) for purpose, krw in now.items()}
    return {purpose: krw for purpose, krw in paid.items() if krw or purpose not in before}
