//! The stage: the cluster as a picture, the same in words, and the tools for its machines.

/// The cluster in words.
mod tree;

/// Text that fits.
mod text;

/// Pods and containers, drawn.
mod pods;

/// What they stand on, drawn.
mod machines;

/// What stands on no machine.
mod records;

/// From where a person looks.
mod camera;

/// Where it goes.
mod going;

/// What moves, frame by frame.
mod actors;

/// Many Pods that change at once are drawn some a frame.
mod few;

/// All of it, drawn.
mod picture;

/// A large cluster, drawn from afar.
mod canvas;

/// What stands about a large cluster.
mod large;

/// What the pointer does.
mod pointer;

/// The form "Node".
mod node_form;

/// What it shows beside the picture.
mod views;

/// What stands above it.
mod tools;

/// What the page tells it from frame to frame, and how it is looked at.
mod beat;

pub use beat::{Beat, Now};
pub use machines::{brackets, ring};
pub use pods::{class_of, icon, is_backing_off, portrait, symbol_of, symbol_of_container};
pub use text::{MONO, cpu, cut_middle, cut_sans, fitting, memory, sans_width, wrap};
pub use views::View;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_render::AnimationFrame;
use gloo_timers::callback::Timeout;
use podarium::cluster::network::request::RequestId;
use podarium::cluster::{Input, SimTime};
use podarium::scene::{
    self, Branch, Ground, Look, Parts, Rect, Scene, SceneCache, Selection, Shape, Speeds,
};
use yew::prelude::*;

use crate::ui::markup::{component, html};
use crate::ui::pod::Show;
use crate::ui::shot::Shot;
use actors::{Actors, Crowd};
use camera::Camera;
use canvas::{Canvas, Painter};
use large::{Large, Shade};
use node_form::{NodeForm, NodeFormProps};
use picture::{Picture, PictureProps};
use pods::Detail;
use pointer::{Drag, Watch};
use tree::{Tree, TreeProps};

/// What the stage is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct StageProps {
    /// The world at the moment that is shown.
    pub snapshot: Shot,
    /// That moment.
    pub time: SimTime,
    /// The world at the present.
    pub present: Shot,
    /// Up to when it has lived.
    pub now: SimTime,
    /// How fast virtual time went.
    pub speeds: Speeds,
    /// What is selected, here and in every other part of the page.
    pub selection: Option<Selection>,
    /// What the welcome speaks of.
    pub welcomed: Option<Selection>,
    /// What the line of the text makes that is pointed at.
    pub lit: Option<Selection>,
    /// Steps instead of movements?
    pub reduced_motion: bool,
    /// Larger text and heavier strokes, for a room?
    pub presentation: bool,
    /// Something else is selected.
    pub on_select: Callback<Option<Selection>>,
    /// Something is pointed at, or has the tree's focus.
    pub on_light: Callback<Option<Selection>>,
    /// A machine comes or goes, or something else is done to the world.
    pub on_machines: Callback<Input>,
    /// What it shows.
    pub view: View,
    /// It is to show something else.
    pub on_view: Callback<View>,
    /// The request that the Network view shows, if one was chosen.
    pub request: Option<RequestId>,
    /// It is to show another one.
    pub on_request: Callback<RequestId>,
    /// A hop is to be shown, by the moment at which it is drawn.
    pub on_hop: Callback<SimTime>,
    /// It is to go on from a hop.
    pub on_follow: Callback<SimTime>,
    /// What was done and when.
    pub inputs: Rc<Vec<(SimTime, Input)>>,
    /// Another moment is to be shown.
    pub on_seek: Callback<SimTime>,
    /// A line of a manifest is to be shown: its text, and the line, counted from 1.
    pub on_line: Callback<(Rc<str>, usize)>,
    /// By which the stage hears that only time went on.
    pub beat: Beat,
}

