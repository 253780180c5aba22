//! The commands that scripts are made of. Ours: what each does, as far as it can be seen.

use std::rc::Rc;
use std::time::Duration;

use super::large_files;
use super::play::{Flow, Machine};
use crate::cluster::workload::catalogue::program::Listen;

/// Commands that do nothing here that could be seen.
const SILENT: [&str; 19] = [
    "chmod", "chown", "mkdir", "cd", "export", "unset", "ln", "sync", "ulimit", "umask", "shift",
    "apt-get", "apt", "apk", "yum", "sysctl", "mount", "source", ".",
];

/// Clients of servers, and the port that they ask unless told otherwise.
const CLIENTS: [(&str, i64); 12] = [
    ("redis-cli", 6379),
    ("pg_isready", 5432),
    ("psql", 5432),
    ("mysqladmin", 3306),
    ("mysql", 3306),
    ("mariadb-admin", 3306),
    ("mongosh", 27017),
    ("mongo", 27017),
    ("rabbitmq-diagnostics", 5672),
    ("rabbitmqctl", 5672),
    ("grpc_health_probe", 0),
    ("/bin/grpc_health_probe", 0),
];

const OTHERS: [&str; 49] = [
    ":",
    "true",
    "false",
    "exit",
    "sleep",
    "echo",
    "printf",
    "date",
    "hostname",
    "cat",
    "tail",
    "head",
    "touch",
    "rm",
    "cp",
    "mv",
    "ls",
    "env",
    "printenv",
    "id",
    "whoami",
    "uname",
    "pwd",
    "trap",
    "wait",
    "exec",
    "set",
    "test",
    "[",
    "[[",
    "seq",
    "grep",
    "tee",
    "wc",
    "break",
    "continue",
    "nc",
    "ncat",
    "netcat",
    "wget",
    "curl",
    "ping",
    "nslookup",
    "dig",
    "httpd",
    "kill",
    "dd",
    "fallocate",
    "truncate",
];

/// Does [`run`] know this command?
pub fn is_known(name: &str) -> bool {
    let name = base(name);
    SILENT.contains(&name)
        || OTHERS.contains(&name)
        || CLIENTS.iter().any(|(client, _)| *client == name)
}

/// The name without its folder.
fn base(name: &str) -> &str {
    match name.rsplit_once('/') {
        Some(("/bin" | "/usr/bin" | "/usr/local/bin" | "/sbin" | "/usr/sbin", base)) => base,
        _ => name,
    }
}

/// Runs a command.
pub(super) fn run(machine: &mut Machine, words: &[Rc<str>]) -> Flow {
    let (name, arguments) = (base(&words[0]), &words[1..]);
    let status = match name {
        "exit" => {
            return Flow::Exit(
                arguments
                    .first()
                    .map_or(machine.status, |code| code.parse().unwrap_or(2)),
            );
        }
        "break" => return Flow::Break,
        "continue" => return Flow::Continue,
        "exec" if !arguments.is_empty() => return replace(machine, arguments),
        "sleep" => return sleep(machine, arguments),
        "wait" => return machine.wait_for_background(),
        "dd" | "fallocate" | "truncate" => return large_files::run(machine, name, arguments),
        "tail" if arguments.iter().any(|a| &**a == "-f" || &**a == "-F") => return Flow::Forever,
        "cat" if arguments.is_empty() && machine.input.is_none() => return Flow::Forever,
        "httpd" => return serve(machine, option(arguments, "-p").unwrap_or(80), true),
        "nc" | "ncat" | "netcat" if listens(arguments) => {
            let port = option(arguments, "-p").or_else(|| last_number(arguments));
            return serve(machine, port.unwrap_or(0), false);
        }
        "python" | "python3" if module(arguments) => {
            return serve(machine, last_number(arguments).unwrap_or(8000), true);
        }
        "sh" | "bash" | "ash" | "/bin/sh" if arguments.first().is_some_and(|a| &**a == "-c") => {
            return nested(machine, arguments);
        }
        _ if SILENT.contains(&name) => 0,
        _ => match simple(machine, name, arguments) {
            Some(status) => status,
            None => return Flow::Program(words.to_vec()),
        },
    };
    machine.status = status;
    Flow::Next
}

