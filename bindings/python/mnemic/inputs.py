# SPDX-License-Identifier: Apache-2.0
"""The dictionaries and small records that calls take."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypedDict, Union

from mnemic.enums import Cardinality, FactKind, Layer, Open, Outcome, State, Trust

if TYPE_CHECKING:
    import numpy.typing

    from mnemic import _core

Where = Mapping[str, Any]
"""A filter: ``{"tags": "food", "metadata.trip.n": {"$gte": 2}, "$or": [{…}, {…}]}``; see docs/concepts.md. Datetimes may
stand for their texts. ``{}`` matches everything."""

Vectors = Union[Mapping[str, "numpy.typing.ArrayLike"], "numpy.typing.ArrayLike"]
"""``{"clip-b32": vector}``, or one vector for the store's own space. Shape (d,), finite, not all zero; float32 is not
converted."""


class JsonText(str):
    """JSON that is kept byte for byte, spaces and key order and the spelling of numbers included.

    Examples
    --------
    >>> import mnemic
    >>> with mnemic.open(":memory:") as store:
    ...     scope = store.scope("ada")
    ...     memory = scope.get(scope.put(content=mnemic.JsonText('{"b": 1.50,  "a": 2}')))
    ...     memory.content_json
    '{"b": 1.50,  "a": 2}'
    """

    __slots__ = ()


@dataclass(frozen=True)
class Turn:
    """One turn of a conversation that is no chat message, or that needs more than a message says.

    Parameters
    ----------
    author : str
        "user", "assistant", "tool", or a name.
    text : str
        What is indexed; may be empty when ``content`` is given.
    content
        The whole item: any JSON value.
    event_time : datetime, optional
        Aware; the clock's now when None.
    trust : Trust
        How far the author is believed.
    vectors : Vectors, optional
        Instead of calling the embedder.
    metadata : dict, optional
        Filterable as ``metadata.<path>``.
    key : str
        The caller's message id: appending it again changes nothing.
    """

    author: str = ""
    text: str = ""
    content: Any = None
    event_time: datetime.datetime | None = None
    trust: Trust | str = Trust.EXTERNAL
    vectors: Vectors | None = None
    metadata: Mapping[str, Any] | None = None
    key: str = ""

    def __repr__(self) -> str:
        return f"<Turn of {self.author!r}, {len(self.text)} characters>"

    def _fields_given(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


Message = Union[Mapping[str, Any], Turn, JsonText]
"""A chat message in the OpenAI form (a dict with "role"), its JSON text, or a Turn."""


class ProvenanceFields(TypedDict, total=False):
    """Where a memory came from. ``expires_by`` may stand there as a memory has it: it is checked, and not believed."""

    source: str
    model: str
    trace: str
    derived_from: Sequence[str]
    expires_by: int


class RelationFields(TypedDict, total=False):
    """A link to write together with a memory, from it to another one."""

    type: str
    to: str
    metadata: Mapping[str, Any] | None


class MemoryFields(TypedDict, total=False):
    """The fields of one memory, as ``Scope.put`` takes them."""

    text: str
    key: str
    layer: Layer | str
    content: Any
    vectors: Vectors | None
    user: str
    agent: str
    session: str
    author: str
    event_time: datetime.datetime | None
    event_end: datetime.datetime | Open | None
    time_zone: str
    expires_at: datetime.datetime | None
    importance: float
    strength: float
    pinned: bool
    trust: Trust | str
    state: State | str
    tags: Sequence[str]
    metadata: Mapping[str, Any] | None
    provenance: ProvenanceFields | None
    relations: Sequence[RelationFields]


class FactFields(TypedDict, total=False):
    """The fields of one fact, as ``Facts.assert_fact`` takes them."""

    subject: str
    attribute: str
    value: str
    kind: FactKind | str
    text: str
    cardinality: Cardinality | str | None
    since: datetime.datetime | None
    until: datetime.datetime | None
    state: State | str
    sources: Sequence[str]
    trust: Trust | str | None
    author: str
    session: str
    importance: float
    pinned: bool
    tags: Sequence[str]
    metadata: Mapping[str, Any] | None


class AttributeFields(TypedDict, total=False):
    """What an attribute is."""

    name: str
    cardinality: Cardinality | str


class StepFields(TypedDict, total=False):
    """One step of a run: a call of a tool, or something done by other means."""

    tool: str
    arguments: Any
    digest: str
    duration: datetime.timedelta | float


class LayerQuota(TypedDict, total=False):
    """The place of one layer among the hits.

    ``weight`` multiplies its scores (0: never found); ``at_least`` of the k are kept for its best; ``at_most`` bounds it.
    """

    layer: Layer | str
    weight: float
    at_least: int
    at_most: int


class PassFields(TypedDict, total=False):
    """A follow-up pass, as a Planner asks for it.

    ``text`` is the query's when left out, ``layers`` are all that the recall is about; ``where`` is besides the query's own
    filter; ``window`` is (begin, end).
    """

    why: str
    text: str
    layers: Sequence[Layer | str]
    where: Where
    window: _core.TimeWindow | tuple[datetime.datetime, datetime.datetime | Open]


class Limits(TypedDict, total=False):
    """Bounds on input; what is left out keeps its default. Breaking one raises InvalidArgument and changes nothing."""

    text_bytes: int
    content_bytes: int
    metadata_bytes: int
    metadata_depth: int
    content_depth: int
    name_bytes: int
    tags: int
    vectors: int
    relations: int
    dimension: int
    batch: int
    k: int


OutcomeLike = Union[Outcome, str]
