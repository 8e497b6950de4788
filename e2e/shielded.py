"""An application behind `mantlet run`, and a browser that trusts the shield's own authority."""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

ROOT = pathlib.Path(__file__).resolve().parent.parent
MANTLET = os.environ.get("MANTLET", str(ROOT / "target/debug/mantlet"))
APPS = ROOT / "e2e/apps"
OUTPUT = pathlib.Path(os.environ.get("E2E_OUTPUT", str(ROOT / "target/e2e")))
PYTHON = sys.executable

# How long anything is waited for. Only a hang comes near it.
PATIENCE = 30


def binary(name):
    """A program of the virtual environment that the tests run in."""
    return str(pathlib.Path(PYTHON).parent / name)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Home:
    """A home folder of its own: the shield's state, the browser's profile and its trust store."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="mantlet-e2e-"))
        # Without a locale, as in most containers, the browser finds no file whose name is not ASCII.
        self.environment = dict(
            os.environ, HOME=str(self.path), XDG_STATE_HOME=str(self.path / "state"), LC_ALL="C.UTF-8"
        )
        for name in ("MANTLET_CONFIG", "MANTLET_MODE", "MANTLET_LISTEN", "PORT", "HOST"):
            self.environment.pop(name, None)

    def trust(self):
        """Puts the shield's authority where Chromium looks, as a user would."""
        store = self.path / ".pki/nssdb"
        if not store.exists():
            store.mkdir(parents=True)
            subprocess.run(["certutil", "-N", "--empty-password", "-d", f"sql:{store}"], check=True)
        subprocess.run([MANTLET, "trust", "--nss"], env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)


class Shielded:
    """`mantlet run -- COMMAND`, until it is closed."""

    def __init__(self, home, name, command, policy="", environment=None, folder=APPS):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=home.path))
        config = self.folder / "mantlet.toml"
        config.write_text(policy)
        self.port = free_port()
        self.url = f"https://{name}.localhost:{self.port}"
        self.uploads = self.folder / "uploads"
        self.uploads.mkdir()
        self.lines = []
        self.process = subprocess.Popen(
            [MANTLET, "--config", str(config), "run", "--listen", f"127.0.0.1:{self.port}", "--name", name, "--", *command],
            cwd=folder,
            env=dict(home.environment, UPLOAD_FOLDER=str(self.uploads), PYTHONUNBUFFERED="1", **(environment or {})),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()
        self._wait_until_ready()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    def _wait_until_ready(self):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            if any(f":{self.port}" in line and "->" in line for line in self.lines):
                return
            time.sleep(0.02)
        self.close()
        raise AssertionError("the application did not become ready:\n" + self.log())

    def log(self):
        return "".join(self.lines)

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def chromium(home):
    """Debian's Chromium, without a window."""
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--disable-dev-shm-usage", "--disable-gpu", f"--user-data-dir={home.path}/chromium"):
        options.add_argument(argument)
    if os.getuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = Service("/usr/bin/chromedriver", env=home.environment)
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_page_load_timeout(PATIENCE)
    try:
        yield driver
    finally:
        driver.quit()


def screenshot(driver, name):
    folder = OUTPUT / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    driver.save_screenshot(str(folder / (re.sub(r"[^a-z0-9]+", "-", name.lower()) + ".png")))
