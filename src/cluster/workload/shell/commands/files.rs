//! Files: those of the container itself and those of mounted volumes.

use std::rc::Rc;

use super::super::pipe;
use super::super::turn::{Flow, TEXT_BYTES, Turn};
use super::text_option;
use crate::cluster::workload::files::{File, Files};
use crate::cluster::workload::outside::mounted;

/// The most that a file keeps that is added to, in bytes; the oldest goes.
const FILE_BYTES: usize = TEXT_BYTES;

/// Bytes that may be copied while a file of a folder is looked at, about.
const FILE_LOOK_BYTES: usize = 512;

pub(super) fn run(
    turn: &mut Turn<'_>,
    name: &str,
    arguments: &[Rc<str>],
) -> Result<Option<i64>, Flow> {
    let paths: Vec<Rc<str>> = arguments
        .iter()
        .filter(|a| !a.starts_with('-') || a.len() == 1)
        .cloned()
        .collect();
    Ok(Some(match name {
        "cat" | "head" | "tail" => read(turn, name, arguments)?,
        "tee" => tee(turn, arguments, &paths)?,
        "touch" => {
            for path in &paths {
                let path = turn.absolute(path);
                turn.write(&path, "", true)?;
            }
            0
        }
        "mkdir" => {
            for path in paths.iter().filter(|path| !path.starts_with('0')) {
                turn.make_folder(path)?;
            }
            0
        }
        "rm" | "rmdir" => remove(turn, &paths)?,
        "cp" | "mv" | "ln" => copy(turn, name, &paths)?,
        "ls" => list(turn, arguments, &paths)?,
        "find" => find(turn, arguments)?,
        "stat" => match paths.first() {
            Some(path) if turn.exists(path)? => turn.say(&format!("  File: {path}\n"))?,
            _ => 1,
        },
        "df" | "free" => turn.say(&format!("(Podarium: what {name} shows is not simulated)\n"))?,
        "dd" => dd(turn, arguments)?,
        "fallocate" => fallocate(turn, arguments)?,
        _ => return Ok(None),
    }))
}

/// Which tree a path is in, and where in it.
enum Place {
    Own(String),
    /// Volume, path in it, may the container not write?
    Volume(Rc<str>, String, bool),
    /// A part of a volume that stays as it was.
    Kept(Files, String),
}

