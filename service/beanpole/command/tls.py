"""TLS for the HTTP server: a context from files or from a certificate made here, and connections that speak it.

waitress reads and writes sockets that never block, so an operation of TLS that must wait for the other side raises
BlockingIOError. Python's TLS sockets are not safe for a reader and a writer at once; a lock is.
"""

import errno
import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from beanpole.command.connections import Connection
from beanpole.machine.clock import real_now

DAYS = 825  # for which a certificate holds that is made here, as long as browsers take one
SPARE = 30  # days before its end when a certificate that was made here is made anew
NAMES = ("localhost", "*.localhost", "*.s3.localhost")
ADDRESSES = ("127.0.0.1", "::1")
_IN_THE_CLEAR = frozenset({"HTTP_REQUEST", "WRONG_VERSION_NUMBER"})  # OpenSSL's reasons for bytes of HTTP
_SENTENCE = b"The server speaks TLS here, and the request came without: its address begins with https://.\n"
NO_TLS = (
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n"
) % len(_SENTENCE) + _SENTENCE


class Unusable(Exception):
    """TLS that cannot be had; the message is the reason, in one sentence."""


def context(certificate: Path, key: Path) -> ssl.SSLContext:
    """The context of a certificate and its key; raises Unusable for files that hold none."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        tls.load_cert_chain(certificate, key, _no_pass_phrase)
    except OSError as error:
        raise Unusable(_reason(certificate, key, error)) from None
    return tls


def _reason(certificate: Path, key: Path, error: OSError) -> str:
    """The reason why OpenSSL does not take a certificate and its key: it names neither the file nor what it expects."""
    for file, mark, what in (
        (certificate, b"CERTIFICATE-----", "certificate"),
        (key, b"PRIVATE KEY-----", "private key"),
    ):
        try:
            if mark not in file.read_bytes():
                return f"there is no {what} in {file}, in the form of PEM"
        except OSError as unread:
            return f"{file} cannot be read: {unread.strerror or unread}"
    reason = _REASONS.get(getattr(error, "reason", None) or "", "one of them is damaged")
    return f"{certificate} and {key} are no certificate and key: {reason}"


_REASONS = {
    "KEY_VALUES_MISMATCH": "the key is not that of the certificate, which must be the first of its file",
    "EE_KEY_TOO_SMALL": "the key is too short for any client",
}


def _no_pass_phrase() -> str:
    raise Unusable("the key has a pass phrase, which nobody can type here: remove it with `openssl pkey`")


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for the names of this machine and its key, made in a folder unless good ones are there.

    Those that are damaged or about to expire are made anew.
    """
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    if not _are_good(certificate, key):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        public, secret = _new_pair()
        key.touch(mode=0o600)
        key.write_bytes(secret)
        certificate.write_bytes(public)
    return certificate, key


def _are_good(certificate: Path, key: Path) -> bool:
    """Tell whether a certificate that was made here and its key can be used, for a month at least."""
    if not (certificate.is_file() and key.is_file()):
        return False
    try:
        tls = context(certificate, key)
        tls.load_verify_locations(certificate)
    except (Unusable, ssl.SSLError):
        return False
    ends = [ssl.cert_time_to_seconds(str(one["notAfter"])) for one in tls.get_ca_certs()]
    return min(ends, default=0) > real_now() / 1000 + SPARE * 86_400


def _new_pair() -> tuple[bytes, bytes]:
    """A certificate and its key as PEM; raises Unusable without the package that makes them."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import NameOID
    except ModuleNotFoundError:
        raise Unusable("a certificate is made by cryptography: pip install 'beanpole[companions]'") from None
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "beanpole")])
    now = datetime.fromtimestamp(real_now() / 1000, UTC)
    names = [
        *(x509.DNSName(address) for address in NAMES),
        *(x509.IPAddress(ip_address(address)) for address in ADDRESSES),
    ]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return certificate.public_bytes(serialization.Encoding.PEM), secret


class NotYet(Exception):
    """A read that must wait, because the other side has not sent enough."""


class TlsSocket:
    """A socket that never blocks, with TLS in it."""

    def __init__(self, context: ssl.SSLContext, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._socket = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self._lock = threading.Lock()
        self._has_shaken = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def recv(self, size: int, flags: int = 0) -> bytes:
        """The bytes that were sent; raises NotYet while there are too few. Flags read the raw bytes."""
        if flags:
            return socket.socket.recv(self._socket, size, flags)
        with self._lock:
            try:
                if not self._has_shaken:
                    self._socket.do_handshake()
                    self._has_shaken = True
                return self._socket.recv(size)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise NotYet from None
            except ssl.SSLError as error:  # no TLS, or none that we speak: the connection is closed
                if not self._has_shaken and error.reason in _IN_THE_CLEAR:
                    self._refuse_in_the_clear()
                raise ConnectionResetError(errno.ECONNRESET, "no TLS") from None

    def _refuse_in_the_clear(self) -> None:
        """Answer a request that came without TLS, as nginx does; what it has sent is read, so nothing is reset."""
        with suppress(OSError):  # the client is gone, or has sent no more
            socket.socket.send(self._socket, NO_TLS)
            while socket.socket.recv(self._socket, 1 << 16):
                pass

    def send(self, data: bytes | memoryview) -> int:
        """The number of bytes that were taken; raises BlockingIOError if there are none."""
        with self._lock:
            try:
                return self._socket.send(data)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise BlockingIOError(errno.EWOULDBLOCK, "TLS waits") from None
            except ssl.SSLError:
                raise ConnectionResetError(errno.ECONNRESET, "TLS broke") from None

    def shutdown(self, how: int) -> None:
        """Say that nothing more comes, by TLS and then by TCP."""
        with self._lock:
            with suppress(OSError, ValueError):  # the other side need not answer
                self._socket.unwrap()
            self._socket.shutdown(how)


class TlsConnection(Connection):
    """A connection that speaks TLS; the listener has the context.

    No thread stays with it: TLS may have read the next request already, of which the system does not tell again.
    """

    stays = False

    def __init__(self, server: Any, connection: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(server, TlsSocket(server.tls, connection), *arguments, **named)

    def handle_read(self) -> None:
        """Read all that TLS has decrypted: the system does not tell of that again."""
        try:
            super().handle_read()
            while self.connected and self.socket is not None and self.socket.pending():
                super().handle_read()
        except NotYet:
            return
