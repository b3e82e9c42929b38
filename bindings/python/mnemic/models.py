# SPDX-License-Identifier: Apache-2.0
"""What a caller may give: an embedder, a token counter, a screen, a clock to ``open``; a planner, a reranker to ``recall``.
They are called on the thread of the call that needs them, possibly from several threads at once. What one raises is raised by
that call, and nothing is stored."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from mnemic.enums import EmbedKind

if TYPE_CHECKING:
    import numpy.typing

    from mnemic import _core
    from mnemic.inputs import PassFields


@dataclass(frozen=True)
class EmbeddingSpace:
    """What vectors mean. Vectors of two spaces are never compared.

    Parameters
    ----------
    name : str
        "bge-small-en-v1.5"; 1 to 64 of ``[A-Za-z0-9._-]``.
    version : str
        Changes whenever the same text would get another vector.
    dimension : int
        1 to 4096. A store refuses an embedder of a known name and version with another dimension.
    normalized : bool
        The embedder gives unit vectors (the store normalises in any case).
    query_prefix, passage_prefix : str
        What the embedder itself puts before a text; recorded, not applied by the store.
    """

    name: str
    version: str = ""
    dimension: int = 0
    normalized: bool = True
    query_prefix: str = ""
    passage_prefix: str = ""


class SpaceLike(Protocol):
    """The attributes of an EmbeddingSpace."""

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


class Embedder(Protocol):
    """Turns texts into vectors of one space. Any object with these two members will do.

    Examples
    --------
    >>> import numpy, mnemic
    >>> class Lengths:
    ...     space = mnemic.EmbeddingSpace("lengths", "1", dimension=2)
    ...     def embed(self, texts, kind):
    ...         return numpy.array([[1, len(text)] for text in texts], dtype=numpy.float32)
    >>> with mnemic.open(":memory:", embedder=Lengths()) as store:
    ...     store.stats().embedding_space
    'lengths/1/2'
    """

    @property
    def space(self) -> SpaceLike:
        """The space of its vectors; read once, when the store is opened."""

    def embed(self, texts: list[str], kind: EmbedKind, /) -> numpy.typing.ArrayLike:
        """Give shape (n, d), float32, finite; an all-zero row means "no vector for this text"."""


@dataclass(frozen=True)
class ScreenVerdict:
    """What a screen decides about one text.

    Parameters
    ----------
    action : str
        "accept": store it as it is. "replace": store ``text`` instead. "quarantine": store it, never recall it.
        "refuse": fail the whole write with PermissionDenied.
    text : str
        For "replace".
    reason : str
        For people; must not repeat the secret.
    """

    action: Literal["accept", "replace", "quarantine", "refuse"] = "accept"
    text: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if self.action not in ("accept", "replace", "quarantine", "refuse"):
            raise ValueError("action: not one of accept, replace, quarantine, refuse")


class Planner(Protocol):
    """Makes the follow-up passes of a recall with ``depth="multi"``. Any object with this method will do.

    Examples
    --------
    >>> import mnemic
    >>> class Sisters:
    ...     def plan(self, text, hits, made):
    ...         return [{"why": "entity", "text": "Bea"}] if len(made) == 1 else None
    >>> with mnemic.open(":memory:") as store:
    ...     ada = store.scope("ada")
    ...     _ = ada.put_many(["Ada's sister is called Bea", "Bea lives in Porto"])
    ...     [one.why for one in ada.recall("Ada's sister", depth="multi", planner=Sisters()).plan]
    ['the query', 'entity']
    """

    def plan(self, text: str, hits: list[_core.Hit], made: list[_core.Pass], /) -> Iterable[PassFields] | None:
        """The passes to make next; none: enough. Called again after those it asked for, until ``max_passes`` were made."""


class Reranker(Protocol):
    """Looks again at the first few of a recall. Any object with this method will do; ``mnemic.rerankers`` has some.

    Examples
    --------
    >>> import mnemic
    >>> class Shortest:
    ...     def score(self, query, texts):
    ...         return [-len(text) for text in texts]
    >>> with mnemic.open(":memory:") as store:
    ...     ada = store.scope("ada")
    ...     _ = ada.put_many(["The spare key hangs behind the kitchen door", "A spare key"])
    ...     found = ada.recall("key behind the door", reranker=Shortest(), rerank_weight=1.0)
    ...     [(hit.text, hit.parts.rerank) for hit in found]
    [('A spare key', -11.0), ('The spare key hangs behind the kitchen door', -43.0)]
    """

    def score(self, query: str, texts: list[str], /) -> Iterable[float]:
        """A finite number for each text, higher is better. The texts are passages of long memories, and others whole."""


Screen = Callable[[str, str], "ScreenVerdict | str | None"]
"""Called with a text and its field ("text", "content", "metadata"). None accepts it, a str replaces it."""

TokenCounter = Callable[[str], int]
"""Counts tokens as the caller's language model would."""

Clock = Callable[[], datetime.datetime]
"""Gives an aware datetime. One that raises is reported by ``sys.unraisablehook``, and the system's time is used."""

Log = Callable[[str], Any]
"""Called with warnings that no call can raise."""
