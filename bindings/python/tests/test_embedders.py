# SPDX-License-Identifier: Apache-2.0
"""mnemic.embedders, and moving a store from one embedder to another."""

from __future__ import annotations

import asyncio
import datetime
import gc
import http.server
import json
import math
import struct
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

import mnemic
import mnemic.aio
import numpy
import pytest
from mnemic import embedders

STATIC, HASHED = "mnemic-static/1/256", "mnemic-hash/1/384"


class Letters:
    """Counts letters."""

    def __init__(self, name: str = "letters", dimension: int = 26) -> None:
        self.space = mnemic.EmbeddingSpace(name, "1", dimension=dimension)
        self.texts: list[str] = []

    def embed(self, texts: list[str], kind: mnemic.EmbedKind) -> Any:
        self.texts += texts
        rows = numpy.zeros((len(texts), self.space.dimension), dtype=numpy.float32)
        for row, text in zip(rows, texts):
            for letter in text.lower():
                row[ord(letter) % self.space.dimension] += 1
        return rows


# What is built in.


def test_what_is_built_in() -> None:
    static, hashed = embedders.static_embedder(), embedders.hashed_embedder()
    assert static is not None and (static.space.name, static.space.dimension) == ("mnemic-static", 256)
    assert (hashed.space.name, hashed.space.dimension) == ("mnemic-hash", 384)
    assert embedders.default_embedder().space.name == static.space.name
    a, b, other = static.embed(["a train to the coast", "railway by the sea", "quarterly tax report"])
    assert a @ b > a @ other + 0.2  # by meaning: no word is shared


@pytest.mark.parametrize("embedder, space", [("default", STATIC), (mnemic.static_embedder(), STATIC), (mnemic.hashed_embedder(), HASHED)])
def test_a_file_goes_by_the_embedder_it_was_opened_with(open_store: Any, embedder: Any, space: str) -> None:
    store = open_store(embedder=embedder)
    id = store.scope("ada").put("a ferry")
    assert store.stats().embedding_space == space
    assert set(store.scope("ada").get(id, vectors=True).vectors) == {space.partition("/")[0]}


def test_another_embedder_is_refused_and_both_are_named(tmp_path: Path) -> None:
    with mnemic.open(tmp_path / "a.db", embedder=mnemic.hashed_embedder()) as store:
        store.scope("ada").put("a ferry")
    with pytest.raises(mnemic.FailedPrecondition, match="mnemic-hash.*mnemic-static|mnemic-static.*mnemic-hash"):
        mnemic.open(tmp_path / "a.db")
    with mnemic.open(tmp_path / "a.db", embedder=None) as store:
        assert store.scope("ada").count() == 1


# Sentence encoders in this process.

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "red", "green", "blue", "##s", "query", ":", "passage"]
HIDDEN, HEADS, WIDE, POSITIONS = 8, 2, 12, 16


