"""Logins: how many may be sent, what their answers mean, and what is remembered of them."""

import asyncio
import copy
from collections.abc import Awaitable, Callable

import msgspec

from finicity_async._pipeline.call import Call, Layer
from finicity_async._pipeline.responding import read_response
from finicity_async._pipeline.stores import GuardedStore
from finicity_async.auth import CREATE_TOKEN, Credentials, LoginRecord, digest, fits_a_header
from finicity_async.errors import (
    AuthenticationError,
    ConfigurationError,
    FinicityError,
    PayloadError,
    StatusError,
    TransportError,
    is_vendor_number,
)
from finicity_async.events import LoggedIn, LoginRefused, Notifier
from finicity_async.models import AccessToken, PartnerCredentials
from finicity_async.models.common import read_error
from finicity_async.operation import Request, Response

MOST_UNANSWERED = 3
"""Logins without a clear answer with a secret that never worked: five failures lock the partner, so two are spared."""
_FIRST_DISTANCE = 30.0
_LONGEST_DISTANCE = 900.0
"""Seconds between the logins of a secret that worked before, doubled each time: an outage ends within minutes or hours,
and a quarter of an hour is the longest that a session stays without a token after it."""
_CHECK = (
    "Check FINICITY_APP_KEY, FINICITY_PARTNER_ID and FINICITY_PARTNER_SECRET, and ask the vendor whether the partner "
    "is locked."
)
_ADVICE = "Then call session.retry_login()."


