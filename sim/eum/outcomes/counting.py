"""How a source counts card payments by class: the one place for inference, surveys and the published accounting.

Sources differ in where they put online shopping. The Incheon Institute's outflow holds it (its series without
e-commerce is a figure of its own: 44.1 of 50.33 % in 2014, data/city_base.csv), and its switching is "from hypermarkets
and chain supermarkets to small stores" alone (data/studies.csv). Daejeon's survey, whose question the families `survey`
and `causal` follow, asks for "large stores or online" in one answer. A stated share is compared with the simulated
classes as its own source counts them.
"""

from collections.abc import Mapping

import pandas as pd

Counting = Mapping[str, tuple[str, ...]]
"""Classes of card payments (`eum.dimensions.CLASSES`) by the share that they are counted in."""

_ALIKE = {
    "share_inflow": ("inflow",),
    "share_new": ("new",),
    "share_replaced": ("replaced", "reshuffled", "moved_between_districts", "time_shifted"),
}

INSTITUTE: Counting = {
    "share_switching": ("size_switched",),
    "share_retained": ("retained", "retained_online"),
    **_ALIKE,
}
"""Online is outflow."""

DAEJEON: Counting = {
    "share_switching": ("size_switched", "retained_online"),
    "share_retained": ("retained",),
    **_ALIKE,
}
"""Online is switching."""

COUNTING_OF_FAMILY: Mapping[str, Counting] = {"survey": DAEJEON, "causal": DAEJEON, "iri2019": INSTITUTE}
"""Whose counting the shares of a family of evidence (data/priors.csv) follow."""


def counted_krw(by_class: Mapping | pd.Series, counting: Counting) -> dict[str, float]:
    """Return card payments by class summed as a source counts them, in the unit of `by_class`, by name of the share."""
    return {share: sum(by_class[name] for name in classes) for share, classes in counting.items()}
