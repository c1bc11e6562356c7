"""How every kind of job looks, by the kind of the job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.kinds.blend.view import BlendView
from commands.kinds.edit.view import EditView
from commands.kinds.image.view import ImageView
from commands.kinds.morph.view import MorphView
from commands.kinds.upscale.view import UpscaleView
from commands.kinds.video.view import VideoView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commands.kinds.view import KindView, OfferedEngines

VIEWS: tuple[type[KindView], ...] = (
    ImageView,
    VideoView,
    MorphView,
    UpscaleView,
    BlendView,
    EditView,
)
EDIT_ACTIONS = {view.kind: view.edit_action for view in VIEWS}
"""What opens the text of a job for its author, by the kind of the job."""

REDO_ACTIONS = {view.draft_kind: view.redo_action for view in VIEWS}
"""What opens a draft again, by the kind of the draft."""


def open_views(engines: OfferedEngines) -> Mapping[str, KindView]:
    """The view of each kind of job, by the kind."""
    return {view.kind: view(engines) for view in VIEWS}
