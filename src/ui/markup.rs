//! `html!` for elements, in Yew's notation. Yew's own macro writes each element's whole structure into
//! the caller, a few hundred bytes a time; this one writes a few short calls. What it leaves out:
//! components (see [`component`]), dynamic tags, `else if`.
//!
//! An element's attributes stand in a fixed order per place in the code: literals first.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use yew::html::BaseComponent;
use yew::virtual_dom::{
    AttributeOrProperty, Attributes, Key, Listener, ListenerKind, VComp, VList, VNode, VTag, VText,
};
use yew::{AttrValue, Callback, NodeRef};

/// Elements and text as a [`yew::Html`].
macro_rules! html {
    ($($content:tt)*) => {{
        let mut markup = $crate::ui::markup::Markup::new();
        $crate::ui::markup::fill!(markup [] $($content)*);
        markup.finish()
    }};
}
pub(super) use html;

/// Takes the content of an `html!` apart from left to right. `$m` is the [`Markup`], `[…]` the elements
/// that are open, the innermost first.
macro_rules! fill {
    ($m:ident []) => {};
    // Fragments.
    ($m:ident [$($open:ident)*] < > $($rest:tt)*) => {
        $m.open_list();
        $crate::ui::markup::fill!($m [FRAGMENT $($open)*] $($rest)*);
    };
    ($m:ident [FRAGMENT $($open:ident)*] < / > $($rest:tt)*) => {
        $m.close_list();
        $crate::ui::markup::fill!($m [$($open)*] $($rest)*);
    };
    // Elements.
    ($m:ident [$last:ident $($open:ident)*] < / $name:ident > $($rest:tt)*) => {
        const { assert!($crate::ui::markup::same(stringify!($last), stringify!($name)), "another tag is open") };
        $m.close();
        $crate::ui::markup::fill!($m [$($open)*] $($rest)*);
    };
    ($m:ident [$($open:ident)*] < $name:ident $($rest:tt)*) => {
        $crate::ui::markup::attributes!($m [$($open)*] $name {} {} {} $($rest)*);
    };
    // What is written in braces.
    ($m:ident [$($open:ident)*] { for $all:expr } $($rest:tt)*) => {
        $m.list($all);
        $crate::ui::markup::fill!($m [$($open)*] $($rest)*);
    };
    ($m:ident [$($open:ident)*] { $words:literal } $($rest:tt)*) => {
        $m.words($words);
        $crate::ui::markup::fill!($m [$($open)*] $($rest)*);
    };
    ($m:ident [$($open:ident)*] { $content:expr } $($rest:tt)*) => {
        $crate::ui::markup::Content::write($content, &mut $m);
        $crate::ui::markup::fill!($m [$($open)*] $($rest)*);
    };
    // `if` and `for` make one node each, whatever comes of them, so that those behind keep their places.
    ($m:ident [$($open:ident)*] if $($rest:tt)*) => {
        $crate::ui::markup::fill!(@if $m [$($open)*] {} $($rest)*);
    };
    (@if $m:ident [$($open:ident)*] {$($head:tt)*} { $($yes:tt)* } else { $($no:tt)* } $($rest:tt)*) => {
        $m.open_list();
        if $($head)* {
            $crate::ui::markup::fill!($m [] $($yes)*);
        } else {
            $crate::ui::markup::fill!($m [] $($no)*);
        }
        $m.close_list();
        $crate::ui::markup::fill!($m [$($open)*] $($rest)*);
    };
    (@if $m:ident [$($open:ident)*] {$($head:tt)*} { $($yes:tt)* } $($rest:tt)*) => {
        $m.open_list();
        if $($head)* {
            $crate::ui::markup::fill!($m [] $($yes)*);
        }
        $m.close_list();
        $crate::ui::markup::fill!($m [$($open)*] $($rest)*);
    };
    (@if $m:ident [$($open:ident)*] {$($head:tt)*} $next:tt $($rest:tt)*) => {
        $crate::ui::markup::fill!(@if $m [$($open)*] {$($head)* $next} $($rest)*);
    };
    ($m:ident [$($open:ident)*] for $($rest:tt)*) => {
        $crate::ui::markup::fill!(@for $m [$($open)*] {} $($rest)*);
    };
    (@for $m:ident [$($open:ident)*] {$($head:tt)*} { $($body:tt)* } $($rest:tt)*) => {
        $m.open_list();
        for $($head)* {
            $crate::ui::markup::fill!($m [] $($body)*);
        }
        $m.close_list();
        $crate::ui::markup::fill!($m [$($open)*] $($rest)*);
    };
    (@for $m:ident [$($open:ident)*] {$($head:tt)*} $next:tt $($rest:tt)*) => {
        $crate::ui::markup::fill!(@for $m [$($open)*] {$($head)* $next} $($rest)*);
    };
}
pub(super) use fill;

