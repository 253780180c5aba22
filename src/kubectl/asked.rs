//! Which objects a command is about: by files, by type and name, by selector. Models the `Builder` of
//! `k8s.io/cli-runtime/pkg/resource/builder.go`. Left out: URLs.

use std::rc::Rc;

use super::builder::{self, Info, Reading, STDIN};
use super::cx::Cx;
use super::error::Error;
use super::flags::Given;
use super::selector::{self, Selectors};
use super::{component_status, kustomize, label_selector, resources};
use crate::api::schema::Kind;
use crate::api::{ObjectKey, Value};
use crate::cluster::api_server::Status;
use crate::fields;
use crate::manifest::stream::quoted;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// `-f`
    pub filenames: Vec<String>,
    /// `-k`
    pub kustomize: String,
    /// `-R`
    pub recursive: bool,
    /// The namespace that is meant; empty for all.
    pub namespace: String,
    /// Was it given with `-n`?
    pub enforces_namespace: bool,
    /// `-A`
    pub all_namespaces: bool,
    /// `-l`
    pub selector: String,
    /// `--field-selector`
    pub field_selector: String,
    /// `--all`
    pub all: bool,
    /// Does a type alone mean all of it?
    pub allows_empty_selector: bool,
    /// Is each object fetched?
    pub requires_object: bool,
    /// Are objects of files fetched, as the server has them?
    pub latest: bool,
    /// Is nothing asked of the server?
    pub local: bool,
    /// Are objects' heads looked at before anything is sent?
    pub validates: bool,
    /// Types, names.
    pub words: Vec<String>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Each object, or why it can't be had, in order.
    pub items: Vec<Result<Info, Error>>,
    /// Is it about one object by itself, not about a list?
    pub is_single: bool,
    /// Were objects named one by one?
    pub targets_single: bool,
    /// Kinds that were asked for, those of which there is nothing too.
    pub kinds: Vec<Kind>,
}

impl Found {
    /// What can be had, and why the rest can't.
    pub fn parted(self) -> (Vec<Info>, Vec<Error>) {
        let (mut infos, mut errors) = (Vec::new(), Vec::new());
        for item in self.items {
            match item {
                Ok(info) => infos.push(info),
                Err(error) => errors.push(error),
            }
        }
        (infos, errors)
    }
}

const MISSING: &str = "You must provide one or more resources by argument or filename.\n\
     Example resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   \
     '<resource> <name>'\n   '<resource>'";

/// Pairs of type and name, types, and names.
type Typed = (Vec<(String, String)>, Vec<String>, Vec<String>);

impl Asked {
    /// As the flags of a command say that may have all of them.
    pub fn of(cx: &Cx<'_>, given: &Given) -> Self {
        let (mut namespace, enforces_namespace) = cx.namespace(given);
        let all_namespaces = given.is("all-namespaces");
        if all_namespaces {
            namespace.clear();
        }
        let filenames = given.list("filename");
        Asked {
            filenames: filenames.into_iter().map(str::to_string).collect(),
            kustomize: given.text("kustomize").into(),
            recursive: given.is("recursive"),
            namespace,
            enforces_namespace,
            all_namespaces,
            selector: given.text("selector").trim().into(),
            field_selector: given.text("field-selector").trim().into(),
            all: given.is("all"),
            requires_object: true,
            local: given.is("local"),
            words: given.words.clone(),
            ..Asked::default()
        }
    }

    /// Are no files given? Models `IsFilenameSliceEmpty`.
    pub fn has_no_files(&self) -> bool {
        self.filenames.is_empty() && self.kustomize.is_empty()
    }

    /// Models `RequireFilenameOrKustomize`.
    ///
    /// # Errors
    /// kubectl's sentence.
    pub fn requires_files(&self) -> Result<(), Error> {
        if self.has_no_files() {
            return Err(Error::Plain("must specify one of -f and -k".into()));
        }
        if !self.filenames.is_empty() && !self.kustomize.is_empty() {
            return Err(Error::Plain("only one of -f or -k can be specified".into()));
        }
        Ok(())
    }

