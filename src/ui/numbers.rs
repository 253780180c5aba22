//! Numbers as people read them.

/// `10,000`
pub fn thousands(number: impl ToString) -> String {
    grouped(number.to_string())
}

/// `1,000 nodes`, `1 Pod`
pub fn counted(number: impl ToString, what: &str) -> String {
    let text = number.to_string();
    let plural = if text == "1" { "" } else { "s" };
    format!("{} {what}{plural}", grouped(text))
}

fn grouped(mut text: String) -> String {
    let digits = text.trim_start_matches('-').len();
    for place in (1..digits).filter(|place| place % 3 == 0) {
        text.insert(text.len() - place - (place / 3 - 1), ',');
    }
    text
}
