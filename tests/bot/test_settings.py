"""The settings: read once, wrong ones named without their value."""

from __future__ import annotations

import re

import pytest

from bot.settings import Settings, SettingsError

LOOPBACK = "http://127.0.0.1:5"


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_without_anything_the_painter_is_embedded():
    settings = Settings.read()
    assert settings.is_embedded
    assert settings.is_real_discord
    assert str(settings.database_path) == "state/atelier.sqlite"


@pytest.mark.parametrize(
    ("given", "is_embedded", "api_address"),
    [
        ({}, True, ""),
        ({"STABILITY_KEY": "sk-secret"}, False, "https://api.stability.ai"),
        ({"STABILITY_KEY": "sk-secret", "STABILITY_API": "http://127.0.0.1:5/"}, False, LOOPBACK),
        ({"STABILITY_KEY": "sk-secret", "STABILITY_HOST": "localhost:50051"}, False, ""),
        (
            {"STABILITY_KEY": "sk", "STABILITY_HOST": "gpu:1", "STABILITY_API": LOOPBACK},
            False,
            LOOPBACK,
        ),
        ({"ATELIER_INFERENCE_HOST": "gpu:1"}, False, ""),
        (
            {"ATELIER_INFERENCE_HOST": "gpu:1", "STABILITY_KEY": "sk-secret"},
            False,
            "https://api.stability.ai",
        ),
        # Of the inference server itself, in the same file.
        ({"ATELIER_INFERENCE_TOKEN": "secret"}, True, ""),
    ],
)
def test_which_hosts_the_settings_name(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], is_embedded: bool, api_address: str
):
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = Settings.read()
    assert settings.is_embedded is is_embedded
    assert settings.api_address == api_address


def test_a_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path):
    file = tmp_path / ".env"
    file.write_text("STABILITY_HOST=localhost:50051\nATELIER_SYNC_GUILD=5\n")
    monkeypatch.setenv("ATELIER_SYNC_GUILD", "6")
    settings = Settings.read(str(file))
    assert (settings.stability_host, settings.atelier_sync_guild) == ("localhost:50051", 6)


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ATELIER_SYNC_GUILD", "")
    assert Settings.read().atelier_sync_guild is None


def test_an_address_may_end_with_a_slash(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ATELIER_DISCORD_API", "http://127.0.0.1:9/api/v10/")
    assert Settings.read().atelier_discord_api == "http://127.0.0.1:9/api/v10"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ATELIER_DISCORD_API", "ftp-secret"),
        ("ATELIER_SYNC_GUILD", "secret"),
        ("ATELIER_LOG_LEVEL", "secret"),
        ("STABILITY_TLS", "secret"),
        ("ATELIER_GUILD_CEILING", "secret"),
        ("ATELIER_LOW_BALANCE", "-1"),
        ("ATELIER_KEEP_DAYS", "-1"),
        ("ATELIER_KEEP_DAYS", "99999999999"),
        ("ATELIER_RATE_LIMIT", "0"),
        ("ATELIER_RATE_LIMIT", "1000001"),
        ("ATELIER_RATE_LIMIT", "9" * 5000),
        ("ATELIER_DISK_CAP", "secret"),
        ("ATELIER_ALERT_WEBHOOK", "secret"),
        ("ATELIER_ALERT_WEBHOOK", "https://"),
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


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("ATELIER_SYNC_GUILD", "mine", "it is no whole number"),
        ("ATELIER_KEEP_DAYS", "1.5", "it is no whole number"),
        ("ATELIER_KEEP_DAYS", "-1", "it is no whole number from 0 on"),
        ("ATELIER_KEEP_DAYS", "36501", "it is more than 36,500"),
        ("ATELIER_KEEP_DAYS", "1" * 5000, "it is no whole number that can be used"),
        ("ATELIER_ALERT_WEBHOOK", "https://[secret]/webhooks", "it is no http(s) address"),
        ("ATELIER_ALERT_WEBHOOK", "https://host:secret/webhooks", "it is no http(s) address"),
        ("ATELIER_DISCORD_API", "https://[secret]/api/v10", "it is no http(s) address"),
        ("ATELIER_DISCORD_API", "http://", "it is no http(s) address"),
        ("ATELIER_DISK_CAP", "ten", "it is no size, for example 10GB"),
        ("ATELIER_DISK_CAP", "10 elephants", "it is no size, for example 10GB"),
        ("STABILITY_TLS", "perhaps", "it is neither 1 nor 0"),
        ("ATELIER_LIFT_FILTER", "perhaps", "it is neither 1 nor 0"),
        ("ATELIER_ALERT_WEBHOOK", "discord.com/api/webhooks/1/a", "it is no http(s) address"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=re.escape(f"{name} is not usable: {reason}.")):
        Settings.read()


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
        ({"ATELIER_INFERENCE_HOST": "localhost:50051"}, None),
        ({"STABILITY_KEY": "sk-secret", "ATELIER_INFERENCE_HOST": "localhost:50051"}, 0),
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