/// Takes an element's attributes apart: `{literals}`, `{names of the others}`, `{what sets them}`.
macro_rules! attributes {
    ($m:ident [$($open:ident)*] $tag:ident {$($name:expr => $value:expr,)*} {$($other:expr,)*} {$($set:tt)*} > $($rest:tt)*) => {
        $m.open(stringify!($tag), &[$($name,)* $($other,)*], &[$($value),*]);
        $($set)*
        $crate::ui::markup::fill!($m [$tag $($open)*] $($rest)*);
    };
    ($m:ident [$($open:ident)*] $tag:ident {$($name:expr => $value:expr,)*} {$($other:expr,)*} {$($set:tt)*} / > $($rest:tt)*) => {
        $m.open(stringify!($tag), &[$($name,)* $($other,)*], &[$($value),*]);
        $($set)*
        $m.close();
        $crate::ui::markup::fill!($m [$($open)*] $($rest)*);
    };
    // Not attributes.
    ($m:ident $open:tt $tag:ident $l:tt $o:tt {$($set:tt)*} key = $key:tt $($rest:tt)*) => {
        $crate::ui::markup::attributes!($m $open $tag $l $o {$($set)* $m.key($key);} $($rest)*);
    };
    ($m:ident $open:tt $tag:ident $l:tt $o:tt {$($set:tt)*} {key} $($rest:tt)*) => {
        $crate::ui::markup::attributes!($m $open $tag $l $o {$($set)* $m.key(key);} $($rest)*);
    };
    ($m:ident $open:tt $tag:ident $l:tt $o:tt {$($set:tt)*} ref = { $node:expr } $($rest:tt)*) => {
        $crate::ui::markup::attributes!($m $open $tag $l $o {$($set)* $m.node_ref($node);} $($rest)*);
    };
    ($m:ident $open:tt $tag:ident $l:tt $o:tt $s:tt onclick = $on:tt $($rest:tt)*) => {
        $crate::ui::markup::attributes!(@on $m $open $tag $l $o $s "click" MouseEvent $on $($rest)*);
    };
    ($m:ident $open:tt $tag:ident $l:tt $o:tt $s:tt onmousedown = $on:tt $($rest:tt)*) => {
        $crate::ui::markup::attributes!(@on $m $open $tag $l $o $s "mousedown" MouseEvent $on $($rest)*);
    };
    ($m:ident $open:tt $tag:ident $l:tt $o:tt $s:tt ondblclick = $on:tt $($rest:tt)*) => {
        $crate::ui::markup::attributes!(@on $m $open $tag $l $o $s "dblclick" MouseEvent $on $($rest)*);
    };
    ($m:ident $open:tt $tag:ident $l:tt $o:tt $s:tt onkeydown = $on:tt $($rest:tt)*) => {
        $crate::ui::markup::attributes!(@on $m $open $tag $l $o $s "keydown" KeyboardEvent $on $($rest)*);
    };
    ($m:ident $open:tt $tag:ident $l:tt $o:tt $s:tt onfocusin = $on:tt $($rest:tt)*) => {
        $crate::ui::markup::attributes!(@on $m $open $tag $l $o $s "focusin" FocusEvent $on $($rest)*);
    };
    ($m:ident $open:tt $tag:ident $l:tt $o:tt $s:tt onfocusout = $on:tt $($rest:tt)*) => {
        $crate::ui::markup::attributes!(@on $m $open $tag $l $o $s "focusout" FocusEvent $on $($rest)*);
    };
    ($m:ident $open:tt $tag:ident $l:tt $o:tt $s:tt onpointerdown = $on:tt $($rest:tt)*) => {
        $crate::ui::markup::attributes!(@on $m $open $tag $l $o $s "pointerdown" PointerEvent $on $($rest)*);
    };
    ($m:ident $open:tt $tag:ident $l:tt $o:tt $s:tt onpointermove = $on:tt $($rest:tt)*) => {
        $crate::ui::markup::attributes!(@on $m $open $tag $l $o $s "pointermove" PointerEvent $on $($rest)*);
    };
    ($m:ident $open:tt $tag:ident $l:tt $o:tt $s:tt onpointerup = $on:tt $($rest:tt)*) => {
        $crate::ui::markup::attributes!(@on $m $open $tag $l $o $s "pointerup" PointerEvent $on $($rest)*);
    };
    ($m:ident $open:tt $tag:ident $l:tt $o:tt $s:tt onpointercancel = $on:tt $($rest:tt)*) => {
        $crate::ui::markup::attributes!(@on $m $open $tag $l $o $s "pointercancel" PointerEvent $on $($rest)*);
    };
    ($m:ident $open:tt $tag:ident $l:tt $o:tt $s:tt oninput = $on:tt $($rest:tt)*) => {
        $crate::ui::markup::attributes!(@on $m $open $tag $l $o $s "input" InputEvent $on $($rest)*);
    };
    ($m:ident $open:tt $tag:ident $l:tt $o:tt $s:tt onsubmit = $on:tt $($rest:tt)*) => {
        $crate::ui::markup::attributes!(@on $m $open $tag $l $o $s "submit" SubmitEvent $on $($rest)*);
    };
    ($m:ident $open:tt $tag:ident $l:tt $o:tt $s:tt oncancel = $on:tt $($rest:tt)*) => {
        $crate::ui::markup::attributes!(@on $m $open $tag $l $o $s "cancel" Event $on $($rest)*);
    };
    ($m:ident $open:tt $tag:ident $l:tt $o:tt $s:tt onchange = $on:tt $($rest:tt)*) => {
        $crate::ui::markup::attributes!(@on $m $open $tag $l $o $s "change" Event $on $($rest)*);
    };
    ($m:ident $open:tt $tag:ident $l:tt $o:tt $s:tt onscroll = $on:tt $($rest:tt)*) => {
        $crate::ui::markup::attributes!(@on $m $open $tag $l $o $s "scroll" Event $on $($rest)*);
    };
    ($m:ident $open:tt $tag:ident $l:tt $o:tt $s:tt onpaste = $on:tt $($rest:tt)*) => {
        $crate::ui::markup::attributes!(@on $m $open $tag $l $o $s "paste" Event $on $($rest)*);
    };
    (@on $m:ident $open:tt $tag:ident $l:tt $o:tt {$($set:tt)*} $name:literal $event:ident { $on:expr } $($rest:tt)*) => {
        $crate::ui::markup::attributes!($m $open $tag $l $o {$($set)* $m.on::<web_sys::$event>($name, $on);} $($rest)*);
    };
    // Attributes.
    ($m:ident $open:tt $tag:ident $l:tt {$($other:tt)*} {$($set:tt)*} value = { $value:expr } $($rest:tt)*) => {
        $crate::ui::markup::attributes!($m $open $tag $l {$($other)* "value",} {$($set)* $m.value($value);} $($rest)*);
    };
    ($m:ident $open:tt $tag:ident {$($l:tt)*} $o:tt $s:tt $first:ident $(- $more:ident)* = true $($rest:tt)*) => {
        $crate::ui::markup::attributes!($m $open $tag {$($l)* stringify!($first) => stringify!($first),} $o $s $($rest)*);
    };
    ($m:ident $open:tt $tag:ident {$($l:tt)*} $o:tt $s:tt $first:ident $(- $more:ident)* = $value:literal $($rest:tt)*) => {
        $crate::ui::markup::attributes!($m $open $tag
            {$($l)* concat!(stringify!($first) $(, "-", stringify!($more))*) => $value,} $o $s $($rest)*);
    };
    ($m:ident $open:tt $tag:ident $l:tt {$($other:tt)*} {$($set:tt)*} $first:ident $(- $more:ident)* = { $value:expr } $($rest:tt)*) => {
        $crate::ui::markup::attributes!($m $open $tag $l
            {$($other)* concat!(stringify!($first) $(, "-", stringify!($more))*),}
            {$($set)* $crate::ui::markup::Attribute::write($value, &mut $m);} $($rest)*);
    };
    ($m:ident $open:tt $tag:ident $l:tt {$($other:tt)*} {$($set:tt)*} {$name:ident} $($rest:tt)*) => {
        $crate::ui::markup::attributes!($m $open $tag $l {$($other)* stringify!($name),}
            {$($set)* $crate::ui::markup::Attribute::write($name, &mut $m);} $($rest)*);
    };
}
pub(super) use attributes;

