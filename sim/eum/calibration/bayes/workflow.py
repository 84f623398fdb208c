"""The three uses of a fit, from rows to tables: fit, validate, recover."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from eum.calibration.bayes import results
from eum.calibration.bayes.definition import FitDefinition
from eum.calibration.bayes.moments import TO_FEBRUARY, WITH_RISE, moments
from eum.calibration.bayes.parameters import fit_parameters, value_at
from eum.calibration.bayes.posterior import FamilyFit, PosteriorModel, fitter, headline_draws, predicted
from eum.calibration.bayes.recalibration import recalibrated
from eum.calibration.bayes.recovery import (
    EMULATOR,
    NO_WIDTH,
    identification_label,
    kinds,
    pooled_ranks,
    posterior_of_synthetic,
    quantities,
    recovery_table,
)
from eum.calibration.fit.rng_streams import normals, stream_key
from eum.calibration.bayes.simulate import programme
from eum.calibration.bayes.training_set import (
    DESIGN,
    REFINED,
    TRUTHS,
    Batch,
    TrainingSet,
    concatenated_rows,
    simulated_rows,
    task_batch,
)
from eum.calibration.bayes.validation import forecast_tables
from eum.calibration.runnable import require_runnable
from eum.city.data import CityData
from eum.engine.scenarios import scenarios_beside_none
from eum.errors import InputError
from eum.extras import require_extra
from eum.intervals import percentile_interval
from eum.jit import source_hash
from eum.runner.tasks import Task, TaskRunner, TaskTables, work_fingerprint

_PRIOR_DRAWS = 4000


class FitProblem(NamedTuple):
    """What all three commands need."""

    package: CityData
    definition: FitDefinition
    errors: pd.DataFrame
    """docs/expected-error.csv"""
    folder: Path
    """Where rows and results are kept."""

    @property
    def mark(self) -> str:
        """What a result depends on: data, definition, measured errors, and the code of the fit."""
        errors = hashlib.sha256(self.errors.to_csv(index=False).encode()).hexdigest()
        about = (self.package.hash, self.definition.model_dump_json(), errors, source_hash(("calibration/bayes",)))
        return work_fingerprint("fit", *about)


def require_days_of_moments(problem: FitProblem) -> None:
    """Raise InputError, before anything is run, for a fit whose days leave out some of those of a moment."""
    first, last = problem.definition.start, problem.definition.end
    for moment in moments(problem.package):
        if moment.start < first or moment.end > last:
            expected = f"days of the fit with {moment.start} to {moment.end}, those of the moment {moment.name}"
            raise InputError(f"{problem.definition.name}: start, end: {first} to {last}: expected {expected}")


class Prepared(NamedTuple):
    """A family's emulators and rows."""

    fitter: PosteriorModel
    design: TrainingSet
    """Rows over the whole prior, without those of the refinement."""
    truths: TrainingSet | None

    @property
    def family(self) -> str:
        """The family of evidence."""
        return self.fitter.family_fit.family


