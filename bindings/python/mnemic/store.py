# SPDX-License-Identifier: Apache-2.0
"""The store: one file holding everything, and the powers over all of it."""

from __future__ import annotations

import datetime
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, List, Literal, Tuple

from mnemic import _core
from mnemic.enums import Access, Durability, Layer, OnConflict, Reach, TransferFormat
from mnemic.inputs import Limits, Where
from mnemic.jobs import JobHandler, Jobs, _called_by
from mnemic.models import Clock, Embedder, Log, Screen, TokenCounter
from mnemic.policies import Policies
from mnemic.scope import Scope


def open(
    path: str | os.PathLike[str],
    *,
    access: Access | str = Access.READ_WRITE,
    create: bool = True,
    time_zone: str = "UTC",
    language: str = "english",
    embedder: Embedder | Literal["default"] | None = "default",
    token_counter: TokenCounter | None = None,
    screen: Screen | None = None,
    clock: Clock | None = None,
    seed: int | None = None,
    durability: Durability | str = Durability.FULL,
    busy_timeout: datetime.timedelta | float = 5.0,
    cache_bytes: int = 2 << 30,
    embedding_cache_bytes: int = 16 << 20,
    readers: int = 4,
    limits: Limits | None = None,
    log: Log | None = None,
    erasure_key: str | bytes = "",
    quarantine_erased: bool = False,
    recover_within: datetime.timedelta | float | None = datetime.timedelta(days=30),
    key: str | bytes = "",
) -> Store:
    """Open a store, or make one. The file has mode 0600; while it is open, ``<path>-wal`` and ``<path>-shm`` stand beside it.

    Parameters
    ----------
    path : str or os.PathLike
        A file, never a URI, or ":memory:" for a private store that is never on disk.
    access : Access
        READ_ONLY never writes the file.
    create : bool
        Make the file when it does not exist.
    time_zone : str
        IANA name; times are printed in it, and memories remember it.
    language : str
        Snowball stemmer of the words; fixed when the file is made.
    embedder : Embedder, "default" or None
        What turns text into vectors; "default" is ``mnemic.default_embedder()``, others are in ``mnemic.embedders``. None: no
        vectors are computed, recall works by words (and by vectors the caller gives). A file goes by one embedder; another one
        is given to ``Store.reembed``.
    token_counter : callable, optional
        ``text -> int``; an estimate that errs on the high side when None.
    screen : callable, optional
        Sees every text before it is stored; ``mnemic.secret_screen()`` is one.
    clock : callable, optional
        ``() -> aware datetime``; the system's when None.
    seed : int, optional
        Ids and nonces come from this seed instead of the system's random numbers: for tests and replays, not for secrets.
    durability : Durability
        RELAXED: a power cut may take the newest writes back until ``flush``; a killed process loses nothing either way.
    busy_timeout : float or timedelta
        Seconds that a call waits for other processes before Busy.
    cache_bytes : int
        Memory for the searchable form of namespaces; those asked longest ago are let go of first. A larger one is still
        answered, slower.
    embedding_cache_bytes : int
        Memory for vectors that the embedder gave before: a text stored or asked again in the same namespace is not embedded
        again. 0: none.
    readers : int
        Read connections, made when needed, 1 to 64.
    limits : dict, optional
        Bounds on input; see Limits.
    log : callable, optional
        Gets warnings that no call can raise.
    erasure_key : str or bytes
        A secret of 16 to 1024 bytes (a str in UTF-8), or "". With it ``Admin.erase`` leaves keyed hashes of the erased texts,
        and a write of one of them again in the same namespace raises PermissionDenied. It is never stored; another key
        recognises nothing of this one's.
    quarantine_erased : bool
        Store such a write with State.QUARANTINED instead, and a fact whose value was rejected.
    recover_within : float or timedelta, optional
        Seconds, whole ones, 0 or more: what was forgotten, or has expired, this long ago is erased by a job of
        ``Store.maintain``. None: never.
    key : str or bytes
        A secret of 8 to 1024 bytes (a str in UTF-8) with which the file is encrypted, in builds that can; "": it is not. It is
        never stored: without it nobody reads the file again. "x'…'" around 64 hexadecimal digits: 256 random bits, that cost no
        derivation.

    Returns
    -------
    Store
        To be closed, or used in a ``with``. Any thread may use it; a process made by ``fork`` may not: open it anew there,
        or start processes with "spawn".

    Raises
    ------
    StoreNotFound
        No such file, and ``create`` is off or the store is to be read-only, or no such directory.
    InvalidArgument
        An option out of bounds, an unknown time zone or language.
    Corruption
        Not a SQLite file, or a damaged one.
    FailedPrecondition
        A database of something else, a newer format, another language than the file's, or another embedder than the one it goes
        by; the message names both. A key for a file that is not encrypted.
    PermissionDenied
        A symbolic link, or a file that may not be written. The key is not the file's, or is missing.
    Unsupported
        A network file system, or a key in a build without encryption.

    Examples
    --------
    >>> import mnemic
    >>> with mnemic.open(":memory:") as store:
    ...     ada = store.scope("acme", "ada")
    ...     _ = ada.put("Prefers window seats", key="pref:seat")
    ...     [hit.text for hit in ada.recall("which seat?")]
    ['Prefers window seats']
    """
    options: dict[str, Any] = {
        "access": access, "create": create, "time_zone": time_zone, "language": language, "token_counter": token_counter,
        "screen": screen, "clock": clock, "seed": seed, "durability": durability, "busy_timeout": busy_timeout,
        "cache_bytes": cache_bytes, "embedding_cache_bytes": embedding_cache_bytes, "readers": readers, "limits": limits, "log": log,
        "erasure_key": erasure_key, "quarantine_erased": quarantine_erased, "recover_within": recover_within, "key": key,
    }
    if embedder is None:
        options["without_embedder"] = True
    elif not (isinstance(embedder, str) and embedder == "default"):
        options["embedder"] = embedder
    return Store(_core._open(path, options))


