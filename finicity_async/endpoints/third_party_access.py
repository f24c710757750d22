"""The Third Party Access operations: keys with which another partner reads accounts of a customer."""

from finicity_async.models.third_party_access import ThirdPartyAccessKeyData, ThirdPartyAccessKeyReceiptData
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

GENERATE_THIRD_PARTY_ACCESS_KEY = Operation(
    "GenerateThirdPartyAccessKey",
    "POST",
    "/aggregation/v1/partners/accessKey",
    ThirdPartyAccessKeyReceiptData,
    body_type=ThirdPartyAccessKeyData,
)


async def generate_third_party_access_key(
    session: AsyncSession, body: ThirdPartyAccessKeyData
) -> ThirdPartyAccessKeyReceiptData:
    """
    Make a key with which another partner of the vendor reads accounts of one of your customers.

    The customer has to have allowed it. The key is ``receipt.receipt_id``, a secret: hand it to the other partner and
    to nobody else. Who pays for the calls with it is `ThirdPartyAccessProduct.payor_id`. It is sent once; when the
    response is lost, there may be a key that nobody has, which ends with its period.

    Args:
        body: Whose accounts, for which partner, which products and for how long.

    Returns:
        The key in its receipt, with the vendor's signature; ``repr`` shows neither.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such customer.
        TransportError: The response was lost; ``sent`` says whether there may be a key.

    Source: POST /aggregation/v1/partners/accessKey, GenerateThirdPartyAccessKey, spec 1.42.0.
    """
    return await session.send(GENERATE_THIRD_PARTY_ACCESS_KEY.request(body=body))


UPDATE_THIRD_PARTY_ACCESS_KEY = Operation(
    "UpdateThirdPartyAccessKey",
    "PUT",
    "/aggregation/v1/partners/accessKey/{consentReceiptId}",
    ThirdPartyAccessKeyReceiptData,
    body_type=ThirdPartyAccessKeyData,
)


async def update_third_party_access_key(
    session: AsyncSession, consent_receipt_id: Id, body: ThirdPartyAccessKeyData
) -> ThirdPartyAccessKeyReceiptData:
    """
    Replace what a key for another partner opens.

    It is sent once; to repeat it does no harm.

    Args:
        consent_receipt_id: The key, `ThirdPartyAccessReceipt.receipt_id`.
        body: All that it opens from now on.

    Returns:
        The key in its receipt, with the vendor's signature; ``repr`` shows neither. Keep the one that it holds.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such key.
        TransportError: The response was lost; ``sent`` says whether the change may have been made.

    Source: PUT /aggregation/v1/partners/accessKey/{consentReceiptId}, UpdateThirdPartyAccessKey, spec 1.42.0.
    """
    return await session.send(UPDATE_THIRD_PARTY_ACCESS_KEY.request(consentReceiptId=consent_receipt_id, body=body))


REVOKE_THIRD_PARTY_ACCESS_KEY = Operation(
    "RevokeThirdPartyAccessKey",
    "DELETE",
    "/aggregation/v1/partners/accessKey/{consentReceiptId}",
    None,
)


async def revoke_third_party_access_key(session: AsyncSession, consent_receipt_id: Id) -> None:
    """
    Revoke a key: the other partner cannot read the accounts any more.

    It cannot be undone. It is sent once; when the response is lost, call again: a NotFoundError then says that it was
    done.

    Args:
        consent_receipt_id: The key, `ThirdPartyAccessReceipt.receipt_id`.

    Raises:
        NotFoundError: No such key.
        TransportError: The response was lost; ``sent`` says whether the key may be revoked.

    Source: DELETE /aggregation/v1/partners/accessKey/{consentReceiptId}, RevokeThirdPartyAccessKey, spec 1.42.0.
    """
    await session.send(REVOKE_THIRD_PARTY_ACCESS_KEY.request(consentReceiptId=consent_receipt_id))
