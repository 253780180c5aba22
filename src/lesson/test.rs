//! Predicates over a world, as `goal.yaml` writes them: state, what happened, and forks. A test is a map with one key, the
//! name of what is tested. [`super::check`] says what each finds.
//! Left out: anything about the words that a person used; only what became of them counts.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::steps::{Length, Name, Place, Step};
use crate::cluster::Verb;
use crate::kubectl::output::jsonpath::JsonPath;

/// What must hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Test {
    /// One object: how it is, or what is in it.
    Object(ObjectTest),
    /// How many objects there are that a test holds of; those that are being deleted don't count.
    Number(NumberTest),
    /// How many ready endpoints a Service has.
    Endpoints(EndpointsTest),
    /// What became of requests that a Pod sent lately.
    Requests(RequestsTest),
    /// What containers of one Pod asked each other lately over localhost.
    Exchanges(ExchangesTest),
    /// What a connection would come to that is tried now.
    Reach(ReachTest),
    /// How many ports processes of a Pod listen on.
    Ports(PortsTest),
    /// What a container printed.
    Log(LogTest),
    /// A file that a container sees.
    File(FileTest),
    /// An Event was recorded about an object.
    Event(EventTest),
    /// A puzzle is solved; with a word, that this was chosen for some item.
    Answered(AnsweredTest),
    /// The last thing that was done was answered with these words.
    Said(String),
    /// Somebody did this to an object.
    Change(ChangeTest),
    /// All of them hold.
    All(Vec<Test>),
    /// One of them holds.
    Any(Vec<Test>),
    /// It doesn't hold.
    Not(Box<Test>),
    /// It held at some moment since the learner came.
    Once(Box<Test>),
    /// It held at no moment since the learner came.
    Never(Box<Test>),
    /// Each held at some moment after the one before it.
    InOrder(Vec<Test>),
    /// It has held for so long.
    Hold(HoldTest),
    /// Values in an object have been what they are for so long.
    Steady(SteadyTest),
    /// In a copy of the world to which something is done, it holds some time later.
    Fork(ForkTest),
}

/// How a value is to be.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Is {
    /// This.
    Equal(Scalar),
    /// Anything but this.
    Not(Scalar),
    /// This much or more; quantities too.
    AtLeast(Scalar),
    /// This much or less; quantities too.
    AtMost(Scalar),
    /// These letters are in it.
    Has(Scalar),
    /// It fits one of these.
    OneOf(Vec<Scalar>),
}

/// A word or a number, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar(pub String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        match value {
            serde_json::Value::String(text) => Ok(Scalar(text)),
            serde_json::Value::Array(_) | serde_json::Value::Object(_) => Err(
                serde::de::Error::custom("a word or a number is wanted here"),
            ),
            other => Ok(Scalar(other.to_string())),
        }
    }
}

/// [`Is`], where a word alone means that it is this.
#[derive(Clone, Debug)]
pub struct Wanted(pub Is);

impl<'de> Deserialize<'de> for Wanted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        if !value.is_object() {
            let scalar = serde_json::from_value(value).map_err(serde::de::Error::custom)?;
            return Ok(Wanted(Is::Equal(scalar)));
        }
        let is = serde_json::from_value(value);
        is.map(Wanted).map_err(serde::de::Error::custom)
    }
}

/// A JSONPath, as kubectl reads it: `{.spec.nodeName}`.
#[derive(Clone, Debug)]
pub struct Path {
    /// As written.
    pub text: String,
    /// As read.
    pub path: JsonPath,
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let path = JsonPath::parse(&text);
        let path = path.map_err(|why| serde::de::Error::custom(format!("{text}: {why}")))?;
        Ok(Path { text, path })
    }
}

