"""Amounts as people write them: the sign in front for the five great currencies, the code behind for the others.

An amount is shown exactly. It gets the decimals that its currency has, and more only where the shop's own price has more, because a
rounded price is a wrong price.
"""

from __future__ import annotations

from decimal import Decimal

from knowledge_base.catalog import Language, Money

# ISO 4217
CODES = frozenset(
    (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY"
        " COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR"
        " IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR"
        " MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD"
        " SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD"
        " XOF XPF YER ZAR ZMW ZWG"
    ).split()
)
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "¥"}
_DECIMALS = dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0) | dict.fromkeys(
    "BHD IQD JOD KWD LYD OMR TND".split(), 3
)


def format_money(money: Money, language: Language) -> str:
    """Such as "$1,299.00", "¥1,200" for yen or "49.00 CHF"; without a currency the bare number. All languages write these alike."""
    exact = money.amount.normalize()
    own = -int(exact.as_tuple().exponent) if exact != exact.to_integral_value() else 0
    amount = f"{Decimal(money.amount):,.{max(own, _DECIMALS.get(money.currency, 2))}f}"
    sign = _SIGNS.get(money.currency)
    return f"{sign}{amount}" if sign else f"{amount} {money.currency}".strip()
