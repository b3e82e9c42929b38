# SPDX-License-Identifier: Apache-2.0
"""Threads: calls run side by side, and closing waits for them without holding anybody up."""

from __future__ import annotations

import datetime
import gc
import sys
import threading
import warnings
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, List

import mnemic
import numpy
import pytest

MOMENT = datetime.datetime(2026, 5, 8, tzinfo=datetime.timezone.utc)
PATIENCE = 60  # seconds after which a thread counts as stuck


class Gated:
    """An embedder that stays inside ``embed`` until it is let through."""

    space = mnemic.EmbeddingSpace("gated", "1", dimension=2)

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.through = threading.Event()
        self.through.set()

    def embed(self, texts: List[str], kind: mnemic.EmbedKind) -> Any:
        self.entered.set()
        assert self.through.wait(PATIENCE)
        return numpy.ones((len(texts), 2), dtype=numpy.float32)


def in_thread(work: Callable[[], Any]) -> tuple[threading.Thread, List[Any]]:
    """Starts ``work``; what it answers or raises is in the list when the thread is done."""
    answers: List[Any] = []

    def run() -> None:
        try:
            answers.append(work())
        except BaseException as error:
            answers.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, answers


def finish(thread: threading.Thread) -> None:
    thread.join(PATIENCE)
    assert not thread.is_alive(), "a thread is stuck"


