"""The documentation as a site: built strictly from the repository, complete, and shown without another host."""

import importlib.util
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
DOCS = REPOSITORY / "docs"


class _Fetched(HTMLParser):
    """Collects what a browser fetches to show a page, and where its links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.fetched += [given["src"]] if "src" in given else []
        self.fetched += [given["href"]] if tag == "link" and given.get("rel") != "canonical" else []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site, built strictly."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    env = {**os.environ, "PYTHONPATH": f"{REPOSITORY / 'sim'}{os.pathsep}{REPOSITORY}", "NO_MKDOCS_2_WARNING": "1"}
    ran = subprocess.run(command, cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder


def test_the_site_fetches_nothing_from_other_hosts(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > len(list(DOCS.rglob("*.md")))
    for page in pages:
        reader = _Fetched()
        reader.feed(page.read_text(encoding="utf-8"))
        assert reader.fetched
        assert [found for found in reader.fetched if re.match(r"([a-z]+:)?//", found)] == [], page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import\s+)[\"']?([a-z]+:)?//", sheet.read_text(encoding="utf-8")), sheet


def test_the_site_holds_every_page_notebook_and_package(site: Path) -> None:
    pages = {page.relative_to(site).with_suffix("").as_posix() for page in site.rglob("*.html")}
    wanted = {page.relative_to(DOCS).with_suffix("").as_posix() for page in DOCS.rglob("*.md")}
    wanted |= {f"notebooks/{text.stem}" for text in (REPOSITORY / "notebooks").glob("*.py")}
    code = [file for file in (REPOSITORY / "sim" / "eum").rglob("*.py") if file.stem != "__init__"]
    wanted |= {"reference/code/" + ".".join(file.parent.relative_to(REPOSITORY / "sim").parts) for file in code}
    wanted |= {"reference/api", "reference/commands", "reference/parameters", "project/citing", "project/changes"}
    assert wanted - pages == set()


def test_docstrings_reach_the_reference(site: Path) -> None:
    shown = (site / "reference" / "code" / "eum.behavior.html").read_text(encoding="utf-8")
    assert "takes_grant" in shown and "Return whether a person takes a grant on the card" in shown
    assert "&gt;&gt;&gt;" in shown, "worked examples are shown as code"


def test_every_parameter_stands_in_the_reference(site: Path) -> None:
    shown = (site / "reference" / "parameters.html").read_text(encoding="utf-8")
    for table in ("priors.csv", "assumptions.csv"):
        rows = (REPOSITORY / "data" / table).read_text(encoding="utf-8").splitlines()[1:]
        for name in {row.partition(",")[0] for row in rows}:
            assert f"<code>{name}</code>" in shown, name


def program(path: Path) -> ModuleType:
    """Return a Python file of the site as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_llms_txt_is_what_the_pages_give() -> None:
    llms = program(DOCS / "site" / "llms.py")
    assert (REPOSITORY / "llms.txt").read_text(encoding="utf-8") == llms.llms_text(), "run python docs/site/llms.py"


def test_every_line_of_llms_txt_leads_to_a_file_and_says_what_it_holds() -> None:
    lines = [line for line in (REPOSITORY / "llms.txt").read_text(encoding="utf-8").splitlines() if line[:2] == "- "]
    assert len(lines) > 30
    for line in lines:
        found = re.fullmatch(r"- \[[^\]]+\]\(([^)]+)\): (\S.{10,})", line)
        assert found and (REPOSITORY / found[1]).is_file(), line
        assert "*" not in line and ": To be" not in line, f"{line}: no subtitle, no notice"


def test_a_page_is_summed_up_by_what_it_holds() -> None:
    first = program(DOCS / "site" / "llms.py").first_sentence
    text = "Rows that a run of the *whole* city (Bass et al. 1969) reads, with their sources. More of it."
    page = f"# Title\n\n*What does it ask?*\n\n**To be derived again:** all of it.\n\n{text}\n"
    assert first(page) == "Rows that a run of the whole city (Bass et al. 1969) reads, with their sources."
    assert first("# Title\n\n**Bold at first.** The rest of a sentence is longer than that.\n").startswith(
        "Bold at first"
    )


def test_the_site_is_shown_without_another_host(site: Path, chromium_path: str) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    requests: list[str] = []
    with playwright.sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.on("request", lambda request: requests.append(request.url))
        for name in ("index", "tutorial", "reference/code/eum.behavior", "notebooks/reading_the_2_9"):
            page.goto((site / f"{name}.html").as_uri())
            page.wait_for_load_state("networkidle")
        browser.close()
    assert len(requests) > 4
    assert [url for url in requests if not url.startswith("file:")] == []
