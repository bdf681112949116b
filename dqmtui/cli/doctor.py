"""`dqmtui doctor`: is all well here, and if not, what to change."""

from __future__ import annotations

import asyncio
import os
import textwrap
from typing import TYPE_CHECKING, Any

from dqmtui.cli.doctor_terminal import look_at_terminal
from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.json_text import json_rows
from dqmtui.cli.output import put
from dqmtui.model.text import harmless
from dqmtui.review.checkup import look_around
from dqmtui.review.checkup_findings import Fault, Finding
from dqmtui.review.checkup_services import look_at_services

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.cli.work import Work

_NAME_WIDTH = 13
_CODES = {Fault.SERVICE: Exit.SERVICE, Fault.LOGIN: Exit.NOT_ALLOWED, Fault.SETUP: Exit.USAGE}
"""What counts first stands first: nobody can log in to a service that is down."""


def show(work: Work, *, as_json: bool) -> None:
    """Print what was found; raises Stop when something is not well."""
    findings = asyncio.run(_look(work))
    put(json_rows(_fields(one) for one in findings) if as_json else _text(findings, work.table_width))
    bad = [one for one in findings if one.fault is not None]
    for fault, code in _CODES.items():
        if any(one.fault is fault for one in bad):
            what = "One thing is" if len(bad) == 1 else f"{len(bad)} things are"
            names = ", ".join(f"{one.section}: {one.name}" for one in bad)
            raise Stop(code, f"{what} not well ({names}).")


async def _look(work: Work) -> list[Finding]:
    """Look at everything, the services beside the files."""
    looking = asyncio.create_task(asyncio.to_thread(look_around, work.settings, os.environ))
    services = await look_at_services(work.settings)
    findings = await looking
    findings += look_at_terminal(work, os.environ)
    order = ("program", "settings", "logins", "services", "network", "terminal", "files")
    return sorted([*findings, *services], key=lambda one: order.index(one.section))


def _fields(finding: Finding) -> dict[str, Any]:
    return {
        "section": finding.section,
        "name": finding.name,
        "well": finding.fault is None,
        "fault": finding.fault and finding.fault.value,
        "says": finding.says,
        "advice": finding.advice or None,
        "facts": dict(finding.facts),
    }


def _text(findings: Sequence[Finding], width: int | None) -> str:
    """Write the findings under their sections; what is not well has a ! before it and the advice below."""
    lines: list[str] = []
    section = ""
    for one in findings:
        if one.section != section:
            section = one.section
            lines.append(section)
        head = f"{'!' if one.fault else ' '} {one.name.ljust(_NAME_WIDTH)} "
        lines += _wrapped(head, " " * len(head), one.says, width)
        if one.fault:
            lines += _wrapped(" " * (len(head) - 3) + "-> ", " " * len(head), one.advice, width)
    return "".join(f"{line}\n" for line in lines)


def _wrapped(head: str, below: str, text: str, width: int | None) -> list[str]:
    text = harmless(text)
    if width is None:
        return [head + text]
    lines = textwrap.wrap(text, width, initial_indent=head, subsequent_indent=below, break_on_hyphens=False)
    return lines or [head.rstrip()]