/// Commands that are done at once; their exit code.
fn simple(machine: &mut Machine, name: &str, arguments: &[Rc<str>]) -> Option<i64> {
    Some(match name {
        ":" | "true" | "exec" | "kill" => 0,
        "false" => 1,
        "echo" => echo(machine, arguments),
        "printf" => printf(machine, arguments),
        "date" => {
            let now = machine.start + machine.now;
            machine.print(&format!("{}\n", now.to_rfc3339()));
            0
        }
        "hostname" => {
            let name = machine
                .variables
                .get("HOSTNAME")
                .cloned()
                .unwrap_or_default();
            machine.print(&format!("{name}\n"));
            0
        }
        "whoami" => print(machine, "root\n"),
        "id" => print(machine, "uid=0(root) gid=0(root) groups=0(root)\n"),
        "uname" => print(machine, "Linux\n"),
        "pwd" => print(machine, "/\n"),
        "env" | "printenv" if arguments.is_empty() => {
            let all: String = machine
                .variables
                .iter()
                .map(|(name, value)| format!("{name}={value}\n"))
                .collect();
            print(machine, &all)
        }
        "printenv" => match machine.variables.get(&arguments[0]).cloned() {
            Some(value) => print(machine, &format!("{value}\n")),
            None => 1,
        },
        "set" => {
            machine.strict |= arguments
                .iter()
                .any(|a| a.starts_with('-') && a.contains('e'));
            0
        }
        "trap" => trap(machine, arguments),
        "test" | "[" | "[[" => test(machine, arguments)?,
        "seq" => seq(machine, arguments),
        "cat" | "head" | "tail" => read(machine, name, arguments),
        "grep" => grep(machine, arguments),
        "wc" => {
            let lines = machine.input.take().unwrap_or_default().lines().count();
            print(machine, &format!("{lines}\n"))
        }
        "tee" => {
            let input = machine.input.take().unwrap_or_default();
            for file in arguments.iter().filter(|a| !a.starts_with('-')) {
                machine.write(file, &input, arguments.iter().any(|a| &**a == "-a"));
            }
            print(machine, &input)
        }
        "touch" | "rm" | "cp" | "mv" | "ls" => files(machine, name, arguments),
        "wget" | "curl" => fetch(machine, name, arguments),
        "nc" | "ncat" | "netcat" => connect(machine, last_number(arguments)),
        "ping" | "nslookup" | "dig" => {
            let host = arguments
                .iter()
                .rfind(|a| !a.starts_with('-'))
                .cloned()
                .unwrap_or_default();
            print(machine, &format!("{name}: can't resolve '{host}'\n"));
            1
        }
        _ => {
            let (_, port) = CLIENTS.iter().find(|(client, _)| *client == name)?;
            let asked = option(arguments, "-p").or_else(|| option(arguments, "--port"));
            connect(machine, asked.or(Some(*port)))
        }
    })
}

fn print(machine: &mut Machine, text: &str) -> i64 {
    machine.print(text);
    0
}

/// `exec COMMAND`: it, and nothing after it.
fn replace(machine: &mut Machine, arguments: &[Rc<str>]) -> Flow {
    match run(machine, arguments) {
        Flow::Next => Flow::Exit(machine.status),
        flow => flow,
    }
}

fn nested(machine: &mut Machine, arguments: &[Rc<str>]) -> Flow {
    let text = arguments.get(1).cloned().unwrap_or_default();
    match super::parse(&text) {
        Err(what) => Flow::Unknown(what),
        Ok(node) => match machine.play(&node) {
            Flow::Exit(status) => {
                machine.status = status;
                Flow::Next
            }
            flow => flow,
        },
    }
}

/// `30`, `1.5`, `2m`, `1h`, `infinity`
fn sleep(machine: &mut Machine, arguments: &[Rc<str>]) -> Flow {
    let mut seconds = 0.0;
    for argument in arguments {
        if matches!(&**argument, "infinity" | "inf") {
            return Flow::Forever;
        }
        let digits = argument.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = match &argument[digits.len()..] {
            "" | "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => f64::NAN,
        };
        seconds += digits.parse::<f64>().unwrap_or(f64::NAN) * unit;
    }
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if !arguments.is_empty() => {
            machine.status = 0;
            machine.wait(time)
        }
        _ => {
            machine.print("sleep: invalid time interval\n");
            machine.status = 1;
            Flow::Next
        }
    }
}

