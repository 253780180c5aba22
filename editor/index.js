//! The rich editor: CodeMirror 6 in a shadow root, so that its style sheets need no exception in the content
//! security policy. Knows nothing of Kubernetes: the page tells it what to mark, and hears what was typed.
//! Left out on purpose: closing brackets and indenting by itself. What arrives is what was typed.
import { EditorSelection, EditorState, Prec } from '@codemirror/state';
import { EditorView, highlightActiveLine, keymap, lineNumbers, placeholder } from '@codemirror/view';
import { defaultKeymap, history, historyKeymap, indentLess, insertNewline } from '@codemirror/commands';
import { HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { yaml } from '@codemirror/lang-yaml';
import { tags } from '@lezer/highlight';
import { limitSize } from './limit.js';
import { marks, setMarks } from './marks.js';
import { theme } from './theme.js';

/** Weight tells a value from a key; colour is kept for states. */
const highlight = HighlightStyle.define([
  { tag: [tags.string, tags.content, tags.number, tags.bool, tags.null, tags.atom, tags.keyword], class: 'value' },
  { tag: [tags.definition(tags.propertyName), tags.propertyName, tags.punctuation, tags.separator], class: 'key' },
  { tag: tags.comment, class: 'comment' },
]);

/** On a blank line Tab goes as deep as the line above asks for, else one step. */
function indent(view) {
  const { state } = view;
  const { main } = state.selection;
  const line = state.doc.lineAt(main.head);
  let spaces = 2 - ((main.from - line.from) % 2);
  if (main.empty && !line.text.trim() && line.number > 1) {
    const above = state.doc.line(line.number - 1).text;
    const deep = above.search(/\S|$/) + (/:\s*$/.test(above) ? 2 : 0);
    if (deep > line.length) spaces = deep - line.length;
  }
  if (main.empty) view.dispatch(state.replaceSelection(' '.repeat(spaces)), { userEvent: 'input.indent' });
  else indentLines(view);
  return true;
}

function indentLines(view) {
  const { state } = view;
  const { from, to } = state.selection.main;
  const changes = [];
  for (let n = state.doc.lineAt(from).number; n <= state.doc.lineAt(to).number; n += 1) {
    changes.push({ from: state.doc.line(n).from, insert: '  ' });
  }
  view.dispatch({ changes, userEvent: 'input.indent' });
}

const keys = (on) => Prec.highest(keymap.of([
  { key: 'Mod-Enter', run: () => (on.apply(), true) },
  { key: 'Enter', run: insertNewline },
  { key: 'Tab', run: indent, shift: indentLess },
  // Tab moves the focus again until the next key.
  { key: 'Escape', run: (view) => (view.setTabFocusMode(86_400_000), false) },
  { key: 'F8', run: () => (on.problem(false), true), shift: () => (on.problem(true), true) },
]));

/**
 * What replaces a selection is done here, not by the browser: its own way keeps the old text's weight in a style
 * attribute, which the content security policy forbids.
 */
const replaceSelection = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const deletes = event.inputType.startsWith('deleteContent');
    const inserts = event.inputType === 'insertText' && event.data;
    if (view.composing || view.state.selection.main.empty || !(deletes || inserts)) return false;
    event.preventDefault();
    const userEvent = deletes ? 'delete.selection' : 'input.type';
    view.dispatch(view.state.replaceSelection(deletes ? '' : event.data), { userEvent, scrollIntoView: true });
    return true;
  },
});

/** Did more arrive at once than a key types? Then it is complete, and worth a look at once. */
function arrivedAtOnce(update) {
  let most = 0;
  update.changes.iterChanges((_fromA, _toA, _fromB, _toB, inserted) => { most = Math.max(most, inserted.length); });
  return most > 1;
}

