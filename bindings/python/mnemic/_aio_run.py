# SPDX-License-Identifier: Apache-2.0
"""How mnemic.aio runs a call in a thread, and what becomes of it when the await is cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Any, Generic, NoReturn, Protocol, TypeVar

from mnemic.errors import FailedPrecondition, InvalidArgument
from mnemic.store import Store

T = TypeVar("T")


def _outcome(call: Callable[[], T]) -> Callable[[], T]:
    """What the call did, to be had or raised once: a future cannot hold every exception (StopIteration)."""
    try:
        value = call()
    except BaseException as error:
        return partial(_fail, [error])
    return lambda: value


def _fail(held: list[BaseException]) -> NoReturn:
    raise held.pop()  # its traceback leads to what holds the list


Job = Future[Callable[[], T]]
"""A call that waits for a thread, is under way, or is done."""


async def result_of(job: Job[T]) -> T:
    """What the call gives or raises. Cancelled: one that has not begun never does, one that has goes on without us."""
    return (await asyncio.wrap_future(job))()


def _start_alone(call: Callable[[], T]) -> tuple[Job[T], threading.Thread]:
    job: Job[T] = Future()
    job.set_running_or_notify_cancel()  # from here on it cannot be taken back
    context = contextvars.copy_context()
    thread = threading.Thread(target=lambda: job.set_result(context.run(_outcome, call)), name="mnemic")
    thread.start()
    return job, thread


async def _ended(job: Job[T], thread: threading.Thread) -> T:
    outcome = await asyncio.wrap_future(job)
    thread.join()  # it has nothing left to do
    return outcome()


async def run_alone(call: Callable[[], T], stop: Stop) -> T:
    """What a call gives or raises that has a thread of its own; ``stop`` is asked when it is cancelled."""
    try:
        return await _ended(*_start_alone(call))
    except asyncio.CancelledError:
        stop.ask()
        raise


class Threads:
    """The threads of one store; any event loop may use them."""

    def __init__(self, count: int) -> None:
        if count < 1:
            raise InvalidArgument("threads: not positive")
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="mnemic")
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._closing = False
        self._end = threading.Lock()

    def start(self, call: Callable[[], T]) -> Job[T]:
        """Have a thread make the call, with the context variables of the caller."""
        self._require_process()
        with self._lock:
            if self._closing:
                raise FailedPrecondition("the store is closed")
            return self._pool.submit(contextvars.copy_context().run, _outcome, call)

    async def run(self, call: Callable[[], T], stop: Stop | None = None) -> T:
        """What the call gives or raises; ``stop`` is asked when it is cancelled."""
        try:
            return await result_of(self.start(call))
        except asyncio.CancelledError:
            if stop is not None:
                stop.ask()
            raise

    async def iterate(self, make: Callable[[], Iterator[T]]) -> AsyncIterator[T]:
        """The items of an iterator that may wait before each of them, none of which is None."""
        iterator = make()
        while (item := await self.run(lambda: next(iterator, None))) is not None:
            yield item

    async def close(self, finish: Callable[[], None]) -> None:
        """Take no more calls, wait for those there are, end the threads, then finish; goes on when it is cancelled."""
        self._require_process()
        with self._lock:
            self._closing = True

        def end() -> None:
            with self._end:  # whoever closes at the same time returns when it is closed, too
                self._pool.shutdown(wait=True)
                finish()

        await _ended(*_start_alone(end))

    def _require_process(self) -> None:
        if os.getpid() != self._process:  # the threads are not here
            raise FailedPrecondition(
                'the store was opened before fork(): open it again in the child, or start processes with "spawn"'
            )


class Stop:
    """Ends a call with a ``progress`` between two steps, once nobody waits for it any more."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    def ask(self) -> None:
        """Let the call end."""
        self._asked.set()

    def after(self, progress: Callable[..., object] | None) -> Callable[..., object]:
        """To be given for the caller's ``progress``."""
        if progress is not None and not callable(progress):
            return progress  # the call says what is wrong with it

        def report(*done: int) -> None:
            if progress is not None:
                progress(*done)
            self._check()

        return report

    def items(self, items: Iterable[T]) -> Iterable[T]:
        """To be given for the caller's: what is made while it is read ends, too."""
        lazy = isinstance(items, Iterable) and not isinstance(items, (Sequence, Mapping))
        return self._each(items) if lazy else items

    def _each(self, items: Iterable[T]) -> Iterator[T]:
        for item in items:
            self._check()
            yield item

    def _check(self) -> None:
        if self._asked.is_set():
            raise RuntimeError("cancelled")  # seen by nobody


class Twin(Generic[T]):
    """The async twin of an object: makes its calls in threads."""

    def __init__(self, sync: T, threads: Threads) -> None:
        self._sync = sync
        self._threads = threads

    def __repr__(self) -> str:
        return repr(self._sync)


class _Closable(Protocol):
    async def close(self) -> None: ...


StoreT = TypeVar("StoreT", bound=_Closable)


class Opening(Generic[StoreT]):
    """A store about to be opened: ``await`` it, or use it in an ``async with``, which also closes it."""

    def __init__(self, call: Callable[[], Store], twin: Callable[[Store, Threads], StoreT], threads: int) -> None:
        self._call = call
        self._twin = twin
        self._threads = threads

    def __await__(self) -> Generator[Any, None, StoreT]:
        return self._open().__await__()

    async def _open(self) -> StoreT:
        threads = Threads(self._threads)
        job, thread = _start_alone(self._call)
        try:
            store = await _ended(job, thread)
        except asyncio.CancelledError:
            _start_alone(lambda: _close_abandoned(job))
            raise
        return self._twin(store, threads)

    async def __aenter__(self) -> StoreT:
        self._store = await self
        return self._store

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._store.close()


def _close_abandoned(job: Job[Store]) -> None:
    """Closes what is being opened for nobody."""
    with contextlib.suppress(Exception):
        job.result()().close()
