#!/bin/sh
# Makes this checkout ready: system packages, npm packages (Node 24 among them), the addon and the
# bundle. Does only what is missing, so it is quick when nothing is. `--test` also builds the native
# tests. CETO_NO_INSTALL=1 prints the command for missing system packages instead of running it.
set -eu
cd "$(dirname "$0")/.."

want_tests=0
[ "${1:-}" = "--test" ] && want_tests=1

# --- system packages ---------------------------------------------------------------------------
packages="g++ cmake ninja-build pkg-config liburing-dev liblz4-dev libzstd-dev libsnappy-dev zlib1g-dev"
[ $want_tests = 1 ] && packages="$packages libgtest-dev clang-format"
missing=""
for package in $packages; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -q '^installed$' || missing="$missing $package"
done
if [ -n "$missing" ]; then
  sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo "
  install="${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends$missing"
  if [ "${CETO_NO_INSTALL:-0}" = 1 ]; then
    echo "ceto: these system packages are missing; install them with:" >&2
    echo "  $install" >&2
    exit 1
  fi
  echo "ceto: installing$missing" >&2
  if [ -n "$sudo" ]; then
    sudo apt-get update -q >&2
    sudo DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing >&2
  else
    apt-get update -q >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing >&2
  fi
fi

# --- npm packages --------------------------------------------------------------------------------
stamp=node_modules/.ceto-installed
if ! cmp -s package-lock.json "$stamp"; then
  echo "ceto: installing npm packages" >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
  # npm may be set to run no install scripts; the runtime's own is the one that Ceto cannot do without.
  [ -x node_modules/node/bin/node ] || (cd node_modules/node && node installArchSpecificPackage.js >&2)
  cp package-lock.json "$stamp"
fi

# --- the addon -------------------------------------------------------------------------------------
# newer TARGET PATH…: whether a file below the paths is younger than the target, or the target is missing.
newer() {
  target=$1
  shift
  [ ! -e "$target" ] || [ -n "$(find "$@" -type f -newer "$target" -print -quit)" ]
}
launcher=""
command -v ccache >/dev/null 2>&1 && launcher="--CDCMAKE_CXX_COMPILER_LAUNCHER=ccache"
if newer build/Release/ceto.node addon; then
  echo "ceto: building the addon (some minutes the first time)" >&2
  PATH="$PWD/node_modules/node/bin:$PATH" node_modules/node/bin/node node_modules/cmake-js/bin/cmake-js build \
    --directory . --out build --config RelWithDebInfo --CDCETO_OUTPUT="$PWD/build/Release" $launcher --log-level error >&2
  touch build/Release/ceto.node
fi
if [ $want_tests = 1 ] && newer build/native-tests/.built addon; then
  echo "ceto: building the native tests" >&2
  cmake -G Ninja -S addon -B build/native-tests -DCETO_TESTS=ON \
    $(command -v ccache >/dev/null 2>&1 && echo -DCMAKE_CXX_COMPILER_LAUNCHER=ccache) >build/native-tests.log 2>&1 ||
    { cat build/native-tests.log >&2; exit 1; }
  cmake --build build/native-tests >>build/native-tests.log 2>&1 || { tail -n 60 build/native-tests.log >&2; exit 1; }
  touch build/native-tests/.built
fi

# --- the bundle --------------------------------------------------------------------------------------
if newer dist/main.js src cql storage package.json; then
  node_modules/node/bin/node scripts/bundle.ts >&2
fi
