"""Tables of what printed results imply of themselves and of each other."""

from collections.abc import Sequence
from math import isfinite

from analysis import formats, html
from analysis.evidence.bodies import STUDY_DATA, Estimate, modern
from analysis.html import Html
from analysis.pools import PrintedResult
from analysis.printed import Printed
from analysis.statistics import checks
from analysis.statistics.effect_sizes import natural_scale


def implied_table(results: Sequence[PrintedResult]) -> Html:
    """What printed pooled results imply and do not say: z, p and the interval of I².

    Where I² is printed and Q is not, Q is what I² implies, if it is above 0. An interval that
    excludes its own estimate implies nothing.
    """
    rows = []
    for result in results:
        q, i2 = _implied_q(result), "–"
        if q > 0 and result.k > 2:
            i2 = formats.interval(*checks.i2_interval(q, result.k), digits=0)
        k = str(result.k) if result.k else "–"
        z, p = _test(result)
        rows.append([result.label, k, str(result), z, p, i2])
    header = ["Result", "Studies", "As printed", "z", "p", "I², 95% CI (%)"]
    return html.table("What the printed results imply", header, rows, numeric=(1, 3))


def intervals_table(results: Sequence[PrintedResult], p_below: float) -> Html:
    """What printed intervals imply of their own estimates: middle, z, p, and p below a limit.

    An interval that excludes its own estimate implies no more than its middle.
    """
    rows = []
    for result in results:
        _, lower, upper = result.numbers
        # One digit more than is printed: half a unit of the last would round either way.
        digits = 1 + max(Printed(end).decimals for end in (result.lower, result.upper))
        middle = float(checks.centre(lower, upper, log=result.log))
        shown = formats.typeset(f"{middle:z.{digits}f}")
        below = html.yes(_p(result) < p_below) if result.sound else "–"
        rows.append([result.label, str(result), shown, *_test(result), below])
    header = ["Result", "As printed", "Middle of the interval", "z", "p", f"p < {p_below:g}"]
    return html.table("What the printed intervals imply", header, rows, numeric=(2, 3))


def _p(result: PrintedResult) -> float:
    return float(checks.p_of_interval(*result.numbers, log=result.log))


def _test(result: PrintedResult) -> tuple[str, str]:
    """What an estimate with its interval implies, z and p, if it can lie inside."""
    if not result.sound:
        return "–", "–"
    z = float(checks.z_of_interval(*result.numbers, log=result.log))
    return formats.number(z), formats.p_value(_p(result))


def _prediction(result: PrintedResult) -> str:
    found = modern(result)
    if found is None or not isfinite(found.pi_low):
        return "–"
    return _natural_interval(result, found.pi_low, found.pi_high)


def _natural_interval(result: PrintedResult, *limits: float) -> str:
    low, high = (float(natural_scale(limit, result.measure)) for limit in limits)
    return formats.interval(low, high)


def widened_table(results: Sequence[PrintedResult]) -> Html:
    """Printed results under the modern settings: t on k - 1, and a prediction interval.

    They are made from the studies where the paper prints them all. Elsewhere the printed standard
    error and tau² are taken as they are; where tau² is not printed, it is what I² means if all
    studies had one sampling variance.
    """
    rows = []
    for result in results:
        found = modern(result)
        if found is None:
            rows.append([result.label, str(result.k or "–"), "–", "–", "–"])
            continue
        wide = _natural_interval(result, found.ci_low, found.ci_high)
        tau2 = _tau2(result, found)
        rows.append([result.label, str(found.k), wide, tau2, _prediction(result)])
    header = ["Result", "Studies", "95% CI with t on k − 1", "tau²"]
    caption = "The printed results under stricter settings"
    return html.table(caption, [*header, "95% prediction interval"], rows, numeric=(1,))


def _tau2(result: PrintedResult, found: Estimate) -> str:
    """tau² and where it is from."""
    if not isfinite(found.tau2):
        return "–"
    if found.basis == STUDY_DATA:
        return f"{formats.number(found.tau2)}, from the studies"
    if result.tau2:
        return f"{result.tau2}, printed"
    return f"about {formats.number(found.tau2)}, from I²"


def parts_table(total: PrintedResult, parts: Sequence[PrintedResult]) -> Html:
    """Printed parts of a printed total: what the rest must give, with common weights.

    The least I² is that of the total which the difference between part and rest, and I² of the
    part, already make, with every number moved inside its rounding; nothing is left to compute
    where the part has all the weight. Parts may overlap; each is held against the total by itself.
    """
    whole = total.numbers
    rows = []
    for part in parts:
        found = part.numbers
        weight = float(checks.weight_of_part(whole, found))
        share = f"{part.k} of {total.k} ({checks.share(part.k, total.k):.0f}%)"
        rest = least = "–"
        if round(weight) < 100:
            value, low, high = (float(each) for each in checks.rest_of(whole, found))
            rest = f"{formats.number(value)} ({formats.interval(low, high)})"
            q = checks.least_q(total.boxes, part.boxes, _least_q(part))
            least = f"{float(checks.i2_of_q(q, total.k - 1)):.0f}%"
        printed = f"{total.i2}%" if total.i2 else "–"
        rows.append([part.label, share, f"{weight:.0f}%", rest, least, printed])
    header = ["Part", "Studies", "Weight implied", "Rest implied (95% CI)", "Least I² implied"]
    return html.table(
        f"Parts of {total.label}, if all studies have one set of weights",
        [*header, "I² printed"],
        rows,
        numeric=(1, 2, 4, 5),
    )


def least_animals_table(results: Sequence[PrintedResult]) -> Html:
    """The least number of animals, or of other units, on which SMDs that print so can rest."""
    rows = []
    for result in results:
        _, low, high = result.numbers
        least = float(checks.least_n(*result.boxes[1:]).low)
        width = formats.number(high - low)
        rows.append(
            [result.label, str(result.k), width, f"{least:,.0f}", f"{least / result.k:.0f}"]
        )
    header = [
        "Result",
        "Studies",
        "Width of the interval",
        "Least animals or other units",
        "Per study, on average",
    ]
    return html.table("What the width of an interval needs", header, rows, numeric=range(1, 5))


def whole_numbers_table(shares: Sequence[tuple[str, str, int]]) -> Html:
    """Printed percentages (label, characters, n): which whole numbers out of n give each (GRIM)."""
    rows = []
    for label, percent, n in shares:
        printed = Printed(percent)
        fitting = [str(count) for count in range(n + 1) if printed.prints(100 * count / n)]
        rows.append([label, f"{percent}%", str(n), ", ".join(fitting) or "none"])
    header = ["Percentage", "As printed", "Out of", "Whole numbers that give it"]
    return html.table("Percentages against their denominators", header, rows, numeric=(1, 2, 3))


def _implied_q(result: PrintedResult) -> float:
    if result.q:
        return Printed(result.q).number
    i2 = Printed(result.i2).number if result.i2 else 0.0
    return float(checks.q_of_i2(i2, result.k - 1)) if 0 < i2 < 100 else 0.0


def _least_q(result: PrintedResult) -> float:
    """The least Q that prints so, or that an I² above 0 which prints so implies."""
    if result.q:
        return float(Printed(result.q).box.low)
    least = float(Printed(result.i2).box.low) if result.i2 else 0.0
    return float(checks.q_of_i2(least, result.k - 1)) if least > 0 else 0.0
