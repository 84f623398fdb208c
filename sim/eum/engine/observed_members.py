"""Members as published: cards are handed out as the counts say, whatever the joining rule gives."""

from eum.engine.initial_conditions import TRUSTED, first_cards, remembered_at_start_ppm
from eum.engine.model import CityModel
from eum.engine.state import NO_CARD

COUNTED = (*TRUSTED, "C")
"""Confidence of the counts that members as published follow: the rounded ones of autumn 2019 too."""


def assign_observed_members(model: CityModel) -> None:
    """Give a card, in every world with a policy, to those who were members by this morning's published count and hold
    none yet."""
    members = first_cards(model.city, model.parameters, model.date, COUNTED)
    worlds = zip(model.state.card, model.state.remembered_ppm, model.felt_this_morning(), strict=True)
    for card, remembered, felt in list(worlds)[1:]:
        comes = (card == NO_CARD) & (members != NO_CARD)
        card[comes] = members[comes]
        remembered[comes] = remembered_at_start_ppm(model.city, members, felt)[comes]
    model.count_holders()


def clear_cards(model: CityModel) -> None:
    """Leave everybody without a card: a morning before the first published count of members."""
    model.state.card.fill(NO_CARD)
    model.count_holders()
