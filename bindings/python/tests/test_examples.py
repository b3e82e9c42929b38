# SPDX-License-Identifier: Apache-2.0
"""The examples in Python run, and print what stands beside them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import mnemic

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples/python"

EXPECTED = {
    "01_store_and_recall.py": ROOT / "examples/01-store-and-recall/expected.txt",
    "02_conversation.py": ROOT / "examples/02-conversation/expected.txt",
    "03_facts.py": ROOT / "examples/03-facts/expected.txt",
    "04_async_agent.py": EXAMPLES / "04_async_agent.expected.txt",
}


def package_environment() -> dict[str, str]:
    """The package that is tested here is the one that the examples import."""
    paths = [str(Path(mnemic.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "PYTHONWARNINGS": "error"}


def test_every_script_has_an_expected_output() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(EXPECTED)


@pytest.mark.parametrize("script", sorted(EXPECTED))
def test_a_script_prints_what_is_expected_byte_for_byte(script: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, str(EXAMPLES / script)], cwd=tmp_path, env=package_environment(),
                          capture_output=True, text=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == EXPECTED[script].read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == []


def outputs_of(notebook: Any) -> list[list[tuple[str, str]]]:
    """What each cell shows: (kind, text) of its outputs; an error, or a picture, is a kind of its own."""
    shown = []
    for cell in notebook.cells:
        outputs = []
        for output in cell.get("outputs", []):
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            outputs.append((output.output_type, text))
        shown.append(outputs)
    return shown


def test_the_notebook_shows_what_is_stored_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = tmp_path / "kernels/tested"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(json.dumps({
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "this interpreter", "language": "python",
    }))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", package_environment()["PYTHONPATH"])
    monkeypatch.delenv("PYTHONWARNINGS", raising=False)
    read: Any = nbformat.read  # not typed
    stored, run = (read(EXAMPLES / "first_steps.ipynb", as_version=4) for _ in range(2))
    NotebookClient(run, kernel_name="tested", timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert outputs_of(run) == outputs_of(stored)
    assert sum(len(outputs) for outputs in outputs_of(stored)) > 5
