"""Who may read and write what: the one place. Refused by default.

Promise 8: no row outside its scope. Permission is judged by the grant in force at the author's base, not at arrival.
"""

from typing import Any

from msgspec import Struct

from sync.model import KINDS

OFFICE_ROLES = frozenset({"administrator", "manager", "dispatcher", "storekeeper", "supervisor"})
STAFF_ROLES = OFFICE_ROLES | {"engineer", "viewer"}


class Grant(Struct, frozen=True, kw_only=True):
    """What one person may do from one seq on."""

    user: str
    role: str
    sites: frozenset[str] = frozenset()
    all_sites: bool = False
    active: bool = True

    def holds(self, site: str) -> bool:
        """Whether the grant covers a site."""
        return self.active and (self.all_sites or site in self.sites)


class SiteRef(Struct, frozen=True, kw_only=True):
    """A site and its customer: what scopes need of it."""

    site: str
    customer: str


def read_scopes(grant: Grant, sites: list[SiteRef], install: str | None) -> list[str]:
    """The scopes a person reads, sorted. `sites`: all sites of the centre, or those of the grant."""
    if not grant.active:
        return []
    scopes = {f"user:{grant.user}"}
    if install:
        scopes.add(f"install:{install}")
    office = grant.role in OFFICE_ROLES
    if grant.role in STAFF_ROLES:
        scopes.add("company")
    if office:
        scopes.add("office")
    for ref in sites:
        if grant.holds(ref.site):
            scopes.update((f"site:{ref.site}", f"customer:{ref.customer}"))
            if office:
                scopes.add(f"office:{ref.site}")
    return sorted(scopes)


def may_read(grant: Grant, scopes: tuple[str, ...], sites: dict[str, str]) -> bool:
    """Whether a person may read a record held by `scopes`. `sites`: site id -> customer id."""
    if not grant.active:
        return False
    for scope in scopes:
        word, _, ref = scope.partition(":")
        if (
            (word == "company" and grant.role in STAFF_ROLES)
            or (word == "office" and grant.role in OFFICE_ROLES and (not ref or grant.holds(ref)))
            or (word == "site" and grant.holds(ref))
            or (word == "user" and ref == grant.user)
            or (word == "customer" and (grant.all_sites or any(sites.get(site) == ref for site in grant.sites)))
        ):
            return True
    return False


def may_write(grant: Grant, kind: str, before: dict[str, Any] | None, after: dict[str, Any], record: str) -> str:
    """ "" when the person may make this change, else the reason.

    `before` and `after` are the merged values around the change; a record that moves needs both sites.
    """
    rule = KINDS[kind]
    if not grant.active:
        return "the account is not active"
    if grant.role not in rule.roles:
        return f"role {grant.role} may not write {kind}"
    for doc in (before, after):
        if doc is None:
            continue
        site = record if kind == "site" else doc.get("site")
        if kind in ("site", "customer") and before is None and grant.all_sites:
            continue
        if kind == "customer":
            if not grant.all_sites:
                return "customers are written by people with all sites"
        elif site is not None and not grant.holds(site):
            return "a site outside the person's assignment"
    return ""
