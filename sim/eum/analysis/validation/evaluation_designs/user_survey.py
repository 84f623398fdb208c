"""A survey of users: what would you have done without the card? Asked of each card payment of July 2019.

The simulation knows what each payment's twin did, so an answer can be true; how many are not is an assumption
(data/assumptions.csv: survey_overstates_share, survey_forgets_share). With none the survey errs by chance alone.
"""

import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from eum import rng
from eum.analysis.validation.evaluation_designs.estimate import EstimateRow, finding
from eum.behavior.parameters import Parameters
from eum.city.build import City
from eum.engine.initial_conditions import first_cards
from eum.engine.model import CityModel
from eum.engine.reference.destination_choice import class_of
from eum.engine.reference.tracer import AgentTracer
from eum.engine.results import Tables, record
from eum.engine.state import ACTIVE
from eum.outcomes.attribution import class_totals
from eum.outcomes.counting import DAEJEON
from eum.policy.files import load_policy
from eum.policy.model import Policy

JULY = (datetime.date(2019, 7, 1), datetime.date(2019, 7, 31))
JULY_POLICY = "incheon-2019-july"
USERS = 500
"""Users asked in each run."""

HERE_ANYWAY = "here_anyway"
ANSWER = {
    **dict.fromkeys(("replaced", "unchanged", "reshuffled", "moved_between_districts", "time_shifted"), HERE_ANYWAY),
    **dict.fromkeys(DAEJEON["share_switching"], "large_or_online"),
    **dict.fromkeys(("retained", "inflow"), "outside"),
    "new": "new",
}
"""What a user truthfully says of a payment of each class; "here anyway" is at some small shop of the city."""
SURVEY_CHANGES = ("large_or_online", "outside", "new")

_Z = float(special.ndtri(0.975))


class SurveyAnswers(NamedTuple):
    """What the users asked paid by card, and what everybody did."""

    payments: pd.DataFrame
    """One row per card payment and answer: user, krw, answer, and the two draws `remembers` and `survey_estimates` in
    (0, 1)."""
    tables: Tables
    """The record of the run."""
    policy: str


class Memory(NamedTuple):
    """How users misremember, shares of payments."""

    overstates: float
    """Payments that changed nothing and are reported as a change."""
    forgets: float
    """Payments that changed something and are reported as no change."""


def users_surveyed(city: City, parameters: Parameters, seed: int, n_users: int = USERS) -> list[int]:
    """Return the numbers of the users asked: active holders of the first morning in the order of a keyed draw."""
    cards = first_cards(city, parameters, JULY[0])
    users = np.flatnonzero(cards == ACTIVE)
    order = np.argsort(rng.lifetime_draws(seed, 0, city.n_persons, rng.SURVEY)[users], kind="stable")
    return [int(user) for user in np.sort(users[order[:n_users]])]


def _rows(user: int, home: int, entry: tuple) -> list[tuple[int, int, str, float, float]]:
    """Return one row for the part of a card payment that has a twin, one for what is new in it."""
    purchase, (twin, visit), (before, bill) = entry
    if not visit.by_card:
        return []
    new, bits = bill.new_krw - before.new_krw, np.uint64(rng.draw_for(purchase.key, rng.SURVEY))
    remembers, told = (float(rng.unit(b)) for b in (bits, np.uint64(rng.lower_half(bits))))
    parts = ((bill.paid_krw - new, ANSWER[class_of(home, twin, visit)]), (new, "new"))
    return [(user, krw, answer, remembers, told) for krw, answer in parts if krw]


def ask(
    city: City, parameters: Parameters, policy: Policy, users: list[int], seed: int, period: tuple = JULY
) -> SurveyAnswers:
    """Live some days (July 2019) beside some users and ask them of each card payment."""
    model = CityModel(city, [load_policy("none"), policy], parameters, period, [(0, 1)], seed=seed)
    witness, rows = AgentTracer(model, users), []
    while model.running:
        witness.step()
        for person in witness.people:
            for entry in person.today:
                rows += _rows(person.number, person.home, entry)
    tables = record(model)
    model.forget()
    columns = ["user", "krw", "answer", "remembers", "told"]
    return SurveyAnswers(pd.DataFrame(rows, columns=columns), tables, policy.name)


