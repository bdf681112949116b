"""The list of lumisections that anomaly models flag, the farthest over the threshold first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes import NoteError, NoteVerdict
from dqmtui.model.notes_rules import UnconfirmedError
from dqmtui.model.states import SourceState
from dqmtui.model.text import harmless
from dqmtui.review.facts import Severity
from dqmtui.review.note_drafts import draft_of
from dqmtui.tui.choices import Choices

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmtui.model.notes import Note, NoteContent
    from dqmtui.review.ml_marks import MlMarks, RankedFlag
    from dqmtui.review.review import Review
    from dqmtui.tui.widgets.picker import Picker

_SUBJECT = "flags of models"
_CAUSES = {True: "anomaly model: real", False: "anomaly model: false alarm"}
"""What is noted as the cause where a flag is real, and where it is none."""


class MlFlags(Choices):
    """The action that lists what anomaly models flag in the open run."""

    _flags_wanted = False
    _doubtful: NoteContent | None = None
    """What is noted when it is asked for once more."""

    def action_ml_flags(self) -> None:
        """List the flagged LS, as soon as they are known."""
        review = self.review
        if review is None or review.state.run is None:
            self.notice("There is no run open whose LS could be flagged.")
            return
        review.ml_marks.forget()
        self._flags_wanted = True
        marks = review.ml_marks.of(review.state.run)
        if marks.state is SourceState.LOADING:
            self.notice("Asking DIALS what its anomaly models flag ...")
        self.flags_may_have_come()

    def flags_may_have_come(self) -> None:
        """Open the list that was asked for once the flags are there."""
        review = self.review
        run = None if review is None else review.state.run
        if review is None or run is None or not self._flags_wanted:
            return
        marks = review.ml_marks.of(run)
        if marks.state is SourceState.LOADING:
            return
        self._flags_wanted = False
        if marks.state is SourceState.LOADED and marks.ranked:
            self.when_uncovered(_SUBJECT, lambda: self._list_flags(review, marks))
        elif marks.state is SourceState.LOADED:
            whose = f"None of the {marks.models} anomaly models" if marks.models else "No anomaly model"
            self.notice(f"{whose} flags an LS of run {run.run}.")

    def action_ml_verdict(self, real: bool) -> None:  # noqa: FBT001 - what an action's name can carry
        """Note what models flag on the LS under the cursor as real, or as a false alarm."""
        review = self.review
        state = None if review is None else review.state
        if review is None or state is None or state.run is None or state.ls is None:
            self.notice("There is no lumisection under the cursor.")
            return
        marks = review.ml_marks.of(state.run)
        here = [one for one in marks.ranked if one.flag.ls_number == state.ls]
        in_focus = [one for one in here if one.element_in(review.elements) == state.element]
        flags = in_focus or here
        if not flags:
            known = "No model flags" if marks.state is SourceState.LOADED else "It is not known what flags"
            self.notice(f"{known} LS {state.ls}; :ml.flags lists what they flag.", Severity.WARNING)
            return
        draft, _ = draft_of(review)
        targets = [one.element_in(review.elements) for one in flags]
        content = replace(
            draft,
            ls=LSMask.of(state.ls),
            verdict=NoteVerdict.BAD if real else NoteVerdict.GOOD,
            cause=_CAUSES[real],
            text="; ".join(f"{harmless(one.name)}: {_why(one)}" for one in flags),
            elements=tuple(dict.fromkeys(one.me for one in targets if one is not None)),
        )
        confirmed, self._doubtful = content == self._doubtful, None
        try:
            before = _judged_before(review.journal.notes_of(content.run), content)
            if before is None:
                review.make_note(content, confirmed=confirmed)
            else:
                review.change_note(before.id, content, confirmed=confirmed)
        except UnconfirmedError as error:
            self._doubtful = content
            self.notice(f"{error} The same again notes it all the same.", Severity.WARNING)
        except NoteError as error:
            self.notice(str(error), Severity.ERROR)

    def _list_flags(self, review: Review, marks: MlMarks) -> None:
        def chosen(choice: Picker.Chosen) -> None:
            self._go_to_flag(review, marks.ranked[choice.index])

        self.notice("")
        title = (
            f"{len(marks.ranked)} flags of anomaly models on {len(marks.flagged)} LS of run {marks.run.run}"
        )
        names = [_said(one) for one in marks.ranked]
        self.choose(_SUBJECT, title, names, [_why(one) for one in marks.ranked], then=chosen)

    def _go_to_flag(self, review: Review, one: RankedFlag) -> None:
        element = one.element_in(review.elements)
        if element is None:
            self.notice(f"{harmless(one.name)} does not say which element it looks at.", Severity.WARNING)
        else:
            review.select_element(element)
            self.name_panes()
        review.go_to_ls(one.flag.ls_number)
        self.go_to_pane("plot" if element is not None else "lumisections")


def _judged_before(notes: Iterable[Note], content: NoteContent) -> Note | None:
    """Find what was noted of the same flags as the other thing."""
    about = (content.dataset, content.ls, content.elements)
    for note in notes:
        other = note.content
        is_other = other.cause in _CAUSES.values() and other.verdict is not content.verdict
        if is_other and (other.dataset, other.ls, other.elements) == about:
            return note
    return None


def _said(one: RankedFlag) -> str:
    """Write LS and what the model looked at, by the names that the person knows."""
    target = None if one.model is None else one.model.target_me
    return f"LS {one.flag.ls_number:>4}  {harmless(target or one.name)}"


def _why(one: RankedFlag) -> str:
    """Write the metric, and how far over the threshold it is."""
    metric = "no metric" if one.flag.metric is None else f"{one.flag.metric:#.3g}"
    excess = "" if one.excess is None else f", {one.excess:.1f} x threshold"
    return f"{metric}{excess}"
