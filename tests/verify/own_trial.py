"""A tiny study of one's own, with its policies, as a user would have them in a folder."""

from pathlib import Path

from eum.analysis.experiments.ready import StudyRequest, load_study

POLICY = """
extends = "incheon-2020-actual"
title_ko = "강화 시험: 3% <추가>"
title_en = "A trial in Ganghwa: 3 % <more>"

[[top_up]]
start = 2020-03-16
district = "ganghwa"
tiers = [{ from_krw = 0, to_krw = 300_000, rate_percent = 3 }]
budget = "trial"
source = "assumption"

[[district_card]]
district = "ganghwa"
launch = 2020-03-16
source = "assumption"

[[budget]]
id = "trial"
payer = "ganghwa"
purpose = "top_up"
amount_krw = 50_000_000
source = "assumption"
confidence = "J"
"""
STUDY = """
name = "own-trial"
title_ko = "강화군 시험 연구"
title_en = "A study of Ganghwa's own"
institution = "강화군 <경제과>"
document_number = "강화-2020-1"
date = 2020-07-01
focus_district = "ganghwa"
start = 2020-03-01
end = 2020-03-31
families = ["causal"]

[variants.half]
city = "incheon-2020-actual"
district = "half-as-much.toml"
title_ko = "절반"
title_en = "Half as much"

[variants.all-of-it]
city = "incheon-2020-actual"
district = "never-seen-before.toml"

[size]
scale = 0.001
n_draws = 2
n_seeds = 2
"""


def tiny(folder: Path) -> StudyRequest:
    """Return a study of two policies of one's own that lie beside its definition in a folder."""
    (folder / "never-seen-before.toml").write_text(POLICY, encoding="utf-8")
    (folder / "half-as-much.toml").write_text(POLICY.replace("percent = 3", "percent = 1.5"), encoding="utf-8")
    (folder / "own.toml").write_text(STUDY, encoding="utf-8")
    return load_study(str(folder / "own.toml"))