def survey_estimates(payments: pd.DataFrame, memory: Memory) -> pd.Series:
    """Return what users say of each payment when some misremember it."""
    truth = payments["answer"]
    stayed = truth == HERE_ANYWAY
    slips = payments["remembers"] < np.where(stayed, memory.overstates, memory.forgets)
    invented = pd.Series(
        np.array(SURVEY_CHANGES)[(payments["told"] * len(SURVEY_CHANGES)).astype(int)], index=truth.index
    )
    return truth.mask(slips & stayed, invented).mask(slips & ~stayed, HERE_ANYWAY)


class Share(NamedTuple):
    """A share of won over all users, and its standard error."""

    value: float
    error: float


def share_of_won(payments: pd.DataFrame, says: pd.Series, answers: tuple[str, ...]) -> Share:
    """Return the share of card payments with some answers, and its standard error between users (a ratio of totals,
    linearised: Cochran 1977, 6.3)."""
    won = payments["krw"].groupby(payments["user"]).sum()
    mine = payments["krw"].where(says.isin(answers), 0).groupby(payments["user"]).sum()
    value = mine.sum() / won.sum()
    rest, n = mine - value * won, len(won)
    return Share(float(value), float(np.sqrt(n / max(n - 1, 1) * (rest**2).sum()) / won.sum()))


def true_shares(answers: SurveyAnswers) -> dict[str, float]:
    """Return the share of each answer in all card payments of the city, if everybody were asked and told the truth."""
    by_class = class_totals(answers.tables["classes"], ("none", answers.policy))
    by_answer = by_class.groupby(by_class.index.map(ANSWER)).sum()
    return {answer: float(by_answer[answer] / by_class.sum()) for answer in SURVEY_CHANGES}


def survey_of(given: SurveyAnswers, design: str, memory: Memory) -> list[EstimateRow]:
    """Return what the survey reports when users remember as stated."""
    if given.payments.empty:
        return []
    payments, truth = given.payments, true_shares(given)
    says = survey_estimates(payments, memory)
    flows = given.tables["flows"].query("world == @given.policy and purpose == 'cashback'")["krw"].sum()
    rate = flows / class_totals(given.tables["classes"], ("none", given.policy)).sum()

    def reported(measure: str, answers: tuple[str, ...], per: float = 1.0) -> EstimateRow:
        found = share_of_won(payments, says, answers)
        value, width = found.value / per, _Z * found.error / per
        target = sum(truth[answer] for answer in answers) / per
        return finding(design, measure, value, target, interval=(value - width, value + width))

    moved = (says == "large_or_online").groupby(payments["user"]).any()
    width = _Z * np.sqrt(moved.mean() * (1 - moved.mean()) / len(moved))
    of_users = (moved.mean() - width, moved.mean() + width)
    return [
        *(reported(answer, (answer,)) for answer in SURVEY_CHANGES),
        reported("not_replaced", SURVEY_CHANGES, rate),
        finding(design, "users_large_or_online", moved.mean(), truth["large_or_online"], interval=of_users),
    ]


def survey(city: City, parameters: Parameters, seed: int) -> list[EstimateRow]:
    """Return what a survey of users in July 2019 reports: with perfect memory, and with memory as assumed."""
    users = users_surveyed(city, parameters, seed)
    answers = ask(city, parameters, load_policy(JULY_POLICY), users, seed)
    assumed = Memory(*(city.package.assumption(f"survey_{what}_share") for what in Memory._fields))
    return [
        *survey_of(answers, "survey_perfect_memory", Memory(0.0, 0.0)),
        *survey_of(answers, "survey", assumed),
    ]
