"""
The compiled part of mnemic. Its classes without an underscore are public by way of the package mnemic.
"""

from collections.abc import Callable, Iterator, Sequence
import datetime
from typing import Any, overload

import numpy
import numpy.typing

import mnemic.enums


def version() -> str:
    """Of the library and the package, "0.1.0"."""

def parse_namespace(printed: str) -> tuple[str, ...]:
    """The segments of a printed namespace, "acme/ada"."""

def format_namespace(segments: Sequence[str]) -> str:
    """The printed form: segments joined by /, escaped."""

class Provenance:
    """Where a memory came from."""

    @property
    def source(self) -> str:
        """Free: "chat", "import:notes.jsonl", "tool:calendar"."""

    @property
    def model(self) -> str:
        """The model that wrote or extracted it; "" when none did."""

    @property
    def trace(self) -> str:
        """The caller's trace id."""

    @property
    def derived_from(self) -> tuple[str, ...]:
        """Ids of the memories it was made from."""

    @property
    def expires_by(self) -> int:
        """The policy that set expires_at when it was put; 0: none."""

    def __repr__(self) -> str: ...

class Relation:
    """A typed, directed link between two memories."""

    @property
    def source(self) -> str:
        """Id of the memory it starts at."""

    @property
    def type(self) -> str:
        """"derived_from", "supersedes", "run_of", or the caller's own."""

    @property
    def target(self) -> str:
        """Id of the memory it leads to."""

    @property
    def metadata(self) -> Any:
        """A dict, or None; parsed anew at each access."""

    @property
    def created_at(self) -> datetime.datetime:
        """When it was made, or its metadata last changed."""

    @property
    def seq(self) -> int:
        """The change that made it, or last changed its metadata."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values: times in RFC 3339, empty and unset fields left out."""

    def __repr__(self) -> str: ...

class Memory:
    """
    A stored memory, as of one version. Two are equal when id and version are.
    """

    @property
    def id(self) -> str:
        """A UUID as text; ids sort by when they were made."""

    @property
    def namespace(self) -> tuple[str, ...]:
        """Where it lives, segment by segment."""

    @property
    def key(self) -> str:
        """The caller's own id; "" when there is none."""

    @property
    def layer(self) -> mnemic.enums.Layer:
        """The kind of memory."""

    @property
    def text(self) -> str:
        """
        What words and the embedder see; "" when it has only content or vectors.
        """

    @property
    def content(self) -> Any:
        """
        Any JSON value, None without one. Parsed anew at each access; keep it in a variable.
        """

    @property
    def content_json(self) -> str:
        """The content byte for byte as it was given; "null" without one."""

    @property
    def vectors(self) -> dict[str, numpy.typing.NDArray[numpy.float32]]:
        """
        By the name of their space: read-only float32 arrays of shape (d,). Empty unless they were asked for.
        """

    @property
    def user(self) -> str:
        """Who it belongs to; "" when nobody said."""

    @property
    def agent(self) -> str:
        """The agent that wrote it; "" when nobody said."""

    @property
    def session(self) -> str:
        """The conversation it is of; "" when of none."""

    @property
    def author(self) -> str:
        """Who said it: a role or a name."""

    @property
    def turn(self) -> int | None:
        """Place in its session, from 0; None for what is no turn."""

    @property
    def event_time(self) -> datetime.datetime:
        """When it happened or began. All times are aware and in UTC."""

    @property
    def event_end(self) -> datetime.datetime | mnemic.enums.Open | None:
        """When it ended; OPEN: not yet; None: it has no interval."""

    @property
    def time_zone(self) -> str:
        """IANA name of the zone it was said in."""

    @property
    def created_at(self) -> datetime.datetime:
        """When its first version was written."""

    @property
    def updated_at(self) -> datetime.datetime:
        """When this version was written."""

    @property
    def expires_at(self) -> datetime.datetime | mnemic.enums.Open | None:
        """From this instant it is not read any more; None: never."""

    @property
    def importance(self) -> float:
        """
        In [0, 1], 0.5 being neutral; raises or lowers recall by a bounded factor.
        """

    @property
    def strength(self) -> float:
        """In [0, 1]; kept, not used yet."""

    @property
    def pinned(self) -> bool:
        """Whether context() always offers it, before the hits."""

    @property
    def trust(self) -> mnemic.enums.Trust:
        """How far its source is believed."""

    @property
    def state(self) -> mnemic.enums.State:
        """Where it stands: whether it is recalled."""

    @property
    def tags(self) -> tuple[str, ...]:
        """In the order given; no duplicates."""

    @property
    def metadata(self) -> Any:
        """A dict, None without any. Parsed anew at each access."""

    @property
    def provenance(self) -> Provenance:
        """Where it came from."""

    @property
    def version(self) -> int:
        """1, 2, 3, … for each memory; what if_version compares."""

    @property
    def seq_from(self) -> int:
        """The store-wide number of the change that wrote this version."""

    @property
    def seq_to(self) -> int | None:
        """The change that ended this version; None: it is the current one."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values: times in RFC 3339, empty and unset fields left out."""

    def show(self) -> str:
        """As repr, and the text."""

    def __eq__(self, other: object, /) -> bool: ...

    def __hash__(self) -> int: ...

    def __repr__(self) -> str: ...

class Related:
    """A relation, and the memory at its other end."""

    @property
    def relation(self) -> Relation:
        """The link."""

    @property
    def memory(self) -> Memory:
        """What is at its other end."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values: times in RFC 3339, empty and unset fields left out."""

    def __repr__(self) -> str: ...

class Written:
    """What one operation of a write did."""

    @property
    def id(self) -> str:
        """The memory written, updated or forgotten; of a link, its start."""

    @property
    def version(self) -> int:
        """The version now current; 0 after a forget, and for links."""

    @property
    def seq(self) -> int:
        """
        Its change number; when nothing had to change, that of what stands, or 0.
        """

    def __repr__(self) -> str: ...

