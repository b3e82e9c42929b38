# SPDX-License-Identifier: Apache-2.0
"""Bad input: an exception of the right class whose message names the field, and nothing has changed.

Each table has the calls that take a kind of value, and the values that are none."""

from __future__ import annotations

import datetime
import math
import types
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import mnemic
import numpy
import pytest
from conftest import MOMENT

Bad = mnemic.InvalidArgument
UTC = datetime.timezone.utc


class World:
    """A store with one of each, shared by all cases: none of them may change it."""

    def __init__(self, store: mnemic.Store) -> None:
        self.store, self.admin = store, store.admin
        self.ada = store.scope("acme", "ada")
        self.note, self.other = self.ada.put_many([{"text": "note", "key": "k"}, "other"])
        self.session = self.ada.session("s")
        self.session.append({"role": "user", "content": "hi"})
        self.episodes, self.facts, self.skills = self.ada.episodes, self.ada.facts, self.ada.skills
        self.episode = self.episodes.record("trip", end=mnemic.OPEN)
        self.fact = self.facts.assert_fact("Ada", "lives in", "Porto", state="proposed").id
        self.skill = self.skills.record_run("g", steps=[{"tool": "t"}]).skill
        self.result = self.ada.recall("note")

    def state(self) -> tuple[int, int, int]:
        stats = self.store.stats()
        return stats.seq, stats.versions, stats.relations


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with mnemic.open(":memory:", clock=lambda: MOMENT, seed=7) as store:
        yield World(store)
        assert store.check().clean


Call = Callable[[World, Any], Any]


def rule(kind: str, name: str) -> Call:
    """Adds a policy that has everything else."""
    right: dict[str, Any] = {"owner": "ops", "reason": "as agreed", **({"after": 60} if kind in ("expiry", "retention") else {})}
    return lambda w, v: w.store.policies.add(kind, **{**right, name: v})


def product(calls: list[tuple[str, Call]], values: list[tuple[str, Any, type[Exception], str]], suffix: str = "") -> list[Any]:
    """Every call with every value; the message is the field and what is said of the value."""
    return [
        pytest.param(call, value, kind, f"{field}{suffix}: {message}", id=f"{number}-{field}-{name}")
        for number, (field, call) in enumerate(calls) for name, value, kind, message in values
    ]


def check(world: World, call: Call, value: Any, kind: type[Exception], message: str) -> None:
    before = world.state()
    with pytest.raises(kind) as caught:
        call(world, value)
    assert type(caught.value) is kind, repr(caught.value)
    assert message in str(caught.value)
    assert world.state() == before


SURROGATE = "a\ud800b"
LONE = "a lone surrogate, which is no Unicode text; decode bytes with errors=\"replace\" first"

TEXTS: list[tuple[str, Call]] = [
    ("text", lambda w, v: w.ada.put(v)), ("key", lambda w, v: w.ada.put("x", key=v)),
    ("user", lambda w, v: w.ada.put("x", user=v)),
    ("agent", lambda w, v: w.ada.put("x", agent=v)), ("session", lambda w, v: w.ada.put("x", session=v)),
    ("author", lambda w, v: w.ada.put("x", author=v)),
    ("time_zone", lambda w, v: w.ada.put("x", time_zone=v)), ("tags[1]", lambda w, v: w.ada.put("x", tags=["ok", v])),
    ("provenance.source", lambda w, v: w.ada.put("x", provenance={"source": v})),
    ("provenance.model", lambda w, v: w.ada.put("x", provenance={"model": v})),
    ("provenance.trace", lambda w, v: w.ada.put("x", provenance={"trace": v})),
    ("relations[0].type", lambda w, v: w.ada.put("x", relations=[{"type": v, "to": w.note}])),
    ("items[1].text", lambda w, v: w.ada.put_many(["ok", {"text": v}])),
    ("items[0].tags[0]", lambda w, v: w.ada.put_many([{"text": "x", "tags": [v]}])),
    ("text", lambda w, v: w.ada.update(w.note, text=v)), ("author", lambda w, v: w.ada.update(w.note, author=v)),
    ("tags[0]", lambda w, v: w.ada.update(w.note, tags=[v])), ("text", lambda w, v: w.ada.batch().put(v)),
    ("type", lambda w, v: w.ada.relate(w.note, v, w.other)), ("type", lambda w, v: w.ada.unrelate(w.note, v, w.other)),
    ("type", lambda w, v: list(w.ada.related(w.note, type=v))), ("text", lambda w, v: w.ada.recall(v)),
    ("text", lambda w, v: w.ada.why(w.note, v)),
    ("texts[1]", lambda w, v: w.ada.recall_many(["x", v])),
    ("space", lambda w, v: w.ada.put_many(["x"], vectors=numpy.ones((1, 2), "f4"), space=v)),
    ("space", lambda w, v: w.ada.recall_many(vectors=numpy.ones((1, 2), "f4"), space=v)),
    ("session", lambda w, v: w.ada.session(v)),
    ("cursor", lambda w, v: w.ada.list().page(v)), ("cursor", lambda w, v: w.facts.list().page(v)),
    ("cursor", lambda w, v: w.episodes.timeline().page(v)),
    ("user", lambda w, v: w.store.scope("x", user=v)), ("time_zone", lambda w, v: w.store.scope("x", time_zone=v)),
    ("namespace[1]", lambda w, v: w.store.scope("x", v)), ("reader[0]", lambda w, v: w.admin.grant((v,), ("x",))),
    ("target[0]", lambda w, v: w.admin.revoke(("x",), (v,))),
    ("message.author", lambda w, v: w.session.append(mnemic.Turn(v, "x"))),
    ("message.text", lambda w, v: w.session.append(mnemic.Turn("user", v))),
    ("messages[1].key", lambda w, v: w.session.append([mnemic.Turn("user", "x"), mnemic.Turn("user", "x", key=v)])),
    ("text", lambda w, v: w.episodes.record(v)), ("why", lambda w, v: w.episodes.record("x", why=v)),
    ("who[0]", lambda w, v: w.episodes.record("x", who=[v])),
    ("subject", lambda w, v: w.facts.assert_fact(v, "b", "c")), ("attribute", lambda w, v: w.facts.assert_fact("a", v, "c")),
    ("value", lambda w, v: w.facts.assert_fact("a", "b", v)), ("facts[1].value", lambda w, v: w.facts.assert_facts([
        {"subject": "a", "attribute": "b", "value": "c"}, {"subject": "a", "attribute": "b", "value": v}])),
    ("subject", lambda w, v: w.facts.about(v)), ("attribute", lambda w, v: w.facts.history("Ada", v)),
    ("attributes[0].name", lambda w, v: w.facts.declare([{"name": v}])),
    ("goal", lambda w, v: w.skills.record_run(v)), ("steps[0].tool", lambda w, v: w.skills.record_run("g", steps=[{"tool": v}])),
    ("steps[1].digest", lambda w, v: w.skills.record_run("g", steps=[{"tool": "t"}, {"tool": "t", "digest": v}])),
    ("goal", lambda w, v: w.skills.best_for(v)),
    ("owner", rule("hold", "owner")), ("reason", rule("refusal", "reason")),
    ("namespace[0]", lambda w, v: rule("hold", "namespace")(w, (v,))),
    ("language", lambda w, v: mnemic.open(":memory:", language=v)),
    ("time_zone", lambda w, v: mnemic.open(":memory:", time_zone=v)),
    ("printed", lambda w, v: mnemic.parse_namespace(v)), ("segments[0]", lambda w, v: mnemic.format_namespace((v,))),
    ("texts[0]", lambda w, v: mnemic.hashed_embedder().embed([v])), ("text", lambda w, v: mnemic.estimating_token_counter()(v)),
    ("text", lambda w, v: mnemic.secret_screen()(v)),
]
NO_TEXTS = [
    ("bytes", b"x", TypeError, "str is due, not bytes; decode it first"), ("None", None, TypeError, "str is due, not None"),
    ("int", 3, TypeError, "str is due, not int"), ("bool", True, TypeError, "str is due, not bool"),
    ("surrogate", SURROGATE, Bad, LONE),
]


