#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/python-reference.md from the docstrings of the package; with --check, only says whether it is up to date.

Reads the sources and the stub of the compiled module as text: what it writes depends on no version of Python, and needs
nothing built. That the stub is that of the compiled module is tests/test_types.py's to say.
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "bindings/python/mnemic"
PAGE = ROOT / "docs/python-reference.md"
WIDTH = 110

SECTIONS = {
    "store.py": "The store",
    "keep.py": "Restoring, salvaging, rekeying",
    "jobs.py": "Jobs",
    "maintainer.py": "Maintaining in the background",
    "policies.py": "Policies",
    "scope.py": "The scope",
    "session.py": "Conversations",
    "layers.py": "Episodes, facts and skills",
    "listing.py": "Listings",
    "_core.pyi": "What calls answer, and what is built in",
    "inputs.py": "What calls take",
    "models.py": "What the caller may inject",
    "enums.py": "Closed lists",
    "errors.py": "Errors",
}

# What the special methods let one do, where a class has them.
ABLE = {
    "__len__": "`len()`", "__iter__": "iteration", "__getitem__": "indexing", "__enter__": "`with`",
    "__eq__": "`==` and `hash()`", "__lt__": "`<`, `<=`, `>` and `>=`",
}


class Module:
    """One source file: its public definitions in their order."""

    def __init__(self, path: Path) -> None:
        self.text = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)
        self.is_stub = path.suffix == ".pyi"

    def source(self, node: ast.AST) -> str:
        """As written, with the names a reader knows."""
        text = ast.get_source_segment(self.text, node) or ""
        text = re.sub(r"\b(?:_core|mnemic\.enums|collections\.abc)\.", "", text).replace("_Space", "SpaceLike")
        text = text.replace('"numpy.typing.ArrayLike"', "ArrayLike")
        return re.sub(r"\b(List|Tuple)\[", lambda match: match[1].lower() + "[", text)

    def definitions(self) -> Iterator[tuple[str, ast.stmt, str]]:
        """(name, definition, docstring); that of a constant is the text after it."""
        body = self.tree.body
        for node, following in zip(body, [*body[1:], None]):
            if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                yield node.name, node, ast.get_docstring(node) or ""
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if isinstance(target, ast.Name):
                    yield target.id, node, constant_text(following)

    def signature(self, node: ast.FunctionDef | ast.AsyncFunctionDef, name: str, *, is_method: bool) -> str:
        """One line when it fits, otherwise a parameter a line."""
        given = node.args
        parameters: list[str] = []
        positional = [*given.posonlyargs, *given.args]
        defaults: list[ast.expr | None] = [None] * (len(positional) - len(given.defaults)) + list(given.defaults)
        for parameter, default in zip(positional, defaults):
            parameters.append(self.parameter(parameter, default))
            if given.posonlyargs and parameter is given.posonlyargs[-1]:
                parameters.append("/")
        if is_method and not any(is_named(decorator, "staticmethod") for decorator in node.decorator_list):
            parameters = parameters[1:] if parameters[1:2] != ["/"] else parameters[2:]
        if given.vararg:
            parameters.append("*" + self.parameter(given.vararg, None))
        elif given.kwonlyargs:
            parameters.append("*")
        parameters += [self.parameter(parameter, default) for parameter, default in zip(given.kwonlyargs, given.kw_defaults)]
        if given.kwarg:
            parameters.append("**" + self.parameter(given.kwarg, None))
        answer = f" -> {self.source(node.returns)}" if node.returns else ""
        before = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
        line = f"{before}{name}({', '.join(parameters)}){answer}"
        if len(line) <= WIDTH:
            return line
        return f"{before}{name}(\n" + "".join(f"    {parameter},\n" for parameter in parameters) + f"){answer}"

    def parameter(self, node: ast.arg, default: ast.expr | None) -> str:
        annotation = f": {self.source(node.annotation)}" if node.annotation else ""
        if default is None:
            return node.arg + annotation
        return node.arg + annotation + (f" = {self.source(default)}" if annotation else f"={self.source(default)}")


