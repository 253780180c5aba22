//! What several commands' flags say: is anything written, what is printed, what becomes of unknown
//! fields. Models `k8s.io/kubectl/pkg/cmd/util/helpers.go` and `genericclioptions/print_flags.go`.

use super::client::FieldValidation;
use super::cx::Cx;
use super::error::Error;
use super::flags::Given;
use super::output::Format;
use crate::manifest::stream::quoted;

/// Is anything written, and who decides what it would become?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DryRun {
    /// It is written.
    #[default]
    None,
    /// kubectl alone says what it would do.
    Client,
    /// The server says what it would do.
    Server,
}

impl DryRun {
    /// What `--dry-run` says. Models `GetDryRunStrategy`.
    ///
    /// # Errors
    /// kubectl's sentence.
    pub fn of(cx: &mut Cx<'_>, given: &Given) -> Result<Self, Error> {
        let value = given.text("dry-run");
        match value {
            "client" => Ok(DryRun::Client),
            "server" => Ok(DryRun::Server),
            "none" | "" => Ok(DryRun::None),
            "unchanged" => {
                cx.klog(
                    "W",
                    "helpers.go:719",
                    "--dry-run is deprecated and can be replaced with --dry-run=client.",
                );
                Ok(DryRun::Client)
            }
            _ if matches!(value, "true" | "1" | "t" | "T" | "TRUE" | "True") => {
                cx.klog("W", "helpers.go:733", &format!("--dry-run={value} is deprecated (boolean value) and can be replaced with --dry-run=client."));
                Ok(DryRun::Client)
            }
            _ if matches!(value, "false" | "0" | "f" | "F" | "FALSE" | "False") => {
                cx.klog("W", "helpers.go:736", &format!("--dry-run={value} is deprecated (boolean value) and can be replaced with --dry-run=none."));
                Ok(DryRun::None)
            }
            other => Err(Error::Plain(format!(
                "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
            ))),
        }
    }

    /// Behind what was done. Models `PrintFlagsWithDryRunStrategy`.
    pub fn suffix(self) -> &'static str {
        match self {
            DryRun::None => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        }
    }
}

/// What becomes of unknown fields. Models `GetValidationDirective`.
///
/// # Errors
/// kubectl's sentence.
pub fn validation(given: &Given) -> Result<FieldValidation, Error> {
    if !given.knows("validate") {
        return Ok(FieldValidation::Ignore);
    }
    match given.text("validate").to_lowercase().as_str() {
        "strict" | "true" | "1" | "t" => Ok(FieldValidation::Strict),
        "warn" => Ok(FieldValidation::Warn),
        "ignore" | "false" | "0" | "f" => Ok(FieldValidation::Ignore),
        other => Err(Error::Plain(format!(
            "invalid - validate option {}; must be one of: strict (or true), warn, ignore (or false)",
            quoted(other)
        ))),
    }
}

/// What a command prints of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// `pod/web created`
    #[default]
    Operation,
    /// `pod/web`
    Name,
    /// The whole object.
    Yaml,
    /// The whole object.
    Json,
    /// As a template or a path says.
    Templated,
}

impl Output {
    /// What a form of output prints.
    pub fn of(format: &Format) -> Self {
        match format {
            Format::Table { .. } => Output::Operation,
            Format::Name => Output::Name,
            Format::Yaml => Output::Yaml,
            Format::Json => Output::Json,
            _ => Output::Templated,
        }
    }

    /// Is the whole object printed?
    pub fn is_whole(&self) -> bool {
        !matches!(self, Output::Operation | Output::Name)
    }
}
