# SPDX-License-Identifier: Apache-2.0
"""Shaping of recall: every option reaches the library, planners and cancel tokens of Python's."""

from __future__ import annotations

import datetime
import threading
from typing import Any

import mnemic
import pytest
from conftest import MOMENT

DAY = datetime.timedelta(days=1)


@pytest.fixture
def tea(ada: mnemic.Scope) -> mnemic.Scope:
    for n, text in enumerate(["green tea in the kitchen", "green tea in the kitchen!", "tea on the train", "a violin"]):
        ada.put(text, key=str(n), event_time=MOMENT - n * 10 * DAY)
    return ada


def keys(result: mnemic.RecallResult) -> list[str]:
    return [hit.memory.key for hit in result]


def test_by_default_there_is_one_pass_and_nothing_left_out(tea: mnemic.Scope) -> None:
    result = tea.recall("tea")
    assert [one.text for one in result.plan] == ["tea"] and result.plan[0].new_hits == len(result)
    assert result.dropped == () and result.window is None
    assert result[0].parts.window == 1 and result[0].parts.passes == 0


def test_least_scores(tea: mnemic.Scope) -> None:
    scores = tea.recall("green tea").scores
    assert len(tea.recall("green tea", min_score=float(scores[1]))) == 2
    strict = tea.recall("green tea", min_words=0.9, min_vector=1.0, vector_weight=0.0)
    assert "2" not in keys(strict)
    note = tea.get(key="2").id
    assert tea.why(note, "green tea", min_score=float(scores[1])).verdict is mnemic.Verdict.BELOW_MINIMUM


def test_diversity(tea: mnemic.Scope) -> None:
    assert keys(tea.recall("green tea", k=2)) == ["0", "1"] and keys(tea.recall("green tea", k=2, diversity=0.7)) == ["0", "2"]
    assert tea.why(tea.get(key="1").id, "green tea", k=2, diversity=0.7).verdict is mnemic.Verdict.DISPLACED


def test_a_window(tea: mnemic.Scope) -> None:
    window = (MOMENT - 20 * DAY, MOMENT - 19 * DAY)
    result = tea.recall("tea", window=window, window_boost=1, exact=True, time_expressions=False, reference_time=MOMENT)
    assert result.window is not None and (result.window.begin, result.window.end, result.window.words) == (*window, "")
    factor = {hit.memory.key: hit.parts.window for hit in result}
    assert factor["2"] == 2 and factor["0"] < factor["1"] < 2
    assert tea.recall("tea", window=result.window, window_boost=1)[0].parts.window == result[0].parts.window


def test_a_planner(tea: mnemic.Scope) -> None:
    seen: list[Any] = []

    class Violins:
        def plan(self, text: str, hits: list[mnemic.Hit], made: list[mnemic.Pass]) -> list[mnemic.PassFields] | None:
            seen.append((text, [hit.memory.key for hit in hits], [one.why for one in made]))
            tea.count()  # the store is free meanwhile
            if len(made) > 1:
                return None
            return [{"why": "more", "text": "violin", "layers": ["semantic"], "where": {"key": "3"}, "window": (MOMENT, mnemic.OPEN)}]

    result = tea.recall("train", k=4, depth="multi", planner=Violins())
    assert "3" in keys(result) and [one.why for one in result.plan] == ["the query", "more"]
    added = result.plan[1]
    assert (added.text, added.layers, added.where) == ("violin", (mnemic.Layer.SEMANTIC,), {"key": {"$eq": "3"}})
    assert added.window is not None and added.window.end is mnemic.OPEN and added.to_dict()["text"] == "violin"
    assert seen[0][0] == "train" and seen[0][2] == ["the query"] and len(seen) == 2
    assert tea.recall("green tea", depth=mnemic.Depth.MULTI, max_passes=1).plan[1].new_hits >= 0


def test_what_a_planner_raises_or_gives_wrongly(tea: mnemic.Scope) -> None:
    class Planner:
        answer: Any = None

        def plan(self, text: str, hits: Any, made: Any) -> Any:
            if isinstance(self.answer, BaseException):
                raise self.answer
            return self.answer

    planner = Planner()

    def ask() -> mnemic.RecallResult:
        return tea.recall("tea", depth="multi", planner=planner)

    planner.answer = KeyError("mine")
    with pytest.raises(KeyError, match="mine"):
        ask()
    for answer in (3, [3], [{"text": 3}], [{"words": "x"}], [{"window": 3}]):
        planner.answer = answer
        with pytest.raises(TypeError, match="planner"):
            ask()
    for bad, named in (({"window": (MOMENT, MOMENT)}, "window"), ({"where": {"nothing": 1}}, "nothing"), ({"layers": ["no"]}, "layer")):
        planner.answer = [bad]
        with pytest.raises(mnemic.InvalidArgument, match=named):
            ask()
    with pytest.raises(TypeError, match="planner"):
        tea.recall("tea", depth="multi", planner=3)  # type: ignore[arg-type]


def test_a_deadline_and_a_token(tea: mnemic.Scope) -> None:
    token = mnemic.CancelToken()
    assert not token.cancelled and repr(token) == "<CancelToken>"
    assert tea.recall("tea", deadline=60, cancel=token).dropped == ()
    assert tea.recall("tea", deadline=datetime.timedelta(minutes=1)).dropped == ()

    class Cancelling:
        def plan(self, text: str, hits: Any, made: Any) -> list[mnemic.PassFields]:
            thread = threading.Thread(target=token.cancel)
            thread.start()
            thread.join()
            return [{"text": "violin"}]

    assert tea.recall("tea", depth="multi", planner=Cancelling(), cancel=token).dropped == (mnemic.Stage.PASSES,)
    assert token.cancelled
    result = tea.recall("tea", diversity=0.5, depth="multi", reranker=mnemic.rerankers.late_interaction(), cancel=token)
    assert result.dropped == tuple(mnemic.Stage) and len(result) > 0


@pytest.mark.parametrize("name, value", [
    ("min_score", -1.0), ("min_words", 2.0), ("min_vector", -0.1), ("diversity", 1.5), ("window_boost", 2.0), ("depth", "deep"),
    ("max_passes", 33), ("deadline", 0), ("deadline", -1.0), ("window", (MOMENT, MOMENT)), ("window", (MOMENT,)),
    ("rerank_top", 0), ("rerank_top", -1), ("rerank_top", 10_001), ("rerank_batch", 0), ("rerank_budget", 0),
    ("rerank_budget", -1.0), ("rerank_weight", 1.5), ("rerank_weight", float("nan")),
])
def test_values_that_cannot_be(tea: mnemic.Scope, name: str, value: Any) -> None:
    with pytest.raises(mnemic.InvalidArgument, match=name):
        tea.recall("tea", **{name: value})
    with pytest.raises(mnemic.InvalidArgument, match=name):
        tea.why(tea.get(key="0").id, "tea", **{name: value})


@pytest.mark.parametrize("name, value", [
    ("exact", 1), ("min_score", "x"), ("window", 3), ("time_expressions", 1), ("reference_time", "today"), ("depth", 2),
    ("max_passes", 1.5), ("deadline", "5ms"), ("cancel", threading.Event()), ("neighbours", 1), ("reranker", 3), ("reranker", len),
    ("rerank_top", 1.5), ("rerank_batch", "20"), ("rerank_budget", "5ms"), ("rerank_weight", "x"),
])
def test_types_that_cannot_be(tea: mnemic.Scope, name: str, value: Any) -> None:
    with pytest.raises(TypeError, match=name):
        tea.recall("tea", **{name: value})
