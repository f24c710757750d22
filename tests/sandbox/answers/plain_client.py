"""A client that has never heard of this library, and the IDs of the vendor's examples."""

import json
from dataclasses import dataclass
from typing import Any

import aiohttp

from finicity_async import Sandbox

CUSTOMER, ACCOUNT, LOGIN, INSTITUTION = "1005061234", "5011648377", "1007302745", "4222"
SECOND_CUSTOMER = "1005061235"
PARTNERS = "/aggregation/v2/partners/authentication"
CUSTOMERS = "/aggregation/v1/customers"
ACCOUNTS = f"{CUSTOMERS}/{CUSTOMER}/accounts"
ACCOUNTS_V2 = f"/aggregation/v2/customers/{CUSTOMER}/accounts"
LOGINS = f"{CUSTOMERS}/{CUSTOMER}/institutionLogins"
LOGINS_V2 = f"/aggregation/v2/customers/{CUSTOMER}/institutionLogins"


@dataclass(frozen=True)
class Answer:
    """What came back; ``json`` is None where the body is no JSON."""

    status: int
    kind: str
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text) if self.kind == "application/json" else None

    @property
    def code(self) -> Any:
        return self.json["code"]

    @property
    def accounts(self) -> list[dict[str, Any]]:
        assert self.status == 200
        accounts: list[dict[str, Any]] = self.json["accounts"]
        return accounts


class Client:
    """Sends plain requests with the headers that are set."""

    def __init__(self, http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
        self._http = http
        self._sandbox = sandbox
        self.headers = {"Finicity-App-Key": sandbox.credentials.app_key}

    async def __call__(self, method: str, path: str, **options: Any) -> Answer:
        url = self._sandbox.url + path
        async with self._http.request(method, url, headers=self.headers, **options) as response:
            return Answer(response.status, response.content_type, await response.text())

    async def log_in(self, partner_id: str | None = None, partner_secret: str | None = None) -> Answer:
        """Log in, with the right values where none are given, and send the token from now on."""
        credentials = self._sandbox.credentials
        body = {
            "partnerId": partner_id or credentials.partner_id,
            "partnerSecret": partner_secret or credentials.partner_secret,
        }
        answer = await self("POST", PARTNERS, json=body)
        if answer.status == 200:
            self.headers["Finicity-App-Token"] = answer.json["token"]
        return answer
