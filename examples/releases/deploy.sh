#!/usr/bin/env bash
# Releases a version of the service on one machine behind nginx, blue-green: `deploy.sh VERSION`.
# Exit code: 0 released; 1 not released, the old version serves; 2 not released, and the way back failed as well: somebody has to
# look; 64 wrong use. Everything that it decides stands on its output.
#
# DEPLOY_STATE    folder with nginx.conf, upstream.conf, live (blue or green), blue.pid and green.pid
# FRONT           where nginx answers, such as http://127.0.0.1:8080
# BLUE_PORT, GREEN_PORT   where the two answer, on 127.0.0.1
# APP             the service's script                      (default: app.mjs beside this script)
# PROBEKIT        probekit's command line as a file         (default: npx probekit)
# READY_TIMEOUT   how long the new version may take to become ready, in seconds (default: 30)
# WATCH_SECONDS   how long the new version is watched once it has the traffic   (default: 10)
# STOP_SECONDS    how long a process may take to end after SIGTERM              (default: 30)
set -euo pipefail

say() { printf '%s\n' "$*"; }
usage() { say "usage: deploy.sh VERSION (and DEPLOY_STATE, FRONT, BLUE_PORT, GREEN_PORT in the environment)" >&2; exit 64; }

if [ "$#" -ne 1 ] || [ -z "$1" ]; then usage; fi
for setting in "${DEPLOY_STATE:-}" "${FRONT:-}" "${BLUE_PORT:-}" "${GREEN_PORT:-}"; do
  if [ -z "$setting" ]; then usage; fi
done

version=$1
state=$DEPLOY_STATE
app=${APP:-"$(dirname "$0")/app.mjs"}
ready_timeout=${READY_TIMEOUT:-30}
watch_seconds=${WATCH_SECONDS:-10}
stop_seconds=${STOP_SECONDS:-30}

probekit() { if [ -n "${PROBEKIT:-}" ]; then node "$PROBEKIT" "$@"; else npx probekit "$@"; fi; }
nginx_says() { nginx -p "$state" -e "$state/error.log" -c "$state/nginx.conf" "$@"; }
port_of() { if [ "$1" = blue ]; then echo "$BLUE_PORT"; else echo "$GREEN_PORT"; fi; }
ready_of() { echo "http://127.0.0.1:$(port_of "$1")/health/ready"; }
is_running() { kill -0 "$1" 2>/dev/null; }

# Waits until the process has ended: SIGTERM, then SIGKILL.
stop() {
  pid=$(cat "$state/$1.pid")
  kill -TERM "$pid" 2>/dev/null || true
  left=$((stop_seconds * 10))
  while is_running "$pid" && [ "$left" -gt 0 ]; do sleep 0.1; left=$((left - 1)); done
  if is_running "$pid"; then
    say "$1 did not end within $stop_seconds s and is killed"
    kill -KILL "$pid" 2>/dev/null || true
  fi
  rm -f "$state/$1.pid"
}

idle_clients() { curl --silent --max-time 2 "$FRONT/nginx-status" | sed -n 's/.*Waiting: \([0-9]*\).*/\1/p'; }

# A reload closes idle connections of clients, and what is just on its way on one of them would be lost. While the file exists, answers
# say "Connection: close"; then no client is idle any more, but for those that ask nothing at all.
let_clients_leave() {
  touch "$state/closing"
  sleep 0.3
  tries=20
  while [ "$(idle_clients)" != 0 ] && [ "$tries" -gt 0 ]; do sleep 0.1; tries=$((tries - 1)); done
}

# Sends the traffic to blue or green. Going back from what is broken does not wait for clients to leave.
switch_to() {
  if [ "${2:-}" != urgent ]; then let_clients_leave; fi
  printf 'server 127.0.0.1:%s;\n' "$(port_of "$1")" >"$state/upstream.conf.new" &&
    mv "$state/upstream.conf.new" "$state/upstream.conf" &&
    nginx_says -t -q && nginx_says -s reload || return 1
  sleep 0.5
  rm -f "$state/closing"
  echo "$1" >"$state/live"
}

answer_of() {
  curl --silent --max-time 2 --output /dev/null --write-out '%{http_code} %header{x-version}' "$@" || true
}

# What a user does, at an address: the process's own, or nginx's, where an old worker may still answer for a moment.
smoke_test() {
  tries=20
  got=$(answer_of "$1/")
  while [ "$got" != "200 $version" ] && [ "$tries" -gt 0 ]; do
    case $got in
      *" $version" | "000 "* | "50"[0-9]" ") break ;;
    esac
    sleep 0.1
    tries=$((tries - 1))
    got=$(answer_of "$1/")
  done
  if [ "$got" != "200 $version" ]; then say "smoke test: GET $1/ answered ${got:-nothing}"; return 1; fi
  got=$(answer_of --data order "$1/")
  if [ "$got" != "201 $version" ]; then say "smoke test: POST $1/ answered ${got:-nothing}"; return 1; fi
}

# The new version keeps its probe and the smoke test for a while.
watch_release() {
  left=$watch_seconds
  while [ "$left" -gt 0 ]; do
    if ! probekit check --quiet "$(ready_of "$1")"; then say "$version has stopped being ready"; return 1; fi
    smoke_test "$FRONT" || return 1
    sleep 1
    left=$((left - 1))
  done
}

# --- before anything is touched
for command in node nginx curl; do
  command -v "$command" >/dev/null || { say "$command is missing"; exit 1; }
done
mkdir "$state/lock" 2>/dev/null || { say "another release is under way ($state/lock)"; exit 1; }
trap 'rm -rf "$state/lock" "$state/closing"' EXIT

live=$(cat "$state/live")
if [ "$live" = blue ]; then next=green; else next=blue; fi

nginx_says -t -q || { say "nginx's configuration is not valid"; exit 1; }
probekit check "$(ready_of "$live")" || { say "$live, which serves now, is not healthy: repair that first"; exit 1; }
if [ -e "$state/$next.pid" ] && is_running "$(cat "$state/$next.pid")"; then say "$next still runs from before"; exit 1; fi
say "before: $live serves and is healthy"

# --- release
PORT=$(port_of "$next") VERSION=$version nohup node "$app" >"$state/$next.log" 2>&1 </dev/null &
echo "$!" >"$state/$next.pid"
say "release: $version is started as $next on port $(port_of "$next")"

# --- wait, and a smoke test that no user sees
if ! probekit wait --timeout "${ready_timeout}s" --interval 300ms --expect "version=$version" "$(ready_of "$next")"; then
  say "$version did not become ready within $ready_timeout s; $live serves on, nothing was switched"
  stop "$next"
  exit 1
fi
say "wait: $version is ready"
if ! smoke_test "http://127.0.0.1:$(port_of "$next")"; then
  say "$version does not work; $live serves on, nothing was switched"
  stop "$next"
  exit 1
fi

# --- switch, smoke test, watch
if switch_to "$next" && say "switch: $next has the traffic" &&
  smoke_test "$FRONT" && say "smoke test: passed" && watch_release "$next"; then
  say "$version is released; $live is told to stop"
  stop "$live"
  exit 0
fi

# --- the way back
say "rollback: to $live"
if switch_to "$live" urgent && probekit check "$(ready_of "$live")"; then
  stop "$next"
  say "$version is not released; $live serves again"
  exit 1
fi
say "the way back failed: look at $state now"
exit 2