class TinyBert:
    """A model with random weights of one layer, its files, and the formulas of the paper in NumPy."""

    def __init__(self, seed: int = 7) -> None:
        numbers = numpy.random.default_rng(seed)
        self.tensors: dict[str, Any] = {}

        def add(name: str, *shape: int, middle: float = 0.0) -> None:
            self.tensors[name] = (middle + numbers.uniform(-0.5, 0.5, shape)).astype(numpy.float32)

        def add_pair(name: str, *shape: int, middle: float = 0.0) -> None:
            add(f"{name}.weight", *shape, middle=middle)
            add(f"{name}.bias", shape[0])

        add("embeddings.word_embeddings.weight", len(WORDS), HIDDEN)
        add("embeddings.position_embeddings.weight", POSITIONS, HIDDEN)
        add("embeddings.token_type_embeddings.weight", 2, HIDDEN)
        add_pair("embeddings.LayerNorm", HIDDEN, middle=1.0)
        layer = "encoder.layer.0."
        for part in ("query", "key", "value"):
            add_pair(f"{layer}attention.self.{part}", HIDDEN, HIDDEN)
        add_pair(f"{layer}attention.output.dense", HIDDEN, HIDDEN)
        add_pair(f"{layer}attention.output.LayerNorm", HIDDEN, middle=1.0)
        add_pair(f"{layer}intermediate.dense", WIDE, HIDDEN)
        add_pair(f"{layer}output.dense", HIDDEN, WIDE)
        add_pair(f"{layer}output.LayerNorm", HIDDEN, middle=1.0)

    def write(self, directory: Path) -> Path:
        directory.mkdir()
        (directory / "vocab.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
        (directory / "config.json").write_text(json.dumps({
            "model_type": "bert", "hidden_size": HIDDEN, "num_attention_heads": HEADS, "intermediate_size": WIDE,
            "num_hidden_layers": 1, "max_position_embeddings": POSITIONS, "vocab_size": len(WORDS), "type_vocab_size": 2,
            "hidden_act": "gelu", "layer_norm_eps": 1e-12,
        }), encoding="utf-8")
        (directory / "model.safetensors").write_bytes(self.safetensors())
        return directory

    def safetensors(self) -> bytes:
        """The length of the head, the head, the numbers one tensor after the other."""
        head, data = {}, b""
        for name, tensor in self.tensors.items():
            head[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + tensor.nbytes]}
            data += tensor.astype("<f4").tobytes()
        text = json.dumps(head).encode()
        return struct.pack("<Q", len(text)) + text + data

    def vector(self, words: list[str], pooling: str = "mean") -> Any:
        def of(name: str) -> Any:
            return self.tensors[name].astype(numpy.float64)

        def linear(x: Any, name: str) -> Any:
            return x @ of(f"{name}.weight").T + of(f"{name}.bias")

        def normalise(x: Any, name: str) -> Any:
            x = (x - x.mean(1, keepdims=True)) / numpy.sqrt(x.var(1, keepdims=True) + 1e-12)
            return x * of(f"{name}.weight") + of(f"{name}.bias")

        ids = [WORDS.index(word) for word in ["[CLS]", *words, "[SEP]"]]
        x = of("embeddings.word_embeddings.weight")[ids] + of("embeddings.position_embeddings.weight")[: len(ids)]
        x = normalise(x + of("embeddings.token_type_embeddings.weight")[0], "embeddings.LayerNorm")
        layer = "encoder.layer.0."
        queries, keys, values = (linear(x, f"{layer}attention.self.{part}") for part in ("query", "key", "value"))
        heads = []
        for head in numpy.split(numpy.arange(HIDDEN), HEADS):
            shares = numpy.exp(queries[:, head] @ keys[:, head].T / math.sqrt(len(head)))
            heads.append(shares / shares.sum(1, keepdims=True) @ values[:, head])
        mixed = linear(numpy.concatenate(heads, axis=1), f"{layer}attention.output.dense")
        x = normalise(x + mixed, f"{layer}attention.output.LayerNorm")
        wide = linear(x, f"{layer}intermediate.dense")
        wide = wide / 2 * (1 + numpy.vectorize(math.erf)(wide / math.sqrt(2)))
        x = normalise(x + linear(wide, f"{layer}output.dense"), f"{layer}output.LayerNorm")
        pooled = x[0] if pooling == "cls" else x.mean(0)
        return pooled / numpy.linalg.norm(pooled)


@pytest.fixture(scope="module")
def tiny() -> TinyBert:
    return TinyBert()


