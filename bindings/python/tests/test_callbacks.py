# SPDX-License-Identifier: Apache-2.0
"""What a caller may give: embedder, token counter, screen, reranker, clock, log. What they raise is what the call raises."""

from __future__ import annotations

import datetime
import gc
import sys
import threading
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import mnemic
import numpy
import pytest
from conftest import MOMENT

PATIENCE = 60  # seconds after which a thread counts as stuck


class Letters:
    """An embedder of two dimensions; what it answers can be replaced."""

    def __init__(self, answer: Callable[[list[str]], Any] | None = None, space: Any = None) -> None:
        self.space = space or mnemic.EmbeddingSpace("letters", "1", dimension=2, query_prefix="query: ")
        self.answer = answer or (lambda texts: [[1, len(text)] for text in texts])
        self.calls: list[tuple[list[str], mnemic.EmbedKind]] = []

    def embed(self, texts: list[str], kind: mnemic.EmbedKind) -> Any:
        self.calls.append((texts, kind))
        return self.answer(texts)


class Scores:
    """A reranker of one answer."""

    def __init__(self, answer: Callable[[str, list[str]], Any]) -> None:
        self.score = answer


class Interrupt(BaseException):
    """As KeyboardInterrupt: no Exception."""


def failing(error: BaseException) -> Callable[..., Any]:
    def fail(*_: Any) -> Any:
        raise error

    return fail


def with_cause() -> Exception:
    error = ValueError("outer")
    error.__cause__ = OSError("the model is gone")
    return error


RAISED = {
    "ValueError": lambda: ValueError("x"), "with a cause": with_cause, "KeyboardInterrupt": KeyboardInterrupt,
    "SystemExit": lambda: SystemExit(3),
    "GeneratorExit": GeneratorExit, "StopIteration": lambda: StopIteration(1), "a BaseException": Interrupt,
    "one of ours": lambda: mnemic.Busy("later"),
    "MemoryError": MemoryError, "OSError": lambda: OSError(28, "full"),
}

WRITERS: dict[str, Callable[[Any], Any]] = {"embedder": Letters, "screen": lambda fail: fail}
WRITES: list[Callable[[mnemic.Scope], Any]] = [
    lambda ada: ada.put("x", metadata={"a": "b"}), lambda ada: ada.put_many(["x", "y"]),
    lambda ada: ada.session("s").append({"role": "user", "content": "x"}),
    lambda ada: ada.episodes.record("x"), lambda ada: ada.facts.assert_fact("a", "b", "c"),
    lambda ada: ada.skills.record_run("g"),
]


@pytest.mark.parametrize("make", RAISED.values(), ids=RAISED)
@pytest.mark.parametrize("option, callback", WRITERS.items(), ids=WRITERS)
def test_what_a_callback_raises_is_raised_as_the_same_object_and_nothing_is_stored(
    open_store: Any, option: str, callback: Any, make: Any,
) -> None:
    error = make()
    cause = error.__cause__
    store = open_store(**{option: callback(failing(error))})
    ada = store.scope("ada")
    batch = ada.batch()
    batch.put("x")
    for call in (*WRITES, lambda ada: batch.commit()):
        with pytest.raises(type(error)) as caught:
            call(ada)
        assert caught.value is error and error.__cause__ is cause
    assert (store.stats().versions, store.stats().seq, ada.count()) == (0, 0, 0)
    assert any(entry.name == "fail" for entry in caught.traceback)  # where it was raised


@pytest.mark.parametrize("make", RAISED.values(), ids=RAISED)
def test_what_is_raised_while_reading_is_raised_as_the_same_object(open_store: Any, make: Any) -> None:
    error = make()
    embedder = Letters()
    counter: list[Callable[[str], int]] = [len]
    store = open_store(embedder=embedder, token_counter=lambda text: counter[0](text))
    ada = store.scope("ada")
    id = ada.put("ferry")
    ada.session("s").append({"role": "user", "content": "x"})
    result = ada.recall("ferry", token_budget=10)
    embedder.answer, counter[0] = failing(error), failing(error)
    calls = (
        lambda: ada.recall("a ferry"), lambda: ada.recall_many(["a ferry"]), lambda: ada.why(id, "a ferry"),  # not asked before
        lambda: ada.session("s").window(), lambda: result.context(), lambda: result.context(count_tokens=failing(error)),
        lambda: result.pack(),
        *(lambda ask=ask: ask("x", vector=[1, 2], reranker=Scores(failing(error))) for ask in (ada.recall, partial(ada.why, id))),
    )
    for call in calls:
        with pytest.raises(type(error)) as caught:
            call()
        assert caught.value is error
    embedder.answer, counter[0] = lambda texts: [[1, 2]] * len(texts), len
    assert ada.recall("ferry").context() and ada.count() == 2  # nothing is left behind


