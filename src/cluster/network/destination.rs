//! Where a person wants a request to go: what was typed as its destination, port and path. Ours; a URL is cut up as
//! RFC 3986 says, an address read as `inet_aton` reads it, which all of glibc's and musl's look-ups ask first.
//! Left out: HTTPS and all other schemes, a user's name in the URL, IPv6 but for `::1`: they are refused in words.

use std::net::Ipv4Addr;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

/// Where to, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// A name, or an address without brackets.
    pub host: Rc<str>,
    /// TCP; never 0.
    pub port: u16,
    /// It begins with a slash, and has a URL's question with it.
    pub path: Rc<str>,
}

/// One of the three things that are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The name, the address, or a whole URL.
    To,
    /// The port.
    Port,
    /// The path.
    Path,
}

/// What is wrong, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it was typed.
    pub field: Field,
    /// A sentence for whoever typed it.
    pub why: &'static str,
}

const NO_HOST: &str = "To: a name or an address.";
const SPACES: &str = "To: a name or an address, without spaces.";
const SCHEME: &str = "To: only http:// is sent here.";
const USER: &str = "To: a URL without a user's name.";
const IPV6: &str = "To: this cluster has IPv4 addresses alone.";
const BRACKETS: &str = "To: brackets stand around an IPv6 address, as in [::1]:80.";
const NO_PORT: &str = "Port: a number from 1 to 65535.";
const NO_PORT_IN_TO: &str = "To: behind the colon stands a port from 1 to 65535.";
const NO_PATH: &str = "Path: without spaces; %20 stands for one.";

fn wrong<T>(field: Field, why: &'static str) -> Result<T, Problem> {
    Err(Problem { field, why })
}

/// What `to` says by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// A name, or an address without brackets.
    pub host: Rc<str>,
    /// The port, where one is said: `web:8080`.
    pub port: Option<u16>,
    /// The path with its question, where one is said: `http://web/healthz`.
    pub path: Option<Rc<str>>,
}

/// Reads what was typed. What a URL in `to` says counts before `port` and `path`.
pub fn read(to: &str, port: &str, path: &str) -> Result<Destination, Problem> {
    let target = read_target(to)?;
    let port = match target.port {
        Some(port) => port,
        None => read_port(port).map_or_else(|| wrong(Field::Port, NO_PORT), Ok)?,
    };
    let path = match target.path {
        Some(path) => path,
        None => read_path(path).map_or_else(|| wrong(Field::Path, NO_PATH), Ok)?,
    };
    Ok(Destination {
        host: target.host,
        port,
        path,
    })
}

/// Reads a name, an address, either with a port, or a URL.
pub fn read_target(to: &str) -> Result<Target, Problem> {
    let to = to.trim();
    let rest = match to.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
        Some(_) => return wrong(Field::To, SCHEME),
        None => to,
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, behind) = rest.split_at(end);
    if authority.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return wrong(Field::To, SPACES);
    }
    if authority.contains('@') {
        return wrong(Field::To, USER);
    }
    let (host, port) = split(authority)?;
    if host.is_empty() {
        return wrong(Field::To, NO_HOST);
    }
    if host.contains(':') && host != "::1" {
        return wrong(Field::To, IPV6);
    }
    let path = match behind {
        "" => None,
        // Of a path in `to` it is `to` that is wrong.
        path => match read_path(path) {
            Some(path) => Some(path),
            None => return wrong(Field::To, SPACES),
        },
    };
    let host = host.into();
    Ok(Target { host, port, path })
}

/// Host and port: `web`, `web:80`, `[::1]:80`, `::1`.
fn split(authority: &str) -> Result<(&str, Option<u16>), Problem> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, "")) => (host, None),
            Some((host, port)) if host.contains(':') && port.starts_with(':') => {
                (host, Some(&port[1..]))
            }
            _ => return wrong(Field::To, BRACKETS),
        },
        None => match authority.split_once(':') {
            Some((host, port)) if !port.contains(':') => (host, Some(port)),
            _ => (authority, None),
        },
    };
    // A URL may end its host with a colon that says nothing.
    let port = match port.filter(|port| !port.is_empty()) {
        None => None,
        Some(port) => match read_port(port) {
            Some(port) => Some(port),
            None => return wrong(Field::To, NO_PORT_IN_TO),
        },
    };
    Ok((host, port))
}

/// Digits alone: no sign.
fn read_port(text: &str) -> Option<u16> {
    let text = text.trim();
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let port = text.parse().ok().filter(|_| digits)?;
    (port > 0).then_some(port)
}

/// What is sent of a path: nothing behind `#`, a slash before it.
fn read_path(text: &str) -> Option<Rc<str>> {
    let text = text.trim().split('#').next().unwrap_or_default();
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return None;
    }
    Some(match text.starts_with('/') {
        true => text.into(),
        false => format!("/{text}").into(),
    })
}

/// The IPv4 address that a text is, if it is one, with everything that Linux's programs take for one: `10.1` is
/// `10.0.0.1`, `0x7f.1` and `0177.1` are `127.0.0.1`. Models `inet_aton`.
pub fn ipv4(host: &str) -> Option<Ipv4Addr> {
    let parts: Vec<&str> = host.split('.').collect();
    let (last, first) = parts.split_last()?;
    if first.len() > 3 {
        return None;
    }
    let mut address = 0;
    for part in first {
        let number = c_number(part).filter(|number| *number < 256)?;
        address = address << 8 | number;
    }
    let bits = 8 * (4 - first.len() as u32);
    let last = c_number(last).filter(|last| bits == 32 || *last < 1 << bits)?;
    let address = if bits == 32 {
        last
    } else {
        address << bits | last
    };
    Some(Ipv4Addr::from_bits(address))
}

