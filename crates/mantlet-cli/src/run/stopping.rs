//! [`Stopping`]: what signals, the end of the app and the end of requests in flight lead to. It waits for nothing and does
//! nothing itself: what has happened goes in, and what is to be done about it comes out.
//!
//! 1. The first signal lets requests in flight end, and is relayed to the app once there are none: an app that is told earlier
//!    would break them off. While nothing is in flight, it is relayed at once.
//! 2. The second is relayed at once, the first before it. The third kills.
//! 3. When the app has ended, so do requests in flight and what it left behind. Any signal then kills what is left, and ends
//!    us at once.
//! 4. An app that is somebody else's is told nothing. The second signal ends us at once.
//! 5. A proxy that breaks is as good as a signal, and seen in our exit code: whoever watches over us starts us again.

use rustix::process::Signal;

use super::signals::Asked;
use crate::failure::EXIT_RUN_FAILED;

/// What has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// A signal came.
    Asked(Asked),
    /// No request is in flight any more.
    Drained,
    /// The proxy does not serve as it should.
    Broken,
    /// The app has ended, with this exit code.
    AppEnded(u8),
    /// Nobody is there any more whom the app left behind.
    Cleared,
}

/// What is to be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Read the policy again.
    Reload,
    /// Take no more connections, and let requests in flight end.
    Drain,
    /// Send this to the app and to all of its process group.
    Signal(Signal),
    /// Make what the app left behind end.
    Clear,
    /// End, with this exit code.
    Exit(u8),
}

/// How far the stopping is.
#[derive(Debug)]
pub(super) struct Stopping {
    stage: Stage,
    is_app_ours: bool,
    /// How many signals were meant for the app.
    relayed: u32,
    is_broken: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing is in flight: the app is not ready yet, or it is told to end.
    Idle,
    Serving,
    /// Requests in flight may end. The app has yet to hear of the signal that is held.
    Draining {
        held: Option<Signal>,
    },
    /// The app has ended. Two things are waited for.
    Ended {
        code: u8,
        is_drained: bool,
        is_cleared: bool,
    },
}

impl Stopping {
    /// While an app of ours starts.
    pub(super) fn while_app_starts() -> Self {
        Self { stage: Stage::Idle, is_app_ours: true, relayed: 0, is_broken: false }
    }

    /// While an app of ours is shielded.
    pub(super) fn while_app_serves() -> Self {
        Self { stage: Stage::Serving, is_app_ours: true, relayed: 0, is_broken: false }
    }

    /// While somebody else's app is shielded.
    pub(super) fn while_upstream_serves() -> Self {
        Self { stage: Stage::Serving, is_app_ours: false, relayed: 0, is_broken: false }
    }

    /// Whether somebody asked us to stop, or the app has ended.
    pub(super) fn has_begun(&self) -> bool {
        self.relayed > 0 || !matches!(self.stage, Stage::Idle | Stage::Serving)
    }

    /// What is to be done, in this order.
    pub(super) fn on(&mut self, event: Event) -> Vec<Step> {
        match event {
            Event::Asked(asked) => self.asked(asked),
            Event::Drained => self.drained(),
            Event::Broken => {
                self.is_broken = true;
                self.asked(Asked::Stop(Signal::TERM))
            }
            Event::AppEnded(code) => self.app_ended(code),
            Event::Cleared => {
                if let Stage::Ended { is_cleared, .. } = &mut self.stage {
                    *is_cleared = true;
                }
                self.exit_if_all_is_done()
            }
        }
    }

    fn asked(&mut self, asked: Asked) -> Vec<Step> {
        match (self.stage, asked) {
            (Stage::Ended { code, .. }, _) => vec![Step::Signal(Signal::KILL), self.exit(code)],
            (_, Asked::Reload) => vec![Step::Reload],
            (Stage::Serving, Asked::Stop(signal)) => {
                self.stage = Stage::Draining { held: Some(signal) };
                vec![Step::Drain]
            }
            (Stage::Draining { .. } | Stage::Idle, Asked::Stop(_)) if !self.is_app_ours => vec![self.exit(0)],
            (Stage::Draining { held }, Asked::Stop(signal)) => {
                self.stage = Stage::Draining { held: None };
                held.into_iter().chain([signal]).map(|signal| self.relay(signal)).collect()
            }
            (Stage::Idle, Asked::Stop(signal)) => vec![self.relay(signal)],
        }
    }

    fn drained(&mut self) -> Vec<Step> {
        match &mut self.stage {
            Stage::Draining { .. } if !self.is_app_ours => vec![self.exit(0)],
            Stage::Draining { held } => {
                let held = held.take();
                self.stage = Stage::Idle;
                held.map(|signal| self.relay(signal)).into_iter().collect()
            }
            Stage::Ended { is_drained, .. } => {
                *is_drained = true;
                self.exit_if_all_is_done()
            }
            Stage::Idle | Stage::Serving => Vec::new(),
        }
    }

    fn app_ended(&mut self, code: u8) -> Vec<Step> {
        let before = self.stage;
        self.stage = Stage::Ended { code, is_drained: before == Stage::Idle, is_cleared: false };
        match before {
            Stage::Serving => vec![Step::Drain, Step::Clear],
            Stage::Idle | Stage::Draining { .. } | Stage::Ended { .. } => vec![Step::Clear],
        }
    }