def first_tables(first: PosteriorModel) -> TaskTables:
    """Return `n_refined` draws from the posterior of a first fit."""
    family_fit = first.family_fit
    points = first.fit(family_fit.published, stream_key(family_fit.definition.seed, "first", family_fit.family)).points
    step = max(1, len(points) // family_fit.definition.size.n_refined)
    return {"points": pd.DataFrame(points[::step][: family_fit.definition.size.n_refined]).rename(columns=str)}


def _refined(
    problem: FitProblem, many: TaskRunner, family_fits: list[FamilyFit], design: list[TrainingSet]
) -> list[TrainingSet]:
    """Return the designs of families with rows added where a first fit to February 2020 lies."""
    if problem.definition.size.n_refined == 0:
        return design
    firsts = [fitter(a._replace(windows=TO_FEBRUARY), rows) for a, rows in zip(family_fits, design, strict=True)]
    tasks = [Task(f"first {first.family_fit.family}", first_tables, first) for first in firsts]
    kept = many.run(tasks, problem.mark)
    points = [kept.of(task.name)["points"].to_numpy() for task in tasks]
    batches = [Batch(REFINED, a.family, p) for a, p in zip(family_fits, points, strict=True)]
    more = simulated_rows(problem.package, problem.definition, many, batches, family_fits[0].chosen)
    return [concatenated_rows(first, second) for first, second in zip(design, more, strict=True)]


def prepared_fit(
    problem: FitProblem, many: TaskRunner, windows: tuple[str, ...], truths: bool = False
) -> list[Prepared]:
    """Live the rows that are missing and learn the emulators; return them by family."""
    package, definition = problem.package, problem.definition
    tried = scenarios_beside_none([programme(definition)], (definition.start, definition.end))
    require_runnable(package, tried, in_expectation=True)
    chosen, families = moments(package), definition.families
    kinds = (DESIGN, TRUTHS) if truths else (DESIGN,)
    batches = [task_batch(package, definition, kind, family) for kind in kinds for family in families]
    rows = simulated_rows(package, definition, many, batches, chosen)
    design, truth_rows = rows[: len(families)], rows[len(families) :]
    family_fits = [FamilyFit(package, definition, family, chosen, windows, problem.errors) for family in families]
    fitters = [fitter(a, r) for a, r in zip(family_fits, _refined(problem, many, family_fits, design), strict=True)]
    nothing: list[TrainingSet | None] = [None] * len(families)
    return [Prepared(*found) for found in zip(fitters, design, truth_rows if truths else nothing, strict=True)]


# ---- fit


def require_fit_libraries() -> None:
    """Raise InputError where a library is missing that writes the draws of a fit, at its end."""
    require_extra("calibration", "arviz", "h5netcdf", "xarray")


def posterior_tables(fitter: PosteriorModel) -> TaskTables:
    """Draw a family's posterior; return draws, predicted moments and how the sampler got there."""
    family_fit = fitter.family_fit
    key = stream_key(family_fit.definition.seed, "posterior", family_fit.family)
    sampled = fitter.fit(family_fit.published, key)
    headline = headline_draws(fitter, sampled.points, stream_key(key, "headline"))
    said = predicted(fitter, sampled.points, True, stream_key(key, "predicted"))
    steps = {"temperature": sampled.temperatures, "accepted": sampled.accepted}
    return {
        "points": pd.DataFrame(sampled.points).rename(columns=str),
        "raw": quantities(fitter, sampled.points, headline.to_numpy()),
        "predicted": pd.DataFrame(said, columns=[m.name for m in family_fit.chosen]),
        "sampling": pd.DataFrame(steps),
    }


def prior_quantities(fitter: PosteriorModel) -> pd.DataFrame:
    """Return the quantities of a fit at keyed draws from the prior."""
    key = stream_key(fitter.family_fit.definition.seed, "prior", fitter.family_fit.family)
    points = normals(key, _PRIOR_DRAWS, fitter.coordinates.n_parameters + 5)
    return quantities(fitter, points, headline_draws(fitter, points, stream_key(key, "headline")).to_numpy())


def parameters_in_units(package: CityData, scores: pd.DataFrame) -> pd.DataFrame:
    """Return quantities with parameters in their units instead of scores."""
    return scores.assign(**{p.name: value_at(p, scores[p.name].to_numpy()) for p in fit_parameters(package)})


def _recalibrated(problem: FitProblem, family: str, raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return draws corrected where a certificate of this very fit asks for it, and the certificate of the family."""
    if results.fit_record(problem.folder, results.RECOVERY).get("mark") != problem.mark:
        return raw, None
    refits = results.refits_result(problem.folder)
    rows = results.recovery_result(problem.folder)
    draws = raw.copy()
    parameters = [p.name for p in fit_parameters(problem.package)]
    ranks = pooled_ranks(refits, parameters)
    for name in parameters:
        draws[name] = recalibrated(raw[name].to_numpy(), ranks)
    return draws, rows[rows["family"] == family].set_index("name")


def _ends(draws: pd.DataFrame, name: str, prefix: str = "") -> dict[str, float]:
    """Return 5th percentile, median and 95th percentile of draws."""
    seen = percentile_interval(draws[name].to_numpy())
    return {f"{prefix}low": seen.low, f"{prefix}median": seen.value, f"{prefix}high": seen.high}


def _verdict(left: float, certified: pd.Series | None) -> dict[str, str]:
    """Return what a quantity may be called: as the certificate has it or, without one, by the same rule on the data."""
    if certified is None:
        return {"called": identification_label(left), "certified": "not measured", "recalibrated": "not measured"}
    return {"called": certified["called"], "certified": certified["holds"], "recalibrated": certified["recalibrated"]}


def _parameter_rows(fitter: PosteriorModel, draws: pd.DataFrame, certified: pd.DataFrame | None) -> pd.DataFrame:
    """Return one row per parameter and headline number: prior and posterior, and what may be said of it."""
    package, prior = fitter.family_fit.package, prior_quantities(fitter)
    units = {p.name: p.unit for p in fit_parameters(package)}
    shown, before = parameters_in_units(package, draws), parameters_in_units(package, prior)
    rows = []
    for kind, name in zip(kinds(fitter), map(str, draws), strict=True):
        width = float(prior[name].std())
        if width > NO_WIDTH:
            left = float(draws[name].std()) / width
            unit = units.get(name, "krw_per_krw" if name.startswith("ratio") else "share")
            row = {"family": fitter.family_fit.family, "kind": kind, "name": name, "unit": unit}
            ends = {**_ends(before, name, "prior_"), **_ends(shown, name)}
            certificate = None if certified is None else certified.loc[[name]].iloc[0]
            rows.append({**row, **ends, "sd_left": left, **_verdict(left, certificate)})
    return pd.DataFrame(rows)


def fit_posterior(problem: FitProblem, many: TaskRunner) -> pd.DataFrame:
    """Fit every family to February 2020 and the rise of March; keep draws and return the table of parameters."""
    require_fit_libraries()
    prepared = prepared_fit(problem, many, WITH_RISE)
    tasks = [Task(f"posterior {p.family}", posterior_tables, p.fitter) for p in prepared]
    kept = many.run(tasks, problem.mark)
    tables, rows = {}, []
    for family, p in ((p.family, p) for p in prepared):
        found = kept.of(f"posterior {family}")
        draws, certified = _recalibrated(problem, family, found["raw"])
        tables[f"raw-{family}"] = parameters_in_units(problem.package, found["raw"])
        tables[f"draws-{family}"] = parameters_in_units(problem.package, draws)
        tables[f"predicted-{family}"], tables[f"sampling-{family}"] = found["predicted"], found["sampling"]
        tables[f"prior-{family}"] = parameters_in_units(problem.package, prior_quantities(p.fitter))
        rows.append(_parameter_rows(p.fitter, draws, certified))
    tables["parameters"] = pd.concat(rows, ignore_index=True)

    def write_netcdf(made: Path) -> None:
        for p in prepared:
            published = {m.name: m.published for m in p.fitter.family_fit.chosen}
            draws, prior, said = (tables[f"{name}-{p.family}"] for name in ("draws", "prior", "predicted"))
            results.export_netcdf(made / f"{p.family}.nc", draws, prior, said, published)

    results.write_result(problem.folder, results.POSTERIOR, tables, {"mark": problem.mark}, write_netcdf)
    return tables["parameters"]


# ---- validate


def validation_tables(fitter: PosteriorModel) -> TaskTables:
    """Return the forecasts of a family (`eum.calibration.bayes.validation`)."""
    return {"forecasts": forecast_tables(fitter)}


def validation_tables_of(problem: FitProblem, many: TaskRunner) -> pd.DataFrame:
    """Fit every family to February 2020, forecast March to June; keep and return the table of forecasts."""
    prepared = prepared_fit(problem, many, TO_FEBRUARY)
    tasks = [Task(f"validation {p.family}", validation_tables, p.fitter) for p in prepared]
    forecasts = many.run(tasks, problem.mark)["forecasts"]
    results.write_result(problem.folder, results.VALIDATION, {"forecasts": forecasts}, {"mark": problem.mark})
    return forecasts


# ---- recover


def recovery_tables(problem: FitProblem, many: TaskRunner) -> pd.DataFrame:
    """Fit synthetic truths again in every family; keep and return the certificate."""
    prepared = prepared_fit(problem, many, WITH_RISE, truths=True)
    found = []
    for p in prepared:
        assert p.truths is not None
        found.append(posterior_of_synthetic(p.fitter, p.design, p.truths, many, problem.mark).assign(family=p.family))
    refits = pd.concat(found, ignore_index=True)
    rows = [recovery_table(p.fitter, refits, prior_quantities(p.fitter)) for p in prepared]
    tables = {"refits": refits, "certificate": pd.concat(rows, ignore_index=True)}
    results.write_result(problem.folder, results.RECOVERY, tables, {"mark": problem.mark})
    return tables["certificate"]


_BINS = 10


def rank_counts(refits: pd.DataFrame, certified: pd.DataFrame) -> pd.DataFrame:
    """Return how many truths lie in each tenth of their posterior, by family and quantity: all alike where
    posteriors are right."""
    own = refits[refits["method"] == EMULATOR]
    own = own.assign(tenth=(own["rank"] * _BINS).astype(int).clip(upper=_BINS - 1))
    table = own.pivot_table(index=["family", "name"], columns="tenth", aggfunc="size", fill_value=0)
    counts = table.reindex(columns=range(_BINS), fill_value=0).rename(columns=lambda tenth: f"tenth_{tenth + 1}")
    return certified[["family", "kind", "name"]].merge(counts.reset_index(), on=["family", "name"])
