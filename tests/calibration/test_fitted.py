"""One posterior of the record feeds every answer: rows are kept whole, and a prior is read only where asked for."""

import ast
import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from eum.analysis.sensitivity.factors import factors_of, question_at
from eum.api.parameters import Parameters as CalibratedParameters
from eum.behavior.parameters import DECLARED
from eum.calibration.anchoring import Inference
from eum.calibration.central import kept_inference
from eum.calibration.fitted import (
    POSTERIOR,
    PRIOR,
    fitted_names,
    n_posterior_draws,
    posterior_range,
    posterior_row,
)
from eum.calibration.mechanisms import MECHANISMS
from eum.calibration.priors import (
    CENTRAL,
    POSTERIOR_DRAW,
    ParameterDraw,
    drawn_parameters,
    fitted_parameters,
    source_of,
)
from eum.city.data import CityData, Prior, load_city_data
from eum.errors import CalibratedValueWarning, InputError

MANY = 600
POSTERIOR_MODULE = "eum.calibration.fitted"


@pytest.fixture(scope="module")
def package() -> CityData:
    return load_city_data()


def with_table(package: CityData, name: str, rows: object) -> CityData:
    """Return the data with another table of this name."""
    return dataclasses.replace(package, tables={**package.tables, name: rows})  # type: ignore[dict-item]


def rows_of(package: CityData) -> list[tuple[float, ...]]:
    """Return the rows of the posterior as its file has them."""
    return list(package.table("posterior").drop(columns="draw").itertuples(index=False, name=None))


# ---- draws are rows


def test_all_fitted_parameters_of_a_draw_come_from_one_row(package: CityData) -> None:
    known = rows_of(package)
    for draw in range(1, MANY):
        found = drawn_parameters(package, ParameterDraw("causal", draw, 1))
        assert tuple(getattr(found, name) for name in fitted_names(package)) in known[1:]


def test_the_centre_is_row_0_in_every_family_and_seed(package: CityData) -> None:
    for family, seed in (("causal", 1), ("survey", 7)):
        found = drawn_parameters(package, ParameterDraw(family, CENTRAL, seed))
        assert tuple(getattr(found, name) for name in fitted_names(package)) == rows_of(package)[0]


def test_rows_are_drawn_alike_by_seed_and_number_and_more_of_them_than_there_are(package: CityData) -> None:
    one = [tuple(fitted_parameters(package, ParameterDraw("causal", k, 1)).values()) for k in range(1, MANY)]
    again = [tuple(fitted_parameters(package, ParameterDraw("survey", k, 1)).values()) for k in range(1, MANY)]
    other = [tuple(fitted_parameters(package, ParameterDraw("causal", k, 2)).values()) for k in range(1, MANY)]
    assert one == again != other
    counts = Counter(one)
    n = n_posterior_draws(package)
    # Of 599 draws from 256 rows some 90 % of rows come up, and none ten times as often as on average.
    assert len(counts) > 0.8 * n and max(counts.values()) < 10 * MANY / n


def test_a_quantile_stands_for_a_row_and_the_ends_for_the_first_and_the_last(package: CityData) -> None:
    n = n_posterior_draws(package)
    for u, row in ((1e-9, 1), (0.5 / n, 1), (1.5 / n, 2), (1 - 1e-9, n)):
        assert fitted_parameters(package, question_at("causal", 1, {POSTERIOR_DRAW: u})) == posterior_row(package, row)
    assert fitted_parameters(package, question_at("causal", 1, {})) == posterior_row(package, CENTRAL)


def test_fitted_parameters_are_one_factor_and_none_on_its_own(package: CityData) -> None:
    factors, left = factors_of(package, ("causal",))
    assert {f.name for f in factors} & set(fitted_names(package)) == set() == set(left) & set(fitted_names(package))


# ---- priors only where asked for


def test_an_answer_from_priors_has_their_values_and_moves_nothing_else(package: CityData) -> None:
    for draw in (CENTRAL, 5):
        fitted, prior = (
            drawn_parameters(package, ParameterDraw("causal", draw, 1, source=s)) for s in (POSTERIOR, PRIOR)
        )
        moved = {name for name in DECLARED if getattr(fitted, name) != getattr(prior, name)}
        assert moved <= set(fitted_names(package)) and len(moved) > len(fitted_names(package)) / 2
        if draw == CENTRAL:
            for name in fitted_names(package):
                assert getattr(prior, name) == source_of(package, name).central


def test_an_unknown_source_is_refused_on_one_line(package: CityData) -> None:
    with pytest.raises(InputError, match="--parameters: guess: expected one of posterior, prior"):
        drawn_parameters(package, ParameterDraw("causal", CENTRAL, 1, source="guess"))


