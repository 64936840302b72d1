#!/bin/sh
# Install what citynode, its lab and its tests need: Debian packages, uv, the Python environment, a Go compiler if it may be
# needed. Quick when everything is there; called by `make`, and safe to call again after it was interrupted.
set -eu
cd "$(dirname "$0")"

say() { printf '== %s\n' "$*" >&2; }
stop() { printf 'error: %s\ntry: %s\n' "$1" "$2" >&2; exit 1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

command -v apt-get >/dev/null 2>&1 || stop "this is no Debian system" "Debian 12; elsewhere install the packages of lab/packages.txt by hand"

# No service of a package is to start by itself while it is installed: the lab runs its own, in namespaces. The file that says so
# goes again at the end; one that a killed run of this script left would keep the machine's own services down for ever.
policy=/usr/sbin/policy-rc.d
mark="made by citynode's prepare.sh, process"
maker=$(sed -n "s/^# $mark //p" $policy 2>/dev/null || true)
if [ -n "$maker" ] && ! grep -qs prepare.sh "/proc/$maker/cmdline"; then as_root rm -f $policy; fi

wanted="python3 python3-venv ca-certificates fontconfig fonts-noto-cjk $(awk '!/^#/ && $2 ~ "^/" { print $1 }' lab/packages.txt)"
missing=$(for name in $wanted; do
    dpkg-query -W -f '${Status}\n' "$name" 2>/dev/null | grep -q '^install ok installed' || printf '%s ' "$name"
done)
if [ -n "$missing" ]; then
    say "Debian packages: $missing"
    made=
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\n# %s %s\nexit 101\n' "$mark" $$ | as_root tee $policy >/dev/null
        as_root chmod 755 $policy
        made=yes
        trap 'as_root rm -f $policy' EXIT INT TERM
    fi
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
    [ -z "$made" ] || { as_root rm -f $policy; trap - EXIT INT TERM; }
fi

home="${CITYNODE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/citynode}"

# What would change the machine if it were installed is only unpacked (chrony takes the machine's own time service away).
unpack() {
    if [ -e "/$2" ] || [ -e "$home/debian/$1/$2" ]; then return; fi
    say "$1, into $home/debian/$1"
    mkdir -p "$home/debian"
    fresh=$(mktemp -d "$home/debian/.$1.XXXXXX")
    trap 'rm -rf "$fresh"' EXIT INT TERM
    chmod 755 "$fresh"
    download() { (cd "$fresh" && apt-get download -qq -o APT::Sandbox::User=root "$1" >&2 </dev/null); }
    download "$1" 2>/dev/null || { as_root apt-get update -q >&2 </dev/null && download "$1"; } || stop "$1 can't be fetched" "apt-get update, then make prepare"
    dpkg-deb -x "$fresh"/*.deb "$fresh/tree"
    mv -T "$fresh/tree" "$home/debian/$1" 2>/dev/null || [ -e "$home/debian/$1/$2" ]  # another prepare was first
    rm -rf "$fresh"
    trap - EXIT INT TERM
}
awk '!/^#/ && NF && $2 !~ "^/" { print $1, $2 }' lab/packages.txt | while read -r name program; do unpack "$name" "$program"; done

# The distribution's own Python is compiled for speed; another that stands first on PATH may be half as fast, and lack venv.
python=/usr/bin/python3 ours="--python /usr/bin/python3"
fits='import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))'  # pyproject.toml: requires-python
$python -c "$fits" 2>/dev/null || { python=python3 ours=; }

uv=$(command -v uv || true)
if [ -z "$uv" ]; then
    uv="$home/uv/bin/uv"
    if [ ! -x "$uv" ]; then
        say "uv, into $home/uv"
        $python -m venv "$home/uv"
        "$home/uv/bin/pip" install -q --disable-pip-version-check uv
    fi
fi

# uv takes away what isn't asked for, so Go is asked for until the last program of the engines (engines/catalogue.py) is there.
groups=
for program in pulumi-v3.250.0/pulumi kubernetes-v1.37.2/kube-apiserver kubernetes-v1.37.2/kube-controller-manager \
    kubernetes-v1.37.2/kube-scheduler kubernetes-v1.37.2/kubelet kubernetes-v1.37.2/kubectl; do
    [ -x "$home/engines/$program" ] || groups="--group go"
done
if command -v go >/dev/null 2>&1 || [ -x /usr/local/go/bin/go ]; then groups=; fi
# shellcheck disable=SC2086
"$uv" sync --locked --quiet $ours $groups
