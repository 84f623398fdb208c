"""The rate that people without habit expect of the card: what moves joining, stopping and returning."""

import numpy as np

from eum.behavior.adoption import felt_rate_percent, launch_effect
from eum.behavior.parameters import Parameters
from eum.city.build import City
from eum.city.spending import sector_values
from eum.dimensions import N_DISTRICTS, N_ORIGINS, N_SECTORS, SALES_BANDS
from eum.policy.arithmetic import cashback_krw
from eum.policy.timetable import DayTerms


def first_rates_percent(terms: DayTerms) -> np.ndarray:
    """Return float64[12]: the rate on the first won of a month that people of each home are offered.

    The best of the city's schedules at shops of the home district and its top-up; visitors look at all districts, and
    hold no district's own card. A top-up for some groups of people is no offer to all of a home.
    """
    by_district = terms.tier_bp[terms.schedule, 0].reshape(N_DISTRICTS, -1).max(axis=1)
    own, for_any = _offered_top_ups_bp(terms, terms.topup_bp[:, 0])
    rates = np.zeros(N_ORIGINS)
    rates[:N_DISTRICTS] = by_district + own
    rates[N_DISTRICTS:] = (by_district + for_any).max()
    return rates / 100


def _offered_top_ups_bp(terms: DayTerms, top_up: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what a district's own people and everybody are offered of top-ups that are for all groups, [10] each."""
    top_up = top_up * terms.topup_for.all(axis=(1, 2))
    for_any = top_up * (terms.topup_own_card == 0)
    return np.where(terms.card_launched > 0, top_up, for_any), for_any


def _mean_bp(month_krw: int, low_krw: np.ndarray, high_krw: np.ndarray, rate_bp: np.ndarray) -> np.ndarray:
    """Return float64[...]: the mean rate over a month's payments of schedules of tiers (on the last axis)."""
    flat = (column.reshape(-1, column.shape[-1]) for column in (low_krw, high_krw, rate_bp))
    earned = [cashback_krw(month_krw, 0, *tiers) for tiers in zip(*flat, strict=True)]
    return np.array(earned, dtype=float).reshape(rate_bp.shape[:-1]) / month_krw * 1e4


class FeltRates:
    """What each home expects under the terms of a day, by where its people buy without policy."""

    def __init__(self, city: City, parameters: Parameters) -> None:
        self.parameters = parameters
        value = sector_values(city.package, "spending_share")
        bought = city.places.share[:, :, :N_DISTRICTS] * (value / value.sum())[None, :, None]
        bought = bought / np.maximum(bought.sum(axis=(1, 2), keepdims=True), 1e-300)
        self.by_district = bought.sum(axis=1)
        """float64[12, 10]: share of the districts in what a home spends at small shops."""
        shops, n_bands = city.shops, len(SALES_BANDS)
        group = shops.cell[: shops.n_small].astype(np.int64) * n_bands + shops.band[: shops.n_small]
        sales = np.bincount(group, shops.weight[: shops.n_small], N_DISTRICTS * N_SECTORS * n_bands)
        sales = sales.reshape(N_DISTRICTS, N_SECTORS, n_bands)
        band = sales / np.maximum(sales.sum(axis=2, keepdims=True), 1e-300)
        cells = bought.swapaxes(1, 2)[..., None] * band[None]
        self.by_band = cells.reshape(N_ORIGINS, N_DISTRICTS * N_SECTORS, n_bands)
        """float64[12, 90, 5]: share of cells and sales bands in it."""

    def percent(self, terms: DayTerms) -> np.ndarray:
        """Return float64[12]: the rate that people of each home expect of the card.

        The mean is taken over a month of `felt_month_krw`. Below the base of a schedule people act on the rate above
        it. Plus shops' discounts and top-ups are left out: few know of them before they hold the card.
        """
        first, p = first_rates_percent(terms), self.parameters
        if p.felt_rate_strength == 0.0:
            return first
        month_krw = round(p.felt_month_krw)
        city = _mean_bp(month_krw, terms.tier_low_krw, terms.tier_high_krw, terms.tier_bp)
        mean = (self.by_band * city[terms.schedule][None]).sum(axis=(1, 2))
        top_up = _mean_bp(month_krw, terms.topup_low_krw, terms.topup_high_krw, terms.topup_bp)
        own, for_any = _offered_top_ups_bp(terms, top_up)
        mean += self.by_district @ for_any
        home = np.arange(N_DISTRICTS)
        mean[:N_DISTRICTS] += self.by_district[home, home] * (own - for_any)
        offered = first > 0.0
        return (
            np.array([felt_rate_percent(f, m / 100, p.felt_rate_strength) for f, m in zip(first, mean, strict=True)])
            * offered
        )


def launch_effects(terms: DayTerms, day: int, parameters: Parameters) -> np.ndarray:
    """Return float64[12]: the factor of launches of districts' own cards on joining, by home, on a day (ordinal)."""
    attention, fades = parameters.launch_attention, parameters.launch_attention_days
    effects = np.ones(N_ORIGINS)
    for district in np.flatnonzero(terms.card_launched):
        effects[district] = launch_effect(attention, int(day - terms.launch_day[district]), fades)
    return effects