def test_what_is_kept_of_one_source_is_not_given_for_the_other(
    package: CityData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EUM_CACHE_DIR", str(tmp_path))

    def of(source: str) -> Inference:
        draw = ParameterDraw("causal", CENTRAL, 1, source=source)
        return kept_inference(package, draw, "crowd", lambda: Inference(drawn_parameters(package, draw), {}, {}))

    assert of(POSTERIOR) != of(PRIOR)
    assert of(POSTERIOR) == of(POSTERIOR)


def prior_by_name(source: str) -> list[int]:
    """Return the lines of code that name the source of priors: the constant imported, or its word beside a draw."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == POSTERIOR_MODULE:
            lines += [node.lineno for name in node.names if name.name == "PRIOR"]
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("ParameterDraw", "_replace")):
            words = [k.value for k in node.keywords if k.arg == "source"]
            lines += [node.lineno for w in words if isinstance(w, ast.Constant) and w.value == PRIOR]
    return lines


def test_only_the_option_asks_for_priors(repository: Path) -> None:
    sources = repository / "sim" / "eum"
    naming = {
        path.relative_to(sources).as_posix()
        for path in sources.rglob("*.py")
        if prior_by_name(path.read_text(encoding="utf-8"))
    }
    # The option of the commands hands on what is asked for.
    assert naming == set()
    assert prior_by_name(f"from {POSTERIOR_MODULE} import PRIOR") == [1]
    assert prior_by_name("ParameterDraw('causal', 0, 1, source='prior')") == [1]
    assert ParameterDraw("causal", CENTRAL, 1).source == POSTERIOR


# ---- where parameters are shown


def test_a_table_of_parameters_has_the_posterior_beside_the_prior(package: CityData) -> None:
    values = drawn_parameters(package, ParameterDraw("causal", CENTRAL, 1))
    shown = CalibratedParameters(values, "causal", 1, package, {}, {}).table()
    fitted = shown.loc[list(fitted_names(package))]
    assert (fitted["role"] == "fitted").all() and (fitted["posterior_low"] < fitted["posterior_high"]).all()
    assert tuple(fitted["value"]) == rows_of(package)[0]
    others = shown.drop(index=list(fitted_names(package)))
    assert others["posterior_low"].isna().all() and not others["prior_dominated"].any()


def test_a_fitted_parameter_set_by_hand_warns(package: CityData) -> None:
    values = drawn_parameters(package, ParameterDraw("causal", CENTRAL, 1))
    shown = CalibratedParameters(values, "causal", 1, package, {}, {})
    with pytest.warns(CalibratedValueWarning, match="adoption_q: 0.5 .* fitted .* as the record says"):
        shown.replace(adoption_q=0.5)


@pytest.mark.parametrize(("part", "dominated"), [(0.1, False), (0.75, False), (0.85, True), (1.2, True)])
def test_a_posterior_as_wide_as_its_prior_is_prior_dominated(package: CityData, part: float, dominated: bool) -> None:
    z = np.random.default_rng(1).standard_normal(20_000)
    prior = Prior(1.0, float(np.exp(-1.645)), float(np.exp(1.645)), "per_month")
    draws = package.table("posterior").iloc[[0] * 20_001].assign(adoption_q=np.exp(part * np.concatenate([[0.0], z])))
    found = posterior_range(with_table(package, "posterior", draws), "adoption_q", prior)
    assert found.is_prior_dominated == dominated and found.low90 < found.central < found.high90


def test_a_value_set_for_a_question_is_that_of_every_draw(package: CityData) -> None:
    asked = package.with_values({"adoption_q": 0.5})
    assert {drawn_parameters(asked, ParameterDraw("causal", k, 1)).adoption_q for k in range(4)} == {0.5}


# ---- mechanisms


def test_the_posterior_and_the_switches_turn_on_what_can_be_switched_off(package: CityData) -> None:
    on = drawn_parameters(package, ParameterDraw("causal", CENTRAL, 1))
    names = ("rate_memory", "first_use_lag", "launches", "felt_rate", "late_limit", "cashback_settles", "charge_ahead")
    for name in (*names, "grant_habit", "growth"):
        off = MECHANISMS[name].off(on, package)
        assert off != on, name
        assert all(getattr(off, p) == v for p, d in DECLARED.items() if (v := d.mechanisms.get(name)) is not None)


# ---- refusals that need the parameters' declarations


def test_data_without_a_posterior_say_how_to_go_on(package: CityData) -> None:
    without = dataclasses.replace(package, tables={n: t for n, t in package.tables.items() if n != "posterior"})
    with pytest.raises(InputError, match=r"datapackage.json: no posterior; expected .*--parameters prior") as told:
        drawn_parameters(without, ParameterDraw("causal", CENTRAL, 1))
    assert "\n" not in str(told.value)
    drawn_parameters(without, ParameterDraw("causal", CENTRAL, 1, source=PRIOR))


def test_a_column_that_is_no_parameter_of_behaviour_is_refused(package: CityData) -> None:
    odd = with_table(package, "posterior", package.table("posterior").rename(columns={"adoption_p": "adoption_pp"}))
    with pytest.raises(InputError, match=r"posterior.csv: column adoption_pp: expected .*near it: adoption_p"):
        drawn_parameters(odd, ParameterDraw("causal", CENTRAL, 1))
