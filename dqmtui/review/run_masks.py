"""The masks of any run that expressions name, loaded at once: for files and commands, which do not wait."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from dqmtui.model.certification import data_taking_class
from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask, MaskError
from dqmtui.model.masks import all_names
from dqmtui.review.certified import published
from dqmtui.review.journal_choices import GOOD
from dqmtui.review.named import CERTIFIED, EXCLUDED, MASKS, ML, Named
from dqmtui.review.run_notes import RunNotes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dqmtui.model.notes_journal import Journal
    from dqmtui.review.certified import Certified
    from dqmtui.review.datalayer import DataLayer


_NO_FILES: Mapping[str, Certified] = MappingProxyType({})


def without_dataset(run: int) -> RunKey:
    """Give the key of a run of which no dataset is known."""
    return RunKey("", 0, run)


async def load_named(
    data: DataLayer,
    journal: Journal,
    run: RunKey,
    dataset: str,
    expressions: Iterable[str],
    *,
    files: Mapping[str, Certified] = _NO_FILES,
    tell: Callable[[str], None] | None = None,
) -> Named:
    """Load what expressions name of a run: `dataset` is the name of its dataset, "" when none is known.

    Certification JSONs and model flags that none of them names stay unknown. `files` stand for names,
    `golden` or others. `tell` hears which certification JSONs were taken, and if one does not have the run.
    Raises MaskError for what the run cannot have, and ServiceError.
    """
    named = noted_masks(journal, run, dataset)
    masks = dict(named.masks) | {name: file.mask(run.run) for name, file in files.items()}
    used = frozenset[str]().union(*(all_names(one, named.saved) for one in expressions))
    for name in sorted(used & {*CERTIFIED, *files, ML}):
        if name in CERTIFIED or name in files:
            file = files.get(name) or await _published(data, run, dataset, name)
            for words in (f"{name}: {file.name}", file.said_missing(run.run, name)):
                if tell is not None and words:
                    tell(words)
            masks[name] = file.mask(run.run)
        else:
            if not run.dataset_id:
                raise MaskError(f"The dataset of run {run.run} is not known, and so not what models flag")
            masks[ML] = LSMask.from_numbers(flag.ls_number for flag in await data.ml_flags(run))
    return Named(masks, named.saved)


def noted_masks(journal: Journal, run: RunKey, dataset: str) -> Named:
    """Give what the journal alone says of a run: other masks are there as not loaded."""
    masks: dict[str, LSMask | None] = dict.fromkeys(MASKS)
    masks[EXCLUDED] = excluded_of(journal, run)
    masks |= RunNotes.of(journal, run.run, dataset).for_expressions
    return Named(masks, saved_of(journal, run))


def saved_of(journal: Journal, run: RunKey | None) -> dict[str, str]:
    """Give the saved expressions that count for a run, by name."""
    return {name: text for name, text in journal.expressions_of(run).items() if name != GOOD}


def excluded_of(journal: Journal, run: RunKey) -> LSMask:
    """Give the LS of a run that the person left out; where no dataset is known, in whichever."""
    if run.dataset_id:
        return journal.exclusions.get(run, LSMask())
    return LSMask.of(*(mask for key, mask in journal.exclusions.items() if key.run == run.run))


async def _published(data: DataLayer, run: RunKey, dataset: str, name: str) -> Certified:
    class_name = data_taking_class(dataset)
    if not class_name:
        what = dataset or f"run {run.run}, whose dataset is not known"
        raise MaskError(f"No certification JSON is published for {what}, so its LS cannot be {name}")
    return await published(data, run.workspace, class_name, CERTIFIED[name])
