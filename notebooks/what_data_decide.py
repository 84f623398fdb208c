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
# # What do the data decide, and what do they not?
#
# **They decide how people join and how much they use the card; they do not decide what the card is worth.** What
# became of a won was never observed: the shares of payments that a family of evidence states keep their prior, and
# the families stay side by side. Of the variance of net city sales per won of resource cost, 94 % is whose evidence
# is believed, 6 % are parameters, and chance is next to nothing: more seeds do not settle it.

# %%
import pandas as pd
from matplotlib import pyplot as plt

import eum
from eum.analysis.sensitivity.table import discovered_rules, indices, read_sensitivity, variance_budget

eum.set_house_style()

# %% [markdown]
# ## Would a fit have found the truth, if there were one?
#
# Synthetic truths are fitted like the record. A parameter is *moved* where data leave less than 0.8 of its prior's
# standard deviation; its 90 % intervals must then hold nine in ten truths, within what chance explains.

# %%
recovery = pd.read_csv("../docs/recovery.csv")
parameters = recovery[recovery["kind"] == "parameter"].set_index("name")
pd.crosstab(parameters["called"], parameters["holds"])

# %%
parameters[["sd_left", "called", "held_50", "held_90", "held_90_low", "held_90_high", "holds"]].round(2)

# %%
axes = parameters.plot.scatter("sd_left", "held_90", figsize=(6, 4))
axes.axhline(0.9, color="0.3", linewidth=1)
axes.axvline(0.8, color="0.3", linewidth=1)
axes.set_xlabel("standard deviation left of the prior's (left of the line: moved)")
axes.set_ylabel("90 % intervals that held the truth")
plt.show()

# %% [markdown]
# ## What is the multiplier's uncertainty made of?
#
# Parts of the variance of net city sales per 100 won of resource cost (fiscal cost and the operator's estimated cost of
# operation): the family of evidence, parameters within it, the city that was sampled, and the draws of a run. They add
# up to one.

# %%
table = read_sensitivity("../docs/sensitivity.csv")
variance_budget(table, "net_city_sales", "resource_cost").round(4)

# %%
axes = variance_budget(table, "net_city_sales", "resource_cost")["value"].plot.barh(figsize=(6, 2.5))
axes.set_xlabel("part of the variance of net city sales per won of resource cost")
axes.set_ylabel("")
axes.invert_yaxis()
plt.show()

# %% [markdown]
# ## Which parameters, where family does not decide?

# %%
indices(table, "net_city_sales", "resource_cost").head(8).round(3)

# %% [markdown]
# ## Where would 290 won per 100 won come out?
#
# The rule that finds worlds with 2.9 or more, by definition and family: how many worlds reach it, and the highest.

# %%
discovered_rules(table, "city_value_added", "resource_cost")

# %%
discovered_rules(table, "gross_use", "resource_cost")
