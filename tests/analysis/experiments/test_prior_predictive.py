"""A prior-predictive answer is recorded as one and says so wherever it is shown; no other answer does."""

import datetime
import json

import pandas as pd
import pytest

from eum.analysis.experiments.compare import Runs, figure_intervals
from eum.analysis.experiments.comparison_figures import COST, NO_POLICY
from eum.analysis.experiments.definition import with_parameters
from eum.analysis.experiments.ensemble import Ensemble
from eum.analysis.experiments.ready import load_study
from eum.analysis.experiments.run import PRIOR_PREDICTIVE, RunConfig, setting_for, source_told, title
from eum.analysis.experiments.study import study_record
from eum.calibration.fitted import POSTERIOR, PRIOR
from eum.city.data import CityData, load_city_data
from eum.errors import InputError

DAYS = (datetime.date(2020, 3, 1), datetime.date(2020, 3, 31))
REQUEST = RunConfig(["incheon-2020-actual"], "causal", 0.01, 1, *DAYS)
PREDICTIVE = REQUEST._replace(parameter_source=PRIOR)


@pytest.fixture(scope="module")
def package() -> CityData:
    return load_city_data()


def test_the_title_and_the_caption_of_a_comparison_say_so() -> None:
    assert PRIOR_PREDICTIVE in title(PREDICTIVE) and PRIOR_PREDICTIVE not in title(REQUEST)
    assert "Prior-predictive" in source_told(PRIOR) and source_told(POSTERIOR) == ""


def test_every_row_of_a_comparison_says_where_parameters_come_from() -> None:
    key = {"family": "causal", "policy": "p", "relative_to": NO_POLICY, "group": COST, "measure": "fiscal cost"}
    rows = pd.DataFrame([{**key, "unit": "krw", "value": 1.0, "run": 0}])
    for request in (REQUEST, PREDICTIVE):
        assert set(figure_intervals(rows, request, Runs(1, 0))["parameters"]) == {request.parameter_source}


def test_an_unknown_source_is_refused_before_any_run() -> None:
    with pytest.raises(InputError, match="--parameters: guess: expected one of posterior, prior"):
        setting_for(REQUEST._replace(parameter_source="guess"))


def test_a_study_is_of_the_posterior_unless_it_or_the_command_says_otherwise(package: CityData) -> None:
    asked = load_study("gyeyang-2020")
    assert asked.definition.parameters == POSTERIOR == with_parameters(asked.definition, None).parameters
    predictive = asked._replace(definition=with_parameters(asked.definition, PRIOR))
    records = [json.loads(json.dumps(study_record(study, package, 1))) for study in (asked, predictive)]
    assert [record["parameters"] for record in records] == [POSTERIOR, PRIOR]
    assert [record["definition"]["parameters"] for record in records] == [POSTERIOR, PRIOR]
    # Units that were kept of the one are not taken for the other.
    assert Ensemble(asked, package, 1).mark != Ensemble(predictive, package, 1).mark
