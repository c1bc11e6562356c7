"""What the command line of servers behind Ray Serve says, and what Ray Serve cannot do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from inference.options import StartError
from inference.ray.options import parse_ray
from inference.video.intake import Intake


def test_what_is_no_option_of_rays_is_one_of_each_server():
    options = parse_ray(["--replicas", "4", "--gpus", "0.5", "--workers", "2"], "secret").check()
    assert (options.replicas, options.each.workers) == (4, 2)
    assert options.resources == {"num_cpus": 1.0, "num_gpus": 0.5}


def test_a_server_is_reached_by_its_replica_alone_and_keeps_films_of_its_own():
    options = parse_ray(["--host", "0.0.0.0", "--films", "/films", "--workers", "2"], "secret")
    own = options.of_server("1")
    assert (own.host, own.grpc_port, own.http_port) == ("127.0.0.1", 0, 0)
    assert (own.videos, own.workers, own.token) == (Path("/films/server-1"), 2, "secret")
    assert parse_ray([], "secret").of_server("1").videos is None


async def test_a_server_takes_the_uploads_of_all_clients_from_its_replica():
    options = parse_ray(["--replicas", "2"], "secret")
    intake = Intake(options.of_server("1").limits)
    most, ended = options.most_calls, asyncio.Event()
    reading = 0

    async def upload() -> None:
        nonlocal reading
        async with intake.turn("127.0.0.1"):
            reading += 1
            await ended.wait()

    async with asyncio.timeout(5), asyncio.TaskGroup() as uploads:
        for _ in range(most):
            uploads.create_task(upload())
        while reading < options.each.limits.uploads:  # noqa: ASYNC110 - counted by the tasks
            await asyncio.sleep(0)
        ended.set()
    assert reading == most


@pytest.mark.parametrize(
    ("arguments", "token", "says"),
    [
        ([], "", "set ATELIER_INFERENCE_TOKEN"),
        (["--tls-cert", "a.pem", "--tls-key", "b.pem"], "secret", "leave --tls-cert"),
    ],
)
def test_what_ray_serve_cannot_do_is_refused(arguments: list[str], token: str, says: str):
    with pytest.raises(StartError, match=says):
        parse_ray(arguments, token).check()


@pytest.mark.parametrize("arguments", [["--gpus", "-1"], ["--gpus", "nan"], ["--replicas", "0"]])
def test_wrong_figures_end_the_process(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        parse_ray(arguments, "secret")
    assert arguments[0] in capsys.readouterr().err
