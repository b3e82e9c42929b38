# SPDX-License-Identifier: Apache-2.0
"""The async twin: the same calls awaited, a loop that goes on, cancellation, closing."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import inspect
import os
import signal
import subprocess
import sys
import threading
import traceback
import warnings
import weakref
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import mnemic
import mnemic.aio
import numpy
import pytest
from mnemic._aio_run import Threads

PYTHON = Path(__file__).resolve().parents[1]
TWINS = ["Admin", "Batch", "Episodes", "Facts", "Jobs", "Listing", "Policies", "Scope", "Session", "Skills", "Store"]
LONG = 60  # seconds after which a test gives up on another thread


def run(main: Coroutine[Any, Any, Any]) -> None:
    """Runs a test; when it is over, no thread is left."""
    before = set(threading.enumerate())
    asyncio.run(main)
    for thread in set(threading.enumerate()) - before:
        thread.join(LONG)
        assert not thread.is_alive()


async def happened(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, LONG)


async def a_few_turns_of_the_loop() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class Gate:
    """An embedder that waits at texts starting with "wait" until it is opened."""

    space = mnemic.EmbeddingSpace("gate", "1", dimension=2)

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.reached = threading.Event()
        self.open = threading.Event()

    def embed(self, texts: list[str], kind: mnemic.EmbedKind) -> Any:
        self.seen.extend(texts)
        if any(text.startswith("wait") for text in texts):
            self.reached.set()
            assert self.open.wait(LONG)
        return numpy.array([[1, len(text)] for text in texts], dtype=numpy.float32)


class Failing:
    space = mnemic.EmbeddingSpace("failing", "1", dimension=2)

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def embed(self, texts: list[str], kind: mnemic.EmbedKind) -> Any:
        raise self.error


async def cancelled(task: asyncio.Task[Any]) -> None:
    """Cancels a task and sees it end so."""
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


# The surface


def test_store_and_scope_calls_answer_as_their_twins_do(tmp_path: Path) -> None:
    async def main() -> None:
        async with mnemic.aio.open(tmp_path / "a.db", seed=7) as store:
            assert repr(store) == "<Store>" and not store.closed
            ada = store.scope("acme", "ada", agent="helper")
            assert ada.namespace == ("acme", "ada") and ada.options["agent"] == "helper"
            assert repr(ada) == "<Scope acme/ada>"

            seat = await ada.put("Prefers window seats", key="seat", metadata={"trip": {"n": 3}})
            ids = await ada.put_many(["Likes figs", {"text": "Has a boat", "tags": ["boat"]}])
            assert (await ada.get(seat)).text == (await ada.get(key="seat")).text == "Prefers window seats"
            assert (await ada.update(seat, text="Prefers aisle seats", if_version=1)).version == 2
            assert await ada.count() == 3 and await ada.count(tags="boat") == 1

            hits = await ada.recall("which seat?", k=1, where={"metadata.trip.n": {"$gte": 2}})
            assert isinstance(hits, mnemic.RecallResult) and hits[0].id == seat and "aisle" in hits.context()
            answers = await ada.recall_many(["boat", "seats"], k=1)
            assert [answer[0].id for answer in answers] == [ids[1], seat]
            assert (await ada.why(seat, "seats")).verdict == "hit"

            await ada.relate(seat, "about", ids[0])
            assert [found.memory.id async for found in ada.related(seat)] == [ids[0]]
            await ada.unrelate(seat, "about", ids[0])
            assert [found async for found in ada.related(seat)] == []

            reader = ada.narrow(access="read_only")
            with pytest.raises(mnemic.PermissionDenied):
                await reader.put("no")
            assert len(await ada.forget(tags="boat", dry_run=True)) == 1
            assert (await ada.forget(ids[1])).ids == (ids[1],)
            assert (await ada.recover(ids[1])).version == 2
            assert (await ada.forget(ids[1], cascade=False)).derived == ()

            await store.flush()
            assert (await store.stats()).embedding_space
            assert (await store.check()).clean
            await store.snapshot(tmp_path / "copy.db")
        assert store.closed
        async with mnemic.aio.open(tmp_path / "copy.db", access="read_only") as copy:
            assert await copy.scope("acme", "ada").count() == 2

    run(main())


def test_admin_calls_answer_as_their_twins_do() -> None:
    async def main() -> None:
        async with mnemic.aio.open(":memory:") as store:
            id = await store.scope("acme", "ada").put("x", key="k")
            await store.scope("acme", "ada").put("y", key="k")
            assert await store.admin.namespaces() == (("acme", "ada"),)
            assert (await store.admin.find(id)).text == "y"
            assert [version.text for version in await store.admin.history(id)] == ["x", "y"]
            await store.admin.grant(("acme", "bob"), ("acme", "ada"))
            assert len(await store.admin.grants()) == 1
            assert await store.scope("acme", "bob", reach="granted").count() == 1
            await store.admin.revoke(("acme", "bob"), ("acme", "ada"))
            assert await store.admin.grants() == []

    run(main())


def test_layer_calls_answer_as_their_twins_do() -> None:
    async def main() -> None:
        async with mnemic.aio.open(":memory:") as store:
            ada = store.scope("ada")

            session = ada.session("s1")
            one = await session.append({"role": "user", "content": "Hi"})
            more = await session.append([{"role": "assistant", "content": "Hello!"}, mnemic.Turn(author="user", text="Bye")])
            assert isinstance(one, str) and len(more) == 2
            assert session.id == "s1" and await session.size() == 3
            assert [turn.text for turn in await session.window(max_turns=2)] == ["Hello!", "Bye"]
            assert (await session.messages())[0] == {"role": "user", "content": "Hi"}
            assert [turn.text for turn in await session.pop()] == ["Bye"]
            assert [(known.id, known.turns) for known in await ada.sessions()] == [("s1", 2)]

            boat = await ada.episodes.record("Painting the boat", end=mnemic.OPEN, who=["Ben"])
            assert (await ada.episodes.get(boat)).open
            assert (await ada.episodes.close(boat, outcome="success")).outcome == "success"
            assert [episode.memory.id async for episode in ada.episodes.timeline()] == [boat]

            facts = ada.facts
            await facts.declare([{"name": "lives in", "cardinality": "single"}])
            assert [attribute.name for attribute in await facts.attributes()] == ["lives in"]
            porto = (await facts.assert_fact("Ada", "lives in", "Porto")).id
            both = await facts.assert_facts(
                {"subject": "Ada", "attribute": "likes", "value": value} for value in ("figs", "tea")
            )
            assert len(both) == 2 and (await facts.get(porto)).value == "Porto"
            assert [fact.value for fact in await facts.about("Ada", attribute="lives in")] == ["Porto"]
            assert (await facts.confirm(porto)).id == porto
            assert (await facts.retract(porto)).memory.id == porto
            assert [fact.value for fact in await facts.history("Ada", "lives in")] == ["Porto"]
            assert (await facts.reject(both[0].id)).memory.state == "rejected"
            assert len([fact async for fact in facts.list(all=True)]) == 3

            done = await ada.skills.record_run("book a table", steps=[{"tool": "web_form"}], outcome="success")
            assert (await ada.skills.get(done.skill)).runs == 1
            assert [match.skill.memory.id for match in await ada.skills.best_for("book a table for two")] == [done.skill]
            assert [skill.runs async for skill in ada.skills.list()] == [1]

    run(main())


def test_listings_are_read_page_by_page_and_become_tables() -> None:
    async def main() -> None:
        async with mnemic.aio.open(":memory:") as store:
            ada = store.scope("ada")
            await ada.put_many([f"note {number}" for number in range(5)])
            notes = ada.list(order="created", page_size=2)
            assert repr(notes) == "<Listing>"
            for _ in range(2):  # iterating again reads again
                assert [memory.text async for memory in notes] == [f"note {number}" for number in range(5)]
            assert [len(page) async for page in notes.pages()] == [2, 2, 1]
            first, cursor = await notes.page()
            second, _ = await notes.page(cursor)
            assert [memory.text for memory in first + second] == ["note 0", "note 1", "note 2", "note 3"]
            with pytest.raises(mnemic.InvalidArgument):
                _ = [memory async for memory in ada.list(where={"no such field": 1})]

            pytest.importorskip("pandas")
            assert list((await notes.to_pandas())["text"]) == [f"note {number}" for number in range(5)]
            pytest.importorskip("pyarrow")
            assert (await notes.to_arrow()).num_rows == 5

    run(main())


def test_batch_is_queued_at_once_and_committed_when_its_block_ends() -> None:
    async def main() -> None:
        async with mnemic.aio.open(":memory:") as store:
            ada = store.scope("ada")
            old, other = await ada.put_many(["old", "other"])
            async with ada.batch() as batch:
                batch.put("new", key="n")
                batch.update(other, text="changed")
                batch.relate(other, "about", old)
                batch.unrelate(other, "about", old)
                batch.forget(old)
                assert len(batch) == 5 and await ada.count() == 2
            assert len(batch.written) == 5
            assert sorted([memory.text async for memory in ada.list()]) == ["changed", "new"]
            with pytest.raises(RuntimeError):
                batch.put("late")
            with pytest.raises(RuntimeError):
                await batch.commit()

            with pytest.raises(ZeroDivisionError):
                async with ada.batch() as broken:
                    broken.put("never")
                    raise ZeroDivisionError
            assert await ada.count() == 2

    run(main())


def test_every_public_method_has_its_twin_with_the_same_parameters() -> None:
    other_names = {("Session", "__len__"): "size"}
    for name in TWINS:
        sync, twin = getattr(mnemic, name), getattr(mnemic.aio, name)
        for method, function in vars(sync).items():
            if method.startswith("_") and (name, method) not in other_names:
                continue
            found = vars(twin)[other_names.get((name, method), method)]
            if isinstance(function, property):
                assert isinstance(found, property), (name, method)
                continue
            wanted = list(inspect.signature(function).parameters.values())
            assert list(inspect.signature(found).parameters.values()) == wanted, (name, method)
            assert found.__doc__, (name, method)
        assert twin.__doc__
    wanted = list(inspect.signature(mnemic.open).parameters.values())
    *same, threads = inspect.signature(mnemic.aio.open).parameters.values()
    assert same == wanted and threads.name == "threads"
    for name in ("restore", "salvage"):
        assert inspect.signature(getattr(mnemic.aio, name)).parameters == inspect.signature(getattr(mnemic, name)).parameters


def test_the_file_is_up_to_date() -> None:
    checked = subprocess.run([sys.executable, PYTHON / "tools/make_aio.py", "--check"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


def test_mnemic_itself_does_not_import_the_twin() -> None:
    code = "import sys, mnemic; sys.exit('mnemic.aio' in sys.modules or 'asyncio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_type_checkers_see_what_is_awaited(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    (tmp_path / "user.py").write_text(
        "import mnemic, mnemic.aio\n"
        "async def main() -> None:\n"
        "    async with mnemic.aio.open('a.db') as store:\n"
        "        ada = store.scope('ada')\n"
        "        reveal_type(await ada.put('x'))\n"
        "        reveal_type(await ada.recall('x'))\n"
        "        async for fact in ada.facts.list():\n"
        "            reveal_type(fact)\n"
        "        reveal_type(await ada.session('s').append({'role': 'user'}))\n"
        "        reveal_type(await ada.session('s').append([{'role': 'user'}]))\n"
        "        await ada.put('x', no_such_field=1)\n"
        "    reveal_type(await mnemic.aio.open('a.db'))\n"
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", f"--cache-dir={tmp_path / 'cache'}", "user.py"]
    checked = subprocess.run(command, cwd=tmp_path, env={**os.environ, "MYPYPATH": str(PYTHON)}, capture_output=True, text=True)
    lines = [line for line in checked.stdout.splitlines() if line.startswith("user.py")]
    revealed = [line.split('"')[1].replace("builtins.", "") for line in lines if "Revealed" in line]
    assert revealed == ["str", "mnemic._core.RecallResult", "mnemic._core.Fact", "str", "list[str]", "mnemic.aio.Store"]
    errors = [line for line in lines if "error:" in line]
    assert len(errors) == 1 and "no_such_field" in errors[0]


# Opening


def test_open_is_awaited_or_entered() -> None:
    async def main() -> None:
        store = await mnemic.aio.open(":memory:")
        try:
            assert isinstance(store, mnemic.aio.Store) and not store.closed
        finally:
            await store.close()
        assert store.closed
        async with await mnemic.aio.open(":memory:") as entered:
            pass
        assert entered.closed
        await entered.close()  # twice is no error

    run(main())


def test_open_that_fails_raises_its_error_and_leaves_no_thread(tmp_path: Path) -> None:
    async def main() -> None:
        before = threading.enumerate()
        with pytest.raises(mnemic.StoreNotFound):
            await mnemic.aio.open(tmp_path / "none.db", create=False)
        with pytest.raises(mnemic.InvalidArgument, match="time_zone"):
            async with mnemic.aio.open(tmp_path / "a.db", time_zone="Mars/Base"):
                pass
        with pytest.raises(mnemic.InvalidArgument, match="threads"):
            await mnemic.aio.open(tmp_path / "a.db", threads=0)
        assert threading.enumerate() == before

    run(main())


def test_cancelled_open_closes_what_it_opened(tmp_path: Path) -> None:
    class Slow(Gate):
        @property
        def space(self) -> mnemic.EmbeddingSpace:  # type: ignore[override]
            self.reached.set()
            assert self.open.wait(LONG)
            return Gate.space

    async def main(embedder: Slow) -> None:
        opening = asyncio.ensure_future(mnemic.aio.open(tmp_path / "a.db", embedder=embedder))
        await happened(embedder.reached)
        await cancelled(opening)
        assert not (tmp_path / "a.db").exists()
        embedder.open.set()

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run(main(Slow()))
        gc.collect()
    assert [warning for warning in caught if warning.category is ResourceWarning] == []
    assert (tmp_path / "a.db").exists() and not (tmp_path / "a.db-wal").exists()


# A loop that goes on


def test_loop_goes_on_while_a_call_waits_in_python() -> None:
    async def main() -> None:
        gate = Gate()
        async with mnemic.aio.open(":memory:", embedder=gate) as store:
            ada = store.scope("ada")
            writing = asyncio.create_task(ada.put("wait"))
            await happened(gate.reached)
            await a_few_turns_of_the_loop()
            assert not writing.done()
            assert await ada.count() == 0  # another call of the same store
            gate.open.set()
            await writing
            assert await ada.count() == 1

    run(main())


def test_an_embedder_may_wait_for_the_loop() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()

        async def ask() -> float:
            await asyncio.sleep(0)
            return 5

        class Asking(Gate):
            def embed(self, texts: list[str], kind: mnemic.EmbedKind) -> Any:
                answers = [asyncio.run_coroutine_threadsafe(ask(), loop).result(LONG) for _ in texts]
                return numpy.array([[1, answer] for answer in answers], dtype=numpy.float32)

        async with mnemic.aio.open(":memory:", embedder=Asking()) as store:
            id = await store.scope("ada").put("x")
            (vector,) = (await store.scope("ada").get(id, vectors=True)).vectors.values()
            assert vector[1] / vector[0] == pytest.approx(5, rel=0.1)

    run(main())


def test_many_calls_at_once_all_answer() -> None:
    async def main() -> None:
        async with mnemic.aio.open(":memory:", threads=3) as store:
            ada = store.scope("ada")
            ids = await asyncio.gather(*(ada.put(f"keyword{number:02}") for number in range(20)))
            answers = await asyncio.gather(*(ada.recall(f"keyword{number:02}", k=1) for number in range(20)))
            assert [answer[0].id for answer in answers] == ids

    run(main())


def test_calls_see_the_context_variables_of_their_caller() -> None:
    request = contextvars.ContextVar("request", default="none")

    class Seeing(Gate):
        def embed(self, texts: list[str], kind: mnemic.EmbedKind) -> Any:
            self.seen.append(request.get())
            return numpy.ones((len(texts), 2), dtype=numpy.float32)

    async def main() -> None:
        embedder = Seeing()
        async with mnemic.aio.open(":memory:", embedder=embedder) as store:
            async def put(name: str) -> None:
                request.set(name)
                await store.scope("ada").put(name)

            await asyncio.gather(put("one"), put("two"))
        assert sorted(embedder.seen) == ["one", "two"]

    run(main())


def test_a_store_serves_several_loops() -> None:
    async def open_and_put() -> mnemic.aio.Store:
        store = await mnemic.aio.open(":memory:")
        await store.scope("ada").put("x")
        return store

    async def count_and_close(store: mnemic.aio.Store) -> None:
        assert await store.scope("ada").count() == 1
        await store.close()

    store = asyncio.run(open_and_put())
    run(count_and_close(store))


# Errors


def test_errors_keep_their_class_and_their_traceback() -> None:
    class Mine(Exception):
        pass

    async def main() -> None:
        error = Mine("mine")
        async with mnemic.aio.open(":memory:", embedder=Failing(error)) as store:
            ada = store.scope("ada")
            with pytest.raises(Mine) as raised:
                await ada.put("x")
            assert raised.value is error
            frames = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
            assert frames[0] == "main" and frames[-1] == "embed"
            with pytest.raises(mnemic.NotFound):
                await ada.get("0190163d-8694-739b-aea5-966c26f8ad91")
            with pytest.raises(TypeError):
                await ada.put(3)  # type: ignore[arg-type]
            assert await ada.count() == 0

    run(main())


def test_stop_iteration_from_a_callback_does_not_hang_the_call() -> None:
    async def main() -> None:
        async with mnemic.aio.open(":memory:", embedder=Failing(StopIteration())) as store:
            with pytest.raises(RuntimeError) as raised:
                await store.scope("ada").put("x")
            assert isinstance(raised.value.__cause__, StopIteration)

    run(main())


def test_an_error_keeps_nothing_alive_once_it_is_handled() -> None:
    class Mine(Exception):
        pass

    async def main() -> None:
        embedder = Failing(Mine())
        error = weakref.ref(embedder.error)
        async with mnemic.aio.open(":memory:", embedder=embedder) as store:
            try:
                await store.scope("ada").put("x")
            except Mine:
                del embedder.error
            assert not hasattr(embedder, "error")
        assert error() is None

    gc.disable()
    try:
        run(main())
    finally:
        gc.enable()


# Cancellation


def test_a_cancelled_call_that_waits_for_a_thread_never_begins() -> None:
    async def main() -> None:
        gate = Gate()
        async with mnemic.aio.open(":memory:", embedder=gate, threads=1) as store:
            ada = store.scope("ada")
            first = asyncio.create_task(ada.put("wait"))
            await happened(gate.reached)
            waiting = [asyncio.create_task(ada.put(f"never {number}")) for number in range(3)]
            kept = asyncio.create_task(ada.put("kept"))
            await a_few_turns_of_the_loop()
            for task in waiting:
                await cancelled(task)
            gate.open.set()
            await asyncio.gather(first, kept)
            assert gate.seen == ["wait", "kept"]
            assert await ada.count() == 2

    run(main())


def test_a_call_under_way_is_left_at_once_and_stands() -> None:
    async def main() -> None:
        gate = Gate()
        async with mnemic.aio.open(":memory:", embedder=gate, threads=1) as store:
            ada = store.scope("ada")
            task = asyncio.create_task(ada.put("wait"))
            await happened(gate.reached)
            await cancelled(task)
            assert not gate.open.is_set()  # it is still under way
            gate.open.set()
            assert await ada.count() == 1

    run(main())


def test_a_call_under_way_that_fails_after_it_was_left_disturbs_nobody(caplog: pytest.LogCaptureFixture) -> None:
    class FailingGate(Gate):
        def embed(self, texts: list[str], kind: mnemic.EmbedKind) -> Any:
            super().embed(texts, kind)
            raise ZeroDivisionError

    async def main() -> None:
        gate = FailingGate()
        async with mnemic.aio.open(":memory:", embedder=gate, threads=1) as store:
            task = asyncio.create_task(store.scope("ada").put("wait"))
            await happened(gate.reached)
            await cancelled(task)
            gate.open.set()
            assert await store.scope("ada").count() == 0

    run(main())
    assert caplog.records == []


def test_put_many_ends_after_the_commit_under_way() -> None:
    async def main() -> None:
        gate = Gate()
        read: list[str] = []
        reported: list[int] = []

        def items() -> Iterator[str]:
            for number in range(1000):
                read.append(f"{'wait' if number == 3 else 'note'} {number}")
                yield read[-1]

        async with mnemic.aio.open(":memory:", embedder=gate, threads=1) as store:
            ada = store.scope("ada")
            task = asyncio.create_task(ada.put_many(items(), chunk=2, progress=reported.append))
            await happened(gate.reached)
            await cancelled(task)
            gate.open.set()
            assert await ada.count() == 4  # the one thread is free again: the call has ended
            assert len(read) == 4 and reported == [2, 4]

    run(main())


def test_put_many_of_a_list_ends_after_the_commit_under_way() -> None:
    async def main() -> None:
        gate = Gate()
        async with mnemic.aio.open(":memory:", embedder=gate, threads=1) as store:
            ada = store.scope("ada")
            task = asyncio.create_task(ada.put_many(["note 0", "wait 1", "note 2", "note 3"], chunk=1))
            await happened(gate.reached)
            await cancelled(task)
            gate.open.set()
            assert await ada.count() == 2

    run(main())


def test_put_many_that_is_cancelled_while_it_reads_commits_no_more() -> None:
    async def main() -> None:
        reading, go_on = threading.Event(), threading.Event()

        def items() -> Iterator[str]:
            for number in range(1000):
                if number == 5:
                    reading.set()
                    assert go_on.wait(LONG)
                yield f"note {number}"

        async with mnemic.aio.open(":memory:", threads=1) as store:
            ada = store.scope("ada")
            task = asyncio.create_task(ada.put_many(items(), chunk=4))
            await happened(reading)
            await cancelled(task)
            go_on.set()
            assert await ada.count() == 4

    run(main())


def test_put_many_takes_vectors_and_reports_as_its_twin_does() -> None:
    async def main() -> None:
        vectors = numpy.eye(3, 2, dtype=numpy.float32) + 1
        async with mnemic.aio.open(":memory:", embedder=Gate()) as store:
            ada = store.scope("ada")
            reported: list[int] = []
            assert len(await ada.put_many(["a", "b", "c"], vectors=vectors, chunk=2, progress=reported.append)) == 3
            assert reported == [2, 3]
            assert len(await ada.put_many((text for text in "def"), vectors=vectors)) == 3
            with pytest.raises(mnemic.InvalidArgument, match="vectors"):
                await ada.put_many(["a"], vectors=vectors)

            def tired(stored: int) -> None:
                raise KeyError(stored)

            with pytest.raises(KeyError):
                await ada.put_many(["g", "h"], chunk=1, progress=tired)
            assert await ada.count() == 7

    run(main())


def test_put_many_refuses_what_its_twin_refuses() -> None:
    wrong: list[dict[str, Any]] = [
        {"items": {"text": "x"}}, {"items": "text"}, {"items": None}, {"items": 3}, {"items": ["x"], "progress": 3},
        {"items": ["x"], "chunk": 0}, {"items": [3]},
    ]

    async def main() -> None:
        with mnemic.open(":memory:") as sync:
            async with mnemic.aio.open(":memory:") as store:
                for arguments in wrong:
                    with pytest.raises((TypeError, mnemic.InvalidArgument)) as wanted:
                        sync.scope("ada").put_many(**arguments)
                    with pytest.raises(type(wanted.value)) as raised:
                        await store.scope("ada").put_many(**arguments)
                    assert str(raised.value) == str(wanted.value)
                assert await store.scope("ada").count() == 0

    run(main())


def test_a_batch_whose_commit_goes_on_takes_nothing_more() -> None:
    async def main() -> None:
        gate = Gate()
        async with mnemic.aio.open(":memory:", embedder=gate, threads=1) as store:
            ada = store.scope("ada")
            batch = ada.batch()
            batch.put("wait")
            commit = asyncio.create_task(batch.commit())
            await happened(gate.reached)
            await cancelled(commit)
            with pytest.raises(RuntimeError, match="being committed"):
                batch.put("more")
            with pytest.raises(RuntimeError, match="being committed"):
                await batch.commit()
            gate.open.set()
            assert await ada.count() == 1
            assert len(batch.written) == 1

    run(main())


def test_a_batch_whose_commit_never_began_or_failed_can_be_committed() -> None:
    async def main() -> None:
        gate = Gate()
        async with mnemic.aio.open(":memory:", embedder=gate, threads=1) as store:
            ada = store.scope("ada")
            first = asyncio.create_task(ada.put("wait"))
            await happened(gate.reached)
            batch = ada.batch()
            batch.put("one", key="k")
            commit = asyncio.create_task(batch.commit())
            await a_few_turns_of_the_loop()
            await cancelled(commit)
            gate.open.set()
            await first
            batch.put("two")
            assert len(await batch.commit()) == 2

            failing = ada.batch()
            failing.put("")
            for _ in range(2):
                with pytest.raises(mnemic.InvalidArgument, match="operation 0"):
                    await failing.commit()
            assert await ada.count() == 3

    run(main())


# Closing


def test_close_waits_for_the_calls_made_before_and_takes_no_more() -> None:
    async def main() -> None:
        gate = Gate()
        store = await mnemic.aio.open(":memory:", embedder=gate, threads=1)
        ada = store.scope("ada")
        under_way = asyncio.create_task(ada.put("wait"))
        await happened(gate.reached)
        waiting = asyncio.create_task(ada.put_many(["one", "two"]))
        await a_few_turns_of_the_loop()
        closing = [asyncio.create_task(store.close()) for _ in range(2)]
        await a_few_turns_of_the_loop()
        with pytest.raises(mnemic.FailedPrecondition, match="closed"):
            await ada.count()
        assert not any(task.done() for task in (under_way, waiting, *closing)) and not store.closed
        gate.open.set()
        await asyncio.gather(*closing)
        assert store.closed and isinstance(await under_way, str) and len(await waiting) == 2
        with pytest.raises(mnemic.FailedPrecondition, match="closed"):
            store.scope("ada")

    run(main())


def test_close_leaves_no_thread() -> None:
    async def main() -> None:
        before = set(threading.enumerate())
        store = await mnemic.aio.open(":memory:", threads=4)
        assert set(threading.enumerate()) == before  # none is started before it is needed
        await asyncio.gather(*(store.scope("ada").put(f"note {number}") for number in range(10)))
        assert 1 <= len(set(threading.enumerate()) - before) <= 4
        await store.close()
        assert set(threading.enumerate()) == before

    run(main())


def test_a_cancelled_block_closes_its_store(tmp_path: Path) -> None:
    async def main() -> None:
        gate = Gate()
        stores: list[mnemic.aio.Store] = []

        async def work() -> None:
            async with mnemic.aio.open(tmp_path / "a.db", embedder=gate) as store:
                stores.append(store)
                await store.scope("ada").put("wait")

        task = asyncio.create_task(work())
        await happened(gate.reached)
        task.cancel()
        await a_few_turns_of_the_loop()
        assert not task.done()  # it waits for the call it has left
        gate.open.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert stores[0].closed
        async with mnemic.aio.open(tmp_path / "a.db", embedder=gate) as store:
            assert await store.scope("ada").count() == 1  # it stands

    run(main())


def test_a_cancelled_close_goes_on() -> None:
    async def main() -> None:
        gate = Gate()
        store = await mnemic.aio.open(":memory:", embedder=gate)
        writing = asyncio.create_task(store.scope("ada").put("wait"))
        await happened(gate.reached)
        closing = asyncio.create_task(store.close())
        await a_few_turns_of_the_loop()
        await cancelled(closing)
        assert not store.closed
        gate.open.set()
        await writing
        await store.close()  # the second waits for the first
        assert store.closed

    run(main())


def test_two_who_close_at_once_both_wait_for_the_end() -> None:
    async def main() -> None:
        threads = Threads(1)
        closing, go_on = threading.Event(), threading.Event()
        done: list[str] = []

        def first() -> None:
            closing.set()
            assert go_on.wait(LONG)
            done.append("first")

        one = asyncio.create_task(threads.close(first))
        await happened(closing)
        two = asyncio.create_task(threads.close(lambda: done.append("second")))
        await a_few_turns_of_the_loop()
        go_on.set()
        await asyncio.gather(one, two)
        assert done == ["first", "second"]

    run(main())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork() here")
def test_a_store_carried_across_fork_fails_and_does_not_hang(tmp_path: Path) -> None:
    async def in_child() -> None:
        with pytest.raises(mnemic.FailedPrecondition, match="fork"):
            await ada.count()
        with pytest.raises(mnemic.FailedPrecondition, match="fork"):
            await store.close()

    async def open_and_count() -> mnemic.aio.Store:
        store = await mnemic.aio.open(tmp_path / "a.db")
        await store.scope("ada").count()
        return store

    store = asyncio.run(open_and_count())
    ada = store.scope("ada")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads
        child = os.fork()
    if child == 0:
        signal.alarm(LONG)
        try:
            asyncio.run(in_child())
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    run(store.close())
