"""The days between two changes of a policy's terms, in one compiled loop over days and cells of people.

A day in order: what is moved in time, what every cell buys and uses, what it claims, what the budgets pay, what is
credited, who joins, stops and returns. The loop stops early on the evening on which a budget runs out.
"""

import numpy as np

from eum.dimensions import N_DISTRICTS
from eum.engine.expected.accounts import INCOME, NORMAL, SHIFTED
from eum.engine.expected.day_sums import add_purchases, count_cells
from eum.engine.expected.membership import change_cards, count_members
from eum.engine.expected.monthly_tiers import simulate_cells
from eum.engine.expected.paces import fill_pace
from eum.engine.expected.state import ACTIVE, CASHBACK, ISSUED, MEMBERS, PAYMENTS, USERS, BudgetState, EngineState
from eum.engine.expected.wallets import carry_over, credit, remembers_rates
from eum.jit import compiled, compiled_part


@compiled_part
def move_in_time(world: EngineState, day: int) -> None:
    """Write what is bought as usual and what comes from another day, by trade, into the desk."""
    people, cards, desk = world.people, world.cards, world.desk
    shifting, active = 0.0, 0.0
    for home in range(cards.active.shape[0]):
        for level in range(cards.active.shape[1]):
            shifting += cards.shifting[home, level]
            active += cards.active[home, level]
    part = min(1.0, shifting / max(active, 1e-300))
    for sector in range(len(people.storable)):
        usual = 1.0 - people.storable[sector] * world.plan.leave[day] * part
        come = people.storable[sector] * world.plan.come[day] * part
        desk.by_sector[0, sector], desk.by_sector[1, sector] = usual, come
        desk.by_sector[2, sector] = usual + come
        for level in range(people.value.shape[1]):
            desk.value[NORMAL, level, sector] = people.value[sector, level] * usual
            desk.value[SHIFTED, level, sector] = people.value[sector, level] * come


@compiled_part
def weigh_cells(world: EngineState, day: int) -> None:
    """Write the active holders of every cell into the desk."""
    people, mass = world.people, world.desk.mass
    for g in range(mass.shape[0]):
        for a in range(mass.shape[1]):
            share = world.plan.group_share[day, g] * people.affinity_share[a]
            for level in range(mass.shape[2]):
                mass[g, a, level] = world.cards.active[people.home[g], level] * share


@compiled_part
def spend_income(world: EngineState, kind_sums: tuple) -> float:
    """Let holders spend a day's part of last month's gain; return the won of it that is paid with the card.

    A loss is spending less by other means. Everybody's purchases out of income are added at the end of the month.
    """
    people, desk, paid_share = world.people, world.desk, world.rules.flows[1]
    for g in range(desk.mass.shape[0]):
        for a in range(desk.mass.shape[1]):
            for level in range(desk.mass.shape[2]):
                desk.mass[g, a, level] *= desk.gain[g]
    add_purchases(desk.evening, desk.mass, people.income_krw, 1.0, kind_sums, desk.today)
    paid = 0.0
    for g in range(desk.today.shape[0]):
        for k in range(desk.today.shape[1]):
            for a in range(desk.today.shape[2]):
                for sector in range(desk.today.shape[3]):
                    paid += desk.today[g, k, a, sector] * paid_share[g, k, a, sector]
    return paid


@compiled_part
def write_income(world: EngineState, day: int) -> None:
    """Write second-round income of the day by group, as a part of monthly spending, into the desk; none where less."""
    for g in range(len(world.people.home)):
        gain = world.rules.gain[world.people.home[g]] if world.plan.has_income[day] == 1 else 0.0
        world.desk.gain[g] = max(gain, 0.0)


