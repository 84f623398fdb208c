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
# # Can the model be fitted to what was observed, and does it say what it did not see?
#
# One posterior is fitted to what was published of the card from 2019 to 2022. What it does not see is then forecast:
# figures that nothing is fitted to, half-years after three origins, and half-years left out. The last cells say where
# it fails.

# %%
import pandas as pd
from matplotlib import pyplot as plt

import eum
from eum.calibration.fit.definition import load_fit
from eum.calibration.fit.learn import history_targets
from eum.calibration.fit.parameters import fit_parameters
from eum.city.data import load_city_data

eum.set_house_style()

# %% [markdown]
# ## What is fitted to what?
#
# Parameters of behaviour, with their priors, are fitted to published figures of the city. Shares of districts, brands
# of card and trades are forecast through what the fit leaves of them; nothing at all is fitted to shares of large
# users.

# %%
package, definition = load_city_data(), load_fit("fit-history")
known = history_targets(package, definition.end)
published = [*known.targets[: known.n_seen], *known.targets[known.n_fitted :]]
pd.Series([target.group for target in published]).value_counts(sort=False)

# %%
pd.DataFrame(fit_parameters(package)).set_index("name")[["central", "low90", "high90", "unit", "transformation"]]

# %% [markdown]
# ## What did the data move?
#
# What is left of each prior's standard deviation: 1 is untouched. A parameter is *moved* below 0.8; all other values
# are choices (prior-dominated), whatever number a report prints.

# %%
fitted = pd.read_csv("../docs/fit-parameters.csv").set_index("name")
parameters = fitted[fitted["kind"] == "parameter"]
axes = parameters["sd_left"].sort_values().plot.barh(figsize=(7, 6), width=0.75)
axes.axvline(0.8, color="0.3", linewidth=1)
axes.set_xlabel("standard deviation left of the prior's (line: moved below)")
axes.set_ylabel("")
plt.show()

# %% [markdown]
# ## What did it find?

# %%
parameters[["unit", "prior_low", "prior_median", "prior_high", "low", "median", "high", "called"]].round(3)

# %% [markdown]
# ## How exact is the model said to be?
#
# What the model leaves out moves a figure for months. The sizes of these discrepancies, on the scale of logarithms
# (0.1 is ten percent), are inferred with the parameters, and are a share of the variance of what is predicted.

# %%
fitted.loc[fitted["kind"] == "discrepancy", ["prior_median", "low", "median", "high"]].round(3)

# %%
pd.read_csv("../docs/fit-variance.csv").set_index("group").round(3)

# %% [markdown]
# ## Does it cover the figures that it was fitted to?

# %%
figures = pd.read_csv("../docs/fit-figures.csv")
inside = figures["observed"].between(figures["published_low"], figures["published_high"])
inside.groupby(figures["group"]).agg(["size", "mean"]).round(2)

# %% [markdown]
# ## What does it say of figures that nothing is fitted to?
#
# Logarithms of percent, beside 90 % intervals.

# %%
forecasts = pd.read_csv("../docs/validation.csv")
untargeted = forecasts[forecasts["test"] == "untargeted"]
untargeted[["metric", "period_end", "observed", "q05", "q50", "q95"]].round(2)

# %% [markdown]
# ## What does it forecast, and what would anybody have said?
#
# The score of the model (mean weighted interval score of logarithms; less is better) and its ratio to that of the best
# benchmark, chosen knowing the outcome: above 1 the benchmark is better.

# %%
scores = pd.read_csv("../docs/validation-scores.csv")
model = scores[scores["rule"] == "model"].set_index(["test", "group"])
model[["n", "n_effective", "wis", "coverage_50", "coverage_90", "width_90", "best_benchmark", "wis_ratio"]].round(2)

# %% [markdown]
# ## Where does it fail?
#
# Groups whose 90 % intervals hold too little or too much, beyond what chance explains at the effective number of
# figures.

# %%
missed = (model["coverage_90_high"] < 0.9) | (model["coverage_90_low"] > 0.9)
model.loc[missed, ["n", "n_effective", "coverage_90", "coverage_90_low", "coverage_90_high"]].round(2)
