# Shared by demo.sh and test.sh, which source it from the root of the project.

# step TEXT: says what happens next.
step() { printf '\n==> %s\n' "$*"; }

if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER="${CMAKE_CXX_COMPILER_LAUNCHER:-ccache}"
fi
