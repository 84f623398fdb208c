"""A study ready to be run: its definition, the policies that it names, and the files they are read from.

All that can be told of a study without running it is told here, on one line: file, key, value, what was expected.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from eum.analysis.experiments.definition import StudyDefinition, StudyVariant
from eum.config import definition_file, read_definition
from eum.errors import InputError
from eum.policy.files import load_policy, policy_files, policy_path
from eum.policy.model import NO_END, PROMISES, Policy, with_budget
from eum.resources import resource
from eum.runner.stopping_rule import PrecisionTarget, require_precision_target

STUDIES = resource("reports")
_POLICY_NAME = re.compile(r"\w[\w.-]*")
_LANGUAGES = ("ko", "en")
STUDY_POLICIES = "policies"
"""Folder of a stored study that keeps the files of its policies, so that it can be checked wherever they came from."""


class StudyRequest(NamedTuple):
    """A study as asked for."""

    definition: StudyDefinition
    policies: Mapping[str, Policy]
    """By the reference that the definition has for them."""
    files: Mapping[str, bytes]
    """Name and content of every file that the policies are read from."""
    where: str
    """The definition's file, for what is told of it."""

    def worlds(self, variant: str) -> dict[str, str]:
        """Return the names of a variant's worlds: baseline, city, and district (the city's where there is none)."""
        asked = self.definition.variants[variant]
        city, programme = self.policies[asked.city].name, self.policies[asked.programme].name
        return {"baseline": "none", "city": city, "district": programme}

    def titles(self, variant: str) -> dict[str, dict[str, str]]:
        """Return title, short title and note of a variant by language; the title is its policy's unless it has one."""
        asked = self.definition.variants[variant]
        found = {}
        for language in _LANGUAGES:
            title = getattr(asked, f"title_{language}") or getattr(self.policies[asked.programme], f"title_{language}")
            short = getattr(asked, f"short_{language}") or title
            found[language] = {"title": title, "short": short, "note": getattr(asked, f"note_{language}")}
        return found

    @property
    def is_own_money(self) -> bool:
        """Whether all that districts' policies add to the city's is paid by the focus district alone."""
        focus = self.definition.focus_district
        added = {payer for v in self.definition.variants.values() for payer in self._payers_of_what_is_added(v)}
        return focus is not None and added == {focus}

    def _payers_of_what_is_added(self, variant: StudyVariant) -> Iterator[str | None]:
        if variant.district is None:
            return
        city, programme = self.policies[variant.city], self.policies[variant.district]
        payers = {budget.id: budget.payer for budget in programme.budget}
        for kind in PROMISES:
            for layer in getattr(programme, kind):
                if layer not in getattr(city, kind):
                    yield payers.get(layer.budget)


def load_study(name_or_path: str) -> StudyRequest:
    """Load a study by name (a file in reports/) or path; policies by file lie beside it, or where it says.

    Raises InputError on one line for anything wrong with it or with its policies.
    """
    path = definition_file(name_or_path, STUDIES, "study")
    definition = read_definition(StudyDefinition, path)
    if definition.enough is not None:
        wished = definition.enough
        require_precision_target(
            PrecisionTarget(wished.halfwidth_won, wished.rung, definition.size.n_draws), f"{path}: enough"
        )
    return asked_study(definition, path.parent, str(path))


def asked_study(definition: StudyDefinition, folder: Path, where: str) -> StudyRequest:
    """Return a study with its policies; those named by file lie below `folder` unless their path is absolute.

    Raises InputError, naming the file `where`, for anything wrong with them.
    """
    found, files = dict[str, Policy](), dict[str, Path]()
    for key, reference in _references(definition):
        try:
            file = _policy_file(reference, folder)
            found[reference] = load_policy(file)
        except InputError as error:
            raise InputError(f"{where}: {key}: {error}") from None
        for part in policy_files(file):
            other = files.setdefault(part.name, part)
            if other.resolve() != part.resolve():
                raise InputError(f"{where}: {key}: {part}: {other} has the same name; expected files of other names")
    study = StudyRequest(definition, found, {name: file.read_bytes() for name, file in sorted(files.items())}, where)
    for variant in definition.variants:
        _require_programme(study, variant)
        _require_budgets(study, variant)
    _require_titles_apart(study)
    _require_kept_policies(study)
    return study


def _references(definition: StudyDefinition) -> Iterator[tuple[str, str]]:
    """Yield the key of every policy a definition names, and what it is called there."""
    for name, variant in definition.variants.items():
        yield f"variants.{name}.city", variant.city
        if variant.district is not None:
            yield f"variants.{name}.district", variant.district


