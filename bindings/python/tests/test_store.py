# SPDX-License-Identifier: Apache-2.0
"""Opening, closing and the powers over the whole store."""

from __future__ import annotations

import gc
import inspect
import os
import stat
import uuid
import warnings
from pathlib import Path
from typing import Any

import mnemic
import pytest
from conftest import MOMENT


def test_a_store_is_a_context_manager_and_keeps_what_was_put(tmp_path: Path) -> None:
    with mnemic.open(tmp_path / "a.db") as store:
        assert not store.closed and repr(store) == "<Store>"
        store.scope("ada").put("Prefers window seats", key="seat")
    assert store.closed and repr(store) == "<Store closed>"
    with mnemic.open(str(tmp_path / "a.db"), create=False) as again:
        assert again.scope("ada").get(key="seat").text == "Prefers window seats"


def test_the_block_of_a_store_closes_it_when_it_raises_and_hides_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), mnemic.open(tmp_path / "a.db") as store:
        store.scope("ada").put("kept")
        raise ZeroDivisionError
    assert store.closed
    with mnemic.open(tmp_path / "a.db") as again:
        assert again.scope("ada").count() == 1


@pytest.mark.parametrize("spell", [str, os.fsencode, Path], ids=["str", "bytes", "PathLike"])
def test_a_path_is_a_str_bytes_or_path_like(tmp_path: Path, spell: Any) -> None:
    with mnemic.open(spell(tmp_path / "ä b.db")):
        assert stat.S_IMODE((tmp_path / "ä b.db").stat().st_mode) == 0o600


def test_a_store_in_memory_is_private() -> None:
    with mnemic.open(":memory:") as one, mnemic.open(":memory:") as other:
        one.scope("ada").put("here")
        assert (one.stats().memories, other.stats().memories) == (1, 0)
    assert not Path(":memory:").exists()


def test_every_option_is_a_keyword() -> None:
    parameters = list(inspect.signature(mnemic.open).parameters.values())
    assert parameters[0].name == "path"
    assert all(
        parameter.kind is parameter.KEYWORD_ONLY and parameter.default is not parameter.empty for parameter in parameters[1:]
    )
    with pytest.raises(TypeError):
        mnemic.open(":memory:", "read_only")


def test_a_read_only_store_refuses_writes_and_reads_on(tmp_path: Path) -> None:
    with mnemic.open(tmp_path / "a.db") as store:
        store.scope("ada").put("kept")
    with mnemic.open(tmp_path / "a.db", access=mnemic.Access.READ_ONLY) as store:
        ada = store.scope("ada")
        with pytest.raises(mnemic.FailedPrecondition):
            ada.put("more")
        assert [memory.text for memory in ada.list()] == ["kept"]


def test_closing_twice_is_no_error_and_every_call_after_it_says_why(store: mnemic.Store, ada: mnemic.Scope) -> None:
    ada.put("one")
    ada.put("two")
    ada.session("s").append({"role": "user", "content": "hi"})
    fact = ada.facts.assert_fact("Ada", "lives in", "Porto").id
    listing = ada.list(page_size=1)
    begun = iter(listing)
    next(begun)
    batch = ada.batch()
    batch.put("three")
    handles = ada.episodes, ada.facts, ada.skills, ada.session("s"), store.admin
    episodes, facts, skills, session, admin = handles
    result = ada.recall("one")
    store.close()
    store.close()
    calls = [
        lambda: store.scope("x"), lambda: ada.put("x"), lambda: ada.get(fact), lambda: list(listing), lambda: next(begun),
        lambda: ada.recall("x"), lambda: ada.count(), lambda: ada.sessions(), lambda: ada.put_many(["x"]),
        lambda: episodes.record("x"), lambda: facts.get(fact), lambda: list(skills.list()), lambda: len(session),
        lambda: session.append({"role": "user", "content": "x"}), lambda: batch.commit(), lambda: store.flush(),
        lambda: store.stats(), lambda: store.check(), lambda: admin.namespaces(), lambda: admin.grants(), lambda: admin.erase(ids=[fact]),
    ]
    for call in calls:
        with pytest.raises(mnemic.FailedPrecondition, match="the store is closed"):
            call()
    assert len(result.context()) > 0  # results need the store no more