@pytest.mark.parametrize("call, value, kind, message", product(TEXTS, NO_TEXTS))
def test_what_is_no_text(world: World, call: Call, value: Any, kind: type[Exception], message: str) -> None:
    check(world, call, value, kind, message)


TIMES: list[tuple[str, Call]] = [
    ("event_time", lambda w, v: w.ada.put("x", event_time=v)), ("event_end", lambda w, v: w.ada.put("x", event_end=v)),
    ("expires_at", lambda w, v: w.ada.put("x", expires_at=v)),
    ("items[0].event_time", lambda w, v: w.ada.put_many([{"text": "x", "event_time": v}])),
    ("event_time", lambda w, v: w.ada.update(w.note, event_time=v)),
    ("event_end", lambda w, v: w.ada.update(w.note, event_end=v)),
    ("expires_at", lambda w, v: w.ada.update(w.note, expires_at=v)),
    ("event_time", lambda w, v: w.ada.batch().put("x", event_time=v)),
    ("valid_at", lambda w, v: w.ada.recall("x", valid_at=v)), ("valid_at", lambda w, v: w.ada.recall_many(["x"], valid_at=v)),
    ("valid_at", lambda w, v: w.ada.why(w.note, "x", valid_at=v)),
    ("message.event_time", lambda w, v: w.session.append(mnemic.Turn("user", "x", event_time=v))),
    ("start", lambda w, v: w.episodes.record("x", start=v)), ("end", lambda w, v: w.episodes.record("x", end=v)),
    ("end", lambda w, v: w.episodes.close(w.episode, end=v)),
    ("start", lambda w, v: list(w.episodes.timeline(start=v))), ("end", lambda w, v: list(w.episodes.timeline(end=v))),
    ("since", lambda w, v: w.facts.assert_fact("a", "b", "c", since=v)),
    ("until", lambda w, v: w.facts.assert_fact("a", "b", "c", until=v)),
    ("facts[0].since", lambda w, v: w.facts.assert_facts([{"subject": "a", "attribute": "b", "value": "c", "since": v}])),
    ("at", lambda w, v: w.facts.about("Ada", at=v)), ("at", lambda w, v: list(w.facts.list(at=v))),
    ("at", lambda w, v: w.facts.retract(w.fact, at=v)),
    ("time", lambda w, v: w.facts.get(w.fact).is_true_at(v)), ("start", lambda w, v: w.skills.record_run("g", start=v)),
    ("expires_at", rule("expiry", "expires_at")),
]
NAIVE = "a naive datetime names no moment; give it a zone, as in datetime.now(timezone.utc)"
FAR_EAST, FAR_WEST = (datetime.timezone(datetime.timedelta(hours=hours)) for hours in (14, -12))
NO_TIMES = [
    ("naive", datetime.datetime(2026, 5, 8), Bad, NAIVE),
    ("date", datetime.date(2026, 5, 8), TypeError, "an aware datetime is due, not datetime.date"),
    ("str", "2026-05-08T00:00:00Z", TypeError, "an aware datetime is due, not str"),
    ("number", 1.5e9, TypeError, "an aware datetime is due, not float"),
    ("numpy", numpy.datetime64("2026-05-08"), TypeError, "an aware datetime is due, not numpy.datetime64"),
    ("before all", datetime.datetime.min.replace(tzinfo=FAR_EAST), Bad, "in UTC it is outside the years 1 to 9999"),
    ("after all", datetime.datetime.max.replace(tzinfo=FAR_WEST), Bad, "in UTC it is outside the years 1 to 9999"),
]


@pytest.mark.parametrize("call, value, kind, message", product(TIMES, NO_TIMES))
def test_what_is_no_time(world: World, call: Call, value: Any, kind: type[Exception], message: str) -> None:
    check(world, call, value, kind, message)


class BrokenZone(datetime.tzinfo):
    def utcoffset(self, time: datetime.datetime | None) -> Any:
        raise LookupError("no zone data")


def test_what_a_zone_raises_is_passed_on(world: World) -> None:
    check(
        world, lambda w, v: w.ada.put("x", event_time=v), datetime.datetime(2026, 5, 8, tzinfo=BrokenZone()), LookupError,
        "no zone data",
    )


OPEN_TIMES: list[tuple[str, Call]] = [
    ("event_time", lambda w, v: w.ada.put("x", event_time=v)), ("start", lambda w, v: w.skills.record_run("g", start=v)),
    ("end", lambda w, v: w.episodes.close(w.episode, end=v)),
    ("since", lambda w, v: w.facts.assert_fact("a", "b", "c", since=v)), ("at", lambda w, v: w.facts.about("Ada", at=v)),
    ("valid_at", lambda w, v: w.ada.recall("x", valid_at=v)), ("expires_at", rule("hold", "expires_at")),
]


@pytest.mark.parametrize("call", [row[1] for row in OPEN_TIMES], ids=[row[0] for row in OPEN_TIMES])
def test_nothing_begins_or_is_asked_at_the_open_end(world: World, call: Call) -> None:
    check(world, call, mnemic.OPEN, Bad, "an open end")


