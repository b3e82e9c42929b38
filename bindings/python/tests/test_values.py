# SPDX-License-Identifier: Apache-2.0
"""Single values on their way in and out: times, ids, JSON, enums."""

from __future__ import annotations

import collections
import copy
import datetime
import enum
import json
import pickle
import random
import types
from typing import Any
from zoneinfo import ZoneInfo

import mnemic
import numpy
import pandas
import pytest
from conftest import MOMENT

UTC = datetime.timezone.utc


def zone(**offset: float) -> datetime.timezone:
    return datetime.timezone(datetime.timedelta(**offset))


TIMES = {
    "first": datetime.datetime.min.replace(tzinfo=UTC), "last": datetime.datetime.max.replace(tzinfo=UTC),
    "first, far west": datetime.datetime.min.replace(tzinfo=zone(hours=-23)),
    "last, far east": datetime.datetime.max.replace(tzinfo=zone(hours=23)),
    "before 1970": datetime.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    "a leap day": datetime.datetime(2024, 2, 29, 12, tzinfo=UTC),
    "no leap day": datetime.datetime(1900, 3, 1, tzinfo=UTC), "before Gregory": datetime.datetime(4, 2, 29, tzinfo=UTC),
    "summer": datetime.datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Lisbon")),
    "winter": datetime.datetime(2026, 1, 1, tzinfo=ZoneInfo("Europe/Lisbon")),
    "the hour that comes twice": datetime.datetime(2026, 10, 25, 1, 30, tzinfo=ZoneInfo("Europe/Lisbon")),
    "and again": datetime.datetime(2026, 10, 25, 1, 30, tzinfo=ZoneInfo("Europe/Lisbon"), fold=1),
    "odd offset": datetime.datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=zone(hours=5, minutes=45, seconds=17, microseconds=3)),
    "of pandas": pandas.Timestamp("2026-05-08T13:56:00.123456", tz="Asia/Tokyo"),
}


@pytest.mark.parametrize("time", TIMES.values(), ids=TIMES)
def test_a_time_comes_back_equal_and_in_utc(ada: mnemic.Scope, time: datetime.datetime) -> None:
    back = ada.get(ada.put("x", event_time=time)).event_time
    assert back == time.astimezone(UTC) and back.tzinfo is UTC and type(back) is datetime.datetime
    assert ada.count({"event_time": time}) == ada.count({"event_time": {"$gte": time, "$lte": back}}) == 1


def test_any_time_comes_back_equal(ada: mnemic.Scope) -> None:
    chance = random.Random(1)
    first = datetime.datetime(2, 1, 1, tzinfo=UTC)
    seconds = (datetime.datetime(9998, 1, 1, tzinfo=UTC) - first).total_seconds()
    times = [
        (first + datetime.timedelta(seconds=chance.uniform(0, seconds))).astimezone(zone(minutes=chance.randint(-1439, 1439)))
        for _ in range(300)
    ]
    ids = ada.put_many([{"text": "x", "event_time": time} for time in times])
    assert [ada.get(id).event_time for id in ids] == times
    assert [memory.id for memory in ada.list(order="oldest")] == [id for _, id in sorted(zip(times, ids))]


def test_open_is_later_than_every_time(ada: mnemic.Scope) -> None:
    id = ada.put("x", event_time=MOMENT, event_end=mnemic.OPEN)
    assert ada.get(id).event_end is mnemic.OPEN and repr(mnemic.OPEN) == str(mnemic.OPEN) == "OPEN"
    assert ada.count({"event_end": {"$gt": datetime.datetime.max.replace(tzinfo=UTC)}}) == ada.count(
        {"event_end": mnemic.OPEN}
    ) == 1
    for single in (mnemic.OPEN, mnemic.UNSET):
        assert copy.deepcopy(single) is single and pickle.loads(pickle.dumps(single)) is single


class Level(enum.IntEnum):
    HIGH = 3


class Text(str):
    pass


