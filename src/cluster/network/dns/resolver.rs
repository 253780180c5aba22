//! How a program asks for a name: with which ends, of which servers, and how long it waits. Models glibc's
//! `resolv/res_query.c` and `res_send.c` (Debian, Ubuntu and most images have it). musl, which Alpine has, asks all
//! servers at once, and asks for a name with dots enough only as it is.
//! Left out: `/etc/hosts`, which is the caller's; `rotate` and `single-request`; that a server may be remembered to
//! be bad; which address a program takes first.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::record::{Answer, Question, Rcode, Record, RecordType};
use super::resolv_conf::ResolvConf;

/// What comes back of a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// An answer.
    Answer(Answer),
    /// Nothing in time.
    Silence,
    /// The word that nobody is there to answer: it comes at once.
    Unreachable,
}

/// What comes back when the server of this address is asked. The caller carries it over the network.
pub type Ask<'a> = &'a mut dyn FnMut(&str, &Question) -> Reply;

/// One question and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which server.
    pub server: String,
    /// What.
    pub question: Question,
    /// What came back.
    pub reply: Reply,
}

/// How a look-up ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is something.
    Found(Vec<Record>),
    /// There is no such name. Models `HOST_NOT_FOUND`.
    NotFound,
    /// There is such a name, but nothing of what was asked for. Models `NO_DATA`.
    NoData,
    /// No server could tell. Models `TRY_AGAIN`.
    TryAgain,
}

impl Outcome {
    /// The addresses that were found.
    pub fn addresses(&self) -> Vec<IpAddr> {
        match self {
            Outcome::Found(records) => {
                let addresses = records.iter().map(|record| record.data.as_address());
                addresses.flatten().collect()
            }
            _ => Vec::new(),
        }
    }
}

/// A look-up, step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Every question in the order in which it was asked.
    pub asked: Vec<Asked>,
    /// What came out.
    pub outcome: Outcome,
    /// How long nobody answered.
    pub waited: Duration,
}

/// Looks a name up as a program does, in all `kinds` at once: addresses of both families for one that connects.
/// Models `__res_context_search`.
pub fn look_up(conf: &ResolvConf, name: &str, kinds: &[RecordType], ask: Ask<'_>) -> Lookup {
    let mut search = Search {
        conf,
        kinds,
        ask,
        asked: Vec::new(),
        waited: Duration::ZERO,
    };
    let outcome = search.go_through(name);
    Lookup {
        asked: search.asked,
        outcome,
        waited: search.waited,
    }
}

struct Search<'a> {
    conf: &'a ResolvConf,
    kinds: &'a [RecordType],
    ask: Ask<'a>,
    asked: Vec<Asked>,
    waited: Duration,
}

/// What one name gave, with all servers asked.
enum Queried {
    Found(Vec<Record>),
    NotFound,
    NoData,
    ServFail,
    /// Nobody said anything in time, or nobody who knows.
    Silence,
    /// Nobody is there.
    Unreachable,
}