COUNTS: list[tuple[str, Call]] = [
    ("k", lambda w, v: w.ada.recall("x", k=v)), ("k", lambda w, v: w.ada.recall_many(["x"], k=v)),
    ("k", lambda w, v: w.ada.why(w.note, "x", k=v)),
    ("token_budget", lambda w, v: w.ada.recall("x", token_budget=v)),
    ("rerank_top", lambda w, v: w.ada.recall("x", rerank_top=v)),
    ("rerank_batch", lambda w, v: w.ada.why(w.note, "x", rerank_batch=v)),
    ("per_layer[0].at_least", lambda w, v: w.ada.recall("x", per_layer=[{"layer": "semantic", "at_least": v}])),
    ("if_version", lambda w, v: w.ada.update(w.note, text="y", if_version=v)),
    ("if_version", lambda w, v: w.ada.batch().update(w.note, text="y", if_version=v)),
    ("page_size", lambda w, v: list(w.ada.list(page_size=v))),
    ("page_size", lambda w, v: list(w.ada.related(w.note, page_size=v))),
    ("page_size", lambda w, v: list(w.episodes.timeline(page_size=v))),
    ("page_size", lambda w, v: list(w.facts.list(page_size=v))), ("page_size", lambda w, v: list(w.skills.list(page_size=v))),
    ("max_tokens", lambda w, v: w.session.window(max_tokens=v)), ("max_turns", lambda w, v: w.session.messages(max_turns=v)),
    ("count", lambda w, v: w.session.pop(v)),
    ("limit", lambda w, v: w.facts.about("Ada", limit=v)), ("k", lambda w, v: w.skills.best_for("g", k=v)),
    ("max_tokens", lambda w, v: w.result.context(max_tokens=v)),
    ("seed", lambda w, v: mnemic.open(":memory:", seed=v)), ("readers", lambda w, v: mnemic.open(":memory:", readers=v)),
    ("limits.k", lambda w, v: mnemic.open(":memory:", limits={"k": v})),
    ("provenance.expires_by", lambda w, v: w.ada.put("x", provenance={"expires_by": v})),
    ("id", lambda w, v: w.store.policies.get(v)), ("id", lambda w, v: w.store.policies.remove(v)),
]
NO_COUNTS = [
    ("negative", -1, Bad, "not a count: it is negative"), ("very negative", -(2**70), Bad, "not a count: it is negative"),
    ("huge", 2**70, Bad, "too large a number"),
    ("bool", True, TypeError, "int is due, not bool"), ("float", 1.0, TypeError, "int is due, not float"),
    ("str", "1", TypeError, "int is due, not str"),
]


@pytest.mark.parametrize("call, value, kind, message", product(COUNTS, NO_COUNTS))
def test_what_is_no_count(world: World, call: Call, value: Any, kind: type[Exception], message: str) -> None:
    check(world, call, value, kind, message)


NUMBERS: list[tuple[str, Call]] = [
    ("importance", lambda w, v: w.ada.put("x", importance=v)), ("strength", lambda w, v: w.ada.put("x", strength=v)),
    ("importance", lambda w, v: w.ada.update(w.note, importance=v)),
    ("importance", lambda w, v: w.episodes.record("x", importance=v)),
    ("importance", lambda w, v: w.facts.assert_fact("a", "b", "c", importance=v)),
    ("recency_boost", lambda w, v: w.ada.recall("x", recency_boost=v)),
    ("importance_boost", lambda w, v: w.ada.recall("x", importance_boost=v)),
    ("vector_weight", lambda w, v: w.ada.recall("x", vector_weight=v)),
    ("rerank_weight", lambda w, v: w.ada.recall("x", rerank_weight=v)),
    ("rerank_weight", lambda w, v: w.ada.why(w.note, "x", rerank_weight=v)),
    ("min_similarity", lambda w, v: w.skills.best_for("g", min_similarity=v)),
]
NO_NUMBERS = [
    ("bool", True, TypeError, "a number is due, not bool"), ("str", "0.5", TypeError, "a number is due, not str"),
    ("bytes", b"1", TypeError, "a number is due, not bytes"),
    ("complex", 1j, TypeError, "a number is due, not complex"), ("huge", 10**400, Bad, "too large a number"),
    ("NaN", math.nan, Bad, "not in [0, 1]"),
    ("infinite", math.inf, Bad, "not in [0, 1]"), ("large", 1.5, Bad, "not in [0, 1]"), ("negative", -0.1, Bad, "not in [0, 1]"),
]


@pytest.mark.parametrize("call, value, kind, message", product(NUMBERS, NO_NUMBERS))
def test_what_is_no_number(world: World, call: Call, value: Any, kind: type[Exception], message: str) -> None:
    check(world, call, value, kind, message)


BOOLS: list[tuple[str, Call]] = [
    ("pinned", lambda w, v: w.ada.put("x", pinned=v)), ("pinned", lambda w, v: w.ada.update(w.note, pinned=v)),
    ("pinned", lambda w, v: w.facts.assert_fact("a", "b", "c", pinned=v)),
    ("vectors", lambda w, v: w.ada.get(w.note, vectors=v)), ("vectors", lambda w, v: w.ada.get(key="k", vectors=v)),
    ("vectors", lambda w, v: w.admin.find(w.note, vectors=v)),
    ("dry_run", lambda w, v: w.ada.forget(w.note, dry_run=v)), ("dry_run", lambda w, v: w.ada.forget(where={}, dry_run=v)),
    ("cascade", lambda w, v: w.ada.forget(w.note, cascade=v)), ("cascade", lambda w, v: w.ada.forget(where={}, cascade=v)),
    ("all", lambda w, v: list(w.facts.list(all=v))), ("neighbours", lambda w, v: w.ada.recall("x", neighbours=v)),
    ("create", lambda w, v: mnemic.open(":memory:", create=v)),
    ("subtree", rule("hold", "subtree")), ("refresh_on_use", rule("expiry", "refresh_on_use")),
    ("quarantine", rule("refusal", "quarantine")), ("dry_run", rule("retention", "dry_run")),
]
NO_BOOLS = [
    ("int", 1, TypeError, "True or False is due, not int"), ("None", None, TypeError, "True or False is due, not None"),
    ("str", "yes", TypeError, "True or False is due, not str"),
    ("numpy", numpy.bool_(True), TypeError, "True or False is due, not numpy.bool"),
]


@pytest.mark.parametrize("call, value, kind, message", product(BOOLS, NO_BOOLS))
def test_what_is_no_bool(world: World, call: Call, value: Any, kind: type[Exception], message: str) -> None:
    check(world, call, value, kind, message)


DURATIONS: list[tuple[str, Call]] = [
    ("busy_timeout", lambda w, v: mnemic.open(":memory:", busy_timeout=v)),
    ("recency_half_life", lambda w, v: w.ada.recall("x", recency_half_life=v)),
    ("steps[0].duration", lambda w, v: w.skills.record_run("g", steps=[{"tool": "t", "duration": v}])),
    ("rerank_budget", lambda w, v: w.ada.recall("x", rerank_budget=v)),
]
NO_DURATIONS = [
    ("NaN", math.nan, Bad, "not a duration of at most 9000000000 seconds"), ("infinite", math.inf, Bad, "not a duration"),
    ("endless", datetime.timedelta.max, Bad, "not a duration"),
    ("endless before", datetime.timedelta.min, Bad, "not a duration"), ("bool", True, TypeError, "a number is due, not bool"),
    ("str", "1 h", TypeError, "a number is due, not str"),
    ("None", None, TypeError, "a number is due, not None"),
]


SECONDS: list[tuple[str, Call]] = [  # whole ones, or None
    ("after", rule("expiry", "after")), ("recover_within", lambda w, v: mnemic.open(":memory:", recover_within=v)),
]
NO_SECONDS = [row for row in NO_DURATIONS if row[0] != "None"] + [
    ("half", 1.5, Bad, "whole seconds are due"),
    ("microsecond", datetime.timedelta(days=1, microseconds=1), Bad, "whole seconds are due"),
]


@pytest.mark.parametrize("call, value, kind, message", product(DURATIONS, NO_DURATIONS) + product(SECONDS, NO_SECONDS))
def test_what_is_no_duration(world: World, call: Call, value: Any, kind: type[Exception], message: str) -> None:
    check(world, call, value, kind, message)