/// See [`Test::Object`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ObjectTest {
    /// Which; inside `where`, the one that is looked at.
    pub of: Option<Name>,
    /// Without a path a state: the type of a condition that is True, or `there`, `gone`, `same` (as when the learner
    /// came), `new` (not there then). With a path, how each value is.
    pub is: Option<Wanted>,
    /// Values in it.
    pub path: Option<Path>,
    /// How many values there are.
    pub count: Option<Wanted>,
    /// What they are together; quantities too.
    pub sum: Option<Wanted>,
    /// The kind of its controller; `none` for no controller.
    pub owner: Option<String>,
}

/// See [`Test::Number`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NumberTest {
    /// Among which.
    pub of: Name,
    /// Which of them count.
    pub r#where: Option<Box<Test>>,
    /// How many.
    pub is: Wanted,
}

/// See [`Test::Endpoints`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EndpointsTest {
    /// The Service.
    pub of: Name,
    /// Only those of this Pod.
    pub pod: Option<Name>,
    /// How many of them are ready.
    pub is: Wanted,
}

/// See [`Test::Requests`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RequestsTest {
    /// Who asked.
    pub from: Place,
    /// Letters of whom they meant, as `web:8080`.
    #[serde(default)]
    pub to: String,
    /// Who answered.
    pub by: Option<Place>,
    /// Those that ended within so long.
    pub last: Length,
    /// How each ended: `200`, `refused`, `no such host`.
    pub end: String,
    /// How many there are at least.
    #[serde(default = "one")]
    pub at_least: usize,
}

fn one() -> usize {
    1
}

/// See [`Test::Exchanges`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ExchangesTest {
    /// Who asked.
    pub from: Place,
    /// The container that answered.
    pub by: String,
    /// Those within so long.
    pub last: Length,
    /// How many there are at least, all of them answered.
    #[serde(default = "one")]
    pub at_least: usize,
}

/// See [`Test::Reach`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReachTest {
    /// Who asks.
    pub from: Place,
    /// `http://web:8080`; `{podIP}` is put in for the address of `pod`, `{PORT}` for any port that it listens on.
    pub to: String,
    /// Whose address is meant by `{podIP}`.
    pub pod: Option<Name>,
    /// How it ends.
    #[serde(default = "ok")]
    pub end: String,
    /// Letters of the answer.
    #[serde(default)]
    pub has: String,
}

fn ok() -> String {
    "200".into()
}

/// See [`Test::Ports`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PortsTest {
    /// The Pod, and the container if one is meant.
    pub of: Place,
    /// How many different ones.
    pub is: Wanted,
}

/// See [`Test::Log`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LogTest {
    /// Whose.
    pub of: Place,
    /// Letters of the lines that count.
    #[serde(default)]
    pub has: String,
    /// Of its last run that has ended.
    #[serde(default)]
    pub previous: bool,
    /// How many lines.
    pub lines: Option<Wanted>,
    /// As many as another container has with these letters.
    pub as_many_as: Option<Box<LogTest>>,
}

/// See [`Test::File`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FileTest {
    /// Who sees it.
    pub of: Place,
    /// `/out/page`
    pub path: String,
    /// Letters in it.
    #[serde(default)]
    pub has: String,
    /// It was written within so long.
    pub newer: Option<Length>,
}

/// See [`Test::Event`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EventTest {
    /// What it is about.
    pub of: Name,
    /// `FailedScheduling`
    pub reason: String,
    /// Letters of its message.
    #[serde(default)]
    pub has: String,
}

/// See [`Test::Answered`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AnsweredTest {
    /// By its name.
    pub puzzle: String,
    /// What was chosen for an item; none: all is right.
    pub with: Option<String>,
    /// For which item.
    pub item: Option<String>,
}

/// See [`Test::Change`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ChangeTest {
    /// To which.
    pub of: Name,
    /// What was done.
    pub verb: Deed,
    /// Only what the learner did.
    #[serde(default)]
    pub by_learner: bool,
    /// What must hold of the object, as it was before where it is gone.
    pub r#where: Option<Box<Test>>,
}

/// What was done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// It is new.
    Created,
    /// It is another version.
    Updated,
    /// It is gone.
    Deleted,
    /// Somebody was told no.
    Refused,
}

