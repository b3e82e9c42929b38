# SPDX-License-Identifier: Apache-2.0
"""Embedders to give to ``mnemic.open`` and to ``Store.reembed``: built in, of a model in this process, or of a server.

Which one a file goes by is written in it: opened with another one it raises FailedPrecondition, and ``Store.reembed`` moves it.
"""

from __future__ import annotations

import datetime
import os
import re
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

from mnemic import _core
from mnemic._core import (
    EndpointStats,
    HttpEmbedder,
    HttpEmbedderStats,
    NativeEmbedder,
    default_embedder,
    hashed_embedder,
    static_embedder,
)
from mnemic.enums import EmbedKind
from mnemic.errors import InvalidArgument
from mnemic.models import EmbeddingSpace

if TYPE_CHECKING:
    import numpy
    import numpy.typing

__all__ = [
    "EndpointStats", "HttpEmbedder", "HttpEmbedderStats", "NativeEmbedder", "SentenceEncoder", "SentenceTransformersEmbedder",
    "default_embedder", "hashed_embedder", "http_embedder", "ollama_embedder", "static_embedder", "transformer_embedder",
]


def transformer_embedder(
    directory: str | os.PathLike[str],
    *,
    name: str = "",
    version: str = "",
    pooling: Literal["mean", "cls"] | None = None,
    query_prefix: str = "",
    passage_prefix: str = "",
    max_tokens: int = 0,
    threads: int = 1,
) -> NativeEmbedder:
    """Load a sentence encoder of the BERT family (all-MiniLM-L6-v2, bge-small-en-v1.5, e5-small-v2) that runs in this process.

    It needs no other package and runs without the GIL. Nothing is fetched, nothing is kept open; docs/encoders.md has more.

    Parameters
    ----------
    directory : str or os.PathLike
        Holds ``config.json``, ``vocab.txt`` and ``model.safetensors``, as published for the package sentence-transformers.
    name : str
        Of the vectors' space, 1 to 64 of ``[A-Za-z0-9._-]``; "": the directory's own name.
    version : str
        "": a hash of the weights and of all that decides about a vector, so that other weights are another space.
    pooling : "mean", "cls" or None
        None: as the files say, "mean" where they say nothing. A model was trained with one of the two and is poor with the other.
    query_prefix, passage_prefix : str
        Put before every query, and before every other text: "query: " and "passage: " for e5. At most 1,024 bytes each.
    max_tokens : int
        Tokens of a text that are read. 0: as the files say. Raised: a long text costs more.
    threads : int
        1 to 256. Raised: a call of more than a few short texts takes others on for as long as it lasts.

    Raises
    ------
    NotFound
        No such directory, or one of the three files is missing.
    InvalidArgument
        A bad option.
    Unsupported
        Another kind of model: cased, RoBERTa, quantised, more than 4,096 dimensions. Or a build without ``mnemic::encoder``.
    Corruption
        A file is malformed, cut off, or does not fit the others; the message names the file, and the tensor or field.
    """
    options = {
        "name": name, "version": version, "pooling": pooling, "query_prefix": query_prefix, "passage_prefix": passage_prefix,
        "max_tokens": max_tokens, "threads": threads,
    }
    return _core._transformer_embedder(directory, options)


