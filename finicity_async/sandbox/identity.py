"""Handlers of the Identity operations: invented owners, and how well given details match them."""

import re
from collections.abc import Callable, Mapping
from difflib import SequenceMatcher
from random import Random
from typing import Any

from finicity_async.endpoints import identity
from finicity_async.operation import Operation
from finicity_async.sandbox.customers import account_in_path
from finicity_async.sandbox.refreshes import Account
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_FIRST_NAMES = ("Ava", "Ben", "Carla", "Dana", "Elias", "Fay", "Gus", "Hana", "Ivan", "Jo")
_LAST_NAMES = ("Example", "Invented", "Maybe", "Nobody", "Placeholder", "Sampleton", "Tester")
_CITIES = (("Ogden", "84401"), ("Provo", "84601"), ("Murray", "84123"), ("Logan", "84321"))
_NAME_PARTS = ("firstName", "middleName", "lastName", "suffix")
_ADDRESS_PARTS = ("type", "line1", "line2", "line3", "city", "country", "postalCode", "state")
_IN_ONE_LINE = ("line1", "line2", "line3", "city", "state", "postalCode")
_MATCHES = 100


async def _get_account_owner(state: State, request: IncomingRequest) -> Response:
    account = account_in_path(state, request)
    holders = _holders(state, account, with_insights=False)
    owner = {
        "ownerName": " and ".join(one["ownerName"] for one in holders),
        "ownerAddress": holders[0]["addresses"][0]["ownerAddress"],
        "asOfDate": int(state.clock()),
    }
    return json_response(owner)


async def _get_account_owner_details(state: State, request: IncomingRequest) -> Response:
    try:
        account = account_in_path(state, request)
    except RefusalError:
        raise RefusalError("10010") from None  # The document declares no 404 here.
    return json_response(
        {"holders": _holders(state, account, with_insights=request.query.get("withInsights") == "true")}
    )


async def _account_matching_score_details(state: State, request: IncomingRequest) -> Response:
    given = request.members()
    name = given.get("name")
    if not isinstance(name, dict) or not all(_is_text(name.get(part)) for part in ("firstName", "lastName")):
        raise RefusalError("15001")
    try:
        account = account_in_path(state, request)
    except RefusalError as error:
        raise RefusalError("12017" if error.code == 38003 else "10002") from None
    holders = _holders(state, account, with_insights=request.query.get("insights") == "true")
    return json_response({"holders": [_scored(one, given) for one in holders]})


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


# Owners


def _holders(state: State, account: Account, *, with_insights: bool) -> list[Account]:
    """Return the owners of an account: the customer, and with every fourth account somebody else, too."""
    random = Random(f"{state.seed}/owners/{account['id']}")
    holders = [_holder(_customer_of(state, account), random, "SOLE_OWNER")]
    if random.random() < 0.25:
        last = holders[0]["lastName"]
        holders[0]["relationship"] = "PRIMARY_JOINT"
        holders.append(_holder({**_person(random), "lastName": last}, random, "SECONDARY_JOINT"))
    if account.get("marketSegment") == "business":
        holders[0] |= {"nameClassification": "business", "relationship": "BUSINESS"}
    if with_insights:
        holders = [one | {"identityInsights": _insights(random)} for one in holders]
    return holders


def _customer_of(state: State, account: Account) -> Account:
    """Return a person: what is known of the customer, and for the rest the same invented one every time."""
    customer_id = account["customerId"]
    known = state.customer_record(customer_id) | (state.consumers.of(customer_id) or {})
    person = _person(Random(f"{state.seed}/person/{customer_id}"))
    return {name: known.get(_AS_KNOWN.get(name, name)) or value for name, value in person.items()}


_AS_KNOWN = {"line1": "address", "postalCode": "zip"}
"""Member of an owner -> the same member of a consumer, where the names differ."""


def _person(random: Random) -> Account:
    first, last = random.choice(_FIRST_NAMES), random.choice(_LAST_NAMES)
    city, code = random.choice(_CITIES)
    return {
        "firstName": first,
        "lastName": last,
        "line1": f"{random.randint(1, 999)} Any Street",
        "city": city,
        "state": "UT",
        "postalCode": code,
        "phone": f"801-555-{random.randint(100, 199):04d}",
        "email": f"{first}.{last}@example.com".lower(),
    }