@pytest.fixture(scope="module")
def tiny_directory(tiny: TinyBert, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny-bert")


@pytest.mark.parametrize("pooling", [None, "mean", "cls"])
def test_a_sentence_encoder_computes_what_the_paper_says(tiny: TinyBert, tiny_directory: Path, pooling: Any) -> None:
    embedder = embedders.transformer_embedder(tiny_directory, pooling=pooling)
    rows = embedder.embed(["red greens blue", "", "Blue red blue?"])
    for row, words in zip(rows, (["red", "green", "##s", "blue"], [], ["blue", "red", "blue", "[UNK]"])):
        numpy.testing.assert_allclose(row, tiny.vector(words, pooling or "mean"), atol=1e-5)
    assert (embedder.space.name, embedder.space.dimension) == ("tiny-bert", HIDDEN) and embedder.space.version
    assert not numpy.any(embedder.embed(["blue 犬"]))  # more than a third is unknown to it: no vector


def test_a_sentence_encoder_puts_prefixes_and_reads_no_further_than_told(tiny: TinyBert, tiny_directory: Path) -> None:
    embedder = embedders.transformer_embedder(
        str(tiny_directory), name="mine", version="3", query_prefix="query: ", passage_prefix="passage: ", max_tokens=5, threads=2,
    )
    (query,), (passage,) = embedder.embed(["red blue"], "query"), embedder.embed(["red blue"])
    numpy.testing.assert_allclose(query, tiny.vector(["query", ":", "red"]), atol=1e-5)
    numpy.testing.assert_allclose(passage, tiny.vector(["passage", ":", "red"]), atol=1e-5)
    space = embedder.space
    assert (space.name, space.version, space.query_prefix, space.passage_prefix) == ("mine", "3", "query: ", "passage: ")


def test_other_weights_are_another_space(tiny_directory: Path, tmp_path: Path) -> None:
    other = TinyBert(8).write(tmp_path / "tiny-bert")
    spaces = [embedders.transformer_embedder(directory).space for directory in (tiny_directory, other)]
    assert spaces[0].name == spaces[1].name and spaces[0].version != spaces[1].version


def test_a_store_goes_by_a_sentence_encoder(tiny_directory: Path, open_store: Any) -> None:
    ada = open_store(embedder=embedders.transformer_embedder(tiny_directory)).scope("ada")
    red = ada.put("red reds")
    ada.put("blue green")
    assert ada.recall("reds", vector_weight=1.0)[0].id == red


WRONG_OPTIONS: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"pooling": "max"}, mnemic.InvalidArgument, "pooling: not one of mean, cls"),
    ({"threads": 0}, mnemic.InvalidArgument, "threads"),
    ({"threads": "2"}, TypeError, "threads: int is due, not str"),
    ({"max_tokens": 17}, mnemic.InvalidArgument, "max_tokens"),
    ({"name": "a b"}, mnemic.InvalidArgument, "name"),
]