def http_embedder(
    urls: str | Sequence[str],
    model: str,
    dimension: int,
    *,
    api_key: str = "",
    plain_key: Literal["loopback_only", "anywhere"] = "loopback_only",
    send_dimension: bool = False,
    space_name: str = "",
    space_version: str = "",
    query_prefix: str = "",
    passage_prefix: str = "",
    max_request_texts: int = 32,
    max_request_bytes: int = 256 << 10,
    max_reply_bytes: int = 16 << 20,
    connect_timeout: datetime.timedelta | float = 2.0,
    stall_timeout: datetime.timedelta | float = 20.0,
    request_timeout: datetime.timedelta | float = 20.0,
    timeout: datetime.timedelta | float = 60.0,
    retries: int = 4,
    backoff_base: datetime.timedelta | float = 0.2,
    backoff_max: datetime.timedelta | float = 10.0,
    rest_after: int = 5,
    rest_base: datetime.timedelta | float = 1.0,
    rest_max: datetime.timedelta | float = 60.0,
    ca_file: str | os.PathLike[str] = "",
) -> HttpEmbedder:
    """Make an embedder of an OpenAI-compatible embeddings endpoint, or of several that serve the same model.

    Connects to nothing yet. Nothing is taken from the environment: no key, no proxy. No redirect is followed, TLS is always
    verified, and the key is in no message. Requests are sent without the GIL; docs/http.md has more.

    Parameters
    ----------
    urls : str or sequence of str
        Bases as OpenAI clients know them: "https://host/v1"; a request goes to any one.
    model : str
        As the servers name it.
    dimension : int
        Numbers in one vector, 1 to 4096. Vectors of another length raise FailedPrecondition.
    api_key : str
        Sent as ``Authorization: Bearer``.
    plain_key : "loopback_only" or "anywhere"
        Whether the key may leave this machine without TLS.
    send_dimension : bool
        Send it as ``dimensions``, for models whose vectors can be shortened.
    space_name, space_version : str
        Of the vectors' space; "": made of ``model``. Change the version when the servers get other weights under the same name, or
        ``passage_prefix`` changes.
    query_prefix, passage_prefix : str
        Put before each query, and before each text that is stored.
    max_request_texts, max_request_bytes, max_reply_bytes : int
        Texts in one request, bytes of text in one, bytes of one reply. Some servers refuse more than 32 texts.
    connect_timeout, stall_timeout, request_timeout, timeout : float or timedelta
        Seconds for connecting, for the longest silence, for one request, and for the whole call with its waits.
    retries : int
        Further tries of one request after Busy or IoError, on another endpoint at once if one is ready.
    backoff_base, backoff_max : float or timedelta
        Seconds waited when all endpoints have failed: at random, doubling. A ``Retry-After`` is waited out first.
    rest_after, rest_base, rest_max : int, float or timedelta
        An endpoint that failed so often in a row rests so many seconds, doubling.
    ca_file : str or os.PathLike
        PEM file of the authorities to trust instead of the system's.

    Raises
    ------
    InvalidArgument
        A bad url, key, dimension, limit or prefix; a key that would travel over http to another host.
    Unsupported
        A build without ``mnemic::http``, as the published wheels are.

    ``embed`` raises Busy or IoError when the model cannot be asked now, after all retries: a store then writes without the vector,
    which ``maintain`` gives later, and recalls by words. Every other error means that asking again cannot help, and fails the call.
    """
    options = {
        "urls": [urls] if isinstance(urls, str) else urls, "model": model, "dimension": dimension, "api_key": api_key,
        "plain_key": plain_key, "send_dimension": send_dimension, "space_name": space_name, "space_version": space_version,
        "query_prefix": query_prefix, "passage_prefix": passage_prefix, "max_request_texts": max_request_texts,
        "max_request_bytes": max_request_bytes, "max_reply_bytes": max_reply_bytes, "connect_timeout": connect_timeout,
        "stall_timeout": stall_timeout, "request_timeout": request_timeout, "timeout": timeout, "retries": retries,
        "backoff_base": backoff_base, "backoff_max": backoff_max, "rest_after": rest_after, "rest_base": rest_base,
        "rest_max": rest_max, "ca_file": os.fspath(ca_file),
    }
    return _core._http_embedder(options)


def ollama_embedder(
    model: str,
    dimension: int,
    url: str = "http://127.0.0.1:11434/v1",
    *,
    space_name: str = "",
    space_version: str = "",
    query_prefix: str = "",
    passage_prefix: str = "",
    timeout: datetime.timedelta | float = 180.0,
) -> HttpEmbedder:
    """Make an embedder of a model that Ollama serves: ``http_embedder`` with the patience that loading a model takes.

    Parameters
    ----------
    model : str
        As ``ollama list`` names it: "nomic-embed-text".
    dimension : int
        Numbers in one vector: 768 for nomic-embed-text.
    url : str
        Where Ollama listens, with its "/v1".
    space_name, space_version, query_prefix, passage_prefix : str
        As for ``http_embedder``.
    timeout : float or timedelta
        Seconds for the whole call; a single request may take two thirds of it, most of which is loading.
    """
    patience = timeout * 2 / 3
    return http_embedder(
        url, model, dimension, space_name=space_name, space_version=space_version, query_prefix=query_prefix,
        passage_prefix=passage_prefix, stall_timeout=patience, request_timeout=patience, timeout=timeout,
    )


