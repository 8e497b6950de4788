"""An ASGI application: a WebSocket that echoes, events from the server, a form."""

import asyncio

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute

PAGE = """<!doctype html><title>live</title><p id="echo"></p><p id="events"></p>
<script src="/live.js"></script>"""

SCRIPT = """
const socket = new WebSocket(`wss://${location.host}/echo`);
socket.onopen = () => socket.send("hello");
socket.onmessage = (message) => { document.getElementById("echo").textContent = message.data; };
const events = new EventSource("/events");
events.onmessage = (event) => { document.getElementById("events").textContent += event.data; };
"""


async def page(request):
    response = HTMLResponse(PAGE)
    response.set_cookie("sessionid", "asgi")
    return response


async def script(request):
    return PlainTextResponse(SCRIPT, media_type="text/javascript")


async def echo(socket):
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(f"{text}, {socket.cookies.get('sessionid')}")


async def events(request):
    async def stream():
        for number in range(3):
            yield f"data: {number}\n\n"
            await asyncio.sleep(0.05)
        # Like most streams of events this one never ends by itself.
        while not await request.is_disconnected():
            await asyncio.sleep(0.2)

    return StreamingResponse(stream(), media_type="text/event-stream")


app = Starlette(
    routes=[
        Route("/", page),
        Route("/live.js", script),
        Route("/events", events),
        WebSocketRoute("/echo", echo),
    ]
)
