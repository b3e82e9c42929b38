# SPDX-License-Identifier: Apache-2.0
"""The types are right: mypy agrees, the stub is that of the compiled module, and the examples in the docstrings run."""

from __future__ import annotations

import doctest
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import mnemic
import pytest

ROOT = Path(__file__).resolve().parents[3]
TREE = ROOT / "bindings/python"
PACKAGE = Path(mnemic.__file__).resolve().parent
STUB = TREE / "mnemic/_core.pyi"


def run_module(*arguments: str, mypy_path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A tool of this interpreter, run where pyproject.toml is; it finds the package that is tested here."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    environment.pop("MYPYPATH", None)
    if mypy_path is not None:
        environment["MYPYPATH"] = str(mypy_path)
    return subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True,
                          check=False)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"--cache-dir={tmp_path_factory.mktemp('mypy')}"


def test_the_package_and_the_examples_pass_mypy_strict(cache: str) -> None:
    sources = [TREE / "mnemic", TREE / "tools/make_reference.py", *sorted((ROOT / "examples/python").glob("*.py"))]
    done = run_module("mypy", "--strict", cache, *map(str, sources))
    assert done.returncode == 0, done.stdout + done.stderr


# mypy must object to the lines that say "wrong", and to no other.
CALLS = '''
import datetime
import uuid
from collections.abc import Sequence

import mnemic
import mnemic.aio
import numpy
import pandas
import pyarrow


class Letters:
    space = mnemic.EmbeddingSpace("letters", "1", dimension=26)

    def embed(self, texts: list[str], kind: mnemic.EmbedKind) -> numpy.typing.NDArray[numpy.float32]:
        return numpy.zeros((len(texts), 26), dtype=numpy.float32)


class Lengths:
    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        return [len(text) for text in texts]


class NoSpace:
    def embed(self, texts: list[str], kind: mnemic.EmbedKind) -> numpy.typing.NDArray[numpy.float32]:
        return numpy.zeros((len(texts), 26), dtype=numpy.float32)


now = datetime.datetime.now(datetime.timezone.utc)
store = mnemic.open(":memory:", embedder=Letters(), screen=mnemic.secret_screen(), clock=lambda: now, durability="full")
mnemic.open(":memory:", embedder=mnemic.hashed_embedder(), token_counter=mnemic.estimating_token_counter())
mnemic.open(":memory:", embedder=NoSpace())  # wrong
mnemic.open(":memory:", clock=datetime.datetime.now().isoformat)  # wrong
mnemic.open(":memory:", screen=lambda text: None)  # wrong
mnemic.open(":memory:", limits={"text_bytes": 10, "words": 3})  # wrong

ada = store.scope("acme", "ada", reach=mnemic.Reach.SUBTREE)
store.scope(["acme", "ada"])  # wrong

id: str = ada.put("text", tags=["food"], metadata={"n": 1}, event_end=mnemic.OPEN, trust="user")
ada.put(3)  # wrong
ada.put("text", importnce=0.5)  # wrong
ada.put("text", key=None)  # wrong
ada.put("text", event_time="2026-05-08")  # wrong
ada.put("text", "key")  # wrong

ids: list[str] = ada.put_many(["a", {"text": "b", "tags": ["food"]}, None], vectors=numpy.zeros((3, 26), numpy.float32))
ada.put_many([{"txt": "b"}])  # wrong
ada.put_many(["a"], vectors=numpy.zeros((1, 26)))  # wrong
ada.put_many(["a"], progress=lambda: None)  # wrong

ada.update(id, text="new", metadata=None, expires_at=None, if_version=1)
ada.update(id, importance=None)  # wrong
ada.get(id).text = "new"  # wrong
ada.get(uuid.uuid4())  # wrong

result = ada.recall("query", k=3, vector=[0.5] * 26, per_layer=[{"layer": "semantic", "at_least": 1}], session="s1")
hits: Sequence[mnemic.Hit] = result.hits
first: mnemic.Hit = result[0]
until: "datetime.datetime | None" = first.holds.until if first.holds else None
first.holds.until  # wrong
for hit in result:
    hit.memory.event_end.isoformat()  # wrong
text: str = first.passage.text if first.passage else first.text
first.passage.text  # wrong
ada.recall("query", k="3")  # wrong
ada.recall("query", reranker=Lengths(), rerank_budget=0.5, rerank_weight=1.0)
ada.recall("query", reranker=mnemic.rerankers.by_embedding(Letters()))
ada.recall("query", reranker=len)  # wrong
ada.recall("query", neighbours=None)  # wrong
mnemic.rerankers.by_embedding(Lengths())  # wrong
scores: list[float] = mnemic.rerankers.late_interaction().score("query", ["text"])
ada.recall("query", per_layer=[{"layer": "semantic", "at_leest": 1}])  # wrong

receipt: mnemic.EraseReceipt = store.admin.erase(ids=[id], where={"tags": "food"}, by="desk")
store.admin.erase(id)  # wrong
rule: int = store.policies.add("hold", owner="legal", reason="case 7", where={"tags": "case"})
store.policies.add(mnemic.PolicyKind.HOLD, owner="legal")  # wrong
store.policies.add("expiry", owner="ops", reason="notes age", after="3600")  # wrong
due: list[str] = store.policies.preview("retention", owner="ops", reason="old", after=datetime.timedelta(days=90))
until_then: "datetime.datetime | None" = store.policies.list()[0].expires_at
life: "datetime.timedelta | None" = store.policies.get(rule).after
store.policies.get(rule).hits = 0  # wrong
mnemic.open(":memory:", recover_within=None)
mnemic.open(":memory:", recover_within="30d")  # wrong
mnemic.open(":memory:", erasure_key=b"0123456789abcdef", quarantine_erased=True)
mnemic.open(":memory:", erasure_key=None)  # wrong

session = ada.session("s1")
one: str = session.append({"role": "user", "content": "hi"})
several: list[str] = session.append([{"role": "user", "content": "hi"}, mnemic.Turn("Ben", "ho")])
session.append("hi")  # wrong
session.append(3)  # wrong

asserted: mnemic.Asserted = ada.facts.assert_fact("Ada", "lives in", "Porto", since=now)
ada.facts.assert_fact("Ada", "lives in")  # wrong
ada.facts.assert_facts([{"subject": "Ada", "atribute": "likes"}])  # wrong
ada.facts.about("Ada", at="2026-05-08")  # wrong
ada.skills.record_run("goal", steps=[{"tool": "web", "duration": 1.5}], outcome=mnemic.Outcome.SUCCESS)
ada.skills.record_run("goal", steps=[{"tol": "web"}])  # wrong

for memory in ada.list(where={"tags": "food"}, order="newest", session="s1"):
    name: str = memory.key
    memory.txt  # wrong
for episode in ada.episodes.timeline(start=now):
    end: "datetime.datetime | mnemic.Open | None" = episode.end
frame: pandas.DataFrame = ada.list().to_pandas()
with ada.batch() as batch:
    number: int = batch.put("text")  # wrong
    batch.forget(id)
written: "tuple[mnemic.Written, ...]" = batch.written


async def agent() -> None:
    async with mnemic.aio.open(":memory:") as twin:
        scope = twin.scope("acme", "ada")
        made: str = await scope.put("text")
        wrong: str = scope.put("text")  # wrong
        async for memory in scope.list():
            text: str = memory.text
        for memory in scope.list():  # wrong
            pass
        await scope.put(3)  # wrong
        answer: mnemic.RecallResult = await scope.recall("query")
        held: mnemic.Policy = (await twin.policies.list())[0]
    report: mnemic.RestoreReport = await mnemic.aio.restore("a.backup", "a.db")
    mnemic.aio.restore("a.backup")  # wrong
'''


