//! The load: wrk from Debian for many requests, one plain socket for a single one.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// What a browser sends when its user follows a link.
pub(crate) const BROWSER: [&str; 10] = [
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language: en-GB,en;q=0.9",
    "Accept-Encoding: identity",
    "Cookie: session=31d4d96e407aad42; theme=dark",
    "Upgrade-Insecure-Requests: 1",
    "Sec-Fetch-Site: same-origin",
    "Sec-Fetch-Mode: navigate",
    "Sec-Fetch-Dest: document",
    "Sec-Fetch-User: ?1",
];

/// The boundary of the uploads.
const BOUNDARY: &str = "----WebKitFormBoundary7MA4YWxkTrZu0gW";

/// A request that is sent over and over.
pub(crate) struct Load {
    /// wrk's script, for an upload.
    script: Option<PathBuf>,
    /// The body, for an upload.
    pub(crate) body: Vec<u8>,
    connections: u32,
}

impl Load {
    /// A GET, on 32 connections.
    pub(crate) fn get() -> Self {
        Self { script: None, body: Vec::new(), connections: 32 }
    }

    /// A form with a field and a photo of so many bytes; large ones go up on two connections.
    pub(crate) fn upload(size: usize, folder: &Path) -> Result<Self> {
        let body = form(size);
        let file = folder.join(format!("upload-{size}.bin"));
        fs::write(&file, &body)?;
        let script = folder.join(format!("upload-{size}.lua"));
        fs::write(
            &script,
            format!(
                "local f = io.open(\"{}\", \"rb\"); wrk.method = \"POST\"; wrk.body = f:read(\"*a\"); f:close()\n\
                 wrk.headers[\"Content-Type\"] = \"multipart/form-data; boundary={BOUNDARY}\"\n",
                file.display()
            ),
        )?;
        Ok(Self { script: Some(script), body, connections: if size >= 1 << 20 { 2 } else { 32 } })
    }

    /// Runs it for some seconds; how many requests were answered with 2xx. Any other answer is an error.
    pub(crate) fn run(&self, port: u16, core: usize, seconds: u64) -> Result<u64> {
        let mut command = Command::new("taskset");
        command.args(["-c", &core.to_string(), "wrk", "-t", "1", "-c", &self.connections.to_string()]);
        command.args(["-d", &format!("{seconds}s"), "--timeout", "5s"]);
        for header in BROWSER {
            command.args(["-H", header]);
        }
        if let Some(script) = &self.script {
            command.arg("-s").arg(script);
        }
        let output = command.arg(format!("http://127.0.0.1:{port}/page")).output().context("cannot run wrk")?;
        let said = String::from_utf8_lossy(&output.stdout);
        ensure!(
            !said.contains("Non-2xx") && !said.contains("Socket errors"),
            "not every request was answered with 2xx:\n{said}"
        );
        let requests = said.lines().find_map(|line| line.trim().split_once(" requests in"));
        let requests = requests.and_then(|(count, _)| count.parse().ok()).filter(|count| *count > 0);
        requests.with_context(|| format!("wrk printed no result:\n{said}{}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Sends it once; the head and body of the answer.
    pub(crate) fn once(&self, port: u16) -> Result<(String, Vec<u8>)> {
        if self.body.is_empty() {
            return ask(port, "GET", &BROWSER, &[]);
        }
        let content_type = format!("Content-Type: multipart/form-data; boundary={BOUNDARY}");
        let fields: Vec<&str> = BROWSER.into_iter().chain([content_type.as_str()]).collect();
        ask(port, "POST", &fields, &self.body)
    }
}

/// Sends one request on a connection of its own; the head and body of the answer, which has a length.
pub(crate) fn ask(port: u16, method: &str, fields: &[&str], body: &[u8]) -> Result<(String, Vec<u8>)> {
    let mut stream = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port)))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut head = format!("{method} /page HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n");
    for field in fields {
        head.push_str(&format!("{field}\r\n"));
    }
    if method != "GET" {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    stream.write_all(body)?;
    read_answer(stream)
}

/// Reads to the end that Content-Length states, or else to the connection's.
fn read_answer(mut stream: TcpStream) -> Result<(String, Vec<u8>)> {
    let mut answer = Vec::new();
    let mut buffer = [0; 64 * 1024];
    loop {
        if let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&answer[..end + 4]).into_owned();
            let stated = head.to_ascii_lowercase();
            let length = stated.split("\r\ncontent-length: ").nth(1).and_then(|rest| rest.split('\r').next());
            let length: Option<usize> = length.and_then(|length| length.parse().ok());
            if length.is_some_and(|length| answer.len() >= end + 4 + length) {
                return Ok((head, answer.split_off(end + 4)));
            }
        }
        match stream.read(&mut buffer)? {
            0 => bail!("the answer broke off: {:?}", String::from_utf8_lossy(&answer)),
            length => answer.extend_from_slice(&buffer[..length]),
        }
    }
}

/// One field and one JPEG whose bytes no compression and no cache could shorten.
fn form(size: usize) -> Vec<u8> {
    let mut body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nhello\r\n\
         --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"photo.jpg\"\r\n\
         Content-Type: image/jpeg\r\n\r\n"
    )
    .into_bytes();
    body.extend(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00");
    let mut state: u64 = 7;
    while body.len() < size {
        // splitmix64
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        body.extend((z ^ (z >> 31)).to_le_bytes());
    }
    body.extend(b"\xff\xd9");
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    body
}
