"""What is refused before openleadr parses it: too large, no XML, document types and entities.

The library's own parser validates by a schema while it parses, and lxml 6.1.3 dies there (SIGSEGV) of an
entity bomb, so that requests to the VTN and answers to the VEN are looked at first.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable

from aiohttp import (
    ClientError,
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    TCPConnector,
    web,
)
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

LARGEST = 1 << 20
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def refused_why(body: bytes) -> str | None:
    """Why a message is not parsed; None where it may be.

    Parameters
    ----------
    body : bytes
    """
    if len(body) > LARGEST:
        return f"The message has {len(body)} bytes; at most {LARGEST} are taken."
    try:
        fromstring(body, forbid_dtd=True)
    except DefusedXmlException:
        return "The message has a document type or entities."
    except (ParseError, ValueError, LookupError):
        return "The message is no XML."
    return None


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse with 400, or 413 where a message is too large, which is known before it is read."""
    why = refused_why(await request.read())
    if why is not None:
        return web.Response(status=400, text=why)
    return await handler(request)


@web.middleware
async def signed_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a message without a certificate in it: openleadr takes one for granted and stumbles."""
    if b"X509Certificate" not in await request.read():
        return web.Response(status=403, text="The message is not signed.")
    return await handler(request)


async def _guarded(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    answer = await handler(request)
    if answer.content_length is not None and answer.content_length > LARGEST:
        answer.close()
        raise ClientError(f"The answer has {answer.content_length} bytes; at most {LARGEST} are taken.")
    body = await answer.read()
    why = refused_why(body) if body and answer.status == 200 else None
    if why is not None:
        raise ClientError(why.replace("message", "answer"))
    return answer


def guarded_session(context: ssl.SSLContext | None) -> ClientSession:
    """A session whose answers are looked at before anybody parses them; in a running loop.

    Parameters
    ----------
    context : SSLContext, optional
        None speaks plain HTTP.
    """
    return ClientSession(
        connector=TCPConnector(ssl=context if context is not None else True),
        headers={"content-type": "application/xml"},
        timeout=ClientTimeout(sock_connect=5, sock_read=10),
        middlewares=(_guarded,),
    )
