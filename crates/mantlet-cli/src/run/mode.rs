//! [`ModeOverride`]: `--mode`, over whatever the policy says.

use mantlet_core::policy::GuardPolicies;
use mantlet_core::{Mode, Policy};

/// `--mode`, or nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct ModeOverride(pub(super) Option<Mode>);

impl ModeOverride {
    /// Every guard that is there does this, whatever the file says. What is off was taken out for a reason.
    pub(super) fn apply(self, policy: &Policy) -> Policy {
        let mut policy = policy.clone();
        if let Some(mode) = self.0 {
            override_mode(&mut policy.everywhere, mode);
            for route in &mut policy.routes {
                override_mode(&mut route.guards, mode);
            }
        }
        policy
    }
}

fn override_mode(guards: &mut GuardPolicies, to: Mode) {
    let all = guards.mode;
    let GuardPolicies { mode, session, csrf, headers, upload } = guards;
    for guard in [&mut session.mode, &mut csrf.mode, &mut headers.mode, &mut upload.mode] {
        *guard = match guard.unwrap_or(all) {
            Mode::Off => Some(Mode::Off),
            Mode::Observe | Mode::Enforce => Some(to),
        };
    }
    *mode = to;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_that_was_taken_out_stays_out() {
        let policy =
            Policy::from_toml("mode = 'observe'\n[csrf]\nmode = 'off'\n[[route]]\npath = '/x'\nheaders.mode = 'off'\n")
                .unwrap();
        let policy = ModeOverride(Some(Mode::Enforce)).apply(&policy);
        assert_eq!(policy.everywhere.csrf.mode, Some(Mode::Off));
        assert_eq!(policy.everywhere.session.mode, Some(Mode::Enforce));
        assert_eq!(policy.routes[0].guards.headers.mode, Some(Mode::Off));
        assert_eq!(policy.routes[0].guards.upload.mode, Some(Mode::Enforce));
    }
}