def constant_text(node: ast.stmt | None) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return " ".join(node.value.value.split())
    return ""


def is_named(node: ast.expr, name: str) -> bool:
    return (isinstance(node, ast.Name) and node.id == name) or (isinstance(node, ast.Attribute) and node.attr == name)


def prose(text: str) -> str:
    """reStructuredText's ``code`` as Markdown's; what looks like a tag is not one."""
    parts = re.split(r"(``.+?``)", text, flags=re.DOTALL)
    return "".join(part[1:-1] if part.startswith("``") else part.replace("<", "\\<") for part in parts)


def split_sections(doc: str) -> Iterator[tuple[str, list[str]]]:
    """("", lines before the first section), then each section of a NumPy docstring with its lines."""
    title = ""
    lines: list[str] = []
    source = doc.split("\n")
    index = 0
    while index < len(source):
        if index + 1 < len(source) and source[index] and re.fullmatch(r"-{3,}", source[index + 1]):
            yield title, lines
            title, lines = source[index], []
            index += 2
        else:
            lines.append(source[index])
            index += 1
    yield title, lines


def entries(lines: list[str]) -> Iterator[tuple[str, str]]:
    """("name : type", what is said of it) for each entry of a section."""
    head, said = "", []
    for line in [*lines, "end"]:
        if line.startswith(" "):
            said.append(line.strip())
        elif line:
            if head:
                yield head, " ".join(said)
            head, said = line, []


def render_doc(doc: str, *, in_list: bool = False) -> str:
    out: list[str] = []
    for title, lines in split_sections(doc):
        body = "\n".join(lines).strip("\n")
        if not body:
            continue
        if not title:
            out.append(prose(body))
        elif title == "Examples":
            out.append(f"```pycon\n{body}\n```")
        else:
            items = []
            for head, said in entries(lines):
                name, _, kind = head.partition(" : ")
                label = ", ".join(f"`{part}`" for part in name.split(", ")) + (f" ({kind})" if kind else "")
                items.append(f"- {label}: {prose(said)}" if said else f"- {label}")
            out.append(f"**{title}**\n\n" + "\n".join(items))
    return "\n\n".join(out)


def one_line(doc: str) -> str:
    return prose(" ".join(doc.split()))


def fence(code: str) -> str:
    return f"```python\n{code}\n```"


def functions_of(node: ast.ClassDef) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [item for item in node.body if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))]


def methods_of(node: ast.ClassDef) -> Iterator[tuple[str, list[ast.FunctionDef | ast.AsyncFunctionDef]]]:
    """(name, its overloads or the one definition), in source order."""
    found: dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]] = {}
    for item in functions_of(node):
        if not item.name.startswith("_") or item.name == "__call__":
            found.setdefault(item.name, []).append(item)
    yield from found.items()


def is_dataclass(node: ast.ClassDef) -> bool:
    calls = [decorator.func if isinstance(decorator, ast.Call) else decorator for decorator in node.decorator_list]
    return any(is_named(call, "dataclass") for call in calls)


