"""The action that asks the Run Registry what it says of the open run."""

from __future__ import annotations

from dqmtui.model.states import SourceState
from dqmtui.review.facts import Severity
from dqmtui.tui.focus import Focus


class Registering(Focus):
    """Brings statuses and causes of the Run Registry, read only, as columns of the LS table."""

    def action_registry(self) -> None:
        """Ask for them; when they have come the message line names the columns."""
        review = self.review
        run = None if review is None else review.state.run
        if review is None or run is None:
            self.notice("There is no run open that could be registered.")
            return
        review.registered.forget()
        source = review.registered.of(run, review.data.dataset_name(run.dataset_id))
        if source.state is SourceState.OFF:
            self.notice(source.note, Severity.WARNING)
        elif source.state is SourceState.LOADING:
            self.notice("Asking the Run Registry ...")
        else:
            self.notice(review.registered.in_words(run))
