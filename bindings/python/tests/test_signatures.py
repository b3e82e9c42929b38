# SPDX-License-Identifier: Apache-2.0
"""What is written down more than once is the same everywhere: parameters, fields of dictionaries, and what the module knows."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import mnemic
import pytest

Call = Callable[..., Any]


def parameters(call: Call, *left_out: str) -> dict[str, tuple[str, Any]]:
    """Their types as written and their defaults."""
    written = inspect.signature(call).parameters.items()
    return {name: (str(one.annotation), one.default) for name, one in written if name not in ("self", *left_out)}


TWINS: list[tuple[str, Call, Call, tuple[str, ...]]] = [
    ("Batch.put", mnemic.Batch.put, mnemic.Scope.put, ("durability",)),
    ("Batch.update", mnemic.Batch.update, mnemic.Scope.update, ("durability",)),
    ("Batch.relate", mnemic.Batch.relate, mnemic.Scope.relate, ("durability",)),
    ("Batch.unrelate", mnemic.Batch.unrelate, mnemic.Scope.unrelate, ("durability",)),
]


@pytest.mark.parametrize("twin, call, left_out", [row[1:] for row in TWINS], ids=[row[0] for row in TWINS])
def test_a_batch_takes_what_the_scope_takes(twin: Call, call: Call, left_out: tuple[str, ...]) -> None:
    assert parameters(twin) == parameters(call, *left_out)
    assert list(parameters(twin)) == list(parameters(call, *left_out))


FIELDS: list[tuple[str, type, Call, tuple[str, ...]]] = [
    ("MemoryFields", mnemic.MemoryFields, mnemic.Scope.put, ("durability",)),
    ("FactFields", mnemic.FactFields, mnemic.Facts.assert_fact, ("durability",)),
]


@pytest.mark.parametrize("fields, call, left_out", [row[1:] for row in FIELDS], ids=[row[0] for row in FIELDS])
def test_the_fields_of_a_dictionary_are_the_parameters_of_the_call(fields: type, call: Call, left_out: tuple[str, ...]) -> None:
    written = {name: getattr(kind, "__forward_arg__", str(kind)) for name, kind in fields.__annotations__.items()}
    assert written == {name: kind for name, (kind, _) in parameters(call, *left_out).items()}


KNOWN: list[tuple[str, type, Callable[[mnemic.Scope, Any], Any]]] = [
    ("MemoryFields", mnemic.MemoryFields, lambda ada, given: ada.put_many([given])),
    ("ProvenanceFields", mnemic.ProvenanceFields, lambda ada, given: ada.put("x", provenance=given)),
    ("RelationFields", mnemic.RelationFields, lambda ada, given: ada.put("x", relations=[given])),
    ("FactFields", mnemic.FactFields, lambda ada, given: ada.facts.assert_facts([given])),
    ("AttributeFields", mnemic.AttributeFields, lambda ada, given: ada.facts.declare([given])),
    ("StepFields", mnemic.StepFields, lambda ada, given: ada.skills.record_run("g", steps=[given])),
    ("LayerQuota", mnemic.LayerQuota, lambda ada, given: ada.recall("x", per_layer=[given])),
    ("Limits", mnemic.Limits, lambda ada, given: mnemic.open(":memory:", limits=given)),
]


@pytest.mark.parametrize("fields, call", [row[1:] for row in KNOWN], ids=[row[0] for row in KNOWN])
def test_the_module_knows_the_typed_fields_and_names_them_for_an_unknown_one(ada: mnemic.Scope, fields: type, call: Any) -> None:
    with pytest.raises(TypeError, match="no field wrong; there are ") as caught:
        call(ada, {"wrong": 1})
    assert re.split("there are ", str(caught.value))[1].split(", ") == list(fields.__annotations__)


def test_everything_public_is_there_once_and_in_order() -> None:
    assert len(set(mnemic.__all__)) == len(mnemic.__all__)
    public = {name for name, value in vars(mnemic).items() if not name.startswith("_") and not inspect.ismodule(value)}
    assert public | {"__version__"} == set(mnemic.__all__)
