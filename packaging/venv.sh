#!/bin/sh
# The virtual environment of `make`: made new where none works, then an editable install.
#
#     packaging/venv.sh FOLDER REQUIREMENT        e.g. .venv '.[dev]'
#
# With uv where it is installed (quick, and it brings a Python of its own), otherwise with pip.
# PYTHON names an interpreter; without it the first on the path that is new enough is taken.
set -eu

folder=$1
requirement=$2
oldest=3.11
usual="python3 python3.14 python3.13 python3.12 python3.11"

fail() {
    echo "sf-mlx: $*" >&2
    exit 1
}

# A version, or nothing where it is no Python that runs
version_of() {
    "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null || true
}

new_enough() {
    "$1" -c "import sys; sys.exit(sys.version_info < (${oldest%.*}, ${oldest#*.}))" 2>/dev/null
}

advice="brew install python, or uv python install 3.12, or https://www.python.org/downloads"

if [ -n "${PYTHON:-}" ] && ! new_enough "$PYTHON"; then
    found=$(version_of "$PYTHON")
    fail "$PYTHON is ${found:+Python }${found:-no Python that runs}; needed is $oldest or newer." \
        "Get one with: $advice"
fi

if [ -e "$folder" ] && [ ! -f "$folder/pyvenv.cfg" ] && [ -n "$(ls -A "$folder")" ]; then
    fail "$folder exists and is no virtual environment; move it away, or name another: make VENV=env"
fi

# Asked, not only looked for: a version manager's stand-in may be there and lead nowhere
uv=
if uv --version >/dev/null 2>&1; then
    uv=uv
fi
works=no
if new_enough "$folder/bin/python"; then
    works=yes
    # uv makes environments without pip
    [ -n "$uv" ] || "$folder/bin/python" -m pip --version >/dev/null 2>&1 || works=no
    # Another Python than the one that is asked for now
    [ -z "${PYTHON:-}" ] || [ "$(version_of "$PYTHON")" = "$(version_of "$folder/bin/python")" ] || works=no
fi

if [ $works = no ]; then
    if [ -n "$uv" ]; then
        rm -rf "$folder"
        uv venv --quiet --python "${PYTHON:->=$oldest}" "$folder"
    else
        python=${PYTHON:-}
        for name in $usual; do
            if [ -z "$python" ] && new_enough "$name"; then
                python=$name
            fi
        done
        if [ -z "$python" ]; then
            found=$(version_of python3)
            fail "python3 is ${found:-not there}; needed is Python $oldest or newer. Get one with: $advice"
        fi
        rm -rf "$folder"
        "$python" -m venv "$folder"
    fi
fi

machine=$("$folder/bin/python" -c 'import platform; print(platform.system(), platform.machine())')
if [ "$machine" = "Darwin x86_64" ]; then
    fail "MLX needs an Apple Silicon Mac and a Python for it; $folder/bin/python is one for Intel"
fi

echo "Installing sf-mlx into $folder (once; some hundred MB)"
if [ -n "$uv" ]; then
    uv pip install --quiet --python "$folder/bin/python" --editable "$requirement"
else
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --editable "$requirement"
fi
