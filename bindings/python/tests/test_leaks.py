# SPDX-License-Identifier: Apache-2.0
"""Nothing is left behind: not at the end of the interpreter, and not by calls that are made again and again."""

from __future__ import annotations

import gc
import subprocess
import sys
import tracemalloc
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, List, cast

import mnemic
import numpy
import pytest

PATIENCE = 60  # seconds after which a process counts as stuck

HEAD = """
import datetime, gc, os, sys, threading
import mnemic, numpy
path = sys.argv[1]

class Embedder:
    space = mnemic.EmbeddingSpace("own", "1", dimension=2)
    def embed(self, texts, kind):
        if "fail" in texts:
            raise LookupError("no")
        return numpy.ones((len(texts), 2), dtype=numpy.float32)

def screen(text, field):
    if text == "refuse":
        return mnemic.ScreenVerdict("refuse")
    if text == "raise":
        raise LookupError("no")
    return None

def attempt(call, *arguments, **fields):
    try:
        call(*arguments, **fields)
    except Exception as error:
        return error
    raise AssertionError("no error")
"""

# Everything stays in the globals of the module, where it is found at the end of the interpreter.
WHOLE_SURFACE = HEAD + """
clock = lambda: datetime.datetime(2026, 5, 8, tzinfo=datetime.timezone.utc)
store = mnemic.open(path, embedder=Embedder(), screen=screen, token_counter=len, clock=clock, log=print, seed=7)
scope = store.scope("acme", "ada")
kept = [attempt(scope.put, text) for text in ("fail", "refuse", "raise", "")]
kept += [attempt(scope.put, "note", metadata={"n": object()}), attempt(scope.get, "no id"), attempt(scope.recall, "fail")]
kept += [attempt(mnemic.open, path + "/no/such"), attempt(mnemic.open, path, embedder=object()), attempt(mnemic.open, 7)]
kept.append(attempt(scope.put_many, ["x"], progress=lambda count: 1 / 0))
ids = scope.put_many([f"note {n}" for n in range(20)], vectors=numpy.ones((20, 2), dtype=numpy.float32))
memory = scope.get(ids[0], vectors=True)
vectors, content = memory.vectors, scope.get(scope.put(content={"a": [1]})).content
result = scope.recall("note", k=5)
hits, first, context, packed = result.hits, result[0], result.context(), result.pack(count_tokens=len)
del result
batch = scope.recall_many(["note", "other"])
arrays = batch.ids, batch.scores, batch[0].hits
listing = iter(scope.list(page_size=3))
next(listing)
frame, table = scope.list().to_pandas(), scope.list().to_arrow()
why = scope.why(ids[0], "note")
session = scope.session("s")
session.append([{"role": "user", "content": "Hi"}])
window, messages, taken = session.window(), session.messages(), session.pop()
with scope.batch() as changes:
    changes.put("in a batch")
    changes.relate(ids[0], "about", ids[1])
written = changes.written
open_batch = scope.batch()
open_batch.put("never committed")
related = list(scope.related(ids[0]))
episode = scope.episodes.get(scope.episodes.record("Went to Porto"))
fact = scope.facts.assert_fact("ada", "lives in", "Porto"), scope.facts.about("ada")
run = scope.skills.record_run("book", skill="book", steps=[{"tool": "find"}], outcome="success"), scope.skills.best_for("book")
admin = store.admin.namespaces(), store.admin.history(ids[0]), store.stats(), store.check()
held = store.policies.add("hold", owner="a", reason="b", where={"key": "k"}), store.policies.list(), attempt(store.admin.erase)
rules = store.policies, store.policies.list()[0].where, store.policies.preview("refusal", owner="a", reason="b")
refused = attempt(store.policies.add, "none", owner="a", reason="b"), store.policies.remove(held[0]), held[1][0].to_dict()
erased = store.admin.erase(ids=[scope.put("gone")]), store.admin.erasures(), store.admin.tombstones()
own = mnemic.hashed_embedder(), mnemic.secret_screen(), mnemic.estimating_token_counter()
by_embedding = mnemic.rerankers.by_embedding(Embedder()), mnemic.rerankers.by_embedding(own[0])
reranked = [scope.recall("note", reranker=one) for one in (*by_embedding, mnemic.rerankers.late_interaction())]
kept += [attempt(mnemic.rerankers.by_embedding, 3), attempt(by_embedding[0].score, "x", ["fail"])]
book = scope.put("A long text. " * 100)
passage = scope.recall("text", k=1)[0].passage
built_in = mnemic.open(":memory:", embedder=own[0], screen=own[1], token_counter=own[2])
forgotten = scope.forget(ids[2]), scope.update(ids[1], text="changed")
kept.append(attempt(store.reembed, object()))
moved = store.reembed(own[0]), store.reembedding(), store.reembedding().source
"""

