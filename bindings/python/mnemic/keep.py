# SPDX-License-Identifier: Apache-2.0
"""Keeping a store: what is done to files that nobody has open. ``Store.backup`` is for one in use."""

from __future__ import annotations

import os
from collections.abc import Callable

from mnemic import _core


def restore(
    backup: str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    keep_replaced: bool = True,
    dry_run: bool = False,
    force: bool = False,
    progress: Callable[[int, int], object] | None = None,
) -> _core.RestoreReport:
    """Put a backup, or a snapshot, in the place of the store at ``path``, in one step. The backup is not changed.

    Whatever stops this leaves either the old store or the new one there, whole. First the backup is verified, all of it. What was
    erased in the store that is replaced is erased in what is restored too, before it gets its name.

    Parameters
    ----------
    backup : str or os.PathLike
        A file; it may be a store in use.
    path : str or os.PathLike
        Where the store is to be; nothing need be there. Nobody may have it open.
    keep_replaced : bool
        The replaced store stays as ``<path>.replaced-<n>``; off: it is deleted.
    dry_run : bool
        Check only, and change nothing.
    force : bool
        Also replace a store that cannot be read, so that its erasures cannot be repeated, or one that the backup is not of.
    progress : callable, optional
        Called with pages done and pages in all. What it raises ends the call, if nothing was replaced yet, and is raised here. It
        must not use the store.

    Returns
    -------
    RestoreReport
        What is there now, and what was undone.

    Raises
    ------
    StoreNotFound
        No such backup, or no such directory.
    Corruption
        The backup is damaged.
    Busy
        A process, maybe this one, has the store at ``path`` open.
    FailedPrecondition
        The backup is no store. Without ``force``: what is at ``path`` cannot be read, or is no store that the backup is of.
    AlreadyExists
        Nothing is at ``path``, but a -wal, -shm or -journal of it.
    InvalidArgument
        A path that names no file, or both the same one.

    Examples
    --------
    >>> import mnemic, os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path, copy = os.path.join(folder, "agent.db"), os.path.join(folder, "agent.backup")
    ...     with mnemic.open(path) as store:
    ...         _ = store.scope("ada").put("Prefers window seats")
    ...         _ = store.backup(copy)
    ...         _ = store.scope("ada").forget(where={})
    ...     mnemic.restore(copy, path).changes_undone
    ...     with mnemic.open(path) as store:
    ...         store.scope("ada").count()
    1
    1
    """
    return _core._restore(backup, path, keep_replaced, dry_run, force, progress)


def salvage(
    damaged: str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    language: str = "english",
    progress: Callable[[int, int], object] | None = None,
) -> _core.SalvageReport:
    """Bring every memory whose checksum holds out of a damaged file into a new store, and list the rest.

    For a file that ``Store.check`` cannot mend and that has no backup. It is only read. Rows are copied as they are; what had
    ended stays ended. The new store has an identity of its own: it does not replace backups of the damaged one.

    Parameters
    ----------
    damaged : str or os.PathLike
        A store's file, with its -wal beside it if there is one. Nobody may be writing it.
    path : str or os.PathLike
        The new store; nothing may be there.
    language : str
        Of the words, as for ``mnemic.open``, when the damaged file does not say.
    progress : callable, optional
        Called with pages done and pages in all. What it raises ends the call and is raised here.

    Returns
    -------
    SalvageReport
        What came out, and what did not.

    Raises
    ------
    StoreNotFound
        No such file, or no such directory.
    AlreadyExists
        Something is at ``path``.
    Corruption
        Not one row came out; nothing is at ``path``.
    InvalidArgument
        A path that names no file, or no such language.
    """
    return _core._salvage(damaged, path, language, progress)
