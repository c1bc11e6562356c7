"""What is kept of a request beside its form: what it is for, and what its author is to pay."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELD = "request"
"""The field of a draft's content that has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a member is asked to pay, in millicredits, and what makes it; any engine where empty."""

    price_mc: int
    engine_id: str = ""

    def covers(self, other: Quote) -> bool:
        """Whether who agreed to this one has agreed to the other."""
        return other.price_mc <= self.price_mc and self.engine_id in ("", other.engine_id)


ANY = Quote(price_mc=1 << 62)
"""What drafts of earlier versions agree to, which did not note what their buttons said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRequest:
    """The key, the parent and the later price of a request, and the price that it was asked at."""

    key: str = ""
    parent_id: str | None = None
    later_mc: int = 0
    quote: Quote | None = None

    def beside(self, draft: Mapping[str, Any]) -> dict[str, Any]:
        """What is kept of the request: its draft, and this."""
        return {**draft, FIELD: asdict(self)}

    @classmethod
    def split(cls, content: Mapping[str, Any]) -> tuple[dict[str, Any], KeptRequest]:
        """The draft and what is kept beside it, of a kept draft's content."""
        draft = dict(content)
        if (kept := draft.pop(FIELD, None)) is None:
            return draft, cls(quote=ANY)
        quote = Quote(**kept["quote"]) if kept["quote"] else None
        values: dict[str, Any] = {**kept, "quote": quote}
        return draft, cls(**values)

    def agreed(self, key: str) -> dict[str, Any]:
        """The values of the request once its author has agreed; `key` is for one without its own.

        A double click gives the same key, so it makes one job.
        """
        return {
            "key": self.key or key,
            "parent_id": self.parent_id,
            "later_mc": self.later_mc,
            "agreed": self.quote,
        }

    @property
    def changed(self) -> dict[str, Any]:
        """The values of a request that takes its place, with another text."""
        return {"parent_id": self.parent_id, "later_mc": self.later_mc}
