"""`dqmtui keys`: what can be pressed, and whether a keymap is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dqmtui.cli.exits import Exit, Stop, must_exist
from dqmtui.cli.json_text import json_object, json_rows
from dqmtui.cli.output import put
from dqmtui.cli.table import Column, aligned
from dqmtui.cli.talk import tell
from dqmtui.model.actions import ACTIONS, GROUPS, plain
from dqmtui.model.keymap import Keymap, written_keymap
from dqmtui.model.keynames import ALWAYS_QUITS, KeyNameError, pictured, read_key, spelt
from dqmtui.model.theme import nearest_name
from dqmtui.store.keymap_file import KeymapFileError, chosen_keymap, has_keymap, keymap_path, load_keymap

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dqmtui.cli.work import Work
    from dqmtui.model.actions import Action

_DEFAULT = {action.id: action.keys for action in ACTIONS}


def list_keys(work: Work, *, group: str | None, as_toml: bool, as_json: bool) -> None:
    """Print the actions of all groups or of one, with their keys."""
    keymap = chosen_keymap(work.settings)
    if as_toml and (as_json or group is not None):
        raise Stop(Exit.USAGE, "--toml prints a whole keymap and stands alone.")
    if as_toml:
        put(written_keymap(keymap))
        return
    chosen = None if group is None else _group(group)
    actions = [action for action in keymap.actions if chosen in {None, action.group}]
    if as_json:
        put(json_rows(_fields(action) for action in actions))
        return
    columns = [
        Column("keys", [_pressed(work, action.keys) for action in actions]),
        Column("action", [_named(action) for action in actions]),
        Column("what it does", [action.text for action in actions], least=20),
        Column("group", [action.group for action in actions]),
    ]
    if keymap.changed:
        now = [_pressed(work, _DEFAULT[a.id]) if a.id in keymap.changed else "" for a in actions]
        columns.insert(1, Column("default", now))
    work.put_table(aligned(columns, work.table_width))
    if keymap.source:
        tell(f"{_counted(keymap)} not the default keys but those of {keymap.source}")


def show(work: Work, *, name: str, as_json: bool) -> None:
    """Print what a key does, or which keys an action has; raises Stop when it is neither."""
    keymap = chosen_keymap(work.settings)
    action = keymap.by_id.get(name) or _of_key(keymap, name)
    if as_json:
        put(json_object(_fields(action)))
        return
    before = _DEFAULT[action.id]
    rows = [
        ("action", _named(action)),
        ("does", action.text),
        ("group", action.group),
        ("keys", _pressed(work, action.keys) or "none"),
        ("default", (_pressed(work, before) or "none") if before != action.keys else ""),
        ("count", "a number before it says how often" if action.counted else ""),
        ("prompt", f":{_named(action)}"),
    ]
    put("".join(f"{title:<9}{value}\n" for title, value in rows if value))


def check(work: Work, *, file: Path | None, as_json: bool) -> None:
    """Check a keymap file, that of the settings when none is named; raises Stop with what is wrong."""
    must_exist(file)
    path = keymap_path(work.settings) if file is None else file
    if file is None and not has_keymap(work.settings):
        if as_json:
            put(json_object({"file": str(path), "exists": False, "changed": [], "problems": []}))
        tell(f"there is no keymap {path}; all keys are the default ones")
        return
    try:
        keymap = load_keymap(path)
    except KeymapFileError as error:
        if as_json:
            fields = {"file": str(path), "exists": path.exists(), "changed": []}
            put(json_object({**fields, "problems": list(error.problems)}))
            raise Stop(Exit.USAGE, f"The keymap {path} cannot be used.") from error
        raise
    if as_json:
        changed = sorted(keymap.changed)
        put(json_object({"file": str(path), "exists": True, "changed": changed, "problems": []}))
    else:
        put("".join(f"{_change(work, action)}\n" for action in keymap.actions if action.id in keymap.changed))
    tell(f"{path} is right: {_counted(keymap)} other keys than the default ones")


def _counted(keymap: Keymap) -> str:
    count = len(keymap.changed)
    return "1 action has" if count == 1 else f"{count} actions have"


def _change(work: Work, action: Action) -> str:
    before, now = (_pressed(work, keys) or "none" for keys in (_DEFAULT[action.id], action.keys))
    return f"{action.id}: {now} (was {before})"


def _named(action: Action) -> str:
    return f"{action.id} {action.takes}".rstrip()


def _pressed(work: Work, keys: Sequence[str]) -> str:
    text = " ".join(pictured(key) for key in keys)
    return plain(text) if work.charset == "ascii" else text


def _group(name: str) -> str:
    """Find a group by its name or the beginning of it; raises Stop."""
    fits = [group for group in GROUPS if group.lower().startswith(name.lower())]
    if len(fits) == 1:
        return fits[0]
    near = nearest_name(name, GROUPS)
    hint = f"; did you mean {near}?" if near else "."
    raise Stop(Exit.USAGE, f"There is no group {name!r}{hint}", [f"There are: {', '.join(GROUPS)}"])


def _of_key(keymap: Keymap, name: str) -> Action:
    """Find the action of a key; raises Stop."""
    if name.lower() == ALWAYS_QUITS:
        return keymap.by_id["quit"]
    try:
        key = read_key(name)
    except KeyNameError as error:
        near = nearest_name(name, [error.near, *keymap.by_id]) if error.is_misspelt else None
        words = f"There is no key or action {name!r}; did you mean {near}?" if near else str(error)
        raise Stop(Exit.NOT_FOUND, words) from error
    action = keymap.by_key.get(key)
    if action is None:
        raise Stop(Exit.NOT_FOUND, f"{spelt(key)} does nothing; `dqmtui keys list` shows the keys that do.")
    return action


def _fields(action: Action) -> dict[str, Any]:
    return {
        "action": action.id,
        "keys": [spelt(key) for key in action.keys],
        "default": [spelt(key) for key in _DEFAULT[action.id]],
        "group": action.group,
        "text": action.text,
        "counted": action.counted,
        "takes": action.takes or None,
    }
