"""Names of hosts, as browsers ask for them and as users type them."""

import re
from collections.abc import Iterable
from ipaddress import ip_address

# A name or an IPv4 address, or an IPv6 address in brackets; then perhaps a port.
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{0,5})?", re.IGNORECASE)


def canonical(name: str) -> str:
    """Return the one form of a name or an address, by which it is compared.

    Parameters
    ----------
    name : str
        Such as "LOCALHOST", "127.0.0.1:8000", "0:0::1" or "[::1]"; a port is left out.

    Returns
    -------
    name : str
        In lower case and ASCII; addresses of IPv6 as short as possible, without
        brackets.
    """
    match = _HOST.fullmatch(name)
    name = (match[1] if match else name).strip("[]").lower()
    try:
        return str(ip_address(name))
    except ValueError:
        # One dot at the end means the same host.
        name = name.removesuffix(".")
    return name if name.isascii() else name.encode("idna").decode()


def is_trusted(header: str | None, trusted: Iterable[str]) -> bool:
    """Tell whether a request is for a host that is trusted.

    Parameters
    ----------
    header : str or None
        The Host of the request, with or without a port.

    trusted : iterable of str
        Names in their canonical form. One that starts with a dot stands for all names
        that end in it, and for itself without the dot.

    Returns
    -------
    is_trusted : bool
        Never True without a Host.
    """
    if _HOST.fullmatch(header or "") is None:
        return False
    name = canonical(header or "")
    return any(
        name == host.removeprefix(".") or (host[:1] == "." and name.endswith(host))
        for host in trusted
    )


def url_host(name: str) -> str:
    """Return a name or an address as it stands in a URL.

    Parameters
    ----------
    name : str
        Such as "localhost" or "::1".

    Returns
    -------
    host : str
        Addresses of IPv6 in brackets.
    """
    return f"[{name}]" if ":" in name else name
