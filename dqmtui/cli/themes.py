"""The themes, shipped and the person's own; `dqmtui themes` lists and checks them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop, must_exist
from dqmtui.cli.output import put
from dqmtui.cli.talk import tell
from dqmtui.store.themes import NoThemeError, ThemeError, ThemeShelf, load_theme

if TYPE_CHECKING:
    from pathlib import Path

    from dqmtui.cli.work import Work
    from dqmtui.model.theme import Theme
    from dqmtui.store.settings import Settings


def user_dir(settings: Settings) -> Path:
    """Give the directory of the person's own themes."""
    return settings.config_dir / "themes"


def all_themes(settings: Settings) -> ThemeShelf:
    """Load every theme; raises ThemeError for that of the settings, and Stop when there is no such one."""
    try:
        return ThemeShelf(user_dir(settings), settings.theme)
    except NoThemeError as error:
        raise _no_theme(error) from error


def chosen_theme(settings: Settings) -> Theme:
    """Load the theme of the settings; raises as `all_themes` does."""
    themes = all_themes(settings)
    return themes[themes.chosen_name]


def _no_theme(error: NoThemeError) -> Stop:
    return Stop(Exit.USAGE, str(error), list(error.names) if error.near else [])


def list_themes(work: Work, *, check: Path | None, as_json: bool) -> None:
    """List the themes and their files, and say which files cannot be used; or only check one file."""
    if check is not None:
        _check(check, as_json=as_json)
        return
    # the terminal program takes its themes from here, and its first frame does without these and NumPy
    from dqmtui.cli.json_text import json_rows  # noqa: PLC0415 - see above
    from dqmtui.cli.table import Column, aligned  # noqa: PLC0415 - see above

    themes = all_themes(work.settings)
    rows = [(name, theme, themes.file(name)) for name, theme in themes.items()]
    if as_json:
        fields = [
            {
                "name": name,
                "title": theme.title,
                "dark": theme.dark,
                "file": str(file),
                "chosen": name == themes.chosen_name,
            }
            for name, theme, file in rows
        ]
        put(json_rows(fields))
    else:
        columns = [
            Column("theme", [name for name, _, _ in rows]),
            Column("title", [theme.title for _, theme, _ in rows]),
            Column("", ["dark" if theme.dark else "light" for _, theme, _ in rows]),
            Column("file", [str(file) for _, _, file in rows], least=20),
        ]
        work.put_table(aligned(columns, work.table_width))
        tell(f"{themes.chosen_name} is chosen; your own themes go into {user_dir(work.settings)}")
    for problem in themes.problems:
        tell(f"left out: {problem}")


def _check(file: Path, *, as_json: bool) -> None:
    """Check a theme file; raises Stop with what is wrong with it."""
    must_exist(file)
    try:
        theme = load_theme(file)
    except ThemeError as error:
        raise Stop(Exit.USAGE, str(error)) from error
    if as_json:
        from dqmtui.cli.json_text import json_object  # noqa: PLC0415 - see above

        put(json_object({"name": theme.name, "title": theme.title, "dark": theme.dark, "file": str(file)}))
    else:
        put(f"{file} is a complete theme: {theme.title}\n")
