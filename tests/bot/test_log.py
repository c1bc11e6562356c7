"""The log: what a line looks like."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

SAY = "import logging; from bot import log; log.set_up('INFO'); logging.getLogger('bot').info('hi')"


def test_a_line_has_its_date():
    ran = subprocess.run([sys.executable, "-c", SAY], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d INFO    bot  hi\n", ran.stderr)


FAIL = """
import logging
from sqlalchemy.exc import OperationalError
from bot import log
from storage.errors import DatabaseUnavailable
log.set_up("INFO")
try:
    raise {error}
except Exception:
    logging.getLogger("bot").exception("the look %s", "failed")
"""


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("DatabaseUnavailable('it did not answer')", "it did not answer"),
        ("OperationalError('select 1', {}, OSError('refused\\nat that port'))", "refused"),
    ],
)
def test_a_database_that_is_away_is_one_line(error: str, says: str):
    (line,) = said_of(error)
    assert line.endswith(f"ERROR   bot  the look failed: {says}")


def test_where_a_mistake_was_made_is_shown():
    first, *others = said_of("ValueError('of ours')")
    assert first.endswith("the look failed")
    assert others[0].startswith("Traceback")
    assert others[-1] == "ValueError: of ours"


def said_of(error: str) -> list[str]:
    program = FAIL.format(error=error)
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    return ran.stderr.splitlines()
