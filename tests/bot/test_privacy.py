"""What the bot keeps is made private at the start, as far as the file system lets it."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import privacy
from bot.privacy import make_private, warn_of_secrets
from bot.settings import Settings
from bot.state import open_folders


def modes(top: Path) -> dict[str, int]:
    """The rights of a folder and of all that is in it."""
    paths = [top, *top.rglob("*")]
    return {
        str(path): stat.S_IMODE(path.lstat().st_mode) for path in paths if not path.is_symlink()
    }


def is_private(top: Path) -> bool:
    return not any(mode & 0o077 for mode in modes(top).values())


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder as earlier versions made it."""
    top = tmp_path / "state"
    for name in ("artifacts/job1/result-0.png", "films/ab/film.mp4", "making/x/part.mp4"):
        file = top / name
        file.parent.mkdir(parents=True)
        file.write_bytes(b"1")
    for name in ("atelier.sqlite", "atelier.sqlite-wal", "atelier.sqlite-shm", "bot.lock"):
        (top / name).touch()
    (top / "key.pem").touch(0o666)
    (top / "own").touch(0o500)
    assert not is_private(top)
    return top


def settings(state: Path, **values: Any) -> Settings:
    given: dict[str, Any] = {"_env_file": None, "atelier_state": state, **values}
    return Settings(**given)


def test_all_of_an_earlier_state_is_made_private(state: Path, caplog: pytest.LogCaptureFixture):
    open_folders(settings(state))
    assert is_private(state)
    assert modes(state)[str(state)] == 0o700
    assert modes(state)[str(state / "atelier.sqlite-wal")] == 0o600
    assert modes(state)[str(state / "own")] == 0o500
    assert not caplog.messages


def test_pictures_in_another_folder_are_made_private(state: Path, tmp_path: Path):
    pictures = tmp_path / "pictures"
    (pictures / "job1").mkdir(parents=True)
    open_folders(settings(state, atelier_artifacts=str(pictures)))
    assert is_private(state)
    assert is_private(pictures)


def test_pictures_that_a_web_server_hands_out_stay_readable(
    state: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    pictures = tmp_path / "pictures"
    (pictures / "job1").mkdir(parents=True)
    link = "https://files.example"
    open_folders(settings(state, atelier_artifacts=str(pictures), atelier_artifacts_link=link))
    assert is_private(state)
    assert set(modes(pictures).values()) == {0o755}
    assert not caplog.messages
    open_folders(settings(state, atelier_artifacts_link=link))
    assert is_private(state)
    assert "web server" in caplog.text


def test_links_lead_nowhere(state: Path, tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "page.html").touch()
    (state / "link").symlink_to(outside)
    (state / "file").symlink_to(outside / "page.html")
    make_private(state)
    assert is_private(state)
    assert set(modes(outside).values()) == {0o755, 0o644}


def refuse(*_: object, **__: object) -> None:
    raise PermissionError(1, "Operation not permitted")


@pytest.mark.parametrize("chmod", [refuse, lambda *_, **__: None], ids=["refused", "no effect"])
def test_one_warning_where_the_file_system_cannot(
    state: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, chmod: Any
):
    monkeypatch.setattr("os.chmod", chmod)
    open_folders(settings(state))
    (line,) = caplog.records
    assert line.levelno == logging.WARNING
    assert str(state) in line.getMessage()


def test_a_folder_for_everybody_is_left_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "of another").touch(0o644)
    make_private(shared)
    assert set(modes(shared).values()) == {0o1777, 0o644}
    (line,) = caplog.messages
    assert str(shared) in line


def test_a_start_looks_at_so_many_files_the_outer_ones_first(
    state: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(privacy, "MOST_ENTRIES", 12)
    make_private(state)
    outer = modes(state)
    assert not any(outer[str(path)] & 0o077 for path in (state, *state.iterdir()))
    assert not is_private(state)
    assert not caplog.messages


@pytest.mark.parametrize(("mode", "is_told"), [(0o644, True), (0o640, False), (0o600, False)])
def test_a_file_of_keys_that_all_may_read_is_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: int, is_told: bool
):
    file = tmp_path / ".env"
    file.write_text("DISCORD_TOKEN=secret")
    file.chmod(mode)
    warn_of_secrets(file)
    assert [str(file) in line for line in caplog.messages] == [True] * is_told
    warn_of_secrets(tmp_path / "none")
