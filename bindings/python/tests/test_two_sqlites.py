# SPDX-License-Identifier: Apache-2.0
"""Python's own sqlite3 and mnemic in one process (decision 008): whoever opens the file of a live store is warned, and
nothing that was acknowledged is lost."""

from __future__ import annotations

import ctypes
import gc
import importlib
import io
import os
import signal
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import mnemic
import pytest
from mnemic import _core

PATIENCE = 60  # seconds after which a process counts as stuck

# put KEY, poke, keep, close, quit: one line each, answered by one line.
POKER = """
import sqlite3, sys, mnemic
path = sys.argv[1]
store = mnemic.open(path)
scope = store.scope("acme", "ada")
kept = []

def poke():
    # To be written, read only, without locks, and by hand.
    for name, uri in ((path, False), (f"file:{path}?mode=ro", True), (f"file:{path}?immutable=1", True)):
        connection = sqlite3.connect(name, uri=uri)
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        connection.close()
    for rest in ("", "-wal", "-shm"):
        with open(path + rest, "rb") as file:
            file.read(16)

def keep():
    connection = sqlite3.connect(path)
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    kept.append(connection)

def drop():
    while kept:
        kept.pop().close()

def put(key):
    scope.put(f"The note {key} was written", key=key)

print("ready", flush=True)
for line in sys.stdin:
    word, *rest = line.split()
    {"put": put, "poke": poke, "keep": keep, "drop": drop, "close": store.close}[word](*rest)
    print("ok", flush=True)
"""


