"""The store of messages against a plain list, and ids that only ever rise."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from playground.world.mentions import mentioned
from playground.world.messages import Message, MessageLog
from playground.world.snowflakes import Clock, Snowflakes, shard_of
from playground.world.world import JUN_ID, MINA_ID, World

READERS = (None, "mina", "jun")


@given(
    st.lists(st.tuples(st.sampled_from(READERS), st.booleans()), max_size=60),
    st.integers(1, 20),
    st.integers(0, 61),
)
def test_log_agrees_with_a_plain_list(
    posts: list[tuple[str | None, bool]], limit: int, edge: int
) -> None:
    log, plain = MessageLog(keep=1000), list[Message]()
    for number, (reader, removed) in enumerate(posts, 1):
        message = Message(str(number), "c", "a", 0.0, visible_to=reader)
        log.add(message)
        if removed:
            log.remove(message)
        else:
            plain.append(message)
    public = [message for message in plain if message.visible_to is None]
    before = [message for message in public if int(message.id) < edge]
    after = [message for message in public if int(message.id) > edge]
    assert log.page(limit) == public[::-1][:limit]
    assert log.page(limit, before=edge) == before[::-1][:limit]
    assert log.page(limit, after=edge) == after[:limit][::-1]
    seen = [message for message in plain if message.visible_to in (None, "mina")]
    assert log.seen_by("mina", limit) == seen[-limit:]
    for message in plain:
        assert log.get(message.id, message.visible_to) is message
        assert (log.get(message.id) is message) is (message.visible_to is None)


@given(st.integers(1, 300), st.integers(1, 40))
def test_log_keeps_the_newest(count: int, keep: int) -> None:
    log = MessageLog(keep)
    dropped: list[Message] = []
    for number in range(1, count + 1):
        dropped += log.add(Message(str(number), "c", "a", 0.0))
    kept = log.page(1000)
    assert len(kept) >= min(count, keep)
    assert len(kept) <= keep + max(64, keep // 8)
    assert [int(message.id) for message in dropped + kept[::-1]] == list(range(1, count + 1))


@given(st.lists(st.floats(0, 1e6), max_size=20))
def test_ids_rise_and_tell_the_time(steps: list[float]) -> None:
    clock = Clock()
    ids = Snowflakes(clock)
    last = 0
    for step in steps:
        clock.advance(step)
        new = int(ids.next())
        assert new > last
        assert abs(((new >> 22) + 1_420_070_400_000) / 1000 - clock.now()) < 1
        last = new


@given(st.integers(0, 2**63), st.integers(1, 50))
def test_every_guild_has_one_shard(guild: int, shards: int) -> None:
    assert 0 <= shard_of(str(guild), shards) < shards


_ALLOWED = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "parse": st.lists(st.sampled_from(["users", "roles", "everyone"]), unique=True),
        "users": st.lists(st.sampled_from([MINA_ID, JUN_ID]), unique=True),
    },
)


@given(st.lists(st.sampled_from([f"<@{MINA_ID}>", f"<@!{JUN_ID}>", "<@9>", "text"])), _ALLOWED)
def test_nobody_is_pinged_who_is_not_named_and_allowed(
    words: list[str], allowed: dict[str, Any] | None
) -> None:
    world = World(Clock())
    text = " ".join(words)
    users = mentioned(world, text, allowed, may_ping_everyone=lambda: False).users
    permitted = {MINA_ID, JUN_ID}
    if allowed is not None and "users" not in (allowed.get("parse") or []):
        permitted = set(allowed.get("users") or [])
    assert set(users) == {key for key in permitted if key in text}
