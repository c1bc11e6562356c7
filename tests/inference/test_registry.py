"""The registry and the catalogue speak of the same backends."""

from __future__ import annotations

from generation.catalogue.catalogue import WITHOUT_MODEL, Engine
from inference.registry import BACKENDS


def test_what_has_no_model_is_a_backend():
    assert set(BACKENDS) >= WITHOUT_MODEL


def test_other_backends_and_other_servers_have_models():
    assert Engine("a").has_model
    assert Engine("a", backend="diffusion").has_model
    assert not any(Engine("a", backend=backend).has_model for backend in WITHOUT_MODEL)