impl Search<'_> {
    fn go_through(&mut self, name: &str) -> Outcome {
        let dots = name.matches('.').count();
        let is_closed = name.ends_with('.');
        // What the name as it is gave counts in the end, if it was asked for first.
        let mut first = None;
        if dots >= self.conf.ndots || is_closed {
            match self.query(name) {
                Queried::Found(records) => return Outcome::Found(records),
                other => first = Some(other),
            }
        }
        let (mut no_data, mut failed, mut has_root) = (false, false, false);
        let ends = if is_closed {
            &[][..]
        } else {
            &self.conf.search
        };
        for end in ends {
            has_root |= end.trim_start_matches('.').is_empty();
            match self.query(&format!("{name}.{}", end.trim_start_matches('.'))) {
                Queried::Found(records) => return Outcome::Found(records),
                Queried::NotFound => {}
                Queried::NoData => no_data = true,
                Queried::ServFail => failed = true,
                Queried::Silence => break,
                Queried::Unreachable => return Outcome::TryAgain,
            }
        }
        if first.is_none() && !has_root {
            match self.query(name) {
                Queried::Found(records) => return Outcome::Found(records),
                other if no_data || failed => drop(other),
                other => first = Some(other),
            }
        }
        match first {
            Some(Queried::NotFound) => Outcome::NotFound,
            Some(Queried::NoData) => Outcome::NoData,
            Some(_) => Outcome::TryAgain,
            None if no_data => Outcome::NoData,
            None if failed => Outcome::TryAgain,
            None => Outcome::NotFound,
        }
    }

    /// Asks for one name, in all kinds at once. Models `__res_context_query`.
    fn query(&mut self, name: &str) -> Queried {
        let kinds = self.kinds;
        let questions = kinds.iter().map(|kind| Question::new(name, *kind));
        let answers = match self.send(&questions.collect::<Vec<_>>()) {
            Ok(answers) => answers,
            Err(failure) => return failure,
        };
        let records = answers.iter().flat_map(|answer| &answer.answers);
        let records: Vec<Record> = records.cloned().collect();
        if !records.is_empty() {
            return Queried::Found(records);
        }
        let is_there = answers.iter().all(|answer| answer.rcode == Rcode::NoError);
        match is_there {
            true => Queried::NoData,
            false => Queried::NotFound,
        }
    }

    /// Asks the servers in turn until one knows, if only about one of the questions. Models `__res_context_send` and
    /// `send_dg`.
    fn send(&mut self, questions: &[Question]) -> Result<Vec<Answer>, Queried> {
        let conf = self.conf;
        let mut failure = Queried::Unreachable;
        for _ in 0..conf.attempts {
            for (index, server) in conf.nameservers.iter().enumerate() {
                let replies = questions.iter().map(|question| self.ask(server, question));
                let replies: Vec<Reply> = replies.collect();
                let is_silent = replies.contains(&Reply::Silence);
                let answers = replies.into_iter().filter_map(|reply| match reply {
                    Reply::Answer(answer) => Some(answer),
                    Reply::Silence | Reply::Unreachable => None,
                });
                let (known, others): (Vec<Answer>, Vec<Answer>) = answers
                    .partition(|answer| matches!(answer.rcode, Rcode::NoError | Rcode::NxDomain));
                if is_silent {
                    // With one of two answers it asks twice again, one after another, before it does with that one.
                    let times = if known.is_empty() { 1 } else { 3 };
                    self.waited += pause(conf, index) * times;
                    failure = Queried::Silence;
                }
                if !known.is_empty() {
                    return Ok(known);
                }
                match others.last().map(|answer| answer.rcode) {
                    Some(Rcode::ServFail) => failure = Queried::ServFail,
                    Some(_) => failure = Queried::Silence,
                    None => {}
                }
            }
        }
        Err(failure)
    }

    fn ask(&mut self, server: &str, question: &Question) -> Reply {
        let reply = (self.ask)(server, question);
        self.asked.push(Asked {
            server: server.into(),
            question: question.clone(),
            reply: reply.clone(),
        });
        reply
    }
}

/// How long the server of this number is waited for.
fn pause(conf: &ResolvConf, index: usize) -> Duration {
    let seconds = conf.timeout.as_secs() << index;
    let servers = conf.nameservers.len() as u64;
    let seconds = match index {
        0 => seconds,
        _ => seconds.checked_div(servers).unwrap_or(seconds),
    };
    Duration::from_secs(seconds.max(1))
}

#[cfg(test)]
mod tests {
    use super::super::record::Data;
    use super::*;

    const CONF: &str = "search shop.svc.cluster.local svc.cluster.local cluster.local\n\
                        nameserver 10.96.0.10\noptions ndots:5\n";

    /// The names that were asked for, and how it ended, where only `known` exists.
    fn asked(conf: &str, name: &str, known: &str) -> (Vec<String>, Outcome) {
        let mut ask = |_: &str, question: &Question| {
            let mut answer = Answer::bare(Rcode::NxDomain);
            if question.name == known {
                let data = Data::A([10, 96, 0, 7].into());
                let record = Record {
                    name: known.into(),
                    ttl: 30,
                    data,
                };
                answer = Answer {
                    answers: vec![record],
                    ..Answer::bare(Rcode::NoError)
                };
            }
            Reply::Answer(answer)
        };
        let conf = ResolvConf::parse(conf);
        let lookup = look_up(&conf, name, &[RecordType::A], &mut ask);
        let names = lookup.asked.into_iter().map(|asked| asked.question.name);
        (names.collect(), lookup.outcome)
    }

