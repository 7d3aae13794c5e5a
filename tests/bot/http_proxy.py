"""HTTP proxy: forwards requests and tunnels, and notes them; and a TLS front for a server."""

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .tcp_proxy import copy


@dataclass
class HttpProxy:
    """A proxy with a password; `requests` are the methods and addresses of what it forwarded.

    Tunnels to one of the `ports` of this machine lead to another one.
    """

    user: str
    password: str
    ports: dict[int, int] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    refused: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection: one tunnel, or the requests to one server."""
        head = await reader.readuntil(b"\r\n\r\n")
        first, *headers = head.decode().split("\r\n")
        method, target, _ = first.split(" ")
        login = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        if f"Proxy-Authorization: Basic {login}" not in headers:
            self.refused += 1
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            writer.close()
            return
        self.requests.append(f"{method} {target}")
        url = urlsplit(f"//{target}" if method == "CONNECT" else target)
        port = self.ports.get(url.port or 0, url.port)
        to_reader, to_writer = await asyncio.open_connection(url.hostname, port)
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            to_writer.write(head)  # with the whole URL, which servers understand
        await asyncio.gather(
            copy(reader, to_writer), copy(to_reader, writer), return_exceptions=True
        )


@contextlib.asynccontextmanager
async def http_proxy(user: str, password: str) -> AsyncIterator[tuple[HttpProxy, str]]:
    """Run a proxy until the `with` block ends; yields it and its host and port."""
    proxy = HttpProxy(user, password)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    try:
        yield proxy, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@contextlib.asynccontextmanager
async def tls_front(url: str, folder: Path) -> AsyncIterator[tuple[int, Path]]:
    """Serve the server of `url` with TLS; yields its port and certificate."""
    certificate = _make_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    address = urlsplit(url)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_reader, to_writer = await asyncio.open_connection(address.hostname, address.port)
        await asyncio.gather(
            copy(reader, to_writer), copy(to_reader, writer), return_exceptions=True
        )

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1], certificate
    finally:
        server.close()


def _make_certificate(folder: Path) -> Path:
    """Write a certificate of 127.0.0.1 and its key, and return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / "discord.pem"
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file
