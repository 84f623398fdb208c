"""What contributors and citing readers meet agrees with the package: version, checks, recipes."""

import re
from pathlib import Path

import pytest
import yaml

import eum
from tests import house

REPOSITORY = Path(__file__).resolve().parents[1]


def text(name: str) -> str:
    """Return a file of the repository."""
    return (REPOSITORY / name).read_text(encoding="utf-8")


def test_changelog_and_citation_have_the_version_of_the_package() -> None:
    released = re.findall(r"^## \[(\d[\d.]*)\](?: - (\S+))?$", text("CHANGELOG.md"), re.MULTILINE)
    cited = yaml.safe_load(text("CITATION.cff"))
    assert (released[0][0], cited["version"]) == (eum.__version__, eum.__version__)
    assert released[0][1] == cited["date-released"].isoformat()
    numbers = [tuple(map(int, number.split("."))) for number, _ in released]
    assert numbers == sorted(numbers, reverse=True)


def test_changelog_keeps_to_the_kinds_of_keep_a_changelog() -> None:
    kinds = set(re.findall(r"^### (.+)$", text("CHANGELOG.md"), re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"} and kinds
    assert "## [Unreleased]" in text("CHANGELOG.md")


def test_the_workflow_runs_the_same_script_on_every_supported_python() -> None:
    workflow = yaml.safe_load(text(".github/workflows/test.yml"))
    (job,) = workflow["jobs"].values()
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    # YAML reads the key `on` as true.
    assert "push" in workflow[True]


def test_hooks_are_the_checks_of_the_environment() -> None:
    (repository,) = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]
    assert repository["repo"] == "local"
    assert [hook["id"] for hook in repository["hooks"]] == ["ruff-check", "ruff-format", "mypy"]
    assert all(hook["entry"].startswith(".venv/bin/") for hook in repository["hooks"])


@pytest.mark.parametrize("path", sorted((REPOSITORY / ".github" / "ISSUE_TEMPLATE").glob("*.md")))
def test_every_issue_template_has_a_name_and_says_what_it_is_for(path: Path) -> None:
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    assert set(yaml.safe_load(front)) >= {"name", "about"} and body.strip()


def test_every_file_that_contributing_names_is_there() -> None:
    named = re.findall(r"`((?:sim|tests|data|reports)/[\w./-]+)`", text("CONTRIBUTING.md"))
    assert len(named) > 5
    assert [name for name in named if not (REPOSITORY / name).exists()] == []


def test_contributing_states_the_limits_that_are_checked() -> None:
    (functions,) = re.findall(r"functions of about (\d+)", text("CONTRIBUTING.md"))
    (files,) = re.findall(r"files of about (\d+)", text("CONTRIBUTING.md"))
    assert int(functions) >= house.FUNCTION_LINES and int(files) == house.FILE_LINES
