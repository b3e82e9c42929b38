# SPDX-License-Identifier: Apache-2.0
"""Processes: fork, spawn, and being killed."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mnemic
import pytest

PATIENCE = 60  # seconds after which a process counts as stuck
SLOW = """
import os, sys, mnemic
store = mnemic.open(sys.argv[1])
scope = store.scope("acme", sys.argv[2])
number = 0
while True:
    sys.stdout.write(scope.put(f"The note {number} is kept", key=f"k{number}") + "\\n")
    sys.stdout.flush()
    number += 1
"""


def forked(work: Callable[[], Any]) -> tuple[int, str]:
    """Runs ``work`` in a forked child: its exit code, and what it answered or raised."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            answer = str(work())
        except BaseException as error:
            answer = f"{type(error).__name__}: {error}"
        os.write(writer, answer.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        told = pipe.read().decode()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), told


def files(folder: Path) -> dict[str, bytes]:
    """The files of a live store, read by a process that has no locks to lose."""
    script = "import pathlib, sys; [print(p.name, p.read_bytes().hex()) for p in pathlib.Path(sys.argv[1]).iterdir()]"
    lines = subprocess.run([sys.executable, "-c", script, folder], check=True, capture_output=True, text=True).stdout
    return {line.split()[0]: bytes.fromhex(line.partition(" ")[2]) for line in lines.splitlines()}


@pytest.mark.parametrize("call", ["count", "put", "recall", "scope", "stats", "flush", "close", "session", "facts", "admin"])
def test_a_store_carried_across_fork_says_what_to_do(tmp_path: Path, call: str) -> None:
    with mnemic.open(tmp_path / "store.db") as store:
        scope = store.scope("ada")
        scope.put("A note")
        work: dict[str, Callable[[], Any]] = {
            "count": scope.count,
            "put": lambda: scope.put("Another"),
            "recall": lambda: scope.recall("note"),
            "scope": lambda: store.scope("bob"),
            "stats": store.stats,
            "flush": store.flush,
            "close": store.close,
            "session": lambda: scope.session("s").append({"role": "user", "content": "Hi"}),
            "facts": lambda: scope.facts.about("ada"),
            "admin": store.admin.namespaces,
        }
        code, told = forked(work[call])
        assert code == 0
        assert told.startswith("FailedPrecondition: ")
        assert "fork()" in told and "open it again" in told and '"spawn"' in told
        scope.put("The parent goes on")
        assert scope.count() == 2 and store.check().clean


def test_a_child_that_drops_the_store_leaves_the_file_alone(tmp_path: Path) -> None:
    store = mnemic.open(tmp_path / "store.db")
    scope = store.scope("ada")
    scope.put("A note")
    before = files(tmp_path)
    assert set(before) == {"store.db", "store.db-wal", "store.db-shm"}

    def drop() -> str:
        nonlocal store, scope
        del store, scope
        gc.collect()
        return "dropped"

    assert forked(drop) == (0, "dropped")
    assert files(tmp_path) == before
    scope.put("The parent goes on")
    assert scope.count() == 2 and store.check().clean
    store.close()
    assert set(files(tmp_path)) == {"store.db"}


def test_a_child_drops_a_store_that_threads_of_the_parent_are_in(tmp_path: Path) -> None:
    """Which are not in the child: nothing that they hold or wait for may be waited for there."""
    stop = threading.Event()
    store = mnemic.open(tmp_path / "store.db", durability="relaxed", readers=1)
    scope = store.scope("ada")
    errors: list[BaseException] = []

    def work() -> None:
        try:
            while not stop.is_set():
                scope.put("A note")
                scope.recall("note")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()

    def drop() -> str:
        nonlocal store, scope
        del store, scope
        gc.collect()
        return "dropped"

    try:
        for _ in range(20):
            assert forked(drop) == (0, "dropped")
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)
    assert errors == [] and store.check().clean
    store.close()


