"""A Flask application as many are written: sessions, a profile form, uploads. It knows nothing of what stands in front."""

import os
import tempfile

from flask import Flask, flash, get_flashed_messages, redirect, render_template_string, request, send_from_directory
from flask import session, url_for
from werkzeug.utils import secure_filename

app = Flask(__name__)
app.config["SECRET_KEY"] = "not a secret"
app.config["UPLOAD_FOLDER"] = os.environ.get("UPLOAD_FOLDER") or tempfile.mkdtemp()
app.config["MAX_CONTENT_LENGTH"] = 16 * 1024 * 1024

ALLOWED_EXTENSIONS = {"txt", "pdf", "png", "jpg", "jpeg", "gif"}
PROFILES = {}

PAGE = """<!doctype html>
<title>{{ title }}</title>
<h1>{{ title }}</h1>
{% for message in messages %}<p class="message">{{ message }}</p>{% endfor %}
{{ body|safe }}
"""


def page(title, body):
    return render_template_string(PAGE, title=title, body=body, messages=get_flashed_messages())


def allowed_file(filename):
    return "." in filename and filename.rsplit(".", 1)[1].lower() in ALLOWED_EXTENSIONS


@app.route("/")
def home():
    if "user" not in session:
        return redirect(url_for("login"))
    links = '<a id="profile" href="/profile">profile</a> <a id="upload" href="/upload">upload</a>'
    return page(f"Hello {session['user']}", links + '<form id="logout" method="post" action="/logout"><button>log out</button></form>')


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "POST":
        if request.form["password"] != "open sesame":
            flash("Wrong password")
            return redirect(request.url)
        session["user"] = request.form["user"]
        return redirect(url_for("home"))
    form = '<form method="post"><input name="user"><input name="password" type="password"><button>log in</button></form>'
    return page("Log in", form)


@app.route("/logout", methods=["POST"])
def logout():
    session.clear()
    return redirect(url_for("login"))


@app.route("/profile", methods=["GET", "POST"])
def profile():
    if "user" not in session:
        return redirect(url_for("login"))
    if request.method == "POST":
        PROFILES[session["user"]] = request.form["email"]
        flash("Saved")
        return redirect(url_for("profile"))
    email = PROFILES.get(session["user"], "nobody@example.com")
    return page("Profile", f'<p id="email">{email}</p><form method="post"><input name="email"><button>save</button></form>')


@app.route("/upload", methods=["GET", "POST"])
def upload():
    if request.method == "POST":
        if "file" not in request.files:
            flash("No file part")
            return redirect(request.url)
        file = request.files["file"]
        if file.filename == "":
            flash("No selected file")
            return redirect(request.url)
        if file and allowed_file(file.filename):
            filename = secure_filename(file.filename)
            file.save(os.path.join(app.config["UPLOAD_FOLDER"], filename))
            return redirect(url_for("download_file", name=filename))
        flash("File type not allowed")
        return redirect(request.url)
    form = '<form method="post" enctype="multipart/form-data"><input type="file" name="file"><button>upload</button></form>'
    return page("Upload", form)


@app.route("/uploads/<name>")
def download_file(name):
    return send_from_directory(app.config["UPLOAD_FOLDER"], name)


@app.route("/greet")
def greet():
    """A hole for a script: what was asked for stands in the page as it came."""
    return f"<!doctype html><title>greet</title><base href='https://evil.example/'><p>{request.args.get('name', '')}</p>"
