# SPDX-License-Identifier: Apache-2.0
"""Backup, restore, salvage and usage: every argument reaches the library, progress may raise, errors have their class."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mnemic
import mnemic.aio
import pytest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store that nobody has open, with one memory."""
    with mnemic.open(tmp_path / "a.db", seed=7) as store:
        store.scope("acme", "ada").put("Prefers window seats", key="seat")
    return tmp_path / "a.db"


def texts(path: Path) -> set[str]:
    with mnemic.open(path) as store:
        assert store.check().clean
        return {memory.text for memory in store.scope("acme", "ada").list()}


def test_a_backup_takes_the_place_of_an_older_one(path: Path, tmp_path: Path) -> None:
    copy, told = tmp_path / "a.backup", []
    with mnemic.open(path) as store:
        report = store.backup(copy, progress=lambda done, total: told.append((done, total)))
        assert (report.replaced, report.seq, report.bytes) == (False, store.stats().seq, copy.stat().st_size)
        assert report.pages * 4096 == report.bytes and told[-1][0] == report.pages and told[-1][0] <= told[-1][1]
        assert repr(report) == f"<BackupReport seq {report.seq}, {report.bytes} bytes>"
        store.scope("acme", "ada").put("Likes figs")
        assert store.backup(str(copy), verify=False).replaced
    assert report.to_dict() == {"bytes": report.bytes, "pages": report.pages, "seq": report.seq, "replaced": False}
    assert texts(copy) == {"Prefers window seats", "Likes figs"}


def test_what_is_no_older_backup_is_left_alone(path: Path, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a database")
    with mnemic.open(path) as store:
        calls: list[tuple[Any, type[Exception], str]] = [
            (tmp_path / "text", mnemic.FailedPrecondition, "backup: "), (path, mnemic.InvalidArgument, "backup: "),
            (":memory:", mnemic.InvalidArgument, "backup: "), (tmp_path / "none/a", mnemic.StoreNotFound, "backup: "),
            ("a\0b", mnemic.InvalidArgument, "path: not a path"), (3, TypeError, "path: a path is due, not int"),
        ]
        for target, kind, message in calls:
            with pytest.raises(kind, match=message) as caught:
                store.backup(target)
            assert type(caught.value) is kind
        with pytest.raises(TypeError, match="verify: True or False is due, not int"):
            store.backup(tmp_path / "b", verify=1)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="progress: something to call is due, not int"):
            store.backup(tmp_path / "b", progress=1)  # type: ignore[arg-type]
    assert (tmp_path / "text").read_text() == "not a database" and not (tmp_path / "b").exists()
    with pytest.raises(mnemic.FailedPrecondition, match="closed"):
        store.backup(tmp_path / "b")
    with pytest.raises(mnemic.FailedPrecondition, match="closed"):
        store.usage()


