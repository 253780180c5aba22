//! A command line's flags, declared as data and read as kubectl reads them. Models
//! `github.com/spf13/pflag`. Read in the order below. Left out: flags from the environment and kuberc.

/// A line's words to flags and arguments.
mod read;

/// Flags that several commands share.
pub mod shared;

pub use read::{Given, read, skip_flags};

/// A flag of a command.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// `namespace`
    pub name: &'static str,
    /// `n`; empty for none.
    pub short: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// As the help shows it, without quotes.
    pub default: &'static str,
    /// What it is when it stands alone; only such a flag may.
    pub alone: Option<&'static str>,
    /// Told when it is used: it still works, but is given up.
    pub deprecated: &'static str,
    /// Is it obeyed here?
    pub is_here: bool,
}

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true`, `false`
    Bool,
    /// A text.
    Text,
    /// A text each time that it is given.
    Array,
    /// Texts between commas, each time that it is given.
    Slice,
    /// A whole number.
    Int,
    /// A whole number of 32 bits.
    Int32,
    /// `5s`, `1m30s`
    Duration,
}

impl Flag {
    const fn new(name: &'static str, kind: Kind, default: &'static str) -> Self {
        Flag {
            name,
            short: "",
            kind,
            default,
            alone: None,
            deprecated: "",
            is_here: true,
        }
    }

    /// `--name`
    pub const fn truth(name: &'static str) -> Self {
        Flag {
            alone: Some("true"),
            ..Flag::new(name, Kind::Bool, "false")
        }
    }

    /// `--name=TEXT`
    pub const fn text(name: &'static str) -> Self {
        Flag::new(name, Kind::Text, "")
    }

    /// `--name=TEXT --name=TEXT`
    pub const fn array(name: &'static str) -> Self {
        Flag::new(name, Kind::Array, "[]")
    }

    /// `--name=TEXT,TEXT`
    pub const fn slice(name: &'static str) -> Self {
        Flag::new(name, Kind::Slice, "[]")
    }

    /// `--name=5`
    pub const fn int(name: &'static str, default: &'static str) -> Self {
        Flag::new(name, Kind::Int, default)
    }

    /// `--name=5`, in 32 bits.
    pub const fn int32(name: &'static str, default: &'static str) -> Self {
        Flag::new(name, Kind::Int32, default)
    }

    /// `--name=5s`
    pub const fn duration(name: &'static str, default: &'static str) -> Self {
        Flag::new(name, Kind::Duration, default)
    }

    /// With a letter of its own.
    pub const fn short(self, short: &'static str) -> Self {
        Flag { short, ..self }
    }

    /// With another default.
    pub const fn default(self, default: &'static str) -> Self {
        Flag { default, ..self }
    }

    /// It may stand alone, and then is this.
    pub const fn alone(self, alone: &'static str) -> Self {
        Flag {
            alone: Some(alone),
            ..self
        }
    }

    /// It is given up; what is told.
    pub const fn deprecated(self, deprecated: &'static str) -> Self {
        Flag { deprecated, ..self }
    }

    /// It is known, and not obeyed here: using it says so.
    pub const fn not_here(self) -> Self {
        Flag {
            is_here: false,
            ..self
        }
    }

    /// As errors name it: `-r, --replicas`.
    fn named(&self) -> String {
        match self.short {
            "" => format!("--{}", self.name),
            short => format!("-{short}, --{}", self.name),
        }
    }

    /// Its default as the help shows it: texts stand in quotes.
    pub fn shown(&self) -> String {
        match self.kind {
            Kind::Text => format!("'{}'", self.default),
            _ => self.default.to_string(),
        }
    }
}
