//! A world to show or to hand on: its journal, and how it is looked at. Written as a file, and as the
//! fragment of an address: `v1.LENGTH.CHECKSUM.BODY`, whose body is the same text, compressed by whoever
//! has the means. Length and checksum tell a link that was cut off from one that was changed.
//!
//! What is read is somebody else's: its size is looked at before anything is made of it.

use std::fmt;
use std::hash::Hasher;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use siphasher::sip::SipHasher13;

use super::journal::{FORMAT, Journal, Record};
use crate::cluster::SimTime;
use crate::cluster::network::request::RequestId;
use crate::scene::Selection;

/// Which layout of a link and of a [`Moment`] this is.
const VERSION: u32 = 1;
/// So many characters an address may have: longer ones are cut off by programs that pass them on.
pub const LINK_CHARS: usize = 8_000;
/// A link isn't looked at beyond so many.
const LINK_CHARS_READ: usize = 64_000;
/// The text of a link's world, in bytes.
pub const LINK_BYTES: usize = 1 << 20;
/// The text of a world in a file, in bytes.
pub const FILE_BYTES: usize = 64 << 20;
/// Values of a text's JSON; some ten make a record. What an import holds is one.
const VALUES: usize = 200_000;
/// What taking in a journal's records costs at most: they are read one by one, but these look at all before.
const PAIRS: usize = 10_000_000;
/// No world lives longer, in microseconds: thirty years.
const MOST_TIME: i64 = 1_000_000_000_000_000;

/// A world as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    podarium: u32,
    /// How it is looked at.
    #[serde(default)]
    pub sight: Sight,
    /// What was done, and which moment is shown.
    pub journal: Journal,
}

/// How a world is looked at: as much of it as makes the same picture elsewhere. A later page may know other
/// names than this one; what it doesn't know is as usual.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sight {
    /// The stage's tab.
    pub view: String,
    /// What the Pod view shows of its Pod.
    pub show: String,
    /// What is selected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection: Option<Selection>,
    /// The request that the Network view shows, if one was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// Are Manifest and Terminal folded?
    pub folded: bool,
    /// Where the picture is looked at from: scale, left, top; if it follows what there is, that as left, top,
    /// width, height; and the size of the stage, for which alone this holds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub camera: Vec<f64>,
    /// What the editor holds, in a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<String>,
}

/// Why a link or a file can't be opened, and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// It is something else.
    NoLink,
    /// It is something else, or not of this shape; what the reader said.
    NoWorld(String),
    /// It is of a later layout.
    Later(u32),
    /// So many characters came of so many.
    CutOff(usize, usize),
    /// It isn't as it was written.
    Damaged,
    /// More than is read.
    TooLarge,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::NoLink => {
                f.write_str("it is no link of Podarium: those begin with #v1. Copy it once more.")
            }
            OpenError::NoWorld(why) => write!(
                f,
                "it is no world of Podarium ({why}). Open takes what Save has written; a cluster's export \
                 goes through Import."
            ),
            OpenError::Later(version) => write!(
                f,
                "it is of version {version}, and this page reads up to {VERSION}: reload the page to get its \
                 newest version."
            ),
            OpenError::CutOff(have, all) => write!(
                f,
                "it is cut off: {have} characters came of {all}. Copy it once more, or ask for a file that \
                 Save has written."
            ),
            OpenError::Damaged => f.write_str(
                "it is damaged: it isn't what was written. Copy it once more, or ask for a file that Save has \
                 written.",
            ),
            OpenError::TooLarge => {
                f.write_str("it holds more than this page takes in. Ask for a shorter history.")
            }
        }
    }
}
impl std::error::Error for OpenError {}

impl Moment {
    /// This history, looked at so.
    pub fn new(journal: Journal, sight: Sight) -> Self {
        let podarium = VERSION;
        Moment {
            podarium,
            sight,
            journal,
        }
    }

