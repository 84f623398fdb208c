"""Draws from the priors, choices inferred for a family, folders that are whole or not there."""

import datetime
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eum.analysis.experiments.aggregate import intervals
from eum.analysis.experiments.definition import setting_of, with_scale
from eum.analysis.experiments.ready import load_study
from eum.artifacts import SealedFolder
from eum.behavior.parameters import Parameters
from eum.calibration.anchoring import calibrated_choices, mpc_from_new_share, targets
from eum.calibration.fitted import fitted_names
from eum.calibration.priors import CENTRAL, SHARES, ParameterDraw, drawn_parameters, target_shares, two_piece_normal
from eum.city.build import build_city
from eum.city.data import load_city_data
from eum.engine.scenarios import run_worlds
from eum.errors import DamagedError, InputError
from eum.outcomes.attribution import class_shares
from eum.runner.results_store import (
    new_result,
    partial_folder,
    publish_result,
    read_tables,
    replace_record,
    require_new,
)
from eum.stored import sealed_record

PACKAGE = load_city_data()


def test_the_centre_of_every_prior_is_its_central_value() -> None:
    p = drawn_parameters(PACKAGE, ParameterDraw("causal", CENTRAL, 1))
    assert p.mpc_other == PACKAGE.prior("mpc_other", "causal").central
    assert p.habit_share == PACKAGE.assumption("habit_share")


def test_a_draw_is_a_function_of_seed_and_number() -> None:
    one, again, other = (drawn_parameters(PACKAGE, ParameterDraw("causal", 3, seed)) for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_nine_draws_of_ten_lie_in_the_ninety_percent_range() -> None:
    prior = PACKAGE.range_of("habit_share")
    draws = [drawn_parameters(PACKAGE, ParameterDraw("causal", k, 7)).habit_share for k in range(1, 401)]
    inside = np.mean([prior.low90 <= d <= prior.high90 for d in draws])
    assert 0.86 <= inside <= 0.94
    assert np.median(draws) == pytest.approx(prior.central, rel=0.05)


def test_quantiles_of_the_two_piece_normal_are_those_stated() -> None:
    assert two_piece_normal(0.3, 0.2, 0.7, 0.05) == pytest.approx(0.2)
    assert two_piece_normal(0.3, 0.2, 0.7, 0.5) == pytest.approx(0.3)
    assert two_piece_normal(0.3, 0.2, 0.7, 0.95) == pytest.approx(0.7)


@pytest.mark.parametrize("family", ["survey", "causal", "iri2019"])
def test_shares_of_the_classes_sum_to_one_in_every_draw(family: str) -> None:
    for draw in range(20):
        shares = target_shares(PACKAGE, ParameterDraw(family, draw, 1))
        assert set(shares) == set(SHARES)
        assert sum(shares.values()) == pytest.approx(1)
        assert min(shares.values()) >= 0


def test_only_the_family_of_the_institute_may_overrule_the_observed_visitors() -> None:
    for family, beyond in (("survey", False), ("causal", False), ("iri2019", True)):
        for draw in range(5):
            aim = targets(PACKAGE, ParameterDraw(family, draw, 1), 1.0)
            assert aim.beyond_visitors == beyond
            assert beyond or aim.stated["share_inflow"] <= 0.016


def test_propensities_spend_exactly_the_stated_new_consumption() -> None:
    p = drawn_parameters(PACKAGE, ParameterDraw("causal", CENTRAL, 1))
    some = mpc_from_new_share(p, 0.028, 0.07, 0.11)
    assert 0.11 * some.mpc_constrained + 0.89 * some.mpc_other == pytest.approx(0.4)
    assert some.mpc_constrained == p.mpc_constrained and some.basket_response == 0
    none = mpc_from_new_share(p, 0.0, 0.07, 0.11)
    assert none.mpc_constrained == none.mpc_other == 0
    beyond = mpc_from_new_share(p, 0.14, 0.07, 0.11)
    assert beyond.mpc_constrained == beyond.mpc_other == 1 and beyond.basket_response > 0


def test_the_institutes_components_come_out_of_its_family() -> None:
    question = ParameterDraw("iri2019", CENTRAL, 1)
    city = build_city(PACKAGE, 0.005, 1)
    found = calibrated_choices(city, question, drawn_parameters(PACKAGE, question))
    for name in ("share_switching", "share_retained", "share_inflow"):
        assert found.achieved[name] == pytest.approx(found.stated[name], rel=0.2), name
    assert found.achieved["nonresident_share_of_payments"] > 5 * found.stated["nonresident_share_of_payments"]
    # How much is paid is no question to a family: use is scaled to the record's level, all else fitted stays.
    assert found.achieved["payments_krw"] == pytest.approx(found.stated["payments_krw"], rel=0.05)
    names = [name for name in fitted_names(PACKAGE) if name != "usage_max_share"]
    fitted = drawn_parameters(PACKAGE, question)
    assert [getattr(found.parameters, name) for name in names] == [getattr(fitted, name) for name in names]


def test_intervals_keep_noise_and_parameters_apart() -> None:
    runs = pd.DataFrame({"draw": [0, 0, 1, 2, 3], "seed": range(5), "key": "a", "value": [5.0, 6.0, 1.0, 2.0, 9.0]})
    row = intervals(runs, ["key"], ["value"], "value").iloc[0]
    assert row["value"] == 2 and row["n_runs"] == 3
    assert row["low"] < 1.2 and row["high"] > 8
    assert 5 <= row["noise_low"] <= row["noise_high"] <= 6


def test_a_folder_appears_only_when_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"one": pd.DataFrame({"a": [1, 2]})}

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(pd.DataFrame, "to_parquet", full)
        with pytest.raises(OSError, match="No space"):
            publish_result(tmp_path / "r", "run", {}, table)
    assert not (tmp_path / "r").exists()
    publish_result(tmp_path / "r", "run", {"seed": 1}, table)
    assert not partial_folder(tmp_path / "r").exists()
    assert read_tables(tmp_path / "r")["one"]["a"].tolist() == [1, 2]


