"""The log: what a line looks like."""

from __future__ import annotations

import re
import subprocess
import sys

SAY = "import logging; from bot import log; log.set_up('INFO'); logging.getLogger('bot').info('hi')"


def test_a_line_has_its_date():
    ran = subprocess.run([sys.executable, "-c", SAY], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d INFO    bot  hi\n", ran.stderr)
