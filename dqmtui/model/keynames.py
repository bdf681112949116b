"""The names of keys: as a person writes them, and as the terminal program knows them.

Only what a terminal tells apart is a key: over SSH, ctrl+i is tab, and shift does nothing to enter.
"""

from __future__ import annotations

import unicodedata
from string import ascii_lowercase, ascii_uppercase, digits

SIGNS = {
    "!": "exclamation_mark",
    '"': "quotation_mark",
    "#": "number_sign",
    "$": "dollar_sign",
    "%": "percent_sign",
    "&": "ampersand",
    "'": "apostrophe",
    "(": "left_parenthesis",
    ")": "right_parenthesis",
    "*": "asterisk",
    "+": "plus",
    ",": "comma",
    "-": "minus",
    ".": "full_stop",
    "/": "slash",
    ":": "colon",
    ";": "semicolon",
    "<": "less_than_sign",
    "=": "equals_sign",
    ">": "greater_than_sign",
    "?": "question_mark",
    "@": "at",
    "[": "left_square_bracket",
    "\\": "backslash",
    "]": "right_square_bracket",
    "^": "circumflex_accent",
    "_": "underscore",
    "`": "grave_accent",
    "{": "left_curly_bracket",
    "|": "vertical_line",
    "}": "right_curly_bracket",
    "~": "tilde",
}
"""Signs of a keyboard, and Textual's names for them."""

ARROWS = {"→": "right", "←": "left", "↑": "up", "↓": "down"}

_MOVING = ("left", "right", "up", "down", "home", "end", "pageup", "pagedown", "delete")
_FUNCTION = tuple(f"f{number}" for number in range(1, 25))
_NAMED = (*_MOVING, "insert", "enter", "escape", "tab", "space", "backspace", *_FUNCTION)
_ALIASES = {
    "esc": "escape",
    "return": "enter",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "pgdown": "pagedown",
    "page_up": "pageup",
    "page_down": "pagedown",
    "del": "delete",
    "ins": "insert",
    "spacebar": "space",
    "control": "ctrl",
    "meta": "alt",
    "option": "alt",
    **ARROWS,
}
_SAME_BYTE = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+h": "backspace",
    "ctrl+left_square_bracket": "escape",
}
"""Keys that reach the program as the same byte as another."""

ALWAYS_QUITS = "ctrl+q"
"""The key that quits whatever a keymap says, and whatever is open."""

_TAKEN = {
    "ctrl+c": "copies what is marked with the mouse",
    ALWAYS_QUITS: "always quits",
}
"""Keys that Textual keeps for itself."""

_CTRL_SIGNS = ("backslash", "right_square_bracket", "circumflex_accent", "underscore", "@")

VALID = frozenset(
    [
        *ascii_lowercase,
        *ascii_uppercase,
        *digits,
        *SIGNS.values(),
        *_NAMED,
        *(f"ctrl+{key}" for key in (*ascii_lowercase, *_CTRL_SIGNS, *_MOVING, *_FUNCTION)),
        *(f"shift+{key}" for key in (*_MOVING, "tab")),
        *(f"ctrl+shift+{key}" for key in _MOVING),
        *(f"alt+{key}" for key in ascii_lowercase),
        *(f"alt+shift+{key}" for key in ascii_lowercase),
    ]
) - {*_SAME_BYTE, *_TAKEN}
"""What terminals tell apart and the program may use, in Textual's names."""

_BY_NAME = {name: sign for sign, name in SIGNS.items()}
_PICTURES = {"escape": "esc", **{name: arrow for arrow, name in ARROWS.items()}}


class KeyNameError(ValueError):
    """What was written is no key; the message is a sentence that says what to write.

    `is_misspelt`: it may have been meant for anything; `near` is then the nearest name of a key, "" for none.
    """

    def __init__(self, message: str, near: str = "", *, is_misspelt: bool = False) -> None:
        super().__init__(message)
        self.near = near
        self.is_misspelt = is_misspelt


