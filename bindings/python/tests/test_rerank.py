# SPDX-License-Identifier: Apache-2.0
"""Passages of long texts, what turns lend each other, and the second look at the first few: rerankers of Python's and our own."""

from __future__ import annotations

import asyncio
import datetime
import gc
import math
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import mnemic
import mnemic.aio
import numpy
import pytest
from mnemic import rerankers

LONG = 60.0  # seconds: a budget that is never over


class Scores:
    """A reranker: what it is asked is kept, what it answers is made by a function."""

    def __init__(self, answer: Callable[[list[str]], Any]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, list[str]]] = []

    def score(self, query: str, texts: list[str]) -> Any:
        self.asked.append((query, texts))
        return self.answer(texts)


class Letters:
    """An embedder that counts letters."""

    space = mnemic.EmbeddingSpace("letters", "1", dimension=128)

    def __init__(self) -> None:
        self.calls: list[tuple[list[str], mnemic.EmbedKind]] = []

    def embed(self, texts: list[str], kind: mnemic.EmbedKind) -> Any:
        self.calls.append((texts, kind))
        rows = numpy.zeros((len(texts), 128), dtype=numpy.float32)
        for row, text in zip(rows, texts):
            for letter in text.lower():
                row[ord(letter) % 128] += 1
        return rows


@pytest.fixture
def tea(ada: mnemic.Scope) -> mnemic.Scope:
    ada.put_many(["green tea in the kitchen", "green tea", "tea on the train", "a train of thought"])
    return ada


def texts(result: mnemic.RecallResult) -> list[str]:
    return [hit.text for hit in result]


# Passages.


def test_a_sentence_in_the_middle_of_a_long_text_is_found_with_its_passage(ada: mnemic.Scope) -> None:
    day = "Day {}: rain in Évora, a bowl of soup, and a slow walk to the harbour and back. "
    needle = "The spare key to the boathouse hangs behind the blue São João poster."
    half = "".join(day.format(n) for n in range(1250))
    text = f"{half}{needle} {half}"
    assert len(text.encode()) > 200_000
    diary = ada.put(text)
    ada.put("A key is a key")
    result = ada.recall("where is the spare key to the boathouse?")
    hit = next(hit for hit in result if hit.id == diary)
    passage = hit.passage
    assert passage is not None and needle in passage.text and 0 < passage.end - passage.begin <= 300
    assert text.encode()[passage.begin : passage.end].decode() == passage.text != text[passage.begin : passage.end]
    assert hit.to_dict()["passage"] == {"begin": passage.begin, "end": passage.end, "text": passage.text}
    assert repr(passage) == f"<Passage of bytes {passage.begin} to {passage.end}>"
    assert needle in result.context() and len(result.context()) < 3000
    assert [other.passage for other in result if other.id != diary] == [None]


def test_a_text_of_300_bytes_has_no_passage(ada: mnemic.Scope) -> None:
    ada.put("ferry " * 50)
    ada.put("ferry " * 50 + "!")
    passages = {len(hit.text): hit.passage for hit in ada.recall("ferry")}
    assert passages[300] is None and passages[301] is not None


def test_a_passage_outlives_its_result(ada: mnemic.Scope) -> None:
    ada.put("A long walk. " * 60)
    passage = ada.recall("walk")[0].passage
    gc.collect()
    assert passage is not None and "A long walk." in passage.text


# Turns of a session.


def test_neighbours_lend_nothing_when_told_so(ada: mnemic.Scope) -> None:
    talk = ada.session("s")
    ids = talk.append([mnemic.Turn("user", text) for text in ("Where is the spare key?", "Under the flowerpot.", "Thank you!")])
    with_them, without = (
        {hit.id: hit for hit in ada.recall("spare key", neighbours=neighbours)} for neighbours in (True, False)
    )
    answer = with_them[ids[1]]
    assert answer.parts.neighbours > 0 and (ids[1] not in without or without[ids[1]].score < answer.score)
    assert {hit.parts.neighbours for hit in without.values()} == {0.0} and ids[0] in without
    assert ada.why(ids[1], "spare key", neighbours=False).parts.neighbours == 0 < ada.why(ids[1], "spare key").parts.neighbours


# A reranker in Python.


