//! Sets of indexes as an Indexed Job writes them: `1,3-5,7`. Models `validateIndexesFormat` of
//! `pkg/apis/batch/validation/validation.go`.

/// How many indexes `text` names, all below `completions` and in rising order.
pub fn count(text: &str, completions: i64) -> Result<i64, String> {
    let (mut total, mut last) = (0, None);
    if text.is_empty() {
        return Ok(0);
    }
    for interval in text.split(',') {
        let (first, end) = parse_interval(interval, completions)?;
        if let Some(last) = last.filter(|last| *last >= first) {
            return Err(format!(
                "non-increasing order, previous: {last}, current: {first}"
            ));
        }
        total += end - first + 1;
        last = Some(end);
    }
    Ok(total)
}

fn parse_interval(text: &str, completions: i64) -> Result<(i64, i64), String> {
    let number = |text: &str| {
        let number: i64 = text
            .parse()
            .map_err(|_| format!("cannot convert string to integer for index: \"{text}\""))?;
        if number < completions {
            Ok(number)
        } else {
            Err(format!("too large index: \"{text}\""))
        }
    };
    match text.split('-').collect::<Vec<_>>()[..] {
        [only] => number(only).map(|only| (only, only)),
        [first, last] => {
            let (first, last) = (number(first)?, number(last)?);
            if first < last {
                return Ok((first, last));
            }
            Err(format!(
                "non-increasing order, previous: {first}, current: {last}"
            ))
        }
        _ => Err(format!(
            "the fragment \"{text}\" violates the requirement that an index interval can have at most two parts separated by '-'"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn indexes_are_counted_and_must_rise() {
        assert_eq!(count("", 3), Ok(0));
        assert_eq!(count("0,2-4", 5), Ok(4));
        assert_eq!(count("0-5", 5), Err("too large index: \"5\"".to_string()));
        assert!(count("3,1", 5).is_err());
        assert!(count("a", 5).is_err());
    }
}
