"""What the browser tests have in common."""

import http.server
import threading
import time
import unittest

from selenium.webdriver.common.by import By

from shielded import PATIENCE, Home, chromium, screenshot

# The smallest PNG there is: one transparent pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001"
    "e5273de30000000049454e44ae426082"
)


class BrowserTest(unittest.TestCase):
    """One browser and one home for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        cls.home = Home()
        cls.addClassCleanup(cls.home.close)
        cls.shield = cls.start()
        cls.addClassCleanup(cls.shield.close)
        cls.home.trust()
        cls.browser = cls.enterClassContext(chromium(cls.home))

    def tearDown(self):
        screenshot(self.browser, self.id())

    def open(self, path="/"):
        self.browser.get(self.shield.url + path)

    def find(self, css):
        return self.browser.find_element(By.CSS_SELECTOR, css)

    def text(self):
        return self.find("body").text

    def wait_for(self, what, message):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                if what():
                    return
            except Exception:
                pass  # The page is on its way to another one.
            time.sleep(0.05)
        self.fail(f"{message}; the page says: {self.text()[:500]}\n{self.shield.log()}")

    def submit(self, fields, button="button"):
        for name, value in fields.items():
            field = self.find(f"[name={name}]")
            if field.get_attribute("type") != "file":
                field.clear()
            field.send_keys(value)
        self.find(button).click()

    def cookies(self):
        return {cookie["name"]: cookie for cookie in self.browser.get_cookies()}


class Attacker:
    """Another site, on a loopback name of its own, that serves one page."""

    def __init__(self, html):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(html.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://attacker.localhost:{self.server.server_port}/"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
