"""Handlers of the Accounts (Simple) operations: the answers of the Accounts operations with fewer members."""

from functools import partial
from typing import Any

import msgspec

from finicity_async.endpoints import accounts as whole
from finicity_async.endpoints import accounts_simple as simple
from finicity_async.models._decoding import wire_names
from finicity_async.models.accounts_simple import CustomerAccountSimple
from finicity_async.operation import Operation
from finicity_async.sandbox import accounts
from finicity_async.sandbox.refreshes import Account
from finicity_async.sandbox.requests import Handler, IncomingRequest
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_NAMES = wire_names(CustomerAccountSimple)


async def _answer(state: State, request: IncomingRequest, *, as_whole: Operation[Any]) -> Response:
    body = msgspec.json.decode((await accounts.HANDLERS[as_whole](state, request)).body)
    if "accounts" in body:
        return json_response({"accounts": [_simple(record) for record in body["accounts"]]})
    return json_response(_simple(body))


def _simple(record: Account) -> Account:
    return {name: record[name] for name in _NAMES if name in record}


HANDLERS: dict[Operation[Any], Handler] = {
    simple.GET_CUSTOMER_ACCOUNTS_SIMPLE: partial(_answer, as_whole=whole.GET_CUSTOMER_ACCOUNTS),
    simple.GET_CUSTOMER_ACCOUNT_SIMPLE: partial(_answer, as_whole=whole.GET_CUSTOMER_ACCOUNT),
    simple.GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION_SIMPLE: partial(
        _answer, as_whole=whole.GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION
    ),
    simple.GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN_SIMPLE: partial(
        _answer, as_whole=whole.GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN
    ),
}
