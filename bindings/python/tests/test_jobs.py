# SPDX-License-Identifier: Apache-2.0
"""Durable jobs and handlers in Python."""

from __future__ import annotations

import asyncio
import datetime
import threading
from typing import Any

import mnemic
import mnemic.aio
import pytest
from mnemic import JobState

ADA = ("acme", "ada")


class Clock:
    """Moves when told."""

    def __init__(self) -> None:
        self.now = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)

    def __call__(self) -> datetime.datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += datetime.timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> Any:
    with mnemic.open(":memory:", clock=clock, seed=1) as opened:
        yield opened


def test_a_job_is_read_back_and_done_with_its_batch(store: mnemic.Store, clock: Clock) -> None:
    id = store.jobs.enqueue("work", {"n": 3}, namespace=ADA, priority=-2, key="k", trace="t", max_attempts=4)
    job = store.jobs.get(id)
    assert (job.id, job.kind, job.namespace, job.payload, job.priority) == (id, "work", ADA, {"n": 3}, -2)
    assert (job.key, job.trace, job.attempts, job.max_attempts, job.state) == ("k", "t", 0, 4, "waiting")
    assert job.not_before == job.created_at == clock.now
    assert job.lease_until is None
    assert job.to_dict()["payload"] == {"n": 3}
    assert "work" in repr(job)
    assert store.jobs.enqueue("work", namespace=ADA, key="k") == id
    seen: list[Any] = []

    def work(job: mnemic.Job, context: mnemic.JobContext) -> None:
        seen.append((job.payload["n"], context.attempt, context.memory_bytes, context.deadline, job.state, context))
        context.batch.put("Made by a job.")
        context.enqueue("more", {"n": 4}, namespace=("acme", "bob"))
        context.extend(30)
        assert context.scope.namespace == ADA
        assert context.scope.count() == 0
        with pytest.raises(RuntimeError):
            context.batch.commit()

    report = store.maintain(time=2.0, memory_bytes=1000, handlers={"work": work})
    assert (report.done, report.failed, report.remaining, report.stopped) == (1, 0, 0, False)
    assert report.to_dict()["done"] == 1
    assert seen[0][:5] == (3, 1, 1000, clock.now + datetime.timedelta(seconds=2), JobState.LEASED)
    assert store.scope(*ADA).count() == 1
    assert [job.kind for job in store.jobs.list(state="waiting")] == ["more"]
    assert store.jobs.list(namespace=ADA, state=JobState.DONE)[0].id == id
    assert store.jobs.processed_up_to("work", ADA) == id
    with pytest.raises(RuntimeError):  # the handler kept it
        seen[0][5].extend(30)


def test_what_a_handler_raises_is_the_reason(store: mnemic.Store, clock: Clock) -> None:
    id = store.jobs.enqueue("work", namespace=ADA, max_attempts=2)

    def work(job: mnemic.Job, context: mnemic.JobContext) -> None:
        context.batch.put("Half done.")
        raise ValueError("no such tool")

    assert store.maintain(handlers={"work": work}).failed == 1
    assert store.jobs.get(id).error == "ValueError: no such tool"
    clock.advance(1)
    assert store.maintain(handlers={"work": work}).parked == 1
    assert store.jobs.get(id).state == JobState.DEAD
    assert store.stats().jobs_dead == 1
    assert store.scope(*ADA).count() == 0
    store.jobs.retry(id)
    assert store.maintain(handlers={"work": lambda job, context: None}).done == 1


def test_memory_is_halved(store: mnemic.Store) -> None:
    store.jobs.enqueue("work", namespace=ADA)
    caps = []

    def work(job: mnemic.Job, context: mnemic.JobContext) -> None:
        caps.append(context.memory_bytes)
        if len(caps) < 3:
            raise MemoryError

    report = store.maintain(memory_bytes=1000, handlers={"work": work})
    assert (report.escalated, report.done, caps) == (2, 1, [1000, 500, 250])
    assert store.stats().escalations == 2


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_passes_and_leaves_the_job_waiting(store: mnemic.Store, kind: type[BaseException]) -> None:
    id = store.jobs.enqueue("work", namespace=ADA)
    error = kind()

    def work(job: mnemic.Job, context: mnemic.JobContext) -> None:
        raise error

    with pytest.raises(kind) as raised:
        store.maintain(handlers={"work": work})
    assert raised.value is error
    job = store.jobs.get(id)
    assert (job.state, job.attempts, job.error) == (JobState.WAITING, 0, "")


def test_cancelled_ends_the_slice(store: mnemic.Store) -> None:
    for _ in range(2):
        store.jobs.enqueue("work", namespace=ADA)

    def work(job: mnemic.Job, context: mnemic.JobContext) -> None:
        raise mnemic.Cancelled("not now")

    report = store.maintain(handlers={"work": work})
    assert (report.stopped, report.remaining, report.failed) == (True, 2, 0)


def test_a_lost_lease(store: mnemic.Store, clock: Clock) -> None:
    id = store.jobs.enqueue("work", namespace=ADA)

    def work(job: mnemic.Job, context: mnemic.JobContext) -> None:
        store.jobs.cancel(id)
        with pytest.raises(mnemic.Aborted):
            context.extend(datetime.timedelta(seconds=5))

    assert store.maintain(handlers={"work": work}).lost == 1
    with pytest.raises(mnemic.NotFound):
        store.jobs.get(id)