def test_a_reranker_turns_the_order_round(tea: mnemic.Scope) -> None:
    before = tea.recall("green tea")
    reranker = Scores(lambda texts: range(len(texts)))
    after = tea.recall("green tea", reranker=reranker, rerank_weight=1.0, rerank_budget=datetime.timedelta(minutes=1))
    assert texts(after) == texts(before)[::-1] and len(after) > 2
    assert reranker.asked == [("green tea", texts(before))]
    assert [hit.parts.rerank for hit in after] == [float(n) for n in reversed(range(len(after)))]
    assert (after[0].score, after[-1].score) == pytest.approx((before[0].score, before[-1].score))
    assert after.dropped == () and after[0].parts.to_dict()["rerank"] == len(after) - 1
    assert {hit.parts.rerank for hit in before} == {None} and "rerank" not in before[0].parts.to_dict()
    worst = after[0].id
    assert tea.why(worst, "green tea", reranker=reranker, rerank_weight=1.0, rerank_budget=LONG).rank == 1
    assert tea.why(worst, "green tea").rank == len(before)


def test_a_weight_is_a_share_of_the_score(tea: mnemic.Scope) -> None:
    before = {hit.id: hit.score for hit in tea.recall("green tea")}
    after = tea.recall("green tea", reranker=Scores(lambda texts: range(len(texts))), rerank_weight=0.5, rerank_budget=LONG)
    low, high = min(before.values()), max(before.values())
    for hit in after:
        assert hit.parts.rerank is not None
        spread = low + (high - low) * hit.parts.rerank / (len(before) - 1)
        assert hit.score == pytest.approx((before[hit.id] + spread) / 2)


@pytest.mark.parametrize("answer", [
    lambda texts: [1] * len(texts), lambda texts: numpy.ones(len(texts), "f4"), lambda texts: map(len, "a" * len(texts)),
])
def test_one_number_for_all_leaves_the_ranking_as_it_is(tea: mnemic.Scope, answer: Any) -> None:
    reranked = tea.recall("green tea", reranker=Scores(answer), rerank_weight=1.0, rerank_budget=LONG)
    assert texts(reranked) == texts(tea.recall("green tea")) and {hit.parts.rerank for hit in reranked} == {1.0}


def test_top_and_batch(tea: mnemic.Scope) -> None:
    before = texts(tea.recall("green tea of thought"))
    assert len(before) == 4
    reranker = Scores(lambda texts: [10 * len(reranker.asked) - n for n in range(len(texts))])
    after = tea.recall(
        "green tea of thought", reranker=reranker, rerank_top=3, rerank_batch=2, rerank_weight=1.0, rerank_budget=LONG,
    )
    assert [len(asked) for _, asked in reranker.asked] == [2, 1]
    assert texts(after) == [before[2], *before[:2], *before[3:]] and [hit.parts.rerank for hit in after][3:] == [None]
    few = Scores(lambda texts: range(len(texts)))
    best = tea.recall("green tea of thought", k=1, reranker=few, rerank_top=2, rerank_weight=1.0, rerank_budget=LONG)
    assert texts(best) == [before[1]]


def test_it_sees_passages_of_long_texts(ada: mnemic.Scope) -> None:
    ada.put("Rain again. " * 100 + "The ferry was late. " + "Rain again. " * 100)
    reranker = Scores(lambda texts: [0] * len(texts))
    result = ada.recall("was the ferry late?", reranker=reranker, rerank_budget=LONG)
    assert result[0].passage is not None and reranker.asked[0][1] == [result[0].passage.text]


def test_without_a_text_it_is_not_asked(tea: mnemic.Scope) -> None:
    reranker = Scores(lambda texts: 1 / 0)
    assert len(tea.recall(vector=mnemic.default_embedder().embed(["tea"])[0], reranker=reranker)) > 0 and reranker.asked == []


def test_it_may_use_the_store_and_other_threads_run(tea: mnemic.Scope) -> None:
    counted: list[int] = []

    def answer(texts: list[str]) -> list[int]:
        thread = threading.Thread(target=lambda: counted.append(tea.count()))
        thread.start()
        thread.join(LONG)
        return [len(tea.recall(text)) for text in texts]

    assert len(tea.recall("tea", reranker=Scores(answer), rerank_budget=LONG)) > 0 and counted == [4]


class Interrupt(BaseException):
    """As KeyboardInterrupt: no Exception."""


@pytest.mark.parametrize(
    "error", [KeyError("mine"), mnemic.Busy("later"), mnemic.IoError("gone"), KeyboardInterrupt(), Interrupt()],
)
def test_what_it_raises_is_raised_as_the_same_object(tea: mnemic.Scope, error: BaseException) -> None:
    def fail(texts: list[str]) -> Any:
        raise error

    note = next(iter(tea.list())).id
    for call in (lambda one: tea.recall("tea", reranker=one), lambda one: tea.why(note, "tea", reranker=one)):
        with pytest.raises(type(error)) as caught:
            call(Scores(fail))
        assert caught.value is error
    assert len(tea.recall("tea")) > 0  # nothing is left behind


