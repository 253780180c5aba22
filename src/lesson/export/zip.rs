//! A folder as one file: a zip of stored entries, for what is in it is small.

use std::io::Write;

use rawzip::ZipArchiveWriter;

/// A folder of this name, with its files.
///
/// # Errors
/// What can't be in a zip: a name of 64 KiB, say.
pub fn zip(folder: &str, files: &[(String, String)]) -> Result<Vec<u8>, String> {
    let written = || -> Result<Vec<u8>, rawzip::Error> {
        let mut archive = ZipArchiveWriter::new(Vec::new());
        for (name, text) in files {
            let path = format!("{folder}/{name}");
            let (mut entry, config) = archive.new_file(&path).start()?;
            let mut writer = config.wrap(&mut entry);
            writer.write_all(text.as_bytes())?;
            let (_, descriptor) = writer.finish()?;
            entry.finish(descriptor)?;
        }
        archive.finish()
    };
    written().map_err(|why| why.to_string())
}

/// A title as a folder's name: `pod-default-duo-is-ready`.
pub fn folder(title: &str) -> String {
    let mut name = String::new();
    for letter in title.chars().map(|letter| letter.to_ascii_lowercase()) {
        if letter.is_ascii_alphanumeric() {
            name.push(letter);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let short = name.get(..60).unwrap_or(&name).trim_end_matches('-');
    match short {
        "" => "lesson".into(),
        name => name.into(),
    }
}
