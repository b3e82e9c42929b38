# SPDX-License-Identifier: Apache-2.0
"""Recall: hits, filters, contexts and explanations."""

from __future__ import annotations

import collections.abc
import datetime
import inspect
from typing import Any

import mnemic
import numpy
import pytest
from conftest import MOMENT

DAY = datetime.timedelta(days=1)


@pytest.fixture
def notes(ada: mnemic.Scope) -> mnemic.Scope:
    for n in range(6):
        metadata = {"trip": {"n": n}, "who": ["Ada", f"p{n}"]}
        ada.put(f"the ferry leaves at {n}", key=str(n), tags=["odd" if n % 2 else "even"], metadata=metadata, importance=n / 10,
                event_time=MOMENT - n * DAY)
    ada.put("bring an umbrella", key="u", pinned=True)
    return ada


def test_a_result_is_a_sequence_of_hits(notes: mnemic.Scope) -> None:
    result = notes.recall("ferry at 3", k=4)
    assert isinstance(result, collections.abc.Sized) and len(result) == len(result.hits) == 4 and bool(result)
    assert result[0].memory.key == "3" and result[0].id == result[0].memory.id and result[0].text == "the ferry leaves at 3"
    assert [hit.id for hit in result] == [result[n].id for n in range(4)] == [hit.id for hit in result.hits] == list(result.ids)
    assert result[-1].id == result[3].id and [hit.id for hit in result[1:3]] == list(result.ids[1:3])
    assert [hit.id for hit in reversed(result)] == list(result.ids[::-1]) and result[0] in result
    assert list(result.scores) == [hit.score for hit in result] == sorted((hit.score for hit in result), reverse=True)
    assert not notes.recall("ferry", where={"tags": "none"})
    for index in (4, -5):
        with pytest.raises(IndexError):
            result[index]


def test_a_result_says_what_was_searched(notes: mnemic.Scope) -> None:
    result = notes.recall("ferry", k=2, token_budget=50, where={"tags": "odd"})
    assert (result.searched, result.token_budget, result.time_zone, len(result.nonce) > 8) == (3, 50, "UTC", True)
    assert result.seq == 7 and [memory.key for memory in notes.recall("ferry").pinned] == ["u"]


FILTERS: list[tuple[mnemic.Where, str]] = [
    ({}, "012345u"),
    ({"metadata.trip.n": {"$gte": 2}}, "2345"),
    ({"metadata.trip.n": {"$gte": 2, "$lt": 4.0}}, "23"),
    ({"metadata.trip.n": 2.0}, "2"),
    ({"metadata.trip.n": "2"}, ""),
    ({"metadata.trip.n": True}, ""),
    ({"metadata.trip.n": {"$in": (1, 5)}}, "15"),
    ({"metadata.trip.n": {"$in": {1, 5}}}, "15"),
    ({"metadata.trip.n": {"$in": numpy.array([1, 5])}}, "15"),
    ({"metadata.trip.n": {"$gt": numpy.int64(4)}}, "5"),
    ({"metadata.trip.n": {"$exists": False}}, "u"),
    ({"metadata.trip": {"$exists": True}}, "012345"),
    ({"metadata.who": "p3"}, "3"),
    ({"tags": "odd"}, "135"),
    ({"tags": {"$ne": "odd"}}, "024u"),
    ({"tags": "odd", "key": {"$prefix": "3"}}, "3"),
    ({"$or": [{"key": "1"}, {"key": "4"}]}, "14"),
    ({"$and": [{"tags": "odd"}, {"$not": {"key": "1"}}]}, "35"),
    ({"event_time": {"$gte": MOMENT - 2 * DAY}, "pinned": False}, "012"),
    ({"event_time": (MOMENT - DAY).astimezone(datetime.timezone(datetime.timedelta(hours=9)))}, "1"),
    ({"event_time": {"$lt": datetime.datetime.min.replace(tzinfo=datetime.timezone.utc)}}, ""),
    ({"event_end": mnemic.OPEN}, ""),
    ({"layer": mnemic.Layer.SEMANTIC, "trust": {"$lte": mnemic.Trust.EXTERNAL}, "importance": {"$lt": 0.15}}, "01"),
    (collections.OrderedDict(tags="odd"), "135"),
]


