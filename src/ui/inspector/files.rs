//! The files that a container sees: its own, and those of the volumes that are mounted in it. Folders with nothing
//! but one folder in them share a row with it.

use std::borrow::Cow;
use std::rc::Rc;

use podarium::api::{Object, Value};
use podarium::cluster::SimTime;
use podarium::cluster::workload::files::{File, Files};
use podarium::collections::Map;
use web_sys::Element;
use yew::prelude::*;

use super::chosen::{Chosen, combobox};
use crate::ui::dom;
use crate::ui::editor::count;
use crate::ui::markup::{html, keyed};
use crate::ui::numbers::thousands;
use crate::ui::shot::Shot;

/// What the tab is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct FilesProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// That moment.
    pub time: SimTime,
    /// The container.
    pub chosen: Chosen,
    /// Another one is to be it.
    pub on_choose: Callback<Rc<str>>,
}

/// More rows than this help nobody.
const MOST_ROWS: usize = 400;
/// So many bytes of a file are shown.
const MOST_BYTES: usize = 64 * 1024;

/// One row of the tree.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    /// Absolute.
    path: Rc<str>,
    /// What is written: the last part, or several of a folder.
    name: Rc<str>,
    /// From 1.
    level: usize,
    /// Bytes; `None`: a folder.
    size: Option<u64>,
    /// `emptyDir logs, read-only`, and how many files are there.
    said: String,
}

/// A folder on the way to rows.
#[derive(Clone, Default)]
struct Folder<'f> {
    folders: Map<Rc<str>, Folder<'f>>,
    files: Map<Rc<str>, &'f File>,
    mount: Option<String>,
}

/// The tab "Files". What is read and where the focus is are of one container of one Pod; the choice of another
/// stays, and keeps its focus.
#[component]
pub fn FilesTab(props: &FilesProps) -> Html {
    let chosen = &props.chosen;
    let of = format!("{}/{}", chosen.uid(), chosen.name);
    html! {
        <div class="files">
            <div class="row">{ combobox("Container", &chosen.all, &chosen.name, &props.on_choose) }</div>
            { keyed::<Tree>(of, props.clone()) }
        </div>
    }
}

/// The files of one container, and the one that is read.
#[component]
fn Tree(props: &FilesProps) -> Html {
    let at = use_state_eq(|| None::<Rc<str>>);
    let read = use_state_eq(|| None::<Rc<str>>);
    let place = use_node_ref();
    use_effect_with(((*read).clone(), place.clone()), |(_, place)| {
        if let Some(content) = place.cast::<Element>() {
            content.scroll_into_view_with_bool(false);
        }
    });
    let chosen = &props.chosen;
    let object = &chosen.object.0;
    let files = props.shot.files_at(object, &chosen.name, props.time);
    let Some(files) = files else {
        let why = format!(
            "{} has no files yet: it hasn’t been created on a node.",
            chosen.name
        );
        return html! { <p class="quiet">{ why }</p> };
    };
    let rows = rows(&files, &mounts(object, &chosen.name));
    let here = at
        .as_ref()
        .filter(|at| rows.iter().any(|row| row.path == **at));
    let here = here.or(rows.first().map(|row| &row.path)).cloned();
    let more = rows.len().saturating_sub(MOST_ROWS);
    let pressed = on_key(&rows, &at, &read);
    html! {
        <>
            <ul class="tree mono" role="tree" aria-label="Files" onkeydown={pressed}>
                { for rows.iter().take(MOST_ROWS).map(|row| item(row, here.as_ref(), &read, &at)) }
            </ul>
            if more > 0 { <p class="quiet">{ format!("and {} more", thousands(more)) }</p> }
            { read.as_ref().map(|path| content(path, &files, place.clone())) }
        </>
    }
}

type State = UseStateHandle<Option<Rc<str>>>;

fn item(row: &Row, here: Option<&Rc<str>>, read: &State, at: &State) -> Html {
    let is_read = read.as_ref() == Some(&row.path);
    let click = {
        let (row, read, at) = (row.clone(), read.clone(), at.clone());
        Callback::from(move |_: MouseEvent| {
            at.set(Some(row.path.clone()));
            if row.size.is_some() {
                read.set(Some(row.path.clone()));
            }
        })
    };
    let said = match row.size {
        Some(size) => format!("{}, {}", row.name, bytes(size)),
        None => format!("{}, {}", row.name, row.said),
    };
    let beside = row.size.map_or_else(|| row.said.clone(), bytes);
    html! {
        <li key={&*row.path} role="treeitem" data-path={row.path.clone()} class={["of-level", LEVELS[row.level.min(LEVELS.len()) - 1]]}
            aria-label={said} aria-level={row.level.to_string()} aria-selected={is_read.to_string()}
            tabindex={if here == Some(&row.path) { "0" } else { "-1" }} onclick={click}>
            <span>{ row.name.clone() }{ if row.size.is_none() && &*row.path != "/" { "/" } else { "" } }</span>
            { " " }
            <span class="quiet">{ beside }</span>
        </li>
    }
}

