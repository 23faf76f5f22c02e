"""Breaks the program on purpose, in this process and its children: does a family notice?"""

import __future__

import ast
import importlib
import inspect
import textwrap
from types import CodeType, FunctionType

_FLAGS = __future__.annotations.compiler_flag
_written: dict[FunctionType, str] = {}
"""The source of each function that was altered, for a second alteration."""


class Gone(LookupError):
    """What is to be broken is no longer in the program: adapt the sabotage."""


def rewrite(place: str, old: str, new: str) -> None:
    """Replace some text of a function, for all who hold it already.

    `place` is `package.module:function` or `package.module:Class.method`.

    Raises:
        Gone: the function or the text does not exist.
    """
    function = _function(place)
    source = _written.get(function) or textwrap.dedent(inspect.getsource(function))
    if old not in source:
        raise Gone(f"{place} does not contain {old!r}")
    _written[function] = source.replace(old, new)
    function.__code__ = _compiled(_written[function], function)


def assign(place: str, value: object) -> None:
    """Give a name of a module, or of a class in it, another value; raises Gone."""
    owner, name = _owner(place)
    if not hasattr(owner, name):
        raise Gone(f"{place} does not exist")
    setattr(owner, name, value)


def _function(place: str) -> FunctionType:
    owner, name = _owner(place)
    found = inspect.unwrap(getattr(owner, name, None))  # type: ignore[arg-type]  # None is refused
    if not isinstance(found, FunctionType):
        raise Gone(f"{place} is not a function")
    return found


def _owner(place: str) -> tuple[object, str]:
    module, _, path = place.partition(":")
    *owners, name = path.split(".")
    found: object = importlib.import_module(module)
    for owner in owners:
        found = getattr(found, owner, None)
    return found, name


def _compiled(source: str, function: FunctionType) -> CodeType:
    """Return the code of a function's new source, without its decorators."""
    tree = ast.parse(source)
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef)
    definition.decorator_list = []
    names = dict(function.__globals__)
    exec(compile(tree, function.__code__.co_filename, "exec", _FLAGS, True), names)
    code: CodeType = names[definition.name].__code__
    if code.co_freevars != function.__code__.co_freevars:
        raise Gone(f"{function.__qualname__} has free variables")
    return code
