# SPDX-License-Identifier: Apache-2.0
"""Conversations: chat messages in the OpenAI form come back as they were given."""

from __future__ import annotations

import json
import types
from typing import Any

import mnemic
import numpy
import pytest
from conftest import MOMENT, StillClock

MESSAGES: list[tuple[str, Any]] = [
    ("text", {"role": "user", "content": "Which seat?"}),
    ("tool call", {
        "role": "assistant", "content": None,
        "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "find", "arguments": '{"n": 1.0, "x":  2}'}}],
    }),
    ("tool answer", {"role": "tool", "tool_call_id": "call_1", "content": '{"ok":true}'}),
    ("image part", {"role": "user", "content": [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"}},
    ]}),
    ("floats", {"role": "user", "content": "x", "logprobs": [1.0, -0.0, 1e22, 1e-7, 0.1, 1.7976931348623157e308, 5e-324]}),
    ("integers beyond 64 bit", {"role": "user", "content": "x", "seed": [2**64, -(2**63), 10**300, 2**53 + 1]}),
    ("numbers that are not bools", {"role": "user", "content": "x", "n": [True, 1, False, 0, None]}),
    ("order of keys", {"zebra": 1, "role": "user", "b": {"y": 1, "a": 2}, "content": "x", "": 0}),
    ("unicode", {"role": "user", "content": "naïve 日本語 😀 \u2028 \x7f \x00 \" \\ \n\r\t\b\f /"}),
    ("own role", {"role": "critic", "name": "böb", "content": "no"}),
    ("nothing to say", {"role": "assistant", "content": ""}),
    ("a member called content of any kind", {"role": "user", "content": {"free": [[], {}]}}),
]


def text_of(message: Any) -> str:
    """Every difference shows: the order of keys, 1 and 1.0, True and 1."""
    return json.dumps(message, ensure_ascii=False)


@pytest.mark.parametrize("message", [row[1] for row in MESSAGES], ids=[row[0] for row in MESSAGES])
def test_a_message_comes_back_byte_for_byte(ada: mnemic.Scope, message: Any) -> None:
    session = ada.session("s")
    id = session.append(message)
    assert [text_of(back) for back in session.messages()] == [text_of(message)]
    assert ada.get(id).author == message["role"]


def test_a_whole_conversation_comes_back_in_one_piece(ada: mnemic.Scope) -> None:
    session = ada.session("s")
    messages = [message for _, message in MESSAGES]
    ids = session.append(iter(messages))
    assert text_of(session.messages(max_tokens=10**6)) == text_of(messages)
    assert len(session) == len(ids) == len(messages)
    assert [ada.get(id).turn for id in ids] == list(range(len(ids)))


@pytest.mark.parametrize("text", [
    '{"role":"user","content":"x"}', ' { "content" : "x",\n\t"role" : "user" } ',
    '{"role":"user","n":1.50e+01,"n":2,"content":"\\u0078\\/"}',
    '{"role":"user","content":"x","n":-0,"m":1E5,"k":123456789012345678901234567890.10}',
])
def test_json_text_is_kept_byte_for_byte(ada: mnemic.Scope, text: str) -> None:
    id = ada.session("s").append(mnemic.JsonText(text))
    memory = ada.get(id)
    assert (memory.content_json, memory.text) == (text, json.loads(text)["content"])
    assert memory.content == json.loads(text)


def test_the_role_says_the_trust_and_the_text_parts_are_indexed(ada: mnemic.Scope) -> None:
    session = ada.session("s")
    turns = [ada.get(id) for id in session.append([message for _, message in MESSAGES[:4]])]
    assert [turn.trust for turn in turns] == [mnemic.Trust.USER, mnemic.Trust.MODEL, mnemic.Trust.TOOL, mnemic.Trust.USER]
    assert [turn.text for turn in turns] == ["Which seat?", "", '{"ok":true}', "What is this?"]
    assert {turn.layer for turn in turns} == {mnemic.Layer.CONVERSATIONAL} and {turn.session for turn in turns} == {"s"}


def test_a_message_is_any_mapping(ada: mnemic.Scope) -> None:
    session = ada.session("s")
    session.append(types.MappingProxyType({"role": "user", "content": "x"}))
    assert session.messages() == [{"role": "user", "content": "x"}]


def test_a_turn_says_more_than_a_message(ada: mnemic.Scope) -> None:
    session = ada.session("s")
    vector = numpy.arange(1, 3, dtype=numpy.float32)
    turn = mnemic.Turn(
        "Ben", "hello", content={"a": 1}, event_time=MOMENT, trust="tool", vectors={"v": vector}, metadata={"n": 1}, key="m1",
    )
    id = session.append(turn)
    memory = ada.get(id, vectors=True)
    assert (memory.author, memory.text, memory.content, memory.event_time, memory.key) == ("Ben", "hello", {"a": 1}, MOMENT, "m1")
    assert memory.trust == mnemic.Trust.TOOL and memory.metadata == {"n": 1} and set(memory.vectors) == {"mnemic-static", "v"}
    assert session.messages() == [{"role": "Ben", "content": "hello"}]
    assert session.append([turn]) == [id] and len(session) == 1  # the same key again
    with pytest.raises(mnemic.AlreadyExists):
        ada.session("other").append(turn)


def test_a_window_holds_the_newest_turns_that_fit(open_store: Any) -> None:
    session = open_store(token_counter=len).scope("ada").session("s")
    session.append([{"role": "user", "content": str(n) * 10} for n in range(5)])
    assert [turn.text[0] for turn in session.window(max_tokens=25)] == ["3", "4"]
    assert [turn.text[0] for turn in session.window(max_tokens=0)] == ["4"]
    assert [turn.text[0] for turn in session.window(max_turns=3)] == ["2", "3", "4"]


def test_pop_takes_the_newest_turns_back(ada: mnemic.Scope) -> None:
    session = ada.session("s")
    assert session.pop() == []
    session.append([{"role": "user", "content": str(n)} for n in range(3)])
    assert [turn.text for turn in session.pop(2)] == ["1", "2"]
    assert len(session) == 1 and [turn.text for turn in session.pop(5)] == ["0"]
    assert len(session) == 0 and session.append([]) == []


def test_sessions_are_listed_the_latest_first(ada: mnemic.Scope, clock: StillClock) -> None:
    assert ada.sessions() == []
    ada.session("a").append({"role": "user", "content": "x"})
    later = clock.forward(hours=1)
    ada.session("b").append([{"role": "user", "content": "x"}, {"role": "user", "content": "y"}])
    assert [(info.id, info.turns, info.first, info.last) for info in ada.sessions()] == [
        ("b", 2, later, later), ("a", 1, MOMENT, MOMENT),
    ]


def test_a_session_is_a_handle(ada: mnemic.Scope) -> None:
    session = ada.session("s")
    assert bool(session) and len(session) == 0 and session.id == "s" and repr(session) == "<Session 's'>"
    assert ada.sessions() == []
