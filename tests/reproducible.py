"""Builds wheel and sdist twice and compares the bytes: `make reproducible`.

The second build is of a copy in another folder, under another umask, time zone, locale and hash
seed. SOURCE_DATE_EPOCH is the time that files in both get.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", "build", "dist")
OTHER = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "7"}


def build(source, target, umask=0o022, **environ):
    """Build both from a folder's sources into another folder; the digest of each file by name."""
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", target, source],
        env={**os.environ, **environ},
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"the build failed:\n{done.stdout}{done.stderr}")
    files = sorted(Path(target).iterdir())
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def main():
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy")
        shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
        first = build(ROOT, Path(folder, "first"))
        second = build(copy, Path(folder, "second"), umask=0o077, **OTHER)
    for name, digest in first.items():
        print(f"{digest}  {name}")
    different = {name for name, _ in first.items() ^ second.items()}
    if different:
        sys.exit(f"not reproducible: {', '.join(sorted(different))}")
    print("both builds are the same, byte for byte")


if __name__ == "__main__":
    main()
