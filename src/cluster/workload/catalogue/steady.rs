//! Programs that answer the same until something happens to them, so that nobody has to ask them meanwhile.
//! Ours: upstream nobody can know that.

use std::time::Duration;

use super::program::Program;
use super::site::Serves;
use crate::cluster::kubelet::volumes::Mount;

impl Program {
    /// Will it answer a `GET` as now until something happens to its container, and stay as it is but for a
    /// line in its log? Then tells whether it writes that.
    pub(crate) fn answers_alike(&self, ran: Duration, port: i64, path: &str) -> Option<bool> {
        let listen = self.own_listen(ran, port).filter(|_| !self.is_script())?;
        let site = &self.site;
        let is_still = match listen.serves {
            Serves::Plain | Serves::Raw(_) => true,
            Serves::Folder(_) => false,
            Serves::Site => {
                let asked = path.split('?').next().unwrap_or_default();
                let own = |mount: &Mount| apart(&mount.path, &site.root);
                let hangs = self.wedged || !site.hangs.is_empty() && path == &*site.hangs;
                site.forwards.is_empty()
                    && site.file.is_empty()
                    && site.needs.get(asked).is_none()
                    && (site.root.is_empty() || self.context.mounts.iter().all(own))
                    && site.capacity == 0
                    && !hangs
            }
        };
        (is_still && site.log_file.is_empty()).then_some(site.logs)
    }
}

/// Is neither folder within the other?
fn apart(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        let outer = outer.trim_end_matches('/');
        let rest = inner.strip_prefix(outer);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    !within(one, other) && !within(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_apart_where_none_is_within_the_other() {
        for (one, other, expected) in [
            ("/a", "/b", true),
            ("/a", "/ab", true),
            ("/a", "/a", false),
            ("/a/b", "/a", false),
            ("/a/", "/a/b", false),
            ("/", "/a", false),
        ] {
            assert_eq!(apart(one, other), expected, "{one} {other}");
        }
    }
}
