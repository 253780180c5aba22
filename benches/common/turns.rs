//! How a bench compares sizes: in turn, so that what else the computer does meanwhile is everybody's, and by the
//! median of what came of each run.

/// So often each is run.
const RUNS: usize = 5;

/// The numbers behind `--`, or else these.
pub fn sizes(usual: [usize; 2]) -> Vec<usize> {
    let words = std::env::args().filter_map(|word| word.parse().ok());
    let asked: Vec<usize> = words.collect();
    match asked.is_empty() {
        true => usual.into(),
        false => asked,
    }
}

/// What came of each run of each size. A run is a world that lives part by part, in turn with those of the other sizes:
/// how fast a computer is that others share changes within a run. `part` lives one and tells whether another follows,
/// `clock` tells seconds, `end` what came of the world and of the seconds that its parts took.
pub fn in_turn<W, R>(
    sizes: &[usize],
    clock: impl Fn() -> f64,
    begin: impl Fn(usize) -> W,
    part: impl Fn(&mut W) -> bool,
    end: impl Fn(W, f64) -> R,
) -> Vec<(usize, Vec<R>)> {
    let mut all: Vec<(usize, Vec<R>)> = sizes.iter().map(|size| (*size, Vec::new())).collect();
    for _ in 0..RUNS {
        let worlds = sizes.iter().map(|size| (begin(*size), 0.0, true));
        let mut worlds: Vec<(W, f64, bool)> = worlds.collect();
        while worlds.iter().any(|(_, _, goes_on)| *goes_on) {
            for (world, took, goes_on) in worlds.iter_mut().filter(|(_, _, goes_on)| *goes_on) {
                let before = clock();
                *goes_on = part(world);
                *took += clock() - before;
            }
        }
        for ((_, runs), (world, took, _)) in all.iter_mut().zip(worlds) {
            runs.push(end(world, took));
        }
    }
    all
}

/// How many times what the first size cost another one did, run by run: the one in the middle.
pub fn times(first: &[f64], other: &[f64]) -> f64 {
    median(first.iter().zip(other).map(|(first, other)| other / first))
}

/// The one in the middle.
pub fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
