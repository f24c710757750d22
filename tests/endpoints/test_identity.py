"""The Identity operations: owners, and how well given details match them."""

from finicity_async import AsyncSession, Sandbox
from finicity_async.endpoints.identity import (
    account_matching_score_details,
    get_account_owner,
    get_account_owner_details,
)
from finicity_async.models.identity import (
    AccountOwnerDetails,
    AccountOwnerVerificationMatchingRequest,
    AccountOwnerVerificationMatchingRequestAddress,
    AccountOwnerVerificationMatchingRequestName,
)

CUSTOMER, ACCOUNT = 1005061234, 5011648377


def person_like(owner: AccountOwnerDetails) -> AccountOwnerVerificationMatchingRequest:
    """Return what somebody would give who knows the owner well."""
    (address,), (email,), (phone,) = owner.addresses, owner.emails, owner.phones
    assert owner.first_name
    assert owner.last_name
    return AccountOwnerVerificationMatchingRequest(
        name=AccountOwnerVerificationMatchingRequestName(first_name=owner.first_name, last_name=owner.last_name),
        address=AccountOwnerVerificationMatchingRequestAddress(
            line1=address.line1, city=address.city, state=address.state, postal_code=address.postal_code
        ),
        phone=(phone.phone or "").replace("-", ""),
        email=(email.email or "").upper(),
    )


async def test_both_operations_tell_of_the_same_owners(session: AsyncSession, sandbox: Sandbox) -> None:
    numbers = set()
    for account in sandbox.customers[1005061235]:
        owner = await get_account_owner(session, 1005061235, account)
        holders = await get_account_owner_details(session, 1005061235, account)
        assert owner.owner_name == " and ".join(one.owner_name or "" for one in holders)
        assert owner.owner_address == holders[0].addresses[0].owner_address
        assert (owner.as_of_date is None, holders[0].identity_insights) == (False, None)
        numbers.add(len(holders))
    assert numbers == {1, 2}


async def test_the_owner_is_the_consumer_of_the_customer_where_there_is_one(session: AsyncSession) -> None:
    owner = await get_account_owner(session, CUSTOMER, ACCOUNT)
    assert owner.owner_name == "Maria Sample"
    assert owner.owner_address == "12 Any Street Ogden UT 84401"


async def test_an_account_of_a_business_has_one_as_its_owner(session: AsyncSession, sandbox: Sandbox) -> None:
    account = sandbox.add_account(CUSTOMER, marketSegment="business")
    holders = await get_account_owner_details(session, CUSTOMER, account["id"])
    assert (holders[0].name_classification, holders[0].relationship) == ("business", "BUSINESS")


async def test_insights_come_when_they_are_asked_for(session: AsyncSession) -> None:
    holders = await get_account_owner_details(session, CUSTOMER, ACCOUNT, with_insights=True, meta_data="program=OBAO")
    insights = holders[0].identity_insights
    assert insights is not None
    assert insights.device is not None
    assert insights.device.scores is not None


async def test_whoever_knows_the_owner_has_the_best_score_every_time(session: AsyncSession) -> None:
    (owner,) = await get_account_owner_details(session, CUSTOMER, ACCOUNT)
    body = person_like(owner)
    (found,) = (await account_matching_score_details(session, CUSTOMER, ACCOUNT, body, insights=True)).holders
    assert found.name_scores is not None
    assert (found.name_scores.owner_name, found.name_scores.first_name, found.name_scores.suffix) == (100, 100, None)
    scores = found.addresses[0].address_scores
    assert scores is not None
    assert (scores.owner_address, scores.line1, scores.city, scores.country) == (100, 100, 100, None)
    assert found.emails[0].email_scores is not None
    assert found.phones[0].phone_scores is not None
    assert (found.emails[0].email_scores.email, found.phones[0].phone_scores.phone) == (100, 100)
    assert found.identity_insights is not None


async def test_a_stranger_has_low_scores_and_none_for_what_was_not_given(session: AsyncSession) -> None:
    name = AccountOwnerVerificationMatchingRequestName(first_name="Zyx", last_name="Qqq", suffix="Jr.")
    body = AccountOwnerVerificationMatchingRequest(owner_name="Zyx Qqq", name=name)
    results = await account_matching_score_details(session, CUSTOMER, ACCOUNT, body)
    assert results == await account_matching_score_details(session, CUSTOMER, ACCOUNT, body)
    (found,) = results.holders
    assert found.name_scores is not None
    assert (found.name_scores.last_name, found.name_scores.first_name) == (0, 0)
    assert found.addresses[0].address_scores is None
    assert (found.emails[0].email_scores, found.phones[0].phone_scores, found.identity_insights) == (None, None, None)


async def test_no_repr_of_a_body_shows_the_person(session: AsyncSession) -> None:
    (owner,) = await get_account_owner_details(session, CUSTOMER, ACCOUNT)
    assert "Maria" not in repr(person_like(owner))
    assert "Maria" in repr(owner)
