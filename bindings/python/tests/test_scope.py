# SPDX-License-Identifier: Apache-2.0
"""A scope: what is put, read, changed, linked and forgotten, one by one and in batches."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import mnemic
import pytest
from conftest import MOMENT, StillClock

HOUR = datetime.timedelta(hours=1)


def test_every_field_comes_back_as_it_was_given(ada: mnemic.Scope) -> None:
    other = ada.put("other")
    given: dict[str, Any] = {
        "text": "Prefers window seats", "key": "pref:seat", "layer": "semantic", "content": {"seat": ["window", 1.0, None]},
        "user": "ada", "agent": "helper", "session": "s1", "author": "user", "event_time": MOMENT - HOUR, "event_end": MOMENT,
        "time_zone": "Europe/Lisbon", "expires_at": MOMENT + HOUR, "importance": 0.75, "strength": 0.25, "pinned": True,
        "trust": "user", "state": "confirmed", "tags": ("travel", "seat"), "metadata": {"trip": {"n": 3}},
    }
    provenance = {"source": "chat", "model": "m", "trace": "t", "derived_from": (other,)}
    memory = ada.get(ada.put(**given, provenance=provenance, relations=[{"type": "about", "to": other, "metadata": {"n": 1}}]))
    assert {name: getattr(memory, name) for name in given} == given
    assert {name: getattr(memory.provenance, name) for name in provenance} == provenance
    assert (memory.namespace, memory.version, memory.created_at, memory.updated_at, memory.turn) == (
        ("acme", "ada"), 1, MOMENT, MOMENT, None,
    )
    (related,) = ada.related(memory.id)
    assert (related.relation.source, related.relation.type, related.relation.target) == (memory.id, "about", other)
    assert related.relation.metadata == {"n": 1} and related.memory.id == other


def test_what_is_not_given_has_the_documented_defaults(ada: mnemic.Scope) -> None:
    memory = ada.get(ada.put("x"))
    assert (memory.layer, memory.trust, memory.state) == (mnemic.Layer.SEMANTIC, mnemic.Trust.EXTERNAL, mnemic.State.ACTIVE)
    assert (memory.importance, memory.strength, memory.pinned, memory.tags) == (0.5, 1.0, False, ())
    assert (memory.content, memory.content_json, memory.metadata, memory.event_end, memory.expires_at) == (
        None, "null", None, None, None,
    )
    assert (memory.event_time, memory.time_zone, memory.key, memory.vectors) == (MOMENT, "UTC", "", {})


def test_a_key_that_is_taken_replaces_the_memory(ada: mnemic.Scope) -> None:
    first = ada.put("old", key="k")
    assert ada.put("new", key="k") == first
    assert (ada.get(key="k").text, ada.get(first).version, ada.count()) == ("new", 2, 1)
    assert ada.put("elsewhere", key="k", layer="episodic") != first
    assert ada.get(key="k", layer=mnemic.Layer.EPISODIC).text == "elsewhere"


@pytest.mark.parametrize("spell", [str, str.upper, uuid.UUID], ids=["str", "upper case", "UUID"])
def test_an_id_is_a_str_or_a_uuid(ada: mnemic.Scope, spell: Any) -> None:
    id = ada.put("x")
    assert ada.get(spell(id)).id == id


def test_scopes_do_not_see_each_other(store: mnemic.Store, ada: mnemic.Scope) -> None:
    id = ada.put("x", key="k")
    ben = store.scope("acme", "ben")
    for call in (lambda: ben.get(id), lambda: ben.get(key="k"), lambda: ben.update(id, text="y"), lambda: ben.forget(id),
                 lambda: ben.why(id, "x"), lambda: list(ben.related(id)), lambda: ben.get(str(uuid.uuid4()))):
        with pytest.raises(mnemic.NotFound, match="no such memory in this scope"):
            call()
    assert ben.count() == 0 and ada.get(id).version == 1


def test_an_id_of_another_store_is_unknown(open_store: Any) -> None:
    one, other = open_store(seed=1), open_store(seed=2)
    id = one.scope("ada").put("x")
    with pytest.raises(mnemic.NotFound):
        other.scope("ada").get(id)
    with pytest.raises(mnemic.NotFound):
        other.scope("ada").relate(other.scope("ada").put("y"), "about", id)


def test_a_scope_stamps_its_attributes_and_narrows_only(store: mnemic.Store) -> None:
    scope = store.scope("acme", user="ada", where={"tags": "travel"}, time_zone="Europe/Lisbon")
    assert repr(scope) == "<Scope acme>" and scope.namespace == ("acme",)
    inner = scope.narrow(session="s1", access="read_only")
    assert scope.options["session"] == "" and inner.options == {
        "user": "ada", "agent": "", "session": "s1", "access": mnemic.Access.READ_ONLY, "reach": mnemic.Reach.OWN,
        "where": {"tags": {"$eq": "travel"}}, "time_zone": "Europe/Lisbon",
    }
    memory = scope.get(scope.put("x", tags=["travel"]))
    assert (memory.user, memory.time_zone) == ("ada", "Europe/Lisbon")
    wider = (
        lambda: inner.put("x", tags=["travel"]), lambda: inner.narrow(access="read_write"), lambda: inner.narrow(user="ben"),
        lambda: inner.narrow(reach="subtree"),
    )
    for call in wider:
        with pytest.raises(mnemic.PermissionDenied):
            call()
    assert inner.narrow(access="read_only", user="ada").options == inner.options


def test_reach_subtree_reads_below_and_writes_at_home(store: mnemic.Store, ada: mnemic.Scope) -> None:
    id = ada.put("below")
    acme = store.scope("acme", reach="subtree")
    assert acme.get(id).namespace == ("acme", "ada") and acme.count() == 1
    with pytest.raises(mnemic.NotFound):
        acme.update(id, text="y")


CHANGES: list[tuple[dict[str, Any], str, Any]] = [
    ({"text": "new"}, "text", "new"), ({"content": [1]}, "content", [1]), ({"content": None}, "content", None),
    ({"author": "ben"}, "author", "ben"), ({"author": ""}, "author", ""),
    ({"event_time": MOMENT - HOUR}, "event_time", MOMENT - HOUR),
    ({"event_end": mnemic.OPEN}, "event_end", mnemic.OPEN), ({"event_end": None}, "event_end", None),
    ({"expires_at": MOMENT + HOUR}, "expires_at", MOMENT + HOUR), ({"expires_at": None}, "expires_at", None),
    ({"importance": 1}, "importance", 1.0), ({"strength": 0}, "strength", 0.0), ({"pinned": True}, "pinned", True),
    ({"trust": "operator"}, "trust", mnemic.Trust.OPERATOR), ({"state": "rejected"}, "state", mnemic.State.REJECTED),
    ({"tags": []}, "tags", ()), ({"metadata": {"b": 2}}, "metadata", {"b": 2}), ({"metadata": None}, "metadata", None),
]


@pytest.mark.parametrize(
    "change, field, expected", CHANGES, ids=[str(*change) + str(i) for i, (change, _, _) in enumerate(CHANGES)],
)
def test_an_update_changes_what_is_given_and_leaves_the_rest(ada: mnemic.Scope, change: Any, field: str, expected: Any) -> None:
    id = ada.put("old", content={"a": 1}, author="ada", event_end=MOMENT + HOUR, expires_at=MOMENT + 2 * HOUR, tags=["t"],
                 metadata={"a": 1})
    before = ada.get(id)
    written = ada.update(before.id, **change)
    after = ada.get(before.id)
    assert getattr(after, field) == expected
    assert (written.id, written.version, written.seq, after.version) == (before.id, 2, after.seq_from, 2)
    left = {
        "text", "content", "author", "event_time", "event_end", "expires_at", "importance", "pinned", "trust", "tags", "metadata",
    } - {field}
    assert {name: getattr(after, name) for name in left} == {name: getattr(before, name) for name in left}


def test_an_update_of_a_version_that_is_gone_is_aborted(ada: mnemic.Scope) -> None:
    id = ada.put("one")
    ada.update(id, text="two", if_version=1)
    with pytest.raises(mnemic.Aborted, match="if_version"):
        ada.update(id, text="three", if_version=1)
    assert ada.get(id).text == "two"


def test_forget_by_id_by_filter_and_as_a_dry_run(ada: mnemic.Scope) -> None:
    ids = ada.put_many([{"text": f"note {n}", "tags": ["odd" if n % 2 else "even"], "session": "s"} for n in range(6)])
    assert ada.forget(ids[0]).ids == (ids[0],)
    planned = ada.forget(tags="odd", session="s", dry_run=True)
    assert (planned.ids, planned.dry_run, len(planned), ada.count()) == ((ids[1], ids[3], ids[5]), True, 3, 5)
    assert ada.forget(where={"tags": "odd"}, session="s").ids == planned.ids
    assert ada.forget(where={"tags": "none"}).ids == ()
    with pytest.raises(mnemic.NotFound):
        ada.get(ids[1])
    assert len(ada.forget(where={})) == 2 and ada.count() == 0


def test_forget_takes_what_was_derived_from_it_alone(ada: mnemic.Scope) -> None:
    said, other = ada.put_many(["I live in Porto", "The family moved"])
    city = ada.facts.assert_fact("Ada", "city", "Porto", sources=[said]).id
    both = ada.put("In Portugal", relations=[{"type": "derived_from", "to": said}, {"type": "derived_from", "to": other}])
    chain = ada.put("Speaks Portuguese", relations=[{"type": "derived_from", "to": city}])
    planned = ada.forget(said, dry_run=True, cascade=False)
    assert (planned.ids, planned.derived, planned.unlinked) == ((said,), (), ())
    planned = ada.forget(said, dry_run=True)
    assert ada.count() == 5 and repr(planned) == "<ForgetReport of 1, 2 derived, 1 unlinked, dry run>"
    report = ada.forget(said)
    assert (report.ids, report.derived, report.unlinked, report.dry_run) == ((said,), (city, chain), (both,), False)
    assert (planned.derived, planned.unlinked, len(report)) == (report.derived, report.unlinked, 1)
    assert {memory.id for memory in ada.list()} == {other, both} and ada.facts.about("Ada") == []
    assert [found.memory.id for found in ada.related(both)] == [other]


def test_forget_without_cascade_leaves_what_was_derived(ada: mnemic.Scope) -> None:
    said = ada.put("I live in Porto", tags=["turn"])
    city = ada.facts.assert_fact("Ada", "city", "Porto", sources=[said]).id
    report = ada.forget(tags="turn", cascade=False)
    assert (report.ids, report.derived) == ((said,), ()) and ada.facts.get(city).value == "Porto"


def test_what_was_forgotten_is_recovered_with_its_relations(store: mnemic.Store, ada: mnemic.Scope) -> None:
    said = ada.put("I live in Porto", key="k", tags=["t"])
    city = ada.facts.assert_fact("Ada", "city", "Porto", sources=[said]).id
    assert ada.forget(said).derived == (city,)
    written = ada.recover(said)
    assert (written.id, written.version, written.seq) == (said, 2, ada.get(said).seq_from)
    assert (ada.get(key="k").text, ada.get(said).tags, ada.count()) == ("I live in Porto", ("t",), 1)
    assert ada.recover(city, durability="relaxed").version == 2
    assert [fact.value for fact in ada.facts.about("Ada")] == ["Porto"]
    assert [found.memory.id for found in ada.related(city)] == [said]
    assert len(store.admin.history(said)) == 2 and store.check().clean


def test_only_what_is_forgotten_here_is_recovered(store: mnemic.Store, ada: mnemic.Scope) -> None:
    id = ada.put("first", key="k")
    with pytest.raises(mnemic.FailedPrecondition, match="recover: id: "):
        ada.recover(id)
    ada.forget(id)
    for scope in (store.scope("acme", "ben"), store.scope("acme", "ada", where={"tags": "other"})):
        with pytest.raises(mnemic.NotFound):
            scope.recover(id)
    with pytest.raises(mnemic.PermissionDenied, match="read-only"):
        ada.narrow(access="read_only").recover(id)
    with pytest.raises(mnemic.NotFound):
        ada.recover(str(uuid.UUID(int=1)))
    second = ada.put("second", key="k")
    with pytest.raises(mnemic.AlreadyExists):
        ada.recover(id)
    ada.forget(second)
    assert ada.recover(id).id == id and ada.get(key="k").text == "first"
    store.admin.erase(ids=[id])
    with pytest.raises(mnemic.NotFound):
        ada.recover(id)


def test_links_are_made_listed_and_ended(ada: mnemic.Scope) -> None:
    a, b, c = ada.put_many(["a", "b", "c"])
    ada.relate(a, "about", b)
    ada.relate(a, "about", c, metadata={"n": 1})
    ada.relate(a, "about", b)
    assert [link.memory.text for link in ada.related(a, page_size=1)] == ["b", "c"]
    assert [link.memory.text for link in ada.related(b, direction=mnemic.Direction.INCOMING)] == ["a"]
    assert list(ada.related(b, direction="outgoing")) == []
    assert [link.memory.text for link in ada.related(a, where={"id": c})] == ["c"]
    ada.unrelate(a, "about", c)
    ada.unrelate(a, "about", c)
    assert [link.relation.target for link in ada.related(a, type="about")] == [b]


def test_an_expired_memory_is_gone(ada: mnemic.Scope, clock: StillClock) -> None:
    id = ada.put("for an hour", expires_at=MOMENT + HOUR)
    assert ada.get(id).expires_at == MOMENT + HOUR
    clock.forward(hours=1)
    with pytest.raises(mnemic.NotFound):
        ada.get(id)
    assert ada.why(id, "hour").verdict == mnemic.Verdict.EXPIRED


def test_a_batch_is_one_commit(store: mnemic.Store, ada: mnemic.Scope) -> None:
    old, gone = ada.put_many(["old", "gone"])
    commits = store.stats().commits
    with ada.batch() as batch:
        batch.put("door", key="door:12")
        batch.update(old, text="new", if_version=1)
        batch.relate(old, "about", gone)
        batch.unrelate(old, "about", gone)
        batch.forget(gone)
        assert len(batch) == 5 and repr(batch) == "<Batch of 5 operations>" and ada.count() == 2
    assert [written.version for written in batch.written] == [1, 2, 0, 0, 0]
    assert batch.written[1].id == old and repr(batch) == "<Batch of 5 operations, committed>"
    assert store.stats().commits == commits + 1
    assert sorted(memory.text for memory in ada.list()) == ["door", "new"]


def test_a_batch_that_raises_or_fails_changes_nothing(ada: mnemic.Scope) -> None:
    with pytest.raises(ZeroDivisionError), ada.batch() as batch:
        batch.put("never")
        raise ZeroDivisionError
    with pytest.raises(RuntimeError, match="not committed"):
        batch.written  # noqa: B018
    with pytest.raises(mnemic.InvalidArgument, match="operation 1: importance"), ada.batch() as batch:
        batch.put("never")
        batch.put("never", importance=2)
    assert ada.count() == 0


def test_a_batch_commits_once(ada: mnemic.Scope) -> None:
    batch = ada.batch(durability="full")
    batch.put("once")
    batch.commit()
    for again in (batch.commit, lambda: batch.put("x"), lambda: batch.forget("x")):
        with pytest.raises(RuntimeError, match="committed already"):
            again()
    assert ada.count() == 1


def test_put_many_takes_texts_and_fields_and_says_how_far_it_is(store: mnemic.Store, ada: mnemic.Scope) -> None:
    seen: list[int] = []
    items = (f"note {n}" if n % 2 else {"text": f"note {n}", "tags": ["even"], "event_time": MOMENT} for n in range(10))
    commits = store.stats().commits
    ids = ada.put_many(items, chunk=4, progress=seen.append)
    assert seen == [4, 8, 10] and store.stats().commits == commits + 3
    assert [ada.get(id).text for id in ids] == [f"note {n}" for n in range(10)]
    assert ada.count(tags="even") == 5 and ada.put_many([]) == []


def test_put_many_keeps_what_was_committed_when_it_breaks_off(ada: mnemic.Scope) -> None:
    class Enough(Exception):
        pass

    def stop(done: int) -> None:
        raise Enough

    with pytest.raises(Enough):
        ada.put_many(["a", "b", "c"], chunk=2, progress=stop)
    assert ada.count() == 2
    with pytest.raises(TypeError, match=r"items\[3\]: no field txt"):
        ada.put_many(["a", "b", "c", {"txt": "d"}], chunk=2)
    assert ada.count() == 4
    with pytest.raises(mnemic.InvalidArgument, match=r"^items\[3\]: importance"):
        ada.put_many(["a", "b", "c", {"text": "d", "importance": 2}], chunk=2)
    assert ada.count() == 6


def test_options_are_keywords_only(ada: mnemic.Scope) -> None:
    for call in (lambda: ada.put("x", "key"), lambda: ada.recall("x", 5), lambda: ada.list({}), lambda: ada.put_many([], None)):
        with pytest.raises(TypeError, match="positional"):
            call()


def test_namespaces_print_and_parse_back() -> None:
    for name, printed in {("acme", "ada"): "acme/ada", ("a/b", "100%"): "a%2Fb/100%25", ("é",): "é"}.items():
        assert (mnemic.format_namespace(name), mnemic.parse_namespace(printed)) == (printed, name)
