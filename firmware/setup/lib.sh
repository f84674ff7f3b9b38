# shellcheck shell=bash
# Words shared by the setup scripts: how they speak, fail and become root.

say() { printf 'setup: %s\n' "$*"; }

# die SENTENCE...: one line each, the first says what is wrong, the next what to do.
die() {
    printf 'setup: cannot go on: %s\n' "$1" >&2
    shift
    printf 'setup:   %s\n' "$@" >&2
    exit 5
}

# as_root COMMAND...: runs it as root, by sudo only where we are not root already.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -- "$@"
    else
        die "this needs root, and neither are you root nor is there sudo: $*" \
            "run 'make setup' once as root, or install sudo; everything after it runs as an ordinary user"
    fi
}

# sha256_is FILE HEX: whether the file is there with exactly that content.
sha256_is() {
    [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d' ' -f1)" = "$2" ]
}

# progress LABEL LOG: copies standard input to the log and shows a line now and then, so that a long step is seen to move.
progress() {
    awk -v label="$1" -v log_file="$2" '
        { print >> log_file; lines++ }
        /^(Get:|Unpacking |Setting up )/ { steps++; sub(/(http|https):[^ ]* /, ""); last = substr($0, 1, 70) }
        steps && steps % 40 == 0 && steps != shown { shown = steps; printf "setup: %s ... %d steps, %s\n", label, steps, last; fflush() }'
}
