"""The day without policy written in Polars expressions: the same draws and tables, to the won.

Everything is an expression: Polars multiplies UInt64 with wrap-around, which is what the mixing function needs; it
has no shift of bits, so shifts are divisions by powers of two, and look-ups are gathers from literal columns. Card
payments are not written here: each depends on what the same person has paid before, and a round of everybody's k-th
payment would be some hundred expressions over frames that change from round to round.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from eum import rng
from eum.city.spending import N_LEVELS, N_SIZES
from eum.dimensions import N_ALTERNATIVES, N_DESTINATIONS, N_ORIGINS, N_SECTORS, SEOUL
from eum.engine.state import DayInputs, StaticInputs
from eum.rng import _DAY_STEP, _GOLDEN, _MIX_1, _MIX_2, _PURPOSES
from tests.benchmarks.numpy_draws import PURCHASE_STEP

_LOW = (1 << 32) - 1
_ROW_STEP = 1 << 33
"""Draws of 32 bits and cuts up to 2**32 of one row of a table lie below this."""


class Tables(NamedTuple):
    """The columns that expressions look things up in, as literals; made once."""

    persons: pl.DataFrame
    """number (UInt64), home and level (UInt32)."""
    sector_cuts: pl.Series
    amount_krw: pl.Series
    place_alias: pl.Series
    cell_start: pl.Series
    shop_alias: pl.Series


def literal(number: int) -> pl.Expr:
    """Return a UInt64 literal."""
    return pl.lit(int(number), dtype=pl.UInt64)


def shifted(bits: pl.Expr, places: int) -> pl.Expr:
    """Return bits shifted right."""
    return bits // literal(1 << places)


def mixed(bits: pl.Expr) -> pl.Expr:
    """Return 64 well-mixed bits of 64 bits (SplitMix64)."""
    bits = (bits ^ shifted(bits, 30)) * literal(_MIX_1)
    bits = (bits ^ shifted(bits, 27)) * literal(_MIX_2)
    return bits ^ shifted(bits, 31)


def draw_for(purchase: pl.Expr, purpose: int) -> pl.Expr:
    """Return random bits for one purpose of a purchase."""
    return mixed(purchase + literal((purpose + 1) * int(_GOLDEN) % 2**64))


def high_half(bits: pl.Expr) -> pl.Expr:
    """Return the upper 32 bits."""
    return shifted(bits, 32)


def low_half(bits: pl.Expr) -> pl.Expr:
    """Return the lower 32 bits."""
    return bits & literal(_LOW)


def looked_up(table: pl.Series, index: pl.Expr) -> pl.Expr:
    """Return the entries of a table at an index."""
    return pl.lit(table).gather(index)


def tables_of(standing: StaticInputs) -> Tables:
    """Make the frame of persons and the literals."""
    number = np.arange(len(standing.home), dtype=np.uint64)
    persons = {
        "number": number,
        "home": standing.home.astype(np.uint32),
        "level": standing.level.astype(np.uint32),
    }
    amount, cell_start = standing.amount_krw.astype(np.int64), standing.cell_start.astype(np.uint64)
    flat = (standing.sector_cuts, amount, standing.place_alias, cell_start, standing.shop_alias)
    return Tables(pl.DataFrame(persons), *(pl.Series(column.ravel()) for column in flat))


def with_keys(persons: pl.LazyFrame, seed: int, day: int) -> pl.LazyFrame:
    """Add the keys of the agent and of the agent's day."""
    start = rng.mix(np.uint64((seed + int(_GOLDEN)) % 2**64))
    agent = mixed(literal(int(start)) + pl.col("number") * literal(_GOLDEN))
    step = day * int(_DAY_STEP) % 2**64
    return persons.with_columns(agent=agent).with_columns(key=mixed(pl.col("agent") ^ literal(step)))


def purchases(persons: pl.LazyFrame, count_cuts: np.ndarray) -> pl.LazyFrame:
    """Give every purchase of the day a row: agent, home, level, purchase (its key)."""
    rows = np.arange(len(count_cuts), dtype=np.uint64)[:, None] * np.uint64(_ROW_STEP)
    cuts = pl.Series((count_cuts + rows).ravel())
    wanted = pl.col("level").cast(pl.UInt64) * literal(_ROW_STEP) + high_half(draw_for(pl.col("key"), rng.DAY))
    found = pl.lit(cuts).search_sorted(wanted, side="right").cast(pl.Int64)
    n = found - pl.col("level").cast(pl.Int64) * count_cuts.shape[1]
    listed = persons.with_columns(n=n).filter(pl.col("n") > 0)
    listed = listed.with_columns(nth=pl.int_ranges(0, "n", dtype=pl.UInt64)).explode("nth", empty_as_null=False)
    key = pl.col("key") + pl.col("nth") * literal(int(PURCHASE_STEP[0]))
    return listed.select("agent", "home", "level", purchase=key)