class ForgetReport:
    """What was (or with dry_run would be) forgotten."""

    @property
    def ids(self) -> tuple[str, ...]:
        """As asked for, in order of creation."""

    @property
    def derived(self) -> tuple[str, ...]:
        """Forgotten with them: derived from nothing else that stands."""

    @property
    def unlinked(self) -> tuple[str, ...]:
        """
        Derived from others too, or not this scope's: still there, without the relation.
        """

    @property
    def dry_run(self) -> bool:
        """True: nothing was forgotten, this is only what would be."""

    def __len__(self) -> int: ...

    def __repr__(self) -> str: ...

class SessionInfo:
    """What is known of one session."""

    @property
    def id(self) -> str:
        """As given to Scope.session."""

    @property
    def turns(self) -> int:
        """How many there are."""

    @property
    def first(self) -> datetime.datetime:
        """Event time of its earliest turn."""

    @property
    def last(self) -> datetime.datetime:
        """Event time of its latest turn."""

    def __repr__(self) -> str: ...

class ScoreParts:
    """
    score = (words + vector + neighbours) × recency × importance × author × window × layer + passes; a reranker moves it further.
    """

    @property
    def words(self) -> float:
        """What the words added: their weight × calibrated BM25."""

    @property
    def vector(self) -> float:
        """What the vectors added: their weight × calibrated cosine."""

    @property
    def neighbours(self) -> float:
        """What the turns before and after it in its session lent."""

    @property
    def recency(self) -> float:
        """A factor; 1 unless recency_boost is asked for."""

    @property
    def importance(self) -> float:
        """A factor; 1 for an importance of 0.5."""

    @property
    def author(self) -> float:
        """A factor: the query names its author."""

    @property
    def window(self) -> float:
        """A factor: nearness to the window of time."""

    @property
    def layer(self) -> float:
        """A factor: the weight of its layer in per_layer."""

    @property
    def passes(self) -> float:
        """What follow-up passes added."""

    @property
    def bm25(self) -> float | None:
        """Raw; None: the words did not find it."""

    @property
    def cosine(self) -> float | None:
        """
        Raw, in [-1, 1], of its best passage; None: it has no vector in the asked space.
        """

    @property
    def words_rank(self) -> int | None:
        """1 is the best by words; None: the words did not find it."""

    @property
    def vector_rank(self) -> int | None:
        """1 is the best by vectors; None: the vectors did not find it."""

    @property
    def rerank(self) -> float | None:
        """What the reranker gave it, raw; None: it was not asked about this one."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values: times in RFC 3339, empty and unset fields left out."""

    def __repr__(self) -> str: ...

class Validity:
    """The half-open interval in which a fact holds."""

    @property
    def since(self) -> datetime.datetime:
        """From when it holds."""

    @property
    def until(self) -> datetime.datetime | None:
        """From when it holds no more; None: it still holds."""

    def __repr__(self) -> str: ...

class Passage:
    """
    The part of a long text, of more than 300 bytes, that a query is about.
    """

    @property
    def begin(self) -> int:
        """Its first byte in the UTF-8 of the memory's text."""

    @property
    def end(self) -> int:
        """The byte after its last one."""

    @property
    def text(self) -> str:
        """memory.text.encode()[begin:end].decode()"""

    def __repr__(self) -> str: ...

class Hit:
    """One remembered thing; memory.layer says of which layer."""

    @property
    def memory(self) -> Memory:
        """What was found."""

    @property
    def score(self) -> float:
        """Higher is better; comparable within one answer only."""

    @property
    def parts(self) -> ScoreParts:
        """Where the score came from."""

    @property
    def holds(self) -> Validity | None:
        """Of facts, when they hold; None for other memories."""

    @property
    def passage(self) -> Passage | None:
        """
        Of a long text, the part that was found; None for one of at most 300 bytes.
        """

    @property
    def id(self) -> str:
        """memory.id"""

    @property
    def text(self) -> str:
        """memory.text"""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values: times in RFC 3339, empty and unset fields left out."""

    def show(self) -> str:
        """As repr, and the text."""

    def __repr__(self) -> str: ...

class PackedContext:
    """A prompt part, packed."""

    @property
    def text(self) -> str:
        """The block; "" when there is nothing."""

    @property
    def tokens(self) -> int:
        """Of text, by the token counter."""

    @property
    def cited(self) -> tuple[str, ...]:
        """Ids of what stands in it as [1], [2], … in this order."""

    @property
    def folded(self) -> tuple[str, ...]:
        """Ids of what was left out because the same text already stands there."""

    @property
    def dropped(self) -> tuple[str, ...]:
        """Ids of what was left out because the budget was full."""

    def __repr__(self) -> str: ...

class TimeWindow:
    """The half-open interval of time that a query speaks of."""

    @property
    def begin(self) -> datetime.datetime:
        """In it."""

    @property
    def end(self) -> datetime.datetime:
        """No more in it."""

    @property
    def words(self) -> str:
        """Of the query, that it was read from; "" when it was given."""

    def __repr__(self) -> str: ...

class Pass:
    """One search of a plan."""

    @property
    def why(self) -> str:
        """For people."""

    @property
    def text(self) -> str:
        """What was asked."""

    @property
    def layers(self) -> tuple[mnemic.enums.Layer, ...]:
        """Those it was about; empty: all."""

    @property
    def where(self) -> dict[str, Any]:
        """The filter it was under."""

    @property
    def window(self) -> TimeWindow | None:
        """Its soft window of time, if it had one."""

    @property
    def new_hits(self) -> int:
        """Hits of the answer that no pass before it had among its k best."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values: times in RFC 3339, empty and unset fields left out."""

    def __repr__(self) -> str: ...

class CancelToken:
    """
    Ends a recall early, from any thread: it answers what it has. For one call or many.
    """

    def __init__(self) -> None: ...

    def cancel(self) -> None:
        """From now on every call that has it leaves out what it has not begun."""

    @property
    def cancelled(self) -> bool:
        """Whether cancel was called."""

    def __repr__(self) -> str: ...

