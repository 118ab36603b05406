"""Answers that are the same for every reader, kept by this process until something changes for the public.

The middleware is the first of all, so that whoever asks for what is known already goes through nothing else. It keeps
what a view marked, and only if nothing on the way back made it somebody's own.
"""

import gzip
import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeGuard

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import parse_http_date_safe

from statements.freshness import State, look_anew, recent_state

# To be kept by whoever likes, and asked for anew each time: a correction must not come late.
PUBLIC = "public, no-cache"
# With more than this on it, a shelf is emptied.
MOST_BYTES = 32_000_000
# Nothing stays longer, whatever the question about the state may not see.
SECONDS = 300

# What goes with the answer that nothing has changed (RFC 9110, section 15.4.5).
_OF_304 = ("ETag", "Cache-Control", "Vary")
_GZIP = re.compile(r"\bgzip\b")
_SHELF = "statements.shelf"

Key = tuple[str, str, str | None, str | None]
View = Callable[..., HttpResponseBase]
Middleware = Callable[[HttpRequest], HttpResponseBase]


class Kept:
    """An answer, ready to be sent to anybody."""

    def __init__(self, response: HttpResponse) -> None:
        self.body = response.content
        self.gzipped = gzip.compress(self.body, mtime=0)
        # Weak, for it is the same whether the body is compressed or not (RFC 9110, section 8.8.3).
        self.etag = response.headers.get("ETag") or weak_etag(self.body)
        self.last_modified = parse_http_date_safe(response.headers.get("Last-Modified", ""))
        own = {"ETag": self.etag, "Vary": "Accept-Encoding", "Content-Length": str(len(self.body))}
        self.headers = {**response.headers, **own}
        gzipped = {"Content-Encoding": "gzip", "Content-Length": str(len(self.gzipped))}
        self.headers_gzipped = {**self.headers, **gzipped}
        self.headers_of_304 = {name: self.headers[name] for name in _OF_304 if name in self.headers}

    def answer(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in full, compressed for those who can read that, or with 304 for whoever has it already."""
        if request.META.get("HTTP_IF_NONE_MATCH") == self.etag:
            return HttpResponseNotModified(headers=self.headers_of_304)  # As nearly all ask. Other ways take longer.
        if _GZIP.search(request.META.get("HTTP_ACCEPT_ENCODING", "")):
            response = HttpResponse(self.gzipped, headers=self.headers_gzipped)
        else:
            response = HttpResponse(self.body, headers=self.headers)
        return get_conditional_response(request, self.etag, self.last_modified, response) or response


@dataclass
class Shelf:
    """What was answered in one state of the public."""

    state: State | None = None
    until: float = 0.0
    kept: dict[Key, Kept] = field(default_factory=dict)
    size: int = 0

    def put(self, key: Key, kept: Kept) -> None:
        self.size += len(kept.body) + len(kept.gzipped)
        if self.size > MOST_BYTES:
            self.kept, self.size = {}, 0
        self.kept[key] = kept


_shelf = Shelf()


def forget() -> None:
    """Forget all that was kept, and in which state."""
    global _shelf
    look_anew()
    _shelf = Shelf()


def _fresh_shelf() -> Shelf:
    """Return the shelf of the state of the public as it is now."""
    global _shelf
    state, now = recent_state(), time.monotonic()
    if state != _shelf.state or now > _shelf.until:
        _shelf = Shelf(state, now + SECONDS)
    return _shelf


def same_for_everybody(*, any_query: bool = False) -> Callable[[View], View]:
    """Mark what a view answers as public, and to be kept: it does not look at who asks.

    It is kept for the plain address. With `any_query` also for others, whose query the view must know.
    """

    def decorator(view: View) -> View:
        @wraps(view)
        def marked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if any_query or not request.META["QUERY_STRING"]:
                # Before the answer is made: what changes meanwhile is found out once too often, and not never.
                request.META[_SHELF] = _fresh_shelf()
            response = view(request, *args, **kwargs)
            response.headers["Cache-Control"] = PUBLIC
            return response

        return marked

    return decorator


def keep(get_response: Middleware) -> Middleware:
    """Answer as before what was answered before; keep what is to be kept."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        asks = request.method in ("GET", "HEAD")
        if asks and (key := _key(request)) in _shelf.kept and (kept := _fresh_shelf().kept.get(key)):
            return kept.answer(request)
        response = get_response(request)
        if not asks or not _is_for_everybody(response):
            return response
        kept = Kept(response)
        if shelf := request.META.get(_SHELF):
            shelf.put(_key(request), kept)
        return kept.answer(request)

    return middleware


def _key(request: HttpRequest) -> Key:
    """Return all that decides, on the way in, what is answered."""
    meta = request.META
    return meta["PATH_INFO"], meta["QUERY_STRING"], meta.get("HTTP_HOST"), request.scheme


def _is_for_everybody(response: HttpResponseBase) -> TypeGuard[HttpResponse]:
    return (
        isinstance(response, HttpResponse)
        and response.status_code == 200
        and response.headers.get("Cache-Control") == PUBLIC
        and not response.cookies
        # It depends on who asks, whatever the view believed: a session was read, a language was chosen.
        and not response.has_header("Vary")
        and "nonce-" not in response.headers.get("Content-Security-Policy", "")
    )


def weak_etag(body: bytes) -> str:
    return f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
