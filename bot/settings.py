"""Settings, from the environment or a file `.env`; `.env.example` lists them all."""

from pathlib import Path
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

import tzlocal
from pydantic import AfterValidator, BeforeValidator, Field, HttpUrl, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from memory import Migrate, Synchronous

ROOT: Final = Path(__file__).resolve().parent.parent  #: the repository; relative paths count from here


class SettingsError(Exception):
    """A setting is wrong, or one is missing; the text names it."""


def _from_root(path: Path) -> Path:
    try:
        return ROOT / path.expanduser()
    except RuntimeError as error:  # this machine knows no home, or nobody of that name
        raise ValueError(f"{str(path)!r} names a home that is not known") from error


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no IANA time zone, such as Europe/Berlin") from error
    return name


def _listed(text: object) -> object:
    return tuple(part.strip() for part in text.split(",") if part.strip()) if isinstance(text, str) else text


class Settings(BaseSettings):
    """What an owner can set. An empty value counts as unset."""

    model_config = SettingsConfigDict(env_file=ROOT / ".env", env_ignore_empty=True, extra="forbid", frozen=True)

    data_dir: Annotated[Path, AfterValidator(_from_root)] = Path("data")
    """The folder that holds the memory; a relative path counts from the repository's root, ~ is your home."""

    database_pool_size: Annotated[int, Field(ge=1, le=64)] = 4
    """How many connections read at the same time."""

    migrate: Migrate = Migrate.AUTO
    """When a database of an older Ember is brought up to date: auto at start, manual by ember migrate alone."""

    sqlite_synchronous: Synchronous = Synchronous.FULL
    """FULL survives a power cut; NORMAL is faster and may lose the last messages in one."""

    hot_cache_size: Annotated[int, Field(ge=0)] = 10_000
    """How many items are kept in the process for fast reading."""

    sync_interval_seconds: Annotated[float, Field(gt=0, le=3_600)] = 30
    """How often use counts are written and the log of the database is moved into it."""

    backup_every_hours: Annotated[float, Field(ge=0)] = 24
    """How often a running Ember makes a backup; 0: never by itself."""

    backup_keep: Annotated[int, Field(ge=1)] = 7
    """How many backups are kept, and as many again of those made before upgrades."""

    retention_messages_days: Annotated[int, Field(ge=0)] = 365
    """For how many days messages are kept; 0: for ever."""

    retention_episodic_days: Annotated[int, Field(ge=0)] = 365
    """For how many days memories of what happened are kept, summaries among them; 0: for ever."""

    retention_metrics_days: Annotated[int, Field(ge=0)] = 90
    """For how many days figures of how Ember does, and the warnings and errors it logged, are kept; 0: for ever."""

    condense_after_days: Annotated[int, Field(ge=1)] = 30
    """After how many days of silence a conversation becomes a summary."""

    openai_api_key: SecretStr | None = None
    """The key of the model's endpoint."""

    openai_base_url: HttpUrl | None = None
    """The address of any OpenAI-compatible endpoint; empty: OpenAI's own."""

    openai_model: str | None = None
    """The model's name there. With no key and no address set, Ember answers offline, by rules."""

    background_model: str | None = None
    """Another model there for what nobody waits for: learning from what is said, summaries; empty: the same."""

    model_sees_images: bool = False
    """Whether the model looks at images; what people attach is shown to it then."""

    transcription_model: str | None = None
    """A model there that writes down voice messages, such as whisper-1; empty: Ember cannot listen."""

    embedding_provider: Literal["auto", "local", "openai", "none"] = "auto"
    """What compares meanings in a search: local runs here, openai asks the endpoint, none compares only words."""

    embedding_model: str | None = None
    """The embedding model: its name at the endpoint, or a folder with model.onnx and tokenizer.json."""

    discord_token: SecretStr | None = None
    """The bot's token; with it, ember run talks on Discord."""

    discord_api_base: HttpUrl = HttpUrl("https://discord.com/api")
    """Another server that speaks Discord's protocol."""

    admin_discord_ids: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = ()
    """The owner's user ids on Discord, separated by commas; the first is the person of the terminal."""

    discord_guild_ids: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = ()
    """The servers on Discord in which Ember talks, by id, separated by commas; empty: every one it was invited to."""

    backfill_hours: Annotated[float, Field(ge=0)] = 24
    """How old a message that was missed while Ember was away may be to be answered still; 0: none is."""

    messages_per_minute: Annotated[int, Field(ge=1)] = 20
    """How many messages of one person are taken in a minute; the terminal's are not counted."""

    turn_deadline_seconds: Annotated[float, Field(gt=0)] = 120
    """How long an answer may take before Ember apologises."""

    step_limit: Annotated[int, Field(ge=1, le=64)] = 8
    """How many model calls one answer may take."""

    context_tokens: Annotated[int, Field(ge=2_000)] = 16_000
    """How many tokens a prompt and its answer may have together."""

    default_agent: str = "ember"
    """Who Ember is where no other agent was chosen: the name of a prompt of the category agent."""

    default_timezone: Annotated[str, AfterValidator(_known_zone)] | None = None
    """The time zone of people who have not said theirs, such as Europe/Berlin; empty: this machine's."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """What is logged; the terminal chat shows warnings and errors only."""

    log_format: Literal["console", "json"] = "console"
    """How it is logged."""

    @model_validator(mode="after")
    def _a_model_needs_a_name(self) -> "Settings":
        if (self.openai_api_key or self.openai_base_url) and not self.openai_model:
            raise ValueError("OPENAI_MODEL is not set, but OPENAI_API_KEY or OPENAI_BASE_URL is")
        if self.transcription_model and not self.has_model:
            raise ValueError("TRANSCRIPTION_MODEL is set, but neither OPENAI_API_KEY nor OPENAI_BASE_URL is")
        if any(not discord_id.isdecimal() for discord_id in self.admin_discord_ids):
            raise ValueError("ADMIN_DISCORD_IDS holds numbers, separated by commas")
        if any(not discord_id.isdecimal() for discord_id in self.discord_guild_ids):
            raise ValueError("DISCORD_GUILD_IDS holds numbers, separated by commas")
        return self

    @model_validator(mode="after")
    def _an_endpoint_needs_an_embedding_model(self) -> "Settings":
        if self.embedding_provider == "openai" and not self.has_model:
            raise ValueError("EMBEDDING_PROVIDER is openai, but neither OPENAI_API_KEY nor OPENAI_BASE_URL is set")
        if self.embedding_provider == "openai" and not self.embedding_model:
            raise ValueError("EMBEDDING_PROVIDER is openai, but EMBEDDING_MODEL is not set")
        if self.embedding_model and not self.embeds_at_endpoint and self.embedding_folder is None:
            raise ValueError("EMBEDDING_MODEL is no folder, and there is no endpoint that could know it as a model")
        return self

    @property
    def embeds_at_endpoint(self) -> bool:
        """Whether the model's endpoint makes the vectors: only where EMBEDDING_MODEL names a model there."""
        if self.embedding_provider == "auto":
            return self.has_model and self.embedding_model is not None and self.embedding_folder is None
        return self.embedding_provider == "openai"

    @property
    def embedding_folder(self) -> Path | None:
        """The owner's own model; None where EMBEDDING_MODEL names no folder."""
        folder = None if self.embedding_model is None else _from_root(Path(self.embedding_model))
        return folder if folder is not None and folder.is_dir() else None

    @property
    def time_zone(self) -> str:
        """The IANA name of the zone of people who have not said theirs."""
        if self.default_timezone is not None:
            return self.default_timezone
        try:
            return _known_zone(tzlocal.get_localzone_name() or "UTC")
        except (KeyError, ValueError):  # the machine's own setting names none, or two that differ
            return "UTC"

    @property
    def has_model(self) -> bool:
        return bool(self.openai_api_key or self.openai_base_url)


def load_settings() -> Settings:
    """Reads the settings. Raises SettingsError with one line that names what is wrong."""
    try:
        return Settings()
    except UnicodeDecodeError:
        raise SettingsError(".env is not UTF-8 text.") from None
    except OSError as error:
        raise SettingsError(f".env cannot be read ({error.strerror}).") from None
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]).upper()
        if first["type"] == "extra_forbidden":
            raise SettingsError(f"{name} in .env is no setting of Ember; .env.example lists them all.") from None
        told = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{name}: {told}" if name else told) from None