class RecallResult:
    """
    What recall found: a sequence of hits, best first. Needs the store no more.
    """

    @property
    def hits(self) -> tuple[Hit, ...]:
        """Best first, ties by id; at most the k asked for."""

    @property
    def pinned(self) -> tuple[Memory, ...]:
        """
        Pinned memories that match the filter, newest first, however they score.
        """

    @property
    def ids(self) -> numpy.typing.NDArray[numpy.str_]:
        """Of the hits: shape (k,), dtype <U36."""

    @property
    def scores(self) -> numpy.typing.NDArray[numpy.float64]:
        """Of the hits: shape (k,), float64."""

    @property
    def seq(self) -> int:
        """Every change up to this one was seen."""

    @property
    def searched(self) -> int:
        """Memories that passed the filter."""

    @property
    def window(self) -> TimeWindow | None:
        """The soft window of time that was used; None: none."""

    @property
    def plan(self) -> tuple[Pass, ...]:
        """The passes made, the query itself first."""

    @property
    def dropped(self) -> tuple[mnemic.enums.Stage, ...]:
        """
        Left out because of the deadline or the cancel token, in the order of Stage.
        """

    @property
    def token_budget(self) -> int:
        """Of context(), in tokens, as asked; 0: no bound."""

    @property
    def time_zone(self) -> str:
        """In which context() prints times."""

    @property
    def nonce(self) -> str:
        """In the name of the fence of context(); fresh for each recall."""

    def context(self, *, max_tokens: int | None = None, count_tokens: Callable[[str], int] | None = None) -> str:
        """
        The hits (pinned memories first) as one fenced block for a prompt: numbered, with source, trust and time, within
        max_tokens (0: no bound; by default the budget that was asked). "" when there is nothing.
        """

    def pack(self, *, max_tokens: int | None = None, count_tokens: Callable[[str], int] | None = None) -> PackedContext:
        """As context, with what was cited, folded and dropped."""

    def __len__(self) -> int: ...

    @overload
    def __getitem__(self, arg: int, /) -> Hit: ...

    @overload
    def __getitem__(self, arg: slice, /) -> tuple[Hit, ...]: ...

    def __iter__(self) -> Iterator[Hit]: ...

    def __repr__(self) -> str: ...

class RecallBatch:
    """
    The answers to several queries, in their order: a sequence of RecallResult.
    """

    @property
    def ids(self) -> numpy.typing.NDArray[numpy.str_]:
        """
        Shape (n, w), dtype <U36, w being the most hits any query has; "" where a query has fewer.
        """

    @property
    def scores(self) -> numpy.typing.NDArray[numpy.float64]:
        """Shape (n, w), float64; 0 where a query has fewer."""

    def __len__(self) -> int: ...

    @overload
    def __getitem__(self, arg: int, /) -> RecallResult: ...

    @overload
    def __getitem__(self, arg: slice, /) -> tuple[RecallResult, ...]: ...

    def __iter__(self) -> Iterator[RecallResult]: ...

    def __repr__(self) -> str: ...

class Explanation:
    """Why a memory was found, or not."""

    @property
    def verdict(self) -> mnemic.enums.Verdict:
        """Found, or what kept it out."""

    @property
    def rank(self) -> int | None:
        """1 is the best of everything that was ranked; None: it was not."""

    @property
    def score(self) -> float:
        """0 when it was not ranked."""

    @property
    def cut(self) -> float:
        """The lowest score among the k hits; 0 when fewer were found."""

    @property
    def parts(self) -> ScoreParts:
        """Where the score came from."""

    @property
    def terms(self) -> tuple[str, ...]:
        """Of the query, as searched."""

    @property
    def matched(self) -> tuple[str, ...]:
        """Those of them the memory has."""

    @property
    def reason(self) -> str:
        """One sentence for people, without memory text."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values: times in RFC 3339, empty and unset fields left out."""

    def __repr__(self) -> str: ...

class Episode:
    """A recorded episode."""

    @property
    def memory(self) -> Memory:
        """As stored; begins at memory.event_time."""

    @property
    def id(self) -> str:
        """memory.id"""

    @property
    def text(self) -> str:
        """What happened."""

    @property
    def who(self) -> tuple[str, ...]:
        """Who took part."""

    @property
    def why(self) -> str:
        """The reason; "" when nobody said."""

    @property
    def outcome(self) -> mnemic.enums.Outcome:
        """How it ended."""

    @property
    def day(self) -> str:
        """The day it began in the scope's zone, "2026-05-08"."""

    @property
    def start(self) -> datetime.datetime:
        """When it began, in UTC: memory.event_time"""

    @property
    def end(self) -> datetime.datetime | mnemic.enums.Open | None:
        """
        When it ended: memory.event_end. OPEN: it goes on; None: it was a moment.
        """

    @property
    def open(self) -> bool:
        """Whether it has begun and not ended."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values: times in RFC 3339, empty and unset fields left out."""

    def __repr__(self) -> str: ...

class Fact:
    """A stored fact."""

    @property
    def memory(self) -> Memory:
        """
        As stored; memory.state says whether it is proposed, confirmed, rejected or superseded.
        """

    @property
    def id(self) -> str:
        """memory.id"""

    @property
    def subject(self) -> str:
        """Of whom or what: "Ada"."""

    @property
    def attribute(self) -> str:
        """What is said of it: "lives in"."""

    @property
    def value(self) -> str:
        """What the attribute is: "Lisbon"."""

    @property
    def kind(self) -> mnemic.enums.FactKind:
        """What is the case, or what somebody wants or likes."""

    @property
    def holds(self) -> Validity:
        """The interval in which it is true."""

    def is_true_at(self, time: datetime.datetime) -> bool:
        """
        True when it holds at time and is not rejected, quarantined, or superseded without an end.
        """

    def to_dict(self) -> dict[str, Any]:
        """As JSON values: times in RFC 3339, empty and unset fields left out."""

    def __repr__(self) -> str: ...

class Asserted:
    """What an assertion did."""

    @property
    def id(self) -> str:
        """The fact; the one that stood already when it said the same."""

    @property
    def known(self) -> bool:
        """It stood already: only sources were added."""

    @property
    def superseded(self) -> tuple[str, ...]:
        """Ids of facts whose interval it cut or replaced."""

    @property
    def conflicts(self) -> tuple[str, ...]:
        """Ids of other values, left to be decided."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values: times in RFC 3339, empty and unset fields left out."""

    def __repr__(self) -> str: ...

