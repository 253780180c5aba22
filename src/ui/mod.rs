//! The page: a Yew app. It reads time, events and storage, sends Inputs, and draws Snapshots.
//! Invariant: it holds no cluster state of its own. Read in the order below.

/// The whole page.
pub mod app;

/// One polite live region.
mod announce;

/// The top bar, with New cluster.
mod banner;

/// What buttons ask of the API server.
mod asks;

/// What is often asked of the browser.
mod dom;

/// Region "Manifest".
mod editor;

/// Region "Lesson".
mod lesson;

/// Drives a history by the wall clock.
mod engine;

/// A cluster's export on its way in.
mod import;

/// The dialog "Export as lesson".
mod export;

/// Region "Inspector".
mod inspector;

/// Links and files: what the browser does for them.
mod links;

/// Keys that work anywhere: regions, apply, the key list.
mod keys;

/// Wall time to virtual time.
mod pace;

/// Numbers as people read them.
mod numbers;

/// `html!` for elements.
mod markup;

/// What a panic leaves behind.
mod panics;

/// Where regions stand, and the bars between them.
mod layout;

/// A snapshot as a property.
mod shot;

/// The box "Find a Pod, node or label".
mod search;

/// The stage: the cluster as a picture, the same in words.
mod stage;

/// The Pod view: one Pod from near.
mod pod;

/// The Network view: requests and where they come by.
mod network;

/// The Ownership view: who owns whom.
mod ownership;

/// The Scheduling view: an attempt of the scheduler in tables.
mod scheduling;

/// The wasm's memory.
mod heap;

/// The wasm's parts.
mod parts;

/// Region "Terminal".
mod terminal;

/// A tablist.
mod tabs;

/// The journal in the browser's database.
mod storage;

/// The Theory view: three worlds side by side.
mod theory;

/// Region "Timeline".
mod timeline;

/// The wall clock.
mod wall;

/// From an object to its manifest.
mod written;
