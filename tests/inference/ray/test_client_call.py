"""What of a client's call is passed on to a server."""

from __future__ import annotations

import pytest

from inference.ray.client_call import ClientCall
from inference.ray.messages import Call
from inference.ray.proxy import TIMEOUT
from tests.inference.ray.clock import Clock


def test_metadata_of_the_connection_stay_here():
    sent = [("user-agent", "sdk"), ("authorization", "Bearer key"), ("atelier-progress", "steps")]
    call = ClientCall("/method", b"message", sent, "client").passed_on()
    assert call == Call("/method", b"message", tuple(sent[1:]), "client", None)


def test_the_next_server_has_less_time():
    clock = Clock()
    call = ClientCall("/method", b"", [(TIMEOUT, "30000")], "client", clock)
    assert call.passed_on().timeout_s == 30
    clock.s += 12
    assert call.passed_on().timeout_s == pytest.approx(18)
    clock.s += 20
    assert call.passed_on().timeout_s == 0