WRONG_ANSWERS: list[tuple[str, Any, type[Exception], str]] = [
    ("None", None, TypeError, "reranker: its answer: a list is due, not None"),
    ("one number", 0.5, TypeError, "reranker: its answer: a list is due, not float"),
    ("str", "abcd", TypeError, "reranker: its answer: a list is due, not str"),
    ("texts", ["x"] * 4, TypeError, r"reranker: its answer\[0\]: a number is due, not str"),
    ("bools", [0.5, True], TypeError, r"reranker: its answer\[1\]: a number is due, not bool"),
    ("none", [], mnemic.InvalidArgument, "recall: reranker: 0 scores for 4 texts"),
    ("one too few", [1, 2, 3], mnemic.InvalidArgument, "recall: reranker: 3 scores for 4 texts"),
    ("one too many", [1] * 5, mnemic.InvalidArgument, "recall: reranker: 5 scores for 4 texts"),
    ("NaN", [1, 2, 3, math.nan], mnemic.InvalidArgument, "recall: reranker: gave a score that is not finite"),
    ("infinite", numpy.array([1, 2, 3, math.inf]), mnemic.InvalidArgument, "recall: reranker: gave a score that is not finite"),
    ("huge", [10**400] * 4, mnemic.InvalidArgument, r"reranker: its answer\[0\]: too large a number"),
]


