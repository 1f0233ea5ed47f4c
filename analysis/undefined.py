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
    return f"not defined for these data: {error}"


def attempted(compute: Callable[[], T]) -> T | UndefinedError:
    """What is computed, or why it isn't defined."""
    try:
        return compute()
    except UndefinedError as error:
        return error


def said(compute: Callable[[], Any], what: str = "") -> str:
    """What is computed, as a text; where it isn't defined, that and why.

    With `what`, such as "The subgroups are", which begins it, that is a sentence.
    """
    found = attempted(compute)
    if not isinstance(found, UndefinedError):
        return str(found)
    return f"{what} {words(found)}." if what else words(found)


def in_place(what: str) -> Callable[[Callable[P, T]], Callable[P, T | Html]]:
    """Let a function that shows something show, where it isn't defined, a sentence that says so.

    `what` begins the sentence, such as "The subgroups are".
    """

    def decorate(show: Callable[P, T]) -> Callable[P, T | Html]:
        @wraps(show)
        def shown(*args: P.args, **kwargs: P.kwargs) -> T | Html:
            found = attempted(lambda: show(*args, **kwargs))
            return Html(_told(what, found)) if isinstance(found, UndefinedError) else found

        return shown

    return decorate


def figure(draw: Callable[[str, str], T], *, name: str, title: str) -> T | Html:
    """The figure that `draw` draws, given name and title, or one that says why there is none.

    Addresses of the figure lead to it in either case.
    """
    found = attempted(lambda: draw(name, title))
    if not isinstance(found, UndefinedError):
        return found
    return Html(
        f'<figure class="chart" id="{escape(name)}"><figcaption id="{escape(name)}-caption">'
        f"<strong>{escape(title)}</strong></figcaption>{_told('This is', found)}</figure>"
    )


def _told(what: str, error: UndefinedError) -> str:
    return f'<p class="undefined">{escape(f"{what} {words(error)}")}.</p>'
