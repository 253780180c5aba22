//! Reading recordings from folders: gzip'd JSON Lines, one case a line. Models `cases` in
//! `golden/compare.py`, whose order it keeps.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde_json::Value as Json;

/// Calls `each` with the folder's name and the case, for every recorded case in or below `folder`.
///
/// # Errors
/// When a file can't be read, or a line of it is no JSON.
pub fn each_case(folder: &Path, each: &mut dyn FnMut(&str, Json)) -> io::Result<()> {
    let mut folders = Vec::new();
    gather(folder, &mut folders)?;
    folders.sort();
    for folder in folders {
        let Some(kind) = folder.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if super::family(kind).is_some() {
            for file in recordings(&folder)? {
                each_line(&file, &mut |case| each(kind, case))?;
            }
        }
    }
    Ok(())
}

/// Calls `each` with every line's value of a gzip'd JSON Lines file.
fn each_line(path: &Path, each: &mut dyn FnMut(Json)) -> io::Result<()> {
    let naming =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let lines = BufReader::new(MultiGzDecoder::new(File::open(path).map_err(naming)?)).lines();
    for line in lines {
        let case = serde_json::from_str(&line.map_err(naming)?);
        each(case.map_err(|error| naming(error.into()))?);
    }
    Ok(())
}

fn gather(folder: &Path, folders: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            gather(&entry.path(), folders)?;
        }
    }
    folders.push(folder.canonicalize()?);
    Ok(())
}

fn recordings(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".jsonl.gz") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
