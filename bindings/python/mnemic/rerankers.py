# SPDX-License-Identifier: Apache-2.0
"""Rerankers to give to ``Scope.recall``: a second look at the first few of a ranking. Any object with ``score`` will do;
see ``mnemic.Reranker``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnemic import _core
from mnemic._core import NativeReranker

if TYPE_CHECKING:
    from mnemic.models import Embedder

__all__ = ["NativeReranker", "by_embedding", "late_interaction"]


def late_interaction() -> NativeReranker:
    """Give the one that ships: each word of the query looks for its nearest in the text, rare words counting more.

    Needs no model. Its scores are in [0, 1]; 0 for a query or a text without a word that the static embedder knows.

    Raises
    ------
    Unsupported
        A build without the table of words.

    Examples
    --------
    >>> import mnemic
    >>> near, far = mnemic.rerankers.late_interaction().score("a train", ["The railway to the coast", "Quarterly taxes"])
    >>> near > far
    True
    """
    return _core._late_interaction()


def by_embedding(embedder: Embedder) -> NativeReranker:
    """Score by the cosine of vectors of an embedder, which may be a better one than the store goes by.

    Each batch costs one call of the embedder for the query and one for the texts. When the embedder of a server cannot be asked
    now, the recall leaves the rest as it is, and ``dropped`` says so; any other failure of an embedder fails the recall.

    Parameters
    ----------
    embedder : Embedder
        One of ``mnemic.embedders``, or any object of that form.

    Raises
    ------
    TypeError
        No embedder.
    InvalidArgument
        A field of its space that cannot be.

    Examples
    --------
    >>> import mnemic
    >>> reranker = mnemic.rerankers.by_embedding(mnemic.hashed_embedder())
    >>> same, other = reranker.score("window seats", ["window seats", "walnuts"])
    >>> same > other
    True
    """
    return _core._by_embedding(embedder)