class SentenceEncoder(Protocol):
    """What is needed of a ``sentence_transformers.SentenceTransformer``."""

    def encode(self, sentences: list[str], /, *, batch_size: int, show_progress_bar: bool) -> Any:
        """Give shape (n, d)."""


class SentenceTransformersEmbedder:
    """A model of the package sentence-transformers: any architecture, any device, behind the GIL.

    For the BERT family ``transformer_embedder`` needs neither that package nor PyTorch. One call at a time: threads wait for each
    other.

    Parameters
    ----------
    model_or_name : str or SentenceTransformer
        A name or a directory, loaded by ``SentenceTransformer(name)`` (which downloads what it has not; needs the extra
        ``mnemic[sentence-transformers]``), or a model that was loaded.
    name : str
        Of the vectors' space; "": made of the model's name, or the directory's own. Must be given with a loaded model.
    version : str
        Of the vectors' space; "": the name as it is, "1" for a loaded model. Change it with the weights and with ``passage_prefix``.
    query_prefix, passage_prefix : str
        Put before each query, and before each text that is stored.
    batch_size : int
        Texts that the model takes at once.

    Raises
    ------
    ImportError
        A name was given, and the package is not installed.
    InvalidArgument
        A loaded model without a ``name``.

    Examples
    --------
    >>> import mnemic, numpy
    >>> class Model:  # stands for sentence_transformers.SentenceTransformer("all-mpnet-base-v2")
    ...     def encode(self, sentences, *, batch_size, show_progress_bar):
    ...         return numpy.array([[len(text), 1] for text in sentences], dtype=numpy.float32)
    >>> embedder = mnemic.embedders.SentenceTransformersEmbedder(Model(), name="lengths")
    >>> with mnemic.open(":memory:", embedder=embedder) as store:
    ...     store.stats().embedding_space
    'lengths/1/2'
    """

    def __init__(
        self,
        model_or_name: str | os.PathLike[str] | SentenceEncoder,
        *,
        name: str = "",
        version: str = "",
        query_prefix: str = "",
        passage_prefix: str = "",
        batch_size: int = 32,
    ) -> None:
        if isinstance(model_or_name, (str, os.PathLike)):
            given = os.fspath(model_or_name)
            self._model: SentenceEncoder = _load(given)
            known = os.path.basename(os.path.abspath(given)) if os.path.isdir(given) else given
            name = name or re.sub("[^A-Za-z0-9._-]+", "-", known)
            version = version or known
        elif not name:
            raise InvalidArgument("name: a loaded model does not say its own")
        else:
            self._model = model_or_name
        self._lock = threading.Lock()
        self._batch_size = batch_size
        self._prefixes = {EmbedKind.QUERY: query_prefix, EmbedKind.PASSAGE: passage_prefix}
        self._space = EmbeddingSpace(
            name, version or "1", dimension=self._encode(["a"]).shape[1], normalized=False, query_prefix=query_prefix,
            passage_prefix=passage_prefix,
        )

    def __repr__(self) -> str:
        return f"<SentenceTransformersEmbedder {self._space.name} {self._space.dimension} dimensions>"

    @property
    def space(self) -> EmbeddingSpace:
        """What its vectors mean: name, version and dimension."""
        return self._space

    def embed(self, texts: list[str], kind: EmbedKind | str = EmbedKind.PASSAGE) -> numpy.typing.NDArray[numpy.float32]:
        """Shape (n, d), float32: one row for each text."""
        prefix = self._prefixes[EmbedKind(kind)]
        return self._encode([prefix + text for text in texts])

    def _encode(self, texts: list[str]) -> numpy.typing.NDArray[numpy.float32]:
        import numpy

        with self._lock:  # a tokenizer refuses two threads at once
            rows = self._model.encode(texts, batch_size=self._batch_size, show_progress_bar=False)
        return numpy.asarray(rows, dtype=numpy.float32)


def _load(name: str) -> SentenceEncoder:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise ImportError(
            "SentenceTransformersEmbedder needs the package sentence-transformers: pip install 'mnemic[sentence-transformers]'"
        ) from error
    model: SentenceEncoder = SentenceTransformer(name)
    return model
