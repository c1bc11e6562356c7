"""What the command line of servers behind Ray Serve says, and what Ray Serve cannot do."""

from __future__ import annotations

import pytest

from inference.options import StartError
from inference.ray.options import parse_ray


def test_what_is_no_option_of_rays_is_one_of_each_server():
    options = parse_ray(["--replicas", "4", "--gpus", "0.5", "--workers", "2"], "secret").check()
    assert (options.replicas, options.each.workers) == (4, 2)
    assert options.resources == {"num_cpus": 1.0, "num_gpus": 0.5}


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
