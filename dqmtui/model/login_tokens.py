"""The tokens of a login, which show themselves to nobody."""

from __future__ import annotations

from dataclasses import dataclass, field

_USED_FRACTION = 0.9
_SPARE_S = 60.0


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What is sent with a request; times in seconds since the epoch, `expires_at` after `issued_at`."""

    value: str = field(repr=False)
    issued_at: float
    expires_at: float

    @property
    def renew_at(self) -> float:
        """When to replace it: at 90 % of its life, or 60 s before its end if that is earlier.

        A token that lives for less than two minutes is used for half of its life, not replaced all the time.
        """
        life_s = self.expires_at - self.issued_at
        early = min(self.issued_at + _USED_FRACTION * life_s, self.expires_at - _SPARE_S)
        return max(self.issued_at + life_s / 2, early)


@dataclass(frozen=True, slots=True)
class LoginTokens:
    """What a person's login gave: a token to send, and one that gets the next without asking the person.

    `refresh_expires_at` is None where the login has no known end.
    """

    access: AccessToken
    refresh_token: str = field(repr=False)
    refresh_expires_at: float | None

    def ended(self, now: float) -> bool:
        """Return whether only the person can get another token."""
        return self.refresh_expires_at is not None and now >= self.refresh_expires_at