/// It listens from now on, and does nothing else.
fn serve(machine: &mut Machine, port: i64, http: bool) -> Flow {
    machine.listens.push(Listen {
        port,
        loopback: false,
        after: machine.now,
        http,
    });
    Flow::Forever
}

fn listens(arguments: &[Rc<str>]) -> bool {
    arguments
        .iter()
        .any(|a| a.starts_with('-') && !a.starts_with("--") && a.contains('l'))
}

fn module(arguments: &[Rc<str>]) -> bool {
    arguments
        .iter()
        .any(|a| matches!(&**a, "http.server" | "SimpleHTTPServer"))
}

fn option(arguments: &[Rc<str>], name: &str) -> Option<i64> {
    let at = arguments.iter().position(|a| &**a == name)?;
    arguments.get(at + 1)?.parse().ok()
}

fn last_number(arguments: &[Rc<str>]) -> Option<i64> {
    arguments.iter().rev().find_map(|a| a.parse().ok())
}

/// Does the container itself listen there? Nobody else answers here.
fn connect(machine: &mut Machine, port: Option<i64>) -> i64 {
    let now = machine.now;
    let open = |listen: &Listen| Some(listen.port) == port || port == Some(0);
    let answered = machine
        .listens
        .iter()
        .any(|listen| open(listen) && listen.after <= now);
    i64::from(!answered)
}

fn fetch(machine: &mut Machine, name: &str, arguments: &[Rc<str>]) -> i64 {
    let address = arguments
        .iter()
        .rfind(|a| !a.starts_with('-'))
        .cloned()
        .unwrap_or_default();
    let rest = address
        .split_once("://")
        .map_or(&*address, |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or_default();
    let (host, port) = host.split_once(':').unwrap_or((host, "80"));
    let here = matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0");
    if here && connect(machine, port.parse().ok()) == 0 {
        return 0;
    }
    let (message, status) = match (name, here) {
        ("curl", true) => (
            format!("curl: (7) Failed to connect to {host} port {port}"),
            7,
        ),
        ("curl", false) => (format!("curl: (6) Could not resolve host: {host}"), 6),
        (_, true) => (
            format!("wget: can't connect to remote host ({host}): Connection refused"),
            1,
        ),
        (_, false) => (format!("wget: bad address '{host}'"), 1),
    };
    machine.print(&format!("{message}\n"));
    status
}

fn echo(machine: &mut Machine, arguments: &[Rc<str>]) -> i64 {
    let options = arguments
        .iter()
        .take_while(|a| matches!(&***a, "-n" | "-e" | "-ne" | "-en"));
    let options: Vec<_> = options.cloned().collect();
    let mut text = arguments[options.len()..].join(" ");
    if options.iter().any(|option| option.contains('e')) {
        text = unescaped(&text);
    }
    if !options.iter().any(|option| option.contains('n')) {
        text.push('\n');
    }
    print(machine, &text)
}

fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t")
}

/// `%s` and `%d` are filled in order.
fn printf(machine: &mut Machine, arguments: &[Rc<str>]) -> i64 {
    let mut text = unescaped(arguments.first().map_or("", |format| format));
    for argument in arguments.iter().skip(1) {
        let at = [text.find("%s"), text.find("%d")]
            .into_iter()
            .flatten()
            .min();
        if let Some(at) = at {
            text.replace_range(at..at + 2, argument);
        }
    }
    print(machine, &text)
}

/// `trap 'exit 0' TERM`; what else it does isn't seen.
fn trap(machine: &mut Machine, arguments: &[Rc<str>]) -> i64 {
    let signals = arguments.iter().skip(1);
    if signals
        .into_iter()
        .any(|signal| matches!(&**signal, "TERM" | "SIGTERM" | "15"))
    {
        let action = &arguments[0];
        let code = action.split("exit").nth(1).map(|rest| {
            let digits: String = rest
                .trim()
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            digits.parse().unwrap_or(0)
        });
        machine.trap = code;
    }
    0
}

