//! A program as the catalogue describes it, and what an environment and arguments make of it.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::super::context::Context;
use super::super::shell;
use super::super::{Climb, Exit};
use super::program::{Listen, Program, Stop};
use super::site::{Serves, Site};
use crate::api::quantity::Quantity;
use crate::api::view::view;

view! {
    /// What a program does. Times are seconds; a field `…Env` names the variable that changes it.
    pub struct Recipe {
        /// Without one of these it fails.
        pub needs: Option<Needs>,
        /// Ports that it opens.
        pub listens: Vec<ListenRecipe>,
        /// Paths and their status codes; `*` is every other one.
        pub paths: BTreeMap<Rc<str>, i64>,
        /// It ends by itself.
        pub exits: Option<Exits>,
        /// `exits` holds for so many runs; later ones exit 0.
        pub until_restarts: Option<i64>,
        /// As `until_restarts`.
        pub until_restarts_env: Option<Rc<str>>,
        /// Its exit code on SIGTERM. Without one it ignores that.
        pub stop: Option<i64>,
        /// So long after SIGTERM.
        pub stop_after: f64,
        /// And so much longer.
        pub stop_env: Option<Rc<str>>,
        /// What it prints at its start.
        pub log: Vec<Rc<str>>,
        /// What it prints again and again.
        pub every: Option<Every>,
        /// What its memory climbs to, evenly.
        pub memory: Option<Rc<str>>,
        /// As `memory`.
        pub memory_env: Option<Rc<str>>,
        /// Arguments that are followed by it.
        pub memory_args: Vec<Rc<str>>,
        /// In so long a time.
        pub memory_after: f64,
        /// Arguments that are followed by how many take so much memory each.
        pub memory_times_args: Vec<Rc<str>>,
        /// Arguments that are followed by how much more it takes at a time, and after what pause:
        /// `4Ki` and `1ms` where they aren't said.
        pub memory_step_args: Vec<Rc<str>>,
        /// Thousandths of a processor that it takes.
        pub cpu: i64,
        /// Arguments that are followed by how many whole processors it takes.
        pub cpu_args: Vec<Rc<str>>,
        /// Arguments that are followed by when it ends, with 0: `60`, `60s`, `1m`.
        pub timeout_args: Vec<Rc<str>>,
        /// With arguments it runs somebody's code: see [`super::command`].
        pub interprets: bool,
        /// It is this script; `stop` counts on SIGTERM.
        pub script: Option<Rc<str>>,
        /// What it says if a port isn't free; `{port}` is filled in.
        pub clash: Option<Rc<str>>,
        /// Its exit code then; 1 unless told.
        pub clash_code: Option<i64>,
        /// What it answers where all is well.
        pub body: Rc<str>,
        /// The argument that says it.
        pub body_arg: Option<Rc<str>>,
        /// The variable that says it.
        pub body_env: Option<Rc<str>>,
        /// The folder whose files it serves.
        pub root: Rc<str>,
        /// The variable that names the one file that it serves.
        pub file_env: Option<Rc<str>>,
        /// The variable that names the address that it hands requests on to.
        pub forwards_env: Option<Rc<str>>,
        /// Paths that are well only while somebody listens at an address, or at the one in a variable.
        pub needs_listener: BTreeMap<Rc<str>, Rc<str>>,
        /// The variable that says how many requests it answers a second.
        pub capacity_env: Option<Rc<str>>,
        /// The path that wedges it.
        pub hangs: Rc<str>,
        /// Does it write a line for each request?
        pub request_log: bool,
        /// The variable that names a file for these lines.
        pub request_log_env: Option<Rc<str>>,
    }

    /// What a program can't do without.
    pub struct Needs {
        /// One of these variables.
        pub env: Vec<Rc<str>>,
        /// Or an argument that begins with one of these.
        pub args: Vec<Rc<str>>,
        /// Otherwise it ends after so long,
        pub after: f64,
        /// with this code,
        pub code: i64,
        /// saying this.
        pub log: Rc<str>,
    }

    /// A port that it opens.
    pub struct ListenRecipe {
        /// The port.
        pub port: i64,
        /// The variable that names it.
        pub env: Option<Rc<str>>,
        /// The argument that names the port.
        pub arg: Option<Rc<str>>,
        /// So long after the start.
        pub after: f64,
        /// As `after`.
        pub after_env: Option<Rc<str>>,
        /// The variable that names the address.
        pub bind: Option<Rc<str>>,
        /// For the Pod itself only?
        pub loopback: bool,
        /// Does it speak HTTP? It does unless told.
        pub http: Option<bool>,
    }

    /// How it ends.
    pub struct Exits {
        /// So long after the start.
        pub after: f64,
        /// The variable that names it.
        pub env: Option<Rc<str>>,
        /// With this code.
        pub code: i64,
        /// As `code`.
        pub code_env: Option<Rc<str>>,
    }

    /// A line again and again.
    pub struct Every {
        /// How often.
        pub period: f64,
        /// What.
        pub line: Rc<str>,
    }
}

