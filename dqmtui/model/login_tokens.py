"""The tokens of a login, which show themselves to nobody."""

from __future__ import annotations

from dataclasses import dataclass, field

from dqmtui.model.secrets import keep_secret

_USED_FRACTION = 0.9
_SPARE_S = 60.0


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What is sent with a request; times in seconds since the epoch, `expires_at` after `issued_at`.

    Its value is removed from every text from now on.
    """

    value: str = field(repr=False)
    issued_at: float
    expires_at: float

    def __post_init__(self) -> None:
        keep_secret(self.value)

    @property
    def used_up_at(self) -> float:
        """From when on it may expire on its way: 60 s before its end, or half of its life if that is less."""
        return max((self.issued_at + self.expires_at) / 2, self.expires_at - _SPARE_S)

    @property
    def renew_at(self) -> float:
        """When to replace it: at 90 % of the time before it is used up."""
        return self.issued_at + _USED_FRACTION * (self.used_up_at - self.issued_at)


@dataclass(frozen=True, slots=True)
class LoginTokens:
    """What a person's login gave: a token to send, and one that gets the next without asking the person.

    `refresh_expires_at` is None where the login has no known end.
    """

    access: AccessToken
    refresh_token: str = field(repr=False)
    refresh_expires_at: float | None

    def __post_init__(self) -> None:
        keep_secret(self.refresh_token)

    def ended(self, now: float) -> bool:
        """Return whether only the person can get another token."""
        return self.refresh_expires_at is not None and now >= self.refresh_expires_at