def test_bad_arguments_are_named(store: mnemic.Store) -> None:
    jobs = store.jobs
    with pytest.raises(mnemic.InvalidArgument, match="kind"):
        jobs.enqueue("two words", namespace=ADA)
    with pytest.raises(mnemic.InvalidArgument, match="max_attempts"):
        jobs.enqueue("work", namespace=ADA, max_attempts=0)
    with pytest.raises(TypeError, match="namespace"):
        jobs.enqueue("work", namespace="acme/ada")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="priority"):
        jobs.enqueue("work", namespace=ADA, priority=True)
    with pytest.raises(ValueError, match="priority"):
        jobs.enqueue("work", namespace=ADA, priority=2**40)
    with pytest.raises(TypeError, match="payload"):
        jobs.enqueue("work", object(), namespace=ADA)
    with pytest.raises(ValueError, match="state"):
        jobs.list(state="sleeping")
    with pytest.raises(TypeError, match="handlers"):
        store.maintain(handlers={"work": 3})  # type: ignore[dict-item]
    with pytest.raises(mnemic.InvalidArgument, match="embed"):
        store.maintain(handlers={"embed": lambda job, context: None})
    with pytest.raises(mnemic.InvalidArgument, match="lease"):
        store.maintain(lease=0)
    with pytest.raises(mnemic.NotFound):
        jobs.get(77)
    with pytest.raises(TypeError, match="id"):
        jobs.get("77")  # type: ignore[arg-type]
    with pytest.raises(mnemic.FailedPrecondition):
        id = jobs.enqueue("work", namespace=ADA)
        jobs.retry(id)


def test_a_store_without_an_embedder_gets_its_vectors_later(tmp_path: Any) -> None:
    with mnemic.open(tmp_path / "m.db", embedder=None) as store:
        store.scope(*ADA).put("Prefers window seats")
        assert store.maintain().done == 0
    with mnemic.open(tmp_path / "m.db") as store:
        assert store.stats().without_vector == 1
        assert store.maintain().done == 1
        assert store.stats().without_vector == 0


def test_async() -> None:
    async def go() -> None:
        async with mnemic.aio.open(":memory:") as store:
            id = await store.jobs.enqueue("work", namespace=ADA)
            report = await store.maintain(handlers={"work": lambda job, context: None})
            assert report.done == 1
            assert (await store.jobs.get(id)).state == JobState.DONE

    asyncio.run(go())


def test_a_maintainer_does_what_is_due_until_the_block_ends() -> None:
    done: list[int] = []
    enough = threading.Event()

    def work(job: mnemic.Job, context: mnemic.JobContext) -> None:
        assert threading.current_thread() is not threading.main_thread()
        done.append(job.payload)
        context.batch.put(f"Did {job.payload}.")
        if len(done) == 5:
            enough.set()

    reports: list[mnemic.MaintainReport] = []
    with mnemic.open(":memory:") as store:
        maintainer = mnemic.Maintainer(store, handlers={"work": work}, items=2, idle=3600, report=reports.append)
        assert not maintainer.running
        with maintainer:
            assert maintainer.running
            with pytest.raises(RuntimeError, match="runs already"):
                maintainer.start()
            for n in range(5):  # after the first look, most likely: idle is an hour, so only wake() makes it look again
                store.jobs.enqueue("work", n, namespace=ADA)
            maintainer.wake()
            assert enough.wait(60)
        assert not maintainer.running
        assert sorted(done) == list(range(5))
        assert store.scope(*ADA).count() == 5
        assert all(report.done <= 2 for report in reports)
        assert sum(report.done for report in reports) == 5

        store.jobs.enqueue("work", 5, namespace=ADA)
        maintainer.start()  # once more
        while len(done) < 6:
            threading.Event().wait(0.001)
        maintainer.stop()
        maintainer.stop()
        assert store.scope(*ADA).count() == 6


def test_a_maintainer_waits_for_the_time_of_a_job() -> None:
    ran = threading.Event()
    with mnemic.open(":memory:") as store:
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(milliseconds=50)
        store.jobs.enqueue("work", namespace=ADA, not_before=soon)
        with mnemic.Maintainer(store, handlers={"work": lambda job, context: ran.set()}, idle=3600):
            assert ran.wait(60)


def test_a_maintainer_tells_what_ended_it() -> None:
    store = mnemic.open(":memory:")
    with pytest.raises(mnemic.InvalidArgument, match="idle"):
        mnemic.Maintainer(store, idle=0)

    def broken(report: mnemic.MaintainReport) -> None:
        raise ZeroDivisionError("in a report")

    maintainer = mnemic.Maintainer(store, report=broken)
    with pytest.raises(ZeroDivisionError, match="in a report"), maintainer:
        while maintainer.running:
            threading.Event().wait(0.001)
    maintainer.stop()  # it was told

    store.close()
    maintainer = mnemic.Maintainer(store)
    maintainer.start()
    with pytest.raises(mnemic.FailedPrecondition):
        maintainer.stop()
