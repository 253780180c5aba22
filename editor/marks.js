//! What the page marks in the text: problems with a callout under the line, notes, the selected object's lines,
//! and the lines that caused the selected fact. All offsets are UTF-16 units of the text as the page last saw it;
//! between two marks they move with the text.
import { RangeSet, StateEffect, StateField } from '@codemirror/state';
import { Decoration, EditorView, GutterMarker, WidgetType, gutter } from '@codemirror/view';

/** { problems: [{ from, to, severity, message, help, replacement }], notes: [{ from, to }], bars, lit, causes, flash: [[first, last]] } */
export const setMarks = StateEffect.define();

const empty = { problems: [], notes: [], bars: [], lit: [], causes: [], flash: [] };

class Callout extends WidgetType {
  constructor(problem, replace) {
    super();
    Object.assign(this, { problem, replace });
  }

  eq(other) {
    return JSON.stringify(this.problem) === JSON.stringify(other.problem);
  }

  toDOM() {
    const { severity, message, help, replacement } = this.problem;
    const box = element('div', `box ${severity}`, element('samp', 'message', message));
    const below = element('div', 'way-on');
    if (replacement !== undefined) {
      const button = element('button', '', 'Change to ', element('code', '', replacement));
      button.type = 'button';
      button.onclick = () => this.replace(this.problem.from, this.problem.to, replacement);
      below.append(button);
    } else if (help) below.append(element('span', 'help', help));
    if (below.childNodes.length) box.append(below);
    return element('div', 'callout', box); // its space is padding: CodeMirror doesn't measure margins
  }

  ignoreEvent() {
    return true;
  }
}

function element(name, className, ...content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

/** The shapes of the page's icons: an octagon with a cross, a triangle, a ring of dots. */
const shapes = {
  error: ['M4.4.8h5.2l3.6 3.6v5.2l-3.6 3.6H4.4L.8 9.6V4.4z', 'm4.8 4.8 4.4 4.4m0-4.4L4.8 9.2'],
  warning: ['M7 .9 13.6 12.7H.4z', 'M7 5v3.4M7 10.5v.1'],
  note: ['M7 2.6a4.4 4.4 0 1 0 .1 0'],
};

class Mark extends GutterMarker {
  constructor(kind, title) {
    super();
    Object.assign(this, { kind, title });
  }

  eq(other) {
    return this.kind === other.kind;
  }

  toDOM() {
    const drawn = (name, attributes, ...content) => {
      const made = document.createElementNS('http://www.w3.org/2000/svg', name);
      Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
      made.append(...content);
      return made;
    };
    const title = drawn('title', {});
    title.textContent = this.title;
    const paths = shapes[this.kind].map((d) => drawn('path', { d }));
    return drawn('svg', { class: `gutter-mark ${this.kind}`, viewBox: '0 0 14 14' }, title, ...paths);
  }
}

const problemMarks = { error: new Mark('error', 'problem'), warning: new Mark('warning', 'warning') };
const noteMark = new Mark('note', 'not simulated here');

/** A range that can be underlined: inside the document, not empty, not only a line's end. */
function visible(doc, { from, to }) {
  let start = Math.min(from, doc.length);
  let end = Math.min(Math.max(to, start), doc.length);
  const line = doc.lineAt(start);
  end = Math.min(end, line.to);
  if (end <= start) {
    start = Math.max(line.from, Math.min(start, line.to) - 1);
    end = Math.min(line.to, start + 1);
  }
  return end > start ? { from: start, to: end } : null;
}

function decorations(state, wanted, replace) {
  const { doc } = state;
  const found = [];
  const underline = (range, className) => {
    const shown = visible(doc, range);
    if (shown) found.push(Decoration.mark({ class: className }).range(shown.from, shown.to));
  };
  wanted.problems.forEach((problem) => underline(problem, `under-${problem.severity}`));
  wanted.notes.forEach((note) => underline(note, 'under-note'));
  const lines = (ranges, className) => ranges.forEach(([first, last]) => {
    for (let n = Math.max(1, first); n <= Math.min(last, doc.lines); n += 1) {
      found.push(Decoration.line({ class: className }).range(doc.line(n).from));
    }
  });
  lines(wanted.bars, 'barred');
  lines(wanted.lit, 'lit');
  lines(wanted.causes, 'cause');
  lines(wanted.flash, 'flash');
  const shown = current(state, wanted.problems);
  if (shown) {
    const at = doc.lineAt(Math.min(shown.from, doc.length)).to;
    found.push(Decoration.widget({ widget: new Callout(shown, replace), block: true, side: 1 }).range(at));
  }
  return Decoration.set(found, true);
}

/** The problem on the cursor's line, else the first: one callout at a time. */
function current({ doc, selection }, problems) {
  const here = doc.lineAt(selection.main.head);
  return problems.find(({ from }) => from >= here.from && from <= here.to) ?? problems[0];
}

function gutterMarks({ doc }, wanted) {
  const at = new Map();
  const mark = (found, made) => found.forEach(({ from }) => {
    const line = doc.lineAt(Math.min(from, doc.length)).from;
    if (!at.has(line)) at.set(line, made);
  });
  const problems = (which) => wanted.problems.filter(({ severity }) => severity === which);
  mark(problems('error'), problemMarks.error);
  mark(problems('warning'), problemMarks.warning);
  mark(wanted.notes, noteMark);
  return RangeSet.of([...at].map(([line, mark]) => mark.range(line)), true);
}

/** The field that holds the marks. `fix(from, to, text)` is called by a callout's button. */
export function marks(fix) {
  const draw = (state, wanted) => ({ wanted, drawn: decorations(state, wanted, fix), gutter: gutterMarks(state, wanted) });
  const field = StateField.define({
    create: (state) => draw(state, empty),
    update(value, { effects, state, docChanged, changes, selection }) {
      const fresh = effects.find((effect) => effect.is(setMarks));
      if (fresh) return draw(state, fresh.value);
      if (docChanged) {
        const wanted = { ...value.wanted, problems: value.wanted.problems.map((problem) => moved(problem, changes)) };
        return { wanted, drawn: value.drawn.map(changes), gutter: value.gutter.map(changes) };
      }
      return selection && value.wanted.problems.length > 1 ? draw(state, value.wanted) : value;
    },
    provide: (self) => EditorView.decorations.from(self, ({ drawn }) => drawn),
  });
  return [field, gutter({ class: 'marks', markers: (view) => view.state.field(field).gutter })];
}

function moved(problem, changes) {
  const inside = (offset) => Math.min(offset, changes.length);
  return { ...problem, from: changes.mapPos(inside(problem.from), 1), to: changes.mapPos(inside(problem.to), -1) };
}
