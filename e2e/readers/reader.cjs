// `reader.cjs KIND PORT`: answers each form with what a parser from npm, or Node's own, read in it, as JSON; bytes in hexadecimal.
// NODE_PATH names the folder of the packages.
const http = require("http");

const text = (value) => Buffer.from(value, "utf8").toString("hex");

function busboy(request, done) {
  const parser = require("busboy")({ headers: request.headers, defParamCharset: "utf8" });
  const fields = [], files = [];
  parser.on("field", (name, value) => fields.push([text(name), text(value)]));
  parser.on("file", (name, stream, info) => {
    const file = [text(name), text(info.filename ?? ""), text(info.mimeType), ""];
    files.push(file);
    const pieces = [];
    stream.on("data", (piece) => pieces.push(piece));
    stream.on("end", () => { file[3] = Buffer.concat(pieces).toString("hex"); });
  });
  parser.on("close", () => done({ fields, files }));
  parser.on("error", (error) => done({ error: String(error) }));
  request.pipe(parser);
}

function multiparty(request, done) {
  const parser = new (require("multiparty").Form)({ maxFieldsSize: 1 << 30, maxFields: 1e6 });
  const fields = [], files = [];
  let open = 0, closed = false;
  const end = () => { if (closed && open === 0) done({ fields, files }); };
  parser.on("part", (part) => {
    open += 1;
    const pieces = [];
    part.on("data", (piece) => pieces.push(piece));
    part.on("end", () => {
      const content = Buffer.concat(pieces).toString("hex");
      if (part.filename === undefined) fields.push([text(part.name), content]);
      else files.push([text(part.name), text(part.filename), text(part.headers["content-type"]), content]);
      open -= 1;
      end();
    });
  });
  parser.on("close", () => { closed = true; end(); });
  parser.on("error", (error) => done({ error: String(error) }));
  parser.parse(request);
}

// Node's own, which Next.js, Remix, SvelteKit and Hono call.
async function formdata(request, done) {
  try {
    const form = await new Request("http://app.example", {
      method: "POST", headers: { "content-type": request.headers["content-type"] }, body: request, duplex: "half",
    }).formData();
    const fields = [], files = [];
    for (const [name, value] of form) {
      if (typeof value === "string") {
        fields.push([text(name), text(value)]);
        continue;
      }
      // So Node 18, which Debian 12 has, calls the nothing of a file control that was left empty.
      const filename = value.name === "undefined" && value.size === 0 ? "" : value.name;
      files.push([text(name), text(filename), text(value.type), Buffer.from(await value.arrayBuffer()).toString("hex")]);
    }
    done({ fields, files });
  } catch (error) {
    done({ error: String(error) });
  }
}

const [kind, port] = process.argv.slice(2);
const read = { busboy, multiparty, formdata }[kind];
http.createServer((request, response) => {
  let answered = false;
  read(request, (form) => {
    if (answered) return;
    answered = true;
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(form));
  });
}).listen(Number(port), "127.0.0.1");
