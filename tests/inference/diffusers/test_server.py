"""`python -m inference` as a process with models: it starts, draws with each of them, and ends."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import grpc
import grpc.aio
import pytest

from generation.adapters import NO_ADAPTERS, Adapters
from generation.codec import encode_request
from generation.headers import PROGRESS, STEPS
from generation.image.client import ImageClient
from generation.image.endpoint import Endpoint
from generation.request import Control, Lora, StylePreset
from generation.wire import generation_pb2 as pb
from generation.wire.generation_pb2_grpc import GenerationServiceStub
from tests.inference.diffusers.conditioning.models import drawing, mask_picture, png, request
from tests.inference.orders import pixels_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator

    import numpy as np
    from numpy.typing import NDArray

    Draw = Callable[..., Awaitable[NDArray[np.uint8]]]

SDK_PYTHON = Path(__file__).parents[3] / ".venv-sdk" / "bin" / "python"
SESSION = Path(__file__).with_name("sdk_session.py")
READY = re.compile(r"Inference ready: grpc (\S+), http \S+, engines (.+)\n")
SD, INPAINT = "stable-diffusion-v1-5", "stable-inpainting-512-v2-0"
SDXL, KANDINSKY = "stable-diffusion-xl-1024-v1-0", "kandinsky-2-2"


def write_adapters(folder: Path, tiny_folder: Callable[[str], Path]) -> None:
    """A LoRA and a textual inversion for each of the two kinds that have some."""
    from inference.backends.diffusers.model import Family
    from tests.inference.diffusers.adapters import files
    from tests.inference.diffusers.conditioning.models import open_model

    for name, family in (("sd15", Family.SD), ("sdxl", Family.SDXL)):
        model = open_model(tiny_folder(name), family)
        files.saved(folder / "loras" / f"{name}.safetensors", files.kohya(model, spread=0.3))
    first, second = files.vectors([32, 48], 2)
    files.saved(folder / "words" / "zebra.safetensors", {"emb_params": first * 4})
    files.saved(folder / "words" / "okapi.safetensors", {"clip_l": first, "clip_g": second})


def write_catalogue(folder: Path, tiny_folder: Callable[[str], Path]) -> Path:
    """A catalogue with one engine of each kind; only the first is loaded before it is asked for."""
    control, sizes = (
        tiny_folder("sd15_control"),
        'side_step = 8\ndefault_size = [64, 64]\nfilter = ""',
    )
    write_adapters(folder, tiny_folder)
    adapters = 'loras = "loras"\nembeddings = "words"'
    entries = {
        SD: ("sd15", f'keep_loaded = true\n{adapters}\ncontrol = {{ canny = "{control}" }}'),
        INPAINT: ("sd15_inpaint", ""),
        SDXL: ("sdxl", f'{adapters}\ncontrol = {{ canny = "{tiny_folder("sdxl_control")}" }}'),
        KANDINSKY: ("kandinsky", 'samplers = ["ddpm", "ddim"]'),
    }
    file = folder / "engines.toml"
    file.write_text(
        "".join(
            f'[[engine]]\nid = "{engine_id}"\nbackend = "diffusers"\nmin_steps = 1\n{sizes}\n'
            f'source = "{tiny_folder(name)}"\n{more}\n'
            for engine_id, (name, more) in entries.items()
        )
    )
    return file


@contextmanager
def running(
    catalogue: Path, log: IO[str] | int = subprocess.PIPE
) -> Generator[tuple[subprocess.Popen[str], str, str]]:
    """The process, its address for gRPC, and what it says of its engines."""
    command = [sys.executable, "-m", "inference", "--grpc-port", "0", "--http-port", "0"]
    with subprocess.Popen(
        [*command, "--engines", str(catalogue)],
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        env={**os.environ, "ATELIER_INFERENCE_TOKEN": "", "OMP_NUM_THREADS": "1"},
    ) as process:
        try:
            assert process.stdout is not None
            ready = READY.fullmatch(process.stdout.readline())
            assert ready is not None, process.communicate(timeout=5)[1] or log
            yield process, ready[1], ready[2]
        finally:
            process.kill()


@pytest.fixture(scope="module")
def server(
    tiny_folder: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory, log: Path
) -> Generator[tuple[str, str]]:
    catalogue = write_catalogue(tmp_path_factory.mktemp("server"), tiny_folder)
    with log.open("w") as said, running(catalogue, said) as (_, address, engines):
        yield address, engines


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server writes what it has to say."""
    return tmp_path_factory.mktemp("log") / "server.log"


