"""The positions of an investment account: what it holds of each security."""

import time
from random import Random
from typing import Any, NamedTuple

from finicity_async.models import CustomerAccountPosition
from finicity_async.models._decoding import wire_names
from finicity_async.sandbox.data.drawing import DAY, cents, draw_members, make_plan

_AT_MOST = 5
_Members = dict[str, Any]


class Security(NamedTuple):
    """
    Say what may be held.

    ``price`` is the usual one of a unit, which of an option is a contract; ``members`` are the same in every position.
    """

    price: float
    members: _Members


_ALL: _Members = {"posType": "Long", "holdType": "INVESTMENT", "status": "A"}
_ALL |= {"transactionType": "Cash", "subAccountType": "CASH", "securityCurrency": "USD", "currencyRate": 1.0}
_STOCK = _ALL | {"securityType": "Stock", "invSecurityType": "STOCK", "fiAssetClass": "COMNEQTY"}
_ETF = _ALL | {"securityType": "ETF", "invSecurityType": "OTHERINFO", "fiAssetClass": "ALLOCATION FUNDS"}
_FUND = _ETF | {"securityType": "Mutual Fund", "invSecurityType": "MFUND", "mfType": "OPENEND"}
_COIN = _ALL | {"securityType": "Cryptocurrency", "invSecurityType": "OTHERINFO", "fiAssetClass": "OTHER"}
_OPTION = _ALL | {"securityType": "Option", "invSecurityType": "OPTION", "fiAssetClass": "OTHER"}


def _named(symbol: str, name: str, asset_class: str = "OTHER", cusip: str = "") -> _Members:
    members = {"symbol": symbol, "description": name, "securityName": name, "assetClass": asset_class}
    return members | ({"securityId": cusip, "securityIdType": "CUSIP"} if cusip else {})


SECURITIES = (
    Security(190.0, _STOCK | _named("AAPL", "APPLE INC", "LARGESTOCK", "037833100")),
    Security(400.0, _STOCK | _named("MSFT", "MICROSOFT CORP", "LARGESTOCK", "594918104")),
    Security(58.0, _ETF | _named("VXUS", "VANGUARD TOTAL INTL STOCK ETF", "INTLSTOCK", "921909768")),
    Security(72.0, _ETF | _named("BND", "VANGUARD TOTAL BOND MARKET ETF", "DOMESTICBOND", "921937835")),
    Security(115.0, _FUND | _named("VTSAX", "VANGUARD TOTAL STOCK ADMIRAL", "LARGESTOCK", "922908728")),
)
_CONTRACT = {"optionStrikePrice": 200.0, "optionSharesPerContract": 100.0}
BROKERED = (*SECURITIES, Security(450.0, _OPTION | _named("AAPL", "APPLE INC") | _CONTRACT))
COINS = (
    Security(60_000.0, _COIN | _named("BTC", "Bitcoin")),
    Security(3_000.0, _COIN | _named("ETH", "Ethereum")),
    Security(140.0, _COIN | _named("SOL", "Solana")),
)

# The members of an option are sent together, as are the two of the identifier.
_KEPT = """id description symbol units currentPrice marketValue securityType mfType optionStrikePrice optionType
    optionSharesPerContract optionExpireDate securityId securityIdType"""
_USUAL = f"""{_KEPT} securityName changePercent costBasis status currentPriceDate posType totalGLDollar totalGLPercent
    assetClass costBasisPerShare securityCurrency todayGLPercent"""
_SELDOM = """transactionType dailyChange paidPrice holdType invSecurityType fiAssetClass currencyRate subAccountType
    todayGLDollar"""
_PLAN = make_plan(wire_names(CustomerAccountPosition), _USUAL, _SELDOM, _KEPT)


def _draw_option(rng: Random, members: _Members, as_of: int) -> _Members:
    """Draw whether an option is a call and its last day, a Friday in the next 13 months, and name it after both."""
    kind = rng.choice(("CALL", "PUT"))
    day = as_of // DAY + rng.randint(30, 400)
    expiry = time.strftime("%Y-%m-%d", time.gmtime((day - (day - 1) % 7) * DAY))
    strike = round(1000 * members["optionStrikePrice"])
    symbol = f"{members['symbol']}{expiry[2:4]}{expiry[5:7]}{expiry[8:]}{kind[0]}{strike:08d}"
    return (
        members | _named(symbol, f"{kind} {members['description']}") | {"optionType": kind, "optionExpireDate": expiry}
    )


def _draw_holding(rng: Random, number: int, security: Security, target: float, as_of: int) -> _Members:
    """Draw all that there is to say of a position that is worth about ``target``, in no order."""
    price = round(security.price * rng.uniform(0.8, 1.25), 2)
    units = round(target / price, 4)
    members = security.members
    if "optionStrikePrice" in members:
        members = _draw_option(rng, members, as_of)
        units = max(1.0, float(round(units)))
    value = cents(units * price)
    cost = cents(value / rng.uniform(0.7, 1.9))
    percent = cents(rng.uniform(-2.5, 2.5))
    change = cents(value - value / (1 + percent / 100))
    paid = round(cost / units, 4)
    return {
        **members,
        "id": number,
        "units": units,
        "currentPrice": price,
        "currentPriceDate": as_of,
        "marketValue": value,
        "costBasis": cost,
        "paidPrice": paid,
        "costBasisPerShare": paid,
        "totalGLDollar": cents(value - cost),
        "totalGLPercent": cents(100 * (value - cost) / cost),
        "dailyChange": change,
        "changePercent": percent,
        "todayGLDollar": change,
        "todayGLPercent": percent,
    }


def make_position(rng: Random, securities: tuple[Security, ...], total: float, as_of: int) -> list[_Members]:
    """
    Make two to five different holdings worth about ``total`` together, or none without securities.

    As they come from one institution, all have the same members, but for what only some securities have.
    """
    if not securities:
        return []
    weights = [rng.uniform(0.5, 1.5) for _ in range(rng.randint(2, min(_AT_MOST, len(securities))))]
    share = total / sum(weights)
    names = draw_members(rng, _PLAN)
    targets = [share * weight for weight in weights]
    chosen = zip(rng.sample(securities, len(weights)), targets, strict=True)
    held = [_draw_holding(rng, number, *pair, as_of) for number, pair in enumerate(chosen, start=1)]
    return [{name: one[name] for name in names if name in one} for one in held]