class Attribute:
    """What an attribute of facts is."""

    @property
    def name(self) -> str:
        """As facts name it: "lives in"."""

    @property
    def cardinality(self) -> mnemic.enums.Cardinality:
        """How many values can be true of a subject at once."""

    def __repr__(self) -> str: ...

class Step:
    """One step of a run."""

    @property
    def tool(self) -> str:
        """What was called or done: "find_order"."""

    @property
    def arguments(self) -> Any:
        """What it was called with: any JSON value, parsed anew at each access."""

    @property
    def digest(self) -> str:
        """A short form of the result, or a hash of it."""

    @property
    def duration(self) -> datetime.timedelta:
        """How long it took, to the millisecond; 0 when nobody said."""

    def __repr__(self) -> str: ...

class Skill:
    """
    A way of doing something: what its runs have in common, and how they went.
    """

    @property
    def memory(self) -> Memory:
        """As stored: its text is the goal and the tools."""

    @property
    def id(self) -> str:
        """memory.id"""

    @property
    def name(self) -> str:
        """As given to record_run, or the goal."""

    @property
    def goal(self) -> str:
        """Of the run that made it."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """
        Of the run recorded last that succeeded, or of the last as long as none did.
        """

    @property
    def runs(self) -> int:
        """How many were recorded; some may have no known outcome."""

    @property
    def successes(self) -> int:
        """Runs that ended well."""

    @property
    def failures(self) -> int:
        """Runs that failed."""

    @property
    def mean_duration(self) -> datetime.timedelta:
        """Over all runs, of the sums of their steps."""

    @property
    def confidence(self) -> float:
        """
        In [0, 1]: lower end of the 95 % interval (Wilson, 1927) of its share of successes; 0 without a known outcome.
        """

    def to_dict(self) -> dict[str, Any]:
        """As JSON values: times in RFC 3339, empty and unset fields left out."""

    def __repr__(self) -> str: ...

class SkillMatch:
    """A skill to try for a goal."""

    @property
    def skill(self) -> Skill:
        """What to try."""

    @property
    def similarity(self) -> float:
        """Of the goals, in [0, 1]."""

    @property
    def score(self) -> float:
        """similarity × (1 + confidence) / 2, in [0, 1]"""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values: times in RFC 3339, empty and unset fields left out."""

    def __repr__(self) -> str: ...

class RecordedRun:
    """What recording a run did: the ids of the run and of its skill."""

    @property
    def run(self) -> str:
        """Id of the run; Scope.get reads it, recall does not find it."""

    @property
    def skill(self) -> str:
        """Id of the skill it was counted in."""

    def __repr__(self) -> str: ...

class StoreStats:
    """Counts and sizes of a store."""

    @property
    def namespaces(self) -> int:
        """That were ever written to."""

    @property
    def memories(self) -> int:
        """Current versions."""

    @property
    def versions(self) -> int:
        """All versions, current ones included."""

    @property
    def sessions(self) -> int:
        """Conversations."""

    @property
    def relations(self) -> int:
        """That stand."""

    @property
    def seq(self) -> int:
        """The newest change."""

    @property
    def file_bytes(self) -> int:
        """Of the file, without its WAL."""

    @property
    def wal_bytes(self) -> int:
        """Of the WAL beside it."""

    @property
    def without_vector(self) -> int:
        """Current memories with text but no vector in the store's own space."""

    @property
    def jobs_waiting(self) -> int:
        """Jobs that wait or are leased."""

    @property
    def jobs_dead(self) -> int:
        """Jobs that were given up."""

    @property
    def escalations(self) -> int:
        """Attempts at jobs that broke their memory cap, since the file was made."""

    @property
    def job_lag(self) -> datetime.timedelta:
        """How long the job that waits longest has been due."""

    @property
    def chunks(self) -> int:
        """Sealed ones."""

    @property
    def chunk_bytes(self) -> int:
        """Their size."""

    @property
    def partitions_loaded(self) -> int:
        """Namespaces whose words and vectors this process holds in memory."""

    @property
    def partition_hits(self) -> int:
        """Namespaces that a recall of this Store found up to date in memory."""

    @property
    def partition_misses(self) -> int:
        """And those it had to load or to bring up to date."""

    @property
    def cache_bytes(self) -> int:
        """The estimated size of those that are loaded."""

    @property
    def embedding_hits(self) -> int:
        """Texts whose vector this Store had kept."""

    @property
    def embedding_misses(self) -> int:
        """And those it had not."""

    @property
    def commits(self) -> int:
        """Made by this Store."""

    @property
    def writes(self) -> int:
        """
        Write calls those commits served: more than commits where they were grouped.
        """

    @property
    def embedding_space(self) -> str:
        """"name/version/dimension" of the store's embedder; "" without one."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; job_lag is job_lag_ms, in whole milliseconds."""

    def __repr__(self) -> str: ...

class Grant:
    """
    One read grant: scopes on reader that reach what is granted also read target.
    """

    @property
    def reader(self) -> tuple[str, ...]:
        """The namespace that may read, segment by segment."""

    @property
    def target(self) -> tuple[str, ...]:
        """The namespace that may be read; that one alone, not what is below."""

    @property
    def granted_at(self) -> datetime.datetime:
        """When it was granted."""

    def __repr__(self) -> str: ...

