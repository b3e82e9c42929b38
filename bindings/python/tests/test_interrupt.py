# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C: a long call ends with KeyboardInterrupt, and what it had committed stays."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import mnemic
import pytest

PATIENCE = 60  # seconds after which a process counts as stuck
CHUNK = 50

# The child prints what progress tells it and stops when it is interrupted; it then uses the store once more.
HEAD = """
import os, signal, sys, threading, time
import mnemic, numpy

def say(*words):
    print(*words, flush=True)

# In steps: a signal that comes between saying so and one long read is noticed only after it.
def wait_for_interrupt():
    while True:
        time.sleep(0.01)

def notes():
    number = 0
    while True:
        yield f"note {number}"
        number += 1
"""

WITHIN_PROGRESS = HEAD + """
with mnemic.open(sys.argv[1], durability="relaxed") as store:
    scope = store.scope("ada")
    def progress(count):
        say("stored", count)
        if count == 3 * int(sys.argv[2]):
            wait_for_interrupt()
    try:
        scope.put_many(notes(), chunk=int(sys.argv[2]), progress=progress)
    except KeyboardInterrupt:
        say("interrupted", scope.count())
    scope.put("afterwards")
"""

# Only when a call lets go of the GIL does the other thread get to run and send the signal: while it commits.
WITHIN_A_COMMIT = HEAD + """
sys.setswitchinterval(1000)
go = threading.Semaphore(0)
def interrupt():
    go.acquire()
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt).start()
with mnemic.open(sys.argv[1], durability="relaxed") as store:
    scope = store.scope("ada")
    reported = []
    def progress(count):
        reported.append(count)
        if count == 3 * int(sys.argv[2]):
            go.release()
    try:
        scope.put_many(notes(), chunk=int(sys.argv[2]), progress=progress)
    except KeyboardInterrupt:
        say("stored", *reported)
        say("interrupted", scope.count())
    scope.put("afterwards")
"""

WITHIN_AN_EMBEDDER = HEAD + """
class Blocking:
    space = mnemic.EmbeddingSpace("blocking", "1", dimension=2)
    blocks = True
    def embed(self, texts, kind):
        if self.blocks and texts[0] == f"note {3 * int(sys.argv[2])}":
            say("embedding")
            wait_for_interrupt()
        return numpy.ones((len(texts), 2), dtype=numpy.float32)
embedder = Blocking()
with mnemic.open(sys.argv[1], embedder=embedder, durability="relaxed") as store:
    scope = store.scope("ada")
    try:
        scope.put_many(notes(), chunk=int(sys.argv[2]), progress=lambda count: say("stored", count))
    except KeyboardInterrupt:
        say("interrupted", scope.count())
    embedder.blocks = False
    scope.put("afterwards")
"""

WITHIN_RECALL_MANY = HEAD + """
class Constant:
    space = mnemic.EmbeddingSpace("constant", "1", dimension=2)
    asked = 0
    def embed(self, texts, kind):
        self.asked += kind == "query"
        if kind == "query" and self.asked == 5:
            say("ready")
        return numpy.ones((len(texts), 2), dtype=numpy.float32)
with mnemic.open(sys.argv[1], embedder=Constant(), durability="relaxed") as store:
    scope = store.scope("ada")
    scope.put("A note")
    try:
        scope.recall_many([f"note {i}" for i in range(200_000)])  # each to be embedded; more than are answered before the signal comes
    except KeyboardInterrupt:
        say("interrupted")
    scope.put("afterwards")
"""

# With the library's own embedder no Python code runs inside the call: it must look for signals itself.
WITHIN_RECALL_MANY_IN_THE_CORE = HEAD + """
sys.setswitchinterval(1000)
go = threading.Semaphore(0)
def interrupt():
    go.acquire()
    say("inside")
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt).start()
with mnemic.open(sys.argv[1], durability="relaxed") as store:
    scope = store.scope("ada")
    scope.put("A note")
    go.release()
    try:
        scope.recall_many(QUERIES)
    except KeyboardInterrupt:
        say("interrupted")
    scope.put("afterwards")
"""


def run(script: str, path: Path, interrupt_at: str | None) -> list[list[str]]:
    """Runs a child, interrupts it once it has said so, and gives the lines it said."""
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(path), str(CHUNK)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # whatever the runner was started with
    )
    assert child.stdout is not None
    lines = []
    for line in child.stdout:
        lines.append(line.split())
        if interrupt_at is not None and line.strip() == interrupt_at:
            child.send_signal(signal.SIGINT)
    said = child.communicate(timeout=PATIENCE)[1]
    assert said == "" and child.returncode == 0
    return lines


def texts_in(path: Path) -> list[str]:
    with mnemic.open(path, embedder=None) as store:
        assert store.check().clean
        return [memory.text for memory in store.scope("ada").list(order="created")]


def assert_stored(path: Path, count: int) -> None:
    """So many notes of a put_many, and the one that was put after the interrupt."""
    assert texts_in(path) == [*(f"note {number}" for number in range(count)), "afterwards"]


def test_an_interrupt_between_commits_keeps_all_that_was_reported(tmp_path: Path) -> None:
    lines = run(WITHIN_PROGRESS, tmp_path / "store.db", f"stored {3 * CHUNK}")
    reported = [int(line[1]) for line in lines if line[0] == "stored"]
    assert reported == [CHUNK, 2 * CHUNK, 3 * CHUNK]
    assert lines[-1] == ["interrupted", str(3 * CHUNK)]
    assert_stored(tmp_path / "store.db", 3 * CHUNK)


def test_an_interrupt_during_a_commit_waits_for_its_end(tmp_path: Path) -> None:
    lines = run(WITHIN_A_COMMIT, tmp_path / "store.db", None)
    reported = [int(word) for word in lines[0][1:]]
    assert reported[:3] == [CHUNK, 2 * CHUNK, 3 * CHUNK]
    # The chunk under way is stored whole, and not reported any more.
    assert lines[-1] == ["interrupted", str(reported[-1] + CHUNK)]
    assert_stored(tmp_path / "store.db", reported[-1] + CHUNK)


def test_an_interrupt_within_an_embedder_stores_nothing_of_its_chunk(tmp_path: Path) -> None:
    lines = run(WITHIN_AN_EMBEDDER, tmp_path / "store.db", "embedding")
    assert lines[-2:] == [["embedding"], ["interrupted", str(3 * CHUNK)]]
    assert_stored(tmp_path / "store.db", 3 * CHUNK)


QUERIES = {"texts": '["note"] * 200_000', "vectors": "vectors=numpy.ones((20_000, 256), dtype=numpy.float32)"}


@pytest.mark.parametrize("how", list(QUERIES))
def test_recall_many_is_interrupted_between_queries(tmp_path: Path, how: str) -> None:
    lines = run(WITHIN_RECALL_MANY_IN_THE_CORE.replace("QUERIES", QUERIES[how]), tmp_path / "store.db", None)
    assert lines == [["inside"], ["interrupted"]]
    assert texts_in(tmp_path / "store.db") == ["A note", "afterwards"]


def test_recall_many_is_interrupted_within_an_embedder(tmp_path: Path) -> None:
    lines = run(WITHIN_RECALL_MANY, tmp_path / "store.db", "ready")
    assert lines == [["ready"], ["interrupted"]]
    assert texts_in(tmp_path / "store.db") == ["A note", "afterwards"]
