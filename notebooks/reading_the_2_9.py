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
# # What does "2.9 times" say, and what would other evaluations have said?
#
# **It says how much sales were diverted, if "before" is what would have been; not what people gained.** The published
# parts can be made into anything from 0.50 to 14.10 won per won of cashback; 2.87 is one of them. In a small simulated
# city with the institute's classes, where every won is known, that definition is worth 295 won per 100 won of cashback,
# outflow avoided alone 50, value added in the city 99 and in the nation nothing. In a city where the card adds little
# they are 67, 46, 51 and 27.
#
# **Designs come on top.** One percent of what residents spend in Seoul and Gyeonggi is 117 won per 100 won of
# cashback, so that "before" decides the accounting. In the city where the card adds little a panel of shops reports
# 45.2 won per 100 won of card payments where 14.0 is the truth.

# %%
import pandas as pd
from matplotlib import pyplot as plt

import eum
from eum.analysis.validation.evaluation_designs.before_after import before_after
from eum.analysis.validation.evaluation_designs.compare import effect_definitions
from eum.analysis.validation.evaluation_designs.diff_in_diff import across_districts
from eum.analysis.validation.evaluation_designs.merchant_panel import merchant_panel
from eum.analysis.validation.evaluation_designs.simulated_data import ACTUAL, NONE, POLICY, simulated_series, worlds_of
from eum.analysis.validation.evaluation_designs.user_survey import survey
from eum.calibration.priors import CENTRAL, ParameterDraw
from eum.outcomes.effects import published_ratios
from eum.output.evidence_pages.evaluations_figure import evaluations_figure

eum.set_house_style()

# %% [markdown]
# ## What was published?
#
# The institute's parts of May to August 2019, in billion won. Nothing printed says what spending would have been
# without the card.

# %%
city = eum.City.load(scale=0.005, seed=1, shop_scale=0.005)
package = city.package
studies = package.table("studies")
institute = studies[studies["study"].str.startswith("Incheon Institute 2019")].set_index("estimand_definition")["value"]
in_billions = institute[["e-eum payments in the eight sectors", "cashback money spent (denominator)"]]
parts = institute[institute.index.str.startswith(("outflow avoided: ", "inflow: ", "switching: "))]
pd.concat([in_billions, parts, institute[["total regional effect as published"]]]).to_frame("bn won")

# %% [markdown]
# ## How many ratios can be made of the same parts?
#
# Each of these is the institute's numbers over the institute's cashback. Only the definition differs.

# %%
made = institute[institute.index.str.match(r"E\d ")].rename("won per won of cashback")
made.sort_values(ascending=False).to_frame().style.format(precision=2)

# %% [markdown]
# ## And if every won were known?
#
# In a small city January to August 2019 is simulated three times with the same draws: without the card, as it was, and
# as it was without what the districts added. Twice over: with classes as the institute's (`iri2019`) and with little
# additionality (`causal`).

# %%
policy = eum.load_policy(POLICY)
questions = {evidence: ParameterDraw(evidence, CENTRAL, 1) for evidence in ("iri2019", "causal")}
choices = {evidence: eum.calibrate(city, evidence, own_size=True).values for evidence in questions}
lived = {name: simulated_series(city, choice, worlds_of(policy), seed=1) for name, choice in choices.items()}
paid = {name: months.card[ACTUAL].sum() / city.scale / 1e9 for name, months in lived.items()}
print("Card payments, bn won:", ", ".join(f"{name} {krw:.0f}" for name, krw in paid.items()))

# %%
rungs = {name: effect_definitions(lived[name], policy, package, questions[name], choices[name]) for name in lived}
truths = {name: pd.Series({rung.measure: 100 * rung.truth for rung in found}) for name, found in rungs.items()}
pd.DataFrame(truths).rename_axis("won per 100 won of cashback").style.format(precision=0, thousands=",")

# %% [markdown]
# The last row is no definition but a warning: one percent of residents' spending in Seoul and Gyeonggi, which "before"
# would have to get right.
#
# ## What would the institute's accounting have reported?
#
# `truth` is the same accounting with "before" replaced by the same months without the card. `without` is what it
# reports of a city in which nothing happened.

# %%
accounts = {name: pd.DataFrame(before_after(months, package)) for name, months in lived.items()}
told = pd.concat(accounts, names=["family"]).set_index(["measure", "design"], append=True).droplevel(1)
told = 100 * told[["estimate", "truth", "without"]]
told.sort_index(level="measure", sort_remaining=False).style.format(precision=0, thousands=",")

# %% [markdown]
# ## Why does "before" decide?

# %%
outside = {"without the card": lived["causal"].spend[NONE], "with the card": lived["causal"].spend[ACTUAL]}
axes = pd.DataFrame({
    name: spend[:, :10, :, 20:22].sum(axis=(1, 2, 3)) / city.scale / 1e9 for name, spend in outside.items()
}, index=lived["causal"].months).plot(figsize=(8, 3), style=["-", "--"], color=["#6b6b66", "#d55e00"])  # fmt: skip
axes.axvline(3.5, color="#dcdad3")
axes.set(ylabel="bn won a month", title="Residents in Seoul and Gyeonggi: the card is the gap, months differ by more")
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# ## What would other designs have reported of the same cities?
#
# Across districts with and without top-ups; of a panel of shops; of 500 users, with memory as assumed.

# %%
other = {
    name: pd.DataFrame([*across_districts(months, policy), *merchant_panel(months), *survey(city, choices[name], 1)])
    for name, months in lived.items()
}
both = pd.concat(other, names=["family"]).droplevel(1).set_index(["design", "measure"], append=True)
(100 * both[["estimate", "low", "high", "truth", "without"]]).style.format(precision=1, thousands=",")

# %% [markdown]
# In percent of payments, log points times 100, or won per 100 won. A narrow interval far from the truth is worse than a
# wide one.
#
# ## Is one city enough?
#
# No: ten larger ones in each family, from the table behind [the page](../docs/evaluations.md). Filled is what a design
# reports, hollow the truth of what it claims.

# %%
table = pd.read_csv("../docs/evaluations.csv")
figure, axes = plt.subplots(figsize=(7, 7), layout="constrained")
evaluations_figure(table, published_ratios(package)["outflow_inflow_output"], axes)