class EraseReceipt:
    """What an erasure took, and how far it is; no text."""

    @property
    def erased(self) -> tuple[str, ...]:
        """Ids of what was asked for."""

    @property
    def derived(self) -> tuple[str, ...]:
        """
        Ids of what was erased with them: derived from nothing else, or quoting them.
        """

    @property
    def unlinked(self) -> tuple[str, ...]:
        """
        Ids of what was derived from others too, and is still there: the link is gone.
        """

    @property
    def versions(self) -> int:
        """Of all of them, forgotten and overwritten ones included."""

    @property
    def relations(self) -> int:
        """From them and to them; 0 after a dry run, which does not count them."""

    @property
    def jobs(self) -> int:
        """That named or quoted them, dead ones included."""

    @property
    def hashes(self) -> tuple[str, ...]:
        """
        Keyed hashes of the texts, 64 hexadecimal digits each; none without the erasure_key of open.
        """

    @property
    def erased_seq(self) -> int:
        """From this change on they are gone for every call; 0 after a dry run."""

    @property
    def purged_seq(self) -> int:
        """
        erased_seq or later once no byte of them is left; 0: not yet, see Admin.purge.
        """

    @property
    def dry_run(self) -> bool:
        """Whether nothing was erased."""

    @property
    def not_covered(self) -> tuple[str, ...]:
        """What this cannot reach, in words."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""

    def __repr__(self) -> str: ...

class Erasure:
    """One line of the ledger of erasures."""

    @property
    def erased_seq(self) -> int:
        """From this change on it was gone for every call."""

    @property
    def at(self) -> datetime.datetime:
        """When it was erased."""

    @property
    def by(self) -> str:
        """Who asked; "" when nobody said."""

    @property
    def reason(self) -> str:
        """As given to erase."""

    @property
    def memories(self) -> int:
        """How many were erased, derived ones included."""

    @property
    def purged_seq(self) -> int:
        """erased_seq or later once no byte of them is left; 0: not yet."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values: times in RFC 3339."""

    def __repr__(self) -> str: ...

class Tombstone:
    """
    What an erased text or a rejected value left, so that it does not come back to its namespace.
    """

    @property
    def kind(self) -> mnemic.enums.TombstoneKind:
        """Which of the two."""

    @property
    def namespace(self) -> tuple[str, ...]:
        """Where it keeps out, segment by segment."""

    @property
    def hash(self) -> str:
        """
        The keyed hash of an erased text, as in EraseReceipt.hashes; "" for a rejected value.
        """

    @property
    def memory(self) -> str | None:
        """
        The id of the fact whose value was rejected, which may have been erased since; None for an erased text.
        """

    @property
    def seq(self) -> int:
        """
        The erasure, as Erasure.erased_seq, or the change that rejected the fact.
        """

    @property
    def created_at(self) -> datetime.datetime | None:
        """When that change was made; None: the file does not say."""

    @property
    def hits(self) -> int:
        """Writes that it kept out, or in quarantine."""

    @property
    def last_hit_at(self) -> datetime.datetime | None:
        """When it last did; None: never."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values: times in RFC 3339, unset fields left out."""

    def __repr__(self) -> str: ...

class Policy:
    """A rule of a store, and what it did."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def kind(self) -> mnemic.enums.PolicyKind:
        """What it does."""

    @property
    def namespace(self) -> tuple[str, ...] | None:
        """Whose memories it is about; None: those of every namespace."""

    @property
    def subtree(self) -> bool:
        """Whether also those of namespaces below it."""

    @property
    def where(self) -> dict[str, Any]:
        """The filter that they pass; {}: all of them."""

    @property
    def after(self) -> datetime.timedelta | None:
        """
        The life that it gives, or how long it keeps what nobody writes; None: of another kind.
        """

    @property
    def refresh_on_use(self) -> bool:
        """Whether use prolongs the lives it gave."""

    @property
    def quarantine(self) -> bool:
        """Whether it quarantines instead of refusing."""

    @property
    def owner(self) -> str:
        """Who is responsible."""

    @property
    def reason(self) -> str:
        """What those are told whom it concerns."""

    @property
    def expires_at(self) -> datetime.datetime | None:
        """From then on it does nothing; None: until it is removed."""

    @property
    def dry_run(self) -> bool:
        """Whether it only counts what it would have done."""

    @property
    def created_at(self) -> datetime.datetime:
        """When it was added."""

    @property
    def ended(self) -> bool:
        """Whether expires_at has passed."""

    @property
    def hits(self) -> int:
        """Lives given or prolonged, memories erased, erasures or writes refused."""

    @property
    def last_hit_at(self) -> datetime.datetime | None:
        """When it last did something; None: never."""

    def to_dict(self) -> dict[str, Any]:
        """
        As JSON values: times in RFC 3339, after in seconds, unset fields left out.
        """

    def __repr__(self) -> str: ...

class _Policies:
    def add(self, arg: object | None) -> int: ...

    def preview(self, arg: object, /) -> list[str]: ...

    def get(self, arg: object | None) -> Policy: ...

    def list(self) -> list[Policy]: ...

    def remove(self, arg: object | None) -> None: ...

def _policies(arg: _Store, /) -> _Policies: ...

class _Space:
    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def normalized(self) -> bool: ...

    @property
    def query_prefix(self) -> str: ...

    @property
    def passage_prefix(self) -> str: ...

class NativeEmbedder:
    """An embedder of the library's own: it runs without the GIL."""

    @property
    def space(self) -> _Space:
        """What its vectors mean: name, version and dimension."""

    def embed(self, texts: Sequence[str], kind: str = 'passage') -> numpy.typing.NDArray[numpy.float32]:
        """
        Shape (n, d), float32: one row for each text. kind: "passage" or "query".
        """

    def __repr__(self) -> str: ...

def default_embedder() -> NativeEmbedder:
    """
    The default of open: the static one, or the hashed one in a build without its table.
    """

def static_embedder() -> NativeEmbedder | None:
    """
    Meaning from a table of token vectors, 256 dimensions, English. None in a build without the table.
    """

def hashed_embedder() -> NativeEmbedder:
    """
    No model: signed feature hashing of words and character n-grams, 384 dimensions.
    """

def _transformer_embedder(directory: object, options: object) -> NativeEmbedder: ...

class EndpointStats:
    """One endpoint since the embedder was made."""

    @property
    def authority(self) -> str:
        """"host:port"."""

    @property
    def requests(self) -> int:
        """Sent and ended."""

    @property
    def failures(self) -> int:
        """Those that gave no vectors, whatever the reason."""

    @property
    def in_flight(self) -> int:
        """Under way now."""

    @property
    def latency(self) -> datetime.timedelta:
        """Of recent requests, as a moving average; 0 before the first."""

    @property
    def not_before(self) -> datetime.timedelta:
        """How much longer nothing is sent to it: it rests, or said Retry-After."""

    def __repr__(self) -> str: ...

class HttpEmbedderStats:
    """What an HttpEmbedder did so far."""

    @property
    def endpoints(self) -> tuple[EndpointStats, ...]:
        """In the order of the urls."""

    @property
    def retries(self) -> int:
        """Requests that repeated one that had failed."""

    def __repr__(self) -> str: ...

