//! Where bodies wait for their verdict, when there is no room for them.

use std::fs;
use std::process::Command;

use mantlet_core::Reason;

use crate::harness::client::Client;
use crate::harness::folder::Folder;
use crate::harness::process::Process;
use crate::harness::upstream::Upstream;

/// More than is kept in memory.
const LARGE: usize = 300_000;

const RUN: [&str; 5] = ["run", "--http", "--listen", "127.0.0.1:0", "--upstream"];

/// The shield in front of an application.
struct Started {
    shield: Process,
    upstream: Upstream,
}

impl Started {
    fn of(command: impl FnOnce(&[&str]) -> Command) -> Self {
        let upstream = Upstream::recording();
        let url = format!("http://127.0.0.1:{}", upstream.port);
        Self { shield: Process::start(&mut command(&[&RUN[..], &[&url]].concat())), upstream }
    }

    /// The status of the answer to a form with a file of this many bytes, and its page.
    fn upload(&self, length: usize) -> (Option<u16>, String) {
        let opening = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\n";
        let form = format!("{opening}{}\r\n--b--\r\n", "x".repeat(length));
        let port = self.shield.port();
        let mut client = Client::connect(port);
        client.send(format!(
            "POST / HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: multipart/form-data; boundary=b\r\n\
             Content-Length: {}\r\n\r\n{form}",
            form.len()
        ));
        let answer = client.answer();
        (answer.status(), String::from_utf8_lossy(&answer.body).into_owned())
    }

    fn assert_only_small_ones_pass(&self) {
        let (status, page) = self.upload(LARGE);
        assert_eq!(status, Some(503), "{page}");
        assert!(page.contains(Reason::UploadSpoolFull.code()), "{page}");
        assert_eq!(self.upload(100).0, Some(200));
        assert_eq!(self.upstream.seen(), 1);
    }
}

#[test]
fn a_file_larger_than_the_system_allows_ends_its_request_and_nothing_else() {
    let folder = Folder::new();
    // Blocks of 512 bytes, or of 1024.
    let started = Started::of(|args| folder.command_within("-f 200", args));
    started.assert_only_small_ones_pass();
    let folder = folder.temporary();
    started.shield.line(&format!("the spool in {} cannot be written: File too large", folder.display()));
}

#[test]
fn a_folder_that_cannot_be_written_is_told_at_the_start() {
    let folder = Folder::new();
    fs::remove_dir(folder.temporary()).unwrap();
    let started = Started::of(|args| folder.command(args));
    let warning = started.shield.line("warning: the folder for temporary files cannot be written");
    assert!(warning.contains("128 KiB"), "{warning}");
    assert!(started.shield.line("tmp: ").contains(folder.temporary().to_str().unwrap()));
    started.shield.line("fix: ");
    started.assert_only_small_ones_pass();
    fs::create_dir(folder.temporary()).unwrap();
    assert_eq!(started.upload(LARGE).0, Some(200), "once it is there");
}
