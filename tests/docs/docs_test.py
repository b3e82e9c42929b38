#!/usr/bin/env python3
"""Keeps the documentation true.

  docs_test.py extract PAGE DIR        writes every C++ program of PAGE (a ```cpp block with `int main`) to DIR/<name>.cpp
                                       and what it is said to print (the ```text block that follows it, if it is the next
                                       block) to DIR/<name>.expected; prints the names
  docs_test.py run PROGRAM EXPECTED    runs PROGRAM in an empty directory and compares what it prints
  docs_test.py shell PAGE MNEMIC       runs the ```console blocks of PAGE in order in one empty directory, where `mnemic`
                                       is MNEMIC, and compares what each `$ command` prints (`> ` continues a command)
  docs_test.py links ROOT              every relative link of every page leads to a file

Ids, times and the nonce of a fence differ from run to run: all count as equal. A line `…` stands for any lines.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

CHANGING = [
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?"), "<time>"),
    (re.compile(r"memories-[0-9a-f]{16}"), "memories-<nonce>"),
]


def blocks(page):
    """(language, first line number, text) of every fenced block."""
    language, start, lines = None, 0, []
    for number, line in enumerate(Path(page).read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            if language is None:
                language, start, lines = line[3:].strip(), number, []
            else:
                yield language, start, "".join(text + "\n" for text in lines)
                language = None
        elif language is not None:
            lines.append(line)
    if language is not None:
        sys.exit(f"{page}:{start}: a block that is never closed")


def normal(text):
    for pattern, name in CHANGING:
        text = pattern.sub(name, text)
    return [line.rstrip() for line in text.rstrip().splitlines()]


def same(expected, actual):
    pattern = "".join(r"(?:.*\n)*" if line == "…" else re.escape(line) + r"\n" for line in normal(expected))
    return re.fullmatch(pattern, "".join(line + "\n" for line in normal(actual))) is not None


def compare(what, expected, actual):
    if same(expected, actual):
        return True
    print(f"{what}: expected\n{expected}\nbut it printed\n{actual}")
    return False


def write_if_changed(path, text):
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def extract(page, directory):
    found = list(blocks(page))
    stem = Path(page).stem.lower()
    names = []
    for index, (language, start, text) in enumerate(found):
        if language != "cpp" or "int main" not in text:
            continue
        name = f"{stem}_{len(names) + 1}"
        has_output = index + 1 < len(found) and found[index + 1][0] == "text"
        write_if_changed(Path(directory) / f"{name}.cpp", f'#line {start + 1} "{Path(page).name}"\n{text}')
        write_if_changed(Path(directory) / f"{name}.expected", found[index + 1][2] if has_output else "…\n")
        names.append(name)
    if not names:
        sys.exit(f"{page}: no C++ program in it")
    print("\n".join(names))
    return True


def run(program, expected):
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run([Path(program).resolve()], cwd=directory, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        print(f"exit code {done.returncode}\n{done.stdout}")
        return False
    return compare(Path(program).name, Path(expected).read_text(encoding="utf-8"), done.stdout)


def commands(text):
    """(command, expected output) of a console block."""
    command, output = None, []
    for line in text.splitlines():
        if line.startswith("$ "):
            if command is not None:
                yield command, "\n".join(output)
            command, output = line[2:], []
        elif line.startswith("> ") and not output:
            command += "\n" + line[2:]
        else:
            output.append(line)
    if command is not None:
        yield command, "\n".join(output)


def shell(page, mnemic):
    good = True
    count = 0
    with tempfile.TemporaryDirectory() as directory:
        tools = Path(directory) / "bin"
        work = Path(directory) / "work"
        tools.mkdir()
        work.mkdir()
        (tools / "mnemic").symlink_to(Path(mnemic).resolve())
        environment = dict(os.environ, PATH=f"{tools}:{os.environ['PATH']}")
        for language, start, text in blocks(page):
            if language != "console":
                continue
            for command, expected in commands(text):
                count += 1
                done = subprocess.run(["bash", "-c", command], cwd=work, env=environment, text=True, check=False,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                where = f"{Path(page).name}:{start}: {command}"
                fails = "mnemic: k" in expected
                if (done.returncode != 0) != fails:
                    print(f"{where}: exit code {done.returncode}\n{done.stdout}")
                    good = False
                good &= compare(where, expected, done.stdout)
    print(f"{count} commands")
    return good and count > 0


def links(root):
    root = Path(root)
    good = True
    for page in [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("lib/*/README.md"), *root.glob("examples/**/*.md")]:
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", line):
                if "://" not in target and not (page.parent / target).exists():
                    print(f"{page.relative_to(root)}:{number}: no file {target}")
                    good = False
    return good


if __name__ == "__main__":
    modes = {"extract": extract, "run": run, "shell": shell, "links": links}
    sys.exit(0 if modes[sys.argv[1]](*sys.argv[2:]) else 1)