class HttpEmbedder(NativeEmbedder):
    """
    Vectors from OpenAI-compatible embeddings endpoints; see mnemic.embedders.http_embedder.
    """

    def stats(self) -> HttpEmbedderStats:
        """What happened so far, for a dashboard or a health check."""

    def __repr__(self) -> str: ...

def _http_embedder(options: object) -> HttpEmbedder: ...

class Reembedding:
    """A move from one embedder to another that is under way."""

    @property
    def source(self) -> _Space | None:
        """The space that recall goes by; None: none."""

    @property
    def target(self) -> _Space:
        """The space that it moves to."""

    @property
    def total(self) -> int:
        """Current memories with text."""

    @property
    def missing(self) -> int:
        """
        Those of them without a vector in the target. Texts that have none in it stay so, and hold nothing up.
        """

    @property
    def dead(self) -> int:
        """Jobs that failed for good, which hold the switch up: Jobs.retry them."""

    def __repr__(self) -> str: ...

class NativeReranker:
    """
    A reranker of the library's own: it runs without the GIL, which an embedder in Python takes.
    """

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the query: higher is better."""

    def __repr__(self) -> str: ...

def _late_interaction() -> NativeReranker: ...

def _by_embedding(embedder: object) -> NativeReranker: ...

class EstimatingTokenCounter:
    """
    The built-in token counter: an estimate that needs no vocabulary and errs on the high side.
    """

    def __call__(self, text: str) -> int:
        """The tokens of text, estimated."""

class SecretScreen:
    """
    The built-in screen: keys, tokens, passwords and card numbers become [redacted:<kind>].
    """

    def __call__(self, text: str, field: str = 'text') -> str | None:
        """The text without its secrets; None when it has none."""

def estimating_token_counter() -> EstimatingTokenCounter:
    """The built-in token counter, the default of open."""

def secret_screen() -> SecretScreen:
    """A screen for secrets, to be given to open."""

class _Store:
    def close(self) -> None: ...

    def scope(self, arg0: object | None, arg1: object | None) -> _Scope: ...

    def flush(self) -> None: ...

    def snapshot(self, arg: object | None) -> None: ...

    def reembed(self, embedder: object | None, now: object | None = False) -> None: ...

    def reembedding(self) -> Reembedding | None: ...

    def drop_space(self, name: object | None, version: object | None) -> None: ...

    def stats(self) -> StoreStats: ...

    def check(self, repair: bool = False) -> CheckReport: ...

    def namespaces(self) -> tuple[tuple[str, ...], ...]: ...

    def find(self, arg0: object | None, arg1: object | None) -> Memory: ...

    def history(self, arg: object, /) -> list[Memory]: ...

    def grant(self, arg0: object | None, arg1: object | None) -> None: ...

    def revoke(self, arg0: object | None, arg1: object | None) -> None: ...

    def grants(self) -> list[Grant]: ...

    def erase(self, arg: object | None) -> EraseReceipt: ...

    def purge(self) -> int: ...

    def erasures(self) -> list[Erasure]: ...

    def tombstones(self) -> list[Tombstone]: ...

def _open(path: object | None, options: object | None) -> _Store: ...

class Job:
    """A durable job."""

    @property
    def id(self) -> int:
        """Its number: store-wide, ascending, never used again."""

    @property
    def state(self) -> mnemic.enums.JobState:
        """Where it stands."""

    @property
    def kind(self) -> str:
        """Who does it."""

    @property
    def namespace(self) -> tuple[str, ...]:
        """For whom."""

    @property
    def payload(self) -> Any:
        """What the handler needs."""

    @property
    def not_before(self) -> datetime.datetime:
        """When it is due."""

    @property
    def priority(self) -> int:
        """Within its namespace higher ones go first."""

    @property
    def key(self) -> str:
        """Its idempotency key; "" for none."""

    @property
    def trace(self) -> str:
        """A trace id."""

    @property
    def attempts(self) -> int:
        """
        Begun, the one under way included; cancelled ones and escalations do not count.
        """

    @property
    def max_attempts(self) -> int:
        """After so many it is dead."""

    @property
    def escalations(self) -> int:
        """How often it broke its memory cap since it was enqueued or retried."""

    @property
    def error(self) -> str:
        """Why the last attempt that failed did; "" when none did."""

    @property
    def created_at(self) -> datetime.datetime:
        """When it was enqueued."""

    @property
    def lease_until(self) -> datetime.datetime | None:
        """Until when somebody works on it."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values: times in RFC 3339, empty and unset fields left out."""

    def __repr__(self) -> str: ...

class MaintainReport:
    """What a slice did, and what is left."""

    @property
    def done(self) -> int:
        """Jobs done."""

    @property
    def failed(self) -> int:
        """Attempts that failed; their jobs wait for another."""

    @property
    def parked(self) -> int:
        """Jobs that became dead."""

    @property
    def escalated(self) -> int:
        """Attempts that broke their memory cap; run again with half of it."""

    @property
    def lost(self) -> int:
        """
        Attempts whose lease somebody else had taken: nothing of them was written.
        """

    @property
    def stopped(self) -> bool:
        """Whether a handler raised Cancelled."""

    @property
    def remaining(self) -> int:
        """Jobs that are due, of the kinds that had a handler."""

    @property
    def lag(self) -> datetime.timedelta:
        """How long the one of them that has been due longest has been."""

    @property
    def next_in(self) -> datetime.timedelta | None:
        """Until the next one is due, when none remains."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; durations in milliseconds."""

    def __repr__(self) -> str: ...

class _JobContext:
    @property
    def attempt(self) -> int: ...

    @property
    def memory_bytes(self) -> int: ...

    @property
    def deadline(self) -> datetime.datetime: ...

    @property
    def scope(self) -> _Scope: ...

    def write(self, arg: _Batch, /) -> None: ...

    def enqueue(self, arg: object | None) -> None: ...

    def extend(self, arg: object | None) -> None: ...

