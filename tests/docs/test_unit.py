"""The unit for systemd is one that systemd takes, and starts what the guide installs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from bot.errors import StateInUse

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "docs" / "atelier.service"


def test_systemd_takes_it(tmp_path: Path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("NO SYSTEMD HERE: the unit is not verified")
    # The program that it names is not installed here.
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/atelier/.venv/bin/python", "/bin/true"))
    ran = subprocess.run(
        ["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False
    )
    complaints = [line for line in ran.stderr.splitlines() if UNIT.name in line]
    assert (ran.returncode, complaints) == (0, [])


def test_it_gives_up_where_another_bot_has_the_state():
    assert f"RestartPreventExitStatus={StateInUse.status}\n" in UNIT.read_text()
