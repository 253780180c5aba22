//! `lesson.md`: CommonMark with a title, what happens, and the sections "Predict", "Explain", "Task" and "Hints". The
//! options of the prediction are a task list; the one with a cross is what the cluster shows.
//! Left out: images, tables, HTML; they are refused, not passed over.

use std::rc::Rc;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::Mistake;

const FILE: &str = "lesson.md";

/// What stands in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Plain.
    Text(Rc<str>),
    /// In the typewriter's letters.
    Code(Rc<str>),
    /// Strong.
    Strong(Rc<str>),
    /// Stressed.
    Stressed(Rc<str>),
    /// A link, with its words.
    Link(Rc<str>, Rc<str>),
}

/// What stands below one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A list; numbered or not.
    List(bool, Vec<Vec<Inline>>),
    /// Lines as they are.
    Code(Rc<str>),
}

/// An option of the prediction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What it says.
    pub says: Vec<Inline>,
    /// Is it what the cluster shows?
    pub shows: bool,
}

/// What is read in a lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The heading.
    pub title: Rc<str>,
    /// What is there, before anything is asked.
    pub story: Vec<Block>,
    /// What is to be predicted.
    pub question: Vec<Block>,
    /// What may be predicted.
    pub options: Vec<Choice>,
    /// Shown after the run.
    pub explanation: Vec<Block>,
    /// What is to be done.
    pub task: Vec<Block>,
    /// From a nudge to nearly all of it.
    pub hints: Vec<Vec<Inline>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Story,
    Predict,
    Explain,
    Task,
    Hints,
}

/// Reads on from a heading to the next.
struct Reader<'a> {
    text: &'a str,
    read: Text,
    section: Section,
    mistakes: Vec<Mistake>,
    /// Of the paragraph or item that is read.
    line: Vec<Inline>,
    strong: bool,
    stressed: bool,
    link: Option<Rc<str>>,
    /// Numbered? And its items.
    list: Option<(bool, Vec<Vec<Inline>>)>,
    /// Of the item that is read: does it have a box, and a cross in it?
    ticked: Option<bool>,
    code: Option<String>,
    heading: Option<HeadingLevel>,
}

impl Text {
    /// Reads `lesson.md`.
    ///
    /// # Errors
    /// What isn't a lesson's text, and what is missing.
    pub fn read(text: &str) -> Result<Self, Vec<Mistake>> {
        let (read, mut mistakes) = Text::parts(text);
        mistakes.extend(read.missing());
        if mistakes.is_empty() {
            Ok(read)
        } else {
            Err(mistakes)
        }
    }

    /// Reads what is there of it: a title and a story do, where nothing else is wanted.
    pub(super) fn parts(text: &str) -> (Self, Vec<Mistake>) {
        let mut reader = Reader {
            text,
            read: Text::default(),
            section: Section::Story,
            mistakes: Vec::new(),
            line: Vec::new(),
            strong: false,
            stressed: false,
            link: None,
            list: None,
            ticked: None,
            code: None,
            heading: None,
        };
        for (event, span) in Parser::new_ext(text, Options::ENABLE_TASKLISTS).into_offset_iter() {
            reader.hear(event, span.start);
        }
        (reader.read, reader.mistakes)
    }

    fn missing(&self) -> Vec<Mistake> {
        let shown = self.options.iter().filter(|option| option.shows).count();
        let wants = [
            (
                self.title.is_empty(),
                "a title is missing: begin with `# …`",
            ),
            (
                self.story.is_empty(),
                "what is there is missing: a paragraph below the title",
            ),
            (
                self.question.is_empty(),
                "the question is missing: a paragraph below `## Predict`",
            ),
            (
                self.options.len() < 2,
                "a prediction needs two options at least: `- [ ] …` below `## Predict`",
            ),
            (
                shown != 1,
                "one option is what the cluster shows: `- [x] …`, the others `- [ ] …`",
            ),
            (
                self.explanation.is_empty(),
                "the explanation is missing: a paragraph below `## Explain`",
            ),
            (
                self.task.is_empty(),
                "the task is missing: a list below `## Task`",
            ),
            (
                self.hints.len() < 3,
                "three hints at least are wanted: a list below `## Hints`",
            ),
        ];
        let wants = wants.iter().filter(|(is_missing, _)| *is_missing);
        wants
            .map(|(_, what)| Mistake::new(FILE, 0, *what))
            .collect()
    }

    /// Words of text and explanation: all but options and hints.
    pub fn words(&self) -> usize {
        let blocks = [&self.story, &self.question, &self.explanation, &self.task];
        blocks.into_iter().flatten().map(Block::words).sum()
    }

    /// Where its links go.
    pub fn links(&self) -> Vec<Rc<str>> {
        let blocks = [&self.story, &self.question, &self.explanation, &self.task];
        let lines = blocks.into_iter().flatten().flat_map(Block::lines);
        let lines = lines.chain(&self.hints);
        let links = lines.flatten().filter_map(|inline| match inline {
            Inline::Link(to, _) => Some(to.clone()),
            _ => None,
        });
        links.collect()
    }
}

