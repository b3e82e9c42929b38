# SPDX-License-Identifier: Apache-2.0
"""Erasing: what goes and what stays, the receipt, the ledger, and texts that come back. Holds are in test_policies.py."""

from __future__ import annotations

import asyncio
import datetime
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mnemic
import mnemic.aio
import pytest
from conftest import MOMENT

KEY = "a secret of the caller"
SAID = "I moved to Porto in May, number 17 on the hill"


@pytest.fixture
def admin(store: mnemic.Store) -> mnemic.Admin:
    return store.admin


def derived(ada: mnemic.Scope, text: str, *sources: str) -> str:
    return ada.put(text, provenance={"derived_from": sources})


def state(store: mnemic.Store) -> tuple[int, ...]:
    stats = store.stats()
    return stats.seq, stats.memories, stats.versions, stats.relations, stats.jobs_waiting, len(store.admin.erasures())


def test_what_a_user_left_is_gone_for_every_call(store: mnemic.Store, ada: mnemic.Scope) -> None:
    first = ada.put("An older text of the passport", key="passport", user="ada")
    ada.update(first, text="The passport is in the blue folder")
    hidden = ada.put("The passport has expired", user="ada")
    ada.forget(hidden)
    other = ada.put("The folder is on the shelf", user="ben")
    ada.relate(first, "kept_in", other)
    naming = store.jobs.enqueue("extract", {"of": first}, namespace=("acme", "ada"))
    apart = store.jobs.enqueue("extract", {"of": other}, namespace=("acme", "ada"))
    before = ada.recall("passport").seq

    receipt = store.admin.erase(user="ada", reason="asked for it", by="privacy desk")
    assert set(receipt.erased) == {first, hidden} and receipt.derived == receipt.unlinked == ()
    assert (receipt.versions, receipt.relations, receipt.jobs) == (3, 1, 1)
    assert receipt.erased_seq > before and receipt.purged_seq == 0 and not receipt.dry_run
    assert receipt.hashes == () and any("erasure key" in one for one in receipt.not_covered)

    assert [memory.id for memory in ada.list()] == [other] and list(ada.related(other)) == []
    for hits in (ada.recall("passport"), ada.recall("passport", as_of=before), ada.recall("passport", exact=True)):
        assert {hit.id for hit in hits} <= {other} and "passport" not in hits.context()
    gone: list[Callable[[], Any]] = [
        lambda: ada.get(first), lambda: ada.get(key="passport"), lambda: store.admin.find(first),
        lambda: store.admin.history(first), lambda: store.admin.history(hidden), lambda: ada.why(first, "passport"),
        lambda: store.jobs.get(naming), lambda: store.admin.erase(ids=[first]),
    ]
    for call in gone:
        with pytest.raises(mnemic.NotFound):
            call()
    assert store.jobs.get(apart).payload == {"of": other} and store.check().clean
    assert ada.put("The passport is in the blue folder")  # without a key nothing knows it again


def test_each_field_selects_and_all_of_them_must_fit(store: mnemic.Store, ada: mnemic.Scope) -> None:
    plain = ada.put("plain")
    said = ada.put("said", author="Bob", session="s1")
    changed = ada.put("now", author="Bob")
    ada.update(changed, author="Eve")
    below = store.scope("acme", "ada", "work").put("below", tags=["secret"])

    def chosen(**selection: Any) -> set[str]:
        return set(store.admin.erase(dry_run=True, **selection).erased)

    here = ("acme", "ada")
    assert chosen(ids=[plain, below]) == {plain, below} and chosen(ids=(uuid.UUID(plain),)) == {plain}
    assert chosen(author="Bob") == {said, changed} and chosen(session="s1") == {said}
    assert chosen(author="Bob", session="s1") == {said} and chosen(ids=[plain, said], author="Bob") == {said}
    assert chosen(ids=[], author="Bob") == {said, changed}
    assert chosen(namespace=here) == {plain, said, changed}
    assert chosen(namespace=list(here), subtree=True) == {plain, said, changed, below}
    assert chosen(namespace=here, where={"tags": "secret"}) == set()
    assert chosen(where={"tags": "secret"}) == {below} == chosen(where={"event_time": {"$gte": MOMENT}, "tags": "secret"})
    assert chosen(namespace=("nobody",)) == chosen(user="nobody") == set()


