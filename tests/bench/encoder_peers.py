# SPDX-License-Identifier: Apache-2.0
"""mnemic::encoder and ONNX Runtime's CPU provider on the same float32 weights and lines, one thread each, in turns. Prints the
medians and their ratio (above 1: mnemic is faster), for all lines in one call and for a line at a time.

    pip install numpy safetensors tokenizers onnx onnxruntime
    python tests/bench/encoder_peers.py build/release/tests/bench/encoder_bench MODEL

The graph is made of the weights here, in two forms, and the faster of them is taken: with ONNX's own operators, and with the
fused ones that ONNX Runtime's optimizer would put there. Its batches are sorted by length and padded, of the best of several
sizes. Only the network is timed on its side; on mnemic's the tokens, the pooling and the sorting are timed, too.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors import safe_open

from encoder_support import Bench, is_cls, lines_of, pooled, token_ids

BATCHES = (4, 8, 16, 32)


class Graph:
    """The network as an ONNX model: input_ids and attention_mask (texts, tokens) to states (texts, tokens, hidden)."""

    def __init__(self, model: Path, is_fused: bool) -> None:
        self.config = json.loads((model / "config.json").read_text())
        self.is_exact = self.config.get("hidden_act", "gelu") == "gelu"
        with safe_open(model / "model.safetensors", framework="np") as file:
            self.weights = {name.removeprefix("bert."): file.get_tensor(name).astype(np.float32) for name in file.keys()
                            if not name.endswith("position_ids")}
        self.is_fused = is_fused
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def op(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        output = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], domain=domain, **attributes))
        return output

    def constant(self, value: Any, name: str | None = None) -> str:
        name = name or f"c{len(self.constants)}"
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def weight(self, name: str, transposed: bool = False) -> str:
        return self.constant(self.weights[name].T if transposed else self.weights[name], name)

    def normalise(self, x: str, added: str, bias: str | None, name: str) -> str:
        gain, shift = self.weight(name + ".weight"), self.weight(name + ".bias")
        epsilon = self.config.get("layer_norm_eps", 1e-12)
        if self.is_fused:
            return self.op("SkipLayerNormalization", added, x, gain, shift, *([bias] if bias else []), domain="com.microsoft",
                           epsilon=epsilon)
        if bias:
            added = self.op("Add", added, bias)
        return self.op("LayerNormalization", self.op("Add", added, x), gain, shift, axis=-1, epsilon=epsilon)

    def attention(self, x: str, name: str, mask: str) -> str:
        parts = ("query", "key", "value")
        matrix = self.constant(np.concatenate([self.weights[name + part + ".weight"].T for part in parts], 1))
        bias = self.constant(np.concatenate([self.weights[name + part + ".bias"] for part in parts]))
        heads, hidden = self.config["num_attention_heads"], self.config["hidden_size"]
        if self.is_fused:
            return self.op("Attention", x, matrix, bias, mask, domain="com.microsoft", num_heads=heads)
        rows = self.op("Add", self.op("MatMul", x, matrix), bias)
        split = f"split_{len(self.nodes)}"
        self.nodes.append(helper.make_node("Split", [rows], [f"{split}_{i}" for i in range(3)], axis=-1, num_outputs=3))
        shape = self.constant(np.array([0, 0, heads, hidden // heads]))
        q, k, v = (self.op("Transpose", self.op("Reshape", f"{split}_{i}", shape), perm=[0, 2, 3, 1] if i == 1 else [0, 2, 1, 3])
                   for i in range(3))
        scores = self.op("Mul", self.op("MatMul", q, k), self.constant(np.float32((hidden // heads) ** -0.5)))
        mixed = self.op("MatMul", self.op("Softmax", self.op("Add", scores, mask), axis=-1), v)
        return self.op("Reshape", self.op("Transpose", mixed, perm=[0, 2, 1, 3]), self.constant(np.array([0, 0, hidden])))

    def save(self, path: Path) -> None:
        place = self.op("Slice", self.weight("embeddings.position_embeddings.weight"), self.constant(np.array([0])),
                        self.op("Shape", "input_ids", start=1, end=2), self.constant(np.array([0])))
        words = self.op("Gather", self.weight("embeddings.word_embeddings.weight"), "input_ids")
        typed = self.op("Add", place, self.constant(self.weights["embeddings.token_type_embeddings.weight"][0]))
        x = self.op("LayerNormalization", self.op("Add", words, typed), self.weight("embeddings.LayerNorm.weight"),
                    self.weight("embeddings.LayerNorm.bias"), axis=-1, epsilon=self.config.get("layer_norm_eps", 1e-12))
        mask = self.op("Cast", "attention_mask", to=TensorProto.INT32 if self.is_fused else TensorProto.FLOAT)
        if not self.is_fused:
            away = self.op("Mul", self.op("Sub", self.constant(np.float32(1)), mask), self.constant(np.float32(-1e9)))
            mask = self.op("Unsqueeze", away, self.constant(np.array([1, 2])))
        for layer in range(self.config["num_hidden_layers"]):
            name = f"encoder.layer.{layer}."
            mixed = self.op("MatMul", self.attention(x, name + "attention.self.", mask),
                            self.weight(name + "attention.output.dense.weight", True))
            x = self.normalise(x, mixed, self.weight(name + "attention.output.dense.bias"), name + "attention.output.LayerNorm")
            wide = self.op("MatMul", x, self.weight(name + "intermediate.dense.weight", True))
            bias = self.weight(name + "intermediate.dense.bias")
            if self.is_fused:
                wide = self.op("BiasGelu" if self.is_exact else "FastGelu", wide, bias, domain="com.microsoft")
            else:
                wide = self.op("Gelu", self.op("Add", wide, bias), approximate="none" if self.is_exact else "tanh")
            x = self.normalise(x, self.op("MatMul", wide, self.weight(name + "output.dense.weight", True)),
                               self.weight(name + "output.dense.bias"), name + "output.LayerNorm")
        self.nodes[-1].output[0] = "states"
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
                  for name in ("input_ids", "attention_mask")]
        outputs = [helper.make_tensor_value_info("states", TensorProto.FLOAT, ["texts", "tokens", self.config["hidden_size"]])]
        graph = helper.make_graph(self.nodes, "bert", inputs, outputs, list(self.constants.values()))
        opsets = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
        onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), path)


class Peer:
    def __init__(self, path: Path, ids: list[list[int]]) -> None:
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = 1
        settings.inter_op_num_threads = 1
        settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(str(path), settings, providers=["CPUExecutionProvider"])
        self.ids = ids
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        self.batches = {size: [self.padded(order[i : i + size]) for i in range(0, len(order), size)] for size in (1, *BATCHES)}

    def padded(self, texts: list[int]) -> tuple[list[int], dict[str, Any]]:
        longest = max(len(self.ids[i]) for i in texts)
        rows = np.zeros((len(texts), longest), np.int64)
        mask = np.zeros((len(texts), longest), np.int64)
        for row, i in enumerate(texts):
            rows[row, : len(self.ids[i])] = self.ids[i]
            mask[row, : len(self.ids[i])] = 1
        return texts, {"input_ids": rows, "attention_mask": mask}

    def seconds(self, size: int) -> float:
        start = time.perf_counter()
        for _, inputs in self.batches[size]:
            self.session.run(None, inputs)
        return time.perf_counter() - start

    def vectors(self, cls: bool) -> Any:
        rows: dict[int, Any] = {}
        for texts, inputs in self.batches[BATCHES[-1]]:
            states = self.session.run(None, inputs)[0]
            rows.update(zip(texts, pooled(states, inputs["attention_mask"].astype(np.float32), cls)))
        return np.stack([rows[i] for i in range(len(rows))])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder_bench", help="the program, built with -DMNEMIC_BUILD_BENCH=ON")
    parser.add_argument("model", type=Path, help="the directory of a model")
    parser.add_argument("--lines", help="a file with a text per line, instead of sentences of this project's pages")
    parser.add_argument("--count", type=int, default=300, help="lines")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    lines = lines_of(options.lines, options.count, most_words=30)
    ids = token_ids(options.model, lines)
    with tempfile.TemporaryDirectory() as folder:
        texts, raw = Path(folder, "texts"), Path(folder, "vectors")
        texts.write_text("\n".join(lines) + "\n", encoding="utf-8")
        peers = {}
        for kind in ("plain", "fused"):
            path = Path(folder, kind + ".onnx")
            Graph(options.model, kind == "fused").save(path)
            peers[kind] = Peer(path, ids)
        bench = Bench(options.encoder_bench, options.model, texts, threads=1)
        bench.do(f"vectors {raw}")
        ours = np.fromfile(raw, np.float32).reshape(len(lines), -1)
        agreement = {kind: float((peer.vectors(is_cls(options.model)) * ours).sum(1).min()) for kind, peer in peers.items()}
        kind, size = min(((k, s) for k in peers for s in BATCHES), key=lambda at: min(peers[at[0]].seconds(at[1]) for _ in range(2)))
        times: dict[str, list[float]] = {name: [] for name in ("batch", "single", "peer batch", "peer single")}
        for _ in range(options.rounds):
            times["batch"].append(bench.do("batch"))
            times["peer batch"].append(peers[kind].seconds(size))
            times["single"].append(bench.do("single"))
            times["peer single"].append(peers[kind].seconds(1))
        bench.close()

    medians = {name: statistics.median(seconds) for name, seconds in times.items()}
    tokens = sum(map(len, ids))
    result = {
        "lines": len(lines), "tokens": tokens, "onnxruntime": onnxruntime.__version__, "graph": kind, "peer_batch": size,
        "least_cosine": agreement, "seconds": times, "medians": medians,
        "ratio_batch": medians["peer batch"] / medians["batch"], "ratio_single": medians["peer single"] / medians["single"],
    }
    if options.json:
        print(json.dumps(result))
        return
    print(f"{len(lines)} lines, {tokens} tokens, onnxruntime {onnxruntime.__version__} with the {kind} graph, batches of {size}")
    print(f"least cosine between the two: {min(agreement.values()):.7f}")
    for name in ("batch", "single"):
        print(f"{name:7} mnemic {len(lines) / medians[name]:7.1f} lines/s ({1000 * medians[name] / len(lines):5.2f} ms each)   "
              f"onnxruntime {len(lines) / medians['peer ' + name]:7.1f} lines/s   ratio {result['ratio_' + name]:.2f}")


if __name__ == "__main__":
    main()
