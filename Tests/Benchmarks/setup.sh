#!/usr/bin/env bash
# Makes the Python environment of the peers in .build-peers. They are no part of Palimpsest: only
# `make bench` runs them, to compare with.   setup.sh [neural]
#
# `neural` adds PyTorch and transformers, gigabytes, and llama.cpp, as the package llama-cpp-python carries it,
# built here for this processor.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
environment=$here/../../.build-peers

command -v python3 >/dev/null || {
  echo "setup: the peers are Python packages, and there is no python3 here; apt-get install python3-venv" >&2
  exit 1
}
[ -x "$environment/bin/python" ] || python3 -m venv "$environment" || {
  echo "setup: python3 cannot make an environment; apt-get install python3-venv" >&2
  exit 1
}
environment=$(cd "$environment" && pwd)
install() {
  "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$here/$1"
  "$environment/bin/pip" freeze | grep -i -f <(sed -n 's/^\([a-z-]*\)==.*/^\1==/p' "$here/$1")
}
install requirements.txt
[ "${1:-}" = neural ] || exit 0
install requirements-neural.txt

version=0.3.36
llama=$environment/decoders/llama.cpp
[ -x "$llama/bin/llama-batched-bench" ] && exit 0
command -v g++ >/dev/null || {
  echo "setup: llama.cpp is left out, there is no g++ here; apt-get install g++" >&2
  exit 0
}
mkdir -p "$llama"
cd "$llama"
"$environment/bin/pip" download --quiet --disable-pip-version-check --no-deps \
  --no-binary llama-cpp-python llama-cpp-python==$version
tar xzf llama_cpp_python-$version.tar.gz
# GCC before 13 leaves out the shapes of AMX's tiles, because its _tile_loadconfig claims to read eight bytes of them.
sed -i 's/^    _tile_loadconfig(&tc);/    __asm__ volatile("" : : "m"(tc));\n&/' \
  llama_cpp_python-$version/vendor/llama.cpp/ggml/src/ggml-cpu/amx/mmq.cpp
export PATH=$environment/bin:$PATH
cmake -G Ninja -S llama_cpp_python-$version/vendor/llama.cpp -B . -DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=ON \
  -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++ -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF \
  -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_BUILD_TOOLS=ON \
  -DLLAMA_BUILD_COMMON=ON >build.log
cmake --build . --target llama-batched-bench >>build.log
echo "llama.cpp of llama-cpp-python $version"