def read_key(text: str) -> str:
    """Give Textual's name of a key: of `→`, `right`, `?`, `ctrl+x`, `F1`, `esc`, `L` or `shift+l`.

    Raises KeyNameError with the nearest valid name, or with why terminals do not have such a key.
    """
    key = " ".join(text.split()) or ("space" if text else "")
    name = _name(key)
    if name in VALID or (len(key) == 1 and key.isprintable()):
        return name
    if name in _SAME_BYTE:
        same = _SAME_BYTE[name]
        raise KeyNameError(f"{key} reaches the program as {spelt(same)}: terminals send the same for both.")
    if name in _TAKEN:
        raise KeyNameError(f"{key} {_TAKEN[name]} and cannot mean anything else.")
    near = _nearest(name)
    modifiers, _, last = name.rpartition("+")
    if modifiers and not near:
        raise KeyNameError(f"{key} is nothing that every terminal can send; take {_advice(modifiers, last)}.")
    hint = f"; did you mean {near}?" if near else "; write such as right, l, ?, space, ctrl+x or f5."
    raise KeyNameError(f"{key!r} is no key{hint}", near, is_misspelt=True)


def spelt(key: str) -> str:
    """Give a key as a keymap has it, in ASCII where a keyboard has it: `right`, `?`, `ctrl+x`."""
    modifiers, separator, last = key.rpartition("+")
    last = "esc" if last == "escape" else _BY_NAME.get(last) or _character(last)
    if key == "ctrl+@":
        return "ctrl+space"
    if modifiers == "alt+shift":
        return f"alt+{last.upper()}"
    return f"{modifiers}{separator}{last}"


def pictured(key: str) -> str:
    """Give a key as it stands on screen: `→`, `?`, `ctrl+x`, `F1`."""
    modifiers, separator, last = key.rpartition("+")
    if last in _FUNCTION:
        last = last.upper()
    elif last in _PICTURES:
        last = _PICTURES[last]
    else:
        return spelt(key)
    return f"{modifiers}{separator}{last}"


def _name(key: str) -> str:
    """Give Textual's name of what may be a key."""
    if len(key) == 1:
        return _sign(key)
    body, separator, last = (key[:-2], "+", "+") if key.endswith("++") else key.rpartition("+")
    modifiers = {_ALIASES.get(word.strip().lower(), word.strip().lower()) for word in body.split("+") if word}
    last = last.strip()
    if len(last) == 1:
        last = _sign(last)
        if last.isalpha() and len(last) == 1:
            if modifiers == {"shift"}:
                return last.upper()
            if modifiers == {"alt"} and last.isupper():
                modifiers = {"alt", "shift"}
            last = last.lower() if modifiers else last
    else:
        last = _ALIASES.get(last.lower(), last.lower())
    if modifiers == {"ctrl"} and last in {"space", "at"}:
        last = "@"
    return "+".join([*sorted(modifiers), last]) if separator else last


def _sign(char: str) -> str:
    """Give Textual's name of a character."""
    if char in SIGNS or char in ARROWS:
        return SIGNS.get(char) or ARROWS[char]
    if char.isalnum():
        return char
    return unicodedata.name(char, char).lower().replace("-", "_").replace(" ", "_")


def _character(name: str) -> str:
    """Give the character of a name that is none of a keyboard's usual ones, else the name itself."""
    if len(name) == 1 or name in _NAMED:
        return name
    try:
        return unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return name


def _nearest(name: str) -> str:
    import difflib  # noqa: PLC0415 - only a mistake needs it

    spellings = {spelt(key) for key in VALID if len(key) > 1} | {"escape", "esc", *SIGNS.values()}
    modifiers, _, last = name.rpartition("+")
    if modifiers and last in {*_NAMED, *ascii_lowercase, *digits, *SIGNS.values()}:
        # a mistake in what is held down, not in the key itself
        spellings = {spelling for spelling in spellings if spelling.endswith(f"+{last}")}
        wrong = [word for word in modifiers.split("+") if word not in {"ctrl", "shift", "alt"}]
        if not wrong:
            return ""
    return next(iter(difflib.get_close_matches(name, sorted(spellings), n=1, cutoff=0.6)), "")


def _advice(modifiers: str, last: str) -> str:
    if modifiers == "shift" and (last in _BY_NAME or last.isdecimal()):
        return "the sign that shift gives"
    if "alt" in modifiers:
        return "alt with a letter, or another key"
    return "ctrl with a letter, or another key"