def test_a_store_that_is_dropped_open_warns(tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        store = mnemic.open(tmp_path / "a.db")
        del store
        gc.collect()
    assert [warning.category for warning in seen] == [ResourceWarning]
    assert "was not closed" in str(seen[0].message)


def test_a_scope_keeps_its_store_open(tmp_path: Path) -> None:
    ada = mnemic.open(tmp_path / "a.db").scope("ada")
    gc.collect()
    ada.put("still here")
    assert ada.count() == 1
    ada._store.close()


def test_stats_and_check_count_what_is_there(store: mnemic.Store, ada: mnemic.Scope) -> None:
    ada.put("a", key="k")
    ada.put("b", key="k")
    ada.session("s").append({"role": "user", "content": "hi"})
    stats = store.stats()
    assert (stats.namespaces, stats.memories, stats.versions, stats.sessions, stats.relations) == (1, 2, 3, 1, 0)
    assert stats.seq == 3 and stats.file_bytes > 0 and stats.embedding_space.startswith("mnemic-static/1/256")
    report = store.check()
    assert report.clean and report.issues == () and report.rows_checked > 0
    store.flush()


def test_admin_sees_every_namespace_and_every_version(store: mnemic.Store, ada: mnemic.Scope) -> None:
    id = ada.put("first", key="k")
    ada.put("second", key="k")
    store.scope("acme", "a/b").put("odd name")
    admin = store.admin
    assert admin.namespaces() == (("acme", "a/b"), ("acme", "ada"))
    assert admin.find(id).text == "second" and admin.find(str(uuid.UUID(id))).version == 2
    first, second = admin.history(id)
    assert (first.text, first.seq_to, second.text, second.seq_to) == ("first", second.seq_from, "second", None)
    with pytest.raises(mnemic.NotFound):
        admin.find(str(uuid.UUID(int=1)))


def test_grants_are_given_listed_and_taken_back(store: mnemic.Store, ada: mnemic.Scope) -> None:
    ada.put("shared")
    reader, target = ("acme", "ben"), ("acme", "ada")
    ben = store.scope(*reader, reach=mnemic.Reach.GRANTED)
    assert ben.count() == 0
    store.admin.grant(reader, target)
    store.admin.grant(reader, target)
    (grant,) = store.admin.grants()
    assert (grant.reader, grant.target, grant.granted_at) == (reader, target, MOMENT)
    assert ben.count() == 1
    store.admin.revoke(reader, target)
    assert ben.count() == 0 and store.admin.grants() == []
    with pytest.raises(mnemic.NotFound):
        store.admin.revoke(reader, target)


def test_a_seed_and_a_clock_make_the_same_ids_again(clock: Any) -> None:
    def ids() -> list[str]:
        with mnemic.open(":memory:", seed=2**63 - 1, clock=clock) as store:
            return store.scope("ada").put_many(["a", "b"])

    assert ids() == ids()


def test_the_limits_that_were_given_hold() -> None:
    with mnemic.open(":memory:", limits={"text_bytes": 5, "tags": 1}) as store:
        ada = store.scope("ada")
        ada.put("12345", tags=["a"])
        with pytest.raises(mnemic.InvalidArgument, match="text"):
            ada.put("123456")
        with pytest.raises(mnemic.InvalidArgument, match="tags"):
            ada.put("1", tags=["a", "b"])


OPENINGS = [
    ("no directory", "missing/a.db", {}, mnemic.StoreNotFound, "No such file or directory"),
    ("not made", "a.db", {"create": False}, mnemic.StoreNotFound, "no store at"),
    ("no file to read", "a.db", {"access": "read_only"}, mnemic.StoreNotFound, "no store at"),
    ("a directory", "", {}, mnemic.InvalidArgument, "is a directory"),
    ("another language", "english.db", {"language": "french"}, mnemic.FailedPrecondition, "language"),
    ("junk", "junk.db", {}, mnemic.Corruption, "not a database"),
    ("a link", "link.db", {}, mnemic.PermissionDenied, "link"),
]


@pytest.mark.parametrize("path, options, kind, message", [row[1:] for row in OPENINGS], ids=[row[0] for row in OPENINGS])
def test_what_cannot_be_opened_says_why(tmp_path: Path, path: str, options: Any, kind: type[Exception], message: str) -> None:
    mnemic.open(tmp_path / "english.db").close()
    (tmp_path / "junk.db").write_bytes(b"junk" * 2000)
    (tmp_path / "link.db").symlink_to(tmp_path / "english.db")
    with pytest.raises(kind, match=message) as caught:
        mnemic.open(tmp_path / path, **options)
    assert type(caught.value) is kind


ERRORS = {
    mnemic.InvalidArgument: ValueError, mnemic.NotFound: KeyError, mnemic.StoreNotFound: FileNotFoundError,
    mnemic.PermissionDenied: PermissionError, mnemic.AlreadyExists: FileExistsError, mnemic.FailedPrecondition: RuntimeError,
    mnemic.Busy: TimeoutError, mnemic.Aborted: RuntimeError, mnemic.Cancelled: RuntimeError, mnemic.ResourceExhausted: OSError,
    mnemic.Corruption: RuntimeError, mnemic.IoError: OSError, mnemic.Unsupported: NotImplementedError,
    mnemic.Internal: RuntimeError,
}


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_exceptions_are_also_the_built_in_ones_and_print_their_message(kind: type[mnemic.Error]) -> None:
    assert issubclass(kind, mnemic.Error) and issubclass(kind, ERRORS[kind])
    error = kind("text: empty", 5)
    assert str(error) == "text: empty" and error.extended_code == 5 and error.code.startswith("k")


def test_every_exception_class_is_in_the_table() -> None:
    def below(kind: type) -> set[type]:
        return {kind}.union(*map(below, kind.__subclasses__()))

    assert below(mnemic.Error) - {mnemic.Error} == set(ERRORS)
