"""The game of districts' top-ups on the expected-value engine: payoffs in won, paths, and the zero-sum audit.

A district's payoff is what its own shops gain beyond the world in which no district adds anything, and a stated part
of the cashback its residents get, less what its own budgets pay. It leaves out what others pay for it (people join and
use the card more at a higher rate, and on every such payment the city and the nation pay cashback; the audit shows it),
costs of running a programme, votes, and everything beyond the window of the game.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pandas as pd

from eum.analysis.decision.definition import GameDefinition, Payoff
from eum.analysis.decision.game import GameStart, Path, Profile, joint_payoff, play, starts_of
from eum.analysis.decision.templates import design
from eum.analysis.experiments.outcome import relative_outcome
from eum.analysis.experiments.states_of_the_world import Evaluator
from eum.calibration.expectation import ExpectedOutcome

NOBODY, TOGETHER = "no top-ups", "together"
"""Names of the profiles beside the ends of the paths."""


def shops_krw(o: ExpectedOutcome, payoff: Payoff) -> dict[str, float]:
    """Return what shops of each district gain as the payoff counts it, won: value added, or sales of small shops."""
    return o.value_added_by_district_krw if payoff.shops == "value_added" else o.sales_change_by_district_krw


def gain_krw(o: ExpectedOutcome, district: str, payoff: Payoff) -> float:
    """Return what a district counts as gain, won: its shops', and the stated part of its residents' cashback."""
    return shops_krw(o, payoff)[district] + payoff.cashback_of_residents * o.cashback_by_district_krw.get(district, 0.0)


class PayoffTable(NamedTuple):
    """A game laid out: what a profile of steps does, and what each player gets, each profile simulated once."""

    definition: GameDefinition
    outcome: Callable[[Profile], ExpectedOutcome]
    """Outcome of a profile beyond nobody's top-ups."""
    payoffs: Callable[[Profile], tuple[float, ...]]
    seen: dict[Profile, ExpectedOutcome]


def laid_out(definition: GameDefinition, template: str, tried: Evaluator, on_try: Callable[[], object]) -> PayoffTable:
    """Return the game of a definition in one world."""
    steps, variables = definition.rates.steps, list(definition.players.values())
    seen: dict[Profile, ExpectedOutcome] = {}

    def lived(profile: Profile) -> ExpectedOutcome:
        if profile not in seen:
            seen[profile] = tried(design(template, dict(zip(variables, map(steps.value, profile), strict=True))))
            on_try()
        return seen[profile]

    def outcome(profile: Profile) -> ExpectedOutcome:
        return relative_outcome(lived(profile), lived((0,) * len(variables)))

    def payoffs(profile: Profile) -> tuple[float, ...]:
        o = outcome(profile)
        return tuple(gain_krw(o, d, definition.payoff) - o.cost_by_payer_krw.get(d, 0.0) for d in definition.players)

    return PayoffTable(definition, outcome, payoffs, seen)


def paths_of(table: PayoffTable) -> list[Path]:
    """Return the paths of best responses from every start."""
    n_players, n_steps = len(table.definition.players), table.definition.rates.steps.last + 1
    starts = starts_of(n_players, n_steps)
    return [play(table.payoffs, GameStart(*start), n_steps, table.definition.n_rounds) for start in starts.items()]


def path_rows(family: str, paths: list[Path], definition: GameDefinition) -> pd.DataFrame:
    """Return family, start, ending, round, district, rate of every round of every path."""
    value, players = definition.rates.steps.value, list(definition.players)
    rows = [
        (family, path.start, path.ending, n, district, value(k))
        for path in paths
        for n, profile in enumerate(path.rounds)
        for district, k in zip(players, profile, strict=True)
    ]
    return pd.DataFrame(rows, columns=["family", "start", "ending", "round", "district", "rate"])


def profiles_of(table: PayoffTable, paths: list[Path]) -> dict[str, Profile]:
    """Return the profiles to be audited by name: nobody, where the paths end, and the best found together."""
    n_players, n_steps = len(table.definition.players), table.definition.rates.steps.last + 1
    named: dict[str, Profile] = {NOBODY: (0,) * n_players}
    for path in paths:
        for i, profile in enumerate(path.cycle):
            suffix = f", {i + 1} of {len(path.cycle)}" if len(path.cycle) > 1 else ""
            if profile not in list(named.values())[1:]:
                named[f"{path.ending} from {path.start}{suffix}"] = profile
    ends = list(dict.fromkeys(named.values()))
    named[TOGETHER] = joint_payoff(table.payoffs, ends, n_steps)
    return named


AUDIT = (
    "family",
    "profile",
    "district",
    "rate",
    "shops_krw",
    "cashback_krw",
    "cost_krw",
    "payoff_krw",
    "operation_krw",
)
"""Columns of the audit. The row "all districts" sums the ten; the row "city" has all payers' cost instead of theirs."""


def audit_rows(family: str, table: PayoffTable, named: dict[str, Profile]) -> Iterator[tuple]:
    """Yield the rows of the zero-sum audit: what every district gains and pays, their sum, and the city beside it."""
    definition = table.definition
    value, players = definition.rates.steps.value, list(definition.players)
    for name, profile in named.items():
        o = table.outcome(profile)
        rate = dict(zip(players, map(value, profile), strict=True))
        shops = (
            o.value_added_by_district_krw
            if definition.payoff.shops == "value_added"
            else o.sales_change_by_district_krw
        )
        rows = []
        for district in shops:
            cashback, cost = o.cashback_by_district_krw.get(district, 0.0), o.cost_by_payer_krw.get(district, 0.0)
            payoff = gain_krw(o, district, definition.payoff) - cost
            rows.append((rate.get(district, 0.0), shops[district], cashback, cost, payoff))
            yield (family, name, district, *rows[-1], 0.0)
        sums = [sum(column) for column in zip(*rows, strict=True)]
        yield (family, name, "all districts", float("nan"), *sums[1:], 0.0)
        gained, everybody = sums[4] + sums[3], o.fiscal_cost_krw
        yield (family, name, "city", float("nan"), sums[1], sums[2], everybody, gained - everybody, o.operation_krw)


ALONE = ("family", "district", "rate", "own_krw", "others_krw", "city_krw", "cost_krw")
"""Columns of the table of districts that act alone."""


def alone_rows(family: str, table: PayoffTable) -> Iterator[tuple]:
    """Yield, for each district that adds the highest rate alone: its shops' gain, that of all others, and the city's.

    What one gains from its neighbours adds nothing to the city. Columns: ALONE.
    """
    definition, n = table.definition, len(table.definition.players)
    last = definition.rates.steps.last
    for i, district in enumerate(definition.players):
        o = table.outcome(tuple(last * (j == i) for j in range(n)))
        shops = (
            o.value_added_by_district_krw
            if definition.payoff.shops == "value_added"
            else o.sales_change_by_district_krw
        )
        city, own = sum(shops.values()), shops[district]
        rate, cost = definition.rates.steps.value(last), o.cost_by_payer_krw.get(district, 0.0)
        yield family, district, rate, own, city - own, city, cost
