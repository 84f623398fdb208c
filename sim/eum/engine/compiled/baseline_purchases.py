"""A block of persons and their purchases as if there were no policy, stage by stage.

Each stage is one short loop over flat columns that does one thing: the processor works at several rows at once and
guesses no branch. What a stage needs of a row, an earlier stage has written (docs/explanation/compiled-engine.md).
"""

import numpy as np

from eum import rng
from eum.city.spending import MOST_PURCHASES, N_LEVELS, N_SIZES
from eum.dimensions import N_ALTERNATIVES, N_SECTORS, SEOUL
from eum.engine.state import BlockScratch, DayInputs, StaticInputs, Tally
from eum.jit import compiled_part, prefetch, seldom

_LOW = np.uint64(0xFFFFFFFF)
_S32 = np.uint64(32)
_N_CHOICES = np.uint64(N_ALTERNATIVES)
_N_CUTS = MOST_PURCHASES - 1
_ROWS_AHEAD = 4
_N_SECTORS = np.uint32(N_SECTORS)
_LEVELS, _SIZES = np.uint32(N_LEVELS), np.uint32(N_SIZES)


@compiled_part
def draw_day_keys(standing: StaticInputs, today: DayInputs, block: BlockScratch, person: int, n: int) -> None:
    """Make the keys of the day of `n` persons from `person` on, and the draw of the day."""
    seed, day = standing.seed[0], today.number[0]
    for i in range(n):
        agent = rng.agent_key(seed, person + i)
        key, lifetime = rng.day_of(agent, day), rng.day_of(agent, rng.NO_DAY)
        block.lifetime[i], block.key[i], block.bits[i] = lifetime, key, rng.draw_for(key, rng.DAY)


@compiled_part
def count_purchases(standing: StaticInputs, today: DayInputs, block: BlockScratch, person: int, n: int) -> None:
    """Draw how many purchases each of `n` persons makes: as many as there are cuts at or below the draw.

    Few make more than four, so the other cuts are seldom looked at.
    """
    for i in range(n):
        half, cuts, many = rng.high_half(block.bits[i]), today.count_cuts[0, standing.level[person + i]], np.uint32(0)
        for k in range(_ROWS_AHEAD):
            many += np.uint32(half >= cuts[k])
        if seldom(many == _ROWS_AHEAD):
            for k in range(_ROWS_AHEAD, _N_CUTS):
                many += np.uint32(half >= cuts[k])
        block.n[i] = many


@compiled_part
def list_purchases(standing: StaticInputs, block: BlockScratch, person: int, n: int) -> int:
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
        if seldom(many > _ROWS_AHEAD):
            for k in range(_ROWS_AHEAD, np.int64(many)):
                block.who[row + np.uint64(k)] = i
        row += many
    block.first[n] = row
    for r in range(np.int64(row)):
        i = np.int64(block.who[r])
        list_purchase(standing, block, person, i, r, rng.purchase_key(block.key[i], r - np.int64(block.first[i])))
    return np.int64(row)


@compiled_part
def list_purchase(
    standing: StaticInputs, block: BlockScratch, person: int, i: int, row: int, purchase: np.uint64
) -> None:
    """Write the key of a purchase in its row, and what later stages need of its buyer, the person in row `i`.

    With these beside it, later loops read rows in order and need not look for the buyer.
    """
    block.purchase[row], block.buyer_lifetime[row] = purchase, block.lifetime[i]
    block.buyer_home[row], block.buyer_level[row] = standing.home[person + i], standing.level[person + i]


@compiled_part
def fill_baskets(standing: StaticInputs, block: BlockScratch, first: int, end: int) -> None:
    """Draw the sector and the amount of the purchases in rows `first` to `end`."""
    cuts = standing.sector_cuts
    for row in range(first, end):
        bits = rng.draw_for(block.purchase[row], rng.BASKET)
        half, sector = rng.high_half(bits), np.uint32(0)
        for k in range(N_SECTORS - 1):
            sector += np.uint32(half >= cuts[k])
        block.sector[row] = sector
        size = np.uint32(rng.below(rng.lower_half(bits), N_SIZES))
        block.at[row] = (sector * _LEVELS + block.buyer_level[row]) * _SIZES + size
    for row in range(first, end):
        block.amount_krw[row] = standing.amount_krw[block.at[row]]


