# SPDX-License-Identifier: Apache-2.0
"""Records as tables. Columns are the fields of ``to_dict`` that hold one value; the memory inside an episode, fact or skill
gives its own, and what is nested (content, metadata) becomes JSON text, so that every column has one type."""

from __future__ import annotations

import datetime
import enum
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mnemic import _core
from mnemic.enums import Open

if TYPE_CHECKING:
    import pandas
    import pyarrow

_MEMORY = (
    "id", "namespace", "key", "layer", "text", "content", "user", "agent", "session", "author", "turn", "event_time",
    "event_end", "time_zone", "created_at", "updated_at", "expires_at", "importance", "strength", "pinned", "trust", "state",
    "tags", "metadata", "version", "seq_from", "seq_to",
)
_EPISODE = ("who", "why", "outcome", "day", "start", "end")
_FACT = ("subject", "attribute", "value", "kind", "since", "until")
_SKILL = ("name", "goal", "runs", "successes", "failures", "mean_duration", "confidence")
_RELATED = ("source", "type", "target")
_OWN: dict[type[Any], tuple[str, ...]] = {_core.Episode: _EPISODE, _core.Fact: _FACT, _core.Skill: _SKILL, _core.Related: _RELATED}

_TIMES = ("event_time", "event_end", "created_at", "updated_at", "expires_at", "start", "end", "since", "until")
_INTEGERS = ("turn", "version", "seq_from", "seq_to", "runs", "successes", "failures")
_LISTS = ("tags", "who", "namespace")


def _value(record: Any, name: str) -> Any:
    if name in ("since", "until"):
        value = getattr(record.holds, name)
    elif name in _RELATED:
        value = getattr(record.relation, name)
    elif name == "content":
        return None if record.content is None else record.content_json
    elif name == "metadata":
        return None if record.metadata is None else json.dumps(record.metadata, ensure_ascii=False)
    else:
        value = getattr(record, name)
    if isinstance(value, Open):
        return None  # no table has a time later than all others: see the column "open"
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    return value


def _columns(records: Iterable[Any], kind: type[Any]) -> dict[str, list[Any]]:
    own = _OWN.get(kind, ())
    columns: dict[str, list[Any]] = {name: [] for name in (*_MEMORY, "open", *own)}
    for record in records:
        memory = record if kind is _core.Memory else record.memory
        for name in _MEMORY:
            columns[name].append(_value(memory, name))
        columns["open"].append(isinstance(memory.event_end, Open))
        for name in own:
            columns[name].append(_value(record, name))
    return columns


def to_pandas(records: Iterable[Any], kind: type[Any]) -> pandas.DataFrame:
    """A frame with times as ``datetime64[us, UTC]``."""
    import pandas

    columns = _columns(records, kind)
    frame: pandas.DataFrame = pandas.DataFrame(
        {name: pandas.Series(values, dtype=_pandas_type(name)) for name, values in columns.items()}
    )
    return frame


def _pandas_type(name: str) -> Any:
    if name in _TIMES:
        return "datetime64[us, UTC]"
    if name in _INTEGERS:
        return "Int64"
    if name in ("pinned", "open"):
        return "bool"
    if name in ("importance", "strength", "confidence", "mean_duration"):
        return "float64"
    return "object"


def to_arrow(records: Iterable[Any], kind: type[Any]) -> pyarrow.Table:
    """A table with times as ``timestamp[us, UTC]``."""
    import pyarrow

    columns = _columns(records, kind)
    return pyarrow.table({name: pyarrow.array(values, type=_arrow_type(pyarrow, name)) for name, values in columns.items()})


def _arrow_type(pyarrow: Any, name: str) -> Any:
    if name in _TIMES:
        return pyarrow.timestamp("us", tz="UTC")
    if name in _INTEGERS:
        return pyarrow.int64()
    if name in ("pinned", "open"):
        return pyarrow.bool_()
    if name in ("importance", "strength", "confidence", "mean_duration"):
        return pyarrow.float64()
    if name in _LISTS:
        return pyarrow.list_(pyarrow.string())
    return pyarrow.string()
