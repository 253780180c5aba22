//! Which program a container runs: image, `command` and `args` together.

use std::rc::Rc;
use std::time::Duration;

use super::super::shell::{self, Flow, Machine, Node};
use super::super::{ContainerConfig, Exit};
use super::entry::{self, Entry};
use super::program::{Listen, Program, Stop};
use crate::cluster::SimTime;
use crate::cluster::workload::expand;

/// What the container will do. What isn't known runs, listens on the ports that it declares, and
/// says so.
pub(super) fn understand(config: ContainerConfig<'_>) -> Program {
    let image = entry::image(&config.container.image);
    let image = image.as_ref();
    let tag = super::super::image_name::split(&config.container.image)
        .tag
        .unwrap_or("latest");
    let has_shell = image.is_none_or(|image| image.shell != Some(false));
    let mut program = match image {
        None if config.container.command.is_empty() && config.container.args.is_empty() => {
            let name = &config.container.image;
            assumed(config, format!("image \"{name}\" is not known here"))
        }
        _ => by_command(config, image, &arguments(config, image), tag),
    };
    program.has_shell = has_shell;
    program.env = config.env.to_vec();
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

fn by_command(
    config: ContainerConfig<'_>,
    image: Option<&Entry>,
    all: &[Rc<str>],
    tag: &str,
) -> Program {
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
        return recipe.cook(config, arguments, tag);
    }
    if image.is_some_and(|image| image.shell == Some(false)) && !is_default {
        return not_found(&name);
    }
    if is_shell(&name) {
        return of_shell(config, arguments, tag);
    }
    if let Some(recipe) = entry::program(&name)
        && (!recipe.interprets || arguments.is_empty())
    {
        return recipe.cook(config, arguments, tag);
    }
    of_script(config, shell::literal(words), tag)
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
fn of_shell(config: ContainerConfig<'_>, arguments: &[Rc<str>], tag: &str) -> Program {
    let is_command =
        |word: &Rc<str>| word.starts_with('-') && !word.starts_with("--") && word.ends_with('c');
    let at = arguments.iter().position(is_command);
    let Some(text) = at.and_then(|at| arguments.get(at + 1)) else {
        if arguments.iter().all(|argument| argument.starts_with('-')) {
            // Without a terminal there is nothing to read.
            return ends(Duration::ZERO, 0);
        }
        return assumed(
            config,
            format!("what the script {} does is not known here", arguments[0]),
        );
    };
    match shell::parse(text) {
        Ok(node) => {
            let strict =
                at.is_some_and(|at| arguments[..=at].iter().any(|word| word.contains('e')));
            of_script(config, if strict { strictly(node) } else { node }, tag)
        }
        Err(what) => assumed(
            config,
            format!("this part of the script is not understood here: {what}"),
        ),
    }
}

/// `set -e` first.
fn strictly(node: Node) -> Node {
    Node::List(vec![shell::literal(&["set".into(), "-e".into()]), node])
}

fn of_script(config: ContainerConfig<'_>, node: Node, tag: &str) -> Program {
    let mut machine = Machine::new(config.env, SimTime::ZERO, Duration::MAX);
    let flow = machine.play(&node);
    let mut program = match flow {
        Flow::Program(ref words) => return handed_on(config, words, node, &machine, tag),
        Flow::Unknown(what) => {
            return assumed(
                config,
                format!("this part of the script is not understood here: {what}"),
            );
        }
        Flow::Exit(code) => ends(machine.now, code),
        Flow::Forever | Flow::OutOfTime => Program::default(),
        Flow::Next | Flow::Break | Flow::Continue => ends(machine.now, machine.status),
    };
    if let Some(message) = machine.files.get("/dev/termination-log")
        && let Some((_, exit)) = &mut program.exit
    {
        exit.termination_message = message.clone();
    }
    if let Some(code) = machine.trap {
        program.stop = Stop::Trapped { code };
    }
    program.listens = machine.listens;
    let sizes = machine.sizes.iter();
    program.large_files = sizes.map(|(path, n)| (path.clone(), *n)).collect();
    for words in machine.background {
        let image = entry::image(&config.container.image);
        let besides = by_command(config, image.as_ref(), &words, tag);
        program.listens.extend(besides.listens);
        for (path, status) in &besides.paths {
            program.paths.insert(path.clone(), *status);
        }
    }
    program.script = Some(Rc::new(node));
    program
}

/// After what its script did first, it is one of the catalogue's programs, or unknown.
fn handed_on(
    config: ContainerConfig<'_>,
    words: &[Rc<str>],
    node: Node,
    machine: &Machine,
    tag: &str,
) -> Program {
    let (name, arguments) = (&words[0], &words[1..]);
    let recipe = entry::program(name).filter(|recipe| !recipe.interprets);
    let own = entry::image(&config.container.image).and_then(|image| {
        let first = image.entrypoint.first().or(image.command.first());
        image
            .program
            .filter(|_| first.is_some_and(|first| **first == **name))
    });
    let mut program = match own.or(recipe) {
        Some(recipe) => recipe.cook(config, arguments, tag),
        None => match one_liner(arguments) {
            Some(language) => {
                let mut program = ends(Duration::from_secs(1), 0);
                program.assumption =
                    Some(format!("a line of {name} ({language}) is taken to end well").into());
                program
            }
            None => assumed(
                config,
                format!("what the command \"{name}\" does is not known here"),
            ),
        },
    };
    for listen in &mut program.listens {
        listen.after += machine.now;
    }
    if let Some((after, _)) = &mut program.exit {
        *after += machine.now;
    }
    for (after, _) in &mut program.log {
        *after += machine.now;
    }
    let sizes = machine.sizes.iter();
    program.large_files = sizes.map(|(path, n)| (path.clone(), *n)).collect();
    program.script = Some(Rc::new(node));
    program
}

/// `python -c …`, `node -e …`, `perl -wle …`: the option that says so.
fn one_liner(arguments: &[Rc<str>]) -> Option<&str> {
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
fn assumed(config: ContainerConfig<'_>, why: String) -> Program {
    let listen = |port: &crate::api::pod::ContainerPort| Listen {
        port: port.container_port,
        loopback: false,
        after: Duration::ZERO,
        http: true,
    };
    let tcp = config
        .container
        .ports
        .iter()
        .filter(|port| matches!(&*port.protocol, "" | "TCP"));
    let said = format!("(Podarium: {why}; assumed to run, and to listen on its declared ports)");
    Program {
        listens: tcp.map(listen).collect(),
        stop: Stop::Exits {
            after: Duration::from_millis(100),
            code: 0,
        },
        log: vec![(Duration::ZERO, said.into())],
        assumption: Some(why.into()),
        ..Program::default()
    }
}
