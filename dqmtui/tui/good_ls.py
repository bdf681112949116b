"""What the keys do about which lumisections are good: expressions over masks, flags and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.lstable import DIALS
from dqmtui.model.mask_syntax import MaskExpressionError
from dqmtui.model.masks import why_no_name
from dqmtui.model.text import shortened
from dqmtui.model.theme import nearest_name
from dqmtui.review.choices import GOOD_LS
from dqmtui.review.facts import Severity
from dqmtui.review.named import MASKS
from dqmtui.tui.choices import Choices

if TYPE_CHECKING:
    from dqmtui.model.lstable import LSTable
    from dqmtui.review.named import Named
    from dqmtui.review.review import Review
    from dqmtui.tui.widgets.picker import Picker

_LONGEST_SHOWN = 40


class GoodLS(Choices):
    """The actions that choose the good LS of the open run and of its references."""

    def action_choose_good(self) -> None:
        """Choose by which expression LS are good."""
        review = self.review
        named = None if review is None else review.named()
        if review is None or review.table is None or named is None:
            self.notice("There is no run open whose LS could be good.")
            return
        now = review.state.good
        offered = list(dict.fromkeys((now, *named.saved, *GOOD_LS)))
        notes = [_kept_by(named, review.table, one) for one in offered]

        def chosen(choice: Picker.Chosen) -> None:
            self.action_good(offered[choice.index])
            self.go_back()

        title = "LS are good for integrals and references where (:good takes any expression)"
        self.choose("good LS", title, offered, notes, then=chosen)

    def action_good(self, text: str) -> None:
        """Take an expression for the good LS."""
        review = self.review
        named = None if review is None else review.named()
        if review is None or review.table is None or named is None:
            self.notice("There is no run open whose LS could be good.")
            return
        if not text:
            self.action_choose_good()
            return
        if not self._is_right(review, "good", text):
            return
        review.show(good=text)
        self.notice(f"Good LS: {text}, {_kept_by(named, review.table, text)}")

    def action_good_there(self, text: str) -> None:
        """Take an expression for the good LS of other runs, without a text that of the open run."""
        review = self.review
        if review is None or review.table is None:
            self.notice("There is no run open that could be compared with another.")
            return
        # every run has the same columns and masks
        if text and not self._is_right(review, "reference.good", text):
            return
        review.show(good_there=text)
        how = text or f"{review.state.good}, as in the open run"
        self.notice(f"Good LS of other runs: {how}")

    def action_save_good(self, text: str) -> None:
        """Save an expression under a name, by default that for the good LS; others may then use the name."""
        review = self.review
        name, _, typed = text.strip().partition(" ")
        if review is None or not name:
            form = "type :good.save NAME, or :good.save NAME EXPRESSION"
            self.notice(f"An expression is saved under a name: {form}.", Severity.WARNING)
            return
        expression = typed.strip() or review.state.good
        why = why_no_name(name) or (f"{name} is the name of a mask" if name in MASKS else "")
        if why:
            self.notice(f"Not saved: {why}.", Severity.ERROR)
        elif expression == name:
            self.notice(f"Not saved: {name} would stand for itself.", Severity.ERROR)
        elif self._is_right(review, f"good.save {name}", expression):
            review.save_expression(name, expression)
            undo = self.look.key("undo")
            self.notice(f"Saved: {name} stands for {expression}, in every run; {undo} takes it back")

    def action_forget_good(self, text: str) -> None:
        """Forget a saved expression."""
        review = self.review
        named = None if review is None else review.named()
        saved = {} if named is None else named.saved
        name = text.strip()
        if review is None or name not in saved:
            near = nearest_name(name, saved)
            there = f"did you mean {near}?" if near else f"there are: {', '.join(saved) or 'none'}."
            self.notice(f"No expression is saved as {name!r}; {there}", Severity.WARNING)
            return
        review.save_expression(name, "")
        self.notice(f"Forgotten: {name}; {self.look.key('undo')} takes it back")

    def action_golden(self, text: str) -> None:
        """Let a file stand for the golden JSON; without one it is the newest published one."""
        review = self.review
        if review is None:
            return
        review.golden_file(text.strip())
        source = text.strip() or "the newest published golden JSON"
        uses = "golden" in review.state.good or "golden" in review.state.good_there
        how = "" if uses else ", wherever an expression says golden: :good golden and not excluded"
        self.notice(f"golden is {source}{how}")

    def _is_right(self, review: Review, action: str, text: str) -> bool:
        """Check an expression over the open run, and say what is wrong with it."""
        named = review.named()
        if review.table is None or named is None:
            return False
        try:
            named.select(text, review.table)
        except MaskExpressionError as error:
            shown = shortened(text, _LONGEST_SHOWN)
            self.notice(f":{action} {shown}: {error}", Severity.ERROR, error.pointer)
            return False
        return True


def _kept_by(named: Named, table: LSTable, expression: str) -> str:
    """Say how many of the LS that DIALS has an expression keeps."""
    try:
        selection = named.select(expression, table)
    except MaskExpressionError as error:
        return str(error)
    with_data = table.source(DIALS).ls
    kept = int(np.count_nonzero(selection.good.selects(with_data)))
    waiting = f", not loaded yet: {', '.join(selection.waiting)}" if selection.waiting else ""
    return f"{kept} of {with_data.size} LS{waiting}"