impl Block {
    fn lines(&self) -> Vec<&Vec<Inline>> {
        match self {
            Block::Paragraph(line) => vec![line],
            Block::List(_, items) => items.iter().collect(),
            Block::Code(_) => Vec::new(),
        }
    }

    /// How many words stand in it.
    pub(super) fn words(&self) -> usize {
        let words = |line: &Vec<Inline>| plain(line).split_whitespace().count();
        self.lines().into_iter().map(words).sum()
    }
}

/// A line without its looks.
pub fn plain(line: &[Inline]) -> String {
    let words = line.iter().map(|inline| match inline {
        Inline::Text(text)
        | Inline::Code(text)
        | Inline::Strong(text)
        | Inline::Stressed(text)
        | Inline::Link(_, text) => &**text,
    });
    words.collect()
}

impl Reader<'_> {
    fn hear(&mut self, event: Event<'_>, at: usize) {
        match event {
            Event::Start(tag) => self.begin(tag, at),
            Event::End(tag) => self.end(tag, at),
            Event::Text(text) if self.code.is_some() => {
                self.code.get_or_insert_default().push_str(&text);
            }
            Event::Text(text) => self.say(&text),
            Event::Code(code) => self.line.push(Inline::Code((&*code).into())),
            Event::SoftBreak | Event::HardBreak => self.say(" "),
            Event::TaskListMarker(ticked) => self.ticked = Some(ticked),
            _ => self.refuse(at),
        }
    }

    fn say(&mut self, text: &str) {
        let text = Rc::from(text);
        self.line.push(match &self.link {
            Some(to) => Inline::Link(to.clone(), text),
            None if self.strong => Inline::Strong(text),
            None if self.stressed => Inline::Stressed(text),
            None => Inline::Text(text),
        });
    }

    fn refuse(&mut self, at: usize) {
        let line = self.text[..at].matches('\n').count() + 1;
        let what =
            "lessons have headings, paragraphs, lists, code and links only: say it with these";
        self.mistakes.push(Mistake::new(FILE, line, what));
    }

    fn begin(&mut self, tag: Tag<'_>, at: usize) {
        match tag {
            Tag::Heading { level, .. } => self.heading = Some(level),
            Tag::List(first) => self.list = Some((first.is_some(), Vec::new())),
            Tag::CodeBlock(_) => self.code = Some(String::new()),
            Tag::Strong => self.strong = true,
            Tag::Emphasis => self.stressed = true,
            Tag::Link { dest_url, .. } => self.link = Some((&*dest_url).into()),
            Tag::Paragraph | Tag::Item => {}
            _ => self.refuse(at),
        }
    }

    fn end(&mut self, tag: TagEnd, at: usize) {
        match tag {
            TagEnd::Heading(_) => self.end_heading(at),
            TagEnd::Paragraph if self.list.is_none() => {
                let line = std::mem::take(&mut self.line);
                self.put(Block::Paragraph(line), at);
            }
            TagEnd::Item => self.end_item(),
            TagEnd::List(_) => {
                if let Some((numbered, items)) = self.list.take()
                    && !items.is_empty()
                {
                    match self.section {
                        Section::Hints => self.read.hints.extend(items),
                        _ => self.put(Block::List(numbered, items), at),
                    }
                }
            }
            TagEnd::CodeBlock => {
                let code = self.code.take().unwrap_or_default();
                self.put(Block::Code(code.into()), at);
            }
            TagEnd::Strong => self.strong = false,
            TagEnd::Emphasis => self.stressed = false,
            TagEnd::Link => self.link = None,
            _ => {}
        }
    }

    fn end_heading(&mut self, at: usize) {
        let name = plain(&std::mem::take(&mut self.line));
        let level = self.heading.take();
        if level == Some(HeadingLevel::H1) {
            self.read.title = name.into();
            return;
        }
        self.section = match &*name {
            "Predict" => Section::Predict,
            "Explain" => Section::Explain,
            "Task" => Section::Task,
            "Hints" => Section::Hints,
            _ => {
                let line = self.text[..at].matches('\n').count() + 1;
                let what = format!(
                    "there is no section “{name}”: there are Predict, Explain, Task and Hints"
                );
                self.mistakes.push(Mistake::new(FILE, line, what));
                return;
            }
        };
    }

    fn end_item(&mut self) {
        let line = std::mem::take(&mut self.line);
        match self.ticked.take() {
            Some(shows) if self.section == Section::Predict => {
                self.read.options.push(Choice { says: line, shows });
            }
            _ => {
                if let Some((_, items)) = &mut self.list {
                    items.push(line);
                }
            }
        }
    }

    fn put(&mut self, block: Block, at: usize) {
        match self.section {
            Section::Story => self.read.story.push(block),
            Section::Predict => self.read.question.push(block),
            Section::Explain => self.read.explanation.push(block),
            Section::Task => self.read.task.push(block),
            Section::Hints => self.refuse(at),
        }
    }
}
