"""The headers of every answer: nothing runs, nothing is loaded from elsewhere, nobody frames it."""

from __future__ import annotations

from typing import Any

Message = dict[str, Any]

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SAFE = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
RAW = [(name.lower().encode(), value.encode()) for name, value in SAFE.items()]


class SafeHeaders:
    """Adds them to whatever the application answers, errors included."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *RAW]
            await send(message)

        await self.app(scope, receive, sending if scope["type"] == "http" else send)