def test_an_embedder_gets_lists_of_texts_and_says_its_space(open_store: Any) -> None:
    embedder = Letters()
    store = open_store(embedder=embedder)
    ada = store.scope("ada")
    ada.put_many(["one", "three"])
    ada.recall("question")
    assert embedder.calls == [(["one", "three"], mnemic.EmbedKind.PASSAGE), (["question"], mnemic.EmbedKind.QUERY)]
    assert isinstance(embedder.calls[0][1], mnemic.EmbedKind) and store.stats().embedding_space == "letters/1/2"


def test_what_was_embedded_before_is_not_embedded_again(open_store: Any) -> None:
    embedder = Letters()
    ada = (store := open_store(embedder=embedder)).scope("ada")
    for _ in range(3):
        ada.put("one")
        ada.recall("one")
    assert [texts for texts, _ in embedder.calls] == [["one"], ["one"]]  # as a passage and as a query
    assert (store.stats().embedding_hits, store.stats().embedding_misses) == (4, 2)
    without = open_store(embedder=embedder, embedding_cache_bytes=0).scope("ada")
    without.put("one")
    without.put("one")
    assert len(embedder.calls) == 4


ANSWERS = {
    "a list": lambda texts: [[3, 4]] * len(texts), "tuples": lambda texts: tuple((3, 4) for _ in texts),
    "float32": lambda texts: numpy.full((len(texts), 2), [3, 4], "f4"),
    "float64": lambda texts: numpy.full((len(texts), 2), [3, 4], "f8"),
    "columns first": lambda texts: numpy.asfortranarray(numpy.full((len(texts), 2), [3, 4], "f4")),
    "not contiguous": lambda texts: numpy.full((len(texts), 4), [3, 0, 4, 0], "f4")[:, ::2],
    "integers": lambda texts: numpy.full((len(texts), 2), [3, 4]),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_embedder_may_answer_whatever_numpy_takes(open_store: Any, answer: Any) -> None:
    ada = open_store(embedder=Letters(answer)).scope("ada")
    for id in ada.put_many(["a", "b"]):
        numpy.testing.assert_allclose(ada.get(id, vectors=True).vectors["letters"], [0.6, 0.8], atol=2e-5)


def test_an_all_zero_row_is_no_vector(open_store: Any) -> None:
    store = open_store(embedder=Letters(lambda texts: numpy.zeros((len(texts), 2))))
    ada = store.scope("ada")
    assert ada.get(ada.put("x"), vectors=True).vectors == {} and store.stats().without_vector == 1


WRONG_ANSWERS: list[tuple[str, Any, type[Exception], str]] = [
    ("None", None, mnemic.InvalidArgument, "embedder: embed() gave another shape than (1, 2)"),
    ("no rows", [], mnemic.InvalidArgument, "another shape than (1, 2)"),
    ("one row too many", [[1, 2]] * 2, mnemic.InvalidArgument, "another shape than (1, 2)"),
    ("one vector", numpy.ones(2), mnemic.InvalidArgument, "another shape than (1, 2)"),
    ("too wide", [[1, 2, 3]], mnemic.InvalidArgument, "another shape than (1, 2)"),
    ("NaN", [[1, numpy.nan]], mnemic.InvalidArgument, "embedder: gave a value that is not finite"),
    ("str", "x", TypeError, "embedder: embed() gave no array of float32"),
    ("an object", object(), TypeError, "embedder: embed() gave no array of float32"),
    ("ragged", [[1], [1, 2]], TypeError, "embedder: embed() gave no array of float32"),
    ("bytes", b"x", TypeError, "embedder: embed() gave no array of float32"),
]


@pytest.mark.parametrize("answer, kind, message", [row[1:] for row in WRONG_ANSWERS], ids=[row[0] for row in WRONG_ANSWERS])
def test_a_wrong_answer_of_an_embedder_names_it_and_stores_nothing(
    open_store: Any, answer: Any, kind: type[Exception], message: str,
) -> None:
    ada = open_store(embedder=Letters(lambda texts: answer)).scope("ada")
    for call in (lambda: ada.put("x"), lambda: ada.recall("x"), lambda: ada.put_many(["x"])):
        with pytest.raises(kind) as caught:
            call()
        assert type(caught.value) is kind and message in str(caught.value)
    assert ada.count() == 0


def space(**changed: Any) -> Letters:
    return Letters(space=mnemic.EmbeddingSpace(**{"name": "letters", "version": "1", "dimension": 2, **changed}))


def spaceless(value: Any) -> Letters:
    embedder = Letters()
    embedder.space = value
    return embedder


OPTIONS: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    ("embedder that is a name", {"embedder": "other"}, TypeError, "embedder: an object with space and embed() is due, not str"),
    ("embedder that is a function", {"embedder": lambda texts: texts}, TypeError,
     "embedder: an object with space and embed() is due, not function"),
    ("embedder with no space", {"embedder": spaceless(None)}, TypeError,
     "embedder.space: a mnemic.EmbeddingSpace is due, not None"),
    ("space that is a dict", {"embedder": spaceless({"name": "x"})}, TypeError,
     "embedder.space: a mnemic.EmbeddingSpace is due, not dict"),
    ("name that is no str", {"embedder": space(name=3)}, TypeError, "embedder.space.name: str is due, not int"),
    ("name with a space", {"embedder": space(name="a b")}, mnemic.InvalidArgument, "embedder: its space's name"),
    ("no dimension", {"embedder": space(dimension=0)}, mnemic.InvalidArgument, "dimension 0 is not in [1, 4096]"),
    ("negative dimension", {"embedder": space(dimension=-1)}, mnemic.InvalidArgument,
     "embedder.space.dimension: not a count: it is negative"),
    ("large dimension", {"embedder": space(dimension=5000)}, mnemic.InvalidArgument, "dimension 5000 is not in [1, 4096]"),
    ("normalized that is no bool", {"embedder": space(normalized=1)}, TypeError,
     "embedder.space.normalized: True or False is due, not int"),
    ("token counter", {"token_counter": 3}, TypeError, "token_counter: something to call is due, not int"),
    ("screen", {"screen": "x"}, TypeError, "screen: something to call is due, not str"),
    ("clock", {"clock": MOMENT}, TypeError, "clock: something to call is due, not datetime.datetime"),
    ("log", {"log": []}, TypeError, "log: something to call is due, not list"),
]


