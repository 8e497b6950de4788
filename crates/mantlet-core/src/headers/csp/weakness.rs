//! The table of what can weaken a policy, and how much.

use super::model::Directive;

/// One weakness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub kind: FindingKind,
    /// The directive that has it, or should be there.
    pub directive: Box<str>,
    /// The value, when it is one value's fault.
    pub value: Option<Box<str>>,
}

impl Finding {
    pub(super) fn of_directive(kind: FindingKind, name: &str) -> Self {
        Self { kind, directive: name.into(), value: None }
    }

    pub(super) fn of_value(kind: FindingKind, directive: &Directive, value: &str) -> Self {
        Self { kind, directive: directive.name.clone(), value: Some(value.into()) }
    }
}

/// How much a weakness weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Good to know.
    Note,
    /// A gap beside the policy's purpose.
    Low,
    /// An attacker needs one more thing.
    Medium,
    /// Injected code runs.
    High,
}

macro_rules! findings {
    ($($(#[doc = $doc:literal])+ $name:ident, $weight:ident;)+) => {
        /// What can weaken a policy.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum FindingKind { $($(#[doc = $doc])+ $name,)+ }

        impl FindingKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// How much it weighs.
            pub const fn weight(self) -> Weight {
                match self { $(Self::$name => Weight::$weight,)+ }
            }

            /// A sentence on what it means.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc,)+).trim_ascii(),)+ }
            }
        }
    };
}

findings! {
    /// Scripts may come from anywhere: there is neither script-src nor default-src.
    ScriptMissing, High;
    /// Injected inline code runs.
    UnsafeInline, High;
    /// Scripts, plug-ins or the base may come from anywhere.
    Wildcard, High;
    /// A whole scheme is allowed: anyone can serve a script from it.
    PlainScheme, High;
    /// Plug-ins may be loaded: there is neither object-src nor default-src.
    ObjectMissing, High;
    /// A host that serves anyone's scripts, or calls back whatever it is asked to.
    BypassHost, Medium;
    /// An injected base element turns relative script addresses to another origin.
    BaseUriMissing, Medium;
    /// An injected form can send what is on the page anywhere: form-action does not fall back to default-src.
    FormActionMissing, Medium;
    /// Any site may frame the page: frame-ancestors does not fall back to default-src.
    FrameAncestorsMissing, Medium;
    /// Text can be run as code.
    UnsafeEval, Medium;
    /// An injected event handler or javascript: address runs if its text is a listed one.
    UnsafeHashes, Medium;
    /// A nonce shorter than 128 bits can be guessed.
    NonceShort, Medium;
    /// A source over plain HTTP can be replaced on its way.
    HttpSource, Medium;
    /// No browser knows the directive: it does nothing.
    UnknownDirective, Medium;
    /// The directive stands again: browsers heed only the first.
    RepeatedDirective, Medium;
    /// The name of a directive among the values: a semicolon is missing before it.
    MissingSemicolon, Medium;
    /// Without its quotes the keyword is the name of a host.
    UnquotedKeyword, Medium;
    /// Not a source, or a nonce or hash that is malformed: browsers ignore it. Of a host they ignore a query.
    InvalidSource, Medium;
    /// 'none' beside other sources is void.
    VoidNone, Low;
    /// Injected styles apply: they can read parts of the page and disguise others.
    UnsafeInlineStyle, Low;
    /// 'strict-dynamic' without a nonce or hash trusts no script at all.
    StrictDynamicAlone, Low;
    /// An address other than 127.0.0.1 matches nothing.
    IpSource, Low;
    /// The directive is void in today's browsers.
    DeprecatedDirective, Note;
    /// A hash or nonce makes 'unsafe-inline' void; only very old browsers heed it.
    VoidUnsafeInline, Note;
}