JSONS: list[tuple[str, Any, Any]] = [
    ("null in a list", [None], [None]), ("false", False, False), ("zero", 0, 0), ("empty str", "", ""), ("empty list", [], []),
    ("empty dict", {}, {}),
    ("float", 1.0, 1.0), ("negative zero", -0.0, -0.0), ("tiny", 5e-324, 5e-324),
    ("huge", 1.7976931348623157e308, 1.7976931348623157e308),
    ("big int", 10**300, 10**300), ("negative big int", -(2**64), -(2**64)), ("tuple", (1, (2,)), [1, [2]]),
    ("text", "é\u2028\x00\x1f\"\\/", "é\u2028\x00\x1f\"\\/"),
    ("bool and int keys apart", {"a": True, "b": 1}, {"a": True, "b": 1}), ("int enum", Level.HIGH, 3),
    ("str enum", mnemic.Layer.SEMANTIC, "semantic"),
    ("str subclass", Text("x"), "x"), ("OPEN", {"end": mnemic.OPEN}, {"end": "open"}),
    ("mapping", types.MappingProxyType({"a": [1]}), {"a": [1]}),
    ("ordered", collections.OrderedDict(b=1, a=2), {"b": 1, "a": 2}), ("numpy float", numpy.float64(0.5), 0.5),
    ("numpy int", numpy.int64(-3), -3),
    ("numpy bool", numpy.bool_(True), True), ("numpy array", numpy.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
    ("numpy str", numpy.str_("x"), "x"),
    ("deep", json.loads("[" * 100 + "]" * 100), json.loads("[" * 100 + "]" * 100)),
]


@pytest.mark.parametrize("value, expected", [row[1:] for row in JSONS], ids=[row[0] for row in JSONS])
def test_content_is_any_json_value(ada: mnemic.Scope, value: Any, expected: Any) -> None:
    memory = ada.get(ada.put("x", content=value))
    assert json.dumps(memory.content) == json.dumps(expected)
    assert json.dumps(json.loads(memory.content_json)) == json.dumps(expected)


def some_json(chance: random.Random, depth: int) -> Any:
    kind = chance.randrange(8 if depth else 6)
    if kind == 0:
        return chance.choice([None, True, False])
    if kind == 1:
        return chance.randint(-(10 ** chance.randint(1, 40)), 10 ** chance.randint(1, 40))
    if kind in (2, 3):
        return chance.choice(
            [chance.random(), float(chance.randint(-9, 9)), chance.uniform(-1, 1) * 10.0 ** chance.randint(-300, 300)]
        )
    if kind in (4, 5):
        ranges = [(1, 0x2FF), (0x4E00, 0x9FFF), (0x1F600, 0x1F64F)]
        return "".join(chr(chance.randint(*chance.choice(ranges))) for _ in range(chance.randint(0, 9)))
    if kind == 6:
        return [some_json(chance, depth - 1) for _ in range(chance.randint(0, 5))]
    return {f"k{chance.randint(0, 99)}": some_json(chance, depth - 1) for _ in range(chance.randint(0, 5))}


def as_metadata(value: Any) -> Any:
    """Metadata is kept as values: an int beyond 64 bits becomes a float."""
    if isinstance(value, list):
        return [as_metadata(item) for item in value]
    if isinstance(value, dict):
        return {key: as_metadata(item) for key, item in value.items()}
    return float(value) if type(value) is int and not -(2**63) <= value < 2**63 else value


def test_any_json_comes_back_as_the_json_module_writes_it(ada: mnemic.Scope) -> None:
    chance = random.Random(2)
    values = [some_json(chance, 5) for _ in range(300)]
    ids = ada.put_many([{"text": "x", "content": value, "metadata": {"v": value}} for value in values])
    for id, value in zip(ids, values):
        memory = ada.get(id)
        assert json.dumps(memory.content) == json.dumps(value)
        assert json.dumps(memory.metadata["v"]) == json.dumps(as_metadata(value))


def test_json_text_keeps_its_bytes(ada: mnemic.Scope) -> None:
    text = '{"b": 1.50,  "a": [1e2, 1E+2, 100000000000000000000.0],\t"é": "\\u00e9"}'
    memory = ada.get(ada.put(content=mnemic.JsonText(text), metadata=mnemic.JsonText('{"n" : 1}')))
    assert (memory.content_json, memory.content, memory.metadata) == (text, json.loads(text), {"n": 1})
    assert ada.count({"metadata.n": 1}) == 1


PUBLIC = [getattr(mnemic, name) for name in mnemic.__all__]
ENUMS = [kind for kind in PUBLIC if isinstance(kind, type) and issubclass(kind, str) and issubclass(kind, enum.Enum)]


@pytest.mark.parametrize("kind", ENUMS, ids=lambda kind: kind.__name__)
def test_members_are_their_names(kind: Any) -> None:
    for member in kind:
        assert member == member.value == str(member) == f"{member}" == kind(member.value) and isinstance(member, str)
        assert hash(member) == hash(member.value) and json.dumps(member) == f'"{member.value}"'
        assert pickle.loads(pickle.dumps(member)) is member


def test_trust_compares_by_rank() -> None:
    Trust = mnemic.Trust
    assert sorted(Trust, reverse=True) == list(Trust)[::-1] and max(Trust) is Trust.OPERATOR
    assert Trust.USER > Trust.MODEL and Trust.USER > "model" and Trust.EXTERNAL <= "external" and not Trust.MODEL >= Trust.TOOL
    assert [trust.rank for trust in Trust] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError):
        Trust.USER > "nobody"  # noqa: B015


SETTABLE: list[tuple[str, Any, Any]] = [
    ("layer", mnemic.Layer, lambda ada, member: ada.get(ada.put("x", layer=member)).layer),
    ("trust", mnemic.Trust, lambda ada, member: ada.get(ada.put("x", trust=member)).trust),
    ("state", mnemic.State, lambda ada, member: ada.get(ada.put("x", state=member)).state),
    ("outcome", mnemic.Outcome, lambda ada, member: ada.episodes.get(ada.episodes.record("x", outcome=member)).outcome),
    ("kind", mnemic.FactKind, lambda ada,
     member: ada.facts.get(ada.facts.assert_fact("a", repr(member), "c", kind=member).id).kind),
    ("reach", mnemic.Reach, lambda ada, member: ada._store.scope("x", reach=member).options["reach"]),
    ("access", mnemic.Access, lambda ada, member: ada._store.scope("x", access=member).options["access"]),
]


@pytest.mark.parametrize("kind, round_trip", [row[1:] for row in SETTABLE], ids=[row[0] for row in SETTABLE])
def test_members_and_names_are_taken_and_members_come_back(ada: mnemic.Scope, kind: Any, round_trip: Any) -> None:
    for member in kind:
        assert round_trip(ada, member) is member
        assert round_trip(ada, str(member.value)) is member


def test_numbers_are_taken_from_numpy(ada: mnemic.Scope) -> None:
    memory = ada.get(ada.put("x", importance=numpy.float32(0.25), strength=numpy.int8(1)))
    assert (memory.importance, memory.strength) == (0.25, 1.0) and type(memory.importance) is float
    assert len(ada.recall("x", k=numpy.int32(1))) == 1


def test_lists_are_any_iterable_of_items(ada: mnemic.Scope) -> None:
    for tags in (["a", "b"], ("a", "b"), iter(["a", "b"]), {"a": 1, "b": 2}.keys(), numpy.array(["a", "b"])):
        assert ada.get(ada.put("x", tags=tags)).tags == ("a", "b")
