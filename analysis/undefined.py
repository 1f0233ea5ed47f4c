"""What some data leave undefined is said where it would stand, and takes nothing else with it.

Statistics raise `UndefinedError` with the reason. Tables, figures and sentences say it by the
functions here, which let every other error pass.
"""

from collections.abc import Callable
from functools import wraps
from html import escape
from typing import Any, ParamSpec, TypeVar

from analysis.html import Html
from analysis.statistics.arrays import UndefinedError

P = ParamSpec("P")
T = TypeVar("T")


def words(error: UndefinedError) -> str:
    """What stands in the place of a result that isn't defined."""
    return f"not defined: {error}"


def attempted(compute: Callable[[], T]) -> T | UndefinedError:
    """What is computed, or why it isn't defined."""
    try:
        return compute()
    except UndefinedError as error:
        return error


def said(compute: Callable[[], Any]) -> str:
    """What is computed, as a text; where it isn't defined, that and why."""
    found = attempted(compute)
    return words(found) if isinstance(found, UndefinedError) else str(found)


def in_place(what: str) -> Callable[[Callable[P, T]], Callable[P, T | Html]]:
    """Let a function that shows something show, where `what` isn't defined, a line that says so."""

    def decorate(show: Callable[P, T]) -> Callable[P, T | Html]:
        @wraps(show)
        def shown(*args: P.args, **kwargs: P.kwargs) -> T | Html:
            found = attempted(lambda: show(*args, **kwargs))
            if isinstance(found, UndefinedError):
                return Html(f'<p class="undefined">{escape(f"{what}: {words(found)}")}.</p>')
            return found

        return shown

    return decorate