class Child:
    """Another process with the store open, which does as it is told."""

    def __init__(self, path: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", POKER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.hear() == "ready"

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        assert self.hear() == "ok"

    def end(self, killed: bool = False) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        if killed:
            self.process.send_signal(signal.SIGKILL)
        else:
            self.tell("close")
        self.process.stdin.close()
        assert self.process.wait(PATIENCE) == (-signal.SIGKILL if killed else 0)
        self.process.stdout.close()


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("held", ["poke", "keep"])
def test_no_acknowledged_write_is_lost_while_sqlite3_pokes_at_the_file(tmp_path: Path, held: str, killed: bool) -> None:
    path = tmp_path / "store.db"
    written = 0

    def put(child: Child) -> None:
        nonlocal written
        child.tell(f"put k{written}")
        written += 1

    first = Child(path)
    for _ in range(3):
        put(first)
        first.tell(held)
        # Another process comes, writes and closes. If it took itself for the last one, it would remove the WAL under `first`.
        second = Child(path)
        put(second)
        first.tell(held)
        put(first)
        put(second)
        second.tell("poke")
        second.end()
        first.tell("drop")
        put(first)
    first.end(killed)
    with mnemic.open(path) as store:
        assert store.check().clean
        scope = store.scope("acme", "ada")
        assert [scope.get(key=f"k{n}").text for n in range(written)] == [f"The note k{n} was written" for n in range(written)]
        assert scope.count() == written


@pytest.mark.filterwarnings("ignore::mnemic.LiveFileWarning")
def test_sqlite3_in_the_process_of_the_store_reads_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    other = Child(path)
    with mnemic.open(path) as store:
        scope = store.scope("acme", "ada")
        for number in range(20):
            scope.put("A note of this process")
            other.tell(f"put k{number}")
            connection = sqlite3.connect(path)
            assert connection.execute("SELECT count(*) FROM versions").fetchone() == (2 * number + 2,)
            connection.close()
        assert scope.count() == 40 and store.check().clean
    other.end()


def test_the_module_keeps_its_sqlite_to_itself() -> None:
    library = ctypes.CDLL(_core.__file__)
    assert hasattr(library, "PyInit__core")
    for name in ("sqlite3_open", "sqlite3_open_v2", "sqlite3_exec", "sqlite3_config", "sqlite3_libversion"):
        assert not hasattr(library, name)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Path]:
    """The path of a store that is open."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    with mnemic.open(folder / "store.db") as store:
        store.scope("ada").put("A note")
        yield folder / "store.db"
        assert store.check().clean


def warned(work: Callable[[], Any]) -> list[warnings.WarningMessage]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        work()
    return [warning for warning in caught if issubclass(warning.category, mnemic.LiveFileWarning)]


def connect(name: Any, **options: Any) -> None:
    connection = sqlite3.connect(name, **options)
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    connection.close()


def connect_in(folder: Path, name: str) -> None:
    before = os.getcwd()
    os.chdir(folder)
    try:
        connect(name)
    finally:
        os.chdir(before)


def through_link(path: Path) -> Path:
    link = path.parent.parent / "link"
    link.symlink_to(path.parent)
    return link / path.name


def hard_link(path: Path) -> Path:
    other = path.parent / "other name"
    os.link(path, other)
    return other


WAYS: dict[str, Callable[[Path], Any]] = {
    "sqlite3, str": lambda path: connect(str(path)),
    "sqlite3, bytes": lambda path: connect(os.fsencode(path)),
    "sqlite3, pathlib": lambda path: connect(path),
    "sqlite3, relative": lambda path: connect(os.path.relpath(path)),
    "sqlite3, after chdir": lambda path: connect_in(path.parent, path.name),
    "sqlite3, dots": lambda path: connect(f"{path.parent}/./../{path.parent.name}/{path.name}"),
    "sqlite3, symlinked directory": lambda path: connect(through_link(path)),
    "sqlite3, hard link": lambda path: connect(hard_link(path)),
    "sqlite3, URI": lambda path: connect(f"file:{path}?mode=ro", uri=True),
    "sqlite3, URI with escapes": lambda path: connect(path.as_uri() + "?mode=ro#here", uri=True),
    "sqlite3, URI with a host": lambda path: connect(path.as_uri().replace("file://", "file://localhost"), uri=True),
    "sqlite3, relative URI": lambda path: connect(f"file:{os.path.relpath(path)}", uri=True),
    "open": lambda path: open(path, "rb").close(),
    "open, str": lambda path: open(str(path)).close(),
    "open, to append": lambda path: open(path, "ab").close(),
    "io.open": lambda path: io.open(path, "rb").close(),
    "io.FileIO": lambda path: io.FileIO(str(path)).close(),
    "os.open": lambda path: os.close(os.open(path, os.O_RDONLY)),
    "pathlib": lambda path: path.read_bytes(),
}


@pytest.mark.parametrize("way", list(WAYS))
def test_opening_the_file_of_a_live_store_warns(live: Path, way: str) -> None:
    caught = warned(lambda: WAYS[way](live))
    assert len(caught) == 1
    message = str(caught[0].message)
    assert message.startswith("sqlite3 opens" if way.startswith("sqlite3") else "open() opens")
    assert "snapshot" in message
    if way != "pathlib":  # which opens it in its own module
        assert caught[0].filename == __file__


NOT_LIVE: dict[str, Callable[[Path], Any]] = {
    "another file": lambda path: connect(path.parent / "other.db"),
    "memory": lambda path: connect(":memory:"),
    "temporary": lambda path: connect(""),
    "memory by URI": lambda path: connect("file::memory:?cache=shared", uri=True),
    "memory of that name": lambda path: connect(f"file:{path}?mode=memory&cache=shared", uri=True),
    "a URI as a name": lambda path: open(path.parent / f"file:{path.name}", "wb").close(),
    "nothing there": lambda path: pytest.raises(OSError, open, path.parent / "missing"),
    "no name": lambda path: pytest.raises(TypeError, open, cast(Any, 1.5)),
    "a NUL": lambda path: pytest.raises(ValueError, open, "a\0b"),
    "the folder": lambda path: os.close(os.open(path.parent, os.O_RDONLY)),
    "a descriptor": lambda path: open(os.open(os.devnull, os.O_RDONLY), "rb").close(),
    "a second store": lambda path: mnemic.open(path).close(),
}


@pytest.mark.parametrize("way", list(NOT_LIVE))
def test_opening_anything_else_does_not_warn(live: Path, way: str) -> None:
    assert warned(lambda: NOT_LIVE[way](live)) == []


def test_a_closed_store_is_not_live(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    first, second = mnemic.open(path), mnemic.open(path)
    first.close()
    assert len(warned(lambda: connect(path))) == 1  # the second is open
    second.close()
    assert warned(lambda: connect(path)) == []
    third = mnemic.open(path)
    assert len(warned(lambda: connect(path))) == 1
    with pytest.warns(ResourceWarning):
        del third
        gc.collect()
    assert warned(lambda: connect(path)) == []
    with pytest.raises(mnemic.FailedPrecondition):
        mnemic.open(path, language="german")
    assert warned(lambda: connect(path)) == []


def test_a_file_that_is_open_already_warns_when_its_store_opens(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    mnemic.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    caught = warned(lambda: mnemic.open(path).close())
    assert len(caught) == 1
    assert str(caught[0].message).startswith("something else, before this store, opens") and caught[0].filename == __file__
    connection.close()
    assert warned(lambda: mnemic.open(path).close()) == []


def descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd"))


needs_proc = pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")


@needs_proc
@pytest.mark.filterwarnings("error::mnemic.LiveFileWarning")
@pytest.mark.parametrize("way", list(WAYS))
def test_warnings_that_are_errors_refuse_the_open(live: Path, way: str) -> None:
    before = descriptors()
    for _ in range(3):
        with pytest.raises(mnemic.LiveFileWarning):
            WAYS[way](live)
        for link in (live.parent.parent / "link", live.parent / "other name"):
            link.unlink(missing_ok=True)
    gc.collect()
    assert descriptors() == before


@needs_proc
@pytest.mark.filterwarnings("error::mnemic.LiveFileWarning")
def test_warnings_that_are_errors_refuse_the_store(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    mnemic.open(path).close()
    with open(path, "rb"):
        before = descriptors()
        with pytest.raises(mnemic.LiveFileWarning):
            mnemic.open(path)
        assert descriptors() == before
        open(path, "rb").close()  # not watched: the store is not open
    mnemic.open(path).close()


def test_an_error_that_is_being_handled_survives_the_warning(live: Path) -> None:
    def work() -> None:
        try:
            raise LookupError("first")
        except LookupError:
            connect(live)
            raise

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(LookupError, match="first"):
            work()


def test_a_path_that_opens_the_file_itself_is_looked_at_once_each(live: Path) -> None:
    class Nested:
        def __fspath__(self) -> str:
            open(live, "rb").close()
            return str(live)

    # Once for the file, and once for each time that its path is asked for: by open() and by the hook.
    assert 2 <= len(warned(lambda: open(Nested(), "rb").close())) <= 3


def test_an_interrupt_within_a_path_is_not_swallowed(live: Path) -> None:
    class Interrupted:
        asked = 0

        def __fspath__(self) -> str:
            Interrupted.asked += 1
            if Interrupted.asked == 2:
                raise KeyboardInterrupt
            return str(live)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(KeyboardInterrupt):
            for _ in range(2):
                connect(Interrupted())


def run(script: str, *arguments: object) -> str:
    child = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE
    )
    assert (child.returncode, child.stderr) == (0, "")
    return child.stdout


def test_a_forked_child_has_locks_of_its_own(tmp_path: Path) -> None:
    """It may open the file, by sqlite3 or as a store, whatever became of the store that it inherited."""
    script = """