def test_a_dry_run_says_the_same_and_changes_nothing(store: mnemic.Store, ada: mnemic.Scope) -> None:
    said, seen = ada.put(SAID, user="ada"), ada.put("The neighbours saw the van")
    derived(ada, "Ada lives in Porto", said)
    derived(ada, "Ada has moved", said, seen)
    store.jobs.enqueue("extract", {"of": said}, namespace=("acme", "ada"))
    before, texts = state(store), {memory.text for memory in ada.list()}
    dry = store.admin.erase(user="ada", dry_run=True, reason="only asked", by="somebody")
    assert dry.dry_run and (dry.erased_seq, dry.purged_seq, dry.jobs) == (0, 0, 1)
    assert state(store) == before and {memory.text for memory in ada.list()} == texts and store.admin.history(said)
    done = store.admin.erase(user="ada")
    for name in ("erased", "derived", "unlinked", "versions", "jobs", "hashes", "not_covered"):
        assert getattr(dry, name) == getattr(done, name)
    assert not done.dry_run and store.admin.erase(user="ada").erased == () and len(store.admin.erasures()) == 1


def test_what_was_derived_from_it_alone_goes_and_what_has_other_evidence_is_unlinked(
    admin: mnemic.Admin, ada: mnemic.Scope
) -> None:
    said, kept = ada.put(SAID), ada.put("Her sister confirmed the move")
    alone = derived(ada, "Ada lives in Porto", said)
    chain = derived(ada, "Somebody of the family lives by the sea", alone)
    both = derived(ada, "The family is in Portugal", said, kept)
    quoting = derived(ada, f'Notes: "{SAID}", says Ada', said, kept)
    fact = ada.facts.assert_fact("Ada", "city", "Porto", sources=[said]).id
    apart = ada.put("Porto is a city")
    receipt = admin.erase(ids=[said])
    assert receipt.erased == (said,) and receipt.unlinked == (both,)
    assert set(receipt.derived) == {alone, chain, quoting, fact} and receipt.versions == 5
    assert {memory.id for memory in ada.list()} == {kept, both, apart} and ada.facts.about("Ada") == []
    assert ada.get(both).provenance.derived_from == (kept,)


REFUSED: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    ("nothing", {}, mnemic.InvalidArgument, "erase: selection: nothing is selected"),
    ("empty", {"ids": [], "where": {}, "user": ""}, mnemic.InvalidArgument, "nothing is selected"),
    ("subtree alone", {"subtree": True}, mnemic.InvalidArgument, "nothing is selected"),
    ("subtree of none", {"subtree": True, "user": "ada"}, mnemic.InvalidArgument, "subtree: of no namespace"),
    ("unknown id", {"ids": [str(uuid.UUID(int=1))]}, mnemic.NotFound, "ids: no such memory"),
    ("no id", {"ids": ["x"]}, mnemic.InvalidArgument, r"ids\[0\]: not of the form"),
    ("one id", {"ids": str(uuid.UUID(int=1))}, TypeError, "ids: a list is due, not str"),
    ("no ids", {"ids": None}, TypeError, "ids: a list is due, not None"),
    ("printed namespace", {"namespace": "acme/ada"}, TypeError, "namespace: a sequence of str is due"),
    ("no namespace", {"namespace": ()}, mnemic.InvalidArgument, "namespace: no segment"),
    ("filter", {"where": {"tag": "x"}}, mnemic.InvalidArgument, "where: unknown field 'tag'"),
    ("user", {"user": 3}, TypeError, "user: str is due, not int"),
    ("author", {"author": None}, TypeError, "author: str is due, not None"),
    ("session", {"session": "a\0b"}, mnemic.InvalidArgument, "session: "),
    ("reason", {"user": "ada", "reason": "x" * 5000}, mnemic.InvalidArgument, "reason"),
    ("by", {"user": "ada", "by": b"x"}, TypeError, "by: str is due, not bytes"),
    ("dry_run", {"user": "ada", "dry_run": 1}, TypeError, "dry_run: True or False is due, not int"),
    ("no such argument", {"users": "ada"}, TypeError, "unexpected keyword argument 'users'"),
]