CYCLES = HEAD + """
class Agent:
    # Whatever it gives to its store leads back to the store.
    space = Embedder.space
    def __init__(self, path):
        self.store = mnemic.open(
            path, embedder=self, screen=self.screen, token_counter=self.count, clock=self.now, log=lambda message: self
        )
        self.scope = self.store.scope("ada")
        self.scope.put("A note")
        self.reranker = mnemic.rerankers.by_embedding(self)
        self.scope.recall("note", reranker=self.reranker).context()
    def embed(self, texts, kind):
        return numpy.ones((len(texts), 2), dtype=numpy.float32)
    def screen(self, text, field):
        return None
    def count(self, text):
        return len(text)
    def now(self):
        return datetime.datetime(2026, 5, 8, tzinfo=datetime.timezone.utc)
agent = Agent(path)
closed = Agent(":memory:")
closed.store.close()
moved = Agent(":memory:")
moved.store.reembed(closed)
"""

THREADS = HEAD + """
class Late:
    # Goes while the interpreter ends, and gives up the GIL: the threads find out that it is over.
    def __init__(self):
        self.store = mnemic.open(path + "2")
    def __del__(self):
        for _ in range(20):
            self.store.check()
        self.store.close()
_late = Late()
store = mnemic.open(path, embedder=Embedder() if sys.argv[2] == "callbacks" else "default", durability="relaxed")
scope = store.scope("ada")
scope.put_many([f"note {n}" for n in range(50)])
started = threading.Barrier(5)
def work(number):
    def calls():
        scope.recall("note 7")
        if number == 0:
            scope.put("note")
    calls()
    started.wait()
    while True:
        calls()
for number in range(4):
    threading.Thread(target=work, args=(number,), daemon=True).start()
started.wait()
print("over")
"""


def run(script: str, *arguments: object) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE
    )
    return done.returncode, done.stdout, done.stderr


