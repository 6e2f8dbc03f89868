#!/bin/sh
# What the tests take from the system, by its package manager, only where it is missing: Chromium and a CJK font
# for the browser tests, the MQTT broker Mosquitto (which is not left running).
set -eu
need=""
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || need="chromium"
if ! fc-list :lang=zh 2>/dev/null | grep -q .; then need="$need fonts-wqy-microhei fontconfig"; fi
PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v mosquitto >/dev/null 2>&1 || need="$need mosquitto"
[ -n "$need" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "The tests need:$need. Install them with your package manager." >&2
    exit 1
fi
sudo=""
[ "$(id -u)" -eq 0 ] || sudo="sudo"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -q >/dev/null
# shellcheck disable=SC2086
$sudo apt-get install -y -q --no-install-recommends $need >/dev/null
case "$need" in *mosquitto*) $sudo service mosquitto stop >/dev/null 2>&1 || true ;; esac
