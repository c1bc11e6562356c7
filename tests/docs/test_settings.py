"""The example of a settings file has every setting, once, with its default; so has its page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.settings import Settings

ROOT = Path(__file__).parents[2]
LINE = re.compile(r"^(?:# )?([A-Z0-9_]+)=(.*)$", re.MULTILINE)
EXAMPLE = LINE.findall((ROOT / ".env.example").read_text())


def test_every_setting_is_there_once():
    assert sorted(name.lower() for name, _ in EXAMPLE) == sorted(Settings.model_fields)


def test_defaults_are_the_real_ones():
    for name, value in EXAMPLE:
        default = Settings.model_fields[name.lower()].default
        if isinstance(default, (str, int, Path)) and str(default):
            assert value == str(default), name


def test_as_it_is_it_changes_nothing(monkeypatch: pytest.MonkeyPatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    assert Settings.read(str(ROOT / ".env.example")) == Settings.read()


def test_each_has_a_row_in_the_table():
    page = (ROOT / "docs" / "settings.md").read_text()
    assert re.findall(r"^\| `([A-Z0-9_]+)` \|", page, re.MULTILINE) == [
        name.upper() for name in Settings.model_fields
    ]
