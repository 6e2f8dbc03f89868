"""Mosquitto for tests: a process on loopback with TLS and users; and a subscriber process that counts."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from openadr_vtn import Files

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
PASSWD = shutil.which("mosquitto_passwd", path="/usr/bin:/usr/sbin:/usr/local/bin")
USERS = {"twin": "öffentlich nicht", "reader": "lesen"}


class Broker:
    """Mosquitto with TLS, a password file and retained messages on disk; can be killed and started again."""

    def __init__(self, folder: Path, files: Files) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        assert MOSQUITTO
        assert PASSWD
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        users = folder / "users"
        users.write_text("".join(f"{name}:{word}\n" for name, word in USERS.items()))
        subprocess.run([PASSWD, "-U", str(users)], check=True)
        self._conf = folder / "mosquitto.conf"
        self._conf.write_text(
            f"listener {self.port} 127.0.0.1\ncertfile {files.certificate}\nkeyfile {files.key}\n"
            f"allow_anonymous false\npassword_file {users}\npersistence true\n"
            f"persistence_location {folder}/\nautosave_on_changes true\nautosave_interval 1\n"
            "max_inflight_messages 0\nlog_dest stderr\nuser root\n"
        )
        self.start()

    def start(self) -> None:
        """Start, or start again with what it kept, and wait until it listens."""
        assert MOSQUITTO
        self.process = subprocess.Popen([MOSQUITTO, "-c", str(self._conf)], stderr=subprocess.DEVNULL)
        until = time.monotonic() + 120
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                assert time.monotonic() < until
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """No handler runs."""
        self.process.kill()
        self.process.wait()


def client(files: Files, name: str, user: str | None = "reader", password: str | None = None) -> mqtt.Client:
    """A client of its own, as anybody's system would have one."""
    made = mqtt.Client(CallbackAPIVersion.VERSION2, name, clean_session=False, protocol=mqtt.MQTTv311)
    made.tls_set(str(files.authority))
    made.reconnect_delay_set(1, 1)
    if user is not None:
        made.username_pw_set(user, password or USERS[user])
    return made


class Subscriber:
    """A process that writes each message that it gets into a file."""

    def __init__(self, folder: Path, files: Files, port: int, topic: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "messages.jsonl"
        self._file.touch()
        settings = {"authority": str(files.authority), "port": port, "topic": topic, "file": str(self._file)}
        self.process = subprocess.Popen([sys.executable, __file__, json.dumps(settings)])
        until = time.monotonic() + 120
        while not (folder / "messages.jsonl.ready").exists():
            assert time.monotonic() < until
            assert self.process.poll() is None
            time.sleep(0.05)

    def messages(self) -> list[dict[str, Any]]:
        """What has come so far."""
        lines = self._file.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]


def _subscribe(settings: dict[str, Any]) -> None:
    files = Files(Path(settings["authority"]), Path(), Path(), (Path(), Path()))
    made = client(files, "counting")
    made.on_connect = lambda c, *_: c.subscribe(settings["topic"], qos=1)
    made.on_subscribe = lambda *_: Path(settings["file"] + ".ready").touch()

    def write(_: mqtt.Client, __: Any, message: mqtt.MQTTMessage) -> None:
        told = {"topic": message.topic, "payload": message.payload.decode(), "qos": message.qos}
        with Path(settings["file"]).open("a") as file:
            file.write(json.dumps(told | {"retain": message.retain}) + "\n")

    made.on_message = write
    made.connect("127.0.0.1", settings["port"], 10)
    made.loop_forever()


if __name__ == "__main__":
    _subscribe(json.loads(sys.argv[1]))
