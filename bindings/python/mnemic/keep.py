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
    key: str | bytes = "",
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
    key : str or bytes
        As for ``mnemic.open``: of the backup, which what is restored keeps, and of the store that is replaced. ``rekey`` changes
        either beforehand.
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
    PermissionDenied
        The key is not the backup's.

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
    return _core._restore(backup, path, keep_replaced, dry_run, force, key, progress)


def salvage(
    damaged: str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    language: str = "english",
    key: str | bytes = "",
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
    key : str or bytes
        As for ``mnemic.open``: of the damaged file; the new store gets it too.
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
    PermissionDenied
        The key is not the file's, or is missing.
    """
    return _core._salvage(damaged, path, language, key, progress)


def rekey(
    path: str | os.PathLike[str],
    *,
    key: str | bytes = "",
    new_key: str | bytes = "",
    progress: Callable[[int, int], object] | None = None,
) -> _core.RekeyReport:
    """Encrypt a store with another key, or for the first time, or not any more.

    Every row is written into a new file, which is verified and takes the place of the old one in one step: whatever stops this
    leaves the store there, whole, with either key. Backups keep theirs. The blocks of the old file are given back to the file
    system, not overwritten.

    Parameters
    ----------
    path : str or os.PathLike
        The store. Nobody may have it open.
    key : str or bytes
        As for ``mnemic.open``: what the store has; "": it is not encrypted.
    new_key : str or bytes
        What it gets; "": it is not encrypted any more.
    progress : callable, optional
        Called with pages done and pages in all. What it raises ends the call, if the store has its old key still, and is raised
        here.

    Returns
    -------
    RekeyReport
        What the store is now.

    Raises
    ------
    StoreNotFound
        No such file.
    PermissionDenied
        The key is not the store's.
    InvalidArgument
        A bad key, or neither given.
    FailedPrecondition
        A key for a store that is not encrypted; no store, or one of another format.
    Busy
        A process, maybe this one, has it open, or wrote to it meanwhile.
    Corruption
        It is damaged, and as it was.
    Unsupported
        This build has no encryption.
    """
    return _core._rekey(path, key, new_key, progress)
