"""How a process listens."""

import socket

import pytest

from syndicate.cli.listening import lead_elsewhere, listen


def test_an_answer_does_not_wait_for_the_clients_acknowledgement() -> None:
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(
    ("base_url", "host", "elsewhere"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1", True),
        ("http://127.0.0.1:9000", "127.0.0.1", False),
        ("http://localhost:9000/news", "127.0.0.1", False),
        ("http://[::1]:9000", "127.0.0.1", True),
        ("http://127.0.0.1:9000", "::1", True),
        ("http://127.0.0.1", "127.0.0.1", True),
        ("http://127.0.0.1:8080", "0.0.0.0", False),
        ("https://news.example", "127.0.0.1", False),
    ],
)
def test_links_to_another_port_of_this_machine_are_told(base_url: str, host: str, elsewhere: bool) -> None:
    assert lead_elsewhere(base_url, host=host, port=9000) is elsewhere
