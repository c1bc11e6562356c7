"""What is made by itself: a step at a time, in turn with the batches of others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from inference.backends.cancellation import Stopped
from inference.backends.diffusers.conditioning import kandinsky
from inference.backends.diffusers.depth.estimation import estimate
from inference.backends.diffusers.generic import pipeline_call as generic
from inference.backends.diffusers.generic import upscale
from inference.backends.diffusers.generic.pipeline_call import row_work
from inference.backends.diffusers.model import Family
from inference.backends.diffusers.models.flops import Sizes, row_flops
from inference.backends.diffusers.sampling.picture import StepDone
from inference.backends.diffusers.videos import svd, wan

if TYPE_CHECKING:
    from collections.abc import Generator, Hashable

    from numpy.typing import NDArray

    from inference.backends.diffusers.sampling.order_ticket import OrderTicket
    from inference.backends.diffusers.sampling.picture import Ticket
    from inference.backends.diffusers.sampling.runtime import Runtime


@dataclass(slots=True, eq=False)
class Job:
    """A picture, a film or a depth whose model shares no calls with others."""

    ticket: Ticket | OrderTicket[Any]
    work: float
    """FLOPs of one turn."""
    drawing: Generator[None, None, NDArray[Any]]

    @property
    def client(self) -> Hashable:
        """Who asks."""
        return self.ticket.client

    @property
    def call(self) -> Hashable:
        """By which of their calls."""
        return self.ticket.call

    def close(self) -> None:
        """End it in the middle."""
        self.drawing.close()

    def advance(self) -> NDArray[Any] | None:
        """Take one step; what is in `Finished` once it is finished.

        Raises:
            Stopped: nobody waits for it any more.
            BadRequest: the model cannot do what is asked.
        """
        try:
            next(self.drawing)
        except StopIteration as end:
            return end.value
        return None


def open_job(ticket: Ticket) -> Job:
    """The job of a ticket for a Kandinsky model."""
    model, request = ticket.model, ticket.request
    if request.sampler is None and ticket.sampler in kandinsky.SCHEDULERS:
        request = replace(request, sampler=ticket.sampler)

    def progress(done: int, steps: int) -> None:
        if ticket.is_over:
            raise Stopped
        if ticket.context.report is not None:
            ticket.events.put(StepDone(done, steps))

    kandinsky.check(model, request)
    height, width = kandinsky.latent_size(model, request)
    rows = 2 if request.cfg_scale > 1 else 1
    work = rows * row_flops(model, Sizes(height, width))
    return Job(ticket, work, kandinsky.draw(model, request, progress))


def open_generic(ticket: Ticket, runtime: Runtime) -> Job:
    """The job of a ticket for any other pipeline, of which none is under way.

    Raises:
        BadRequest: the pipeline cannot do what is asked.
    """
    loras = runtime.loras.take(ticket.model, ticket.request)
    runtime.loras.activate(ticket.model, loras)
    return Job(ticket, row_work(ticket.model, ticket.request), generic.draw(ticket, runtime))


def open_order(ticket: OrderTicket[Any]) -> Job:
    """The job of a film, of a larger picture or of a depth."""
    model = ticket.model
    if model.family is Family.DEPTH:
        return Job(ticket, row_flops(model, Sizes(1, 1)), estimate(ticket))
    if model.family is Family.UPSCALER:
        return Job(ticket, upscale.row_work(ticket), upscale.enlarge(ticket))
    kind = wan if model.family is Family.WAN else svd
    frames, height, width = kind.latent_shape(model, ticket)
    # Wan's two rows are called one by one, each as a turn of its own.
    rows = 2 if kind is svd and ticket.order.cfg_scale > 1 else 1
    work = rows * row_flops(model, Sizes(height, width, frames=frames))
    return Job(ticket, work, kind.shoot(model, ticket))
