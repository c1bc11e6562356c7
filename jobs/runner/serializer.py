"""How the durable engine writes values: as JSON, and never as a pickle.

DBOS 3.4.0 obeys the column `serialization` of each row whatever serializer it is configured with:
`py_pickle` there is unpickled, and a pickle can run code. Nothing of ours was ever written so.
There is no setting for it, so the pickle serializer itself is disabled here, in one place; a test
holds the library's version and its sources against what this module relies on.
"""

from __future__ import annotations

from typing import Any, NoReturn

from dbos import DBOSPortableJSONSerializer, Serializer

# Not public: what the library uses for every row that names it, in all its modules.
from dbos._serialization import DefaultSerializer

DBOS_VERSION = "3.4.0"
"""The version whose sources were read for this."""

FORMAT = DBOSPortableJSONSerializer().name()
"""What the column `serialization` says of our own rows."""


class PickleRefused(Exception):
    """Something was to be written or read as a pickle; the text is one sentence."""

    def __init__(self) -> None:
        super().__init__("the row is written as a pickle, which can run code and is never read")


def json_serializer() -> Serializer:
    """The serializer for our own rows, after which no pickle is read in this process."""
    for name in ("serialize", "deserialize"):
        setattr(DefaultSerializer, name, _refuse)
    return DBOSPortableJSONSerializer()


def _refuse(_: DefaultSerializer, __: Any) -> NoReturn:
    raise PickleRefused