/// Region "Stage".
pub struct Stage {
    svg: NodeRef,
    /// The parent of the Pods.
    pods: NodeRef,
    actors: Actors,
    crowd: Crowd,
    /// How much was drawn last.
    detail: Option<Detail>,
    /// The moment that is shown; the rest of the page may be a little behind.
    now: Now,
    /// Of the picture, in CSS pixels.
    size: (f64, f64),
    is_measured: bool,
    /// How much larger text is than usual.
    larger: f64,
    camera: Rc<Cell<Camera>>,
    calls: TreeCalls,
    /// The size is another one than the camera knows.
    resized: Cell<bool>,
    cache: RefCell<SceneCache>,
    /// What was drawn last, and how it was looked at.
    drawn: RefCell<Rc<Scene>>,
    /// Whose turn it is where many Pods change at once.
    turns: few::Turns,
    look: Cell<Option<Look>>,
    focused: Option<Rc<Branch>>,
    drag: Drag,
    adding: bool,
    /// The canvas of a large cluster, its painter once that is loaded, and what is known of its picture.
    canvas: NodeRef,
    painter: Option<Canvas>,
    is_loading: bool,
    told: Option<(Shot, Ground)>,
    large: RefCell<Option<Large>>,
    shade: Shade,
    /// While a large cluster is zoomed: ends when it isn't any more. And the scale before.
    zooms: Option<Timeout>,
    steady: Cell<f64>,
    /// Which Pods have actors.
    entered: Option<(Rc<Scene>, f64)>,
    /// Where not all that is new was drawn: the frame that goes on with it.
    rest: Option<AnimationFrame>,
    is_whole: Cell<bool>,
    /// Is what is selected to be seen, whatever is opened over the picture for it?
    uncovers: Cell<bool>,
    /// Where the welcome's Pod stood when this was last looked at.
    welcomed_at: Cell<Option<Rect>>,
    watch: Option<Watch>,
    /// What the Pod view shows of its Pod.
    show: Show,
}

/// What the tree is to tell; the same as long as the stage lives, so that the tree isn't drawn anew.
struct TreeCalls {
    on_focus: Callback<Option<Rc<Branch>>>,
    on_enter: Callback<Option<Selection>>,
    on_out: Callback<(), bool>,
}

/// What happens to the stage.
pub enum Message {
    /// Time went on; is what is new to be drawn?
    Beat(Now, bool),
    /// The picture has another size.
    Size(f64, f64),
    /// Closer by a factor, about a point.
    Zoom(f64, (f64, f64)),
    /// All of it.
    Fit,
    /// As large as it is meant.
    WholeSize,
    /// The tree's focus.
    Focus(Option<Rc<Branch>>),
    /// Enter in the tree.
    Enter(Option<Selection>),
    /// A pointer does something.
    Pointer(pointer::Pointed),
    /// Go in.
    GoIn(Selection),
    /// The form opens or closes.
    Adding(bool),
    /// The camera has moved to what was covered.
    Uncovered,
    /// What a frame left undrawn is to be drawn.
    Rest,
    /// It isn't zoomed any more.
    Calm,
    /// One level out.
    Out,
    /// A large cluster's shade says something else.
    Shade(Shade),
    /// The Pod view shows something else of its Pod.
    Show(Show),
    /// What draws a large cluster is there.
    Painter(Painter),
}

impl Component for Stage {
    type Message = Message;
    type Properties = StageProps;

    fn create(ctx: &Context<Self>) -> Self {
        let link = ctx.link();
        ctx.props().beat.listen(link.callback(|message| message));
        let camera = Rc::<Cell<Camera>>::default();
        let out = {
            let (link, camera) = (link.clone(), camera.clone());
            Callback::from(move |()| {
                let fits = camera.get().fits();
                if !fits {
                    link.send_message(Message::Out);
                }
                !fits
            })
        };
        Stage {
            svg: NodeRef::default(),
            pods: NodeRef::default(),
            actors: Actors::default(),
            crowd: Crowd::Exact,
            detail: None,
            now: ctx.props().now(),
            size: (800.0, 600.0),
            is_measured: false,
            larger: ctx.props().larger(),
            camera,
            calls: TreeCalls {
                on_focus: link.callback(Message::Focus),
                on_enter: link.callback(Message::Enter),
                on_out: out,
            },
            resized: Cell::new(true),
            cache: RefCell::default(),
            drawn: RefCell::new(Rc::new(large::empty())),
            turns: Default::default(),
            look: Cell::default(),
            focused: None,
            drag: Drag::default(),
            adding: false,
            canvas: NodeRef::default(),
            painter: None,
            is_loading: false,
            told: None,
            large: RefCell::default(),
            shade: Shade::default(),
            zooms: None,
            steady: Cell::new(1.0),
            entered: None,
            rest: None,
            is_whole: Cell::new(true),
            uncovers: Cell::default(),
            welcomed_at: Cell::default(),
            watch: None,
            show: Show::default(),
        }
    }

