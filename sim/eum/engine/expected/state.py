"""What the compiled days of expectation read and write: the plan, people, cards, rules, purse and scratch."""

from typing import NamedTuple

import numpy as np

from eum.behavior.parameters import Parameters
from eum.dimensions import N_DISTRICTS, N_ORIGINS, N_SECTORS
from eum.engine.expected.accounts import Sums
from eum.engine.expected.monthly_tiers import DayTotals, Month, new_evening
from eum.engine.expected.paces import PurchaseMoments, new_pace
from eum.engine.expected.perceived_use import Perception
from eum.engine.expected.wallets import Aside
from eum.engine.state import LATE

PAYMENTS, CASHBACK, MEMBERS, ACTIVE, USERS, ISSUED = range(6)
DAILY = ("card_payments_krw", "cashback_krw", "subscribers", "active_holders", "users", "issued_krw")
"""Columns of the daily record and their names: won paid with the card, won of cashback, persons who are members, whose
card is active, who have paid with it since the month began, won of own money charged."""


class DayPlan(NamedTuple):
    """What is known of every day of the period before it is simulated. D days, G groups."""

    factor: np.ndarray
    """float64[D]: purchases relative to an average day."""
    leave: np.ndarray
    come: np.ndarray
    """float64[D]: part of storable purchases of the day that waits or is brought forward, and that comes to it."""
    group_share: np.ndarray
    """float64[D, G]: share of the people of a home who are in the group."""
    attention: np.ndarray
    """float64[D, 12]: factor of launches on joining."""
    has_income: np.ndarray
    """uint8[D]: whether income of the second round is spent."""


class People(NamedTuple):
    """What cells are like, whatever the policy; homes and levels as in `Population`. G groups, L levels."""

    home: np.ndarray
    """int64[G]"""
    n: np.ndarray
    """float64[12]: persons by home."""
    affinity_share: np.ndarray
    """float64[4]"""
    new_share: np.ndarray
    """float64[G]: part of used cashback that is new consumption."""
    value: np.ndarray
    often: np.ndarray
    square: np.ndarray
    """float64[9, L]: won a day, purchases a day, sum of the squares of their won."""
    income_krw: np.ndarray
    """float64[L, 9]: monthly spending by trade, of which second-round income is a part."""
    storable: np.ndarray
    """float64[9]: share of purchases that can wait."""
    tables: tuple[np.ndarray, np.ndarray]
    """`gamma_table` and `size_table`."""
    monthly_krw: np.ndarray
    """float64[L]: ordinary monthly spending."""
    parameters: Parameters


class Cards(NamedTuple):
    """Who has a card, persons by home and level (float64[12, L]), and what they keep and are like."""

    none: np.ndarray
    waiting: np.ndarray
    """Those without a card who would join at the rate offered."""
    closed: np.ndarray
    """Those without a card who would not, and who never join late (`would_join_late`)."""
    active: np.ndarray
    dormant: np.ndarray
    shifting: np.ndarray
    """Active holders who began to move purchases across the last announced change."""
    aside: Aside
    cashback: np.ndarray
    """float64[12, L]: cashback that holders got so far, won."""
    ordered: np.ndarray
    """Those who have ordered the card and not paid yet."""
    remembered: np.ndarray
    """float64[12, L]: mean rate that they remember, share of one."""
    users: np.ndarray
    """float64[1]: persons who have paid with the card since the calendar month began."""


class Rules(NamedTuple):
    """What a regime means to the loop. K tiers, R rows of usage, C columns of claims, B budgets."""

    flows: tuple[np.ndarray, np.ndarray]
    """float64[G, K, R, 9] twice: purchases and won paid with the card per one without policy."""
    rates: tuple[np.ndarray, np.ndarray, np.ndarray]
    """See `Regime.rates`."""
    claims: np.ndarray
    claim_of: np.ndarray
    """See `Regime`."""
    felt_percent: np.ndarray
    """float64[12]: the rate that people of a home expect of the card."""
    payers: np.ndarray
    """int64[31]: budget of the city's cashback, then of top-up, Plus top-up and fee support by district; B where none
    pays."""
    potential: np.ndarray
    """float64[12]: share of residents who would hold the card at that rate."""
    gain: np.ndarray
    """float64[12]: a day's second-round income as a part of monthly spending."""
    perception: Perception