def _policy_file(reference: str, folder: Path) -> Path:
    if reference.endswith(".toml"):
        path = folder / reference
        if not path.is_file():
            raise InputError(f"{reference}: no such file; expected a policy at {path}")
        return path
    if not _POLICY_NAME.fullmatch(reference):
        raise InputError(f"{reference!r}: expected the name of a policy, or a .toml file")
    return policy_path(reference)


def _require_programme(study: StudyRequest, variant: str) -> None:
    """Raise InputError unless a variant's policies are different ones and promise something in the window."""
    definition = study.definition
    asked, where = definition.variants[variant], f"{study.where}: variants.{variant}"
    for key in ("city", "district"):
        reference = getattr(asked, key)
        if reference is None:
            continue
        policy = study.policies[reference]
        if policy.name == "none":
            raise InputError(f"{where}.{key}: {reference}: the world without any policy; expected a programme")
    programme = study.policies[asked.programme]
    if asked.district is not None and study.policies[asked.city].name == programme.name:
        raise InputError(f"{where}.district: {asked.district}: the city's policy as well; expected one on top of it")
    promised = [layer for kind in PROMISES for layer in getattr(programme, kind)]
    if not any(layer.start <= definition.end and (layer.end or NO_END) >= definition.start for layer in promised):
        told = f"promises nothing from {definition.start} to {definition.end}; expected a policy in force"
        raise InputError(f"{where}: {asked.programme}: {told}")


def _require_budgets(study: StudyRequest, variant: str) -> None:
    """Raise InputError unless a variant's programme has the budgets that are uncertain, and they can be so large."""
    uncertain, asked = study.definition.uncertain_budget, study.definition.variants[variant]
    if uncertain is None:
        return
    policy = study.policies[asked.programme]
    known = [budget.id for budget in policy.budget]
    for key in ("event", "rest"):
        budget = getattr(uncertain, key)
        if budget not in known:
            told = f"no budget of {asked.programme}; expected one of {', '.join(known) or 'none there'}"
            raise InputError(f"{study.where}: uncertain_budget.{key}: {budget!r}: {told}")
    for share in (uncertain.event_share_low, uncertain.event_share_high):
        for budget, amount_krw in uncertain.divided(share).items():
            try:
                with_budget(policy, budget, amount_krw)
            except ValidationError as error:
                told = error.errors()[0]["msg"].removeprefix("Value error, ")
                raise InputError(f"{study.where}: uncertain_budget.total_krw: {uncertain.total_krw}: {told}") from None


def _require_titles_apart(study: StudyRequest) -> None:
    """Raise InputError where two variants would be called the same."""
    for language in _LANGUAGES:
        for name in ("title", "short"):
            known: dict[str, str] = {}
            for variant in study.definition.variants:
                title = study.titles(variant)[language][name]
                if title in known:
                    told = f"the title of {known[title]} as well; expected titles that tell them apart"
                    raise InputError(f"{study.where}: variants.{variant}.{name}_{language}: {title!r}: {told}")
                known[title] = variant


def policies_kept(study: StudyRequest) -> dict[str, bytes]:
    """Return the files of a study's policies as a result keeps them: by name, below STUDY_POLICIES."""
    return {f"{STUDY_POLICIES}/{name}": content for name, content in study.files.items()}


def kept_policies(definition: StudyDefinition, folder: Path) -> dict[str, Policy]:
    """Return the policies whose files a result keeps in a folder, by the definition's reference.

    Raises InputError for one that is missing or cannot be read.
    """
    names = zip(definition.references, kept_files(definition), strict=True)
    return {reference: load_policy(folder / name) for reference, name in names}


def kept_files(definition: StudyDefinition) -> list[str]:
    """Return the name of the file that a result keeps of each policy of a definition, in the order of references."""
    return [f"{Path(reference.removesuffix('.toml')).name}.toml" for reference in definition.references]


def _require_kept_policies(study: StudyRequest) -> None:
    """Raise InputError unless the policies read from copies of their files are the same."""
    with tempfile.TemporaryDirectory(prefix="eum-") as folder:
        made = Path(folder)
        for name, content in study.files.items():
            (made / name).write_bytes(content)
        try:
            kept = kept_policies(study.definition, Path(folder))
        except InputError as error:
            raise InputError(f"{study.where}: policies: {error}; expected files that extend others by name") from None
    for reference, policy in study.policies.items():
        if kept[reference].hash != policy.hash:
            told = "another policy once its files lie in one folder; expected files that extend others by name"
            raise InputError(f"{study.where}: policies: {reference}: {told}")
