//! `-l app=web,tier in (a,b),!old` read. Models `Parse` of `k8s.io/apimachinery/pkg/labels/selector.go`;
//! errors are its own, in its order.

use std::rc::Rc;

use crate::api::selector::{LabelSelector, Requirement};
use crate::api::validation::names;
use crate::manifest::stream::quoted;
use crate::order;

/// What a text is made of. Words `in` and `notin` are operators only behind a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Word,
    Symbol,
    End,
}

/// Reads a selector.
///
/// # Errors
/// Upstream's sentence.
pub fn parse(text: &str) -> Result<LabelSelector, String> {
    let tokens = scan(text);
    let mut parser = Parser { tokens, at: 0 };
    let mut selector = LabelSelector::default();
    loop {
        let (token, literal) = parser.next();
        if token != Token::Word && literal != "!" {
            if token == Token::End {
                return Ok(selector);
            }
            return Err(found(
                &literal,
                ", expected: !, identifier, or 'end of string'",
            ));
        }
        let requirement = parser.requirement();
        let requirement =
            requirement.map_err(|why| ["unable to parse requirement: ", &why].concat())?;
        selector.match_expressions.push(requirement);
        let (token, literal) = parser.take();
        match (token, &*literal) {
            (Token::End, _) => return Ok(selector),
            (_, ",") => {
                let (token, literal) = parser.next();
                if token != Token::Word && literal != "!" {
                    return Err(found(&literal, ", expected: identifier after ','"));
                }
            }
            _ => return Err(found(&literal, ", expected: ',' or 'end of string'")),
        }
    }
}

fn found(literal: &str, rest: &str) -> String {
    ["found '", literal, "'", rest].concat()
}

fn is_special(c: char) -> bool {
    matches!(c, '=' | '!' | '(' | ')' | ',' | '>' | '<')
}

fn scan(text: &str) -> Vec<(Token, String)> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches([' ', '\t', '\r', '\n']);
    while let Some(first) = rest.chars().next() {
        let end = if is_special(first) {
            let two = rest.get(..2).unwrap_or_default();
            let long = matches!(two, "==" | "!=");
            if long { 2 } else { 1 }
        } else {
            let ends = |c: char| is_special(c) || matches!(c, ' ' | '\t' | '\r' | '\n');
            rest.find(ends).unwrap_or(rest.len())
        };
        let (literal, behind) = rest.split_at(end);
        let token = if is_special(first) {
            Token::Symbol
        } else {
            Token::Word
        };
        tokens.push((token, literal.to_string()));
        rest = behind.trim_start_matches([' ', '\t', '\r', '\n']);
    }
    tokens
}

struct Parser {
    tokens: Vec<(Token, String)>,
    at: usize,
}

impl Parser {
    fn next(&self) -> (Token, String) {
        let end = (Token::End, String::new());
        self.tokens.get(self.at).cloned().unwrap_or(end)
    }

    fn take(&mut self) -> (Token, String) {
        let next = self.next();
        self.at += 1;
        next
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let (mut token, mut key) = self.take();
        let is_absent = key == "!";
        if is_absent {
            (token, key) = self.take();
        }
        if token != Token::Word {
            return Err(found(&key, ", expected: identifier"));
        }
        invalid("<nil>", &key, names::label_key(&key))?;
        let (token, literal) = self.next();
        if token == Token::End || literal == "," {
            let operator = if is_absent { "DoesNotExist" } else { "Exists" };
            return Ok(required(&key, operator, Vec::new()));
        }
        if is_absent {
            return Ok(required(&key, "DoesNotExist", Vec::new()));
        }
        self.at += 1;
        let (operator, values) = match &*literal {
            "in" => ("In", self.values()?),
            "notin" => ("NotIn", self.values()?),
            "=" | "==" => ("In", self.exact_value()?),
            "!=" => ("NotIn", self.exact_value()?),
            ">" => ("Gt", self.exact_value()?),
            "<" => ("Lt", self.exact_value()?),
            _ => return Err(found(&literal, ", expected: in, notin, =, ==, !=, gt, lt")),
        };
        check_values(&key, operator, &values)?;
        Ok(required(&key, operator, values))
    }

