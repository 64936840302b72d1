#!/bin/sh
# What Python compiled of the installed packages, kept for the next checkout with the same uv.lock: to compile it anew takes ten
# seconds and more. `compiled.sh take` after installing, `compiled.sh keep` after much has run. Python looks at each file's time and
# size before it uses what was compiled of it; where files can't be linked, it compiles as ever.
set -eu
cd "$(dirname "$0")"
home="${CITYNODE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/citynode}/compiled"
kept="$home/$(cat uv.lock .venv/pyvenv.cfg | sha256sum | cut -c1-16)"
count() { find "$1" -name '*.pyc' 2>/dev/null | wc -l; }

case $1 in
take)
    if [ -d "$kept" ] && [ ! -e .venv/compiled ]; then cp -rln "$kept/." .venv/lib/ 2>/dev/null || true; fi
    touch .venv/compiled
    ;;
keep)
    [ "$(count .venv/lib)" -gt "$(count "$kept")" ] || exit 0
    mkdir -p "$home"
    fresh=$(mktemp -d "$home/.fresh.XXXXXX")
    trap 'rm -rf "$fresh"' EXIT INT TERM
    (cd .venv/lib && find . -name '*.pyc' -print0 | xargs -0 cp -l --parents -t "$fresh") 2>/dev/null || exit 0
    rm -rf "$kept"
    mv -T "$fresh" "$kept" 2>/dev/null || true # another checkout was first
    find "$home" -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} +
    ;;
esac
