"""Names and addresses, sealed: AES-256-GCM with a key that lies outside the database."""

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, insert, select

from therapyarc.web.store.tables import Identity

__all__ = ["IdentityKeyError", "erase_identity", "read_identity", "read_key", "write_identity"]


class IdentityKeyError(Exception):
    """The key file is absent, of the wrong form, or not the one that the names were sealed with."""


def read_key(path: Path, *, make: bool = False) -> bytes:
    """Return the key of 32 bytes; with `make`, draw one where there is none (mode 0600).

    Raises
    ------
    IdentityKeyError
        If it is not there or not of 32 bytes.
    """
    if make and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
    try:
        key = path.read_bytes()
    except OSError as error:
        raise IdentityKeyError(
            f"cannot read the key {path}: {error.strerror}. Restore it from its own backup."
        ) from error
    if len(key) != 32:
        raise IdentityKeyError(
            f"{path} is no key: it has {len(key)} bytes, not 32. Restore it from its own backup."
        )
    return key


def write_identity(connection: Connection, key: bytes, participant: str, text: str) -> None:
    """Seal what identifies a person; the pseudonym is bound in, so that rows cannot be swapped."""
    nonce = secrets.token_bytes(12)
    sealed = nonce + AESGCM(key).encrypt(nonce, text.encode(), participant.encode())
    connection.execute(delete(Identity).where(Identity.participant == participant))
    connection.execute(insert(Identity).values(participant=participant, sealed=sealed))


def read_identity(connection: Connection, key: bytes, participant: str) -> str | None:
    """Return what identifies a person; none where nothing is held.

    Raises
    ------
    IdentityKeyError
        If the key is another one, or the row was tampered with.
    """
    sealed = connection.scalar(select(Identity.sealed).where(Identity.participant == participant))
    if sealed is None:
        return None
    try:
        return AESGCM(key).decrypt(sealed[:12], sealed[12:], participant.encode()).decode()
    except InvalidTag as error:
        raise IdentityKeyError(
            f"the identity of {participant} was sealed with another key, or changed since. Restore the key file."
        ) from error


def erase_identity(connection: Connection, participant: str) -> bool:
    """Delete what identifies a person and return whether there was anything."""
    return connection.execute(delete(Identity).where(Identity.participant == participant)).rowcount > 0
