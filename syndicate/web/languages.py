"""Which of the languages that we speak a visitor reads (RFC 9110, section 12.5.4)."""

from starlette.requests import Request

from syndicate.templating import spoken


def language_for(request: Request, default: str) -> str:
    """The first of the visitor's languages that our words are in; otherwise the `default`."""
    return choose_language(request.headers.get("accept-language", ""), default)


def choose_language(accept: str, default: str) -> str:
    """Pure: the best of an Accept-Language header, by its q-values and then its order."""
    wanted = []
    for place, part in enumerate(accept.split(",")[:20]):
        tag, _, parameters = part.partition(";")
        weight = _weight(parameters)
        if weight > 0:
            wanted.append((-weight, place, tag.strip().lower().split("-")[0]))
    return next((tag for _, _, tag in sorted(wanted) if tag in spoken()), default)


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
