"""Express, its sessions and multer: an application whose server, cookies and form parser are none of Python's."""

import json
import os
import pathlib
import tempfile
import unittest

from browsing import PNG, Attacker, BrowserTest
from shielded import OUTPUT, Shielded

SEND = """
const done = arguments[0];
fetch("/api/user", {method: "PUT", headers: {"content-type": "application/json"}, body: JSON.stringify({user: "grace"})})
  .then(answer => answer.text()).then(done, error => done(String(error)));
"""


# A Blob of which nobody said what it is has no Content-Type.
SEND_UNTYPED = """
const done = arguments[0];
fetch("/api/note", {method: "PUT", body: new Blob(["user=grace"])})
  .then(answer => answer.text()).then(done, error => done(String(error)));
"""


# A picture that a script has drawn has no name: the browser calls it "blob".
SEND_DRAWING = """
const done = arguments[0];
document.createElement("canvas").toBlob(drawing => {
  const form = new FormData();
  form.append("photos", drawing);
  fetch("/photos", {method: "POST", body: form}).then(answer => answer.text()).then(done, error => done(String(error)));
});
"""


class Express(BrowserTest):
    @classmethod
    def start(cls):
        modules = {"NODE_PATH": str(OUTPUT / "node/node_modules")}
        return Shielded(cls.home, "express", ["node", "express_shop.js"], environment=modules)

    def setUp(self):
        self.browser.delete_all_cookies()
        self.open()

    def log_in(self):
        self.find("[name=user]").send_keys("ada")
        self.find("#login button").click()
        self.wait_for(lambda: self.find("#user").text == "ada", "logging in failed")

    def send_files(self, files):
        with tempfile.TemporaryDirectory() as folder:
            paths = [pathlib.Path(folder) / name for name in files]
            for path in paths:
                path.write_bytes(files[path.name])
            self.find("[name=caption]").send_keys("größer")
            self.find("[name=photos]").send_keys("\n".join(map(str, paths)))
            self.find("#upload button").click()
            self.wait_for(lambda: self.browser.current_url.endswith("/photos"), "no answer came")

    def test_a_session_lasts_and_its_cookie_is_hardened(self):
        self.log_in()
        self.open()
        self.assertEqual(self.find("#user").text, "ada")
        session = self.cookies().get("__Host-connect.sid")
        self.assertIsNotNone(session, f"cookies are {self.cookies()}")
        self.assertEqual((session["secure"], session["httpOnly"], session["sameSite"]), (True, True, "Lax"))

    def test_files_arrive_with_their_names(self):
        self.log_in()
        self.send_files({"größe.png": PNG, "a b.png": PNG})
        seen = json.loads(self.text())
        self.assertEqual((seen["user"], seen["caption"]), ("ada", "größer"))
        self.assertEqual(seen["files"], [["größe.png", "image/png", len(PNG)], ["a b.png", "image/png", len(PNG)]])

    def test_a_picture_that_a_script_has_drawn_arrives(self):
        [[name, media_type, size]] = json.loads(self.browser.execute_async_script(SEND_DRAWING))["files"]
        self.assertEqual((name, media_type), ("blob", "image/png"))
        self.assertGreater(size, len(PNG))

    def test_one_bad_file_among_good_ones_stops_the_form(self):
        before = os.listdir(self.shield.uploads)
        self.send_files({"a.png": PNG, "b.php.png": PNG})
        self.assertIn("upload.double-extension", self.text())
        self.assertEqual(before, os.listdir(self.shield.uploads))

    def test_a_script_of_the_page_may_put(self):
        self.assertEqual(json.loads(self.browser.execute_async_script(SEND)), {"now": "grace"})

    def test_bytes_without_a_type_arrive_as_bytes(self):
        self.assertEqual(json.loads(self.browser.execute_async_script(SEND_UNTYPED)), {"note": "user=grace"})

    def test_a_forged_login_is_refused(self):
        attacker = Attacker(
            f'<form id="f" method="post" action="{self.shield.url}/login"><input name="user" value="mallory"></form>'
            "<button id='go' onclick='f.submit()'>prize</button>"
        )
        self.addCleanup(attacker.close)
        self.browser.get(attacker.url)
        self.find("#go").click()
        self.wait_for(lambda: "csrf." in self.shield.log(), "the forged login was not refused")
        self.open()
        self.assertEqual(self.find("#user").text, "nobody")


if __name__ == "__main__":
    unittest.main()