/// A component with what it is told.
pub fn component<C: BaseComponent>(props: C::Properties) -> VNode {
    VComp::new::<C>(Rc::new(props), None).into()
}

/// One of several components side by side, and what tells it from them.
pub fn keyed<C: BaseComponent>(key: impl Into<Key>, props: C::Properties) -> VNode {
    VComp::new::<C>(Rc::new(props), Some(key.into())).into()
}

/// Are two names the same?
pub const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// What `html!` fills: the elements that are open, outermost first, around what is complete.
pub struct Markup {
    outer: Vec<Open>,
    inner: Open,
}

/// An element, or a list where there is no tag.
#[derive(Default)]
struct Open {
    tag: Option<VTag>,
    names: &'static [&'static str],
    values: Vec<Option<AttributeOrProperty>>,
    listeners: Vec<Option<Rc<dyn Listener>>>,
    content: Vec<VNode>,
}

// Each of these is called hundreds of times: inlined, they would be what they are here to replace.
impl Markup {
    /// Nothing yet.
    #[inline(never)]
    pub fn new() -> Self {
        Markup {
            outer: Vec::new(),
            inner: Open::default(),
        }
    }

    /// All that was filled in.
    #[inline(never)]
    pub fn finish(self) -> VNode {
        list(self.inner.content)
    }

