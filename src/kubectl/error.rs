//! Errors as kubectl prints them. Models `checkErr` and `AddSourceToErr` of
//! `k8s.io/kubectl/pkg/cmd/util/helpers.go`.

use std::borrow::Cow;

use super::resources;
use crate::cluster::api_server::Status;
use crate::manifest::stream::quoted;

/// Why a command, or a part of it, failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// kubectl's own sentence.
    Plain(String),
    /// The API server's answer, with what kubectl was doing in front of it.
    Server {
        /// `error when creating "STDIN": `, or empty.
        context: String,
        /// The answer.
        status: Status,
    },
    /// Several at once.
    Many(Vec<Error>),
    /// Nothing is told but the exit code: what is wrong was told before. Models `ErrExit`.
    Exit(i32),
}

/// kubectl's own sentence as an error.
///
/// # Errors
/// Always.
pub fn plain<T>(sentence: impl Into<String>) -> Result<T, Error> {
    Err(Error::Plain(sentence.into()))
}

impl Error {
    /// One of several errors stands for itself; none is no error.
    pub fn gathered(mut errors: Vec<Error>) -> Result<(), Error> {
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            _ => Err(Error::Many(errors)),
        }
    }

    /// A mistake in how a command is called. Models `UsageErrorf`.
    pub fn usage(command: &str, sentence: &str) -> Self {
        Error::Plain(format!(
            "{sentence}\nSee '{command} -h' for help and examples"
        ))
    }

    /// The exit code of a command that ends with it.
    pub fn exit(&self) -> i32 {
        match self {
            Error::Exit(code) => *code,
            _ => 1,
        }
    }

    /// Is it the server's, that something isn't there?
    pub fn is_not_found(&self) -> bool {
        matches!(self, Error::Server { status, .. } if status.reason == "NotFound")
    }

    /// The error, met while doing `verb` with what came from `source`.
    #[must_use]
    pub fn while_doing(self, verb: &str, source: &str) -> Self {
        let prefix = format!("error when {verb} {}: ", quoted(source));
        match self {
            Error::Server { context, status } => Error::Server {
                context: prefix + &context,
                status,
            },
            other => Error::Plain(prefix + &other.sentence()),
        }
    }

    /// What stands on standard error when a command ends with this.
    pub fn printed(&self) -> String {
        let text = match self {
            Error::Exit(_) => return String::new(),
            Error::Plain(text) if text.starts_with("error: ") => text.clone(),
            Error::Plain(text) => format!("error: {text}"),
            Error::Server { context, status } => from_server(context, status),
            Error::Many(errors) => {
                let lines: Vec<String> = errors.iter().map(Error::in_a_list).collect();
                lines.join("\n")
            }
        };
        if text.ends_with('\n') {
            text
        } else {
            text + "\n"
        }
    }

    fn in_a_list(&self) -> String {
        match self {
            Error::Server { context, status } if status.reason == "Invalid" => {
                format!(
                    "Error from server (Invalid): {context}{}",
                    in_one_line(&status.message)
                )
            }
            Error::Server { context, status } => from_server(context, status),
            other => other.sentence(),
        }
    }

    /// Go's `err.Error()`.
    pub fn sentence(&self) -> String {
        match self {
            Error::Exit(code) => format!("exit status {code}"),
            Error::Plain(text) => text.clone(),
            Error::Server { context, status } => {
                format!("{context}{}", in_one_line(&status.message))
            }
            Error::Many(errors) => {
                let sentences: Vec<String> = errors.iter().map(Error::sentence).collect();
                format!("[{}]", sentences.join(", "))
            }
        }
    }
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        Error::Server {
            context: String::new(),
            status,
        }
    }
}

fn from_server(context: &str, status: &Status) -> String {
    match status.reason {
        "Invalid" if status.message.starts_with("The request") => status.message.clone(),
        "Invalid" => format!("The {}", status.message),
        "" => format!("Error from server: {context}{}", status.message),
        reason => format!("Error from server ({reason}): {context}{}", status.message),
    }
}

/// `Deployment.apps "web" is invalid: …`: the answer names the kind with its group, which only the
/// sentence about one object leaves out.
fn qualified(message: &str) -> Cow<'_, str> {
    let (kind, rest) = message.split_once(' ').unwrap_or((message, ""));
    if kind.contains('.') || !rest.contains("\" is invalid: ") {
        return message.into();
    }
    match resources::mapping(&kind.to_lowercase()) {
        Ok(found) if found.kind() == kind && !found.group().is_empty() => {
            format!("{kind}.{} {rest}", found.group()).into()
        }
        _ => message.into(),
    }
}

/// Several causes, which stand in lines of their own in the answer, as Go lists errors.
fn in_one_line(message: &str) -> String {
    let message = &*qualified(message);
    match message.split_once("\n* ") {
        Some((head, causes)) => {
            let causes: Vec<&str> = causes.split("\n* ").collect();
            format!("{}[{}]", head, causes.join(", "))
        }
        None => message.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::Error;
    use crate::cluster::api_server::Status;

    fn invalid() -> Error {
        Error::from(Status {
            code: 422,
            reason: "Invalid",
            message: "Pod \"\" is invalid: \n* a: Required value\n* b: Required value".into(),
        })
    }

    #[test]
    fn one_invalid_object_is_told_cause_by_cause() {
        let error = invalid().while_doing("creating", "STDIN");
        assert_eq!(
            error.printed(),
            "The Pod \"\" is invalid: \n* a: Required value\n* b: Required value\n"
        );
    }

    #[test]
    fn among_others_it_takes_one_line() {
        let error = invalid().while_doing("creating", "STDIN");
        let both = Error::gathered(vec![error, Error::Plain("no".into())]).expect_err("two");
        assert_eq!(
            both.printed(),
            "Error from server (Invalid): error when creating \"STDIN\": Pod \"\" is invalid: \
             [a: Required value, b: Required value]\nno\n"
        );
    }
}
