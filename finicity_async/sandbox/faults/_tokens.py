"""Faults of the login: tokens that are no longer valid, a partner that is locked."""

import math
from typing import Literal

from finicity_async.sandbox.faults._base import Fault, Match
from finicity_async.sandbox.state import LOGINS_UNTIL_LOCK


class ExpiredToken(Fault, frozen=True, kw_only=True, tag="expired_token"):
    """The token of the request has just expired: 401 with 10023, until the partner logs in again."""

    def prepare(self, match: Match) -> None:
        """Make the token older than two hours."""
        if token := _token(match):
            match.state.partner.tokens[token] = -math.inf


class RevokedToken(Fault, frozen=True, kw_only=True, tag="revoked_token"):
    """The token of the request has been revoked: 401 with 10022, until the partner logs in again."""

    def prepare(self, match: Match) -> None:
        """Revoke the token."""
        if token := _token(match):
            del match.state.partner.tokens[token]
            match.state.partner.revoked.add(token)


def _token(match: Match) -> str | None:
    token = match.request.headers.get("Finicity-App-Token")
    return token if token in match.state.partner.tokens else None


class LockedPartner(Fault, frozen=True, kw_only=True, tag="locked_partner"):
    """The vendor has locked the partner after failed logins: from this login on every one is 401 with 10021."""

    operation: Literal["CreateToken", "ModifyPartnerSecret"] = "CreateToken"
    """The login that finds the partner locked: CreateToken or ModifyPartnerSecret."""

    def prepare(self, match: Match) -> None:
        """Lock the partner."""
        match.state.partner.failed_logins = LOGINS_UNTIL_LOCK