import gc, os, sqlite3, sys, warnings
import mnemic
warnings.simplefilter("error")
path = sys.argv[1]
store = mnemic.open(path)
for drop in (False, True):
    if os.fork() == 0:
        if drop:
            del store
            gc.collect()
        sqlite3.connect(path).close()
        with mnemic.open(path) as own:
            own.scope("ada").put("Of a child")
            try:
                sqlite3.connect(path)
            except mnemic.LiveFileWarning:
                print("warned", flush=True)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
try:
    sqlite3.connect(path)
except mnemic.LiveFileWarning:
    print("warned", store.scope("ada").count())
store.close()
"""
    assert run(script, tmp_path / "store.db") == "warned\nwarned\nwarned 2\n"


def test_another_interpreter_of_the_process_is_left_alone(tmp_path: Path) -> None:
    for name in ("_interpreters", "_xxsubinterpreters"):
        try:
            importlib.import_module(name)
        except ImportError:
            continue
        break
    else:
        pytest.skip("this Python has no module for sub-interpreters")
    script = f"""
import sys, mnemic
import {name} as interpreters
with mnemic.open(sys.argv[1]) as store:
    other = interpreters.create()
    interpreters.run_string(other, f"print(len(open({{sys.argv[1]!r}}, 'rb').read(16)), flush=True)")
    interpreters.destroy(other)
    print(store.check().clean)
"""
    assert run(script, tmp_path / "store.db") == "16\nTrue\n"


def test_the_file_may_be_opened_while_the_interpreter_ends(tmp_path: Path) -> None:
    script = """
import sqlite3, sys, mnemic
class Last:
    open, connect, path = open, sqlite3.connect, sys.argv[1]
    def __del__(self, print=print):
        Last.connect(Last.path).close()
        print(len(Last.open(Last.path, "rb").read(16)), flush=True)
store = mnemic.open(sys.argv[1])
_last = Last()  # goes before the store does
"""
    assert run(script, tmp_path / "store.db") == "16\n"
