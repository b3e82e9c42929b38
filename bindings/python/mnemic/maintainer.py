# SPDX-License-Identifier: Apache-2.0
"""Slices of ``Store.maintain``, one after the other, in a thread beside the application."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING

from mnemic import _core
from mnemic.errors import Busy, InvalidArgument

if TYPE_CHECKING:
    from mnemic.jobs import JobHandler
    from mnemic.store import Store


def _seconds(span: datetime.timedelta | float) -> float:
    return span.total_seconds() if isinstance(span, datetime.timedelta) else float(span)


class Maintainer:
    """Does what is due while a ``with`` block runs, in a thread of its own, and waits without using the CPU when nothing is.

    Parameters
    ----------
    store : Store
        Not to be closed before the block ends.
    time, items, memory_bytes, lease, handlers
        Of each slice, as for ``Store.maintain``. Handlers are called in the thread.
    idle : float or timedelta
        How long to wait, in seconds, when nothing is due or the file was busy, before looking again: other processes may have
        queued something.
    report : callable, optional
        Called with the ``MaintainReport`` of each slice, in the thread.

    Raises
    ------
    InvalidArgument
        ``idle`` under a millisecond.

    Examples
    --------
    >>> import mnemic, threading
    >>> tidied = threading.Event()
    >>> with mnemic.open(":memory:") as store:
    ...     with mnemic.Maintainer(store, handlers={"tidy": lambda job, context: tidied.set()}) as maintainer:
    ...         _ = store.jobs.enqueue("tidy", namespace=("acme", "ada"))
    ...         maintainer.wake()
    ...         tidied.wait(10)
    True
    """

    def __init__(
        self,
        store: Store,
        *,
        time: datetime.timedelta | float = 1.0,
        items: int = 100,
        memory_bytes: int = 256 << 20,
        lease: datetime.timedelta | float = 60.0,
        handlers: Mapping[str, JobHandler] | None = None,
        idle: datetime.timedelta | float = 1.0,
        report: Callable[[_core.MaintainReport], object] | None = None,
    ) -> None:
        self._idle = _seconds(idle)
        if not self._idle >= 0.001:
            raise InvalidArgument("Maintainer: idle: under 1 ms")

        def one_slice() -> _core.MaintainReport:
            return store.maintain(time=time, items=items, memory_bytes=memory_bytes, lease=lease, handlers=handlers)

        self._slice = one_slice
        self._report = report
        self._wake = threading.Event()
        self._stop = False
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def __repr__(self) -> str:
        return f"<Maintainer {'at work' if self.running else 'at rest'}>"

    @property
    def running(self) -> bool:
        """Whether its thread is at work or waits for work."""
        return self._thread is not None and self._thread.is_alive()

    def wake(self) -> None:
        """End the waiting: there is something to do. From any thread."""
        self._wake.set()

    def start(self) -> None:
        """What entering the ``with`` block does.

        Raises
        ------
        RuntimeError
            It runs already.
        """
        if self.running:
            raise RuntimeError("the Maintainer runs already")
        self._stop = False
        self._error = None
        self._thread = threading.Thread(target=self._run, name="mnemic-maintainer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """What leaving the ``with`` block does: the slice under way is finished first. Once more does nothing.

        Raises
        ------
        Error
            What ended the thread before: an error of ``Store.maintain`` other than Busy, or whatever ``report`` or a handler raised
            that ``Store.maintain`` does not catch.
        """
        self._stop = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        error, self._error = self._error, None
        if error is not None:
            raise error

    def __enter__(self) -> Maintainer:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            while not self._stop:
                self._wake.clear()  # what is queued before the slice looks is found by it
                wait = self._one()
                if not self._stop and wait > 0:
                    self._wake.wait(wait)
        except BaseException as error:  # told by stop()
            self._error = error

    def _one(self) -> float:
        """A slice; then how many seconds to wait."""
        try:
            report = self._slice()
        except Busy:
            return self._idle
        if self._report is not None:
            self._report(report)
        if report.stopped:
            return self._idle
        if report.remaining > 0 and report.done + report.failed + report.parked + report.escalated > 0:
            return 0
        return self._idle if report.next_in is None else min(max(report.next_in.total_seconds(), 0.001), self._idle)
