# shellcheck shell=bash
# Shared by the scripts of this folder.

# files PATTERN...: the checkout's files of that kind, committed or not yet, one a line; what was deleted is not listed.
files() {
    git ls-files -co --exclude-standard "$@" | while read -r file; do
        if [ -e "$file" ]; then printf '%s\n' "$file"; fi
    done
}