class BudgetState(NamedTuple):
    """What the budgets hold and what was asked of them in this stretch of days, int64 won of the sample."""

    left: np.ndarray
    """int64[B]"""
    wanted: np.ndarray
    paid: np.ndarray
    """int64[B]: claims and payments since the stretch began."""
    spent: np.ndarray
    """int64[2, B]: on cashback and on fee support since the governments last paid."""
    path: np.ndarray
    """int64[D, B]: left on the evening of each day."""


class Workspace(NamedTuple):
    """Scratch of a day."""

    pace: PurchaseMoments
    evening: DayTotals
    value: np.ndarray
    """float64[3, L, 9]: won a day by kind of purchase."""
    by_sector: np.ndarray
    """float64[3, 9]: parts of purchases made as usual and come from another day, and both together."""
    mass: np.ndarray
    """float64[G, 4, L]: active holders."""
    today: np.ndarray
    """float64[G, K, R, 9]: purchases of the day, won without policy."""
    gain: np.ndarray
    """float64[G]: second-round income of the day as a part of monthly spending."""
    cell_claims: np.ndarray
    """float64[2, G, 4, L]"""
    groups: np.ndarray
    """float64[G, 5]: see `count_cells`."""
    parts: np.ndarray
    """float64[G, 3]: see `credit`."""
    by_district: np.ndarray
    """float64[20]: claims on Plus top-up, then on fee support."""
    budgets: np.ndarray
    """float64[3, B + 1]: claims of cashback, of support, and the part that is paid; the last has no limit."""
    cuts: np.ndarray
    """uint64[5, 12]: see `write_hazard_cuts`."""
    moves: np.ndarray
    """float64[5, 12, L]: see `eum.engine.expected.wallets.remixed_membership`."""
    holders: np.ndarray
    """float64[12]: share of members."""
    stand: tuple[np.ndarray, np.ndarray, np.ndarray]
    """float64[K], float64[K - 1, 2], float64[2, K]: see `eum.engine.expected.monthly_tiers.simulate_cell`."""


class EngineState(NamedTuple):
    """Everything the loop reads and writes."""

    plan: DayPlan
    people: People
    cards: Cards
    month: Month
    rules: Rules
    purse: BudgetState
    sums: Sums
    desk: Workspace
    daily: np.ndarray
    """float64[D, 6]: see PAYMENTS and its neighbours."""


def first_cards_of(cards: np.ndarray, aside: Aside) -> Cards:
    """Return the cards of the first morning: `cards` float64[4, 12, L] persons with none, an active, a dormant and an
    ordered one."""
    none, active, dormant, ordered = cards
    waiting, closed, shifting, cashback, remembered = (np.zeros_like(none) for _ in range(5))
    has_card = (active, dormant, shifting, aside, cashback)
    return Cards(none, waiting, closed, *has_card, ordered, remembered, np.zeros(1))


def new_desk(people: People, month: Month, edge_krw: np.ndarray, n_rows: int, n_budgets: int) -> Workspace:
    """Return an empty desk for the cells of a month, tiers that end at `edge_krw` (float64[G, K - 1]) and as many rows
    of usage."""
    cells, (n_groups, n_edges) = month.latent.shape, edge_krw.shape
    return Workspace(
        pace=new_pace(edge_krw, people.value, people.often, people.square, n_rows),
        evening=new_evening(month),
        value=np.zeros((3, cells[2], N_SECTORS)),
        by_sector=np.ones((3, N_SECTORS)),
        mass=np.zeros(cells),
        today=np.zeros((n_groups, n_edges + 1, n_rows, N_SECTORS)),
        gain=np.zeros(n_groups),
        cell_claims=np.zeros((2, *cells)),
        groups=np.zeros((n_groups, 5)),
        parts=np.zeros((n_groups, 3)),
        by_district=np.zeros(2 * N_DISTRICTS),
        budgets=np.zeros((3, n_budgets + 1)),
        cuts=np.zeros((LATE + 1, N_ORIGINS), dtype=np.uint64),
        moves=np.zeros((5, N_ORIGINS, cells[2])),
        holders=np.zeros(N_ORIGINS),
        stand=(np.zeros(n_edges + 1), np.zeros((n_edges, 2)), np.zeros((2, n_edges + 1))),
    )