@pytest.mark.parametrize("options, kind, message", WRONG_OPTIONS, ids=[str(row[0]) for row in WRONG_OPTIONS])
def test_a_wrong_option_is_named(tiny_directory: Path, options: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        embedders.transformer_embedder(tiny_directory, **options)


def test_files_that_are_missing_or_damaged_are_named(tiny: TinyBert, tmp_path: Path) -> None:
    with pytest.raises(mnemic.NotFound, match="nothing"):
        embedders.transformer_embedder(tmp_path / "nothing")
    with pytest.raises(TypeError, match="directory: a path is due, not int"):
        embedders.transformer_embedder(7)  # type: ignore[arg-type]
    directory = tiny.write(tmp_path / "damaged")
    (directory / "model.safetensors").write_bytes(tiny.safetensors()[:-4])
    with pytest.raises(mnemic.Corruption, match="model.safetensors"):
        embedders.transformer_embedder(directory)
    (directory / "config.json").write_text('{"model_type": "roberta"}', encoding="utf-8")
    with pytest.raises(mnemic.Unsupported, match="roberta"):
        embedders.transformer_embedder(directory)
    (directory / "vocab.txt").unlink()
    (directory / "config.json").unlink()
    with pytest.raises(mnemic.NotFound):
        embedders.transformer_embedder(directory)


# Servers.


def has_http() -> bool:
    try:
        embedders.http_embedder("http://127.0.0.1:9/v1", "m", 3)
    except mnemic.Unsupported:
        return False
    return True


needs_http = pytest.mark.skipif(not has_http(), reason="this build of the package is without mnemic::http")


@pytest.mark.parametrize("make", [embedders.ollama_embedder, lambda m, d: embedders.http_embedder(["http://127.0.0.1:9/v1"], m, d)])
def test_a_build_has_http_or_says_that_it_has_not(make: Any) -> None:
    try:
        assert make("m", 3).space.dimension == 3
    except mnemic.Unsupported as error:
        assert "this build is without mnemic::http" in str(error)


class Server:
    """An embeddings endpoint on the loopback: three numbers for each text, after the statuses it is told to answer first."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.dimension = 3
        self.asked: list[tuple[Any, Any]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append((self.headers, body))
                status = outer.statuses.pop(0) if outer.statuses else 200
                data = [{"index": n, "embedding": outer.vector(text)} for n, text in enumerate(body["input"])]
                answer = json.dumps({"data": data} if status == 200 else {"error": {"message": "no"}}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.authority = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.authority}/v1"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def vector(self, text: str) -> list[float]:
        return ([float(len(text)), float(text.count("e")), 1.0] + [0.5] * 9)[: self.dimension]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    if made.thread.is_alive():
        made.close()


@needs_http
def test_vectors_of_a_server(server: Server) -> None:
    embedder = embedders.http_embedder(
        server.url, "BAAI/bge-m3", 3, api_key="sesame", query_prefix="q: ", max_request_texts=2, space_version="9",
    )
    assert isinstance(embedder, mnemic.NativeEmbedder) and "sesame" not in repr(embedder)
    assert (embedder.space.name, embedder.space.version, embedder.space.dimension) == ("BAAI-bge-m3", "9", 3)
    numpy.testing.assert_array_equal(embedder.embed(["one", "", "three"]), [[3, 1, 1], [0, 0, 0], [5, 2, 1]])
    numpy.testing.assert_array_equal(embedder.embed(["e"], "query"), [[4, 1, 1]])
    assert [body["input"] for _, body in server.asked] == [["one", "three"], ["q: e"]]
    assert all(head["Authorization"] == "Bearer sesame" and body["model"] == "BAAI/bge-m3" for head, body in server.asked)
    stats = embedder.stats()
    (endpoint,) = stats.endpoints
    assert (endpoint.authority, endpoint.requests, endpoint.failures, endpoint.in_flight) == (server.authority, 2, 0, 0)
    assert stats.retries == 0 and endpoint.not_before == datetime.timedelta(0) and "2 requests" in repr(endpoint)


@needs_http
def test_a_server_that_fails_once_is_asked_again(server: Server, open_store: Any) -> None:
    server.statuses = [500]
    embedder = embedders.http_embedder([server.url], "m", 3, backoff_base=0.001, backoff_max=datetime.timedelta(milliseconds=1))
    store = open_store(embedder=embedder)
    id = store.scope("ada").put("three")
    numpy.testing.assert_allclose(store.scope("ada").get(id, vectors=True).vectors["m"], numpy.array([5, 2, 1]) / math.sqrt(30), atol=2e-5)
    stats = embedder.stats()
    assert (stats.retries, stats.endpoints[0].requests, stats.endpoints[0].failures) == (1, 2, 1)


@needs_http
@pytest.mark.parametrize("status, kind", [(401, mnemic.PermissionDenied), (404, mnemic.NotFound), (400, mnemic.InvalidArgument)])
def test_what_asking_again_cannot_help_is_not_asked_again(server: Server, status: int, kind: type[mnemic.Error]) -> None:
    server.statuses = [status]
    with pytest.raises(kind) as caught:
        embedders.http_embedder(server.url, "m", 3, api_key="sesame").embed(["x"])
    assert caught.value.extended_code == status and "sesame" not in str(caught.value) and len(server.asked) == 1


@needs_http
def test_a_server_that_gives_vectors_of_another_length_is_refused(server: Server) -> None:
    server.dimension = 4
    with pytest.raises(mnemic.FailedPrecondition, match="4"):
        embedders.http_embedder(server.url, "m", 3).embed(["x"])


@needs_http
def test_a_server_that_is_down_holds_no_write_up(server: Server, open_store: Any) -> None:
    embedder = embedders.http_embedder(server.url, "m", 3, retries=0, rest_after=1000)
    store = open_store(embedder=embedder)
    ada = store.scope("ada")
    server.statuses = [503] * 3
    with pytest.raises((mnemic.IoError, mnemic.Busy)):
        embedder.embed(["x"])
    id = ada.put("a ferry")
    assert names(store, id) == set() and ada.recall("ferry")[0].id == id
    assert server.statuses == [] and store.maintain().done == 1
    assert names(store, id) == {"m"}


@needs_http
def test_a_server_that_nobody_runs(server: Server) -> None:
    server.close()
    with pytest.raises((mnemic.IoError, mnemic.Busy)):
        embedders.ollama_embedder("m", 3, server.url, timeout=0.3).embed(["x"])


@needs_http
def test_other_threads_run_while_a_server_is_asked(server: Server) -> None:
    """The server is one of them: with the GIL held it would never answer."""
    embedder = embedders.ollama_embedder("m", 3, server.url, query_prefix="search: ", timeout=datetime.timedelta(seconds=30))
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(embedder.embed(["x"] * 40))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.shape for answer in answers] == [(40, 3)] * 4 and embedder.space.query_prefix == "search: "


WRONG_SERVERS: list[tuple[str, Any, dict[str, Any], type[Exception], str]] = [
    ("no url", [], {}, mnemic.InvalidArgument, "urls"),
    ("a url of another kind", "ftp://host/v1", {}, mnemic.InvalidArgument, "urls"),
    ("urls of another type", [7], {}, TypeError, r"urls\[0\]: str is due, not int"),
    ("a key over http", "http://example.org/v1", {"api_key": "sesame"}, mnemic.InvalidArgument, "api_key|plain_key"),
    ("another rule for keys", "http://127.0.0.1/v1", {"plain_key": "never"}, mnemic.InvalidArgument, "plain_key: not one of"),
    ("no dimension", "http://127.0.0.1/v1", {"dimension": 0}, mnemic.InvalidArgument, "dimension"),
    ("no time", "http://127.0.0.1/v1", {"timeout": 0}, mnemic.InvalidArgument, "timeout"),
    ("a time of another type", "http://127.0.0.1/v1", {"timeout": "1"}, TypeError, "timeout"),
]


@needs_http
@pytest.mark.parametrize("urls, options, kind, message", [row[1:] for row in WRONG_SERVERS], ids=[row[0] for row in WRONG_SERVERS])
def test_a_server_that_cannot_be(urls: Any, options: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message) as caught:
        embedders.http_embedder(urls, "m", **{"dimension": 3, **options})
    assert "sesame" not in str(caught.value)


@needs_http
def test_a_key_may_be_let_out_by_name() -> None:
    made = embedders.http_embedder("http://example.org/v1", "m", 3, api_key="sesame", plain_key="anywhere")
    assert made.stats().endpoints[0].authority.startswith("example.org")


# The package sentence-transformers.


class Model:
    """Stands for a SentenceTransformer."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.seen: list[Any] = []

    def encode(self, sentences: list[str], *, batch_size: int, show_progress_bar: bool) -> Any:
        self.seen.append((sentences, batch_size, show_progress_bar))
        return numpy.array([[len(text), 1.0] for text in sentences])


def test_a_loaded_sentence_transformer(open_store: Any) -> None:
    model = Model()
    embedder = embedders.SentenceTransformersEmbedder(
        model, name="lengths", version="2", query_prefix="q: ", passage_prefix="p: ", batch_size=8,
    )
    space = embedder.space
    assert (space.name, space.version, space.dimension, space.query_prefix) == ("lengths", "2", 2, "q: ")
    numpy.testing.assert_array_equal(embedder.embed(["x"], "query"), numpy.array([[4, 1]], dtype=numpy.float32))
    store = open_store(embedder=embedder)
    id = store.scope("ada").put("xy")
    assert model.seen[-1] == (["p: xy"], 8, False)
    assert store.stats().embedding_space == "lengths/2/2" and store.scope("ada").recall("x")[0].id == id
    assert model.seen[-1] == (["q: x"], 8, False)


def test_a_loaded_sentence_transformer_needs_a_name() -> None:
    with pytest.raises(mnemic.InvalidArgument, match="name"):
        embedders.SentenceTransformersEmbedder(Model())


def test_a_sentence_transformer_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", type(sys)("sentence_transformers"))
    monkeypatch.setattr(sys.modules["sentence_transformers"], "SentenceTransformer", Model, raising=False)
    space = embedders.SentenceTransformersEmbedder("who/all-MiniLM-L6-v2").space
    assert (space.name, space.version) == ("who-all-MiniLM-L6-v2", "who/all-MiniLM-L6-v2")
    (tmp_path / "my model").mkdir()
    space = embedders.SentenceTransformersEmbedder(tmp_path / "my model").space
    assert (space.name, space.version) == ("my-model", "my model")  # nothing of where it lies


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ImportError, match=r"pip install 'mnemic\[sentence-transformers\]'"):
        embedders.SentenceTransformersEmbedder("all-MiniLM-L6-v2")