/** Tells the line that is pointed at, else the cursor's while the editor has the focus, else 0: whenever it is another. */
function lights(on) {
  let pointed = 0;
  let told = 0;
  const tell = ({ hasFocus, state }) => {
    const line = pointed || (hasFocus ? state.doc.lineAt(state.selection.main.head).number : 0);
    if (line !== told) on.light(told = line);
  };
  const point = (view, line) => {
    pointed = line;
    tell(view);
  };
  return [
    EditorView.domEventHandlers({
      mousemove({ clientY }, view) {
        const block = view.lineBlockAtHeight(clientY - view.documentTop);
        point(view, clientY > view.documentTop + block.bottom ? 0 : view.state.doc.lineAt(block.from).number);
      },
      mouseleave: (event, view) => point(view, 0),
    }),
    EditorView.updateListener.of(({ view, selectionSet, docChanged, focusChanged }) => {
      if (selectionSet || docChanged || focusChanged) tell(view);
    }),
  ];
}

/**
 * Puts the editor into `host`. `start` is { text, from, to, focused, limit }; `on` has change(text, atOnce), apply(),
 * problem(back), tooLarge(bytes), change of a problem's text fix(from, to, text), line(number),
 * light(number). Offsets are UTF-16 units.
 */
export function mount(host, start, on) {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  root.replaceChildren();
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: start.text,
      selection: { anchor: start.from, head: start.to },
      extensions: [
        keys(on),
        keymap.of([...defaultKeymap, ...historyKeymap]),
        history(),
        lineNumbers({
          domEventHandlers: { click: (view, block) => (on.line(view.state.doc.lineAt(block.from).number), true) },
        }),
        highlightActiveLine(),
        placeholder('Type or paste a manifest'),
        yaml(),
        indentUnit.of('  '),
        EditorState.tabSize.of(2),
        syntaxHighlighting(highlight),
        limitSize(start.limit, on.tooLarge),
        replaceSelection,
        lights(on),
        marks(on.fix),
        theme,
        EditorView.contentAttributes.of({
          'aria-label': 'Manifest', tabindex: '0', 'aria-description': 'Escape, then Tab leaves the editor', spellcheck: 'false',
          autocapitalize: 'off', autocorrect: 'off',
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) on.change(update.state.doc.toString(), arrivedAtOnce(update));
        }),
      ],
    }),
  });
  if (start.focused) view.focus();
  return handle(view);
}

/** What the page can do with the editor. */
function handle(view) {
  const inside = (offset) => Math.max(0, Math.min(offset, view.state.doc.length));
  return {
    cursor: () => view.state.selection.main.head,
    setText(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: 0 } });
    },
    replace(from, to, text) {
      view.dispatch({ changes: { from: inside(from), to: inside(to), insert: text } });
      view.focus(); // the button that was pressed goes with its problem
    },
    moveTo(offset) {
      const anchor = inside(offset);
      const { from, text } = view.state.doc.lineAt(anchor);
      const [word] = /^\S*/.exec(text.slice(anchor - from));
      // All of the word, from where lines begin if it is seen there.
      view.scrollDOM.scrollLeft = 0;
      const whole = EditorSelection.range(anchor + word.length, anchor);
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(whole, { y: 'center', xMargin: 16 }) });
      view.focus();
    },
    setMarks: (json) => {
      const marks = JSON.parse(json);
      // A flash is over before anyone scrolls: of thousands of lines only those in view have one.
      const [from, to] = [view.viewport.from, view.viewport.to].map((at) => view.state.doc.lineAt(at).number);
      marks.flash = marks.flash.map(([first, last]) => [Math.max(first, from), Math.min(last, to)]).filter(([first, last]) => first <= last);
      const { doc } = view.state;
      const draw = () => { if (view.state.doc === doc) view.dispatch({ effects: [setMarks.of(marks)] }); };
      // Objects that were accepted change the whole page in the same moment: the flash has a task of its own.
      if (marks.flash.length) setTimeout(draw); else draw();
    },
    destroy: () => view.destroy(),
  };
}
