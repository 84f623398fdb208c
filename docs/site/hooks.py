"""What mkdocs asks while it builds the site: pages made from data, code, the command and the notebooks.

A page that exists elsewhere in the repository is shown, not copied: data/README.md, data/sources.csv, sim/README.md,
the notebooks with their results, `--help` of every verb, and the docstrings of every room.
"""

import ast
import base64
import csv
import json
import re
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

REPOSITORY = Path(__file__).resolve().parents[2]
SHOWN = {"evidence/data.md": "data/README.md", "reference/rooms.md": "sim/README.md"}
"""Page of the site -> the file of the repository that it shows."""

_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")
_HOST = re.compile(r"[a-z]+:")


def rooms() -> list[Path]:
    """Return the rooms of `sim` (folders) and its leaves (files), by name."""
    package = REPOSITORY / "sim"
    folders = {path.parent for path in package.glob("*/__init__.py")}
    leaves = {path for path in package.glob("*.py") if not path.stem.startswith("__")}
    return sorted(folders | leaves, key=lambda path: path.stem)


def notebooks() -> list[Path]:
    """Return the executed notebooks, by name."""
    return sorted((REPOSITORY / "notebooks").glob("*.ipynb"))


def _section(nav: list[Any], title: str) -> list[Any]:
    return next(part[title] for part in nav if title in part)


def _named(nav: Any) -> set[str]:
    if isinstance(nav, str):
        return {nav}
    return set().union(*(_named(part) for part in (nav.values() if isinstance(nav, dict) else nav)))


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add to the table of contents what it need not name: notebooks, rooms, and pages of evidence."""
    nav: list[Any] = config.nav
    _section(nav, "Notebooks").extend(f"notebooks/{path.stem}.md" for path in notebooks())
    _section(nav, "Reference").append({"Code": [{room.stem: f"reference/{room.stem}.md"} for room in rooms()]})
    written = {path.name for path in Path(config.docs_dir).glob("*.md")}
    _section(nav, "Evidence").extend(sorted(written - _named(nav)))
    _section(nav, "How to").extend(
        f"how-to/{path.name}"
        for path in sorted(Path(config.docs_dir).glob("how-to/*.md"))
        if f"how-to/{path.name}" not in _named(nav)
    )
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made, and the pictures of the notebooks."""
    made = {page: (REPOSITORY / shown).read_text(encoding="utf-8") for page, shown in SHOWN.items()}
    made |= {"evidence/sources.md": _sources(), "reference/commands.md": _commands()}
    made |= {f"reference/{room.stem}.md": _room(room) for room in rooms()}
    for name, content in made.items():
        files.append(File.generated(config, name, content=content))
    for path in notebooks():
        text, pictures = _notebook(path)
        files.append(File.generated(config, f"notebooks/{path.stem}.md", content=text))
        for name, content in pictures.items():
            files.append(File.generated(config, f"notebooks/{name}", content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links to files outside the site into their paths in the repository, and shown files into their pages."""
    home = PurePosixPath(SHOWN.get(page.file.src_uri, f"docs/{page.file.src_uri}")).parent
    pages = {shown: name for name, shown in SHOWN.items()}

    def led(link: re.Match[str]) -> str:
        text, target = link.groups()
        if _HOST.match(target) or target.startswith("#"):
            return link[0]
        path, _, anchor = target.partition("#")
        where = _normal(home / path)
        name = pages.get(where, where.removeprefix("docs/") if where.startswith("docs/") else "")
        if not name or files.get_file_from_path(name) is None:
            return f"{text} (`{where}`)" if where not in text else text
        up = "../" * page.file.src_uri.count("/")
        return f"[{text}]({up}{name}{'#' if anchor else ''}{anchor})"

    parts = re.split(r"(^```.*?^```[ ]*$)", markdown, flags=re.MULTILINE | re.DOTALL)
    return "".join(part if part.startswith("```") else _LINK.sub(led, part) for part in parts)


def _normal(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


def _sources() -> str:
    rows = ["# Sources", "", "Every row of the data names one or several of these.", ""]
    rows += ["| source | title | outlet | date |", "|---|---|---|---|"]
    with (REPOSITORY / "data" / "sources.csv").open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            title = row["title_or_description"].replace("|", "/").replace("[", "(").replace("]", ")")
            told = f"[{title}]({row['url']})" if row["url"].startswith("http") else title
            rows.append(f"| `{row['source_id']}` | {told} | {row['outlet']} | {row['date']} |")
    return "\n".join(rows) + "\n"


def _commands() -> str:
    from typer import Context
    from typer.cli import get_docs_for_click
    from typer.main import get_command

    from eum.cli import app

    command = get_command(app)
    text = get_docs_for_click(obj=command, ctx=Context(command, info_name="eum"), name="eum", title="Commands")
    return re.sub(r"<(?=[A-Za-z])", "&lt;", text)


def _room(room: Path) -> str:
    """Return a page of references: the room, then each of its files that defines something."""
    inside = sorted(room.glob("*.py")) if room.is_dir() else [room]
    if room.is_dir():
        inside += sorted(p for p in room.glob("*/*.py"))
    lines = [f"# {room.stem}", ""]
    for path in inside:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        name = ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")
        if path.name == "__init__.py":
            lines += [ast.get_docstring(tree) or "", ""]
        elif not path.stem.startswith("_"):
            lines += [f"::: {name}", ""]
    return "\n".join(lines)


def _notebook(path: Path) -> tuple[str, dict[str, bytes]]:
    """Return an executed notebook as a page, and its pictures by file name."""
    pictures: dict[str, bytes] = {}
    lines: list[str] = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            lines += [source, ""]
        elif cell["cell_type"] == "code" and source:
            lines += ["```python", source, "```", ""]
            for output in cell["outputs"]:
                lines += _output(output, path.stem, pictures)
    return "\n".join(lines), pictures


def _output(output: dict[str, Any], stem: str, pictures: dict[str, bytes]) -> list[str]:
    if output["output_type"] == "stream":
        return ["```text", "".join(output["text"]).rstrip(), "```", ""] if output["name"] == "stdout" else []
    data = output.get("data", {})
    if "image/png" in data:
        name = f"{stem}-{len(pictures) + 1}.png"
        pictures[name] = base64.b64decode("".join(data["image/png"]))
        return [f"![Figure {len(pictures)} of {stem}]({name})", ""]
    if "text/html" in data:
        return ["".join(line for line in "".join(data["text/html"]).splitlines() if line.strip()), ""]
    told = "".join(data.get("text/plain", ""))
    return ["```text", told, "```", ""] if told else []
