//! Images' names. Models `ParseImageName` of `pkg/util/parsers` and `distribution/reference`.

/// The tag that an image's name asks for; `latest` if it says neither tag nor digest, empty if it is
/// no image's name at all.
pub fn tag(image: &str) -> &str {
    let (name, digest) = match image.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (image, None),
    };
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = match name[last..].split_once(':') {
        Some((before, tag)) => (&name[..last + before.len()], Some(tag)),
        None => (name, None),
    };
    let valid = is_name(name) && tag.is_none_or(is_tag) && digest.is_none_or(is_digest);
    match (tag, digest) {
        _ if !valid => "",
        (Some(tag), _) => tag,
        (None, Some(_)) => "",
        (None, None) => "latest",
    }
}

/// A domain may come first; everything behind it is in lower case.
fn is_name(name: &str) -> bool {
    let is_domain = |part: &str| {
        part == "localhost" || part.contains(['.', ':']) || part.chars().any(char::is_uppercase)
    };
    let path = match name.split_once('/') {
        Some((domain, path)) if is_domain(domain) => path,
        _ => name,
    };
    let is_hash = path.len() == 64 && path.bytes().all(|c| c.is_ascii_hexdigit());
    !is_hash && path.split('/').all(is_path_component)
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_path_component(part: &str) -> bool {
    let alnum = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let separators = part.split(alnum).filter(|between| !between.is_empty());
    let mut separators = separators
        .map(|between| [".", "_", "__"].contains(&between) || between.chars().all(|c| c == '-'));
    part.starts_with(alnum) && part.ends_with(alnum) && separators.all(|good| good)
}

fn is_tag(tag: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    (1..=128).contains(&tag.len()) && tag.chars().all(inside) && !tag.starts_with(['.', '-'])
}

fn is_digest(digest: &str) -> bool {
    let hex = digest
        .split_once(':')
        .map(|(_, hex)| hex)
        .unwrap_or_default();
    hex.len() >= 32 && hex.bytes().all(|c| c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::tag;

    #[test]
    fn an_image_without_a_tag_means_latest() {
        let digest = format!("nginx@sha256:{}", "a".repeat(64));
        for (image, expected) in [
            ("nginx", "latest"),
            ("nginx:1.27", "1.27"),
            ("localhost:5000/nginx", "latest"),
            ("registry.k8s.io/a/b:v1", "v1"),
            (&*digest, ""),
            ("Nginx", ""),
            ("nginx:", ""),
            ("", ""),
        ] {
            assert_eq!(tag(image), expected, "{image}");
        }
    }
}
