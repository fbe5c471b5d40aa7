#!/usr/bin/env bash
# Gradescope calls this once, when it makes the image: what the grader needs, in an environment of its own.
# AUTOGRADER_ROOT and AUTOGRADER_PYTHON say where else, and with which Python, it is tried elsewhere.
set -euo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"
source="$root/source"

# With bubblewrap the sandbox is the stricter one, if the container allows it; Landlock needs nothing.
missing=()
command -v bwrap >/dev/null || missing+=(bubblewrap)
command -v uv >/dev/null || python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
if [ "${#missing[@]}" != 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
# Debian from 12 and Ubuntu from 23.04 keep pip out of the system's Python; this image is ours.
command -v uv >/dev/null || PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip install --quiet uv

# The Python that the course was made with, which uv downloads; where it cannot, the image's own.
python="${AUTOGRADER_PYTHON:-$(cat "$source/python-version")}"
uv venv --quiet --python "$python" "$root/venv" || uv venv --quiet --python ">=3.11" "$root/venv"
uv pip install --quiet --python "$root/venv/bin/python" --requirement "$source/requirements.txt"

# What grades is root's alone; a student's code runs as nobody.
chmod -R go= "$source"
"$root/venv/bin/python" -I "$source/grade.py" "$root" --try