def test_mypy_refuses_wrong_calls_and_takes_right_ones(tmp_path: Path, cache: str) -> None:
    file = tmp_path / "calls.py"
    file.write_text(CALLS, encoding="utf-8")
    in_tree = PACKAGE == TREE / "mnemic"  # an installed one is found without
    done = run_module("mypy", "--strict", "--no-pretty", cache, str(file), mypy_path=TREE if in_tree else None)
    found = {int(line) for line in re.findall(r"^.*calls\.py:(\d+): error: ", done.stdout, re.MULTILINE)}
    expected = {number for number, line in enumerate(CALLS.splitlines(), 1) if line.endswith("  # wrong")}
    assert found == expected, done.stdout + done.stderr
    assert len(expected) > 25


def test_the_stub_is_that_of_the_compiled_module(tmp_path: Path) -> None:
    made = tmp_path / "_core.pyi"
    done = run_module("nanobind.stubgen", "-P", "-q", "-m", "mnemic._core", "-o", str(made))
    assert done.returncode == 0, done.stdout + done.stderr
    assert made.read_text(encoding="utf-8") == STUB.read_text(encoding="utf-8")


def test_the_package_says_that_it_is_typed() -> None:
    assert (PACKAGE / "py.typed").exists()
    assert (PACKAGE / "_core.pyi").read_text(encoding="utf-8") == STUB.read_text(encoding="utf-8")


MODULES = sorted(module.name for module in pkgutil.iter_modules(mnemic.__path__, "mnemic.") if module.name != "mnemic._core")


@pytest.mark.parametrize("name", ["mnemic", *MODULES])
def test_examples_in_docstrings_run(name: str) -> None:
    done = doctest.testmod(importlib.import_module(name))
    assert done.failed == 0
    assert done.attempted > 0 or name not in ("mnemic", "mnemic.scope", "mnemic.session", "mnemic.layers", "mnemic.store")


def test_everything_public_says_what_it_is() -> None:
    silent = []
    for name in set(mnemic.__all__) - {"SpaceLike"}:
        thing = getattr(mnemic, name)
        if isinstance(thing, type):
            members = [key for key, value in vars(thing).items() if not key.startswith("_") and (
                isinstance(value, property) or callable(value))]
            silent += [f"{name}.{key}" for key in members if not (getattr(thing, key).__doc__ or "").strip()]
        if callable(thing) and getattr(thing, "__module__", "").startswith("mnemic") and not (thing.__doc__ or "").strip():
            silent.append(name)
    assert silent == []
