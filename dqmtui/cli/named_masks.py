"""What the names in the expressions of a command mean: the same as in the program's `:good` prompt."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.talk import tell
from dqmtui.model.lsmask import LSMask, MaskError
from dqmtui.model.mask_syntax import MaskExpressionError, UnknownNameError, parse
from dqmtui.model.masks import ALIASES, FLAG_SETS, LS, all_names
from dqmtui.model.notes_journal import Journal
from dqmtui.model.text import harmless
from dqmtui.review.certified import Certified
from dqmtui.review.named import CERTIFIED, GOLDEN, MASKS, ML, Named
from dqmtui.review.run_masks import load_named, saved_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dqmtui.cli.work import Work
    from dqmtui.model.keys import RunKey
    from dqmtui.model.lstable import LSTable
    from dqmtui.model.masks import Selection
    from dqmtui.review.datalayer import DataLayer


_NEVER_KEPT = frozenset({*FLAG_SETS, *ALIASES, LS, *CERTIFIED, ML})
"""Names that mean neither what a person noted or left out, nor an expression that was saved."""


class Names:
    """The names that the expressions of one command may use; without a `work` the journal has none.

    `golden` is a certification JSON of the person's, a file or an address, in place of the published one,
    and `files` are more of them by name; `options` are the expressions by the options that have them, such
    as `--good`. Raises Stop for an expression that cannot be read, and for a `golden` that none names.
    """

    def __init__(
        self,
        work: Work | None = None,
        golden: str | None = None,
        options: Mapping[str, str | None] | None = None,
        files: Mapping[str, Certified] | None = None,
    ) -> None:
        self._work = work
        self._files = dict(files or {})
        typed = {option: text for option, text in (options or {}).items() if text is not None}
        for option, text in typed.items():
            check_expression(text, option)
        if golden is None or work is None:
            return
        if GOLDEN not in self.used(*typed.values()):
            raise Stop(
                Exit.USAGE,
                "--golden FILE says what an expression means by golden, and none does: add --good golden.",
            )
        # most lines have no file, and do not wait for what reads one
        from dqmtui.cli.golden_files import read_certification_of  # noqa: PLC0415 - see above
        from dqmtui.cli.notes_desk import ended_well  # noqa: PLC0415 - see above

        with ended_well():
            self._files[GOLDEN] = Certified(Path(golden).name, read_certification_of(work, golden))

    @property
    def files(self) -> frozenset[str]:
        """The names that files of the person's stand for."""
        return frozenset(self._files)

    def used(self, *expressions: str | None) -> frozenset[str]:
        """Give the names in expressions and in the saved ones that they use."""
        typed = [text for text in expressions if text is not None]
        return all_of(typed, saved_of(self.journal, None) if typed else {})

    async def named(
        self, data: DataLayer, run: RunKey, dataset: str, expressions: Iterable[str | None]
    ) -> Named:
        """Load what expressions name of a run in a dataset; raises Stop and ServiceError."""
        wanted = [text for text in expressions if text is not None]
        if not wanted:
            return Named(dict.fromkeys(MASKS))
        # what is sure to be none of the journal's names does not depend on whether it can be read
        journal = self.journal if all_of(wanted) - _NEVER_KEPT else Journal.of(())
        try:
            return await load_named(data, journal, run, dataset, wanted, files=self._files, tell=tell)
        except MaskError as error:
            hint = "a file of yours can stand for it: --golden FILE, --mask FILE"
            raise Stop(Exit.NOT_FOUND, f"{error}; {hint}.") from error

    @cached_property
    def journal(self) -> Journal:
        """The journal of the person; raises Stop where it cannot be read."""
        if self._work is None:
            return Journal.of(())
        # a line without an expression, as most are, waits for none of these
        from dqmtui.cli.notes_desk import Desk, ended_well  # noqa: PLC0415 - see above

        with ended_well():
            return Desk.of(self._work).journal


NO_NAMES = Names()


def all_of(expressions: Iterable[str], saved: Mapping[str, str] | None = None) -> frozenset[str]:
    """Give the names in several expressions, and in the saved ones that they use."""
    return frozenset[str]().union(*(all_names(text, saved) for text in expressions))


def check_expression(expression: str, option: str = "--good") -> None:
    """Raise Stop, before anything is loaded, for an expression that cannot be read."""
    try:
        parse(expression)
    except MaskExpressionError as error:
        raise Stop(Exit.USAGE, f"{option}: {error}", error.pointer.splitlines()) from error


def judged(expression: str, table: LSTable, named: Named, excluded: LSMask | None = None) -> Selection:
    """Say of which LS of a run an expression is true: LS that are typed as `excluded` are so, too.

    Raises Stop, for an unknown name with those that there are.
    """
    try:
        return named.with_excluded(excluded or LSMask()).select(expression, table)
    except MaskExpressionError as error:
        is_unknown = any(isinstance(one, UnknownNameError) for one in (error, error.__cause__))
        raise Stop(
            Exit.USAGE,
            f"{harmless(expression)!r} cannot be read: {error}",
            [*error.pointer.splitlines(), *(names_in_words(named) if is_unknown else ())],
        ) from error


def names_in_words(named: Named) -> list[str]:
    """List what an expression may name, a line for each kind."""
    return [
        f"There are the masks {', '.join(named.masks)};",
        f"the flags {', '.join(FLAG_SETS)}, and each of OMS by its own name;",
        f"{LS}, {', '.join(ALIASES)}, pileup, and the other columns that `dqmtui lumis --json` has;",
        f"and of the expressions that :good.save keeps: {', '.join(sorted(named.saved)) or 'none'}.",
    ]
