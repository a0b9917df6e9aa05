"""Mail addresses as people type them: checked by a library, stored in one form. Pure."""

from __future__ import annotations

from notifications.errors import InvalidAddress

LOCAL = ("localhost", "local", "internal", "lan", "home.arpa")
"""Names of networks of one's own, which a relay there may well serve."""


def recipient_address(text: str) -> str:
    """The address in its stored form; raises InvalidAddress with what is wrong."""
    from email_validator import EmailNotValidError, validate_email

    address = text.strip()
    name, _, domain = address.rpartition("@")
    is_local = any(f".{domain.lower()}".endswith(f".{own}") for own in LOCAL)
    checkable = f"{name}@example.org" if is_local else address
    try:
        validated = validate_email(
            checkable,
            check_deliverability=False,
            globally_deliverable=False,
            allow_smtputf8=True,
            strict=True,
            test_environment=True,
        )
    except EmailNotValidError as error:
        from notifications.mail.headers import clean_text

        raise InvalidAddress(
            f"not a mail address: {clean_text(address, 80)!r} ({clean_text(str(error), 160)})",
            hint="expected name@example.org",
        ) from error
    return f"{validated.local_part}@{domain.lower() if is_local else validated.ascii_domain}"


def same_mailbox(address: str) -> str:
    """The form by which two spellings are the same mailbox: in practice case never matters."""
    return address.strip().lower()


def masked(address: str) -> str:
    """An address that its owner knows again and nobody else learns: `m…@example.org`.

    The name of an address outside mail gives nothing away as it is.
    """
    name, at, domain = address.rpartition("@")
    if not at:
        return address
    return f"{name[:1]}…@{domain}"
