//! [`GuardPolicy`]: values that are right by themselves and wrong together.
//!
//! A contradiction is an error when following either word would betray the other one. What a guard documents to be in
//! vain or to follow from something else is none.

use serde::de::DeserializeOwned;

use crate::csrf::CsrfPolicy;
use crate::headers::HeadersPolicy;
use crate::session::{PrefixRule, SameSite, SessionPolicy};
use crate::upload::UploadPolicy;

/// The key that contradicts another one, and how. What follows a line break is the remedy.
type Contradiction = (&'static str, String);

/// A guard's section: read key by key, then looked at as a whole.
pub(super) trait GuardPolicy: DeserializeOwned + Default {
    /// The first contradiction.
    fn contradiction(&self) -> Result<(), Contradiction> {
        Ok(())
    }
}

impl GuardPolicy for SessionPolicy {
    fn contradiction(&self) -> Result<(), Contradiction> {
        if self.secure {
            return Ok(());
        }
        if self.same_site == SameSite::None {
            let message = "\"None\" contradicts Secure = false: browsers drop such cookies\nfix: Secure = true";
            return Err(("SameSite", message.to_owned()));
        }
        if matches!(self.prefix, PrefixRule::Host | PrefixRule::Secure) {
            let message = "a prefix contradicts Secure = false: browsers drop such cookies\nfix: Secure = true";
            return Err(("prefix", message.to_owned()));
        }
        Ok(())
    }
}

impl GuardPolicy for CsrfPolicy {}

impl GuardPolicy for HeadersPolicy {
    fn contradiction(&self) -> Result<(), Contradiction> {
        self.validate()
    }
}

impl GuardPolicy for UploadPolicy {
    fn contradiction(&self) -> Result<(), Contradiction> {
        // A smaller body limit alone says enough; a larger file limit alone does nothing.
        let raised = self.max_file_size > Self::default().max_file_size;
        if raised && self.max_file_size > self.max_request_size {
            let message = format!(
                "{} contradicts max_request_size = \"{}\", which counts the whole body\nfix: raise both",
                self.max_file_size, self.max_request_size
            );
            return Err(("max_file_size", message));
        }
        // A host gives a client as much of the quota as is free, and so half of it.
        let largest = self.max_file_size.min(self.max_request_size);
        if largest.get() > self.spool_quota.get() / 2 {
            let message = format!(
                "files of {largest} contradict spool_quota = \"{}\", half of which one client may fill\nfix: raise spool_quota",
                self.spool_quota
            );
            return Err((if raised { "max_file_size" } else { "spool_quota" }, message));
        }
        Ok(())
    }
}
