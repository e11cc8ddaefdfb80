"""Arithmetic over named values: the formulas of derived results."""

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache

_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def compute(formula: str, values: Mapping[str, float]) -> float:
    """The value of a formula such as `urea / creatinine`.

    Raises `SyntaxError` or `ValueError` for what is no arithmetic, `KeyError` for a name without a
    value, `ZeroDivisionError` as arithmetic does.
    """
    return _arithmetic(_parsed(formula), values)


@lru_cache(maxsize=64)
def _parsed(formula: str) -> ast.expr:
    return ast.parse(formula, mode="eval").body


def _arithmetic(node: ast.expr, values: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return values[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_arithmetic(left, values), _arithmetic(right, values))
    raise ValueError("only numbers, names and + - * / are understood")
