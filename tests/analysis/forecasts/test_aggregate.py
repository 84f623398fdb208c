"""The aggregate model: a month by hand, its parameters found again, and the same bytes from the same seed."""

import numpy as np
import pandas as pd
import pytest

from eum.analysis.forecasts.aggregate_forecast import (
    _errors_ahead,
    _least,
    aggregate_forecast,
    aggregate_quantiles,
    drawn_points,
)
from eum.analysis.forecasts.aggregate_model import (
    AGGREGATE_PARAMETERS,
    ELIGIBLE_KRW,
    ISSUANCE,
    MODEL_OUTPUTS,
    N_PARAMETERS,
    PAYMENTS,
    USERS,
    _error_of,
    fitted_aggregate,
    parameter_values,
    simulated_logs,
)
from eum.analysis.forecasts.known_rates import TYPICAL_SPENDING_KRW
from eum.analysis.forecasts.monthly import known_series
from eum.analysis.forecasts.registered import QUANTILES
from eum.calibration.fit.rng_streams import normals
from eum.policy.files import load_policy

NAMES = [parameter.name for parameter in AGGREGATE_PARAMETERS]
MEDIAN = parameter_values(np.zeros(N_PARAMETERS))


def with_values(**values: float) -> np.ndarray:
    """Return the medians with some parameters set, float64[1, 10]."""
    found = MEDIAN.copy()
    for name, value in values.items():
        found[NAMES.index(name)] = value
    return found[None]