@compiled_part
def choose_places(standing: StaticInputs, block: BlockScratch, first: int, end: int) -> int:
    """Draw where the purchases go without policy, list those made in the city, and return how many these are.

    One look into an alias table: the upper half of the draw times 24 is a column and, behind the point, the draw
    that keeps it or takes its other.
    """
    for row in range(first, end):
        block.drawn[row] = rng.draw_for(block.purchase[row], rng.PLACE)
    for row in range(first, end):
        table = block.buyer_home[row] * _N_SECTORS + block.sector[row]
        column = np.uint32((rng.high_half(block.drawn[row]) * _N_CHOICES) >> _S32)
        block.at[row] = table * np.uint32(N_ALTERNATIVES) + column
    n_inside, habit_cut = 0, standing.habit_cut[0]
    for row in range(first, end):
        product = rng.high_half(block.drawn[row]) * _N_CHOICES
        entry = standing.place_alias[block.at[row]]
        place = product >> _S32 if (product & _LOW) < (entry & _LOW) else entry >> _S32
        block.place[row] = place
        block.is_known[row] = (block.drawn[row] & _LOW) < habit_cut
        block.shop[row] = -1
        block.inside[n_inside] = row
        n_inside += np.int64(place < SEOUL)
    return n_inside


@compiled_part
def column_of(standing: StaticInputs, cell: np.uint64, bits: np.uint64) -> np.uint64:
    """Return the column of a cell's alias table of shops that a draw hits."""
    first = np.uint64(standing.cell_start[cell])
    size = np.uint64(standing.cell_start[cell + np.uint64(1)]) - first
    return first + ((rng.high_half(bits) * size) >> _S32)


@compiled_part
def shop_of(standing: StaticInputs, column: np.uint64, bits: np.uint64) -> np.uint64:
    """Return the shop of a column of the alias table: its own, or the other one."""
    entry = standing.shop_alias[column]
    return column if (bits & _LOW) < (entry & _LOW) else entry >> _S32


@compiled_part
def shop_in_cell(standing: StaticInputs, cell: int, bits: np.uint64) -> int:
    """Return a shop of the cell, drawn by its sales."""
    return np.int64(shop_of(standing, column_of(standing, np.uint64(cell), bits), bits))


@compiled_part
def choose_shops(standing: StaticInputs, block: BlockScratch, first: int, end: int, n_inside: int) -> None:
    """Draw the shops of the purchases made in the city: a person's known shop of the cell, or one drawn afresh.

    The known shop is drawn in the same way for a lifetime, from the person's key and the cell. The table of shops is
    larger than the near memory: one loop asks for all columns that the next one reads, so that many looks are under
    way at a time.
    """
    for row in range(first, end):
        cell = block.place[row] * _N_SECTORS + block.sector[row]
        known = rng.purchase_key(block.buyer_lifetime[row], cell)
        block.cell[row] = cell
        block.drawn[row] = rng.draw_for(known if block.is_known[row] == 1 else block.purchase[row], rng.SHOP)
    for k in range(n_inside):
        row = block.inside[k]
        bits = block.drawn[row]
        column = column_of(standing, np.uint64(block.cell[row]), bits)
        prefetch(standing.shop_alias, column)
        block.at[k], block.below[k] = column, bits & _LOW
    for k in range(n_inside):
        block.shop[block.inside[k]] = shop_of(standing, np.uint64(block.at[k]), np.uint64(block.below[k]))


@compiled_part
def draw_purchases(standing: StaticInputs, block: BlockScratch, first: int, end: int) -> int:
    """Fill the rows of listed purchases and return how many are made in the city (listed in `inside`)."""
    fill_baskets(standing, block, first, end)
    n_inside = choose_places(standing, block, first, end)
    choose_shops(standing, block, first, end, n_inside)
    return n_inside


@compiled_part
def post_common(tally: Tally, block: BlockScratch, rows: int, n_inside: int) -> None:
    """Post the purchases of a block as they are without policy: what worlds do not change is posted once."""
    for k in range(n_inside):
        prefetch(tally.common_sales, np.uint32(block.shop[block.inside[k]]))
    for row in range(rows):
        tally.common_spend[block.buyer_home[row], block.sector[row], block.place[row]] += block.amount_krw[row]
    for k in range(n_inside):
        row = block.inside[k]
        tally.common_sales[np.uint32(block.shop[row])] += block.amount_krw[row]
