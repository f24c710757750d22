"""The institutions of the sandbox, drawn from the seed by their IDs when they are read."""

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from copy import deepcopy
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from typing import Any

from finicity_async.sandbox.connecting.institutions import find_institutions
from finicity_async.sandbox.refreshes import Account

PRODUCTS = ("transAgg", "ach", "stateAgg", "voi", "voa", "aha", "availBalance", "accountOwner")
"""The products by which institutions can be asked for, each a member that is true where it is certified."""

_KNOWN = {int(one.id): one.name for one in find_institutions("")}
"""The test institutions, which Connect has, too."""
_FIRST, _APART = 200_000, 10
_PLACES = ("Alpine", "Bay", "Cedar", "Delta", "Eagle", "Falcon", "Granite", "Harbor", "Juniper", "Lakeside", "Maple")
_NAMES = ("Community", "Farmers", "Federal", "First", "Heritage", "Mutual", "National", "Peoples", "Security", "Union")
_KINDS = ("Bank", "Credit Union", "Savings", "Trust", "Brokerage")
_ACCOUNTS = ("Banking", "Banking", "Banking", "Banking", "Investments")
_STATUSES = ("offline", "maintenance", "testing", "beta", "validated", "migrating")
_TIME_ZONES = ("America/Denver", "America/New_York", "America/Chicago", "America/Los_Angeles")
_WEIGHTS = (3, 7, 1, 3, 7, 1, 3, 7)
_LEAST_FUZZY = 4
_LIKE = 0.8
"""Share of letters in common from which a word is taken for another one: one typing error in five letters."""


