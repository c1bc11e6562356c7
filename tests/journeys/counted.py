"""The bot with its statements counted: what it sends to the database, written to a file.

A line for each transaction: its statements, and whether they changed anything. Run as the bot is,
with the file's name in STATEMENTS.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

WRITES = ("INSERT", "UPDATE", "DELETE")


def begin(connection: Any) -> None:
    connection.info["statements"] = []


def execute(
    connection: Any, _cursor: Any, statement: str, _values: Any, _context: Any, _many: bool
) -> None:
    connection.info.setdefault("statements", []).append(" ".join(statement.split()))


def end(record: Any, *_: Any) -> None:
    statements = record.info.pop("statements", [])
    if statements:
        with Path(os.environ["STATEMENTS"]).open("a") as file:
            file.write(json.dumps(statements) + "\n")


def main() -> None:
    Path(os.environ["STATEMENTS"]).touch()
    event.listen(Engine, "begin", begin)
    event.listen(Engine, "before_cursor_execute", execute)
    event.listen(Engine, "commit", end)
    event.listen(Engine, "rollback", end)
    event.listen(Pool, "checkin", lambda _connection, record: end(record))
    sys.argv[0] = "bot"
    runpy.run_module("bot", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
