"""What is remembered of calls, and for how long."""

from __future__ import annotations

from generation.wire import generation_pb2 as pb
from inference.journal import Journal


def request(request_id: str, text: str = "sea") -> pb.Request:
    return pb.Request(request_id=request_id, prompt=[pb.Prompt(text=text)])


def answers(size: int) -> list[pb.Answer]:
    return [pb.Answer(artifacts=[pb.Artifact(binary=bytes(size))])]


def test_only_the_same_request_is_known_again():
    journal = Journal(10_000)
    key = journal.key_of(request("a"))
    journal.keep(key, answers(100))
    assert journal.find(journal.key_of(request("a"))) == answers(100)
    assert not journal.find(journal.key_of(request("b")))
    assert not journal.find(journal.key_of(request("a", "forest")))


def test_a_request_without_an_id_is_never_known():
    journal = Journal(10_000)
    key = journal.key_of(request(""))
    journal.keep(key, answers(100))
    assert not journal.find(key)


def test_the_oldest_is_forgotten_when_room_runs_out():
    journal = Journal(2_500)
    keys = [journal.key_of(request(name)) for name in "abc"]
    journal.keep(keys[0], answers(1000))
    journal.keep(keys[1], answers(1000))
    assert journal.find(keys[0])
    journal.keep(keys[2], answers(1000))
    assert [bool(journal.find(key)) for key in keys] == [True, False, True]


def test_what_is_larger_than_all_room_is_not_kept():
    journal = Journal(500)
    key = journal.key_of(request("a"))
    journal.keep(key, answers(1000))
    assert not journal.find(key)