class Institutions(MutableMapping[str, Account]):
    """
    Institution ID -> institution as on the wire, in the order of the IDs.

    One that was never read takes no memory but for its ID. Tests may edit a record, remove one with ``del``, and add
    one at the place of its ID: ``institutions["7"] = {"name": "New Bank"}`` draws the members that are not given.

    Args:
        seed: What the records are drawn from.
        count: How many there are.
    """

    def __init__(self, seed: int, count: int) -> None:
        self._seed = seed
        self._count = count
        self._records: dict[int, Account] = {}

    @cached_property
    def _ids(self) -> list[int]:
        drawn = range(_FIRST, _FIRST + _APART * max(0, self._count - len(_KNOWN)), _APART)
        return [*sorted(_KNOWN)[: self._count], *drawn]

    def peek(self, number: int) -> Account:
        """Return an institution without storing a freshly drawn record."""
        return self._records.get(number) or self._draw(number)

    def find(self, search: str = "", products: Iterable[str] = (), countries: Iterable[str] = ()) -> Sequence[int]:
        """
        Return the IDs of the institutions that are wanted.

        Args:
            search: Words, each of which is in the name, or like a word of it.
            products: Those that must be certified.
            countries: Two letters each, in lower case; one of them is served.
        """
        words, products, countries = _words(search), tuple(products), tuple(countries)
        found: Iterable[int] = self._ids
        if words:
            found = [one for one in found if _is_named(self._name(one), words)]
        for product in products:
            found = [one for one in found if self.peek(one).get(product)]
        if countries:
            found = [one for one in found if self.peek(one)["address"]["country"].lower() in countries]
        return list(found)

    def routing_number(self, institution_id: str | int) -> str:
        """Return the routing number of an institution: eight digits of its ID, and the check digit."""
        digits = f"{int(institution_id):08d}"
        return f"{digits}{-sum(int(one) * weight for one, weight in zip(digits, _WEIGHTS, strict=True)) % 10}"

    def copy(self, memo: dict[int, Any]) -> "Institutions":
        """Return a copy with its own records; the memo is that of ``deepcopy``."""
        other = Institutions(self._seed, self._count)
        if "_ids" in vars(self):
            other._ids = list(self._ids)
        other._records = deepcopy(dict(self._records), memo)
        return other

    def _name(self, number: int) -> str:
        record = self._records.get(number)
        if record is None:
            return self._drawn_name(number, self._mix(number))
        name = record.get("name")
        return name if isinstance(name, str) else ""  # a test may have given it another one, or none

    def _mix(self, number: int) -> int:
        """Return 32 bits that depend on the ID and the seed; a generator for each would cost ten times as much."""
        mixed = (number * 2654435761 + self._seed * 40503 + 12345) & 0xFFFFFFFF
        return (mixed ^ (mixed >> 15)) * 2246822519 & 0xFFFFFFFF

    @staticmethod
    def _drawn_name(number: int, mix: int) -> str:
        place, name = _PLACES[mix % len(_PLACES)], _NAMES[(mix >> 8) % len(_NAMES)]
        return _KNOWN.get(number) or f"{place} {name} {_KINDS[(mix >> 16) % len(_KINDS)]}"

    def _draw(self, number: int) -> Account:
        mix = self._mix(number)
        name = self._drawn_name(number, mix)
        is_known = number in _KNOWN
        status = "online" if is_known or mix % 16 else _STATUSES[(mix >> 4) % len(_STATUSES)]
        url = f"https://bank{number}.example.com"
        record: Account = {"id": number, "name": name}
        record |= {product: is_known or bool(mix >> bit & 3) for bit, product in enumerate(PRODUCTS, start=3)}
        record |= {"studentLoanData": is_known, "loanPaymentDetails": is_known, "displayName": name}
        record |= {"liabilityData": bool(mix & 64), "billPayData": False, "phone": f"801-555-{number % 10_000:04d}"}
        record["accountTypeDescription"] = _ACCOUNTS[(mix >> 16) % len(_KINDS)]
        record |= {"urlHomeApp": url, "urlLogonApp": f"{url}/login", "oauthEnabled": bool(mix & 512)}
        record |= {"urlForgotPassword": f"{url}/password", "class": "banking", "timeZone": _TIME_ZONES[mix >> 30]}
        record["address"] = {"city": "Ogden", "state": "UT", "country": "US", "postalCode": "84401"}
        if not (is_known or mix % 32):
            record["address"] = {"city": "Calgary", "state": "AB", "country": "CA", "postalCode": "T2P 2M5"}
        record |= {"currency": "USD", "email": f"help@bank{number}.example.com", "status": status}
        if status == "migrating":
            record |= {"newInstitutionId": _FIRST, "oauthInstitutionId": _FIRST}
        if is_known or mix % 7:
            record["branding"] = {name: f"{url}/{name}.svg" for name in ("logo", "alternateLogo", "icon", "tile")}
            record["branding"]["primaryColor"] = f"#{mix & 0xFFFFFF:06X}"
        products = ("transAgg", "stateAgg", "voa", "voi", "ach", "aha")
        overall = status if status in ("online", "offline", "maintenance", "testing") else "investigating"
        record["productionStatus"] = {"overallStatus": overall, **dict.fromkeys(products, "online")}
        return record

    def __getitem__(self, institution_id: str | int) -> Account:
        """Return an institution, which may be edited."""
        number = int(institution_id)
        if str(institution_id) not in self:
            raise KeyError(institution_id)
        return self._records.setdefault(number, self.peek(number))

    def __setitem__(self, institution_id: str | int, members: Account) -> None:
        """Add an institution, or replace one; members that are not given are drawn."""
        number = int(institution_id)
        if str(number) not in self:
            insort(self._ids, number)
        self._records[number] = {**self._draw(number), **members, "id": number}

    def __delitem__(self, institution_id: str | int) -> None:
        """Remove an institution."""
        if str(institution_id) not in self:
            raise KeyError(institution_id)
        number = int(institution_id)
        del self._ids[bisect_left(self._ids, number)]
        self._records.pop(number, None)

    def __contains__(self, institution_id: object) -> bool:
        """Return whether there is such an institution."""
        text = str(institution_id)
        if not re.fullmatch(r"0|[1-9][0-9]{0,17}", text, re.ASCII):
            return False
        place = bisect_left(self._ids, int(text))
        return place < len(self._ids) and self._ids[place] == int(text)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the IDs; institutions may be added and removed meanwhile."""
        return map(str, tuple(self._ids))

    def __len__(self) -> int:
        """Return how many institutions there are."""
        return len(self._ids)

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"<{len(self)} institutions>"


@lru_cache(maxsize=65_536)
def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\W_]+", text.lower()))


def _is_named(name: str, wanted: Iterable[str]) -> bool:
    return all(any(_is_like(word, one) for word in _words(name)) for one in wanted)


@lru_cache(maxsize=65_536)
def _is_like(word: str, wanted: str) -> bool:
    is_close = len(wanted) >= _LEAST_FUZZY and SequenceMatcher(None, word, wanted).ratio() >= _LIKE
    return wanted in word or is_close