def with_baskets(bought: pl.LazyFrame, tables: Tables) -> pl.LazyFrame:
    """Add sector and amount."""
    drawn = bought.with_columns(bits=draw_for(pl.col("purchase"), rng.BASKET))
    sector = pl.lit(tables.sector_cuts).search_sorted(high_half(pl.col("bits")), side="right")
    size = shifted(low_half(pl.col("bits")) * literal(N_SIZES), 32)
    index = (pl.col("sector") * N_LEVELS + pl.col("level")).cast(pl.UInt64) * literal(N_SIZES) + size
    return drawn.with_columns(sector=sector).with_columns(amount=looked_up(tables.amount_krw, index))


def alias(entry: pl.Expr, keeps: pl.Expr, column: pl.Expr) -> pl.Expr:
    """Return the column where the bits in `keeps` lie below the entry's cut, else the entry's other."""
    return pl.when(keeps < low_half(entry)).then(column).otherwise(high_half(entry))


def with_places(bought: pl.LazyFrame, tables: Tables, habit_cut: int) -> pl.LazyFrame:
    """Add the place, and whether the purchase goes to the known shop there."""
    drawn = bought.with_columns(bits=draw_for(pl.col("purchase"), rng.PLACE))
    drawn = drawn.with_columns(product=high_half(pl.col("bits")) * literal(N_ALTERNATIVES))
    column = high_half(pl.col("product"))
    row = ((pl.col("home") * N_SECTORS + pl.col("sector")) * N_ALTERNATIVES).cast(pl.UInt64)
    drawn = drawn.with_columns(entry=looked_up(tables.place_alias, row + column))
    place = alias(pl.col("entry"), low_half(pl.col("product")), column)
    return drawn.with_columns(place=place, is_known=low_half(pl.col("bits")) < literal(habit_cut))


def with_shops(bought: pl.LazyFrame, tables: Tables) -> pl.LazyFrame:
    """Keep the purchases in the city and add their shops."""
    cell = pl.col("place") * literal(N_SECTORS) + pl.col("sector").cast(pl.UInt64)
    step = int(_PURPOSES) * int(_GOLDEN) % 2**64
    inside = bought.filter(pl.col("place") < SEOUL).with_columns(cell=cell)
    lifetime = mixed(pl.col("agent") ^ literal(rng.NO_DAY)) + pl.col("cell") * literal(step)
    key = pl.when(pl.col("is_known")).then(lifetime).otherwise(pl.col("purchase"))
    first = looked_up(tables.cell_start, pl.col("cell"))
    inside = inside.with_columns(bits=draw_for(key, rng.SHOP), first=first)
    size = looked_up(tables.cell_start, pl.col("cell") + literal(1)) - pl.col("first")
    hit = pl.col("first") + shifted(high_half(pl.col("bits")) * size, 32)
    inside = inside.with_columns(hit=hit).with_columns(entry=looked_up(tables.shop_alias, pl.col("hit")))
    return inside.with_columns(shop=alias(pl.col("entry"), low_half(pl.col("bits")), pl.col("hit")))


def day_without_policy(
    standing: StaticInputs, today: DayInputs, tables: Tables, engine: str = "in-memory"
) -> tuple[np.ndarray, np.ndarray]:
    """Return the day's spending, int64[12, 9, 34] by home, sector and place, and sales, int64[m] by shop."""
    persons = with_keys(tables.persons.lazy(), int(standing.seed[0]), int(today.number[0]))
    bought = with_baskets(purchases(persons, today.count_cuts[0]), tables)
    bought = with_places(bought, tables, int(standing.habit_cut[0]))
    bought = bought.select("agent", "home", "purchase", "sector", "amount", "place", "is_known")
    spending = bought.group_by("home", "sector", "place").agg(pl.col("amount").sum())
    sales = with_shops(bought, tables).group_by("shop").agg(pl.col("amount").sum())
    by_place, by_shop = pl.collect_all([spending, sales], engine=engine)
    spend = np.zeros((N_ORIGINS, N_SECTORS, N_DESTINATIONS), dtype=np.int64)
    spend[tuple(by_place[name].to_numpy() for name in ("home", "sector", "place"))] = by_place["amount"].to_numpy()
    sold = np.zeros(len(standing.shop_alias), dtype=np.int64)
    sold[by_shop["shop"].to_numpy()] = by_shop["amount"].to_numpy()
    return spend, sold
