//! What an app leaves behind: processes whose parents have ended. The shield is their parent then, as it is anyway where
//! it is the first process of a container.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::app::{APP, get};
use crate::harness::PATIENCE;
use crate::harness::folder::Folder;
use crate::harness::process::Process;

/// An app that first leaves a grandchild behind, which says `PID NUMBER` once it is the shield's child, and then does
/// what `{then}` says. It holds nothing of ours open.
fn leaving(then: &str, app: &str) -> String {
    format!(
        r"
import os, signal, sys, time
shield = os.getppid()
ready, tell = os.pipe()
if os.fork() == 0:
    if os.fork() == 0:
        while os.getppid() != shield:
            time.sleep(0.01)
        {then}
        print('PID', os.getpid(), flush=True)
        for stream in 0, 1, 2, tell:
            os.close(stream)
        while end == 'never':
            signal.pause()
        os._exit(0)
    os._exit(0)
os.wait()
os.close(tell)
os.read(ready, 1)
{app}
"
    )
}

const STUBBORN: &str = "end = 'never'; signal.signal(signal.SIGTERM, signal.SIG_IGN)";

fn process(line: &str) -> PathBuf {
    PathBuf::from("/proc").join(line.trim().trim_start_matches("PID "))
}

#[test]
fn orphans_are_waited_for_as_they_end() {
    let folder = Folder::new();
    let run = folder.run(&["python3", "-c", &leaving("end = 'now'", APP)]);
    let orphan = process(&run.out("PID "));
    let begun = Instant::now();
    while orphan.exists() {
        assert!(begun.elapsed() < PATIENCE, "{}", std::fs::read_to_string(orphan.join("status")).unwrap_or_default());
        std::thread::sleep(Duration::from_millis(10));
    }
    // And the app, whose status is waited for elsewhere, is still there.
    assert!(get(run.port(), "/").ends_with("done"));
    run.signal(Signal::TERM);
    assert_eq!(run.finish().code, 143);
}

#[test]
fn what_ignores_being_told_to_end_does_not_outlive_the_shield() {
    for (name, app, told, code) in
        [("an app that is told to stop", APP, true, 143), ("an app that ends by itself", "sys.exit(7)", false, 7)]
    {
        let folder = Folder::new();
        let run = folder.run(&["python3", "-c", &leaving(STUBBORN, app)]);
        let orphan = process(&run.out("PID "));
        if told {
            run.port();
            run.signal(Signal::TERM);
        }
        assert_eq!(run.finish().code, code, "{name}");
        assert!(!orphan.exists(), "{name}");
    }
}

#[test]
fn an_app_that_cannot_be_shielded_does_not_stay() {
    let folder = Folder::new();
    folder.write("mantlet.toml", "[server]\nthreads = 1000");
    let app = format!("import os\nprint('PID', os.getpid(), flush=True)\nos.close(1)\nos.close(2)\n{APP}");
    // So few files that no worker gets any.
    let args = ["run", "--http", "--listen", "127.0.0.1:0", "--", "python3", "-c", &app];
    let run = Process::start(&mut folder.command_within("-n 64", &args));
    let app = process(&run.out("PID "));
    let run = run.finish();
    assert_eq!(run.code, 125, "{}", run.stderr);
    assert!(run.stderr.contains("cannot listen on "), "{}", run.stderr);
    assert!(!app.exists());
}

/// Build servers and agents detach themselves on purpose, and serve others as well.
#[test]
fn what_took_a_session_of_its_own_is_let_be() {
    let folder = Folder::new();
    let detached = format!("os.setsid(); {STUBBORN}");
    let run = folder.run(&["python3", "-c", &leaving(&detached, APP)]);
    let orphan = process(&run.out("PID "));
    run.port();
    run.signal(Signal::TERM);
    assert_eq!(run.finish().code, 143);
    assert!(orphan.exists());
    let pid = orphan.file_name().unwrap().to_owned();
    assert!(std::process::Command::new("kill").arg("-KILL").arg(pid).status().unwrap().success());
}
