"""The settings: the only place that reads the environment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from pydantic import ByteSize, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from generation.credits import read_limit
from generation.video.endpoint import Version, VideoEndpoint

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

DISCORD_API = "https://discord.com/api/v10"
STABILITY_API = "https://api.stability.ai"
STABILITY_DOMAIN = "stability.ai"
STABILITY_RATE = 150
"""Requests in 10 seconds that Stability lets an account make."""

MAX_RATE = 1_000_000
MAX_KEEP_DAYS = 36_500

NO_LIMIT = "none"
NO_VIDEOS = "none"


class SettingsError(Exception):
    """A setting cannot be used; the text is one sentence that names it."""


class Settings(BaseSettings):
    """Everything an operator can set, by environment variable or in `.env`."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    discord_token: SecretStr = Field(
        default=SecretStr(""), description="The bot's token from Discord's developer portal."
    )
    atelier_discord_api: str = Field(
        default=DISCORD_API, description="Discord's REST address, up to and including /api/v10."
    )
    atelier_discord_gateway: str = Field(
        default="", description="Discord's gateway; by default what Discord names."
    )
    atelier_sync_guild: int | None = Field(
        default=None, description="Register the commands in this guild only, at once."
    )
    stability_key: SecretStr = Field(
        default=SecretStr(""),
        description="Stability's key. Alone it means the engines of its REST API.",
    )
    stability_api: str = Field(
        default="",
        description=f"Base address of Stability's REST API for pictures; by default {STABILITY_API}"
        " where a key is set and no STABILITY_HOST.",
    )
    stability_host: str = Field(
        default="",
        description="A host of Stability's gRPC API that takes STABILITY_KEY, host:port, for"
        " example grpc.stability.ai:443.",
    )
    stability_tls: bool | None = Field(
        default=None, description="For that host 1 or 0; by default TLS where the port is 443."
    )
    stability_rest: str = Field(
        default="",
        description="Base address of somebody's image-to-video API, or `none`; by default the"
        " embedded server's.",
    )
    stability_rest_key: SecretStr = Field(
        default=SecretStr(""),
        description="Its key; by default STABILITY_KEY on the same operator's hosts.",
    )
    stability_rest_version: Version = Field(
        default="v2beta", description="Its paths: v2beta or v2alpha."
    )
    atelier_inference_host: str = Field(
        default="",
        description="Your own inference server, host:port, beside any of the above; without limits"
        " of rate and ceilings.",
    )
    atelier_inference_token: SecretStr = Field(
        default=SecretStr(""), description="The bearer token of the inference server."
    )
    atelier_inference_rest: str = Field(
        default="",
        description="The base address of its HTTP port, for films, such as http://host:50080.",
    )
    atelier_state: Path = Field(
        default=Path("state"), description="Folder for database, pictures and certificates."
    )
    atelier_database_url: str = Field(
        default="", description="postgresql://… for several processes; by default a SQLite file."
    )
    atelier_artifacts: str = Field(
        default="", description="Where pictures are kept: a folder or s3://bucket/prefix."
    )
    atelier_artifacts_link: str = Field(
        default="",
        description="The address under which that place can be read by everybody: films that are"
        " too large for Discord are linked there.",
    )
    atelier_engines: Path | None = Field(
        default=None, description="Your own engine catalogue (TOML) instead of the built-in one."
    )
    atelier_default_engine: str = Field(
        default="",
        description="The engine for members who name none, while it is offered; by default the"
        " first that is.",
    )
    atelier_lift_filter: bool = Field(
        default=False,
        description="Set to 1, your inference server's filter withholds no picture in"
        " age-restricted channels.",
    )
    atelier_alert_webhook: SecretStr = Field(
        default=SecretStr(""), description="A webhook where the operator is woken."
    )
    atelier_rate_limit: str = Field(
        default="",
        description="Requests in 10 seconds to each host that costs money, of all processes"
        " together, or `none`; by default 150 for Stability's own and STABILITY_REST.",
    )
    atelier_guild_ceiling: str = Field(
        default="",
        description="Credits that a server nobody admitted may spend in a month with hosts that"
        " cost money, or `none` for no limit; by default 0 with Stability's own, else no limit.",
    )
    atelier_low_balance: str = Field(
        default="100", description="The operator is woken when the API account has fewer credits."
    )
    atelier_keep_days: int = Field(
        default=30,
        ge=0,
        le=MAX_KEEP_DAYS,
        description="Days for which results and their prompts are kept; 0 is for ever.",
    )
    atelier_disk_cap: ByteSize | None = Field(
        default=None, description="What kept results may take, for example 10GB; by default all."
    )
    atelier_c2pa_certificate: Path | None = Field(
        default=None,
        description="PEM file with the certificates that content credentials are signed with, the"
        " signer's first; by default a chain that the bot makes for itself.",
    )
    atelier_c2pa_key: Path | None = Field(
        default=None, description="PEM file with that certificate's private key."
    )
    atelier_log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator("stability_key", "stability_rest_key", "atelier_inference_token")
    @classmethod
    def _without_space(cls, value: SecretStr) -> SecretStr:
        # Whether it can be sent is said of its host, beside which others may work.
        return SecretStr(value.get_secret_value().strip())

    @field_validator("discord_token")
    @classmethod
    def _fit_for_a_header(cls, value: SecretStr) -> SecretStr:
        secret = value.get_secret_value().strip()
        if not (secret.isascii() and secret.isprintable()):
            raise ValueError("it holds characters that cannot be sent")
        return SecretStr(secret)

    @field_validator("atelier_discord_api")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        if not _is_web_address(value):
            raise ValueError("it is no http(s) address")
        return value.rstrip("/")

    @field_validator("atelier_alert_webhook")
    @classmethod
    def _webhook(cls, value: SecretStr) -> SecretStr:
        address = value.get_secret_value().strip()
        if address and not _is_web_address(address):
            raise ValueError("it is no http(s) address")
        return SecretStr(address)

    @field_validator("atelier_log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError("it is none of DEBUG, INFO, WARNING, ERROR")
        return value.upper()

    @field_validator("stability_api", "stability_rest", "atelier_inference_rest")
    @classmethod
    def _without_slash_at_its_end(cls, value: str) -> str:
        # Whether it can be used is said of its host, too.
        return value.strip().rstrip("/")

    @field_validator("stability_host", "atelier_inference_host", "atelier_default_engine")
    @classmethod
    def _without_space_around(cls, value: str) -> str:
        return value.strip()

    @field_validator("atelier_rate_limit")
    @classmethod
    def _count_or_none(cls, value: str) -> str:
        # Counted in digits first: of thousands of them no number is made.
        is_short = value.isdecimal() and len(value) <= len(str(MAX_RATE))
        if value and value != NO_LIMIT and not (is_short and 0 < int(value) <= MAX_RATE):
            raise ValueError(f"it is neither a number from 1 to {MAX_RATE:,} nor {NO_LIMIT}")
        return value

    @field_validator("atelier_guild_ceiling", "atelier_low_balance")
    @classmethod
    def _amount_of_credits(cls, value: str) -> str:
        if value:
            read_limit(value)
        return value

    @classmethod
    def read(cls, env_file: str | None = None) -> Self:
        """The settings of the environment and of a file beside it.

        Raises:
            SettingsError: naming the first variable that cannot be used; never its value.
        """
        values: dict[str, Any] = {"_env_file": env_file}
        try:
            return cls(**values)
        except ValidationError as error:
            raise SettingsError(_sentence(error.errors()[0])) from None
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{env_file} cannot be read: {error}.") from None

    @property
    def is_embedded(self) -> bool:
        """Whether the bot starts an inference server of its own."""
        return not (self.stability_host or self.atelier_inference_host or self.api_address)

    @property
    def api_address(self) -> str:
        """The base address of Stability's REST API for pictures; empty where it is not used."""
        has_key_alone = self.stability_key.get_secret_value() and not self.stability_host
        return self.stability_api or (STABILITY_API if has_key_alone else "")

    @property
    def is_hosted(self) -> bool:
        """Whether pictures cost the operator money at Stability."""
        return bool(self.api_address) or is_stabilitys(self.stability_host.rpartition(":")[0])

    @property
    def video_address(self) -> str:
        """The base address of STABILITY_REST's video flow; empty for none."""
        return "" if self.stability_rest == NO_VIDEOS else self.stability_rest

    @property
    def has_hosted_videos(self) -> bool:
        """Whether each film costs the operator money at Stability."""
        try:
            return is_stabilitys(VideoEndpoint(self.video_address).host_name)
        except ValueError:  # empty, or it cannot be used
            return False

    @property
    def are_videos_over(self) -> bool:
        """Whether Stability made films with these settings, until it ended its service for them."""
        has_server = self.stability_rest or self.atelier_inference_rest
        return self.is_hosted and not has_server

    @property
    def hosted_rate(self) -> int | None:
        """How many requests a host of Stability's takes in 10 seconds; None for no limit."""
        return self.asked_rate if self.atelier_rate_limit else STABILITY_RATE

    @property
    def asked_rate(self) -> int | None:
        """How many requests in 10 seconds the operator allows; None for no limit."""
        is_limited = self.atelier_rate_limit and self.atelier_rate_limit != NO_LIMIT
        return int(self.atelier_rate_limit) if is_limited else None

    @property
    def default_ceiling_mc(self) -> int | None:
        """What a server that nobody admitted may spend in a month; None for no limit."""
        if not self.atelier_guild_ceiling:
            return 0 if self.is_hosted or self.has_hosted_videos else None
        return read_limit(self.atelier_guild_ceiling)

    @property
    def low_balance_mc(self) -> int:
        """Below it the account at the API is low."""
        return read_limit(self.atelier_low_balance) or 0

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file, which has room for one process."""
        return self.atelier_database_url.partition(":")[0].partition("+")[0] in ("", "sqlite")

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        return self.atelier_state / "atelier.sqlite"

    @property
    def artifacts(self) -> str:
        """The place of the kept pictures."""
        return self.atelier_artifacts or str(self.atelier_state / "artifacts")

    @property
    def artifacts_folder(self) -> Path | None:
        """The folder of the kept pictures where they are on the disks of this machine."""
        return None if "://" in self.artifacts else Path(self.artifacts)

    @property
    def are_artifacts_public(self) -> bool:
        """Whether somebody else, a web server, hands out what is kept."""
        return bool(self.atelier_artifacts_link)

    @property
    def folders(self) -> tuple[Path, ...]:
        """What is kept on the disks of this machine: pictures, and the database's file."""
        artifacts = (self.artifacts_folder,) if self.artifacts_folder else ()
        return artifacts if self.atelier_database_url else (*artifacts, self.atelier_state)

    @property
    def is_real_discord(self) -> bool:
        """Whether the bot goes to Discord itself rather than to a loopback one."""
        return self.atelier_discord_api == DISCORD_API


def is_stabilitys(host_name: str) -> bool:
    """Whether a host is one of Stability's own."""
    name = host_name.lower().removesuffix(".")
    return name == STABILITY_DOMAIN or name.endswith(f".{STABILITY_DOMAIN}")


def _is_web_address(value: str) -> bool:
    try:
        address = urlsplit(value)
        is_whole = bool(address.hostname) and address.port != 0
    except ValueError:
        # Its words would show a part of what may be a secret.
        return False
    return is_whole and address.scheme in ("http", "https")


REASONS = {
    "bool_parsing": "it is neither 1 nor 0",
    "bool_type": "it is neither 1 nor 0",
    "byte_size": "it is no size, for example 10GB",
    "byte_size_unit": "it is no size, for example 10GB",
    "greater_than_equal": "it is no whole number from 0 on",
    "int_from_float": "it is no whole number",
    "int_parsing": "it is no whole number",
    "int_parsing_size": "it is no whole number that can be used",
    "less_than_equal": f"it is more than {MAX_KEEP_DAYS:,}",
}
"""What is said in place of the library's words, by its kinds of errors."""


def _sentence(error: ErrorDetails) -> str:
    name = str(error["loc"][0]).upper() if error["loc"] else "A setting"
    reason = REASONS.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    return f"{name} is not usable: {reason[:1].lower()}{reason[1:]}."
