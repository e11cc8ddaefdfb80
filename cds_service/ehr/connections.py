"""Connections that end with the deadline of the call, and only reach addresses they may."""

import contextlib
import ipaddress
import socket
from collections.abc import Iterator
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import Any

import msgspec
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError
from urllib3.util.connection import create_connection

from cds_service.ehr.deadline import Deadline, Watch

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052
_IPV4_BYTES = 4


class _Call(msgspec.Struct, frozen=True):
    watch: Watch
    private_network: bool


_current: ContextVar[_Call] = ContextVar("call")
"""The call this thread is making; urllib3 hands nothing of it down to a connection."""


@contextlib.contextmanager
def calling(deadline: Deadline, *, private_network: bool) -> Iterator[None]:
    """All connections this thread uses meanwhile end with the deadline.

    Without `private_network` new ones are made only to addresses of the public Internet.
    """
    with deadline.watch() as watch:
        token = _current.set(_Call(watch, private_network))
        try:
            yield
        finally:
            _current.reset(token)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public Internet, however it is written."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    meant = _ipv4_within(ip) if isinstance(ip, ipaddress.IPv6Address) else ip
    return meant.is_global and not meant.is_multicast


def _ipv4_within(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that the network reaches by this one, else the address itself."""
    if ip in _NAT64:
        return ipaddress.IPv4Address(ip.packed[-_IPV4_BYTES:])
    return ip.ipv4_mapped or ip.sixtofour or ip


class _Watched(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        """A connection to the first address that answers; each is checked before it is used.

        The address that was checked is the one connected to: a name that changes its mind gains nothing.
        """
        call, trouble = _current.get(), "no address"
        for family_and_more in socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM):
            address = str(family_and_more[4][0])
            if not (call.private_network or is_public(address)):
                trouble = "an address that is not public"
                continue
            try:
                return self._connected(address, call.watch.deadline)
            except OSError as error:
                trouble = type(error).__name__
        raise NewConnectionError(self, trouble)

    def _connected(self, address: str, deadline: Deadline) -> socket.socket:
        """The time-out of a connection is one for all of a TLS handshake too, however it drips."""
        seconds = min(float(self.timeout or 0), deadline.left())
        if not seconds:
            raise TimeoutError
        return create_connection((address, self.port), seconds, socket_options=self.socket_options)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # urllib3 wraps it
        """The answer; its socket may be one that an earlier call opened."""
        if self.sock is not None:
            _current.get().watch.hold(self.sock)
        return super().getresponse()  # type: ignore[return-value]


class _SecurelyWatched(_Watched, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Watched  # type: ignore[assignment] # urllib3's protocol, not met by its own class


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecurelyWatched  # type: ignore[assignment] # as above


class Pools(PoolManager):
    """The connections to all servers."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
