"""A shop of the reference: what it sells, and whether it is a Plus shop (혜택플러스 가맹점)."""

import mesa
import numpy as np

from eum import rng
from eum.behavior.merchant_membership import PlusOffer, ShopMonth, awareness_share, leaves_plus, plus_pays
from eum.city.shops import SHOP_AGENTS
from eum.dimensions import N_DISTRICTS, N_SECTORS
from eum.engine.reference.scenario import Scenario


class Shop(mesa.Agent):
    """One shop: small ones take the card and may be Plus shops, large ones do neither."""

    def __init__(self, model: mesa.Model, number: int) -> None:
        super().__init__(model)
        shops = model.city.shops
        self.number = int(number)
        self.cell = int(shops.cell[number])
        self.is_small = self.number < shops.n_small
        self.district = self.cell % (N_DISTRICTS * N_SECTORS) // N_SECTORS
        self.band = int(shops.band[number])
        self.weight = int(shops.weight[number])
        self.discount_bp = int(shops.discount_bp[number])
        n_worlds = len(model.worlds)
        self.is_plus = [False] + [bool(shops.first_plus[number])] * (n_worlds - 1)
        self.months = [0] * n_worlds
        self.sales_krw, self.card_krw = [0] * n_worlds, [0] * n_worlds

    def begin_at(self, world: int, is_plus: bool, months: int) -> None:
        """Begin the run in a world as a Plus shop of so many months, or as none."""
        self.is_plus[world], self.months[world] = is_plus, months

    def gives_discount(self, world: Scenario) -> bool:
        """Return whether the shop is a small one that gives its discount as a Plus shop today."""
        return self.is_small and self.is_plus[world.number] and bool(world.terms.plus_open[self.district])

    def count_sales(self) -> None:
        """Add the day's takings to the shop's own books."""
        day = self.model.day
        for world in range(len(self.sales_krw)):
            self.sales_krw[world] += day.sales.get((world, self.number), 0)
            self.card_krw[world] += day.card_sales.get((world, self.number), 0)

    def _draw(self, day: int, purpose: int) -> np.uint64:
        key = np.uint64(rng.day_key(self.model.city.seed, SHOP_AGENTS + self.number, day))
        return np.uint64(rng.draw(key, 0, purpose))

    def _thinks_about_plus(self, world: Scenario) -> bool:
        p = self.model.parameters
        plus_share = world.n_plus[self.cell] / world.n_shops[self.cell]
        informed = float(world.informed[self.district])
        share = awareness_share(p.plus_awareness_per_month, informed, p.plus_imitation, plus_share)
        share *= world.terms.plus_open[self.district] > 0
        return bool(rng.high_half(self._draw(self.model.date.toordinal(), rng.AWARE)) < rng.cut(share))

    def _would_pay(self, world: Scenario) -> bool:
        terms, d = world.terms, self.district
        hope = self.model.parameters.plus_expected_extra_share * rng.exponential(self._draw(rng.NO_DAY, rng.PLUS_START))
        shop = ShopMonth(
            sales_krw=float(world.per_weight[self.cell]) * self.weight,
            card_share=float(world.card_share[self.cell]),
            margin_share=float(world.margin[self.cell]),
            discount_percent=self.discount_bp / 100.0,
        )
        offer = PlusOffer(
            top_up_percent=float(terms.plus_bp[d] / 100),
            fee_support_percent=float(terms.fee_plus_bp[d] / 100),
            ordinary_fee_support_percent=self._ordinary_fee_support_percent(world),
            in_kind_krw=float(world.in_kind_krw[d]),
        )
        return plus_pays(shop, offer, hope)

    def _ordinary_fee_support_percent(self, world: Scenario) -> float:
        """Return the fee support that the shop gets without being a Plus shop, by its sales band."""
        terms, d = world.terms, self.district
        return float(terms.fee_ordinary_bp[d] / 100) if self.band < terms.fee_ordinary_band[d] else 0.0

    def consider_plus(self, world: Scenario) -> None:
        """At the end of a month, join the Plus shops or leave them."""
        if not self.is_small:
            return
        member = self.is_plus[world.number]
        if not member and not self._thinks_about_plus(world):
            return
        pays = self._would_pay(world)
        if not member:
            if pays:
                self.is_plus[world.number], self.months[world.number] = True, 0
            return
        self.months[world.number] += 1
        if leaves_plus(pays, self.months[world.number]):
            self.is_plus[world.number] = False