    /// Finds it.
    ///
    /// # Errors
    /// What is wrong with the question itself.
    pub fn find(&self, cx: &mut Cx<'_>) -> Result<Found, Error> {
        let mut errors = Vec::new();
        if self.all && !(self.selector.is_empty() && self.field_selector.is_empty()) {
            let sentence = "setting 'all' parameter but found a non empty selector. ";
            errors.push(Error::Plain(sentence.into()));
        }
        let texts = self.texts(cx, &mut errors);
        let (tuples, types, names) = self.typed(&mut errors);
        if !errors.is_empty() {
            return Err(aggregate(errors));
        }
        let refused = |sentence: &str| Err(Error::Plain(sentence.into()));
        if !self.has_no_files() {
            if !types.is_empty() {
                return refused(
                    "when paths, URLs, or stdin is provided as input, you may not specify \
                     resource arguments as well",
                );
            } else if !names.is_empty() {
                return refused("name cannot be provided when a path is specified");
            } else if !tuples.is_empty() {
                return refused(
                    "resource/name arguments cannot be provided when a path is specified",
                );
            }
            return self.by_paths(cx, texts);
        }
        let selects = self.all
            || !self.selector.is_empty()
            || !self.field_selector.is_empty()
            || self.allows_empty_selector && !types.is_empty() && names.is_empty();
        if selects {
            if !names.is_empty() {
                return refused("name cannot be provided when a selector is specified");
            } else if !tuples.is_empty() {
                return refused(
                    "selectors and the all flag cannot be used when passing resource/name arguments",
                );
            } else if types.is_empty() {
                return refused("at least one resource must be specified to use a selector");
            }
            return self.by_selector(cx, &types);
        }
        if !tuples.is_empty() {
            return self.by_name(cx, &tuples);
        }
        if !names.is_empty() {
            if types.len() > 1 {
                return refused("you must specify only one resource");
            }
            let of = types.first().map_or("", |of| of);
            let tuples: Vec<_> = names
                .into_iter()
                .map(|name| (of.to_string(), name))
                .collect();
            return self.by_name(cx, &tuples);
        }
        for of in &types {
            mapping(of)?;
        }
        match types.is_empty() {
            true => refused(MISSING),
            false => refused("resource(s) were provided, but no name was specified"),
        }
    }

    /// The arguments as pairs of type and name, as types, and as names.
    fn typed(&self, errors: &mut Vec<Error>) -> Typed {
        let mut words = self.words.clone();
        if words.len() >= 2 {
            let types = split(&words[0]);
            if types.len() > 1 {
                let names = &words[1..];
                let pairs = types.iter();
                let pairs =
                    pairs.flat_map(|of| names.iter().map(move |name| format!("{of}/{name}")));
                words = pairs.collect();
            }
        }
        let slashes = words.iter().filter(|word| word.contains('/')).count();
        if slashes > 0 {
            let mut tuples = Vec::new();
            if slashes != words.len() {
                errors.push(Error::Plain(
                    "there is no need to specify a resource type as a separate argument when \
                     passing arguments in resource/name form (e.g. 'kubectl get \
                     resource/<resource_name>' instead of 'kubectl get resource \
                     resource/<resource_name>'"
                        .into(),
                ));
                return (tuples, Vec::new(), Vec::new());
            }
            for word in &words {
                match tuple(word) {
                    Ok(pair) => tuples.push(pair),
                    Err(sentence) => {
                        errors.push(Error::Plain(sentence));
                        break;
                    }
                }
            }
            return (tuples, Vec::new(), Vec::new());
        }
        let mut words = words.into_iter();
        let types = words.next().map(|first| resources::expand(&first));
        (Vec::new(), types.unwrap_or_default(), words.collect())
    }

    /// The files that are named, with what is in them.
    fn texts(&self, cx: &mut Cx<'_>, errors: &mut Vec<Error>) -> Vec<(Rc<str>, String)> {
        let mut texts = Vec::new();
        let mut reads_stdin = false;
        for name in &self.filenames {
            if name == "-" {
                if reads_stdin {
                    let sentence = "standard input cannot be used for multiple arguments";
                    errors.push(Error::Plain(sentence.into()));
                }
                reads_stdin = true;
                texts.push((STDIN.into(), cx.take_stdin().to_string()));
            } else if name.starts_with("http://") || name.starts_with("https://") {
                let sentence = format!(
                    "unable to read URL {}, no request leaves this page",
                    quoted(name)
                );
                errors.push(Error::Plain(sentence));
            } else {
                match self.files(cx, name) {
                    Ok(files) => texts.extend(files),
                    Err(sentence) => errors.push(Error::Plain(sentence)),
                }
            }
        }
        if !self.kustomize.is_empty() {
            match kustomize::build(cx, &self.kustomize, false) {
                Ok(text) => texts.push((self.kustomize.as_str().into(), text)),
                Err(sentence) => errors.push(Error::Plain(sentence)),
            }
        }
        texts
    }