@pytest.fixture
def no_switching() -> Iterator[None]:
    """Another thread gets to run only when this one gives up the GIL."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    yield
    sys.setswitchinterval(before)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[mnemic.Store]:
    with mnemic.open(tmp_path_factory.mktemp("threads") / "store.db", durability="relaxed") as store:
        scope = store.scope("acme", "ada")
        ids = scope.put_many([f"Note {number} about trains, seats and hotels" for number in range(300)])
        scope.update(ids[0], tags=["first"])
        scope.put("kept", key="k")
        scope.session("s").append([{"role": "user", "content": "Hello"}])
        scope.episodes.record("Went to Porto", key="porto")
        scope.facts.assert_fact("ada", "lives in", "Porto")
        scope.skills.record_run("book a train", skill="book", steps=[{"tool": "find"}], outcome="success")
        store.admin.grant(("acme", "bob"), ("acme", "ada"))
        yield store


def calls(store: mnemic.Store) -> dict[str, Callable[[], Any]]:
    """One call of everything that goes into the core."""
    scope = store.scope("acme", "ada")
    other = store.scope("acme", "calls")
    first = scope.get(key="k").id
    session, facts, skills, episodes = scope.session("s"), scope.facts, scope.skills, scope.episodes
    fact, skill = facts.about("ada")[0].id, skills.list().page()[0][0].id
    episode = episodes.timeline().page()[0][0].id
    second = scope.put("other", key="k2")

    def batch() -> None:
        with other.batch() as made:
            made.put("in a batch", key="batch")

    def close_episode() -> None:
        episodes.close(episodes.record("Under way", end=mnemic.OPEN), outcome="success")

    result = scope.recall("trains", k=100)
    embedder = mnemic.hashed_embedder()
    return {
        "flush": store.flush,
        "stats": store.stats,
        "usage": store.usage,
        "check": store.check,
        "narrow": lambda: scope.narrow(user="ada"),
        "scope": lambda: store.scope("acme", "x"),
        "namespaces": store.admin.namespaces,
        "find": lambda: store.admin.find(first),
        "history": lambda: store.admin.history(first),
        "grant": lambda: store.admin.grant(("a",), ("b",)),
        "grants": store.admin.grants,
        "erase": lambda: store.admin.erase(user="nobody"),
        "purge": store.admin.purge,
        "erasures": store.admin.erasures,
        "tombstones": store.admin.tombstones,
        "add and remove a policy": lambda: store.policies.remove(store.policies.add("hold", owner="a", reason="b")),
        "preview": lambda: store.policies.preview("hold", owner="a", reason="b"),
        "policies": store.policies.list,
        "put": lambda: other.put("A note", key="put"),
        "put_many": lambda: other.put_many([{"text": "A note", "key": "many"}]),
        "get": lambda: scope.get(first),
        "get by key": lambda: scope.get(key="k"),
        "update": lambda: scope.update(first, importance=0.7),
        "forget": lambda: scope.forget(first, dry_run=True),
        "forget by filter": lambda: scope.forget(where={"tags": "first"}, dry_run=True),
        "forget and recover": lambda: other.recover(other.forget(other.put("To and fro")).ids[0]),
        "relate": lambda: scope.relate(first, "about", second),
        "unrelate": lambda: scope.unrelate(first, "about", second),
        "related": lambda: scope.related(first).page(),
        "batch": batch,
        "list": lambda: scope.list().page(),
        "count": scope.count,
        "recall": lambda: scope.recall("trains"),
        "recall_many": lambda: scope.recall_many(["trains", "hotels"]),
        "recall_many by vectors": lambda: scope.recall_many(vectors=numpy.ones((2, 256), dtype=numpy.float32)),
        "why": lambda: scope.why(first, "trains"),
        "context": result.context,
        "append": lambda: other.session("s").append({"role": "user", "content": "Hi"}),
        "append several": lambda: other.session("s").append([{"role": "user", "content": "Hi"}]),
        "window": session.window,
        "pop": other.session("s").pop,
        "len(session)": lambda: len(session),
        "sessions": scope.sessions,
        "record": lambda: episodes.record("Saw a train", key="train"),
        "close an episode": close_episode,
        "episode": lambda: episodes.get(episode),
        "timeline": lambda: episodes.timeline().page(),
        "assert_fact": lambda: facts.assert_fact("bob", "lives in", "Rome"),
        "assert_facts": lambda: facts.assert_facts([{"subject": "bob", "attribute": "likes", "value": "tea"}]),
        "about": lambda: facts.about("ada"),
        "history of facts": lambda: facts.history("ada"),
        "facts": lambda: facts.list().page(),
        "fact": lambda: facts.get(fact),
        "declare": lambda: facts.declare([{"name": "likes", "cardinality": "many"}]),
        "attributes": facts.attributes,
        "record_run": lambda: skills.record_run("book a train", skill="book", steps=[{"tool": "find"}], outcome="success"),
        "skills": lambda: skills.list().page(),
        "best_for": lambda: skills.best_for("book a train"),
        "skill": lambda: skills.get(skill),
        "reembed": lambda: store.reembed("default"),
        "reembedding": store.reembedding,
        "embed": lambda: embedder.embed(["A note"] * 200),
    }


def test_every_call_lets_other_threads_run(filled: mnemic.Store, no_switching: None) -> None:
    inside = False
    seen = False
    go, stop = threading.Semaphore(0), False

    def look() -> None:
        nonlocal seen
        while True:
            go.acquire()
            if stop:
                return
            seen = seen or inside

    watcher = threading.Thread(target=look)
    watcher.start()
    never: List[str] = []
    try:
        for name, call in calls(filled).items():
            seen = False
            for _ in range(20_000):  # a short call may be over before the other thread is awake
                go.release()
                inside = True
                call()
                inside = False
                if seen:
                    break
            else:
                never.append(name)
    finally:
        stop = True
        go.release()
        finish(watcher)
    assert never == []


@pytest.mark.parametrize("call", ["put_many", "recall", "recall_many"])
def test_another_thread_uses_the_store_while_an_embedder_is_at_work(call: str) -> None:
    embedder = Gated()
    with mnemic.open(":memory:", embedder=embedder) as store:
        scope = store.scope("ada")
        scope.put("A note")
        embedder.entered.clear()
        embedder.through.clear()
        work: dict[str, Callable[[], Any]] = {
            "put_many": lambda: scope.put_many(["One", "Two"]),
            "recall": lambda: scope.recall("note"),
            "recall_many": lambda: scope.recall_many(["note"]),
        }
        thread, answers = in_thread(work[call])
        assert embedder.entered.wait(PATIENCE)
        assert scope.count() == 1  # and by words alone, which ask for no vector
        assert len(scope.put(vectors=numpy.ones(2, dtype=numpy.float32))) == 36
        embedder.through.set()
        finish(thread)
        assert len(answers[0]) == {"put_many": 2, "recall": 2, "recall_many": 1}[call]


def test_many_threads_write_and_read_one_store(tmp_path: Path) -> None:
    writers, rounds = 4, 40
    with mnemic.open(tmp_path / "store.db", durability="relaxed") as store:
        shared = store.scope("acme")

        def work(me: int) -> int:
            own = store.scope("acme", f"user{me}")
            found = 0
            for number in range(rounds):
                text = f"The parcel q{'bcdfghjk'[me]}{number} has arrived"
                id = own.put(text, key=f"k{number}")
                assert own.get(id).text == text
                shared.session("s").append({"role": "user", "content": f"{me} {number}"})
                found += own.recall(text, k=1)[0].id == id
            assert own.count() == rounds
            return found

        started = [in_thread(lambda me=me: work(me)) for me in range(writers)]  # type: ignore[misc]
        for thread, _ in started:
            finish(thread)
        assert [answers for _, answers in started] == [[rounds]] * writers
        turns = [memory.turn for memory in shared.session("s").window(max_tokens=10**6)]
        assert turns == list(range(writers * rounds))
        assert store.check().clean


def test_calls_end_or_say_that_the_store_is_closed(tmp_path: Path) -> None:
    store = mnemic.open(tmp_path / "store.db", durability="relaxed")
    scope = store.scope("ada")
    all_running = threading.Barrier(5)

    def work(call: Callable[[], Any]) -> int:
        done = 0
        while True:
            try:
                call()
            except mnemic.FailedPrecondition:
                return done
            done += 1
            if done == 3:
                all_running.wait(PATIENCE)

    started = [
        in_thread(lambda call=call: work(call))  # type: ignore[misc]
        for call in (lambda: scope.put("A note"), lambda: scope.recall("note"), scope.count, lambda: scope.put_many(["x"] * 5))
    ]
    all_running.wait(PATIENCE)
    store.close()
    for thread, answers in started:
        finish(thread)
        assert answers[0] >= 3
    puts, many = started[0][1][0], started[3][1][0]
    with mnemic.open(tmp_path / "store.db") as again:
        assert again.check().clean
        # A put_many of one commit is there or not; one that was cut off by the closing counted as not done.
        assert again.scope("ada").count() == puts + 5 * many


@pytest.mark.parametrize("how", ["close", "drop"])
def test_closing_does_not_wait_for_a_callback(tmp_path: Path, how: str) -> None:
    embedder = Gated()
    store = mnemic.open(tmp_path / "store.db", embedder=embedder)
    # The compiled scope alone does not keep the store open, as everything that is public does.
    scope = store.scope("ada")._core
    embedder.through.clear()
    call, answers = in_thread(lambda: scope.put({"text": "A note"}, None))
    assert embedder.entered.wait(PATIENCE)
    if how == "close":
        store.close()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        del store
        gc.collect()
    embedder.through.set()
    finish(call)
    assert isinstance(answers[0], mnemic.FailedPrecondition)
    with mnemic.open(tmp_path / "store.db", embedder=Gated()) as again:
        assert again.check().clean and again.scope("ada").count() == 0


def test_a_store_dropped_without_close_waits_for_calls_under_way(tmp_path: Path) -> None:
    store = mnemic.open(tmp_path / "store.db", clock=lambda: MOMENT, durability="relaxed")
    scope = store.scope("ada")._core  # see above
    running = threading.Barrier(3)

    def work() -> int:
        done = 0
        while True:
            try:
                scope.put_chunk(["A note"] * 50, None, "", 0, None)
            except mnemic.FailedPrecondition:
                return done
            done += 50
            if done == 100:
                running.wait(PATIENCE)

    started = [in_thread(work) for _ in range(2)]
    running.wait(PATIENCE)
    with pytest.warns(ResourceWarning, match="not closed"):
        del store
        gc.collect()
    for thread, answers in started:
        finish(thread)
        assert answers[0] >= 100
    with mnemic.open(tmp_path / "store.db") as again:
        assert again.check().clean
        assert again.scope("ada").count() == sum(answers[0] for _, answers in started)


def test_a_batch_may_grow_while_it_is_written() -> None:
    entered, through = threading.Event(), threading.Event()

    def screen(text: str, field: str) -> None:
        entered.set()
        assert through.wait(PATIENCE)

    with mnemic.open(":memory:", screen=screen) as store:
        batch = store.scope("ada").batch()
        for number in range(100):
            batch.put(f"early {number}")
        thread, answers = in_thread(batch.commit)
        assert entered.wait(PATIENCE)
        for number in range(1000):
            batch.put(f"late {number}")
        through.set()
        finish(thread)
        assert len(answers[0]) == 100 and store.scope("ada").count() == 100


def test_an_error_belongs_to_the_thread_whose_callback_raised_it() -> None:
    class Refusing:
        space = mnemic.EmbeddingSpace("refusing", "1", dimension=2)

        def embed(self, texts: List[str], kind: mnemic.EmbedKind) -> Any:
            together.wait(PATIENCE)
            raise LookupError(texts[0])

    together = threading.Barrier(4)
    with mnemic.open(":memory:", embedder=Refusing()) as store:
        scope = store.scope("ada")
        started = [in_thread(lambda n=n: scope.put(f"text {n}")) for n in range(4)]  # type: ignore[misc]
        for number, (thread, answers) in enumerate(started):
            finish(thread)
            assert isinstance(answers[0], LookupError) and answers[0].args == (f"text {number}",)
        assert scope.count() == 0


def test_a_store_that_is_not_closed_warns_and_is_closed(tmp_path: Path) -> None:
    store = mnemic.open(tmp_path / "store.db")
    store.scope("ada").put("A note")
    gone = weakref.ref(store)
    with pytest.warns(ResourceWarning, match="not closed"):
        del store
        gc.collect()
    assert gone() is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store.db"]  # no WAL beside it


def test_a_closed_store_does_not_warn(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with mnemic.open(tmp_path / "store.db") as store:
            scope = store.scope("ada")
        del store, scope
        with pytest.raises(mnemic.InvalidArgument):
            mnemic.open(tmp_path / "other.db", readers=0)
        gc.collect()


def test_a_scope_keeps_its_store_open() -> None:
    scope = mnemic.open(":memory:").scope("ada")
    gc.collect()
    scope.put("A note")
    assert scope.count() == 1
    with pytest.warns(ResourceWarning):
        del scope
        gc.collect()