class _Jobs:
    def enqueue(self, fields: object | None, durability: object | None) -> int: ...

    def get(self, arg: object | None) -> Job: ...

    def list(self, arg: object, /) -> list[Job]: ...

    def retry(self, arg: object | None) -> None: ...

    def cancel(self, arg: object | None) -> None: ...

    def processed_up_to(self, arg0: object | None, arg1: object | None) -> int: ...

def _jobs(arg: _Store, /) -> _Jobs: ...

def _maintain(store: _Store, budget: object, handlers: dict[str, Any]) -> MaintainReport: ...

class ExportReport:
    """What an export holds."""

    @property
    def seq(self) -> int:
        """The change the file shows the store at: `since` of the next one."""

    @property
    def namespaces(self) -> int:
        """Those that had something to export."""

    @property
    def memories(self) -> int:
        """How many."""

    @property
    def versions(self) -> int:
        """Lines of memories; as many as memories without history."""

    @property
    def relations(self) -> int:
        """How many."""

    @property
    def forgotten(self) -> int:
        """With since: memories that are there no more."""

    @property
    def erased(self) -> int:
        """With since: memories that were erased, whatever the filter."""

    @property
    def facts_about(self) -> int:
        """Declared attributes and grants."""

    @property
    def bytes(self) -> int:
        """The size of the file."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""

    def __repr__(self) -> str: ...

class ImportProblem:
    """Something of a file that was not taken over."""

    @property
    def line(self) -> int:
        """Of the file, from 1; of formats that are one JSON text its number."""

    @property
    def id(self) -> str:
        """
        The memory's id, or the key it has in a foreign format; "" for what is no memory.
        """

    @property
    def what(self) -> str:
        """Why."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""

    def __repr__(self) -> str: ...

class ImportReport:
    """What an import did, or with dry_run would do."""

    @property
    def format(self) -> mnemic.enums.TransferFormat:
        """What the file was."""

    @property
    def memories(self) -> int:
        """Of the file: written + replaced + unchanged + kept + refused."""

    @property
    def written(self) -> int:
        """Were not there."""

    @property
    def replaced(self) -> int:
        """Were there, older."""

    @property
    def unchanged(self) -> int:
        """Were there, the same."""

    @property
    def kept(self) -> int:
        """Were there newer, or were forgotten later: the store's stands."""

    @property
    def refused(self) -> int:
        """
        By the store's screen or a policy, or because it, or its text, was erased here.
        """

    @property
    def forgotten(self) -> int:
        """Forgotten, because the file says so."""

    @property
    def erased(self) -> int:
        """Erased, because the file says so, with what was derived from them."""

    @property
    def relations(self) -> int:
        """Made, changed or ended."""

    @property
    def facts_about(self) -> int:
        """Attributes declared, and grants made or ended."""

    @property
    def resumed(self) -> bool:
        """
        It went on after an import that did not end; the counts are those of both.
        """

    @property
    def dry_run(self) -> bool:
        """Nothing was changed."""

    @property
    def problems(self) -> tuple[ImportProblem, ...]:
        """Of this call; at most 1,000."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""

    def __repr__(self) -> str: ...

def _export(store: _Store, path: object | None, fields: object | None, progress: object | None) -> ExportReport: ...

def _import(store: _Store, path: object | None, fields: object | None, progress: object | None) -> ImportReport: ...

class BackupReport:
    """What a backup holds."""

    @property
    def pages(self) -> int:
        """Copied ones, of 4,096 bytes."""

    @property
    def bytes(self) -> int:
        """The size of the backup."""

    @property
    def seq(self) -> int:
        """The newest change in it."""

    @property
    def replaced(self) -> bool:
        """Whether it took the place of an older backup."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""

    def __repr__(self) -> str: ...

class RestoreReport:
    """What was (or with dry_run would be) restored."""

    @property
    def bytes(self) -> int:
        """The size of the backup."""

    @property
    def seq(self) -> int:
        """The newest change in what was restored."""

    @property
    def memories(self) -> int:
        """Current ones in it."""

    @property
    def replaced(self) -> bool:
        """Whether a store was there."""

    @property
    def changes_undone(self) -> int:
        """Newer changes of the replaced store that the backup has not."""

    @property
    def erasures_replayed(self) -> int:
        """Erasures of the replaced store that the backup had not."""

    @property
    def kept(self) -> str | None:
        """Where the replaced store is now; None: nowhere."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; kept is "" where nothing was."""

    def __repr__(self) -> str: ...

class LostRow:
    """Something that did not come out of a damaged file."""

    @property
    def where(self) -> str:
        """Which row or page: "versions row 17"."""

    @property
    def why(self) -> str:
        """For people, without memory text."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""

    def __repr__(self) -> str: ...

class SalvageReport:
    """What came out of a damaged file, and what did not."""

    @property
    def memories(self) -> int:
        """That are current in the new store."""

    @property
    def versions(self) -> int:
        """Rows that came out."""

    @property
    def relations(self) -> int:
        """Likewise."""

    @property
    def words_remade(self) -> int:
        """
        Versions whose words were lost, and made anew from their texts; their vectors are lost.
        """

    @property
    def namespaces_renamed(self) -> int:
        """Whose names were lost: now salvaged/<number>."""

    @property
    def pages(self) -> int:
        """Of the damaged file and its WAL, read."""

    @property
    def lost(self) -> tuple[LostRow, ...]:
        """The first 10,000."""

    @property
    def lost_rows(self) -> int:
        """How many were lost in all."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""

    def __repr__(self) -> str: ...

class RekeyReport:
    """What a store is after its key was exchanged."""

    @property
    def bytes(self) -> int:
        """The size of the store."""

    @property
    def seq(self) -> int:
        """The newest change in it."""

    @property
    def encrypted(self) -> bool:
        """Whether it has a key now."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""

    def __repr__(self) -> str: ...

class LayerUsage:
    """
    What one layer of a namespace takes. Bytes are those of the values; indexes and pages come on top.
    """

    @property
    def namespace(self) -> tuple[str, ...]:
        """Segment by segment."""

    @property
    def layer(self) -> mnemic.enums.Layer:
        """Which one."""

    @property
    def memories(self) -> int:
        """Current versions."""

    @property
    def versions(self) -> int:
        """All versions, current ones included."""

    @property
    def text_bytes(self) -> int:
        """Text and content of the current ones."""

    @property
    def vector_bytes(self) -> int:
        """Vectors of the current ones."""

    @property
    def past_bytes(self) -> int:
        """Text, content and vectors of the versions that have ended."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""

    def __repr__(self) -> str: ...

