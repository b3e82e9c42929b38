# SPDX-License-Identifier: Apache-2.0
"""Durable jobs: what is enqueued now and done in a slice of ``Store.maintain``, by this process or another."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, List, Tuple

from mnemic import _core
from mnemic.enums import Durability, JobState
from mnemic.scope import Batch, Scope

if TYPE_CHECKING:
    from mnemic.store import Store


class JobBatch(Batch):
    """Changes that are committed with the completion of a job, or not at all; ``JobContext.batch``."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None

    def commit(self) -> Tuple[_core.Written, ...]:
        """Not for a handler: its return commits.

        Raises
        ------
        RuntimeError
            Always.
        """
        raise RuntimeError("the batch of a job is committed when its handler returns")


class JobContext:
    """What a handler may use besides the job, while it runs, in its thread."""

    def __init__(self, core: _core._JobContext, store: Store) -> None:
        self._core = core
        self._scope = Scope(core.scope, store)
        self._batch = JobBatch(self._scope, None)

    def __repr__(self) -> str:
        return "<JobContext>"

    @property
    def attempt(self) -> int:
        """1 is the first."""
        return self._core.attempt

    @property
    def memory_bytes(self) -> int:
        """What this attempt may take. Raise MemoryError when that is not enough: it is tried again with half."""
        return self._core.memory_bytes

    @property
    def deadline(self) -> datetime.datetime:
        """When the slice's time is up, by the store's clock."""
        return self._core.deadline

    @property
    def scope(self) -> Scope:
        """The job's namespace, with all rights."""
        return self._scope

    @property
    def batch(self) -> Batch:
        """Changes to the namespace that are committed with the job's completion, or not at all."""
        return self._batch

    def enqueue(
        self,
        kind: str,
        payload: Any = None,
        *,
        namespace: Tuple[str, ...],
        not_before: datetime.datetime | None = None,
        priority: int = 0,
        key: str = "",
        trace: str = "",
        max_attempts: int = 8,
    ) -> None:
        """Queue a job that comes into being with the completion of this one; see ``Jobs.enqueue``."""
        self._core.enqueue(
            {
                "kind": kind, "payload": payload, "namespace": namespace, "not_before": not_before, "priority": priority,
                "key": key, "trace": trace, "max_attempts": max_attempts,
            }
        )

    def extend(self, by: datetime.timedelta | float) -> None:
        """Make the lease end ``by`` (seconds) from now.

        Raises
        ------
        Aborted
            Somebody else has the job, or it was cancelled.
        InvalidArgument
            Not between a millisecond and a day.
        """
        self._core.extend(by)


JobHandler = Callable[[_core.Job, JobContext], object]
"""``(job, context) -> anything``: returns when the job is done, raises when it is not."""


def _called_by(store: Store, handler: JobHandler) -> Callable[[_core.Job, _core._JobContext], None]:
    def call(job: _core.Job, core: _core._JobContext) -> None:
        context = JobContext(core, store)
        handler(job, context)
        core.write(context._batch._core)

    return call


class Jobs:
    """The jobs of a store, of every namespace; made by ``Store.jobs``. For the application, never for agent code."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._core = _core._jobs(store._core)

    def enqueue(
        self,
        kind: str,
        payload: Any = None,
        *,
        namespace: Tuple[str, ...],
        not_before: datetime.datetime | None = None,
        priority: int = 0,
        key: str = "",
        trace: str = "",
        max_attempts: int = 8,
        durability: Durability | str | None = None,
    ) -> int:
        """Store a job.

        Parameters
        ----------
        kind : str
            Who does it: 1 to 64 letters, digits, ``_``, ``.``, ``-``.
        payload
            What the handler needs: any JSON value.
        namespace : tuple of str
            For whom; namespaces take turns.
        not_before : datetime, optional
            Aware; the clock's now when None.
        priority : int
            Within the namespace the higher ones go first.
        key : str
            When a waiting, leased or still kept done job of this kind and namespace has it, that one is answered instead.
        trace : str
            A trace id; recorded only.
        max_attempts : int
            After so many the job is dead, 1 to 1000.
        durability : Durability, optional
            The store's when None.

        Returns
        -------
        int
            Its id.

        Raises
        ------
        InvalidArgument
            A bad kind, namespace, payload, key, trace or max_attempts.

        Examples
        --------
        >>> import mnemic
        >>> with mnemic.open(":memory:") as store:
        ...     id = store.jobs.enqueue("tidy", {"room": 3}, namespace=("acme", "ada"))
        ...     def tidy(job, context):
        ...         context.batch.put(f"Tidied room {job.payload['room']}.")
        ...     report = store.maintain(handlers={"tidy": tidy})
        ...     report.done, store.jobs.get(id).state, store.scope("acme", "ada").count()
        (1, <JobState.DONE: 'done'>, 1)
        """
        fields = {
            "kind": kind, "payload": payload, "namespace": namespace, "not_before": not_before, "priority": priority, "key": key,
            "trace": trace, "max_attempts": max_attempts,
        }
        return self._core.enqueue(fields, durability)

    def get(self, id: int) -> _core.Job:
        """One job.

        Raises
        ------
        NotFound
            Never was, cancelled, or done and no longer kept.
        """
        return self._core.get(id)

    def list(
        self,
        *,
        state: JobState | str | None = None,
        kind: str = "",
        namespace: Tuple[str, ...] | None = None,
        limit: int = 100,
        after: int = 0,
    ) -> List[_core.Job]:
        """Jobs by id, at most ``limit``; ``after`` the last one's id for the next page.

        Raises
        ------
        InvalidArgument
            A bad namespace, or a bad limit.
        """
        return self._core.list({"state": state, "kind": kind, "namespace": namespace, "limit": limit, "after": after})

    def retry(self, id: int) -> None:
        """Let a dead job wait again, due now, with all its attempts before it.

        Raises
        ------
        NotFound
            As for ``get``.
        FailedPrecondition
            Not dead.
        AlreadyExists
            Another job has its key now.
        """
        self._core.retry(id)

    def cancel(self, id: int) -> None:
        """Remove a job that is not done. If somebody works on it, nothing of that will be written.

        Raises
        ------
        NotFound
            As for ``get``.
        FailedPrecondition
            It is done.
        """
        self._core.cancel(id)

    def processed_up_to(self, kind: str, namespace: Tuple[str, ...]) -> int:
        """The highest id such that no job of this kind and namespace up to it is left to be done; 0: none is done."""
        return self._core.processed_up_to(kind, namespace)
