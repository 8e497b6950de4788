// Express as its guide shows it: sessions in memory, multer for uploads, and nothing said of proxies.
const express = require("express");
const session = require("express-session");
const multer = require("multer");

const app = express();
const upload = multer({ dest: process.env.UPLOAD_FOLDER });

app.use(session({ secret: "e2e", resave: false, saveUninitialized: false }));

app.get("/", (request, response) => {
  response.send(`<!doctype html><meta charset="utf-8"><h1 id="user">${request.session.user || "nobody"}</h1>
    <form id="login" method="post" action="/login"><input name="user"><button>Log in</button></form>
    <form id="upload" method="post" action="/photos" enctype="multipart/form-data">
      <input name="caption"><input type="file" name="photos" multiple><button>Upload</button></form>`);
});

app.post("/login", express.urlencoded({ extended: true }), (request, response) => {
  request.session.user = request.body.user;
  response.redirect("/");
});

app.post("/photos", upload.array("photos"), (request, response) => {
  // multer reads names as Latin-1.
  const name = (file) => Buffer.from(file.originalname, "latin1").toString("utf8");
  response.json({
    user: request.session.user,
    caption: request.body.caption,
    files: request.files.map((file) => [name(file), file.mimetype, file.size]),
  });
});

app.put("/api/user", express.json(), (request, response) => response.json({ now: request.body.user }));

// It reads bytes, and nothing else.
app.put("/api/note", express.raw(), (request, response) => response.json({ note: request.body.toString() }));

app.listen(process.env.PORT, process.env.HOST);
