//! How long an answer is. Models `Msg.Truncate` (`msg_truncate.go`) and the counting of `msg.go` in
//! `github.com/miekg/dns`. Left out: which records stay when it is too long (the asker asks again by TCP), EDNS,
//! and that a backslash and what follows are one byte.

use std::collections::BTreeSet;

use super::name::labels;
use super::record::{Answer, Data, Question, Record};

/// Bytes that a datagram may have without EDNS. Models `dns.MinMsgSize`.
const MIN_MSG_SIZE: usize = 512;

/// Bytes before the question.
const HEADER: usize = 12;

/// Names that begin behind this byte can't be pointed at.
const MAX_COMPRESSION_OFFSET: usize = 1 << 14;

/// Is the answer too long for a datagram, even with its names shortened?
pub fn is_truncated(question: &Question, answer: &Answer) -> bool {
    let length = |shortens: bool| {
        let mut counted = Counted {
            length: HEADER,
            shortens,
            known: BTreeSet::new(),
        };
        counted.name(&question.name, true);
        counted.length += 4;
        let parts = [&answer.answers, &answer.authority, &answer.extra];
        for record in parts.into_iter().flatten() {
            counted.record(record);
        }
        counted.length
    };
    length(false) > MIN_MSG_SIZE && length(true) > MIN_MSG_SIZE
}

/// A message as far as it is counted.
struct Counted {
    length: usize,
    /// Is the end of a name that was there before only pointed at?
    shortens: bool,
    /// Ends of names so far, if that is so.
    known: BTreeSet<String>,
}

impl Counted {
    fn record(&mut self, record: &Record) {
        self.name(&record.name, true);
        self.length += 10;
        match &record.data {
            Data::A(_) => self.length += 4,
            Data::Aaaa(_) => self.length += 16,
            Data::Cname(name) | Data::Ptr(name) | Data::Ns(name) => self.name(name, true),
            Data::Txt(text) => self.length += text.len() + 1,
            Data::Srv { target, .. } => {
                self.length += 6;
                self.name(target, false);
            }
            Data::Soa { ns, mbox, .. } => {
                self.name(ns, true);
                self.name(mbox, true);
                self.length += 20;
            }
        }
    }

    /// Models `domainNameLen` and `compressionLenSearch`.
    fn name(&mut self, name: &str, may_shorten: bool) {
        if name == "." {
            self.length += 1;
            return;
        }
        let (start, mut offset) = (self.length, 0);
        for label in labels(name) {
            let rest = &name[offset..];
            if self.shortens && self.known.contains(rest) {
                if may_shorten {
                    self.length = start + offset + 2;
                    return;
                }
                break;
            }
            if self.shortens && start + offset < MAX_COMPRESSION_OFFSET {
                self.known.insert(rest.to_string());
            }
            offset += label.len() + 1;
        }
        self.length = start + name.len() + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::{Rcode, RecordType};
    use super::*;

    /// Are so many addresses of a name too many?
    fn with(addresses: u8, name: &str) -> bool {
        let record = |number| Record {
            name: name.into(),
            ttl: 30,
            data: Data::A([10, 244, 1, number].into()),
        };
        let answer = Answer {
            answers: (0..addresses).map(record).collect(),
            ..Answer::bare(Rcode::NoError)
        };
        is_truncated(&Question::new(name, RecordType::A), &answer)
    }

    #[test]
    fn thirty_addresses_go_into_a_datagram_with_names_shortened() {
        // 12 for the header, 28 + 4 for the question, 2 + 10 + 4 for each record.
        let name = "web.shop.svc.cluster.local.";
        assert!(!with(29, name));
        assert!(with(30, name));
    }
}
