"""More rows for the LS strip: luminosity, prescale column, masks, ML flags, scores and notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.lstable import OMS
from dqmtui.render.cells import CellGrid, CellStyle, code_points
from dqmtui.render.conditions_strip import StateLine, ValueLine
from dqmtui.render.strip import StripState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dqmtui.model.lsmask import LSMask
    from dqmtui.model.lstable import LSTable
    from dqmtui.render.brush import Brush
    from dqmtui.render.charset import Charset

_SHORTEST_NAME = 4  # cells
_NONE, _NO_LS = -1, -2  # in place of a name's number: an LS without name, no LS


@dataclass(frozen=True, slots=True)
class NameLine:
    """A row of names, as of prescale columns: `names` (n,), None where there is none.

    Each stretch of one name has it written at its start, anew after a hole.
    """

    label: str
    names: Sequence[str | None]

    @property
    def height(self) -> int:
        """One cell."""
        return 1

    def draw(self, columns: NDArray[np.int64], source: NDArray[np.intp], brush: Brush) -> CellGrid:
        """Draw the name of the first LS of each cell, and a line where the name goes on."""
        theme, charset, palette = brush.theme, brush.charset, brush.palette
        known = {name: index for index, name in enumerate(dict.fromkeys(filter(None, self.names)))}
        texts = [charset.text(name) for name in known]
        numbers = np.array([known.get(name or "", _NONE) for name in self.names], dtype=np.intp)
        cells = np.full(source.size, _NO_LS, dtype=np.intp)
        seen = np.flatnonzero(columns >= 0)[::-1]
        cells[columns[seen]] = numbers[seen]
        cells = cells[source]
        grid = CellGrid.blank(source.size, 1, palette=palette)
        with_ls = np.flatnonzero(cells != _NO_LS)
        bounds = np.flatnonzero((np.diff(cells[with_ls]) != 0) | (np.diff(with_ls) > 1)) + 1
        for stretch in np.split(with_ls, bounds) if with_ls.size else []:
            number = int(cells[stretch[0]])
            if number == _NONE:
                line, role = charset.glyphs(theme).absent * stretch.size, "absent"
            else:
                line, role = _named(texts[number], stretch.size, charset), "label"
            grid.chars[0, stretch] = code_points(line)
            grid.styles[0, stretch] = palette.index(CellStyle(fg=theme.role(role)))
        return grid


def _named(text: str, room: int, charset: Charset) -> str:
    """Write a name into `room` cells after a bar at its start, with a line to its end."""
    if len(text) >= room:
        text = text[: room - 2] + charset.ellipsis if room >= _SHORTEST_NAME else ""
    return (charset.vertical + text + charset.horizontal * room)[:room]


def luminosity_line(table: LSTable) -> ValueLine:
    """Row of the recorded luminosity per LS (1/pb)."""
    return ValueLine("lumi", table.column(OMS, "recorded_lumi_per_lumisection").floats())


def prescale_line(table: LSTable) -> NameLine:
    """Row of the names of the prescale columns."""
    column = table.column(OMS, "prescale_name")
    known = column.known
    names = [str(value) if there else None for value, there in zip(column.values, known, strict=True)]
    return NameLine("prescale", names)


def mask_line(label: str, table: LSTable, mask: LSMask, *, role: str = "masked") -> StateLine:
    """Row of the LS that a mask leaves out, in the role's colour and glyph: 'masked' or 'excluded'."""
    out = ~mask.selects(table.ls)
    return StateLine(label, out.astype(np.intp), (StripState("good", "track"), StripState(role, role)))


def marks_line(label: str, table: LSTable, mask: LSMask, *, role: str, glyph: str) -> StateLine:
    """Row that marks the LS of a mask and is blank elsewhere, as for notes and ML flags."""
    return StateLine(
        label, np.where(mask.selects(table.ls), 0, -1).astype(np.intp), (StripState(role, glyph),)
    )


def notes_line(table: LSTable, mask: LSMask) -> StateLine:
    """Row of the LS that have a note."""
    return marks_line("notes", table, mask, role="note", glyph="note")


def ml_line(table: LSTable, flagged: LSMask, judged: LSMask) -> StateLine:
    """Row of the flags of a machine-learning model: flagged, judged good, blank where it has no say."""
    bad, known = flagged.selects(table.ls), judged.selects(table.ls)
    states = np.where(bad, 1, np.where(known, 0, -1)).astype(np.intp)
    return StateLine("ML", states, (StripState("good", "track"), StripState("bad", "bad")))


def score_line(table: LSTable, ls: NDArray[np.int64], scores: NDArray[np.float64]) -> ValueLine:
    """Row of scores (n,) of LS numbers (n,), the higher the more suspicious; NaN or no score is a gap."""
    values = np.full(table.ls.size, np.nan)
    at = np.searchsorted(table.ls, ls)
    inside = at < table.ls.size
    inside[inside] = table.ls[at[inside]] == ls[inside]
    values[at[inside]] = scores[inside]
    return ValueLine("score", values)


def waiting_line(label: str, table: LSTable) -> StateLine:
    """Row of what has not been loaded."""
    return StateLine(label, np.zeros(table.ls.size, dtype=np.intp), (StripState("loading", "loading"),))
