"""What the engine keeps for a loaded model; it goes when the model goes."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from inference.backends.diffusers.adapters.loras import Loras
from inference.backends.diffusers.conditioning.prompts import condition
from inference.backends.diffusers.conditioning.text_encoders import TextMemory
from inference.backends.diffusers.samplers.course import Courses
from inference.backends.diffusers.sampling.optimisation import Compiler
from inference.backends.diffusers.sampling.previews import ColourMap

if TYPE_CHECKING:
    from collections.abc import Hashable

    from generation.request import ImageRequest
    from inference.backends.diffusers.adapters.loras import LoraSet
    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.rows import Conditioning
    from inference.backends.diffusers.sampling.picture import Bucket, Ticket

_CACHED_CONDITIONINGS = 128
_TEXT_MEMORIES = 8
"""Of how many sets of LoRAs it is kept what texts became with them."""


class Runtime:
    """Caches of one model. It has no reference to the model, so that its memory can come back."""

    def __init__(self, model: Model) -> None:
        """Nothing is kept yet."""
        self.courses = Courses(model.pipeline.scheduler.config)
        self.row_counts: dict[Bucket, tuple[int, ...]] = {}
        """The numbers of rows that calls for a bucket may have, ascending."""
        self.compiler = Compiler()
        self.loras = Loras()
        self._lora_changes = 0
        self._colours: ColourMap | None = None
        self._texts: OrderedDict[LoraSet, TextMemory] = OrderedDict()
        self._conditionings: OrderedDict[Hashable, Conditioning] = OrderedDict()

    def colours(self, model: Model) -> ColourMap:
        """How previews are painted."""
        if self._colours is None:
            self._colours = ColourMap(model)
        return self._colours

    def condition(self, ticket: Ticket, loras: LoraSet = ()) -> Conditioning:
        """The conditioning of a request, whose LoRAs are active; that of recent prompts is kept.

        Raises:
            BadRequest: the model cannot do what is asked.
        """
        self._forget_changed_texts()
        loras = self.loras.reading_text(loras)
        key = _key(ticket.request, loras)
        known = self._conditionings.get(key) if key is not None else None
        if known is None:
            known = condition(
                ticket.model,
                ticket.request,
                reads_emphasis=ticket.reads_emphasis,
                memory=self._texts_with(loras),
            )
        if key is not None:
            self._conditionings[key] = known
            self._conditionings.move_to_end(key)
            if len(self._conditionings) > _CACHED_CONDITIONINGS:
                self._conditionings.popitem(last=False)
        return known

    def _forget_changed_texts(self) -> None:
        """Drop what texts became with LoRAs whose files are others by now."""
        if self._lora_changes != self.loras.changes:
            self._lora_changes = self.loras.changes
            self._texts.clear()
            self._conditionings.clear()

    def _texts_with(self, loras: LoraSet) -> TextMemory:
        """What texts became with those LoRAs."""
        memory = self._texts.setdefault(loras, TextMemory())
        self._texts.move_to_end(loras)
        if len(self._texts) > _TEXT_MEMORIES:
            self._texts.popitem(last=False)
        return memory


def _key(request: ImageRequest, loras: LoraSet) -> Hashable | None:
    """What decides the texts' conditioning; None where there is more than texts to it.

    Control pictures are large, and a guide is of one picture alone.
    """
    if request.controls or not request.is_reproducible:
        return None
    return (
        request.prompts,
        request.style,
        request.cfg_scale,
        request.weight_method,
        request.width,
        request.height,
        loras,
    )
