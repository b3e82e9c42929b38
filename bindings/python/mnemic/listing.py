# SPDX-License-Identifier: Apache-2.0
"""Listings: what is read page by page, as an iterator, a pandas frame or an Arrow table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, List, Tuple, TypeVar

from mnemic import tables

if TYPE_CHECKING:
    import pandas
    import pyarrow

T = TypeVar("T")


class Listing(Generic[T]):
    """The items of a listing, read page by page as they are asked for. Iterating again reads again.

    A page read later sees the store as it is then: nothing is skipped or repeated but what changed its place meanwhile, so
    what is listed may be changed or forgotten on the way.

    Examples
    --------
    >>> import mnemic
    >>> with mnemic.open(":memory:") as store:
    ...     ada = store.scope("ada")
    ...     for number in range(3):
    ...         _ = ada.put(f"note {number}")
    ...     [memory.text for memory in ada.list(order="created", page_size=2)]
    ['note 0', 'note 1', 'note 2']
    """

    def __init__(self, read: Callable[[str], Tuple[List[T], str]], kind: type[Any]) -> None:
        self._read = read
        self._kind = kind

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page

    def pages(self) -> Iterator[List[T]]:
        """The pages one by one; no page is empty."""
        cursor = ""
        while True:
            items, cursor = self._read(cursor)
            if items:
                yield items
            if not cursor:
                return

    def page(self, cursor: str = "") -> Tuple[List[T], str]:
        """One page and the cursor of the next, "" after the last: for listings that span requests of a server.

        Raises
        ------
        InvalidArgument
            The cursor is of another listing.
        """
        return self._read(cursor)

    def to_pandas(self) -> pandas.DataFrame:
        """All items as a frame, one column for each field. Needs ``pip install mnemic[pandas]``."""
        return tables.to_pandas(self, self._kind)

    def to_arrow(self) -> pyarrow.Table:
        """All items as an Arrow table, one column for each field. Needs ``pip install mnemic[arrow]``."""
        return tables.to_arrow(self, self._kind)

    def __repr__(self) -> str:
        return "<Listing>"


def read_pages(read: Callable[[dict[str, Any]], Tuple[List[T], str]], fields: dict[str, Any], kind: type[T]) -> Listing[T]:
    """A listing whose pages are read with the same fields and another cursor each."""
    return Listing(lambda cursor: read({**fields, "cursor": cursor}), kind)