NEGATIVE = (
    "busy_timeout: negative", "recency_half_life: not positive", "steps.duration: not in [0, 366 days]",
    "rerank_budget: not positive",
)


@pytest.mark.parametrize("call, message", [(row[1], message) for row, message in zip(DURATIONS, NEGATIVE)], ids=NEGATIVE)
@pytest.mark.parametrize("value", [-1, -0.5, datetime.timedelta(hours=-2), datetime.timedelta(microseconds=-1)])
def test_a_negative_duration(world: World, call: Call, value: Any, message: str) -> None:
    check(world, call, value, Bad, message)


READ_IDS: list[tuple[str, Call]] = [
    ("id", lambda w, v: w.ada.get(v)), ("id", lambda w, v: w.ada.update(v, text="x")), ("id", lambda w, v: w.ada.forget(v)),
    ("id", lambda w, v: w.ada.recover(v)), ("id", lambda w, v: w.ada.why(v, "x")), ("id", lambda w, v: list(w.ada.related(v))),
    ("source", lambda w, v: w.ada.relate(v, "t", w.note)),
    ("target", lambda w, v: w.ada.relate(w.note, "t", v)), ("source", lambda w, v: w.ada.unrelate(v, "t", w.note)),
    ("relations[0].to", lambda w, v: w.ada.put("x", relations=[{"type": "t", "to": v}])),
    ("sources[0]", lambda w, v: w.episodes.record("x", sources=[v])),
    ("sources[0]", lambda w, v: w.facts.assert_fact("a", "b", "c", sources=[v])),
    ("sources[1]", lambda w, v: w.skills.record_run("g", sources=[w.note, v])), ("id", lambda w, v: w.episodes.get(v)),
    ("id", lambda w, v: w.episodes.close(v)), ("id", lambda w, v: w.facts.get(v)), ("id", lambda w, v: w.facts.confirm(v)),
    ("id", lambda w, v: w.facts.reject(v)), ("id", lambda w, v: w.facts.retract(v)), ("id", lambda w, v: w.skills.get(v)),
    ("id", lambda w, v: w.admin.find(v)), ("id", lambda w, v: w.admin.history(v)),
]
KEPT_IDS: list[tuple[str, Call]] = [
    ("target", lambda w, v: w.ada.unrelate(w.note, "t", v)), ("id", lambda w, v: w.ada.batch().forget(v)),
    ("id", lambda w, v: w.ada.batch().update(v, text="x")), ("target", lambda w, v: w.ada.batch().relate(w.note, "t", v)),
    ("source", lambda w, v: w.ada.batch().unrelate(v, "t", w.note)),
    ("provenance.derived_from[1]", lambda w, v: w.ada.put("x", provenance={"derived_from": [w.note, v]})),
]
IDS = READ_IDS + KEPT_IDS
NO_IDS = [
    ("empty", "", Bad, "not of the form 8-4-4-4-12 hexadecimal digits"), ("words", "the note", Bad, "not of the form 8-4-4-4-12"),
    ("braces", "{" + str(uuid.UUID(int=1)) + "}", Bad, "not of the form"),
    ("surrogate", SURROGATE, Bad, LONE), ("bytes", b"x", TypeError, "the id of a memory (str) is due, not bytes"),
    ("int", 3, TypeError, "the id of a memory (str) is due, not int"),
    ("list", ["x"], TypeError, "the id of a memory (str) is due, not list"),
    ("object", types.SimpleNamespace(id="x"), TypeError, "an id is due, not types.SimpleNamespace; give its .id"),
]


@pytest.mark.parametrize("call, value, kind, message", product(IDS, NO_IDS))
def test_what_is_no_id(world: World, call: Call, value: Any, kind: type[Exception], message: str) -> None:
    check(world, call, value, kind, message)


@pytest.mark.parametrize("call", [row[1] for row in IDS], ids=[f"{i}-{row[0]}" for i, row in enumerate(IDS)])
def test_a_memory_is_no_id_but_has_one(world: World, call: Call) -> None:
    check(world, call, world.ada.get(world.note), TypeError, "an id is due, not Memory; give its .id")
    check(world, call, world.result[0], TypeError, "an id is due, not Hit; give its .id")


@pytest.mark.parametrize("call", [row[1] for row in READ_IDS], ids=[f"{i}-{row[0]}" for i, row in enumerate(READ_IDS)])
def test_an_unknown_id_is_not_found(world: World, call: Call) -> None:
    check(world, call, str(uuid.UUID(int=5)), mnemic.NotFound, "no such memory")


def holds_itself(make: Callable[[], Any], add: Callable[[Any, Any], None]) -> Any:
    value = make()
    add(value, value)
    return value


def deep(levels: int, make: Callable[[Any], Any]) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = make(value)
    return value


JSONS: list[tuple[str, Call]] = [
    ("content", lambda w, v: w.ada.put("x", content=v)), ("metadata", lambda w, v: w.ada.put("x", metadata={"a": v})),
    ("content", lambda w, v: w.ada.update(w.note, content=v)),
    ("metadata", lambda w, v: w.ada.update(w.note, metadata={"a": v})),
    ("items[1].content", lambda w, v: w.ada.put_many(["x", {"text": "x", "content": v}])),
    ("relations[0].metadata", lambda w, v: w.ada.put("x", relations=[{"type": "t", "to": w.note, "metadata": {"a": v}}])),
    ("metadata", lambda w, v: w.ada.batch().put("x", metadata={"a": v})),
    ("metadata", lambda w, v: w.ada.relate(w.note, "t", w.other, metadata={"a": v})),
    ("metadata", lambda w, v: w.episodes.record("x", metadata={"a": v})),
    ("metadata", lambda w, v: w.facts.assert_fact("a", "b", "c", metadata={"a": v})),
    ("metadata", lambda w, v: w.skills.record_run("g", metadata={"a": v})),
    ("steps[0].arguments", lambda w, v: w.skills.record_run("g", steps=[{"tool": "t", "arguments": v}])),
    ("message", lambda w, v: w.session.append({"role": "user", "content": v})),
    ("messages[1]", lambda w,
     v: w.session.append([{"role": "user", "content": "x"}, {"role": "user", "content": "x", "extra": v}])),
    ("message.content", lambda w, v: w.session.append(mnemic.Turn("user", "x", content=v))),
    ("message.metadata", lambda w, v: w.session.append(mnemic.Turn("user", "x", metadata={"a": v}))),
]
NO_JSONS = [
    ("dict in itself", holds_itself(dict, lambda d, v: d.update(a=v)), Bad, "nested deeper than 128 levels (or it holds itself)"),
    ("list in itself", holds_itself(list, list.append), Bad, "nested deeper than 128 levels (or it holds itself)"),
    ("deep lists", deep(100_000, lambda v: [v]), Bad, "nested deeper than 128 levels"),
    ("deep dicts", deep(100_000, lambda v: {"a": v}), Bad, "nested deeper than 128 levels"),
    ("deep tuples", deep(100_000, lambda v: (v,)), Bad, "nested deeper than 128 levels"),
    ("deep mappings", deep(5000, lambda v: types.MappingProxyType({"a": v})), Bad, "nested deeper"),
    ("surrogate", SURROGATE, Bad, LONE), ("surrogate in a list", [SURROGATE], Bad, LONE),
    ("surrogate key", {SURROGATE: 1}, Bad, LONE),
    ("NaN", math.nan, Bad, "a number that is not finite, which JSON has no form for; leave it out or use None"),
    ("infinite", [-math.inf], Bad, "a number that is not finite"),
    ("NaN of numpy", numpy.array([math.nan]), Bad, "a number that is not finite"),
    ("int key", {1: 1}, TypeError, "keys of JSON objects are str, not int"),
    ("None key", {None: 1}, TypeError, "keys of JSON objects are str, not None"),
    ("bytes", b"x", TypeError, "JSON has no bytes; use dict, list, str, int, float, bool and None"),
    ("set", {1}, TypeError, "JSON has no set"), ("object", object(), TypeError, "JSON has no object"),
    ("type", int, TypeError, "JSON has no type"), ("complex", 1j, TypeError, "JSON has no complex"),
    ("datetime", MOMENT, TypeError, "JSON has no datetime; give its isoformat()"),
    ("date", MOMENT.date(), TypeError, "JSON has no datetime.date"),
    ("UUID", uuid.UUID(int=1), TypeError, "JSON has no UUID"),
    ("generator", (i for i in "ab"), TypeError, "JSON has no generator"),
    ("UNSET inside", [mnemic.UNSET], TypeError, "JSON has no Unset"),
    ("many digits", 10**5000, Bad, "an int of more digits than Python writes out; give it as str"),
    ("memory", [mnemic.hashed_embedder()], TypeError, "JSON has no"),
]


