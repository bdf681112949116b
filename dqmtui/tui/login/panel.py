"""The login layer: address, code and QR code over the panes, while the login service is asked."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static

from dqmtui.tui.clipboard import TooLongError, copy
from dqmtui.tui.login.view import LoginView, Phase, arranged, painted
from dqmtui.tui.widgets.layer import Layer

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.text import Text
    from textual.app import ComposeResult
    from textual.worker import Worker

    from dqmtui.services.errors import ServiceName
    from dqmtui.store.settings import Settings
    from dqmtui.tui.look import Look

_BEGINNING = LoginView(Phase.ASKING)
_TITLE_OF_OMS = "Log in to OMS, which has a login of its own"


class LoginPanel(Layer, can_focus=True):
    """Logs a person in; the panes behind it stay as they are, and loads go on."""

    DEFAULT_CSS = """
    LoginPanel {
        border: round $primary;
        padding: 0 1;
        & Static { width: auto; height: auto; background: $panel; }
        & Horizontal { width: auto; height: auto; background: $panel; }
        & #login-qr { margin-right: 2; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "Cancel", show=False, priority=True),
        Binding("u", "copy_address", "Copy the address", show=False, priority=True),
        Binding("c", "copy_code", "Copy the code", show=False, priority=True),
        Binding("n,enter", "start_anew", "Start anew", show=False, priority=True),
    ]

    stays = True

    @dataclass
    class Ended(Message):
        """The layer was closed: after a login to a service, or in whichever phase the person gave up."""

        service: ServiceName
        phase: Phase

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._service: ServiceName = "DIALS"
        self._settings: Settings | None = None
        self._notify: Callable[[str], None] = lambda _: None
        self._look: Look | None = None
        self._login: Worker[None] | None = None
        self._view = _BEGINNING
        self._said = ""
        self._qr: Text | None = None
        self._shown: dict[str, Text | None] = {}

    def compose(self) -> ComposeResult:
        """Lay out what to do over the QR code and, beside it, the rest."""
        yield Static(id="login-head", markup=False)
        with Horizontal():
            yield Static(id="login-qr", markup=False)
            yield Static(id="login-side", markup=False)

    @property
    def view(self) -> LoginView:
        """What is shown of the login."""
        return self._view

    @property
    def service(self) -> ServiceName:
        """What the person logs in to."""
        return self._service

    def open(
        self, service: ServiceName, settings: Settings, notify: Callable[[str], None], look: Look
    ) -> None:
        """Begin to log in to a service; `notify` gets sentences about the file that keeps the login."""
        self._service, self._settings, self._notify, self._look = service, settings, notify, look
        # who has just logged in to DIALS may wonder what else there is to log in to
        self.border_title = "Log in to DIALS" if service == "DIALS" else _TITLE_OF_OMS
        self.display = True
        self.screen.set_focus(self)
        self._begin()

    def hide(self) -> None:
        """Give the login up and take the layer off the screen."""
        if self._login is not None:
            self._login.cancel()
            self._login = None
        super().hide()

    def _begin(self) -> None:
        self._show(_BEGINNING)
        self._login = self.run_worker(self._log_in(), name="login", group="login", exclusive=True)

    async def _log_in(self) -> None:
        # brings the modules of the login service, which the first frame does not wait for
        from dqmtui.tui.login.flow import login_views  # noqa: PLC0415 - see above

        if self._settings is None:
            return
        async with aclosing(login_views(self._settings, self._service, self._notify)) as views:
            async for view in views:
                self._show(view)
        if self._view.phase is Phase.LOGGED_IN:
            self._login = None
            self._close()

    def _show(self, view: LoginView) -> None:
        if view.url != self._view.url:
            self._qr = self._qr_code(view.url)
        if view.phase is not self._view.phase:
            self._said = ""
        self._view = view
        self.fit()

    def _qr_code(self, url: str) -> Text | None:
        from dqmtui.render.qr import qr_lines  # noqa: PLC0415 - only a login needs it

        if not url or self._look is None:
            return None
        try:
            return painted(qr_lines(url, self._look.charset.name))
        except ValueError:
            # an address too long for any code can still be opened
            return None

    def change_look(self, look: Look) -> None:
        """Draw it in other colours."""
        self._look = look
        self.fit()

    def fit(self) -> None:
        """Arrange what is shown in the room that the screen has now."""
        if self._look is None or not self.is_open:
            return
        room = self.screen.size
        made = arranged(self._view, self._said, self._qr, (room.width, room.height), self._look)
        self.styles.width, self.styles.height = made.width, made.height
        self.styles.padding = (made.padding, 1)
        self.styles.offset = (0, (room.height - made.height) // 2)
        self._put("#login-head", made.head)
        self._put("#login-side", made.side)
        self._put("#login-qr", made.qr)

    def _put(self, place: str, text: Text | None) -> None:
        """Show a text in its place, unless it stands there: the countdown shall not draw the code anew."""
        if place not in self._shown or text != self._shown[place]:
            self._shown[place] = text
            self.query_one(place, Static).update(text or "")
            self.query_one(place).display = bool(text)

    def action_copy_address(self) -> None:
        """Copy the address."""
        self._copy(self._view.url, "The address has")

    def action_copy_code(self) -> None:
        """Copy the code."""
        self._copy(self._view.user_code, "The code has")

    def _copy(self, text: str, what: str) -> None:
        if not text:
            return
        try:
            copy(self.app, text, what, self._say)
        except TooLongError as error:
            self._say(str(error))

    def _say(self, words: str) -> None:
        """Answer a key."""
        self._said = words
        self.fit()

    def action_start_anew(self) -> None:
        """Ask for another code, once nothing can come of the last one."""
        if self._view.phase is Phase.FAILED:
            self._begin()

    def action_close(self) -> None:
        """Give up."""
        self._close()

    def _close(self) -> None:
        self.hide()
        self.post_message(self.Ended(self._service, self._view.phase))
