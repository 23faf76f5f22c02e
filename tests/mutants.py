"""Alters the code and sees whether the tests notice (mutmut); names of mutants narrow it down.

mutmut leaves a function alone that has a decorator, and the gate of every write is one. So it works
on a copy, where context managers are made after their functions.
"""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
WORK = ROOT / "mutants"
COPIED = ("connectors_cli", "tests", "catalog", "pyproject.toml", "README.md")
DECORATOR = "contextmanager"


def main(names: list[str]) -> int:
    """Run mutmut in a copy of the project and tell of the mutants that live."""
    copy_project()
    mutmut = [sys.executable, "-m", "mutmut"]
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run([*mutmut, "run", *names], cwd=WORK, env=environ, check=False)
    subprocess.run([*mutmut, "results"], cwd=WORK, env=environ, check=False)
    return done.returncode


def copy_project() -> None:
    """Copy what mutmut needs; its own folder stays, with what it knows of earlier runs."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, WORK / name, ignore=ignored, dirs_exist_ok=True)
        else:
            shutil.copy2(ROOT / name, WORK / name)
    for path in (WORK / COPIED[0]).rglob("*.py"):
        text = path.read_text()
        parted = without_decorators(text)
        if parted != text:  # else it would count as changed
            path.write_text(parted)


def without_decorators(text: str) -> str:
    """Return a module with `f = contextmanager(f)` after what is decorated with it alone."""
    lines = text.splitlines(keepends=True)
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    for function in sorted(functions, key=lambda node: -node.lineno):
        if [ast.unparse(decorator) for decorator in function.decorator_list] == [DECORATOR]:
            indent = " " * function.col_offset
            made = f"{indent}{function.name} = {DECORATOR}({function.name})\n"
            lines.insert(function.end_lineno, made)
            del lines[function.decorator_list[0].lineno - 1]
    return "".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