@pytest.mark.parametrize("options, kind, message", [row[1:] for row in OPTIONS], ids=[row[0] for row in OPTIONS])
def test_what_cannot_be_called_back_is_refused_when_the_store_is_opened(
    tmp_path: Any, options: Any, kind: type[Exception], message: str,
) -> None:
    with pytest.raises(kind) as caught:
        mnemic.open(tmp_path / "a.db", **options)
    assert type(caught.value) is kind and message in str(caught.value)


def test_a_property_that_raises_is_passed_on() -> None:
    class Broken:
        def embed(self, texts: list[str], kind: mnemic.EmbedKind) -> Any: ...

        @property
        def space(self) -> mnemic.EmbeddingSpace:
            raise ConnectionError("no model")

    with pytest.raises(ConnectionError, match="no model"):
        mnemic.open(":memory:", embedder=Broken())


VERDICTS: list[tuple[str, Any, Any]] = [
    ("None", None, ("hello", "active")), ("accept", mnemic.ScreenVerdict(), ("hello", "active")),
    ("a str", "[redacted]", ("[redacted]", "active")),
    ("replace", mnemic.ScreenVerdict("replace", "new"), ("new", "active")),
    ("quarantine", mnemic.ScreenVerdict("quarantine"), ("hello", "quarantined")),
    ("refuse", mnemic.ScreenVerdict("refuse", reason="a rule"),
     (mnemic.PermissionDenied, "put: text: refused by the screen: a rule")),
    ("an int", 3, (TypeError, "screen: its answer is None, a str or a mnemic.ScreenVerdict, not int")),
    ("a bool", True, (TypeError, "screen: its answer is None")),
    ("bytes", b"x", (TypeError, "screen: its answer is None")),
    ("a lone surrogate", "\ud800", (mnemic.InvalidArgument, "screen: its answer: a lone surrogate")),
    ("a text that is no str", mnemic.ScreenVerdict("replace", 3), (TypeError, "screen: the text: str is due, not int")),
]