    /// `(a,b,)`
    fn values(&mut self) -> Result<Vec<String>, String> {
        let (_, literal) = self.take();
        if literal != "(" {
            return Err(found(&literal, " expected: '('"));
        }
        let mut values = Vec::new();
        let mut is_due = true;
        loop {
            let (token, literal) = self.take();
            match (token, &*literal) {
                (Token::Word, _) => {
                    values.push(literal);
                    is_due = false;
                    let (_, next) = self.next();
                    if next != "," && next != ")" {
                        return Err(found(&next, ", expected: ',' or ')'"));
                    }
                }
                (_, ",") => {
                    if is_due {
                        values.push(String::new());
                    }
                    is_due = true;
                }
                (_, ")") => {
                    if is_due {
                        values.push(String::new());
                    }
                    order::sort(&mut values);
                    values.dedup();
                    return Ok(values);
                }
                _ if values.is_empty() => {
                    return Err(found(&literal, ", expected: ',', ')' or identifier"));
                }
                _ => return Err(found(&literal, ", expected: ',', or identifier")),
            }
        }
    }

    /// What is behind `=`; it may be empty.
    fn exact_value(&mut self) -> Result<Vec<String>, String> {
        let (token, literal) = self.next();
        if token == Token::End || literal == "," {
            return Ok(vec![String::new()]);
        }
        self.at += 1;
        if token == Token::Word {
            return Ok(vec![literal]);
        }
        Err(found(&literal, ", expected: identifier"))
    }
}

fn check_values(key: &str, operator: &str, values: &[String]) -> Result<(), String> {
    for (number, value) in values.iter().enumerate() {
        let place = |rest: &str| format!("values[{number}]{rest}");
        if matches!(operator, "Gt" | "Lt") && value.parse::<i64>().is_err() {
            let why = "for 'Gt', 'Lt' operators, the value must be an integer";
            invalid(&place(""), value, vec![why.into()])?;
        }
        invalid(
            &place(&["[", key, "]"].concat()),
            value,
            names::label_value(value),
        )?;
    }
    Ok(())
}

/// Models `field.Invalid`.
fn invalid(place: &str, value: &str, whys: Vec<String>) -> Result<(), String> {
    if whys.is_empty() {
        return Ok(());
    }
    let value = quoted(value);
    Err([place, ": Invalid value: ", &value, ": ", &whys.join("; ")].concat())
}

fn required(key: &str, operator: &str, values: Vec<String>) -> Requirement {
    Requirement {
        key: key.into(),
        operator: operator.into(),
        values: values.into_iter().map(Rc::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::api::meta::Labels;

    #[test]
    fn selectors_mean_what_upstream_says() {
        let labels: Labels = [("app".into(), "a".into()), ("tier".into(), "web".into())].into();
        for (text, expected) in [
            ("", true),
            ("app=a", true),
            ("app==a,tier=web", true),
            ("app=a, tier=db", false),
            ("app!=a", false),
            ("app in (a,b)", true),
            ("app notin (a, b)", false),
            ("app in ()", false),
            ("app", true),
            ("!app", false),
            ("!other", true),
            ("app=", false),
            ("n>1", false),
        ] {
            let selector = parse(text).expect(text);
            assert_eq!(selector.matches(&labels), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_in_upstreams_words() {
        for (text, expected) in [
            (
                "=a",
                "found '=', expected: !, identifier, or 'end of string'",
            ),
            (
                "app in a",
                "unable to parse requirement: found 'a' expected: '('",
            ),
            ("app=a b", "found 'b', expected: ',' or 'end of string'"),
            ("app=a,", "found '', expected: identifier after ','"),
            (
                "app a",
                "unable to parse requirement: found 'a', expected: in, notin, =, ==, !=, gt, lt",
            ),
            (
                "n>x",
                "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' \
                 operators, the value must be an integer",
            ),
        ] {
            assert_eq!(parse(text).expect_err(text), expected);
        }
    }
}