fn test(machine: &mut Machine, arguments: &[Rc<str>]) -> Option<i64> {
    let words: Vec<&str> = arguments
        .iter()
        .map(|a| &**a)
        .filter(|a| !matches!(*a, "]" | "]]"))
        .collect();
    let number = |text: &str| text.parse::<i64>().unwrap_or(0);
    let truth = match words[..] {
        [] => false,
        ["!", ref rest @ ..] => {
            let rest: Vec<Rc<str>> = rest.iter().map(|word| Rc::from(*word)).collect();
            test(machine, &rest)? != 0
        }
        [text] => !text.is_empty(),
        ["-z", text] => text.is_empty(),
        ["-n", text] => !text.is_empty(),
        ["-f" | "-e" | "-s" | "-r", file] => {
            machine.files.contains_key(file) || is_of_the_image(file)
        }
        ["-d", folder] => {
            let inside = format!("{folder}/");
            machine.files.keys().any(|file| file.starts_with(&inside))
        }
        [left, "=" | "==", right] => left == right,
        [left, "!=", right] => left != right,
        [left, "-eq", right] => number(left) == number(right),
        [left, "-ne", right] => number(left) != number(right),
        [left, "-lt", right] => number(left) < number(right),
        [left, "-le", right] => number(left) <= number(right),
        [left, "-gt", right] => number(left) > number(right),
        [left, "-ge", right] => number(left) >= number(right),
        _ => return None,
    };
    Some(i64::from(!truth))
}

fn seq(machine: &mut Machine, arguments: &[Rc<str>]) -> i64 {
    let numbers: Vec<i64> = arguments.iter().filter_map(|a| a.parse().ok()).collect();
    let (from, to) = match numbers[..] {
        [to] => (1, to),
        [from, to] | [from, _, to] => (from, to),
        _ => return 1,
    };
    let text: String = (from..=to.min(from + 100_000))
        .map(|n| format!("{n}\n"))
        .collect();
    print(machine, &text)
}

fn read(machine: &mut Machine, name: &str, arguments: &[Rc<str>]) -> i64 {
    let files: Vec<_> = arguments
        .iter()
        .filter(|a| !a.starts_with('-'))
        .cloned()
        .collect();
    if files.is_empty() {
        let input = machine.input.take().unwrap_or_default();
        return print(machine, &input);
    }
    let mut status = 0;
    for file in files {
        match machine.files.get(&file).cloned() {
            Some(text) => machine.print(&text),
            None if &*file == "/dev/null" || is_of_the_image(&file) => {}
            None => {
                machine.print(&format!(
                    "{name}: can't open '{file}': No such file or directory\n"
                ));
                status = 1;
            }
        }
    }
    status
}

/// Files that an image brings along, or the kernel: there, but nobody knows what is in them.
fn is_of_the_image(path: &str) -> bool {
    ["/etc/", "/proc/", "/sys/", "/usr/", "/var/run/secrets/"]
        .iter()
        .any(|root| path.starts_with(root))
}

fn grep(machine: &mut Machine, arguments: &[Rc<str>]) -> i64 {
    let mut words = arguments.iter().filter(|a| !a.starts_with('-'));
    let pattern = words.next().cloned().unwrap_or_default();
    let text = match words.next() {
        Some(file) => machine
            .files
            .get(file)
            .map_or(String::new(), |text| text.to_string()),
        None => machine.input.take().unwrap_or_default(),
    };
    let found: String = text
        .lines()
        .filter(|line| line.contains(&*pattern))
        .map(|line| format!("{line}\n"))
        .collect();
    if !arguments.iter().any(|a| &**a == "-q") {
        machine.print(&found);
    }
    i64::from(found.is_empty())
}

fn files(machine: &mut Machine, name: &str, arguments: &[Rc<str>]) -> i64 {
    let paths: Vec<_> = arguments
        .iter()
        .filter(|a| !a.starts_with('-'))
        .cloned()
        .collect();
    match (name, &paths[..]) {
        ("touch", paths) => {
            for path in paths {
                machine.files.or_insert(path.clone(), "".into());
            }
            0
        }
        ("rm", paths) => {
            for path in paths {
                machine.files.remove(path);
                machine.sizes.remove(path);
            }
            0
        }
        ("ls", []) => 0,
        ("ls", [path, ..]) => {
            let inside = format!("{}/", path.trim_end_matches('/'));
            let known = machine
                .files
                .keys()
                .any(|file| file == path || file.starts_with(&inside));
            i64::from(!known && !is_of_the_image(path) && !matches!(&**path, "/" | "/tmp"))
        }
        (_, [from, to]) => match machine.files.get(from).cloned() {
            Some(text) => {
                if name == "mv" {
                    machine.files.remove(from);
                }
                machine.files.insert(to.clone(), text);
                0
            }
            None => 1,
        },
        _ => 0,
    }
}
