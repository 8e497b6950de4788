"""The upload example of Flask's documentation, unchanged."""

import pathlib
import tempfile
import unittest

from browsing import PNG, BrowserTest
from shielded import Shielded, binary


class DocumentedUpload(BrowserTest):
    @classmethod
    def start(cls):
        return Shielded(cls.home, "upload", [binary("flask"), "--app", "documented_upload", "run"])

    def upload(self, name, content):
        # The browser reads the file when it sends it, which is later.
        path = pathlib.Path(tempfile.mkdtemp(dir=self.home.path)) / name
        path.write_bytes(content)
        self.open()
        self.submit({"file": str(path)}, button="[type=submit]")

    def test_files_of_every_default_type_go_up_and_come_back(self):
        for name, content in {
            "a.png": PNG,
            "a.gif": b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;",
            "a.txt": b"plain text, and a line\n",
        }.items():
            with self.subTest(name):
                self.upload(name, content)
                self.wait_for(lambda: self.browser.current_url.endswith(f"/uploads/{name}"), "the upload did not arrive")
                self.assertEqual((self.shield.uploads / name).read_bytes(), content)

    def test_no_selected_file_is_the_application_s_own_business(self):
        self.open()
        self.submit({}, button="[type=submit]")
        self.wait_for(lambda: "Upload new File" in self.text(), "the application did not answer")

    def test_a_script_is_refused_whatever_the_application_thinks(self):
        for name, reason in {
            "shell.php": "upload.extension-blocked", "shell.php.png": "upload.double-extension", "page.html": "upload.active-content",
        }.items():
            with self.subTest(name):
                self.upload(name, PNG)
                self.wait_for(lambda: reason in self.shield.log(), "it was not refused")
        self.assertEqual([], [path.name for path in self.shield.uploads.iterdir() if "shell" in path.name])


if __name__ == "__main__":
    unittest.main()
