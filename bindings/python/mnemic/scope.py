# SPDX-License-Identifier: Apache-2.0
"""The scope: the capability on one namespace, and the only way in for agent code."""

from __future__ import annotations

import datetime
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Any, List, Tuple

from mnemic import _core
from mnemic.enums import UNSET, Access, Depth, Direction, Durability, Layer, Open, Order, Reach, State, Trust, Unset
from mnemic.errors import InvalidArgument, PermissionDenied
from mnemic.inputs import LayerQuota, MemoryFields, ProvenanceFields, RelationFields, Vectors, Where
from mnemic.layers import Episodes, Facts, Skills
from mnemic.listing import Listing
from mnemic.session import Session

if TYPE_CHECKING:
    import numpy
    import numpy.typing

    from mnemic.models import Planner, Reranker
    from mnemic.store import Store


def _request(given: Mapping[str, Any], *left_out: str) -> dict[str, Any]:
    """What a recall was called with, by ``locals()``: options are named in signatures alone."""
    request = {name: value for name, value in given.items() if name not in ("self", "fields", *left_out)}
    return {**request, "where": _where(given["where"], given["fields"])}


def _where(where: Where | None, fields: Mapping[str, Any]) -> Where:
    """The filter and the keyword arguments that are compared for equality, both."""
    if where is None:
        return fields
    return {"$and": [where, fields]} if fields else where


