//! `conform [DIR…] [--answers FILE]`: puts recorded cases of the real Kubernetes to the core, and
//! prints how many it answers as recorded. `cargo xtask conform` runs it.

use std::path::PathBuf;
use std::process::ExitCode;

use podarium::conform::run::{Count, Output, run};

fn main() -> ExitCode {
    let (folders, output) = match arguments(std::env::args().skip(1)) {
        Ok(understood) => understood,
        Err(problem) => {
            eprintln!("{problem}\nusage: conform [DIR…] [--answers FILE]");
            return ExitCode::from(2);
        }
    };
    match run(&folders, &output) {
        Ok(counts) => {
            print!("{}", report(&counts, &output));
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<(Vec<PathBuf>, Output), String> {
    let mut folders = Vec::new();
    let mut answers = PathBuf::from("target/conform/answers.jsonl");
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--answers" => answers = given.next().ok_or("--answers needs a file")?.into(),
            option if option.starts_with('-') => return Err(format!("unknown option {option}")),
            folder => folders.push(PathBuf::from(folder)),
        }
    }
    if folders.is_empty() {
        folders.push("tests/golden".into());
    }
    let differences = answers.with_file_name("differences.jsonl");
    Ok((
        folders,
        Output {
            answers,
            differences,
        },
    ))
}

fn report(counts: &[Count], output: &Output) -> String {
    let mut text = format!(
        "answers: {}\ndifferences: {}\n",
        output.answers.display(),
        output.differences.display()
    );
    for count in counts {
        let Count {
            topic,
            equal,
            judged,
            blind,
        } = count;
        if *judged > 0 {
            text += &format!("{topic}: {equal} of {judged}\n");
        }
        if *blind > 0 {
            text += &format!("{topic}: {blind} cases with nothing recorded to compare\n");
        }
    }
    let sum = |of: fn(&Count) -> u64| counts.iter().map(of).sum::<u64>();
    text + &format!(
        "conform: {} of {}\n",
        sum(|count| count.equal),
        sum(|count| count.judged)
    )
}