const LEVELS: [&str; 5] = ["l1", "l2", "l3", "l4", "l5"];

/// Arrows move, Enter and Space read.
fn on_key(rows: &[Row], at: &State, read: &State) -> Callback<KeyboardEvent> {
    let rows = rows.to_vec();
    let (at, read) = (at.clone(), read.clone());
    Callback::from(move |event: KeyboardEvent| {
        // The item that has the focus, whichever one is on the way of Tab.
        let item = event.target_dyn_into::<Element>();
        let item = item.and_then(|item| item.closest("[data-path]").ok().flatten());
        let here = item
            .as_ref()
            .and_then(|item| item.get_attribute("data-path"));
        let Some(place) = rows
            .iter()
            .position(|row| Some(&*row.path) == here.as_deref())
        else {
            return;
        };
        let (level, last) = (rows[place].level, rows.len().min(MOST_ROWS) - 1);
        let above = || rows[..place].iter().rposition(|row| row.level < level);
        let goes_in = rows.get(place + 1).is_some_and(|next| next.level > level);
        let next = match &*event.key() {
            "ArrowDown" => (place + 1).min(last),
            "ArrowUp" => place.saturating_sub(1),
            "Home" => 0,
            "End" => last,
            "ArrowLeft" => above().unwrap_or(place),
            "ArrowRight" => (place + usize::from(goes_in)).min(last),
            "Enter" | " " => place,
            _ => return,
        };
        event.prevent_default();
        let path = rows[next].path.clone();
        if matches!(&*event.key(), "Enter" | " ") && rows[next].size.is_some() {
            read.set(Some(path.clone()));
        }
        at.set(Some(path));
        let tree = item.and_then(|item| item.closest("[role=tree]").ok().flatten());
        dom::focus(tree.and_then(|tree| tree.children().item(next as u32)));
    })
}

/// What is in the file that is read, at the moment that is shown.
fn content(path: &Rc<str>, files: &Files, place: NodeRef) -> Html {
    let file = files.get(path.trim_start_matches('/'));
    let said = |words: String| html! { <p class="quiet">{ words }</p> };
    let body = match file {
        None => said(format!("{path} isn’t there at this moment.")),
        Some(file) if file.bytes.is_empty() => said(format!("{path} is empty.")),
        Some(file) => {
            let (text, rest) = beginning(&file.bytes);
            match text.contains('\u{0}') {
                true => said(format!(
                    "{path} isn’t text: {}",
                    bytes(file.bytes.len() as u64)
                )),
                false => html! {
                    <>
                        <pre class="mono" tabindex="0" role="group" aria-label={format!("Content of {path}")}>{ text.into_owned() }</pre>
                        if rest > 0 { <p class="quiet">{ format!("and {} more, not shown", bytes(rest as u64)) }</p> }
                    </>
                },
            }
        }
    };
    html! { <section ref={place} class="part" aria-label="File"><h3 class="mono">{ path.clone() }</h3>{ body }</section> }
}

/// So much of a file as is shown, up to the end of a letter, and how many bytes are left out.
fn beginning(file: &[u8]) -> (Cow<'_, str>, usize) {
    let mut end = file.len().min(MOST_BYTES);
    // What follows a letter's first byte in UTF-8; a letter has four at most.
    let goes_on = |at: usize| file.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let cut = (0..4)
        .map(|back| end - back.min(end))
        .find(|at| !goes_on(*at));
    end = cut.unwrap_or(end);
    (String::from_utf8_lossy(&file[..end]), file.len() - end)
}

fn bytes(size: u64) -> String {
    match size {
        0 => "empty".into(),
        1 => "1 byte".into(),
        size => format!("{} bytes", thousands(size as usize)),
    }
}

/// What is mounted where in a container, and what that is.
fn mounts(object: &Object, container: &str) -> Vec<(Rc<str>, String)> {
    let list = |path: &[&str]| object.value.at(path).map_or(&[][..], Value::items);
    let all = ["initContainers", "containers", "ephemeralContainers"];
    let mut all = all.iter().flat_map(|of| list(&["spec", of]));
    let own = all.find(|one| one.text_at(&["name"]) == container);
    let own = own.and_then(|own| own.get("volumeMounts"));
    let volumes = list(&["spec", "volumes"]);
    let told = |mount: &Value| {
        let name = mount.text_at(&["name"]);
        let volume = volumes.iter().find(|one| one.text_at(&["name"]) == name);
        let sources = volume.and_then(Value::as_map).into_iter().flatten();
        let mut sources = sources
            .map(|(source, _)| source)
            .filter(|one| &***one != "name");
        let kind = sources.next().map_or("emptyDir", |source| source);
        let read_only = mount.get("readOnly").and_then(Value::as_bool) == Some(true);
        let read_only = if read_only { ", read-only" } else { "" };
        let path = mount.text_at(&["mountPath"]).trim_matches('/');
        (path.into(), format!("{kind} {name}{read_only}"))
    };
    own.map_or(&[][..], Value::items).iter().map(told).collect()
}