# Moving a store from one embedder to another.

TEXTS = [f"note {n} about {topic}" for n, topic in enumerate(["ferries", "trains", "tea", "cats", "boats"] * 4)]


def names(store: mnemic.Store, id: str) -> set[str]:
    return set(store.admin.find(id, vectors=True).vectors)


def finish(store: mnemic.Store) -> None:
    for _ in range(100):
        if store.reembedding() is None:
            return
        store.maintain(time=5.0)
    raise AssertionError("the move does not end")


def test_a_store_moves_and_moves_back(tmp_path: Path) -> None:
    hashed, path = mnemic.hashed_embedder(), tmp_path / "a.db"
    store = mnemic.open(path, embedder=hashed)
    ada = store.scope("ada")
    ids = ada.put_many(TEXTS)
    assert store.reembedding() is None
    store.reembed("default")
    move = store.reembedding()
    assert move is not None and move.source is not None and (move.total, move.missing, move.dead) == (20, 20, 0)
    assert (move.source.name, move.target.name, move.target.dimension) == ("mnemic-hash", "mnemic-static", 256)
    assert repr(move) == "<Reembedding to mnemic-static, 20 of 20 missing, 0 dead>"
    new = ada.put("written while it moves")
    assert names(store, new) == {"mnemic-hash", "mnemic-static"} and names(store, ids[0]) == {"mnemic-hash"}
    assert store.stats().embedding_space == HASHED and ada.recall("written moves", k=1)[0].id == new
    for name in ("mnemic-hash", "mnemic-static"):
        with pytest.raises(mnemic.FailedPrecondition, match="recall goes by mnemic-[a-z]+/1, or a move to it is under way"):
            store.drop_space(name, "1")
    with pytest.raises(mnemic.FailedPrecondition, match="a move to mnemic-static/1 is under way"):
        store.reembed(Letters())
    finish(store)
    assert store.stats().embedding_space == STATIC and names(store, ids[0]) == {"mnemic-hash", "mnemic-static"}
    assert ada.recall("railway", k=4, vector_weight=1.0).hits
    store.close()
    with pytest.raises(mnemic.FailedPrecondition, match="mnemic-static"):
        mnemic.open(path, embedder=hashed)
    with mnemic.open(path) as store:
        store.reembed(hashed, now=True)
        assert store.stats().embedding_space == HASHED and store.reembedding() is None
        store.drop_space("mnemic-static", "1")
        with pytest.raises(mnemic.NotFound):
            store.drop_space("mnemic-static", "1")
        again = store.scope("ada").put("after all")
        assert names(store, again) == {"mnemic-hash"} and store.check().clean


