"""Base addresses of REST APIs, and the keys to them."""

from __future__ import annotations

from urllib.parse import urlsplit

from generation.host_name import is_host_name, is_loopback


def check_address(base: str) -> None:
    """Whether a base address is of the form https://host, perhaps with a port and a path.

    Raises:
        ValueError: says what is wrong, without the address: a password may stand in it.
    """
    try:
        address = urlsplit(base)
        is_named = is_host_name(address.hostname or "", is_bracketed="[" in address.netloc)
        is_address = address.scheme in ("http", "https") and is_named
        has_port = address.port != 0
    except ValueError:
        raise ValueError("the address cannot be read") from None
    if not is_address or not has_port:
        raise ValueError("the address is not of the form https://host")
    if address.query or address.fragment or address.username is not None:
        raise ValueError("the address holds more than scheme, host, port and path")


def check_key(key: str) -> None:
    """Whether a key can stand in a header.

    Raises:
        ValueError: it cannot.
    """
    if not (key.isascii() and key.isprintable()) or key != key.strip():
        raise ValueError("the key holds spaces at its ends or characters that no key has")


def host_of(base: str) -> str:
    """The host of a base address in small letters, without its port."""
    return urlsplit(base).hostname or ""


def is_exposed(base: str) -> bool:
    """Whether what is sent there travels unencrypted beyond this machine."""
    return urlsplit(base).scheme != "https" and not is_loopback(host_of(base))
