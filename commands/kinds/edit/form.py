"""What a member asks to be done to a picture."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from commands.errors import BadUpload, DraftGone
from commands.kinds.image.edits import check_area, check_source
from commands.kinds.image.kept_picture import KeptPicture
from commands.languages import say
from commands.upload import Upload
from generation.edits import SEARCHING, EditAction
from prompts import without_options

if TYPE_CHECKING:
    from generation.edits import Sides

EDIT = "edit"
"""The kind of a draft of an edit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditForm:
    """The action, the picture (`image`, else `kept_image`) and what the action needs.

    `words` say what is there then, `search` what is replaced or recoloured. What is erased is an
    `area` or what is black in a `mask`. A picture grows by `sides` in pixels, by a quarter at each
    side where that is None.
    """

    action: EditAction
    words: str = ""
    search: str = ""
    image: Upload | None = None
    kept_image: KeptPicture | None = None
    area: str | None = None
    mask: Upload | None = None
    sides: Sides | None = None
    engine: str | None = None
    private: bool | None = None

    @property
    def picture_size(self) -> tuple[int, int]:
        """The size of the picture in pixels, as far as Discord or its job says it.

        Raises:
            BadUpload: neither does.
        """
        start = self.image or self.kept_image
        if start is None or not start.width or not start.height:
            reason = say("Discord does not say how large it is; attach it as PNG or JPEG")
            raise BadUpload("image", reason)
        return start.width, start.height

    @property
    def has_texts(self) -> bool:
        """Whether its action is told something in words, which may be none."""
        return self.action in (EditAction.OUTPAINT, *SEARCHING)

    @property
    def whole_words(self) -> str:
        """The words with the engine as an option, in the place of one that they name."""
        if not self.words.strip() or not self.engine:
            return self.words
        return f"{without_options(self.words, {'engine'})} --engine {self.engine}".lstrip()

    def with_texts(self, search: str, words: str) -> EditForm:
        """The same edit with other texts, which stand for the engine as well."""
        engine = None if self.words.strip() else self.engine
        return replace(self, search=search, words=words, engine=engine)

    def check(self) -> None:
        """Whether there is one picture, and one area where something is erased.

        Raises:
            BadUpload: with the way out.
        """
        check_source(self)
        if self.action is EditAction.ERASE:
            check_area(self)

    def to_json(self) -> dict[str, Any]:
        """Plain data for a draft."""
        return {"kind": EDIT, **asdict(self)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> EditForm:
        """The form that `to_json` wrote.

        Raises:
            DraftGone: it is no edit.
        """
        if data.get("kind") != EDIT:
            raise DraftGone
        values = {key: value for key, value in data.items() if key != "kind"}
        for name, read in (("image", Upload), ("mask", Upload), ("kept_image", KeptPicture)):
            values[name] = read(**data[name]) if data[name] else None
        values["sides"] = tuple(data["sides"]) if data["sides"] else None
        values["action"] = EditAction(data["action"])
        return cls(**values)
