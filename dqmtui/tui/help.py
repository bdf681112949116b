"""The help: the keys as they are now, those of the pane in focus first, shown over the panes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from dqmtui.model.actions import GROUPS, plain
from dqmtui.tui.pane_keys import of_pane
from dqmtui.tui.panes.ls_rows import SUSPICIOUS_SIGN
from dqmtui.tui.widgets.text_panel import TextPanel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual import events

    from dqmtui.model.actions import Action
    from dqmtui.tui.look import Look

_SIGNS = (
    ("track", "good", "strip: all flags are true; data: a histogram"),
    ("good", "good", "all flags are true"),
    ("bad", "bad", "a flag is false; data: other axes than the run's"),
    ("unknown", "unknown", "OMS knows the LS, but not this"),
    ("absent", "absent", "known to be absent"),
    ("hole", "hole", "trend and strip: no row of this LS"),
    ("empty", "empty", "the histogram is there and empty"),
    ("loading", "loading", "not loaded, or not yet"),
)
"""Glyph, role and meaning of what stands for a value."""

_COLUMNS = (
    ("ME", "elements that DIALS has of the LS"),
    ("rate Hz", "trigger rate of the path of the settings"),
    ("PU, lumi", "pileup and delivered luminosity, from OMS"),
    ("bm", "beams stable and CMS active"),
    ("px", "pixel barrel and forward ready"),
    ("st", "strips ready: TIB/TID, TOB, TEC+, TEC-"),
)

_KEYS = 11
_NAMES = 18
"""Cells for a key; for the name of an action that has none, and what is typed behind it."""

_FURTHER = 4
"""Cells in front of what goes on on another line."""

_GAP = 3
_TWO_COLUMNS = 116
"""Cells between two columns, and of both together: keys, what they do, and most names."""

_SHARE = 0.9
_FRAME = 5
"""How much of the screen's width the panel has, and cells of it that its frame and scroll bar take."""

_WIDEST = 156


class HelpPanel(TextPanel):
    """What can be pressed; any of its own keys closes it again."""

    DEFAULT_CSS = f"""
    HelpPanel {{ max-width: {_WIDEST}; }}
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "close", "Close", show=False, priority=True, id="help"),
    ]

    _look: Look | None = None
    _pane = ""

    def open(self, look: Look, pane: str) -> None:
        """Show the help, for a pane first."""
        self._look, self._pane = look, pane
        keys = f"{look.key('palette')} finds an action" if look.keymap.by_id["palette"].keys else ""
        subtitle = "   ".join(word for word in ("j k space g G scroll", keys, "esc closes") if word)
        self.show(f"Keys, in the {pane} first", subtitle, self._text(self.screen.size.width))

    def change_look(self, look: Look) -> None:
        """Write the keys in other colours."""
        self._look = look
        self.write(self._text(self.screen.size.width))

    def _text(self, width: int) -> Text:
        if self._look is None:
            return Text()
        return help_text(self._look, self._pane, min(int(width * _SHARE), _WIDEST) - _FRAME)

    def on_resize(self, _event: events.Resize) -> None:
        """Take one column or two, as there is room."""
        if self.is_open:
            self.write(self._text(self.screen.size.width))


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a title."""

    title: str
    lines: tuple[Text, ...]


def help_text(look: Look, pane: str, width: int) -> Text:
    """Write keys, signs and columns in `width` cells: two columns where there is room, then sentences."""
    sections = list(_sections(look, pane))
    if width < _TWO_COLUMNS:
        lines = [line for section in sections for line in _lines(section, width)]
    else:
        half = (width - _GAP) // 2
        blocks = [_lines(section, half) for section in sections]
        cut = _balanced([len(block) for block in blocks])
        left, right = ([line for block in some for line in block] for some in (blocks[:cut], blocks[cut:]))
        pairs = zip_longest(left, right, fillvalue=Text())
        lines = [_side_by_side(*pair, half) for pair in pairs]
    text = Text("\n").join(lines)
    for sentence in _sentences(look):
        text.append(f"\n\n{plain(sentence) if _is_ascii(look) else sentence}")
    return text