@pytest.fixture
async def draw(server: tuple[str, str]) -> AsyncGenerator[Draw]:
    """Draw with an engine over gRPC."""
    async with grpc.aio.insecure_channel(server[0]) as channel:
        stub = GenerationServiceStub(channel)

        async def one(engine_id: str, *prompts: Any, **more: Any) -> NDArray[np.uint8]:
            asked = request(*prompts, engine_id=engine_id, **{"steps": 4} | more)
            answers = [answer async for answer in stub.Generate(encode_request(asked, "r"))]
            (artifact,) = [artifact for answer in answers for artifact in answer.artifacts]
            assert artifact.type == pb.ARTIFACT_IMAGE
            return pixels_of(artifact.binary)

        yield one


def test_it_serves_its_engines(server: tuple[str, str]) -> None:
    assert server[1].split(", ") == [
        f"{name} (diffusers)" for name in (SD, INPAINT, SDXL, KANDINSKY)
    ]


@pytest.mark.parametrize("engine_id", [SD, SDXL, KANDINSKY])
async def test_every_kind_draws(draw: Draw, engine_id: str) -> None:
    prompts = (("a cat", 1.5), ("a dog", -0.5))
    picture, again = [
        await draw(engine_id, *prompts, width=72, height=64, cfg_scale=6.0) for _ in range(2)
    ]
    assert picture.shape == (64, 72, 3)
    assert picture.std() > 1
    assert (picture == again).all()
    assert (picture != await draw(engine_id, *prompts, width=72, height=64, seed=8)).any()


@pytest.mark.parametrize("engine_id", [SD, SDXL])
async def test_control_pictures_change_the_picture(draw: Draw, engine_id: str) -> None:
    hint = png(drawing(3))
    free, weak, strong = [
        await draw(engine_id, "a cat", controls=(Control("canny", hint, strength),))
        for strength in (0.0, 0.5, 1.0)
    ]
    assert (free == await draw(engine_id, "a cat")).all()
    assert (free != weak).any()
    assert (weak != strong).any()


@pytest.mark.parametrize(
    ("engine_id", "lora", "word"), [(SD, "sd15", "zebra"), (SDXL, "sdxl", "okapi")]
)
async def test_adapters_change_the_picture(
    draw: Draw, server: tuple[str, str], engine_id: str, lora: str, word: str
) -> None:
    plain, weak, strong, other = [
        await draw(engine_id, text, loras=loras)
        for text, loras in (
            ("a cat", ()),
            ("a cat", (Lora(lora, 0.5),)),
            ("a cat", (Lora(lora),)),
            (f"a {word}", ()),
        )
    ]
    assert (plain != weak).any()
    assert (weak != strong).any()
    assert (plain != other).any()
    assert (plain == await draw(engine_id, "a cat", loras=(Lora(lora, 0.0),))).all()
    async with ImageClient(Endpoint(server[0])) as client:
        told = {engine.id: engine.adapters for engine in await client.engines()}
    assert told[engine_id] == Adapters((lora,), (word,))
    assert told[KANDINSKY] == NO_ADAPTERS


async def test_the_engine_made_for_masks_draws_with_one(draw: Draw) -> None:
    start = {"init_image": png(drawing()), "mask": png(mask_picture())}
    assert (await draw(INPAINT, "a cat", **start)).shape == (64, 64, 3)