def test_a_result_is_not_replaced_unasked(tmp_path: Path) -> None:
    publish_result(tmp_path / "r", "run", {}, {"one": pd.DataFrame({"a": [1]})})
    with pytest.raises(InputError, match="there is a result here already"):
        require_new(tmp_path / "r", replace=False)
    require_new(tmp_path / "r", replace=True)
    (tmp_path / "mine").mkdir()
    with pytest.raises(InputError, match="not a result folder"):
        require_new(tmp_path / "mine", replace=True)


_KILLED = """
import os, sys
from pathlib import Path
from eum.locks import claimed
from eum.runner.results_store import partial_folder
with claimed(Path(sys.argv[1])), claimed(partial_folder(Path(sys.argv[1]))):
    os._exit(9)
"""


def test_a_refused_command_removes_what_a_killed_one_left_beside_the_result(tmp_path: Path) -> None:
    publish_result(tmp_path / "r", "run", {}, {"one": pd.DataFrame({"a": [1]})})
    assert subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path / "r")], check=False).returncode == 9
    assert len(os.listdir(tmp_path)) == 3, "the locks of the result and of its unfinished work"
    with pytest.raises(InputError, match="there is a result here already"), new_result(tmp_path / "r", replace=False):
        pass
    assert os.listdir(tmp_path) == ["r"]


_KILLED_IN_A_REPORT = """
import os, sys
from pathlib import Path
from eum.artifacts import new_folder
from eum.locks import claimed
with claimed(Path(sys.argv[1])), new_folder(Path(sys.argv[1]), "report"):
    os._exit(9)
"""


def test_a_new_record_seals_nothing_that_a_killed_report_left(tmp_path: Path) -> None:
    folder = publish_result(tmp_path / "r", "study", {"title": "old"}, {"one": pd.DataFrame({"a": [1]})})
    report = [sys.executable, "-c", _KILLED_IN_A_REPORT, str(folder / "report")]
    assert subprocess.run(report, check=False).returncode == 9
    assert len(os.listdir(folder)) == 5, "lock and unfinished report"
    replace_record(folder, "study", sealed_record(SealedFolder(folder), "study.json") | {"title": "new"})
    assert sorted(os.listdir(folder)) == ["SHA256SUMS", "study.json", "tables"]
    assert SealedFolder(folder).damage() == []


def test_a_new_record_hides_no_damage(tmp_path: Path) -> None:
    folder = publish_result(tmp_path / "r", "study", {"title": "old"}, {"one": pd.DataFrame({"a": [1]})})
    (folder / "tables" / "one.parquet").write_bytes(b"other")
    about = sealed_record(SealedFolder(folder), "study.json") | {"title": "new"}
    with pytest.raises(DamagedError, match=r"r/tables/one.parquet: is not what was written"):
        replace_record(folder, "study", about)
    assert os.listdir(tmp_path) == ["r"] and sealed_record(SealedFolder(folder), "study.json")["title"] == "old"
    assert len(os.listdir(folder)) == 3


def test_the_study_of_gyeyang_runs_three_worlds_and_draws_the_event_budget() -> None:
    definition = load_study("gyeyang-2020").definition
    setting = setting_of(definition, "actual_10", ParameterDraw("causal", 4, 1))
    assert [p.name for p in setting.policies] == ["none", "incheon-2020-actual", "gyeyang-2020-actual"]
    amounts = {b.id: b.amount_krw for b in setting.policies[2].budget}
    assert amounts["gyeyang-event"] + amounts["gyeyang-plus"] == 505_000_000
    assert amounts["gyeyang-event"] != 252_500_000


def test_an_unknown_study_and_scale_are_told() -> None:
    with pytest.raises(InputError, match=r"no such study; expected .*gyeyang-2020"):
        load_study("gyeyang-1999")
    with pytest.raises(InputError, match="--scale: 2"):
        with_scale(load_study("gyeyang-2020").definition, 2.0)


def test_parameters_are_all_named_in_the_data_or_inferred() -> None:
    assert len(Parameters._fields) == len(drawn_parameters(PACKAGE, ParameterDraw("survey", 1, 1)))


def test_a_small_sample_and_a_larger_one_tell_the_same() -> None:
    setting = setting_of(load_study("gyeyang-2020").definition, "actual_10", ParameterDraw("causal", CENTRAL, 1))
    setting = setting._replace(start=datetime.date(2020, 3, 1), end=datetime.date(2020, 3, 31))
    parameters = drawn_parameters(PACKAGE, ParameterDraw("causal", CENTRAL, 1))
    shares, payments = [], []
    for scale in (0.005, 0.03):
        tables = run_worlds(build_city(PACKAGE, scale, 1), parameters, setting, seed=1)
        classes = class_shares(tables, scale).query("baseline == 'none' and policy == 'gyeyang-2020-actual'")
        shares.append(classes["share_of_payments"].to_numpy())
        payments.append(classes["krw"].sum())
    assert payments[0] == pytest.approx(payments[1], rel=0.08)
    assert np.abs(shares[0] - shares[1]).max() < 0.02
