"""How often somebody may try to come in: by address, by account, and by both.

Many people may share one address (a city hall, a library, a school), and anybody may type somebody else's e-mail. So
only failures count against signing in, a few for one account from one address; and many for an account from anywhere,
so that no stranger easily shuts its owner out, but a guesser with many addresses meets an end.
"""

from datetime import timedelta

from backend.core.house import house
from backend.core.limits import Limit, count_failure, count_try, one_at_a_time, refuse_used_up

STRETCH = timedelta(minutes=15)
FAILURES_HERE = 5
"""For one account from one address."""
FAILURES_ANYWHERE = 100
"""For one account from all addresses together."""
FAILURES_ADDRESS = 300
"""From one address for all accounts together."""
NEW_ACCOUNTS = 120
"""Sign-ups and invitations taken up, from one address."""
NEW_PHONES = 120
"""Phones that make themselves known, from one address."""


def failures(address: str, email: str) -> tuple[Limit, ...]:
    """What a failed password counts against; the same whether there is such an account or not."""
    account = email.lower()
    return (
        Limit("sign-in-here", f"{account} {address}", FAILURES_HERE, STRETCH),
        Limit("sign-in-account", account, FAILURES_ANYWHERE, STRETCH),
        Limit("sign-in-address", address, FAILURES_ADDRESS, STRETCH),
    )


def limit_passwords(address: str, email: str) -> None:
    """Refuse to look at a password after too many wrong ones; counts nothing. Raises TooMany.

    A right password clears nothing. Of tries for one account from one address that come at the same moment one is
    looked at, and the others come again a second later: five are five. The wider limits may be overshot a little.
    """
    here, *wider = failures(address, email)
    one_at_a_time(here)
    refuse_used_up(here, *wider)


def count_wrong_password(address: str, email: str) -> None:
    """Count a failure, in a transaction of its own; refuses nothing."""
    count_failure(house().database, *failures(address, email))


def limit_accounts(address: str) -> None:
    """Count a sign-up or an invitation taken up, by address. Raises TooMany."""
    count_try(house().database, "account-address", address, most=NEW_ACCOUNTS, per=STRETCH)


def limit_phones(address: str) -> None:
    """Count a phone that makes itself known, by address. Raises TooMany."""
    count_try(house().database, "phone-address", address, most=NEW_PHONES, per=STRETCH)
