#!/usr/bin/env bash
# Sets this machine up: Debian packages (as root or with sudo), .venv with pinned wheels.
# Usage: tools/setup.sh light|full|cuda|browser|python|docs|fuzz. Does nothing, quickly, when everything is there. cuda
# adds NVIDIA's compiler, browser what the tests of the page need, python what building and testing the Python package
# needs, fuzz clang with its sanitizers and libFuzzer; docs alone is enough for the documentation site.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:-light}

packages=(g++ make git dpkg-dev file ccache pkg-config python3 python3-venv libjpeg-dev libpng-dev zlib1g-dev libdeflate-dev
          libssl-dev libcairo2-dev libfreetype-dev fonts-dejavu-core libsimdjson-dev libcli11-dev libpugixml-dev
          libyaml-cpp-dev libboost-dev libgtest-dev libgmock-dev)
[ "$kind" = browser ] && packages+=(chromium-headless-shell node-typescript)
[ "$kind" = docs ] && packages=(git python3 python3-venv)
[ "$kind" = fuzz ] && packages+=(clang libclang-rt-dev)
# A Python that is not Debian's brings its own headers.
[ "$kind" = python ] && ! python3 -c 'import os, sysconfig as s; os.stat(s.get_path("include") + "/Python.h")' 2>/dev/null &&
  packages+=(python3-dev)

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      as_root=(sudo)
    else
      echo "saccade set-up: Debian packages are missing and this user may not install them; run:" >&2
      echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
      exit 1
    fi
  fi
  echo "installing Debian packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if [ "$kind" != docs ]; then
  gxx_version=$(g++ -dumpversion | cut -d. -f1)
  if [ "$gxx_version" -lt 12 ]; then
    echo "saccade set-up: g++ 12 or newer is needed, this is g++ $gxx_version (Debian 12 and 13 have it)" >&2
    exit 1
  fi
fi

[ "$kind" = fuzz ] && exit 0  # it needs no wheels

[ -x .venv/bin/python ] || { echo "making .venv"; python3 -m venv .venv; }

# The light set-up takes torch without its CUDA dependencies: libtorch_cpu needs only cudart and cupti.
stamp=.venv/saccade-$kind.stamp
wanted=$(cat tools/requirements*.txt | sha256sum | cut -d' ' -f1)
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$wanted" ]; then
  case "$kind" in
    full) what="torch with all of CUDA: about 2.8 GB" ;;
    cuda) what="NVIDIA's compiler: about 100 MB" ;;
    browser) what="playwright: about 50 MB" ;;
    docs) what="mkdocs and its theme: about 20 MB" ;;
    python) what="transformers, sympy: about 30 MB" ;;
    *) what="cmake, ninja, torch: about 550 MB" ;;
  esac
  echo "installing Python wheels ($what)"
  pip=(.venv/bin/python -m pip install -q --disable-pip-version-check)
  case "$kind" in
    full) "${pip[@]}" -r tools/requirements-full.txt ;;
    cuda) "${pip[@]}" --no-deps -r tools/requirements-cuda.txt ;;
    browser) "${pip[@]}" --no-deps -r tools/requirements-browser.txt ;;
    docs) "${pip[@]}" --no-deps -r tools/requirements-docs.txt ;;
    python)
      "${pip[@]}" --no-deps -r tools/requirements-python.txt
      # Beside torch, not in it: the program must not take them for CUDA.
      tools/cuda_stand_ins.sh .venv .venv/cuda-stand-ins ;;
    *) "${pip[@]}" --no-deps -r tools/requirements.txt ;;
  esac
  echo "$wanted" > "$stamp"
fi
