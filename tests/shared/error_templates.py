"""What the sources say in errors: every sentence that reaches a `TwinError`, as a template.

A template is the English sentence with a numbered place `{0}`, `{1}` for each value. The walk follows what
the sources write down: literals, f-strings, sums and choices of them, names bound to them in the function or
module, and parameters of helpers that hand a sentence on. What it cannot follow it names in `unknown`.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

PACKAGES = ("weather", "buildings", "controllers", "twin", "dashboards")
WORDS = ("what", "remedy")
_MOST = 24
_DEEPEST = 8
_HOLE = "\0"
"""Stands for a value until the places are numbered."""


@dataclass(eq=False)
class Scope:
    """A module, function or class with fields: what its names are bound to, and what callers give."""

    node: ast.AST
    path: Path
    outer: Scope | None
    name: str = ""
    parameters: list[str] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)
    bound: dict[str, list[ast.expr]] = field(default_factory=lambda: defaultdict(list))
    calls: list[ast.Call] = field(default_factory=list)


class Walk:
    """All sentences of the errors of the packages below `root`.

    Attributes
    ----------
    sentences : dict
        Template to the first place where it is written: `package/file.py:line`.
    unknown : list of str
        Sentences that the walk could not follow to a literal.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.scopes: list[Scope] = []
        self.constants: dict[str, list[tuple[Scope, ast.expr]]] = defaultdict(list)
        for package in PACKAGES:
            for path in sorted((root / package).rglob("*.py")):
                self._scan(ast.parse(path.read_text("utf-8")), path, None)
        for scope in self.scopes:
            if scope.outer is None:
                for name, values in scope.bound.items():
                    self.constants[name] += [(scope, value) for value in values]
        self.handed: dict[str, dict[str, list[str]]] = {}
        """Helpers: name to what they hand on: parameter to the parameters in order."""
        self.sentences: dict[str, str] = {}
        self.unknown: list[str] = []
        self._follow()

    def _scan(self, node: ast.AST, path: Path, outer: Scope | None, *, method: bool = False) -> None:
        scope = Scope(node, path, outer, getattr(node, "name", ""))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            given = [*node.args.posonlyargs, *node.args.args]
            scope.parameters = [a.arg for a in given][1 if method else 0 :]
            scope.texts = {
                a.arg
                for a in (*given, *node.args.kwonlyargs)
                if a.annotation is not None and "str" in ast.unparse(a.annotation).split(" | ")
            }
            scope.parameters += [a.arg for a in node.args.kwonlyargs]
        self.scopes.append(scope)
        self._inside(node, scope, path)

    def _inside(self, node: ast.AST, scope: Scope, path: Path) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in child.decorator_list)
                self._scan(child, path, scope, method=isinstance(node, ast.ClassDef) and not static)
                continue
            if isinstance(child, ast.ClassDef):
                fields = [
                    n.target.id
                    for n in child.body
                    if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
                ]
                if fields:
                    self.scopes.append(Scope(child, path, scope, child.name, fields))
            if isinstance(child, ast.Call):
                scope.calls.append(child)
            for name, value in _assigned(child):
                scope.bound[name].append(value)
            self._inside(child, scope, path)

    def _follow(self) -> None:
        self.handed = {"TwinError": {word: list(WORDS) for word in WORDS}}
        for scope in self.scopes:
            if "remedy" in scope.parameters and scope.name not in ("__init__", ""):
                words = [word for word in scope.parameters if word in WORDS]
                self.handed[scope.name] = dict.fromkeys(words, scope.parameters)
        grown = True
        while grown:
            grown = False
            for scope, call, word, value in list(self._told()):
                del call, word
                for name in self._parameters_in(value, scope):
                    known = self.handed.setdefault(scope.name, {})
                    if name not in known:
                        known[name] = scope.parameters
                        grown = True
        self._follow_phrases()
        for scope, call, _, value in self._told():
            place = f"{scope.path.relative_to(self.root)}:{call.lineno}"
            for text in self._texts(value, scope, 0):
                template = numbered(text)
                if any(c.isalpha() for c in text.replace(_HOLE, "")):
                    self.sentences.setdefault(template, place)
                elif not self._parameters_in(value, scope):
                    self.unknown.append(f"{place} {ast.unparse(value)}")

    def _follow_phrases(self) -> None:
        """Literals of several words that a helper of the same file puts into its sentence."""
        filled: dict[tuple[Path, str], dict[str, list[str]]] = defaultdict(dict)
        for scope, _, _, value in self._told():
            for name in _parts(value, scope):
                filled[scope.path, scope.name][name] = scope.parameters
        for scope in self.scopes:
            for call in scope.calls:
                for word, order in filled.get((scope.path, _called(call)), {}).items():
                    value = _argument(call, word, order)
                    for text in self._texts(value, scope, 0) if value is not None else ():
                        if " " in text.replace(_HOLE, "").strip():
                            place = f"{scope.path.relative_to(self.root)}:{call.lineno}"
                            self.sentences.setdefault(numbered(text), place)

    def _told(self) -> Iterator[tuple[Scope, ast.Call, str, ast.expr]]:
        for scope in self.scopes:
            for call in scope.calls:
                name = _called(call)
                if name not in self.handed or any(k.arg == "zh" for k in call.keywords):
                    continue
                for word, order in self.handed[name].items():
                    value = _argument(call, word, order)
                    if value is not None:
                        yield scope, call, word, value

    def _parameters_in(self, value: ast.expr, scope: Scope) -> list[str]:
        """Parameters of the function that are the sentence, or its beginning or end."""
        if isinstance(value, ast.Name):
            found = [value.id] if value.id in scope.texts and scope.name != "__init__" else []
            for bound in scope.bound.get(value.id, ()):
                if not (isinstance(bound, ast.Name) and bound.id == value.id):
                    found += [] if _mentions(bound, value.id) else self._parameters_in(bound, scope)
            return found
        if isinstance(value, ast.BinOp):
            return self._parameters_in(value.left, scope) + self._parameters_in(value.right, scope)
        if isinstance(value, ast.IfExp):
            return self._parameters_in(value.body, scope) + self._parameters_in(value.orelse, scope)
        return []

    def _texts(self, value: ast.expr, scope: Scope, depth: int) -> list[str]:
        """What an expression can say, with a hole for each value."""
        found = self._said(value, scope, depth) if depth < _DEEPEST else None
        return list(dict.fromkeys(found))[:_MOST] if found else [_HOLE]

    def _said(self, value: ast.expr, scope: Scope, depth: int) -> list[str] | None:
        if isinstance(value, ast.Constant):
            return [value.value] if isinstance(value.value, str) else None
        if isinstance(value, ast.JoinedStr):
            parts = []
            for part in value.values:
                if isinstance(part, ast.Constant):
                    parts.append([str(part.value)])
                elif isinstance(part, ast.FormattedValue):
                    plain = part.conversion == -1 and part.format_spec is None
                    said = self._said(part.value, scope, depth + 1) if plain else None
                    parts.append(said or [_HOLE])
            if _size(parts) > _MOST:
                parts = [one if len(one) == 1 else [_HOLE] for one in parts]
            return ["".join(one) for one in product(*parts)]
        if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
            both = [self._said(side, scope, depth) for side in (value.left, value.right)]
            if both == [None, None]:
                return None
            return ["".join(one) for one in product(*(said or [_HOLE] for said in both))]
        if isinstance(value, ast.IfExp):
            return self._texts(value.body, scope, depth) + self._texts(value.orelse, scope, depth)
        if isinstance(value, ast.Name):
            return self._named(value.id, scope, depth)
        return None

    def _named(self, name: str, scope: Scope, depth: int) -> list[str] | None:
        at: Scope | None = scope
        while at is not None and at.outer is not None:
            if name in at.parameters and name not in at.bound:
                return None
            if name in at.bound:
                values = [v for v in at.bound[name] if not _mentions(v, name)]
                more = [v for v in at.bound[name] if _mentions(v, name)]
                said = [text for v in values for text in self._said(v, at, depth + 1) or [_HOLE]]
                if name in at.parameters:
                    said.append(_HOLE)
                for v in more:
                    if isinstance(v, ast.BinOp) and isinstance(v.left, ast.Name) and v.left.id == name:
                        tails = self._texts(v.right, at, depth + 1)
                        said += [a + b for a in said for b in tails]
                return None if said == [_HOLE] else said
            at = at.outer
        if not name.lstrip("_").isupper():
            return None
        own = [(s, v) for s, v in self.constants[name] if s.path == scope.path] or self.constants[name]
        return [text for s, v in own for text in self._said(v, s, depth + 1) or [_HOLE]] or None


