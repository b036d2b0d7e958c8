"""Works out arithmetic: exactly in fractions, in floating point where only that can."""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Annotated, Final

from pydantic import Field

from capabilities import Context, TellTheModel, capability

_BITS: Final = 1024  #: of an exact numerator or denominator; floating point ends there too
_DIGITS: Final = 15  #: shown of what is no whole number; floating point holds no more
_ROUNDING: Final = 100  #: decimal places that round may be asked for

_SIGNS: Final = str.maketrans({"^": "**", "×": "*", "·": "*", "÷": "/", "−": "-", "–": "-"})
_TIMES: Final = re.compile(r"(?<=[\d)%])\s*x\s*(?=[\d(.])")
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_FUNCTION: Final = re.compile(r"[a-z]\s*\(")
#: A percent sign with nothing behind it that could be divided by; "10 % 3" is the remainder.
_PERCENT_OF: Final = re.compile(r"%\s*of\b")
_PERCENT: Final = re.compile(r"%(?=\s*(?:[-+*/),]|$))")


@capability(read_only=True)
async def calculate(ctx: Context, expression: Annotated[str, Field(min_length=1, max_length=200)]) -> str:
    """Calculate an arithmetic expression. Use it for every calculation; do not calculate in your head.

    + - * / // % ** ^ and parentheses, 1,234.5, "15% of 80", "200 + 10%" (which is 220), pi, e, and the functions abs,
    round(x, digits), min, max, sqrt, floor, ceil, log (base 10, or log(x, base)), ln, exp, sin, cos, tan (in radians).
    """
    try:
        value = _value(_parsed(expression))
    except ZeroDivisionError as error:
        raise TellTheModel("division by zero has no result") from error
    except OverflowError as error:
        raise TellTheModel("the result is too large") from error
    except ValueError as error:
        raise TellTheModel("that has no real result") from error
    return f"{expression.strip(' =?')} = {_shown(value)}"


def _parsed(expression: str) -> ast.expr:
    try:
        return ast.parse(_as_python(expression), mode="eval").body
    except (SyntaxError, ValueError, MemoryError) as error:  # a null byte, or too many parentheses
        raise TellTheModel("that cannot be read as arithmetic") from error


def _as_python(expression: str) -> str:
    """Spells what people write so that Python's parser reads it; a percentage becomes an attribute of its number."""
    text = expression.strip(" =?").lower().translate(_SIGNS)
    text = _TIMES.sub("*", text)
    if not _FUNCTION.search(text):  # there a comma parts the arguments
        text = _THOUSANDS.sub("", text)
    return _PERCENT.sub(" .percent", _PERCENT_OF.sub(" .percent*", text))


def _value(node: ast.expr) -> Fraction:
    match node:
        case ast.Constant(value=int() | float() as number):
            return _exact(number)
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.Attribute(value=hundredths, attr="percent"):
            return _value(hundredths) / 100
        case ast.UnaryOp(op=sign, operand=operand) if type(sign) in _SIGNED:
            return _SIGNED[type(sign)](_value(operand))
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as sign, right=ast.Attribute() as percentage):
            whole = _value(left)  # "200 + 10%" adds ten percent of the 200, as pocket calculators do
            return _exact(_OPERATORS[type(sign)](whole, whole * _value(percentage)))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
            return _exact(_OPERATORS[type(sign)](_value(left), _value(right)))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            return _exact(_called(name, [_value(argument) for argument in arguments]))
    raise TellTheModel("that cannot be read as arithmetic")


def _called(name: str, arguments: list[Fraction]) -> Fraction | float:
    try:
        return _FUNCTIONS[name](*arguments)
    except TypeError as error:
        raise TellTheModel(f"{name} takes another number of arguments") from error


def _exact(value: Fraction | float) -> Fraction:
    """Returns a value as a fraction of bounded size; raises OverflowError where even floating point ends."""
    if isinstance(value, float) and not math.isfinite(value):
        raise OverflowError
    fraction = Fraction(str(value))  # by its text: 0.1 is a tenth, and not the nearest binary number
    if max(fraction.numerator.bit_length(), fraction.denominator.bit_length()) > _BITS:
        return Fraction(str(float(fraction)))
    return fraction


def _power(base: Fraction, exponent: Fraction) -> Fraction | float:
    size = max(base.numerator.bit_length(), base.denominator.bit_length())
    if exponent.denominator == 1 and abs(exponent) * size <= 2 * _BITS:
        return base ** int(exponent)
    return math.pow(base, exponent)


def _rounded(value: Fraction, digits: Fraction = Fraction(0)) -> Fraction:
    """Rounds a half away from zero, as people are taught."""
    if digits.denominator != 1 or abs(digits) > _ROUNDING:
        raise ValueError
    scale = Fraction(10) ** int(digits)
    return Fraction(math.copysign(1, value)) * math.floor(abs(value) * scale + Fraction(1, 2)) / scale


def _logarithm(value: Fraction, base: Fraction = Fraction(10)) -> float:
    return math.log10(value) if base == 10 else math.log(value, base)


def _angular(function: Callable[[float], float]) -> Callable[[Fraction], float]:
    """Rounds where pi's own error would show: sin(pi) is 0."""
    return lambda angle: round(function(float(angle)), _DIGITS)


def _shown(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    whole_digits = len(str(abs(int(value))))
    with localcontext(prec=max(_DIGITS, whole_digits + 2)):
        decimal = (Decimal(value.numerator) / Decimal(value.denominator)).normalize()
    return f"{decimal:f}" if decimal.adjusted() > -_DIGITS else str(decimal)


_CONSTANTS: Final[Mapping[str, Fraction]] = {"pi": _exact(math.pi), "e": _exact(math.e)}
_SIGNED: Final[Mapping[type[ast.unaryop], Callable[[Fraction], Fraction]]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
_OPERATORS: Final[Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction | float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
}
_FUNCTIONS: Final[Mapping[str, Callable[..., Fraction | float]]] = {
    "abs": abs,
    "round": _rounded,
    "min": min,
    "max": max,
    "sqrt": math.sqrt,
    "floor": math.floor,
    "ceil": math.ceil,
    "log": _logarithm,
    "ln": math.log,
    "exp": math.exp,
    "sin": _angular(math.sin),
    "cos": _angular(math.cos),
    "tan": _angular(math.tan),
}