class Logins:
    """
    The one place through which logins pass: one at a time, counted before they are sent, and none after a refusal.

    Args:
        credentials: What to log in with.
        store: Keeps the count, for all who share it.
        begin: Returns the call of a login.
        send: Sends it through all layers.
        notifier: Hears of logins.

    Attributes:
        credentials: What is logged in with.
        refused: The error after which no login is sent, or None; it is never raised itself, and so has no frames.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        store: GuardedStore,
        begin: Callable[[Request[AccessToken]], Call],
        send: Callable[[Call], Awaitable[AccessToken]],
        notifier: Notifier,
    ) -> None:
        self.credentials = credentials
        self._store = store
        self._begin = begin
        self._send = send
        self._notifier = notifier
        self._turn = asyncio.Lock()
        self._call: Call | None = None
        self.refused: AuthenticationError | None = None

    def check(self) -> None:
        """Raise the refusal of an earlier login, if there was one: the vendor locks a partner after five."""
        if self.refused is not None:
            raise copy.copy(self.refused)

    def use_secret(self, new_secret: str) -> None:
        """Log in with another partner secret from now on."""
        old = self.credentials
        self.credentials = Credentials(old.app_key, old.partner_id, new_secret, old.app_token)
        self.refused = None
        if new_secret == old.partner_secret:  # What others know of a secret that is new here holds here, too.
            self.retry()

    def retry(self) -> None:
        """Let logins be sent again with the present secret, as if there had been none."""
        self.refused = None
        self._store.forget_logins(self.credentials.fingerprint())

    async def log_in(self) -> AccessToken:
        """
        Log in, inside the lock of the store.

        Raises:
            AuthenticationError: This login was refused, or no further one may be sent; then nothing was.
            TransportError: The answer was lost, or it is too early for another login with this secret.
        """
        async with self._turn:
            self.check()
            credentials = self.credentials
            if credentials.partner_id is None or credentials.partner_secret is None:
                raise ConfigurationError(
                    "CreateToken: logging in needs partner_id and partner_secret; the session has an app_token alone"
                )
            await self._check_distance(credentials.fingerprint())
            body = PartnerCredentials(partner_id=credentials.partner_id, partner_secret=credentials.partner_secret)
            self._call = call = self._begin(CREATE_TOKEN.request(body=body))
            access = await self._send(call)
            self._notifier.notify(LoggedIn(call.number, CREATE_TOKEN.operation_id))
            return access

    async def pass_on(self, call: Call, below: Layer) -> Response:
        """
        Send a login once, as the layers do. One that the user made out of the row has to wait for its turn.

        Raises:
            AuthenticationError: It was refused, or it may not be sent.
        """
        if call is self._call:
            return await self._send_counted(call, below)
        async with self._store.login_lock(), self._turn:
            self.check()
            await self._check_distance(self._fingerprint(call))
            return await self._send_counted(call, below)

    async def _check_distance(self, fingerprint: str) -> None:
        """Raise while the next login with a secret that worked before has to wait, after several without an answer."""
        record, age = await self._store.load_logins(fingerprint)
        left = _distance(record) - age
        if left > 0:
            name = CREATE_TOKEN.operation_id
            text = (
                f"{name}: the last {record.unanswered} logins had no clear answer; the next one may be sent in "
                f"{left:.0f} s. Nothing was sent."
            )
            raise TransportError(text, operation=name, sent=False, retryable=True)

    async def _send_counted(self, call: Call, below: Layer) -> Response:
        """Send a login that counts as unanswered from before it is sent until its answer is there."""
        fingerprint = self._fingerprint(call)
        reserved = await self._reserve(fingerprint)
        sent_before = call.attempts
        try:
            response = await below.send(call)
            _check_token(call, response)
        except (Exception, asyncio.CancelledError) as error:
            record = _after(reserved, error) if call.attempts > sent_before else _given_back(reserved)
            refusal = _refusal(record, error) if _is_final(record) else None
            if refusal is not None:
                self._remember(fingerprint, refusal)  # Before the wait for the store, which may be cancelled.
            await self._store.end_login(fingerprint, record)
            if refusal is None or not isinstance(error, FinicityError):
                raise
        else:
            await self._store.end_login(fingerprint, LoginRecord(accepted=True, status=response.status))
            return response
        self._notifier.notify(LoginRefused(call.number, CREATE_TOKEN.operation_id, refusal))
        try:
            raise refusal
        finally:
            del refusal  # It would keep this frame, and the frame the request, until the garbage collector comes.

    async def _reserve(self, fingerprint: str) -> LoginRecord:
        record, _ = await self._store.load_logins(fingerprint)
        if _is_final(record):
            refusal = _kept_refusal(record)
            self._remember(fingerprint, refusal)
            raise refusal
        reserved = msgspec.structs.replace(record, unanswered=record.unanswered + 1)
        await self._store.reserve_login(fingerprint, reserved)
        return reserved

    def _remember(self, fingerprint: str, refusal: AuthenticationError) -> None:
        """Remember a refusal, unless it is that of another secret or of one that has been replaced meanwhile."""
        if fingerprint == self.credentials.fingerprint():
            self.refused = copy.copy(refusal)

    def _fingerprint(self, call: Call) -> str:
        """Return the fingerprint of the secret that a login sends."""
        try:
            sent = msgspec.json.decode(call.request.body or b"", type=PartnerCredentials)
        except msgspec.MsgspecError:  # The row of a user's own, with another body.
            return self.credentials.fingerprint()
        return digest(self.credentials.app_key, sent.partner_id, sent.partner_secret)


def _distance(record: LoginRecord) -> float:
    """Return the seconds from the last login to the next one: none for the first three, then ever more."""
    more = record.unanswered - MOST_UNANSWERED
    return 0.0 if more < 0 or not record.accepted else min(_LONGEST_DISTANCE, _FIRST_DISTANCE * 2.0 ** min(more, 9))


def _is_final(record: LoginRecord) -> bool:
    """Return whether no further login may be sent."""
    return record.refusal is not None or (not record.accepted and record.unanswered >= MOST_UNANSWERED)


def _check_token(call: Call, response: Response) -> None:
    access = read_response(call.request.into(AccessToken), response)
    if not fits_a_header(access.token):
        text = "CreateToken was answered with a token that is empty or that no header can carry; try again later"
        raise PayloadError(text, operation=CREATE_TOKEN.operation_id, status=response.status)


def _given_back(reserved: LoginRecord) -> LoginRecord:
    return msgspec.structs.replace(reserved, unanswered=reserved.unanswered - 1)


def _after(reserved: LoginRecord, error: BaseException) -> LoginRecord:
    """Return the record after a login that failed: not counted, refused, or still without a clear answer."""
    status = getattr(error, "status", None)
    if status == 429 or not getattr(error, "sent", True):
        return _given_back(reserved)
    code = _code(error)
    if status not in (None, 408) and (400 <= status < 500 or is_vendor_number(code)):
        return LoginRecord(refusal=_refusal_text(error, status, code), status=status, code=code)
    return msgspec.structs.replace(reserved, status=status)


def _code(error: BaseException) -> str | None:
    """Return the code in an answer, whatever its status: a 200 may carry one in place of a token."""
    if isinstance(error, StatusError):
        return error.code
    return read_error(error.body).code if isinstance(error, PayloadError) else None


def _refusal_text(error: BaseException, status: int, code: str | None) -> str:
    is_masked = isinstance(error, StatusError)
    what = str(error).split(". ")[0] if is_masked else f"CreateToken was answered {status} (code {code})"
    return (
        f"{what}. The login was refused and this session sends no other, because the vendor locks a partner after five "
        f"failed logins. {_CHECK}"
    )


def _unanswered_text(record: LoginRecord) -> str:
    last = "was lost" if record.status is None else f"had status {record.status}"
    return (
        f"CreateToken: {record.unanswered} logins had no clear answer (the last one {last}), so each may have failed. "
        "This session sends no other, because the vendor locks a partner after five failed logins. The count is kept "
        f"with the token: without a shared store, a restart begins anew. {_CHECK}"
    )


def _kept_refusal(record: LoginRecord) -> AuthenticationError:
    """Return the error that a record stands for."""
    text = record.refusal or _unanswered_text(record)
    name = CREATE_TOKEN.operation_id
    return AuthenticationError(text, operation=name, status=record.status, code=record.code, advice=_ADVICE)


def _refusal(record: LoginRecord, error: BaseException) -> AuthenticationError:
    """Return the error that a record stands for, with all that the answer said; what it says of banks is not meant."""
    refusal = _kept_refusal(record)
    if isinstance(error, StatusError):
        refusal.__dict__.update(error.__dict__, retryable=False, aggregation=None, advice=_ADVICE)
    return refusal