class Scope:
    """A view of one namespace with the rights it was minted with; made by ``Store.scope``.

    Safe from many threads; keeps its store open. What lies outside (another namespace, what ``where`` excludes) does not
    exist here: its ids raise NotFound exactly as unknown ids do. Every method may raise FailedPrecondition (the store is
    closed, or was carried across fork), Busy, IoError, ResourceExhausted and Corruption; one that raises changed nothing.

    Where a method takes ``**fields``, these are fields of memories compared for equality, besides ``where``:
    ``ada.count(session="s1", tags="food")``.
    """

    def __init__(self, core: _core._Scope, store: Store) -> None:
        self._core = core
        self._store = store

    def __repr__(self) -> str:
        return f"<Scope {_core.format_namespace(self.namespace)}>"

    @property
    def namespace(self) -> Tuple[str, ...]:
        """Its segments."""
        return self._core.namespace

    @property
    def options(self) -> dict[str, Any]:
        """As it was minted: user, agent, session, access, reach, where, time_zone."""
        return self._core.options

    def narrow(
        self,
        *,
        user: str | None = None,
        agent: str | None = None,
        session: str | None = None,
        access: Access | str | None = None,
        reach: Reach | str | None = None,
        where: Where | None = None,
        time_zone: str | None = None,
    ) -> Scope:
        """The same namespace with fewer rights: what is None stays as it is; ``where`` is added to this scope's.

        Raises
        ------
        PermissionDenied
            It would widen, or names another user, agent or session.
        InvalidArgument
            A bad filter.
        """
        own = self._core.options
        given = {"user": user, "agent": agent, "session": session, "access": access, "reach": reach, "time_zone": time_zone}
        options = {name: value for name, value in given.items() if value is not None}
        if own["access"] == Access.READ_ONLY and access == Access.READ_WRITE:
            raise PermissionDenied("narrow: access: wider than this scope's")
        rights: dict[str, Any] = {"access": own["access"], "reach": own["reach"], "where": where, **options}
        return Scope(self._core.narrow(rights), self._store)

    def put(
        self,
        text: str = "",
        *,
        key: str = "",
        layer: Layer | str = Layer.SEMANTIC,
        content: Any = None,
        vectors: Vectors | None = None,
        user: str = "",
        agent: str = "",
        session: str = "",
        author: str = "",
        event_time: datetime.datetime | None = None,
        event_end: datetime.datetime | Open | None = None,
        time_zone: str = "",
        expires_at: datetime.datetime | None = None,
        importance: float = 0.5,
        strength: float = 1.0,
        pinned: bool = False,
        trust: Trust | str = Trust.EXTERNAL,
        state: State | str = State.ACTIVE,
        tags: Sequence[str] = (),
        metadata: Mapping[str, Any] | None = None,
        provenance: ProvenanceFields | None = None,
        relations: Sequence[RelationFields] = (),
        durability: Durability | str | None = None,
    ) -> str:
        """Store a memory; it is recallable when this returns. At least one of text, content and vectors must be given.

        Parameters
        ----------
        text : str
            What words and the embedder see.
        key : str
            The caller's own id, unique in namespace and layer: a key that is taken replaces that memory, with the same id.
        layer : Layer
            The kind of memory.
        content
            Any JSON value, kept verbatim (as JsonText, byte for byte).
        vectors : Vectors, optional
            Shape (d,), for the store's space or by space; instead of calling the embedder.
        user, agent, session : str
            The scope's when "".
        author : str
            Who said it: a role or a name.
        event_time : datetime, optional
            Aware: when it happened or began; the clock's now when None.
        event_end : datetime or OPEN, optional
            When it ended; OPEN: not yet; None: it has no interval.
        time_zone : str
            IANA name it was said in; the scope's when "".
        expires_at : datetime, optional
            From this instant it is not read any more; None: as a rule of ``Store.policies`` says, or never.
        importance : float
            In [0, 1]; raises recall by a bounded factor.
        strength : float
            In [0, 1]; kept, not used yet.
        pinned : bool
            Always offered to ``context``, before the hits.
        trust : Trust
            How far its source is believed.
        state : State
            Where it stands.
        tags : sequence of str
            No duplicates, none empty.
        metadata : dict, optional
            Filterable as ``metadata.<path>``.
        provenance : dict, optional
            ``source``, ``model``, ``trace``, ``derived_from``.
        relations : sequence of dict
            Links to write with it: ``type``, ``to``, ``metadata``.
        durability : Durability, optional
            The store's when None.

        Returns
        -------
        str
            Its id.

        Raises
        ------
        InvalidArgument
            Nothing to store, a limit, a vector of the wrong dimension or that is not finite, a naive datetime, an unknown time
            zone; the message names the field.
        PermissionDenied
            A read-only scope, or the screen or a rule of ``Store.policies`` refused, or the text was erased here.
        AlreadyExists
            The key is held by a memory outside ``where``.

        Examples
        --------
        >>> import mnemic
        >>> with mnemic.open(":memory:") as store:
        ...     ada = store.scope("acme", "ada")
        ...     first = ada.put("Prefers aisle seats", key="seat", tags=["travel"])
        ...     again = ada.put("Prefers window seats", key="seat", tags=["travel"])
        ...     again == first, ada.get(first).version
        (True, 2)
        """
        fields = {
            "text": text, "key": key, "layer": layer, "content": content, "vectors": vectors, "user": user, "agent": agent,
            "session": session, "author": author, "event_time": event_time, "event_end": event_end, "time_zone": time_zone,
            "expires_at": expires_at, "importance": importance, "strength": strength, "pinned": pinned, "trust": trust,
            "state": state, "tags": tags, "metadata": metadata, "provenance": provenance, "relations": relations,
        }
        return self._core.put(fields, durability)

    def put_many(
        self,
        items: Iterable[str | MemoryFields | None],
        *,
        vectors: numpy.typing.NDArray[numpy.float32] | None = None,
        space: str = "",
        chunk: int = 1000,
        progress: Callable[[int], object] | None = None,
        durability: Durability | str | None = None,
    ) -> List[str]:
        """Store many memories, ``chunk`` of them in each commit.

        What was committed stays when it breaks off: with a message that names the item, by Ctrl-C (after the commit under
        way), or because ``progress`` raised. Give each item a ``key`` to be able to start over.

        Parameters
        ----------
        items : iterable of str or dict
            Texts, or the fields of ``put``. May be a generator. None for an item that is a vector alone.
        vectors : array of float32, optional
            Shape (n, d), C order, one row for each item; read where it lies, never converted or copied as a whole.
        space : str
            The space of ``vectors``; "" is the store's own.
        chunk : int
            Larger: fewer waits for the disk, more lost when a commit fails.
        progress : callable, optional
            Called after each commit with the number of items stored so far.

        Returns
        -------
        list of str
            The ids, in order.

        Raises
        ------
        InvalidArgument, PermissionDenied
            As ``put``; the message starts with ``items[n]``.
        TypeError
            ``vectors`` of another dtype.

        Examples
        --------
        >>> import mnemic
        >>> with mnemic.open(":memory:") as store:
        ...     ada = store.scope("ada")
        ...     ids = ada.put_many(({"text": f"note {n}", "key": f"note:{n}"} for n in range(5)), chunk=2, progress=print)
        ...     len(ids), ada.count()
        2
        4
        5
        (5, 5)
        """
        if isinstance(items, (str, bytes, Mapping)) or not isinstance(items, Iterable):
            raise TypeError(f"items: a list is due, not {type(items).__name__}")
        if isinstance(chunk, bool) or not isinstance(chunk, int):
            raise TypeError(f"chunk: int is due, not {type(chunk).__name__}")
        if not 1 <= chunk <= sys.maxsize:
            raise InvalidArgument("chunk: not positive, or too large a number")
        if progress is not None and not callable(progress):
            raise TypeError(f"progress: something to call is due, not {type(progress).__name__}")
        if vectors is not None:
            items = items if isinstance(items, Sequence) else list(items)
            shape: Any = getattr(vectors, "shape", ())
            if len(shape) == 2 and shape[0] != len(items):
                raise InvalidArgument(f"vectors: {shape[0]} rows for {len(items)} items")
        ids: List[str] = []
        remaining = iter(items)
        while batch := list(islice(remaining, chunk)):
            ids.extend(self._core.put_chunk(batch, vectors, space, len(ids), durability))
            if progress is not None:
                progress(len(ids))
        return ids

    def get(
        self, id: str | None = None, *, key: str | None = None, layer: Layer | str = Layer.SEMANTIC, vectors: bool = False
    ) -> _core.Memory:
        """The current version of one memory, by id or by key in this scope's own namespace.

        Parameters
        ----------
        id : str
            As ``put`` gave it.
        key, layer : str, Layer
            Instead of ``id``.
        vectors : bool
            Also read the vectors back.

        Raises
        ------
        NotFound
            Unknown, forgotten, expired, or not this scope's.
        """
        if (id is None) == (key is None):
            raise TypeError("get: either an id or a key is due")
        if id is not None:
            return self._core.get(id, vectors)
        return self._core.get_by_key(layer, key, vectors)

    def update(
        self,
        id: str,
        *,
        text: str | Unset = UNSET,
        content: Any = UNSET,
        vectors: Vectors | Unset = UNSET,
        author: str | Unset = UNSET,
        event_time: datetime.datetime | Unset = UNSET,
        event_end: datetime.datetime | Open | None | Unset = UNSET,
        expires_at: datetime.datetime | None | Unset = UNSET,
        importance: float | Unset = UNSET,
        strength: float | Unset = UNSET,
        pinned: bool | Unset = UNSET,
        trust: Trust | str | Unset = UNSET,
        state: State | str | Unset = UNSET,
        tags: Sequence[str] | Unset = UNSET,
        metadata: Mapping[str, Any] | None | Unset = UNSET,
        provenance: ProvenanceFields | Unset = UNSET,
        if_version: int | None = None,
        durability: Durability | str | None = None,
    ) -> _core.Written:
        """Change a memory of this scope's own namespace; what is UNSET stays. None empties content, metadata and the times.

        Parameters
        ----------
        if_version : int, optional
            Compare and set: Aborted when the current version is another.

        Returns
        -------
        Written
            The version now current.

        Raises
        ------
        NotFound
            As ``get``.
        Aborted
            ``if_version`` no longer holds.
        InvalidArgument, PermissionDenied
            As ``put``.

        Examples
        --------
        >>> import mnemic
        >>> with mnemic.open(":memory:") as store:
        ...     ada = store.scope("ada")
        ...     door = ada.put("The door is open", metadata={"room": 12})
        ...     ada.update(door, text="The door is locked", if_version=1).version
        ...     try:
        ...         ada.update(door, metadata=None, if_version=1)  # somebody else was faster
        ...     except mnemic.Aborted as error:
        ...         print(error.code, ada.get(door).metadata)
        2
        kAborted {'room': 12}
        """
        fields = _changed(
            text=text, content=content, vectors=vectors, author=author, event_time=event_time, event_end=event_end,
            expires_at=expires_at, importance=importance, strength=strength, pinned=pinned, trust=trust, state=state, tags=tags,
            metadata=metadata, provenance=provenance,
        )
        return self._core.update(id, fields, if_version, durability)

    def forget(
        self,
        id: str | None = None,
        *,
        where: Where | None = None,
        dry_run: bool = False,
        cascade: bool = True,
        durability: Durability | str | None = None,
        **fields: Any,
    ) -> _core.ForgetReport:
        """Forget one memory, or all that match: from now on no read finds them. They stay in the file as history.

        ``recover`` takes it back, until they are taken out of the file: by ``Admin.erase``, or by a job of ``Store.maintain``
        when ``recover_within`` of ``open`` is over.

        Parameters
        ----------
        id : str
            One memory; or else a filter.
        where : dict, optional
            ``{}`` forgets everything in this scope's own namespace.
        dry_run : bool
            Only say what would be forgotten.
        cascade : bool
            Also what was derived from nothing else that stands, by relations of type ``derived_from`` (the layers write them), as
            far as this scope may change it; and what was derived from that.

        Returns
        -------
        ForgetReport
            ``ids`` as asked for; ``derived``, forgotten with them; ``unlinked``, derived from others too, or not this scope's.

        Raises
        ------
        NotFound
            By id: as ``get``. By filter, nothing that matches is no error.
        TypeError
            Neither an id nor a filter.

        Examples
        --------
        >>> import mnemic
        >>> with mnemic.open(":memory:") as store:
        ...     ada = store.scope("ada")
        ...     ids = ada.put_many([{"text": "Buy figs", "tags": ["todo"]}, {"text": "Likes figs"}])
        ...     len(ada.forget(tags="todo", dry_run=True)), len(ada.forget(tags="todo")), ada.count()
        (1, 1, 1)
        """
        if id is not None:
            if where is not None or fields:
                raise TypeError("forget: either an id or a filter is due, not both")
            return self._core.forget(id, dry_run, cascade, durability)
        if where is None and not fields:
            raise TypeError("forget: an id or a filter is due; where={} forgets everything")
        return self._core.forget_where(_where(where, fields), dry_run, cascade, durability)

    def recover(self, id: str, *, durability: Durability | str | None = None) -> _core.Written:
        """Bring a forgotten memory back, with the relations that ended because it or their other end was forgotten.

        What was forgotten with it comes back by calls of its own.

        Returns
        -------
        Written
            Its next version, now current.

        Raises
        ------
        NotFound
            Unknown, erased, or not this scope's.
        FailedPrecondition
            It is not forgotten.
        AlreadyExists
            Another memory has its key now.

        Examples
        --------
        >>> import mnemic
        >>> with mnemic.open(":memory:") as store:
        ...     ada = store.scope("ada")
        ...     figs = ada.put("Buy figs")
        ...     _ = ada.forget(figs)
        ...     ada.recover(figs).version, ada.get(figs).text
        (2, 'Buy figs')
        """
        return self._core.recover(id, durability)

    def relate(
        self,
        source: str,
        type: str,
        target: str,
        *,
        metadata: Mapping[str, Any] | None = None,
        durability: Durability | str | None = None,
    ) -> None:
        """Link two memories: ``source`` of this scope's own namespace, ``target`` any that it reads.

        A link that stands already is left as it is, or gets the new metadata.

        Raises
        ------
        NotFound
            An end, as ``get``.
        InvalidArgument
            A bad type or metadata, or a memory with itself.

        Examples
        --------
        >>> import mnemic
        >>> with mnemic.open(":memory:") as store:
        ...     ada = store.scope("ada")
        ...     note, talk = ada.put("Wants a quiet table"), ada.put("The Taberna was far too loud")
        ...     ada.relate(note, "evidence", talk)
        ...     [(link.relation.type, link.memory.text) for link in ada.related(note)]
        [('evidence', 'The Taberna was far too loud')]
        """
        self._core.relate(source, type, target, metadata, durability)

    def unrelate(self, source: str, type: str, target: str, *, durability: Durability | str | None = None) -> None:
        """End a link. That there is none is no error.

        Raises
        ------
        NotFound
            ``source``, as ``get``.
        """
        self._core.unrelate(source, type, target, durability)

    def related(
        self,
        id: str,
        *,
        type: str = "",
        direction: Direction | str = Direction.BOTH,
        where: Where | None = None,
        page_size: int = 100,
        **fields: Any,
    ) -> Listing[_core.Related]:
        """The relations of one memory and the memories at their other ends, in the order they were made.

        Those whose other end this scope does not see are not there for it.

        Raises
        ------
        NotFound
            As ``get``; raised when it is read.
        InvalidArgument
            A bad type or filter.
        """
        filter = _where(where, fields)

        def read(cursor: str) -> Tuple[List[_core.Related], str]:
            if not isinstance(cursor, str):
                raise TypeError(f"cursor: str is due, not {cursor.__class__.__name__}")
            if cursor and not re.fullmatch("[0-9]{1,18}", cursor):
                raise InvalidArgument("related: cursor: not one of this listing")
            items = self._core.related(id, type, direction, filter, page_size, int(cursor or "0"))
            return items, str(items[-1].relation.seq) if len(items) == page_size else ""

        return Listing(read, _core.Related)

    def batch(self, *, durability: Durability | str | None = None) -> Batch:
        """Several changes in one commit, all or none.

        Examples
        --------
        >>> import mnemic
        >>> with mnemic.open(":memory:") as store:
        ...     ada = store.scope("ada")
        ...     with ada.batch() as batch:
        ...         batch.put("The door is locked", key="door:12")
        ...         batch.put("The lamp is on", key="lamp:3")
        ...     len(batch.written), ada.count()
        (2, 2)
        """
        return Batch(self, durability)

    def list(
        self,
        *,
        where: Where | None = None,
        order: Order | str = Order.NEWEST,
        page_size: int = 100,
        **fields: Any,
    ) -> Listing[_core.Memory]:
        """Memories by filter, read page by page as they are asked for.

        Parameters
        ----------
        where : dict, optional
            None: all.
        order : Order
            Ties by id.
        page_size : int
            Memories read at once.

        Raises
        ------
        InvalidArgument
            A bad filter or page size; raised when it is read.

        Examples
        --------
        >>> import mnemic
        >>> with mnemic.open(":memory:") as store:
        ...     ada = store.scope("ada")
        ...     for nights in (1, 3, 5):
        ...         _ = ada.put(f"{nights} nights in Porto", tags=["trip"], metadata={"nights": nights})
        ...     [memory.text for memory in ada.list(tags="trip", where={"metadata.nights": {"$gte": 3}}, order="created")]
        ['3 nights in Porto', '5 nights in Porto']
        """
        filter = _where(where, fields)
        return Listing(lambda cursor: self._core.page(filter, order, page_size, cursor), _core.Memory)

    def count(self, where: Where | None = None, **fields: Any) -> int:
        """How many memories match.

        Raises
        ------
        InvalidArgument
            A bad filter.
        """
        return self._core.count(_where(where, fields))

    def recall(
        self,
        text: str = "",
        *,
        k: int = 10,
        vector: Vectors | None = None,
        where: Where | None = None,
        token_budget: int = 0,
        layers: Sequence[Layer | str] = (),
        per_layer: Sequence[LayerQuota] = (),
        valid_at: datetime.datetime | None = None,
        as_of: int | None = None,
        recency_boost: float = 0.0,
        recency_half_life: datetime.timedelta = datetime.timedelta(days=30),
        importance_boost: float = 0.2,
        author_boost: float = 0.25,
        vector_weight: float | None = None,
        exact: bool = False,
        neighbours: bool = True,
        min_score: float = 0.0,
        min_words: float = 0.0,
        min_vector: float = 0.0,
        diversity: float = 0.0,
        window: _core.TimeWindow | Tuple[datetime.datetime, datetime.datetime | Open] | None = None,
        window_boost: float = 1.0,
        time_expressions: bool = True,
        reference_time: datetime.datetime | None = None,
        depth: Depth | str = Depth.SHALLOW,
        planner: Planner | None = None,
        max_passes: int = 4,
        reranker: Reranker | None = None,
        rerank_top: int = 20,
        rerank_batch: int = 20,
        rerank_budget: datetime.timedelta | float = 0.1,
        rerank_weight: float = 0.25,
        deadline: datetime.timedelta | float | None = None,
        cancel: _core.CancelToken | None = None,
        **fields: Any,
    ) -> _core.RecallResult:
        """The memories that best answer a query, best first, of all layers at once.

        Parameters
        ----------
        text : str
            The query; there is no syntax to get wrong.
        k : int
            Hits wanted; fewer is no error.
        vector : Vectors, optional
            Shape (d,): one vector, or ``{"space": vector}``, instead of embedding ``text``.
        where : dict, optional
            Honoured inside the search: k hits come back if k memories match.
        token_budget : int
            For ``context``, in tokens; 0: no bound. Hits are not cut by it.
        layers : sequence of Layer
            Empty: all.
        per_layer : sequence of dict
            Weights and quotas; see LayerQuota.
        valid_at : datetime, optional
            The moment at which facts must hold; the clock's now when None.
        as_of : int, optional
            Answers as this change of the store left it: the `seq` of an earlier answer, or a memory's `seq_from`. What was
            changed or forgotten since is as it was; what was written since is unknown.
        recency_boost : float
            In [0, 1]: a score is multiplied by 1 + boost · 2^(-age / half-life).
        recency_half_life : timedelta
            In whole hours.
        importance_boost : float
            In [0, 1]: a score is multiplied by 1 + boost · (importance - 0.5).
        author_boost : float
            In [0, 1]: the score of what somebody said whom the query names is multiplied by 1 + boost.
        vector_weight : float, optional
            Share of the vectors in the sum, in [0, 1]; words have the rest.
        exact : bool
            Every arm scores every memory: no approximate first pass.
        neighbours : bool
            False: turns are lent nothing by those beside them in their session.
        min_score : float
            No hit with a lower score.
        min_words, min_vector : float
            In [0, 1]: words, or vectors, below this share of their best count nothing.
        diversity : float
            In [0, 1]: 0 takes the best, more takes hits unlike each other (maximal marginal relevance).
        window : (datetime, datetime) or TimeWindow, optional
            Raises what lies in this time or near it, and hides nothing.
        window_boost : float
            In [0, 1]: a score in the window is multiplied by 1 + boost.
        time_expressions : bool
            Without a window, take one from words such as "last May".
        reference_time : datetime, optional
            What "yesterday" is relative to; the clock's now when None.
        depth : Depth
            "multi" makes follow-up passes: what they add comes on top of the first pass's score.
        planner : Planner, optional
            Asks for them; None: built-in rules.
        max_passes : int
            Follow-up passes at most, up to 32.
        reranker : Reranker, optional
            Looks again at the first ones of the ranking; ``mnemic.rerankers`` has some. Not asked about a query without text.
        rerank_top : int
            At so many. None of them falls behind one that it has not seen.
        rerank_batch : int
            Texts that it is given at once.
        rerank_budget : float or timedelta
            Seconds for it. Those left when they are over stay where they are, and ``dropped`` says so; a batch that has begun is
            finished.
        rerank_weight : float
            Its share of the score, in [0, 1]; 1: it alone puts them in order.
        deadline : timedelta or float, optional
            Time for the call; seconds when a number. What has not begun by then is left out, and ``dropped`` says so.
        cancel : CancelToken, optional
            Has the same effect when it is cancelled.

        Returns
        -------
        RecallResult
            A sequence of hits; ``context()`` is a block for a prompt.

        Raises
        ------
        InvalidArgument
            Neither text nor vector, ``k`` of 0, a vector of an unknown space or of the wrong dimension, a bad filter, a boost
            outside [0, 1], quotas that cannot be met, a deadline or budget that is not positive, a bad pass of the planner, a
            wrong number of scores of the reranker or one that is not finite.

        Examples
        --------
        >>> import mnemic
        >>> with mnemic.open(":memory:") as store:
        ...     ada = store.scope("ada")
        ...     _ = ada.put("The spare key hangs behind the kitchen door", tags=["home"])
        ...     _ = ada.put("Allergic to walnuts", tags=["food"])
        ...     result = ada.recall("Where is the spare key?", k=1, tags="home")
        ...     result[0].text, result.searched, result[0].parts.words_rank
        ('The spare key hangs behind the kitchen door', 1, 1)
        """
        return self._core.recall(_request(locals()))

    def recall_many(
        self,
        texts: Iterable[str] | None = None,
        *,
        vectors: numpy.typing.NDArray[numpy.float32] | None = None,
        space: str = "",
        k: int = 10,
        where: Where | None = None,
        token_budget: int = 0,
        layers: Sequence[Layer | str] = (),
        per_layer: Sequence[LayerQuota] = (),
        valid_at: datetime.datetime | None = None,
        as_of: int | None = None,
        recency_boost: float = 0.0,
        recency_half_life: datetime.timedelta = datetime.timedelta(days=30),
        importance_boost: float = 0.2,
        author_boost: float = 0.25,
        vector_weight: float | None = None,
        exact: bool = False,
        neighbours: bool = True,
        min_score: float = 0.0,
        min_words: float = 0.0,
        min_vector: float = 0.0,
        diversity: float = 0.0,
        window: _core.TimeWindow | Tuple[datetime.datetime, datetime.datetime | Open] | None = None,
        window_boost: float = 1.0,
        time_expressions: bool = True,
        reference_time: datetime.datetime | None = None,
        depth: Depth | str = Depth.SHALLOW,
        planner: Planner | None = None,
        max_passes: int = 4,
        reranker: Reranker | None = None,
        rerank_top: int = 20,
        rerank_batch: int = 20,
        rerank_budget: datetime.timedelta | float = 0.1,
        rerank_weight: float = 0.25,
        deadline: datetime.timedelta | float | None = None,
        cancel: _core.CancelToken | None = None,
        **fields: Any,
    ) -> _core.RecallBatch:
        """One answer for each of several queries: texts, or the rows of an array.

        Parameters
        ----------
        texts : iterable of str
            The queries; or else ``vectors``.
        vectors : array of float32
            Shape (n, d), C order; read where it lies.
        space : str
            The space of ``vectors``; "" is the store's own.

        The rest is as for ``recall``, and holds for each query by itself: a deadline and a budget, too.

        Returns
        -------
        RecallBatch
            A sequence of RecallResult; ``ids`` and ``scores`` are arrays of shape (n, w).

        Raises
        ------
        InvalidArgument
            As ``recall``.
        TypeError
            ``vectors`` of another dtype, or not exactly one of texts and vectors.

        Examples
        --------
        >>> import mnemic
        >>> with mnemic.open(":memory:") as store:
        ...     ada = store.scope("ada")
        ...     _ = ada.put_many(["Allergic to walnuts", "Lives in Lisbon"])
        ...     answers = ada.recall_many(["walnuts", "Lisbon"], k=1)
        ...     [answer[0].text for answer in answers], answers.scores.shape
        (['Allergic to walnuts', 'Lives in Lisbon'], (2, 1))
        """
        request = _request(locals(), "texts", "vectors", "space")
        if (texts is None) == (vectors is None):
            raise TypeError("recall_many: either texts or vectors are due")
        return self._core.recall_many(texts, vectors, space, request)

    def why(
        self,
        id: str,
        text: str = "",
        *,
        k: int = 10,
        vector: Vectors | None = None,
        where: Where | None = None,
        layers: Sequence[Layer | str] = (),
        per_layer: Sequence[LayerQuota] = (),
        valid_at: datetime.datetime | None = None,
        as_of: int | None = None,
        recency_boost: float = 0.0,
        recency_half_life: datetime.timedelta = datetime.timedelta(days=30),
        importance_boost: float = 0.2,
        author_boost: float = 0.25,
        vector_weight: float | None = None,
        exact: bool = False,
        neighbours: bool = True,
        min_score: float = 0.0,
        min_words: float = 0.0,
        min_vector: float = 0.0,
        diversity: float = 0.0,
        window: _core.TimeWindow | Tuple[datetime.datetime, datetime.datetime | Open] | None = None,
        window_boost: float = 1.0,
        time_expressions: bool = True,
        reference_time: datetime.datetime | None = None,
        depth: Depth | str = Depth.SHALLOW,
        planner: Planner | None = None,
        max_passes: int = 4,
        reranker: Reranker | None = None,
        rerank_top: int = 20,
        rerank_batch: int = 20,
        rerank_budget: datetime.timedelta | float = 0.1,
        rerank_weight: float = 0.25,
        deadline: datetime.timedelta | float | None = None,
        cancel: _core.CancelToken | None = None,
        **fields: Any,
    ) -> _core.Explanation:
        """Why ``recall`` with the same arguments does or does not return this memory.

        Raises
        ------
        NotFound
            Unknown, forgotten, or not this scope's. (An expired memory is explained.)
        InvalidArgument
            As ``recall``.

        Examples
        --------
        >>> import mnemic
        >>> with mnemic.open(":memory:") as store:
        ...     ada = store.scope("ada")
        ...     note = ada.put("Allergic to walnuts", tags=["food"])
        ...     ada.why(note, "walnuts", tags="home").verdict
        <Verdict.FILTERED: 'filtered'>
        """
        return self._core.why(id, _request(locals(), "id"))

    def session(self, id: str) -> Session:
        """A handle on one conversation; nothing is stored until a turn is appended."""
        return Session(self._core.session(id), self, id)

    def sessions(self) -> List[_core.SessionInfo]:
        """The sessions of this scope's own namespace, the one with the latest turn first."""
        return self._core.sessions()

    @property
    def episodes(self) -> Episodes:
        """The episodic layer."""
        return Episodes(self._core.episodes(), self)

    @property
    def facts(self) -> Facts:
        """The semantic layer, as facts."""
        return Facts(self._core.facts(), self)

    @property
    def skills(self) -> Skills:
        """The procedural layer."""
        return Skills(self._core.skills(), self)


