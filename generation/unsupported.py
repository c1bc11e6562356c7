"""What the protocol can say and no engine of ours does: refused by name, never ignored.

The picture would not be what was asked for.
"""

from __future__ import annotations

from generation.decimals import shortest
from generation.errors import BadRequest
from generation.wire import generation_pb2 as pb
from sentences import Sentence

LAST_END = 0.01
"""Where the SDK's command line ends the schedule, which is its end."""


def check_kind(message: pb.Request) -> None:
    """Refuse a message that asks for anything but pictures.

    Raises:
        BadRequest: names the field and what would be right.
    """
    if message.requested_type not in (pb.ARTIFACT_NONE, pb.ARTIFACT_IMAGE):
        raise BadRequest(
            "requested_type", Sentence("this engine makes pictures only (ARTIFACT_IMAGE)")
        )
    kind = message.WhichOneof("params")
    if kind is None:
        raise BadRequest("image", Sentence("image parameters are needed"))
    if kind != "image":
        raise BadRequest("image", Sentence("image parameters are needed, not {kind}", kind=kind))


def check_supported(message: pb.Request) -> None:
    """Refuse what would change the picture and is not offered.

    Raises:
        BadRequest: names the field and what would be right.
    """
    image = message.image
    if message.conditioner.ByteSize():
        raise BadRequest(
            "conditioner", Sentence("another conditioner is not offered; leave it out")
        )
    if image.adapter.adapter_type != pb.T2IADAPTER_NONE:
        reason = Sentence("T2I adapters are not offered; send a control picture and extras.control")
        raise BadRequest("adapter", reason)
    if image.fine_tuning_parameters:
        raise BadRequest("fine_tuning_parameters", Sentence("fine-tuned models are not offered"))
    if image.transform.WhichOneof("type") == "upscaler":
        reason = Sentence("only engines that upscale take an upscaler; choose a diffusion sampler")
        raise BadRequest("sampler", reason)
    if image.quantize:
        raise BadRequest("quantize", Sentence("quantised drawing is not offered; leave it out"))
    if len(image.parameters) > 1:
        reason = Sentence(
            "there are {count}; one holds for the whole drawing", count=len(image.parameters)
        )
        raise BadRequest("parameters", reason)
    for step in image.parameters:
        _check_sampler(step.sampler, image)
        _check_schedule(step)
        _check_guidance(step.guidance)


def _check_sampler(sampler: pb.SamplerParameters, image: pb.ImageParameters) -> None:
    if sampler.eta:
        raise BadRequest(
            "eta", Sentence("it is not offered; an ancestral sampler adds noise at every step")
        )
    if sampler.HasField("sampling_steps") and sampler.sampling_steps != image.steps:
        raise BadRequest("sampling_steps", Sentence("they differ from the steps; leave them out"))
    if sampler.HasField("step_noise_scale") and sampler.step_noise_scale != 1:
        raise BadRequest("step_noise_scale", Sentence("only 1 is offered; leave it out"))
    for name in ("latent_channels", "downsampling_factor"):
        if sampler.HasField(name):
            raise BadRequest(name, Sentence("it follows from the model; leave it out"))


def _check_schedule(step: pb.StepParameter) -> None:
    if step.scaled_step:
        raise BadRequest(
            "scaled_step", Sentence("only 0 is offered: parameters hold from the beginning")
        )
    if step.schedule.HasField("end") and not shortest(step.schedule.end) <= LAST_END:
        raise BadRequest(
            "schedule", Sentence("its end has to be 0: the drawing is not stopped early")
        )
    if step.schedule.HasField("value"):
        raise BadRequest("schedule", Sentence("a value is not offered; leave it out"))


def _check_guidance(guidance: pb.GuidanceParameters) -> None:
    if len(guidance.instances) > 1:
        reason = Sentence(
            "there are {count} guidance instances; one is offered", count=len(guidance.instances)
        )
        raise BadRequest("clip", reason)
    for instance in guidance.instances:
        if instance.schedule:
            raise BadRequest(
                "clip", Sentence("a schedule of the guidance is not offered; leave it out")
            )
        if instance.HasField("prompt") and instance.prompt.WhichOneof("prompt") != "text":
            raise BadRequest("clip", Sentence("the prompt of the guidance has to be a text"))
        cutouts = instance.cutouts
        shapes = any(cutouts.HasField(name) for name in ("gray", "blur", "size_power"))
        if shapes or cutouts.cutouts:
            raise BadRequest("clip", Sentence("of the cutouts only their count can be said"))
