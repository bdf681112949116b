"""What is on screen as code: Python that fetches the same with cmsdials alone, and draws it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dqmtui.export import code_parts as parts
from dqmtui.export.code_drawing import histogram_drawing, trend_drawing
from dqmtui.export.files import ExportError
from dqmtui.export.plots import DIFFERENCE, OVERLAY, RATIO, mask_of
from dqmtui.model.normalise import BY_RATE, LS_SECONDS, Normalisation
from dqmtui.model.overlay import LEAST_EXPECTED
from dqmtui.model.rate_name import RateName
from dqmtui.review.trend_lines import CommonScale

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmtui.export.plots import HistogramShown, LineShown, Origin, TrendFile
    from dqmtui.model.integrate import Integral
    from dqmtui.model.lsmask import LSMask

PRODUCTION = "https://cmsdials-api.web.cern.ch/"
"""Where cmsdials asks when it is told nothing else."""

_LONGEST_LINE = 100
_PLAIN = frozenset({Normalisation.COUNTS, Normalisation.AREA})
_BY_LS = {
    Normalisation.PER_HZ: ("rates{0}[one]", "", "per Hz"),
    Normalisation.PER_EVENT: ("rates{0}[one]", " * LS_SECONDS", "per event"),
    Normalisation.PER_LUMINOSITY: ("lumi{0}[one]", "", "per luminosity"),
    Normalisation.PER_PILEUP_EVENT: (
        "rates{0}[one] * interactions{0}[one]",
        " * LS_SECONDS",
        "per event and pileup",
    ),
}
"""What the bins of an LS are divided by, for what all of them are, and that in words."""


class NoCodeError(ExportError):
    """What is on screen cannot be written as code; the text says why."""


@dataclass(frozen=True, slots=True)
class Service:
    """Where the code asks: the workspace, and the address of DIALS unless it is the usual one."""

    workspace: str
    dials_url: str = PRODUCTION


def histogram_code(shown: HistogramShown, service: Service) -> str:
    """Write the program that fetches a histogram and its references.

    It leaves `values`, `errors` and `counts`, and the same with `_1`, `_2` of each reference that is shown.
    Raises NoCodeError.
    """
    current = shown.current
    if current.x is None or current.masked:
        raise NoCodeError(f"There is nothing on screen to be fetched: {current.masked or 'no histogram'}.")
    sums = [("", current, shown.origin)]
    for number, one in enumerate(shown.shown, 1):
        if one.overlay is not None and one.origin is not None:
            sums.append((f"_{number}", one.overlay.reference, one.origin))
    if len(sums) <= len(shown.shown):
        raise NoCodeError("It is not known of which run a reference on screen is.")
    kind = Normalisation.COUNTS if current.is_ratio else current.kind
    dim = shown.element.dim
    body = [
        _begin(dim, kind, shown.rate, shown.unit, service, ME=shown.element.me),
        parts.SUMMED,
        *([parts.MERGED] if any(_is_merged(integral) for _, integral, _ in sums) else []),
        *_oms_parts(kind, shown.rate),
        *(_sum_code(suffix, integral, origin, current.n_ls) for suffix, integral, origin in sums),
        _edges(current),
    ]
    if shown.comparison != OVERLAY and len(sums) > 1:
        body.append(_residual_code(shown.comparison, is_area=kind is Normalisation.AREA))
    body.append(histogram_drawing(shown))
    return _program(dim, kind, body)


def trend_code(trend: TrendFile, service: Service) -> str:
    """Write the program that fetches a trend.

    It leaves `ls_1` and `values_1` of the first line, `ls_2` and `values_2` of the next, and of a band
    `median` and `spread`. Raises NoCodeError.
    """
    if not trend.lines:
        raise NoCodeError("There is no trend on screen to be fetched.")
    if trend.statistic not in parts.STATISTICS:
        raise NoCodeError(f"{trend.statistic} compares with a reference; only other trends can be code.")
    dims = {line.element.dim for line in trend.lines}
    if len(dims) > 1:
        raise NoCodeError("Curves and maps stand together in this trend; only one kind can be code.")
    (dim,), kind, band = dims, trend.divided_by, trend.band
    body = [
        _begin(dim, kind, trend.rate, trend.unit, service),
        parts.CENTRES,
        *_oms_parts(kind, trend.rate),
        _statistic_code(trend.statistic, dim, kind),
        *(_line_code(str(number), line, trend.scaled) for number, line in enumerate(trend.lines, 1)),
    ]
    if band is not None and band.origin is not None and band.ls:
        first = trend.lines[0]
        body.append(_band_code(first, band.origin, band.ls, trend.scaled))
    body.append(trend_drawing(trend.as_drawn()))
    return _program(dim, kind, body)


def said(text: str) -> str:
    """Write a text of anybody as a literal of ASCII characters alone."""
    return ascii(text)


# -- the frame of a program ----------------------------------------------------------------------------


def _program(dim: int, kind: Normalisation, body: Iterable[str]) -> str:
    names = [*([] if kind in _PLAIN else ["OMSFilter", "OMSPage"])]
    imports = [*parts.IMPORTS, f"from cmsdials.filters import {', '.join([parts.FILTERS[dim][0], *names])}"]
    if kind not in _PLAIN:
        imports = ["import re", "", *imports]
    text = "\n".join([parts.HEAD, *imports, ""])
    for part in body:
        gap = "\n" if "def " in part.split("\n", 1)[0] or text.endswith("    return\n") else ""
        after = "\n" if part.lstrip().startswith("def ") else ""
        text += f"{gap}\n{part.rstrip()}\n{after}"
    return text.replace("\n\n\n\n", "\n\n\n").rstrip() + "\n"


def _begin(dim: int, kind: Normalisation, rate: str, unit: str, service: Service, **texts: str) -> str:
    lines = [f"{name} = {said(value)}" for name, value in texts.items()]
    if kind in BY_RATE:
        found = RateName.read(rate)
        lines.append(f"{'PRIMARY_DATASET' if found.is_dataset else 'PATH'} = {said(found.name)}")
    if kind in {Normalisation.PER_EVENT, Normalisation.PER_PILEUP_EVENT}:
        lines.append(f"LS_SECONDS = {LS_SECONDS}  # 2^18 orbits")
    if kind is Normalisation.PER_LUMINOSITY:
        lines.append(f"UNIT = {said(unit)}")
    url = "" if service.dials_url == PRODUCTION else f", base_url={said(service.dials_url)}"
    filters, client = parts.FILTERS[dim]
    return "\n".join(
        [
            *lines,
            "# where no login is kept in .cache/creds this asks to agree to one in a browser",
            f"dials = Dials(Credentials.from_creds_file(), workspace={said(service.workspace)}{url})",
            "\n",
            parts.HISTOGRAMS % {"filters": filters, "client": client},
        ]
    )


def _oms_parts(kind: Normalisation, rate: str) -> list[str]:
    needed: list[str] = []
    if kind in BY_RATE:
        needed.append(parts.DATASET_RATE if RateName.read(rate).is_dataset else parts.PATH_RATE)
    if kind is Normalisation.PER_PILEUP_EVENT:
        needed.append(parts.PILEUP)
    if kind is Normalisation.PER_LUMINOSITY:
        needed.append(parts.LUMINOSITY)
    return [parts.OMS, *needed] if needed else []


def _conditions(kind: Normalisation, suffix: str, run: int) -> list[str]:
    """Fetch what the LS of a run are divided by."""
    lines = [f"rates{suffix} = rate_hz({run})"] if kind in BY_RATE else []
    if kind is Normalisation.PER_PILEUP_EVENT:
        lines.append(f"interactions{suffix} = pileup({run})")
    if kind is Normalisation.PER_LUMINOSITY:
        lines.append(f"lumi{suffix} = luminosity({run})")
    return lines


# -- histograms ----------------------------------------------------------------------------------------


def _is_merged(integral: Integral) -> bool:
    return any("axis rebinned" in note for note in integral.notes)


def _sum_code(suffix: str, integral: Integral, origin: Origin, n_ls: int) -> str:
    """Write how the histogram, or a reference, is fetched, summed and divided."""
    kind = Normalisation.COUNTS if integral.is_ratio else integral.kind
    lines = [
        f"ls{suffix} = {_ranges(mask_of(integral))}",
        f"rows{suffix} = histograms(ME, {origin.key.dataset_id}, {origin.run}, ls{suffix})",
        f"counts{suffix} = summed(rows{suffix})",
        *_merging_lines(suffix, integral),
        *_conditions(kind, suffix, origin.run),
        _divisor(suffix, integral, kind, n_ls),
        f"values{suffix} = counts{suffix} / divisor{suffix}",
    ]
    if integral.kind is Normalisation.AREA and not integral.is_ratio:
        # binomial: the counts are shared out among the bins
        lines.append(f"errors{suffix} = np.sqrt(values{suffix} * (1 - values{suffix}) / divisor{suffix})")
    elif not integral.is_ratio:
        lines.append(f"errors{suffix} = np.sqrt(counts{suffix}) / divisor{suffix}")
    return "\n".join(lines)


def _merging_lines(suffix: str, integral: Integral) -> list[str]:
    """Bring finer bins to those on screen."""
    if not _is_merged(integral):
        return []
    lines = [f"row = rows{suffix}[ls{suffix}[0]]"]
    for axis, name, dimension in ((integral.x, "x", -1), (integral.y, "y", 0)):
        if axis is not None and any(note.startswith(f"{name} axis") for note in integral.notes):
            ends = f"(row.{name}_min, row.{name}_max), ({axis.low!r}, {axis.high!r})"
            lines.append(f"counts{suffix} = merged(counts{suffix}, {ends}, {axis.n}, axis={dimension})")
    return lines


def _divisor(suffix: str, integral: Integral, kind: Normalisation, n_ls: int) -> str:
    name, ls = f"divisor{suffix}", f"ls{suffix}"
    if integral.is_ratio:
        return f"{name} = len({ls})  # bins of a ratio are no counts: their mean per LS"
    if kind is Normalisation.AREA:
        return f"{name} = counts{suffix}.sum()  # unit area"
    if kind is Normalisation.COUNTS and suffix and integral.n_ls != n_ls:
        return f"{name} = len({ls}) / {n_ls}  # counts, brought to as many LS as are looked at"
    if kind is Normalisation.COUNTS:
        return f"{name} = 1.0  # counts"
    of_ls, times, words = _BY_LS[kind]
    return f"{name} = sum({of_ls.format(suffix)} for one in {ls}){times}  # {words}"


def _residual_code(comparison: str, *, is_area: bool) -> str:
    """Write the comparison with the first reference; the pull has the errors of both as if they agree."""
    if comparison == RATIO:
        return "residual = values / np.where(values_1 != 0, values_1, np.nan)"
    if comparison == DIFFERENCE:
        return "residual = values - values_1"
    share = " * (1 - common)" if is_area else ""
    return "\n".join(
        [
            "common = (counts + counts_1) / (divisor + divisor_1)",
            f"variance = common * (1 / divisor + 1 / divisor_1){share}",
            "# where few entries are expected a pull means nothing",
            f"enough = (common * min(divisor, divisor_1) >= {LEAST_EXPECTED}) & (variance > 0)",
            "residual = (values - values_1) / np.sqrt(np.where(enough, variance, np.nan))",
        ]
    )


def _edges(current: Integral) -> str:
    axes = ((current.x, "x"), (current.y, "y"))
    return "\n".join(
        f"{name}_edges = np.linspace({axis.low!r}, {axis.high!r}, {axis.n + 1})"
        for axis, name in axes
        if axis is not None
    )


# -- trends --------------------------------------------------------------------------------------------


def _statistic_code(statistic: str, dim: int, kind: Normalisation) -> str:
    axes = ["    x = centres(row.x_min, row.x_max, row.x_bin)"]
    if dim > 1:
        axes.append("    y = centres(row.y_min, row.y_max, row.y_bin)")
    formula = parts.STATISTICS[statistic]
    used = [
        axis
        for axis in axes
        if f"{axis.strip()[0]}," in formula
        or f"{axis.strip()[0]} " in formula
        or f"{axis.strip()[0]}[" in formula
    ]
    lines = [
        "def statistic(row):",
        f'    """Give the {statistic.replace("_", " ")} of one LS."""',
        "    bins = np.array(row.data)",
        *used,
        f"    return {formula}",
        "",
        "",
        "def along(me, dataset_id, run, ls):",
        '    """Give the statistic of each LS of a run."""',
        "    rows = histograms(me, dataset_id, run, ls)",
        "    values = np.array([statistic(rows[one]) for one in ls])",
    ]
    if kind not in _PLAIN:
        of_ls, times, words = _BY_LS[kind]
        lines += [f"    {line}" for line in _conditions_of_run(kind)]
        lines.append(f"    return values / np.array([{of_ls.format('')}{times} for one in ls])  # {words}")
    else:
        lines.append("    return values")
    return "\n".join(lines)


def _conditions_of_run(kind: Normalisation) -> list[str]:
    return [line.replace("(0)", "(run)") for line in _conditions(kind, "", 0)]


def _line_code(number: str, line: LineShown, scaled: CommonScale) -> str:
    run = f"{line.origin.key.dataset_id}, {line.origin.run}"
    lines = [
        f"ls_{number} = {_ranges(line.known)}",
        f"values_{number} = along({said(line.element.me)}, {run}, ls_{number})",
    ]
    values, center, unit = f"values_{number}", f"center_{number}", f"unit_{number}"
    if scaled is CommonScale.BY_MEDIAN:
        lines.append(f"{center}, {unit} = 0.0, np.median({values})  # {scaled}")
    elif scaled is CommonScale.FROM_MEDIAN:
        spread = f"1.4826 * np.median(np.abs({values} - {center})) or np.std({values}) or 1.0"
        lines += [f"{center} = np.median({values})", f"{unit} = {spread}  # {scaled}"]
    if scaled:
        lines.append(f"{values} = ({values} - {center}) / {unit}")
    return "\n".join(lines)


def _band_code(line: LineShown, origin: Origin, ls: LSMask, scaled: CommonScale) -> str:
    """Write where the reference lies: median and 1.4826 times the median distance from it."""
    lines = [
        f"ls_band = {_ranges(ls)}",
        f"values_band = along({said(line.element.me)}, {origin.key.dataset_id}, {origin.run}, ls_band)",
    ]
    if scaled:
        lines.append("values_band = (values_band - center_1) / unit_1")
    lines += [
        "median = np.median(values_band)",
        "spread = 1.4826 * np.median(np.abs(values_band - median))",
    ]
    return "\n".join(lines)


def _ranges(mask: LSMask) -> str:
    """Write LS numbers as ranges, several lines of them where there are many."""
    pairs = [f"({first}, {last})" for first, last in mask.ranges]
    line = f"numbers({', '.join(pairs)})"
    if len(line) <= _LONGEST_LINE:
        return line
    lines, now = [], ""
    for pair in pairs:
        if len(now) + len(pair) > _LONGEST_LINE:
            lines.append(now.rstrip())
            now = ""
        now += f"{pair}, "
    lines.append(now.rstrip())
    return "numbers(\n" + "".join(f"    {one}\n" for one in lines) + ")"