def test_a_move_can_be_called_off(open_store: Any) -> None:
    store = open_store()
    store.scope("ada").put_many(TEXTS)
    store.reembed(mnemic.hashed_embedder())
    assert store.reembedding() is not None
    store.reembed("default")
    assert store.reembedding() is None and store.stats().embedding_space == STATIC


def test_a_move_goes_on_after_a_restart(tmp_path: Path) -> None:
    with mnemic.open(tmp_path / "a.db") as store:
        for name in ("ada", "ben", "eve"):
            store.scope(name).put_many(TEXTS)
        store.reembed(Letters())
        store.maintain(items=1)
        move = store.reembedding()
        assert move is not None and (move.total, move.missing) == (60, 40)
    with mnemic.open(tmp_path / "a.db") as store:
        move = store.reembedding()
        assert move is not None and move.missing == 40
        store.reembed(Letters())
        finish(store)
        assert store.stats().embedding_space == "letters/1/26"


def test_a_move_to_an_embedder_in_python(open_store: Any) -> None:
    letters = Letters()
    store = open_store()
    ids = store.scope("ada").put_many(TEXTS)
    store.reembed(letters)
    assert letters.texts == []  # not called by reembed
    finish(store)
    assert set(letters.texts) == set(TEXTS) and names(store, ids[3]) == {"letters", "mnemic-static"}
    assert store.scope("ada").recall(TEXTS[3], k=1, vector_weight=1.0)[0].id == ids[3]


