# SPDX-License-Identifier: Apache-2.0
"""Exceptions: one class for each code of the library, each also the built-in that Python would raise for it. An argument
of the wrong *type* raises plain ``TypeError``; one of the right type with a wrong value raises ``InvalidArgument``.

A failed call changed nothing."""

from __future__ import annotations

import warnings


class Error(Exception):
    """The base of all. ``code`` is the stable name ("kBusy"), ``extended_code`` SQLite's or the system's number, or 0."""

    code: str = "kInternal"

    def __init__(self, message: str = "", extended_code: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.extended_code = extended_code

    def __str__(self) -> str:
        return self.message


class InvalidArgument(Error, ValueError):
    """The input is wrong; the message names the field. Mend it; retrying cannot help."""

    code = "kInvalidArgument"


class NotFound(Error, KeyError):
    """No such memory for this scope (foreign and unknown ids look the same)."""

    code = "kNotFound"


class StoreNotFound(NotFound, FileNotFoundError):
    """No such file or directory; raised by what takes a path."""


class PermissionDenied(Error, PermissionError):
    """The scope or the file does not allow it."""

    code = "kPermissionDenied"


class AlreadyExists(Error, FileExistsError):
    """The id, the key or the file is taken."""

    code = "kAlreadyExists"


class FailedPrecondition(Error, RuntimeError):
    """The state is wrong: a closed or read-only store, one carried across fork(), a newer file format."""

    code = "kFailedPrecondition"


class Busy(Error, TimeoutError):
    """Another process held the file past ``busy_timeout``. Retry the same call later."""

    code = "kBusy"


class Aborted(Error, RuntimeError):
    """Lost a race: ``if_version`` no longer holds. Read again, then retry the whole change."""

    code = "kAborted"


class Cancelled(Error, RuntimeError):
    """The caller's own callback stopped it."""

    code = "kCancelled"


class ResourceExhausted(Error, OSError):
    """A limit, the memory or the disk is full."""

    code = "kResourceExhausted"


class Corruption(Error, RuntimeError):
    """The file is damaged. Run ``Store.check``, restore a backup; never ignore."""

    code = "kCorruption"


class IoError(Error, OSError):
    """The operating system failed a read or write."""

    code = "kIo"


class Unsupported(Error, NotImplementedError):
    """Not possible in this build or on this file system."""

    code = "kUnsupported"


class Internal(Error, RuntimeError):
    """A bug of ours. Please report it with the message."""

    code = "kInternal"


class LiveFileWarning(UserWarning):
    """Something in this process opens the file of a live store by other means; use ``Store.snapshot`` for a copy."""


# By the stable numbers of mnemic::StatusCode.
_BY_CODE: dict[int, type[Error]] = {
    1: InvalidArgument, 2: NotFound, 3: PermissionDenied, 4: AlreadyExists, 5: FailedPrecondition, 6: Busy, 7: Aborted,
    8: Cancelled, 9: ResourceExhausted, 10: Corruption, 11: IoError, 12: Unsupported, 13: Internal,
}


def _from_status(code: int, message: str, extended_code: int) -> Error:
    kind = _BY_CODE.get(code, Internal)
    # Only calls that take a path answer kNotFound in these words; memories are never "files".
    if kind is NotFound and message.startswith(("open: ", "snapshot: ", "backup: ", "restore: ", "salvage: ", "rekey: ")):
        kind = StoreNotFound
    if "before fork()" in message:
        message += ', or start processes with "spawn"'
    return kind(message, extended_code)


def _warn_live_file(opener: str, stacklevel: int) -> None:
    warnings.warn(
        f"{opener} opens the file of a live mnemic store. When it closes it, the locks of SQLite on that file are dropped; "
        "mnemic guards its own writes against that, but read a copy instead: store.snapshot(path)",
        LiveFileWarning,
        stacklevel=stacklevel,
    )
