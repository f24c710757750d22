"""Keys for third parties in the sandbox: made, replaced and revoked, and secret in every text."""

from datetime import UTC, datetime
from typing import Any

import pytest

from finicity_async import AsyncSession, NotFoundError, Operation, Sandbox, StatusError
from finicity_async.endpoints.third_party_access import (
    GENERATE_THIRD_PARTY_ACCESS_KEY,
    REVOKE_THIRD_PARTY_ACCESS_KEY,
    UPDATE_THIRD_PARTY_ACCESS_KEY,
    generate_third_party_access_key,
    revoke_third_party_access_key,
    update_third_party_access_key,
)
from finicity_async.models.third_party_access import (
    ThirdPartyAccessKeyData,
    ThirdPartyAccessPeriod,
    ThirdPartyAccessProduct,
    ThirdPartyAccessProvenance,
)
from tests.vendor.document import document
from tests.vendor.response_validator import RawResponse, ResponseValidator

CUSTOMER, ACCOUNT = "1005061234", "5011648377"
YEAR = ThirdPartyAccessPeriod(
    type="timeframe", start_time=datetime(2026, 1, 1, tzinfo=UTC), end_time=datetime(2027, 1, 1, tzinfo=UTC)
)


def data(sandbox: Sandbox, *products: str, customer: str = CUSTOMER, account: str = ACCOUNT) -> ThirdPartyAccessKeyData:
    return ThirdPartyAccessKeyData(
        customer_id=customer,
        partner_id=sandbox.credentials.partner_id or "",
        third_party_partner_id="2445582695152",
        provenance=ThirdPartyAccessProvenance(ip_address="192.0.2.1"),
        products=tuple(
            ThirdPartyAccessProduct(product=one, account_id=account, access_period=YEAR) for one in products
        ),
    )


async def made(session: AsyncSession, sandbox: Sandbox) -> str:
    (found,) = await generate_third_party_access_key(session, data(sandbox, "accountOwner"))
    assert found.receipt is not None
    return found.receipt.receipt_id or ""


async def test_a_receipt_has_the_key_and_pseudonyms(session: AsyncSession, sandbox: Sandbox) -> None:
    (found,) = await generate_third_party_access_key(session, data(sandbox, "accountOwner", "availableBalance"))
    assert found.receipt is not None
    assert found.proof is not None
    assert [one.product for one in found.receipt.products] == ["accountOwner", "availableBalance"]
    assert found.receipt.products[0].access_period == YEAR
    assert found.receipt.customer_id != CUSTOMER
    assert ACCOUNT not in {one.account_id for one in found.receipt.products}
    assert found.proof.timestamp == found.receipt.timestamp
    for secret in (found.receipt.receipt_id, found.proof.signature, "192.0.2.1"):
        assert secret
        assert secret not in repr(found)


async def test_a_key_is_replaced_until_it_is_revoked(session: AsyncSession, sandbox: Sandbox) -> None:
    key = await made(session, sandbox)
    (changed,) = await update_third_party_access_key(session, key, data(sandbox, "availableBalance"))
    assert changed.receipt is not None
    assert (changed.receipt.receipt_id, len(changed.receipt.products)) == (key, 1)
    before = sandbox.snapshot()
    await revoke_third_party_access_key(session, key)
    with pytest.raises(NotFoundError) as caught:
        await revoke_third_party_access_key(session, key)
    assert caught.value.code == "10215"
    with pytest.raises(NotFoundError):
        await update_third_party_access_key(session, key, data(sandbox, "availableBalance"))
    sandbox.reset(before)
    await revoke_third_party_access_key(session, key)


async def test_a_key_for_what_is_not_the_partners_is_refused(session: AsyncSession, sandbox: Sandbox) -> None:
    row = Operation("GenerateThirdPartyAccessKey", "POST", GENERATE_THIRD_PARTY_ACCESS_KEY.path, bytes, body_type=dict)
    whole = {"customerId": CUSTOMER, "partnerId": sandbox.credentials.partner_id, "thirdPartyPartnerId": "2"}
    refused: list[tuple[dict[str, Any], str]] = [
        (whole, "10005"),
        ({**whole, "products": "all"}, "10005"),
        ({**whole, "products": ["all"]}, "10005"),
        ({**whole, "products": [{"product": "accountOwner"}]}, "10005"),
        ({**whole, "partnerId": "1", "products": [{}]}, "14020"),
    ]
    for body, code in refused:
        with pytest.raises(StatusError) as caught:
            await session.send(row.request(body=body))
        assert caught.value.code == code
    for stranger, code in (({"customer": "1"}, "14001"), ({"account": "1"}, "38003")):
        with pytest.raises(NotFoundError) as unknown:
            await generate_third_party_access_key(session, data(sandbox, "accountOwner", **stranger))
        assert unknown.value.code == code
    assert await made(session, sandbox)


async def test_every_reply_is_as_declared(session: AsyncSession, sandbox: Sandbox) -> None:
    rows = (GENERATE_THIRD_PARTY_ACCESS_KEY, UPDATE_THIRD_PARTY_ACCESS_KEY, REVOKE_THIRD_PARTY_ACCESS_KEY)
    validator = ResponseValidator(document({row.operation_id for row in rows}))
    key = await made(session, sandbox)
    for row in rows:
        given: dict[str, Any] = dict.fromkeys(row.placeholders, key)
        body = {} if row.body_type is None else {"body": data(sandbox, "accountOwner")}
        response = await session.send_raw(row.request(**given, **body))
        found = RawResponse(response.status, response.body, response.headers.get("Content-Type", ""))
        assert validator.problems(row.operation_id, found) == [], row
