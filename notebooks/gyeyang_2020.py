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
# # What did 100 won of the Gyeyang card's budget do in 2020?
#
# **The answer depends on two things that are not the same:** which definition of effect is used, and which family of
# evidence is believed. The card data decide neither. This notebook runs the city once per family, small enough to
# finish in a minute, and shows where each won of card payments would have gone without the programme.
# `eum study gyeyang-2020` gives the intervals that one run cannot.

# %%
import datetime

import pandas as pd

from eum.calibration.anchoring import infer
from eum.calibration.priors import CENTRE, Question, behaviour, coefficients
from eum.city.build import build_city
from eum.city.data import load_package
from eum.engine.scenarios import Setting, run_worlds
from eum.outcomes.attribution import class_shares
from eum.outcomes.effects import ladder
from eum.output.report.render_figure import set_house_style
from eum.policy.files import load_policy
from eum.policy.text.render import summary

set_house_style()
SCALE = 0.002
PERIOD = (datetime.date(2020, 1, 1), datetime.date(2020, 6, 30))

# %% [markdown]
# ## What was promised?

# %%
policy = load_policy("gyeyang-2020-actual")
pd.DataFrame({"promise": summary(policy, "en")}).style.hide(axis="index")

# %% [markdown]
# ## Which choices does each family need?
#
# The parameters of choice are inferred so that July 2019 comes out as the family says. Where that takes a propensity
# to consume far from the literature, or more visitors than were observed, the family contradicts other evidence.

# %%
package = load_package()
city = build_city(package, SCALE, seed=1)
found = {}
for family in ("survey", "causal", "iri2019"):
    question = Question(family, CENTRE, 1)
    found[family] = infer(city, question, behaviour(package, question))

# %%
wanted = ["place_response_outside", "place_response_large", "visitor_card_share", "mpc_other", "basket_response"]
pd.DataFrame({family: {name: getattr(f.parameters, name) for name in wanted} for family, f in found.items()}).round(3)

# %% [markdown]
# ## Where would card payments have gone without the programme?

# %%
setting = Setting([load_policy("none"), policy], [(0, 1)], *PERIOD)
runs = {family: run_worlds(city, f.parameters, setting, seed=1) for family, f in found.items()}
shares = {family: class_shares(run, SCALE).set_index("class")["share_of_payments"] for family, run in runs.items()}
axes = pd.DataFrame(shares).T.drop(columns="unchanged").plot.barh(stacked=True, figsize=(9, 3), colormap="tab20")
axes.set_xlabel("share of card payments, January-June 2020")
legend = axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))

# %% [markdown]
# ## What does 100 won of fiscal cost do, by definition?

# %%
answers = {}
for family, run in runs.items():
    c = coefficients(package, Question(family, CENTRE, 1), found[family].parameters)
    rungs = ladder(run, SCALE, ("city",), c).query("denominator == 'fiscal_cost'")
    answers[family] = 100 * rungs.set_index("rung")["ratio"]
pd.DataFrame(answers).round(0)

# %% [markdown]
# The reported 2.9 is (outflow avoided + inflow) times an output coefficient, over cashback alone: diverted sales, not
# income. `iri2019` reproduces the printed components by construction. The same family needs people from outside to
# hold many times the cards they were observed to hold (`visitor_card_share` above; 1 % of members was observed).