@pytest.mark.parametrize("call, value, kind, message", product(JSONS, NO_JSONS))
def test_what_is_no_json(world: World, call: Call, value: Any, kind: type[Exception], message: str) -> None:
    check(world, call, value, kind, message)


JSON_TEXTS = [
    ("", "not JSON at byte"), ("{", "not JSON at byte 2"), ("nope", "not JSON at byte 2"), ('"\\ud800"', "not JSON at byte 8"),
    ("NaN", "not JSON"), (f'"{SURROGATE}"', LONE), ("[" * 200 + "]" * 200, "nested deeper than"),
    ("1e999", "a number out of range"),
]


@pytest.mark.parametrize("text, message", JSON_TEXTS, ids=range(len(JSON_TEXTS)))
def test_json_text_that_is_none(world: World, text: str, message: str) -> None:
    check(world, lambda w, v: w.ada.put("x", content=v), mnemic.JsonText(text), Bad, f"content: {message}")
    check(world, lambda w, v: w.session.append(v), mnemic.JsonText(text), Bad, f"message: {message}")


METADATA: list[tuple[str, Any]] = [
    ("list", [1]), ("text", "x"), ("number", 3), ("bool", True), ("JSON text", mnemic.JsonText("[1]")),
]


@pytest.mark.parametrize("value", [row[1] for row in METADATA], ids=[row[0] for row in METADATA])
def test_metadata_that_is_no_object(world: World, value: Any) -> None:
    calls: list[Call] = [
        lambda w, v: w.ada.put("x", metadata=v), lambda w, v: w.ada.update(w.note, metadata=v),
        lambda w, v: w.ada.relate(w.note, "t", w.other, metadata=v),
        lambda w, v: w.session.append(mnemic.Turn("user", "x", metadata=v)),
    ]
    for call in calls:
        check(world, call, value, Bad, "metadata: not an object")


FILTERS: list[tuple[str, Call]] = [
    ("where", lambda w, v: w.ada.count(v)), ("where", lambda w, v: list(w.ada.list(where=v))),
    ("where", lambda w, v: w.ada.recall("x", where=v)), ("where", lambda w, v: w.ada.forget(where=v)),
    ("where", lambda w, v: w.ada.recall_many(["x"], where=v)), ("where", lambda w, v: w.ada.why(w.note, "x", where=v)),
    ("where", lambda w, v: list(w.ada.related(w.note, where=v))),
    ("where", lambda w, v: w.store.scope("x", where=v)), ("where", lambda w, v: w.ada.narrow(where=v)),
    ("where", lambda w, v: list(w.episodes.timeline(where=v))),
    ("where", lambda w, v: w.facts.about("Ada", where=v)), ("where", lambda w, v: list(w.facts.list(where=v))),
    ("where", lambda w, v: list(w.skills.list(where=v))),
    ("where", lambda w, v: w.skills.best_for("g", where=v)), ("where", rule("refusal", "where")),
    ("where", lambda w, v: w.store.policies.preview("hold", owner="ops", reason="as agreed", where=v)),
]
NO_FILTERS = [
    ("list", [], TypeError, 'a dict such as {"tags": "food"} is due, not list'),
    ("str", "tags", TypeError, 'a dict such as {"tags": "food"} is due, not str'),
    ("unknown field", {"tag": "x"}, Bad, "unknown field 'tag'"),
    ("unknown operator", {"tags": {"$is": "x"}}, Bad, "unknown operator '$is'"),
    ("no operator", {"tags": {}}, Bad, "tags has no operator"),
    ("no value", {"tags": None}, Bad, "tags $eq takes a string"),
    ("bool for str", {"session": True}, Bad, "session $eq takes a string"),
    ("int for bool", {"pinned": 1}, Bad, "pinned $eq takes true or false"),
    ("wrong name", {"layer": "other"}, Bad, "layer $eq takes a layer name"), ("wrong id", {"id": "x"}, Bad, "id $eq takes an id"),
    ("no list", {"tags": {"$in": "x"}}, Bad, "tags $in takes an array"),
    ("no filters", {"$or": {"tags": "x"}}, Bad, "$or takes an array"),
    ("wrong order", {"tags": {"$gt": "x"}}, Bad, "$gt does not go with tags"),
    ("empty path", {"metadata.": 1}, Bad, "a metadata path has an empty key"),
    ("naive", {"event_time": {"$lt": datetime.datetime(2026, 5, 8)}}, Bad, NAIVE),
    ("naive in a list", {"event_time": {"$in": [datetime.datetime(2026, 5, 8)]}}, Bad, NAIVE),
    (
        "after all", {"event_time": datetime.datetime.max.replace(tzinfo=FAR_WEST)}, Bad,
        "in UTC it is outside the years 1 to 9999",
    ),
    ("date", {"event_time": MOMENT.date()}, TypeError, "JSON has no datetime.date"),
    ("time text", {"event_time": "yesterday"}, Bad, "event_time $eq takes an RFC 3339 time"),
    ("memory", {"id": object()}, TypeError, "JSON has no object"),
    ("int key", {1: 2}, TypeError, "keys of JSON objects are str, not int"),
    ("surrogate", {"tags": SURROGATE}, Bad, LONE), ("surrogate field", {"metadata." + SURROGATE: 1}, Bad, LONE),
    ("bytes", {"tags": b"x"}, TypeError, "JSON has no bytes"),
    ("NaN", {"metadata.n": math.nan}, Bad, "a number that is not finite"),
    ("in itself", holds_itself(dict, lambda d, v: d.update({"$not": v})), Bad,
     "nested deeper than 128 levels (or it holds itself)"),
    ("deep", deep(100_000, lambda v: {"$not": v}), Bad, "nested deeper than 128"),
    ("a bit deep", deep(40, lambda v: {"$not": v if v != 1 else {}}), Bad, "nested deeper than 32"),
    ("many", {"id": {"$in": [str(uuid.UUID(int=n)) for n in range(513)]}}, Bad, "more than 512 comparisons and listed values"),
]


