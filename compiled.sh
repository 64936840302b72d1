#!/bin/sh
# What Python compiled of the installed packages, kept for the next checkout with the same uv.lock: to compile it anew takes ten
# seconds and more. `compiled.sh take CACHE` after installing, `compiled.sh keep CACHE` after much has run. Python looks at each file's
# time and size before it uses what was compiled of it; where files can't be linked, it compiles as ever.
set -eu
home="$2/compiled"
cd "$(dirname "$0")"
kept="$home/$(cat uv.lock .venv/pyvenv.cfg | sha256sum | cut -c1-16)"
mkdir -p "$kept"

case $1 in
take) # once for an environment
    if [ ! -e .venv/compiled ]; then cp -rln "$kept/." .venv/lib/ 2>/dev/null || true; fi
    touch .venv/compiled "$kept"
    find "$home" -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} +
    ;;
keep) # what was compiled here is the one link to it
    (cd .venv/lib && find . -name '*.pyc' -links 1 -print0 | xargs -0 -r cp -lf --parents -t "$kept") 2>/dev/null || true
    ;;
esac