impl Deed {
    /// As changes tell it.
    pub fn verb(self) -> Verb {
        match self {
            Deed::Created => Verb::Created,
            Deed::Updated => Verb::Updated,
            Deed::Deleted => Verb::Deleted,
            Deed::Refused => Verb::Refused,
        }
    }
}

/// See [`Test::Hold`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HoldTest {
    /// For how long.
    pub r#for: Length,
    /// What.
    pub test: Box<Test>,
}

/// See [`Test::Steady`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SteadyTest {
    /// Which object.
    pub of: Name,
    /// Which values.
    pub path: Path,
    /// For how long.
    pub r#for: Length,
}

/// See [`Test::Fork`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ForkTest {
    /// What is done to the copy.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// How much later it is looked at.
    pub after: Length,
    /// What must hold then. `once`, `never` and `hold` in it are about the copy alone.
    pub test: Box<Test>,
}

impl Test {
    /// Tests within it, in the order in which they are looked at.
    pub fn parts(&self) -> Vec<&Test> {
        match self {
            Test::All(tests) | Test::Any(tests) | Test::InOrder(tests) => tests.iter().collect(),
            Test::Not(test) | Test::Once(test) | Test::Never(test) => vec![test],
            Test::Hold(hold) => vec![&hold.test],
            Test::Fork(fork) => vec![&fork.test],
            Test::Number(number) => number.r#where.iter().map(|test| &**test).collect(),
            Test::Change(change) => change.r#where.iter().map(|test| &**test).collect(),
            _ => Vec::new(),
        }
    }

    /// Is something of an earlier look needed to know?
    pub fn remembers(&self) -> bool {
        let own = matches!(
            self,
            Test::Once(_) | Test::Never(_) | Test::InOrder(_) | Test::Hold(_) | Test::Steady(_)
        );
        own || self.parts().iter().any(|part| part.remembers())
    }

    /// Is a copy of the world needed to know?
    pub fn forks(&self) -> bool {
        matches!(self, Test::Fork(_) | Test::Reach(_))
            || self.parts().iter().any(|part| part.forks())
    }

    /// What it says is not what it would do: the reason and the remedy.
    pub(super) fn mistake(&self) -> Option<String> {
        let own = match self {
            Test::Object(object) => object.mistake(),
            Test::Once(test) | Test::Never(test) if test.forks() => Some(
                "what is tried in a copy can't be watched all the time: take `fork` or `reach` out of `once` and `never`",
            ),
            Test::InOrder(tests) if tests.iter().any(Test::forks) => Some(
                "what is tried in a copy can't be watched all the time: take `fork` or `reach` out of `in-order`",
            ),
            Test::Hold(hold) if hold.test.forks() => Some(
                "what is tried in a copy can't be watched all the time: take `fork` or `reach` out of `hold`; `requests` tells what programs asked",
            ),
            Test::Endpoints(EndpointsTest { of, .. })
                if &*of.kind != "Service" || of.name.is_none() =>
            {
                Some("endpoints are those of one Service: write `of: service/NAME`")
            }
            Test::Fork(fork) if fork.after.0 > Duration::from_secs(1800) => {
                Some("a copy lives half an hour at most: make `after` shorter")
            }
            _ => None,
        };
        let inside = || self.parts().into_iter().find_map(Test::mistake);
        own.map(Into::into).or_else(inside)
    }
}

impl ObjectTest {
    fn mistake(&self) -> Option<&'static str> {
        let values = self.count.is_some() || self.sum.is_some();
        if self.of.as_ref().is_some_and(|of| of.name.is_none()) {
            Some("`object` is about one: write `of: pod/NAME`, or count several with `number`")
        } else if self.path.is_none() && values {
            Some("`count` and `sum` are about values: a `path` is missing")
        } else if self.is.is_none() && !values && self.owner.is_none() {
            Some("`object` says nothing: write `is: Ready`, or a `path` and how its values are")
        } else {
            None
        }
    }
}
