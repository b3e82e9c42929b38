# SPDX-License-Identifier: Apache-2.0
"""Export and import: every argument reaches the library, progress may raise, errors name the line."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import mnemic
import pytest
from mnemic import OnConflict, TransferFormat, aio


@pytest.fixture
def filled(ada: mnemic.Scope) -> mnemic.Store:
    seat = ada.put("Prefers window seats", key="seat", tags=["travel"], vectors={"mine": [1.0, 2.0]})
    ada.update(seat, text="Prefers aisle seats")
    ada.relate(seat, "about", ada.put("Flies to Lisbon", layer="episodic"))
    ada._store.scope("bob").put("Likes tea")
    ada._store.admin.grant(("acme", "ada"), ("bob",))
    return ada._store


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def kinds(path: Path) -> list[str]:
    return [line["kind"] for line in lines(path)]


def listed(store: mnemic.Store) -> list[dict[str, Any]]:
    memories = [m.to_dict() for name in store.admin.namespaces() for m in store.scope(*name).list(order="created")]
    return [{key: value for key, value in memory.items() if not key.startswith("seq")} for memory in memories]


def test_there_and_back(filled: mnemic.Store, open_store: Any, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    told: list[tuple[int, int]] = []
    report = filled.admin.export_to(path, vectors=True, history=True, progress=lambda done, total: told.append((done, total)))
    assert (report.memories, report.versions, report.relations, report.namespaces) == (3, 4, 1, 2)
    assert report.bytes == path.stat().st_size and report.seq == filled.stats().seq and told[-1] == (3, 3)
    assert report.to_dict()["memories"] == 3 and "3 memories" in repr(report)

    other = open_store()
    dry = other.admin.import_from(path, dry_run=True)
    assert dry.dry_run and dry.written == 3 and other.stats().seq == 0
    told.clear()
    done = other.admin.import_from(path, batch=1, progress=lambda done, total: told.append((done, total)))
    assert (done.memories, done.written, done.relations, done.facts_about) == (3, 3, 1, 1) and not done.resumed
    assert done.format is TransferFormat.MNEMIC and done.problems == () and told[-1] == (report.bytes, report.bytes)
    assert listed(other) == listed(filled)
    assert other.admin.import_from(path, format=TransferFormat.MNEMIC).unchanged == 3


def test_erasures_travel(filled: mnemic.Store, open_store: Any, tmp_path: Path) -> None:
    seat = next(iter(filled.scope("acme", "ada").list(where={"tags": "travel"}))).id
    other = open_store()
    filled.admin.export_to(tmp_path / "all")
    other.admin.import_from(tmp_path / "all")
    since = filled.stats().seq
    filled.admin.erase(ids=[seat])
    report = filled.admin.export_to(tmp_path / "since", since=since)
    assert (report.erased, report.forgotten) == (1, 0) and "erased" in kinds(tmp_path / "since")
    assert other.admin.import_from(tmp_path / "since", dry_run=True).erased == 1
    done = other.admin.import_from(tmp_path / "since")
    assert (done.erased, done.forgotten) == (1, 0) and done.to_dict()["erased"] == 1
    with pytest.raises(mnemic.NotFound):
        other.admin.history(seat)
    assert other.admin.import_from(tmp_path / "all").refused == 1


def test_what_is_exported(filled: mnemic.Store, tmp_path: Path) -> None:
    def exported(**options: Any) -> list[str]:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.jsonl"
        filled.admin.export_to(path, **options)
        return kinds(path)

    assert exported(namespaces=[("acme",)], layers=["semantic"]) == ["manifest", "memory", "end"]
    assert exported(where={"tags": "travel"}, history=True).count("version") == 1
    since = filled.stats().seq
    filled.scope("acme", "ada").forget(where={"tags": "travel"})
    assert exported(since=since) == ["manifest", "grant", "forgotten", "end"]
    with pytest.raises(mnemic.InvalidArgument, match="since"):
        exported(since=10**6)
    with pytest.raises(mnemic.InvalidArgument, match="nonsense"):
        exported(where={"nonsense": 1})
    with pytest.raises(TypeError):
        exported(vectors="yes")


def test_where_it_goes(filled: mnemic.Store, open_store: Any, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    filled.admin.export_to(path)
    moved = open_store()
    moved.admin.import_from(path, into=("old",), grants=False)
    assert moved.scope("old", "acme", "ada").count() == 2 and moved.admin.grants() == []
    filled.admin.export_to(tmp_path / "acme.jsonl", namespaces=[("acme",)])
    renamed = open_store()
    renamed.admin.import_from(tmp_path / "acme.jsonl", source=("acme",), into=("new",))
    assert renamed.scope("new", "ada").count() == 2
    with pytest.raises(mnemic.InvalidArgument, match="bob"):
        renamed.admin.import_from(path, source=["acme"], into=["x"])


def test_conflicts(filled: mnemic.Store, open_store: Any, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    filled.admin.export_to(path)
    filled.scope("bob").forget(where={})
    with pytest.raises(mnemic.AlreadyExists):
        filled.admin.import_from(path, conflict=OnConflict.REFUSE)
    report = filled.admin.import_from(path, conflict="keep_newer")
    assert report.kept == 1 and report.problems[0].what and report.problems[0].line > 1
    assert report.to_dict()["problems"][0]["id"] == report.problems[0].id
    with pytest.raises(ValueError, match="conflict"):
        filled.admin.import_from(path, conflict="older")
    with pytest.raises(ValueError, match="format"):
        filled.admin.import_from(path, format="csv")


def test_damage_is_named(filled: mnemic.Store, open_store: Any, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    filled.admin.export_to(path)
    with pytest.raises(mnemic.AlreadyExists):
        filled.admin.export_to(path)
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(path.read_bytes()[:-40])
    other = open_store()
    with pytest.raises(mnemic.Corruption, match="line "):
        other.admin.import_from(cut)
    assert other.admin.namespaces() == ()
    with pytest.raises(mnemic.NotFound):
        other.admin.import_from(tmp_path / "missing")


def test_progress_may_raise(filled: mnemic.Store, open_store: Any, tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def enough(done: int, total: int) -> None:
        raise Enough(f"{done} of {total}")

    path = tmp_path / "all.jsonl"
    with pytest.raises(Enough):
        filled.admin.export_to(path, progress=enough)
    assert not path.exists()
    filled.admin.export_to(path)
    other = open_store()
    with pytest.raises(Enough):
        other.admin.import_from(path, batch=1, progress=enough)
    report = other.admin.import_from(path)
    assert report.resumed and report.written == 3
    with pytest.raises(TypeError, match="progress"):
        other.admin.import_from(path, progress=7)  # type: ignore[arg-type]


def test_a_foreign_file(ada: mnemic.Scope, tmp_path: Path) -> None:
    path = tmp_path / "mem0.json"
    path.write_text(json.dumps({"results": [{"id": "m1", "memory": "Keeps bees", "user_id": "ada", "created_at": "2025-01-01T00:00:00Z"}]}))
    with pytest.raises(mnemic.InvalidArgument, match="into"):
        ada._store.admin.import_from(path)
    report = ada._store.admin.import_from(path, into=("acme", "ada"))
    assert report.format == "mem0" and report.written == 1 and ada.get(key="m1").user == "ada"


def test_awaited(filled: mnemic.Store, tmp_path: Path) -> None:
    filled.admin.export_to(tmp_path / "all.jsonl")

    async def moved() -> int:
        async with aio.open(tmp_path / "aio.db") as store:
            report = await store.admin.import_from(tmp_path / "all.jsonl")
            return report.written + (await store.admin.export_to(tmp_path / "again.jsonl")).memories

    assert asyncio.run(moved()) == 6
