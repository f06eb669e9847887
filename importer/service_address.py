"""The address of the service: which ones protect the sign-in, and the one way in which each is written."""

from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

SERVICE: Final = "https://spaces.nexudus.com"
_DOMAIN: Final = "nexudus.com"
_PORTS: Final = {"https": 443, "http": 80}


def safe_address(value: str) -> str:
    """The base address without a trailing slash. `ValueError` unless it is https, or http to this machine."""
    address = value.strip().rstrip("/")
    parts = _parts(address)
    is_plain = address.isprintable() and not any(c in address for c in " @?#")
    if parts is None or not is_plain or not (_has_host(parts) and _has_port(parts)) or parts.scheme not in _PORTS:
        raise ValueError(f"expected an address such as {SERVICE}")
    if parts.scheme == "http" and not _is_this_machine(parts.hostname or ""):
        raise ValueError(
            "expected an address that begins with https:// (plain http would send the sign-in unprotected)"
        )
    return _as_usual(parts)


def is_known(address: str) -> bool:
    """Whether a base address is one of the service's own, or of this machine."""
    host = urlsplit(address).hostname or ""
    return host == _DOMAIN or host.endswith(f".{_DOMAIN}") or _is_this_machine(host)


def _as_usual(parts: SplitResult) -> str:
    """The address in the one way of writing it: two would be two services to locks, limits and the journal."""
    name = (parts.hostname or "").rstrip(".")
    host = f"[{name}]" if ":" in name else name
    port = "" if parts.port in (None, _PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}{parts.path}"


def _parts(address: str) -> SplitResult | None:
    """The parts of an address, if it has any: what says otherwise repeats it, and so a sign-in that it may hold."""
    try:
        return urlsplit(address)
    except ValueError:
        return None


def _has_host(parts: SplitResult) -> bool:
    """Whether it names a host; only an IPv6 address stands in brackets."""
    host = parts.hostname or ""
    return bool(host.rstrip(".")) and ("[" in parts.netloc) == (":" in host)


def _has_port(parts: SplitResult) -> bool:
    """Whether its port is one, or it has none."""
    try:
        return parts.port != 0
    except ValueError:
        return False


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
