# SPDX-License-Identifier: Apache-2.0
"""The closed lists of the library. Every member is a ``str``, its stable lower-case name: ``Layer.SEMANTIC == "semantic"``,
and every call takes the name where it takes the member."""

from __future__ import annotations

import enum
from typing import Final, Literal


class _Name(str, enum.Enum):
    def __str__(self) -> str:
        return str(self.value)


class Layer(_Name):
    """The four kinds of memory."""

    CONVERSATIONAL = "conversational"
    EPISODIC = "episodic"
    SEMANTIC = "semantic"
    PROCEDURAL = "procedural"


class Trust(_Name):
    """How far the source of a memory is to be believed. Members compare by rank: ``Trust.USER > Trust.MODEL``."""

    EXTERNAL = "external"
    MODEL = "model"
    TOOL = "tool"
    USER = "user"
    OPERATOR = "operator"

    @property
    def rank(self) -> int:
        """0 for EXTERNAL to 4 for OPERATOR."""
        return list(Trust).index(self)

    def __lt__(self, other: str) -> bool:
        return self.rank < Trust(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Trust(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Trust(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Trust(other).rank


class State(_Name):
    """Where a memory stands."""

    ACTIVE = "active"
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    QUARANTINED = "quarantined"


class Outcome(_Name):
    """How something ended."""

    UNKNOWN = "unknown"
    SUCCESS = "success"
    FAILURE = "failure"


class Durability(_Name):
    """What a returned write has survived: FULL a power cut, RELAXED a killed process."""

    FULL = "full"
    RELAXED = "relaxed"


class Access(_Name):
    """What may be done through a store or a scope."""

    READ_WRITE = "read_write"
    READ_ONLY = "read_only"


class Reach(_Name):
    """Which namespaces a scope reads besides its own. It always writes to its own only."""

    OWN = "own"
    SUBTREE = "subtree"
    GRANTED = "granted"


class Order(_Name):
    """Order of a listing: by event time, or by when it was first written."""

    NEWEST = "newest"
    OLDEST = "oldest"
    CREATED = "created"


class Direction(_Name):
    """Which end of its relations a memory is."""

    BOTH = "both"
    OUTGOING = "outgoing"
    INCOMING = "incoming"


class Cardinality(_Name):
    """How many values of an attribute can be true of a subject at once."""

    SINGLE = "single"
    MANY = "many"


class FactKind(_Name):
    """A fact is what is the case; a preference is what somebody wants or likes."""

    FACT = "fact"
    PREFERENCE = "preference"


class EmbedKind(_Name):
    """What a text is embedded for; some models treat the two differently."""

    PASSAGE = "passage"
    QUERY = "query"


class JobState(_Name):
    """Where a job stands."""

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"


class PolicyKind(_Name):
    """What a rule does: it gives memories a life, erases what nobody wrote for long, keeps memories from being erased, or keeps
    writes out."""

    EXPIRY = "expiry"
    RETENTION = "retention"
    HOLD = "hold"
    REFUSAL = "refusal"


class TombstoneKind(_Name):
    """What a tombstone keeps out: a text that was erased, or the value of a fact that was rejected."""

    ERASED = "erased"
    REJECTED = "rejected"


class Verdict(_Name):
    """Why a memory was found, or not."""

    HIT = "hit"
    BELOW_CUT = "below_cut"
    NOT_NOMINATED = "not_nominated"
    FILTERED = "filtered"
    EXPIRED = "expired"
    STATE = "state"
    NOT_HOLDING = "not_holding"
    QUOTA = "quota"
    BELOW_MINIMUM = "below_minimum"
    DISPLACED = "displaced"


class Depth(_Name):
    """How many passes a recall makes."""

    SHALLOW = "shallow"
    MULTI = "multi"


class Stage(_Name):
    """What a deadline or a cancel token leaves out, first to last. Words and pinned memories never are."""

    RERANK = "rerank"
    PASSES = "passes"
    DIVERSITY = "diversity"
    VECTOR = "vector"
    NEIGHBOURS = "neighbours"


class TransferFormat(_Name):
    """What kind of file ``Admin.import_from`` reads."""

    AUTO = "auto"
    MNEMIC = "mnemic"
    MEM0 = "mem0"
    LANGGRAPH = "langgraph"
    MCP_MEMORY = "mcp-memory"
    LETTA = "letta"


class OnConflict(_Name):
    """What becomes of a memory of a file where the store has its id with another content, another memory with its key, or has
    forgotten it: the one written later stands, or the import raises."""

    KEEP_NEWER = "keep_newer"
    REFUSE = "refuse"


class Open(enum.Enum):
    """The type of ``OPEN``."""

    OPEN = "open"

    def __repr__(self) -> str:
        return "OPEN"

    __str__ = __repr__


OPEN: Final[Literal[Open.OPEN]] = Open.OPEN
"""The end of what has begun and not ended: later than every time."""


class Unset(enum.Enum):
    """The type of ``UNSET``."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final[Literal[Unset.UNSET]] = Unset.UNSET
"""Stands for "leave it as it is" where None would empty a field."""