    /// `<name …>`: all attributes' names, and the values of the first ones.
    #[inline(never)]
    pub fn open(
        &mut self,
        tag: &'static str,
        names: &'static [&'static str],
        values: &[&'static str],
    ) {
        let values = values
            .iter()
            .map(|value| Some(AttributeOrProperty::Static(value)));
        let open = Open {
            tag: Some(VTag::new(tag)),
            names,
            values: values.collect(),
            ..Open::default()
        };
        self.outer.push(std::mem::replace(&mut self.inner, open));
    }

    /// `</name>`
    #[inline(never)]
    pub fn close(&mut self) {
        let Open {
            tag,
            names,
            values,
            listeners,
            content,
        } = self.pop();
        let Some(mut tag) = tag else { return };
        if !names.is_empty() {
            let values = values.into();
            tag.attributes = Attributes::Dynamic {
                keys: names,
                values,
            };
        }
        if !listeners.is_empty() {
            tag.set_listeners(listeners.into());
        }
        if let Some(children) = tag.children_mut().filter(|_| !content.is_empty()) {
            *children = list(content);
        }
        self.node(tag.into());
    }

    /// From here on, what is filled in becomes one node.
    #[inline(never)]
    pub fn open_list(&mut self) {
        self.outer.push(std::mem::take(&mut self.inner));
    }

    /// Until here.
    #[inline(never)]
    pub fn close_list(&mut self) {
        // Also of a single node: the list grows and shrinks, and what stays in it stays the same element.
        let content = self.pop().content;
        self.node(VList::with_children(content, None).into());
    }

    fn pop(&mut self) -> Open {
        let outer = self.outer.pop().unwrap_or_default();
        std::mem::replace(&mut self.inner, outer)
    }

    /// A whole node.
    #[inline(never)]
    pub fn node(&mut self, node: VNode) {
        self.inner.content.push(node);
    }

    /// Text.
    #[inline(never)]
    pub fn text(&mut self, text: AttrValue) {
        self.node(VText::new(text).into());
    }

    /// Text that is in the program.
    #[inline(never)]
    pub fn words(&mut self, words: &'static str) {
        self.text(AttrValue::Static(words));
    }

    /// All of a list as one node.
    pub fn list(&mut self, all: impl IntoIterator<Item = VNode>) {
        self.open_list();
        for node in all {
            self.node(node);
        }
        self.close_list();
    }

    /// The next attribute's value.
    #[inline(never)]
    pub fn set(&mut self, value: Option<AttrValue>) {
        self.inner
            .values
            .push(value.map(AttributeOrProperty::Attribute));
    }

    /// The next attribute's value, which is in the program.
    #[inline(never)]
    pub fn set_words(&mut self, words: &'static str) {
        self.inner
            .values
            .push(Some(AttributeOrProperty::Static(words)));
    }

    /// The next attribute's value, a number.
    #[inline(never)]
    pub fn set_number(&mut self, number: f64) {
        self.set(Some(number.to_string().into()));
    }

    /// The next attribute's value, classes.
    #[inline(never)]
    pub fn set_classes(&mut self, all: &[&str]) {
        let mut classes = String::new();
        for class in all.iter().filter(|class| !class.is_empty()) {
            if !classes.is_empty() {
                classes.push(' ');
            }
            classes.push_str(class);
        }
        self.set(Some(classes.into()));
    }

    /// The next attribute is there, or it isn't.
    #[inline(never)]
    pub fn set_flag(&mut self, there: bool) {
        let name = self.inner.names.get(self.inner.values.len());
        let value = name
            .filter(|_| there)
            .map(|name| AttributeOrProperty::Static(name));
        self.inner.values.push(value);
    }