impl Turn<'_> {
    fn place(&self, path: &str) -> (Rc<str>, Place) {
        let path = self.absolute(path);
        let place = match mounted(&self.shell.context.mounts, &path) {
            Some(seen) => match &seen.mount.kept {
                Some(kept) => Place::Kept(kept.clone(), seen.rest),
                None => {
                    let mount = seen.mount;
                    Place::Volume(mount.volume.clone(), seen.within, mount.read_only)
                }
            },
            None => Place::Own(path.trim_start_matches('/').to_string()),
        };
        (path, place)
    }

    /// The tree that a path is in, and where in it.
    fn tree(&self, path: &str) -> Result<(Files, String), Flow> {
        match self.place(path).1 {
            Place::Own(within) => Ok((self.shell.disk.clone(), within)),
            Place::Kept(files, rest) => Ok((files, rest)),
            Place::Volume(volume, within, _) => match &self.outside {
                Some(outside) => Ok((outside.volume(&volume).unwrap_or_default(), within)),
                None => Err(Flow::Asks),
            },
        }
    }

    /// What is in a file; nothing if there is none.
    pub(super) fn bytes(&self, path: &str) -> Result<Option<Rc<[u8]>>, Flow> {
        let (files, within) = self.tree(path)?;
        let file = files.get(&within).filter(|file| !file.folder);
        Ok(file.map(|file| file.bytes.clone()))
    }

    /// The same as text; of the files of an image that nobody knows it is empty.
    pub(in super::super) fn text_of(&mut self, path: &str) -> Result<Option<Rc<str>>, Flow> {
        match path {
            "/dev/null" => return Ok(Some("".into())),
            "-" | "/dev/stdin" => return Ok(Some(self.task.input.clone().unwrap_or_default())),
            _ => {}
        }
        let bytes = self.bytes(path)?;
        if bytes.is_some() {
            self.was_read(path);
        }
        self.bytes += bytes.as_ref().map_or(0, |bytes| bytes.len());
        let text = bytes.map(|bytes| Rc::from(&*String::from_utf8_lossy(&bytes)));
        Ok(text.or_else(|| is_of_the_image(&self.absolute(path)).then(|| "".into())))
    }

    /// Of a file of a volume it is seen who reads it.
    fn was_read(&mut self, path: &str) {
        if let Place::Volume(volume, within, _) = self.place(path).1
            && let Some(outside) = &mut self.outside
        {
            outside.met(&volume, &within, false);
        }
    }

    /// Is something there?
    pub(super) fn exists(&self, path: &str) -> Result<bool, Flow> {
        let (files, within) = self.tree(path)?;
        let own = matches!(self.place(path).1, Place::Own(_));
        Ok(files.exists(&within) || own && is_of_the_image(&self.absolute(path)))
    }

    /// Is a folder there?
    pub(super) fn is_folder(&self, path: &str) -> Result<bool, Flow> {
        let (files, within) = self.tree(path)?;
        let known = match files.get(&within) {
            Some(file) => file.folder,
            None => files.exists(&within),
        };
        let path = self.absolute(path);
        Ok(known || FOLDERS.contains(&&*path))
    }

    /// Writes a whole file, or adds to it. The container's own output is a file too.
    pub(in super::super) fn write(
        &mut self,
        path: &str,
        text: &str,
        added: bool,
    ) -> Result<(), Flow> {
        match path {
            "/dev/null" => return Ok(()),
            "/dev/stderr" => {
                self.shell.print_error(self.task.time, text);
                return Ok(());
            }
            "/dev/stdout"
            | "/proc/1/fd/1"
            | "/proc/1/fd/2"
            | "/proc/self/fd/1"
            | "/dev/termination-stdout" => {
                self.shell.print(self.task.time, text);
                return Ok(());
            }
            _ => {}
        }
        let (files, within) = self.tree(path)?;
        let before = files.get(&within).filter(|_| added);
        let mut bytes = before.map_or_else(Vec::new, |file| file.bytes.to_vec());
        bytes.extend_from_slice(text.as_bytes());
        self.bytes += bytes.len();
        if added && bytes.len() > FILE_BYTES {
            let from = bytes.len() - FILE_BYTES / 2;
            bytes.drain(..from);
        }
        self.put(path, &bytes)
    }

    /// Puts a file where it belongs.
    pub(super) fn put(&mut self, path: &str, bytes: &[u8]) -> Result<(), Flow> {
        self.change(path, |files, within, changed| {
            let mode = files.get(within).map_or(0o644, |file| file.mode);
            let file = File {
                bytes: bytes.into(),
                mode,
                changed,
                folder: false,
            };
            files.put(within, file);
        })
    }

    fn make_folder(&mut self, path: &str) -> Result<(), Flow> {
        self.change(path, |files, within, changed| {
            if !files.exists(within) {
                let folder = File {
                    bytes: Rc::default(),
                    mode: 0o755,
                    changed,
                    folder: true,
                };
                files.put(within, folder);
            }
        })
    }

    fn change(
        &mut self,
        path: &str,
        change: impl FnOnce(&mut Files, &str, crate::cluster::SimTime),
    ) -> Result<(), Flow> {
        let now = self.shell.start + self.task.time;
        match self.place(path) {
            (_, Place::Own(within)) => change(&mut self.shell.disk, &within, now),
            (path, Place::Volume(.., true) | Place::Kept(..)) => return Err(self.read_only(&path)),
            (path, Place::Volume(volume, within, false)) => {
                let Some(outside) = &mut self.outside else {
                    return Err(Flow::Asks);
                };
                let mut files = outside.volume(&volume).unwrap_or_default();
                change(&mut files, &within, now);
                let is_file = files.get(&within).is_some_and(|file| !file.folder);
                if !outside.put_volume(&volume, files) {
                    return Err(self.read_only(&path));
                }
                if is_file {
                    outside.met(&volume, &within, true);
                }
            }
        }
        Ok(())
    }

    fn read_only(&mut self, path: &str) -> Flow {
        self.complain(&format!("sh: can't create {path}: Read-only file system\n"));
        Flow::Next(1)
    }

    /// `tail -f FILE`: what is there, and then what is added; it looks once a second.
    pub(super) fn follow_file(&mut self, arguments: &[Rc<str>]) -> Result<Flow, Flow> {
        let is_file = |a: &&Rc<str>| !a.starts_with('-') && a.parse::<i64>().is_err();
        let file = arguments.iter().rfind(is_file).cloned();
        let Some(file) = file.filter(|file| &**file != "/dev/null" && !file.contains('\'')) else {
            return Ok(Flow::Forever);
        };
        let waits = arguments.iter().any(|a| &**a == "-F" || &**a == "--retry");
        if !waits && self.bytes(&file)?.is_none() && !is_of_the_image(&self.absolute(&file)) {
            self.complain(&format!(
                "tail: can't open '{file}': No such file or directory\n"
            ));
            return Ok(Flow::Next(1));
        }
        let looks = format!("while tail --new '{file}'; do sleep 1; done");
        Ok(
            super::super::parse(&looks).map_or_else(Flow::Unknown, |node| {
                Flow::Calls(super::super::compile(&node), false)
            }),
        )
    }

    /// `tail --new FILE`, ours: what was added since the last look.
    fn tail_new(&mut self, file: &str) -> Result<i64, Flow> {
        let key: Rc<str> = format!("tail {file}").into();
        let printed = self
            .task
            .variables
            .get(&key)
            .and_then(|n| n.parse::<usize>().ok());
        let bytes = self.bytes(file)?.unwrap_or_default();
        let from = printed
            .filter(|printed| *printed <= bytes.len())
            .unwrap_or(0);
        let text = String::from_utf8_lossy(&bytes[from..]).into_owned();
        if !text.is_empty() {
            self.was_read(file);
        }
        self.task
            .variables
            .insert(key, bytes.len().to_string().into());
        self.say(&text)
    }
}

