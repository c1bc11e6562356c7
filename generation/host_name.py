"""Names of hosts in addresses: which can be one, and which are this very machine."""

from __future__ import annotations

import ipaddress

MAX_NAME = 253
MAX_LABEL = 63
IPV4_LABELS = 4


def is_loopback(host: str) -> bool:
    """Whether a host name or an address, without a port, is this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_host_name(host: str, *, is_bracketed: bool = False) -> bool:
    """Whether a name or an address can stand for a host; an IPv6 address stands in brackets.

    RFC 1035, 2.3.1, with the underscores of containers and the letters of other languages.
    """
    if is_bracketed:
        return _is_ip(host.partition("%")[0], version=6)
    labels = host.removesuffix(".").split(".")
    if len(labels) == IPV4_LABELS and all(label.isdecimal() for label in labels):
        return _is_ip(host, version=4)
    return len(host) <= MAX_NAME and all(_is_label(label) for label in labels)


def _is_label(label: str) -> bool:
    letters = label.replace("-", "").replace("_", "")
    return len(label) <= MAX_LABEL and letters.isalnum()


def _is_ip(host: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(host).version == version
    except ValueError:
        return False
