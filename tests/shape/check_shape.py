#!/usr/bin/env python3
"""Checks what the tree promises: one-way arrows between the folders of lib/, a short README in each, SQL in one place,
public headers that need nothing but the standard library and comment every fallible call, and a library that neither
prints, exits nor reads the environment. Prints every breach as `file:line: what`; exits with 1 when there is one."""

import re
import sys
from pathlib import Path

# folder: what it may include besides itself (docs/architecture.md)
ARROWS = {
    "core": set(),
    "text": {"core"},
    "embed": {"core", "text", "kernels"},
    "kernels": set(),
    "storage": {"core"},
    "index": {"core", "text", "kernels", "storage"},
    "layers": {"core", "text", "storage", "index"},
    "recall": {"core", "text", "embed", "kernels", "storage", "index", "layers"},
    "transfer": {"core"},
    "engine": {"core", "text", "embed", "kernels", "storage", "index", "layers", "recall", "transfer"},
    "encoder": {"core", "text", "embed"},
    "http": set(),
    "cli": set(),
}
CLIENTS = {"http", "cli"}  # of the public headers: they include their own files and nothing else of lib/
README_LINES = 15
CORE_HEADER_LINES = 1450  # the headers directly in include/mnemic together: a quarter of an hour
TOPIC_HEADER_LINES = 250  # each header in a folder below
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')
SQL = re.compile(r'"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE|PRAGMA|BEGIN IMMEDIATE|COMMIT)')
FORBIDDEN = re.compile(r"\b(std::cout|std::cerr|printf|puts|std::exit|abort|getenv|setenv|std::thread\b(?!::)|std::terminate)\s*\(?")
# A declaration in a public header that answers Result<…> or Status.
FALLIBLE = re.compile(r"^\s*(?:static |virtual |friend |MNEMIC_EXPORT |\[\[nodiscard\]\] )*(Result<.+>|Status)\s+(\w+)\(")
TAGS = ("@errors", "@threads", "@since")
# Accessors and what a caller implements, not calls with an outcome of their own.
NO_TAGS = {"status", "embed"}


def breaches(root):
    lib = root / "lib"
    folders = sorted(p.name for p in lib.iterdir() if p.is_dir())
    for name in folders:
        if name not in ARROWS:
            yield lib / name, 0, "a folder without arrows: add it to check_shape.py and docs/architecture.md"
        readme = lib / name / "README.md"
        if not readme.exists():
            yield readme, 0, "missing"
        elif len(readme.read_text().splitlines()) > README_LINES:
            yield readme, 0, f"more than {README_LINES} lines"
    for path in sorted(lib.rglob("*.[hc]pp")):
        folder = path.relative_to(lib).parts[0]
        in_sql = path.is_relative_to(lib / "storage" / "sqlite")
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if match := INCLUDE.match(line):
                yield from include_breaches(lib, folder, path, number, *match.groups())
            if not in_sql and folder != "cli" and SQL.search(line):
                yield path, number, "SQL outside lib/storage/sqlite"
            code = line.split("//")[0]
            if folder != "cli" and (found := FORBIDDEN.search(code)):
                yield path, number, f"the library may not use {found.group(1)}"
        if not path.read_text().startswith("// SPDX-License-Identifier: Apache-2.0\n"):
            yield path, 1, "no licence line"
    for path in sorted((root / "bindings").rglob("*.[hc]pp")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if (match := INCLUDE.match(line)) and match.group(1) == '"' and not (path.parent / match.group(2)).exists():
                yield path, number, f"bindings are a client of the public headers, not of {match.group(2)}"
    yield from header_breaches(root)


def include_breaches(lib, folder, path, number, quote, name):
    if quote == "<":
        of_sqlite = (lib / "storage" / "sqlite", lib / "cli" / "bench")  # the bench measures the library against it
        if name == "sqlite3.h" and not any(path.is_relative_to(folder) for folder in of_sqlite):
            yield path, number, "sqlite3.h outside lib/storage/sqlite"
        return
    target = name.split("/")[0]
    if folder in CLIENTS:
        if not (path.parent / name).exists() and target != folder:
            yield path, number, f"{folder} is a client of the public headers, not of {name}"
    elif target != folder and target not in ARROWS[folder]:
        yield path, number, f"{folder} may not include {name}"


def header_breaches(root):
    total = 0
    for path in sorted((root / "include" / "mnemic").rglob("*.hpp")):
        lines = path.read_text().splitlines()
        if path.parent == root / "include" / "mnemic":
            total += len(lines)
        elif len(lines) > TOPIC_HEADER_LINES:
            yield path, 0, f"{len(lines)} lines, more than {TOPIC_HEADER_LINES}"
        comment = []
        for number, line in enumerate(lines, 1):
            if match := INCLUDE.match(line):
                quote, name = match.groups()
                if quote == '"' or not (name.startswith("mnemic/") or re.fullmatch(r"[a-z_]+", name)):
                    yield path, number, f"public headers include only mnemic and the standard library, not {name}"
            if line.strip().startswith("///"):
                comment.append(line)
                continue
            if (match := FALLIBLE.match(line)) and match.group(2) not in NO_TAGS:
                text = "\n".join(comment)
                # "As above" stands for the tags of the overload before.
                if text and "As above" not in text:
                    for tag in TAGS:
                        if tag not in text:
                            yield path, number, f"{match.group(2)} lacks {tag}"
                elif not text:
                    yield path, number, f"{match.group(2)} has no comment"
            # A group of declarations may share the comment above the first.
            if not line.strip() or line.strip().startswith("}") or line.strip().endswith("{"):
                comment = []
    if total > CORE_HEADER_LINES:
        yield root / "include", 0, f"the core headers have {total} lines, more than {CORE_HEADER_LINES}"


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = list(breaches(root))
    for path, number, what in found:
        print(f"{path.relative_to(root)}:{number}: {what}")
    print(f"{len(found)} breaches")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
