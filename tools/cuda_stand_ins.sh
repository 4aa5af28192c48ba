#!/usr/bin/env bash
# Lets the PyPI torch of a virtual environment be imported without NVIDIA's libraries, for use on the CPU only.
# Usage: tools/cuda_stand_ins.sh VENV [FOLDER], which they are put into (default: among torch's own libraries).
#
# That wheel links cuBLAS, cuDNN and others (2 GB) although nothing of them is called on a CPU. Each that is missing
# is replaced by a library of its name that exports the symbols asked for; a call into one ends the process.
set -euo pipefail
folder=$(echo "$1"/lib/python3*/site-packages/torch/lib)
into=${2:-$folder}
mkdir -p "$into"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
users=("$folder"/libtorch_cuda.so "$folder"/libtorch_python.so "$folder"/libtorch_nvshmem.so)

# What the libraries take from elsewhere: "soname version" and "symbol version" (or the symbol alone).
for user in "${users[@]}"; do
  readelf -W -V "$user" | awk '/ File: / {file = $5} / Name: / {print file, $3}' >> "$work/versions"
  readelf -W --dyn-syms "$user" | awk '$7 == "UND" {sub(/@+/, " ", $8); print $8}' >> "$work/symbols"
done
for soname in $(readelf -d "${users[@]}" | sed -n 's/.*NEEDED.*\[\(.*\)\].*/\1/p' | grep -E '^lib(cu|nccl|nvshmem)' | sort -u); do
  [ -e "$folder/$soname" ] || [ -n "$(find "$folder/../../nvidia" -name "$soname" -print -quit)" ] && continue
  stem=${soname%%.so*}
  # Without versions, a library's functions are known by how their names begin: cusparseLt, nccl.
  awk -v stem="${stem#lib}" 'NF == 1 && index(tolower($1), tolower(stem)) == 1 {print "void " $1 "(void) { __builtin_trap(); }"}' \
    "$work/symbols" | sort -u > "$work/code.c"
  : > "$work/versions.map"
  for version in $(awk -v file="$soname" '$1 == file {print $2}' "$work/versions" | sort -u); do
    names=$(awk -v version="$version" '$2 == version {print $1}' "$work/symbols" | sort -u)
    printf 'void %s(void) { __builtin_trap(); }\n' $names >> "$work/code.c"
    printf '%s { global: %s };\n' "$version" "$(printf '%s; ' $names)" >> "$work/versions.map"
  done
  script=()
  [ -s "$work/versions.map" ] && script=(-Wl,--version-script="$work/versions.map")
  g++ -xc -shared -fPIC -w -fno-builtin "$work/code.c" -o "$into/$soname" -Wl,-soname,"$soname" "${script[@]}"
done
