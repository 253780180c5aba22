//! The name that a field has in the API: `pod_cidr` in Rust, `podCidr` there, made while compiling.
//! What Go's names have in capitals (`podIP`) is written out at the field.

/// The bytes of `snake` in `camelCase`; `LENGTH` is [`length`].
pub const fn camel_case<const LENGTH: usize>(snake: &str) -> [u8; LENGTH] {
    let snake = snake.as_bytes();
    let mut camel = [0; LENGTH];
    let (mut from, mut to) = (0, 0);
    while from < snake.len() {
        if snake[from] == b'_' {
            from += 1;
            camel[to] = snake[from].to_ascii_uppercase();
        } else {
            camel[to] = snake[from];
        }
        from += 1;
        to += 1;
    }
    camel
}

/// How long `snake` is in `camelCase`.
pub const fn length(snake: &str) -> usize {
    let snake = snake.as_bytes();
    let (mut at, mut length) = (0, 0);
    while at < snake.len() {
        length += (snake[at] != b'_') as usize;
        at += 1;
    }
    length
}

/// The name of a field: as said, or else made of the field's own.
macro_rules! name {
    ($field:ident $name:literal) => {
        $name
    };
    ($field:ident) => {{
        use $crate::api::view::name::{camel_case, length};
        const BYTES: &[u8] = &camel_case::<{ length(stringify!($field)) }>(stringify!($field));
        const NAME: &str = match str::from_utf8(BYTES) {
            Ok(name) => name,
            Err(_) => panic!("not a name"),
        };
        NAME
    }};
}
pub(crate) use name;

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_the_apis() {
        let names = [name!(name), name!(node_name), name!(kind "type")];
        assert_eq!(names, ["name", "nodeName", "type"]);
        assert_eq!(
            name!(required_during_scheduling),
            "requiredDuringScheduling"
        );
    }
}
