"""A fresh Django project and its admin, which has protections of its own that must go on working."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from browsing import Attacker, BrowserTest
from shielded import PYTHON, Shielded


class DjangoAdmin(BrowserTest):
    @classmethod
    def start(cls):
        cls.project = pathlib.Path(tempfile.mkdtemp(dir=cls.home.path)) / "site"
        cls.project.mkdir()
        run = lambda *command, **extra: subprocess.run(
            command, cwd=cls.project, check=True, stdout=subprocess.DEVNULL, env=dict(os.environ, **extra)
        )
        run(PYTHON, "-m", "django", "startproject", "project", ".")
        run(PYTHON, "manage.py", "migrate")
        run(
            PYTHON, "manage.py", "createsuperuser", "--noinput", "--username", "ada", "--email", "ada@example.com",
            DJANGO_SUPERUSER_PASSWORD="open sesame",
        )
        return Shielded(cls.home, "office", [PYTHON, "manage.py", "runserver", "--noreload", "{port}"], folder=cls.project)

    def setUp(self):
        self.browser.delete_all_cookies()
        self.open("/admin/login/?next=/admin/")
        self.submit({"username": "ada", "password": "open sesame"}, button="[type=submit]")
        self.wait_for(lambda: "Site administration" in self.text(), "logging in failed")

    def test_a_user_is_added_and_changed(self):
        self.open("/admin/auth/user/add/")
        self.submit(
            {"username": "grace", "password1": "correct horse battery", "password2": "correct horse battery"},
            button="[name=_save]",
        )
        self.wait_for(lambda: "was added successfully" in self.text(), "the user was not added")
        self.submit({"first_name": "Grace", "email": "grace@example.com"}, button="[name=_save]")
        self.wait_for(lambda: "was changed successfully" in self.text(), "the user was not changed")

    def test_its_scripts_and_styles_load(self):
        self.open("/admin/auth/group/add/")
        # The widget with two lists is built by the admin's own script.
        self.wait_for(lambda: self.find(".selector-available"), "the admin's script did not run")
        blocked = [
            entry["message"] for entry in self.browser.get_log("browser")
            if "Content Security Policy" in entry["message"] and "[Report Only]" not in entry["message"]
            and "report-only" not in entry["message"].lower()
        ]
        self.assertEqual([], blocked)

    def test_cookies(self):
        cookies = self.cookies()
        session = cookies.get("__Host-sessionid")
        self.assertIsNotNone(session, f"cookies are {cookies}")
        self.assertTrue(session["secure"] and session["httpOnly"])
        token = [cookie for name, cookie in cookies.items() if name.endswith("csrftoken")]
        self.assertEqual(1, len(token), cookies)
        self.assertTrue(token[0]["secure"])
        self.assertFalse(token[0]["httpOnly"], "a script of the application may need it")

    def test_a_forged_form_does_not_log_out(self):
        attacker = Attacker(
            f'<form id="f" method="post" action="{self.shield.url}/admin/logout/"></form>'
            "<button id='go' onclick='f.submit()'>prize</button>"
        )
        self.addCleanup(attacker.close)
        self.browser.get(attacker.url)
        self.find("#go").click()
        self.wait_for(lambda: "csrf." in self.shield.log(), "the forged form was not refused")
        self.open("/admin/")
        self.wait_for(lambda: "Site administration" in self.text(), "still logged in")


if __name__ == "__main__":
    unittest.main()
