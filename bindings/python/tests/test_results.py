# SPDX-License-Identifier: Apache-2.0
"""What calls answer: immutable objects that show ids and sizes, and text only when asked."""

from __future__ import annotations

import copy
import datetime
import gc
import json
import pickle
from typing import Any

import mnemic
import pytest
from conftest import MOMENT

SECRET = "sesame-4711"


def everything(store: mnemic.Store) -> dict[str, Any]:
    """One of each class of result, with the secret wherever memory text can stand."""
    ada = store.scope("acme", "ada")
    full: mnemic.MemoryFields = {"text": f"{SECRET} one", "metadata": {SECRET: SECRET}, "tags": [SECRET], "key": SECRET}
    full.update(content=SECRET, author=SECRET)
    ids = ada.put_many([full, f"{SECRET} two"])
    ada.relate(ids[0], "about", ids[1], metadata={SECRET: 1})
    session = ada.session("s")
    session.append({"role": "user", "content": SECRET})
    asserted = ada.facts.assert_fact(SECRET, SECRET, SECRET)
    episode = ada.episodes.get(ada.episodes.record(SECRET, who=[SECRET], why=SECRET))
    run = ada.skills.record_run(SECRET, steps=[{"tool": "find", "arguments": SECRET, "digest": SECRET}], skill=SECRET)
    skill = ada.skills.get(run.skill)
    result = ada.recall(SECRET, k=1, token_budget=100)
    book = store.scope("acme", "book")
    book.put(f"{SECRET} " * 60)
    with ada.batch() as batch:
        batch.put(SECRET)
    store.admin.grant(("acme", "ben"), ("acme", "ada"))
    gone = store.scope("acme", "gone").put(SECRET)
    receipt = store.admin.erase(ids=[gone], reason=SECRET, by=SECRET)
    store.policies.add("hold", owner=SECRET, reason=SECRET, where={"tags": SECRET})
    stats, own = store.stats(), mnemic.default_embedder()
    store.reembed(mnemic.hashed_embedder())
    moving = store.reembedding()
    store.reembed(own)
    return {
        "Memory": ada.get(ids[0]), "Provenance": ada.get(ids[0]).provenance, "Related": next(iter(ada.related(ids[0]))),
        "Relation": next(iter(ada.related(ids[0]))).relation, "Written": batch.written[0],
        "ForgetReport": ada.forget(ids[1], dry_run=True),
        "SessionInfo": ada.sessions()[0], "RecallResult": result, "Hit": result[0], "ScoreParts": result[0].parts,
        "Passage": book.recall(SECRET)[0].passage,
        "PackedContext": result.pack(),
        "RecallBatch": ada.recall_many([SECRET]), "Explanation": ada.why(ids[0], SECRET), "Fact": ada.facts.get(asserted.id),
        "Asserted": asserted,
        "Validity": ada.facts.get(asserted.id).holds, "Attribute": mnemic.default_attributes()[0], "Episode": episode,
        "RecordedRun": run, "Skill": skill,
        "SkillMatch": ada.skills.best_for(SECRET)[0], "Step": skill.steps[0], "StoreStats": stats, "Reembedding": moving,
        "CheckReport": store.check(), "LayerUsage": store.usage()[0],
        "Grant": store.admin.grants()[0], "EraseReceipt": receipt, "Erasure": store.admin.erasures()[0],
        "Tombstone": store.admin.tombstones()[0],
        "Policy": store.policies.list()[0], "Turn": mnemic.Turn("user", SECRET, metadata={"a": SECRET}), "Session": session,
        "Batch": batch, "Scope": ada,
        "Store": store, "Listing": ada.list(), "NativeEmbedder": mnemic.hashed_embedder(),
        "NativeReranker": mnemic.rerankers.by_embedding(mnemic.hashed_embedder()),
    }


NAMES = [
    "Memory", "Provenance", "Related", "Relation", "Written", "ForgetReport", "SessionInfo", "RecallResult", "Hit", "ScoreParts",
    "Passage", "PackedContext",
    "RecallBatch", "Explanation", "Fact", "Asserted", "Validity", "Attribute", "Episode", "RecordedRun", "Skill", "SkillMatch",
    "Step", "StoreStats",
    "CheckReport", "LayerUsage", "Grant", "Reembedding", "EraseReceipt", "Erasure", "Tombstone", "Policy",
]


@pytest.fixture(scope="module")
def world() -> Any:
    with mnemic.open(":memory:", clock=lambda: MOMENT, seed=7, erasure_key="a secret of the caller") as store:
        yield everything(store)


def test_a_repr_never_shows_text(world: Any) -> None:
    for name, value in world.items():
        shown = repr(value)
        assert shown.startswith(f"<{name}") and shown.endswith(">") and "\n" not in shown, shown
        assert SECRET not in shown and str(value) == shown


def test_a_repr_shows_ids_and_sizes(world: Any) -> None:
    memory, hit = world["Memory"], world["Hit"]
    assert repr(memory) == f"<Memory {memory.id} semantic, {len(memory.text)} bytes of text, version 1>"
    assert repr(hit) == f"<Hit {hit.id} {hit.memory.layer}, score {hit.score:.4f}, {len(hit.text)} bytes of text>"
    assert repr(world["RecallResult"]) == "<RecallResult of 1 hits, 0 pinned, 7 searched>"
    for name in ("Fact", "Episode", "Skill"):
        assert world[name].id in repr(world[name])