@pytest.mark.parametrize("answer, kind, message", [row[1:] for row in WRONG_ANSWERS], ids=[row[0] for row in WRONG_ANSWERS])
def test_a_wrong_answer_names_it(tea: mnemic.Scope, answer: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        tea.recall("green tea train", k=4, reranker=Scores(lambda texts: answer), rerank_budget=LONG)


def test_what_is_no_reranker_is_refused(tea: mnemic.Scope) -> None:
    class Broken:
        score = 3

    with pytest.raises(TypeError, match=r"^reranker: an object with score\(\) is due, not int$"):
        tea.recall("tea", reranker=3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="reranker.score: something to call is due, not int"):
        tea.recall("tea", reranker=Broken())  # type: ignore[arg-type]


def test_when_its_time_is_over_the_rest_stays(tea: mnemic.Scope) -> None:
    def slowly(texts: list[str]) -> list[int]:
        end = time.monotonic() + 0.06
        while time.monotonic() < end:
            pass
        return [0] * len(texts)

    reranker = Scores(slowly)
    result = tea.recall("green tea", reranker=reranker, rerank_batch=1, rerank_budget=0.05)
    assert result.dropped == (mnemic.Stage.RERANK,) and len(reranker.asked) <= 1
    assert texts(result) == texts(tea.recall("green tea"))


def test_a_cancelled_recall_asks_it_no_further(tea: mnemic.Scope) -> None:
    token = mnemic.CancelToken()

    def cancel(texts: list[str]) -> list[int]:
        token.cancel()
        return [0] * len(texts)

    reranker = Scores(cancel)
    result = tea.recall("green tea", reranker=reranker, rerank_batch=2, rerank_budget=LONG, cancel=token)
    assert result.dropped == (mnemic.Stage.RERANK,) and len(reranker.asked) == 1
    assert [hit.parts.rerank for hit in result] == [0.0, 0.0, *[None] * (len(result) - 2)]


def test_a_reranker_is_awaited() -> None:
    async def agent() -> None:
        async with mnemic.aio.open(":memory:") as store:
            ada = store.scope("ada")
            await ada.put_many(["green tea", "tea"])
            reranker = Scores(lambda texts: range(len(texts)))
            result = await ada.recall("green tea", reranker=reranker, rerank_weight=1.0, rerank_budget=LONG, neighbours=False)
            assert texts(result) == ["tea", "green tea"]

    asyncio.run(agent())


# Our own.


def test_late_interaction() -> None:
    reranker = rerankers.late_interaction()
    assert isinstance(reranker, mnemic.NativeReranker) and repr(reranker) == "<NativeReranker>"
    given = ["A train to the coast!", "railway by the sea", "tax report", ""]
    same, near, far, none = reranker.score("a train to the coast", given)
    assert same == pytest.approx(1) and 1 > near > far > none == 0
    assert reranker.score("", ["x"]) == [0] and reranker.score("x", []) == []
    assert reranker.score("train", ("train", "boat")) == reranker.score("train", ["train", "boat"])


def test_late_interaction_in_a_recall(tea: mnemic.Scope) -> None:
    reranker = rerankers.late_interaction()
    result = tea.recall("the railway", k=4, reranker=reranker, rerank_weight=1.0, rerank_budget=LONG)
    assert [hit.parts.rerank for hit in result] == sorted(reranker.score("the railway", texts(result)), reverse=True)
    assert result.dropped == () and "train" in result[0].text


def test_by_an_embedder_in_python(tea: mnemic.Scope) -> None:
    letters = Letters()
    reranker = rerankers.by_embedding(letters)
    query, rows = (letters.embed(texts, mnemic.EmbedKind.PASSAGE) for texts in (["abc"], ["cab", "abcd", "xyz", ""]))
    lengths = numpy.maximum(numpy.linalg.norm(rows, axis=1), 1) * numpy.linalg.norm(query)
    assert reranker.score("abc", ["cab", "abcd", "xyz", ""]) == pytest.approx((rows @ query[0] / lengths).tolist())
    letters.calls.clear()
    result = tea.recall("green tea", reranker=reranker, rerank_batch=3, rerank_budget=LONG)
    assert sum(len(texts) for texts, kind in letters.calls if kind is mnemic.EmbedKind.PASSAGE) == len(result)
    assert letters.calls[0] == (["green tea"], mnemic.EmbedKind.QUERY) and result[0].parts.rerank == pytest.approx(1)


def test_by_an_embedder_of_ours(tea: mnemic.Scope) -> None:
    embedder = mnemic.hashed_embedder()
    query, row = embedder.embed(["a train"], "query")[0], embedder.embed(["train of thought"])[0]
    reranker = rerankers.by_embedding(embedder)
    assert reranker.score("a train", ["train of thought"]) == pytest.approx([float(query @ row)], abs=1e-5)
    assert tea.recall("tea", reranker=reranker, rerank_budget=LONG)[0].parts.rerank is not None


def test_what_its_embedder_raises_is_raised_as_the_same_object(tea: mnemic.Scope) -> None:
    error = LookupError("no model")

    class Failing(Letters):
        def embed(self, texts: list[str], kind: mnemic.EmbedKind) -> Any:
            raise error

    reranker = rerankers.by_embedding(Failing())
    for call in (lambda: reranker.score("x", ["y"]), lambda: tea.recall("tea", reranker=reranker)):
        with pytest.raises(LookupError) as caught:
            call()
        assert caught.value is error
    assert reranker.score("x", []) == []


def test_a_value_of_its_embedder_that_is_not_finite(tea: mnemic.Scope) -> None:
    class NaN(Letters):
        def embed(self, texts: list[str], kind: mnemic.EmbedKind) -> Any:
            return numpy.full((len(texts), 128), math.nan)

    with pytest.raises(mnemic.InvalidArgument, match="reranker: gave a score that is not finite"):
        tea.recall("tea", reranker=rerankers.by_embedding(NaN()))


@pytest.mark.parametrize("embedder", [None, "default", 3, len, rerankers.by_embedding(Letters())])
def test_what_is_no_embedder_is_refused(embedder: Any) -> None:
    with pytest.raises(TypeError, match=r"^embedder: an object with space and embed\(\) is due, not "):
        rerankers.by_embedding(embedder)


@pytest.mark.parametrize("query, texts, message", [
    (3, ["x"], "query: str is due, not int"), ("x", "abc", "texts: a list is due, not str"),
    ("x", [None], r"texts\[0\]: str is due, not None"),
])
def test_what_cannot_be_scored_is_named(query: Any, texts: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        rerankers.late_interaction().score(query, texts)


def test_a_reranker_that_its_embedder_holds_is_collected() -> None:
    class Agent(Letters):
        def __init__(self) -> None:
            super().__init__()
            self.reranker = rerankers.by_embedding(self)

    agent = Agent()
    gone = weakref.ref(agent)
    gc.collect()
    assert agent.reranker.score("a", ["a"]) == pytest.approx([1])
    del agent
    gc.collect()
    assert gone() is None


def test_a_reranker_keeps_its_embedder() -> None:
    reranker = rerankers.by_embedding(Letters())
    gc.collect()
    assert reranker.score("a", ["a"]) == pytest.approx([1])
