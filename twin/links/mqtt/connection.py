"""A client of a broker: TLS, user, and an answer when the broker is away, is another, or refuses."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from twin.links.mqtt.settings import BrokerSettings
from weather.errors import TwinError

KEEP_ALIVE_SECONDS = 30
_LONGEST_WAIT = 30
_log = logging.getLogger(__name__)


def client_of(
    settings: BrokerSettings, user: tuple[str, str] | None, *, manual_ack: bool = False
) -> mqtt.Client:
    """A client whose session the broker keeps, not connected yet.

    Parameters
    ----------
    settings : BrokerSettings
    user : (str, str) or None
        User and password.
    manual_ack : bool
        Whether whoever takes a message acknowledges it, when it lies safe.

    Raises
    ------
    TwinError
        If a certificate cannot be used.
    """
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, settings.client_id, clean_session=False, protocol=mqtt.MQTTv311,
        manual_ack=manual_ack,
    )  # fmt: skip
    if settings.address[2]:
        client.tls_set_context(_context(settings))
    if user is not None:
        client.username_pw_set(*user)
    client.reconnect_delay_set(1, _LONGEST_WAIT)
    return client


def reach(client: mqtt.Client, settings: BrokerSettings) -> bool:
    """Connect; whether the broker is there. One that is away is waited for by the client's loop.

    Raises
    ------
    TwinError
        If the broker is not who it says it is.
    """
    host, port, _ = settings.address
    try:
        client.connect(host, port, KEEP_ALIVE_SECONDS)
    except ssl.SSLCertVerificationError as error:
        raise TwinError(
            f"the broker is not who it says it is: {error.verify_message}.",
            "Name who signed its certificate under 'authority', and its name as it stands there.",
            key="broker",
        ) from None
    except OSError as error:
        _log.warning("broker %s:%s is away: %s; waiting for it", host, port, error)
        client.connect_async(host, port, KEEP_ALIVE_SECONDS)
        return False
    return True


def refused(why: str) -> TwinError:
    """The error of a client that the broker does not let in."""
    return TwinError(
        f"the broker refuses this client: {why}.",
        "Check user and password, and the client id.",
        key="credentials",
    )


def _context(settings: BrokerSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.authority)
        if settings.certificate and settings.key:
            context.load_cert_chain(settings.certificate, settings.key, password="")
    except (OSError, ssl.SSLError) as error:
        raise TwinError(
            f"a certificate cannot be used: {error}.", "Give PEM files.",
            file=Path(settings.authority) if settings.authority else None, key="authority",
        ) from None  # fmt: skip
    return context