@pytest.mark.parametrize("call, value, kind, message", product(FILTERS, NO_FILTERS))
def test_what_is_no_filter(world: World, call: Call, value: Any, kind: type[Exception], message: str) -> None:
    check(world, call, value, kind, message)


KEYWORDS: list[Call] = [
    lambda w, v: w.ada.count(**v), lambda w, v: list(w.ada.list(**v)), lambda w, v: w.ada.recall("x", **v), lambda w,
    v: w.ada.recall_many(["x"], **v),
    lambda w, v: w.ada.why(w.note, "x", **v), lambda w, v: w.ada.forget(**v), lambda w, v: list(w.ada.related(w.note, **v)),
]


@pytest.mark.parametrize("call", KEYWORDS, ids=[str(call.__code__.co_names) for call in KEYWORDS])
def test_an_unknown_keyword_field_is_named(world: World, call: Call) -> None:
    check(world, call, {"sesion": "s"}, Bad, "where: unknown field 'sesion'")
    check(world, call, {"session": None}, Bad, "where: session $eq takes a string")


NAMES: list[tuple[str, Call, str]] = [
    ("layer", lambda w, v: w.ada.put("x", layer=v), "conversational, episodic, semantic, procedural"),
    ("layer", lambda w, v: w.ada.get(key="k", layer=v), "conversational, episodic, semantic, procedural"),
    ("layers[0]", lambda w, v: w.ada.recall("x", layers=[v]), "conversational, episodic, semantic, procedural"),
    ("per_layer[0].layer", lambda w, v: w.ada.recall("x", per_layer=[{"layer": v}]),
     "conversational, episodic, semantic, procedural"),
    ("trust", lambda w, v: w.ada.put("x", trust=v), "external, model, tool, user, operator"),
    ("trust", lambda w, v: w.ada.update(w.note, trust=v), "external, model, tool, user, operator"),
    ("message.trust", lambda w, v: w.session.append(mnemic.Turn("user", "x", trust=v)), "external, model, tool, user, operator"),
    ("state", lambda w, v: w.ada.put("x", state=v), "active, proposed, confirmed, rejected, superseded, quarantined"),
    ("outcome", lambda w, v: w.episodes.record("x", outcome=v), "unknown, success, failure"),
    ("outcome", lambda w, v: w.episodes.close(w.episode, outcome=v), "unknown, success, failure"),
    ("outcome", lambda w, v: w.skills.record_run("g", outcome=v), "unknown, success, failure"),
    ("kind", lambda w, v: w.facts.assert_fact("a", "b", "c", kind=v), "fact, preference"),
    ("attributes[0].cardinality", lambda w, v: w.facts.declare([{"name": "a", "cardinality": v}]), "single, many"),
    ("order", lambda w, v: list(w.ada.list(order=v)), "newest, oldest, created"),
    ("order", lambda w, v: list(w.episodes.timeline(order=v)), "newest, oldest, created"),
    ("direction", lambda w, v: list(w.ada.related(w.note, direction=v)), "both, outgoing, incoming"),
    ("access", lambda w, v: w.store.scope("x", access=v), "read_write, read_only"),
    ("reach", lambda w, v: w.store.scope("x", reach=v), "own, subtree, granted"),
    ("access", lambda w, v: mnemic.open(":memory:", access=v), "read_write, read_only"),
    ("durability", lambda w, v: mnemic.open(":memory:", durability=v), "full, relaxed"),
    ("kind", lambda w, v: w.store.policies.add(v, owner="ops", reason="as agreed"), "expiry, retention, hold, refusal"),
]
DURABLE: list[Call] = [
    lambda w, v: w.ada.put("x", durability=v), lambda w, v: w.ada.put_many(["x"], durability=v), lambda w,
    v: w.ada.update(w.note, text="y", durability=v), lambda w, v: w.ada.forget(w.note, durability=v),
    lambda w, v: w.ada.forget(where={}, durability=v), lambda w, v: w.ada.recover(w.note, durability=v),
    lambda w, v: w.ada.relate(w.note, "t", w.other, durability=v),
    lambda w, v: w.ada.unrelate(w.note, "t", w.other, durability=v),
    lambda w, v: w.session.append({"role": "user", "content": "x"}, durability=v), lambda w,
    v: w.session.append([{"role": "user", "content": "x"}], durability=v), lambda w, v: w.session.pop(durability=v),
    lambda w, v: w.episodes.record("x", durability=v), lambda w, v: w.episodes.close(w.episode, durability=v), lambda w,
    v: w.facts.assert_fact("a", "b", "c", durability=v),
    lambda w, v: w.facts.assert_facts([], durability=v), lambda w, v: w.facts.confirm(w.fact, durability=v), lambda w,
    v: w.facts.reject(w.fact, durability=v),
    lambda w, v: w.facts.retract(w.fact, durability=v), lambda w, v: w.facts.declare([{"name": "a"}], durability=v), lambda w,
    v: w.skills.record_run("g", durability=v),
    lambda w, v: w.ada.batch(durability=v).commit(),
]


@pytest.mark.parametrize(
    "field, call, known", NAMES + [("durability", call, "full, relaxed") for call in DURABLE],
    ids=[f"{n}-{row[0]}" for n, row in enumerate(NAMES)] + [f"durability-{n}" for n in range(len(DURABLE))],
)
def test_an_unknown_name_of_a_list_is_told_the_known_ones(world: World, field: str, call: Call, known: str) -> None:
    for name in ("other", "", known.split(", ")[0].upper(), "\x00"):
        check(world, call, name, Bad, f"{field}: not one of {known}")
    for value in (1, b"full", ["x"]):
        check(world, call, value, TypeError, f"{field}: str is due, not {type(value).__name__}")


LISTS: list[tuple[str, Call]] = [
    ("tags", lambda w, v: w.ada.put("x", tags=v)), ("tags", lambda w, v: w.ada.update(w.note, tags=v)),
    ("relations", lambda w, v: w.ada.put("x", relations=v)),
    ("provenance.derived_from", lambda w, v: w.ada.put("x", provenance={"derived_from": v})),
    ("items", lambda w, v: w.ada.put_many(v)), ("layers", lambda w, v: w.ada.recall("x", layers=v)),
    ("per_layer", lambda w, v: w.ada.recall("x", per_layer=v)),
    ("who", lambda w, v: w.episodes.record("x", who=v)), ("sources", lambda w, v: w.episodes.record("x", sources=v)),
    ("facts", lambda w, v: w.facts.assert_facts(v)),
    ("attributes", lambda w, v: w.facts.declare(v)), ("steps", lambda w, v: w.skills.record_run("g", steps=v)),
]
NO_LISTS = [
    ("str", "abc", TypeError, "a list is due, not str"), ("bytes", b"abc", TypeError, "a list is due, not bytes"),
    ("int", 3, TypeError, "a list is due, not int"), ("bool", True, TypeError, "a list is due, not bool"),
    ("dict", {}, TypeError, "a list is due, not dict"), ("None", None, TypeError, "a list is due, not None"),
]
MORE_LISTS: list[tuple[str, Call]] = [  # for which a dict or None means something
    ("texts", lambda w, v: w.ada.recall_many(v)), ("messages", lambda w, v: w.session.append(v)),
]


