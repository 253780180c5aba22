//! What the commands that write objects have in common: how they ask the server and what they print.
//! Models `genericclioptions.PrintFlags` with `cmdutil.PrintFlagsWithDryRunStrategy`.

use super::builder::Info;
use super::client::{Client, FieldValidation};
use super::cx::Cx;
use super::error::Error;
use super::flags::Given;
use super::options::{self, DryRun, Output};
use super::print;
use crate::api::Value;

/// A command that writes objects.
pub struct Session<'c, 'a> {
    /// What it has at hand.
    pub cx: &'c mut Cx<'a>,
    /// How it asks.
    pub client: Client,
    /// Is anything written?
    pub dry_run: DryRun,
    /// What is printed.
    pub output: Output,
    /// How many objects were printed.
    pub printed: usize,
}

impl<'c, 'a> Session<'c, 'a> {
    /// As the flags say.
    ///
    /// # Errors
    /// kubectl's sentence.
    pub fn of(cx: &'c mut Cx<'a>, given: &Given) -> Result<Self, Error> {
        let dry_run = DryRun::of(cx, given)?;
        let output = Output::of(given)?;
        let client = Client {
            validation: options::validation(given)?,
            is_dry_run: dry_run == DryRun::Server,
        };
        Ok(Session {
            cx,
            client,
            dry_run,
            output,
            printed: 0,
        })
    }

    /// Are objects' heads looked at before anything is sent?
    pub fn validates(&self) -> bool {
        self.client.validation != FieldValidation::Ignore
    }

    /// Prints an object to which `operation` was done.
    pub fn print(&mut self, value: &Value, operation: &str) {
        if self.output == Output::Yaml && self.printed > 0 {
            self.cx.line("---");
        }
        self.printed += 1;
        let text = print::object(value, operation, &self.output, self.dry_run);
        self.cx.print(&text);
    }

    /// Creates an object, or only says so; what it is then.
    ///
    /// # Errors
    /// The server's answer.
    pub fn create(&mut self, info: &Info, value: &Value) -> Result<Value, Error> {
        if self.dry_run == DryRun::Client {
            return Ok(value.clone());
        }
        self.cx
            .may("create", info.kind, &info.namespace, &info.name)?;
        let created = self.client.create(self.cx.world(), info, value)?;
        self.cx.warn_once(&created.warnings);
        Ok(created.object.value.clone())
    }

    /// Writes an object that is another one now, or only says so; what it is then.
    ///
    /// # Errors
    /// The server's answer.
    pub fn write(&mut self, info: &Info, value: &Value) -> Result<Value, Error> {
        if self.dry_run == DryRun::Client {
            return Ok(value.clone());
        }
        self.cx
            .may("patch", info.kind, &info.namespace, &info.name)?;
        let written = self.client.replace(self.cx.world(), info, value)?;
        self.cx.warn_once(&written.warnings);
        Ok(written.object.value.clone())
    }
}
