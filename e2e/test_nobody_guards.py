"""A Flask application without any protection of its own, in a real browser behind the shield."""

import pathlib
import tempfile
import unittest

from browsing import PNG, Attacker, BrowserTest
from shielded import Shielded, binary


class GuardedByNobody(BrowserTest):
    @classmethod
    def start(cls):
        return Shielded(cls.home, "shop", [binary("flask"), "--app", "guarded_by_nobody", "run"])

    def setUp(self):
        self.open("/login")
        self.submit({"user": "ada", "password": "open sesame"})
        self.wait_for(lambda: "Hello ada" in self.text(), "logging in failed")

    def test_the_application_works(self):
        self.open("/profile")
        self.submit({"email": "ada@example.com"})
        self.wait_for(lambda: "Saved" in self.text(), "the form was not saved")
        self.assertEqual(self.find("#email").text, "ada@example.com")
        self.open("/")
        self.find("#logout button").click()
        self.wait_for(lambda: "Log in" in self.text(), "logging out failed")

    def test_the_session_cookie_is_hardened(self):
        cookie = self.cookies().get("__Host-session")
        self.assertIsNotNone(cookie, f"cookies are {self.cookies()}")
        self.assertEqual((cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]), (True, True, "Lax", "/"))
        self.assertNotIn("session", self.cookies())
        self.assertNotIn("session", self.browser.execute_script("return document.cookie"))

    def test_uploads_and_downloads(self):
        with tempfile.TemporaryDirectory() as folder:
            photo = pathlib.Path(folder) / "my photo.png"
            photo.write_bytes(PNG)
            self.open("/upload")
            self.submit({"file": str(photo)})
            self.wait_for(lambda: "/uploads/" in self.browser.current_url, "the upload did not arrive")
            stored = self.shield.uploads / "my_photo.png"
            self.assertEqual(stored.read_bytes(), PNG, "byte for byte")
            size = self.browser.execute_script("return document.images[0].naturalWidth")
            self.assertEqual(size, 1, "the browser shows it")

    def test_a_page_that_claims_to_be_a_picture_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            disguised = pathlib.Path(folder) / "disguised.png"
            disguised.write_text("<!doctype html><script>alert(1)</script>")
            self.open("/upload")
            self.submit({"file": str(disguised)})
            self.wait_for(lambda: "upload.content-mismatch" in self.shield.log(), "the upload was not refused")
            self.assertFalse((self.shield.uploads / "disguised.png").exists())

    def test_a_forged_form_changes_nothing(self):
        self.open("/profile")
        before = self.find("#email").text
        attacker = Attacker(
            f'<form id="f" method="post" action="{self.shield.url}/profile"><input name="email" value="evil@example.com"></form>'
            "<button id='go' onclick='f.submit()'>prize</button>"
        )
        self.addCleanup(attacker.close)
        self.browser.get(attacker.url)
        self.find("#go").click()
        self.wait_for(lambda: "csrf." in self.shield.log(), "the forged form was not refused")
        self.wait_for(lambda: self.browser.current_url.startswith(self.shield.url), "no answer came")
        self.assertNotIn("Saved", self.text())
        self.wait_for(lambda: self.browser.current_url == self.shield.url + "/", "the forged form is still in the tab's history")
        self.browser.refresh()
        self.assertIn("ada", self.text(), "the start page, and the form is not sent again")
        self.open("/profile")
        self.assertEqual(self.find("#email").text, before)

    def test_a_frame_on_another_site_stays_empty(self):
        # A page that everybody gets: the session's cookie does not come into a frame of another site anyway.
        attacker = Attacker(f'<iframe id="f" src="{self.shield.url}/login"></iframe>')
        self.addCleanup(attacker.close)
        self.browser.get(attacker.url)
        self.browser.switch_to.frame("f")
        self.assertNotIn("password", self.browser.page_source)
        self.browser.switch_to.default_content()

    def test_the_floor_of_the_content_security_policy_holds(self):
        # Injected markup: `base` is cut back to this site, an object does not load.
        self.open("/greet?name=%3Cobject+data%3D%22data%3Atext%2Fhtml%2Chello%22%3E%3C%2Fobject%3E")
        self.assertTrue(self.browser.execute_script("return document.baseURI").startswith(self.shield.url))
        messages = "\n".join(entry["message"] for entry in self.browser.get_log("browser"))
        self.assertIn("base-uri", messages)
        self.assertIn("object-src", messages)


if __name__ == "__main__":
    unittest.main()
