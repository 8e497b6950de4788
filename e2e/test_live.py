"""An ASGI application: WebSocket and server-sent events in a real browser."""

import unittest

from browsing import Attacker, BrowserTest
from shielded import Shielded, binary


class Live(BrowserTest):
    @classmethod
    def start(cls):
        return Shielded(cls.home, "live", [binary("uvicorn"), "live:app", "--port", "{port}"])

    def test_a_socket_echoes_and_its_cookie_arrives(self):
        self.open()
        self.open()  # The first visit set the cookie that the handshake of the second one carries.
        self.wait_for(lambda: self.find("#echo").text == "hello, asgi", "the socket does not echo")

    def test_events_arrive_while_the_stream_is_open(self):
        self.open()
        self.wait_for(lambda: self.find("#events").text == "012", "the events do not arrive")

    def test_a_socket_from_another_site_is_refused(self):
        address = self.shield.url.replace("https:", "wss:")
        attacker = Attacker(
            f'<p id="state"></p><script>const s = new WebSocket("{address}/echo");'
            's.onopen = () => { state.textContent = "open"; }; s.onerror = () => { state.textContent = "refused"; };</script>'
        )
        self.addCleanup(attacker.close)
        self.browser.get(attacker.url)
        self.wait_for(lambda: self.find("#state").text == "refused", "the socket was opened")
        # Lines are written ten times a second.
        self.wait_for(lambda: "csrf.websocket-origin" in self.shield.log(), "the log does not say why")


if __name__ == "__main__":
    unittest.main()