    /// A file, or those of a folder or a pattern.
    fn files(&self, cx: &Cx<'_>, name: &str) -> Result<Vec<(Rc<str>, String)>, String> {
        if let Some(text) = cx.file(name) {
            return Ok(vec![(name.into(), text)]);
        }
        if name.contains(['*', '?', '[']) {
            let found = cx.matching(name);
            if found.is_empty() {
                return Err(format!("the path {} does not exist", quoted(name)));
            }
            let texts = found.into_iter().filter_map(|path| {
                let text = cx.file(&path)?;
                Some((Rc::from(path), text))
            });
            return Ok(texts.collect());
        }
        let folder = cx.path(name);
        if !cx.files.exists(&folder) {
            return Err(format!("the path {} does not exist", quoted(name)));
        }
        let all = cx.files.below(&folder);
        let mut texts = Vec::new();
        for (path, file) in all {
            let within = path[folder.len()..].trim_start_matches('/');
            let is_meant = [".json", ".yaml", ".yml"]
                .iter()
                .any(|end| within.ends_with(end))
                && (self.recursive || !within.contains('/'));
            if is_meant && !file.folder {
                let shown = format!("{}/{within}", name.trim_end_matches('/'));
                let shown = shown.trim_start_matches("./").to_string();
                let text = String::from_utf8_lossy(&file.bytes).into_owned();
                texts.push((shown.into(), text));
            }
        }
        if texts.is_empty() {
            return Err(format!(
                "error reading [{name}]: recognized file extensions are [.json .yaml .yml]"
            ));
        }
        Ok(texts)
    }

    fn by_paths(&self, cx: &mut Cx<'_>, texts: Vec<(Rc<str>, String)>) -> Result<Found, Error> {
        let selector = match self.selector.as_str() {
            "" => None,
            text => Some(label_selector::parse(text).map_err(|why| {
                let text = quoted(text);
                Error::Plain(format!("the provided selector {text} is not valid: {why}"))
            })?),
        };
        let is_single = texts.len() == 1 && &*texts[0].0 != STDIN && self.kustomize.is_empty();
        let mut items = Vec::new();
        for (source, text) in texts {
            let reading = Reading {
                validates: self.validates,
                namespace: match self.namespace.as_str() {
                    "" => "default".into(),
                    namespace => namespace.into(),
                },
                enforces_namespace: self.enforces_namespace,
                source,
            };
            items.extend(builder::visit(&text, &reading));
        }
        if let Some(selector) = selector {
            items.retain(|item| match item {
                Ok(info) => selector::fits(&selector, &info.value),
                Err(_) => true,
            });
        }
        if self.latest && !self.local {
            items = items.into_iter().map(|item| fetched(cx, item?)).collect();
        }
        let of = items.iter().flatten().map(|info| info.kind);
        Ok(Found {
            kinds: of.collect(),
            items,
            is_single,
            targets_single: true,
        })
    }

