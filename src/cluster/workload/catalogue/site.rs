//! What a program answers to requests. Ours: each as its image's documentation says.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::HttpAnswer;
use super::super::shell::status_line;
use crate::collections::Map;

/// What stands behind an open port.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Serves {
    /// Something that isn't HTTP.
    Plain,
    /// HTTP, as the program's [`Site`] says.
    #[default]
    Site,
    /// The files of a folder.
    Folder(Rc<str>),
    /// This text, whatever is asked.
    Raw(Rc<str>),
}

/// What a program that speaks HTTP answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// Paths and their status codes; `*` is every other one. Empty: 200 everywhere.
    pub paths: Map<Rc<str>, u16>,
    /// What it says where all is well.
    pub body: Rc<str>,
    /// The folder whose files it serves.
    pub root: Rc<str>,
    /// The one file that it serves.
    pub file: Rc<str>,
    /// The address that it hands every request on to.
    pub forwards: Rc<str>,
    /// Paths that are well only while somebody listens at an address.
    pub needs: Map<Rc<str>, Rc<str>>,
    /// So many requests a second; 0 is no limit.
    pub capacity: u32,
    /// The path that wedges it.
    pub hangs: Rc<str>,
    /// Does it write a line for each request?
    pub logs: bool,
    /// A file that these lines are added to as well.
    pub log_file: Rc<str>,
}

/// What has to happen for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Nothing.
    Nothing,
    /// The same is asked there, and its answer is the answer.
    Forward(Rc<str>),
    /// Somebody must listen there.
    Needs(Rc<str>),
}

/// Reads a file of the container.
pub type Read<'a> = &'a dyn Fn(&str) -> Option<Rc<[u8]>>;

/// An answer at once.
pub fn answer(status: u16, body: String) -> HttpAnswer {
    HttpAnswer {
        status: Some(status),
        body,
        after: Duration::ZERO,
    }
}

fn of_status(status: u16) -> HttpAnswer {
    answer(status, format!("{}\n", status_line(status)))
}

impl Serves {
    /// The answer to a `GET`, but for that of a site.
    pub fn answer(&self, path: &str, read: Read<'_>) -> HttpAnswer {
        match self {
            Serves::Plain => HttpAnswer {
                status: None,
                body: String::new(),
                after: Duration::ZERO,
            },
            Serves::Site => of_status(200),
            Serves::Folder(folder) => of_folder(folder, path, read),
            Serves::Raw(text) => {
                let status = text
                    .strip_prefix("HTTP/")
                    .and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
                let flat = text.replace('\r', "");
                let body = flat.split_once("\n\n").map(|(_, body)| body);
                HttpAnswer {
                    status,
                    body: match status {
                        Some(_) => body.unwrap_or_default().to_string(),
                        None => text.to_string(),
                    },
                    after: Duration::ZERO,
                }
            }
        }
    }
}

/// A file of a folder; `index.html` of a folder's.
fn of_folder(folder: &str, path: &str, read: Read<'_>) -> HttpAnswer {
    let path = path.split('?').next().unwrap_or_default();
    if path.split('/').any(|part| part == "..") {
        return of_status(400);
    }
    let file = format!(
        "{}/{}",
        folder.trim_end_matches('/'),
        path.trim_start_matches('/')
    );
    let index = format!("{}/index.html", file.trim_end_matches('/'));
    match read(&file).or_else(|| read(&index)) {
        Some(bytes) => answer(200, String::from_utf8_lossy(&bytes).into_owned()),
        None => of_status(404),
    }
}

impl Site {
    /// The answer to a `GET`, and what has to happen for it first.
    pub fn answer(&self, serves: &Serves, path: &str, read: Read<'_>) -> (Asks, HttpAnswer) {
        if *serves != Serves::Site {
            return (Asks::Nothing, serves.answer(path, read));
        }
        if !self.forwards.is_empty() {
            return (Asks::Forward(self.forwards.clone()), of_status(502));
        }
        let path = path.split('?').next().unwrap_or_default();
        if let Some(address) = self.needs.get(path) {
            return (Asks::Needs(address.clone()), of_status(503));
        }
        if !self.file.is_empty() {
            return (
                Asks::Nothing,
                match read(&self.file) {
                    Some(bytes) => answer(200, String::from_utf8_lossy(&bytes).into_owned()),
                    None => of_status(404),
                },
            );
        }
        let listed = self
            .paths
            .get(path)
            .or_else(|| self.paths.get("*"))
            .copied();
        let answered = match (listed, self.root.is_empty()) {
            // What is listed outright counts, files or not.
            (Some(status), _) if self.paths.get(path).is_some() => self.of(status),
            (_, false) => match of_folder(&self.root, path, read) {
                // A folder without an index isn't listed.
                missing if missing.status == Some(404) && path.ends_with('/') => of_status(403),
                found => found,
            },
            (Some(status), true) => self.of(status),
            (None, true) if self.paths.is_empty() => self.of(200),
            (None, true) => of_status(404),
        };
        (Asks::Nothing, answered)
    }

    fn of(&self, status: u16) -> HttpAnswer {
        match (status, self.body.is_empty()) {
            (200, false) => answer(200, self.body.to_string()),
            _ => of_status(status),
        }
    }
}
