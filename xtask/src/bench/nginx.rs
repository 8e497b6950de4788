//! nginx as it stands beside us: one worker, no access log, keep-alive on both sides, otherwise Debian's defaults.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

/// How nginx is set up.
pub(crate) struct Setup<'a> {
    pub(crate) name: &'a str,
    pub(crate) port: u16,
    pub(crate) upstream: u16,
    /// Fields that nginx adds to each answer, so that it sends what we send.
    pub(crate) headers: &'a [(String, String)],
}

/// Writes the configuration and returns the command.
pub(crate) fn command(setup: &Setup<'_>, folder: &Path) -> Result<Command> {
    let Setup { name, port, upstream, headers } = setup;
    let folder = folder.display();
    let mut location = String::new();
    if !headers.is_empty() {
        location.push_str("proxy_cookie_flags ~ httponly samesite=lax; ");
    }
    for (field, value) in *headers {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        location.push_str(&format!("proxy_hide_header {field}; add_header {field} \"{value}\" always; "));
    }
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {folder}/{name}-{kind}; "))
        .concat();
    let config = format!(
        "worker_processes 1; daemon off; pid {folder}/{name}.pid; error_log {folder}/{name}.err crit;\n\
         {user}events {{ worker_connections 4096; }}\n\
         http {{\n\
           access_log off; server_tokens off; keepalive_requests 1000000000; client_max_body_size 0; {temporary}\n\
           upstream app {{ server 127.0.0.1:{upstream}; keepalive 256; keepalive_requests 1000000000; }}\n\
           server {{\n\
             listen 127.0.0.1:{port};\n\
             location / {{\n\
               proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection \"\";\n\
               proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;\n\
               {location}\n\
             }}\n\
           }}\n\
         }}\n",
        user = if is_root() { "user root;\n" } else { "" },
    );
    let file = format!("{folder}/{name}.conf");
    fs::write(&file, config)?;
    let mut command = Command::new("/usr/sbin/nginx");
    command.args(["-e", &format!("{folder}/{name}.err"), "-c", &file]);
    Ok(command)
}

fn is_root() -> bool {
    fs::read_to_string("/proc/self/status").is_ok_and(|status| status.contains("\nUid:\t0\t"))
}
