//! What a person typed or pasted, command by command: a line that isn't whole goes on in the next one.
//! Follows the shell's grammar only as far as that takes: quotes, here-documents, `\` at the end, pipes,
//! and the words that open and close a block. What a command means is the core's shell's business.

/// The commands of a text; and what follows them that isn't whole yet.
pub fn split(text: &str) -> (Vec<String>, Option<String>) {
    let mut commands = Vec::new();
    let mut command = String::new();
    let mut open = Open::default();
    for line in text.split('\n') {
        if !command.is_empty() {
            command.push('\n');
        }
        command.push_str(line);
        open.line(line);
        if open.is_whole() {
            let whole = std::mem::take(&mut command);
            if !whole.trim().is_empty() {
                commands.push(whole.trim().to_string());
            }
        }
    }
    let rest = (!command.is_empty()).then_some(command);
    (commands, rest)
}

/// What is open at the end of a line.
#[derive(Default)]
struct Open {
    quote: Option<char>,
    /// Blocks and brackets.
    depth: u32,
    /// Here-documents to come: how each ends, and whether tabs before that don't count.
    documents: Vec<(String, bool)>,
    /// Does the next line belong to this one?
    goes_on: bool,
}

impl Open {
    fn is_whole(&self) -> bool {
        self.quote.is_none() && self.depth == 0 && self.documents.is_empty() && !self.goes_on
    }

    fn line(&mut self, line: &str) {
        if let Some((end, tabs)) = self.documents.first() {
            let read = if *tabs {
                line.trim_start_matches('\t')
            } else {
                line
            };
            if read == end {
                self.documents.remove(0);
            }
            return;
        }
        self.goes_on = false;
        let mut documents = Vec::new();
        let mut words = Words::default();
        let mut rest = line.chars().peekable();
        while let Some(one) = rest.next() {
            match (self.quote, one) {
                (Some('"') | None, '\\') => {
                    self.goes_on = rest.next().is_none();
                    words.quoted();
                }
                (Some(quote), _) if quote == one => self.quote = None,
                (Some(_), _) => words.quoted(),
                (None, '\'' | '"') => {
                    self.quote = Some(one);
                    words.quoted();
                }
                (None, '#') if words.is_between() => break,
                (None, '<') if rest.peek() == Some(&'<') => {
                    rest.next();
                    // `<<<` is a text, and no document.
                    if rest.peek() == Some(&'<') {
                        rest.next();
                    } else {
                        documents.extend(document(&mut rest));
                    }
                }
                (None, _) => words.next(one, &mut self.depth),
            }
        }
        words.ends(&mut self.depth);
        self.documents = documents;
        self.goes_on |= self.quote.is_none() && (words.last == '|' || words.is_and);
    }
}

/// `EOF`, `-EOF`, `'EOF'`: how a document ends.
fn document(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<(String, bool)> {
    let tabs = rest.next_if_eq(&'-').is_some();
    while rest.next_if(|one| *one == ' ' || *one == '\t').is_some() {}
    let mut end = String::new();
    while let Some(one) = rest.next_if(|one| !one.is_whitespace() && !";|&<>()".contains(*one)) {
        if !matches!(one, '\'' | '"' | '\\') {
            end.push(one);
        }
    }
    (!end.is_empty()).then_some((end, tabs))
}

/// The words of a line, as far as some of them open blocks.
struct Words {
    word: String,
    /// May the word open or close a block?
    leads: bool,
    last: char,
    is_and: bool,
}

impl Default for Words {
    fn default() -> Self {
        Words {
            word: String::new(),
            leads: true,
            last: ' ',
            is_and: false,
        }
    }
}

impl Words {
    /// Something that is no keyword, whatever it is.
    fn quoted(&mut self) {
        self.word.push('\'');
        (self.last, self.is_and) = ('\'', false);
    }

    fn is_between(&self) -> bool {
        self.word.is_empty()
    }

    fn next(&mut self, one: char, depth: &mut u32) {
        let is_blank = one.is_whitespace();
        if is_blank || ";|&()".contains(one) {
            self.ends(depth);
            match one {
                '(' => *depth += 1,
                ')' => *depth = depth.saturating_sub(1),
                _ => {}
            }
            self.leads |= !is_blank && one != ')';
        } else {
            self.word.push(one);
        }
        if !is_blank {
            self.is_and = one == '&' && self.last == '&';
            self.last = one;
        }
    }

    /// The word at hand is over.
    fn ends(&mut self, depth: &mut u32) {
        let word = std::mem::take(&mut self.word);
        if word.is_empty() {
            return;
        }
        let led = std::mem::take(&mut self.leads);
        match &*word {
            _ if !led => {}
            "for" | "while" | "until" | "if" | "case" | "{" => *depth += 1,
            "done" | "fi" | "esac" | "}" => *depth = depth.saturating_sub(1),
            _ => {}
        }
        self.leads = led
            && matches!(
                &*word,
                "do" | "then" | "else" | "elif" | "!" | "while" | "if" | "{"
            );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_where_a_shell_would_run_it() {
        let cases: [(&str, &[&str], Option<&str>); 19] = [
            ("", &[], None),
            ("kubectl get pods", &["kubectl get pods"], None),
            ("a\n\n  b\n", &["a", "b"], None),
            ("a; b", &["a; b"], None),
            ("echo 'it\nis'", &["echo 'it\nis'"], None),
            ("echo \"it", &[], Some("echo \"it")),
            ("echo \\\n x\ny", &["echo \\\n x", "y"], None),
            ("a |\nwc -l\nb", &["a |\nwc -l", "b"], None),
            ("a &&", &[], Some("a &&")),
            ("a &\nb", &["a &", "b"], None),
            (
                "cat <<EOF | b\nx: 'y\nEOF\nc",
                &["cat <<EOF | b\nx: 'y\nEOF", "c"],
                None,
            ),
            (
                "cat <<-'END'\n\tx\n\tEND",
                &["cat <<-'END'\n\tx\n\tEND"],
                None,
            ),
            ("cat <<EOF\nx\n EOF", &[], Some("cat <<EOF\nx\n EOF")),
            ("cat <<< x\nb", &["cat <<< x", "b"], None),
            (
                "for i in 1 2; do\necho $i\ndone\nb",
                &["for i in 1 2; do\necho $i\ndone", "b"],
                None,
            ),
            ("if true; then", &[], Some("if true; then")),
            ("echo for done if\nb", &["echo for done if", "b"], None),
            ("echo $(a\n)", &["echo $(a\n)"], None),
            ("# don't\nb", &["# don't", "b"], None),
        ];
        for (text, whole, rest) in cases {
            let (commands, left) = split(text);
            assert_eq!(commands, whole, "{text}");
            assert_eq!(left.as_deref(), rest, "{text}");
        }
    }
}
