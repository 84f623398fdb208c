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
# # With the same 505 million won, should Gyeyang have done as it did, or as Yeonsu did?
#
# **That depends on which evidence is believed, and little on the design.** Together with the city's programme the two
# cannot be told apart: per 100 won of fiscal cost they give 719 and 718 won of net city sales in the family `survey`,
# 163 in `causal`, 223 and 222 in `iri2019`.
#
# **What they add costs differently, and does about as much for each won.** With Yeonsu's terms people take the card
# out more, so that the public pays 17.2 to 25.4 억원 more than for the city's programme alone, 2.55 to 3.89 of it
# Gyeyang, whose money lasts in the median of every family; Gyeyang's own terms take 9.86 to 13.1. Each *additional*
# 100 won of it gives 656, 138 or 112 won of net city sales with Yeonsu's terms and 641, 120 or 116 with Gyeyang's
# own: in `causal` alone more of a difference than five cities leave to chance. A small shop in Gyeyang gains more from
# Yeonsu's terms if `causal` is right (17.0 against 7.5 만원), and not much more if `survey` is (76.5 against 70.8).

# %%
import pandas as pd
from matplotlib import pyplot as plt

import eum
from eum.analysis.experiments.comparison_figures import EFFECT, MONEY
from eum.analysis.experiments.comparison_tables import change_table, group_table

eum.set_house_style()
CITY, OWN, YEONSU = "incheon-2020-actual", "gyeyang-2020-actual", "gyeyang-as-yeonsu"

# %% [markdown]
# ## Which designs?
#
# Both come on top of the city's programme. What only one of the two promises:

# %%
designs = {OWN: eum.Policy.load(OWN), YEONSU: eum.Policy.load(f"../designs/{YEONSU}.toml")}
promises = {name: policy.describe().splitlines() for name, policy in designs.items()}
same = set(promises[OWN]) & set(promises[YEONSU])
rows = [(name, line) for name, lines in promises.items() for line in lines if line not in same]
pd.DataFrame(rows, columns=["design", "promise"]).style.hide(axis="index")

# %% [markdown]
# ## What do 100 won of fiscal cost do, by definition and family?
#
# What `eum compare` runs: all designs on the same city and the same draws, here five cities of 1 % of the residents in
# each family. What stands behind ± is half of the 90 % interval of the mean over these five cities: how
# well the mean is known, not how far parameters may be off.

# %%
city, policies = eum.City.load(scale=0.01, seed=1), [CITY, *designs.values()]
results = eum.compare(city, policies, eum.EVIDENCE, start="2020-03-16", end="2020-06-30", replicates=5)
table = results.comparison()
group_table(table, EFFECT).style.hide(axis="index")

# %%
sales, per = results.effects("none"), "krw_per_100_krw_fiscal_cost"
sales = sales[sales["effect"].isin(["net_of_replacement", "net_city_sales"])]
figure, axes = plt.subplots(1, 3, figsize=(9, 2.8), sharex=True, sharey=True, layout="constrained")
for place, (family, rows) in zip(axes, sales.groupby("evidence", sort=False), strict=True):
    rows = rows.assign(half=rows["high"] - rows[per])
    wide = rows.pivot(index="policy", columns="effect").loc[[YEONSU, OWN, CITY]]
    wide[per].plot.barh(xerr=wide["half"], ax=place, legend=False, color=["#d55e00", "#9aa5a4"])
    place.set(title=family, ylabel="", xlabel="won per 100 won")
    place.spines[["top", "right"]].set_visible(False)
legend = figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)

# %% [markdown]
# Families differ by hundreds of won, designs by one or two: a district adds little money to what the city spends. So
# ask what each design adds.
#
# ## What does each design add to the city's programme, and who pays?
#
# The difference is taken within each city, on the same draws, before its mean and interval: far closer than either
# design alone. The ratio is the additional effect per additional 100 won.

# %%
change_table(table, CITY, OWN).style.hide(axis="index")

# %%
change_table(table, CITY, YEONSU).style.hide(axis="index")

# %% [markdown]
# Who takes the card out for a top-up is paid the city's cashback as well. What Gyeyang's council votes is the smaller
# part of what the public pays.
#
# ## Which shops gain?

# %%
gains = results.gains(CITY).query("group == 'small shops, by district'")
gains = gains.pivot_table("krw", "item", ["evidence", "policy"], sort=False) / 10_000
more = {evidence: gains[evidence][[OWN, YEONSU]] for evidence in eum.EVIDENCE}
figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), sharey=True, layout="constrained")
for place, (family, rows) in zip(axes, more.items(), strict=True):
    rows.plot.barh(ax=place, legend=False, color=["#0072b2", "#d55e00"], width=0.8)
    place.set(title=family, ylabel="", xlabel="10,000 won per shop")
    place.spines[["top", "right"]].set_visible(False)
axes[0].invert_yaxis()
legend = figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)

# %%
pd.concat(more, axis="columns").rename_axis("만원 more sales per small shop").round(1)

# %% [markdown]
# ## Until when does the money last?
#
# Median over the seeds, earliest and latest in brackets; `lasts` is to the end of June and beyond.

# %%
group_table(table, MONEY).style.hide(axis="index")

# %% [markdown]
# For the whole answer draw the parameters (`eum compare ... --draws 20`), and see with `eum decide regret` under which
# plausible parameters the better design would be the other one.
