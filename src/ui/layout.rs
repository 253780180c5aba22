//! Where regions stand: bars between them, the rail of those that are folded, the phone's tabs, and dialogs over them. The grid itself
//! is in static/style/layout.css.

use wasm_bindgen::JsCast;
use yew::html::Scope;
use yew::prelude::*;

use super::app::{App, Message, Panel};
use super::dom;
use super::markup::{component, html};

/// Which bar it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitterOf {
    /// Between Manifest and Terminal.
    Terminal,
    /// Between Manifest and Stage.
    Manifest,
    /// Between Stage and Inspector.
    Inspector,
    /// Above the Timeline.
    Timeline,
}

/// A bar's measures, in CSS pixels.
struct Measures {
    name: &'static str,
    property: &'static str,
    least: f64,
    most: f64,
    usual: f64,
    /// Which way the region grows with the pointer: 1 or -1.
    sign: f64,
    upright: bool,
}

impl SplitterOf {
    fn measures(self) -> Measures {
        let of = |name, property, (least, usual, most), sign, upright| Measures {
            name,
            property,
            least,
            most,
            usual,
            sign,
            upright,
        };
        match self {
            SplitterOf::Terminal => of(
                "Height of Terminal",
                "--terminal",
                (96.0, 224.0, 640.0),
                -1.0,
                false,
            ),
            SplitterOf::Manifest => of(
                "Width of Manifest",
                "--left",
                (280.0, 392.0, 640.0),
                1.0,
                true,
            ),
            SplitterOf::Inspector => of(
                "Width of Inspector",
                "--right",
                (260.0, 316.0, 480.0),
                -1.0,
                true,
            ),
            SplitterOf::Timeline => of(
                "Height of Timeline",
                "--foot",
                (56.0, 142.0, 142.0),
                -1.0,
                false,
            ),
        }
    }

    fn key(self) -> String {
        format!(
            "podarium.{}",
            self.measures().property.trim_start_matches('-')
        )
    }
}

/// A bar.
#[derive(Clone, PartialEq, Properties)]
pub struct SplitterProps {
    /// Which.
    pub of: SplitterOf,
    /// Enter folds what stands beside it, where that can be folded.
    pub on_fold: Option<Callback<()>>,
}

/// A bar that sets a region's size: by pointer, by arrow keys (16 px), Home, End; Enter folds.
#[component]
pub fn Splitter(props: &SplitterProps) -> Html {
    let of = props.of;
    let measures = of.measures();
    let size = use_state(|| {
        let before = dom::remembered(&of.key()).and_then(|size| size.parse().ok());
        before.unwrap_or(of.measures().usual)
    });
    let drag = use_mut_ref(|| None::<(f64, f64)>);
    use_effect_with(*size, move |size| {
        set_property(of.measures().property, &format!("{size}px"));
        dom::remember(&of.key(), &size.to_string());
    });
    let resize = {
        let size = size.clone();
        move |wanted: f64| {
            let Measures { least, most, .. } = of.measures();
            size.set(wanted.clamp(least, most));
        }
    };
    let place = move |event: &PointerEvent| {
        f64::from(if of.measures().upright {
            event.client_x()
        } else {
            event.client_y()
        })
    };
    let down = {
        let (drag, size) = (drag.clone(), *size);
        Callback::from(move |event: PointerEvent| {
            let bar = event
                .target()
                .and_then(|bar| bar.dyn_into::<web_sys::Element>().ok());
            if let Some(bar) = bar {
                // Without capture the bar is only harder to drag.
                let _ = bar.set_pointer_capture(event.pointer_id());
            }
            *drag.borrow_mut() = Some((place(&event), size));
        })
    };
    let moved = {
        let (drag, resize) = (drag.clone(), resize.clone());
        Callback::from(move |event: PointerEvent| {
            if let Some((from, size)) = *drag.borrow() {
                resize(size + of.measures().sign * (place(&event) - from));
            }
        })
    };
    let up = Callback::from(move |_: PointerEvent| *drag.borrow_mut() = None);
    let pressed = {
        let (now, on_fold) = (*size, props.on_fold.clone());
        Callback::from(move |event: KeyboardEvent| {
            let Measures {
                least,
                most,
                usual,
                sign,
                ..
            } = of.measures();
            let wanted = match &*event.key() {
                "ArrowRight" | "ArrowDown" => now + 16.0 * sign,
                "ArrowLeft" | "ArrowUp" => now - 16.0 * sign,
                "Home" => least,
                "End" => most,
                "Enter" => match &on_fold {
                    Some(on_fold) => {
                        event.prevent_default();
                        return on_fold.emit(());
                    }
                    None if now > least => least,
                    None => usual,
                },
                _ => return,
            };
            event.prevent_default();
            resize(wanted);
        })
    };
    html! {
        <div class={if measures.upright { "splitter upright" } else { "splitter level" }}
            role="separator" tabindex="0" aria-label={measures.name}
            aria-orientation={if measures.upright { "vertical" } else { "horizontal" }}
            aria-valuemin={measures.least.to_string()} aria-valuemax={measures.most.to_string()}
            aria-valuenow={size.to_string()}
            onpointerdown={down} onpointermove={moved} onpointerup={up} onkeydown={pressed} />
    }
}