    #[test]
    fn a_short_name_is_found_with_the_first_end() {
        let (names, outcome) = asked(CONF, "web", "web.shop.svc.cluster.local.");
        assert_eq!(names, ["web.shop.svc.cluster.local."]);
        assert_eq!(outcome.addresses(), [IpAddr::from([10, 96, 0, 7])]);
        let (names, outcome) = asked(CONF, "web.office", "web.office.svc.cluster.local.");
        let tried = [
            "web.office.shop.svc.cluster.local.",
            "web.office.svc.cluster.local.",
        ];
        assert_eq!(names, tried);
        assert_eq!(outcome.addresses().len(), 1);
    }

    #[test]
    fn a_name_with_few_dots_is_asked_for_as_it_is_at_last() {
        let (names, outcome) = asked(CONF, "example.org", "");
        assert_eq!(names.len(), 4);
        assert_eq!(names[3], "example.org.");
        assert_eq!(outcome, Outcome::NotFound);
        let (names, _) = asked(
            "nameserver 10.0.0.1\nsearch corp.example\n",
            "example.org",
            "",
        );
        assert_eq!(names, ["example.org.", "example.org.corp.example."]);
        let (names, _) = asked(CONF, "example.org.", "");
        assert_eq!(names, ["example.org."]);
    }

    #[test]
    fn silence_is_waited_for_and_ends_the_search() {
        let conf = ResolvConf::parse(
            "nameserver 10.0.0.1\nnameserver 10.0.0.2\nsearch a.example b.example\n",
        );
        let lookup = look_up(&conf, "web", &[RecordType::A], &mut |_, _| Reply::Silence);
        assert_eq!(lookup.outcome, Outcome::TryAgain);
        // Twice the two servers, for the first end and for the name as it is: 5 s and 10 s / 2 each.
        assert_eq!(lookup.asked.len(), 8);
        assert_eq!(lookup.waited, Duration::from_secs(40));
    }

    #[test]
    fn a_server_that_cannot_tell_is_asked_again_and_the_next_end_is_tried() {
        let conf = ResolvConf::parse("nameserver 10.0.0.1\nsearch a.example\noptions attempts:1\n");
        let fails = &mut |_: &str, _: &Question| Reply::Answer(Answer::bare(Rcode::ServFail));
        let lookup = look_up(&conf, "web", &[RecordType::A], fails);
        assert_eq!(lookup.asked.len(), 2);
        assert_eq!(lookup.outcome, Outcome::TryAgain);
        assert_eq!(lookup.waited, Duration::ZERO);
    }

    #[test]
    fn where_nobody_is_there_the_search_ends_at_once() {
        let conf = ResolvConf::parse(CONF);
        let lookup = look_up(&conf, "web", &[RecordType::A], &mut |_, _| {
            Reply::Unreachable
        });
        assert_eq!(lookup.outcome, Outcome::TryAgain);
        assert_eq!((lookup.asked.len(), lookup.waited), (2, Duration::ZERO));
    }

    #[test]
    fn a_name_without_addresses_of_either_family_has_no_data() {
        let conf = ResolvConf::parse(CONF);
        let both = [RecordType::A, RecordType::Aaaa];
        let mut ask = |_: &str, question: &Question| {
            let is_there = question.name.starts_with("web.shop.");
            let rcode = if is_there {
                Rcode::NoError
            } else {
                Rcode::NxDomain
            };
            Reply::Answer(Answer::bare(rcode))
        };
        let lookup = look_up(&conf, "web", &both, &mut ask);
        // Three ends and the name as it is, for both families.
        assert_eq!((lookup.asked.len(), lookup.outcome), (8, Outcome::NoData));
    }
}
