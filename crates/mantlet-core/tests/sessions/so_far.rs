//! What has happened that makes a difference to what may be expected: the guard's documentation, said once more.

use std::collections::BTreeSet;

use crate::app::Style;
use crate::jar::Browser;
use crate::step::{Route, Rules};

/// Who is asked for what, under which policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scene {
    pub(crate) rules: Rules,
    pub(crate) style: Style,
    pub(crate) route: Route,
    /// Whether the host says that it has the paths that browsers ask for.
    pub(crate) knows_paths: bool,
}

#[derive(Debug, Default)]
pub(crate) struct SoFar {
    /// This process has seen the session set so that it is renamed.
    seen_renamed: bool,
    /// It has seen it set for these folders, so that it is renamed for them.
    seen_renamed_in: BTreeSet<&'static str>,
    /// How often it has seen it set so under the name that says nothing. Once is not enough.
    seen_unnamed: u32,
    /// It has seen it set so that it is not, for the whole host or nobody knows how much of it.
    seen_plain: bool,
    /// The same for a folder.
    seen_in_folder: bool,
    /// The application gave it a prefix itself.
    seen_own: bool,
    /// A sibling host put a cookie into the jar.
    pub(crate) by_sibling: bool,
    /// Whoever answers over plain http did.
    pub(crate) by_network: bool,
    /// Policy or application are others than at the beginning: once, everybody may be logged out.
    pub(crate) is_changed: bool,
    was_partitioned: bool,
    /// A process has ended, and what it knew of partitions with it.
    was_restarted: bool,
    /// One has ended, and all that it knew with it.
    has_lost_names: bool,
    /// What became of cookies from before a change is out of reach: nothing is said of sessions that have ended.
    pub(crate) is_forgotten: bool,
}

impl Scene {
    pub(crate) fn is_enforced(self) -> bool {
        match self.rules {
            Rules::Observe | Rules::Off => false,
            Rules::Loose => !matches!(self.route, Route::Observed | Route::Unguarded),
            _ => true,
        }
    }

    /// How what is set here is taken: without a path, it is for the folder of the page.
    fn taken_as(self) -> Style {
        match self.style {
            Style::NoPath if !self.knows_paths => Style::NoPath,
            Style::NoPath if self.route == Route::App => Style::Folder,
            Style::NoPath if self.route == Route::Inner => Style::Inner,
            Style::NoPath => Style::Root,
            Style::UnnamedNoPath if self.knows_paths && !matches!(self.route, Route::App | Route::Inner) => {
                Style::Unnamed
            }
            style => style,
        }
    }

    /// Whether the session is set as the application sets it.
    fn is_left_plain(self) -> bool {
        match self.rules {
            Rules::AlwaysHost | Rules::AlwaysSecure => false,
            Rules::Unprefixed => true,
            Rules::Loose if self.route == Route::Unprefixed => true,
            Rules::Stripped if matches!(self.style, Style::Domain | Style::ParentDomain) => false,
            _ => !self.taken_as().can_be_renamed() && self.renamed_in().is_none(),
        }
    }

    /// The folder with which it leaves in its name.
    fn renamed_in(self) -> Option<&'static str> {
        let is_known = self.knows_paths && self.is_enforced_somewhere();
        let is_plain = matches!(self.rules, Rules::AlwaysHost | Rules::AlwaysSecure | Rules::Unprefixed)
            || (self.rules == Rules::Loose && self.route == Route::Unprefixed);
        self.style.folder().filter(|_| is_known && !is_plain)
    }

    fn is_enforced_somewhere(self) -> bool {
        !matches!(self.rules, Rules::Observe | Rules::Off)
    }

    /// `prefix = "__Host-"` makes of a folder's cookie one of the host.
    pub(crate) fn is_widened(self) -> bool {
        self.rules == Rules::AlwaysHost && !self.taken_as().can_be_renamed()
    }

    /// Whether the guard can know the session for one.
    pub(crate) fn is_recognised(self) -> bool {
        match self.rules {
            Rules::OthersNamed => false,
            Rules::Named => !matches!(self.style, Style::Unnamed | Style::UnnamedNoPath),
            // Once the root's is known, the folder's is as well. Nothing is said of that.
            _ => self.taken_as() != Style::UnnamedNoPath,
        }
    }

    /// The policy names the session otherwise than the application does.
    pub(crate) fn is_misnamed(self) -> bool {
        self.rules == Rules::Named && self.style == Style::OwnPrefix
    }
}

impl SoFar {
    pub(crate) fn is_attacked(&self) -> bool {
        self.by_sibling || self.by_network
    }

