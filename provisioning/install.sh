#!/usr/bin/env bash
# Installs the Debian packages of the groups named (python, servers, tests, load, identity), only those that are missing. The servers' own
# services neither start while they are installed nor at the next boot: Chevet starts servers itself, as its children.
set -euo pipefail

declare -A packages=(
    [python]="python3 python3-venv"
    [servers]="rabbitmq-server prometheus prometheus-alertmanager"
    [tests]="chromium gammu-smsd postgresql-15"
    [load]="nginx-light wrk"
    [identity]="openjdk-17-jre-headless"
)
declare -A services=(
    [rabbitmq-server]="rabbitmq-server.service epmd.socket"
    [prometheus]="prometheus.service"
    [prometheus-alertmanager]="prometheus-alertmanager.service"
    [gammu-smsd]="gammu-smsd.service"
    [postgresql-15]="postgresql.service"
    [nginx-light]="nginx.service"
)
policy=/usr/sbin/policy-rc.d
mark="# put here for a moment by Chevet's install.sh"

python_is_there() {
    python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

java_is_there() {
    java -version 2>&1 | grep -qE 'version "(1[7-9]|[2-9][0-9])'
}

is_installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing_of() {
    [ "$1" = python ] && python_is_there && return
    [ "$1" = identity ] && java_is_there && return
    for package in ${packages[$1]}; do
        is_installed "$package" || echo "$package"
    done
}

hold_services() {
    if [ -e "$policy" ] && ! grep -qF "$mark" "$policy"; then
        mv "$policy" "$policy.kept-by-chevet"
    fi
    trap release_services EXIT
    trap 'exit 130' INT TERM HUP
    printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
    chmod 755 "$policy"
}

release_services() {
    rm -f "$policy"
    if [ -e "$policy.kept-by-chevet" ]; then
        mv "$policy.kept-by-chevet" "$policy"
    fi
}

install_packages() {
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@" </dev/null
}

leave_disabled() {
    command -v systemctl >/dev/null || return 0
    for package in "$@"; do
        for service in ${services[$package]:-}; do
            systemctl disable --quiet "$service" 2>/dev/null || true
        done
    done
}

if ! command -v apt-get >/dev/null; then
    python_is_there && [ "$*" = python ] && exit 0
    echo "install: expected Debian 12 or a relative of it (apt-get is not here); the packages are: ${packages[*]}" >&2
    exit 1
fi
missing=()
for group in "$@"; do
    while read -r package; do missing+=("$package"); done < <(missing_of "$group")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "install: ${missing[*]} must be installed first, which needs root:" \
        "sudo apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
fi

echo "install: ${missing[*]} from Debian"
hold_services
if ! ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 || ! install_packages "${missing[@]}"; then
    apt-get update
    install_packages "${missing[@]}"
fi
leave_disabled "${missing[@]}"
