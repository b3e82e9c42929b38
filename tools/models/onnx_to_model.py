# SPDX-License-Identifier: Apache-2.0
"""Makes a directory that `mnemic::encoder` reads of a BERT encoder that is published as ONNX only, quantised or not.

    pip install numpy onnx safetensors
    python tools/models/onnx_to_model.py MODEL.onnx TOKENIZER.json DIRECTORY --pooling mean --heads 12

Weights in 8 bits become the float32 numbers that they stand for: what quantising lost stays lost, and activations are no longer rounded.
Matrices have lost their names in such files; they get them back from the bias that is added to their product. Heads and pooling are
not in the file and have to be said.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper
from safetensors.numpy import save_file

PRODUCTS = {"MatMul", "MatMulInteger", "Gemm"}
BIAS = re.compile(r"encoder\.layer\.\d+\..*(query|key|value|dense)\.bias$")
SUFFIXES = ("_scale", "_zero_point", "_quantized")


class Graph:
    def __init__(self, path: Path) -> None:
        graph = onnx.load(str(path)).graph
        self.tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self.nodes = list(graph.node)
        self.made_by = {output: node for node in self.nodes for output in node.output}

    def floats(self, name: str) -> Any:
        """The tensor of that name, which may be there as three of a quantised one."""
        if name in self.tensors:
            return self.tensors[name].astype(np.float32)
        scale, zero, numbers = (self.tensors[name + suffix] for suffix in SUFFIXES)
        return (numbers.astype(np.float32) - zero.astype(np.float32)) * scale.astype(np.float32)

    def factor(self, value: str) -> Any:
        """The stored matrix of the product that `value` comes from, over casts and scalings."""
        waiting = [value]
        while waiting:
            node = self.made_by.get(waiting.pop(0))
            if node is None:
                continue
            if node.op_type in PRODUCTS:
                return self.floats(node.input[1].removesuffix("_quantized"))
            if node.op_type in {"Cast", "Mul"}:
                waiting += node.input
        raise SystemExit(f"no matrix behind {value}")


def weights_of(graph: Graph) -> dict[str, Any]:
    weights: dict[str, Any] = {}
    for name in graph.tensors:
        plain = name.removesuffix("_quantized")
        if not any(name.endswith(suffix) for suffix in SUFFIXES[:2]) and re.match(r"(bert\.)?(embeddings|encoder)\.", plain):
            if not plain.endswith("position_ids"):
                weights[plain] = np.ascontiguousarray(graph.floats(plain))
    for node in graph.nodes:
        biases = [name for name in node.input if BIAS.search(name)] if node.op_type == "Add" else []
        for bias in biases:
            other = next(name for name in node.input if name != bias)
            weights[bias.removesuffix("bias") + "weight"] = np.ascontiguousarray(graph.factor(other).T)
    return {name.removeprefix("bert."): numbers for name, numbers in weights.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("onnx", type=Path)
    parser.add_argument("tokenizer", type=Path, help="tokenizer.json of the package `tokenizers`")
    parser.add_argument("directory", type=Path, help="is made")
    parser.add_argument("--pooling", choices=["mean", "cls"], required=True)
    parser.add_argument("--heads", type=int, required=True)
    options = parser.parse_args()

    weights = weights_of(Graph(options.onnx))
    words = json.loads(options.tokenizer.read_text(encoding="utf-8"))["model"]["vocab"]
    rows, hidden = weights["embeddings.word_embeddings.weight"].shape
    if sorted(words.values()) != list(range(rows)):
        raise SystemExit(f"{len(words)} tokens for a table of {rows}")
    layers = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))
    config = {
        "model_type": "bert", "hidden_act": "gelu", "layer_norm_eps": 1e-12, "vocab_size": rows, "hidden_size": hidden,
        "num_hidden_layers": layers, "num_attention_heads": options.heads,
        "intermediate_size": weights["encoder.layer.0.intermediate.dense.weight"].shape[0],
        "max_position_embeddings": weights["embeddings.position_embeddings.weight"].shape[0],
        "type_vocab_size": weights["embeddings.token_type_embeddings.weight"].shape[0],
    }
    pooling = {"word_embedding_dimension": hidden, "pooling_mode_cls_token": options.pooling == "cls",
               "pooling_mode_mean_tokens": options.pooling == "mean"}
    (options.directory / "1_Pooling").mkdir(parents=True)
    (options.directory / "vocab.txt").write_text("".join(f"{word}\n" for word in sorted(words, key=words.__getitem__)), encoding="utf-8")
    (options.directory / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    (options.directory / "1_Pooling" / "config.json").write_text(json.dumps(pooling, indent=2) + "\n")
    save_file(weights, options.directory / "model.safetensors")
    print(f"{len(weights)} tensors, {layers} layers of {hidden}, {rows} tokens")
    return 0


if __name__ == "__main__":
    sys.exit(main())
