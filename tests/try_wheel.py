"""Installs a built wheel in a fresh environment and runs it: `make build`.

usage: try_wheel.py FOLDER [--borrow]: with --borrow the environment uses this one's libraries
instead of downloading them.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv


def newest_wheel(folder):
    """The wheel that was built last in a folder."""
    wheels = [os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".whl")]
    return max(wheels, key=os.path.getmtime)


def run(*command, **environ):
    """Run a command in an environment with nothing of ours; its output."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CONNECTOR", "PYTHON", "VIRTUAL_ENV"))
    }
    done = subprocess.run(
        command,
        env={**kept, **environ},
        cwd=tempfile.gettempdir(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"failed ({done.returncode}): {' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def install(wheel, folder, *, borrow):
    """Make a fresh environment and install a wheel in it; its `connectors`."""
    ours = borrow and importlib.util.find_spec("pip") is not None
    venv.create(folder, with_pip=not ours)
    scripts = os.path.join(folder, "Scripts" if os.name == "nt" else "bin")
    python = os.path.join(scripts, "python")
    pip = [sys.executable, "-m", "pip", "--python", python] if ours else [python, "-m", "pip"]
    pip += ["install", "--quiet", "--disable-pip-version-check"]
    if borrow:
        paths = sysconfig.get_paths(vars={"base": folder, "platbase": folder})
        with open(os.path.join(paths["purelib"], "borrowed.pth"), "w", encoding="utf-8") as file:
            file.write(sysconfig.get_paths()["purelib"] + "\n")
        pip += ["--no-deps", "--no-index", "--force-reinstall"]
    run(*pip, os.path.abspath(wheel))
    return os.path.join(scripts, "connectors")


def use(connectors, home):
    """The main job with an installed program; what it says about itself."""
    key = run(connectors, "key", "generate").strip()
    environ = {
        "CONNECTORS_HOME": home,
        "CONNECTOR_AUTH_ENCRYPTION_KEY": key,
        "PASSWORD": "sample-word",
    }
    assert "wordpress" in run(connectors, "catalog", "--json", **environ)
    run(
        *(connectors, "install", "wordpress", "--activate", "--set", "site_url=https://a.example"),
        *("--set", "username=al", "--secret", "application_password=env:PASSWORD"),
        **environ,
    )
    assert '"wordpress"' in run(connectors, "targets", "--json", **environ)
    revealed = run(connectors, "get", "wordpress", "application_password", "--reveal", **environ)
    assert revealed == "sample-word\n"
    return run(connectors, "--version").strip()


def main(folder, *, borrow=False):
    wheel = newest_wheel(folder)
    fresh = tempfile.mkdtemp()
    try:
        connectors = install(wheel, os.path.join(fresh, "venv"), borrow=borrow)
        print(f"{os.path.basename(wheel)}: {use(connectors, os.path.join(fresh, 'home'))} works")
    finally:
        shutil.rmtree(fresh)


if __name__ == "__main__":
    main(sys.argv[1], borrow="--borrow" in sys.argv[2:])
