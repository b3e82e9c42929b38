# SPDX-License-Identifier: Apache-2.0
"""Keeps docs/python.md and docs/python-reference.md true."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import mnemic
import mnemic.errors
import pytest

ROOT = Path(__file__).resolve().parents[3]
GUIDE = ROOT / "docs/python.md"


def load_docs_test() -> Any:
    """The helpers of the C++ pages: the blocks of a page, and what counts as the same output."""
    spec = importlib.util.spec_from_file_location("docs_test", ROOT / "tests/docs/docs_test.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


docs_test = load_docs_test()


def run_page(page: Path) -> list[str]:
    """What differs, of all Python blocks of a page run in order in one namespace."""
    found = list(docs_test.blocks(page))
    namespace: dict[str, Any] = {"__name__": "__main__"}
    wrong = []
    for index, (language, line, code) in enumerate(found):
        if language != "python":
            continue
        expected = found[index + 1][2] if index + 1 < len(found) and found[index + 1][0] == "text" else ""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile("\n" * line + code, str(page), "exec"), namespace)  # errors name the line of the page
        if not docs_test.same(expected, printed.getvalue()):
            wrong.append(f"{page.name}:{line}: expected\n{expected}\nbut it printed\n{printed.getvalue()}")
    return wrong


@pytest.mark.parametrize("page", [GUIDE, ROOT / "README.md"], ids=lambda page: page.name)
def test_every_python_block_runs_and_prints_what_the_page_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert any(language == "python" for language, _, _ in docs_test.blocks(page))
    monkeypatch.chdir(tmp_path)
    wrong = run_page(page)
    assert not wrong, "\n\n".join(wrong)


def test_a_block_that_prints_something_else_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nprint(1)\n```\n```text\n1\n```\n```python\nprint(2)\n```\n```text\n3\n```\n")
    assert len(run_page(page)) == 1


def rows(page: Path, head: str) -> list[list[str]]:
    """The cells of the table whose first line is `head`."""
    lines = page.read_text(encoding="utf-8").splitlines()
    start = lines.index(head) + 2
    found = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return found


def test_the_table_of_errors_is_that_of_the_package() -> None:
    def description(kind: type[mnemic.Error]) -> tuple[str, str, str]:
        builtin = next(base for base in kind.__bases__ if base.__module__ == "builtins")
        return f"`{kind.__name__}`", f"`{builtin.__name__}`", f"`{kind.code}`"

    kinds = {
        value for value in vars(mnemic).values()
        if isinstance(value, type) and issubclass(value, mnemic.Error) and value is not mnemic.Error
    }
    written = rows(GUIDE, "| class | also | code | what to do |")
    assert {tuple(row[:3]) for row in written} == {description(kind) for kind in kinds}
    assert all(len(row) == 4 and row[3] for row in written)


NAMES = "| C++ | Python |"
CPP_TYPE = re.compile(r"^(?:class|struct|enum class) (?:MNEMIC_EXPORT )?(\w+)\b(?!::)[^;]*$", re.MULTILINE)


def test_the_table_of_names_has_every_type_of_the_cpp_headers() -> None:
    headers = [*(ROOT / "include/mnemic").glob("*.hpp"), *(ROOT / "include/mnemic/layers").glob("*.hpp"),
               *(ROOT / "include/mnemic/lifecycle").glob("*.hpp"), *(ROOT / "include/mnemic/recall").glob("*.hpp")]
    types = {name for header in headers for name in CPP_TYPE.findall(header.read_text(encoding="utf-8"))}
    assert {"Store", "Scope", "Facts", "Trust"} <= types
    named = " ".join(row[0] for row in rows(GUIDE, NAMES))
    assert {name for name in types if not re.search(rf"\b{name}\b", named)} == set()


def test_the_python_names_of_the_table_exist() -> None:
    missing = []
    for row in rows(GUIDE, NAMES):
        for name in re.findall(r"`([A-Z_a-z]+(?:\.\w+)?)`", row[1]):
            first, _, rest = name.partition(".")
            if name == "None" or (first[0].islower() and first not in mnemic.__all__):
                continue  # an argument, or a name of Python's
            if not hasattr(mnemic, first) or (rest and not hasattr(getattr(mnemic, first), rest)):
                missing.append(name)
    assert missing == []


@pytest.mark.parametrize("module", [mnemic.embedders, mnemic.rerankers])
def test_the_table_of_names_has_every_embedder_and_reranker_and_no_other(module: Any) -> None:
    name = module.__name__.removeprefix("mnemic.")
    written = set(re.findall(rf"`{name}\.(\w+)`", " ".join(row[1] for row in rows(GUIDE, NAMES))))
    assert written == set(module.__all__) - set(mnemic.__all__)


def test_the_guide_names_every_method_of_a_handle() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    handles = (mnemic.Store, mnemic.Jobs, mnemic.Policies, mnemic.Scope, mnemic.Batch, mnemic.Session, mnemic.Episodes,
               mnemic.Facts, mnemic.Skills)
    missing = {
        f"{kind.__name__}.{name}" for kind in handles for name in vars(kind)
        if not name.startswith("_") and not re.search(rf"\b{name}\b", text)
    }
    assert missing == set()


def test_the_reference_is_made_of_todays_docstrings() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "bindings/python/tools/make_reference.py"), "--check"],
        capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_public_name_is_in_the_reference() -> None:
    text = (ROOT / "docs/python-reference.md").read_text(encoding="utf-8")
    names = {*mnemic.__all__, *mnemic.embedders.__all__, *mnemic.rerankers.__all__}
    assert {name for name in names if not re.search(rf"\b{re.escape(name)}\b", text)} == set()


def anchors_of(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", ["docs/python.md", "docs/python-reference.md", "bindings/python/README.md",
                                  "examples/python/README.md"])
def test_links_lead_to_files_and_headings(name: str) -> None:
    page = ROOT / name
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        file, _, anchor = target.partition("#")
        if "://" in file:
            continue
        led = (page.parent / file) if file else page
        assert led.exists(), target
        if anchor:
            assert re.sub(r"-\d+$", "", anchor) in anchors_of(led), target