def test_a_store_without_an_embedder_moves_at_once(open_store: Any) -> None:
    store = open_store(embedder=None)
    store.scope("ada").put_many(TEXTS)
    store.reembed("default")
    assert store.stats().embedding_space == STATIC and store.reembedding() is None


WRONG_MOVES: list[tuple[str, Any, type[Exception], str]] = [
    ("None", None, TypeError, "embedder: an object with space and embed"),
    ("another name", "hashed", TypeError, "embedder: an object with space and embed"),
    ("a space that cannot be named", Letters("a b"), mnemic.InvalidArgument, "name"),
    ("a known space with another dimension", Letters(dimension=3), mnemic.FailedPrecondition, "dimension 26, not 3"),
]


@pytest.mark.parametrize("embedder, kind, message", [row[1:] for row in WRONG_MOVES], ids=[row[0] for row in WRONG_MOVES])
def test_a_move_that_cannot_be(open_store: Any, embedder: Any, kind: type[Exception], message: str) -> None:
    store = open_store(embedder=Letters())
    with pytest.raises(kind, match=message):
        store.reembed(embedder)
    with pytest.raises(TypeError, match="now: True or False is due, not int"):
        store.reembed("default", now=1)
    assert store.reembedding() is None


def test_a_store_that_is_read_only_or_closed_does_not_move(tmp_path: Path) -> None:
    mnemic.open(tmp_path / "a.db").close()
    with mnemic.open(tmp_path / "a.db", access="read_only") as store:
        with pytest.raises(mnemic.FailedPrecondition, match="read-only"):
            store.reembed(Letters())
    for call in (lambda: store.reembed(Letters()), store.reembedding, lambda: store.drop_space("a", "1")):
        with pytest.raises(mnemic.FailedPrecondition, match="closed"):
            call()