@pytest.mark.parametrize(
    ("engine_id", "more", "told"),
    [
        (KANDINSKY, {"controls": (Control("canny", png(drawing())),)}, "control"),
        (SD, {"controls": (Control("depth", png(drawing())),)}, "depth"),
        (SD, {"width": 65}, "the width 65"),
        (SD, {"style": StylePreset.ANIME}, f"{SD} knows no style presets"),
        (SDXL, {"style": StylePreset.ANIME}, f"{SDXL} knows no style presets"),
        (KANDINSKY, {"style": StylePreset.ANIME}, f"{KANDINSKY} knows no style presets"),
        (
            SD,
            {"loras": (Lora("sdxl"),)},
            "sdxl cannot be used with stable-diffusion-v1-5: its texts",
        ),
        (SD, {"loras": (Lora("sd"),)}, "has no LoRA sd; did you mean sd15?"),
        (KANDINSKY, {"loras": (Lora("sd15"),)}, "has no LoRA sd15; it has none"),
    ],
)
async def test_what_an_engine_does_not_do_is_refused(
    draw: Draw, engine_id: str, more: dict[str, Any], told: str
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await draw(engine_id, "a cat", **more)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert told in (caught.value.details() or "")


LONG = encode_request(request("a cat", engine_id=SD, steps=150, samples=8), "r")
"""What is still drawn when the process is told to end."""


async def test_killed_while_it_draws_it_starts_again(
    tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    catalogue = write_catalogue(tmp_path, tiny_folder)
    with running(catalogue) as (process, address, _):
        async with grpc.aio.insecure_channel(address) as channel:
            answers = GenerationServiceStub(channel).Generate(LONG, metadata=((PROGRESS, STEPS),))
            await anext(aiter(answers))
            process.kill()
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                async for _ in answers:
                    pass
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    await _ends_on_a_signal(catalogue)


async def _ends_on_a_signal(catalogue: Path) -> None:
    with running(catalogue) as (process, address, _):
        async with grpc.aio.insecure_channel(address) as channel:
            call = GenerationServiceStub(channel).Generate(LONG, metadata=((PROGRESS, STEPS),))
            await anext(aiter(call))
            process.send_signal(signal.SIGTERM)
            _, said = await asyncio.to_thread(process.communicate, timeout=60)
        assert (process.returncode, said) == (0, "")


@pytest.mark.sdk
@pytest.mark.skipif(
    not SDK_PYTHON.exists(), reason="stability-sdk 0.8.6 is missing: run 'make sdk' once"
)
def test_the_unmodified_sdk_draws_with_every_kind(server: tuple[str, str], log: Path) -> None:
    done = subprocess.run(
        [str(SDK_PYTHON), str(SESSION), server[0]],
        env={**os.environ, "GRPC_VERBOSITY": "ERROR"},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stderr + log.read_text()
    found = json.loads(done.stdout)
    kinds = (
        "sd", "sdxl", "kandinsky", "control", "sdxl control", "negative", "seed", "lora", "word",
    )  # fmt: skip
    assert {kind: found[kind]["size"] for kind in kinds} == {kind: [72, 64] for kind in kinds}
    assert len({found[kind]["hash"] for kind in kinds}) == len(kinds)
    assert found["again"] == found["sd"]
    assert found["sdxl no control"] == found["sdxl"]
    assert found["inpaint"]["size"] == [64, 64]


@pytest.mark.sdk
@pytest.mark.skipif(
    not list(SDK_PYTHON.parents[1].glob("lib/*/site-packages/cv2")),
    reason="stability-sdk[anim] 0.8.6 is missing: run 'make sdk' once",
)
def test_the_unmodified_animator_animates(server: tuple[str, str], log: Path) -> None:
    done = subprocess.run(
        [str(SDK_PYTHON), str(SESSION.parents[1] / "sdk_animation.py"), server[0], SD, "64"],
        env={**os.environ, "GRPC_VERBOSITY": "ERROR"},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stderr + log.read_text()
    assert json.loads(done.stdout)["animation"] == {"sizes": [[64, 64]] * 12, "different": 12}
