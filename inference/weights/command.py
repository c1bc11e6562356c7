"""`python -m inference models`: which models there are, whether they are here, and downloads."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from generation.catalogue.catalogue import OWN_SERVER, CatalogueError
from generation.catalogue.engine import DEPTH
from inference.catalogue import load_entries
from inference.weights.engines import find_weights
from inference.weights.hub import download, in_gb, missing_bytes, repositories
from inference.weights.hub_errors import DownloadError
from inference.weights.shipped import HOW, REAL_ESRGAN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from generation.catalogue.catalogue import Engine
    from inference.catalogue import EngineEntry, Weights
    from inference.weights.availability import Availability

_HUB_LIBRARY = "huggingface_hub"


def run(arguments: Sequence[str]) -> int:
    """List, check or download models; the exit status."""
    given = _parser().parse_args(arguments)
    try:
        entries = [entry for entry in load_entries(given.engines) if entry.weights]
        if given.action == "get":
            _get(entries, given.id, with_extras=not given.bare)
        elif given.check:
            _check(entries)
        else:
            _list(entries)
    except (CatalogueError, DownloadError) as error:
        print(f"{error}.", file=sys.stderr)  # noqa: T201 - the one sentence of a failure
        return 1
    except KeyboardInterrupt:
        print("Stopped; run the same command again to go on.", file=sys.stderr)  # noqa: T201
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m inference models",
        description="The models of the server: which are here, and downloads.",
        epilog="HF_HOME names the folder of the downloads, HF_ENDPOINT another hub,"
        " HF_TOKEN an access token.",
    )
    parser.add_argument("action", nargs="?", choices=["get"], help="get: download a model")
    parser.add_argument("id", nargs="?", default="", help="the engine's id")
    parser.add_argument("--check", action="store_true", help="what would run on this machine")
    parser.add_argument("--bare", action="store_true", help="without ControlNets and CLIP model")
    parser.add_argument("--engines", type=Path, default=OWN_SERVER, help="catalogue file (TOML)")
    return parser


def _list(entries: Iterable[EngineEntry]) -> None:
    rows = [("engine", "size", "here", "licence")]
    details: list[str] = []
    for entry in entries:
        assert entry.weights is not None
        found = find_weights(entry.engine, entry.weights)
        rows.append((entry.engine.id, _size(entry.weights, found), _here(found), _licence(entry)))
        details += [f"{entry.engine.id}: {text}" for text in found.problems if found.is_broken]
        details += [f"{entry.engine.id}: without {text}" for text in found.lacking]
    _print_table(rows)
    for line in details:
        _say(line)
    _say("`python -m inference models get ID` downloads one.")


def _here(found: Availability) -> str:
    if found.is_broken:
        return "damaged"
    return "yes" if found.located else "no"


def _size(weights: Weights, found: Availability) -> str:
    if found.located:
        return in_gb(found.located.size)
    return f"{weights.download_gb:g} GB" if weights.download_gb else "?"


def _licence(entry: EngineEntry) -> str:
    return (entry.weights and entry.weights.licence) or "not told"


def _get(entries: Sequence[EngineEntry], engine_id: str, *, with_extras: bool) -> None:
    known = {entry.engine.id: entry for entry in entries}
    if engine_id not in known:
        raise DownloadError(f"{engine_id or 'that'} is none of {', '.join(known)}")
    if known[engine_id].engine.backend == REAL_ESRGAN:
        raise DownloadError(f"{engine_id} ships in a package: {HOW}")
    if find_spec(_HUB_LIBRARY) is None:
        raise DownloadError("huggingface_hub is not installed; `make inference` installs it")
    entry = known[engine_id]
    assert entry.weights is not None
    _say(f"{engine_id}, licence: {_licence(entry)}")
    is_depth = entry.engine.kind == DEPTH
    wanted = repositories(entry.weights, with_extras=with_extras, is_depth=is_depth)
    for repository in wanted:
        missing = missing_bytes(repository)
        _say(f"{repository.name}: {in_gb(repository.size)}, {in_gb(missing)} to download")
        download(repository, lambda line: _say(f"  {line}"))
    found = find_weights(entry.engine, entry.weights)
    if found.located is None:
        raise DownloadError(f"{engine_id} cannot be served: {'; '.join(found.problems)}")
    _say(f"{engine_id} is here.")


def _check(entries: Iterable[EngineEntry]) -> None:
    if find_spec("torch") is None:
        raise DownloadError("torch is not installed; `make inference` installs it")
    # Imported here: torch takes a second, and the other commands do without.
    devices = import_module("inference.backends.diffusers.models.device")
    speed = import_module("inference.backends.diffusers.models.speed")
    device = devices.choose_device()
    dtype = devices.choose_dtype("auto", device)
    budget, tflops = devices.model_budget(device), speed.measured_tflops(device, dtype)
    _say(f"{device}, {dtype}: {budget / 1e9:.1f} GB for models, {_rounded(tflops)} TFLOP/s")
    rows = [("engine", "here", "memory", "fits", "picture", "about")]
    for entry in entries:
        assert entry.weights is not None
        engine = entry.engine
        if engine.backend == REAL_ESRGAN:
            # It works on the processor, whatever the device has.
            continue
        found = find_weights(engine, entry.weights)
        needed = _memory_gb(entry.weights, found, dtype.itemsize)
        seconds = speed.seconds_a_picture(entry.weights.step_tflop, engine.default_steps, tflops)
        rows.append(
            (
                engine.id,
                _here(found),
                f"{needed:.1f} GB" if needed else "?",
                _fits(needed, budget / 1e9),
                _work(engine),
                f"{_rounded(seconds)} s" if entry.weights.step_tflop else "?",
            )
        )
    _print_table(rows)


def _work(engine: Engine) -> str:
    """The picture that the estimate of the time is for."""
    if engine.kind == DEPTH:
        return "the depth of one"
    return "{}×{} in {} steps".format(*engine.default_size, engine.default_steps)


def _rounded(value: float) -> str:
    """Two figures that count, of small and large numbers alike."""
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def _memory_gb(weights: Weights, found: Availability, itemsize: int) -> float:
    if found.located:
        return found.located.elements * itemsize / 1e9
    return weights.memory_gb * itemsize / 2


def _fits(needed_gb: float, budget_gb: float) -> str:
    if not needed_gb:
        return "?"
    return "yes" if needed_gb <= budget_gb else "no"


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        _say("  ".join(cells).rstrip())


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - what the command is for
