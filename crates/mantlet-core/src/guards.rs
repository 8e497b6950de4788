//! [`Guards`]: the four guards of one route.

use std::sync::Arc;

use crate::csrf::CsrfGuard;
use crate::headers::HeadersGuard;
use crate::mode::Mode;
use crate::note::Told;
use crate::path::PathCase;
use crate::policy::GuardPolicies;
use crate::session::{Renaming, Seen, SessionGuard};
use crate::upload::UploadGuard;

/// The four guards of one route. In which order they see a request and its response is [`Exchange`](crate::Exchange)'s to say.
#[derive(Debug)]
pub(crate) struct Guards {
    /// What holds for what no single guard decides.
    pub(crate) mode: Mode,
    /// The most that is done by any.
    pub(crate) strictest: Mode,
    pub(crate) session: SessionGuard,
    pub(crate) csrf: CsrfGuard,
    pub(crate) headers: HeadersGuard,
    pub(crate) upload: UploadGuard,
    /// What was noted of the application on this route or another.
    pub(crate) told: Arc<Told>,
}

impl Guards {
    pub(crate) fn new(
        policy: &GuardPolicies,
        path_case: PathCase,
        seen: &Arc<Seen>,
        renaming: Renaming,
        told: &Arc<Told>,
    ) -> Self {
        Self {
            mode: policy.mode,
            strictest: policy.modes().into_iter().fold(policy.mode, |strictest, (_, mode)| strictest.max(mode)),
            session: SessionGuard::sharing(&policy.session, policy.mode, seen, renaming),
            csrf: CsrfGuard::new(&policy.csrf, policy.mode).with_path_case(path_case),
            headers: HeadersGuard::new(&policy.headers, policy.mode),
            upload: UploadGuard::new(&policy.upload, policy.mode),
            told: Arc::clone(told),
        }
    }
}