def test_a_child_that_exits_as_python_does_leaves_the_file_alone(tmp_path: Path) -> None:
    script = """
import os, sys, mnemic
store = mnemic.open(sys.argv[1])
scope = store.scope("ada")
scope.put("A note")
child = os.fork()
if child == 0:
    sys.exit(7)  # collects the store on the way
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
scope.put("The parent goes on")
assert scope.count() == 2 and store.check().clean
store.close()
print("ok")
"""
    path = tmp_path / "store.db"
    command = [sys.executable, "-X", "dev", "-c", script, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ok\n", "")


def test_a_child_opens_the_store_anew(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with mnemic.open(path) as store:
        scope = store.scope("ada")
        scope.put("Of the parent")

        def write() -> int:
            with mnemic.open(path) as own:
                own.scope("ada").put("Of the child")
                return own.scope("ada").count()

        assert forked(write) == (0, "2")
        scope.put("Of the parent again")
        assert scope.count() == 3 and store.check().clean


def use_after_fork(store: mnemic.Store, answers: Any) -> None:
    try:
        store.stats()
    except mnemic.FailedPrecondition as error:
        answers.put(str(error))


def test_multiprocessing_fork_is_refused_and_harmless(tmp_path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    with mnemic.open(tmp_path / "store.db") as store:
        store.scope("ada").put("A note")
        answers = fork.Queue()
        process = fork.Process(target=use_after_fork, args=(store, answers))
        process.start()
        assert "fork()" in answers.get(timeout=PATIENCE)
        process.join(PATIENCE)
        assert process.exitcode == 0
        store.scope("ada").put("The parent goes on")
        assert store.scope("ada").count() == 2 and store.check().clean


def write_notes(path: str, me: int, notes: int) -> list[str]:
    with mnemic.open(path) as store:
        scope = store.scope("acme")
        return [scope.put(f"Note {number} of {me}", key=f"{me}/{number}") for number in range(notes)]


def test_spawned_workers_write_one_file_at_once(tmp_path: Path) -> None:
    workers, notes = 3, 40
    path = str(tmp_path / "store.db")
    with mnemic.open(path) as store:
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            told = pool.starmap(write_notes, [(path, me, notes) for me in range(workers)], chunksize=1)
        scope = store.scope("acme")
        assert scope.count() == workers * notes
        for me, ids in enumerate(told):
            for number, id in enumerate(ids):
                memory = scope.get(id)
                assert (memory.key, memory.text) == (f"{me}/{number}", f"Note {number} of {me}")
        assert store.check().clean


def test_a_store_is_not_sent_to_another_process(tmp_path: Path) -> None:
    import pickle

    with mnemic.open(tmp_path / "store.db") as store, pytest.raises(TypeError, match="pickle"):
        pickle.dumps(store)


def test_what_a_killed_process_was_told_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    told: dict[str, str] = {}
    for round in range(4):
        writer = subprocess.Popen([sys.executable, "-c", SLOW, str(path), f"r{round}"], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        for number in range(10 + 7 * round):
            told[writer.stdout.readline().strip()] = f"The note {number} is kept"
        writer.send_signal(signal.SIGKILL)
        for number, line in enumerate(writer.stdout.readlines(), start=10 + 7 * round):  # on the way when it was killed
            if line.endswith("\n"):
                told[line.strip()] = f"The note {number} is kept"
        writer.stdout.close()
        assert writer.wait() == -signal.SIGKILL
    with mnemic.open(path) as store:
        assert store.check().clean
        assert {id: store.admin.find(id).text for id in told} == told
        for round in range(4):
            scope = store.scope("acme", f"r{round}")
            mine = sum(1 for id in told if store.admin.find(id).namespace == scope.namespace)
            assert mine <= scope.count() <= mine + 1  # one may be stored that nobody was told of
            assert scope.recall("the note that is kept", k=100)[0].id
