"""The reference and the crowd are the same model: every account of everybody agrees to the won, every day."""

import datetime
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings

from eum.city.build import build_city
from eum.city.data import load_city_data
from eum.dimensions import CLASSES, PLUS
from eum.engine import state
from eum.engine.model import CityModel
from eum.engine.reference.model import ReferenceModel
from eum.policy.files import load_policy
from eum.policy.model import Policy
from tests.engine.random_cases import Case, cases
from tests.plain_behaviour import plain_behaviour

COUNTS = {
    "used_krw": state.CASHBACK_USED,
    "granted_krw": state.GRANT_USED,
    "discount_krw": state.DISCOUNT,
    "fees_krw": state.FEES,
    "support_krw": state.FEE_SUPPORT,
    "new_krw": state.NEW_SPENDING,
    "earned_krw": state.EARNED,
    "second_round_krw": state.SECOND_ROUND,
    "charged_krw": state.CHARGED,
    "issued_krw": state.ISSUED,
}


FEW, MANY = 25, 200
MONEY = "card, spent this month, cashback held, waits, own money, rate remembered, has paid, grant money held"


def crowd_accounts(model: CityModel) -> dict[str, np.ndarray]:
    """Return every account of the compiled day since the start, by name."""
    total = type(model.total)(*(a + b for a, b in zip(model.total, model.month, strict=True)))
    grants = model.state.grant_krw if model.state.grant_krw.size else np.zeros_like(model.state.balance_krw)
    return {
        "spending": total.common_spend + total.change_spend,
        "card payments": total.card_spend,
        "classes": total.classes,
        "left the city": total.left_city,
        "sales of shops": total.common_sales + total.change_sales,
        "card sales of shops": total.card_sales,
        "Plus shops": model.plus.is_plus.astype(bool),
        **{name: total.totals[:, column] for name, column in COUNTS.items()},
        MONEY: np.stack([np.asarray(c, np.int64) for c in (*model.state[:4], *model.state[5:], grants)]),
        "card payments and cashback by group": total.persons[..., :2],
        "members, active holders and users": model.holders[1:],
    }


def reference_accounts(model: ReferenceModel) -> dict[str, np.ndarray]:
    """Return the same of the agents."""
    total, worlds = model.total, range(len(model.worlds))
    wallets = [[person.morning[w] for person in model.people] for w in worlds]
    fields = (
        "card",
        "month_to_date_krw",
        "balance_krw",
        "shifts",
        "own_krw",
        "remembered_ppm",
        "has_paid",
        "grant_krw",
    )
    groups = np.zeros((len(worlds), 12, 6, 30, 2), dtype=np.int64)
    for person in model.people:
        for w in worlds:
            groups[w, person.home, person.age, person.level] += (person.card_krw[w], person.cashback_krw[w])
    return {
        "spending": total.spend,
        "card payments": total.card,
        "classes": total.classes,
        "left the city": total.left_city,
        "sales of shops": np.array([[s.sales_krw[w] for s in model.shops] for w in worlds]),
        "card sales of shops": np.array([[s.card_krw[w] for s in model.shops] for w in worlds]),
        "Plus shops": np.array([[s.is_plus[w] for s in model.shops] for w in worlds]),
        **{name: total.counts[name] for name in COUNTS},
        MONEY: np.array([[[int(getattr(x, f)) for x in row] for row in wallets] for f in fields]),
        "card payments and cashback by group": groups,
        "members, active holders and users": np.array([[w.holders, w.active, w.users] for w in model.worlds[1:]]),
    }


def require_agreement(crowd: CityModel, reference: ReferenceModel) -> None:
    """Fail with the first account on which the two engines differ."""
    told = crowd_accounts(crowd)
    for name, mine in reference_accounts(reference).items():
        assert np.array_equal(mine, told[name]), f"{reference.date}: {name} differ"
    for treasury, world in zip(crowd.treasuries, reference.worlds, strict=True):
        assert world.treasury.ledger.accounts == treasury.ledger.accounts
        assert world.treasury.budgets.summary() == treasury.budgets.summary()
        assert world.treasury.budgets.path() == treasury.budgets.path()
        paid = {name: payer.paid_krw for name, payer in treasury.payers.items()}
        assert {name: payer.paid_krw for name, payer in world.treasury.payers.items()} == paid


