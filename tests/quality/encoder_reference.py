# SPDX-License-Identifier: Apache-2.0
"""Compares the vectors of mnemic::encoder with those of a plain float32 encoder in NumPy, fed by the Python package
`tokenizers`: both must agree on the tokens and on the network. Fails below --floor.

    pip install numpy safetensors tokenizers
    python tests/quality/encoder_reference.py build/release/tests/bench/encoder_bench MODEL
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
from encoder_support import Bench, is_cls, lines_of, pooled, token_ids  # noqa: E402

erf = np.frompyfunc(math.erf, 1, 1)


def gelu(x: Any) -> Any:
    return (0.5 * x * (1 + erf(x / math.sqrt(2)).astype(np.float32))).astype(np.float32)


def gelu_tanh(x: Any) -> Any:
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


class Encoder:
    """BERT, one text at a time: no batches, no padding, nothing fused."""

    def __init__(self, model: Path) -> None:
        config = json.loads((model / "config.json").read_text())
        self.heads, self.layers = config["num_attention_heads"], config["num_hidden_layers"]
        self.epsilon = config.get("layer_norm_eps", 1e-12)
        self.activate = gelu if config.get("hidden_act", "gelu") == "gelu" else gelu_tanh
        with safe_open(model / "model.safetensors", framework="np") as file:
            self.weights = {name.removeprefix("bert."): file.get_tensor(name).astype(np.float32) for name in file.keys()}

    def linear(self, x: Any, name: str) -> Any:
        return x @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def normalise(self, x: Any, name: str) -> Any:
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + np.float32(self.epsilon))
        return x * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def states(self, ids: list[int]) -> Any:
        embeddings = [self.weights[f"embeddings.{kind}_embeddings.weight"] for kind in ("word", "position", "token_type")]
        x = self.normalise(embeddings[0][ids] + embeddings[1][: len(ids)] + embeddings[2][0], "embeddings.LayerNorm")
        for layer in range(self.layers):
            name = f"encoder.layer.{layer}."
            q, k, v = (
                self.linear(x, name + "attention.self." + part).reshape(len(ids), self.heads, -1).transpose(1, 0, 2)
                for part in ("query", "key", "value")
            )
            scores = q @ k.transpose(0, 2, 1) / np.float32(math.sqrt(q.shape[-1]))
            shares = np.exp(scores - scores.max(-1, keepdims=True))
            shares /= shares.sum(-1, keepdims=True)
            mixed = (shares @ v).transpose(1, 0, 2).reshape(len(ids), -1)
            x = self.normalise(x + self.linear(mixed, name + "attention.output.dense"), name + "attention.output.LayerNorm")
            wide = self.activate(self.linear(x, name + "intermediate.dense"))
            x = self.normalise(x + self.linear(wide, name + "output.dense"), name + "output.LayerNorm")
        return x


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder_bench", help="the program, built with -DMNEMIC_BUILD_BENCH=ON")
    parser.add_argument("model", type=Path, help="the directory of a model")
    parser.add_argument("--lines", help="a file with a text per line, instead of sentences of this project's pages")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--floor", type=float, default=0.9999)
    options = parser.parse_args()

    lines = lines_of(options.lines, options.count, most_words=60)
    encoder = Encoder(options.model)
    cls = is_cls(options.model)
    expected = np.concatenate([
        pooled(encoder.states(ids)[None], np.ones((1, len(ids)), np.float32), cls) for ids in token_ids(options.model, lines)
    ])
    with tempfile.TemporaryDirectory() as folder:
        texts, vectors = Path(folder, "texts"), Path(folder, "vectors")
        texts.write_text("\n".join(lines) + "\n", encoding="utf-8")
        bench = Bench(options.encoder_bench, options.model, texts, threads=2)
        bench.do(f"vectors {vectors}")
        bench.close()
        actual = np.fromfile(vectors, np.float32).reshape(len(lines), -1)
    cosines = (expected.astype(np.float64) * actual.astype(np.float64)).sum(1)
    print(f"{len(lines)} texts: cosine min {cosines.min():.7f}, mean {cosines.mean():.7f}, "
          f"largest difference of a component {np.abs(expected - actual).max():.1e}")
    return 0 if cosines.min() >= options.floor else 1


if __name__ == "__main__":
    sys.exit(main())