/// What a recipe is looked at with.
struct Kitchen<'a> {
    context: &'a Context,
    /// What follows the program's name.
    arguments: &'a [Rc<str>],
}

impl Recipe {
    /// The program that comes out.
    pub(super) fn cook(&self, context: &Context, arguments: &[Rc<str>]) -> Program {
        let kitchen = Kitchen { context, arguments };
        let mut program = Program::default();
        if let Some(needs) = &self.needs
            && !kitchen.has(needs)
        {
            program.exit = Some((seconds(needs.after), Exit::with_code(needs.code)));
            program.log = vec![(seconds(needs.after), needs.log.clone())];
            return program;
        }
        program.listens = self
            .listens
            .iter()
            .map(|listen| kitchen.listen(listen))
            .collect();
        program.site = Rc::new(self.site(&kitchen));
        program.clash = self
            .clash
            .as_ref()
            .map(|text| (text.clone(), self.clash_code.unwrap_or(1)));
        // A test reads every script.
        let script = self
            .script
            .as_ref()
            .and_then(|text| shell::parse(text).ok());
        program.code = script.map(|node| {
            // Its `$1` and the like.
            let set = ["set".into(), "--".into()].into_iter();
            let set: Vec<Rc<str>> = set.chain(arguments.iter().cloned()).collect();
            shell::compile(&match arguments {
                [] => node,
                _ => shell::Node::List(vec![shell::literal(&set), node]),
            })
        });
        program.exit = self.exit(&kitchen);
        program.memory = self.memory(&kitchen);
        program.cpu_milli = self.cpu(&kitchen);
        program.stop = match self.stop {
            None => Stop::Ignored,
            Some(code) => {
                let drains = kitchen.number(self.stop_env.as_deref()).unwrap_or(0.0);
                Stop::Exits {
                    after: seconds(self.stop_after + drains),
                    code,
                }
            }
        };
        let ready = program
            .listens
            .iter()
            .map(|listen| listen.after)
            .max()
            .unwrap_or_default();
        program.log = self
            .log
            .iter()
            .map(|line| (ready, kitchen.fill(line, &program).into()))
            .collect();
        program.every = self.every.as_ref().map(|every| {
            (
                seconds(every.period),
                kitchen.fill(&every.line, &program).into(),
            )
        });
        program
    }

    fn site(&self, kitchen: &Kitchen<'_>) -> Site {
        let value = |name: &Option<Rc<str>>| -> Rc<str> {
            let value = name
                .as_deref()
                .and_then(|name| kitchen.context.variable(name));
            value.unwrap_or_default().into()
        };
        // A variable's name, or the address itself.
        let address = |named: &Rc<str>| match named.contains(':') {
            true => named.clone(),
            false => value(&Some(named.clone())),
        };
        let code = |(path, code): (&Rc<str>, &i64)| (path.clone(), *code as u16);
        let needs = self.needs_listener.iter();
        let said = self.body_arg.as_deref();
        let said = said.and_then(|name| kitchen.argument(name));
        Site {
            paths: self.paths.iter().map(code).collect(),
            body: match (said, &*value(&self.body_env)) {
                (Some(said), _) => format!("{said}\n").into(),
                (None, "") => self.body.replace("{tag}", kitchen.context.tag()).into(),
                (None, said) => format!("{said}\n").into(),
            },
            root: self.root.clone(),
            file: value(&self.file_env),
            forwards: value(&self.forwards_env),
            needs: needs
                .map(|(path, named)| (path.clone(), address(named)))
                .collect(),
            capacity: kitchen
                .number(self.capacity_env.as_deref())
                .map_or(0, |number| number as u32),
            hangs: self.hangs.clone(),
            logs: self.request_log,
            log_file: value(&self.request_log_env),
        }
    }

    fn exit(&self, kitchen: &Kitchen<'_>) -> Option<(Duration, Exit)> {
        if let Some(after) = kitchen.first_of(&self.timeout_args).and_then(span) {
            return Some((seconds(after), Exit::with_code(0)));
        }
        let exits = self.exits.as_ref()?;
        let after = kitchen.number(exits.env.as_deref()).unwrap_or(exits.after);
        let mut code = kitchen
            .number(exits.code_env.as_deref())
            .map_or(exits.code, |code| code as i64);
        let until = kitchen
            .number(self.until_restarts_env.as_deref())
            .map(|runs| runs as i64);
        if until
            .or(self.until_restarts)
            .is_some_and(|runs| kitchen.context.restart_count >= runs)
        {
            code = 0;
        }
        Some((seconds(after), Exit::with_code(code)))
    }