CLAUSES: dict[str, Callable[[Policy], bool]] = {
    "discount at the till": lambda p: any(c.form == "discount" for c in p.city),
    "event": lambda p: any(c.event for c in p.city),
    "areas": lambda p: any(len(c.districts) < 10 for c in p.city),
    "trades": lambda p: any(len(c.sectors) < 9 for c in p.city),
    "weekdays": lambda p: any(len(c.weekdays) < 7 for c in p.city),
    "bands": lambda p: any(len(c.bands) < 5 for c in p.city),
    "cap of a payment": lambda p: any(c.most_per_payment_krw is not None for c in p.city),
    "base": lambda p: any(c.base_bp > 0 for c in p.city),
    "any card": lambda p: any(t.card == "any" for t in p.top_up),
    "groups": lambda p: any(t.households is not None or len(t.ages) < 6 for t in p.top_up),
    "limit at Plus shops": lambda p: any(x.up_to_krw is not None for x in p.plus),
    "minimum of a grant": lambda p: any(g.minimum_spend_krw > 0 for g in p.grant),
    "steps": lambda p: any(b.steps for b in p.budget),
    "monthly money": lambda p: any(b.monthly_krw for b in p.budget),
}
"""Clauses that some policy with card payments must have had."""


def live_both(case: Case) -> ReferenceModel:
    """Run both engines side by side, compare them after every day, and return the reference."""
    city, policies, parameters, period, pairs, seed = case
    crowd = CityModel(city, policies, parameters, period, pairs, seed=seed, n_threads=1 + seed % 2)
    reference = ReferenceModel(city, policies, parameters, period, pairs, seed=seed)
    while crowd.running:
        crowd.step()
        reference.step()
        require_agreement(crowd, reference)
    assert not reference.running
    return reference


def reached(model: ReferenceModel) -> dict[str, int]:
    """Return how often each mechanism happened in a run: agreement on quiet days would say nothing."""
    seen = {name: int(np.abs(model.total.counts[name]).sum()) for name in COUNTS}
    for name in ("time_shifted", "retained", "inflow"):
        seen[name] = int(model.total.classes[:, CLASSES.index(name)].sum())
    seen["plus"] = int(model.total.card[..., PLUS:].sum())
    budgets = [b for w in model.worlds for b in w.treasury.budgets.summary()]
    seen["exhausted"] = sum(bool(b["exhausted_on"]) and int(b["amount_krw"]) > 0 for b in budgets)
    used = [w.treasury.policy for w in model.worlds[1:] if model.total.card[w.number].any()]
    return seen | {name: sum(map(is_said, used)) for name, is_said in CLAUSES.items()}


@pytest.mark.parametrize("n_cases", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_both_engines_agree_on_every_account_of_every_day(n_cases: int) -> None:
    """No shrinking: a case is small enough to look at, and shrinking one takes longer than all the others."""
    seen: Counter[str] = Counter()

    @settings(max_examples=n_cases, phases=[Phase.explicit, Phase.generate])
    @given(cases())
    def agree(case: Case) -> None:
        seen.update(reached(live_both(case)))

    agree()
    assert all(seen.values()), seen


@pytest.fixture(scope="session")
def launch() -> Case:
    """Return a town of 1,300 residents around the rise of March and the launch of Gyeyang's card."""
    city = build_city(load_city_data(), 0.0005, 1, 0.003)
    lively = plain_behaviour(city.package)._replace(
        place_response_visitor=0.2, visitor_card_share=0.1, basket_response=0.3
    )
    worlds = [load_policy(name) for name in ("none", "incheon-2020-actual", "gyeyang-2020-actual")]
    short = [
        b.model_copy(update={"amount_krw": b.amount_krw // 40}) if b.payer == "gyeyang" else b for b in worlds[2].budget
    ]
    worlds[2] = worlds[2].model_copy(update={"budget": tuple(short)})
    period = (datetime.date(2020, 2, 24), datetime.date(2020, 4, 5))
    return Case(city, worlds, lively, period, [(0, 1), (0, 2), (1, 2)], 1)


def test_both_engines_agree_on_the_launch_in_gyeyang(launch: Case) -> None:
    reference = live_both(launch)
    assert reference.total.card[2].sum() > reference.total.card[1].sum() > 0
    exhausted = [b["exhausted_on"] for b in reference.worlds[2].treasury.budgets.summary()]
    assert any(exhausted), "a budget ran out, so the pro-rata rule was compared as well"


@pytest.mark.slow
@pytest.mark.parametrize("switch", ["NUMBA_DISABLE_JIT", "NUMBA_BOUNDSCHECK"])
def test_both_engines_agree_without_the_compiler_and_with_bounds_checked(
    switch: str, repository: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "pytest", "-q", __file__, "-k", "launch_in_gyeyang", "-p", "no:cacheprovider"]
    env = {**os.environ, switch: "1", "EUM_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(command, cwd=repository, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