def render_class(module: Module, node: ast.ClassDef, doc: str) -> str:
    bases = [module.source(base) for base in node.bases if not is_named(base, "_Name")]
    is_record = is_dataclass(node)
    fields = [item for item in node.body if isinstance(item, ast.AnnAssign)]
    members = [item for item in node.body if isinstance(item, ast.Assign) and not module.source(item).startswith("__")]
    out = [f"### {node.name}", ""]
    known = [base for base in bases if base not in ("TypedDict", "Protocol", "Generic[T]", "enum.Enum", "Exception")]
    if known:
        out += [f"A subclass of {', '.join(f'`{base}`' for base in known)}.", ""]
    if is_record:
        lines = "".join(f"    {module.source(field)},\n" for field in fields)
        out += [fence(f"{node.name}(\n{lines})"), ""]
    elif "TypedDict" in bases:
        out += ["A dictionary with any of these keys.", "", fence("\n".join(module.source(field) for field in fields)), ""]
    out += [render_doc(doc), ""]
    if members and not is_record:
        out += [f"Members: {', '.join(f'`{module.source(member)}`' for member in members)}.", ""]
    special = {item.name for item in functions_of(node)}
    able = [text for name, text in ABLE.items() if name in special]
    if able:
        out += [f"Supports {', '.join(able)}.", ""]
    properties, methods = [], []
    for name, definitions in methods_of(node):
        first = definitions[0]
        said = ast.get_docstring(definitions[-1]) or ""
        if any(is_named(decorator, "property") for decorator in first.decorator_list):
            kind = module.source(first.returns) if first.returns else ""
            properties.append(f"- `{name}: {kind}`" + (f": {one_line(said)}" if said else ""))
            continue
        shown = definitions[:-1] if len(definitions) > 1 else definitions
        signatures = [module.signature(definition, name, is_method=True) for definition in shown]
        if module.is_stub and len(signatures[0]) <= WIDTH:  # answers have small methods only
            properties.append(f"- `{signatures[0]}`: {one_line(said)}")
            continue
        methods += [f"#### {node.name}.{name}", "", fence("\n".join(signatures)), "", render_doc(said), ""]
    if properties:
        out += ["\n".join(properties), ""]
    return "\n".join([*out, *methods])


def render_errors(module: Module, names: set[str]) -> str:
    rows = ["| class | also a | `code` | when |", "| --- | --- | --- | --- |"]
    for name, node, doc in module.definitions():
        if name not in names or not isinstance(node, ast.ClassDef):
            continue
        also = ", ".join(f"`{module.source(base)}`" for base in node.bases)
        code = next((module.source(item.value).strip('"') for item in node.body if isinstance(item, ast.Assign)), "")
        rows.append(f"| `{name}` | {also} | {f'`{code}`' if code else ''} | {one_line(doc)} |")
    head = one_line(ast.get_docstring(module.tree) or "")
    return f"{head}\n\n" + "\n".join(rows) + "\n"


def render(module: Module, name: str, node: ast.stmt, doc: str) -> str:
    if isinstance(node, ast.ClassDef):
        return render_class(module, node, doc)
    if isinstance(node, ast.FunctionDef):
        return f"### {name}\n\n{fence(module.signature(node, name, is_method=False))}\n\n{render_doc(doc)}\n"
    return f"### {name}\n\n{fence(module.source(node))}\n\n{prose(doc)}\n"


def public_names() -> tuple[set[str], set[str]]:
    """(names of mnemic.__all__, the files they are imported from)."""
    package = Module(PACKAGE / "__init__.py")
    names: set[str] = set()
    files = set()
    for node in package.tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("mnemic."):
            stem = node.module.removeprefix("mnemic.")
            files.add("_core.pyi" if stem == "_core" else f"{stem}.py")
        elif isinstance(node, ast.Assign) and is_named(node.targets[0], "__all__"):
            names = set(ast.literal_eval(node.value))
    return names - {"__version__"}, files


def render_notes(doc: str) -> str:
    """A docstring of titles with indented text below, and indented code."""
    out = []
    for paragraph in doc.split("\n\n"):
        head, _, rest = paragraph.partition("\n")
        if head.startswith("    "):
            out.append(fence(textwrap.dedent(paragraph)))
        elif rest.startswith("    "):
            out.append(f"**{head}.** {prose(textwrap.dedent(rest))}")
        else:
            out.append(prose(paragraph))
    return "\n\n".join(out)


def render_maker(maker: str, shown_already: set[str]) -> str:
    """What a module such as mnemic.embedders has besides the names of mnemic itself."""
    module, stub = Module(PACKAGE / f"{maker}.py"), Module(PACKAGE / "_core.pyi")
    names = next(ast.literal_eval(node.value) for node in module.tree.body
                 if isinstance(node, ast.Assign) and is_named(node.targets[0], "__all__"))
    again = ", ".join(f"`{name}`" for name in names if name in shown_already)
    out = [f"## mnemic.{maker}", "", prose(ast.get_docstring(module.tree) or ""), "", f"{again}: those of mnemic itself.", ""]
    for source in (module, stub):
        out += [render(source, name, node, doc) for name, node, doc in source.definitions()
                if name in names and name not in shown_already]
    return "\n".join(out) + "\n"


