"""The outcome of a review in words: plain text for the ELOG, Markdown for a shift summary."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes_lumi import is_known, losses, lumi_of
from dqmtui.model.text import escaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dqmtui.model.lstable import LSTable
    from dqmtui.model.mask_reasons import Reason
    from dqmtui.model.notes import Note
    from dqmtui.model.notes_lumi import Loss

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~!])")
_BLANKS = re.compile(r"\s+")
_WIDTH = 96
"""Columns from which a line of plain text goes on in the next one."""

_NARROWEST = 40


@dataclass(frozen=True, slots=True)
class PlotSummary:
    """What there is to say of a plot: the element, and lines of names and values."""

    me: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class RunReport:
    """What there is to say of a reviewed run.

    `conditions` are names and values, such as ("beams", "protons, stable"). `good` are the LS that are good
    by `good_rule` and not taken out by notes, None when nobody has said; `unknown` is why. `reasons` say why
    LS are not good by the rule. `others` is the number of notes on other datasets, which count for nothing
    here. Without a `table`, or where OMS's columns have not come, no luminosity is told.
    """

    run: int
    notes: tuple[Note, ...] = ()
    fill: int | None = None
    dataset: str = ""
    conditions: tuple[tuple[str, str], ...] = ()
    reference: str = ""
    good: LSMask | None = None
    good_rule: str = ""
    unknown: str = ""
    others: int = 0
    table: LSTable | None = field(default=None, repr=False)
    plots: tuple[PlotSummary, ...] = ()
    reasons: tuple[Reason, ...] = ()


def report_text(reports: Iterable[RunReport]) -> str:
    """Write plain text, a block for each run; every character that a terminal could obey is escaped."""
    return "\n".join(_text_of(report) for report in reports)


def report_markdown(reports: Iterable[RunReport], title: str = "DQM review") -> str:
    """Write Markdown, a section for each run; what servers and people wrote shows as they wrote it."""
    return f"# {_plain(title)}\n\n" + "\n".join(_markdown_of(report) for report in reports)


# -- plain text ----------------------------------------------------------------------------------------


def _text_of(report: RunReport) -> str:
    lines = [_head(report), *_pairs_text(report_pairs(report), "  ")]
    lines.append("  Notes:" if report.notes else "  No notes.")
    for note in report.notes:
        content = note.content
        about = ", ".join(word for word in (content.subsystem, content.cause) if word)
        lines += _wrapped(f"    {content.verdict.value:<8}  ", f"LS {said_ranges(content.ls)}  {about}")
        lines += [f"      {escaped(line)}" for line in content.text.splitlines() if line.strip()]
        lines += [f"      {_line(name)}" for name in unlinked(note)]
        lines += [f"      plot: {_line(text)}" for text in links_in_words(note)]
        lines.append(_line(f"      {note.author}, {note.changed_at:%Y-%m-%d %H:%M} UTC"))
    rows = loss_rows(report)
    if rows:
        lines.append("  Recorded luminosity that is lost:")
        room = max(len(lumi) for lumi, _, _ in rows)
        for lumi, reason, ls in rows:
            lines += _wrapped(f"    {lumi.rjust(room)}  ", f"{reason}: LS {ls}")
    if report.plots:
        lines.append("  Plots:")
    for plot in report.plots:
        lines += [_line(f"    {plot.me}"), *_pairs_text(plot.facts, "      ")]
    return "\n".join(lines) + "\n"


def _pairs_text(pairs: Sequence[tuple[str, str]], indent: str) -> list[str]:
    """Write names and values, the values under each other."""
    width = max((len(name) for name, _ in pairs), default=0)
    return [line for name, value in pairs for line in _wrapped(f"{indent}{name.ljust(width)}  ", value)]


def _wrapped(head: str, text: str) -> list[str]:
    """Write a line, and what is too long for it under the beginning of the text; nothing is cut."""
    words = _line(text).rstrip()
    if len(head) + len(words) <= _WIDTH:
        return [_line(head) + words]
    lines = textwrap.wrap(
        words, max(_WIDTH - len(head), _NARROWEST), break_long_words=False, break_on_hyphens=False
    )
    return [_line(head) + lines[0], *(" " * len(head) + line for line in lines[1:])]


def _head(report: RunReport) -> str:
    fill = "" if report.fill is None else f" (fill {report.fill})"
    return f"Run {report.run}{fill}"


def report_pairs(report: RunReport) -> list[tuple[str, str]]:
    """Give what is known of a run, names and values."""
    pairs = [("dataset", report.dataset)] if report.dataset else []
    pairs += report.conditions
    if report.reference:
        pairs.append(("reference", report.reference))
    if report.good is not None:
        rule = f" ({report.good_rule}, less what is noted)" if report.good_rule else ""
        pairs.append(("good LS", (said_ranges(report.good) if report.good else "none") + rule))
        if report.table is not None and is_known(report.table):
            pairs.append(("recorded, good", _lumi(lumi_of(report.table, report.good))))
    elif report.unknown:
        pairs.append(("good LS", f"not known: {report.unknown}"))
    if report.others:
        pairs.append(("other notes", f"{report.others} on other datasets, not counted here"))
    return pairs


def said_ranges(mask: LSMask) -> str:
    """Write ranges, those of a whole run in words."""
    return "all" if mask == LSMask.all() else str(mask).replace(",", ", ")


def unlinked(note: Note) -> list[str]:
    """Give the elements of which no plot is named."""
    linked = {link.me for link in note.content.links}
    return [me for me in note.content.elements if me not in linked]


def links_in_words(note: Note) -> list[str]:
    """Say which plots a note speaks of."""
    texts = []
    for link in note.content.links:
        ls = "" if link.ls is None else f", LS {link.ls}"
        reference = "" if link.reference_run is None else f", with run {link.reference_run}"
        texts.append(f"{link.me}{ls}{reference}")
    return texts


def _lumi(loss: Loss) -> str:
    """Write a luminosity with the unit that came with it, and what is missing in the sum."""
    if loss.lumi is None:
        return "not known"
    text = f"{loss.lumi:.4g} {plain_unit(loss.unit)}".rstrip()
    return f"{text} without {loss.n_unknown} LS that are not known" if loss.n_unknown else text


def plain_unit(unit: str) -> str:
    """Write a unit of OMS without its TeX: `pb^{-1}` as `pb^-1`."""
    return unit.replace("{", "").replace("}", "").replace("\\mu", "u")


def loss_rows(report: RunReport) -> list[tuple[str, str, str]]:
    """Give luminosity, reason and LS of each reason, and of all together when there are several."""
    if report.table is None:
        return []
    found, together = losses(report.table, report.notes, report.reasons)
    several = [*found, together] if len(found) > 1 else found
    return [
        (_lumi(loss), loss.reason, said_ranges(loss.ls) if loss.ls else "none of the run's")
        for loss in several
    ]


def _line(text: str) -> str:
    """Make a text one line of printable characters."""
    return escaped(text.replace("\n", " "))


# -- Markdown ------------------------------------------------------------------------------------------


def _markdown_of(report: RunReport) -> str:
    lines = [f"## {_plain(_head(report))}", ""]
    lines += [f"- {_plain(name)}: {_plain(value)}" for name, value in report_pairs(report)]
    if lines[-1]:
        lines.append("")
    if report.notes:
        head = ("LS", "verdict", "subsystem", "cause", "note", "author, UTC")
        lines += _table(head, [_cells(note) for note in report.notes])
    else:
        lines.append("No notes.")
    rows = loss_rows(report)
    if rows:
        cells = [(reason, ls, lumi) for lumi, reason, ls in rows]
        lines += ["", *_table(("lost for", "LS", "recorded luminosity"), cells)]
    for plot in report.plots:
        lines += ["", f"### {_plain(plot.me)}", ""]
        lines += [f"- {_plain(name)}: {_plain(value)}" for name, value in plot.facts]
    return "\n".join(lines) + "\n"


def _cells(note: Note) -> tuple[str, ...]:
    content = note.content
    parts = [content.text.strip(), *unlinked(note), *links_in_words(note)]
    return (
        said_ranges(content.ls),
        content.verdict.value,
        content.subsystem,
        content.cause,
        "; ".join(part for part in parts if part),
        f"{note.author}, {note.changed_at:%Y-%m-%d %H:%M}",
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *([_plain(cell) for cell in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines]


def _plain(text: str) -> str:
    """Make a text one line of Markdown that shows as it is."""
    return _MARKDOWN.sub(r"\\\1", escaped(_BLANKS.sub(" ", text)))
