"""Whose turn it is."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from inference.backends.diffusers.sampling.fairness import FairShares


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    client: str
    call: str
    work: float = 1.0


def serve(shares: FairShares, claims: list[Piece], turns: int) -> list[Piece]:
    """One after the other; each wants more and more."""
    served: list[Piece] = []
    for _ in range(turns):
        claim = next(shares.order(claims))
        shares.charge(claim, claim.work)
        served.append(claim)
    return served


def entered(*claims: Piece) -> tuple[FairShares, list[Piece]]:
    shares = FairShares()
    for claim in claims:
        shares.enter(claim)
    return shares, list(claims)


def test_clients_get_equal_shares_and_then_their_calls() -> None:
    crowd = [Piece("x", call) for call in ("a", "a", "a", "b")]
    shares, claims = entered(*crowd, Piece("y", "c"))
    served = serve(shares, claims, 40)
    assert Counter(claim.client for claim in served) == {"x": 20, "y": 20}
    assert Counter(claim.call for claim in served if claim.client == "x") == {"a": 10, "b": 10}


def test_large_pictures_come_less_often() -> None:
    shares, claims = entered(Piece("x", "a", 4.0), Piece("y", "b", 1.0))
    assert Counter(claim.client for claim in serve(shares, claims, 50)) == {"x": 10, "y": 40}


def test_who_comes_later_is_owed_nothing() -> None:
    shares, claims = entered(Piece("x", "a"))
    serve(shares, claims, 100)
    late = Piece("y", "b")
    shares.enter(late)
    served = serve(shares, [*claims, late], 20)
    assert Counter(claim.client for claim in served) == {"x": 10, "y": 10}


def test_who_leaves_and_comes_back_has_gained_nothing() -> None:
    shares, claims = entered(Piece("x", "a"), Piece("y", "b"))
    serve(shares, claims[:1], 100)
    shares.leave(claims[0])
    again = Piece("x", "c")
    shares.enter(again)
    assert {claim.client for claim in serve(shares, [again, claims[1]], 99)} == {"y"}


@given(
    st.lists(
        st.builds(
            Piece,
            st.sampled_from("xyz"),
            st.sampled_from("ab"),
            st.sampled_from([0.0, 1.0, 2.0, 7.0]),
        ),
        min_size=1,
    )
)
def test_an_order_names_everyone_once_and_nobody_is_ahead_by_more_than_a_turn(
    claims: list[Piece],
) -> None:
    shares, _ = entered(*claims)
    ordered = list(shares.order(claims))
    assert Counter(map(id, ordered)) == Counter(map(id, claims))
    used: Counter[str] = Counter()
    left = Counter(claim.client for claim in claims)
    for claim in ordered:
        waiting = [client for client, count in left.items() if count]
        assert used[claim.client] == min(used[client] for client in waiting)
        used[claim.client] += int(claim.work)
        left[claim.client] -= 1
    for claim in claims:
        shares.leave(claim)


def test_clients_that_are_gone_are_forgotten() -> None:
    shares, _ = entered(Piece("stays", "a"))
    for number in itertools.islice(itertools.count(), 1000):
        passing = Piece(f"client {number}", "a")
        shares.enter(passing)
        shares.leave(passing)
    assert len(shares._clients) <= 3  # pyright: ignore[reportPrivateUsage]
