"""Computing a thing once for each folder of data, however the folder is named in the call."""

from collections.abc import Callable
from functools import cache, update_wrapper
from inspect import signature
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class once(Generic[P, R]):  # noqa: N801 (a decorator, like functools.cached_property)
    """`functools.cache` for which `f()`, `f(DATA)` and `f(data=DATA)` are one call.

    The cache of functools tells them apart and would compute the whole book for each of them.
    """

    def __init__(self, function: Callable[P, R]) -> None:
        self._signature = signature(function)
        self._cached = cache(function)
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """What the function gives, computed at the first call with arguments of these values."""
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return self._cached(*bound.args, **bound.kwargs)

    def forget(self) -> None:
        """Compute anew at the next call, as after a change of the files."""
        self._cached.cache_clear()