def test_the_end_of_the_interpreter_finds_no_leak(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    assert run(WHOLE_SURFACE, tmp_path / "store.db") == (0, "", "")
    assert [path.name for path in tmp_path.iterdir()] == ["store.db"]  # closed: no WAL beside it


def test_a_leak_would_be_reported(tmp_path: Path) -> None:
    script = HEAD + """
import ctypes
store = mnemic.open(path)
ctypes.pythonapi.Py_IncRef(ctypes.py_object(store._core))
"""
    code, _, said = run(script, tmp_path / "store.db")
    assert code == 0 and "leaked 1 instances" in said


def test_callbacks_may_lead_back_to_their_store(tmp_path: Path) -> None:
    assert run(CYCLES, tmp_path / "store.db") == (0, "", "")


@pytest.mark.parametrize("kind", ["core", "callbacks"])
def test_threads_that_are_in_calls_when_the_interpreter_ends_do_not_crash_it(tmp_path: Path, kind: str) -> None:
    for number in range(3):
        code, out, said = run(THREADS, tmp_path / f"{number}.db", kind)
        assert (code, out) == (0, "over\n"), said
        with mnemic.open(tmp_path / f"{number}.db", embedder=None) as store:
            assert store.check().clean and store.scope("ada").count() >= 50


class Embedder:
    space = mnemic.EmbeddingSpace("own", "1", dimension=2)

    def embed(self, texts: List[str], kind: mnemic.EmbedKind) -> Any:
        if texts[0] == "fail":
            raise LookupError("no")
        return numpy.ones((len(texts), 2), dtype=numpy.float32)


def test_a_store_in_a_cycle_is_collected_and_closed(tmp_path: Path) -> None:
    class Agent(Embedder):
        def __init__(self) -> None:
            self.store = mnemic.open(tmp_path / "store.db", embedder=self, token_counter=self.count)
            self.scope = self.store.scope("ada")
            self.scope.put("A note")

        def count(self, text: str) -> int:
            return len(text)

    agent = Agent()
    gone = weakref.ref(agent)
    with pytest.warns(ResourceWarning, match="not closed"):
        del agent
        gc.collect()
    gc.collect()  # the warning had a reference to the store
    assert gone() is None
    assert [path.name for path in tmp_path.iterdir()] == ["store.db"]


@pytest.mark.filterwarnings("ignore:a mnemic store was not closed:ResourceWarning")
def test_a_result_keeps_the_token_counter_of_a_store_that_is_gone(tmp_path: Path) -> None:
    class Agent(Embedder):
        def __init__(self) -> None:
            self.price = 3
            self.store = mnemic.open(tmp_path / "store.db", embedder=self, token_counter=self.count)

        def count(self, text: str) -> int:
            return self.price * len(text)

    agent = Agent()
    scope = agent.store.scope("ada")
    scope.put("A note")
    result = scope.recall("note")
    tokens = result.pack().tokens
    gone = weakref.ref(agent)
    del agent, scope
    gc.collect()
    assert result.pack().tokens == tokens
    del result
    gc.collect()
    assert gone() is None


class Reranker:
    def score(self, query: str, texts: List[str]) -> List[float]:
        if query == "fail":
            raise LookupError("no")
        return [len(text) for text in texts]


def failing(call: Callable[[], Any]) -> None:
    with pytest.raises((mnemic.Error, TypeError, LookupError)):
        call()


def test_calls_leave_nothing_behind(tmp_path: Path) -> None:
    """Neither references to what was passed in nor memory of Python grows with the number of calls."""
    embedder, reranker = Embedder(), Reranker()
    vector, rows = numpy.ones(2, dtype=numpy.float32), numpy.ones((3, 2), dtype=numpy.float32)
    metadata = {"trip": {"n": 3}, "list": [1, 2.5, None, "x"]}
    where, tags = {"metadata.trip.n": {"$gte": 2}}, ["food", "travel"]
    message = {"role": "user", "content": "Hello"}

    def screen(text: str, field: str) -> mnemic.ScreenVerdict | None:
        return mnemic.ScreenVerdict("refuse") if text == "refuse" else None

    def progress(count: int) -> None:
        pass

    with mnemic.open(
        tmp_path / "store.db", embedder=embedder, screen=screen, token_counter=len, durability="relaxed"
    ) as store:
        scope = store.scope("ada")
        passed: List[Any] = [
            embedder, reranker, vector, rows, metadata, where, tags, message, screen, progress, store, scope, None, True,
        ]

        def calls() -> None:
            id = scope.put("A note", key="k", metadata=metadata, tags=tags, vectors=vector)
            scope.put_many([{"text": "x", "key": "x", "metadata": metadata}] * 3, progress=progress)
            scope.put_many([{"key": f"v{n}"} for n in range(3)], vectors=rows)
            memory = scope.get(id, vectors=True)
            memory.metadata, memory.vectors, memory.tags, memory.event_time, memory.layer
            result = scope.recall("note", k=3, where=where)
            [hit.memory.text for hit in result]
            result.ids, result.scores, result.context(count_tokens=len), result[0].to_dict()
            scope.recall("note", reranker=reranker), scope.recall("note", reranker=mnemic.rerankers.by_embedding(embedder))
            batch = scope.recall_many(vectors=rows, k=2)
            batch.ids, batch[0].hits
            session = scope.session("s")
            session.append([message])
            session.pop()
            list(scope.list(where=where, page_size=2))
            failing(lambda: scope.put("fail", metadata=metadata))
            failing(lambda: scope.put("refuse", tags=tags))
            failing(lambda: scope.put("note", metadata={"n": object(), **metadata}))
            failing(lambda: scope.put("note", vectors=rows))
            failing(lambda: scope.put_many(["x"], vectors=rows))
            failing(lambda: scope.recall("note", where={"no": {"$such": metadata}}))
            failing(lambda: scope.recall("fail", vector=vector, reranker=reranker))
            failing(lambda: scope.get("no id"))
            store.admin.erase(where=where, dry_run=True).to_dict()
            failing(lambda: store.admin.erase(where=where, ids=cast(Any, metadata)))
            store.reembed(embedder)
            store.reembedding()
            failing(lambda: store.reembed(cast(Any, metadata)))
            failing(lambda: store.drop_space("own", "1"))
            failing(lambda: mnemic.open(tmp_path / "store.db", embedder=embedder, screen=screen, readers=0))
            failing(lambda: mnemic.open(tmp_path / "store.db", embedder=embedder, token_counter=cast(Any, metadata)))

        def used() -> int:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                sys._clear_type_cache()  # which keeps the names of attributes that were looked up, to some number
            gc.collect()
            return tracemalloc.get_traced_memory()[0]

        for _ in range(20):
            calls()
        used()
        references = [sys.getrefcount(one) for one in passed]
        tracemalloc.start()
        try:
            calls()
            before = used()
            for _ in range(100):  # more than 2,000 calls
                calls()
            grown = used() - before
        finally:
            tracemalloc.stop()
        after = [sys.getrefcount(one) for one in passed]
    assert after[:-2] == references[:-2]
    assert all(abs(a - b) < 50 for a, b in zip(after[-2:], references[-2:], strict=True))  # None and True: by all code
    assert grown < 100 * 16  # less than one small object for each round
