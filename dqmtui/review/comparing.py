"""What a review compares the histogram on screen with, and which lumisections the person left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.divisors import COUNTS
from dqmtui.model.keys import HistogramKey, RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.review.choices import OtherRun
from dqmtui.review.facts import Crashed, ReferenceChanged
from dqmtui.review.histograms import HistogramLoad, LoadState
from dqmtui.review.looking import Looking
from dqmtui.review.picture import Material, Picture, PictureMaker

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dqmtui.model.divisors import Divisors
    from dqmtui.model.lstable import LSTable
    from dqmtui.review.choices import ReferenceChoice
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.facts import Fact

NOTHING_EXCLUDED = LSMask()


class Comparing(Looking):
    """The reference, the exclusions and the picture that comes of them.

    `reference_table` and `reference_load` are those of another run, None while there is no such reference.
    """

    def __init__(
        self,
        data: DataLayer,
        listener: Callable[[Fact], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(data, listener, sleep)
        self.reference_table: LSTable | None = None
        self.reference_load: HistogramLoad | None = None
        self._excluded: dict[RunKey, LSMask] = {}
        self._undo: list[tuple[RunKey, LSMask]] = []
        self._pictures = PictureMaker(data.rate_path)

    # -- excluding ---------------------------------------------------------------------------------------

    @property
    def excluded(self) -> LSMask:
        """The LS of the open run that the person left out."""
        return NOTHING_EXCLUDED if self.state.run is None else self._excluded_of(self.state.run)

    def _excluded_of(self, run: RunKey) -> LSMask:
        return self._excluded.get(run, NOTHING_EXCLUDED)

    def exclude(self, mask: LSMask) -> None:
        """Leave LS out of integrals and references; when all of them are left out already, take them in."""
        run = self.state.run
        if run is None or not mask:
            return
        before = self._excluded_of(run)
        now = before - mask if not mask - before else before | mask
        self._undo.append((run, before))
        self._excluded[run] = now
        word = "Included again" if not now & mask else "Excluded"
        self._notice(f"{word}: LS {mask}; u takes it back.")
        self._tell(ReferenceChanged())

    def undo(self) -> None:
        """Take the last exclusion back."""
        if not self._undo:
            self._notice("There is nothing to take back.")
            return
        run, before = self._undo.pop()
        self._excluded[run] = before
        self._notice(f"Taken back; excluded in run {run.run}: {f'LS {before}' if before else 'nothing'}.")
        self._tell(ReferenceChanged())

    # -- the reference -----------------------------------------------------------------------------------

    def set_reference(self, choice: ReferenceChoice | None) -> None:
        """Compare with something else, with nothing when it is None."""
        if choice == self.state.reference:
            return
        self._leave_reference()
        self.reference_table = None
        self._replace(reference=choice, shows_reference=choice is not None)
        self._load_reference()

    def _load_reference(self) -> None:
        """Load conditions and histograms of another run, for the element on screen."""
        choice, element = self.state.reference, self.state.element
        self._leave_reference()
        if not isinstance(choice, OtherRun):
            return
        if self.reference_table is None or self.reference_table.key != choice.run:
            self.reference_table = self.data.loading_table(choice.run)
            self._watch.start("reference", lambda: self._load_reference_table(choice.run))
        if element is not None:
            key = HistogramKey(choice.run, element.me_id)
            self.reference_load = self.data.histograms(key, element, self.state.ls or 1)
            self.reference_load.listeners.add(self._reference_came)
        self._tell(ReferenceChanged())

    async def _load_reference_table(self, run: RunKey) -> None:
        def changed(table: LSTable, _source: str) -> None:
            if self.state.reference is not None and self.reference_table is not None:
                self.reference_table = table
                self._tell(ReferenceChanged())

        await self.data.load_table(run, changed, self.reference_table, self._look_into)

    def _reference_came(self, load: HistogramLoad, _first: int, _last: int) -> None:
        if load.crash is not None:
            self._tell(Crashed(load.crash))
        elif load.error is not None and load.state is LoadState.PARTIAL:
            self._look_into(load.error)
        self._tell(ReferenceChanged())

    def _leave_reference(self) -> None:
        if self.reference_load is not None:
            self.reference_load.listeners.discard(self._reference_came)
            if not self.reference_load.listeners:
                self.reference_load.cancel()
            self.reference_load = None

    def _load_histograms(self) -> None:
        super()._load_histograms()
        choice = self.state.reference
        load, element = self.reference_load, self.state.element
        if isinstance(choice, OtherRun) and (load is None or load.element != element):
            self._load_reference()

    def _leave_load(self) -> None:
        super()._leave_load()
        self._leave_reference()

    # -- the picture -------------------------------------------------------------------------------------

    def picture(self) -> Picture | None:
        """Give what stands in the plot, None while there is no histogram to be shown."""
        stack = None if self.load is None else self.load.stack
        if stack is None or self.table is None or self.state.ls is None:
            return None
        material = Material(stack, self.table, self._excluded_of(self.table.key))
        return self._pictures.picture(material, self.state, self.state.ls, *self._other())

    def divisors(self) -> Divisors:
        """Give what the LS of the open run are divided by; nothing before there is a table."""
        table = self.table
        return COUNTS if table is None else self._pictures.divisors(table, self.state.normalisation)

    def _other(self) -> tuple[Material | None, str]:
        choice, load = self.state.reference, self.reference_load
        if not isinstance(choice, OtherRun):
            return None, ""
        if load is None or load.stack is None or self.reference_table is None:
            why = f"the histograms of run {choice.run.run} are coming"
            return None, why if load is None or load.error is None else load.error.message
        table = self.reference_table
        return Material(load.stack, table, self._excluded_of(choice.run)), ""
