"""`dqmtui completion`, and what a shell gets when it completes a line.

The scripts ask the program itself, which answers out of the command table and the cache on disk.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
)

from dqmtui.cli.exits import Exit
from dqmtui.cli.main import COMPLETION
from dqmtui.cli.output import put
from dqmtui.cli.talk import NAME

if TYPE_CHECKING:
    from collections.abc import Callable

# As click's own script, except that every value is quoted: names come from servers, and bash would expand
# what stands in them, take them apart at spaces, and run it when the line is entered. Within quotes that the
# person has opened there is no quoting, so that names with other than harmless characters are left out there.
_BASH = """\
%(complete_func)s() {
    local IFS=$'\\n' response type value
    local word="${COMP_WORDS[COMP_CWORD]}" harmless='^[A-Za-z0-9_./+:@%%,#= ()-]+$'

    response=$(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD \
%(complete_var)s=bash_complete "$1" 2> /dev/null)

    while IFS=',' read -r type value; do
        if [[ $type == 'dir' ]]; then
            compopt -o dirnames
        elif [[ $type == 'file' ]]; then
            compopt -o default
        elif [[ $type == 'plain' && $word == [\\"\\']* ]]; then
            [[ $value =~ $harmless ]] && COMPREPLY+=("$value")
        elif [[ $type == 'plain' ]]; then
            printf -v value '%%q' "$value"
            COMPREPLY+=("$value")
        fi
    done <<< "$response"

    return 0
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class _Answers(ShellComplete):
    """Answers a shell without a word to the person: whatever goes wrong is no completion."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Give the completions that can stand on a line."""
        found: list[CompletionItem[str]] = []
        with suppress(click.ClickException, OSError, ValueError):
            found = super().get_completions(args, incomplete)
        return [item for item in found if str(item.value).isprintable()]


class Bash(_Answers, BashComplete):
    """Answers bash."""

    source_template = _BASH


class Zsh(_Answers, ZshComplete):
    """Answers zsh."""


class Fish(_Answers, FishComplete):
    """Answers fish."""


SHELLS: dict[str, type[ShellComplete]] = {"bash": Bash, "zsh": Zsh, "fish": Fish}


def answer(program: click.Group, instruction: str) -> int:
    """Answer the script of a shell, `bash_complete`, or give it, `bash_source`; gives the exit code."""
    shell, _, wanted = instruction.partition("_")
    if shell in SHELLS and wanted == "source":
        put(script(shell))
    elif shell in SHELLS and wanted == "complete":
        with suppress(KeyError):  # a variable that the scripts set
            found = SHELLS[shell](program, {}, NAME, COMPLETION).complete()
            put(f"{found}\n" if found else "")
    else:
        return Exit.USAGE
    return Exit.OK


def script(shell: str) -> str:
    """Give the script that teaches a shell to complete the lines of the program."""
    answers = SHELLS[shell](click.Group(NAME), {}, NAME, COMPLETION)
    # click would start bash only to look for its version
    return ShellComplete.source(answers)


def show(_shared: object, _start_tui: Callable[[Any], int], *, shell: str) -> None:
    """Print the script of a shell."""
    put(script(shell))
