#!/bin/sh
# Download and unpack COCO's captions and features (1 GB): the same as `captioning data get coco`, whose
# options it takes, such as --folder and --source. --help lists them. It may be called from any folder.
set -eu

beside=$(dirname -- "$0")/../.venv/bin/captioning
if command -v captioning >/dev/null 2>&1; then
    exec captioning data get coco "$@"
elif [ -x "$beside" ]; then
    exec "$beside" data get coco "$@"
fi
echo "The command \`captioning\` is not installed, or its virtual environment is not active." >&2
echo "Install it with \`pip install .\` at the top of the project, and run this script again." >&2
exit 127