    /// Whether only the application can have set what it is sent.
    pub(crate) fn protects(&self, scene: Scene) -> bool {
        match scene.rules {
            _ if scene.style == Style::OwnPrefix => !scene.is_misnamed(),
            _ if !scene.is_enforced() || !scene.is_recognised() => false,
            Rules::Unprefixed => false,
            Rules::AlwaysSecure if self.by_sibling => false,
            Rules::Loose if scene.route == Route::Unprefixed => false,
            _ if scene.taken_as() == Style::Unnamed => self.seen_unnamed > 1 && !self.may_be_plain(scene),
            _ if self.seen_own => false,
            Rules::AlwaysHost => true,
            Rules::AlwaysSecure => !self.by_sibling,
            _ => (self.seen_renamed || self.seen_folder_of(scene)) && !self.may_be_plain(scene),
        }
    }

    fn seen_folder_of(&self, scene: Scene) -> bool {
        scene.knows_paths && self.seen_renamed_in.iter().any(|folder| scene.route.gets(folder))
    }

    /// What is planted in the folder is taken for a session from before, beside the one that has moved out of it.
    pub(crate) fn has_left_folder(&self, scene: Scene) -> bool {
        self.seen_in_folder && scene.taken_as().folder().is_none() && !scene.is_left_plain()
    }

    fn may_be_plain(&self, scene: Scene) -> bool {
        self.seen_plain || (self.seen_in_folder && scene.route.gets_folder())
    }

    /// A cookie is set over https, or ended.
    pub(crate) fn see(&mut self, scene: Scene, ends: bool) {
        self.seen_own |= scene.style == Style::OwnPrefix;
        if scene.taken_as() == Style::UnnamedNoPath {
            self.seen_in_folder |= scene.knows_paths;
            self.seen_plain |= !scene.knows_paths;
            self.is_forgotten = true;
        }
        if ends || !scene.is_recognised() || matches!(scene.rules, Rules::Observe | Rules::Off) {
            return;
        }
        if scene.is_left_plain() && scene.taken_as().folder().is_some() {
            self.seen_in_folder = true;
        } else if scene.is_left_plain() {
            self.seen_plain = true;
        } else if let Some(folder) = scene.renamed_in() {
            self.seen_renamed_in.insert(folder);
        } else if scene.taken_as() == Style::Unnamed {
            self.seen_unnamed = self.seen_unnamed.saturating_add(1);
        } else {
            self.seen_renamed = true;
        }
    }

    /// The browser asks, perhaps for another site's page, and would have sent so many cookies without the shield.
    pub(crate) fn ask(&mut self, scene: Scene, is_for_stranger: bool, sent: usize) {
        self.was_partitioned |= scene.rules == Rules::Partitioned;
        let is_other_partition = self.was_partitioned && is_for_stranger;
        // An application that sets several cannot tell them apart itself.
        self.is_forgotten |= scene.is_widened() || is_other_partition || sent > 1;
    }

    /// An answer that sets cookies leaves, by the rules under which it was asked for and by what was sent then.
    pub(crate) fn answer(&mut self, then: Scene, now: Scene, is_late: bool) {
        let was_not_sent = then.style.folder().is_some_and(|folder| !then.route.gets(folder)) && then.is_left_plain();
        // One route renames and another does not: the later answer does not know what the other has set meanwhile.
        let has_crossed = is_late && (then.style != now.style || then.rules == Rules::Loose);
        self.is_forgotten |= was_not_sent || has_crossed || then.rules != now.rules;
    }

    /// Firefox leaves what a policy has put into another partition.
    pub(crate) fn clear(&mut self, browser: Browser) {
        self.is_forgotten |= browser == Browser::Firefox && self.was_partitioned;
    }

    pub(crate) fn reload(&mut self, before: Rules, now: Rules) {
        let was_renamed = !matches!(before, Rules::Unprefixed | Rules::Observe | Rules::Off);
        self.seen_plain &= was_renamed;
        self.seen_in_folder &= was_renamed;
        if !was_renamed {
            self.forget_once();
        }
        self.is_changed |= now != before;
        // A process that has not seen the session yet does not know whose the prefix is.
        self.is_forgotten |= now != before && self.has_lost_names && !self.seen_renamed;
        self.is_forgotten |= now != before && self.seen_unnamed < 2;
    }

    /// What was set once is not kept.
    fn forget_once(&mut self) {
        if self.seen_unnamed == 1 {
            self.seen_unnamed = 0;
        }
    }

    pub(crate) fn restart(&mut self, scene: Scene, keeps: bool) {
        self.was_restarted = true;
        self.forget_once();
        if keeps {
            return;
        }
        self.seen_unnamed = 0;
        (self.seen_renamed, self.seen_plain, self.seen_in_folder, self.seen_own) = (false, false, false, false);
        self.seen_renamed_in.clear();
        self.has_lost_names = true;
        self.is_forgotten |= self.is_changed;
        // What one route sets plain is believed on the others again once that was seen; what one page sets for its folder, there.
        self.is_changed |= scene.rules == Rules::Loose || (scene.style == Style::NoPath && scene.knows_paths);
    }

    /// No header says which cookies are partitioned, and the process that made them is gone.
    pub(crate) fn has_lost_partitions(&self, rules: Rules) -> bool {
        self.was_partitioned && self.was_restarted && rules != Rules::Partitioned
    }
}
