//! How much memory a large upload takes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};

use super::load::{self, Load};
use super::stage::Stage;

impl Stage {
    /// Prints how much memory each proxy takes over idle while one large upload goes through.
    pub(super) fn memory(&self, load: &Load) -> Result<()> {
        println!("memory-200m: peak memory (PSS) while one upload of 200 MiB goes through, over idle");
        for proxy in [&self.mantlet, &self.nginx] {
            // A small upload first: what any upload needs once is not what a large one needs.
            let small = ask_small_upload(proxy.port)?;
            ensure!(small.starts_with("HTTP/1.1 200 "), "{} answers\n{small}", proxy.name);
            let idle = proxy.process.pss();
            let is_done = AtomicBool::new(false);
            let (peak, answer) = std::thread::scope(|scope| {
                let watch = scope.spawn(|| {
                    let mut peak = idle;
                    while !is_done.load(Ordering::Relaxed) {
                        peak = peak.max(proxy.process.pss());
                        std::thread::sleep(Duration::from_millis(5));
                    }
                    peak
                });
                let answer = load.once(proxy.port);
                is_done.store(true, Ordering::Relaxed);
                (watch.join().unwrap_or(u64::MAX), answer)
            });
            let (head, _) = answer?;
            ensure!(head.starts_with("HTTP/1.1 200 "), "{} answers\n{head}", proxy.name);
            let mib = |kib: u64| kib as f64 / 1024.0;
            println!("  {:<14} {:>6.1} MiB over {:.1} MiB", proxy.name, mib(peak - idle), mib(idle));
        }
        Ok(())
    }
}

fn ask_small_upload(port: u16) -> Result<String> {
    let body = b"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n";
    Ok(load::ask(
        port,
        "POST",
        &["Sec-Fetch-Site: same-origin", "Content-Type: multipart/form-data; boundary=b"],
        body,
    )?
    .0)
}