@pytest.mark.parametrize("answer, expected", [row[1:] for row in VERDICTS], ids=[row[0] for row in VERDICTS])
def test_a_screen_decides_on_every_text(open_store: Any, answer: Any, expected: Any) -> None:
    ada = open_store(screen=lambda text, field: answer).scope("ada")
    if isinstance(expected[0], str):
        memory = ada.get(ada.put("hello"))
        assert (memory.text, memory.state) == expected
    else:
        with pytest.raises(expected[0]) as caught:
            ada.put("hello")
        assert type(caught.value) is expected[0] and expected[1] in str(caught.value) and ada.count() == 0


def test_a_screen_sees_texts_with_the_names_of_their_fields(open_store: Any) -> None:
    seen: list[tuple[str, str]] = []
    ada = open_store(screen=lambda text, field: seen.append((field, text))).scope("ada")
    ada.put("hello", metadata={"a": ["b", {"c": "d"}], "n": 1}, content="e")
    assert {("text", "hello"), ("metadata", "b"), ("metadata", "d"), ("content", "e")} <= set(seen)


def test_the_built_in_screen_and_counter_can_be_given_and_called(open_store: Any) -> None:
    screen, counter = mnemic.secret_screen(), mnemic.estimating_token_counter()
    ada = open_store(screen=screen, token_counter=counter, embedder=mnemic.hashed_embedder()).scope("ada")
    key = "AKIA" + "A1B2C3D4E5F6G7H8"
    assert key not in ada.get(ada.put(f"the key is {key}")).text and screen(f"the key is {key}") != f"the key is {key}"
    assert screen("nothing here", "text") is None and counter("four words are here") >= 4
    with pytest.raises(ValueError, match="action: not one of accept, replace, quarantine, refuse"):
        mnemic.ScreenVerdict("drop")


COUNTS: list[tuple[str, Any, type[Exception], str]] = [
    ("None", None, TypeError, "its answer: int is due, not None"),
    ("a float", 1.0, TypeError, "its answer: int is due, not float"),
    ("a bool", True, TypeError, "its answer: int is due, not bool"),
    ("negative", -1, mnemic.InvalidArgument, "its answer: not a count: it is negative"),
    ("huge", 2**70, mnemic.InvalidArgument, "its answer: too large a number"),
]


@pytest.mark.parametrize("answer, kind, message", [row[1:] for row in COUNTS], ids=[row[0] for row in COUNTS])
def test_a_wrong_count_of_tokens_names_who_gave_it(open_store: Any, answer: Any, kind: type[Exception], message: str) -> None:
    ada = open_store(token_counter=lambda text: answer).scope("ada")
    ada.session("s").append({"role": "user", "content": "x"})
    result = ada.recall("x", token_budget=10)
    for call, name in ((lambda: ada.session("s").window(), "token_counter: "), (lambda: result.context(), "token_counter: "),
                       (lambda: result.context(count_tokens=lambda text: answer), "count_tokens: ")):
        with pytest.raises(kind) as caught:
            call()
        assert type(caught.value) is kind and str(caught.value) == name + message


@pytest.fixture
def unraisable(monkeypatch: pytest.MonkeyPatch) -> list[tuple[type[BaseException], Any]]:
    seen: list[tuple[type[BaseException], Any]] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda caught: seen.append((caught.exc_type, caught.object)))
    return seen


WRONG_TIMES: list[tuple[str, Any, type[Exception]]] = [
    ("raises", failing(ZeroDivisionError()), ZeroDivisionError),
    ("naive", lambda: MOMENT.replace(tzinfo=None), mnemic.InvalidArgument),
    ("None", lambda: None, TypeError), ("a number", lambda: 0.0, TypeError),
]


@pytest.mark.parametrize("clock, kind", [row[1:] for row in WRONG_TIMES], ids=[row[0] for row in WRONG_TIMES])
def test_a_clock_that_fails_is_reported_and_the_systems_time_is_used(
    open_store: Any, unraisable: Any, clock: Any, kind: type[Exception],
) -> None:
    ada = open_store(clock=clock).scope("ada")
    before = datetime.datetime.now(datetime.timezone.utc)
    memory = ada.get(ada.put("x"))
    assert before <= memory.created_at <= datetime.datetime.now(datetime.timezone.utc)
    assert unraisable and {seen for seen in unraisable} == {(kind, clock)}