def render_aio() -> str:
    """What its docstring says, and which names are awaited: arguments and answers are those of the twin."""
    module = Module(PACKAGE / "aio.py")
    names = next(ast.literal_eval(node.value) for node in module.tree.body
                 if isinstance(node, ast.Assign) and is_named(node.targets[0], "__all__"))
    out = ["## mnemic.aio", "", render_notes(ast.get_docstring(module.tree) or ""), ""]
    for name, node, doc in module.definitions():
        if name in names and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            out += [f"### aio.{name}", "", fence(module.signature(node, name, is_method=False)), "", render_doc(doc), ""]
    out += ["| class | awaited | not awaited |", "| --- | --- | --- |"]
    for name, node, _ in module.definitions():
        if name in names and isinstance(node, ast.ClassDef):
            methods = [(method, isinstance(last[-1], ast.AsyncFunctionDef)) for method, last in methods_of(node)]
            cells = [", ".join(f"`{method}`" for method, awaited in methods if awaited is kind) for kind in (True, False)]
            out.append(f"| `{name}` | {cells[0]} | {cells[1]} |")
    return "\n".join(out) + "\n"


class Anchors:
    """The anchors that a page gives its headings: those that differ only in case are numbered."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}

    def of(self, heading: str) -> str:
        anchor = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        number = self.seen.get(anchor, 0)
        self.seen[anchor] = number + 1
        return f"{anchor}-{number}" if number else anchor


def wrapped(items: list[str]) -> str:
    """A list item over several lines."""
    lines, line = [], ""
    for item in items:
        if line and len(line) + len(item) > WIDTH:
            lines.append(line.rstrip())
            line = ""
        line += item + " "
    return "\n  ".join([*lines, line.rstrip()])


def make() -> str:
    names, files = public_names()
    has_aio = (PACKAGE / "aio.py").exists()
    if files - SECTIONS.keys() - {"aio.py"}:
        sys.exit(f"make_reference.py: no section for {', '.join(sorted(files - SECTIONS.keys()))}")
    anchors = Anchors()
    toc: list[str] = []
    pages: list[str] = []
    missing = set(names)
    for file, title in SECTIONS.items():
        module = Module(PACKAGE / file)
        shown = [(name, node, doc) for name, node, doc in module.definitions() if name in missing]
        missing -= {name for name, _, _ in shown}
        head = f"[{title}](#{anchors.of(title)})"
        links = [f"[{name}](#{anchors.of(name)})" for name, _, _ in shown] if file != "errors.py" else []
        toc.append("- " + wrapped([head + ":" * bool(links), *[link + "," for link in links[:-1]], *links[-1:]]))
        pages.append(f"## {title}\n")
        if file == "errors.py":
            pages.append(render_errors(module, {name for name, _, _ in shown}))
        else:
            pages += [render(module, name, node, doc) for name, node, doc in shown]
    missing -= {"aio"}
    for maker in ("embedders", "rerankers"):
        toc.append(f"- [mnemic.{maker}](#mnemic{maker})")
        pages.append(render_maker(maker, names))
    if missing:
        sys.exit(f"make_reference.py: not found: {', '.join(sorted(missing))}")
    if has_aio:
        toc.append("- [mnemic.aio](#mnemicaio)")
        pages.append(render_aio())
    text = (
        "# Python reference\n\n"
        "Made from the docstrings by `bindings/python/tools/make_reference.py`; mend those, not this page. A guide is\n"
        "[python.md](python.md). `mnemic.__version__` is the version of the library.\n\n"
    )
    text += "\n".join(toc) + "\n\n" + "\n".join(pages)
    return re.sub(r"\n{3,}", "\n\n", text).rstrip("\n") + "\n"


def main() -> None:
    text = make()
    if "--check" in sys.argv[1:]:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
            sys.exit(f"{PAGE.relative_to(ROOT)} is out of date: run bindings/python/tools/make_reference.py")
    else:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
