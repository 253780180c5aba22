//! `lessons [CHAPTER/LESSON…]`: proves lessons, and names what their authors have to mend. `cargo xtask lessons` runs it.
//! Without a name all of static/lessons; a path to a folder that holds a lesson does as well, and one to an `again*.yaml` proves
//! that question alone. `lessons --json FILE` prints a lesson's YAML as JSON, for the browser's tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use podarium::lesson::{Lesson, Mistake, WarmUp, again, warm_up};

const ALL: &str = "static/lessons";

fn main() -> ExitCode {
    let named: Vec<String> = std::env::args().skip(1).collect();
    if let [option, file] = &named[..]
        && option == "--json"
    {
        return json(file);
    }
    let known = folders(Path::new(ALL));
    let wanted: Vec<PathBuf> = match named.is_empty() {
        true => known.clone(),
        false => named.iter().map(|name| folder(name)).collect(),
    };
    let ids: BTreeSet<String> = known.iter().map(|folder| id(folder)).collect();
    let (mut proved, mut failed) = (0, 0);
    for folder in &wanted {
        let name = id(folder);
        match prove(folder, &name, &ids) {
            Ok(told) => {
                proved += 1;
                println!("{name}: {told}");
            }
            Err(mistakes) => {
                failed += 1;
                // Of a question alone, the file is named in the mistake.
                let file = folder.parent().filter(|_| folder.is_file());
                let place = file.unwrap_or(folder).display();
                for mistake in mistakes {
                    println!("{place}/{mistake}");
                }
            }
        }
    }
    println!("lessons: {proved} of {} proved", wanted.len());
    if failed == 0 && proved > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn json(file: &str) -> ExitCode {
    let text = fs::read_to_string(file).unwrap_or_default();
    match serde_yaml::from_str::<serde_json::Value>(&text) {
        Ok(value) => {
            println!("{value}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{file}: {why}");
            ExitCode::FAILURE
        }
    }
}

/// `01-pods/02-hello-pod` in static/lessons, or a folder as it is named.
fn folder(name: &str) -> PathBuf {
    let among = Path::new(ALL).join(name);
    match among.is_dir() {
        true => among,
        false => name.into(),
    }
}

/// Folders that hold a lesson, by path.
fn folders(below: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(below).into_iter().flatten().flatten();
    let mut found = Vec::new();
    for path in entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
    {
        if path.join("lesson.md").exists() {
            found.push(path);
        } else {
            found.extend(folders(&path));
        }
    }
    found.sort();
    found
}

/// Its last two folders.
fn id(folder: &Path) -> String {
    let names: Vec<_> = folder.iter().map(|name| name.to_string_lossy()).collect();
    names[names.len().saturating_sub(2)..].join("/")
}

fn prove(folder: &Path, name: &str, known: &BTreeSet<String>) -> Result<String, Vec<Mistake>> {
    if folder.is_file() {
        return prove_question(folder);
    }
    let files = files(folder)?;
    if warm_up::is_one(name) {
        return prove_warm_up(&files, known);
    }
    let lesson = Lesson::read(name, &files)?;
    lesson.prove(&|lesson| known.contains(lesson))?;
    let (accepted, refused) = (lesson.solutions.len(), lesson.wrongs.len());
    let asked = lesson.again.len();
    Ok(format!(
        "proved, {accepted} accepted, {refused} refused, {asked} asked again"
    ))
}

/// A question alone: of a lesson, it takes a moment.
fn prove_question(path: &Path) -> Result<String, Vec<Mistake>> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let again = again::among(&[(name.into_owned(), text)]);
    let mistakes: Vec<Mistake> = again.iter().flat_map(|one| one.prove("")).collect();
    match mistakes.is_empty() {
        true => Ok(format!("proved, {} asked again", again.len())),
        false => Err(mistakes),
    }
}

/// A warm-up asks of lessons in static/lessons.
fn prove_warm_up(
    files: &[(String, String)],
    known: &BTreeSet<String>,
) -> Result<String, Vec<Mistake>> {
    let warm_up = WarmUp::read(files)?;
    let text = files.iter().find(|(name, _)| name == "warm-up.yaml");
    let text = text.map_or("", |(_, text)| text);
    let questions = |lesson: &str| {
        let is_known = known.contains(lesson) && !warm_up::is_one(lesson);
        let files = self::files(&Path::new(ALL).join(lesson)).unwrap_or_default();
        is_known.then(|| again::among(&files).len())
    };
    warm_up.prove(text, &questions)?;
    let count: usize = warm_up.draws.iter().filter_map(|one| questions(one)).sum();
    Ok(format!("proved, draws from {count} questions"))
}

/// What a folder holds, by name.
fn files(folder: &Path) -> Result<Vec<(String, String)>, Vec<Mistake>> {
    let unread = |why: std::io::Error| vec![Mistake::new("", 0, why.to_string())];
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unread)? {
        let path = entry.map_err(unread)?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        files.push((
            file.into_owned(),
            fs::read_to_string(&path).map_err(unread)?,
        ));
    }
    files.sort();
    Ok(files)
}