def test_a_clock_at_the_ends_of_time_is_taken(open_store: Any, unraisable: Any) -> None:
    for time in (datetime.datetime.min, datetime.datetime.max):
        time = time.replace(tzinfo=datetime.timezone.utc)
        ada = open_store(clock=lambda time=time: time).scope("ada")
        assert ada.get(ada.put("x")).created_at == time
    assert unraisable == []


def test_callbacks_may_call_the_store(open_store: Any) -> None:
    """The library calls them without holding a lock."""
    depth: list[str] = []

    def again(name: str) -> None:
        if name in depth or not hasattr(holder, "ada"):
            return
        depth.append(name)
        holder.ada.put("inner", vectors={"v": [1, 2]}, key=name)
        assert holder.ada.count({"key": name}) == 1 and holder.ada.recall(vector={"v": [1, 2]}, where={"key": name})
        depth.remove(name)
        done.add(name)

    class Holder:
        ada: mnemic.Scope

    def embed(texts: list[str]) -> Any:
        again("embedder")
        return [[1, 2]] * len(texts)

    def screen(text: str, field: str) -> None:
        again("screen")

    def count(text: str) -> int:
        again("token counter")
        return len(text)

    def clock() -> datetime.datetime:
        again("clock")
        return MOMENT

    holder, done = Holder(), set[str]()
    holder.ada = open_store(embedder=Letters(embed), screen=screen, token_counter=count, clock=clock).scope("ada")
    id = holder.ada.put("outer")
    assert holder.ada.recall("outer").context(max_tokens=10_000) and holder.ada.get(id).text == "outer"
    holder.ada.put_many(["a", "b"], progress=lambda done: again("progress"))
    assert done == {"embedder", "screen", "token counter", "clock", "progress"}


def test_a_failure_that_a_callback_caught_is_forgotten(open_store: Any) -> None:
    def embed(texts: list[str]) -> Any:
        with pytest.raises(ZeroDivisionError):
            inner.scope("ada").put("x")
        return [[1, 2]] * len(texts)

    inner = open_store(embedder=Letters(failing(ZeroDivisionError())))
    ada = open_store(embedder=Letters(embed)).scope("ada")
    ada.put("x")
    with pytest.raises(mnemic.InvalidArgument, match="importance"):
        ada.put("x", importance=2)
    assert ada.count() == 1


def test_an_embedder_that_waits_for_another_thread_lets_it_run(open_store: Any) -> None:
    counted: list[int] = []

    def embed(texts: list[str]) -> Any:
        other = threading.Thread(
            target=lambda: counted.append(holder[0].put("by the way", vectors=[1, 2]) != "" and holder[0].count()), daemon=True,
        )
        other.start()
        other.join(PATIENCE)
        assert not other.is_alive()
        return [[1, 2]] * len(texts)

    holder: list[mnemic.Scope] = [open_store(embedder=Letters(embed)).scope("ada")]
    holder[0].put("x")
    assert counted == [1] and holder[0].count() == 2


def test_an_embedder_that_frees_the_gil_is_fine(open_store: Any) -> None:
    def embed(texts: list[str]) -> Any:
        square = numpy.random.default_rng(1).random((200, 200))
        return (square @ square)[: len(texts), :2]  # NumPy frees the GIL in there

    ada = open_store(embedder=Letters(embed)).scope("ada")
    ada.put_many([str(n) for n in range(100)], chunk=10)
    assert len(ada.recall("1", k=100)) == 100


def test_a_log_is_taken_and_not_bothered_without_need(open_store: Any) -> None:
    said: list[str] = []
    store = open_store(log=said.append)
    store.scope("ada").put("x")
    store.close()
    assert said == []


def test_callbacks_are_let_go_with_their_store(open_store: Any) -> None:
    embedder = Letters()
    seen = weakref.ref(embedder)
    store = mnemic.open(":memory:", embedder=embedder)
    store.scope("ada").put("x")
    store.close()
    del store, embedder
    gc.collect()
    assert seen() is None


def test_an_embedder_that_holds_its_own_closed_store_is_collected() -> None:
    class Agent(Letters):
        store: mnemic.Store

    agent = Agent()
    seen = weakref.ref(agent)
    agent.store = mnemic.open(":memory:", embedder=agent)
    agent.store.scope("ada").put("x")
    agent.store.close()
    del agent
    gc.collect()
    assert seen() is None