/// A number as C writes it.
fn c_number(text: &str) -> Option<u32> {
    let hex = text.strip_prefix("0x").or(text.strip_prefix("0X"));
    let (digits, base) = match (hex, text.strip_prefix('0')) {
        (Some(digits), _) => (digits, 16),
        (None, Some(digits)) if !digits.is_empty() => (digits, 8),
        _ => (text, 10),
    };
    let are_digits = digits.chars().all(|c| c.is_digit(base));
    are_digits.then(|| u32::from_str_radix(digits, base).ok())?
}

/// Does it never leave whoever asks? So do `localhost`, `127.0.0.0/8` and `::1`; and to connect to `0.0.0.0` is to
/// connect to oneself on Linux.
pub fn is_loopback(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    name.eq_ignore_ascii_case("localhost")
        || bare.unwrap_or(host) == "::1"
        || ipv4(host).is_some_and(|ip| ip.is_loopback() || ip.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_may_be_a_url_and_says_more_than_the_fields() {
        // What is typed in each field, and what is sent.
        let cases = [
            (("web", "80", ""), "web 80 /"),
            (
                (" web.shop ", " 8080 ", "healthz"),
                "web.shop 8080 /healthz",
            ),
            (("web", "00080", "/a?b=c#d"), "web 80 /a?b=c"),
            (("http://web:8080/path", "80", "/"), "web 8080 /path"),
            (("HTTP://web/", "81", "/x"), "web 81 /"),
            (("http://web", "81", "x"), "web 81 /x"),
            (("web:9090", "80", "/x"), "web 9090 /x"),
            (("web:/y", "80", "/x"), "web 80 /y"),
            (("web?q=1", "80", "/x"), "web 80 /?q=1"),
            (
                ("10.244.1.2:8080/a%20b", "80", ""),
                "10.244.1.2 8080 /a%20b",
            ),
            (("::1", "80", ""), "::1 80 /"),
            (("http://[::1]:8080/", "80", ""), "::1 8080 /"),
            (("[::1]", "80", ""), "::1 80 /"),
        ];
        for ((to, port, path), expected) in cases {
            let read = read(to, port, path).expect(to);
            let said = format!("{} {} {}", read.host, read.port, read.path);
            assert_eq!(said, expected, "{to}");
        }
    }

    #[test]
    fn what_cannot_be_sent_is_said_with_the_field_that_is_wrong() {
        let cases = [
            (("", "80", ""), Field::To, NO_HOST),
            (("http:///x", "80", ""), Field::To, NO_HOST),
            ((":80", "80", ""), Field::To, NO_HOST),
            (("a web", "80", ""), Field::To, SPACES),
            (("web/a b", "80", ""), Field::To, SPACES),
            (("https://web", "80", ""), Field::To, SCHEME),
            (("ftp://web", "80", ""), Field::To, SCHEME),
            (("you@web", "80", ""), Field::To, USER),
            (("2001:db8::1", "80", ""), Field::To, IPV6),
            (("[2001:db8::1]:80", "80", ""), Field::To, IPV6),
            (("[::1", "80", ""), Field::To, BRACKETS),
            (("[web]:80", "80", ""), Field::To, BRACKETS),
            (("web:0", "80", ""), Field::To, NO_PORT_IN_TO),
            (("web:+80", "80", ""), Field::To, NO_PORT_IN_TO),
            (("web", "", ""), Field::Port, NO_PORT),
            (("web", "0", ""), Field::Port, NO_PORT),
            (("web", "+80", ""), Field::Port, NO_PORT),
            (("web", "-1", ""), Field::Port, NO_PORT),
            (("web", "99999", ""), Field::Port, NO_PORT),
            (("web", "http", ""), Field::Port, NO_PORT),
            (("web", "80", "/a b"), Field::Path, NO_PATH),
            (("web", "80", "/a\nb"), Field::Path, NO_PATH),
        ];
        for ((to, port, path), field, why) in cases {
            assert_eq!(
                read(to, port, path),
                Err(Problem { field, why }),
                "{to}:{port}{path}"
            );
        }
    }

    #[test]
    fn an_address_is_what_inet_aton_takes_for_one() {
        let cases = [
            ("10.244.1.2", Some("10.244.1.2")),
            ("127.1", Some("127.0.0.1")),
            ("0", Some("0.0.0.0")),
            ("2130706433", Some("127.0.0.1")),
            ("0x7f.0.0.1", Some("127.0.0.1")),
            ("010.0.0.1", Some("8.0.0.1")),
            ("1.2.3.4.5", None),
            ("256.1.1.1", None),
            ("1.2.3.256", None),
            ("4294967296", None),
            ("10.1.", None),
            ("+1.1.1.1", None),
            ("09.1.1.1", None),
            ("", None),
            ("web", None),
        ];
        for (text, expected) in cases {
            let read = ipv4(text).map(|ip| ip.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn localhost_is_known_by_all_its_names() {
        for host in [
            "localhost",
            "LOCALHOST",
            "Localhost.",
            "127.0.0.1",
            "127.8.9.1",
            "127.1",
            "0.0.0.0",
            "0",
            "::1",
            "[::1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["127.example.org", "local", "10.0.0.1", "1.0.0.127", ""] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