@compiled_part
def shop(world: EngineState, day: int, is_first: bool) -> float:
    """Let every cell buy; return the won of second-round income that is paid with the card."""
    people, desk, sums, factor = world.people, world.desk, world.sums, world.plan.factor[day]
    comes = world.plan.come[day] > 0.0
    if is_first or comes or world.plan.leave[day] > 0.0:
        move_in_time(world, day)
        fill_pace(world.rules.flows, people.value, people.often, people.square, desk.by_sector[2], desk.pace)
    write_income(world, day)
    uses = (people.parameters.cashback_use_share, people.parameters.cashback_use_growth)
    rules = (factor, uses, people.new_share, world.rules.perception)
    income_rules = (desk.gain, people.monthly_krw)
    simulate_cells(world.month, desk.pace, desk.evening, rules, income_rules, (*desk.stand, *people.tables))
    desk.today[:] = 0.0
    income = 0.0
    weigh_cells(world, day)
    if world.plan.has_income[day] == 1:
        income = spend_income(world, (sums.krw[INCOME], sums.used[INCOME]))
        weigh_cells(world, day)
    normal, shifted = (sums.krw[NORMAL], sums.used[NORMAL]), (sums.krw[SHIFTED], sums.used[SHIFTED])
    add_purchases(desk.evening, desk.mass, desk.value[NORMAL], factor, normal, desk.today)
    if comes:
        add_purchases(desk.evening, desk.mass, desk.value[SHIFTED], factor, shifted, desk.today)
    return income


@compiled_part
def claim_by_district(world: EngineState, paid: float, charged: float, grown: float) -> None:
    """Write the day's claims on Plus top-up and fee support into the desk."""
    rules, desk, out = world.rules, world.desk, world.desk.by_district
    out[:] = 0.0
    for g in range(desk.today.shape[0]):
        for k in range(desk.today.shape[1]):
            for a in range(desk.today.shape[2]):
                for sector in range(desk.today.shape[3]):
                    krw = desk.today[g, k, a, sector]
                    for column in range(len(rules.claim_of)):
                        out[rules.claim_of[column]] += krw * rules.claims[g, k, a, sector, column]
    for d in range(N_DISTRICTS):
        out[d] *= charged / max(paid, 1e-300)
        out[N_DISTRICTS + d] *= 1.0 + grown / max(paid, 1e-300)


@compiled_part
def claim(world: EngineState, income: float) -> tuple:
    """Write the day's claims by cell, group and district into the desk; return (won paid, won charged, won by which
    baskets grew out of cashback used)."""
    desk, people = world.desk, world.people
    desk.groups[:] = 0.0
    count_cells(desk.mass, desk.pace.paid, desk.evening, world.rules.rates, desk.cell_claims, desk.groups)
    paid, charged, grown = 0.0, 0.0, 0.0
    for g in range(len(people.home)):
        paid += desk.groups[g, 0]
        charged += desk.groups[g, 2]
        grown += desk.groups[g, 1] * people.new_share[g]
    # Cashback on purchases out of income is taken at the day's mean rates.
    more = 1.0 + income / max(paid, 1e-300)
    for g in range(len(people.home)):
        desk.groups[g, 3] *= more
        desk.groups[g, 4] *= more
        for layer in range(2):
            for a in range(desk.mass.shape[1]):
                for level in range(desk.mass.shape[2]):
                    desk.cell_claims[layer, g, a, level] *= more
    claim_by_district(world, paid, charged, grown)
    return paid, charged, grown


@compiled_part
def charge(purse: BudgetState, day: int, budgets: np.ndarray) -> bool:
    """Take the day's claims out of the budgets, write the part of each that is paid, and say whether one ran out."""
    claims, support, part = budgets[0], budgets[1], budgets[2]
    part[len(purse.left)], runs_out = 1.0, False
    for b in range(len(purse.left)):
        both, left = claims[b] + support[b], purse.left[b]
        wanted = np.int64(round(both))
        paid = min(wanted, max(left, 0))
        helped = np.int64(round(paid * (support[b] / both))) if both > 0.0 else 0
        purse.spent[1, b] += helped
        purse.spent[0, b] += paid - helped
        purse.wanted[b] += wanted
        purse.paid[b] += paid
        purse.left[b] -= paid
        purse.path[day, b] = purse.left[b]
        part[b] = paid / wanted if wanted > 0 else 0.0
        runs_out = runs_out or (wanted > 0 and wanted >= left)
    return runs_out


