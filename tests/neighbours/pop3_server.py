"""A small POP3 server (RFC 1939) over TLS, with one mailbox in memory."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PASSWORD = "harbour"


@dataclass(kw_only=True)
class Maildrop:
    """Mails by their unique id. `breaks_at`: the connection ends at this command instead of an answer.

    `withheld` are not given out; over a command of `breaks_over` (verb and mail) the connection ends, and
    those of `refused` are refused.
    """

    mails: dict[str, bytes] = field(default_factory=dict)
    port: int = 0
    breaks_at: str = ""
    read: list[str] = field(default_factory=list)
    withheld: set[str] = field(default_factory=set)
    breaks_over: set[tuple[str, str]] = field(default_factory=set)
    refused: set[tuple[str, str]] = field(default_factory=set)


class _Session(socketserver.StreamRequestHandler):
    drop: Maildrop

    def handle(self) -> None:
        drop, doomed = self.drop, set[str]()
        names = list(drop.mails)
        self._say("+OK ready")
        for line in iter(self.rfile.readline, b""):
            verb, _, rest = line.decode().strip().partition(" ")
            if verb == drop.breaks_at:
                return
            name = names[int(rest) - 1] if rest.isdecimal() else ""
            if (verb, name) in drop.breaks_over:
                return
            if verb == "PASS":
                self._say("+OK" if rest == PASSWORD else "-ERR [AUTH] no such user or password")
            elif verb == "UIDL":
                self._say("+OK", *(f"{n} {one}" for n, one in enumerate(names, 1)), ".")
            elif (verb, name) in drop.refused:
                self._say("-ERR [SYS/TEMP] not now")
            elif verb == "RETR" and name in drop.withheld:
                self._say("-ERR [SYS/PERM] the mail is damaged")
            elif verb == "RETR":
                drop.read.append(name)
                lines = drop.mails[name].decode("latin-1").split("\r\n")[:-1]
                self._say("+OK", *(f".{one}" if one.startswith(".") else one for one in lines), ".")
            elif verb == "DELE":
                doomed.add(name)
                self._say("+OK")
            elif verb == "QUIT":
                drop.mails = {key: mail for key, mail in drop.mails.items() if key not in doomed}
                self._say("+OK")
                return
            else:
                self._say("+OK")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode("latin-1"))


@contextmanager
def running_pop3(certificate: Path) -> Iterator[Maildrop]:
    """Serve one mailbox with the block."""
    drop = Maildrop()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def get_request(self) -> tuple[ssl.SSLSocket, object]:
            plain, where = super().get_request()
            return context.wrap_socket(plain, server_side=True), where

    handler = type("Session", (_Session,), {"drop": drop})
    with Server(("127.0.0.1", 0), handler) as server:
        drop.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield drop
        server.shutdown()
