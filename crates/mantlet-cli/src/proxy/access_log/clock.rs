//! [`Clock`]: the time of day of a line, counted from the last tick's.
//!
//! How long a request took has to be measured anyway. So when it ended is known to the millisecond, and only the tick
//! looks at the time of day and writes it out.

use std::time::{Duration, Instant, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A second that has begun, and how far it had gone at some moment.
#[derive(Debug)]
pub(super) struct Clock {
    /// `2026-11-24T18:20:11`, in UTC.
    second: String,
    /// How far it had gone when the clock was read.
    gone: Duration,
    read: Instant,
}

impl Clock {
    pub(super) fn read() -> Self {
        Self::at(SystemTime::now().into(), Instant::now())
    }

    fn at(now: OffsetDateTime, read: Instant) -> Self {
        let second = now.replace_nanosecond(0).ok().and_then(|whole| whole.format(&Rfc3339).ok());
        let second = second.unwrap_or_default().trim_end_matches('Z').to_owned();
        Self { second, gone: Duration::from_nanos(now.nanosecond().into()), read }
    }

    /// The time that lines written now begin with, to the second.
    pub(super) fn second(&self) -> &str {
        &self.second
    }

    /// How many milliseconds of the second had passed at this moment; `None` if it was over.
    pub(super) fn millisecond(&self, moment: Instant) -> Option<u32> {
        let gone = self.gone.saturating_add(moment.saturating_duration_since(self.read));
        (gone.as_secs() == 0).then_some(gone.subsec_millis())
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_moment_is_told_from_the_last_tick() {
        let read = Instant::now();
        let clock = Clock::at(datetime!(2026-11-24 18:20:11.905 UTC), read);
        assert_eq!(clock.second(), "2026-11-24T18:20:11");
        for (name, after, expected) in [
            ("at once", 0, Some(905)),
            ("a little later", 94, Some(999)),
            ("in the next second", 95, None),
            ("in another minute", 100_000, None),
        ] {
            assert_eq!(clock.millisecond(read + Duration::from_millis(after)), expected, "{name}");
        }
        assert_eq!(clock.millisecond(read.checked_sub(Duration::from_secs(1)).unwrap_or(read)), Some(905));
    }
}