@pytest.mark.parametrize("call, value, kind, message", product(LISTS, NO_LISTS) + product(MORE_LISTS, NO_LISTS[:4]))
def test_what_is_no_list(world: World, call: Call, value: Any, kind: type[Exception], message: str) -> None:
    check(world, call, value, kind, message)


@pytest.mark.parametrize("call", [row[1] for row in LISTS], ids=[row[0] for row in LISTS])
def test_what_an_iterable_raises_is_passed_on(world: World, call: Call) -> None:
    check(world, call, (1 // 0 for _ in range(3)), ZeroDivisionError, "division")


RECORDS: list[tuple[str, Call]] = [
    ("provenance", lambda w, v: w.ada.put("x", provenance=v)), ("relations[0]", lambda w, v: w.ada.put("x", relations=[v])),
    ("items[1]", lambda w, v: w.ada.put_many(["x", v])),
    ("per_layer[0]", lambda w, v: w.ada.recall("x", per_layer=[v])),
    ("facts[1]", lambda w, v: w.facts.assert_facts([{"subject": "a", "attribute": "b", "value": "c"}, v])),
    ("attributes[0]", lambda w, v: w.facts.declare([v])), ("steps[0]", lambda w, v: w.skills.record_run("g", steps=[v])),
    ("limits", lambda w, v: mnemic.open(":memory:", limits=v)),
]
NO_RECORDS = [
    ("int", 3, TypeError, "a dict is due, not int"), ("list", ["x"], TypeError, "a dict is due, not list"),
    ("unknown field", {"wrong": 1}, TypeError, "no field wrong; there are "),
    ("int field", {1: 1}, TypeError, "no field of type int; there are "), ("surrogate field", {SURROGATE: 1}, Bad, LONE),
]


@pytest.mark.parametrize("call, value, kind, message", product(RECORDS, NO_RECORDS))
def test_what_is_no_record_of_known_fields(world: World, call: Call, value: Any, kind: type[Exception], message: str) -> None:
    check(world, call, value, kind, message)


MESSAGES: list[tuple[str, Any, type[Exception], str]] = [
    ("a text", ["hello"], TypeError, "messages[0]: a message is a dict, a mnemic.Turn or a mnemic.JsonText, not str"),
    ("None", [None], TypeError, "messages[0]: a message is a dict"),
    ("a memory", [3], TypeError, "not int"),
    ("no role", {"content": "x"}, Bad, 'message: a message without "role"; a turn of other form is a mnemic.Turn'),
    ("a role that is none", {"role": 3, "content": "x"}, Bad, "message: role is not a string"),
    ("no object", mnemic.JsonText("[]"), Bad, "message: not a JSON object"),
    ("a text for all", "hello", TypeError, "messages: a list is due, not str"),
    ("nothing at all", mnemic.Turn(), Bad, "text: empty, and neither content nor vectors are given"),
    ("the second is wrong", [{"role": "user", "content": "x"}, {"role": "user", "content": SURROGATE}], Bad,
     f"messages[1]: {LONE}"),
    ("the second has no role", [{"role": "user", "content": "x"}, {}], Bad, 'messages[1]: a message without "role"'),
]


@pytest.mark.parametrize("value, kind, message", [row[1:] for row in MESSAGES], ids=[row[0] for row in MESSAGES])
def test_what_is_no_message(world: World, value: Any, kind: type[Exception], message: str) -> None:
    check(world, lambda w, v: w.session.append(v), value, kind, message)


CALLS: list[tuple[str, Call, type[Exception], str]] = [
    ("get nothing", lambda w, v: w.ada.get(), TypeError, "get: either an id or a key is due"),
    ("get both", lambda w, v: w.ada.get(w.note, key="k"), TypeError, "get: either an id or a key"),
    ("forget nothing", lambda w, v: w.ada.forget(), TypeError, "forget: an id or a filter is due; where={} forgets everything"),
    ("forget None", lambda w, v: w.ada.forget(None), TypeError, "forget: an id or a filter is due"),
    ("forget no filter", lambda w, v: w.ada.forget(where=None), TypeError, "forget: an id or a filter is due"),
    ("forget both", lambda w, v: w.ada.forget(w.note, where={}), TypeError, "forget: either an id or a filter is due, not both"),
    ("forget both ways", lambda w, v: w.ada.forget(w.note, tags="x"), TypeError, "not both"),
    ("put nothing", lambda w, v: w.ada.put(), Bad, "text: empty, and neither content nor vectors are given"),
    ("put no memory", lambda w, v: w.ada.put_many([None]), TypeError, "items[0]: a dict is due, not None"),
    ("recall nothing", lambda w, v: w.ada.recall(), Bad, "neither text nor a vector"),
    ("recall nothing many times", lambda w, v: w.ada.recall_many(), TypeError, "recall_many: either texts or vectors are due"),
    ("k of 0", lambda w, v: w.ada.recall("x", k=0), Bad, "k: 0 is not in [1, 10000]"),
    ("k too large", lambda w, v: w.ada.recall("x", k=10_001), Bad, "k: 10001 is not in [1, 10000]"),
    ("no page", lambda w, v: list(w.ada.list(page_size=0)), Bad, "0 is not in [1, 10000]"),
    ("empty tag", lambda w, v: w.ada.put("x", tags=[""]), Bad, "tags: one is empty"),
    ("tag twice", lambda w, v: w.ada.put("x", tags=["a", "a"]), Bad, "tags: one is given twice"),
    ("unknown zone", lambda w, v: w.ada.put("x", time_zone="Mars/Olympus"), Bad, "time_zone: not a known IANA zone"),
    ("end before", lambda w, v: w.ada.put("x", event_time=MOMENT, event_end=MOMENT - datetime.timedelta(1)), Bad,
     "event_end: before event_time"),
    ("NUL in metadata", lambda w, v: w.ada.put("x", metadata={"a": "\0"}), Bad, "metadata: a string holds a NUL"),
    (
        "deep metadata", lambda w, v: w.ada.put("x", metadata={"a": deep(20, lambda v: [v])}), Bad,
        "metadata: nested deeper than 16",
    ),
    ("emptied", lambda w, v: w.ada.update(w.note, text=""), Bad, "text: the change would leave nothing stored"),
    ("vectors None", lambda w, v: w.ada.update(w.note, vectors=None), TypeError, "vectors: a vector of float32 is due, not None"),
    ("text None", lambda w, v: w.ada.update(w.note, text=None), TypeError, "text: str is due, not None"),
    (
        "time None", lambda w, v: w.ada.update(w.note, event_time=None), TypeError,
        "event_time: an aware datetime is due, not None",
    ),
    ("provenance None", lambda w, v: w.ada.update(w.note, provenance=None), TypeError, "provenance: a dict is due, not None"),
    ("unknown change", lambda w, v: w.ada.update(w.note, key="x"), TypeError, "unexpected keyword argument 'key'"),
    ("unknown field", lambda w, v: w.ada.put("x", txt="y"), TypeError, "unexpected keyword argument 'txt'"),
    ("unknown option", lambda w, v: mnemic.open(":memory:", mode="r"), TypeError, "unexpected keyword argument 'mode'"),
    ("itself", lambda w, v: w.ada.relate(w.note, "t", w.note), Bad, "a memory is not related to itself"),
    ("bad type", lambda w, v: w.ada.relate(w.note, "a b", w.other), Bad, "type: a relation's is 1 to 64 of"),
    ("no namespace", lambda w, v: w.store.scope(), Bad, "namespace: no segment"),
    ("dots", lambda w, v: w.store.scope("a", ".."), Bad, "namespace: segment 1 is '..'"),
    ("a list", lambda w, v: w.store.scope(["a"]), TypeError, "namespace[0]: str is due, not list"),
    ("printed namespace", lambda w, v: w.admin.grant("a/b", ("c",)), TypeError,
     "reader: a sequence of str is due, one for each segment; split the text first"),
    ("same", lambda w, v: w.admin.grant(("a",), ("a",)), Bad, "target: a namespace reads itself already"),
    ("no key", lambda w, v: w.ada.get(key="nobody"), mnemic.NotFound, "no such memory"),
    ("key None", lambda w, v: w.ada.get(key=3), TypeError, "key: str is due, not int"),
    ("no layer twice", lambda w, v: w.ada.recall("x", per_layer=[{"layer": "semantic"}] * 2), Bad,
     "per_layer: semantic is named twice"),
    ("timeline", lambda w, v: list(w.episodes.timeline(start=MOMENT, end=MOMENT)), Bad, "end: not after start"),
    ("empty subject", lambda w, v: w.facts.assert_fact("", "b", "c"), Bad, "subject: empty"),
    ("until", lambda w, v: w.facts.assert_fact("a", "b", "c", since=MOMENT, until=MOMENT), Bad, "until: not after since"),
    ("our member", lambda w, v: w.episodes.record("x", metadata={"episode": 1}), Bad,
     "metadata: its member 'episode' is the layer's own"),
    ("empty tool", lambda w, v: w.skills.record_run("g", steps=[{"tool": ""}]), Bad, "steps.tool: empty"),
    ("chunk 0", lambda w, v: w.ada.put_many(["x"], chunk=0), Bad, "chunk: not positive"),
    ("chunk bool", lambda w, v: w.ada.put_many(["x"], chunk=True), TypeError, "chunk: int is due, not bool"),
    ("chunk str", lambda w, v: w.ada.put_many(["x"], chunk="9"), TypeError, "chunk: int is due, not str"),
    ("chunk huge", lambda w, v: w.ada.put_many(["x"], chunk=2**70), Bad, "chunk: not positive, or too large"),
    ("progress", lambda w, v: w.ada.put_many(["x"], progress=3), TypeError, "progress: something to call is due, not int"),
    ("count_tokens", lambda w, v: w.result.context(count_tokens=3), TypeError, "count_tokens: something to call is due, not int"),
    ("path None", lambda w, v: mnemic.open(None), TypeError, "path: a path is due, not None"),
    ("path int", lambda w, v: mnemic.open(3), TypeError, "path: a path is due, not int"),
    ("path NUL", lambda w, v: mnemic.open("a\0b"), Bad, "path: not a path: it holds a NUL or cannot be encoded"),
    ("path surrogate", lambda w, v: mnemic.open("\ud800"), Bad, "path: not a path"),
    ("path empty", lambda w, v: mnemic.open(""), Bad, "path: names no file"),
    ("readers 0", lambda w, v: mnemic.open(":memory:", readers=0), Bad, "readers: 0 is not in [1, 64]"),
    ("seed beyond", lambda w, v: mnemic.open(":memory:", seed=2**63), Bad, "seed: too large a number"),
    ("zone", lambda w, v: mnemic.open(":memory:", time_zone="x"), Bad, "time_zone: not a known IANA zone"),
    ("narrow to another", lambda w, v: w.store.scope("x", user="a").narrow(user="b"), mnemic.PermissionDenied,
     "user: this scope acts for another"),
    ("narrow 0", lambda w, v: w.ada.narrow(user=0), TypeError, "user: str is due, not int"),
    ("narrow False", lambda w, v: w.ada.narrow(session=False), TypeError, "session: str is due, not bool"),
    ("closed episode", lambda w, v: w.episodes.close(w.episode, end=MOMENT - datetime.timedelta(1)), Bad,
     "end: before the episode's start"),
    ("slice", lambda w, v: w.result["0"], TypeError, "__getitem__"),
    ("too far", lambda w, v: w.result[99], IndexError, "index out of range"),
]


@pytest.mark.parametrize("call, kind, message", [row[1:] for row in CALLS], ids=[row[0] for row in CALLS])
def test_calls_that_make_no_sense(world: World, call: Call, kind: type[Exception], message: str) -> None:
    check(world, call, None, kind, message)


def test_no_message_says_a_name_twice_or_shows_a_value(world: World) -> None:
    secret = "sesame-4711"
    wrong: list[Call] = [
        lambda w, v: w.ada.put(v, layer=v), lambda w, v: w.ada.get(v), lambda w, v: w.ada.put(v, content=mnemic.JsonText(v)),
        lambda w, v: w.ada.count({"id": v}), lambda w, v: w.ada.put(v, importance=9),
        lambda w, v: w.ada.put(v, metadata=v), lambda w, v: w.ada.put(v, tags=[v, v]), lambda w, v: w.session.append({"text": v}),
        lambda w, v: w.session.append(mnemic.JsonText(f'"{v}"')),
        lambda w, v: w.ada.put(v, event_time=v), lambda w, v: w.ada.put(v, expires_at=MOMENT, time_zone=v), lambda w,
        v: w.ada.list().page(v), lambda w, v: w.ada.put_many([v, {"text": v, "pinned": v}]),
        lambda w, v: w.facts.assert_fact(v, v, ""), lambda w, v: w.ada.put(v, metadata={v: "\ud800"}), lambda w,
        v: w.ada.put(v, vectors=v), lambda w, v: w.episodes.record(v, outcome=v),
    ]
    for call in wrong:
        with pytest.raises((Bad, TypeError)) as caught:
            call(world, secret)
        words = str(caught.value).split(": ")
        assert secret not in str(caught.value) and len(set(words)) == len(words), str(caught.value)


class Vanishing:
    """Empties the container it is in when it is looked at."""

    def __init__(self, container: Any) -> None:
        self.container = container

    def __getattr__(self, name: str) -> Any:
        self.container.clear()
        raise AttributeError(name)


@pytest.mark.parametrize("container", [{"b": 1}, [1]], ids=["dict", "list"])
def test_a_container_that_changes_while_it_is_read_does_no_harm(world: World, container: Any) -> None:
    if isinstance(container, dict):
        container.update(a=Vanishing(container), c=2)
    else:
        container.extend([Vanishing(container), 2])
    check(world, lambda w, v: w.ada.put("x", content=v), container, TypeError, "content: JSON has no Vanishing")
