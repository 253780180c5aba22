//! Names of images: `nginx`, `nginx:1.27`, `registry.example/team/app@sha256:…`.
//! Models `github.com/distribution/reference` as far as kubelets use it.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

/// The name with a tag: `:latest` unless it has a tag or a digest. Models `applyDefaultImageTag`.
///
/// # Errors
/// When it is no name, in upstream's words.
pub fn with_tag(written: &str) -> Result<String, String> {
    let parts = split(written);
    let wrong = |what: &str| Err(format!("couldn't parse image name \"{written}\": {what}"));
    if written.is_empty() || !is_name(parts.name) {
        let lower = parts.name.to_lowercase();
        if parts.name != lower && is_name(&lower) {
            return wrong("invalid reference format: repository name must be lowercase");
        }
        return wrong("invalid reference format");
    }
    if parts.tag.is_some_and(|tag| !is_tag(tag)) {
        return wrong("invalid reference format");
    }
    Ok(match (parts.tag, parts.digest) {
        (None, None) => format!("{written}:latest"),
        _ => written.to_string(),
    })
}

/// The parts of a name as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    /// Everything before tag and digest.
    pub name: &'a str,
    /// After the last colon.
    pub tag: Option<&'a str>,
    /// After the `@`.
    pub digest: Option<&'a str>,
}

/// Takes a name apart.
pub fn split(written: &str) -> Parts<'_> {
    let (rest, digest) = match written.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (written, None),
    };
    let last_slash = rest.rfind('/').map_or(0, |at| at + 1);
    match rest[last_slash..].find(':') {
        Some(colon) => {
            let at = last_slash + colon;
            Parts {
                name: &rest[..at],
                tag: Some(&rest[at + 1..]),
                digest,
            }
        }
        None => Parts {
            name: rest,
            tag: None,
            digest,
        },
    }
}

/// The name that containerd stores: `docker.io/library/nginx:1.27`.
pub fn full(written: &str) -> String {
    let Parts { name, tag, digest } = split(written);
    let mut full = full_name(name);
    if let Some(tag) = tag.or(if digest.is_none() {
        Some("latest")
    } else {
        None
    }) {
        full = format!("{full}:{tag}");
    }
    match digest {
        Some(digest) => format!("{full}@{digest}"),
        None => full,
    }
}

/// The same without tag and digest.
pub fn full_name(name: &str) -> String {
    [left_away(name), name].concat()
}

/// What is left away before a name that isn't full.
pub fn left_away(name: &str) -> &'static str {
    match name.split_once('/') {
        None => "docker.io/library/",
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => "",
        Some(_) => "docker.io/",
    }
}

/// `docker.io/library/nginx@sha256:…`: the same name always has the same digest, which is ours.
pub fn with_digest(written: &str) -> String {
    let parts = split(written);
    if let Some(digest) = parts.digest {
        return format!("{}@{digest}", full_name(parts.name));
    }
    let full = full(written);
    let part = |key: u64| {
        let mut hasher = SipHasher13::new_with_keys(0x6469_6765, key);
        hasher.write(full.as_bytes());
        format!("{:016x}", hasher.finish())
    };
    let digest: String = (0..4).map(part).collect();
    format!("{}@sha256:{digest}", full_name(parts.name))
}

fn is_name(name: &str) -> bool {
    let (host, path) = match name.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host, path),
        _ => ("", name),
    };
    let part = |part: &str| {
        let ends_well =
            |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        ends_well(part.chars().next())
            && ends_well(part.chars().last())
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c))
    };
    let host_char = |c: char| c.is_ascii_alphanumeric() || ".:-".contains(c);
    host.chars().all(host_char) && path.split('/').all(part)
}

fn is_tag(tag: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= 128
        && tag.starts_with(word)
        && tag.chars().all(|c| word(c) || c == '.' || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_tag_means_latest() {
        for (written, tagged) in [
            ("nginx", "nginx:latest"),
            ("nginx:1.27", "nginx:1.27"),
            ("localhost:5000/app", "localhost:5000/app:latest"),
            ("localhost:5000/app:2", "localhost:5000/app:2"),
            ("app@sha256:0123", "app@sha256:0123"),
        ] {
            assert_eq!(with_tag(written).as_deref(), Ok(tagged));
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for written in ["", "Nginx", "nginx:", "a b", "-x", "nginx::1", "a//b"] {
            assert!(with_tag(written).is_err(), "{written}");
        }
    }

    #[test]
    fn names_are_stored_in_full() {
        for (written, stored) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("luksa/kiada:0.2", "docker.io/luksa/kiada:0.2"),
            ("registry.k8s.io/pause:3.10", "registry.k8s.io/pause:3.10"),
        ] {
            assert_eq!(full(written), stored);
        }
    }
}
