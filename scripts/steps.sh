# Shared by demo.sh and test.sh, which source it from the root of the project.

# step TEXT: says what happens next.
step() { printf '\n==> %s\n' "$*"; }

# One compiler under one name and paths relative to the project: what the C++ build has compiled, pip's build takes from ccache.
export CXX="${CXX:-c++}"
if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER="${CMAKE_CXX_COMPILER_LAUNCHER:-ccache}"
  export CCACHE_BASEDIR="${CCACHE_BASEDIR:-$PWD}"
fi
