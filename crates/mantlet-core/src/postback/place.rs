//! What a path says of who answers there.

use super::{contains, graphql, jolokia, tapestry};

/// Who answers, as the path says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    SolidStart,
    Jolokia,
    JsonRpc,
    GraphQl,
    Tapestry,
}

/// What the path of a function of SolidStart begins with, behind the one of the application: `/_server?id=…`, and
/// `/_serverx?id=…` as well.
const FUNCTIONS: &[u8] = b"/_server";

/// The last word of the path at which aria2 and many others answer calls of JSON-RPC.
const JSON_RPC: &[u8] = b"/jsonrpc";

impl Place {
    /// Whether a path, decoded, is of this place.
    pub(super) fn has(self, path: &[u8]) -> bool {
        match self {
            Self::SolidStart => contains(path, FUNCTIONS),
            Self::Jolokia => contains(path, jolokia::PATH),
            Self::JsonRpc => path.ends_with(JSON_RPC),
            Self::GraphQl => contains(&path.to_ascii_lowercase(), graphql::PATH),
            Self::Tapestry => tapestry::is_at(path),
        }
    }
}
