#!/usr/bin/env bash
# Releases a version of the service on one machine behind nginx, blue-green: `deploy.sh VERSION`.
# Exit code: 0 released; 1 not released, the old version serves; 2 not released, and the way back failed as well: somebody has to
# look; 64 wrong use. Everything that it decides stands on its output. Broken off (Ctrl-C, SIGTERM, a terminal that closes) it goes back.
#
# DEPLOY_STATE    folder with nginx.conf, upstream.conf, live (blue or green), blue.pid and green.pid
# FRONT           where nginx answers, such as http://127.0.0.1:8080
# BLUE_PORT, GREEN_PORT   where the two answer, on 127.0.0.1
# APP             the service's script                      (default: app.mjs beside this script)
# PROBEKIT        probekit's command line as a file         (default: npx --no-install probekit)
# READY_TIMEOUT   how long the new version may take to become ready, in seconds (default: 30)
# WATCH_SECONDS   how long the new version is watched once it has the traffic   (default: 10)
# STOP_SECONDS    how long a process may take to end after SIGTERM              (default: 30)
# FORCE=1         releases although what serves now is not healthy: when the release is the repair
set -euo pipefail

# A reader or a terminal that is gone must not stop a release half-way.
trap '' PIPE
say() { printf '%s\n' "$*" 2>/dev/null || true; }
wrong() { printf '%s\n' "$*" >&2; exit 64; }
refuse() { say "$*"; exit 1; }

usage="usage: deploy.sh VERSION (and DEPLOY_STATE, FRONT, BLUE_PORT, GREEN_PORT in the environment)"
if [ "$#" -ne 1 ] || [ -z "$1" ]; then wrong "$usage"; fi
for setting in "${DEPLOY_STATE:-}" "${FRONT:-}" "${BLUE_PORT:-}" "${GREEN_PORT:-}"; do
  if [ -z "$setting" ]; then wrong "$usage"; fi
done

version=$1
app=${APP:-"$(dirname "$0")/app.mjs"}
ready_timeout=${READY_TIMEOUT:-30}
watch_seconds=${WATCH_SECONDS:-10}
stop_seconds=${STOP_SECONDS:-30}
for seconds in "$ready_timeout" "$watch_seconds" "$stop_seconds"; do
  case $seconds in
    0* | *[!0-9]*) wrong "READY_TIMEOUT, WATCH_SECONDS and STOP_SECONDS are whole seconds, 1 or more; got $seconds" ;;
  esac
done
[ -d "$DEPLOY_STATE" ] || wrong "DEPLOY_STATE must be a folder; got $DEPLOY_STATE"
[ -f "$app" ] || wrong "APP must be a file; got $app"
state=$(cd "$DEPLOY_STATE" && pwd)

if [ -n "${PROBEKIT:-}" ]; then command_line=(node "$PROBEKIT"); else command_line=(npx --no-install probekit); fi
probekit() { "${command_line[@]}" "$@"; }
nginx_says() { nginx -p "$state" -e "$state/error.log" -c "$state/nginx.conf" "$@"; }
port_of() { if [ "$1" = blue ]; then echo "$BLUE_PORT"; else echo "$GREEN_PORT"; fi; }
ready_of() { echo "http://127.0.0.1:$(port_of "$1")/health/ready"; }
is_running() { kill -0 "$1" 2>/dev/null; }
pid_of() { cat "$state/$1.pid" 2>/dev/null || true; }

# A number in a file may be another process's by now.
is_ours() {
  [ -n "$1" ] && is_running "$1" || return 1
  [ ! -r "/proc/$1/cmdline" ] || tr '\0' '\n' <"/proc/$1/cmdline" | grep -q "/$(basename "$app")\$\|^$(basename "$app")\$"
}

# Waits until the process has ended: SIGTERM, then SIGKILL.
stop() {
  pid=$(pid_of "$1")
  if ! is_ours "$pid"; then
    say "$1.pid names no process of the service: nothing is stopped"
    return 0
  fi
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

told() { case $1 in "000 "* | "") echo "gave no answer within 2 s" ;; *) echo "answered $1" ;; esac; }

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
  if [ "$got" != "200 $version" ]; then say "smoke test: GET $1/ $(told "$got")"; return 1; fi
  got=$(answer_of --data order "$1/")
  if [ "$got" != "201 $version" ]; then say "smoke test: POST $1/ $(told "$got")"; return 1; fi
}

looks_well() {
  if ! probekit check --quiet "$(ready_of "$1")"; then say "$version has stopped being ready"; return 1; fi
  smoke_test "$FRONT"
}

