"""The settings: read once, wrong ones named without their value."""

from __future__ import annotations

import pytest

from bot.settings import Settings, SettingsError


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_without_anything_the_painter_is_embedded():
    settings = Settings.read()
    assert settings.is_embedded
    assert settings.is_real_discord
    assert str(settings.database_path) == "state/atelier.sqlite"


def test_a_key_alone_means_the_hosted_engine(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STABILITY_KEY", "sk-secret")
    settings = Settings.read()
    assert not settings.is_embedded
    assert settings.engine_host == "grpc.stability.ai:443"


def test_a_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path):
    file = tmp_path / ".env"
    file.write_text("STABILITY_HOST=localhost:50051\nATELIER_SYNC_GUILD=5\n")
    monkeypatch.setenv("ATELIER_SYNC_GUILD", "6")
    settings = Settings.read(str(file))
    assert (settings.engine_host, settings.atelier_sync_guild) == ("localhost:50051", 6)


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ATELIER_SYNC_GUILD", "")
    assert Settings.read().atelier_sync_guild is None


def test_an_address_may_end_with_a_slash(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ATELIER_DISCORD_API", "http://127.0.0.1:9/api/v10/")
    assert Settings.read().atelier_discord_api == "http://127.0.0.1:9/api/v10"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STABILITY_HOST", "no-port-secret"),
        ("STABILITY_HOST", "host:99999"),
        ("ATELIER_DISCORD_API", "ftp-secret"),
        ("ATELIER_SYNC_GUILD", "secret"),
        ("ATELIER_LOG_LEVEL", "secret"),
        ("STABILITY_TLS", "secret"),
        ("ATELIER_GUILD_CEILING", "secret"),
        ("ATELIER_LOW_BALANCE", "-1"),
        ("ATELIER_KEEP_DAYS", "-1"),
        ("ATELIER_DISK_CAP", "secret"),
    ],
)
def test_a_wrong_value_is_named_but_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        Settings.read()
    assert name in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_secrets_are_not_printed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DISCORD_TOKEN", "very-secret")
    monkeypatch.setenv("STABILITY_KEY", "very-secret")
    assert "very-secret" not in repr(Settings.read())


@pytest.mark.parametrize(
    ("given", "expected_mc"),
    [
        ({}, None),
        ({"STABILITY_KEY": "sk-secret"}, 0),
        ({"STABILITY_HOST": "eu.grpc.stability.ai:443"}, 0),
        ({"STABILITY_HOST": "notstability.ai:443"}, None),
        ({"STABILITY_HOST": "localhost:50051"}, None),
        ({"ATELIER_GUILD_CEILING": "12.5"}, 12_500),
        ({"STABILITY_KEY": "sk-secret", "ATELIER_GUILD_CEILING": "none"}, None),
    ],
)
def test_strangers_spend_nothing_of_a_hosted_key(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], expected_mc: int | None
):
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert Settings.read().default_ceiling_mc == expected_mc


def test_a_cap_is_read_with_its_unit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ATELIER_DISK_CAP", "10GB")
    monkeypatch.setenv("ATELIER_LOW_BALANCE", "250")
    settings = Settings.read()
    assert settings.atelier_disk_cap == 10_000_000_000
    assert settings.low_balance_mc == 250_000
