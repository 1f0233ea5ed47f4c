"""Array types, and the checks that every statistic makes of its arguments."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


NOISE = 64 * np.finfo(float).eps
"""What rounding leaves of a few steps of arithmetic, relatively: less is no difference."""


class UndefinedError(ValueError):
    """A result that these data leave undefined, or that no iteration finds in them; says why."""


def plain(value: FloatArray | np.float64 | float) -> Any:
    """Return a Python float for a single number, and the array itself for a batch."""
    return float(value) if np.ndim(value) == 0 else np.asarray(value, dtype=float)


def of_each(function: Callable[[float], float], values: ArrayLike) -> FloatArray:
    """The function of each value: one that remembers, as members of a batch are mostly alike."""
    array = np.asarray(values, dtype=float)
    if array.ndim == 0:
        return np.asarray(function(float(array)))
    return np.array([function(each) for each in array.ravel().tolist()]).reshape(array.shape)


def finite(name: str, values: ArrayLike) -> FloatArray:
    """Return `values` as floats.

    Raises ValueError that names the argument and the first index that is NaN or infinite.
    """
    array = np.asarray(values, dtype=float)
    if not np.isfinite(array).all():
        _refuse(name, array, np.isfinite(array), "must be finite")
    return array


def positive(name: str, values: ArrayLike) -> FloatArray:
    """Return `values` as floats.

    Raises ValueError that names the argument and the first index that is not finite and above 0.
    """
    array = np.asarray(values, dtype=float)
    if not ((array > 0) & (array < np.inf)).all():
        _refuse(name, finite(name, array), array > 0, "must be greater than 0")
    return array


def probability(name: str, value: float) -> None:
    """Raise ValueError that names the argument, unless its value lies between 0 and 1."""
    if not 0 < value < 1:
        raise ValueError(f"{name} must lie between 0 and 1, got {value}")


def one_of(name: str, value: str, allowed: Iterable[str]) -> None:
    """Raise ValueError that names the argument, unless its value is one of those allowed."""
    known = tuple(allowed)
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}, got {value!r}")


def at_least(name: str, values: ArrayLike, minimum: float) -> FloatArray:
    """Return `values` as floats.

    Raises ValueError that names the argument and the first index that is not finite or too small.
    """
    array = finite(name, values)
    if not (array >= minimum).all():
        _refuse(name, array, array >= minimum, f"must be at least {minimum:g}")
    return array


def unlabelled(label: Hashable) -> bool:
    """Whether a label is none: None, nan, or an empty text."""
    return label is None or label == "" or label != label


def labelled(name: str, labels: Sequence[Hashable], k: int) -> None:
    """Raise ValueError unless there is a label for each of k effects."""
    if len(labels) != k:
        raise ValueError(f"{name} must name {k} effects, got {len(labels)}")
    for i, label in enumerate(labels):
        if unlabelled(label):
            raise ValueError(f"{name}[{i}] must be a label, got {label!r}")


def one_length(**arguments: FloatArray) -> tuple[FloatArray, ...]:
    """Return the arguments with one shape, single numbers repeated.

    Raises ValueError that names the first argument whose length differs.
    """
    longest = max(arguments, key=lambda name: arguments[name].ndim)
    for name, array in arguments.items():
        if array.ndim and array.shape != arguments[longest].shape:
            raise ValueError(
                f"{name} and {longest} must have the same length, "
                f"got {array.size} and {arguments[longest].size}"
            )
    return tuple(np.broadcast_arrays(*arguments.values()))


def tied_ranks(values: FloatArray, noise: ArrayLike) -> FloatArray:
    """Ranks (k,) from 0; values that differ by no more than the `noise` of either have the same."""
    order = np.argsort(values, kind="stable")
    ordered, reach = values[order], np.broadcast_to(noise, values.shape)[order]
    apart = np.diff(ordered) > np.maximum(reach[1:], reach[:-1])
    ranks = np.empty(values.size)
    ranks[order] = np.append(0.0, np.cumsum(apart))
    return ranks


def effects(yi: ArrayLike, vi: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return effects and sampling variances, shape (..., k), broadcast against each other.

    Raises ValueError for lengths that differ, values not finite, variances not positive,
    UndefinedError for k = 0.
    """
    y, v = finite("yi", yi), positive("vi", vi)
    if not (y.ndim and v.ndim):
        y, v = np.atleast_1d(y, v)
    if y.shape[-1] != v.shape[-1]:
        raise ValueError(
            f"yi and vi must have the same length, got {y.shape[-1]} and {v.shape[-1]}"
        )
    if y.shape[-1] == 0:
        raise UndefinedError("there must be at least one effect, got none")
    if y.shape != v.shape:
        y, v = np.broadcast_arrays(y, v)
    return y, v


def _refuse(name: str, array: FloatArray, right: BoolArray, rule: str) -> None:
    """Raise ValueError that names the first value that is not right."""
    index = tuple(int(i) for i in np.argwhere(~np.atleast_1d(right))[0])
    where = "" if array.ndim == 0 else "[" + ", ".join(map(str, index)) + "]"
    raise ValueError(f"{name}{where} {rule}, got {np.atleast_1d(array)[index]:g}")