/// Folders that every image has.
const FOLDERS: [&str; 12] = [
    "/", "/tmp", "/etc", "/usr", "/var", "/var/log", "/proc", "/sys", "/dev", "/bin", "/root",
    "/home",
];

/// Files that an image brings along, or the kernel: there, but nobody knows what is in them.
fn is_of_the_image(path: &str) -> bool {
    [
        "/etc/",
        "/proc/",
        "/sys/",
        "/usr/",
        "/bin/",
        "/dev/",
        "/var/run/secrets/",
    ]
    .iter()
    .any(|root| path.starts_with(root))
        || FOLDERS.contains(&path)
}

/// `cat`, `head -n 3`, `tail -n 3`
fn read(turn: &mut Turn<'_>, name: &str, arguments: &[Rc<str>]) -> Result<i64, Flow> {
    if let [new, file] = arguments
        && &**new == "--new"
    {
        return turn.tail_new(file);
    }
    let (count, bytes) = pipe::asked(arguments);
    let part = |text: &str| match name {
        "head" => pipe::beginning(text, count, bytes).to_string(),
        "tail" => match arguments
            .iter()
            .find_map(|a| a.strip_prefix("+").or(a.strip_prefix("-n+")))
        {
            // `tail -n +2`: all from the second line on.
            Some(from) => {
                let skipped = from.parse::<usize>().unwrap_or(1).saturating_sub(1);
                text[pipe::beginning(text, skipped, false).len()..].to_string()
            }
            None => end(text, count, bytes).to_string(),
        },
        _ => text.to_string(),
    };
    let mut files: Vec<Rc<str>> = Vec::new();
    let mut skip = false;
    for argument in arguments {
        let is_value = std::mem::replace(&mut skip, matches!(&**argument, "-n" | "-c"));
        if !is_value && (!argument.starts_with('-') || argument.len() == 1) {
            files.push(argument.clone());
        }
    }
    if files.is_empty() {
        let (input, endless) = match name {
            "tail" => (turn.take_all()?, false),
            _ => turn.take_some(),
        };
        return turn.say_of(&part(&input), endless && name == "cat");
    }
    let mut status = 0;
    for file in files {
        match turn.text_of(&file)? {
            Some(text) => {
                let nobody_knows = text.is_empty()
                    && turn.bytes(&file)?.is_none()
                    && !matches!(&*file, "/dev/null" | "-" | "/dev/stdin");
                if nobody_knows && !super::is_caught(turn) {
                    turn.complain(&format!(
                        "(Podarium: what is in {file} is not known here)\n"
                    ));
                }
                turn.print(&part(&text))?;
            }
            None => {
                turn.complain(&format!(
                    "{name}: can't open '{file}': No such file or directory\n"
                ));
                status = 1;
            }
        }
    }
    Ok(status)
}

