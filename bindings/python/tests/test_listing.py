# SPDX-License-Identifier: Apache-2.0
"""Listings: pages as they are asked for, as a frame and as a table."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import mnemic
import pandas
import pyarrow
import pytest
from conftest import MOMENT

HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def notes(ada: mnemic.Scope) -> mnemic.Scope:
    ada.put_many([{"text": f"note {n}", "event_time": MOMENT + n * HOUR, "tags": ["odd" if n % 2 else "even"]} for n in range(7)])
    return ada


def texts(listing: Any) -> list[str]:
    return [memory.text[-1] for memory in listing]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_pages_of_any_size_give_the_same_memories(notes: mnemic.Scope, size: int) -> None:
    listing = notes.list(page_size=size)
    assert texts(listing) == list("6543210") == texts(listing)  # iterating again reads again
    assert texts(notes.list(order="oldest", page_size=size)) == texts(
        notes.list(order=mnemic.Order.CREATED, page_size=size)
    ) == list("0123456")
    assert texts(notes.list(where={"tags": "odd"}, page_size=size)) == list("531")
    assert [len(page) for page in listing.pages()] == [size] * (7 // size) + [7 % size] * (7 % size > 0)


def test_pages_are_read_as_they_are_asked_for(notes: mnemic.Scope) -> None:
    reading = iter(notes.list(order="oldest", page_size=3))
    assert texts(next(reading) for _ in range(3)) == list("012")
    notes.put("late 9", event_time=MOMENT + 9 * HOUR)
    notes.put("early 8", event_time=MOMENT - HOUR)
    assert texts(reading) == list("34569")


def test_a_listing_can_be_forgotten_and_changed_on_the_way(notes: mnemic.Scope) -> None:
    seen = []
    for memory in notes.list(page_size=2):
        seen.append(memory.text[-1])
        notes.forget(memory.id)
    assert seen == list("6543210") and notes.count() == 0


def test_what_is_put_while_listing_does_not_repeat_anything(notes: mnemic.Scope) -> None:
    seen = []
    for memory in notes.list(order="oldest", page_size=2):
        seen.append(memory.id)
        notes.update(memory.id, text="changed")
        notes.put("behind", event_time=MOMENT - HOUR)
    assert len(seen) == len(set(seen)) == 7


def test_a_cursor_spans_requests(notes: mnemic.Scope) -> None:
    first, cursor = notes.list(page_size=3).page()
    second, cursor = notes.list(page_size=3).page(cursor)
    third, end = notes.list(page_size=3).page(cursor)
    assert (texts(first + second + third), end) == (list("6543210"), "")


LISTINGS: list[tuple[str, Callable[[mnemic.Scope], Any]]] = [
    ("memories", lambda ada: ada.list(tags="t")), ("timeline", lambda ada: ada.episodes.timeline()),
    ("facts", lambda ada: ada.facts.list()), ("skills", lambda ada: ada.skills.list()),
    ("related", lambda ada: ada.related(ada.put("hub", key="hub"))),
]


@pytest.mark.parametrize("make", [row[1] for row in LISTINGS], ids=[row[0] for row in LISTINGS])
@pytest.mark.parametrize("cursor", ["nonsense", "-1", "9" * 40, "é"])
def test_a_cursor_of_another_listing_is_refused(ada: mnemic.Scope, make: Any, cursor: str) -> None:
    with pytest.raises(mnemic.InvalidArgument, match="cursor: not one of this listing"):
        make(ada).page(cursor)


@pytest.mark.parametrize("make", [row[1] for row in LISTINGS], ids=[row[0] for row in LISTINGS])
def test_an_empty_listing_is_an_empty_table_with_the_same_columns(ada: mnemic.Scope, make: Any) -> None:
    empty = make(ada)
    assert list(empty) == [] and list(empty.pages()) == [] and empty.page() == ([], "") and repr(empty) == "<Listing>"
    frame, table = empty.to_pandas(), empty.to_arrow()
    ada.episodes.record("e", end=mnemic.OPEN)
    ada.facts.assert_fact("a", "b", "c")
    ada.skills.record_run("g", steps=[{"tool": "t", "duration": 1.5}], outcome="success")
    ada.relate(ada.put("hub", key="hub"), "about", ada.put("x", tags=["t"]))
    full = make(ada)
    assert (len(frame), table.num_rows) == (0, 0) and len(list(full)) > 0
    assert list(frame.dtypes.items()) == list(full.to_pandas().dtypes.items()) and table.schema == full.to_arrow().schema
    assert list(frame.columns) == table.column_names


def test_memories_as_a_frame_and_as_a_table(ada: mnemic.Scope) -> None:
    utc = datetime.timezone.utc
    first, last = datetime.datetime.min.replace(tzinfo=utc), datetime.datetime.max.replace(tzinfo=utc)
    ada.put(
        "a", event_time=first, event_end=mnemic.OPEN, tags=["x", "y"], metadata={"é": [1]},
        content=mnemic.JsonText('{"n":  1.50}'), pinned=True,
    )
    ada.session("s").append(mnemic.Turn("user", "b", event_time=last))
    frame, table = ada.list(order="oldest").to_pandas(), ada.list(order="oldest").to_arrow()
    assert isinstance(table, pyarrow.Table) and isinstance(frame, pandas.DataFrame)
    rows = table.to_pylist()
    for row, memory in zip(rows, ada.list(order="oldest")):
        assert (row["id"], row["text"], row["layer"], row["turn"], row["seq_from"]) == (
            memory.id, memory.text, memory.layer, memory.turn, memory.seq_from,
        )
        assert row["event_time"] == memory.event_time and row["namespace"] == ["acme", "ada"]
    assert [row["open"] for row in rows] == [True, False] and [row["event_end"] for row in rows] == [None, None]
    assert (rows[0]["tags"], rows[0]["metadata"], rows[0]["content"]) == (["x", "y"], '{"é": [1]}', '{"n":  1.50}')
    assert str(frame["event_time"].dtype) == str(frame["event_end"].dtype) == "datetime64[us, UTC]"
    assert list(frame["event_time"]) == [first, last] and frame["event_end"].isna().all() and list(frame["open"]) == [True, False]
    assert (str(frame["turn"].dtype), frame["turn"][1], str(frame["pinned"].dtype)) == ("Int64", 0, "bool")


def test_layers_as_tables_have_their_own_columns(ada: mnemic.Scope) -> None:
    ada.episodes.record("trip", start=MOMENT, end=mnemic.OPEN, who=["Ada"], why="rest")
    ada.facts.assert_fact("Ada", "lives in", "Porto", since=MOMENT - HOUR)
    ada.skills.record_run("refund", steps=[{"tool": "find", "duration": 1.5}], outcome="success")
    source, target = ada.put_many(["source", "target"])
    ada.relate(source, "about", target)
    (episode,) = ada.episodes.timeline().to_arrow().to_pylist()
    assert (episode["who"], episode["why"], episode["start"], episode["end"], episode["open"]) == (
        ["Ada"], "rest", MOMENT, None, True,
    )
    (fact,) = ada.facts.list().to_arrow().to_pylist()
    assert (fact["subject"], fact["value"], fact["since"], fact["until"], fact["open"]) == (
        "Ada", "Porto", MOMENT - HOUR, None, True,
    )
    (skill,) = ada.skills.list().to_pandas().to_dict("records")
    assert (skill["goal"], skill["runs"], skill["mean_duration"]) == ("refund", 1, 1.5)
    (related,) = ada.related(source).to_arrow().to_pylist()
    assert (related["source"], related["type"], related["target"], related["text"]) == (source, "about", target, "target")