# The new version keeps its probe and the smoke test for a while: one late answer is no reason, two are.
watch_release() {
  left=$watch_seconds
  while [ "$left" -gt 0 ]; do
    looks_well "$1" || { sleep 1; looks_well "$1" || return 1; }
    sleep 1
    left=$((left - 1))
  done
}

# Waits until the new version is ready; not for one that has ended.
becomes_ready() {
  # The command itself, not the function, so that what is killed is not a shell around it.
  "${command_line[@]}" wait --timeout "${ready_timeout}s" --interval 300ms --expect "version=$version" "$(ready_of "$1")" &
  waiting=$!
  while is_running "$waiting"; do
    if ! is_running "$(pid_of "$1")"; then
      kill "$waiting" 2>/dev/null || true
      wait "$waiting" 2>/dev/null || true
      say "$version ended by itself"
      return 1
    fi
    sleep 0.2
  done
  wait "$waiting" || { say "$version did not become ready within $ready_timeout s"; return 1; }
}

last_words() { if [ -s "$state/$1.log" ]; then say "its last line in $state/$1.log: $(tail -n 1 "$state/$1.log")"; fi; }

# The new version never had the traffic.
give_up() {
  last_words "$next"
  say "$live serves on, nothing was switched"
  stop "$next"
  exit 1
}

# The new version has the traffic, or may have it.
go_back() {
  trap '' INT TERM HUP
  if ! probekit check --quiet "$(ready_of "$live")" && ! probekit check "$(ready_of "$live")"; then
    say "no way back: $live is not healthy, so $next keeps the traffic: look at $state now"
    exit 2
  fi
  say "rollback: to $live"
  if switch_to "$live" urgent; then
    last_words "$next"
    stop "$next"
    say "$version is not released; $live serves again"
    exit 1
  fi
  say "the way back failed: look at $state now"
  exit 2
}

stage=before
broken_off() {
  trap '' INT TERM HUP
  say "broken off by SIG$1"
  case $stage in
    started) give_up ;;
    switched) go_back ;;
    released) say "$version is released; see whether $live has ended"; exit 0 ;;
  esac
  exit 1
}
for signal in INT TERM HUP; do trap "broken_off $signal" "$signal"; done

# --- before anything is touched
for command in node nginx curl setsid flock; do
  command -v "$command" >/dev/null || refuse "$command is missing"
done
# Held by this process alone, so that nothing of it outlives a kill.
exec 9>"$state/lock"
flock --nonblock 9 || refuse "another release is under way ($state/lock is held)"
trap 'rm -f "$state/closing"' EXIT

live=$(cat "$state/live" 2>/dev/null || true)
case $live in
  blue) next=green ;;
  green) next=blue ;;
  *) refuse "$state/live must say blue or green; it says ${live:-nothing}" ;;
esac
grep -q ":$(port_of "$live")[; ]" "$state/upstream.conf" || refuse "upstream.conf does not name $live's port: a release was killed; set $state/live right first"

nginx_says -t -q || refuse "nginx's configuration is not valid"
case $(answer_of "$FRONT/") in "000 "*) refuse "nothing answers at $FRONT" ;; esac
code=0
probekit check "$(ready_of "$live")" || code=$?
if [ "$code" -gt 1 ]; then refuse "probekit's command line does not run (exit code $code)"; fi
if [ "$code" -eq 0 ]; then
  say "before: $live serves and is healthy"
elif [ "${FORCE:-}" = 1 ]; then
  say "before: $live serves and is not healthy; FORCE=1 releases all the same"
else
  refuse "$live, which serves now, is not healthy: repair that first, or set FORCE=1 where this release does"
fi
if is_ours "$(pid_of "$next")"; then refuse "$next still runs from before"; fi

# --- release: in a session of its own, which no signal of this terminal reaches
PORT=$(port_of "$next") VERSION=$version setsid node "$app" >"$state/$next.log" 2>&1 </dev/null 9>&- &
echo "$!" >"$state/$next.pid"
stage=started
say "release: $version is started as $next on port $(port_of "$next")"

# --- wait, and a smoke test that no user sees
becomes_ready "$next" || give_up
say "wait: $version is ready"
smoke_test "http://127.0.0.1:$(port_of "$next")" || { say "$version does not work"; give_up; }

# --- switch, smoke test, watch
stage=switched
if switch_to "$next" && say "switch: $next has the traffic" &&
  smoke_test "$FRONT" && say "smoke test: passed" && watch_release "$next"; then
  stage=released
  say "$version is released; $live is told to stop"
  stop "$live" || say "$live could not be stopped"
  exit 0
fi

go_back