@pytest.mark.parametrize("where, keys", FILTERS, ids=[str(row[0]) for row in FILTERS])
def test_a_filter_means_the_same_everywhere(notes: mnemic.Scope, where: mnemic.Where, keys: str) -> None:
    assert notes.count(where) == len(keys)
    assert "".join(memory.key for memory in notes.list(where=where, order="created")) == keys
    assert "".join(sorted(hit.memory.key for hit in notes.recall("ferry umbrella", where=where))) == keys
    assert len(notes.forget(where=where, dry_run=True)) == len(keys)
    assert notes.narrow(where=where).count() == len(keys)


def test_keyword_fields_are_compared_besides_the_filter(notes: mnemic.Scope) -> None:
    where = {"metadata.trip.n": {"$gte": 2}}
    assert notes.count(where, tags="odd") == notes.count(tags="odd", **{"metadata.trip.n": 3}) + 1 == 2
    assert {hit.memory.key for hit in notes.recall("ferry", where=where, tags="odd")} == {"3", "5"}
    assert [memory.key for memory in notes.list(key="u")] == ["u"]


def test_options_of_recall_do_what_they_say(notes: mnemic.Scope) -> None:
    plain = {hit.memory.key: hit.score for hit in notes.recall("ferry leaves", k=6)}
    assert {hit.parts.importance for hit in notes.recall("ferry", importance_boost=0)} == {1.0}
    recent = notes.recall("ferry leaves", k=6, recency_boost=1, recency_half_life=datetime.timedelta(days=1), importance_boost=0)
    assert [hit.memory.key for hit in recent] == list("012345") and recent[0].parts.recency == 2 and plain
    assert {hit.parts.vector for hit in notes.recall("ferry", vector_weight=0)} == {0.0}
    notes.episodes.record("the ferry sank")
    assert {hit.memory.layer for hit in notes.recall("ferry", layers=["episodic"])} == {mnemic.Layer.EPISODIC}
    quota = notes.recall(
        "the ferry leaves", k=3, per_layer=[{"layer": mnemic.Layer.EPISODIC, "at_least": 1}, {"layer": "semantic", "at_most": 1}],
    )
    assert sorted(hit.memory.layer for hit in quota) == ["episodic", "semantic"]


def test_facts_are_found_when_they_hold(ada: mnemic.Scope) -> None:
    ada.facts.assert_fact("Ada", "lives in", "Porto", since=MOMENT - 9 * DAY)
    ada.facts.assert_fact("Ada", "lives in", "Lisbon", since=MOMENT - DAY)
    (now,) = ada.recall("where does Ada live in")
    (then,) = ada.recall("where does Ada live in", valid_at=MOMENT - 5 * DAY)
    assert ("Lisbon" in now.text, "Porto" in then.text) == (True, True)
    assert now.holds is not None and (now.holds.since, now.holds.until) == (MOMENT - DAY, None)
    assert then.holds is not None and (then.holds.since, then.holds.until) == (MOMENT - 9 * DAY, MOMENT - DAY)


def test_as_of_answers_what_was_answered_then(ada: mnemic.Scope) -> None:
    note = ada.put("The harbour key is under the red buoy.")
    then = ada.recall("where is the harbour key")
    ada.update(note, text="The harbour key is with Ben.")
    ada.put("A second harbour key hangs in the kitchen.")
    (now, *_), past = ada.recall("where is the harbour key"), ada.recall("where is the harbour key", as_of=then.seq)
    assert [(h.memory.text, h.score) for h in past] == [(h.memory.text, h.score) for h in then]
    assert past.seq == then.seq and past[0].memory.seq_to is not None and now.memory.seq_to is None
    assert ada.why(note, "buoy", as_of=then.seq).matched and not ada.why(note, "buoy").matched
    with pytest.raises(mnemic.InvalidArgument, match="as_of"):
        ada.recall("key", as_of=10**6)