def test_an_embedder_that_fails_leaves_jobs_behind_and_not_a_move(open_store: Any) -> None:
    class Failing(Letters):
        def embed(self, texts: list[str], kind: mnemic.EmbedKind) -> Any:
            raise LookupError("no model")

    store = open_store()
    store.scope("ada").put_many(TEXTS)
    store.reembed(Failing())
    report = store.maintain()
    move = store.reembedding()
    assert report.failed > 0 and move is not None and move.missing == 20
    assert store.stats().embedding_space == STATIC and store.scope("ada").recall("ferries").hits
    assert names(store, store.scope("ada").put("new")) == {"mnemic-static"}  # a write does not fail for it


@pytest.mark.parametrize("moving", [True, False])
def test_an_interrupt_within_an_embedder_is_raised_where_a_failure_is_not(open_store: Any, moving: bool) -> None:
    class Interrupted(Letters):
        def embed(self, texts: list[str], kind: mnemic.EmbedKind) -> Any:
            raise KeyboardInterrupt

    store = open_store()
    ada = store.scope("ada")
    if not moving:
        ada.put("x")
    store.reembed(Interrupted())
    with pytest.raises(KeyboardInterrupt):
        ada.put("x") if moving else store.maintain()
    assert ada.count() == 1
    ada.count()  # raised once


def test_an_embedder_lives_as_long_as_its_store_goes_by_it(open_store: Any) -> None:
    class Own(Letters):
        pass

    def alive(seen: "weakref.ref[Own]") -> bool:
        gc.collect()
        return seen() is not None

    def move_to(embedder: Own) -> "weakref.ref[Own]":
        store.reembed(embedder, now=True)
        return weakref.ref(embedder)

    store = open_store()
    ada = store.scope("ada")
    first = move_to(Own("first"))
    store.drop_space("mnemic-static", "1")
    assert alive(first) and "first" in names(store, ada.put("x"))
    second = move_to(Own("second"))
    assert alive(first) and alive(second) and {"first", "second"} == names(store, ada.put("y"))
    store.drop_space("first", "1")
    assert not alive(first) and alive(second) and names(store, ada.put("z")) == {"second"}


@pytest.mark.parametrize("opened_with", [True, False])
def test_an_embedder_that_holds_the_store_it_moved_is_collected(opened_with: bool) -> None:
    class Agent(Letters):
        store: Optional[mnemic.Store] = None

    first, second = Agent("first"), Agent("second")
    store = mnemic.open(":memory:", embedder=first if opened_with else "default")
    store.scope("ada").put("x")
    store.reembed(second)
    store.reembed(second)  # goes on
    first.store = second.store = store
    seen = [weakref.ref(first), weakref.ref(second)]
    gc.collect()
    store.scope("ada").put("y")
    store.close()
    del store, first, second
    gc.collect()
    assert [one() for one in seen] == [None, None]


def test_threads_read_and_write_while_a_store_moves(open_store: Any) -> None:
    store = open_store()
    ada = store.scope("ada")
    ada.put_many(TEXTS)
    stop, failed = threading.Event(), []

    def work(number: int) -> None:
        try:
            for n in range(1000):
                ada.put(f"ferries {number} {n}")
                assert ada.recall("ferries", k=3).hits
                if stop.is_set():
                    return
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    try:
        for embedder in (Letters("a"), Letters("b"), mnemic.hashed_embedder()):
            store.reembed(embedder)
            finish(store)
            gc.collect()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failed and store.stats().embedding_space == HASHED and store.check().clean


def test_moves_are_awaited() -> None:
    async def agent() -> None:
        async with mnemic.aio.open(":memory:") as store:
            await store.scope("ada").put_many(TEXTS)
            await store.reembed(Letters())
            move = await store.reembedding()
            assert move is not None and move.missing == 20
            while await store.reembedding() is not None:
                await store.maintain()
            await store.drop_space("mnemic-static", "1")
            assert (await store.stats()).embedding_space == "letters/1/26"

    asyncio.run(agent())
