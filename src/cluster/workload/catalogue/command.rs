//! Which program a container runs: image, `command` and `args` together.

use std::rc::Rc;
use std::time::Duration;

use super::super::context::Context;
use super::super::shell::{self, Code, Node, Shell};
use super::super::{ContainerConfig, Exit};
use super::entry::{self, Entry};
use super::program::{Listen, Program, Stop};
use crate::cluster::SimTime;
use crate::cluster::workload::expand;

/// What the container will do. What isn't known runs, listens on the ports that it declares, and
/// says so.
pub(super) fn understand(config: ContainerConfig<'_>) -> Program {
    let container = config.container;
    let image = entry::image(&container.image);
    let image = image.as_ref();
    let mut context = Context::of(config);
    if let Some(image) = image {
        // What the container sets comes after it, and counts.
        let set = image.env.iter();
        let set = set.map(|(name, value)| (name.clone(), value.clone()));
        context.env.splice(0..0, set);
    }
    let context = Rc::new(context);
    let mut program = match image {
        None if container.command.is_empty() && container.args.is_empty() => {
            let name = &container.image;
            assumed(&context, format!("image \"{name}\" is not known here"))
        }
        _ => by_command(&context, image, &arguments(config, image)),
    };
    if let Some(code) = program.code.take() {
        let disk = context.own_files();
        program.shell = Some(Shell::new(&context, SimTime::ZERO, disk, code));
    }
    program.has_shell = image.is_none_or(|image| image.shell != Some(false));
    program.context = context;
    program
}

/// Entrypoint and arguments as the runtime gets them, `$(NAME)` filled in.
fn arguments(config: ContainerConfig<'_>, image: Option<&Entry>) -> Vec<Rc<str>> {
    let container = config.container;
    let written = |words: &Vec<Rc<str>>| {
        words
            .iter()
            .map(|word| expand(word, config.env))
            .collect::<Vec<Rc<str>>>()
    };
    let mut all = match (container.command.is_empty(), image) {
        (false, _) => written(&container.command),
        (true, None) => Vec::new(),
        (true, Some(image)) if image.entrypoint.is_empty() => {
            let wrapper = image.command.first().filter(|first| is_wrapper(first));
            wrapper.map(|first| vec![first.clone()]).unwrap_or_default()
        }
        (true, Some(image)) => image.entrypoint.clone(),
    };
    let default = image.map(|image| image.command.clone()).unwrap_or_default();
    let default = default.into_iter().filter(|word| !is_wrapper(word));
    match (container.args.is_empty(), container.command.is_empty()) {
        (false, _) => all.extend(written(&container.args)),
        (true, true) => all.extend(default),
        (true, false) => {}
    }
    all
}

/// Programs that set something up and hand on to what follows.
pub(super) fn is_wrapper(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    base.contains("entrypoint") || matches!(base, "tini" | "dumb-init" | "--" | "env" | "nohup")
}

/// Shells.
pub(super) fn is_shell(name: &str) -> bool {
    matches!(
        name.rsplit('/').next().unwrap_or(name),
        "sh" | "bash" | "ash" | "dash" | "zsh"
    )
}

fn by_command(context: &Context, image: Option<&Entry>, all: &[Rc<str>]) -> Program {
    let mut words = all;
    while words.first().is_some_and(|word| is_wrapper(word)) && words.len() > 1 {
        words = &words[1..];
    }
    // An option alone is for the program that the wrapper would have run.
    let default = image.and_then(|image| image.command.iter().find(|word| !is_wrapper(word)));
    let with_default: Vec<Rc<str>>;
    if let (Some(option), Some(default)) = (words.first(), default)
        && option.starts_with('-')
    {
        with_default = [default.clone()]
            .into_iter()
            .chain(words.iter().cloned())
            .collect();
        words = &with_default;
    }
    let Some(name) = words.first().cloned() else {
        return Program {
            start_error: Some("no command specified".into()),
            ..Program::default()
        };
    };
    let arguments = &words[1..];
    let is_default = image.is_some_and(|image| {
        image
            .entrypoint
            .first()
            .or(default)
            .is_some_and(|first| **first == *name)
    });
    if let Some(recipe) = image
        .and_then(|image| image.program.as_ref())
        .filter(|_| is_default)
    {
        return recipe.cook(context, arguments);
    }
    if image.is_some_and(|image| image.shell == Some(false)) && !is_default {
        return not_found(&name);
    }
    if is_shell(&name) {
        return of_shell(context, words);
    }
    if let Some(recipe) = entry::program(&name)
        && (!recipe.interprets || arguments.is_empty())
    {
        return recipe.cook(context, arguments);
    }
    // What nobody knows is known at once, not when it runs.
    if !shell::is_known(&name) && !is_module(arguments) {
        return foreground(context, words);
    }
    of_code(shell::compile(&shell::literal(words)))
}

