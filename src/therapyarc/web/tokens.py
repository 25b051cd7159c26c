"""Secrets that open doors: drawn here, shown once, stored as digests alone."""

import hashlib
import secrets

__all__ = ["code_digest", "digest_of", "new_code", "new_id", "new_token"]

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that a code read aloud is not mistaken."""


def new_token() -> str:
    """Return 256 random bits, written for a URL."""
    return secrets.token_urlsafe(32)


def new_id() -> str:
    """Return 96 random bits in hexadecimal: a name that says nothing."""
    return secrets.token_hex(12)


def new_code() -> str:
    """Return 80 random bits in four groups for typing by hand; wrong ones are limited in number."""
    letters = [secrets.choice(_LETTERS) for _ in range(16)]
    return "-".join("".join(letters[at : at + 4]) for at in range(0, 16, 4))


def digest_of(token: str) -> str:
    """Return the SHA-256 of a token; its 256 bits need no salt and no stretching."""
    return hashlib.sha256(token.encode()).hexdigest()


def code_digest(code: str) -> str:
    """Return the SHA-256 of a typed code, whatever case, spaces or dashes it was typed with; O is 0, I and L are 1."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return digest_of("code:" + plain.translate(str.maketrans("OIL", "011")))