    fn exit_if_all_is_done(&self) -> Vec<Step> {
        match self.stage {
            Stage::Ended { code, is_drained: true, is_cleared: true } => vec![self.exit(code)],
            _ => Vec::new(),
        }
    }

    fn exit(&self, code: u8) -> Step {
        Step::Exit(if self.is_broken { EXIT_RUN_FAILED } else { code })
    }

    fn relay(&mut self, signal: Signal) -> Step {
        self.relayed = self.relayed.saturating_add(1);
        Step::Signal(if self.relayed >= 3 { Signal::KILL } else { signal })
    }
}

#[cfg(test)]
mod tests {
    use Asked::{Reload, Stop};
    use Event::{AppEnded, Broken, Cleared, Drained};
    use Step::{Clear, Drain, Exit};

    use super::*;

    const INT: Event = Event::Asked(Stop(Signal::INT));
    const TERM: Event = Event::Asked(Stop(Signal::TERM));
    const HUP: Event = Event::Asked(Reload);

    fn signal(signal: Signal) -> Step {
        Step::Signal(signal)
    }

    #[test]
    fn what_happens_has_its_steps() {
        let [int, term, kill] = [Signal::INT, Signal::TERM, Signal::KILL].map(signal);
        let (app, upstream) = (Stopping::while_app_serves, Stopping::while_upstream_serves);
        type Row = (&'static str, fn() -> Stopping, &'static [Event], Vec<Vec<Step>>);
        let rows: [Row; 18] = [
            ("the policy is read again", app, &[HUP, HUP], vec![vec![Step::Reload], vec![Step::Reload]]),
            ("requests end first", app, &[INT, Drained], vec![vec![Drain], vec![int]]),
            ("the second is relayed at once", app, &[INT, TERM], vec![vec![Drain], vec![int, term]]),
            ("each is relayed once", app, &[INT, TERM, Drained], vec![vec![Drain], vec![int, term], vec![]]),
            ("the third kills", app, &[INT, TERM, INT], vec![vec![Drain], vec![int, term], vec![kill]]),
            (
                "the third kills, when no request is in flight as well",
                app,
                &[INT, Drained, INT, INT],
                vec![vec![Drain], vec![int], vec![int], vec![kill]],
            ),
            ("while requests end, too", app, &[TERM, HUP], vec![vec![Drain], vec![Step::Reload]]),
            (
                "an app that ends by itself",
                app,
                &[AppEnded(7), Drained, Cleared],
                vec![vec![Drain, Clear], vec![], vec![Exit(7)]],
            ),
            (
                "an app that leaves nothing behind, but requests",
                app,
                &[AppEnded(7), Cleared, Drained],
                vec![vec![Drain, Clear], vec![], vec![Exit(7)]],
            ),
            (
                "an app that ends while requests do",
                app,
                &[TERM, TERM, AppEnded(143), Cleared, Drained],
                vec![vec![Drain], vec![term, term], vec![Clear], vec![], vec![Exit(143)]],
            ),
            (
                "an app that ends when it is told to",
                app,
                &[TERM, Drained, AppEnded(143), Cleared],
                vec![vec![Drain], vec![term], vec![Clear], vec![Exit(143)]],
            ),
            (
                "nobody waits for what is left who asks again",
                app,
                &[AppEnded(7), HUP],
                vec![vec![Drain, Clear], vec![kill, Exit(7)]],
            ),
            (
                "an app that is not ready",
                Stopping::while_app_starts,
                &[TERM, TERM, TERM],
                vec![vec![term], vec![term], vec![kill]],
            ),
            (
                "an app that does not become ready",
                Stopping::while_app_starts,
                &[AppEnded(1), Cleared],
                vec![vec![Clear], vec![Exit(1)]],
            ),
            ("somebody else's app", upstream, &[TERM, Drained], vec![vec![Drain], vec![Exit(0)]]),
            (
                "a proxy that breaks",
                app,
                &[Broken, Drained, AppEnded(143), Cleared],
                vec![vec![Drain], vec![term], vec![Clear], vec![Exit(125)]],
            ),
            (
                "a proxy that breaks, of somebody else's app",
                upstream,
                &[Broken, Drained],
                vec![vec![Drain], vec![Exit(125)]],
            ),
            ("somebody else's app, in haste", upstream, &[TERM, INT], vec![vec![Drain], vec![Exit(0)]]),
        ];
        for (name, begin, events, expected) in rows {
            let mut stopping = begin();
            let steps: Vec<_> = events.iter().map(|event| stopping.on(*event)).collect();
            assert_eq!(steps, expected, "{name}");
        }
    }

    #[test]
    fn it_begins_when_the_app_is_told_or_ends() {
        for (name, event, expected) in [("told", TERM, true), ("ended", AppEnded(0), true), ("reload", HUP, false)] {
            let mut stopping = Stopping::while_app_starts();
            assert!(!stopping.has_begun(), "{name}");
            stopping.on(event);
            assert_eq!(stopping.has_begun(), expected, "{name}");
        }
    }
}