def test_show_shows_the_text(world: Any) -> None:
    for name, text in (("Memory", world["Memory"].text), ("Hit", world["Hit"].text)):
        assert world[name].show() == f"{world[name]!r}\n{text}" and SECRET in text


@pytest.mark.parametrize("name", NAMES)
def test_a_result_cannot_be_changed_or_made(world: Any, name: str) -> None:
    value = world[name]
    assert type(value) is getattr(mnemic, name)
    fields = [field for field in dir(value) if not field.startswith("_") and not callable(getattr(value, field))]
    assert fields
    for field in [*fields, "new_field"]:
        with pytest.raises(AttributeError):
            setattr(value, field, None)
        with pytest.raises(AttributeError):
            delattr(value, field)
    with pytest.raises(TypeError):
        type(value)()
    for copying in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            copying(value)


def test_what_is_nested_is_handed_out_as_copies(world: Any) -> None:
    memory = world["Memory"]
    memory.metadata["more"] = 1
    memory.to_dict()["text"] = "changed"
    assert memory.metadata == {SECRET: SECRET} and memory.to_dict()["text"] == memory.text and isinstance(memory.tags, tuple)
    assert isinstance(world["RecallResult"].hits, tuple) and isinstance(world["Skill"].steps, tuple)


@pytest.mark.parametrize(
    "name",
    ["Memory", "Relation", "Related", "Hit", "ScoreParts", "Explanation", "Fact", "Asserted", "Episode", "Skill", "SkillMatch",
     "EraseReceipt", "Erasure", "Tombstone", "Policy", "CheckReport", "LayerUsage", "StoreStats"],
)
def test_to_dict_is_json(world: Any, name: str) -> None:
    made = world[name].to_dict()
    assert made and json.loads(json.dumps(made)) == made


def test_to_dict_names_the_fields(world: Any) -> None:
    memory = world["Memory"]
    made = memory.to_dict()
    assert {name: made[name] for name in ("id", "layer", "text", "key", "tags", "metadata", "content", "version")} == {
        "id": memory.id, "layer": "semantic", "text": memory.text, "key": SECRET, "tags": [SECRET], "metadata": {SECRET: SECRET},
        "content": SECRET, "version": 1,
    }
    assert made["event_time"] == "2026-05-08T13:56:00Z" and "expires_at" not in made
    assert world["Hit"].to_dict()["memory"] == world["Hit"].memory.to_dict()


def test_the_dict_of_stats_has_every_field(world: Any) -> None:
    stats = world["StoreStats"]
    made = stats.to_dict()
    fields = {field for field in dir(stats) if not field.startswith("_") and not callable(getattr(stats, field))}
    assert set(made) == fields - {"job_lag"} | {"job_lag_ms"} and made["memories"] > 0
    assert {name: made[name] for name in fields - {"job_lag"}} == {name: getattr(stats, name) for name in fields - {"job_lag"}}
    assert made["job_lag_ms"] == stats.job_lag // datetime.timedelta(milliseconds=1)


def test_memories_are_equal_when_id_and_version_are(ada: mnemic.Scope) -> None:
    id = ada.put("one")
    first, again = ada.get(id), ada.get(id)
    assert first == again and hash(first) == hash(again) and {first: 1}[again] == 1 and first is not again
    ada.update(id, text="two")
    assert first != ada.get(id) and first == ada._store.admin.history(id)[0]
    assert ada.get(ada.put("one")) != first
    for other in (None, 3, id, "x", object(), first.to_dict()):
        assert first != other and not first == other


def test_results_outlive_what_they_came_from(open_store: Any) -> None:
    store = open_store()
    ada = store.scope("ada")
    ids = ada.put_many([{"text": f"ferry {n}", "metadata": {"n": n}, "provenance": {"trace": str(n)}} for n in range(3)])
    run = ada.skills.record_run("g", steps=[{"tool": "t", "arguments": {"a": 1}}])
    result, batch = ada.recall("ferry"), ada.recall_many(["ferry"])
    kept: dict[str, Any] = {
        "hit": result[0], "hits": result.hits, "parts": result[1].parts, "provenance": result[0].memory.provenance,
        "memory": result[-1].memory,
        "inner": batch[0], "inner hit": batch[0][0], "iterator": iter(result), "step": ada.skills.get(run.skill).steps[0],
        "relation": None,
        "issues": store.check().issues,
    }
    expected = (result[0].id, result[-1].memory.metadata, result.context())
    context = result.context
    store.close()
    del result, batch, store, ada
    gc.collect()
    assert (kept["hit"].id, kept["memory"].metadata, context()) == expected
    assert kept["provenance"].trace in "012" and kept["parts"].words > 0 and [hit.id for hit in kept["hits"]][0] == expected[0]
    assert kept["inner hit"].id == kept["inner"][0].id == next(kept["iterator"]).id and set(kept["inner"].ids) == set(ids)
    assert (kept["step"].tool, kept["step"].arguments, kept["issues"]) == ("t", {"a": 1}, ())


def test_many_parts_of_a_result_come_and_go(ada: mnemic.Scope) -> None:
    ada.put_many([f"ferry {n}" for n in range(20)])
    result = ada.recall("ferry", k=20)
    for _ in range(50):
        parts = [(hit.memory, hit.parts, hit.memory.provenance) for hit in result]
        del parts
    assert [hit.memory.id for hit in result] == list(result.ids)
