"""The positions of an investment account: one record for each holding."""

from decimal import Decimal

from msgspec import field

from finicity_async.models._decoding import Instant, Record


class CustomerAccountPosition(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What an investment account holds of one security; the same security may come more than once in an account.

    Amounts are in the account's currency, with no conversion made here; amounts, percentages and units are exact.
    Instants are UTC. A member that the institution does not give is None. Words and codes are open sets.

    Source: schema CustomerAccountPosition, spec 1.42.0.
    """

    id: int | None = None
    """Vendor ID of the position; not unique across accounts, since some count 1, 2, 3 in each account."""
    description: str | None = None
    """What is held, in the institution's words."""
    symbol: str | None = None
    """Ticker symbol."""
    units: Decimal | None = None
    """Shares or units held; some institutions send an undeclared ``quantity`` instead."""
    current_price: Decimal | None = None
    """Latest price of one unit."""
    security_name: str | None = None
    """Name of the security."""
    transaction_type: str | None = None
    """How it is held, for example ``"Cash"`` or ``"Margin"``."""
    market_value: Decimal | None = None
    """Value of the whole position when it was read; may arrive as text."""
    change_percent: Decimal | None = None
    """Change of the value against the day before, percent."""
    daily_change: Decimal | None = None
    """Change of the value against the day before, as an amount."""
    cost_basis: Decimal | None = None
    """What the whole position cost."""
    paid_price: Decimal | None = None
    """What one unit cost when it was bought."""
    hold_type: str | None = None
    """Kind of holding, for example ``"INVESTMENT"``."""
    inv_security_type: str | None = None
    """Kind of security as a code, for example ``"OTHERINFO"``."""
    status: str | None = None
    """Status code of the holding, for example ``"A"``."""
    current_price_date: Instant | None = None
    """When ``current_price`` was set."""
    security_type: str | None = None
    """Kind of security as a word, for example ``"Stock"``."""
    mf_type: str | None = None
    """Kind of mutual fund, for example ``"OPENEND"``."""
    pos_type: str | None = None
    """``"Long"`` or ``"Short"``, as the institution assigns it."""
    total_gl_dollar: Decimal | None = field(default=None, name="totalGLDollar")
    """Gain, or loss if negative, since the purchase as an amount; the vendor says dollars."""
    total_gl_percent: Decimal | None = field(default=None, name="totalGLPercent")
    """Gain, or loss if negative, since the purchase, percent."""
    option_strike_price: Decimal | None = None
    """Strike price. Options."""
    option_type: str | None = None
    """``"PUT"`` or ``"CALL"``. Options."""
    option_shares_per_contract: Decimal | None = None
    """Shares in one contract. Options."""
    option_expire_date: Instant | None = None
    """Expiry of an option, declared as date text, in the example Unix seconds; a plain date is midnight UTC."""
    fi_asset_class: str | None = None
    """Asset class in the institution's own terms, for example ``"COMNEQTY"``."""
    asset_class: str | None = None
    """Asset class: ``"DOMESTICBOND"``, ``"LARGESTOCK"``, ``"INTLSTOCK"``, ``"MONEYMRKT"`` or ``"OTHER"``."""
    currency_rate: Decimal | None = None
    """Exchange rate: the currency in relation to the original one."""
    security_id: str | None = None
    """Identifier of the security, of the kind that ``security_id_type`` names."""
    security_id_type: str | None = None
    """``"CUSIP"``, ``"ISIN"``, ``"SEDOL"``, ``"SICC"``, ``"VALOR"`` or ``"WKN"``."""
    cost_basis_per_share: Decimal | None = None
    """What one share cost."""
    sub_account_type: str | None = None
    """Kind of subaccount, for example ``"CASH"``."""
    security_currency: str | None = None
    """Currency into which the account is converted, for example ``"USD"``."""
    today_gl_dollar: Decimal | None = field(default=None, name="todayGLDollar")
    """Gain, or loss if negative, of the day as an amount; the vendor says dollars."""
    today_gl_percent: Decimal | None = field(default=None, name="todayGLPercent")
    """Gain, or loss if negative, of the day, percent."""
