"""`dqmtui cache`: what is kept on disk, where, and whether it is sound."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.json_text import json_object, json_rows
from dqmtui.cli.output import put
from dqmtui.cli.table import Column, aligned
from dqmtui.cli.talk import tell
from dqmtui.model.text import harmless
from dqmtui.store.cache import MB, Cache

if TYPE_CHECKING:
    from dqmtui.cli.work import Work
    from dqmtui.store.cache import Contents


def list_contents(work: Work, *, as_json: bool) -> None:
    """Print a line for each run, and for each kind of other answers."""
    rows = _cache(work).contents()
    if as_json:
        put(json_rows(_fields(row) for row in rows))
        return
    columns = [
        Column("run", ["" if row.run is None else str(row.run) for row in rows], right=True),
        Column("dataset", [row.dataset or f"({row.answers})" for row in rows], least=20),
        Column("files", [str(row.files) for row in rows], right=True),
        Column("MB", [f"{row.size / MB:.1f}" for row in rows], right=True),
        Column("last used (UTC)", [_used(row).strftime("%Y-%m-%d %H:%M") for row in rows]),
        Column("workspace", [row.workspace or "" for row in rows]),
        Column("service", [row.service for row in rows], least=20),
    ]
    work.put_table(aligned(columns, work.table_width))
    size = sum(row.size for row in rows) / MB
    tell(f"{size:.1f} MB of {work.settings.cache_size_mb} MB in {work.settings.cache_dir}")


def show_path(work: Work, *, as_json: bool) -> None:
    """Print the directory."""
    path = str(work.settings.cache_dir)
    put(json_object({"path": path}) if as_json else f"{path}\n")


def clear(work: Work, *, as_json: bool) -> None:
    """Remove everything, and say how much that was."""
    files, size = _cache(work).clear()
    if as_json:
        put(json_object({"files": files, "bytes": size}))
    else:
        tell(f"removed {files} files, {size / MB:.1f} MB")


def verify(work: Work, *, as_json: bool) -> None:
    """Print the files that were set aside; raises Stop when there are any."""
    found = _cache(work).verify()
    if as_json:
        bad = [{"path": str(path), "reason": reason} for path, reason in found.bad]
        fields = {"sound": found.sound, "unfinished": found.unfinished, "aside": found.aside}
        put(json_object({**fields, "bad": bad}))
    else:
        put("".join(f"{harmless(str(path))}: {reason}\n" for path, reason in found.bad))
        tell(
            f"{found.sound} files are sound, {len(found.bad)} are not, {found.unfinished} are being written "
            f"or were left unfinished, {found.aside} had been set aside before"
        )
    if found.bad:
        raise Stop(Exit.UNEXPECTED, "What is damaged was set aside and will be fetched again.")


def _cache(work: Work) -> Cache:
    return Cache(work.settings.cache_dir, work.settings.cache_size_mb, tell)


def _used(row: Contents) -> datetime:
    return datetime.fromtimestamp(row.used_ns / 1e9, UTC)


def _fields(row: Contents) -> dict[str, Any]:
    return {
        "service": row.service,
        "workspace": row.workspace,
        "dataset": row.dataset,
        "run": row.run,
        "answers": row.answers,
        "files": row.files,
        "bytes": row.size,
        "last_used": _used(row).isoformat(timespec="seconds"),
    }
