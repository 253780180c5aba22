//! How a bench compares sizes: in turn, so that what else the computer does meanwhile is everybody's, and by the
//! median of what each took.

/// So often each is run.
pub const RUNS: usize = 5;

/// The numbers behind `--`, or else these.
pub fn sizes(usual: [usize; 2]) -> Vec<usize> {
    let words = std::env::args().filter_map(|word| word.parse().ok());
    let asked: Vec<usize> = words.collect();
    match asked.is_empty() {
        true => usual.into(),
        false => asked,
    }
}

/// What came of each run of each size.
pub fn in_turn<R>(sizes: &[usize], mut run: impl FnMut(usize) -> R) -> Vec<(usize, Vec<R>)> {
    let mut all: Vec<(usize, Vec<R>)> = sizes.iter().map(|size| (*size, Vec::new())).collect();
    for _ in 0..RUNS {
        for (size, runs) in &mut all {
            runs.push(run(*size));
        }
    }
    all
}

/// The one in the middle.
pub fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