    /// As a file has it.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From a file's text.
    ///
    /// # Errors
    /// When it is no such text, of a later layout, or holds too much.
    pub fn read(text: &str) -> Result<Self, OpenError> {
        if text.len() > FILE_BYTES || values(text) > VALUES {
            return Err(OpenError::TooLarge);
        }
        if !is_world(text) {
            return Err(OpenError::NoWorld("it doesn't begin as one".into()));
        }
        let wrong = |why: serde_json::Error| OpenError::NoWorld(why.to_string());
        let tree: Value = serde_json::from_str(text).map_err(wrong)?;
        let is_later = |version: &Value, most: u32| {
            let version = version
                .as_u64()
                .and_then(|version| u32::try_from(version).ok());
            version.filter(|version| *version > most)
        };
        let later =
            is_later(&tree["podarium"], VERSION).or(is_later(&tree["journal"]["format"], FORMAT));
        if let Some(version) = later {
            return Err(OpenError::Later(version));
        }
        let moment: Moment = serde_json::from_value(tree).map_err(wrong)?;
        let records = &moment.journal.records;
        let slow =
            |record: &&Record| matches!(record, Record::Branch { .. } | Record::Speed { .. });
        if records.iter().filter(slow).count() * records.len() > PAIRS {
            return Err(OpenError::TooLarge);
        }
        if moment
            .times()
            .any(|time| !(0..=MOST_TIME).contains(&time.0))
        {
            return Err(OpenError::Damaged);
        }
        Ok(moment)
    }

    fn times(&self) -> impl Iterator<Item = SimTime> {
        let journal = &self.journal;
        let records = journal.records.iter().map(|record| match record {
            Record::Input { at, .. } | Record::Branch { at } | Record::Speed { at, .. } => *at,
            Record::Undo | Record::Redo => SimTime::ZERO,
        });
        records.chain([journal.lived, journal.shown])
    }
}

/// Does a file begin as a world does?
pub fn is_world(beginning: &str) -> bool {
    let beginning = beginning.trim_start().strip_prefix('{');
    beginning.is_some_and(|rest| rest.trim_start().starts_with("\"podarium\""))
}

/// How many values a text of JSON has, or more: commas and brackets outside of strings.
fn values(text: &str) -> usize {
    let (mut values, mut in_string, mut escaped) = (0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b',' | b'[' | b'{' if !in_string => values += 1,
            _ => {}
        }
    }
    values
}

/// The fragment of an address, from a moment's text as it was compressed and written in letters.
pub fn seal(body: &str) -> String {
    format!("v{VERSION}.{}.{:08x}.{body}", body.len(), checksum(body))
}

/// Is this fragment a link, whatever is wrong with it?
pub fn is_link(fragment: &str) -> bool {
    let mut letters = fragment.chars();
    letters.next() == Some('v') && letters.next().is_some_and(|next| next.is_ascii_digit())
}

/// The compressed text in a fragment.
///
/// # Errors
/// When it is no link, of a later layout, cut off, damaged, or too long.
pub fn unseal(fragment: &str) -> Result<&str, OpenError> {
    if fragment.len() > LINK_CHARS_READ {
        return Err(OpenError::TooLarge);
    }
    let mut parts = fragment.splitn(4, '.');
    let version = parts.next().and_then(|version| version.strip_prefix('v'));
    let version: u32 = version
        .and_then(|version| version.parse().ok())
        .ok_or(OpenError::NoLink)?;
    if version > VERSION {
        return Err(OpenError::Later(version));
    }
    let length = parts.next().and_then(|length| length.parse().ok());
    let sum = parts
        .next()
        .and_then(|sum| u32::from_str_radix(sum, 16).ok());
    let (Some(length), Some(sum), Some(body)) = (length, sum, parts.next()) else {
        return Err(OpenError::NoLink);
    };
    if body.len() < length {
        return Err(OpenError::CutOff(body.len(), length));
    }
    // What stands behind a link in a text often is copied with it.
    let body = body.get(..length).ok_or(OpenError::Damaged)?;
    match checksum(body) == sum {
        true => Ok(body),
        false => Err(OpenError::Damaged),
    }
}

fn checksum(body: &str) -> u32 {
    let mut hasher = SipHasher13::new();
    hasher.write(body.as_bytes());
    hasher.finish() as u32
}
