"""Sessions on a running sandbox: an action changes the session, and its events are delivered one by one."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from finicity_async.sandbox.connecting.bank import StateBank
from finicity_async.sandbox.connecting.delivery import SentEvent
from finicity_async.sandbox.connecting.institutions import (
    DEFAULT_PROFILE,
    PROFILES,
    SECOND_FACTOR_PROFILE,
    Profile,
)
from finicity_async.sandbox.connecting.links import Link, LinkRefusedError
from finicity_async.sandbox.connecting.session import COMPLETE, Event, Session
from finicity_async.sandbox.data import ACCOUNT_TYPES
from finicity_async.sandbox.refreshes import Account
from finicity_async.sandbox.state import State

Outcome = Literal["added", "mfa", "cancelled", "failed", "invalid_credentials"]
Action = Callable[[Session], list[Event]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedSession:
    """
    A session that is over.

    Attributes:
        events: What was sent to the webhook, with its answers; empty for a link without one.
        accounts: The accounts that the customer has added, as on the wire; empty unless it ended well.
        code: The code that the browser brings to ``redirect_uri``: 200, 100 after a cancellation, 500 after an error.
        reason: The reason that it brings: ``"complete"``, ``"exit"`` or ``"error"``.
    """

    events: tuple[SentEvent, ...]
    accounts: tuple[Account, ...] = field(repr=False)
    code: int
    reason: str


class RunningSession:
    """
    A session whose events are delivered.

    Args:
        state: The state of the sandbox.
        link: The link that opened it.
        profiles: Who can sign in.
        fails: Whether the institution fails, whichever it is.

    Attributes:
        link: The link.
        session: The session.
        sent: The events that were sent.
    """

    def __init__(
        self, state: State, link: Link, *, profiles: Sequence[Profile] = PROFILES, fails: bool = False
    ) -> None:
        self._state = state
        self.link = link
        bank = StateBank(state, link.purpose.customer_id)
        self.session: Session = Session(link.purpose, bank, profiles=profiles, fails=fails)
        self.sent: list[SentEvent] = []
        self._lock = asyncio.Lock()

    async def do(self, action: Action) -> None:
        """
        Carry out an action and deliver its events; actions of one session wait for each other, so events keep order.

        Raises:
            LinkRefusedError: The link has ended since, or its customer.
        """
        async with self._lock:
            if self.session.ending is not None:
                return
            self._state.links.check(self.link)
            if self.link.purpose.customer_id not in self._state.customers:
                raise LinkRefusedError("The customer of the link was deleted")
            events = action(self.session)
            if self.session.ending is COMPLETE:
                self._state.links.spend(self.link)
            for event in events:
                await self._send(event)

    async def _send(self, event: Event) -> None:
        webhook = self.link.purpose.webhook
        if webhook is None:
            return
        purpose, secret = self.link.purpose, self._state.partner.credentials.partner_secret or ""
        event_id = f"{int(self._state.clock() * 1000)}-{self._state.new_secret()[:24]}"
        body = {"customerId": purpose.customer_id}
        body |= {} if purpose.consumer_id is None else {"consumerId": purpose.consumer_id}
        members = {**body, "eventType": event.event_type, "eventId": event_id, "payload": event.payload}
        data = {} if webhook.data is None else {"webhookData": webhook.data}
        self.sent.append(await self._state.outbox.post(webhook, secret, members | data))


async def play(
    state: State,
    url: str,
    *,
    outcome: Outcome,
    institution: str,
    account_types: Iterable[str] | None,
) -> PlayedSession:
    """
    Play a whole session; the arguments are those of ``Sandbox.connect``.

    Raises:
        LinkRefusedError: The link opens no session.
        ValueError: An argument is none of the values that it may have.
    """
    if outcome not in _SCRIPTS:
        raise ValueError(f"outcome {outcome!r} is none of {', '.join(_SCRIPTS)}")
    profile = _profile(outcome, account_types)
    link = state.links.open(url)
    if StateBank(state, link.purpose.customer_id).institution(institution) is None:
        raise ValueError(f"There is no institution {institution}")
    running = RunningSession(state, link, profiles=[profile], fails=outcome == "failed")
    for action in (_start, lambda session: session.choose(institution), *_SCRIPTS[outcome](profile), _leave):
        await running.do(action)
    ending = running.session.ending
    assert ending is not None  # noqa: S101 -- _leave ended it at the latest
    return PlayedSession(
        events=tuple(running.sent), accounts=tuple(running.session.added), code=ending.code, reason=ending.reason
    )


def _profile(outcome: Outcome, account_types: Iterable[str] | None) -> Profile:
    profile = SECOND_FACTOR_PROFILE if outcome == "mfa" else DEFAULT_PROFILE
    if account_types is None:
        return profile
    types = tuple(account_types)
    if not types or not set(types) <= set(ACCOUNT_TYPES):
        raise ValueError(f"accounts are one or more of {', '.join(ACCOUNT_TYPES)}")
    return replace(profile, username="profile_of_a_test", account_types=types)


def _start(session: Session) -> list[Event]:
    return session.start()


def _leave(session: Session) -> list[Event]:
    return session.leave()


def _add_all(session: Session) -> list[Event]:
    return session.add([account["id"] for account in session.accounts])


def _sign_in(profile: Profile) -> Action:
    return lambda session: session.sign_in(profile.username, profile.password)


def _answer(profile: Profile) -> Action:
    return lambda session: session.answer(profile.code or "")


_SCRIPTS: dict[str, Callable[[Profile], list[Action]]] = {
    "added": lambda profile: [_sign_in(profile), _add_all],
    "mfa": lambda profile: [_sign_in(profile), _answer(profile), _add_all],
    "cancelled": lambda profile: [_sign_in(profile)],
    "failed": lambda profile: [_sign_in(profile)],
    "invalid_credentials": lambda profile: [lambda session: session.sign_in(profile.username, "wrong")],
}
"""Outcome -> what the customer does after choosing the institution and before leaving."""