@compiled_part
def send_claims(world: EngineState) -> None:
    """Add the claims of groups and districts to those of the budgets that pay them."""
    desk, payers = world.desk, world.rules.payers
    desk.budgets[:] = 0.0
    for g in range(len(world.people.home)):
        home = world.people.home[g]
        desk.budgets[0, payers[0]] += desk.groups[g, 3]
        if home < N_DISTRICTS:
            desk.budgets[0, payers[1 + home]] += desk.groups[g, 4]
    for d in range(N_DISTRICTS):
        desk.budgets[0, payers[1 + N_DISTRICTS + d]] += desk.by_district[d]
        desk.budgets[1, payers[1 + 2 * N_DISTRICTS + d]] += desk.by_district[N_DISTRICTS + d]


@compiled_part
def pay(world: EngineState, day: int, paid: float) -> tuple:
    """Claim the day's cashback and support from the budgets and credit people; return (won of cashback, whether a
    budget ran out)."""
    desk, payers, home = world.desk, world.rules.payers, world.people.home
    send_claims(world)
    runs_out = charge(world.purse, day, desk.budgets)
    part = desk.budgets[2]
    plus = 0.0
    for d in range(N_DISTRICTS):
        plus += desk.by_district[d] * part[payers[1 + N_DISTRICTS + d]]
    cashback = plus
    for g in range(len(home)):
        desk.parts[g, 0] = part[payers[0]]
        desk.parts[g, 1] = part[payers[1 + home[g]]] if home[g] < N_DISTRICTS else 0.0
        desk.parts[g, 2] = plus / max(paid, 1e-300)
        cashback += desk.groups[g, 3] * desk.parts[g, 0] + desk.groups[g, 4] * desk.parts[g, 1]
    credit(world.month, desk.evening, desk.mass, desk.cell_claims, desk.parts, home, world.cards.cashback)
    return cashback, runs_out


@compiled_part
def end_day(world: EngineState, day: int, charged: float) -> None:
    """Let holders carry over what they have, people come and go, and write who they are and what they charged."""
    people, desk, daily = world.people, world.desk, world.daily
    p = people.parameters
    learning = p.rate_learning_share if remembers_rates(p) else 0.0
    rules = (learning, people.monthly_krw, p.charge_days)
    pay_rules = (world.rules.rates[0], desk.parts, desk.pace)
    users, ahead = carry_over(world.month, desk.evening, desk.mass, rules, pay_rules, world.rules.perception)
    count_members(world.cards, people.n, desk.holders)
    change_cards(world, day)
    members, active = count_members(world.cards, people.n, desk.holders)
    world.cards.users[0] += users
    daily[day, MEMBERS], daily[day, ACTIVE] = members, active
    daily[day, USERS], daily[day, ISSUED] = world.cards.users[0], charged + ahead


@compiled
def simulate_days(first: int, last: int, world: EngineState) -> int:
    """Run the days from `first` up to `last` (not included) under one regime; return the first day not run.

    Days are counted from the start of the period. On the evening on which a budget runs out the loop stops.
    """
    for day in range(first, last):
        income = shop(world, day, day == first)
        paid, charged, grown = claim(world, income)
        cashback, runs_out = pay(world, day, paid)
        end_day(world, day, charged + income)
        world.daily[day, PAYMENTS], world.daily[day, CASHBACK] = paid + grown + income, cashback
        if runs_out:
            return day + 1
    return last


@compiled
def rebase_tiers(world: EngineState) -> None:
    """Say how far the month has come on new tiers: a day of no length."""
    people, desk = world.people, world.desk
    desk.by_sector[:] = 1.0
    fill_pace(world.rules.flows, people.value, people.often, people.square, desk.by_sector[2], desk.pace)
    desk.gain[:] = 0.0
    rules = (0.0, (0.0, 0.0), people.new_share, world.rules.perception)
    income = (desk.gain, people.monthly_krw)
    simulate_cells(world.month, desk.pace, desk.evening, rules, income, (*desk.stand, *people.tables))
