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
# # How do my own card data, or my own city, come in?
#
# **Data as a table of five columns, a city as a folder; both are checked before anything is run.** With published
# months in place of one's own, members fit (929,300 simulated, 929,528 counted) and payments nearly: December
# comes out at 1.03 of the figure, January at 1.07 and February, in which the epidemic began, at 1.09.
#
# A copy of the data folder in which a tenth of Gyeyang's people move to Seo is refused until they have arrived. Then
# 2401 simulated residents live in Gyeyang instead of 2668, and 100 won of fiscal cost do what they did.

# %%
import datetime
import shutil
import tempfile
from pathlib import Path

import pandas as pd

import eum
from eum.analysis.experiments.run import RunConfig
from eum.analysis.policy_history.replay import replayed_history
from eum.analysis.policy_history.user_data import read_own, shown_months
from eum.output.evidence_pages.policy_record import HISTORY

eum.set_house_style()
folder = Path(tempfile.mkdtemp()) / "mine"
folder.mkdir()

# %% [markdown]
# ## What does a table of my own look like?
#
# A row is one figure of the whole city: first day, last day, what, how much, in which unit. Nobody's purchases are
# asked for. Here the published months stand in for it.

# %%
city, file = eum.City.load(scale=0.01, seed=1), folder / "own.csv"
package = city.package
rows = package.table("observed").query("scope == 'incheon' and confidence == 'A'")
rows = rows[rows["metric"].isin(["payments", "subscribers"]) & (rows["period_end"] <= "2020-02-29")]
own = rows[rows["period_start"] >= "2019-12-01"].rename(columns={"metric": "indicator"})
own = own[["period_start", "period_end", "indicator", "value", "unit"]].drop_duplicates(["period_end", "indicator"])
own = own.astype({"value": "int64"})
own.to_csv(file, index=False)
print(file.read_text(encoding="utf-8"))

# %% [markdown]
# ## Is it read as I mean it?
#
# A fault is told on one line: file, line, column, what stands there, what was expected.

# %%
(folder / "wrong.csv").write_text(file.read_text(encoding="utf-8").replace("krw", "억원"), encoding="utf-8")
try:
    read_own(folder / "wrong.csv")
except eum.InputError as error:
    print(error)

# %% [markdown]
# ## Where does the model stand beside it?
#
# The record of the card is run again; members are as many as were counted, what they pay is the model's.
# `eum replay 2019-12-01 2020-02-29 --own own.csv` prints the same.

# %%
request = RunConfig(
    [HISTORY], "causal", 0.01, 1, datetime.date(2019, 12, 1), datetime.date(2020, 2, 29), members_given=True
)
replayed = replayed_history(request, threads=1, folder=folder / "run", replace=False, own=file)
shown_months(replayed.own).style.hide(axis="index")

# %%
months = replayed.own[replayed.own["indicator"] == "payments"].set_index("period")[["own", "simulated"]] / 1e9
axes = months.plot.bar(figsize=(6, 3), rot=0, color=["#9aa5a4", "#0072b2"])
axes.set(xlabel="", ylabel="card payments, bn won", title="Own figures and the model")
axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# What a replay takes for granted is said with it:

# %%
print("\n".join(replayed.assumed))

# %% [markdown]
# ## And if it were another city?
#
# A city is a data folder. Take a copy, and let a tenth of Gyeyang's people live in Seo.

# %%
other = folder / "other-city"
shutil.copytree(package.folder, other)
facts = pd.read_csv(other / "city_base.csv", dtype=str, keep_default_na=False)
row = {d: (facts["area"] == d) & (facts["metric"] == "population_dec2019_estimate") for d in ("gyeyang", "seo")}
moving = package.fact("gyeyang", "population_dec2019_estimate", 2019) // 10
facts.loc[row["gyeyang"], "value"] = str(package.fact("gyeyang", "population_dec2019_estimate", 2019) - moving)
facts.to_csv(other / "city_base.csv", index=False, lineterminator="\n")
print("\n".join(eum.check_city(other)))

# %% [markdown]
# They have left and not arrived: the sum of the districts is not the city's. `eum city check FOLDER` says so before
# anything is run. With their arrival the folder is complete:

# %%
facts.loc[row["seo"], "value"] = str(package.fact("seo", "population_dec2019_estimate", 2019) + moving)
facts.to_csv(other / "city_base.csv", index=False, lineterminator="\n")
print(eum.check_city(other))

# %% [markdown]
# ## What changes in it?

# %%
found, people, days = {}, {}, {"start": "2020-03-16", "end": "2020-04-30"}
for name, mine in {"as it is": city, "other city": eum.City.load(other, scale=0.01, seed=1)}.items():
    results = eum.Simulation(mine, "gyeyang-2020-actual", "causal", **days).run()
    found[name] = results.effects().set_index("effect")["krw_per_100_krw_fiscal_cost"]
    people[name] = [int((mine.residents.home == number).sum()) for number in range(len(eum.DISTRICTS))]

# %%
pd.DataFrame(people, index=list(eum.DISTRICTS)).transpose()

# %%
pd.DataFrame(found).rename_axis("won per 100 won of fiscal cost").style.format(precision=0, thousands=",")

# %% [markdown]
# Each was calibrated to its own data, and its records carry its own hash, so no result of one is taken for the other's.
# The codes of the ten districts are words of the code in this version; all else of a city is in its folder.
