# SPDX-License-Identifier: Apache-2.0
"""What pip installs besides the package: the command, and the version, which comes from one place."""

from __future__ import annotations

import importlib.metadata
import json
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import mnemic


def run(*arguments: str) -> str:
    command = shutil.which("mnemic", path=sysconfig.get_path("scripts"))
    assert command is not None, "no `mnemic` among the scripts of this environment"
    return subprocess.run([command, *arguments], check=True, capture_output=True, text=True).stdout


def test_the_command_and_the_package_are_of_one_version() -> None:
    assert mnemic.__version__ == importlib.metadata.version("mnemic")
    assert run("--version").split()[-1] == mnemic.__version__


def test_the_version_is_that_of_the_build_file() -> None:
    cmake = Path(__file__).parents[3] / "CMakeLists.txt"
    match = re.search(r"project\(mnemic VERSION ([0-9.]+)", cmake.read_text(encoding="utf-8"))
    assert match is not None
    assert match.group(1) == mnemic.__version__


def test_the_command_reads_what_python_wrote(tmp_path: Path) -> None:
    file = tmp_path / "agent.db"
    with mnemic.open(file) as store:
        store.scope("acme", "ada").put("Prefers window seats", key="pref:seat")
        found = json.loads(run("recall", str(file), "window", "--scope", "acme/ada", "--json"))
    assert "Prefers window seats" in json.dumps(found)