def _holder(person: Account, random: Random, relationship: str) -> Account:
    address = {name: person[name] for name in _IN_ONE_LINE if name in person}
    return {
        "relationship": relationship,
        "ownerName": f"{person['firstName']} {person['lastName']}",
        "firstName": person["firstName"],
        "lastName": person["lastName"],
        "nameClassification": "person",
        "nameClassificationconfidencescore": round(random.uniform(0.8, 1.0), 2),
        "addresses": [{"ownerAddress": " ".join(address.values()), "type": "Home", **address, "country": "US"}],
        "emails": [{"isPrimary": True, "email": person["email"], "emailType": "Personal"}],
        "phones": [{"type": "CELL", "country": "1", "phone": person["phone"]}],
    }


def _insights(random: Random) -> Account:
    return {
        "requestRefId": f"{random.getrandbits(128):032x}",
        "isEmailValid": True,
        "emailFirstSeenDays": random.randint(0, 4000),
        "emailToName": random.choice(("match", "no-match", "not-found")),
        "ipRiskScore": round(random.random(), 3),
        "isPhoneValid": True,
        "phoneLineType": random.choice(("mobile", "landline")),
        "phoneToName": random.choice(("match", "no-match", "not-found")),
        "addressToName": random.choice(("match", "no-match", "not-found")),
        "emailRisk": round(random.random(), 3),
        "identityRiskScore": random.randint(0, 500),
        "device": {"scores": {"deviceRiskFactor": random.randint(1, 5), "deviceTrustFactor": random.randint(1, 5)}},
        "warnings": [],
        "alerts": [],
    }


# Scores


def _scored(holder: Account, given: Mapping[str, Any]) -> Account:
    """Return an owner with a score for each member that was given."""
    name, address = given["name"], _object(given.get("address"))
    whole = given.get("ownerName") or " ".join(str(name[part]) for part in _NAME_PARTS if _is_text(name.get(part)))
    scores = {"ownerName": _score(whole, holder["ownerName"])} | _scores(name, holder, _NAME_PARTS)
    return holder | {
        "nameScores": scores,
        "addresses": [one | _address_scores(address, one) for one in holder["addresses"]],
        "emails": [one | _one_score("email", given, one) for one in holder["emails"]],
        "phones": [one | _one_score("phone", given, one, _digits) for one in holder["phones"]],
    }


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _address_scores(given: Mapping[str, Any], address: Account) -> Account:
    if not given:
        return {}
    line = " ".join(str(given[part]) for part in _IN_ONE_LINE if _is_text(given.get(part)))
    whole = {"ownerAddress": _score(line, address["ownerAddress"])}
    return {"addressScores": whole | _scores(given, address, _ADDRESS_PARTS)}


def _one_score(
    name: str, given: Mapping[str, Any], record: Account, form: Callable[[str], str] = str.casefold
) -> Account:
    scores = _scores(given, record, (name,), form)
    return {f"{name}Scores": scores} if scores else {}


def _scores(
    given: Mapping[str, Any],
    record: Mapping[str, Any],
    names: tuple[str, ...],
    form: Callable[[str], str] = str.casefold,
) -> dict[str, int]:
    """Return a score for each member that both sides have; nothing is compared with what the other side lacks."""
    both = (name for name in names if _is_text(given.get(name)) and name in record)
    return {name: _score(given[name], record[name], form) for name in both}


def _score(given: str, held: str, form: Callable[[str], str] = str.casefold) -> int:
    """Return how alike two texts are, from 0 to 100; case does not count."""
    return int(_MATCHES * SequenceMatcher(None, form(given), form(held), autojunk=False).ratio())


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


HANDLERS: dict[Operation[Any], Handler] = {
    identity.GET_ACCOUNT_OWNER: _get_account_owner,
    identity.GET_ACCOUNT_OWNER_DETAILS: _get_account_owner_details,
    identity.ACCOUNT_MATCHING_SCORE_DETAILS: _account_matching_score_details,
}
