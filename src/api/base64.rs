//! Base64, as Secrets hold their data. Models Go's `encoding/base64.StdEncoding`, which lets line
//! breaks pass.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes as text.
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = (at(0) << 16) | (at(1) << 8) | at(2);
        for index in 0..4 {
            if index > chunk.len() {
                out.push('=');
            } else {
                let six = (bits >> (18 - 6 * index)) & 63;
                out.push(char::from(ALPHABET[six as usize]));
            }
        }
    }
    out
}

/// The bytes that `text` stands for, or `None` where Go would refuse it.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let bytes: Vec<u8> = text
        .bytes()
        .filter(|c| *c != b'\n' && *c != b'\r')
        .collect();
    let padding = bytes.iter().rev().take_while(|c| **c == b'=').count();
    if bytes.len() % 4 != 0 || padding > 2 {
        return None;
    }
    let (mut bits, mut count) = (0_u32, 0);
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    for c in &bytes[..bytes.len() - padding] {
        let six = ALPHABET.iter().position(|letter| letter == c)?;
        bits = (bits << 6) | six as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn what_is_encoded_is_decoded_again() {
        for text in ["", "a", "ab", "abc", "hello world", "\u{0}\u{ff}"] {
            assert_eq!(
                decode(&encode(text.as_bytes())).as_deref(),
                Some(text.as_bytes())
            );
        }
        assert_eq!(encode(b"hello"), "aGVsbG8=");
        assert_eq!(decode("aGVsbG8"), None);
        assert_eq!(decode("a*=="), None);
    }
}