/// The whole tree, row by row.
fn rows(files: &Files, mounts: &[(Rc<str>, String)]) -> Vec<Row> {
    let mut root = Folder::default();
    for (path, mount) in mounts {
        // One file alone may be mounted, too.
        if files.get(path).is_none_or(|file| file.folder) {
            root.at(path).mount = Some(mount.clone());
        }
    }
    for (path, file) in files.iter() {
        match path.rsplit_once('/') {
            _ if file.folder => drop(root.at(path)),
            Some((folder, name)) => drop(root.at(folder).files.insert(name.into(), file)),
            None => drop(root.files.insert(path.clone(), file)),
        }
    }
    let mut rows = Vec::new();
    root.write("", "/".into(), 1, &mut rows);
    for (path, mount) in mounts {
        let alone = rows
            .iter_mut()
            .find(|row| row.path[1..] == **path && row.size.is_some());
        if let Some(row) = alone {
            row.name = format!("{} ({mount})", row.name).into();
        }
    }
    rows
}

impl<'f> Folder<'f> {
    fn at(&mut self, path: &str) -> &mut Folder<'f> {
        let parts = path.split('/').filter(|part| !part.is_empty());
        parts.fold(self, |folder, part| folder.folders.or_default(part.into()))
    }

    /// How many files are in it, at any depth.
    fn count(&self) -> usize {
        let below = self.folders.values().map(Folder::count);
        self.files.len() + below.sum::<usize>()
    }

    fn write(&self, path: &str, name: Rc<str>, level: usize, rows: &mut Vec<Row>) {
        let only = self.folders.iter().next();
        if let Some((deeper, folder)) = only
            && !path.is_empty()
            && self.mount.is_none()
            && self.files.is_empty()
            && self.folders.len() == 1
        {
            let path = format!("{path}/{deeper}");
            return folder.write(&path, format!("{name}/{deeper}").into(), level, rows);
        }
        let files = match self.count() {
            0 => "nothing in it".into(),
            number => count(number, "file"),
        };
        let own = match path {
            "" => Some("the container’s own disk, from its image".to_string()),
            _ => self.mount.clone(),
        };
        rows.push(Row {
            path: if path.is_empty() {
                "/".into()
            } else {
                path.into()
            },
            name,
            level,
            size: None,
            said: own.map_or_else(|| files.clone(), |own| format!("{own}, {files}")),
        });
        for (name, folder) in self.folders.iter() {
            folder.write(&format!("{path}/{name}"), name.clone(), level + 1, rows);
        }
        for (name, file) in self.files.iter() {
            rows.push(Row {
                path: format!("{path}/{name}").into(),
                name: name.clone(),
                level: level + 1,
                size: Some(file.bytes.len() as u64),
                said: String::new(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> File {
        File {
            bytes: text.as_bytes().into(),
            mode: 0o644,
            changed: SimTime::ZERO,
            folder: false,
        }
    }

    #[test]
    fn a_long_file_is_cut_at_a_letter_and_the_rest_counted() {
        assert_eq!(beginning(b"short"), ("short".into(), 0));
        let exact = "a".repeat(MOST_BYTES);
        assert_eq!(beginning(exact.as_bytes()), (exact.as_str().into(), 0));
        let long = format!("{}ß…🦀b", "a".repeat(MOST_BYTES - 3));
        let (shown, rest) = beginning(long.as_bytes());
        assert!(shown.ends_with("aß") && rest == 8, "{rest}");
        let odd = vec![0x80; MOST_BYTES + 9];
        assert_eq!(beginning(&odd).1, 9, "no text has such letters");
    }

    #[test]
    fn folders_on_the_way_share_a_row_and_mounts_are_named() {
        let mut files = Files::default();
        for (path, text) in [
            ("etc/hosts", "a"),
            ("var/log/app/access.log", "abc"),
            ("app.conf", ""),
        ] {
            files.put(path, file(text));
        }
        let mounts = [
            ("var/log/app".into(), "emptyDir logs".to_string()),
            ("data".into(), "emptyDir spare, read-only".to_string()),
            ("app.conf".into(), "configMap conf".to_string()),
        ];
        let told: Vec<String> = rows(&files, &mounts)
            .iter()
            .map(|row| {
                let size = row.size.map_or_else(|| row.said.clone(), bytes);
                format!("{} {} {} {size}", row.level, row.path, row.name)
            })
            .collect();
        assert_eq!(
            told,
            [
                "1 / / the container’s own disk, from its image, 3 files",
                "2 /data data emptyDir spare, read-only, nothing in it",
                "2 /etc etc 1 file",
                "3 /etc/hosts hosts 1 byte",
                "2 /var/log/app var/log/app emptyDir logs, 1 file",
                "3 /var/log/app/access.log access.log 3 bytes",
                "2 /app.conf app.conf (configMap conf) empty",
            ]
        );
    }
}