    fn update(&mut self, ctx: &Context<Self>, message: Message) -> bool {
        let middle = (self.size.0 / 2.0, self.size.1 / 2.0);
        match message {
            Message::Beat(now, draws) => {
                self.crowd = if draws { Crowd::Waits } else { Crowd::Halves };
                let moves = views::moves(ctx.props(), &self.now, now.time);
                return self.beat(ctx.props(), now, draws) || moves;
            }
            Message::Size(width, height) if (width, height) == self.size || width < 1.0 => {
                return false;
            }
            Message::Size(width, height) => {
                let before = self.look(ctx.props());
                self.size = (width, height);
                self.is_measured = true;
                self.resized.set(true);
                // A phone was turned: nothing stands where it stood.
                if self.look(ctx.props()) != before {
                    self.camera.set(self.camera.get().anew());
                    self.uncovers.set(true);
                }
            }
            Message::Zoom(factor, at) => {
                self.camera.set(self.camera.get().zoom(factor, at));
                self.zooms(ctx);
            }
            Message::Calm => self.zooms = None,
            Message::Fit => self.fit(),
            Message::Out => self.go_out(),
            Message::Shade(shade) => self.shade = shade,
            Message::Show(show) => self.show = show,
            // Of a canvas that is gone already it draws nothing.
            Message::Painter(painter) if self.canvas.cast() != Some(painter.canvas()) => {
                drop(Canvas::new(painter));
            }
            Message::Painter(painter) => {
                self.painter = Some(Canvas::new(painter));
                self.told = None;
            }
            Message::WholeSize => self.camera.set(
                self.camera
                    .get()
                    .zoom(1.0 / self.camera.get().scale, middle),
            ),
            Message::Focus(focused) => {
                let lit = focused.as_ref().and_then(|item| item.selection.clone());
                ctx.props().on_light.emit(lit);
                self.focus(focused)
            }
            Message::Enter(Some(selection))
                if ctx.props().selection.as_ref() == Some(&selection) =>
            {
                self.go_in(&selection)
            }
            Message::Enter(selection) => ctx.props().on_select.emit(selection),
            Message::Pointer(pointed) => return self.pointed(ctx, pointed),
            Message::GoIn(selection) => self.go_in(&selection),
            Message::Adding(adding) => self.adding = adding,
            Message::Uncovered | Message::Rest => {}
        }
        true
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &StageProps) -> bool {
        let props = ctx.props();
        if props.selection != old.selection {
            self.uncovers.set(true);
        }
        self.larger = props.larger();
        let shown = props.beat.shows_again();
        let looks_again = shown.is_some() || props.presentation != old.presentation;
        self.show = shown
            .and_then(|name| Show::named(&name))
            .unwrap_or(self.show);
        let draws = props.beat.draws();
        self.crowd = if draws { Crowd::Exact } else { Crowd::Waits };
        // The tree has its own.
        let others = (&props.selection, &props.lit) != (&old.selection, &old.lit)
            || props.view != old.view
            || looks_again
            || props.view == View::Pod && props.time != old.time
            || views::moves(props, &self.now, props.time)
            || props.request != old.request
            || props.snapshot != old.snapshot
            || self.look.get() != Some(self.look(props))
            // What shows a life shows where in it that moment is.
            || props.view == View::Pod
                && self.show != Show::Anatomy
                && (props.time, props.now) != (old.time, old.now);
        self.beat(props, props.now(), draws) || others
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let (props, link) = (ctx.props(), ctx.link());
        let scene = self.scene(props);
        let large = self.large();
        let camera = self.camera.get();
        let pointed =
            |of: fn(_) -> pointer::Pointed| link.callback(move |event| Message::Pointer(of(event)));
        let anatomy = views::anatomy(props);
        let tree = TreeProps {
            shot: props.snapshot.clone(),
            selection: props.selection.clone(),
            by_owner: props.view == View::Ownership,
            parts: anatomy.as_ref().map(|anatomy| Parts {
                pod: anatomy.body.key.clone(),
                all: anatomy.items(),
            }),
            on_focus: self.calls.on_focus.clone(),
            on_enter: self.calls.on_enter.clone(),
            on_out: self.calls.on_out.clone(),
        };
        let picture = PictureProps {
            scene,
            camera,
            text_scale: self.text_scale(),
            size: self.size,
            selected: props.selection.clone(),
            focused: self.focused.clone(),
            lit: props.lit.clone(),
            ghosts: props.reduced_motion,
            pods: self.pods.clone(),
            ground: large
                .as_ref()
                .map(|large| (self.now.snapshot.clone(), large.ground.clone())),
        };
        let form = self.adding.then(|| NodeFormProps {
            machines: props.snapshot.machines.clone(),
            host: match &props.selection {
                Some(Selection::Host(name)) => Some(name.clone()),
                _ => None,
            },
            on_add: props.on_machines.clone(),
            on_close: link.callback(|()| Message::Adding(false)),
        });
        html! {
            <section class="stage" id="stage" aria-label="Stage" onkeydown={self.keys(ctx)}>
                { self.tools(ctx, &camera) }
                if props.view == View::Machines { { self.place(ctx, &large) } }
                <div class="view" role="tabpanel" tabindex={(props.view != View::Machines).then_some("-1")} aria-label={props.view.name()} data-view={props.view.name()}>
                    { component::<Tree>(tree) }
                    { views::beside(props, &self.now, self.show, anatomy, self.focused.as_deref(), self.size.0 / self.larger) }
                    if large.is_some() {
                        <canvas ref={self.canvas.clone()} class="far" aria-hidden="true" />
                    }
                    <svg ref={self.svg.clone()} class="picture" width="100%" height="100%" aria-hidden="true"
                        onpointerdown={pointed(pointer::Pointed::Down)}
                        onpointermove={pointed(pointer::Pointed::Moved)}
                        onpointerup={pointed(pointer::Pointed::Up)}
                        onpointercancel={pointed(pointer::Pointed::Gone)}
                        ondblclick={link.callback(|event| Message::Pointer(pointer::Pointed::Twice(event)))}>
                        { component::<Picture>(picture) }
                    </svg>
                </div>
                if props.view == View::Machines { { self.caption(props, &large) } }
                { form.map(component::<NodeForm>) }
            </section>
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        ctx.props().beat.looks(self);
        if first {
            self.watch = Watch::new(&self.svg, ctx.link());
        }
        let (scene, camera) = (self.drawn.borrow().clone(), self.camera.get());
        let seen = camera.seen(self.size);
        self.paint(ctx);
        let (scale, is_large) = (self.text_scale(), self.large().is_some());
        let entered = self.entered.take();
        let same = |(before, at): &(Rc<Scene>, f64)| Rc::ptr_eq(before, &scene) && *at == scale;
        if is_large && entered.as_ref().is_some_and(same) {
            self.entered = entered;
        } else if let Some(pods) = self.pods.cast::<web_sys::Element>() {
            let shown = scene.pods.iter();
            let shown = shown.filter(|glyph| is_large || picture::is_seen(glyph, &seen));
            self.actors.enter(&pods, shown, scale);
            self.entered = is_large.then(|| (scene.clone(), scale));
            let detail = Detail::at(scale);
            if self.detail.replace(detail) != Some(detail)
                && let Some(svg) = self.svg.cast::<web_sys::SvgElement>()
            {
                actors::set_least_text(&svg, Some(detail));
            }
        }
        self.rest = (!self.is_whole.get()).then(|| {
            let link = ctx.link().clone();
            gloo_render::request_animation_frame(move |_| link.send_message(Message::Rest))
        });
        self.follow_welcomed(ctx.props());
        if self.uncovers.take() && self.uncover(ctx.props()) {
            ctx.link().send_message(Message::Uncovered);
        }
        self.pose(ctx.props());
    }
}

impl StageProps {
    /// In a presentation all is larger by this; static/style/tokens.css says so of the rest of the page.
    fn larger(&self) -> f64 {
        if self.presentation { 1.35 } else { 1.0 }
    }