def numbered(text: str) -> str:
    """A template: places numbered in their order, braces of the sentence doubled."""
    parts = text.replace("{", "{{").replace("}", "}}").split(_HOLE)
    return parts[0] + "".join(f"{{{i}}}{part}" for i, part in enumerate(parts[1:]))


def _parts(value: ast.expr, scope: Scope) -> Iterator[str]:
    """Parameters of a function that stand as values in its sentence."""
    for node in ast.walk(value):
        plain = isinstance(node, ast.FormattedValue) and node.conversion == -1 and node.format_spec is None
        if plain and isinstance(node.value, ast.Name) and node.value.id in scope.parameters:
            yield node.value.id


def _size(parts: Sequence[Sequence[str]]) -> int:
    size = 1
    for one in parts:
        size *= len(one)
    return size


def _mentions(value: ast.expr, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(value))


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _argument(call: ast.Call, word: str, order: Sequence[str]) -> ast.expr | None:
    for given in call.keywords:
        if given.arg == word:
            return given.value
    at = order.index(word)
    before = call.args[: at + 1]
    if len(before) <= at or any(isinstance(one, ast.Starred) for one in before):
        return None
    return call.args[at]


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    pairs: list[tuple[ast.expr, ast.expr]] = []
    if isinstance(node, ast.Assign):
        pairs = [(target, node.value) for target in node.targets]
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
        pairs = [(node.target, node.value)]
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        pairs = [(node.target, ast.BinOp(ast.Name(node.target.id), ast.Add(), node.value))]
    for target, value in pairs:
        sides = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
        if isinstance(target, ast.Name):
            yield target.id, value
        elif isinstance(target, ast.Tuple):
            for side in sides:
                if isinstance(side, ast.Tuple):
                    for one, its in zip(target.elts, side.elts, strict=False):
                        if isinstance(one, ast.Name):
                            yield one.id, its
