//! Standard base64, strict as Go's `base64.StdEncoding`: line ends are skipped, all else is refused.

/// The bytes that `text` stands for.
///
/// # Errors
/// The byte of `text` at which it stops being base64, as Go's `CorruptInputError` tells it.
pub fn decode(text: &str) -> Result<Vec<u8>, usize> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    let mut next = 0;
    loop {
        let quantum = Quantum::read(bytes, &mut next)?;
        let Some(quantum) = quantum else {
            return Ok(out);
        };
        let word = quantum.bits;
        let all = [(word >> 16) as u8, (word >> 8) as u8, word as u8];
        out.extend(&all[..quantum.len - 1]);
        if quantum.len < 4 {
            return Ok(out);
        }
    }
}

/// Up to four digits.
struct Quantum {
    bits: u32,
    len: usize,
}

impl Quantum {
    fn read(bytes: &[u8], next: &mut usize) -> Result<Option<Self>, usize> {
        let mut quantum = Quantum { bits: 0, len: 0 };
        while quantum.len < 4 {
            skip_line_ends(bytes, next);
            let Some(byte) = bytes.get(*next) else {
                return match quantum.len {
                    0 => Ok(None),
                    len => Err(*next - len),
                };
            };
            *next += 1;
            match digit(*byte) {
                Some(digit) => {
                    quantum.bits |= digit << (18 - 6 * quantum.len);
                    quantum.len += 1;
                }
                None if *byte == b'=' => return padding(bytes, next, quantum).map(Some),
                None => return Err(*next - 1),
            }
        }
        Ok(Some(quantum))
    }
}

/// One `=` was read: one more has to follow two digits, nothing may follow after that.
fn padding(bytes: &[u8], next: &mut usize, quantum: Quantum) -> Result<Quantum, usize> {
    if quantum.len < 2 {
        return Err(*next - 1);
    }
    if quantum.len == 2 {
        skip_line_ends(bytes, next);
        match bytes.get(*next) {
            None => return Err(bytes.len()),
            Some(b'=') => *next += 1,
            Some(_) => return Err(*next - 1),
        }
    }
    skip_line_ends(bytes, next);
    if *next < bytes.len() {
        return Err(*next);
    }
    Ok(quantum)
}

fn skip_line_ends(bytes: &[u8], next: &mut usize) {
    while matches!(bytes.get(*next), Some(b'\n' | b'\r')) {
        *next += 1;
    }
}

fn digit(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn base64_is_read_and_refused_as_go_does() {
        assert_eq!(decode("aGVs\nbG8="), Ok(b"hello".to_vec()));
        assert_eq!(decode(""), Ok(vec![]));
        assert_eq!(decode("aGk="), Ok(b"hi".to_vec()));
        assert_eq!(decode("not base64"), Err(3));
        assert_eq!(decode("aGVsbG8"), Err(4));
        assert_eq!(decode("aGk=x"), Err(4));
    }
}
