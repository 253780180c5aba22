//! `nslookup` as BusyBox has it. Models `networking/nslookup.c` of BusyBox 1.36: it asks the DNS server itself, for all
//! that a name may mean at once, and reads no `/etc/hosts`. Left out: kinds of records but `a`, `aaaa` and `ptr`, the
//! options `-port`, `-retry`, `-timeout` and `-debug`, servers behind the first.

use std::rc::Rc;

use super::super::turn::{Flow, Turn};
use super::net::{Found, What};
use super::wget::BANNER;
use crate::cluster::network::destination::ipv4;
use crate::cluster::network::dns::ResolvConf;
use crate::cluster::workload::outside::Wants;

const USAGE: &str = "
Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]

Query DNS about HOST

QUERY_TYPE: soa,ns,a,aaaa,cname,mx,txt,ptr,srv,any
";

const SILENCE: &str = ";; connection timed out; no servers could be reached\n\n";

/// Which addresses are asked for: of IPv4, of IPv6.
type Kinds = (bool, bool);

pub(super) fn nslookup(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Result<Option<i64>, Flow> {
    let (options, words): (Vec<_>, Vec<_>) = arguments.iter().partition(|a| a.starts_with('-'));
    let (Some(host), true) = (words.first(), words.len() < 3) else {
        turn.complain(BANNER);
        turn.complain(USAGE);
        return Ok(Some(1));
    };
    let Some(kinds) = kinds(&options) else {
        return Ok(None);
    };
    let conf = turn.text_of("/etc/resolv.conf")?.unwrap_or_default();
    let conf = ResolvConf::parse(&conf);
    let server: Rc<str> = match words.get(1) {
        Some(server) => (*server).clone(),
        None => conf.nameservers.first().map_or("127.0.0.1", |s| s).into(),
    };
    let names = names(host, &conf);
    let wants = Wants::Names(names.clone());
    let Found { at, what } = turn.ask_beyond(&server, wants, None)?;
    let body = match what {
        What::Answer(answer) => answer.body,
        What::NoHost => {
            turn.complain(&format!("nslookup: bad address '{server}'\n"));
            return Ok(Some(1));
        }
        _ => {
            turn.print(SILENCE)?;
            return Ok(Some(1));
        }
    };
    turn.print(&format!("Server:\t\t{server}\nAddress:\t{at}:53\n\n"))?;
    let (text, code) = told(&names, &body, kinds);
    turn.print(&text)?;
    Ok(Some(code))
}

/// `-type=a`; nothing: something else is asked for.
fn kinds(options: &[&Rc<str>]) -> Option<Kinds> {
    let mut kinds = (false, false);
    for option in options {
        let (name, value) = option.split_once('=')?;
        if !"-type".starts_with(name) && !"-querytype".starts_with(name) {
            return None;
        }
        match &*value.to_ascii_lowercase() {
            "a" | "ptr" => kinds.0 = true,
            "aaaa" => kinds.1 = true,
            _ => return None,
        }
    }
    Some(match kinds {
        (false, false) => (true, true),
        kinds => kinds,
    })
}

/// What is asked for. Models `add_query_with_search` and `make_ptr`.
fn names(host: &str, conf: &ResolvConf) -> Rc<[Rc<str>]> {
    if let Some(ip) = ipv4(host).filter(|ip| ip.to_string() == host) {
        let [a, b, c, d] = ip.octets();
        return [format!("{d}.{c}.{b}.{a}.in-addr.arpa").into()].into();
    }
    if host.contains('.') || conf.search.is_empty() {
        return [host.into()].into();
    }
    let ends = conf.search.iter().map(|end| format!("{host}.{end}").into());
    ends.collect()
}

/// What is printed of the answers, and the exit code. An answer begins with `=`, how it went, and `aa` where the server
/// is the one that knows; its records follow, a line each.
fn told(names: &[Rc<str>], body: &str, (four, six): Kinds) -> (String, i64) {
    let (mut text, mut silent, mut code) = (String::new(), String::new(), 0);
    let is_ptr = |name: &str| name.ends_with(".in-addr.arpa");
    for kind in ["A", "AAAA"] {
        let is_asked = match kind {
            "A" => four,
            _ => six && !names.iter().any(|name| is_ptr(name)),
        };
        let answers = body.split("= ").skip(1).filter(|_| is_asked);
        for (name, answer) in names.iter().zip(answers) {
            let mut lines = answer.lines();
            let (rcode, aa) = lines
                .next()
                .and_then(|l| l.split_once(' '))
                .unwrap_or_default();
            match rcode {
                "-" => silent += &format!("*** Can't find {name}: No answer\n"),
                "NOERROR" => {
                    if aa.is_empty() {
                        text += "Non-authoritative answer:\n";
                    }
                    lines.for_each(|line| text += &record(line, kind));
                    text += "\n";
                }
                rcode => {
                    text += &format!("** server can't find {name}: {rcode}\n\n");
                    code = 1;
                }
            }
        }
    }
    if !silent.is_empty() {
        text += &silent;
        text += "\n";
    }
    (text, code)
}

/// `web.default.svc.cluster.local. A 10.96.7.7`
fn record(line: &str, kind: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let bare = |name: &str| name.strip_suffix('.').unwrap_or(name).to_string();
    match words[..] {
        [name, of, data] if of == kind => format!("Name:\t{}\nAddress: {data}\n", bare(name)),
        [name, "CNAME", data] => format!("{}\tcanonical name = {}\n", bare(name), bare(data)),
        [name, "PTR", data] => format!("{}\tname = {}\n", bare(name), bare(data)),
        _ => String::new(),
    }
}