/// The last lines of a text, or its last bytes.
fn end(text: &str, count: usize, bytes: bool) -> &str {
    let from = match bytes {
        true => {
            let from = text.len().saturating_sub(count);
            (from..=text.len()).find(|at| text.is_char_boundary(*at))
        }
        false => {
            let mut begins = text.split_inclusive('\n').map(str::len);
            let skipped = begins.clone().count().saturating_sub(count);
            Some(begins.by_ref().take(skipped).sum())
        }
    };
    &text[from.unwrap_or(text.len())..]
}

fn tee(turn: &mut Turn<'_>, arguments: &[Rc<str>], paths: &[Rc<str>]) -> Result<i64, Flow> {
    let (input, endless) = turn.take_some();
    let added = arguments.iter().any(|a| &**a == "-a");
    for path in paths {
        let path = turn.absolute(path);
        turn.write(&path, &input, added)?;
    }
    turn.say_of(&input, endless)
}

fn remove(turn: &mut Turn<'_>, paths: &[Rc<str>]) -> Result<i64, Flow> {
    for path in paths {
        let (folder, all) = match path.strip_suffix("/*") {
            Some(folder) => (folder, true),
            None => (&**path, false),
        };
        let mut looked = 1;
        turn.change(folder, |files, within, _| {
            if !all {
                files.remove(within);
                return;
            }
            let inside: Vec<Rc<str>> = files.below(within).map(|(path, _)| path.clone()).collect();
            looked += inside.len();
            for path in inside {
                files.remove(&path);
            }
        })?;
        turn.bytes += looked * FILE_LOOK_BYTES;
    }
    Ok(0)
}

/// `cp`, `mv`, `ln`: files and folders, into a folder if the last is one.
fn copy(turn: &mut Turn<'_>, name: &str, paths: &[Rc<str>]) -> Result<i64, Flow> {
    let [from @ .., to] = paths else {
        return Ok(1);
    };
    let into = turn.is_folder(to)? || to.ends_with('/') || from.len() > 1;
    let mut status = 0;
    for path in from {
        let folder = path.strip_suffix("/*").or(path.strip_suffix("/."));
        let source = folder.unwrap_or(path);
        let (files, within) = turn.tree(source)?;
        let whole = files.get(&within).filter(|file| !file.folder).cloned();
        let base = source.rsplit('/').next().unwrap_or_default();
        let target = match (into, folder.is_some()) {
            (true, false) => format!("{}/{base}", to.trim_end_matches('/')),
            _ => to.trim_end_matches('/').to_string(),
        };
        if let Some(file) = whole {
            turn.put(&target, &file.bytes)?;
        } else {
            let inside: Vec<(Rc<str>, Rc<[u8]>)> = files
                .below(&within)
                .filter(|(_, file)| !file.folder)
                .map(|(path, file)| (path.clone(), file.bytes.clone()))
                .collect();
            turn.bytes += inside.len() * FILE_LOOK_BYTES;
            if inside.is_empty() && !files.exists(&within) {
                if !is_of_the_image(&turn.absolute(source)) {
                    turn.complain(&format!(
                        "{name}: can't stat '{path}': No such file or directory\n"
                    ));
                    status = 1;
                    continue;
                }
                turn.put(&target, b"")?;
            }
            for (path, bytes) in inside {
                let rest = path[within.len()..].trim_start_matches('/');
                turn.put(&format!("{target}/{rest}"), &bytes)?;
            }
        }
        if name == "mv" {
            remove(turn, std::slice::from_ref(path))?;
        }
    }
    Ok(status)
}