    fn now(&self) -> Now {
        Now {
            snapshot: self.snapshot.clone(),
            speeds: self.speeds.clone(),
            time: self.time,
        }
    }
}

impl Stage {
    fn look(&self, props: &StageProps) -> Look {
        Look {
            reduced_motion: props.reduced_motion,
            shape: match self.size {
                (width, _) if width < camera::NARROW => Shape::Narrow,
                (_, height) if height < camera::LOW => Shape::Low,
                _ => Shape::Wide,
            },
        }
    }

    /// Time went on: everything moves to where it is then, or is to be drawn anew. Tells which.
    fn beat(&mut self, props: &StageProps, mut now: Now, draws: bool) -> bool {
        if !draws {
            now = Now {
                time: now.time,
                ..self.now.clone()
            };
        }
        let (since, until) = self.drawn.borrow().holds;
        let same = now.snapshot == self.now.snapshot && now.speeds == self.now.speeds;
        let holds = same && since <= now.time && now.time < until;
        self.now = now;
        if holds {
            self.pose(props);
        } else {
            self.look.set(None);
        }
        !holds
    }

    fn pose(&mut self, props: &StageProps) {
        let Now { speeds, time, .. } = &self.now;
        let actors = &mut self.actors;
        actors.pose(speeds, *time, props.reduced_motion, self.crowd);
    }

