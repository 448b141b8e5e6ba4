"""Addresses of strangers, and names of pages."""

import hashlib
from urllib.parse import urlsplit

_LONGEST = 2000


def safe_url(url: str) -> str:
    """The address where it is one that a reader may follow, else "": no script hides in a link."""
    if len(url) > _LONGEST or any(character <= " " or character == "\x7f" for character in url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"https", "http"} and parts.netloc else ""


def verdict_page(uid: str) -> str:
    """The name of an entry's own page: its uid is a stranger's text, so its hash."""
    return f"verdicts/{_hashed(uid)}.html"


def metric_page(name: str) -> str:
    """The name of a metric's own page."""
    simple = name.isascii() and name.replace("_", "").isalnum() and len(name) <= 60
    return f"metrics/{name if simple else _hashed(name)}.html"


def anchor(text: str) -> str:
    """An id within a page."""
    return f"i{_hashed(text)}"


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
