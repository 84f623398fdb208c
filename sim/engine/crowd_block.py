"""A block of persons and their purchases as if there were no policy, stage by stage.

Each stage is one short loop over flat columns that does one thing: the processor works at several rows at once and
guesses no branch. What a stage needs of a row, an earlier stage has written. docs/crowd.md tells what each costs.
"""

import numpy as np

from sim import draws
from sim.city.levels import MOST_PURCHASES, N_LEVELS, N_SIZES
from sim.city.places import N_ALTERNATIVES, SEOUL
from sim.compiled import compiled
from sim.engine.columns import Block, Standing, Tally, Today
from sim.vocabulary import N_SECTORS

_LOW = np.uint64(0xFFFFFFFF)
_S32 = np.uint64(32)
_N_CHOICES = np.uint64(N_ALTERNATIVES)
_N_CUTS = MOST_PURCHASES - 1
_ROWS_AHEAD = 4
_CELLS = np.uint64(N_SECTORS)
_LEVELS, _SIZES = np.uint32(N_LEVELS), np.uint32(N_SIZES)


@compiled
def wake(standing: Standing, today: Today, block: Block, person: int, n: int) -> None:
    """Make the keys of the day of `n` persons from `person` on, and the draw of the day."""
    seed, day = standing.seed[0], today.number[0]
    for i in range(n):
        agent = draws.agent_key(seed, person + i)
        key, lifetime = draws.day_of(agent, day), draws.day_of(agent, draws.NO_DAY)
        block.lifetime[i], block.key[i], block.bits[i] = lifetime, key, draws.draw_for(key, draws.DAY)


@compiled
def count_purchases(standing: Standing, today: Today, block: Block, person: int, n: int) -> None:
    """Draw how many purchases each of `n` persons makes: as many as there are cuts at or below the draw."""
    for i in range(n):
        half, cuts, many = draws.high_half(block.bits[i]), today.count_cuts[0, standing.level[person + i]], np.uint32(0)
        for k in range(_N_CUTS):
            many += np.uint32(half >= cuts[k])
        block.n[i] = many


@compiled
def list_purchases(block: Block, n: int) -> int:
    """Give every purchase of `n` persons a row and return the number of rows.

    Four rows are written for everybody and the next person writes over those not needed: few buy more often, so the
    processor seldom has to guess where the rows of a person end.
    """
    row = np.uint64(0)
    for i in range(n):
        many = np.uint64(block.n[i])
        block.first[i] = row
        for k in range(_ROWS_AHEAD):
            block.who[row + np.uint64(k)] = i
        if many > _ROWS_AHEAD:
            for k in range(_ROWS_AHEAD, np.int64(many)):
                block.who[row + np.uint64(k)] = i
        row += many
    block.first[n] = row
    for r in range(np.int64(row)):
        i = block.who[r]
        block.purchase[r] = draws.purchase_key(block.key[i], r - np.int64(block.first[i]))
    return np.int64(row)


@compiled
def fill_baskets(standing: Standing, block: Block, person: int, first: int, end: int) -> None:
    """Draw the sector and the amount of the purchases in rows `first` to `end`."""
    cuts = standing.sector_cuts
    for row in range(first, end):
        bits = draws.draw_for(block.purchase[row], draws.BASKET)
        half, sector = draws.high_half(bits), np.uint32(0)
        for k in range(N_SECTORS - 1):
            sector += np.uint32(half >= cuts[k])
        level = standing.level[np.uint64(person) + block.who[row]]
        block.sector[row] = sector
        block.at[row] = (sector * _LEVELS + level) * _SIZES + draws.below(draws.lower_half(bits), N_SIZES)
    for row in range(first, end):
        block.amount_krw[row] = standing.amount_krw[block.at[row]]


@compiled
def choose_places(standing: Standing, block: Block, person: int, first: int, end: int) -> int:
    """Draw where the purchases go without policy, list those made in the city, and return how many these are.

    One look into an alias table: the upper half of the draw times 24 is a column and, behind the point, the draw
    that keeps it or takes its other.
    """
    n_inside = 0
    habit_cut = standing.habit_cut[0]
    for row in range(first, end):
        bits = draws.draw_for(block.purchase[row], draws.PLACE)
        product = draws.high_half(bits) * _N_CHOICES
        column = product >> _S32
        home = standing.home[np.uint64(person) + block.who[row]]
        entry = standing.place_alias[home, block.sector[row], column]
        place = column if (product & _LOW) < (entry & _LOW) else entry >> _S32
        block.place[row] = place
        block.is_known[row] = (bits & _LOW) < habit_cut
        block.shop[row] = -1
        block.inside[n_inside] = row
        n_inside += np.int64(place < SEOUL)
    return n_inside


@compiled
def column_of(standing: Standing, cell: np.uint64, bits: np.uint64) -> np.uint64:
    """Return the column of a cell's alias table of shops that a draw hits."""
    first = np.uint64(standing.cell_start[cell])
    size = np.uint64(standing.cell_start[cell + np.uint64(1)]) - first
    return first + ((draws.high_half(bits) * size) >> _S32)


@compiled
def shop_of(standing: Standing, column: np.uint64, bits: np.uint64) -> np.uint64:
    """Return the shop of a column of the alias table: its own, or the other one."""
    entry = standing.shop_alias[column]
    return column if (bits & _LOW) < (entry & _LOW) else entry >> _S32


@compiled
def shop_in_cell(standing: Standing, cell: int, bits: np.uint64) -> int:
    """Return a shop of the cell, drawn by its sales."""
    return np.int64(shop_of(standing, column_of(standing, np.uint64(cell), bits), bits))


@compiled
def choose_shops(standing: Standing, block: Block, n_inside: int) -> None:
    """Draw the shops of the purchases made in the city: a person's known shop of the cell, or one drawn afresh.

    The known shop is drawn in the same way for a lifetime, from the person's key and the cell. The look into the
    table of shops, which is larger than the near memory, is a loop of its own, so that many looks are under way at
    a time.
    """
    for k in range(n_inside):
        row = block.inside[k]
        cell = np.uint64(block.place[row]) * _CELLS + np.uint64(block.sector[row])
        known = draws.purchase_key(block.lifetime[block.who[row]], np.int64(cell))
        bits = draws.draw_for(known if block.is_known[row] == 1 else block.purchase[row], draws.SHOP)
        block.at[k], block.below[k] = column_of(standing, cell, bits), bits & _LOW
    for k in range(n_inside):
        block.shop[block.inside[k]] = shop_of(standing, np.uint64(block.at[k]), np.uint64(block.below[k]))


@compiled
def draw_purchases(standing: Standing, block: Block, person: int, first: int, end: int) -> int:
    """Fill the rows of listed purchases and return how many are made in the city (listed in `inside`)."""
    fill_baskets(standing, block, person, first, end)
    n_inside = choose_places(standing, block, person, first, end)
    choose_shops(standing, block, n_inside)
    return n_inside


@compiled
def post_common(standing: Standing, tally: Tally, block: Block, person: int, rows: int, n_inside: int) -> None:
    """Post the purchases of a block as they are without policy: what worlds do not change is posted once."""
    for row in range(rows):
        home = standing.home[np.uint64(person) + block.who[row]]
        tally.common_spend[home, block.sector[row], block.place[row]] += block.amount_krw[row]
    for k in range(n_inside):
        row = block.inside[k]
        tally.common_sales[np.uint32(block.shop[row])] += block.amount_krw[row]