class Store:
    """One SQLite file holding every memory, opened by as many processes as need it; made by ``mnemic.open``.

    Safe from many threads; every call lets other Python threads run. Calls on a closed store, and on its scopes, raise
    FailedPrecondition.
    """

    def __init__(self, core: _core._Store) -> None:
        self._core = core
        self._closed = False
        self._process = os.getpid()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        if not getattr(self, "_closed", True) and self._process == os.getpid():  # a forked child cannot close it
            warnings.warn("a mnemic store was not closed; use it in a `with`", ResourceWarning, source=self, stacklevel=2)

    def __repr__(self) -> str:
        return "<Store closed>" if self._closed else "<Store>"

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called."""
        return self._closed

    def close(self) -> None:
        """Close: waits for calls under way. Closing twice is no error."""
        self._core.close()
        self._closed = True

    def scope(
        self,
        *namespace: str,
        user: str = "",
        agent: str = "",
        session: str = "",
        access: Access | str = Access.READ_WRITE,
        reach: Reach | str = Reach.OWN,
        where: Where | None = None,
        time_zone: str = "",
    ) -> Scope:
        """Mint the capability on one namespace, the only way in for agent code. Nothing is written.

        Parameters
        ----------
        namespace : str
            The segments; the first is the tenant: ``store.scope("acme", "ada")``.
        user, agent, session : str
            Stamped on writes that state none.
        access : Access
            READ_ONLY: every write raises PermissionDenied.
        reach : Reach
            Which namespaces it reads besides its own; it writes to its own only.
        where : dict, optional
            Memories outside it do not exist for this scope.
        time_zone : str
            IANA name; "" is the store's.

        Raises
        ------
        InvalidArgument
            A bad namespace, filter or attribute.
        FailedPrecondition
            The store is closed.
        """
        options = {
            "user": user, "agent": agent, "session": session, "access": access, "reach": reach, "where": where,
            "time_zone": time_zone,
        }
        return Scope(self._core.scope(namespace, options), self)

    @property
    def admin(self) -> Admin:
        """The powers over the whole store, for the application; never hand it to agent code."""
        return Admin(self)

    @property
    def jobs(self) -> Jobs:
        """The durable jobs, of every namespace."""
        return Jobs(self)

    @property
    def policies(self) -> Policies:
        """The rules: what expires, is erased by itself, must not be erased, or must not be written."""
        return Policies(self)

    def maintain(
        self,
        *,
        time: datetime.timedelta | float = 1.0,
        items: int = 100,
        memory_bytes: int = 256 << 20,
        lease: datetime.timedelta | float = 60.0,
        handlers: Mapping[str, JobHandler] | None = None,
    ) -> _core.MaintainReport:
        """Do jobs that are due, in this thread, within bounds that are looked at between jobs.

        Those of the kinds in ``handlers``, and the library's own: ``embed`` gives vectors to memories that have none of the
        embedder, or of the one that ``reembed`` moves to, ``seal`` makes large namespaces quick to load, ``retain`` erases what is
        due (by ``recover_within`` of ``open``, and by retention rules), ``purge`` blanks what erasures left in the file. Several
        threads and processes may do so at once; each job is had by one of them at a time.

        Parameters
        ----------
        time : float or timedelta
            Seconds after which no further job is begun; 0 begins none.
        items : int
            Jobs begun at most.
        memory_bytes : int
            What one attempt may take: ``JobContext.memory_bytes``. Nobody measures it.
        lease : float or timedelta
            Seconds for which a job is ours; longer than its handler takes.
        handlers : dict, optional
            By kind, ``(job, context)``. Returning: done, together with ``context.batch``. Raising: failed, with the exception's
            type and message as the reason; tried again after a pause, dead after ``max_attempts``. MemoryError and
            ResourceExhausted: it broke its memory cap, and is tried again with half of it. Cancelled: it waits again, and the slice
            ends. KeyboardInterrupt, and whatever is no Exception, likewise, and is raised here.

        Raises
        ------
        InvalidArgument
            A bad bound, or a handler for a kind of the library's own.
        FailedPrecondition
            The store is closed or read-only.
        """
        budget = {"time": time, "items": items, "memory_bytes": memory_bytes, "lease": lease}
        given = {kind: _called_by(self, handler) if callable(handler) else handler for kind, handler in (handlers or {}).items()}
        return _core._maintain(self._core, budget, given)

    def reembed(self, embedder: Embedder | Literal["default"], *, now: bool = False) -> None:
        """Move the store to another embedder, while it is in use.

        From now on what this Store writes gets vectors of both. ``maintain`` gives them to what is there, in steps, as jobs; when
        none is missing it lets recall go by the new ones. The old vectors stay until ``drop_space``. Called again, after a restart
        too, it goes on; with the old embedder it ends the move. Other processes go on with the old vectors until they open the file
        anew, which then needs the new embedder. Each memory gets a next version that differs in its vector alone.

        Parameters
        ----------
        embedder : Embedder or "default"
            As for ``mnemic.open``. It is called by writes and by ``maintain``, not by this.
        now : bool
            Recall goes by it at once; memories without a vector of it are found by words until they have one. After a move this is
            the way back.

        Raises
        ------
        InvalidArgument
            A space that cannot be named.
        FailedPrecondition
            The store is closed or read-only; its file knows the space with another dimension; a move to a third embedder is under
            way.

        Examples
        --------
        >>> import mnemic
        >>> with mnemic.open(":memory:", embedder=mnemic.hashed_embedder()) as store:
        ...     _ = store.scope("ada").put("Prefers window seats")
        ...     store.reembed("default")
        ...     while store.reembedding() is not None:
        ...         _ = store.maintain(time=5.0)
        ...     store.stats().embedding_space
        'mnemic-static/1/256'
        """
        self._core.reembed(_core.default_embedder() if isinstance(embedder, str) and embedder == "default" else embedder, now)

    def reembedding(self) -> _core.Reembedding | None:
        """The move to another embedder that is under way; None when there is none. Looks at every current memory."""
        return self._core.reembedding()

    def drop_space(self, name: str, version: str) -> None:
        """Give the vectors of an embedder up, when recall goes by another: they are found no more. A move to it begins anew.

        Raises
        ------
        NotFound
            No embedder's space of that name and version is kept.
        FailedPrecondition
            Recall goes by it, or a move to it is under way; the store is closed or read-only.
        """
        self._core.drop_space(name, version)

    def flush(self) -> None:
        """Make every write that has returned durable, as Durability.FULL would have."""
        self._core.flush()

    def snapshot(self, path: str | os.PathLike[str]) -> None:
        """Write a consistent copy of everything committed so far to a new file, while the store goes on.

        The copy is a store of its own, durable when this returns; any SQLite tool may look into it.

        Raises
        ------
        AlreadyExists
            Something is at ``path``; nothing is ever overwritten.
        StoreNotFound
            No such directory.
        InvalidArgument
            An empty path, ":memory:", or one with a NUL.
        PermissionDenied, ResourceExhausted, IoError
            The directory may not be written, the disk is full, or it fails; nothing is left behind.

        Examples
        --------
        >>> import mnemic, os, tempfile
        >>> with tempfile.TemporaryDirectory() as folder, mnemic.open(":memory:") as store:
        ...     _ = store.scope("ada").put("Prefers window seats")
        ...     store.snapshot(os.path.join(folder, "copy.db"))
        ...     with mnemic.open(os.path.join(folder, "copy.db")) as copy:
        ...         copy.scope("ada").count()
        1
        """
        self._core.snapshot(path)

    def backup(
        self,
        path: str | os.PathLike[str],
        *,
        verify: bool = True,
        progress: Callable[[int, int], object] | None = None,
    ) -> _core.BackupReport:
        """Write a copy as ``snapshot`` does, which may take the place of an older backup of this store, in one step.

        The older one stays whole until then, and when this fails. ``mnemic.restore`` brings a backup back.

        Parameters
        ----------
        path : str or os.PathLike
            A file; its directory must exist.
        verify : bool
            Read the copy back before it replaces anything, so that damage never takes the place of a good backup.
        progress : callable, optional
            Called with pages done and pages in all. What it raises ends the backup and is raised here. It must not use the store.

        Returns
        -------
        BackupReport
            Sizes, and the newest change in it.

        Raises
        ------
        FailedPrecondition
            What is at ``path`` is no backup of this store, or has changes that this store has not; the store is closed.
        Busy
            The older backup is open.
        Corruption
            The copy is damaged; an older one is left alone.
        InvalidArgument
            ``path`` is this store; an empty path, ":memory:", or one with a NUL.
        StoreNotFound
            No such directory.
        PermissionDenied, ResourceExhausted, IoError
            As ``snapshot``.

        Examples
        --------
        >>> import mnemic, os, tempfile
        >>> with tempfile.TemporaryDirectory() as folder, mnemic.open(os.path.join(folder, "agent.db")) as store:
        ...     _ = store.scope("ada").put("Prefers window seats")
        ...     copy = os.path.join(folder, "agent.backup")
        ...     store.backup(copy).replaced, store.backup(copy).replaced
        (False, True)
        """
        return _core._backup(self._core, path, verify, progress)

    def stats(self) -> _core.StoreStats:
        """Counts and sizes. The first call counts every row; later ones look at what changed since, and at open jobs."""
        return self._core.stats()

    def usage(self) -> List[_core.LayerUsage]:
        """What each layer of each namespace takes, in order of their printed form; those never written to are left out."""
        return _core._usage(self._core)

    def check(self, *, repair: bool = False) -> _core.CheckReport:
        """Verify the whole file: SQLite's own check, every row's checksum, and that the tables agree. Damage is in the report.

        Parameters
        ----------
        repair : bool
            Make anew what can be made from the rows: words, facts, sealed chunks, counts, indexes. Without it nothing is changed.

        Raises
        ------
        FailedPrecondition
            The store is closed, or read-only with ``repair``.
        """
        return self._core.check(repair)


class Admin:
    """Powers over the whole store; made by ``Store.admin``."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._core = store._core

    def namespaces(self) -> Tuple[Tuple[str, ...], ...]:
        """Every namespace that was ever written to, in order of their printed form."""
        return self._core.namespaces()

    def find(self, id: str, *, vectors: bool = False) -> _core.Memory:
        """The current version of a memory in whatever namespace, expired ones included.

        Raises
        ------
        NotFound
            Unknown or forgotten.
        """
        return self._core.find(id, vectors)

    def history(self, id: str) -> List[_core.Memory]:
        """Every version of a memory, oldest first; the last has no ``seq_to`` unless the memory is forgotten.

        Raises
        ------
        NotFound
            Unknown.
        """
        return self._core.history(id)

    def grant(self, reader: Tuple[str, ...], target: Tuple[str, ...]) -> None:
        """Let scopes on ``reader`` that reach what is granted also read ``target``. Granting twice is no error.

        Raises
        ------
        InvalidArgument
            A bad namespace, or both the same.
        """
        self._core.grant(reader, target)

    def revoke(self, reader: Tuple[str, ...], target: Tuple[str, ...]) -> None:
        """End a grant; the next call of every scope sees it gone.

        Raises
        ------
        NotFound
            No such grant.
        """
        self._core.revoke(reader, target)

    def grants(self) -> List[_core.Grant]:
        """All grants."""
        return self._core.grants()

    def erase(
        self,
        *,
        ids: Sequence[str] = (),
        namespace: Tuple[str, ...] | None = None,
        subtree: bool = False,
        user: str = "",
        author: str = "",
        session: str = "",
        where: Where | None = None,
        dry_run: bool = False,
        reason: str = "",
        by: str = "",
    ) -> _core.EraseReceipt:
        """Erase memories in one commit: every version, their words, vectors, relations, and jobs that name or quote them.

        What passes everything that is given goes, forgotten memories too, and with it what was derived from it alone. What was
        derived from others too stays, without the link, unless it quotes what goes. They are gone for every call from then on,
        ``as_of`` and ``history`` included; ``forget`` only hides. Bytes of them may stand in unused parts of the file and in the
        WAL until ``purge``, or until a job of ``Store.maintain`` has done that.

        Parameters
        ----------
        ids : sequence of str
            These, as far as they pass the rest; an empty one: whichever pass the rest.
        namespace : tuple of str, optional
            Those of this namespace; None: of every one.
        subtree : bool
            With ``namespace``: and of all below it.
        user, author, session : str
            Those any version of which has these.
        where : dict, optional
            Those any version of which passes it.
        dry_run : bool
            Only say what would be erased. Relations are not counted.
        reason, by : str
            Why, and who asks: kept in the ledger, for people. Put nothing of what is erased there.

        Returns
        -------
        EraseReceipt
            Ids and counts, no text.

        Raises
        ------
        InvalidArgument
            Nothing is selected; a bad filter, namespace or name.
        NotFound
            One of ``ids`` never was, or was erased before.
        FailedPrecondition
            A rule of kind HOLD covers one of them, and the message names it; the store is closed or read-only.

        Examples
        --------
        >>> import mnemic
        >>> with mnemic.open(":memory:") as store:
        ...     ada = store.scope("acme", "ada")
        ...     id = ada.put("Lives at Rua das Flores 17")
        ...     receipt = store.admin.erase(ids=[id], reason="asked for it", by="privacy desk")
        ...     len(receipt.erased), ada.count(), store.admin.purge() >= receipt.erased_seq
        (1, 0, True)
        """
        fields = {
            "ids": ids, "namespace": namespace, "subtree": subtree, "user": user, "author": author, "session": session,
            "where": where, "dry_run": dry_run, "reason": reason, "by": by,
        }
        return self._core.erase(fields)

    def purge(self) -> int:
        """Empty the WAL and blank the unused parts of the file. Reads the whole file; writes wait meanwhile.

        Returns
        -------
        int
            The change up to which erasures are complete.

        Raises
        ------
        Busy
            Somebody reads an older state. Nothing is lost: call again.
        FailedPrecondition
            The store is closed or read-only.
        """
        return self._core.purge()

    def erasures(self) -> List[_core.Erasure]:
        """The ledger of erasures, oldest first."""
        return self._core.erasures()

    def tombstones(self) -> List[_core.Tombstone]:
        """What keeps erased texts and rejected values out, oldest first, with how often it did.

        Whether a write that one of them meets is refused or quarantined is up to the store that writes: ``quarantine_erased`` of ``open``.

        Examples
        --------
        >>> import mnemic
        >>> with mnemic.open(":memory:", erasure_key="a secret of the caller") as store:
        ...     ada = store.scope("acme", "ada")
        ...     receipt = store.admin.erase(ids=[ada.put("Lives at Rua das Flores 17")])
        ...     try:
        ...         ada.put("lives at Rua das Flores 17")
        ...     except mnemic.PermissionDenied:
        ...         pass
        ...     [(one.hash == receipt.hashes[0], one.hits) for one in store.admin.tombstones()]
        [(True, 1)]
        """
        return self._core.tombstones()

    def export_to(
        self,
        path: str | os.PathLike[str],
        *,
        namespaces: Sequence[Sequence[str]] = (),
        layers: Sequence[Layer | str] = (),
        where: Where | None = None,
        vectors: bool = False,
        history: bool = False,
        since: int = 0,
        progress: Callable[[int, int], object] | None = None,
    ) -> _core.ExportReport:
        """Write memories, their relations and what is declared about their namespaces to a new file of JSON lines.

        The file is complete and durable when it gets its name. It shows the store at one change; other calls go on meanwhile.

        Parameters
        ----------
        namespaces : sequence, optional
            Each with all that is below it; none: everything.
        layers : sequence, optional
            None: all.
        where : dict, optional
            Only memories that match.
        vectors : bool
            The vectors too; without it only those of memories that have nothing else.
        history : bool
            Also the versions before the current ones.
        since : int
            Not 0: only what changed after this change, and the ids of what is there no more, so that an import forgets it.
        progress : callable, optional
            Called with lines done and lines in all. What it raises ends the export and is raised here.

        Raises
        ------
        AlreadyExists
            Something is at ``path``; nothing is ever overwritten.
        InvalidArgument
            A bad namespace or filter; ``since`` is later than the newest change.

        Examples
        --------
        >>> import mnemic, os, tempfile
        >>> with tempfile.TemporaryDirectory() as folder, mnemic.open(":memory:") as store, mnemic.open(":memory:") as other:
        ...     _ = store.scope("ada").put("Prefers window seats")
        ...     file = os.path.join(folder, "all.jsonl")
        ...     store.admin.export_to(file).memories, other.admin.import_from(file).written
        (1, 1)
        """
        fields = {
            "namespaces": namespaces, "layers": layers, "where": where, "vectors": vectors, "history": history, "since": since,
        }
        return _core._export(self._core, path, fields, progress)

    def import_from(
        self,
        path: str | os.PathLike[str],
        *,
        format: TransferFormat | str = TransferFormat.AUTO,
        into: Sequence[str] | None = None,
        source: Sequence[str] | None = None,
        conflict: OnConflict | str = OnConflict.KEEP_NEWER,
        grants: bool = True,
        dry_run: bool = False,
        batch: int = 1000,
        progress: Callable[[int, int], object] | None = None,
    ) -> _core.ImportReport:
        """Bring in what ``export_to`` wrote, or a file of mem0, LangGraph, the MCP memory server or Letta.

        The file is read and checked to its end before anything is changed. Then batch after batch is committed together with how
        far it came: called again after a kill, it goes on. Doing it twice changes nothing.

        Parameters
        ----------
        format : TransferFormat
            ``AUTO``: seen from the file.
        into : sequence of str, optional
            Put before every namespace of the file; the namespace itself of formats that have none, which need it.
        source : sequence of str, optional
            Every namespace of the file must lie in it, and ``into`` takes its place.
        conflict : OnConflict
            What stands where the store has the memory with another content.
        grants : bool
            Also who may read what; off for a file that comes from somebody else.
        dry_run : bool
            Only say what would be done.
        batch : int
            Memories per commit.
        progress : callable, optional
            Called with bytes done and bytes in all. What it raises ends the import and is raised here; what was committed stays.

        Raises
        ------
        Corruption
            An export that was cut or changed; the message names the line. Nothing was changed.
        InvalidArgument
            A bad line, value or argument; not the format that was said. Nothing was changed.
        Unsupported
            An export of a newer format.
        AlreadyExists
            With ``OnConflict.REFUSE``.
        """
        fields = {"format": format, "conflict": conflict, "grants": grants, "dry_run": dry_run, "batch": batch}
        fields |= {name: given for name, given in (("into", into), ("source", source)) if given is not None}
        return _core._import(self._core, path, fields, progress)
