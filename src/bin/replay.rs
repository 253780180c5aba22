//! `replay FILE`: what a journal comes to in the native build. The browser tests compare the page
//! with it, and anyone may compare two machines.

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(file) = std::env::args().nth(1) else {
        eprintln!("usage: replay JOURNAL.json");
        return ExitCode::from(2);
    };
    let report = std::fs::read_to_string(&file)
        .map_err(|why| why.to_string())
        .and_then(|text| podarium::history::replay_report(&text).map_err(|why| why.to_string()));
    match report {
        Ok(report) => {
            print!("{report}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{file}: {why}");
            ExitCode::FAILURE
        }
    }
}