fn list(turn: &mut Turn<'_>, arguments: &[Rc<str>], paths: &[Rc<str>]) -> Result<i64, Flow> {
    let folder = turn.task.folder.clone();
    let path = paths.first().cloned().unwrap_or(folder);
    if !turn.exists(&path)? {
        turn.complain(&format!("ls: {path}: No such file or directory\n"));
        return Ok(1);
    }
    let long = |a: &Rc<str>| a.starts_with('-') && a.contains('l');
    let long = arguments.iter().any(long);
    let (files, within) = turn.tree(&path)?;
    let mut said = String::new();
    if files.get(&within).is_some_and(|file| !file.folder) {
        said = format!("{path}\n");
    }
    let mut last = "";
    let all: Vec<(Rc<str>, File)> = files
        .below(&within)
        .map(|(path, file)| (path.clone(), file.clone()))
        .collect();
    for (path, file) in &all {
        let rest = path[within.len()..].trim_start_matches('/');
        let (name, deeper) = match rest.split_once('/') {
            Some((name, _)) => (name, true),
            None => (rest, false),
        };
        if name == last || name.is_empty() {
            continue;
        }
        last = name;
        if long {
            let kind = if deeper || file.folder { 'd' } else { '-' };
            let size = file.bytes.len();
            let when = file.changed.to_rfc3339();
            said.push_str(&format!(
                "{kind}rw-r--r-- 1 root root {size:8} {when} {name}\n"
            ));
        } else {
            said.push_str(&format!("{name}\n"));
        }
    }
    turn.say(&said)
}

fn find(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Result<i64, Flow> {
    let path = arguments.first().filter(|a| !a.starts_with('-'));
    let path = path.cloned().unwrap_or_else(|| ".".into());
    let pattern = text_option(arguments, "-name").unwrap_or("*").to_string();
    let (files, within) = turn.tree(&path)?;
    let found: Vec<String> = files
        .below(&within)
        .filter(|(found, _)| {
            let base = found.rsplit('/').next().unwrap_or_default();
            super::super::words::fits(&pattern, base)
        })
        .map(|(found, _)| format!("{path}/{}\n", found[within.len()..].trim_start_matches('/')))
        .collect();
    turn.say(&found.concat())
}

/// `dd if=/dev/zero of=FILE bs=1M count=3`: zeros, as many as are kept.
fn dd(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Result<i64, Flow> {
    let value = |name: &str| arguments.iter().find_map(|a| a.strip_prefix(name));
    let Some(file) = value("of=").map(Rc::<str>::from) else {
        return Ok(0);
    };
    let count = value("count=").map_or(Some(1), |count| count.parse().ok());
    let (Some(block), Some(count)) = (value("bs=").map_or(Some(512), bytes), count) else {
        return Ok(1);
    };
    let size = block.saturating_mul(count);
    zeros(turn, &file, size)
}

/// `fallocate -l 20M FILE`
fn fallocate(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Result<i64, Flow> {
    let at = arguments
        .iter()
        .position(|a| matches!(&**a, "-l" | "--length"));
    let size = at.and_then(|at| arguments.get(at + 1));
    match (size.and_then(|size| bytes(size)), arguments.last()) {
        (Some(size), Some(file)) if !file.starts_with('-') => zeros(turn, &file.clone(), size),
        _ => Ok(1),
    }
}

/// `512`, `1M`, `20MiB`, `1MB`, `4k`
fn bytes(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit());
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let (power, base) = match unit.trim_end_matches("iB") {
        "" | "c" => (0, 1024),
        "k" | "K" => (1, 1024),
        "m" | "M" => (2, 1024),
        "g" | "G" => (3, 1024),
        "kB" | "KB" => (1, 1000),
        "MB" => (2, 1000),
        "GB" => (3, 1000),
        _ => return None,
    };
    number
        .parse::<u64>()
        .ok()?
        .checked_mul(u64::pow(base, power))
}

/// A file of zeros. Only its beginning is kept; what it takes is known.
fn zeros(turn: &mut Turn<'_>, file: &str, size: u64) -> Result<i64, Flow> {
    if file.starts_with("/dev/") {
        return Ok(0);
    }
    let kept = usize::try_from(size).unwrap_or(FILE_BYTES).min(FILE_BYTES);
    turn.put(file, &vec![0; kept])?;
    if size > kept as u64 {
        let more = size - kept as u64;
        turn.change(file, |files, within, _| files.enlarge(within, more))?;
    }
    Ok(0)
}