    /// What is drawn of this snapshot; the camera follows it.
    fn scene(&self, props: &StageProps) -> Rc<Scene> {
        let look = self.look(props);
        let is_large = scene::is_large(self.now.snapshot.overview());
        self.camera.set(self.camera.get().of(is_large));
        self.look_again(props);
        self.is_whole.set(true);
        if is_large {
            let scene = self.large_scene(look);
            self.drawn.replace(scene.clone());
            return scene;
        }
        if self.large.replace(None).is_some() {
            self.look.set(None);
        }
        let known = self.look.replace(Some(look)) == Some(look);
        let scene = if known {
            self.drawn.borrow().clone()
        } else {
            let whole = scene::scene(
                &self.now.snapshot,
                &self.now.speeds,
                self.now.time,
                look,
                &mut self.cache.borrow_mut(),
            );
            let (scene, is_whole) = self.turns.few_at_once(whole, &self.drawn.borrow());
            self.is_whole.set(is_whole);
            if !is_whole {
                self.look.set(None);
            }
            Rc::new(scene)
        };
        let resized = self.resized.replace(false);
        self.camera
            .set(self.camera.get().follow(scene.bounds, self.size, resized));
        self.drawn.replace(scene.clone());
        scene
    }

    fn keys(&self, ctx: &Context<Self>) -> Callback<KeyboardEvent> {
        let middle = (self.size.0 / 2.0, self.size.1 / 2.0);
        let link = ctx.link().clone();
        Callback::from(move |event: KeyboardEvent| {
            let typing = pointer::is_typing(&event);
            let message = match &*event.key() {
                _ if typing || event.ctrl_key() || event.meta_key() || event.alt_key() => return,
                "+" | "=" => Message::Zoom(1.25, middle),
                "-" => Message::Zoom(0.8, middle),
                "0" => Message::Fit,
                _ => return,
            };
            event.prevent_default();
            link.send_message(message);
        })
    }
}