class Batch:
    """Changes for one commit, all or none; made by ``Scope.batch``.

    The end of its ``with`` commits it, unless the block raised. Later operations see what earlier ones did.
    """

    def __init__(self, scope: Scope, durability: Durability | str | None) -> None:
        self._scope = scope
        self._durability = durability
        self._core = _core._Batch()
        self._written: Tuple[_core.Written, ...] | None = None

    def __enter__(self) -> Batch:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.commit()

    def __len__(self) -> int:
        return len(self._core)

    def __repr__(self) -> str:
        return f"<Batch of {len(self)} operations{', committed' if self._written is not None else ''}>"

    @property
    def written(self) -> Tuple[_core.Written, ...]:
        """What each operation did, in order; once committed."""
        if self._written is None:
            raise RuntimeError("the batch is not committed yet")
        return self._written

    def commit(self) -> Tuple[_core.Written, ...]:
        """Apply the operations, once.

        Raises
        ------
        Error
            What the first operation that fails raises; its message starts with "operation <n>: ", n from 0.
        """
        if self._written is not None:
            raise RuntimeError("the batch is committed already")
        self._written = tuple(self._scope._core.write(self._core, self._durability))
        return self._written

    def put(
        self,
        text: str = "",
        *,
        key: str = "",
        layer: Layer | str = Layer.SEMANTIC,
        content: Any = None,
        vectors: Vectors | None = None,
        user: str = "",
        agent: str = "",
        session: str = "",
        author: str = "",
        event_time: datetime.datetime | None = None,
        event_end: datetime.datetime | Open | None = None,
        time_zone: str = "",
        expires_at: datetime.datetime | None = None,
        importance: float = 0.5,
        strength: float = 1.0,
        pinned: bool = False,
        trust: Trust | str = Trust.EXTERNAL,
        state: State | str = State.ACTIVE,
        tags: Sequence[str] = (),
        metadata: Mapping[str, Any] | None = None,
        provenance: ProvenanceFields | None = None,
        relations: Sequence[RelationFields] = (),
    ) -> None:
        """Queue a put; see ``Scope.put``."""
        self._open().put(
            {
                "text": text, "key": key, "layer": layer, "content": content, "vectors": vectors, "user": user, "agent": agent,
                "session": session, "author": author, "event_time": event_time, "event_end": event_end, "time_zone": time_zone,
                "expires_at": expires_at, "importance": importance, "strength": strength, "pinned": pinned, "trust": trust,
                "state": state, "tags": tags, "metadata": metadata, "provenance": provenance, "relations": relations,
            }
        )

    def update(
        self,
        id: str,
        *,
        text: str | Unset = UNSET,
        content: Any = UNSET,
        vectors: Vectors | Unset = UNSET,
        author: str | Unset = UNSET,
        event_time: datetime.datetime | Unset = UNSET,
        event_end: datetime.datetime | Open | None | Unset = UNSET,
        expires_at: datetime.datetime | None | Unset = UNSET,
        importance: float | Unset = UNSET,
        strength: float | Unset = UNSET,
        pinned: bool | Unset = UNSET,
        trust: Trust | str | Unset = UNSET,
        state: State | str | Unset = UNSET,
        tags: Sequence[str] | Unset = UNSET,
        metadata: Mapping[str, Any] | None | Unset = UNSET,
        provenance: ProvenanceFields | Unset = UNSET,
        if_version: int | None = None,
    ) -> None:
        """Queue an update; see ``Scope.update``."""
        fields = _changed(
            text=text, content=content, vectors=vectors, author=author, event_time=event_time, event_end=event_end,
            expires_at=expires_at, importance=importance, strength=strength, pinned=pinned, trust=trust, state=state, tags=tags,
            metadata=metadata, provenance=provenance,
        )
        self._open().update(id, fields, if_version)

    def forget(self, id: str) -> None:
        """Queue a forget of one memory; see ``Scope.forget``."""
        self._open().forget(id)

    def relate(self, source: str, type: str, target: str, *, metadata: Mapping[str, Any] | None = None) -> None:
        """Queue a link between two memories; see ``Scope.relate``."""
        self._open().relate(source, type, target, metadata)

    def unrelate(self, source: str, type: str, target: str) -> None:
        """Queue the end of a link; see ``Scope.unrelate``."""
        self._open().unrelate(source, type, target)

    def _open(self) -> _core._Batch:
        if self._written is not None:
            raise RuntimeError("the batch is committed already")
        return self._core


def _changed(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not UNSET}