    fn by_selector(&self, cx: &mut Cx<'_>, types: &[String]) -> Result<Found, Error> {
        let mut kinds: Vec<Kind> = Vec::new();
        for of in types {
            let kind = mapping(of)?;
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        let mut items = Vec::new();
        for kind in &kinds {
            let listed = list(
                cx,
                *kind,
                &self.namespace,
                &self.selector,
                &self.field_selector,
            );
            match listed {
                Ok(found) => items.extend(found.into_iter().map(Ok)),
                Err(error) => items.push(Err(error)),
            }
        }
        Ok(Found {
            kinds,
            items,
            is_single: false,
            targets_single: false,
        })
    }

    fn by_name(&self, cx: &mut Cx<'_>, tuples: &[(String, String)]) -> Result<Found, Error> {
        let mut asked = Vec::new();
        for (of, name) in tuples {
            asked.push((mapping(of)?, name));
        }
        let kinds = asked.iter().map(|(kind, _)| *kind).collect();
        let mut items = Vec::new();
        for (kind, name) in asked {
            if kind.is_namespaced() && self.namespace.is_empty() {
                let sentence = match self.all_namespaces {
                    true => "a resource cannot be retrieved by name across all namespaces",
                    false => "namespace may not be empty when retrieving a resource by name",
                };
                return Err(Error::Plain(sentence.into()));
            }
            let namespace = match kind.is_namespaced() {
                true => self.namespace.clone(),
                false => String::new(),
            };
            let info = bare(kind, &namespace, name);
            items.push(match self.requires_object {
                true => fetched(cx, info),
                false => Ok(info),
            });
        }
        Ok(Found {
            kinds,
            is_single: items.len() == 1,
            items,
            targets_single: true,
        })
    }
}

/// What is known of an object that is only named.
pub fn bare(kind: Kind, namespace: &str, name: &str) -> Info {
    Info {
        document: 0,
        value: fields! { "apiVersion" => kind.api_version(), "kind" => kind.kind() },
        kind,
        namespace: namespace.into(),
        name: name.into(),
        source: "".into(),
    }
}

/// The object as the server has it.
///
/// # Errors
/// When it isn't there.
pub fn fetched(cx: &mut Cx<'_>, mut info: Info) -> Result<Info, Error> {
    cx.may("get", info.kind, &info.namespace, &info.name)?;
    if let Some(value) = component_status::find(info.kind, &info.name) {
        info.value = value;
        return Ok(info);
    }
    let client = super::client::Client::default();
    match client.get(cx.world(), &info)? {
        Some(object) => {
            info.value = object.value.clone();
            Ok(info)
        }
        None if is_namespace_to_blame(cx, &info) => {
            Err(Status::not_found("namespaces", &info.namespace).into())
        }
        None => {
            let resource = resources::resource_and_group(info.kind);
            Err(Status::not_found(&resource, &info.name).into())
        }
    }
}

/// Where an object of another namespace than the default one isn't found, kubectl looks whether the
/// namespace is there. Models `Info.Get`.
fn is_namespace_to_blame(cx: &mut Cx<'_>, info: &Info) -> bool {
    let key = ObjectKey::new("Namespace", "", &info.namespace);
    !matches!(info.namespace.as_str(), "" | "default")
        && info.kind.is_namespaced()
        && cx.world().store.get(&key).is_none()
}

/// All objects of a kind, in a namespace or everywhere, that both selectors fit.
///
/// # Errors
/// kubectl's or the server's sentence of a selector.
pub fn list(
    cx: &mut Cx<'_>,
    kind: Kind,
    namespace: &str,
    selector: &str,
    field_selector: &str,
) -> Result<Vec<Info>, Error> {
    cx.may("list", kind, namespace, "")?;
    let selectors = Selectors::asked(kind, selector, field_selector)?;
    let key_kind = resources::key_kind(kind);
    let is_meant = |key: &ObjectKey, value: &Value| {
        (namespace.is_empty() || !kind.is_namespaced() || &*key.namespace == namespace)
            && selectors.fit(value)
    };
    let all = cx.world().store.list(&key_kind);
    let meant = all.filter(|(key, object)| is_meant(key, &object.value));
    let infos = meant.map(|(key, object)| Info {
        value: object.value.clone(),
        ..bare(kind, &key.namespace, &key.name)
    });
    let mut infos: Vec<Info> = infos.collect();
    let components = component_status::all(kind).into_iter();
    infos.extend(
        components
            .filter(|value| selectors.fit(value))
            .map(|value| {
                let name = value.text_at(&["metadata", "name"]).to_string();
                Info {
                    value,
                    ..bare(kind, "", &name)
                }
            }),
    );
    Ok(infos)
}

fn mapping(of: &str) -> Result<Kind, Error> {
    resources::mapping(of).map_err(Error::Plain)
}

/// Each once. Models `SplitResourceArgument`.
fn split(argument: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in argument.split(',') {
        if !parts.iter().any(|known| known == part) {
            parts.push(part.into());
        }
    }
    parts
}

/// `pod/web`. Models `splitResourceTypeName`.
fn tuple(word: &str) -> Result<(String, String), String> {
    let parts: Vec<&str> = word.split('/').collect();
    let [of, name] = parts[..] else {
        return Err("arguments in resource/name form may not have more than one slash".into());
    };
    if of.is_empty() || name.is_empty() || split(of).len() != 1 {
        return Err("arguments in resource/name form must have a single resource and name".into());
    }
    Ok((of.into(), name.into()))
}

/// Models `NewAggregate`, which tells each sentence once.
fn aggregate(errors: Vec<Error>) -> Error {
    let mut told: Vec<String> = Vec::new();
    for error in errors {
        let sentence = error.sentence();
        if !told.contains(&sentence) {
            told.push(sentence);
        }
    }
    match &told[..] {
        [one] => Error::Plain(one.clone()),
        several => Error::Plain(format!("[{}]", several.join(", "))),
    }
}
