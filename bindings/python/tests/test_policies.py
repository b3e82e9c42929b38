# SPDX-License-Identifier: Apache-2.0
"""Policies: lives given and prolonged, retention, holds, refusals, and the time in which what was forgotten can be recovered."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mnemic
import mnemic.aio
import pytest
from conftest import MOMENT

HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)
OPS = {"owner": "ops", "reason": "as agreed"}
LEGAL = {"owner": "legal", "reason": "the case is open"}


@pytest.fixture
def policies(store: mnemic.Store) -> mnemic.Policies:
    return store.policies


def maintain(store: mnemic.Store) -> None:
    """Until nothing is due."""
    while store.maintain(time=60.0).done > 0:
        pass


def is_erased(store: mnemic.Store, id: str) -> bool:
    try:
        store.admin.history(id)
    except mnemic.NotFound:
        return True
    return False


def test_a_rule_comes_back_as_it_was_added(policies: mnemic.Policies, clock: Any) -> None:
    assert policies.list() == []
    until = MOMENT + 9 * DAY
    first = policies.add(
        mnemic.PolicyKind.EXPIRY, **OPS, namespace=("acme", "ada"), subtree=True, where={"layer": "episodic"}, after=2 * HOUR,
        refresh_on_use=True, expires_at=until, dry_run=True,
    )
    rule = policies.get(first)
    assert (rule.id, rule.kind, rule.namespace, rule.subtree) == (first, mnemic.PolicyKind.EXPIRY, ("acme", "ada"), True)
    assert (rule.where, rule.after) == ({"layer": {"$eq": "episodic"}}, 2 * HOUR)
    assert (rule.refresh_on_use, rule.quarantine, rule.dry_run) == (True, False, True)
    assert (rule.owner, rule.reason, rule.expires_at, rule.created_at) == ("ops", "as agreed", until, MOMENT)
    assert (rule.ended, rule.hits, rule.last_hit_at) == (False, 0, None)
    assert repr(rule) == f"<Policy {first} expiry of acme/ada and below, dry run, 0 hits>"
    assert rule.to_dict() == {
        "id": first, "kind": "expiry", "namespace": "acme/ada", "subtree": True, "where": rule.where, "after": 7200,
        "refresh_on_use": True, "owner": "ops", "reason": "as agreed", "dry_run": True, "created_at": "2026-05-08T13:56:00Z",
        "expires_at": "2026-05-17T13:56:00Z", "ended": False, "hits": 0,
    }

    now = clock.forward(days=9)
    second = policies.add("refusal", **OPS, quarantine=True)
    ended, plain = policies.list()
    assert (ended.id, ended.ended, plain.id, plain.created_at) == (first, True, second, now) and ", ended, " in repr(ended)
    assert (plain.namespace, plain.subtree, plain.where, plain.after, plain.expires_at) == (None, False, {}, None, None)
    assert plain.quarantine and not plain.refresh_on_use and "every namespace" in repr(plain)
    policies.remove(first)
    assert [rule.id for rule in policies.list()] == [second]
    for call in (policies.get, policies.remove):
        with pytest.raises(mnemic.NotFound, match="no such policy"):
            call(first)


def test_a_life_for_what_is_put_without_one(store: mnemic.Store, ada: mnemic.Scope, clock: Any) -> None:
    before = ada.put("was there before the rule", layer="episodic")
    layered = store.policies.add("expiry", **OPS, namespace=("acme",), subtree=True, where={"layer": "episodic"}, after=2 * HOUR)
    tagged = store.policies.add("expiry", **OPS, where={"tags": "brief"}, after=3600.0)
    semantic = ada.put("no rule is about this")
    episodic = ada.put("of the layer", layer="episodic")
    both = ada.put("the shorter one", layer="episodic", tags=["brief"])
    stated = ada.put("stated", layer="episodic", expires_at=MOMENT + 9 * HOUR)
    for id in (before, semantic):
        assert ada.get(id).expires_at is None and ada.get(id).provenance.expires_by == 0
    for id, life, by in ((episodic, 2, layered), (both, 1, tagged), (stated, 9, 0)):
        assert (ada.get(id).expires_at, ada.get(id).provenance.expires_by) == (MOMENT + life * HOUR, by)
    assert ada.get(both).to_dict()["provenance"] == {"expires_by": tagged}
    assert [(rule.hits, rule.last_hit_at) for rule in store.policies.list()] == [(1, MOMENT), (1, MOMENT)]

    assert ada.get(ada.put("what is said of it is not believed", provenance={"expires_by": 77})).provenance.expires_by == 0
    ada.update(both, expires_at=MOMENT + 2 * HOUR)
    assert ada.get(both).provenance.expires_by == 0
    clock.forward(hours=2)
    with pytest.raises(mnemic.NotFound):
        ada.get(episodic)
    why = ada.why(episodic, "layer")
    assert why.verdict is mnemic.Verdict.EXPIRED and f"policy {layered} of ops: as agreed" in why.reason


def test_use_prolongs_a_life(store: mnemic.Store, ada: mnemic.Scope, clock: Any) -> None:
    rule = store.policies.add("expiry", **OPS, after=10 * HOUR, refresh_on_use=True)
    used, unused = ada.put("the harbour is busy"), ada.put("nobody asks for this")
    clock.forward(hours=1)
    assert [hit.id for hit in ada.recall("harbour", k=1)] == [used]
    assert (ada.get(used).expires_at, ada.get(used).version) == (MOMENT + 11 * HOUR, 2)
    assert (store.admin.find(unused).version, store.policies.get(rule).hits) == (1, 3)
    clock.forward(hours=9)
    assert ada.get(used).text and store.admin.find(unused).expires_at == clock.now
    with pytest.raises(mnemic.NotFound):
        ada.get(unused)


def test_a_refusal_keeps_a_write_out_or_in_quarantine(store: mnemic.Store, ada: mnemic.Scope, clock: Any) -> None:
    out = store.policies.add("refusal", **OPS, where={"tags": "secret"})
    aside = store.policies.add("refusal", owner="ops", reason="not checked", where={"metadata.from": "web"}, quarantine=True)
    plain = ada.put("the vault is in the cellar")
    now = clock.forward(minutes=1)
    writes: list[Callable[[], Any]] = [
        lambda: ada.put("the vault opens at nine", tags=["secret"]), lambda: ada.update(plain, tags=["secret"]),
        lambda: ada.put_many(["fine", {"text": "not fine", "tags": ["secret"]}]),
        lambda: ada.facts.assert_fact("vault", "opens", "at nine", tags=["secret"]),
    ]
    for number, write in enumerate(writes, 1):
        with pytest.raises(mnemic.PermissionDenied, match=f"refused by policy {out} of ops: as agreed"):
            write()
        assert (store.policies.get(out).hits, store.policies.get(out).last_hit_at) == (number, now)
    assert ada.count() == 1 and ada.get(plain).version == 1

    held = ada.put("the vault is on fire", metadata={"from": "web"})
    assert ada.get(held).state is mnemic.State.QUARANTINED and [hit.id for hit in ada.recall("vault")] == [plain]
    why = ada.why(held, "vault")
    assert why.verdict is mnemic.Verdict.STATE and f"policy {aside} of ops: not checked" in why.reason
    assert store.policies.get(aside).hits == 1
    store.policies.remove(out)
    assert ada.put("the vault opens at nine", tags=["secret"])


def test_an_import_is_refused_as_other_writes_are(store: mnemic.Store, tmp_path: Path) -> None:
    with mnemic.open(":memory:") as other:
        other.scope("acme", "ada").put_many([{"text": "a secret", "tags": ["secret"]}, "nothing special"])
        other.admin.export_to(tmp_path / "all.jsonl")
    rule = store.policies.add("refusal", **OPS, where={"tags": "secret"})
    report = store.admin.import_from(tmp_path / "all.jsonl")
    assert (report.refused, report.written, store.policies.get(rule).hits) == (1, 1, 1)
    (problem,) = report.problems
    assert f"policy {rule} of ops" in problem.what and problem.to_dict() == report.to_dict()["problems"][0]


def test_retention_erases_what_nobody_wrote_for_long_but_not_what_is_held(open_store: Any, clock: Any) -> None:
    store = open_store(clock=clock, recover_within=None)
    logs = store.scope("acme", "logs")
    old, forgotten, updated = logs.put_many(["an old line", "an old line, forgotten", "written again"])
    held = logs.put("evidence", tags=["case"])
    elsewhere = store.scope("acme").put("not of the logs")
    logs.forget(forgotten)
    keep = store.policies.add("hold", **LEGAL, where={"tags": "case"})
    rule: dict[str, Any] = {**OPS, "namespace": ("acme", "logs"), "after": 90 * DAY}
    clock.forward(days=60)
    logs.update(updated, importance=0.9)
    clock.forward(days=29)
    assert store.policies.preview("retention", **rule) == []
    clock.forward(days=1)
    assert store.policies.preview(mnemic.PolicyKind.RETENTION, **rule) == [old, forgotten, held]
    assert [one.id for one in store.policies.list()] == [keep]  # a preview adds nothing

    counting = store.policies.add("retention", **rule, dry_run=True)
    maintain(store)
    assert store.policies.get(counting).hits == 2 and not is_erased(store, old)
    erasing = store.policies.add("retention", **rule)
    maintain(store)
    assert [is_erased(store, id) for id in (old, forgotten, held, updated, elsewhere)] == [True, True, False, False, False]
    assert store.policies.get(erasing).hits == 2
    assert store.admin.erasures()[-1].reason == f"policy {erasing} of ops: as agreed"
    with pytest.raises(mnemic.NotFound, match=f"policy {erasing} of ops"):
        logs.why(old, "line")
    assert store.check().clean


def test_previews_of_the_other_kinds(store: mnemic.Store, ada: mnemic.Scope) -> None:
    plain, tagged = ada.put("plain"), ada.put("tagged", tags=["case"])
    ends = ada.put("ends", tags=["case"], expires_at=MOMENT + DAY)
    untagged = ada.put("no more", tags=["case"])
    ada.update(untagged, tags=[])
    about: dict[str, Any] = {**OPS, "where": {"tags": "case"}}
    assert store.policies.preview("hold", **about) == [tagged, ends, untagged]  # any version
    assert store.policies.preview("refusal", **about) == [tagged, ends]
    assert store.policies.preview("expiry", **about, after=60) == [tagged]
    assert store.policies.preview("hold", **OPS, namespace=("acme", "ada")) == [plain, tagged, ends, untagged]
    assert store.policies.preview("hold", **OPS, namespace=("nobody",)) == [] == store.policies.list()


def test_a_hold_refuses_says_why_and_counts_until_it_is_removed(store: mnemic.Store, ada: mnemic.Scope, clock: Any) -> None:
    admin, policies = store.admin, store.policies
    evidence = ada.put("The contract was signed", user="ada", tags=["case"])
    plain = ada.put("Ada likes tea", user="ada")
    id = policies.add("hold", **LEGAL, namespace=("acme",), subtree=True, where={"tags": "case"})
    now = clock.forward(minutes=1)
    with pytest.raises(mnemic.FailedPrecondition, match=f"policy {id} of legal holds 1 of 2 memories: the case is open"):
        admin.erase(user="ada")
    with pytest.raises(mnemic.FailedPrecondition, match="the case is open"):
        admin.erase(user="ada", dry_run=True)
    assert (policies.get(id).hits, policies.get(id).last_hit_at) == (1, now) and ada.count() == 2
    assert admin.erase(ids=[plain]).erased == (plain,)  # it holds what it names alone
    ada.forget(evidence)  # hiding is not erasing
    with pytest.raises(mnemic.FailedPrecondition):
        admin.erase(ids=[evidence])
    assert policies.get(id).hits == 2
    policies.remove(id)
    assert admin.erase(ids=[evidence]).erased == (evidence,)


def test_a_hold_on_a_derived_memory_holds_what_it_came_from(store: mnemic.Store, ada: mnemic.Scope) -> None:
    said = ada.put("I moved to Porto in May")
    ada.put("Ada lives in Porto", tags=["case"], provenance={"derived_from": [said]})
    store.policies.add("hold", **LEGAL, where={"tags": "case"})
    with pytest.raises(mnemic.FailedPrecondition, match="holds 1 of 2 memories"):
        store.admin.erase(ids=[said])


def test_a_hold_ends_and_one_that_only_counts_holds_nothing(store: mnemic.Store, ada: mnemic.Scope, clock: Any) -> None:
    ids = ada.put_many(["held", "held too"])
    hold = store.policies.add("hold", **LEGAL, expires_at=MOMENT + HOUR)
    with pytest.raises(mnemic.FailedPrecondition):
        store.admin.erase(ids=[ids[0]])
    clock.forward(hours=1)
    assert store.admin.erase(ids=[ids[0]]).erased == (ids[0],) and store.policies.get(hold).ended
    counting = store.policies.add("hold", **LEGAL, dry_run=True)
    assert store.admin.erase(ids=[ids[1]]).erased == (ids[1],)
    assert (store.policies.get(hold).hits, store.policies.get(counting).hits) == (1, 1)


@pytest.mark.parametrize("within", [7 * DAY, 7 * 86400, 604800.0], ids=["timedelta", "int", "float"])
def test_what_was_forgotten_or_has_expired_is_erased_after_a_while(open_store: Any, clock: Any, within: Any) -> None:
    store = open_store(clock=clock, recover_within=within)
    ada = store.scope("ada")
    gone, back, kept = ada.put_many(["forgotten for good", "forgotten and recovered", "never forgotten"])
    expired = ada.put("has an end", expires_at=MOMENT + DAY)
    for id in (gone, back):
        ada.forget(id)
    clock.forward(days=7, seconds=-1)
    maintain(store)
    assert not is_erased(store, gone) and ada.recover(back).version == 2
    clock.forward(seconds=1)
    maintain(store)
    assert is_erased(store, gone) and not is_erased(store, expired) and ada.count() == 2
    with pytest.raises(mnemic.NotFound, match="not recovered within 7 days"):
        ada.why(gone, "good")
    clock.forward(days=1)
    maintain(store)
    assert is_erased(store, expired) and {memory.id for memory in ada.list()} == {back, kept}


def test_thirty_days_unless_said_otherwise_and_never_when_none(open_store: Any, clock: Any) -> None:
    stores = [open_store(clock=clock, **options) for options in ({}, {"recover_within": None}, {"recover_within": 0})]
    ids = [store.scope("ada").put("forgotten") for store in stores]
    for store, id in zip(stores, ids):
        store.scope("ada").forget(id)

    def erased() -> list[bool]:
        for store in stores:
            maintain(store)
        return [is_erased(store, id) for store, id in zip(stores, ids)]

    assert erased() == [False, False, True]
    clock.forward(days=29)
    assert erased() == [False, False, True]
    clock.forward(days=1)
    assert erased() == [True, False, True]
    clock.forward(days=36500)
    assert erased() == [True, False, True] and stores[1].scope("ada").recover(ids[1]).version == 2
    with pytest.raises(mnemic.InvalidArgument, match="recover_within: less than nothing"):
        mnemic.open(":memory:", recover_within=-1)


def test_a_rejected_value_is_quarantined_where_that_is_asked(open_store: Any) -> None:
    ada = open_store(quarantine_erased=True).scope("ada")
    wrong = ada.facts.assert_fact("Ada", "lives in", "Porto").id
    ada.facts.reject(wrong)
    again = ada.facts.assert_fact("ada", "lives in", "porto").id
    assert ada.get(again).state is mnemic.State.QUARANTINED and ada.facts.about("Ada") == []
    assert wrong in ada.why(again, "Porto").reason
    ada.facts.assert_fact("Ada", "lives in", "Porto", state=mnemic.State.CONFIRMED)
    assert [fact.value for fact in ada.facts.about("Ada")] == ["Porto"]


NO_RULES: list[tuple[str, str, dict[str, Any], type[Exception], str]] = [
    ("no owner", "hold", {"owner": ""}, mnemic.InvalidArgument, "owner: empty"),
    ("no reason", "hold", {"reason": ""}, mnemic.InvalidArgument, "reason: empty"),
    ("subtree of none", "hold", {"subtree": True}, mnemic.InvalidArgument, "subtree: of no namespace"),
    ("namespace", "hold", {"namespace": "acme"}, TypeError, "namespace: a sequence of str is due"),
    ("open", "hold", {"expires_at": mnemic.OPEN}, mnemic.InvalidArgument, "expires_at: an open end"),
    ("filter", "hold", {"where": {"tag": "x"}}, mnemic.InvalidArgument, "where: unknown field 'tag'"),
    ("no life", "expiry", {}, mnemic.InvalidArgument, "after: 0 s where 1 s to 100 years are due"),
    ("no time", "retention", {"after": 0}, mnemic.InvalidArgument, "after: 0 s"),
    ("negative", "expiry", {"after": -1}, mnemic.InvalidArgument, "after: -1 s"),
    ("too long", "expiry", {"after": 36526 * DAY}, mnemic.InvalidArgument, "after: 3155846400 s"),
    ("half a second", "expiry", {"after": 0.5}, mnemic.InvalidArgument, "after: whole seconds are due"),
    ("a hold's life", "hold", {"after": 60}, mnemic.InvalidArgument, "after: not of this kind"),
    ("a hold's use", "hold", {"refresh_on_use": True}, mnemic.InvalidArgument, "refresh_on_use: not of this kind"),
    ("a hold's quarantine", "hold", {"quarantine": True}, mnemic.InvalidArgument, "quarantine: not of this kind"),
    ("no kind", "keep", {}, mnemic.InvalidArgument, "kind: not one of expiry, retention, hold, refusal"),
    ("no such argument", "hold", {"by": "ada"}, TypeError, "unexpected keyword argument 'by'"),
]


@pytest.mark.parametrize("kind, given, raised, message", [row[1:] for row in NO_RULES], ids=[row[0] for row in NO_RULES])
def test_what_is_no_rule(
    policies: mnemic.Policies, kind: str, given: dict[str, Any], raised: type[Exception], message: str
) -> None:
    calls: list[Callable[..., Any]] = [policies.add, policies.preview]
    for call in calls:
        with pytest.raises(raised, match=message) as caught:
            call(kind, **{**OPS, **given})
        assert type(caught.value) is raised
    assert policies.list() == []


def test_a_read_only_or_closed_store_adds_nothing(tmp_path: Path) -> None:
    with mnemic.open(tmp_path / "a.db") as store:
        id = store.scope("ada").put("kept")
        rule = store.policies.add("hold", **LEGAL)
    closed = store.policies
    writes: list[Callable[[mnemic.Policies], Any]] = [lambda all: all.add("hold", **LEGAL), lambda all: all.remove(rule)]
    reads: list[Callable[[mnemic.Policies], Any]] = [
        lambda all: all.list(), lambda all: all.get(rule), lambda all: all.preview("hold", **LEGAL),
    ]
    with mnemic.open(tmp_path / "a.db", access="read_only") as store:
        for write in writes:
            with pytest.raises(mnemic.FailedPrecondition, match="read-only"):
                write(store.policies)
        assert store.policies.get(rule).kind == "hold" and store.policies.preview("hold", **LEGAL) == [id]
    for call in writes + reads:
        with pytest.raises(mnemic.FailedPrecondition, match="the store is closed"):
            call(closed)


def test_the_async_twin_has_policies(clock: Any) -> None:
    async def main() -> None:
        async with mnemic.aio.open(":memory:", clock=clock, recover_within=DAY) as store:
            ada = store.scope("acme", "ada")
            id = await ada.put("Ada is allergic to eggs", user="ada")
            assert await store.policies.preview("hold", **LEGAL, namespace=("acme", "ada")) == [id]
            hold = await store.policies.add("hold", **LEGAL, namespace=("acme", "ada"))
            with pytest.raises(mnemic.FailedPrecondition, match="the case is open"):
                await store.admin.erase(user="ada")
            assert [one.hits for one in await store.policies.list()] == [1]
            await store.policies.remove(hold)
            with pytest.raises(mnemic.NotFound):
                await store.policies.get(hold)
            await ada.forget(id)
            clock.forward(days=1)
            await store.maintain(time=60.0)
            assert (await store.admin.erasures())[0].memories == 1

    asyncio.run(main())
