//! `/etc/resolv.conf` as a program reads it. Models glibc's `resolv/res_init.c`. Left out: `domain` from the host's
//! name, `sortlist`, every option but those below.

use std::time::Duration;

/// Whom a program asks, and with which ends of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvConf {
    /// The servers, the first first.
    pub nameservers: Vec<String>,
    /// What is put behind a name.
    pub search: Vec<String>,
    /// A name with so many dots is first asked for as it is.
    pub ndots: usize,
    /// How long the first server may take.
    pub timeout: Duration,
    /// How often all servers are asked in turn.
    pub attempts: u32,
}

/// Models `MAXNS`, `RES_MAXNDOTS`, `RES_MAXRETRANS`, `RES_MAXRETRY`.
const MAX_SERVERS: usize = 3;
const MAX_NDOTS: u64 = 15;
const MAX_TIMEOUT: u64 = 30;
const MAX_ATTEMPTS: u64 = 5;

impl ResolvConf {
    /// What the file says.
    pub fn parse(text: &str) -> Self {
        let mut conf = ResolvConf {
            nameservers: Vec::new(),
            search: Vec::new(),
            ndots: 1,
            timeout: Duration::from_secs(5),
            attempts: 2,
        };
        for line in text.lines().filter(|line| !line.starts_with([';', '#'])) {
            let mut words = line.split_whitespace();
            match words.next() {
                Some("nameserver") if conf.nameservers.len() < MAX_SERVERS => {
                    conf.nameservers.extend(words.next().map(String::from));
                }
                Some("search") => conf.search = words.map(String::from).collect(),
                Some("domain") => conf.search = words.take(1).map(String::from).collect(),
                Some("options") => words.for_each(|option| conf.set(option)),
                _ => {}
            }
        }
        if conf.nameservers.is_empty() {
            conf.nameservers.push("127.0.0.1".into());
        }
        conf
    }

    fn set(&mut self, option: &str) {
        let (name, value) = option.split_once(':').unwrap_or((option, ""));
        // As C's `atoi`: what is no number is 0.
        let digits = value
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(value.len());
        let number: u64 = value[..digits].parse().unwrap_or_default();
        match name {
            _ if !option.contains(':') => {}
            "ndots" => self.ndots = number.min(MAX_NDOTS) as usize,
            "timeout" => self.timeout = Duration::from_secs(number.min(MAX_TIMEOUT)),
            "attempts" => self.attempts = number.min(MAX_ATTEMPTS) as u32,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_search_line_and_the_first_three_servers_count() {
        let conf = ResolvConf::parse(
            "# a remark\nsearch a.example\nnameserver 10.0.0.1\nnameserver 10.0.0.2\nsearch b.example c.example\n\
             nameserver 10.0.0.3\nnameserver 10.0.0.4\noptions ndots:5 rotate timeout:99\n",
        );
        assert_eq!(conf.nameservers, ["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
        assert_eq!(conf.search, ["b.example", "c.example"]);
        assert_eq!((conf.ndots, conf.attempts), (5, 2));
        assert_eq!(conf.timeout, Duration::from_secs(30));
        assert_eq!(ResolvConf::parse("options ndots\n").ndots, 1);
        assert_eq!(ResolvConf::parse("").nameservers, ["127.0.0.1"]);
    }
}
