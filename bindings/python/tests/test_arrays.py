# SPDX-License-Identifier: Apache-2.0
"""NumPy arrays: read where they lie, and handed out without copies."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import mnemic
import numpy
import pytest

Array = Any


def rows(count: int, dimension: int = 4) -> Array:
    return numpy.random.default_rng(1).standard_normal((count, dimension), dtype=numpy.float32)


def unit(vector: Array) -> Array:
    return vector / numpy.linalg.norm(vector)


def test_rows_are_stored_in_their_order(ada: mnemic.Scope) -> None:
    vectors = rows(7)
    ids = ada.put_many([f"row {n}" for n in range(7)], vectors=vectors, space="v", chunk=3)
    for id, row in zip(ids, vectors):
        numpy.testing.assert_allclose(ada.get(id, vectors=True).vectors["v"], unit(row), atol=2e-5)


def test_rows_may_be_stored_without_a_text(ada: mnemic.Scope) -> None:
    ids = ada.put_many([None, {"key": "k"}], vectors=rows(2), space="v")
    assert [ada.get(id).text for id in ids] == ["", ""] and ada.get(key="k").id == ids[1]


def test_items_of_a_generator_get_their_rows(ada: mnemic.Scope) -> None:
    ada.put_many((str(n) for n in range(3)), vectors=rows(3), space="v", chunk=2)
    assert ada.count() == 3
    for count in (2, 4):
        with pytest.raises(mnemic.InvalidArgument, match=f"vectors: 3 rows for {count} items"):
            ada.put_many((str(n) for n in range(count)), vectors=rows(3), space="v")
    assert ada.count() == 3


def read_only() -> Array:
    array = rows(3)
    array.setflags(write=False)
    return array


ROWS = {
    "read-only": read_only, "a slice of rows": lambda: rows(9)[3:6], "one row of two": lambda: rows(6)[:3],
    "a subclass": lambda: rows(3).view(type("Sub", (numpy.ndarray,), {})), "one column": lambda: rows(3, 1),
}


@pytest.mark.parametrize("make", ROWS.values(), ids=ROWS)
def test_arrays_that_lie_row_by_row_are_taken(ada: mnemic.Scope, make: Any) -> None:
    array = make()
    before = array.copy()
    ids = ada.put_many([None] * 3, vectors=array, space="v")
    numpy.testing.assert_allclose(
        [ada.get(id, vectors=True).vectors["v"] for id in ids], [unit(row) for row in before], atol=2e-5,
    )
    assert len(ada.recall_many(vectors=array, space="v")) == 3
    numpy.testing.assert_array_equal(array, before)


def test_a_mapped_file_is_read_where_it_lies(ada: mnemic.Scope, tmp_path: Path) -> None:
    rows(50).tofile(tmp_path / "rows.f32")
    mapped = numpy.memmap(tmp_path / "rows.f32", dtype=numpy.float32, mode="r", shape=(50, 4))
    assert len(ada.put_many([None] * 50, vectors=mapped, space="v")) == 50


PUT_ROWS = """
import resource, sys, mnemic, numpy
array = numpy.random.default_rng(1).standard_normal((16_000, 1024), dtype=numpy.float32)
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
with mnemic.open(sys.argv[1], embedder=None, durability="relaxed") as store:
    ada = store.scope("ada")
    ada.put_many([None] * 100, vectors=array[:100], space="v")
    before = peak()
    ada.put_many([None] * len(array), vectors=array, space="v", chunk=500)
    print(array.nbytes, peak() - before)
