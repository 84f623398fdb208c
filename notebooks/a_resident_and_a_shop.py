# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What did the card change in the days of one resident and one shop?
#
# **The means of payment much more often than the place, and the place more often than the amount.** Of this resident,
# 21 of 71 purchases differ between the two worlds. 82.2 percent of what the card took would have been spent in the
# same shop by other means; the rest came from online shops, large stores and outside the city. The shop that the
# resident's card used most took 2,129,030 won by card and sold 445,090 won more: 21 won per 100 won of card sales.
#
# One resident and one shop are a story, not an estimate: they show how the model reasons, purchase by purchase.
# `eum explain resident` and `eum explain shop` tell the same of anybody.

# %%
import datetime

import numpy as np
import pandas as pd

import eum
from eum.analysis.experiments.trace import (
    TraceConfig,
    most_informative_resident,
    payments_by_class,
    resident_trace,
    rows_that_differ,
    shop_story,
)
from eum.engine.initial_conditions import first_cards
from eum.output.report.style import CLASS_COLOURS

eum.set_house_style()

# %%
START, END = datetime.date(2020, 3, 9), datetime.date(2020, 4, 12)
city = eum.City.load(scale=0.005, seed=1, shop_scale=0.005)
parameters = eum.calibrate(city, "causal", own_size=True).values
story = TraceConfig(eum.load_policy("none"), eum.load_policy("gyeyang-2020-actual"), START, END, seed=1)

# %% [markdown]
# ## Who is followed?
#
# Nobody is picked by hand. Of the first hundred residents of Gyeyang who use the card on the first morning, the one
# whose days show most of the policy: most classes of card payments and clauses behind them.

# %%
uses_card = first_cards(city, parameters, START) == 1
of_gyeyang = city.residents.home == eum.DISTRICTS.index("gyeyang")
candidates = [int(number) for number in np.flatnonzero(uses_card & of_gyeyang)[:100]]
number = most_informative_resident(city, parameters, story, candidates)
about, purchases = resident_trace(city, parameters, story, number)
pd.Series(about, name=f"resident {number}").to_frame()

# %% [markdown]
# ## Which purchases differ, and which clause of the policy caused it?

# %%
differ = rows_that_differ(purchases)
print(f"{len(differ)} of {len(purchases)} purchases differ between the worlds")
differ.style.hide(axis="index").format(thousands=",")

# %% [markdown]
# A clause is a key of the policy's file, counted from 0: `city[1]` is its second period of the city's cashback, with
# those of the file it extends. Its tiers give less as the month's spending grows.
#
# ## In which class does each card payment fall?
#
# The class says what the same purchase was without the policy. Only `replaced` is the same money in the same shop.

# %%
classes = payments_by_class(purchases)
classes.style.format(thousands=",", precision=1)

# %%
days = pd.date_range(START, END).strftime("%Y-%m-%d")
by_card = purchases[purchases["by_card_policy"]]
paid = by_card.pivot_table(index="date", columns="class", values="krw_policy", aggfunc="sum").reindex(days).fillna(0)
axes = (paid / 1000).plot.bar(stacked=True, figsize=(9, 3.2), width=0.9, color=CLASS_COLOURS)
axes.set_xticks(range(0, len(days), 7), days[::7], rotation=0)
axes.set(xlabel="", ylabel="card payments a day, thousand won", ylim=(0, paid.sum(axis=1).max() / 900))
axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
axes.set_title("Grey: the same shop would have had this money anyway")
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# ## And the shop where the resident used the card most?
#
# The shop of Gyeyang with most won from the resident's card. It knows nothing of twins: it sees card sales.

# %%
in_gyeyang = by_card[by_card["place_policy"].str.startswith("gyeyang")]
shop = int(in_gyeyang.groupby("shop_policy")["krw_policy"].sum().idxmax())
about_shop, shop_days = shop_story(city, parameters, story, shop)
pd.Series(about_shop, name=f"shop {shop}").to_frame()

# %%
rows_that_differ(shop_days).style.hide(axis="index").format(thousands=",")

# %%
sums = shop_days[["krw_baseline", "krw_policy", "card_krw_policy"]].sum()
more = sums["krw_policy"] - sums["krw_baseline"]
per_hundred = round(100 * more / sums["card_krw_policy"])
print(f"Sales without the policy: {sums['krw_baseline']:,} won; card sales: {sums['card_krw_policy']:,} won")
print(f"More sales: {more:,} won, {per_hundred} won per 100 won of card sales")
