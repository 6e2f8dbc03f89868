#!/bin/sh
# Chromium and a CJK font for the browser tests, by the system's package manager, only where they are missing.
set -eu
need=""
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || need="chromium"
if ! fc-list :lang=zh 2>/dev/null | grep -q .; then need="$need fonts-wqy-microhei fontconfig"; fi
[ -n "$need" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "The browser tests need:$need. Install them with your package manager." >&2
    exit 1
fi
sudo=""
[ "$(id -u)" -eq 0 ] || sudo="sudo"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -q >/dev/null
# shellcheck disable=SC2086
$sudo apt-get install -y -q --no-install-recommends $need >/dev/null
