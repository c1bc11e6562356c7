"""Chains of requests: the order of the stages, and where what a stage makes goes."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from generation.errors import BadRequest
from generation.headers import PROGRESS_MIME
from generation.wire import generation_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_STAGES = 16


class Chain:
    """The stages of one chain, with what earlier ones pass on to later ones."""

    def __init__(self, message: pb.ChainRequest) -> None:
        """Read the stages.

        Raises:
            BadRequest: a stage is missing, named twice, or passes to an earlier one.
        """
        if not 1 <= len(message.stage) <= MAX_STAGES:
            raise BadRequest("stage", f"there are {len(message.stage)}; send 1 to {MAX_STAGES}")
        self._stages = {stage.id: stage for stage in message.stage}
        if len(self._stages) != len(message.stage):
            raise BadRequest("stage", "two stages have the same id; give each its own")
        self._passed: dict[str, list[pb.Artifact]] = {}
        for stage in message.stage:
            for target in _targets(stage):
                if target not in self._stages:
                    reason = f"{stage.id[:40]} passes to {target[:40] or 'nothing'}"
                    raise BadRequest("target", f"{reason}, which is no stage of the chain")
                self._passed[target] = []

    def __iter__(self) -> Iterator[pb.Stage]:
        """The stages, each after those that pass something to it and with what they passed.

        One that was to be given something and was given nothing is left out.

        Raises:
            BadRequest: stages pass in a circle.
        """
        sorter: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(self._stages, ()))
        for stage in self._stages.values():
            for target in _targets(stage):
                sorter.add(target, stage.id)
        try:
            names = list(sorter.static_order())
        except CycleError:
            raise BadRequest("target", "the stages pass in a circle") from None
        for name in names:
            if self._passed.get(name, True):
                yield self._fed(self._stages[name])

    def take(self, stage: pb.Stage, artifacts: Iterable[pb.Artifact]) -> list[pb.Artifact]:
        """What of a stage's artifacts is returned; what it passes on is kept for its target."""
        returned: list[pb.Artifact] = []
        for artifact in artifacts:
            for rule in stage.on_status:
                if not _applies(rule, artifact):
                    continue
                if pb.STAGE_ACTION_RETURN in rule.action:
                    returned.append(artifact)
                if pb.STAGE_ACTION_PASS in rule.action and not _is_progress(artifact):
                    self._passed[rule.target].append(artifact)
        return returned

    def _fed(self, stage: pb.Stage) -> pb.Stage:
        """The stage with what was passed to it at the end of its prompt."""
        fed = pb.Stage()
        fed.CopyFrom(stage)
        takes_masks = stage.request.WhichOneof("params") == "image"
        for artifact in self._passed.get(stage.id, ()):
            if takes_masks or artifact.type != pb.ARTIFACT_MASK:
                fed.request.prompt.add().artifact.CopyFrom(artifact)
        return fed


def _targets(stage: pb.Stage) -> list[str]:
    return [rule.target for rule in stage.on_status if pb.STAGE_ACTION_PASS in rule.action]


def _applies(rule: pb.OnStatus, artifact: pb.Artifact) -> bool:
    kinds = rule.artifact_type
    return (
        (not rule.reason or artifact.finish_reason in rule.reason)
        and (not kinds.include or artifact.type in kinds.include)
        and artifact.type not in kinds.exclude
    )


def _is_progress(artifact: pb.Artifact) -> bool:
    return artifact.type == pb.ARTIFACT_LATENT or artifact.mime == PROGRESS_MIME
