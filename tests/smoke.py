"""Start the installed demo in a real terminal, see a run, quit: `python -m tests.smoke PATH_OF_DQMTUI`."""

from __future__ import annotations

import sys

from tests.terminal import Terminal


def main(program: str) -> int:
    """Give 0 when the program showed a run number and ended with exit code 0."""
    with Terminal([program, "demo"], width=80, height=24) as terminal:
        terminal.wait_for("381151")
        terminal.press("q")
        code = terminal.wait_for_end()
    sys.stdout.write(f"a run number came on screen, q ended with exit code {code}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
