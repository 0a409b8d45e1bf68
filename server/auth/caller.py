"""Who is calling, and what they may see."""

from msgspec import Struct

from server.errors import Problem
from sync.access import Grant

READ_ALL = "read:*"
WRITE_ALL = "write:*"


class Caller(Struct, frozen=True, kw_only=True):
    """A person, on an install with a session, or through an API token (then `install` and `session` are None).

    Role and sites are those of the merged user record at the time of the request.
    """

    user: str
    role: str
    sites: frozenset[str]
    all_sites: bool
    install: str | None
    session: str | None
    via: str
    """invitation, passkey, pin: how the session began; or token."""
    scopes: frozenset[str] | None = None
    """What the API token may do; None for a session, which may do whatever the person may."""
    token: str | None = None
    """Id of the API token."""

    @property
    def grant(self) -> Grant:
        """The same as the sync core knows it."""
        return Grant(user=self.user, role=self.role, sites=self.sites, all_sites=self.all_sites)

    def require(self, *roles: str) -> None:
        """Raise `forbidden` unless the person has one of these roles."""
        if self.role not in roles:
            raise Problem("forbidden", needed=", ".join(sorted(roles)))

    def holds(self, site: str) -> bool:
        """Whether the person is assigned to a site."""
        return self.all_sites or site in self.sites

    def require_site(self, site: str) -> None:
        """Raise `forbidden_site` unless the person is assigned to this site."""
        if not self.holds(site):
            raise Problem("forbidden_site")

    def may(self, action: str, kind: str) -> bool:
        """Whether the API token allows `read` or `write` of a record kind; always true for a session."""
        return self.scopes is None or f"{action}:*" in self.scopes or f"{action}:{kind}" in self.scopes

    def require_scope(self, action: str, kind: str) -> None:
        """Raise `token_scope` unless `may(action, kind)`."""
        if not self.may(action, kind):
            raise Problem("token_scope", needed=f"{action}:{kind}")
