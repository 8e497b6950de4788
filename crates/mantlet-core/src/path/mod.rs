//! Paths: how one is [read](RoutePath) before rules are matched, and the [patterns](PathPattern) that they are written as.
//!
//! Rules match whole segments of one unambiguous reading of the path. A path that frameworks read in more than
//! one way is refused rather than guessed at: `/upload%2f..%2fadmin`, `/upload/..;/x`, `/a/%2e%2e/b`, `//upload`,
//! `/upload%00`, a backslash, a control character, an overlong `%c0%ae`, a segment of dots, or of dots
//! and spaces (Windows trims them). Everything else is forwarded as it came.
//!
//! A needless escape is one more reading: `/%61pi` is `/api` to most, and not to a router that looks at paths as they were
//! sent (axum, Express). There `/%61pi/account/delete` may be for `/{language}/account/delete`. So such a path is refused
//! where the two readings are on different routes and anything is enforced on either, and is exempt from a guard only if both
//! are. Elsewhere it means nothing. The same holds for a session in the address, `/(S(x))/api`, which ASP.NET takes out of it.
//!
//! Some servers end a path earlier: `/delete%3F/webhook` is `/delete` to h3, and so is `/delete;/webhook` to Fastify before 5. A `*` in a
//! pattern is for no such segment. What a final `/*` is for may end anywhere.
//!
//! Segments are compared to the byte, case included. To an application that tells no case apart (Express, ASP.NET) that
//! is the safe side only for a rule that loosens: `/WEBHOOKS/x` gets the policy of everywhere. A rule that is stricter than
//! everywhere is escaped by `/ADMIN`. Folding case for every application would only turn this round, since to others
//! `/Webhooks` is a path that nobody meant to loosen: so [`PathCase`] says what the application does. An application knows
//! more spellings than those of case (`/admin.json`, `/admin;x`), so routes are best to loosen and everywhere is to be
//! strict; `mantlet check` names those that do not.

mod cookieless;
mod pattern;
mod route;

pub use pattern::{InvalidPathPattern, PathCase, PathPattern};
pub use route::RoutePath;
pub(crate) use route::every_reading;