def test_what_progress_raises_is_raised_and_nothing_is_left(path: Path, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise LookupError("enough")

    def left() -> set[str]:
        return {file.name for file in tmp_path.iterdir()}

    with mnemic.open(path) as store:
        store.backup(tmp_path / "a.backup")
        before = left()
        with pytest.raises(LookupError, match="enough"):
            store.backup(tmp_path / "b", progress=stop)
        assert left() == before
    before = left()
    calls: list[Callable[[], Any]] = [
        lambda: mnemic.restore(tmp_path / "a.backup", tmp_path / "c.db", progress=stop),
        lambda: mnemic.salvage(path, tmp_path / "d.db", progress=stop),
    ]
    for call in calls:
        with pytest.raises(LookupError, match="enough"):
            call()
        assert left() == before


def test_a_restore_puts_the_backup_in_the_place_of_the_store(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "a.backup"
    with mnemic.open(path) as store:
        ada = store.scope("acme", "ada")
        secret = ada.put("The code is four three two one")
        saved = store.backup(copy)
        ada.put("A mistake")
        store.admin.erase(ids=[secret])
        with pytest.raises(mnemic.Busy, match="restore: "):
            mnemic.restore(copy, path)
        undone = store.stats().seq - saved.seq
    planned = mnemic.restore(copy, path, dry_run=True)
    assert (planned.replaced, planned.changes_undone, planned.kept) == (True, undone, None)
    told: list[tuple[int, int]] = []
    report = mnemic.restore(str(copy), path, progress=lambda done, total: told.append((done, total)))
    assert (report.replaced, report.changes_undone, report.erasures_replayed) == (True, undone, 1) and told
    assert report.kept == f"{path}.replaced-1" and Path(report.kept).exists()
    assert report.memories == 1 and repr(report) == f"<RestoreReport 1 memories, seq {report.seq}>"
    assert report.to_dict() == {
        "bytes": report.bytes, "seq": report.seq, "memories": 1, "replaced": True, "changes_undone": undone,
        "erasures_replayed": 1, "kept": report.kept,
    }
    assert planned.to_dict()["kept"] == ""
    assert texts(path) == {"Prefers window seats"}  # what was erased is erased in it too

    fresh = mnemic.restore(copy, tmp_path / "new.db")
    assert (fresh.replaced, fresh.kept, fresh.memories) == (False, None, 2) and len(texts(tmp_path / "new.db")) == 2
    assert mnemic.restore(copy, path, keep_replaced=False).kept is None and not Path(f"{path}.replaced-2").exists()


def test_what_is_not_restored(path: Path, tmp_path: Path) -> None:
    copy, other = tmp_path / "a.backup", tmp_path / "text"
    with mnemic.open(path) as store:
        store.backup(copy)
    other.write_text("not a database" * 1000)
    calls: list[tuple[Any, Any, type[Exception]]] = [
        (tmp_path / "none", path, mnemic.StoreNotFound), (copy, tmp_path / "none/a.db", mnemic.StoreNotFound),
        (copy, copy, mnemic.InvalidArgument), (copy, other, mnemic.FailedPrecondition), (1, path, TypeError),
        (copy, None, TypeError),
    ]
    for backup, target, kind in calls:
        with pytest.raises(kind) as caught:
            mnemic.restore(backup, target)
        assert type(caught.value) is kind, target
    for argument in ("keep_replaced", "dry_run", "force"):
        with pytest.raises(TypeError, match=f"{argument}: True or False is due, not int"):
            mnemic.restore(copy, path, **{argument: 1})  # type: ignore[arg-type]
    assert mnemic.restore(copy, other, force=True).replaced and texts(other) == {"Prefers window seats"}


def test_salvage_brings_out_what_is_whole_and_lists_the_rest(path: Path, tmp_path: Path) -> None:
    with mnemic.open(path) as store:
        ada = store.scope("acme", "ada")
        ada.relate(ada.put("Likes figs"), "about", ada.put("Has a boat"))
    raw = sqlite3.connect(path)
    raw.execute("UPDATE versions SET text = 'changed' WHERE text = 'Has a boat'")
    raw.commit()
    raw.close()
    told: list[tuple[int, int]] = []
    report = mnemic.salvage(path, tmp_path / "new.db", progress=lambda done, total: told.append((done, total)))
    assert (report.memories, report.versions, report.namespaces_renamed) == (2, 2, 0) and told
    assert report.pages > 0 and report.lost_rows == len(report.lost) > 0
    assert all(row.where and row.why and repr(row).startswith("<LostRow ") for row in report.lost)
    assert repr(report) == f"<SalvageReport 2 memories, {report.lost_rows} lost rows>"
    assert report.to_dict() == {
        "memories": 2, "versions": 2, "relations": report.relations, "words_remade": 0, "namespaces_renamed": 0,
        "pages": report.pages, "lost_rows": report.lost_rows,
        "lost": [{"where": row.where, "why": row.why} for row in report.lost],
    }
    assert [row.to_dict() for row in report.lost] == report.to_dict()["lost"]
    assert texts(tmp_path / "new.db") == {"Prefers window seats", "Likes figs"}
    for damaged, target, kind in (
        (path, tmp_path / "new.db", mnemic.AlreadyExists), (tmp_path / "none", tmp_path / "x.db", mnemic.StoreNotFound),
    ):
        with pytest.raises(kind, match="salvage: "):
            mnemic.salvage(damaged, target)
    with pytest.raises(mnemic.InvalidArgument, match="language"):
        mnemic.salvage(path, tmp_path / "x.db", language="klingon")
    with pytest.raises(TypeError, match="language: str is due, not None"):
        mnemic.salvage(path, tmp_path / "x.db", language=None)  # type: ignore[arg-type]
    (tmp_path / "text").write_text("not a database" * 1000)
    with pytest.raises(mnemic.Corruption):
        mnemic.salvage(tmp_path / "text", tmp_path / "x.db")
    assert not (tmp_path / "x.db").exists()


def test_usage_is_by_namespace_and_layer(store: mnemic.Store, ada: mnemic.Scope) -> None:
    assert store.usage() == []
    id = ada.put("old")
    ada.update(id, text="newer")
    ada.session("s").append({"role": "user", "content": "hello"})
    store.scope("bob").put("tea")
    found = {(one.namespace, one.layer): one for one in store.usage()}
    assert list(found) == [
        (("acme", "ada"), "conversational"), (("acme", "ada"), "semantic"), (("bob",), "semantic"),
    ]
    semantic = found[("acme", "ada"), mnemic.Layer.SEMANTIC]
    assert (semantic.memories, semantic.versions, semantic.text_bytes) == (1, 2, 5)
    assert semantic.vector_bytes > 0 and semantic.past_bytes > 3
    assert repr(semantic) == "<LayerUsage acme/ada semantic: 1 memories>"
    assert semantic.to_dict() == {
        "namespace": "acme/ada", "layer": "semantic", "memories": 1, "versions": 2, "text_bytes": 5,
        "vector_bytes": semantic.vector_bytes, "past_bytes": semantic.past_bytes,
    }


def test_what_check_finds_is_json(path: Path) -> None:
    with mnemic.open(path) as store:
        clean = store.check()
    assert clean.to_dict() == {"clean": True, "rows_checked": clean.rows_checked, "issues": []}
    raw = sqlite3.connect(path)
    raw.execute("UPDATE versions SET text = 'changed'")
    raw.commit()
    raw.close()
    with mnemic.open(path) as store:
        report = store.check()
    assert report.to_dict() == {
        "clean": False, "rows_checked": report.rows_checked, "issues": [issue.to_dict() for issue in report.issues],
    }
    first = report.issues[0]
    assert first.to_dict() == {"code": "kCorruption", "where": first.where, "what": first.what, "repaired": False}


def test_stats_have_what_is_counted_now(store: mnemic.Store, ada: mnemic.Scope) -> None:
    ada.put("A note")
    ada.recall("note")
    ada.recall("note")
    stats = store.stats()
    assert (stats.chunks, stats.chunk_bytes, stats.job_lag.total_seconds()) == (0, 0, 0)
    assert stats.partition_misses >= 1 and stats.partition_hits >= 1


def test_the_async_twin_makes_backups(path: Path, tmp_path: Path) -> None:
    async def main() -> None:
        async with mnemic.aio.open(path) as store:
            told: list[int] = []
            report = await store.backup(tmp_path / "b", progress=lambda done, total: told.append(done))
            assert not report.replaced and told[-1] == report.pages
            assert [one.memories for one in await store.usage()] == [1]
            with pytest.raises(mnemic.Busy):
                await mnemic.aio.restore(tmp_path / "b", path)
        told.clear()
        restored = await mnemic.aio.restore(
            tmp_path / "b", path, keep_replaced=False, progress=lambda done, total: told.append(done)
        )
        assert restored.replaced and restored.kept is None and told
        assert (await mnemic.aio.salvage(path, tmp_path / "c", language="english")).memories == 1
        with pytest.raises(mnemic.AlreadyExists):
            await mnemic.aio.salvage(path, tmp_path / "c")
        with pytest.raises(TypeError, match="progress: something to call is due, not int"):
            await mnemic.aio.restore(tmp_path / "b", path, progress=1)  # type: ignore[arg-type]

    asyncio.run(main())
    assert texts(tmp_path / "b") == texts(path) == texts(tmp_path / "c") == {"Prefers window seats"}


@pytest.mark.parametrize("call", [mnemic.aio.restore, mnemic.aio.salvage])
def test_one_that_is_cancelled_ends_at_its_next_step_and_leaves_nothing(path: Path, tmp_path: Path, call: Any) -> None:
    reached, cancelled = threading.Event(), threading.Event()

    def wait(done: int, total: int) -> None:
        reached.set()
        assert cancelled.wait(60)

    async def main() -> None:
        task = asyncio.create_task(call(path, tmp_path / "new.db", progress=wait))
        assert await asyncio.to_thread(reached.wait, 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    before, threads = {file.name for file in tmp_path.iterdir()}, set(threading.enumerate())
    asyncio.run(main())
    cancelled.set()
    for thread in set(threading.enumerate()) - threads:
        thread.join(60)
        assert not thread.is_alive()
    assert {file.name for file in tmp_path.iterdir()} == before