def test_a_context_is_fenced_numbered_and_within_its_budget(notes: mnemic.Scope) -> None:
    result = notes.recall("ferry", k=3, token_budget=1000)
    packed = result.pack()
    assert packed.text == result.context() and result.nonce in packed.text and "umbrella" in packed.text
    assert len(packed.cited) == 4 and packed.dropped == () and 0 < packed.tokens <= 1000
    small = result.pack(max_tokens=60, count_tokens=len)
    assert small.tokens == len(small.text) <= 60 and set(small.dropped) <= {*packed.cited} and small.dropped
    assert result.pack(max_tokens=0, count_tokens=len).tokens == len(result.context(max_tokens=0))
    assert notes.recall("ferry", where={"tags": "none"}).context() == ""


def test_why_tells_what_kept_a_memory_out(notes: mnemic.Scope) -> None:
    id = notes.get(key="1").id
    hit = notes.why(id, "ferry at 1")
    assert (hit.verdict, hit.rank) == (mnemic.Verdict.HIT, 1) and "ferri" in hit.terms and set(hit.matched) <= set(hit.terms)
    assert hit.parts.words > 0 and hit.score >= hit.cut and hit.to_dict()["verdict"] == "hit"
    verdicts = {
        mnemic.Verdict.BELOW_CUT: notes.why(id, "ferry at 3", k=1), mnemic.Verdict.FILTERED: notes.why(id, "ferry", tags="even"),
        mnemic.Verdict.QUOTA: notes.why(id, "ferry at 1", per_layer=[{"layer": "semantic", "at_most": 0}]),
    }
    assert {verdict: answer.verdict for verdict, answer in verdicts.items()} == {verdict: verdict for verdict in verdicts}
    notes.update(id, state="rejected")
    assert notes.why(id, "ferry").verdict == mnemic.Verdict.STATE


def test_a_batch_of_queries_answers_each_as_alone(notes: mnemic.Scope) -> None:
    texts = ["ferry at 3", "umbrella", "zzz"]
    batch = notes.recall_many(iter(texts), k=3, where={"pinned": False})
    alone = [notes.recall(text, k=3, where={"pinned": False}) for text in texts]
    assert len(batch) == 3 and [list(one.ids) for one in batch] == [list(one.ids) for one in alone]
    assert batch.ids.shape == batch.scores.shape == (3, 3)
    assert [list(row[row != ""]) for row in batch.ids] == [list(one.ids) for one in alone]
    assert batch[-1].searched == 6 and [len(one) for one in batch[0:2]] == [len(alone[0]), len(alone[1])]
    with pytest.raises(IndexError):
        batch[3]
    assert notes.recall_many([]).ids.shape == (0, 0)
    options: dict[str, Any] = {
        "k": 2, "token_budget": 40, "min_words": 0.1, "diversity": 0.3, "exact": True, "reranker": mnemic.rerankers.late_interaction(),
    }
    for text, one in zip(texts, notes.recall_many(texts, **options)):
        alone_again = notes.recall(text, **options)
        assert [(hit.id, hit.score) for hit in one] == [(hit.id, hit.score) for hit in alone_again]
        assert one.context() == alone_again.context()
    stopped = mnemic.CancelToken()
    stopped.cancel()
    assert all(one.dropped for one in notes.recall_many(texts, cancel=stopped))
    with pytest.raises(mnemic.InvalidArgument, match="min_words"):
        notes.recall_many(texts, min_words=2)


def parameters(call: Any, *left_out: str) -> dict[str, Any]:
    written = inspect.signature(call).parameters.items()
    return {name: (one.default, str(one.annotation)) for name, one in written if name not in left_out}


def test_why_takes_what_recall_takes() -> None:
    assert parameters(mnemic.Scope.why, "id") == parameters(mnemic.Scope.recall, "token_budget")


def test_recall_many_takes_what_recall_takes() -> None:
    assert parameters(mnemic.Scope.recall_many, "texts", "vectors", "space") == parameters(mnemic.Scope.recall, "text", "vector")
