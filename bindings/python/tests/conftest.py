# SPDX-License-Identifier: Apache-2.0
"""What tests share: a store in a file of its own, a scope, and a clock that stands still."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mnemic
import pytest

MOMENT = datetime.datetime(2026, 5, 8, 13, 56, tzinfo=datetime.timezone.utc)


class StillClock:
    """Stands still until it is moved on."""

    def __init__(self) -> None:
        self.now = MOMENT

    def __call__(self) -> datetime.datetime:
        return self.now

    def forward(self, **by: float) -> datetime.datetime:
        self.now += datetime.timedelta(**by)
        return self.now


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[Any]:
    """Opens stores in the test's folder, each in a new file, and closes them at the end."""
    opened: list[mnemic.Store] = []

    def make(**options: Any) -> mnemic.Store:
        options = {"seed": 7, "durability": "relaxed", **options}
        opened.append(mnemic.open(tmp_path / f"store-{len(opened)}.db", **options))
        return opened[-1]

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Any, clock: StillClock) -> mnemic.Store:
    opened: mnemic.Store = open_store(clock=clock)
    return opened


@pytest.fixture
def ada(store: mnemic.Store) -> mnemic.Scope:
    return store.scope("acme", "ada")