/// Sets a custom property of the page. Not through a `style` attribute: the policy forbids it.
fn set_property(name: &str, value: &str) {
    if let Some(root) = dom::root() {
        // Names and values are ours: nothing can be wrong with them.
        let _ = root.style().set_property(name, value);
    }
}

/// Where Manifest and Terminal are folded: what brings them back.
pub fn rail(link: &Scope<App>) -> Html {
    let all = [(Panel::Manifest, "Manifest"), (Panel::Terminal, "Terminal")];
    html! {
        <div class="rail" role="group" aria-label="Folded">
            { for all.into_iter().map(|(one, name)| html! {
                <button key={name} class="framed" aria-expanded="false" aria-keyshortcuts={FOLDS} title="Unfold: Ctrl B"
                    onclick={link.callback(move |_| Message::Unfold(one))}>{ name }</button>
            }) }
        </div>
    }
}

/// What folds Manifest and Terminal, and unfolds them.
pub const FOLDS: &str = "Control+B Meta+B";

/// The navigation at the foot of a small screen: which region it shows.
pub fn panel_tabs(panel: Panel, lesson: bool, link: &Scope<App>) -> Html {
    let all = [
        (Panel::Lesson, "Lesson", "lesson"),
        (Panel::Stage, "Stage", "stage"),
        (Panel::Manifest, "Manifest", "manifest"),
        (Panel::Terminal, "Terminal", "terminal"),
        (Panel::Details, "Details", "details"),
    ];
    html! {
        <nav class="panels" aria-label="Panels">
            { for all.into_iter().filter(|(one, ..)| lesson || *one != Panel::Lesson).map(|(one, name, of)| html! {
                <button key={name} data-of={of} aria-current={(one == panel).then_some("true")}
                    onclick={link.callback(move |_| Message::Panel(one))}>{ name }</button>
            }) }
        </nav>
    }
}

/// A dialog over everything: its name, what Escape does, what it says.
pub fn modal(title: &'static str, on_close: &Callback<()>, children: Html) -> Html {
    component::<Modal>(ModalProps {
        title: title.into(),
        on_close: on_close.clone(),
        children,
    })
}

/// A dialog over everything.
#[derive(Clone, PartialEq, Properties)]
pub struct ModalProps {
    /// Its name.
    pub title: AttrValue,
    /// Escape, or a way out of its own.
    pub on_close: Callback<()>,
    /// What it says.
    pub children: Html,
}

/// A dialog that takes the focus, and gives it back.
#[component]
pub fn Modal(
    ModalProps {
        title,
        on_close,
        children,
    }: &ModalProps,
) -> Html {
    let dialog = use_node_ref();
    use_effect_with(dialog.clone(), |dialog| {
        let before = dom::focused();
        let dialog = dialog.cast::<web_sys::HtmlDialogElement>();
        if let Some(dialog) = &dialog {
            // It is in the document and not open yet: nothing to refuse.
            let _ = dialog.show_modal();
            // Read from its beginning, where its first button is out of sight from there.
            if let Some(heading) = dialog.first_element_child()
                && dialog.scroll_top() > 0
            {
                let _ = heading.set_attribute("tabindex", "-1");
                dom::focus(Some(heading));
            }
        }
        move || {
            // While it is open nothing behind it takes the focus.
            if let Some(dialog) = dialog {
                dialog.close();
            }
            // A menu is closed since: what opens it has the focus.
            let is_shown = before.as_ref().is_some_and(super::keys::can_have_focus);
            let menu =
                dom::find(".more").filter(|menu| !is_shown && super::keys::can_have_focus(menu));
            dom::focus(menu.or(before));
        }
    });
    let cancel = on_close.reform(|event: Event| event.prevent_default());
    html! {
        <dialog ref={dialog} aria-label={title} oncancel={cancel}>
            <h2>{ title }</h2>
            { children.clone() }
        </dialog>
    }
}