"""


def test_putting_an_array_takes_no_memory_of_its_size(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PUT_ROWS, str(tmp_path / "a.db")], capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": str(Path(mnemic.__file__).parent.parent)})
    size, grown = map(int, done.stdout.split())
    assert grown < size / 2


def test_querying_with_an_array_takes_no_memory_of_its_size(ada: mnemic.Scope) -> None:
    ada.put_many([None] * 3, vectors=rows(3, 1024), space="v")
    queries = rows(1000, 1024)
    ada.recall_many(vectors=queries[:1], space="v")
    gc.collect()
    tracemalloc.start()
    batch = ada.recall_many(vectors=queries, space="v", k=1)
    grown = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(batch) == 1000 and grown < queries.nbytes / 4


def test_queries_by_rows_are_those_one_by_one(ada: mnemic.Scope) -> None:
    stored = rows(20)
    ids = ada.put_many([None] * 20, vectors=stored, space="v")
    batch = ada.recall_many(vectors=stored, space="v", k=3)
    assert list(batch.ids[:, 0]) == ids
    alone = [ada.recall(vector={"v": row}, k=3) for row in stored]
    numpy.testing.assert_array_equal(batch.ids, [one.ids for one in alone])
    numpy.testing.assert_array_equal(batch.scores, [one.scores for one in alone])


def test_ids_and_scores_are_arrays(ada: mnemic.Scope) -> None:
    ids = ada.put_many(["ferry one", "ferry two"])
    result = ada.recall("ferry")
    assert (result.ids.shape, str(result.ids.dtype), result.scores.shape, str(result.scores.dtype)) == (
        (2,), "<U36", (2,), "float64",
    )
    assert set(result.ids) == set(ids) and all(isinstance(id, str) and ada.get(id).id == id for id in result.ids)
    result.ids[0] = "x"
    assert result.ids[0] in ids  # each is an array of its own
    kept = result.ids, result.scores
    del result
    gc.collect()
    assert set(kept[0]) == set(ids) and kept[1][0] > 0
    empty = ada.recall("ferry", where={"tags": "none"})
    assert (empty.ids.shape, str(empty.ids.dtype), empty.scores.shape) == ((0,), "<U36", (0,))
    assert ada.recall_many(["zz"], where={"tags": "none"}).ids.shape == (1, 0)


def test_a_vector_read_back_is_shared_and_read_only(ada: mnemic.Scope) -> None:
    memory = ada.get(ada.put("x", vectors={"v": [3, 4]}), vectors=True)
    one, other = memory.vectors["v"], memory.vectors["v"]
    assert numpy.shares_memory(one, other) and not one.flags.owndata
    assert (one.dtype, one.shape, one.flags.writeable) == (numpy.float32, (2,), False)
    with pytest.raises(ValueError):
        one[0] = 1
    with pytest.raises(ValueError):
        one.setflags(write=True)
    del memory, other
    gc.collect()
    numpy.testing.assert_allclose(one, [0.6, 0.8], atol=2e-5)  # it keeps what it is of


def test_vectors_outlive_their_store(open_store: Any) -> None:
    store = open_store()
    ada = store.scope("ada")
    vector = ada.get(ada.put("x", vectors={"v": [3, 4]}), vectors=True).vectors["v"]
    store.close()
    del store, ada
    gc.collect()
    numpy.testing.assert_allclose(vector, [0.6, 0.8], atol=2e-5)


ONE = {
    "list": [3, 4], "tuple": (3.0, 4), "float32": numpy.array([3, 4], dtype=numpy.float32), "float64": numpy.array([3.0, 4]),
    "float16": numpy.array([3, 4], dtype=numpy.float16), "int8": numpy.array([3, 4], dtype=numpy.int8),
    "big end first": numpy.array([3, 4], dtype=">f4"), "every other": numpy.array([3, 0, 4, 0], dtype=numpy.float32)[::2],
    "backwards": numpy.array([4, 3], dtype=numpy.float32)[::-1],
}


@pytest.mark.parametrize("vector", ONE.values(), ids=ONE)
def test_one_vector_is_whatever_numpy_takes(ada: mnemic.Scope, vector: Any) -> None:
    id = ada.put("x", vectors={"v": vector})
    numpy.testing.assert_allclose(ada.get(id, vectors=True).vectors["v"], [0.6, 0.8], atol=2e-5)
    assert ada.recall(vector={"v": vector})[0].id == id


def test_a_vector_without_a_space_is_of_the_embedder(ada: mnemic.Scope) -> None:
    vector = mnemic.default_embedder().embed(["ferry"])[0]
    id = ada.put("something else", vectors=vector)
    stored = ada.get(id, vectors=True).vectors
    assert list(stored) == ["mnemic-static"] and ada.put("again", vectors=stored)
    assert [hit.id for hit in ada.recall(vector=vector, k=1)] == [
        hit.id for hit in ada.recall(vector={"mnemic-static": vector}, k=1)
    ]


def test_the_built_in_embedder_gives_rows() -> None:
    embedder = mnemic.hashed_embedder()
    texts = ["a ferry", "", "a ferry"]
    array = embedder.embed(texts, "query")
    assert (array.shape, array.dtype, embedder.space.dimension) == ((3, 384), numpy.float32, 384)
    numpy.testing.assert_array_equal(array[0], array[2])
    assert not array[1].any() and embedder.embed([]).shape == (0, 384)
    with pytest.raises(mnemic.InvalidArgument, match="kind: not one of passage, query"):
        embedder.embed(texts, "other")


WRONG_ROWS: list[tuple[str, Any, type[Exception], str]] = [
    ("float64", rows(3).astype("f8"), TypeError,
     "vectors: a NumPy array of float32 is due, not numpy.ndarray of float64; see numpy.asarray"),
    ("integers", rows(3).astype("i4"), TypeError, "of int32"),
    ("big end first", rows(3).astype(">f4"), TypeError, "of >f4"),
    ("objects", rows(3).astype(object), TypeError, "of object"),
    ("records", numpy.zeros(3, dtype=[("x", "f4")]), TypeError, "vectors: a NumPy array of float32 is due"),
    ("times", numpy.zeros((3, 2), "M8[s]"), TypeError, "of datetime64[s]"),
    ("a list", rows(3).tolist(), TypeError, "vectors: a NumPy array of float32 is due, not list"),
    ("a str", "abc", TypeError, "not str"),
    ("a number", numpy.float32(1), mnemic.InvalidArgument, "vectors: shape (n, d) is due, not 0 dimension(s)"),
    ("one vector", rows(3)[0][:3], mnemic.InvalidArgument,
     "vectors: shape (n, d) is due, not 1 dimension(s); one vector is array[numpy.newaxis, :]"),
    ("three dimensions", rows(12).reshape(3, 4, 4), mnemic.InvalidArgument, "not 3 dimension(s)"),
    ("columns first", numpy.asfortranarray(rows(3)), mnemic.InvalidArgument, "see numpy.ascontiguousarray"),
    ("every other row", rows(6)[::2], mnemic.InvalidArgument, "vectors: rows that lie one after another (C order) are due"),
    ("backwards", rows(3)[::-1], mnemic.InvalidArgument, "C order"),
    ("some columns", rows(3, 8)[:, :4], mnemic.InvalidArgument, "C order"),
    ("another dimension", rows(3, 5), mnemic.InvalidArgument, "space 'v' has dimension 4, not 5"),
    ("no columns", rows(3, 0), mnemic.InvalidArgument, "dimension 0 is not in [1, 4096]"),
    ("NaN", rows(3) * numpy.nan, mnemic.InvalidArgument, "a value is not finite"),
    ("infinite", rows(3) * numpy.inf, mnemic.InvalidArgument, "a value is not finite"),
    ("zero", rows(3) * 0, mnemic.InvalidArgument, "all values are zero"),
    ("too few rows", rows(2), mnemic.InvalidArgument, "vectors: 2 rows for 3 items"),
    ("too many rows", rows(4), mnemic.InvalidArgument, "vectors: 4 rows for 3 items"),
]


@pytest.mark.parametrize("array, kind, message", [row[1:] for row in WRONG_ROWS], ids=[row[0] for row in WRONG_ROWS])
def test_a_wrong_array_is_refused_and_nothing_is_stored(
    ada: mnemic.Scope, array: Any, kind: type[Exception], message: str,
) -> None:
    ada.put("fixes the dimension", vectors={"v": [1, 2, 3, 4]})
    with pytest.raises(kind) as caught:
        ada.put_many(["a", "b", "c"], vectors=array, space="v")
    assert type(caught.value) is kind and message in str(caught.value)
    assert ada.count() == 1
    if "rows" not in message or "C order" in message:
        with pytest.raises(kind):
            ada.recall_many(vectors=array, space="v")


WRONG_ONES: list[tuple[str, Any, type[Exception], str]] = [
    ("None in a space", {"v": None}, TypeError, "vectors[v]: a vector of float32 is due, not None"),
    ("a str", "1 2 3", TypeError, "vectors: a vector of float32 is due, not str"),
    ("strs", {"v": ["1", "2"]}, TypeError, "vectors[v]: numbers are due"),
    ("bytes", {"v": b"1234"}, TypeError, "vectors[v]: numbers are due"),
    ("bools", {"v": numpy.array([True])}, TypeError, "vectors[v]: numbers are due, not bool"),
    ("objects", {"v": [object()]}, TypeError, "vectors[v]: numbers are due, not object"),
    ("complex", {"v": numpy.array([1j])}, TypeError, "vectors[v]: numbers are due, not complex128"),
    ("ragged", {"v": [[1], [1, 2]]}, TypeError, "vectors[v]: a vector of float32 is due"),
    ("rows", {"v": rows(1)}, mnemic.InvalidArgument, "vectors[v]: shape (d,) is due; flatten it with .ravel()"),
    ("a number", {"v": 1.0}, mnemic.InvalidArgument, "vectors[v]: shape (d,) is due"),
    ("empty", {"v": []}, mnemic.InvalidArgument, "vectors: dimension 0 is not in [1, 4096]"),
    ("too long", {"w": numpy.ones(4097, dtype=numpy.float32)}, mnemic.InvalidArgument, "dimension 4097 is not in [1, 4096]"),
    ("NaN", {"v": [1, 2, 3, numpy.nan]}, mnemic.InvalidArgument, "vectors: a value is not finite"),
    ("zero", {"v": [0, 0, 0, 0]}, mnemic.InvalidArgument, "vectors: all values are zero"),
    ("another dimension", {"v": [1]}, mnemic.InvalidArgument, "space 'v' has dimension 4, not 1"),
    ("another dimension than the embedder's", [1, 2], mnemic.InvalidArgument, "dimension 2 where the store's embedder has 256"),
    ("a space that is no str", {1: [1]}, TypeError, "vectors: a space: str is due, not int"),
    ("a space of bytes", {b"v": [1]}, TypeError, "vectors: a space: str is due, not bytes"),
    ("a space with a lone surrogate", {"\ud800": [1]}, mnemic.InvalidArgument, "vectors: a space: a lone surrogate"),
]


@pytest.mark.parametrize("vectors, kind, message", [row[1:] for row in WRONG_ONES], ids=[row[0] for row in WRONG_ONES])
def test_a_wrong_vector_is_refused_and_nothing_changes(
    ada: mnemic.Scope, vectors: Any, kind: type[Exception], message: str,
) -> None:
    id = ada.put("fixes the dimension", vectors={"v": [1, 2, 3, 4]})
    calls = (
        lambda: ada.put("x", vectors=vectors), lambda: ada.put_many([{"text": "x", "vectors": vectors}]),
        lambda: ada.update(id, vectors=vectors), lambda: ada.session("s").append(mnemic.Turn("user", "x", vectors=vectors)),
    )
    for call in calls:
        with pytest.raises(kind) as caught:
            call()
        assert type(caught.value) is kind and message in str(caught.value)
    with pytest.raises(kind):
        ada.recall(vector=vectors)
    assert ada.count() == 1 and ada.get(id).version == 1


def test_a_value_that_float32_cannot_hold_is_refused(ada: mnemic.Scope) -> None:
    with numpy.errstate(over="ignore"), pytest.raises(mnemic.InvalidArgument, match="not finite"):
        ada.put("x", vectors={"v": [1e300, 1]})
    assert ada.count() == 0


def test_two_vectors_make_no_query(ada: mnemic.Scope) -> None:
    with pytest.raises(mnemic.InvalidArgument, match="vector: one vector is due, not 2"):
        ada.recall(vector={"a": [1], "b": [1]})
    with pytest.raises(mnemic.InvalidArgument, match="neither text nor a vector"):
        ada.recall(vector={})


def test_a_store_without_an_embedder_needs_the_name_of_a_space(open_store: Any) -> None:
    ada = open_store(embedder=None).scope("ada")
    for call in (
        lambda: ada.put("x", vectors=[1, 2]), lambda: ada.put_many(["x"], vectors=rows(1)), lambda: ada.recall(vector=[1, 2]),
    ):
        with pytest.raises(mnemic.InvalidArgument, match="a space must be named"):
            call()
    assert ada.put("x", vectors={"v": [1, 2]}) == ada.recall(vector={"v": [1, 2]})[0].id
