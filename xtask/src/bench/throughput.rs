//! Requests per CPU second, proxy by proxy.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::load::Load;
use super::options::Options;
use super::stage::{Proxy, Stage};

impl Stage {
    /// Lets the proxies take turns under one load and prints the medians; the ratios by name.
    pub(super) fn compare(&self, name: &str, load: &Load, options: &Options) -> Result<Vec<(String, f64)>> {
        self.guards_are_on()?;
        let is_get = load.body.is_empty();
        let mut proxies = vec![&self.mantlet, &self.nginx];
        if is_get {
            proxies.push(&self.nginx_with_headers);
        }
        for proxy in &proxies {
            let (head, _) = load.once(proxy.port)?;
            ensure!(head.starts_with("HTTP/1.1 200 "), "{name}: {} answers\n{head}", proxy.name);
            load.run(proxy.port, options.core, 1)?;
        }
        let rounds = take_turns(&proxies, load, options)?;
        if is_get {
            println!("nginx+headers adds what we add: {} fields", self.added);
        }
        println!("{name}: {} rounds of {} s, everything on core {}", options.rounds, options.seconds, options.core);
        for (proxy, rounds) in proxies.iter().zip(&rounds) {
            let rate = median(rounds);
            println!("  {:<14} {rate:>9.0} requests per CPU second   {:>8.1} us each", proxy.name, 1e6 / rate);
        }
        let mut ratios = Vec::new();
        for at in 1..proxies.len() {
            let quotients: Vec<f64> = rounds[0].iter().zip(&rounds[at]).map(|(ours, theirs)| ours / theirs).collect();
            let name = match (is_get, at) {
                (false, _) => name.to_owned(),
                (true, 1) => format!("{name}-plain"),
                (true, _) => format!("{name}-headers"),
            };
            let all: Vec<String> = quotients.iter().map(|quotient| format!("{quotient:.2}")).collect();
            println!("  {name:<14} {:>9.2} x {}   (rounds: {})", median(&quotients), proxies[at].name, all.join(" "));
            ratios.push((name, median(&quotients)));
        }
        Ok(ratios)
    }
}

/// Requests per CPU second: of each proxy, in each round.
fn take_turns(proxies: &[&Proxy], load: &Load, options: &Options) -> Result<Vec<Vec<f64>>> {
    let mut rounds: Vec<Vec<f64>> = vec![Vec::new(); proxies.len()];
    for round in 0..options.rounds {
        for turn in 0..proxies.len() {
            let at = (turn + round) % proxies.len();
            let before = proxies[at].process.cpu();
            let requests = load.run(proxies[at].port, options.core, options.seconds)?;
            let cpu = proxies[at].process.cpu() - before;
            ensure!(cpu > Duration::ZERO, "this kernel does not account CPU time in /proc/PID/task/*/schedstat");
            rounds[at].push(requests as f64 / cpu.as_secs_f64());
        }
    }
    Ok(rounds)
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