@pytest.mark.parametrize("selection, kind, message", [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_cannot_be_erased_is_refused_by_name_and_changes_nothing(
    store: mnemic.Store, ada: mnemic.Scope, selection: dict[str, Any], kind: type[Exception], message: str
) -> None:
    ada.put("kept", user="ada")
    before = state(store)
    with pytest.raises(kind, match=message) as caught:
        store.admin.erase(**selection)
    assert type(caught.value) is kind and state(store) == before


def test_the_ledger_says_what_was_erased_and_since_when_no_byte_is_left(
    store: mnemic.Store, admin: mnemic.Admin, ada: mnemic.Scope, clock: Any, tmp_path: Path
) -> None:
    assert admin.erasures() == []
    said, other = ada.put(SAID), ada.put("Something else")
    derived(ada, "Ada lives in Porto", said)
    first = admin.erase(ids=[said], reason="asked for it", by="privacy desk")
    now = clock.forward(minutes=1)
    second = admin.erase(ids=[other])
    asked, unsaid = admin.erasures()
    assert (asked.erased_seq, asked.at, asked.by, asked.reason) == (first.erased_seq, MOMENT, "privacy desk", "asked for it")
    assert (asked.memories, asked.purged_seq) == (2, 0) and "not purged" in repr(asked)
    assert (unsaid.erased_seq, unsaid.at, unsaid.by, unsaid.reason, unsaid.memories) == (second.erased_seq, now, "", "", 1)
    purged = admin.purge()
    assert purged >= second.erased_seq and [one.purged_seq for one in admin.erasures()] == [purged] * 2
    store.close()
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert SAID.encode() not in left and b"Something else" not in left


def test_maintain_purges_too(store: mnemic.Store, ada: mnemic.Scope) -> None:
    for _ in range(2):  # and again, when the job of the first time is done
        receipt = store.admin.erase(ids=[ada.put("gone")])
        while store.maintain(time=60.0).done > 0:
            pass
        assert store.admin.erasures()[-1].purged_seq >= receipt.erased_seq


@pytest.mark.parametrize("key", [KEY, KEY.encode()], ids=["str", "bytes"])
def test_with_a_key_a_text_that_was_erased_is_refused(open_store: Any, key: str | bytes) -> None:
    store = open_store(erasure_key=key)
    ada, ben = store.scope("acme", "ada"), store.scope("acme", "ben")
    id = ada.put("Ada has a Crème brûlée allergy")
    ada.update(id, text="Ada is allergic to eggs")
    receipt = store.admin.erase(ids=[id])
    assert len(set(receipt.hashes)) == 2 and all(re.fullmatch("[0-9a-f]{64}", one) for one in receipt.hashes)
    again = ada.put("Something else")
    for text in ("Ada has a Crème brûlée allergy", "ada is  ALLERGIC to eggs "):
        writes: list[Callable[[], Any]] = [
            lambda: ada.put(text), lambda: ada.update(again, text=text), lambda: ada.put_many(["fine", text]),
            lambda: ada.session("s").append({"role": "user", "content": text}),
        ]
        for write in writes:
            with pytest.raises(mnemic.PermissionDenied, match="erased") as caught:
                write()
            assert "allerg" not in str(caught.value)
        ben.put(text)  # only where it was erased
    assert [memory.text for memory in ada.list()] == ["Something else"]


def test_the_hashes_are_those_of_the_key(open_store: Any) -> None:
    def hashes(key: str | bytes) -> tuple[str, ...]:
        store = open_store(erasure_key=key)
        return tuple(store.admin.erase(ids=[store.scope("ada").put("gone")]).hashes)

    assert hashes(KEY) == hashes(KEY.encode()) != hashes(KEY + "!") and hashes("") == ()
    assert hashes(b"\x00" * 16) != hashes(b"\x00" * 15 + b"\xff")  # any bytes, no text


def test_a_text_that_was_erased_is_quarantined_where_that_is_asked(tmp_path: Path) -> None:
    path, text = tmp_path / "a.db", "The code is four three two one"
    with mnemic.open(path, erasure_key=KEY) as store:
        store.admin.erase(ids=[store.scope("ada").put(text)])
    with mnemic.open(path, erasure_key=KEY, quarantine_erased=True) as store:
        ada = store.scope("ada")
        id = ada.put(text.upper())
        assert ada.get(id).state is mnemic.State.QUARANTINED and len(ada.recall("code")) == 0
        assert "erased" in ada.why(id, "code").reason
    with mnemic.open(path, erasure_key="quite another secret") as store:
        ada = store.scope("ada")
        assert ada.get(ada.put(text)).state is mnemic.State.ACTIVE


NO_KEYS: list[tuple[str, Any, type[Exception], str]] = [
    ("short", "short", mnemic.InvalidArgument, "erasure_key: 5 bytes where 16 to 1024 are due"),
    ("short bytes", b"x" * 15, mnemic.InvalidArgument, "erasure_key: 15 bytes"),
    ("long", "ä" * 513, mnemic.InvalidArgument, "erasure_key: 1026 bytes"),
    ("surrogate", "\ud800" * 16, mnemic.InvalidArgument, "erasure_key: a lone surrogate"),
    ("int", 3, TypeError, "erasure_key: str or bytes is due, not int"),
    ("None", None, TypeError, "erasure_key: str or bytes is due, not None"),
    ("bytearray", bytearray(16), TypeError, "erasure_key: str or bytes is due, not bytearray"),
]


@pytest.mark.parametrize("key, kind, message", [row[1:] for row in NO_KEYS], ids=[row[0] for row in NO_KEYS])
def test_what_is_no_key(key: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        mnemic.open(":memory:", erasure_key=key)
    with pytest.raises(TypeError, match="quarantine_erased: True or False is due, not int"):
        mnemic.open(":memory:", erasure_key=KEY, quarantine_erased=1)  # type: ignore[arg-type]


def test_what_erasing_answers_is_json(store: mnemic.Store, admin: mnemic.Admin, ada: mnemic.Scope) -> None:
    id = ada.put("gone")
    receipt = admin.erase(ids=[id], reason="asked for it")
    assert receipt.to_dict() == {
        "erased": [id], "derived": [], "unlinked": [], "versions": 1, "relations": 0, "jobs": 0, "hashes": [],
        "erased_seq": receipt.erased_seq, "purged_seq": 0, "dry_run": False, "not_covered": list(receipt.not_covered),
    }
    assert admin.erasures()[0].to_dict() == {
        "erased_seq": receipt.erased_seq, "at": "2026-05-08T13:56:00Z", "by": "", "reason": "asked for it", "memories": 1,
        "purged_seq": 0,
    }


def test_the_list_of_tombstones_counts_what_they_kept_out(open_store: Any) -> None:
    now = [MOMENT]
    store = open_store(erasure_key=KEY, clock=lambda: now[0])
    ada, ben = store.scope("acme", "ada"), store.scope("acme", "ben")
    assert store.admin.tombstones() == []
    receipt = store.admin.erase(ids=[ada.put(SAID)])
    fact = ben.facts.assert_fact("Ben", "city", "Faro", state="proposed").id
    ben.facts.reject(fact)
    erased, rejected = store.admin.tombstones()
    assert (erased.kind, erased.namespace, erased.hash, erased.memory, erased.seq, erased.created_at, erased.hits, erased.last_hit_at) == (
        mnemic.TombstoneKind.ERASED, ("acme", "ada"), receipt.hashes[0], None, receipt.erased_seq, MOMENT, 0, None,
    )
    assert (rejected.kind, rejected.namespace, rejected.hash, rejected.memory, rejected.created_at) == (
        mnemic.TombstoneKind.REJECTED, ("acme", "ben"), "", fact, MOMENT,
    )
    now[0] += datetime.timedelta(hours=1)
    refused: list[Callable[[], Any]] = [
        lambda: ada.put(SAID.upper()), lambda: ada.session("s").append(mnemic.Turn("user", SAID)),
        lambda: ben.facts.assert_fact("Ben", "city", "Faro"),
    ]
    for write in refused:
        with pytest.raises(mnemic.PermissionDenied):
            write()
    assert ben.put(SAID)
    erased, rejected = store.admin.tombstones()
    assert (erased.hits, erased.last_hit_at, rejected.hits, rejected.last_hit_at) == (2, now[0], 1, now[0])
    assert erased.to_dict() == {
        "kind": "erased", "namespace": "acme/ada", "hash": receipt.hashes[0], "seq": receipt.erased_seq,
        "created_at": "2026-05-08T13:56:00Z", "hits": 2, "last_hit_at": "2026-05-08T14:56:00Z",
    }
    assert rejected.to_dict()["memory"] == fact and "hash" not in rejected.to_dict()
    assert repr(erased) == f"<Tombstone erased at seq {erased.seq}, 2 hits>"


def test_a_read_only_or_closed_store_erases_nothing(tmp_path: Path) -> None:
    with mnemic.open(tmp_path / "a.db") as store:
        id = store.scope("ada").put("kept")
    closed = store.admin
    with mnemic.open(tmp_path / "a.db", access="read_only") as store:
        writes: list[Callable[[mnemic.Admin], Any]] = [lambda admin: admin.erase(ids=[id]), lambda admin: admin.purge()]
        for write in writes:
            with pytest.raises(mnemic.FailedPrecondition, match="read-only"):
                write(store.admin)
        assert store.admin.erasures() == [] and store.scope("ada").count() == 1
        assert store.admin.erase(ids=[id], dry_run=True).erased == (id,)
    for call in [*writes, lambda admin: admin.erasures(), lambda admin: admin.tombstones()]:
        with pytest.raises(mnemic.FailedPrecondition, match="the store is closed"):
            call(closed)


def test_the_async_twin_erases() -> None:
    async def main() -> None:
        async with mnemic.aio.open(":memory:", erasure_key=KEY) as store:
            ada = store.scope("acme", "ada")
            id = await ada.put("Ada is allergic to eggs", user="ada")
            assert (await store.admin.erase(user="ada", dry_run=True)).dry_run and await ada.count() == 1
            receipt = await store.admin.erase(user="ada", by="privacy desk")
            assert receipt.erased == (id,) and len(receipt.hashes) == 1 and await ada.count() == 0
            with pytest.raises(mnemic.PermissionDenied):
                await ada.put("Ada is allergic to eggs")
            assert [one.hits for one in await store.admin.tombstones()] == [1]
            assert await store.admin.purge() >= receipt.erased_seq
            assert (await store.admin.erasures())[0].purged_seq >= receipt.erased_seq

    asyncio.run(main())
