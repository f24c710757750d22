"""Applications that the partner has registered, and when the vendor approves them."""

from dataclasses import dataclass, replace

FIRST_APPLICATION = "00000000-0000-4000-8000-000000000001"
"""The partner's application from the start, to which every customer belongs that was not assigned to another one."""
FIRST_REGISTRATION = 2581
REVIEW = 86_400
"""Seconds until an application is approved, at first and after each change: a day, which no public source says."""
_LONG_AGO = 1000 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """
    One application on its way; times are Unix seconds.

    Attributes:
        number: The ID of the registration.
        application_id: The ID of the application, which nobody knows before it is approved.
        name: The name of the application.
        submitted: When it was registered.
        modified: When it was registered or changed last.
        known: When it was approved for the first time, or will be.
    """

    number: int
    application_id: str
    name: str
    submitted: float
    modified: float
    known: float

    def status(self, now: float) -> str:
        """Return whether it is approved, or waits for it."""
        return "A" if now >= self.modified + REVIEW else "P"

    def changed(self, name: str, now: float) -> "Registration":
        """Return the registration after a change, which has to be approved again."""
        return replace(self, name=name, modified=now, known=self.known if now >= self.known else now + REVIEW)


def registered(number: int, application_id: str, name: str, now: float) -> Registration:
    """Return a new registration."""
    return Registration(
        number=number, application_id=application_id, name=name, submitted=now, modified=now, known=now + REVIEW
    )


def first_registration(now: float) -> Registration:
    """Return the registration that the partner has from the start, long approved."""
    return registered(FIRST_REGISTRATION, FIRST_APPLICATION, "Sandbox", now - _LONG_AGO)
