# The programs that take part: ours in C, and chimney.

compile_programs() {
    gcc -O2 -Wall -Wextra -o "$work/constant" "$here/programs/constant.c" -lfcgi
    gcc -O2 -Wall -Wextra -o "$work/stopwatch" "$here/programs/stopwatch.c"
}

# Sets `chimney` to the binary that is measured.
find_chimney() {
    chimney=${CHIMNEY_BINARY-}
    if [[ -z $chimney ]]; then
        command -v swift >/dev/null || die "swift is not installed; see https://www.swift.org/install, or set CHIMNEY_BINARY"
        say "building chimney for release …"
        (cd "$root" && swift build -c release --static-swift-stdlib >&2) || die "chimney does not build"
        chimney=$root/.build/release/chimney
    fi
    [[ -x $chimney ]] || die "not a program: $chimney"
    chimney=$(realpath "$chimney")
}
