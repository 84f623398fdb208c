"""Change every rule a little, one change at a time, and see whether the tests of the rules notice.

`make mutants` runs it (some ten minutes; not part of `make test`). Cosmic Ray mutates `sim/eum/behavior` and the
cashback arithmetic in a copy of the repository; the tests run without the compiler. A mutant that no test notices must
stand in `survivors.toml` with the reason, and a reason needs its survivor; else the run fails. The score goes to
`docs/mutants.csv`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from cosmic_ray.work_db import WorkDB, use_db
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

REPOSITORY = Path(__file__).resolve().parents[2]
RULES = {
    **{
        f"sim/eum/behavior/{name}.py": "tests/behavior"
        for name in (
            "adoption",
            "classification",
            "consumption",
            "destination_choice",
            "grants",
            "merchant_membership",
            "payment_choice",
            "seasonality",
        )
    },
    "sim/eum/policy/arithmetic.py": "tests/policy/test_arithmetic.py",
}
"""Files of rules and the tests that must notice a change in them."""
PYTEST = "-m pytest -x -q -p no:cacheprovider -p _hypothesis_pytestplugin --hypothesis-seed=0"
SCORE = REPOSITORY / "docs/mutants.csv"
COPIED = ("sim", "tests", "data", "pyproject.toml")
SECONDS = 60
NO_MUTANTS = "core/RemoveDecorator"
"""Without the compiler its decorator does nothing, so taking it away changes nothing."""


class Mutant(NamedTuple):
    """One change in a rule: the lines as they were and became, and whether all tests still passed."""

    file: str
    was: str
    becomes: str
    survived: bool


def copy_repository(to: Path) -> None:
    """Copy what the tests of the rules need, so that mutants never touch the working tree."""
    for part in COPIED:
        source = REPOSITORY / part
        if source.is_dir():
            shutil.copytree(source, to / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, to / part)


def configuration(file: str) -> str:
    """Return what Cosmic Ray is told about one file."""
    return (
        f'[cosmic-ray]\nmodule-path = "{file}"\ntimeout = {SECONDS}\nexcluded-modules = []\n'
        f'test-command = "{sys.executable} {PYTEST} {RULES[file]}"\n'
        '[cosmic-ray.distributor]\nname = "local"\n'
        f'[cosmic-ray.filters.operators-filter]\nexclude-operators = ["{NO_MUTANTS}"]\n'
    )


def mutants_of(file: str, progress: Progress) -> list[Mutant]:
    """Mutate one file and return what became of each mutant."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        copy_repository(copy)
        (copy / "mutants.toml").write_text(configuration(file))
        # Without the plug-ins that these tests do not need, a mutant takes a third of the time.
        env = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(copy / "sim")}
        env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        files = ("mutants.toml", "mutants.sqlite")
        cosmic = [sys.executable, "-m", "cosmic_ray.cli"]
        filtering = [sys.executable, "-m", "cosmic_ray.tools.filters.operators_filter", "mutants.sqlite", files[0]]
        for command in ([*cosmic, "init", *files], filtering):
            subprocess.run(command, cwd=copy, env=env, check=True, capture_output=True)
        with use_db(str(copy / "mutants.sqlite"), WorkDB.Mode.open) as work:
            task = progress.add_task(file, total=work.num_work_items, completed=work.num_results)
            trying = subprocess.Popen([*cosmic, "exec", *files], cwd=copy, env=env, stdout=subprocess.DEVNULL)
            while trying.poll() is None:
                time.sleep(1)
                progress.update(task, completed=work.num_results)
            if trying.returncode:
                raise RuntimeError(f"{file}: the run of its mutants ended with {trying.returncode}")
            tried = [result for _, result in work.completed_work_items if result.test_outcome is not None]
        return [_mutant(file, result) for result in tried]


def _mutant(file: str, result: Any) -> Mutant:
    lines = [line for line in result.diff.splitlines() if not line.startswith(("---", "+++"))]
    was, becomes = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return Mutant(file, was, becomes, result.test_outcome.value == "survived")


def score(found: list[Mutant]) -> pd.DataFrame:
    """Return mutants, killed and survived by file, with a row for all; files not tried now keep their row."""
    table = pd.DataFrame(found).groupby("file", sort=False)["survived"].agg(mutants="size", survived="sum")
    table["killed"] = table["mutants"] - table["survived"]
    if SCORE.exists():
        before = pd.read_csv(SCORE, index_col="file")
        table = pd.concat([table, before.loc[before.index.difference(table.index)]])
    table = table.loc[[file for file in RULES if file in table.index], ["mutants", "killed", "survived"]]
    table.loc["all"] = table.sum()
    return table


def explained(files: list[str]) -> set[tuple[str, str, str]]:
    """Return the survivors with a reason in survivors.toml, as (file, lines as they were, lines as they became)."""
    listed = tomllib.loads((Path(__file__).parent / "survivors.toml").read_text(encoding="utf-8"))
    return {(s["file"], s["was"], s["becomes"]) for s in listed["survivor"] if s["reason"] and s["file"] in files}


def main(wanted: list[str]) -> int:
    """Try all mutants of the files named (default: all), write the score, and return 1 when survivors and reasons
    do not match."""
    files = [file for file in RULES if not wanted or Path(file).stem in wanted]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress, ThreadPoolExecutor(os.cpu_count()) as pool:
        done = pool.map(mutants_of, files, [progress] * len(files))
        found = [mutant for mutants in done for mutant in mutants]
    table = score(found)
    table.to_csv(SCORE, lineterminator="\n", index_label="file")
    print(table.to_string())
    survivors, reasons = {m[:3] for m in found if m.survived}, explained(files)
    for file, was, becomes in sorted(survivors - reasons):
        print(f"a survivor without a reason in {file}\n  was     {was}\n  becomes {becomes}")
    for file, was, becomes in sorted(reasons - survivors):
        print(f"a reason without its survivor in {file}\n  was     {was}\n  becomes {becomes}")
    return int(survivors != reasons)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