def _sections(look: Look, pane: str) -> Iterator[Section]:
    yield Section(f"In the {pane}", tuple(_action(action, look) for action in of_pane(look.keymap, pane)))
    for group in GROUPS:
        actions = (action for action in look.keymap.actions if action.group == group)
        yield Section(group, tuple(_action(action, look) for action in actions))
    signs = [
        *((getattr(look.glyphs, glyph), role, meaning) for glyph, role, meaning in _SIGNS),
        *_marks(look),
    ]
    signed = (
        Text.assemble((f"  {sign:<{_KEYS}}", look.theme.role(role)), meaning) for sign, role, meaning in signs
    )
    yield Section("Signs", tuple(signed))
    yield Section("Columns", tuple(Text(f"  {title:<{_KEYS}}{meaning}") for title, meaning in _COLUMNS))


def _marks(look: Look) -> Iterator[tuple[str, str, str]]:
    """Give sign, role and meaning of what stands beside a lumisection."""
    key, glyphs = look.key, look.glyphs
    yield glyphs.excluded, "excluded", f"left out of the good LS ({key('ls.exclude')})"
    yield SUSPICIOUS_SIGN, "bad", f"suspicious ({key('scores')}, {key('scan')})"
    yield glyphs.note, "note", f"a note is about the LS ({key('note')})"
    yield look.charset.vertical, "current", f"in the range ({key('ls.range')})"


def _action(action: Action, look: Look) -> Text:
    """Write what an action does, with its key, or what to type where it has none."""
    if not action.keys:
        return Text(f"  {f':{action.id} {action.takes}'.rstrip():<{_NAMES - 1}}  {action.text}")
    keys = plain(action.shown_keys) if _is_ascii(look) else action.shown_keys
    return Text.assemble(f"  {keys:<{_KEYS - 1}} {action.text}", (f"  {action.id}", "dim"))


def _lines(section: Section, width: int) -> list[Text]:
    """Give title and lines in `width` cells: a long name that has no room is left out, a sentence goes on."""
    lines = [Text(section.title, style="bold")]
    for line in section.lines:
        rest = line
        if rest.cell_len > width and rest.spans:
            # the long name of an action, for those who type
            rest = rest[: rest.spans[-1].start]
            rest.rstrip()
        while rest.cell_len > width:
            cut = rest.plain.rfind(" ", _FURTHER, width + 1)
            cut = width if cut < 0 else cut
            lines.append(rest[:cut])
            rest = Text(" " * _FURTHER + rest.plain[cut:].strip())
        lines.append(rest)
    return lines


def _balanced(heights: Sequence[int]) -> int:
    """Tell how many sections the left column has, for both to be as high as possible alike."""
    return min(range(1, len(heights)), key=lambda cut: max(sum(heights[:cut]), sum(heights[cut:])))


def _side_by_side(left: Text, right: Text, width: int) -> Text:
    return Text.assemble(left, " " * (width + _GAP - left.cell_len), right)


def _is_ascii(look: Look) -> bool:
    return look.charset.name == "ascii"


def _sentences(look: Look) -> Iterator[str]:
    key, keymap = look.key, look.keymap
    yield (
        "A number before a step repeats it: two digits, one from 5 to 9, or a 0 in front "
        f"(25 {key('ls.next')}, 7 {key('ls.forward')}, 03 {key('ls.previous')})."
    )
    yield "In lists: letters are found in order, =text is taken literally, ~text is a regular expression."
    yield (
        f"{key('layout')} opens a set of plots, each with the normalisation, log axes, ranges and statistic "
        f"that the set gives. What you change by a key then holds for all plots of the set, until "
        f"{key('layout')} opens it again."
    )
    yield (
        f"{key('reference.choose')} chooses the only reference, {key('reference.add')} adds or takes away "
        "one; panels and maps compare with the first."
    )
    yield (
        f"After {key('go')} a number below 100000 is an LS, a larger one a run, anything else the name of an "
        "action; tab completes it, up brings back what was typed before."
    )
    # with what makes the files there is no need to wait for
    from dqmtui.export.kinds import KINDS  # noqa: PLC0415 - see above

    yield f"Kinds of :export KIND FILE: {', '.join(kind.id for kind in KINDS)}."
    if keymap.source:
        yield f"Keys as {keymap.source} gives them; `dqmtui keys list` shows the default ones, too."
