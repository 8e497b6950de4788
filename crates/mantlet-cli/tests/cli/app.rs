//! An app that is started, and requests to it.

use crate::harness::client::Client;

/// An app: `/env` tells its environment, `/wait` waits for a file named `go`.
pub(crate) const APP: &str = r#"
import http.server, os, time
class App(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        body = b'done'
        if self.path == '/env':
            body = '\n'.join(f'{k}={v}' for k, v in os.environ.items()).encode()
        if self.path == '/wait':
            print('waiting', flush=True)
            while not os.path.exists('go'):
                time.sleep(0.01)
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_POST = do_GET
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), App).serve_forever()
"#;

pub(crate) fn get(port: u16, path: &str) -> String {
    request(port, "GET", path, "")
}

/// Sends a request on a connection of its own; all that comes back.
pub(crate) fn request(port: u16, method: &str, path: &str, fields: &str) -> String {
    let length = if method == "POST" { "Content-Length: 0\r\n" } else { "" };
    let mut client = Client::connect(port);
    client.send(format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n{length}{fields}\r\n"
    ));
    String::from_utf8_lossy(&client.rest()).into_owned()
}
