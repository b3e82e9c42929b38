# SPDX-License-Identifier: Apache-2.0
"""What encoder_peers.py and ../quality/encoder_reference.py share: real texts, their tokens, and talking to encoder_bench."""

from __future__ import annotations

import json
import random
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import BertWordPieceTokenizer

# Plain characters for mnemic, which lets no text pass for two; more than that for the package `tokenizers`.
SPECIAL = re.compile(r"\[(CLS|SEP|UNK|PAD|MASK)\]")
ROOT = Path(__file__).resolve().parents[2]


def real_lines(count: int, most_words: int, seed: int = 1) -> list[str]:
    """Sentences of this project's own pages, in a random order that is always the same."""
    found: dict[str, None] = {}
    for page in sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]):
        prose = re.sub(r"```.*?```", "\n\n", page.read_text(encoding="utf-8"), flags=re.S)
        prose = re.sub(r"^\s*[|#].*$", "\n", prose, flags=re.M)
        for paragraph in re.split(r"\n\s*\n|\n\s*[-*] ", prose):
            for sentence in re.split(r"(?<=[.:;?!]) ", " ".join(paragraph.split())):
                if 3 <= len(sentence.split()) <= most_words and not SPECIAL.search(sentence):
                    found[sentence] = None
    lines = list(found)
    random.Random(seed).shuffle(lines)
    if len(lines) < count:
        raise SystemExit(f"only {len(lines)} sentences in the project's pages, fewer than {count}")
    return lines[:count]


def lines_of(path: str | None, count: int, most_words: int) -> list[str]:
    if path is None:
        return real_lines(count, most_words)
    return [line.rstrip("\r\n") for line in Path(path).open(encoding="utf-8")][:count]


def token_ids(model: Path, lines: list[str]) -> list[list[int]]:
    """By the Python package `tokenizers`, as the model's own files ask."""
    config = json.loads((model / "config.json").read_text())
    settings = model / "sentence_bert_config.json"
    asked = json.loads(settings.read_text()).get("max_seq_length") if settings.exists() else None
    tokenizer = BertWordPieceTokenizer(str(model / "vocab.txt"), lowercase=True)
    tokenizer.enable_truncation(min(asked or 512, config["max_position_embeddings"]))
    return [encoding.ids for encoding in tokenizer.encode_batch(lines)]


class Bench:
    """encoder_bench, waiting to be told what to do."""

    def __init__(self, program: str, model: Path, lines: Path, threads: int) -> None:
        self._process = subprocess.Popen([program, str(model), str(lines), str(threads)], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True)
        self.seconds_to_load = self._answer()

    def _answer(self) -> float:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("encoder_bench ended")
        return float(line)

    def do(self, command: str) -> float:
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def pooled(states: Any, mask: Any, is_cls: bool) -> Any:
    """Unit vectors of (texts, tokens, hidden) states."""
    sums = states[:, 0] if is_cls else (states * mask[:, :, None]).sum(1) / mask.sum(1)[:, None]
    return sums / np.linalg.norm(sums, axis=1, keepdims=True)


def is_cls(model: Path) -> bool:
    pooling = model / "1_Pooling" / "config.json"
    return pooling.exists() and bool(json.loads(pooling.read_text()).get("pooling_mode_cls_token"))
