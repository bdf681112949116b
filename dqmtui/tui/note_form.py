"""The form of a note, over the panes: what a person says, of which lumisections and elements."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from dqmtui.model.lsmask import LSMask, MaskError
from dqmtui.model.notes import NoteError, PlotLink
from dqmtui.model.notes_rules import DuplicateNoteError, UnconfirmedError
from dqmtui.model.text import harmless, shortened
from dqmtui.review.run_notes import URGENCY
from dqmtui.tui.note_look import VERDICT_LOOKS
from dqmtui.tui.widgets.layer import Layer
from dqmtui.tui.widgets.one_of import OneOf
from dqmtui.tui.widgets.ordered_input import OrderedInput, handled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.widget import Widget

    from dqmtui.model.notes import NoteContent
    from dqmtui.tui.look import Look

VERDICTS = tuple(reversed(URGENCY))
"""The verdicts as they are offered, the most usual one of a note first."""

_TYPE_LS = "type 30-40, or all for the run."


@dataclass(frozen=True, slots=True)
class Draft:
    """A note that is being written: what stands in the form at first, and what can be chosen.

    `scopes` are what it can be about: in words, and the elements that they are. `beside` gives a sentence on
    the other notes on some LS. `is_new`: nobody has noted it yet.
    """

    title: str
    content: NoteContent
    scopes: tuple[tuple[str, tuple[str, ...]], ...]
    subsystems: Sequence[str] = ()
    causes: Sequence[str] = ()
    reference_run: int | None = None
    beside: Callable[[LSMask], str] = lambda _: ""
    is_new: bool = True


class NoteForm(Layer):
    """Writes a note: its text is typed, enter notes it, tab goes through what else can be said."""

    DEFAULT_CSS = """
    NoteForm {
        width: 96%;
        max-width: 100;
        height: auto;
        offset: 0 2;
        border: round $primary;
        padding: 0 1;
        & Horizontal { height: 1; width: 1fr; background: $panel; }
        & .note--name { width: 11; color: $text-muted; background: $panel; }
        & Input { width: 1fr; border: none; height: 1; padding: 0; background: $boost; }
        & Input:focus { background: $block-cursor-blurred-background; }
        & OneOf { width: 1fr; height: 1; background: $panel; }
        & .note--state { height: auto; min-height: 2; color: $text-muted; background: $panel; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False, priority=True),
        Binding("tab", "field(1)", "Next field", show=False, priority=True),
        Binding("shift+tab", "field(-1)", "Previous field", show=False, priority=True),
        Binding("up", "turn(-1)", "Previous choice", show=False, priority=True),
        Binding("down", "turn(1)", "Next choice", show=False, priority=True),
    ]

    stays = True
    enter_does = "note it"

    @dataclass
    class Closed(Message):
        """The form was left without a note."""

    _draft: Draft | None = None
    _look: Look | None = None
    _note: Callable[[NoteContent, bool], None] = staticmethod(lambda _content, _confirmed: None)
    _doubted: NoteContent | None = None

    def compose(self) -> ComposeResult:
        """Lay out a row for each field, and what there is to be said of them."""
        for name, field in (
            ("text", OrderedInput(compact=True, select_on_focus=False, id="note-text")),
            ("verdict", OneOf(id="note-verdict")),
            ("LS", OrderedInput(compact=True, select_on_focus=False, id="note-ls")),
            ("about", OneOf(id="note-scope")),
            ("subsystem", OrderedInput(compact=True, select_on_focus=False, id="note-subsystem")),
            ("cause", OrderedInput(compact=True, select_on_focus=False, id="note-cause")),
        ):
            with Horizontal():
                yield Static(name, classes="note--name", markup=False)
                yield field
        yield Static(classes="note--state", markup=False)

    def open(self, draft: Draft, look: Look, note: Callable[[NoteContent, bool], None]) -> None:
        """Show a draft; `note` is called with what is to be noted and whether it was confirmed.

        It raises NoteError for what cannot be noted, which is shown, and the form stays.
        """
        self._draft, self._look, self._note = draft, look, note
        self._doubted = None
        self.border_title = look.charset.text(draft.title)
        content = draft.content
        self._verdict.offer(
            [verdict.value for verdict in VERDICTS],
            VERDICTS.index(content.verdict),
            [look.theme.role(VERDICT_LOOKS[verdict].role) for verdict in VERDICTS],
        )
        chosen = [elements for _, elements in draft.scopes].index(content.elements)
        self._scope.offer([look.charset.text(harmless(name)) for name, _ in draft.scopes], chosen)
        texts = {"text": content.text, "subsystem": content.subsystem, "cause": content.cause}
        for name, text in {**texts, "ls": str(content.ls)}.items():
            self._input(name).begin(_in_a_line(text), self._submit)
        # set here and not by a class: the next key must already find the line in focus
        self.display = True
        self.screen.set_focus(self._input("text"))
        self._say()

    # -- the fields ----------------------------------------------------------------------------------------

    def _input(self, name: str) -> OrderedInput:
        return self.query_one(f"#note-{name}", OrderedInput)

    @property
    def _verdict(self) -> OneOf:
        return self.query_one("#note-verdict", OneOf)

    @property
    def _scope(self) -> OneOf:
        return self.query_one("#note-scope", OneOf)

    @property
    def _fields(self) -> list[Widget]:
        return [self._input("text"), self._verdict, self._input("ls"), self._scope] + [
            self._input(name) for name in ("subsystem", "cause")
        ]

    async def action_field(self, step: int) -> None:
        """Go to the next or previous field."""
        await handled(self.screen.focused)
        fields, focused = self._fields, self.screen.focused
        at = fields.index(focused) if focused in fields else -1
        self.screen.set_focus(fields[(at + step) % len(fields)])
        self._say()

    async def action_turn(self, step: int) -> None:
        """Take the next or previous of what can be chosen here; without a choice, of the verdicts."""
        await handled(self.screen.focused)
        draft, focused = self._draft, self.screen.focused
        known = {} if draft is None else {"note-subsystem": draft.subsystems, "note-cause": draft.causes}
        if isinstance(focused, OneOf):
            focused.turn(step)
        elif isinstance(focused, Input) and focused.id in known:
            offered = ["", *map(_in_a_line, known[focused.id])]
            at = offered.index(focused.value) if focused.value in offered else 0
            focused.value = offered[(at + step) % len(offered)]
            focused.cursor_position = len(focused.value)
        else:
            self._verdict.turn(step)
        self._say()

    def _content(self) -> NoteContent:
        """Read the form; raises MaskError and NoteError."""
        draft = self._draft
        if draft is None:
            raise NoteError("There is nothing to be noted.")
        before = draft.content
        mask = LSMask.parse(self._input("ls").value)
        elements = draft.scopes[self._scope.chosen][1]
        links = before.links
        if draft.is_new or elements != before.elements or mask != before.ls:
            first = None if mask == LSMask.all() or not mask else mask.ranges[0][0]
            links = tuple(PlotLink(me, first, draft.reference_run) for me in elements)
        return replace(
            before,
            ls=mask,
            verdict=VERDICTS[self._verdict.chosen],
            text=self._typed("text", before.text),
            subsystem=self._typed("subsystem", before.subsystem),
            cause=self._typed("cause", before.cause),
            elements=elements,
            links=links,
        )

    def _typed(self, name: str, before: str) -> str:
        """Give what stands in a line; what was not touched as it was, also where a line cannot show it."""
        value = self._input(name).value
        return before if value == _in_a_line(before) else value.strip()

    # -- what is said of them ------------------------------------------------------------------------------

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._say()

    def on_descendant_focus(self) -> None:
        """Say what the field offers that was clicked."""
        self._say()

    @on(OneOf.Turned)
    def _turned(self, event: OneOf.Turned) -> None:
        event.stop()
        self._say()

    def _say(self, trouble: str = "") -> None:
        """Say what is wrong, else what the field in focus offers, and what is noted of these LS already."""
        draft, look = self._draft, self._look
        if draft is None or look is None or not self.is_open:
            return
        self.border_subtitle = look.charset.text(f"enter notes it   tab next   {self._hint()}   esc leaves")
        said = Text()
        if trouble:
            said.append(look.charset.text(harmless(trouble)), style=look.theme.roles.bad)
        else:
            self._doubted = None if not self._is_doubted() else self._doubted
            said.append(look.charset.text(harmless(self._offers(draft))))
        self.query_one(".note--state", Static).update(said)

    def _is_doubted(self) -> bool:
        try:
            return self._doubted is not None and self._content() == self._doubted
        except (MaskError, NoteError):
            return False

    def _hint(self) -> str:
        focused = self.screen.focused
        if focused is self._scope:
            return "↑ ↓ about what"
        if isinstance(focused, Input) and focused.id in {"note-subsystem", "note-cause"}:
            return "↑ ↓ known ones"
        return "↑ ↓ or g b s e u verdict" if focused is self._verdict else "↑ ↓ verdict"

    def _offers(self, draft: Draft) -> str:
        """Say what can be chosen in the field in focus, and what is noted already."""
        focused = self.screen.focused
        room = max(20, self.size.width - 4)
        if focused is self._input("cause") and draft.causes:
            return shortened(f"known causes: {', '.join(draft.causes)}", room)
        if focused is self._input("subsystem") and draft.subsystems:
            return shortened(f"known: {', '.join(draft.subsystems)}", room)
        if focused is self._scope:
            elements = draft.scopes[self._scope.chosen][1]
            return shortened(", ".join(elements) or "no element: the data as such", room)
        try:
            mask = LSMask.parse(self._input("ls").value)
        except MaskError as error:
            return f"LS: {error}; {_TYPE_LS}"
        if not mask:
            return f"Which LS? {_TYPE_LS.capitalize()}"
        beside = draft.beside(mask)
        return f"noted there: {beside}" if beside else ""

    # -- the end -------------------------------------------------------------------------------------------

    @on(OneOf.Submitted)
    def _chosen(self, event: OneOf.Submitted) -> None:
        event.stop()
        self._submit()

    def _submit(self) -> bool:
        """Note what the form says, and tell whether that was the end of it."""
        if not self.is_open:
            return True
        try:
            content = self._content()
            self._note(content, content == self._doubted)
        except MaskError as error:
            self._say(f"LS: {error}; {_TYPE_LS}")
        except UnconfirmedError as error:
            self._doubted = content
            self._say(f"{error} Enter again notes it all the same, esc leaves it.")
        except DuplicateNoteError as error:
            self._say(f"{error} Say something else, or esc leaves it.")
        except NoteError as error:
            self._say(str(error))
        return not self.is_open

    def action_close(self) -> None:
        """Leave without a note."""
        self.hide()
        self.post_message(self.Closed())


def _in_a_line(text: str) -> str:
    """Give a text as a line of the form can show it."""
    return " ".join(harmless(text).split())
