# SPDX-License-Identifier: Apache-2.0
"""Encryption: the key reaches the library from every call that takes one, in builds with encryption and in those without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import mnemic
import pytest

KEY = "x'" + "0123456789abcdef" * 4 + "'"
OTHER = b"any bytes\x00\xff"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store that is not encrypted, and that nobody has open."""
    with mnemic.open(tmp_path / "a.db") as store:
        store.scope("acme", "ada").put("Prefers window seats")
    return tmp_path / "a.db"


def encrypts(path: Path) -> bool:
    try:
        mnemic.rekey(path.with_name("missing"), new_key=KEY)
    except mnemic.Unsupported:
        return False
    except mnemic.StoreNotFound:
        return True
    raise AssertionError("a rekey of nothing")


def texts(path: Path, key: str | bytes) -> set[str]:
    with mnemic.open(path, key=key) as store:
        return {memory.text for memory in store.scope("acme", "ada").list()}


def test_without_encryption_every_key_is_refused(path: Path, tmp_path: Path) -> None:
    if encrypts(path):
        pytest.skip("this build encrypts")
    new = tmp_path / "new.db"
    calls: list[Callable[[], object]] = [
        lambda: mnemic.open(new, key=KEY), lambda: mnemic.open(new, key=OTHER), lambda: mnemic.rekey(path, new_key=KEY),
        lambda: mnemic.rekey(path, key=KEY), lambda: mnemic.restore(path, new, key=KEY), lambda: mnemic.salvage(path, new, key=KEY),
    ]
    for call in calls:
        with pytest.raises(mnemic.Unsupported, match="key: ") as caught:
            call()
        assert KEY not in str(caught.value)
    assert not new.exists() and texts(path, "") == {"Prefers window seats"}


def test_with_encryption_the_key_reaches_every_call(path: Path, tmp_path: Path) -> None:
    if not encrypts(path):
        pytest.skip("this build has no encryption")
    told: list[tuple[int, int]] = []
    report = mnemic.rekey(path, new_key=KEY, progress=lambda done, total: told.append((done, total)))
    assert (report.encrypted, report.bytes) == (True, path.stat().st_size) and told[-1][0] == told[-1][1]
    assert repr(report) == f"<RekeyReport seq {report.seq}, encrypted>"
    assert report.to_dict() == {"bytes": report.bytes, "seq": report.seq, "encrypted": True}
    assert b"window" not in path.read_bytes() and texts(path, KEY) == {"Prefers window seats"}
    for key in (OTHER, ""):
        with pytest.raises(mnemic.PermissionDenied, match="key"):
            mnemic.open(path, key=key)
    with mnemic.open(path, key=KEY) as store:
        store.backup(tmp_path / "a.backup")
        with pytest.raises(mnemic.Busy):
            mnemic.rekey(path, key=KEY, new_key=OTHER)
    assert mnemic.restore(tmp_path / "a.backup", path, key=KEY).memories == 1
    assert mnemic.salvage(path, tmp_path / "b.db", key=KEY).memories == 1
    assert mnemic.rekey(path, key=KEY, new_key=OTHER).encrypted and texts(path, OTHER) == {"Prefers window seats"}

    def stop(done: int, total: int) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        mnemic.rekey(path, key=OTHER, progress=stop)
    assert not mnemic.rekey(path, key=OTHER).encrypted and texts(path, "") == {"Prefers window seats"}


@pytest.mark.parametrize("argument", ["key", "new_key"])
def test_a_key_is_text_or_bytes(argument: str, path: Path, tmp_path: Path) -> None:
    for value, kind in ((3, "int"), (None, "None"), (bytearray(16), "bytearray")):
        with pytest.raises(TypeError, match=f"{argument}: str or bytes is due, not {kind}"):
            mnemic.rekey(path, **{argument: value})  # type: ignore[arg-type]
    if argument == "key":
        with pytest.raises(TypeError, match="key: str or bytes is due, not int"):
            mnemic.open(path, key=3)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="key: str or bytes is due, not int"):
            mnemic.salvage(path, tmp_path / "x", key=3)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="key: str or bytes is due, not int"):
            mnemic.restore(path, tmp_path / "x", key=3)  # type: ignore[arg-type]
    with pytest.raises(mnemic.InvalidArgument, match="new_key"):
        mnemic.rekey(path)