    /// The memory that it takes, whatever it may take.
    fn memory(&self, kitchen: &Kitchen<'_>) -> Climb {
        let variable = self
            .memory_env
            .as_deref()
            .and_then(|name| kitchen.context.variable(name));
        let text = kitchen.first_of(&self.memory_args).or(variable);
        let text = text.or(self.memory.as_deref());
        let Some(each) = text.and_then(amount) else {
            return Climb::default();
        };
        let times = kitchen.first_of(&self.memory_times_args);
        let times = times.map_or(1, |times| times.parse().unwrap_or(1));
        let over = match &self.memory_step_args[..] {
            [step, pause] => {
                let step = kitchen.argument(step).and_then(amount).unwrap_or(4096);
                let pause = kitchen.argument(pause).and_then(span);
                pause.unwrap_or(0.001) * (each / step.max(1)) as f64
            }
            _ => self.memory_after,
        };
        Climb {
            peak: each.saturating_mul(times),
            over: seconds(over),
            ..Climb::default()
        }
    }

    /// Thousandths of a processor that it takes.
    fn cpu(&self, kitchen: &Kitchen<'_>) -> i64 {
        let asked = kitchen.first_of(&self.cpu_args).and_then(Quantity::parse);
        asked.map_or(self.cpu, Quantity::milli_value)
    }
}

/// `250M` as stress takes it, `200Mi` as Kubernetes does; bytes.
fn amount(text: &str) -> Option<i64> {
    let text = text.trim_end_matches(['b', 'B']);
    Some(Quantity::parse(text)?.value())
}

/// `60`, `60s`, `1ms`, `2m`; seconds.
fn span(text: &str) -> Option<f64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "us" => 0.000_001,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    Some(digits.parse::<f64>().ok()? * unit)
}

impl<'a> Kitchen<'a> {
    fn number(&self, name: Option<&str>) -> Option<f64> {
        self.context.variable(name?)?.trim().parse().ok()
    }

    /// What follows an argument: `-p 80`, `-p=80`, `--port :80`.
    fn argument(&self, name: &str) -> Option<&'a str> {
        let mut arguments = self.arguments.iter();
        while let Some(argument) = arguments.next() {
            if &**argument == name {
                return arguments.next().map(|value| &**value);
            }
            let value = argument
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('='));
            if value.is_some() {
                return value;
            }
        }
        None
    }

    /// What follows the first of these arguments that is there.
    fn first_of(&self, names: &[Rc<str>]) -> Option<&'a str> {
        names.iter().find_map(|name| self.argument(name))
    }

    fn has(&self, needs: &Needs) -> bool {
        let variable = |name: &Rc<str>| {
            self.context
                .variable(name)
                .is_some_and(|value| !value.is_empty())
        };
        let argument = |begin: &Rc<str>| self.arguments.iter().any(|a| a.starts_with(&**begin));
        needs.env.iter().any(variable) || needs.args.iter().any(argument)
    }

    fn listen(&self, recipe: &ListenRecipe) -> Listen {
        // `8080`, `:8080`, `0.0.0.0:8080`
        let port = |text: &str| text.trim().rsplit(':').next()?.parse().ok();
        let given = recipe.arg.as_deref().and_then(|name| self.argument(name));
        let given = given.and_then(port);
        let named = recipe.env.as_deref();
        let named = named.and_then(|name| port(self.context.variable(name)?));
        let address = recipe
            .bind
            .as_deref()
            .and_then(|name| self.context.variable(name));
        let after = self
            .number(recipe.after_env.as_deref())
            .unwrap_or(recipe.after);
        Listen {
            port: given.or(named).unwrap_or(recipe.port),
            loopback: address.map_or(recipe.loopback, |address| {
                address.starts_with("127.") || address == "localhost"
            }),
            after: seconds(after),
            serves: match recipe.http {
                Some(false) => Serves::Plain,
                _ => Serves::Site,
            },
        }
    }

    /// `{port}`, `{tag}`, `{hostname}`, `{restart}`, and variables.
    fn fill(&self, line: &str, program: &Program) -> String {
        let first = program.listens.first();
        let port = first.map_or_else(String::new, |listen| listen.port.to_string());
        let bind = if first.is_some_and(|listen| listen.loopback) {
            "127.0.0.1"
        } else {
            "0.0.0.0"
        };
        let mut filled = line
            .replace("{port}", &port)
            .replace("{bind}", bind)
            .replace("{tag}", self.context.tag())
            .replace("{hostname}", &self.context.hostname)
            .replace("{restart}", &self.context.restart_count.to_string());
        for name in ["OUT", "IN", "FOR", "TARGET", "PEAK"] {
            let value = self.context.variable(name).unwrap_or("(not set)");
            filled = filled.replace(&format!("{{{name}}}"), value);
        }
        filled
    }
}

fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number).unwrap_or_default()
}
