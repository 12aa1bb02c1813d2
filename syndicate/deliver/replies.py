"""Bytes of an SMTP server → replies (RFC 5321, section 4.2). Pure."""

MAX_REPLY = 32_768
# Three digits, then the end, a space, a hyphen (more lines follow) or, by some servers, a tab.
MARKS = (b"", b" ", b"-", b"\t")

KNOWN = {b"%d" % code: code for code in range(200, 600)}
WHOLE = {code + b" ": number for code, number in KNOWN.items()}

# A whole reply's code, and its text as it came, its lines joined by a space.
Reply = tuple[int, bytes]


class ReplyReader:
    """Turns bytes, however they were split, into replies. `disorder` says what came that is none."""

    def __init__(self) -> None:
        self.disorder = ""
        self._rest = b""
        self._code = b""
        self._lines: list[bytes] = []
        self._held = 0

    @property
    def begun(self) -> bool:
        """Whether a part of a reply is there, and its end is not."""
        return bool(self._rest or self._lines)

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that these bytes complete, up to the first disorder."""
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        replies: list[Reply] = []
        for line in lines:
            # Nearly all are of one line; the others, and what is no reply, are looked at more closely.
            code = WHOLE.get(line[:4])
            if code and not self._lines:
                replies.append((code, line[4:]))
                continue
            try:
                reply = self._line(line.rstrip(b"\r"))
            except ValueError as error:
                self.disorder = str(error)
                break
            if reply is not None:
                replies.append(reply)
        if len(self._rest) + self._held > MAX_REPLY:
            self.disorder = self.disorder or "a reply without end"
        return replies

    def _line(self, line: bytes) -> Reply | None:
        code, mark = line[:3], line[3:4]
        if code not in KNOWN or mark not in MARKS:
            raise ValueError(f"not an SMTP reply: {line[:80]!r}")
        if self._lines and code != self._code:
            raise ValueError(f"a reply whose lines differ in their code: {line[:80]!r}")
        if mark != b"-" and not self._lines:
            return KNOWN[code], line[4:]
        self._code = code
        self._lines.append(line[4:].strip())
        self._held += len(line)
        if mark == b"-":
            return None
        raw, self._lines, self._held = b" ".join(self._lines), [], 0
        return KNOWN[code], raw


def clean(raw: bytes) -> str:
    """A server's words: control characters become spaces."""
    text = raw.decode("utf-8", "replace").strip()
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()
