"""The handler of the Pay Statements operation: a file that is found again by its asset ID."""

from base64 import b64decode
from binascii import Error
from typing import Any

from finicity_async.endpoints import pay_statements
from finicity_async.operation import Operation
from finicity_async.sandbox.customers import customer_in_path
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State


async def _store_customer_pay_statement(state: State, request: IncomingRequest) -> Response:
    customer_id, body = customer_in_path(state, request), request.members()
    label, statement = body.get("label"), body.get("statement")
    if not (isinstance(label, str) and label and isinstance(statement, str) and statement):
        raise RefusalError("10005")
    try:
        file = b64decode(statement, validate=True)
    except (Error, ValueError):
        raise RefusalError("14020") from None
    asset_id = state.new_uuid()
    state.pay_statements[customer_id, asset_id] = file
    return json_response({"assetId": asset_id})


HANDLERS: dict[Operation[Any], Handler] = {pay_statements.STORE_CUSTOMER_PAY_STATEMENT: _store_customer_pay_statement}
