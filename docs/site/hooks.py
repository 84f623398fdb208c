"""What mkdocs calls while it builds the site: pages made from data, code, the command and the notebooks.

A page that exists elsewhere in the repository is shown, not copied: data/README.md, data/sources.csv, sim/README.md,
the notebooks with their results, `--help` of every command, and the docstrings of every package.
"""

import ast
import base64
import csv
import json
import re
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "sim" / "eum"
SHOWN = {
    "evidence/data.md": "data/README.md",
    "project/changes.md": "CHANGELOG.md",
    "project/code-map.md": "sim/README.md",
    "project/conduct.md": "CODE_OF_CONDUCT.md",
    "project/contributing.md": "CONTRIBUTING.md",
    "project/security.md": "SECURITY.md",
}
"""Page of the site -> the file of the repository that it shows."""

_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")
_HOST = re.compile(r"[a-z]+:")


def packages() -> dict[str, list[Path]]:
    """Return the files of each page of the code by dotted name: a package, or `eum` for the base modules."""
    pages: dict[str, list[Path]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        folder = path.parent.relative_to(PACKAGE.parent)
        pages.setdefault(".".join(folder.parts), []).append(path)
    return {name: files for name, files in sorted(pages.items()) if any(p.stem != "__init__" for p in files)}


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
    """Add to the table of contents what it need not name: notebooks, pages of the code, further pages of a kind."""
    nav, docs = config.nav, Path(config.docs_dir)
    tutorials = _section(nav, "Tutorials")
    _section(tutorials, "Notebooks").extend(f"notebooks/{path.stem}.md" for path in notebooks())
    for section, pattern in ((tutorials, "tutorial*.md"), (_section(nav, "How-to"), "how-to/*.md")):
        pages = sorted(path.relative_to(docs).as_posix() for path in docs.glob(pattern))
        section.extend(page for page in pages if page not in _named(nav))
    code = [{name: f"reference/code/{name}.md"} for name in packages()]
    _section(nav, "Reference").append({"Code": code})
    written = {path.name for path in docs.glob("*.md")}
    _section(nav, "Evidence").extend(sorted(written - _named(nav)))
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made, and the pictures of the notebooks."""
    made = {page: (REPOSITORY / shown).read_text(encoding="utf-8") for page, shown in SHOWN.items()}
    made |= {"evidence/sources.md": _sources(), "reference/parameters.md": _parameters()}
    made |= {"reference/commands.md": _commands(), "reference/api.md": _api(), "project/citing.md": _citing()}
    made |= {f"reference/code/{name}.md": _package(name, inside) for name, inside in packages().items()}
    made |= {"llms.txt": (REPOSITORY / "llms.txt").read_text(encoding="utf-8")}
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

    def linked(link: re.Match[str]) -> str:
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
    return "".join(part if part.startswith("```") else _LINK.sub(linked, part) for part in parts)


def _normal(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


def _sources() -> str:
    rows = ["# Sources", "", "Every row of the data names one or several of these.", ""]
    rows += ["| source | title | outlet | date |", "|---|---|---|---|"]
    for row in _table("sources.csv"):
        title = row["title_or_description"].replace("|", "/").replace("[", "(").replace("]", ")")
        linked = f"[{title}]({row['url']})" if row["url"].startswith("http") else title
        rows.append(f"| `{row['source_id']}` | {linked} | {row['outlet']} | {row['date']} |")
    return "\n".join(rows) + "\n"


def _commands() -> str:
    from typer import Context
    from typer.cli import get_docs_for_click
    from typer.main import get_command

    from eum.cli import app

    command = get_command(app)
    text = get_docs_for_click(obj=command, ctx=Context(command, info_name="eum"), name="eum", title="Commands")
    return re.sub(r"<(?=[A-Za-z])", "&lt;", text)


def public_names() -> list[str]:
    """Return the names of the public interface, in the order of `eum.__all__`."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return [name for name in ast.literal_eval(node.value) if not name.startswith("_")]
    return []


def _api() -> str:
    """Return the page of the public interface: its names, then where the code begins."""
    lines = [
        "# Python interface",
        "",
        "The names of `import eum`. They are stable: one that goes away works for two more",
    ]
    lines += ["releases and says what replaces it. Everything else is documented, by package, under *Code*.", ""]
    for name in public_names():
        lines += [f"::: eum.{name}", ""]
    lines += ["## Code by package", "", "| package | what it holds |", "|---|---|"]
    for name, inside in packages().items():
        lines.append(f"| [`{name}`](code/{name}.md) | {_first_line(inside[0].with_name('__init__.py'))} |")
    return "\n".join(lines) + "\n"


def _first_line(path: Path) -> str:
    return (
        (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n\n")[0].replace("\n", " ")
    )


def _package(name: str, inside: list[Path]) -> str:
    """Return a page of references: the package, then each of its files that defines something."""
    lines = [f"# {name}", ""]
    for path in inside:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if path.name == "__init__.py":
            lines += [ast.get_docstring(tree) or "", ""]
        elif not path.stem.startswith("_"):
            lines += [f"::: {name}.{path.stem}", ""]
    return "\n".join(lines)


def _cells(values: list[str]) -> str:
    return "| " + " | ".join(value.replace("|", "/").replace("[", "(").replace("]", ")") for value in values) + " |"


def _parameters() -> str:
    """Return every row of the priors and the assumptions, and what a role means."""
    lines = ["# Parameters", "", "Every value that behaviour and the city need: one row of `data/priors.csv` or"]
    lines += ["`data/assumptions.csv`. Change them in a copy of the folder and pass it with `--data`"]
    lines += ["([how](../how-to/another-city.md)). *Role*: `run` if results of a run move with the row; what the other"]
    lines += [
        "roles mean stands in [the data](../evidence/data.md) and in section 7 of the [model card](../model-card.md).",
        "",
    ]
    lines += ["## Priors", "", "By evidence family where they differ.", ""]
    lines += ["| parameter | family | central | 90 % range | unit | role | meaning |", "|---|---|--:|---|---|---|---|"]
    for row in _table("priors.csv"):
        span = f"{row['low90']} to {row['high90']}" if row["low90"] else "fixed"
        name = f"`{row['parameter']}`"
        lines.append(_cells([name, row["family"], row["central"], span, row["unit"], row["role"], row["description"]]))
    lines += ["", "## Assumptions", "", "A row may hold for one area, sector or item.", ""]
    lines += ["| parameter | for | value | 90 % range | unit | role | source |", "|---|---|--:|---|---|---|---|"]
    for row in _table("assumptions.csv"):
        span = f"{row['low90']} to {row['high90']}" if row["low90"] else "fixed"
        where = ", ".join(filter(None, (row["area"], row["sector"], row["item"])))
        name = f"`{row['parameter']}`"
        lines.append(_cells([name, where, row["value"], span, row["unit"], row["role"], row["source_id"]]))
    return "\n".join(lines) + "\n"


def _table(name: str) -> list[dict[str, str]]:
    with (REPOSITORY / "data" / name).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def _citing() -> str:
    """Return how to cite, from CITATION.cff."""
    cited = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    names, year = " and ".join(author["name"] for author in cited["authors"]), cited["date-released"].year
    lines = [
        "# Citing",
        "",
        cited["message"],
        "",
        f"{names} ({year}). *{cited['title']}*, version {cited['version']}.",
        "",
    ]
    lines += ["```bibtex", "@software{eum,", f"  title = {{{cited['title']}}},", f"  author = {{{{{names}}}}},"]
    lines += [f"  version = {{{cited['version']}}},", f"  year = {{{year}}},", "}", "```", ""]
    lines += ["A result is identified by the version, the data hash and the seed in its `run.json` or `study.json`."]
    return "\n".join(lines) + "\n"


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
    plain = "".join(data.get("text/plain", ""))
    return ["```text", plain, "```", ""] if plain else []
