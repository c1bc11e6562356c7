"""No pickle is read by the durable engine, whatever a row says of itself."""

from __future__ import annotations

import base64
import pickle
import re
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dbos
import pytest

from jobs.runner.serializer import DBOS_VERSION, FORMAT, PickleRefused, json_serializer

library: Any = import_module("dbos._serialization")
UNPICKLES = re.compile(
    r"\b(c?loud)?(pickle|marshal|shelve|dill|jsonpickle)\b *(\.|as\b|import\b)|"
    r"import +(pickle|marshal|shelve|dill|jsonpickle|cloudpickle)"
)


class Trap:
    """Creates a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.marker,)


def trapped(marker: Path) -> str:
    return base64.b64encode(pickle.dumps(Trap(marker))).decode()


def test_the_library_is_the_one_that_was_read():
    assert version("dbos") == DBOS_VERSION, "read its sources again, then change DBOS_VERSION"


def test_the_library_unpickles_in_one_place_only():
    folder = Path(dbos.__file__).parent
    found = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if UNPICKLES.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"_serialization.py"}
    source = (folder / "_serialization.py").read_text(encoding="utf-8")
    inside = source[source.index("class DefaultSerializer") : source.index("# Portable JSON #")]
    uses = re.compile(r"pickle\.\w+\(")
    assert uses.findall(source) == uses.findall(inside) == ["pickle.dumps(", "pickle.loads("]


@pytest.mark.parametrize(
    "read",
    [
        lambda text, form, own: library.deserialize_value(text, form, own),
        lambda text, form, own: library.deserialize_args(text, form, own),
        lambda text, form, own: library.deserialize_exception(text, form, own),
        lambda text, _, __: library.DBOSDefaultSerializer.deserialize(text),
        lambda text, _, __: library.DefaultSerializer().deserialize(text),
    ],
)
def test_a_pickle_is_refused_on_every_way(tmp_path: Path, read: Any):
    own = json_serializer()
    marker = tmp_path / "marker"
    with pytest.raises(PickleRefused):
        read(trapped(marker), "py_pickle", own)
    assert not marker.exists()


@pytest.mark.parametrize("form", ["py_pickle", "PY_PICKLE", "custom_serializer", "superjson", ""])
def test_no_other_name_leads_to_a_pickle(tmp_path: Path, form: str):
    marker = tmp_path / "marker"
    text = trapped(marker)
    found = library.safe_deserialize(
        json_serializer(),
        form,
        "ada-1",
        serialized_input=text,
        serialized_output=text,
        serialized_exception=text,
    )
    assert found == (text, text, text)
    assert not marker.exists()


def test_values_of_ours_are_read_back_as_json():
    own = json_serializer()
    value = {"failure": None, "count": 3, "prompts": ["ä", "b"]}
    text, form = library.serialize_value(value, None, own)
    assert form == FORMAT == "portable_json"
    assert library.deserialize_value(text, form, own) == value
