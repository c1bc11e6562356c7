"""Fair shares of one device: between clients, and between the calls of each, by work done.

Start-time fair queueing (Goyal, Vin, Cheng 1996): whoever has had the least work done is next, and
who comes back after a pause does not get the pause refunded.
"""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator


class Claim(Protocol):
    """Something that wants work done for a call of a client."""

    @property
    def client(self) -> Hashable:
        """Who asks."""
        ...

    @property
    def call(self) -> Hashable:
        """By which of their calls."""
        ...

    @property
    def work(self) -> float:
        """How much its next turn takes; any unit, the same for all."""
        ...


C = TypeVar("C", bound=Claim)


@dataclass(slots=True)
class _Account:
    used: float
    claims: int = 0
    calls: dict[Hashable, _Account] = field(default_factory=dict["Hashable", "_Account"])


class FairShares:
    """Says whose turn it is."""

    def __init__(self) -> None:
        self._clients: dict[Hashable, _Account] = {}

    def enter(self, claim: Claim) -> None:
        """From now on the claim wants work done."""
        if not any(account.claims for account in self._clients.values()):
            # Nobody is waiting, so nobody can be owed anything.
            self._clients.clear()
        client = _enter(self._clients, claim.client)
        _enter(client.calls, claim.call)

    def leave(self, claim: Claim) -> None:
        """It does not want any more."""
        client = self._clients[claim.client]
        client.claims -= 1
        call = client.calls[claim.call]
        call.claims -= 1
        if not call.claims:
            del client.calls[claim.call]

    def charge(self, claim: Claim, work: float) -> None:
        """So much work was done for a claim that has entered."""
        client = self._clients[claim.client]
        client.used += work
        client.calls[claim.call].used += work

    def order(self, claims: Iterable[C]) -> Iterator[C]:
        """The claims by whose turn it is, as if each had its work done when it is named."""
        waiting: dict[Hashable, dict[Hashable, deque[C]]] = defaultdict(lambda: defaultdict(deque))
        for claim in claims:
            waiting[claim.client][claim.call].append(claim)
        # Numbers break ties by who came first; ids may not be comparable.
        clients = [
            (self._clients[client].used, number, client) for number, client in enumerate(waiting)
        ]
        calls = {
            client: _heap_of(self._clients[client], of_client)
            for client, of_client in waiting.items()
        }
        heapq.heapify(clients)
        while clients:
            used, number, client = clients[0]
            claim, is_last = _take(calls[client], waiting[client])
            if is_last:
                heapq.heappop(clients)
            else:
                heapq.heapreplace(clients, (used + claim.work, number, client))
            yield claim


def _enter(accounts: dict[Hashable, _Account], key: Hashable) -> _Account:
    """The account of a newcomer starts where the least served of those present stands."""
    present = [account.used for account in accounts.values() if account.claims]
    floor = min(present, default=0.0)
    for idle in [key for key, one in accounts.items() if not one.claims and one.used <= floor]:
        del accounts[idle]
    account = accounts.setdefault(key, _Account(floor))
    if not account.claims:
        account.used = max(account.used, floor)
    account.claims += 1
    return account


_Heap = list[tuple[float, int, "Hashable"]]


def _heap_of(account: _Account, calls: dict[Hashable, deque[C]]) -> _Heap:
    heap = [(account.calls[call].used, number, call) for number, call in enumerate(calls)]
    heapq.heapify(heap)
    return heap


def _take(heap: _Heap, calls: dict[Hashable, deque[C]]) -> tuple[C, bool]:
    """The next claim of a client, and whether it is the last."""
    used, number, call = heap[0]
    claim = calls[call].popleft()
    if calls[call]:
        heapq.heapreplace(heap, (used + claim.work, number, call))
    else:
        heapq.heappop(heap)
    return claim, not heap