def rates(n: int) -> np.ndarray:
    """Return rates that change every eight months, float64[n]."""
    return np.array([10.0, 5.0, 8.0, 3.0])[(np.arange(n) // 8) % 4]


def test_the_medians_are_those_declared_and_stay_where_they_may_be() -> None:
    assert pytest.approx([parameter.median for parameter in AGGREGATE_PARAMETERS]) == MEDIAN
    low, high = parameter_values(np.full(N_PARAMETERS, -3.0)), parameter_values(np.full(N_PARAMETERS, 3.0))
    assert (low < high).all()
    positive = [p.scale != "plain" for p in AGGREGATE_PARAMETERS]
    assert (low[positive] > 0).all() and high[NAMES.index("habit")] < 1


def test_two_months_by_hand() -> None:
    values = with_values(
        log_users_at_start=0.0, log_potential=np.log(3), potential_per_point=0.1, innovation=0.02, imitation=0.3,
        leaving_per_point=0.04, share_logit=0.0, share_per_point=0.2, habit=0.5, months_held=0.4,
    )  # fmt: skip
    users = 1000.0
    found = np.exp(simulated_logs(values, np.array([10.0, 6.0]), np.log(users * TYPICAL_SPENDING_KRW)))[0]
    assert found[:, 0] == pytest.approx([users, users * ELIGIBLE_KRW / 2, users * ELIGIBLE_KRW / 2 * 0.9])
    potential = 3 * users * np.exp(-0.4)
    after = users * np.exp(-0.16) + (0.02 + 0.3 * users / potential) * (potential - users)
    payments = after * ELIGIBLE_KRW / (1 + np.exp(0.4))  # logit 0.5 * 0 + 0.5 * (-0.8)
    charges = payments * 0.94 + 0.4 * (payments - users * ELIGIBLE_KRW / 2)
    assert found[:, 1] == pytest.approx([after, payments, charges])


def test_payments_stay_where_nothing_changes() -> None:
    values = with_values(innovation=0.0, imitation=0.0)
    found = simulated_logs(values, np.full(10, 8.0), 20.0)[0]
    assert np.ptp(found, axis=1) == pytest.approx(0) and found[2] - found[1] == pytest.approx(np.log(0.92))


def test_a_lower_rate_is_never_more_payments() -> None:
    points = parameter_values(normals(3, 200, N_PARAMETERS))
    high = simulated_logs(points, np.full(12, 10.0), 20.0)
    low = simulated_logs(points, np.repeat([10.0, 5.0], 6), 20.0)
    assert (low[:, 1, 6:] < high[:, 1, 6:]).all()


def test_parameters_that_the_data_tell_are_recovered() -> None:
    """With users, payments and charges of eighty months and many changes of the rate."""
    truth = with_values(share_per_point=0.16, habit=0.6, months_held=0.8, leaving_per_point=0.05, log_potential=1.0)
    rate, first = rates(80), np.log(2e11)
    logs = simulated_logs(truth, rate, first)[0]
    # The model counts users by the first payments: these must be the ones that are known.
    logs = simulated_logs(truth, rate, float(logs[1, 0]))[0]
    known = dict(zip(MODEL_OUTPUTS, logs + 0.01 * normals(5, 3, 80), strict=True))
    found = parameter_values(fitted_aggregate(known, rate).point)
    for name, tolerance in (
        ("share_per_point", 0.02),
        ("habit", 0.08),
        ("months_held", 0.1),
        ("leaving_per_point", 0.02),
    ):
        i = NAMES.index(name)
        assert found[i] == pytest.approx(truth[0, i], abs=tolerance), name


def test_residuals_that_follow_each_other_count_less() -> None:
    # Autocorrelation (1 - 1 + 1) / 4; size 1.
    assert _error_of(np.array([1.0, 1.0, -1.0, -1.0])) == pytest.approx(np.sqrt(1.25 / 0.75))


def test_the_last_residual_fades_at_their_persistence() -> None:
    rate = np.full(12, 10.0)
    fit = fitted_aggregate({PAYMENTS: simulated_logs(with_values(), rate, np.log(2e11))[0, 1]}, rate)
    halving = fit._replace(residuals={PAYMENTS: np.array([8.0, 4.0, 2.0, 1.0])}, persistence={PAYMENTS: 0.5})
    assert _errors_ahead(halving, PAYMENTS, 2, 3, 1) == pytest.approx(np.array([[0.5, 0.25, 0.125]] * 2))


def test_quantiles_hold_what_comes_about_as_often_as_they_say() -> None:
    """Truths drawn from what is thought beforehand, with independent errors of 5 %."""
    rate, held = np.concatenate([np.full(18, 10.0), np.full(6, 5.0)]), []
    points = 0.7 * normals(6, 40, N_PARAMETERS)
    for i, logs in enumerate(simulated_logs(parameter_values(points), rate, np.log(2e11))):
        seen = logs[1:] + 0.05 * normals(7 + i, 2, 24)
        known = {PAYMENTS: seen[0, :18], ISSUANCE: seen[1, :18]}
        quantiles = aggregate_quantiles(known, rate, 200, i)[PAYMENTS]
        held.append((np.log(quantiles[:, 0]) <= seen[0, 18:]) & (seen[0, 18:] <= np.log(quantiles[:, 4])))
    assert 0.8 < np.mean(held) <= 1.0


def test_draws_are_fitted_as_well_as_by_a_library() -> None:
    from scipy import optimize

    rate = rates(30)
    logs = simulated_logs(with_values(), rate, np.log(2e11))[0]
    fit = fitted_aggregate({PAYMENTS: logs[1] + 0.05 * normals(8, 30), ISSUANCE: logs[2] + 0.05 * normals(9, 30)}, rate)
    noise = normals(10, 20, 60 + N_PARAMETERS)
    found = (fit.misfit.weighted(_least(fit, noise), noise) ** 2).sum(axis=1)
    least = [
        2 * optimize.least_squares(lambda p, z=z: fit.misfit.weighted(p[None])[0] + z, fit.point).cost for z in noise
    ]
    assert found == pytest.approx(least, rel=0.01)


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(monthly: pd.DataFrame) -> None:
    known = known_series(monthly, load_policy("incheon-2022"), "2022-06", "2022-12", 270_000)
    one, again, other = (aggregate_forecast(known, 50, seed)[0] for seed in (1, 1, 2))
    assert one.to_csv() == again.to_csv() != other.to_csv()
    assert len(one) == 6 * 8 and (np.diff(one[QUANTILES], axis=1) >= 0).all()
    city = known._replace(series=[s for s in known.series if s.scope == "incheon"])
    alone = aggregate_forecast(city, 50, 1)[0]
    pd.testing.assert_frame_equal(alone, one[one["scope"] == "incheon"].reset_index(drop=True))


def test_what_comes_after_the_origin_is_not_looked_at_and_what_is_no_payment_is_left_out(monthly: pd.DataFrame) -> None:
    policy = load_policy("incheon-2022")
    later = monthly["period_start"] >= "2022-07"
    changed = monthly.assign(value=monthly["value"].where(~later, 1.0))
    known, same = (known_series(rows, policy, "2022-06", "2022-12", 270_000) for rows in (monthly, changed))
    assert aggregate_forecast(known, 20, 1)[0].equals(aggregate_forecast(same, 20, 1)[0])
    alone = known._replace(series=[s for s in known.series if s.metric == "issuance"])
    rows, left_out = aggregate_forecast(alone, 20, 1)
    assert rows.empty and set(left_out["scope"]) == {"card_dong", "card_seo", "incheon"}


def test_draws_of_parameters_are_about_the_fit_and_narrower_than_before_it() -> None:
    rate = rates(40)
    logs = simulated_logs(with_values(), rate, np.log(2e11))[0]
    known = {
        name: logs[MODEL_OUTPUTS.index(name)] + 0.03 * normals(11 + i, 40) for i, name in enumerate((USERS, PAYMENTS))
    }
    draws = drawn_points(fitted_aggregate(known, rate), 300, 1)
    spread = draws.std(axis=0)
    assert spread[NAMES.index("share_per_point")] < 0.7 and spread.max() < 1.3
