"""The table of what does not work quotes what the bot really says, and says it to the operator."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "hosting.md").read_text()
ROW = re.compile(r"^\| (.+?) \| .+ \|$", re.MULTILINE)
SAID = re.compile(r"\*(?:… )?([^*]+?)(?: …)?\*")
DISCORDS = {"The application did not respond"}
"""What Discord says, not the bot."""

ROOMS = ("bot", "commands", "storage", "jobs", "generation")


def quoted() -> list[str]:
    """The messages in the first column of the table, without what stands for a name."""
    _, _, section = GUIDE.partition("## When something does not work")
    rows = ROW.findall(section)
    return [said for row in rows for said in SAID.findall(row) if said not in DISCORDS]


def source() -> str:
    """All texts of the program, those that go over several lines as one."""
    files = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    return re.sub(r'"\s*\n\s*f?"', "", text)


def test_most_rows_quote_a_message():
    assert len(quoted()) >= 8


@pytest.mark.parametrize("said", quoted())
def test_what_is_quoted_is_said(said: str):
    assert said in source()
