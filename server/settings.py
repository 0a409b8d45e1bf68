"""Everything an installation can be told, in one struct. Nothing else reads the environment."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from server.errors import Problem

PREFIX: Final = "SITEBOOK_"
FILE_NAME: Final = "sitebook.toml"
LOCAL_HOSTS: Final = frozenset(("localhost", "127.0.0.1", "::1"))

Size = Annotated[int, Meta(ge=1)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of one centre. Each is `SITEBOOK_<NAME>` in the environment or `<name>` in `sitebook.toml`."""

    data: Path = Path("data")
    """The data folder: everything the installation owns."""
    origin: str = ""
    """The address for ever, as `https://site.example.com`; empty means a trial on this machine."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8000
    """Port to listen on; 0 takes a free one."""
    tls: bool = False
    """Serve https with a certificate of our own CA, for real phones in a trial."""
    trusted_proxies: str = "127.0.0.1,::1"
    """Addresses whose X-Forwarded-For and X-Forwarded-Proto are believed, comma-separated."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "json", "text"] = "auto"
    """`auto`: text where a person looks on, else JSON."""
    static_dir: Path = Path(__file__).parent / "static"
    """The built browser app."""
    max_body_bytes: Size = 2_000_000
    """Largest request body, where a route sets no bound of its own."""
    disk_floor_bytes: Size = 100_000_000
    """Below so much free disk the centre says it is not ready."""
    company: str = "Sitebook"
    """The company's name while no record says it."""
    session_days: Annotated[int, Meta(ge=1, le=3650)] = 30
    """A session ends when unused for so long."""
    time_zone: str = "Asia/Shanghai"
    """Zone of sites that name none."""
    other_origins: tuple[str, ...] = ()
    """Further addresses of a trial (127.0.0.1, addresses on the local network), whose writes are accepted too."""

    @property
    def address(self) -> str:
        """The origin, `http(s)://localhost:<port>` if none was set."""
        if self.origin:
            return self.origin
        default = 443 if self.tls else 80
        return f"{self.scheme}://localhost" + ("" if self.port == default else f":{self.port}")

    @property
    def scheme(self) -> str:
        """`https` or `http`, as people reach the centre."""
        if self.origin:
            return urlsplit(self.origin).scheme
        return "https" if self.tls else "http"

    @property
    def hostname(self) -> str:
        """The origin's host without port, lower case."""
        return urlsplit(self.address).hostname or "localhost"

    @property
    def trial(self) -> bool:
        """Whether labels, screens and documents must say "trial": the address works only here, or on this network."""
        return not self.origin or self.hostname in LOCAL_HOSTS or self.tls

    @property
    def secure(self) -> bool:
        """Whether people reach the centre by https."""
        return self.scheme == "https"

    @property
    def accepted_origins(self) -> frozenset[str]:
        """Values of the Origin header that a write may carry."""
        if not self.trial:
            return frozenset((self.address,))
        default = 443 if self.tls else 80
        port = "" if self.port == default else f":{self.port}"
        local = (f"{self.scheme}://{host}{port}" for host in ("localhost", "127.0.0.1", "[::1]"))
        return frozenset((self.address, *local, *self.other_origins))

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.data / "sitebook.db"

    @property
    def control_socket(self) -> Path:
        """Where the command line reaches the running server."""
        return self.data / "control.sock"


def read_settings(environ: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Settings from, in rising order: `<data>/sitebook.toml` (or `SITEBOOK_CONFIG`), the environment, `given`.

    A `given` value of None counts as not given. Raises `Problem("bad_setting")` naming the setting and what is wrong.
    """
    environ = os.environ if environ is None else environ
    fields = Settings.__struct_fields__
    from_env = {name: environ[PREFIX + name.upper()] for name in fields if environ.get(PREFIX + name.upper())}
    from_call = {name: value for name, value in given.items() if value is not None}
    data = Path(str(from_call.get("data") or from_env.get("data") or "data")).expanduser().absolute()
    file = Path(environ.get(PREFIX + "CONFIG") or data / FILE_NAME)
    values: dict[str, Any] = {**_read_file(file), **from_env, **from_call, "data": data}
    if isinstance(values.get("other_origins"), str):
        values["other_origins"] = [part.strip() for part in values["other_origins"].split(",") if part.strip()]
    if values.get("origin"):
        values["origin"] = normal_origin(str(values["origin"]))
    return _convert(values)


def _read_file(path: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem("bad_setting", name=str(path), actual=path.name, reason=str(error)) from None
    unknown = sorted(set(found) - set(Settings.__struct_fields__))
    if unknown:
        raise Problem(
            "bad_setting",
            name=unknown[0],
            actual=str(found[unknown[0]]),
            reason=f"{path} has no such setting; known are {', '.join(Settings.__struct_fields__)}",
        )
    return found


def _convert(values: dict[str, Any]) -> Settings:
    """One field at a time first, so that the error can name the setting and its value."""
    converted: dict[str, Any] = {}
    types = {field.name: field.type for field in msgspec.structs.fields(Settings)}
    for name, value in values.items():
        try:
            converted[name] = Path(value) if types[name] is Path else msgspec.convert(value, types[name], strict=False)
        except (msgspec.ValidationError, TypeError) as error:
            raise Problem("bad_setting", name=PREFIX + name.upper(), actual=str(value), reason=str(error)) from None
    return Settings(**converted)


def normal_origin(text: str) -> str:
    """`HTTPS://Host.Example:443/` -> `https://host.example`: scheme, host, and port unless it is the scheme's own.

    Raises `Problem("bad_setting")` for anything else than an http(s) origin, and for http outside this machine.
    """

    def refuse(reason: str) -> Problem:
        return Problem("bad_setting", name="SITEBOOK_ORIGIN", actual=text, reason=reason)

    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError as error:
        raise refuse(str(error)) from None
    host = (parts.hostname or "").lower()
    if parts.scheme not in ("http", "https") or not host:
        raise refuse("expected an address like https://site.example.com")
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username or parts.password:
        raise refuse("an origin has no path, query or user name")
    if not host.isascii():
        raise refuse("write an international host name in its ASCII form (xn--…): labels hold it")
    if parts.scheme == "http" and host not in LOCAL_HOSTS:
        raise refuse("camera and passkeys work only over https; plain http only on localhost")
    if ":" in host:
        host = f"[{host}]"
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if port in (None, default) else f":{port}")
