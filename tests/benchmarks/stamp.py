"""Where and with what something was measured; no name or path of a machine."""

import datetime
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks.timing import Figure

LIBRARIES = ("numpy", "numba", "llvmlite", "polars", "mesa")
REPOSITORY = Path(__file__).resolve().parents[2]


def _git(*arguments: str) -> str:
    try:
        command = ["git", *arguments]
        return subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory() -> str:
    told = Path("/proc/meminfo")
    if not told.exists():
        return "unknown"
    return f"{int(told.read_text(encoding='utf-8').split()[1]) / 2**20:.1f} GiB"


def _date() -> str:
    """Return the date of $SOURCE_DATE_EPOCH, or of the commit: the same code and data give the same page."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH") or _git("log", "-1", "--format=%ct") or "0"
    return datetime.datetime.fromtimestamp(int(seconds), datetime.UTC).date().isoformat()


def stamp() -> list[Figure]:
    """Return hardware, versions, commit, date and how busy the machine was before, as rows without a value."""
    changed = " with changes" if _git("status", "--porcelain", "--untracked-files=no", "--", "sim", "tests") else ""
    told = {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
        "commit": (_git("rev-parse", "--short=10", "HEAD") or "unknown") + changed,
        "date": _date(),
        "load before": f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown",
    }
    return [Figure("stamp", name, 0.0, "", 0.0, 0.0, 0, note) for name, note in told.items()]