/// The runtime's words for a command that isn't there.
fn not_found(name: &str) -> Program {
    let error = format!(
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc \
         create failed: unable to start container process: error during container init: exec: \
         \"{name}\": executable file not found in $PATH"
    );
    Program {
        start_error: Some(error.into()),
        ..Program::default()
    }
}

/// `sh`, `sh -c TEXT`, `sh FILE`
fn of_shell(context: &Context, words: &[Rc<str>]) -> Program {
    let arguments = &words[1..];
    let is_command =
        |word: &Rc<str>| word.starts_with('-') && !word.starts_with("--") && word.ends_with('c');
    let at = arguments.iter().position(is_command);
    let Some(text) = at.and_then(|at| arguments.get(at + 1)) else {
        let file = arguments.iter().find(|argument| !argument.starts_with('-'));
        let Some(file) = file else {
            // Without a terminal there is nothing to read.
            return ends(Duration::ZERO, 0);
        };
        if super::super::outside::mounted(&context.mounts, file).is_some() {
            return of_code(shell::compile(&shell::literal(words)));
        }
        return assumed(
            context,
            format!("what the script {file} does is not known here"),
        );
    };
    match shell::parse(text) {
        Ok(node) => {
            let strict =
                at.is_some_and(|at| arguments[..=at].iter().any(|word| word.contains('e')));
            of_code(shell::compile(&if strict { strictly(node) } else { node }))
        }
        Err(what) => assumed(
            context,
            format!("this part of the script is not understood here: {what}"),
        ),
    }
}

/// `set -e` first.
fn strictly(node: Node) -> Node {
    Node::List(vec![shell::literal(&["set".into(), "-e".into()]), node])
}

fn of_code(code: Code) -> Program {
    Program {
        code: Some(code),
        ..Program::default()
    }
}

/// A command of a script that the shell doesn't know: one of the catalogue's programs, or unknown.
pub fn foreground(context: &Context, words: &[Rc<str>]) -> Program {
    let (name, arguments) = (&words[0], &words[1..]);
    if is_wrapper(name) && !arguments.is_empty() {
        return foreground(context, arguments);
    }
    let recipe = entry::program(name).filter(|recipe| !recipe.interprets || arguments.is_empty());
    let own = entry::image(&context.image).and_then(|image| {
        let first = image.entrypoint.first().or(image.command.first());
        image
            .program
            .filter(|_| first.is_some_and(|first| **first == **name))
    });
    if let Some(recipe) = own.or(recipe) {
        return recipe.cook(context, arguments);
    }
    if let Some(language) = one_liner(name, arguments) {
        let mut program = ends(Duration::from_secs(1), 0);
        let why = format!("a line of {name} ({language}) is taken to end well");
        program.log = vec![(Duration::ZERO, format!("(Podarium: {why})").into())];
        program.assumption = Some(why.into());
        return program;
    }
    assumed(
        context,
        format!("what the command \"{name}\" does is not known here"),
    )
}

/// `python -m http.server`
fn is_module(arguments: &[Rc<str>]) -> bool {
    arguments
        .iter()
        .any(|a| matches!(&**a, "http.server" | "SimpleHTTPServer"))
}

/// `python -c …`, `node -e …`, `perl -wle …`: the option that says so.
fn one_liner<'a>(name: &str, arguments: &'a [Rc<str>]) -> Option<&'a str> {
    let base = name.rsplit('/').next().unwrap_or(name);
    let interprets = entry::program(base).is_some_and(|recipe| recipe.interprets);
    if !interprets && !matches!(base, "ruby" | "php" | "nodejs" | "python2") {
        return None;
    }
    let option = arguments.iter().find(|argument| {
        argument.starts_with('-') && !argument.starts_with("--") && argument.ends_with(['c', 'e'])
    });
    option.map(|option| &**option)
}

fn ends(after: Duration, code: i64) -> Program {
    Program {
        exit: Some((after, Exit::with_code(code))),
        ..Program::default()
    }
}

/// Nobody knows: it runs, listens on what it declares, and says so.
pub fn assumed(context: &Context, why: String) -> Program {
    let listen = |port: &i64| Listen {
        port: *port,
        ..Listen::default()
    };
    let said = format!("(Podarium: {why}; assumed to run, and to listen on its declared ports)");
    Program {
        listens: context.ports.iter().map(listen).collect(),
        stop: Stop::Exits {
            after: Duration::from_millis(100),
            code: 0,
        },
        log: vec![(Duration::ZERO, said.into())],
        assumption: Some(why.into()),
        ..Program::default()
    }
}
