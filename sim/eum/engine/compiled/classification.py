"""Posts what is bought in each world, and each won of card payments in its class (`eum.behavior.classification`)."""

import numpy as np

from eum.behavior.classification import NEW, district_of, is_outside, payment_class
from eum.engine.state import BY_CARD, CHANGED, PERSON_CARD, PERSON_CHANGE, PurchaseScratch, StaticInputs, Tally
from eum.jit import compiled_part, prefetch


@compiled_part
def classify_payment(tally: Tally, out: PurchaseScratch, pair: int, baseline: int, policy: int, buyer: tuple) -> None:
    """Class the card payment of one purchase for one pair. `buyer` is (home, sector)."""
    home, sector = buyer
    destination, twin = out.destination[policy], out.destination[baseline]
    if destination >= 0 and is_outside(destination) and not (twin >= 0 and is_outside(twin)):
        tally.left_city[pair] += out.paid_krw[policy]
    if out.covered[policy] == 0:
        return
    district = district_of(destination)
    new = out.new_krw[policy] - out.new_krw[baseline]
    same_shop = out.shop[policy] == out.shop[baseline]
    kind = payment_class(home, twin, destination, same_shop, out.covered[baseline] == 1)
    tally.classes[pair, NEW, home, district, sector] += new
    tally.classes[pair, kind, home, district, sector] += out.paid_krw[policy] - new


@compiled_part
def buffer_sale(sales: np.ndarray, out: PurchaseScratch, kind: int, world: int, shop: int, krw: int) -> None:
    """Note a sale of a kind, CHANGED or BY_CARD, that will be posted to `sales`."""
    prefetch(sales, shop)
    n = out.n_sold[kind]
    out.sold_in[kind, n], out.sold_at[kind, n], out.sold_krw[kind, n] = world, shop, krw
    out.n_sold[kind] = n + 1


@compiled_part
def post_sales(tally: Tally, out: PurchaseScratch) -> None:
    """Post the sales noted to their shops: loops of their own, so that many looks far away are under way at a time."""
    for k in range(out.n_sold[CHANGED]):
        tally.change_sales[out.sold_in[CHANGED, k], out.sold_at[CHANGED, k]] += out.sold_krw[CHANGED, k]
    for k in range(out.n_sold[BY_CARD]):
        tally.card_sales[out.sold_in[BY_CARD, k], out.sold_at[BY_CARD, k]] += out.sold_krw[BY_CARD, k]
    out.n_sold[CHANGED], out.n_sold[BY_CARD] = 0, 0


@compiled_part
def post(standing: StaticInputs, tally: Tally, out: PurchaseScratch, world: int, common: tuple, buyer: tuple) -> None:
    """Post what a world changes in the common purchase, and its card payment; sales of shops are noted.

    `common` is (destination, shop, won) of the purchase without policy as posted today (destination -1: none);
    `buyer` is (person, sector).
    """
    person, sector = buyer
    home = standing.home[person]
    destination, shop, amount = common
    row = tally.persons[world, home, standing.age[person], standing.level[person]]
    now, paid = out.destination[world], out.paid_krw[world]
    if now == destination and out.shop[world] == shop:
        # Most card payments change the means alone: where the amount stays too, only the card columns are touched.
        paid -= amount
        destination = np.int64(-1)
    if destination >= 0:
        tally.change_spend[world, home, sector, destination] -= amount
        row[PERSON_CHANGE] -= amount
        if shop >= 0:
            buffer_sale(tally.change_sales[world], out, CHANGED, world, shop, -amount)
    if now >= 0 and paid != 0:
        tally.change_spend[world, home, sector, now] += paid
        row[PERSON_CHANGE] += paid
        if out.shop[world] >= 0:
            buffer_sale(tally.change_sales[world], out, CHANGED, world, out.shop[world], paid)
    if out.covered[world] == 1:
        card = out.paid_krw[world]
        tally.card_spend[world, home, sector, now] += card
        buffer_sale(tally.card_sales[world], out, BY_CARD, world, out.shop[world], card)
        row[PERSON_CARD] += card