class CheckIssue:
    """One finding of check."""

    @property
    def code(self) -> str:
        """"kCorruption", …"""

    @property
    def where(self) -> str:
        """Which row or page: "versions row 17"."""

    @property
    def what(self) -> str:
        """The finding, for people, without memory text."""

    @property
    def repaired(self) -> bool:
        """Whether check(repair=True) mended it."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""

    def __repr__(self) -> str: ...

class CheckReport:
    """What check found."""

    @property
    def issues(self) -> tuple[CheckIssue, ...]:
        """Empty: clean; at most 1,000."""

    @property
    def rows_checked(self) -> int:
        """How many."""

    @property
    def clean(self) -> bool:
        """Whether there is no issue."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""

    def __repr__(self) -> str: ...

def _usage(store: _Store) -> list[LayerUsage]: ...

def _backup(store: _Store, path: object | None, verify: object | None, progress: object | None) -> BackupReport: ...

def _restore(backup: object | None, path: object | None, keep_replaced: object | None, dry_run: object | None, force: object | None, key: object | None, progress: object | None) -> RestoreReport: ...

def _salvage(damaged: object | None, path: object | None, language: object | None, key: object | None, progress: object | None) -> SalvageReport: ...

def _rekey(path: object | None, key: object | None, new_key: object | None, progress: object | None) -> RekeyReport: ...

class _Session:
    def append(self, message: object | None, durability: object | None) -> str: ...

    def append_many(self, messages: object, durability: object | None) -> list[str]: ...

    def window(self, max_tokens: object, max_turns: object) -> list[Memory]: ...

    def pop(self, count: object, durability: object | None) -> list[Memory]: ...

    def size(self) -> int: ...

class _Batch:
    def __init__(self) -> None: ...

    def put(self, arg: object | None) -> None: ...

    def update(self, id: object | None, fields: object | None, if_version: object | None) -> None: ...

    def forget(self, arg: object | None) -> None: ...

    def relate(self, source: object | None, type: object | None, target: object | None, metadata: object | None) -> None: ...

    def unrelate(self, arg0: object | None, arg1: object | None, arg2: object | None) -> None: ...

    def __len__(self) -> int: ...

class _Scope:
    @property
    def namespace(self) -> tuple[str, ...]: ...

    @property
    def options(self) -> dict[str, Any]: ...

    def narrow(self, arg: object | None) -> _Scope: ...

    def put(self, fields: object | None, durability: object | None) -> str: ...

    def put_chunk(self, items: list[Any], vectors: object | None, space: object, first: int, durability: object | None) -> list[str]: ...

    def get(self, arg0: object | None, arg1: object | None) -> Memory: ...

    def get_by_key(self, arg0: object | None, arg1: object | None, arg2: object | None) -> Memory: ...

    def update(self, id: object | None, fields: object | None, if_version: object | None, durability: object | None) -> Written: ...

    def forget(self, id: object | None, dry_run: object | None, cascade: object | None, durability: object | None) -> ForgetReport: ...

    def forget_where(self, where: object | None, dry_run: object | None, cascade: object | None, durability: object | None) -> ForgetReport: ...

    def recover(self, id: object | None, durability: object | None) -> Written: ...

    def relate(self, source: object | None, type: object | None, target: object | None, metadata: object | None, durability: object | None) -> None: ...

    def unrelate(self, source: object | None, type: object | None, target: object | None, durability: object | None) -> None: ...

    def related(self, id: object, type: object, direction: object, where: object, page_size: object, after: int) -> list[Related]: ...

    def write(self, batch: _Batch, durability: object | None) -> list[Written]: ...

    def page(self, where: object, order: object, page_size: object, cursor: object) -> tuple[list[Memory], str]: ...

    def count(self, arg: object | None) -> int: ...

    def recall(self, arg: object | None) -> RecallResult: ...

    def recall_many(self, texts: object | None, vectors: object | None, space: object | None, fields: object | None) -> RecallBatch: ...

    def why(self, arg0: object | None, arg1: object | None) -> Explanation: ...

    def session(self, arg: object | None) -> _Session: ...

    def sessions(self) -> list[SessionInfo]: ...

    def episodes(self) -> _Episodes: ...

    def facts(self) -> _Facts: ...

    def skills(self) -> _Skills: ...

class _Episodes:
    def record(self, fields: object | None, durability: object | None) -> str: ...

    def close(self, id: object | None, end: object | None, outcome: object | None, durability: object | None) -> Episode: ...

    def get(self, arg: object | None) -> Episode: ...

    def timeline(self, fields: object) -> tuple[list[Episode], str]: ...

class _Facts:
    def assert_fact(self, fields: object | None, durability: object | None) -> Asserted: ...

    def assert_facts(self, facts: object, durability: object | None) -> list[Asserted]: ...

    def about(self, subject: object, fields: object) -> list[Fact]: ...

    def history(self, subject: object, attribute: object) -> list[Fact]: ...

    def page(self, fields: object) -> tuple[list[Fact], str]: ...

    def get(self, arg: object | None) -> Fact: ...

    def retract(self, id: object | None, at: object | None, durability: object | None) -> Fact: ...

    def confirm(self, id: object | None, durability: object | None) -> Asserted: ...

    def reject(self, id: object | None, durability: object | None) -> Fact: ...

    def declare(self, attributes: object | None, durability: object | None) -> None: ...

    def attributes(self) -> list[Attribute]: ...

def default_attributes() -> list[Attribute]:
    """
    What holds where nothing is declared: a few attributes of English talk that have many values.
    """

class _Skills:
    def record_run(self, fields: object | None, durability: object | None) -> RecordedRun: ...

    def page(self, fields: object) -> tuple[list[Skill], str]: ...

    def best_for(self, goal: object, fields: object) -> list[SkillMatch]: ...

    def get(self, arg: object | None) -> Skill: ...
