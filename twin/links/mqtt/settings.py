"""Settings of telemetry by MQTT: one YAML file, and a password that stands elsewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from buildings.description.base import Described, Key
from twin.links.openadr3 import LOOPBACK
from twin.links.replay_clock import ClockSettings
from twin.links.secrets_file import secret_pair
from twin.links.settings_file import read_settings
from weather.errors import TwinError

USERNAME, PASSWORD = "TWIN_MQTT_USERNAME", "TWIN_MQTT_PASSWORD"
"""Names in the environment."""
_FILES = ("credentials", "authority", "certificate", "key")
_LEVEL = re.compile(r"[^+#/\x00-\x1f$][^+#/\x00-\x1f]*")


def is_level(text: str) -> bool:
    """Whether a text can be one level of a topic."""
    return _LEVEL.fullmatch(text) is not None


def _prefix(text: str) -> str:
    if not all(is_level(part) for part in text.split("/")):
        raise ValueError(f"'{text}' is no topic; write for example pedf or city/pedf")
    return text


def _broker(text: str) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(f"'{text}' is no address; write for example mqtts://broker.example:8883") from None
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname or port == 0 or parts.path.strip("/"):
        raise ValueError(f"'{text}' is no address; write for example mqtts://broker.example:8883")
    if parts.username or parts.password:
        raise ValueError("the address holds a user; put user and password into the file of the credentials")
    if parts.scheme == "mqtt" and parts.hostname not in LOOPBACK:
        raise ValueError(f"'{text}' would carry the password in clear; write mqtts://")
    return text


class BrokerSettings(Described):
    """A connection to a broker; files are looked for in the folder of the settings."""

    broker: Annotated[str, AfterValidator(_broker)] = Field(
        description="Address, such as mqtts://broker.example:8883; mqtt:// on loopback only."
    )
    client_id: Annotated[str, Field(min_length=1, max_length=64)] = Field(
        default="pedf-twin", description="Client id at the broker; one for each process."
    )
    credentials: Key | None = Field(
        default=None,
        description="JSON file with username and password; without it "
        f"{USERNAME} and {PASSWORD} of the environment, without those nobody is named.",
    )
    authority: Key | None = Field(default=None, description="Who signed the broker's certificate (PEM).")
    certificate: Key | None = Field(default=None, description="The client's own certificate (PEM).")
    key: Key | None = Field(default=None, description="Its key (PEM, without a password).")
    prefix: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_prefix)] = Field(
        default="pedf", description="First levels of all topics."
    )

    @property
    def address(self) -> tuple[str, int, bool]:
        """Host, port, and whether by TLS."""
        parts = urlsplit(self.broker)
        by_tls = parts.scheme == "mqtts"
        return parts.hostname or "", parts.port or (8883 if by_tls else 1883), by_tls


class MqttSettings(BrokerSettings):
    """Telemetry to a broker."""

    queue: Key = Field(default="mqtt.db", description="File of what the broker does not have yet (SQLite).")
    source: Key = Field(description="Folder of a Run or of a district's year, or a meter file.")
    meters: tuple[Key, ...] = Field(default=(), description="Meters to publish; default all.")
    clock: ClockSettings | None = Field(
        default=None, description="Time in the stored year; without it the machine's."
    )


class ListenSettings(BrokerSettings):
    """Telemetry of one building from a broker."""

    client_id: Annotated[str, Field(min_length=1, max_length=64)] = Field(
        default="pedf-twin-live",
        description="Client id at the broker; what is said while this process is away is kept for it.",
    )
    meter: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_prefix)] = Field(
        description="Levels of the topic behind the prefix that name the building."
    )
    points: Annotated[tuple[Key, ...], Field(min_length=1, max_length=500)] = Field(
        description="Points to listen to, such as net_import_kw or office/temp_air_c."
    )


def read_mqtt_settings(path: Path) -> MqttSettings:
    """Read settings; paths in them become whole ones.

    Raises
    ------
    TwinError
        The first thing that is wrong, with file, line, key, value and remedy.
    """
    settings, _ = read_settings(path, MqttSettings, (*_FILES, "queue", "source"))
    _paired(settings, path)
    return settings


def read_listen_settings(path: Path) -> ListenSettings:
    """Read settings of a listener; paths in them become whole ones.

    Raises
    ------
    TwinError
        The first thing that is wrong, with file, line, key, value and remedy.
    """
    settings, _ = read_settings(path, ListenSettings, _FILES)
    _paired(settings, path)
    return settings


def _paired(settings: BrokerSettings, path: Path) -> None:
    if (settings.certificate is None) != (settings.key is None):
        raise TwinError(
            "a certificate goes with its key.", "Give both, or neither.", file=path, key="certificate"
        )


def user_of(settings: BrokerSettings) -> tuple[str, str] | None:
    """User and password; None where nobody is named.

    Raises
    ------
    TwinError
        If only one of them is given, or the file holds something else.
    """
    return secret_pair(
        settings.credentials,
        ("username", "password"),
        (USERNAME, PASSWORD),
        'for example {"username": "twin", "password": "..."}',
    )
