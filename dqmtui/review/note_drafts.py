"""What stands in a new note at first: of what one is looking at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes import NoteContent, NoteVerdict
from dqmtui.review.grouped import group_span
from dqmtui.review.note_words import subsystem_of

if TYPE_CHECKING:
    from dqmtui.review.review import Review

Scopes = tuple[tuple[str, tuple[str, ...]], ...]
"""What a note can be about: in words, and the elements that they are."""

NO_ELEMENT = "no ME"


def draft_of(review: Review) -> tuple[NoteContent, Scopes]:
    """Give a note on the range that is marked, else on the LS or group under the cursor, and its scopes.

    Raises NoteError when no run is open.
    """
    state = review.state
    element = state.element
    elements = () if element is None else (element.me,)
    content = NoteContent(
        run=0 if state.run is None else state.run.run,
        ls=_looked_at(review),
        verdict=NoteVerdict.BAD,
        subsystem="" if element is None else subsystem_of(element.me, state.workspace),
        elements=elements,
        workspace=state.workspace,
        dataset=state.dataset,
    )
    return content, scopes_of(review, content)


def _looked_at(review: Review) -> LSMask:
    """Give the LS that there are in the range or the group, so that a hole in it is no LS to be confirmed."""
    state, table = review.state, review.table
    if state.range_of_ls is not None:
        span = state.range_of_ls
    elif state.ls is not None:
        span = group_span(state.ls, state.group)
    else:
        return LSMask.all()
    marked = LSMask((span,))
    there = marked if table is None else LSMask.from_numbers(table.ls[marked.selects(table.ls)])
    return there or marked


def scopes_of(review: Review, content: NoteContent) -> Scopes:
    """List what a note can be about: what it is about, what is on screen, nothing."""
    element = review.state.element
    here = () if element is None else (element.me,)
    page = tuple(plot.element.me for plot in review.plots)
    offered = [content.elements, here, page, ()]
    if review.state.layout is not None:
        offered.insert(3, tuple(one.me for one in review.arranged))
    return tuple((_named(elements, page), elements) for elements in dict.fromkeys(offered))


def _named(elements: tuple[str, ...], page: tuple[str, ...]) -> str:
    if not elements:
        return NO_ELEMENT
    if len(elements) == 1:
        return elements[0].rpartition("/")[2]
    of_page = " of the page" if elements == page else ""
    return f"{len(elements)} MEs{of_page}"