    /// The next attribute is the value, which is a property where something is typed into the element.
    #[inline(never)]
    pub fn value(&mut self, value: String) {
        let mut value = Some(AttrValue::from(value));
        if let Some(tag) = self
            .inner
            .tag
            .as_mut()
            .filter(|tag| matches!(tag.tag(), "input" | "textarea"))
        {
            tag.set_value(value.take());
        }
        self.set(value);
    }

    /// What tells the element from those beside it.
    pub fn key(&mut self, key: impl Into<Key>) {
        self.set_key(key.into());
    }

    #[inline(never)]
    fn set_key(&mut self, key: Key) {
        if let Some(tag) = &mut self.inner.tag {
            tag.key = Some(key);
        }
    }

    /// Where the element is to be found once it is in the page.
    #[inline(never)]
    pub fn node_ref(&mut self, node: NodeRef) {
        if let Some(tag) = &mut self.inner.tag {
            tag.node_ref = node;
        }
    }

    /// Who is told of an event.
    pub fn on<E: JsCast + 'static>(&mut self, name: &'static str, callback: Callback<E>) {
        self.listen(Rc::new(On { name, callback }));
    }

    #[inline(never)]
    fn listen(&mut self, listener: Rc<dyn Listener>) {
        self.inner.listeners.push(Some(listener));
    }
}

/// Nodes as one. How many there are is the same each time: one a construct of the notation.
#[inline(never)]
fn list(mut nodes: Vec<VNode>) -> VNode {
    match nodes.len() {
        0 => VNode::default(),
        1 => nodes.remove(0),
        _ => VList::with_children(nodes, None).into(),
    }
}

struct On<E> {
    name: &'static str,
    callback: Callback<E>,
}

impl<E: JsCast + 'static> Listener for On<E> {
    fn kind(&self) -> ListenerKind {
        ListenerKind::other(self.name.into())
    }

    fn handle(&self, event: web_sys::Event) {
        self.callback.emit(event.unchecked_into());
    }

    fn passive(&self) -> bool {
        false
    }
}

/// What can stand in braces between tags.
pub trait Content {
    /// Puts it there.
    fn write(self, markup: &mut Markup);
}

impl Content for VNode {
    fn write(self, markup: &mut Markup) {
        markup.node(self);
    }
}

impl Content for AttrValue {
    fn write(self, markup: &mut Markup) {
        markup.text(self);
    }
}

impl Content for &AttrValue {
    fn write(self, markup: &mut Markup) {
        markup.text(self.clone());
    }
}

impl Content for Rc<str> {
    fn write(self, markup: &mut Markup) {
        markup.text(self.into());
    }
}

impl Content for &str {
    fn write(self, markup: &mut Markup) {
        markup.text(Rc::<str>::from(self).into());
    }
}

impl Content for String {
    fn write(self, markup: &mut Markup) {
        markup.text(self.into());
    }
}

impl Content for Option<VNode> {
    fn write(self, markup: &mut Markup) {
        markup.node(self.unwrap_or_default());
    }
}

/// What an attribute's value can be.
pub trait Attribute {
    /// Makes it the next attribute's value.
    fn write(self, markup: &mut Markup);
}

impl Attribute for &'static str {
    fn write(self, markup: &mut Markup) {
        markup.set_words(self);
    }
}

impl Attribute for String {
    fn write(self, markup: &mut Markup) {
        markup.set(Some(self.into()));
    }
}

impl Attribute for Rc<str> {
    fn write(self, markup: &mut Markup) {
        markup.set(Some(self.into()));
    }
}

impl Attribute for AttrValue {
    fn write(self, markup: &mut Markup) {
        markup.set(Some(self));
    }
}

impl Attribute for &AttrValue {
    fn write(self, markup: &mut Markup) {
        markup.set(Some(self.clone()));
    }
}

impl Attribute for bool {
    fn write(self, markup: &mut Markup) {
        markup.set_flag(self);
    }
}

impl Attribute for f64 {
    fn write(self, markup: &mut Markup) {
        markup.set_number(self);
    }
}

/// Classes side by side; empty ones are none.
impl<const N: usize> Attribute for [&str; N] {
    fn write(self, markup: &mut Markup) {
        markup.set_classes(&self);
    }
}

impl<A: Attribute> Attribute for Option<A> {
    fn write(self, markup: &mut Markup) {
        match self {
            Some(value) => value.write(markup),
            None => markup.set(None),
        }
    }
}
