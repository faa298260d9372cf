#!/usr/bin/env bash
# Builds `bench` and runs every suite: with its peers where Tests/Benchmarks/setup.sh has been run,
# alone otherwise.   run.sh [SUITE…] [--on FILE] [what drivers understand: --rounds=3, --compiled, …]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
# A core type that is forced upon OpenBLAS would halve one side's figures, or both's.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE

suites=()
on=()
more=()
while [ $# -gt 0 ]; do
  case $1 in
    --on) on=(--on "$(realpath "$2")"); shift 2 ;;
    --*) more+=("$1"); shift ;;
    *) suites+=("$1"); shift ;;
  esac
done

build=(-c release --disable-default-traits --scratch-path .build-bench)
swift build "${build[@]}" --product bench >&2
bench=$(swift build "${build[@]}" --show-bin-path)/bench
[ ${#suites[@]} -gt 0 ] || mapfile -t suites < <("$bench" | cut -f1)

python=.build-peers/bin/python
for suite in "${suites[@]}"; do
  if [ ! -f "$here/$suite.py" ]; then
    "$bench" "$suite" "${on[@]}"
  elif [ ! -x "$python" ]; then
    "$bench" "$suite" "${on[@]}"
    echo "# $suite: peers skipped, they are not installed; run Tests/Benchmarks/setup.sh"
  else
    # The drivers of `decoders` and `gguf` say all figures themselves: prompts of thousands of tokens are not read twice.
    [[ $suite =~ ^(decoders|gguf)$ ]] || "$bench" "$suite" "${on[@]}"
    BENCH=$bench "$python" "$here/$suite.py" "${on[@]}" "${more[@]}"
  fi
done
