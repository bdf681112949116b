"""How verdicts look: the roles and glyphs of the theme that they have everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.notes import NoteVerdict
from dqmtui.render.strip import StripState

if TYPE_CHECKING:
    from collections.abc import Mapping

VERDICT_LOOKS: Mapping[NoteVerdict, StripState] = {
    NoteVerdict.GOOD: StripState("good", "good"),
    NoteVerdict.UNSURE: StripState("unknown", "unknown"),
    NoteVerdict.STANDBY: StripState("masked", "masked"),
    NoteVerdict.EXCLUDED: StripState("excluded", "excluded"),
    NoteVerdict.BAD: StripState("bad", "bad"),
}
